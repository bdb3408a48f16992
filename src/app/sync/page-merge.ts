/** What one page of ConnectWise records is merged with, and what that comes to. */
import type { ReferenceContext } from '../../domain/inbound-fields.ts';
import type { PairedRecord, PlanKind } from '../../domain/plan.ts';
import type { FieldRule, Merged } from '../../domain/reconcile.ts';
import type { PsaPage } from '../../ports/psa.ts';
import type { SyncDeps, Writer } from './run.ts';

export type MergeDeps = Pick<SyncDeps, 'planner' | 'tasks' | 'log' | 'ids' | 'clock'>;

export type PageMerge<R> = {
  readonly writer: Writer;
  readonly kind: PlanKind;
  readonly rules: readonly FieldRule<R, ReferenceContext>[];
  readonly page: PsaPage<R>;
  /**
   * Of a reading of everything: the external ids that the page stands for, (after, to], and whose they are.
   * What the plan has there and the page does not show is missing.
   */
  readonly range?: { readonly after: number; readonly to: number; readonly parents?: readonly string[] };
  /**
   * Told before each merging what the plan has of the page's records and which of them it keeps as its own, not to
   * be imported again: for rules whose context depends on it.
   */
  readonly onKnown?: (here: ReadonlyMap<number, PairedRecord>, keptOut: ReadonlySet<number>) => void;
  readonly newId?: (externalId: number) => string;
  /** Plan id of the task that the record belongs to. */
  readonly parentId?: (record: R) => string | undefined;
  readonly context: ReferenceContext;
  /** Whether the plan's value of a field stays where both sides changed it. Absent: ConnectWise's is taken. */
  readonly planWins?: (field: string) => boolean;
  /**
   * Of records that the plan has: fields of which its value was meant for a project that the record has left, by plan
   * id. ConnectWise's is taken there.
   */
  readonly outOfPlace?: (here: readonly PairedRecord[]) => Promise<ReadonlyMap<string, ReadonlySet<string>>>;
  /** Of answers to writes: the records as ConnectWise showed them directly before, by external id. */
  readonly answersTo?: ReadonlyMap<number, R>;
  /** Of answers to writes: identifier of the API member; null where nobody knows. */
  readonly writtenBy?: string | null;
  /** Told of each record in which the plan is still ahead of ConnectWise. */
  readonly onAhead?: (externalId: number, changedThere: boolean) => void;
  /** Of unknown records: ids of those that may be our own whose making was not answered. They are not imported now. */
  readonly mayBeOurs?: (unknown: readonly R[]) => Promise<ReadonlySet<number>>;
};

export type PsaRow = {
  readonly id: number;
  readonly lastUpdated: string | null;
  readonly updatedBy: string | null;
};

export type PageMerged = {
  /** Live paired records of the range that ConnectWise did not show, by external id. */
  readonly missing: readonly number[];
  /** Records that got another value, or are new. */
  readonly touched: readonly number[];
  /** Records that were edited again and again meanwhile, and are left to the next run. */
  readonly unsettled: readonly number[];
};

/** One record's share of the page. */
export type Change = {
  readonly externalId: number;
  readonly changedAt: Date;
  readonly changedBy: string;
  readonly merged: Merged;
  readonly before?: PairedRecord;
  readonly planId: string;
  readonly parentId?: string;
};
