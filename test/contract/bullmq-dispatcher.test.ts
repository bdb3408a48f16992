/** What may happen to hints and to their Redis, and that no trigger is lost by it: the task is the truth. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { keyPrefix, queueName } from '../../adapters/bullmq/lanes.ts';
import { eventually } from '../support/product-rig.ts';
import { orWhyNot, redisIsThere } from '../support/redis.ts';
import { eachTestHasWorkers, type Workers } from './worker-rig.ts';

const pollMs = 200;

describe.runIf(redisIsThere)(`hints by BullMQ ${orWhyNot}`, () => {
  let workers: Workers;
  eachTestHasWorkers('BullMQ', (given) => {
    workers = given;
  });

  const redis = () => {
    if (!workers.redis) throw new Error('no Redis');
    return workers.redis;
  };
  const messages = () => workers.logger.messages();

  async function withClient<T>(use: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(redis().url, { maxRetriesPerRequest: null });
    try {
      return await use(client);
    } finally {
      client.disconnect();
    }
  }
  const leadKey = () => `${keyPrefix}:${workers.tenantId}-lead`;

  /** A worker that has found its Redis, and a task that was synced. */
  async function settled(): Promise<string> {
    const taskId = await workers.link(1);
    workers.start('w1', { atOnce: true, pollMs });
    await withClient((client) => eventually(async () => expect(await client.get(leadKey())).not.toBeNull()));
    await workers.hasBegun(taskId);
    await eventually(async () => expect((await workers.tasks.get(taskId))?.task.state).toBe('idle'));
    return taskId;
  }

  it('a Redis that was killed is said once and polled around; what is asked meanwhile and after it begins', async () => {
    const taskId = await settled();
    await redis().kill();
    try {
      expect(await workers.askAndWait(taskId)).toBeLessThan(4_000);
      const said = 'Redis does not answer: looking for due projects in MongoDB instead';
      await eventually(() => expect(messages()).toEqual([said]));
      expect(await workers.askAndWait(taskId)).toBeLessThan(2_000);
    } finally {
      await redis().restart();
    }
    await eventually(() => expect(messages().at(-1)).toBe('Redis answers again'));
    expect(await workers.askAndWait(taskId)).toBeLessThan(4_000);
    expect(messages()).toHaveLength(2);
  });

  it('a Redis that hangs is polled around, too', async () => {
    const taskId = await settled();
    redis().hang();
    try {
      // Its answers are waited for 3 s.
      await eventually(() => expect(messages()).toHaveLength(1));
      expect(await workers.askAndWait(taskId)).toBeLessThan(2_000);
    } finally {
      redis().resume();
    }
    await eventually(() => expect(messages()).toHaveLength(2));
  });

  it('hints that are lost are made again, though nothing tells of it', async () => {
    const { tasks, tenantId } = workers;
    const later = await workers.link(2);
    const claim = await tasks.claim('fails', 'projects', later);
    if (claim.result !== 'claimed') throw new Error(claim.result);
    const retry = { delayMs: 3_000, countsAttempt: true };
    await tasks.failToRetry(claim.lease, { code: 'cw.unavailable' }, retry);
    await settled();
    await withClient(async (connection) => {
      const queue = new Queue(queueName(tenantId, 'projects'), { connection, prefix: keyPrefix });
      await eventually(async () => expect(await queue.getDelayedCount()).toBe(1));
      await connection.flushall();
    });
    await workers.hasBegun(later);
  });

  it('hints that are doubled, wrong or of tasks that are not there start nothing twice', async () => {
    const taskId = await settled();
    const runs = workers.began.get(taskId)?.length ?? 0;
    await withClient(async (connection) => {
      const queue = new Queue(queueName(workers.tenantId, 'projects'), { connection, prefix: keyPrefix });
      const data = { kind: 'project', prio: 1 };
      for (const [n, id] of [taskId, taskId, 'nobody:knows'].entries()) {
        await queue.add('due', { taskId: id, ...data }, { jobId: `by-hand-${n}`, removeOnComplete: true });
      }
      await eventually(async () =>
        expect(await queue.getJobCountByTypes('wait', 'prioritized', 'active', 'delayed')).toBe(0),
      );
    });
    expect(workers.began.get(taskId)).toHaveLength(runs);
    // And the next real one is not kept out by them.
    await workers.askAndWait(taskId);
  });

  it('a hint that was in hand when its worker stopped goes to the next one at once', async () => {
    const { tasks } = workers;
    const ids = await Promise.all([1, 2, 3, 4, 5].map((n) => workers.link(n)));
    const held = workers.start('w1', { pollMs });
    // Three run; one more at least is in hand, for want of a place.
    await eventually(() => expect(held.size).toBe(3));
    await workers.stop();
    const since = performance.now();
    workers.start('w2', { atOnce: true, pollMs: 5_000 }, workers.newStore());
    await eventually(async () => {
      const { tasks: now } = await tasks.getMany(ids);
      expect(now.filter(({ state }) => state !== 'idle')).toEqual([]);
    });
    expect(performance.now() - since).toBeLessThan(4_000);
  });

  it('who makes hints is one of several, and another one where its process is gone', async () => {
    const taskId = await settled();
    workers.start('w2', { atOnce: true, pollMs }, workers.newStore());
    // Held by a process that does not live any more: it ends by itself.
    await withClient((client) => client.set(leadKey(), 'gone', 'PX', 1_000));
    for (let n = 0; n < 5; n += 1) expect(await workers.askAndWait(taskId)).toBeLessThan(3_000);
  });
});
