import type { Switches } from '../switches.ts';
import type { WorldCore } from '../world/world-core.ts';

/** A record that a reference may point to. */
export type Target = {
  readonly id: number;
  readonly name?: string;
  readonly identifier?: string;
  readonly inactive?: boolean;
};

/** What a write is done with. */
export type WriteContext = {
  readonly world: WorldCore;
  readonly switches: Switches;
  /** Of the record that the address names as the parent; null for kinds without one. */
  readonly parentId: number | null;
  /** Of the record that is written; null for a new one. */
  readonly id: number | null;
};

/** The value of a field as it will be kept: references are their target. */
export type Value = string | number | boolean | null | Target | readonly CustomValue[];
export type CustomValue = { readonly id: number; readonly value: string | number | boolean | null };
/** All writable fields of a record by name. */
export type Draft = Readonly<Record<string, Value>>;

/** What a reference may point to; `soFar` holds the fields that stand before it among the rules. */
type Targets = (context: WriteContext, soFar: Draft) => readonly Target[];

type Shape =
  /** `long` texts keep their lines. */
  | { readonly type: 'text'; readonly max: number; readonly long?: boolean }
  | { readonly type: 'number'; readonly decimals: number; readonly low: number; readonly high: number }
  | { readonly type: 'flag' }
  | { readonly type: 'day' | 'moment' }
  | { readonly type: 'choice'; readonly of: readonly string[] }
  | { readonly type: 'reference'; readonly targets: Targets }
  | { readonly type: 'custom-fields'; readonly known: readonly number[] };

export type FieldRule = Shape & {
  /** The record cannot be without it. */
  readonly required?: boolean;
  /** Only a new record takes it; afterwards it is ignored, or refused. */
  readonly onlyNew?: 'ignored' | 'refused';
  /** What a new record has, and one that was PUT without it. Null unless given. */
  readonly standard?: string | number | boolean;
  /** Says what to do on this write, and is kept nowhere. */
  readonly action?: boolean;
};

export type FieldRules = Readonly<Record<string, FieldRule>>;

export const text = (max: number) => ({ type: 'text', max }) as const;
export const longText = { type: 'text', max: 50_000, long: true } as const;
export const hours = { type: 'number', decimals: 2, low: 0, high: 100_000 } as const;
export const integer = (low: number, high: number) => ({ type: 'number', decimals: 0, low, high }) as const;
export const flag = { type: 'flag', standard: false } as const;
/** Null when it was not given. */
export const actionFlag = { type: 'flag', action: true } as const;
export const day = { type: 'day' } as const;
export const moment = { type: 'moment' } as const;
export const recordId = integer(1, 2_147_483_647);

export function reference(targets: Targets) {
  return { type: 'reference', targets } as const;
}

/** Members who can be given work. */
export const member = reference(({ world }) =>
  world.stores.members.rows().map(({ id, identifier, firstName, lastName, inactiveFlag }) => ({
    id,
    identifier,
    name: `${firstName} ${lastName}`,
    inactive: inactiveFlag,
  })),
);
