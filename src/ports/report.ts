import type { DurationCount } from '../domain/duration-counts.ts';
import type { FailureCode } from '../domain/failure.ts';
import type { SyncKind } from '../domain/sync-task.ts';

export type ReportQuery = {
  /** When each day began, the oldest first, at least one. Each lasts until the next one, the last until `until`. */
  readonly starts: readonly Date[];
  readonly until: Date;
  /** Absent for all projects. */
  readonly projectId?: string;
};

/** How the syncs of projects that were over on one day had ended. */
export type DayOfRuns = {
  readonly completed: { readonly [mode in SyncKind]: number };
  readonly failed: { readonly [mode in SyncKind]: number };
  /** Of those that failed: what a person has to see to. The others are tried again by themselves. */
  readonly forPerson: number;
  /** Of those that completed. */
  readonly durations: readonly DurationCount[];
};

export type RunFacts = {
  /** One for each start. */
  readonly days: readonly DayOfRuns[];
  /** Why they failed, the most frequent first. */
  readonly causes: readonly { readonly code: FailureCode; readonly count: number }[];
  /** Since when ends of syncs are known, of whatever project; undefined where none is. */
  readonly since?: Date;
};

export type DayOfRequests = {
  /** Attempts, as ConnectWise counts them. */
  readonly made: number;
  /** Of them: refused, or without an answer. */
  readonly failed: number;
  /** In the one minute of the day that had most. */
  readonly busiestMinute: number;
};

export type RequestFacts = {
  readonly days: readonly DayOfRequests[];
  /** Since when requests are known; undefined where none is. */
  readonly since?: Date;
};

/** What the logs add up to, counted where they are kept. Undefined where it is too much to be counted in 20 s. */
export type ReportStore = {
  runs(query: ReportQuery): Promise<RunFacts | undefined>;
  requests(query: ReportQuery): Promise<RequestFacts | undefined>;
};
