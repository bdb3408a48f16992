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
  /** A kind of plan record, or a table of the miscellaneous data sync. */
  readonly entity?: PlanKind | PsaTable;
  readonly planId?: string;
  readonly externalId?: number;
};

export type LogQuery = {
  readonly projectId?: string;
  readonly errorsOnly: boolean;
  readonly since?: Date;
  readonly offset: number;
  readonly limit: number;
};

export type LogPage<T> = { readonly entries: readonly T[]; readonly more: boolean };

export type LogStore = RequestLog & {
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Resolves once every request recorded so far is stored, or lost. */
  flush(): Promise<void>;
  /** Newest first. */
  entries(query: LogQuery): Promise<LogPage<LogEntry>>;
  /** Newest first. */
  requests(query: LogQuery): Promise<LogPage<RequestRecord>>;
  /** Removes entries and requests from before that instant; the audit is kept elsewhere and for longer. Returns how many. */
  retain(kept: { readonly before: Date }): Promise<number>;
};
