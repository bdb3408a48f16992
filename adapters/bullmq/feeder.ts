/**
 * Makes hints of what is due: the bridge from the tasks in the store, which are the truth, to the queues in Redis.
 *
 * Whoever triggers a sync knows nothing of Redis. One process of the integration, the one that holds the lead, follows
 * the stream of changes and sweeps now and then, so that a hint may be lost in any way (a killed process, a Redis that
 * was emptied, a gap in the stream) and the task still gets another. Every process looks again at the tasks whose
 * hints it spent. Where Redis does not answer, `isUp` says so, and its worker asks the store instead.
 */
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import type { HintQueues } from './hint-queues.ts';
import type { Lead } from './lead.ts';

export type FeederDeps = {
  readonly tasks: Pick<SyncTaskStore, 'watch' | 'waking'>;
  readonly queues: HintQueues;
  readonly lead: Lead;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs: number;
  /** Redis came back or went away: look again. */
  readonly onUpOrDown: () => void;
};

export type Feeder = {
  isUp(): boolean;
  /** A hint of this task is spent; it may have got due again meanwhile. */
  lookAgainAt(taskId: string): void;
  /** Until the signal. Never rejects. */
  run(shutdown: AbortSignal): Promise<void>;
};

/** A sweep comes after so many polls, and looks as far ahead as the next but one. */
const sweepAfterPolls = 5;
const sweepAtMost = 500;
/** The lead outlasts so many polls without its holder. */
export const leadLastsPolls = 3;
/** Changes in quick succession are looked at together. */
const leastGapMs = 20;
/** Whose database does not answer leaves the lead to others for so many polls. */
const restPolls = 5;

export function createFeeder(deps: FeederDeps): Feeder {
  const { tasks, queues, lead, clock, logger, pollMs } = deps;
  const changed = new Set<string>();
  let missed = true;
  let sweepAtMs = 0;
  let holdAtMs = 0;
  let leads = false;
  let up: boolean | undefined;
  let streamOpen = false;
  let stream: AbortController | undefined;
  let nap: AbortController | undefined;

  function poke(): void {
    nap?.abort();
  }

  function follow(): void {
    if (stream) return;
    const ended = new AbortController();
    stream = ended;
    missed = true;
    const onChange = (taskId?: string): void => {
      if (taskId === undefined) missed = true;
      else changed.add(taskId);
      poke();
    };
    const onOpen = (open: boolean): void => {
      streamOpen = open;
    };
    tasks
      .watch(onChange, ended.signal, onOpen)
      .catch((error: unknown) => logger.warn({ err: error }, 'no stream of changes: sweeping only'))
      .finally(() => {
        if (stream === ended) stream = undefined;
        streamOpen = false;
      });
  }

  function unfollow(): void {
    stream?.abort();
    stream = undefined;
    streamOpen = false;
  }

  function setUp(now: boolean, error?: unknown): void {
    if (up === now) return;
    if (!now)
      logger.warn({ err: error }, 'Redis does not answer: looking for due projects in MongoDB instead');
    else if (up === false) logger.info({}, 'Redis answers again');
    up = now;
    // Whatever was in it may be gone.
    missed = true;
    deps.onUpOrDown();
  }

  async function holdLead(): Promise<void> {
    const now = clock.monotonicMs();
    if (now < holdAtMs) return;
    holdAtMs = now + pollMs;
    const led = leads;
    leads = await lead.hold();
    if (leads && !led) missed = true;
    if (leads) follow();
    else unfollow();
  }

  async function giveUpLead(error: unknown): Promise<void> {
    if (leads) logger.warn({ err: error }, 'due projects could not be looked for: another process does it');
    unfollow();
    leads = false;
    holdAtMs = clock.monotonicMs() + restPolls * pollMs;
    await lead.release();
  }

  /** What is due, from the store; undefined where it does not answer. */
  async function ask(which: Parameters<SyncTaskStore['waking']>[0]) {
    try {
      return await tasks.waking(which);
    } catch (error) {
      await giveUpLead(error);
      return undefined;
    }
  }

  async function sweep(): Promise<void> {
    const sweepMs = sweepAfterPolls * pollMs;
    const due = await ask({ withinMs: 2 * sweepMs, limit: sweepAtMost });
    if (!due) return;
    await queues.offer(due.tasks, due.now);
    missed = false;
    sweepAtMs = clock.monotonicMs() + (streamOpen ? sweepMs : pollMs);
  }

  async function offerChanged(): Promise<void> {
    const taskIds = [...changed];
    if (taskIds.length === 0) return;
    changed.clear();
    const due = await ask({ taskIds });
    if (due) await queues.offer(due.tasks, due.now);
  }

  async function turn(): Promise<void> {
    try {
      await holdLead();
      if (leads && (missed || clock.monotonicMs() >= sweepAtMs)) await sweep();
      await offerChanged();
      setUp(true);
    } catch (error) {
      setUp(false, error);
      unfollow();
      leads = false;
      holdAtMs = 0;
      changed.clear();
    }
  }

  async function sleep(ms: number, shutdown: AbortSignal): Promise<void> {
    nap = new AbortController();
    await clock.sleep(ms, AbortSignal.any([shutdown, nap.signal])).catch(() => {});
    nap = undefined;
  }

  return {
    isUp: () => up === true,
    lookAgainAt(taskId) {
      changed.add(taskId);
      poke();
    },
    async run(shutdown) {
      while (!shutdown.aborted) {
        await turn();
        await clock.sleep(leastGapMs, shutdown).catch(() => {});
        if (changed.size === 0 && !(missed && leads)) await sleep(pollMs, shutdown);
      }
      unfollow();
      await lead.release();
    },
  };
}
