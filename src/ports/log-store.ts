import type { PlanKind } from '../domain/plan.ts';
import type { RequestLog, RequestRecord } from './request-log.ts';

export const severities = ['info', 'warning', 'error'] as const;
export type Severity = (typeof severities)[number];

export type LogAction =
  | 'started'
  | 'finished'
  | 'failed'
  | 'created'
  | 'updated'
  | 'skipped'
  | 'conflict'
  | 'taken up again'
  | 'linked'
  | 'enabled'
  | 'disabled';

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
  readonly entity?: PlanKind;
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
  /** Newest first. */
  entries(query: LogQuery): Promise<LogPage<LogEntry>>;
  /** Newest first. */
  requests(query: LogQuery): Promise<LogPage<RequestRecord>>;
};
