/** Tasks that an older build wrote, in the hands of this one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { initial } from '../../adapters/mongodb/migrations/0001-initial.ts';
import { engine } from '../../adapters/mongodb/migrations/0002-engine.ts';
import { type FreshDatabase, freshDatabase } from '../support/mongodb.ts';
import { byClock, byPerson, leaseMs, Queue, unavailable } from './sync-task-rig.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const old = (queue: Queue, projectId: string, externalId: number) => ({
  _id: queue.taskId(projectId),
  tenantId: queue.tenantId,
  projectId,
  kind: 'project',
  state: 'requested',
  want: 1,
  done: 0,
  kinds: ['comprehensive'],
  prio: 0,
  forceNow: false,
  fence: 0,
  attempts: 0,
  lost: 0,
  linkKey: externalId,
  link: { externalId, projectName: projectId, customer: null, board: null, state: 'active' },
  wakeAt: new Date(0),
  nameKey: projectId,
  searchKey: projectId,
});

it('go on with nothing suspected and nothing read, one in a run too, however often the step runs', async () => {
  const queue = new Queue(fresh.db);
  await initial.up(fresh.db);
  const tasks = fresh.db.collection<{ _id: string }>('sync_tasks');
  const claimed = { want: 1, kinds: ['comprehensive'], prio: 0, forceNow: false };
  const running = { ...old(queue, 'running', 2), state: 'syncing', fence: 1, claimed };
  await tasks.insertMany([old(queue, 'waiting', 1), running]);
  await engine.up(fresh.db);
  await engine.up(fresh.db);
  await queue.tasks.trigger(queue.taskId('waiting'), { ...byPerson, suspects: [{ kind: 'ticket', id: 7 }] });
  for (const _ of ['waiting', 'running']) {
    const { task, lease } = await queue.claimed();
    const told = task.projectId === 'waiting' ? [{ kind: 'ticket', id: 7 }] : [];
    expect(task).toMatchObject({ watermarks: {}, claimed: { kinds: ['comprehensive'], suspects: told } });
    await queue.tasks.failToRetry(lease, unavailable, { delayMs: leaseMs, countsAttempt: true });
    expect((await queue.completed((await again(queue, task.id)).lease)).state).toBe('idle');
  }
  const names = (await tasks.indexes()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['claim_in_lane', 'next_wake_in_lane', 'one_link', 'clock']));
  expect(names).not.toContain('claim');
  expect(names).not.toContain('next_wake');
});

async function again(queue: Queue, id: string) {
  await queue.tasks.trigger(id, { ...byClock, forceNow: true });
  return await queue.claimed(id);
}
