/** Runs one claimed task to its end, whatever kind it is of: completed, failed, or handed back. */
import { decide, type Failure, FailureError } from '../../domain/failure.ts';
import { modeOf, type SyncKind, type SyncTask, type TaskKind } from '../../domain/sync-task.ts';
import type { Gate } from '../../ports/gate.ts';
import type { Logger, LogScope } from '../../ports/logger.ts';
import { type Metrics, type RunResult, runModeOf } from '../../ports/metrics.ts';
import type { Claimed, Finished, SyncTaskStore } from '../../ports/sync-task-store.ts';
import type { Circuit } from './circuit.ts';
import { createTally, type Run, type SyncDeps } from './run.ts';
import { RunStopped, startRunControl } from './run-control.ts';
import { failedEntry, finishedEntry, refusedEntry, takenUpEntry, writeRefusedEntry } from './run-entries.ts';

/** What a run of any kind came to. */
export type Outcome = Omit<Finished, 'runId' | 'mode' | 'counts'> & {
  /** Kinds that may not be read: said in the log with the end of the run. */
  readonly refused?: readonly Failure[];
  /** The same of kinds that may not be written. */
  readonly writesRefused?: readonly Failure[];
};

/** One run of each kind of task. */
export type Runs = { readonly [kind in TaskKind]: (run: Run) => Promise<Outcome> };

export type RunTaskDeps = Pick<SyncDeps, 'log' | 'ids' | 'clock'> & {
  readonly runs: Runs;
  readonly tasks: Pick<SyncTaskStore, 'heartbeat' | 'complete' | 'failToRetry' | 'failToPerson' | 'handBack'>;
  readonly gate: Pick<Gate, 'read'>;
  readonly circuit: Pick<Circuit, 'report'>;
  readonly logger: Logger;
  readonly logScope: LogScope;
  readonly metrics: Pick<Metrics, 'runEnded'>;
  readonly leaseMs: number;
  /** Turns whatever was thrown into a record of the failure table. */
  readonly toFailure: (error: unknown) => Failure;
  /** Told when a run does not even hear that it must stop. */
  readonly onStuck?: () => void;
};

export type ClaimedTask = Extract<Claimed, { result: 'claimed' }>;

/** From this many losses in a row on, a project that kills its workers backs off instead of running. */
const lossesBeforeBackOff = 3;

/** Rejects only where the store does; the log says so, with the id of the run as in every line of it. */
export async function runTask(
  deps: RunTaskDeps,
  claimed: ClaimedTask,
  shutdown: AbortSignal,
  renewSlot?: () => Promise<boolean>,
): Promise<void> {
  const runId = deps.ids.next();
  const { logger, logScope } = deps;
  await logScope.within({ runId, projectId: claimed.task.projectId }, async () => {
    try {
      await runClaimed(deps, claimed, runId, { shutdown, renewSlot });
    } catch (error) {
      // The lease runs out and the task is taken up again: nothing is lost.
      logger.warn({ err: error }, 'run could not be recorded');
      throw error;
    }
  });
}

type Surroundings = {
  readonly shutdown: AbortSignal;
  readonly renewSlot: (() => Promise<boolean>) | undefined;
};

async function runClaimed(
  deps: RunTaskDeps,
  claimed: ClaimedTask,
  runId: string,
  surroundings: Surroundings,
): Promise<void> {
  const { clock, metrics, logger } = deps;
  const { task, lease } = claimed;
  const began = clock.monotonicMs();
  const facts = {
    runId,
    mode: modeFor(task),
    task,
    fence: lease.fence,
    startedAt: clock.now(),
    tally: createTally(),
  };
  if (claimed.tookOver) await deps.log.append([takenUpEntry(clock.now(), facts)]);
  const claimAskedAtMs = claimed.askedAtMs;
  const control = startRunControl({ ...deps, ...surroundings, lease, claimAskedAtMs });
  const run: Run = { ...facts, control };
  try {
    const result = await attempt(deps, claimed, run).catch(async (error: unknown) => {
      if (!mustLetGo(run, error)) throw error;
      return await letGo(deps, claimed, control.signal.reason ?? error);
    });
    const ended = { mode: runModeOf(task, run.mode), result, durationMs: clock.monotonicMs() - began };
    metrics.runEnded(ended);
    logger.debug(ended, 'run ended');
  } finally {
    control.end();
  }
}

/** Completes or fails; rejects where the run must let go, also while its failure is being judged. */
async function attempt(deps: RunTaskDeps, claimed: ClaimedTask, run: Run): Promise<RunResult> {
  const { task } = run;
  try {
    if (task.lost >= lossesBeforeBackOff) throw new FailureError({ code: 'sync.lost' });
    return await complete(deps, claimed, run, await deps.runs[task.kind](run));
  } catch (error) {
    if (mustLetGo(run, error)) throw error;
    return await fail(deps, claimed, run, understood(deps, error));
  }
}

function mustLetGo({ control }: Run, error: unknown): boolean {
  return error instanceof RunStopped || control.signal.aborted;
}

/** A project that was never synced is read in full, whatever was asked for. */
function modeFor(task: SyncTask): SyncKind {
  if (task.kind !== 'project') return 'delta';
  return task.lastSync ? modeOf(task.claimed?.kinds ?? []) : 'comprehensive';
}

async function complete(
  deps: RunTaskDeps,
  { lease }: ClaimedTask,
  run: Run,
  { refused = [], writesRefused = [], ...outcome }: Outcome,
): Promise<RunResult> {
  const { runId, mode, tally } = run;
  const at = deps.clock.now();
  const summary = finishedEntry(at, run);
  await deps.log.append([
    ...refused.map((failure) => refusedEntry(at, run, failure)),
    ...writesRefused.map((failure) => writeRefusedEntry(at, run, failure)),
    ...summary,
  ]);
  const written = await deps.tasks.complete(lease, { ...outcome, runId, mode, counts: { ...tally } });
  if (!written) deps.logger.warn({}, 'run ended after its lease was lost');
  return written ? 'completed' : 'lost';
}

/** The run may go no further. Only a lease that is still ours can be given back; a lost one belongs to the next. */
async function letGo(deps: RunTaskDeps, { lease }: ClaimedTask, why: unknown): Promise<RunResult> {
  const reason = why instanceof RunStopped ? why.reason : 'lease-lost';
  deps.logger.info({ reason }, 'run let go');
  if (reason === 'lease-lost') return 'lost';
  return (await deps.tasks.handBack(lease)) ? 'handed_back' : 'lost';
}

/** What nobody foresaw is told to people by an id alone: the error itself goes to the log, under that id. */
function understood(deps: RunTaskDeps, error: unknown): Failure {
  const failure = deps.toFailure(error);
  if (failure.code === 'internal') {
    deps.logger.error({ err: error, reference: failure.reference }, 'a sync failed unforeseen');
  }
  return failure;
}

async function fail(
  deps: RunTaskDeps,
  { task, lease }: ClaimedTask,
  run: Run,
  failure: Failure,
): Promise<RunResult> {
  // A fault of the whole integration is told once, by the circuit, and leaves the task asked for.
  const shut = await deps.circuit.report(failure, run.control.signal);
  const decision = decide(failure, task.attempts, deps.ids.random());
  if (shut && decision.action === 'needs-attention') {
    return (await deps.tasks.handBack(lease)) ? 'handed_back' : 'lost';
  }
  await deps.log.append([failedEntry(deps.clock.now(), run, failure)]);
  deps.logger.info({ code: failure.code }, 'run failed');
  if (decision.action === 'needs-attention') {
    return (await deps.tasks.failToPerson(lease, failure)) ? 'needs_attention' : 'lost';
  }
  return (await deps.tasks.failToRetry(lease, failure, decision)) ? 'retry' : 'lost';
}
