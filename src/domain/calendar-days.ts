/** Days as somebody's calendar has them: a day of a change to summer time is 23 hours long. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Nowhere is midnight further from that of UTC than this, in hours. */
const farthest = 15;

/** Whether this is the name of a time zone that is known here. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * When each of so many days began, the oldest first; the last one is the day of `now`.
 * @param timeZone IANA name of a known time zone
 */
export function dayStarts(now: Date, count: number, timeZone: string): readonly Date[] {
  const dateOf = datesIn(timeZone);
  const today = dateOf(now.getTime());
  return Array.from({ length: count }, (_, n) => startOf(today - (count - 1 - n) * 24 * hourMs, dateOf));
}

/** A moment's date, as midnight of that date in UTC. */
type DateOf = (ms: number) => number;

function datesIn(timeZone: string): DateOf {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.get('year') ?? 0, (parts.get('month') ?? 1) - 1, parts.get('day') ?? 1);
  };
}

/** The first minute with this date or a later one: there are days without a midnight. */
function startOf(date: number, dateOf: DateOf): Date {
  let before = date - farthest * hourMs;
  let from = date + farthest * hourMs;
  while (from - before > minuteMs) {
    const middle = before + Math.floor((from - before) / 2 / minuteMs) * minuteMs;
    if (dateOf(middle) < date) before = middle;
    else from = middle;
  }
  return new Date(from);
}
