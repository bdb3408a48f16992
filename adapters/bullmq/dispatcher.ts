/**
 * The dispatcher for fleets: a task that gets due is a job in Redis, and each job goes to one worker, where polling
 * has every worker ask the database. Hard cases: Redis away, emptied or hanging; a process killed with a hint in hand;
 * two hints of one task; a hint that comes early, late or never. In all of them the claim decides, and what is lost is
 * swept up (feeder.ts).
 */
import type { Clock } from '../../src/ports/clock.ts';
import type { Dispatch, Dispatcher, Hint } from '../../src/ports/dispatcher.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { ClaimLane, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import { createFeeder, leadLastsPolls } from './feeder.ts';
import { hintQueues } from './hint-queues.ts';
import { startHintWorkers } from './hint-workers.ts';
import { HintsInHand } from './hints-in-hand.ts';
import { leadOf } from './lead.ts';
import { connectRedis } from './redis.ts';

export type BullmqDispatcherOptions = {
  readonly redisUrl: string;
  readonly tenantId: string;
  readonly tasks: Pick<SyncTaskStore, 'watch' | 'waking'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly pollMs: number;
  /** Of a claimed task. */
  readonly leaseMs: number;
};

/** Not asked for in vain: whatever is first in line. */
const whicheverIsFirst: Hint = { keep() {}, spent() {} };
/** Beside hints a worker asks the store once in so long, should all else fail. */
const askStoreEveryMs = 30_000;
const closeWithinMs = 2_000;

/** A hint in hand outlives its process for a part of the lease, so that it is not what a takeover waits for. */
function lockMsOf(leaseMs: number): number {
  return Math.max(2_000, Math.min(15_000, leaseMs / 4));
}

export function bullmqDispatcher(options: BullmqDispatcherOptions): Dispatcher {
  return { open: (ring, shutdown) => open(options, ring, shutdown) };
}

function open(options: BullmqDispatcherOptions, ring: () => void, shutdown: AbortSignal): Dispatch {
  const { redisUrl, tenantId, clock, ids, pollMs } = options;
  const redis = connectRedis(redisUrl);
  const inHand = new HintsInHand(ring);
  const lead = leadOf(redis.asks, tenantId, ids.next(), leadLastsPolls * pollMs);
  const queues = hintQueues(redis.asks, tenantId);
  const feeder = createFeeder({ ...options, queues, lead, onUpOrDown: ring });
  const workers = startHintWorkers({
    redis: redis.waits,
    tenantId,
    inHand,
    lockMs: lockMsOf(options.leaseMs),
    onSpent: feeder.lookAgainAt,
  });
  const askedStoreAtMs = new Map<ClaimLane, number>();

  function next(lane: ClaimLane): Hint | undefined {
    const hint = inHand.next(lane);
    if (hint) return hint;
    if (!feeder.isUp()) return whicheverIsFirst;
    const nowMs = clock.monotonicMs();
    if (nowMs - (askedStoreAtMs.get(lane) ?? Number.NEGATIVE_INFINITY) < askStoreEveryMs) return undefined;
    askedStoreAtMs.set(lane, nowMs);
    return whicheverIsFirst;
  }

  async function run(): Promise<void> {
    await feeder.run(shutdown);
    const late = new AbortController();
    await Promise.race([workers.close(), clock.sleep(closeWithinMs, late.signal).catch(() => {})]);
    late.abort();
    redis.close();
  }
  return { next, rings: feeder.isUp, ended: run() };
}
