/** One run: what it may use, on whose behalf it asks, and what it has done so far. */
import { type Failure, FailureError } from '../../domain/failure.ts';
import type { ReferenceContext } from '../../domain/inbound-fields.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import { categoryOf } from '../../domain/status-mapping.ts';
import type { RunCounts, SyncKind, SyncTask } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { FenceLane, Planner, RunFence } from '../../ports/planner.ts';
import type { Psa, PsaCall, PsaWrites } from '../../ports/psa.ts';
import type { ReferenceStore } from '../../ports/reference-data.ts';
import type { SettingsStore } from '../../ports/settings.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import type { RunControl } from './run-control.ts';

/** What every kind of run works with. */
export type SyncDeps = {
  readonly psa: Psa;
  readonly writes: PsaWrites;
  readonly planner: Planner;
  readonly tasks: Pick<SyncTaskStore, 'trigger' | 'get' | 'linked'>;
  readonly reference: Pick<ReferenceStore, 'mappings'>;
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly log: Pick<LogStore, 'append'>;
  readonly ids: Ids;
  readonly clock: Clock;
};

export type Run = {
  readonly runId: string;
  readonly mode: SyncKind;
  /** The claimed task. */
  readonly task: SyncTask;
  readonly fence: number;
  /** By this process's clock. */
  readonly startedAt: Date;
  readonly control: RunControl;
  readonly tally: Tally;
};

/** What a run has done so far. */
export type Tally = { -readonly [count in keyof RunCounts]: number };

export function createTally(): Tally {
  return { created: 0, updated: 0, deleted: 0, skipped: 0, conflicts: 0, requests: 0 };
}

/** Who writes into which project: what plan writes and log entries of a run have in common. */
export type Writer = RunFence & {
  readonly runId: string;
  readonly mode: SyncKind;
  readonly tenantId: string;
  readonly tally: Tally;
};

export function writerOf(run: Run, lane: FenceLane = 'project', projectId = run.task.projectId): Writer {
  const { runId, mode, fence, tally, task } = run;
  return { projectId, lane, fence, runId, mode, tally, tenantId: task.tenantId };
}

export function callOf(run: Run, projectId?: string): PsaCall {
  return {
    signal: run.control.signal,
    priority: run.task.claimed?.prio ?? 0,
    runId: run.runId,
    ...(projectId === undefined ? {} : { projectId }),
    onRequest: () => {
      run.tally.requests += 1;
    },
  };
}

/** What statuses mean, as it was when the run began. */
export async function readMeanings(deps: Pick<SyncDeps, 'reference'>): Promise<ReferenceContext['meaning']> {
  const mappings = new Map((await deps.reference.mappings()).map((mapping) => [mapping.of, mapping]));
  return (of, statusId) => categoryOf(mappings.get(of), statusId, of === 'projects' ? 'project' : 'task');
}

/**
 * In how many runs in a row a record was not settled, this one, which could not either, among them. A record may be
 * met twice in a run, by its page and by its id.
 */
export function unsettledRuns({ unsettled, syncFence }: PlanRecord, fence: number): number {
  if (!unsettled) return 1;
  return syncFence === fence ? unsettled.runs : unsettled.runs + 1;
}

/** The failure where something may not be read; anything else is thrown on. */
export function refusalOf(error: unknown): Failure {
  if (error instanceof FailureError && error.failure.code === 'cw.permission') return error.failure;
  throw error;
}
