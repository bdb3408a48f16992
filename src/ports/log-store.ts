import type { FailureCode } from '../domain/failure.ts';
import type { Json } from '../domain/json.ts';
import type { PlanKind } from '../domain/plan.ts';
import type { PsaTable } from '../domain/psa-records.ts';
import type { RequestLog, RequestRecord } from './request-log.ts';

export const severities = ['info', 'warning', 'error'] as const;
export type Severity = (typeof severities)[number];

export type LogAction =
  | 'started'
  | 'finished'
  | 'failed'
  | 'created'
  | 'updated'
  | 'deleted'
  | 'moved'
  | 'restored'
  | 'frozen'
  | 'approved'
  | 'kept'
  | 'skipped'
  | 'held'
  | 'unsettled'
  | 'conflict'
  | 'normalised'
  | 'rejected'
  | 'taken up again'
  | 'linked'
  | 'enabled'
  | 'disabled'
  | 'archived'
  | 'unarchived'
  | 'disconnected';

/** One entry of the Integration Log. */
export type LogEntry = {
  readonly at: Date;
  readonly severity: Severity;
  readonly action: LogAction;
  readonly message: string;
  /** What to do, where somebody must do something. */
  readonly next?: string;
  readonly direction: 'from ConnectWise' | 'to ConnectWise' | 'none';
  readonly projectId?: string;
  readonly runId?: string;
  readonly mode?: 'delta' | 'comprehensive';
  /** Of the end of a project's run: how long it had taken, in milliseconds. */
  readonly durationMs?: number;
  /** Of a run that failed. */
  readonly code?: FailureCode;
  /** A kind of plan record, or a table of the miscellaneous data sync. */
  readonly entity?: PlanKind | PsaTable;
  readonly planId?: string;
  readonly externalId?: number;
  /** Of a conflict: both values of each field, in the plan's terms, and whose was taken. */
  readonly conflicts?: readonly {
    readonly field: string;
    readonly plan: Json;
    readonly psa: Json;
    readonly took: 'plan' | 'connectwise';
  }[];
};

export type LogQuery = {
  readonly projectId?: string;
  readonly errorsOnly: boolean;
  readonly since?: Date;
  readonly offset: number;
  readonly limit: number;
};

/** As kept: with the id by which it can be looked up again. */
export type Kept<T> = T & { readonly id: string };

export type LogPage<T> = { readonly entries: readonly T[]; readonly more: boolean };

export type LogStore = RequestLog & {
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Resolves once every request recorded until now is stored, or lost; it does not wait for those that come after. */
  flush(): Promise<void>;
  /** Newest first. */
  entries(query: LogQuery): Promise<LogPage<Kept<LogEntry>>>;
  /** Newest first. */
  requests(query: LogQuery): Promise<LogPage<Kept<RequestRecord>>>;
  /** Undefined where there is none with this id, or no more. */
  entry(id: string): Promise<Kept<LogEntry> | undefined>;
  request(id: string): Promise<Kept<RequestRecord> | undefined>;
  /**
   * Removes entries and requests from before that instant, oldest first and some at a time, so that it can be stopped
   * in between; the audit is kept elsewhere and for longer. Returns how many.
   */
  retain(kept: { readonly before: Date; readonly stop?: AbortSignal }): Promise<number>;
};
