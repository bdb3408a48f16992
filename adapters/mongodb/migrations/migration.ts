import type { Db } from 'mongodb';

/**
 * One numbered step. `name` begins with four digits ("0001-initial"), which are the schema version it leads to.
 * `up` may be cut off anywhere and is then run again from its beginning, so it must be idempotent.
 */
export interface Migration {
  readonly name: string;
  up(db: Db): Promise<void>;
}

/** The schema version a step leads to; throws for a name without its four digits. */
export function versionOf(name: string): number {
  const digits = /^(\d{4})-/.exec(name)?.[1];
  if (digits === undefined) throw new Error(`a migration's name begins with four digits and a dash: ${name}`);
  return Number(digits);
}
