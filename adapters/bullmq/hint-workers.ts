import { WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { HintsInHand } from './hints-in-hand.ts';
import { type HintData, hintLanes, inHandAtMost, keyPrefix, queueName } from './lanes.ts';

export type HintWorkers = {
  /** Gives back what is in hand. Never rejects, and takes a few seconds where Redis is away. */
  close(): Promise<void>;
};

export type HintWorkersOptions = {
  readonly redis: Redis;
  readonly tenantId: string;
  readonly inHand: HintsInHand;
  /** For how long a hint belongs to a process that died with it in hand, in milliseconds. */
  readonly lockMs: number;
  /** The hint is gone from Redis: what became due meanwhile needs another. */
  readonly onSpent: (taskId: string) => void;
};

/** A connection that was lost is tried again so soon, in milliseconds. */
const retryAfterMs = 1_000;

/** Takes hints as they get due. A job lasts until its claim has answered, not as long as the sync. */
export function startHintWorkers({
  redis,
  tenantId,
  inHand,
  lockMs,
  onSpent,
}: HintWorkersOptions): HintWorkers {
  const workers = hintLanes.map((lane) => {
    const worker = new Worker<HintData>(
      queueName(tenantId, lane),
      async (job, token) => {
        if ((await inHand.take(job.data)) === 'spent') return;
        await job.moveToWait(token);
        throw new WaitingError();
      },
      {
        connection: redis,
        prefix: keyPrefix,
        concurrency: inHandAtMost[lane],
        lockDuration: lockMs,
        stalledInterval: lockMs,
        // A hint that its holder died with is given to the next one, however often.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        runRetryDelay: retryAfterMs,
      },
    );
    worker.on('completed', ({ data }) => onSpent(data.taskId));
    // The control connection tells whether Redis is there.
    worker.on('error', () => {});
    return worker;
  });
  return {
    async close() {
      inHand.close();
      await Promise.allSettled(workers.map((worker) => worker.close()));
    },
  };
}
