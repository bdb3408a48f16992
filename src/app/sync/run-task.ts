import { decide, type Failure, failureRules } from '../../domain/failure.ts';
import { changesInWords, type SyncKind, type SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { LogEntry } from '../../ports/log-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Claimed, SyncTaskStore } from '../../ports/sync-task-store.ts';
import { RunStopped, startRunControl } from './run-control.ts';
import { type ProjectSynced, type SyncProjectDeps, syncProject } from './sync-project.ts';

export type RunTaskDeps = SyncProjectDeps & {
  readonly tasks: SyncTaskStore;
  readonly logger: Logger;
  readonly leaseMs: number;
  /** Turns whatever was thrown into a record of the failure table. */
  readonly toFailure: (error: unknown) => Failure;
};

type ClaimedTask = Extract<Claimed, { result: 'claimed' }>;

/** Every run is comprehensive until delta sync exists: then it follows from what was claimed. */
const runMode: SyncKind = 'comprehensive';

/** From this many losses in a row on, a project that kills its workers backs off instead of running. */
const lossesBeforeBackOff = 3;

/** Runs one claimed task to its end: completed, failed, or handed back. Rejects only where the store does. */
export async function runTask(deps: RunTaskDeps, claimed: ClaimedTask, shutdown: AbortSignal): Promise<void> {
  const { task, lease } = claimed;
  const runId = deps.ids.next();
  if (claimed.tookOver) await deps.log.append([takenUpEntry(deps, task, runId)]);
  if (task.lost >= lossesBeforeBackOff) return await fail(deps, claimed, runId, { code: 'sync.lost' });
  const control = startRunControl({ ...deps, lease, shutdown });
  try {
    const synced = await syncProject(deps, { runId, mode: runMode, task, fence: lease.fence, control });
    await complete(deps, claimed, runId, synced);
  } catch (error) {
    if (error instanceof RunStopped || control.signal.aborted)
      await letGo(deps, claimed, control.signal.reason ?? error);
    else await fail(deps, claimed, runId, understood(deps, claimed, runId, error));
  } finally {
    control.end();
  }
}

async function complete(
  deps: RunTaskDeps,
  { task, lease }: ClaimedTask,
  runId: string,
  synced: ProjectSynced,
): Promise<void> {
  const { counts, link } = synced;
  await deps.log.append([finishedEntry(deps, task, runId, synced)]);
  const written = await deps.tasks.complete(lease, { runId, mode: runMode, counts, link });
  if (!written) deps.logger.warn({ taskId: task.id, runId }, 'run ended after its lease was lost');
}

/** The run may go no further. Only a lease that is still ours can be given back; a lost one belongs to the next. */
async function letGo(deps: RunTaskDeps, { task, lease }: ClaimedTask, why: unknown): Promise<void> {
  const reason = why instanceof RunStopped ? why.reason : 'lease-lost';
  deps.logger.info({ taskId: task.id, reason }, 'run let go');
  if (reason !== 'lease-lost') await deps.tasks.handBack(lease);
}

/** What nobody foresaw is told to people by an id alone: the error itself goes to the log, under that id. */
function understood(deps: RunTaskDeps, { task }: ClaimedTask, runId: string, error: unknown): Failure {
  const failure = deps.toFailure(error);
  if (failure.code === 'internal') {
    deps.logger.error(
      { err: error, reference: failure.reference, taskId: task.id, runId },
      'a sync failed unforeseen',
    );
  }
  return failure;
}

async function fail(
  deps: RunTaskDeps,
  { task, lease }: ClaimedTask,
  runId: string,
  failure: Failure,
): Promise<void> {
  const decision = decide(failure, task.attempts, deps.ids.random());
  await deps.log.append([failedEntry(deps, task, runId, failure)]);
  if (decision.action === 'needs-attention') await deps.tasks.failToPerson(lease, failure);
  else await deps.tasks.failToRetry(lease, failure, decision);
}

function entryBase(deps: RunTaskDeps, task: SyncTask, runId: string) {
  return {
    at: deps.clock.now(),
    direction: 'none',
    projectId: task.projectId,
    runId,
    mode: runMode,
    entity: 'project',
    planId: task.projectId,
    externalId: task.link.externalId,
  } as const;
}

const named = (task: SyncTask): string => `“${cut(task.link.projectName, 120)}”`;

function takenUpEntry(deps: RunTaskDeps, task: SyncTask, runId: string): LogEntry {
  const { what, next } = failureRules['sync.lost'];
  return {
    ...entryBase(deps, task, runId),
    severity: 'warning',
    action: 'taken up again',
    message: `${named(task)}: ${what}`,
    next,
  };
}

function failedEntry(deps: RunTaskDeps, task: SyncTask, runId: string, failure: Failure): LogEntry {
  const rule = failureRules[failure.code];
  const severity = rule.heals === 'yes' ? 'warning' : 'error';
  const message = `Sync of ${named(task)} failed (${failure.code}, ${rule.side}): ${failure.message ?? rule.what}`;
  return { ...entryBase(deps, task, runId), severity, action: 'failed', message, next: rule.next };
}

function finishedEntry(deps: RunTaskDeps, task: SyncTask, runId: string, synced: ProjectSynced): LogEntry {
  const message = `Comprehensive sync of ${named(task)} finished: ${changesInWords(synced.counts)}`;
  const entry = { ...entryBase(deps, task, runId), action: 'finished' } as const;
  if (synced.unseen === 0) return { ...entry, severity: 'info', message };
  return {
    ...entry,
    severity: 'warning',
    message: `${message}. ${synced.unseen} no longer in ConnectWise, kept in the plan`,
    next: 'Deletions in ConnectWise are not carried over yet.',
  };
}
