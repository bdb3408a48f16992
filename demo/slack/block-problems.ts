import { isObject } from './json-object.ts';

/**
 * Slack's words for what is wrong with a value, each with the JSON pointer to it, as they appear in
 * `errors` and `response_metadata.messages` of an invalid_blocks answer.
 */
export class Problems {
  readonly found: string[] = [];

  add(pointer: string, words: string): void {
    this.found.push(`${words} [json-pointer:${pointer}]`);
  }
}

type Fields = { readonly required?: readonly string[]; readonly optional?: readonly string[] };

/** Checks that the value is an object with these properties and no others; undefined when it is no object. */
export function checkShape(
  problems: Problems,
  pointer: string,
  value: unknown,
  fields: Fields,
): Record<string, unknown> | undefined {
  if (!isObject(value)) {
    problems.add(pointer, 'must be an object');
    return undefined;
  }
  const required = fields.required ?? [];
  for (const name of required) {
    if (value[name] === undefined) problems.add(pointer, `missing required field: ${name}`);
  }
  const known = new Set([...required, ...(fields.optional ?? []), 'type']);
  for (const name of Object.keys(value)) {
    if (!known.has(name)) problems.add(pointer, `invalid additional property: ${name}`);
  }
  return value;
}

/**
 * Checks an optional string of 1 to `max` characters. Counts UTF-16 units: never fewer than Slack counts, so
 * what passes here passes there.
 */
export function checkString(problems: Problems, pointer: string, value: unknown, max: number): void {
  if (value === undefined) return;
  if (typeof value !== 'string') problems.add(pointer, 'must be a string');
  else if (value.length === 0) problems.add(pointer, 'must be more than 0 characters');
  else if (value.length > max) problems.add(pointer, `must be less than ${max + 1} characters`);
}

/** Checks an array of 1 to `max` items; undefined when it is no array. */
export function checkList(
  problems: Problems,
  pointer: string,
  value: unknown,
  max: number,
): readonly unknown[] | undefined {
  if (!Array.isArray(value)) {
    problems.add(pointer, 'must be an array');
    return undefined;
  }
  if (value.length === 0) problems.add(pointer, 'no fewer than 1 items allowed');
  if (value.length > max) problems.add(pointer, `no more than ${max} items allowed`);
  return value;
}

export function checkOneOf(
  problems: Problems,
  pointer: string,
  value: unknown,
  allowed: readonly unknown[],
): void {
  if (value !== undefined && !allowed.includes(value)) {
    problems.add(pointer, `must be a valid enum value (${allowed.join(', ')})`);
  }
}

type TextRule = { readonly max: number; readonly plainOnly?: boolean };

/** Checks an optional text object (`plain_text` or `mrkdwn`). */
export function checkText(problems: Problems, pointer: string, value: unknown, rule: TextRule): void {
  if (value === undefined) return;
  if (!isObject(value)) {
    problems.add(pointer, 'must be an object');
    return;
  }
  const isPlain = value.type === 'plain_text';
  if (!isPlain && (rule.plainOnly || value.type !== 'mrkdwn')) {
    const words = rule.plainOnly ? 'must be plain_text' : `unsupported type: ${String(value.type)}`;
    problems.add(`${pointer}/type`, words);
    return;
  }
  checkShape(problems, pointer, value, { required: ['text'], optional: [isPlain ? 'emoji' : 'verbatim'] });
  checkString(problems, `${pointer}/text`, value.text, rule.max);
}
