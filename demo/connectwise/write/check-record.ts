import type { FieldError } from '../api/errors.ts';
import type { Draft, FieldRule, FieldRules, Value, WriteContext } from './field-rule.ts';

type Codes = WriteContext['switches']['writeErrorCodes'];

function checkField(rule: FieldRule, field: string, value: Value, codes: Codes): FieldError | null {
  if (value === null) {
    if (!rule.required) return null;
    return { code: 'MissingRequiredField', message: `The ${field} field is required.`, field };
  }
  if (rule.type === 'text' && typeof value === 'string' && value.length > rule.max) {
    const message = `The field ${field} must be a string with a maximum length of ${rule.max}.`;
    return { code: codes.tooLong, message, field };
  }
  if (rule.type === 'number' && typeof value === 'number' && (value < rule.low || value > rule.high)) {
    const message = `The field ${field} must be between ${rule.low} and ${rule.high}.`;
    return { code: 'OutOfRange', message, field };
  }
  return null;
}

/** What is wrong with the fields named. Planted or grown data can be wrong where nobody touched it. */
export function checkRecord(
  rules: FieldRules,
  draft: Draft,
  names: readonly string[],
  { switches }: WriteContext,
): FieldError[] {
  return names.flatMap((name) => {
    const rule = rules[name];
    return (rule && checkField(rule, name, draft[name] ?? null, switches.writeErrorCodes)) ?? [];
  });
}

/** An error when `end` lies before `start`. */
export function checkOrder(draft: Draft, start: string, end: string): FieldError[] {
  const [from, until] = [draft[start], draft[end]];
  if (typeof from !== 'string' || typeof until !== 'string' || from <= until) return [];
  return [{ code: 'OutOfRange', message: `The ${end} must not be before the ${start}.`, field: end }];
}
