/**
 * Builder for ConnectWise's `conditions` language (developer guide, "Conditions"). A server that gets a bad clause
 * may answer with nothing found instead of an error, so whatever could be bad is refused here.
 *
 * Strings stand in double quotes with `"` and `\` escaped by a backslash; in `contains` and `like` a `[` would open
 * a SQL character class and is written `[[]`. Instants are in seconds and Z.
 */

export type Condition = { readonly text: string; readonly compound: boolean };

/** A `Date` is written as an instant in whole seconds, rounded down. */
export type ConditionValue = string | number | boolean | Date;

const fieldPattern = /^[A-Za-z_][A-Za-z0-9_]*(\/[A-Za-z_][A-Za-z0-9_]*)*$/;

export const eq = (field: string, value: ConditionValue): Condition => compare(field, '=', value);
export const ne = (field: string, value: ConditionValue): Condition => compare(field, '!=', value);
export const lt = (field: string, value: ConditionValue): Condition => compare(field, '<', value);
export const lte = (field: string, value: ConditionValue): Condition => compare(field, '<=', value);
export const gte = (field: string, value: ConditionValue): Condition => compare(field, '>=', value);

export const isNull = (field: string): Condition => simple(`${checkedField(field)} = null`);
export const isNotNull = (field: string): Condition => simple(`${checkedField(field)} != null`);

/** The field's text has `part` in it, whatever its case. */
export function contains(field: string, part: string): Condition {
  return simple(`${checkedField(field)} contains ${quoted(part.replaceAll('[', '[[]'))}`);
}

/** `pattern` may use `*` for any text; all else in it stands for itself. */
export function like(field: string, pattern: string): Condition {
  return simple(`${checkedField(field)} like ${quoted(pattern.replaceAll('[', '[[]'))}`);
}

/** @throws RangeError without values: `in ()` is not in the language */
export function isIn(field: string, values: readonly ConditionValue[]): Condition {
  if (values.length === 0) throw new RangeError('a condition "in" needs at least one value');
  return simple(`${checkedField(field)} in (${values.map(written).join(',')})`);
}

export const and = (...parts: readonly Condition[]): Condition => joined(parts, 'and');
export const or = (...parts: readonly Condition[]): Condition => joined(parts, 'or');

/** How an instant is written: `[2026-01-31T08:00:00Z]`, whole seconds, rounded down. */
export function instant(at: Date): string {
  if (Number.isNaN(at.getTime())) throw new RangeError('an invalid date cannot stand in a condition');
  return `[${at.toISOString().slice(0, 19)}Z]`;
}

/**
 * Splits ids so that each chunk, joined by commas and URL-encoded, has at most `maxChars` characters (an encoded
 * comma is three): URLs beyond about 2,000 characters are refused.
 */
export function chunkIds(ids: readonly number[], maxChars: number): number[][] {
  const chunks: number[][] = [];
  let current: number[] = [];
  let length = 0;
  for (const id of ids) {
    const own = written(id).length;
    if (own > maxChars) throw new RangeError(`an id of ${own} characters does not fit into ${maxChars}`);
    const grown = length + own + (current.length > 0 ? 3 : 0);
    if (grown <= maxChars) {
      current.push(id);
      length = grown;
      continue;
    }
    chunks.push(current);
    current = [id];
    length = own;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

function compare(field: string, operator: string, value: ConditionValue): Condition {
  return simple(`${checkedField(field)} ${operator} ${written(value)}`);
}

function simple(text: string): Condition {
  return { text, compound: false };
}

function joined(parts: readonly Condition[], word: 'and' | 'or'): Condition {
  const [first, ...rest] = parts;
  if (first === undefined) throw new RangeError(`a condition "${word}" needs at least one part`);
  if (rest.length === 0) return first;
  const text = parts.map((part) => (part.compound ? `(${part.text})` : part.text)).join(` ${word} `);
  return { text, compound: true };
}

function checkedField(field: string): string {
  if (!fieldPattern.test(field)) throw new RangeError(`not a field name: ${JSON.stringify(field)}`);
  return field;
}

function written(value: ConditionValue): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Date) return instant(value);
  if (!Number.isFinite(value) || /e/i.test(String(value))) {
    throw new RangeError(`a number that cannot stand in a condition: ${value}`);
  }
  return String(value);
}

function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw new RangeError('control characters cannot stand in a condition');
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
