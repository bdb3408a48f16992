/**
 * The loop that takes due tasks and runs them, a few at a time. Polling is what makes it correct: every due
 * task is claimed by somebody within a poll, however it became due.
 */
import type { Claimed } from '../../ports/sync-task-store.ts';
import { type RunTaskDeps, runTask } from './run-task.ts';

export type WorkerOptions = {
  /** Names this worker in the tasks it holds. */
  readonly owner: string;
  /** Runs at once. */
  readonly slots: number;
  readonly pollMs: number;
  /** Aborted when the process stops: nothing more is claimed, runs in hand are handed back. */
  readonly shutdown: AbortSignal;
};

/** Resolves after `shutdown`, once every run in hand has let go. Goes on when the database is away. */
export async function runWorker(deps: RunTaskDeps, options: WorkerOptions): Promise<void> {
  const running = new Set<Promise<void>>();
  let storeAway = false;

  function start(claimed: Extract<Claimed, { result: 'claimed' }>): void {
    const run = runTask(deps, claimed, options.shutdown)
      .catch((error: unknown) => {
        // The lease runs out and the task is taken up again: nothing is lost.
        deps.logger.warn({ err: error, taskId: claimed.task.id }, 'run could not be recorded');
      })
      .finally(() => running.delete(run));
    running.add(run);
  }

  /** Claims until the slots are full or nothing is due; then says how long to wait. */
  async function fill(): Promise<number> {
    while (running.size < options.slots && !options.shutdown.aborted) {
      // The last free slot is kept for people: nobody waits behind a long row of first imports.
      const claimed = await deps.tasks.claim(options.owner, running.size === options.slots - 1);
      if (claimed.result === 'claimed') start(claimed);
      if (claimed.result === 'nothing-due') return waitFor(claimed, options.pollMs, deps.ids.random());
    }
    return jittered(options.pollMs, deps.ids.random());
  }

  while (!options.shutdown.aborted) {
    let waitMs = options.pollMs;
    try {
      waitMs = await fill();
      if (storeAway) deps.logger.info({}, 'database answers again');
      storeAway = false;
    } catch (error) {
      if (!storeAway) deps.logger.warn({ err: error }, 'cannot claim: the database does not answer');
      storeAway = true;
    }
    const woken = new AbortController();
    const full = running.size >= options.slots;
    const wait = deps.clock.sleep(waitMs, AbortSignal.any([options.shutdown, woken.signal])).catch(() => {});
    // A slot that gets free is filled at once.
    await (full ? Promise.race([wait, ...running]) : wait);
    woken.abort();
  }
  await Promise.all(running);
}

function waitFor(idle: Extract<Claimed, { result: 'nothing-due' }>, pollMs: number, random: number): number {
  const poll = jittered(pollMs, random);
  if (!idle.nextWakeAt) return poll;
  return Math.max(1, Math.min(poll, idle.nextWakeAt.getTime() - idle.now.getTime()));
}

/** ± 20 %, so that many workers do not ask at the same moment. */
function jittered(pollMs: number, random: number): number {
  return Math.round(pollMs * (0.8 + 0.4 * random));
}
