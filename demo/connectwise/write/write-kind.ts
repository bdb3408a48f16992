import type { FieldError } from '../api/errors.ts';
import type { Row } from '../world/record-store.ts';
import type { StoreName } from '../world/stores.ts';
import type { Draft, FieldRules, WriteContext } from './field-rule.ts';

/** What is to become of a record: all its fields, and which of them the write means to change. */
export type Wanted = { readonly draft: Draft; readonly touched: ReadonlySet<string> };

/** Somebody outside who would have got a message. */
export type Notice = { readonly reason: string; readonly ticketId: number | null };

/** How records of one kind are written by the API: which fields, what is checked, and the acts of the world. */
export type WriteKind = {
  readonly store: StoreName;
  /** As errors name it: "ticket object is invalid". */
  readonly resource: string;
  readonly rules: FieldRules;
  /** Fields of the real record that a write accepts and that stay what they are. */
  readonly ignored: readonly string[];
  /** Fields that a PUT must bring along. */
  readonly neededByPut?: readonly string[];
  /** What cannot be told of a field by itself. */
  readonly check?: (wanted: Wanted, context: WriteContext) => readonly FieldError[];
  readonly add: (context: WriteContext, by: string, wanted: Wanted) => Row;
  readonly edit: (context: WriteContext, by: string, id: number, wanted: Wanted) => Row;
  /** Why the record cannot be deleted, or null. */
  readonly deletionConflict?: (context: WriteContext, id: number) => string | null;
  readonly remove: (context: WriteContext, by: string, id: number) => void;
  /** Whom the write would have told, besides callbacks. */
  readonly notices?: (context: WriteContext, row: Row, wanted: Wanted) => readonly Notice[];
};

/** The values of the fields that the write touches, under the names that the world's acts have for them. */
export function touchedFields(
  { draft, touched }: Wanted,
  names: readonly string[],
): Record<string, Draft[string]> {
  return Object.fromEntries(
    names.filter((name) => touched.has(name)).map((name) => [name, draft[name] ?? null]),
  );
}

/** The id of the record that a reference points to, or null. */
export function idOf(draft: Draft, name: string): number | null {
  const value = draft[name];
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
}

/** The identifier of the member that a reference points to, or null. */
export function identifierOf(draft: Draft, name: string): string | null {
  const value = draft[name];
  return typeof value === 'object' && value !== null && 'identifier' in value
    ? (value.identifier ?? null)
    : null;
}

/** Leaves out what is null: acts of the world take it as not said. */
export function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
