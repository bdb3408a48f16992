import type { FieldError } from '../api/errors.ts';
import { toMidnight, toSeconds } from '../world/timestamps.ts';
import type { CustomValue, Draft, FieldRule, Target, Value, WriteContext } from './field-rule.ts';

/** What became of a value that was sent: kept as `value`, or wrong. */
export type Read = { readonly value: Value } | { readonly error: FieldError };

type Codes = WriteContext['switches']['writeErrorCodes'];
type RuleOf<T extends FieldRule['type']> = Extract<FieldRule, { readonly type: T }>;

function wrong(code: string, message: string, field: string): Read {
  return { error: { code, message, field } };
}

/** A value of a type that the field cannot hold. */
function badValue(field: string, codes: Codes): Read {
  return wrong(codes.badValue, `The value of the ${field} field is invalid.`, field);
}

function readText({ long }: RuleOf<'text'>, field: string, raw: unknown, { switches }: WriteContext): Read {
  if (typeof raw !== 'string' && typeof raw !== 'number') return badValue(field, switches.writeErrorCodes);
  const oneLine = !long && switches.lineBreaksBecomeBlanks;
  const kept = (oneLine ? String(raw).replace(/\r\n|[\r\n\f]/g, ' ') : String(raw)).trim();
  return { value: kept === '' ? null : kept };
}

function readNumber({ decimals }: RuleOf<'number'>, field: string, raw: unknown, codes: Codes): Read {
  const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  if (typeof number !== 'number' || !Number.isFinite(number)) return badValue(field, codes);
  const scale = 10 ** decimals;
  return { value: Math.round(number * scale) / scale };
}

function readMoment({ type }: RuleOf<'day' | 'moment'>, field: string, raw: unknown, codes: Codes): Read {
  const parts =
    typeof raw === 'string' ? /^(\d{4}-\d\d-\d\d)(T[\d:.]+)?(Z|[+-]\d\d:?\d\d)?$/.exec(raw) : null;
  // A time that does not say where is taken as UTC.
  const at = parts ? Date.parse(`${parts[1]}${parts[2] ?? 'T00:00:00'}${parts[3] ?? 'Z'}`) : Number.NaN;
  if (!parts || Number.isNaN(at)) return badValue(field, codes);
  return { value: type === 'day' ? toMidnight(parts[0]) : toSeconds(new Date(at)) };
}

function sameText(left: string | undefined, right: unknown): boolean {
  return typeof right === 'string' && left?.toLowerCase() === right.toLowerCase();
}

/** By id if there is one, else by identifier or name. */
function targetOf(targets: readonly Target[], raw: object): Target | undefined {
  const { id, identifier, name } = raw as Readonly<Record<string, unknown>>;
  if (id !== undefined && id !== null) return targets.find((one) => one.id === id);
  if (identifier !== undefined) return targets.find((one) => sameText(one.identifier, identifier));
  return targets.find((one) => sameText(one.name, name));
}

function readReference(
  rule: RuleOf<'reference'>,
  field: string,
  raw: unknown,
  context: WriteContext,
  soFar: Draft,
): Read {
  const { writeErrorCodes: codes, inactiveMembersAccepted } = context.switches;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return badValue(field, codes);
  if ('id' in raw && raw.id === null) return { value: null };
  const target = targetOf(rule.targets(context, soFar), raw);
  if (!target) return wrong(codes.unknownReference, `The ${field} reference is invalid.`, field);
  if (target.inactive && !inactiveMembersAccepted) {
    return wrong(
      codes.unknownReference,
      `The ${field} ${target.identifier ?? target.id} is inactive.`,
      field,
    );
  }
  const { id, identifier, name } = target;
  return {
    value: {
      id,
      ...(identifier === undefined ? {} : { identifier }),
      ...(name === undefined ? {} : { name }),
    },
  };
}

function isCustomValue(one: unknown, known: readonly number[]): one is CustomValue {
  if (typeof one !== 'object' || one === null || !('id' in one)) return false;
  const value = 'value' in one ? one.value : null;
  return known.includes(Number(one.id)) && (value === null || typeof value !== 'object');
}

/** Only what was sent: the fields that are not among them keep their values. */
function readCustomFields(
  { known }: RuleOf<'custom-fields'>,
  field: string,
  raw: unknown,
  codes: Codes,
): Read {
  if (!Array.isArray(raw)) return badValue(field, codes);
  if (!raw.every((one) => isCustomValue(one, known))) return badValue(field, codes);
  return { value: raw.map(({ id, value }) => ({ id, value: value ?? null })) };
}

/** What is kept of a value that was sent. Whether the record may have it is another question. */
export function readField(
  rule: FieldRule,
  field: string,
  raw: unknown,
  context: WriteContext,
  soFar: Draft,
): Read {
  const codes = context.switches.writeErrorCodes;
  if (raw === null || raw === undefined) {
    return { value: rule.type === 'custom-fields' ? [] : (rule.standard ?? null) };
  }
  switch (rule.type) {
    case 'text':
      return readText(rule, field, raw, context);
    case 'number':
      return readNumber(rule, field, raw, codes);
    case 'flag':
      return typeof raw === 'boolean' ? { value: raw } : badValue(field, codes);
    case 'day':
    case 'moment':
      return readMoment(rule, field, raw, codes);
    case 'choice': {
      const chosen = rule.of.find((one) => sameText(one, raw));
      return chosen === undefined ? badValue(field, codes) : { value: chosen };
    }
    case 'reference':
      return readReference(rule, field, raw, context, soFar);
    case 'custom-fields':
      return readCustomFields(rule, field, raw, codes);
  }
}
