/**
 * What happens because time passes: turns of the clock in the queue, projects that switch themselves off, and
 * the removal of what is old. Nobody leads: every process does all of it, since each step is idempotent and the
 * database decides by its own clock whose turn it is.
 */
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LogEntry, LogStore } from '../../ports/log-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { type RetentionDeps, removeOld } from './retention.ts';

export type Schedule = Parameters<SyncTaskStore['tick']>[0];

export type KeepTimeDeps = RetentionDeps & {
  readonly tasks: Pick<SyncTaskStore, 'ensureOwnTasks' | 'tick' | 'autoDisable'>;
  readonly log: Pick<LogStore, 'append' | 'retain'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
};

export type KeepTimeOptions = {
  readonly schedule: Schedule;
  /** How often the queue's clock is turned, in milliseconds. */
  readonly tickMs: number;
  /** What else is done because time passes. */
  readonly more?: readonly Job[];
  readonly shutdown: AbortSignal;
};

export type Job = { readonly name: string; readonly everyMs: number; readonly run: () => Promise<void> };

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Goes on until `shutdown`, also when the database is away: what was missed is done when it is back. */
export async function keepTime(deps: KeepTimeDeps, options: KeepTimeOptions): Promise<void> {
  const { clock, ids, logger, tasks } = deps;
  const { schedule, tickMs, shutdown, more = [] } = options;
  let ownTasksAreThere = false;

  async function tick(): Promise<void> {
    if (!ownTasksAreThere) await tasks.ensureOwnTasks();
    ownTasksAreThere = true;
    const { comprehensives, aged, intervalMs } = await tasks.tick(schedule);
    logger.debug({ comprehensives, aged, intervalMs }, 'clock turned');
  }

  const jobs: readonly Job[] = [
    { name: 'turn of the clock', everyMs: tickMs, run: tick },
    { name: 'switching off of closed projects', everyMs: hourMs, run: () => disableClosed(deps) },
    { name: 'removal of what is old', everyMs: hourMs, run: () => removeOld(deps, shutdown) },
    ...more,
  ];

  /** Not in step with the other processes, which would all find the same to do. */
  function somewhatBefore(ms: number): number {
    return Math.round(ms * (0.8 + 0.2 * ids.random()));
  }

  async function repeat(job: Job): Promise<void> {
    let failing = false;
    while (!shutdown.aborted) {
      const done = await attempt(job, failing);
      failing = !done;
      await clock.sleep(somewhatBefore(done ? job.everyMs : tickMs), shutdown).catch(() => {});
    }
  }

  /** @param failedBefore what is not done for long is said once */
  async function attempt({ name, run }: Job, failedBefore: boolean): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      if (!failedBefore) logger.warn({ err: error, job: name }, 'clock: not done, tried again');
      return false;
    }
  }

  // Each by itself: what removes a month of lines must not hold up the turns of the clock meanwhile.
  await Promise.all(jobs.map(repeat));
}

/** Projects that were closed long ago in ConnectWise, where the setting asks for it. */
async function disableClosed({ settings, tasks, log, clock }: KeepTimeDeps): Promise<void> {
  const { autoDisableDays } = await settings.read();
  if (autoDisableDays === null) return;
  const switchedOff = await tasks.autoDisable(autoDisableDays * dayMs);
  await log.append(switchedOff.map((task) => disabledEntry(task, clock.now())));
}

function disabledEntry({ projectId, link }: SyncTask, at: Date): LogEntry {
  const why = link.changed?.reason ?? 'closed in ConnectWise';
  return {
    at,
    severity: 'info',
    action: 'disabled',
    direction: 'none',
    message: `“${link.projectName}” was disabled by itself: ${why}`,
    next: 'Enable it where it should sync again.',
    projectId,
    entity: 'project',
    planId: projectId,
    externalId: link.externalId,
  };
}
