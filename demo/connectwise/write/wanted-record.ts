import { ApiError, badBody, type FieldError, invalidObject } from '../api/errors.ts';
import type { Row } from '../world/record-store.ts';
import { checkRecord } from './check-record.ts';
import type { Draft, FieldRule, Value, WriteContext } from './field-rule.ts';
import { readField } from './read-field.ts';
import { collectOps, type RawValues, readOps } from './read-ops.ts';
import type { Wanted, WriteKind } from './write-kind.ts';

type Stored = Readonly<Record<string, unknown>>;

function isValue(value: unknown): value is Value {
  return value !== undefined && !Array.isArray(value);
}

/** The fields of the record as they are. Custom fields only hold what a write changes of them. */
function currentDraft(kind: WriteKind, row: Row): Record<string, Value> {
  const stored = row as unknown as Stored;
  const names = Object.keys(kind.rules);
  return Object.fromEntries(
    names.map((name) => {
      const value = stored[name];
      const empty = kind.rules[name]?.type === 'custom-fields' ? [] : null;
      return [name, isValue(value) ? value : empty];
    }),
  );
}

function newDraft(kind: WriteKind): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(kind.rules).map(([name, rule]) => [
      name,
      rule.type === 'custom-fields' ? [] : (rule.standard ?? null),
    ]),
  );
}

function createdOnly(field: string, { switches }: WriteContext): FieldError {
  return {
    code: switches.writeErrorCodes.notAllowed,
    message: `The ${field} field can only be used when creating.`,
    field,
  };
}

type Base = { readonly draft: Record<string, Value>; readonly touched: Set<string> };

/** Puts the values that were sent over those of `base`, in the order of the rules. */
function overlay(kind: WriteKind, context: WriteContext, values: RawValues, base: Base): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, rule] of Object.entries(kind.rules)) {
    if (!values.has(name) || context.switches.falseSuccess.includes(`${kind.store}.${name}`)) continue;
    if (context.id !== null && rule.onlyNew) {
      if (rule.onlyNew === 'refused') errors.push(createdOnly(name, context));
      continue;
    }
    const read = readField(rule, name, values.get(name), context, base.draft);
    if ('error' in read) {
      errors.push(read.error);
      continue;
    }
    base.draft[name] = read.value;
    base.touched.add(name);
  }
  return errors;
}

function refuse(kind: WriteKind, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new ApiError(invalidObject(kind.resource, errors));
}

function checked(
  kind: WriteKind,
  context: WriteContext,
  wanted: Wanted,
  errors: readonly FieldError[],
): Wanted {
  const all = context.id === null || context.switches.wholeRecordValidation;
  const names = Object.keys(kind.rules).filter((name) => all || wanted.touched.has(name));
  const unread = new Set(errors.map(({ field }) => field));
  const wrong = checkRecord(kind.rules, wanted.draft, names, context);
  refuse(kind, [...errors, ...wrong.filter(({ field }) => !unread.has(field))]);
  refuse(kind, kind.check?.(wanted, context) ?? []);
  return wanted;
}

function objectValues(kind: WriteKind, body: unknown, context: WriteContext): Map<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApiError(badBody('the record is no object', context.switches));
  }
  // Only a PATCH minds the case of names.
  const names = new Map(Object.keys(kind.rules).map((name) => [name.toLowerCase(), name]));
  return new Map(Object.entries(body).map(([name, value]) => [names.get(name.toLowerCase()) ?? name, value]));
}

/** The record of a POST. Throws the answer to one that cannot be. */
export function postedRecord(kind: WriteKind, context: WriteContext, body: unknown): Wanted {
  const base: Base = { draft: newDraft(kind), touched: new Set() };
  const errors = overlay(kind, context, objectValues(kind, body, context), base);
  return checked(kind, context, base, errors);
}

/** What of a record a PUT without it takes away: not what it is made of for good. */
function isCleared(rule: FieldRule): boolean {
  return !rule.onlyNew && !rule.action && rule.type !== 'custom-fields';
}

function missingForPut(kind: WriteKind, values: RawValues): FieldError[] {
  return (kind.neededByPut ?? [])
    .filter((field) => values.get(field) === undefined || values.get(field) === null)
    .map((field) => ({ code: 'MissingRequiredField', message: `The ${field} field is required.`, field }));
}

/** The record of a PUT: what it leaves out becomes empty, or what a new record has. */
export function putRecord(kind: WriteKind, context: WriteContext, row: Row, body: unknown): Wanted {
  const values = objectValues(kind, body, context);
  const cleared = Object.entries(kind.rules).filter(([, rule]) => isCleared(rule));
  const empty = newDraft(kind);
  const base: Base = {
    draft: {
      ...currentDraft(kind, row),
      ...Object.fromEntries(cleared.map(([name]) => [name, empty[name] ?? null])),
    },
    touched: new Set(cleared.map(([name]) => name)),
  };
  const errors = [...missingForPut(kind, values), ...overlay(kind, context, values, base)];
  return checked(kind, context, base, errors);
}

/** The record that a PATCH leaves. Throws the answer to one that cannot be. */
export function patchedRecord(kind: WriteKind, context: WriteContext, row: Row, body: unknown): Wanted {
  const { switches } = context;
  const ops = readOps(body, switches);
  const hasCustomFields = 'customFields' in kind.rules;
  if (hasCustomFields && switches.customFieldsOnPatch === 'needed') {
    if (!ops.some(({ path }) => path[0] === 'customFields')) {
      throw new ApiError(invalidObject(kind.resource, []));
    }
  }
  const { values, errors: pathErrors } = collectOps(kind, ops, switches, row as unknown as Stored);
  const base: Base = { draft: currentDraft(kind, row), touched: new Set() };
  const errors = [...pathErrors, ...overlay(kind, context, values, base)];
  return checked(kind, context, base, errors);
}

/** Whether the write means to change anything that is kept. */
export function changesAnything(kind: WriteKind, { draft, touched }: Wanted): boolean {
  return [...touched].some((name) => {
    const rule = kind.rules[name];
    const value: Draft[string] | undefined = draft[name];
    const empty = rule?.type === 'custom-fields' && Array.isArray(value) && value.length === 0;
    return !rule?.action && !empty;
  });
}
