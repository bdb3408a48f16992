/** The change stream that wakes workers, against a real MongoDB server. */
import type { ChangeStream, Collection, Db } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { HandClock } from '../support/hand-clock.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';
import { ann, byClock, coolDownMs, finished, leaseMs, Queue } from './sync-task-rig.ts';

let fresh: FreshDatabase;
let queue: Queue;
let watched: { readonly calls: () => number; readonly ended: Promise<void> } | undefined;
let controller: AbortController;

beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());
beforeEach(() => {
  queue = new Queue(fresh.db);
  controller = new AbortController();
});
afterEach(async () => {
  controller.abort();
  await watched?.ended;
});

function storeOf(db: Db, clock: Clock) {
  const { tenantId } = queue;
  return mongoSyncTaskStore({ db, tenantId, timings: { leaseMs, coolDownMs }, ids: randomIds, clock });
}

/** Watches, and waits until the stream shows what is written. */
async function watching(): Promise<void> {
  let count = 0;
  const ended = queue.tasks.watch(() => {
    count += 1;
  }, controller.signal);
  watched = { calls: () => count, ended };
  await vi.waitFor(async () => {
    await queue.linked();
    expect(count).toBeGreaterThan(0);
  });
}

/** A stream of the store's own pipeline, that is open. */
async function sameStream(): Promise<ChangeStream<{ _id: string }>> {
  const pipelines: object[][] = [];
  const opens = watchable(fresh.db, (tasks, pipeline) => {
    pipelines.push(pipeline);
    return tasks.watch(pipeline);
  });
  const ended = storeOf(opens, new HandClock()).watch(() => {}, controller.signal);
  controller.abort();
  await ended;
  const stream = fresh.db.collection<{ _id: string }>('sync_tasks').watch(pipelines[0] ?? []);
  await stream.tryNext();
  return stream;
}

describe('watch', () => {
  it('tells of new tasks, triggers, returns and stops, and not of claims and heartbeats', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, byClock);
    await using stream = await sameStream();
    /** How many events the act makes: those that come before that of another write after it. */
    const shown = async (act: () => Promise<unknown>): Promise<number> => {
      await act();
      const marker = await queue.linked();
      for (let count = 0; ; count += 1) {
        const event = await stream.next();
        if (event.operationType === 'insert' && event.documentKey._id === marker) return count;
      }
    };
    const { lease } = await queue.claimed(id);
    expect(await shown(() => Promise.resolve())).toBe(0);
    expect(await shown(() => queue.tasks.heartbeat(lease, { readStart: new Date() }))).toBe(0);
    expect(await shown(() => queue.tasks.trigger(id, byClock))).toBe(1);
    expect(await shown(() => queue.tasks.complete(lease, finished))).toBe(1);
    expect(await shown(() => queue.tasks.disable(id, ann))).toBe(1);
    expect(await shown(() => queue.tasks.trigger(id, byClock))).toBe(0);
    expect(await shown(() => queue.tasks.enable(id, ann))).toBe(1);
    const { lease: second } = await queue.claimed();
    expect(await shown(() => queue.tasks.disconnect(second.taskId, ann))).toBe(1);
    expect(await shown(() => queue.tasks.handBack(second))).toBe(0);
    expect(await shown(() => new Queue(fresh.db).linked())).toBe(0);
  });

  it('ends with the signal, also one that was aborted before', async () => {
    await watching();
    controller.abort();
    await watched?.ended;
    await queue.tasks.watch(() => {}, controller.signal);
  });

  it('opens another stream after one that broke, later each time, and tells that something may be missed', async () => {
    const streams: ChangeStream[] = [];
    let broken = 2;
    const clock = new HandClock();
    const db = watchable(fresh.db, (tasks, pipeline) => {
      broken -= 1;
      if (broken >= 0) throw new Error('no stream today');
      const stream = tasks.watch(pipeline);
      streams.push(stream);
      return stream;
    });
    const store = storeOf(db, clock);
    let count = 0;
    const opened: boolean[] = [];
    const onChange = () => {
      count += 1;
    };
    const ended = store.watch(onChange, controller.signal, (open) => opened.push(open));
    watched = { calls: () => count, ended };
    await vi.waitFor(() => expect(clock.sleepers).toBe(1));
    await clock.advance(999);
    expect(count).toBe(0);
    await clock.advance(1);
    await vi.waitFor(() => expect(clock.sleepers).toBe(1));
    expect(count).toBe(1);
    await clock.advance(1_999);
    expect(streams).toHaveLength(0);
    // Whoever takes it for open polls seldom: it is so only once the server has answered.
    expect(opened).toEqual([false, false]);
    await clock.advance(1);
    await vi.waitFor(() => expect(streams).toHaveLength(1));
    await vi.waitFor(async () => {
      await queue.linked();
      expect(count).toBeGreaterThan(2);
    });
    expect(opened).toEqual([false, false, true]);
    await streams[0]?.close();
    await vi.waitFor(() => expect(clock.sleepers).toBe(1));
    await clock.advance(1_000);
    await vi.waitFor(() => expect(streams).toHaveLength(2));
    controller.abort();
    await ended;
  });
});

/** The database, but for how a change stream of the tasks is opened. */
function watchable(db: Db, watch: (tasks: Collection, pipeline: object[]) => ChangeStream): Db {
  const tasks = db.collection('sync_tasks');
  const wrapped = Object.assign(Object.create(tasks) as Collection, {
    watch: (pipeline: object[]) => watch(tasks, pipeline),
  });
  return Object.assign(Object.create(db) as Db, {
    collection: (name: string) => (name === 'sync_tasks' ? wrapped : db.collection(name)),
  });
}
