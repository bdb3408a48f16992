/**
 * The loop that takes due tasks and has them run.
 *
 * Which task is worth a claim it learns from a dispatcher (src/ports/dispatcher.ts); looking once a poll is what makes
 * it correct, however a task became due. Projects run in places that are counted over all processes of the
 * integration, one of them kept for what a person waits for, so that nobody stands behind a long row of first
 * imports; the integration's own tasks run beside them, one of each.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Dispatcher, Hint } from '../../ports/dispatcher.ts';
import { type Gate, isShut } from '../../ports/gate.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Claimed, ClaimLane, Slot, SyncTaskStore } from '../../ports/sync-task-store.ts';
import { createAlarm } from '../alarm.ts';

export type ClaimedTask = Extract<Claimed, { result: 'claimed' }>;

/**
 * Runs one claimed task to its end: completed, failed, or handed back. `renewSlot` belongs into the run's
 * heartbeat; absent for tasks that need no place.
 */
export type RunTask = (
  claimed: ClaimedTask,
  shutdown: AbortSignal,
  renewSlot?: () => Promise<boolean>,
) => Promise<void>;

export type WorkerDeps = {
  readonly tasks: Pick<SyncTaskStore, 'claim' | 'takeSlot' | 'renewSlot' | 'releaseSlot'>;
  readonly dispatcher: Dispatcher;
  readonly gate: Pick<Gate, 'read'>;
  readonly runTask: RunTask;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
};

export type WorkerOptions = {
  /** Names this worker in the tasks and places it holds. */
  readonly owner: string;
  /** Places for runs of projects, over all processes of the integration. */
  readonly slots: {
    readonly total: number;
    readonly forPeople: number;
    /** How many of them this worker takes at most; absent: all that are free. */
    readonly perWorker?: number;
  };
  readonly pollMs: number;
  /** Aborted when the process stops: nothing more is claimed, runs in hand are handed back. */
  readonly shutdown: AbortSignal;
};

const ownLanes = ['misc', 'scout', 'notes'] as const;
type SlotLane = 'projects' | 'people';

/** While the dispatcher rings by itself, polling is only what catches its gaps. */
const pollBesideRingsMs = 30_000;
/** A task that was due when the look ended is not asked for in a tight loop. */
const leastWaitMs = 25;

/** What one look at a lane ended with. */
type Looked = { readonly result: 'busy' | 'no-slot' } | { readonly result: 'idle'; readonly dueInMs: number };

/** Resolves after `shutdown`, once every run in hand has let go. Goes on when the database is away. */
export async function runWorker(deps: WorkerDeps, options: WorkerOptions): Promise<void> {
  const { tasks, clock, ids, logger } = deps;
  const { owner, shutdown, pollMs } = options;
  const perWorker = options.slots.perWorker ?? options.slots.total;
  const running = new Set<Promise<void>>();
  const inPlaces = new Set<string>();
  const ownRunning = new Set<ClaimLane>();
  const alarm = createAlarm(clock, shutdown);
  const dispatch = deps.dispatcher.open(alarm.ring, shutdown);

  function start(claimed: ClaimedTask, whenOver: () => void | Promise<void>, slot?: Slot): void {
    const renewSlot = slot && (() => tasks.renewSlot(slot));
    const run = deps
      .runTask(claimed, shutdown, renewSlot)
      // Told by the run itself: the log has it with the run's id.
      .catch(() => {})
      .then(whenOver)
      .finally(() => {
        running.delete(run);
        // Whatever got free is used at once.
        alarm.ring();
      });
    running.add(run);
  }

  /** One that cannot be given back is free when its lease ends. */
  async function release(slot: Slot): Promise<void> {
    inPlaces.delete(slot.id);
    await tasks.releaseSlot(slot).catch((error: unknown) => {
      logger.warn({ err: error }, 'slot could not be given back');
    });
  }

  /** Undefined where there may be more to claim. */
  async function claimWithSlot(lane: SlotLane): Promise<Looked | undefined> {
    if (inPlaces.size >= perWorker) return { result: 'busy' };
    const hint = dispatch.next(lane);
    if (!hint) return nothingKnown;
    const slot = await tryWith(hint, () => tasks.takeSlot(owner, lane, options.slots));
    if (!slot) {
      hint.keep();
      return { result: 'no-slot' };
    }
    inPlaces.add(slot.id);
    let used = false;
    try {
      const claimed = await claimBy(hint, lane);
      if (claimed.result === 'nothing-due') return hint.taskId === undefined ? idleUntil(claimed) : undefined;
      used = true;
      start(claimed, () => release(slot), slot);
      return undefined;
    } finally {
      if (!used) await release(slot);
    }
  }

  async function claimBy(hint: Hint, lane: ClaimLane): Promise<Exclude<Claimed, { result: 'put-to-rest' }>> {
    return await tryWith(hint, async () => {
      for (;;) {
        const claimed = await tasks.claim(owner, lane, hint.taskId);
        if (claimed.result === 'put-to-rest') continue;
        hint.spent();
        return claimed;
      }
    });
  }

  /** What cannot be tried because the store is away is tried again. */
  async function tryWith<T>(hint: Hint, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      hint.keep();
      throw error;
    }
  }

  /** Claims until nothing is due or no place is left. */
  async function fill(lane: SlotLane): Promise<Looked> {
    while (!shutdown.aborted) {
      const looked = await claimWithSlot(lane);
      if (looked) return looked;
    }
    return { result: 'busy' };
  }

  /** What a person waits for is a project too: it needs a place of its own only where all others are taken. */
  async function fillProjects(): Promise<Looked> {
    const looked = await fill('projects');
    if (looked.result !== 'no-slot') return looked;
    await fill('people');
    return looked;
  }

  async function fillOwn(lane: ClaimLane): Promise<Looked> {
    if (ownRunning.has(lane) || shutdown.aborted) return { result: 'busy' };
    const hint = dispatch.next(lane);
    if (!hint) return nothingKnown;
    const claimed = await claimBy(hint, lane);
    if (claimed.result === 'nothing-due')
      return hint.taskId === undefined ? idleUntil(claimed) : nothingKnown;
    ownRunning.add(lane);
    start(claimed, () => void ownRunning.delete(lane));
    return { result: 'busy' };
  }

  /** One look at everything; says how long to wait for the next. */
  async function look(): Promise<number> {
    const poll = (ms: number) => jittered(ms, ids.random());
    if (isShut(await deps.gate.read())) return poll(pollMs);
    // Each to its end: a claim that is under way when another one fails is still a run in hand.
    const ended = await Promise.allSettled([fillProjects(), ...ownLanes.map(fillOwn)]);
    const looked = ended.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    // Places of other processes get free without a change that wakes anybody here.
    const patient = dispatch.rings() && looked.every(({ result }) => result !== 'no-slot');
    const due = looked.map((one) => (one.result === 'idle' ? one.dueInMs : Number.POSITIVE_INFINITY));
    return Math.max(
      leastWaitMs,
      Math.min(poll(patient ? Math.max(pollMs, pollBesideRingsMs) : pollMs), ...due),
    );
  }

  let storeAway = false;
  while (!shutdown.aborted) {
    let waitMs = pollMs;
    try {
      waitMs = await look();
      if (storeAway) logger.info({}, 'database answers again');
      storeAway = false;
    } catch (error) {
      if (!storeAway) logger.warn({ err: error }, 'cannot claim: the database does not answer');
      storeAway = true;
    }
    await alarm.wait(waitMs);
  }
  await Promise.all([...running, dispatch.ended]);
}

const nothingKnown: Looked = { result: 'idle', dueInMs: Number.POSITIVE_INFINITY };

function idleUntil({ nextWakeAt, now }: Extract<Claimed, { result: 'nothing-due' }>): Looked {
  const dueInMs = nextWakeAt ? nextWakeAt.getTime() - now.getTime() : Number.POSITIVE_INFINITY;
  return { result: 'idle', dueInMs };
}

/** ± 20 %, so that many workers do not ask at the same moment. */
function jittered(ms: number, random: number): number {
  return Math.round(ms * (0.8 + 0.4 * random));
}
