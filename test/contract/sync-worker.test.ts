/**
 * The worker over the real queue and gate, by each of the dispatchers: how soon it starts what was asked for, and how
 * much at once. One suite for both.
 */
import { describe, expect, it } from 'vitest';
import type { Lease, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import { eventually } from '../support/product-rig.ts';
import { orWhyNot, redisIsThere } from '../support/redis.ts';
import { eachTestHasWorkers, type Workers } from './worker-rig.ts';

const atShare = (all: readonly number[], share: number): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length * share)] ?? Number.POSITIVE_INFINITY;

describe.each([
  { by: 'polling', there: true, why: '' },
  { by: 'BullMQ', there: redisIsThere, why: orWhyNot },
] as const)('by $by $why', ({ by, there }) => {
  describe.runIf(there)('workers', () => {
    let workers: Workers;
    eachTestHasWorkers(by, (given) => {
      workers = given;
    });

    it('a person’s request on an idle queue begins long before the next poll', async () => {
      const taskId = await workers.link(1);
      workers.start('w1', { atOnce: true, pollMs: 5_000 });
      await workers.hasBegun(taskId);
      const waits: number[] = [];
      for (let n = 0; n < 20; n += 1) waits.push(await workers.askAndWait(taskId));
      expect(atShare(waits, 0.94)).toBeLessThan(250);
    });

    it('a person waits for nobody of a thousand that the clock asked for, with three of them running', async () => {
      const ids = await Promise.all(Array.from({ length: 1_000 }, (_, n) => workers.link(n)));
      const { tasks, tenantId, database } = workers;
      await database.db.collection('sync_tasks').updateMany({ tenantId }, { $set: { prio: 0 } });
      const held = workers.start('w1');
      await eventually(() => expect(held.size).toBe(3));
      const waiting = ids.filter((id) => !held.has(id));
      const waits: number[] = [];
      for (const id of waiting.slice(0, 10)) {
        waits.push(await workers.askAndWait(id));
        held.get(id)?.();
        await eventually(async () => expect((await tasks.get(id))?.task.state).toBe('idle'));
      }
      expect(Math.max(...waits)).toBeLessThan(1_000);
      // None of those that the clock asked for took the place that is kept for people.
      expect(held.size).toBe(3);
    });

    it('two workers share the places, and either takes what the other gave back', async () => {
      await Promise.all(Array.from({ length: 12 }, (_, n) => workers.link(n)));
      const held = [
        workers.start('w1', { pollMs: 200 }),
        workers.start('w2', { pollMs: 200 }, workers.newStore()),
      ];
      const running = () => held.flatMap((runs) => [...runs.keys()]);
      await eventually(() => expect(running()).toHaveLength(3));
      for (let n = 0; n < 9; n += 1) {
        const [id = ''] = running();
        for (const runs of held) runs.get(id)?.();
        await eventually(() => {
          expect(running()).toHaveLength(3);
          expect(running()).not.toContain(id);
        });
      }
      expect(workers.began.size).toBe(12);
      expect([...workers.began.values()].every((runs) => runs.length === 1)).toBe(true);
    });

    it('a shut gate lets nothing begin, and what was asked for begins when it opens', async () => {
      const { gate, tasks, tenantId, began } = workers;
      const taskId = await workers.link(1);
      await gate.setEnabled(false, { id: 'a', name: 'Ann' });
      workers.start('w1', { atOnce: true, pollMs: 100 });
      await tasks.ensureOwnTasks();
      const reads = await gate.read();
      await eventually(async () => {
        // Time for some polls has passed by the server's clock.
        expect((await gate.read()).now.getTime() - reads.now.getTime()).toBeGreaterThan(500);
      });
      expect(began.size).toBe(0);
      await gate.setEnabled(true, { id: 'a', name: 'Ann' });
      await workers.hasBegun(taskId, `${tenantId}:scout`);
    });

    it('what a worker that died held begins when its lease ends, what failed when its wait ends', async () => {
      const [dead, failed] = [await workers.link(1), await workers.link(2)];
      const afterMs = 1_500;
      const leaving = workers.newStore(afterMs);
      await claimed(leaving, dead);
      const retry = { delayMs: afterMs, countsAttempt: true };
      await leaving.failToRetry(await claimed(leaving, failed), { code: 'cw.unavailable' }, retry);
      const since = performance.now();
      workers.start('w1', { atOnce: true, pollMs: 400 });
      await workers.hasBegun(dead, failed);
      const waits = [dead, failed].map((id) => (workers.began.get(id)?.[0] ?? 0) - since);
      expect(Math.min(...waits)).toBeGreaterThan(afterMs - 500);
      expect(Math.max(...waits)).toBeLessThan(afterMs + 800);
    });
  });
});

async function claimed(store: SyncTaskStore, taskId: string): Promise<Lease> {
  const claim = await store.claim('leaves', 'projects', taskId);
  if (claim.result !== 'claimed') throw new Error(claim.result);
  return claim.lease;
}
