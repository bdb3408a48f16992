import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Waking } from '../../src/ports/sync-task-store.ts';
import {
  type HintData,
  type HintLane,
  hintLaneOf,
  hintLanes,
  jobIdOf,
  keyPrefix,
  queueName,
} from './lanes.ts';

export type HintQueues = {
  /**
   * Makes a hint of each task, for the moment at which it is due. One that was there already is replaced, unless a
   * worker has it in hand. Rejects where Redis does.
   * @param now the clock that `wakeAt` was written by
   */
  offer(tasks: readonly Waking[], now: Date): Promise<void>;
};

export function hintQueues(redis: Redis, tenantId: string): HintQueues {
  const queues = Object.fromEntries(
    hintLanes.map((lane) => {
      const queue = new Queue<HintData>(queueName(tenantId, lane), { connection: redis, prefix: keyPrefix });
      // Whoever offers is told.
      queue.on('error', () => {});
      return [lane, queue];
    }),
  ) as { readonly [lane in HintLane]: Queue<HintData> };

  async function offerOne({ id, kind, prio, wakeAt }: Waking, now: Date): Promise<void> {
    const queue = queues[hintLaneOf({ kind, prio })];
    const jobId = jobIdOf(id);
    // One that waits for a later time, or behind others, would keep the new one out.
    await queue.remove(jobId);
    await queue.add(
      'due',
      { taskId: id, kind, prio },
      {
        jobId,
        delay: Math.max(0, wakeAt.getTime() - now.getTime()),
        // Of BullMQ the lowest number is first, and none at all before it.
        priority: 3 - prio,
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
  }

  return {
    async offer(tasks, now) {
      // In order, so that equals are taken by the time at which they got due; one connection sends them together.
      await Promise.all(tasks.map((task) => offerOne(task, now)));
    },
  };
}
