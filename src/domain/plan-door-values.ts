/** The single values that come in through the plan's doors: each rule gives the form to store, or why it is refused. */
import type { Json } from './json.ts';

export type Refusal = {
  /** Of a part of a field: `dates.due`. */
  readonly path: string;
  /** Plain words that end with what to do where that does not follow by itself. */
  readonly reason: string;
};

export type Judged<T extends Json = Json> = { readonly value: T } | { readonly refused: readonly Refusal[] };

export const namesAtMost = 100;
/** ConnectWise's ids are 32 bits long. */
const idsAtMost = 2_147_483_647;
const hoursAtMost = 999_999.99;
const earliestYear = 1900;

export function refuse(path: string, reason: string): { readonly refused: readonly Refusal[] } {
  return { refused: [{ path, reason }] };
}

export function isObject(value: Json | undefined): value is { readonly [part: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const isId = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= idsAtMost;

/** One line, as ConnectWise keeps names: it cuts blanks at both ends. Length in UTF-16 units, as its columns count. */
export function nameValue(value: Json, path: string): Judged<string> {
  if (typeof value !== 'string') return refuse(path, 'is a text');
  const name = value.trim();
  if (name === '') return refuse(path, 'must not be empty');
  if (name.length > namesAtMost)
    return refuse(path, `is ${name.length} characters long; ConnectWise holds at most ${namesAtMost}`);
  if (!name.isWellFormed()) return refuse(path, 'holds half of a character (a lone surrogate)');
  if (/\p{Cc}/u.test(name)) return refuse(path, 'is one line: no line breaks, tabs or control characters');
  return { value: name };
}

/** Several lines; of control characters only those that make lines. */
export function textValue(value: Json, path: string): Judged<string> {
  if (typeof value !== 'string') return refuse(path, 'is a text');
  if (!value.isWellFormed()) return refuse(path, 'holds half of a character (a lone surrogate)');
  if (/[^\P{Cc}\n\r\t]/u.test(value))
    return refuse(path, 'holds control characters, which ConnectWise drops');
  return { value };
}

export function filledText(value: Json, path: string): Judged<string> {
  const judged = textValue(value, path);
  return 'value' in judged && judged.value.trim() === '' ? refuse(path, 'must not be empty') : judged;
}

export function flagValue(value: Json, path: string): Judged<boolean> {
  return typeof value === 'boolean' ? { value } : refuse(path, 'is true or false');
}

export function hoursValue(value: Json, path: string): Judged<number> {
  if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(path, 'is a number of hours');
  if (value < 0) return refuse(path, 'must not be negative');
  if (value > hoursAtMost) return refuse(path, `is at most ${hoursAtMost} hours`);
  if (Math.round(value * 100) / 100 !== value)
    return refuse(path, 'is finer than ConnectWise holds: hours have 2 decimals');
  // A minus before zero is no difference to anybody, and would be one to a comparison.
  return { value: value + 0 };
}

const instant = /^(\d{4})-(\d{2}-\d{2})(?:T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$/u;

/**
 * An ISO instant in whole seconds, `2026-03-02T09:00:00Z`; with an offset it becomes UTC. A day alone is midnight UTC,
 * as ConnectWise keeps days.
 */
export function instantValue(value: Json, path: string): Judged<string> {
  const match = typeof value === 'string' ? instant.exec(value) : null;
  if (match === null) return refuse(path, 'is a time like 2026-03-02T09:00:00Z, or a day like 2026-03-02');
  const [written = '', year, monthAndDay, hour, fraction, zone] = match;
  if (fraction !== undefined && Number(fraction) !== 0)
    return refuse(path, 'is finer than ConnectWise holds: times are whole seconds');
  if (hour !== undefined && zone === undefined)
    return refuse(path, 'does not say its time zone: end it with Z or an offset like +01:00');
  if (Number(year) < earliestYear) return refuse(path, `lies before the year ${earliestYear}`);
  const day = `${year}-${monthAndDay}`;
  if (!isDay(day)) return refuse(path, 'is no day of the calendar');
  const at = new Date(hour === undefined ? `${day}T00:00:00Z` : written);
  if (Number.isNaN(at.getTime())) return refuse(path, 'has an offset that does not exist');
  return { value: `${at.toISOString().slice(0, 19)}Z` };
}

/** The 30th of February is read as a day of March. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === day;
}

/** One of these words. */
export function wordValue(words: readonly string[]) {
  return (value: Json, path: string): Judged<string> => {
    const word = words.find((one) => one === value);
    return word === undefined ? refuse(path, `is one of ${words.join(', ')}`) : { value: word };
  };
}

type One = (value: Json, path: string) => Judged;

export function orNull(judge: One): One {
  return (value, path) => (value === null ? { value } : judge(value, path));
}

/**
 * An object that is one value of the plan: parts that are not given stay as they are, or are null.
 * @param current what the field is now
 */
export function partsValue(
  value: Json,
  path: string,
  parts: { readonly [part: string]: One },
  current: Json | undefined,
): Judged<{ readonly [part: string]: Json }> {
  if (!isObject(value)) return refuse(path, `is an object of ${Object.keys(parts).join(', ')}`);
  const before = isObject(current) ? current : {};
  const result: Record<string, Json> = {};
  const refused: Refusal[] = Object.keys(value)
    .filter((part) => !Object.hasOwn(parts, part))
    .map((part) => ({ path: `${path}.${part}`, reason: 'is not known' }));
  for (const [part, judge] of Object.entries(parts)) {
    const given = value[part];
    const judged = given === undefined ? { value: before[part] ?? null } : judge(given, `${path}.${part}`);
    if ('value' in judged) result[part] = judged.value;
    else refused.push(...judged.refused);
  }
  return refused.length > 0 ? { refused } : { value: result };
}
