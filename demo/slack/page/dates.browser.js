/** Slack's <!date^unix^format> tokens, rendered in the time zone of the person one acts as. */

/**
 * @param {number} unix seconds since 1970
 * @param {string} format such as "{date_short_pretty} {time}"
 * @param {string} tz IANA time zone
 * @param {Date} now what "today" and "ago" are counted from
 * @returns {string} the text, or an empty one when the format has a token that Slack does not know
 */
export function formatDate(unix, format, tz, now) {
  const at = new Date(unix * 1000);
  if (Number.isNaN(at.getTime())) return '';
  let isUnknown = false;
  const text = format.replace(/\{(\w+)\}/g, (_token, name) => {
    const render = TOKENS[name];
    if (!render) isUnknown = true;
    return render ? render(at, tz, now) : '';
  });
  return isUnknown ? '' : capitalised(text);
}

/** The time of day at the edge of a message, such as "9:12 AM". */
export function clockTime(at, tz) {
  return part(at, tz, { hour: 'numeric', minute: '2-digit' });
}

/** The line between two days, such as "Today" or "Monday, November 23rd". */
export function dayName(at, tz, now) {
  return capitalised(
    pretty(at, tz, now, (day) => `${part(day, tz, { weekday: 'long' })}, ${longDay(day, tz)}`),
  );
}

const TOKENS = {
  date_num: (at, tz) => isoDay(at, tz),
  date_slash: (at, tz) => isoDay(at, tz).replaceAll('-', '/'),
  date: fullDate,
  date_short: shortDate,
  date_long: longDate,
  date_pretty: (at, tz, now) => pretty(at, tz, now, fullDate),
  date_short_pretty: (at, tz, now) => pretty(at, tz, now, shortDate),
  date_long_pretty: (at, tz, now) => pretty(at, tz, now, longDate),
  time: clockTime,
  time_secs: (at, tz) => part(at, tz, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  ago: (at, _tz, now) => ago(at, now),
};

function fullDate(at, tz) {
  return `${longDay(at, tz)}, ${part(at, tz, { year: 'numeric' })}`;
}

function shortDate(at, tz) {
  return part(at, tz, { month: 'short', day: 'numeric', year: 'numeric' });
}

function longDate(at, tz) {
  return `${part(at, tz, { weekday: 'long' })}, ${fullDate(at, tz)}`;
}

function longDay(at, tz) {
  const day = Number(part(at, tz, { day: 'numeric' }));
  return `${part(at, tz, { month: 'long' })} ${day}${ordinal(day)}`;
}

function ordinal(day) {
  if (day >= 11 && day <= 13) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th';
}

function pretty(at, tz, now, otherwise) {
  const days = (Date.parse(isoDay(at, tz)) - Date.parse(isoDay(now, tz))) / 86_400_000;
  return { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days] ?? otherwise(at, tz);
}

function isoDay(at, tz) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: tz, dateStyle: 'short' }).format(at);
}

function ago(at, now) {
  const minutes = Math.round((now.getTime() - at.getTime()) / 60_000);
  const unit = [
    [1440, 'day'],
    [60, 'hour'],
    [0, 'minute'],
  ].find(([size]) => Math.abs(minutes) >= size);
  const count = unit[0] === 0 ? minutes : Math.trunc(minutes / unit[0]);
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-count, unit[1]);
}

function part(at, tz, options) {
  // Newer ICU puts a narrow space before AM and PM; Slack shows a plain one.
  return new Intl.DateTimeFormat('en-US', { timeZone: tz, ...options }).format(at).replaceAll('\u202f', ' ');
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
