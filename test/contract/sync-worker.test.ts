/** The worker over the real queue and gate: how soon it starts what was asked for, and how much at once. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { type RunTask, runWorker } from '../../src/app/sync/worker.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { Gate } from '../../src/ports/gate.ts';
import type { SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { eventually } from '../support/product-rig.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';

let fresh: FreshDatabase;
let tenantId: string;
let tasks: SyncTaskStore;
let gate: Gate;
const stops: (() => Promise<void>)[] = [];
/** When each run began, by task. */
let began: Map<string, number[]>;

beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());
beforeEach(() => {
  tenantId = `tenant-${randomUUID()}`;
  tasks = newStore();
  gate = mongoGate({ db: fresh.db, tenantId, now: '$$NOW' });
  began = new Map();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function newStore(): SyncTaskStore {
  const timings = { leaseMs: 60_000, coolDownMs: 0 };
  return mongoSyncTaskStore({ db: fresh.db, tenantId, timings, ids: randomIds, clock: systemClock });
}

async function link(n: number): Promise<string> {
  const projectId = `p${n}`;
  const names = { projectName: `Project ${n}`, customer: null, board: null };
  await tasks.create({ projectId, externalId: n, ...names });
  return `${tenantId}:${projectId}`;
}

/** Runs that last until they are let go, or end at once where `atOnce`. */
function work(store: SyncTaskStore, owner: string, atOnce: boolean, pollMs = 2_000) {
  const shutdown = new AbortController();
  const held = new Map<string, () => void>();
  const runTask: RunTask = async ({ task, lease }, signal) => {
    began.set(task.id, [...(began.get(task.id) ?? []), performance.now()]);
    // A claim may be under way when the worker is told to stop.
    if (!atOnce && !signal.aborted) {
      await new Promise<void>((resolve) => {
        held.set(task.id, resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      held.delete(task.id);
    }
    if (signal.aborted) return void (await store.handBack(lease));
    const counts = { created: 0, updated: 0, deleted: 0, skipped: 0, conflicts: 0, requests: 0 };
    await store.complete(lease, { runId: 'r', mode: 'delta', counts, watermarks: {} });
  };
  const ended = runWorker(
    { tasks: store, gate, runTask, clock: systemClock, ids: randomIds, logger: new RecordingLogger() },
    { owner, slots: { total: 4, forPeople: 1 }, pollMs, shutdown: shutdown.signal },
  );
  stops.push(async () => {
    shutdown.abort(new Error('over'));
    await ended;
  });
  return held;
}

const person = { kinds: ['delta'], prio: 2, forceNow: true } as const;

/** Asks as a person does, and waits for the run; milliseconds from the one to the other. */
async function askAndWait(taskId: string): Promise<number> {
  const runs = began.get(taskId)?.length ?? 0;
  const askedAt = performance.now();
  await tasks.trigger(taskId, person);
  return await eventually(() => {
    const at = began.get(taskId)?.[runs];
    if (at === undefined) throw new Error('not begun');
    return at - askedAt;
  });
}

const atShare = (all: readonly number[], share: number): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length * share)] ?? Number.POSITIVE_INFINITY;

it('a person’s request on an idle queue begins long before the next poll', async () => {
  const taskId = await link(1);
  // Only the stream of changes can be as quick as that.
  work(tasks, 'w1', true, 5_000);
  await eventually(() => expect(began.get(taskId)).toHaveLength(1));
  const waits: number[] = [];
  for (let n = 0; n < 20; n += 1) waits.push(await askAndWait(taskId));
  expect(atShare(waits, 0.94)).toBeLessThan(250);
});

it('a person waits for nobody of a thousand that the clock asked for, with three of them running', async () => {
  const ids = await Promise.all(Array.from({ length: 1_000 }, (_, n) => link(n)));
  await fresh.db.collection('sync_tasks').updateMany({ tenantId }, { $set: { prio: 0 } });
  const held = work(tasks, 'w1', false);
  await eventually(() => expect(held.size).toBe(3));
  const waiting = ids.filter((id) => !held.has(id));
  const waits: number[] = [];
  for (const id of waiting.slice(0, 10)) {
    waits.push(await askAndWait(id));
    held.get(id)?.();
    await eventually(async () => expect((await tasks.get(id))?.task.state).toBe('idle'));
  }
  expect(Math.max(...waits)).toBeLessThan(1_000);
  // None of those that the clock asked for took the place that is kept for people.
  expect(held.size).toBe(3);
});

it('two workers share the places, and either takes what the other gave back', async () => {
  await Promise.all(Array.from({ length: 12 }, (_, n) => link(n)));
  const held = [work(tasks, 'w1', false, 200), work(newStore(), 'w2', false, 200)];
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
  expect(began.size).toBe(12);
  expect([...began.values()].every((runs) => runs.length === 1)).toBe(true);
});

it('a shut gate lets nothing begin, and what was asked for begins when it opens', async () => {
  const taskId = await link(1);
  await gate.setEnabled(false, { id: 'a', name: 'Ann' });
  work(tasks, 'w1', true, 100);
  await tasks.ensureOwnTasks();
  const reads = await gate.read();
  await eventually(async () => {
    // Time for some polls has passed by the server's clock.
    expect((await gate.read()).now.getTime() - reads.now.getTime()).toBeGreaterThan(500);
  });
  expect(began.size).toBe(0);
  await gate.setEnabled(true, { id: 'a', name: 'Ann' });
  await eventually(() =>
    expect([...began.keys()]).toEqual(expect.arrayContaining([taskId, `${tenantId}:scout`])),
  );
});
