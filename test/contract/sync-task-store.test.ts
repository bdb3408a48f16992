/** The rules of the queue, each as a case, against a real MongoDB server. */
import type { Db } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { interactionCollection } from '../../adapters/mongodb/interaction-store.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import { HandClock } from '../support/hand-clock.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { randomIds } from './migrated-database.ts';
import {
  ann,
  byClock,
  byPerson,
  coolDownMs,
  eachTestHasAQueue,
  finished,
  finishedLink,
  forced,
  leaseMs,
  noRight,
  Queue,
  unavailable,
  waiting,
} from './sync-task-rig.ts';

let fresh: FreshDatabase;
let queue: Queue;
eachTestHasAQueue((made, database) => {
  queue = made;
  fresh = database;
});

const retryIn = (delayMs: number) => ({ delayMs, countsAttempt: true });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** The database, but for one collection whose inserts fail after they were made. */
function breakingAfterInsert(db: Db, name: string): Db {
  const collection = db.collection(name);
  const broken = Object.assign(Object.create(collection) as typeof collection, {
    async insertOne(...args: Parameters<typeof collection.insertOne>) {
      await collection.insertOne(...args);
      throw new Error('broken after the insert');
    },
  });
  return Object.assign(Object.create(db) as Db, {
    collection: (other: string) => (other === name ? broken : db.collection(other)),
  });
}

describe('create', () => {
  it('asks for a first comprehensive sync at once', async () => {
    const id = await queue.linked({ projectName: 'Office move', externalId: 42 });
    const seen = await queue.tasks.get(id);
    expect(seen?.task).toMatchObject({
      id,
      tenantId: queue.tenantId,
      state: 'requested',
      want: 1,
      done: 0,
      kinds: ['comprehensive'],
      prio: 0,
      forceNow: false,
      fence: 0,
      attempts: 0,
      lost: 0,
      link: {
        externalId: 42,
        projectName: 'Office move',
        customer: 'Contoso',
        board: 'Projects',
        state: 'active',
      },
    });
    expect(await queue.spans(id)).toEqual({ wakeIn: 0 });
  });

  it('links an external id once, also when ten processes link it at the same time', async () => {
    const created = await Promise.all(
      times(10, (i) => queue.tasks.create(queue.newLink({ projectId: `same-${i}`, externalId: 7 }))),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect((await queue.tasks.names()).map(({ externalId }) => externalId)).toEqual([7]);
  });

  it('leaves the task of a project that is linked already as it is', async () => {
    const { task } = await queue.syncing();
    const before = await queue.raw(task.id);
    const again = await queue.tasks.create(queue.newLink({ projectId: task.projectId }));
    expect(again).toBe(false);
    expect(await queue.raw(task.id)).toEqual(before);
  });

  it('lets another tenant link the same external id', async () => {
    const other = new Queue(fresh.db);
    await queue.linked({ externalId: 7 });
    expect(await other.tasks.create(other.newLink({ externalId: 7 }))).toBe(true);
  });

  it.each(['$link.state', '$$ROOT', 'v1.2.3 of a.b', '{"$literal": 1}', '👩‍🚀'.repeat(40), 'ü'.repeat(200)])(
    'keeps the name %s as it is, in links, runs and lists',
    async (name) => {
      const id = await queue.linked({ projectName: name, customer: name, board: name });
      expect((await queue.raw(id)).link).toMatchObject({ projectName: name, customer: name, board: name });
      const { lease } = await queue.claimed(id, name);
      expect((await queue.raw(id)).owner).toBe(name);
      await queue.tasks.heartbeat(lease, { progress: { phase: name, doneCount: 1, totalCount: null } });
      expect((await queue.raw(id)).progress).toEqual({ phase: name, doneCount: 1, totalCount: null });
      const link = { projectName: `${name}!`, customer: name, board: null };
      await queue.tasks.complete(lease, { ...finished, runId: name, link });
      expect(await queue.raw(id)).toMatchObject({
        link: { ...link, state: 'active' },
        lastSync: { runId: name },
      });
      const by = { id: 'slack:T1/U1', name };
      await queue.tasks.disable(id, by, name);
      expect((await queue.raw(id)).link.changed).toMatchObject({ by, reason: name });
      const list = await queue.tasks.list({
        filter: name,
        withDisabled: true,
        withArchived: false,
        offset: 0,
        limit: 5,
      });
      expect(list.tasks.map((task) => task.id)).toEqual([id]);
    },
  );
});

describe('trigger', () => {
  it('counts up and answers with the ticket', async () => {
    const id = await queue.idle();
    const triggered = await queue.tasks.trigger(id, byPerson);
    expect(triggered).toMatchObject({
      result: 'accepted',
      ticket: 2,
      task: { want: 2, done: 1, state: 'requested' },
    });
    expect(await queue.tasks.trigger(id, byClock)).toMatchObject({ ticket: 3 });
  });

  it('gives each of twenty at the same time a ticket of its own', async () => {
    const id = await queue.linked();
    const all = await Promise.all(times(20, () => queue.tasks.trigger(id, byClock)));
    const tickets = all.map((one) => (one.result === 'accepted' ? one.ticket : 0)).sort((a, b) => a - b);
    expect(tickets).toEqual(times(20, (i) => i + 2));
  });

  it('does not make a task', async () => {
    expect(await queue.tasks.trigger(queue.taskId('nobody'), forced, waiting)).toEqual({ result: 'unknown' });
    expect(await fresh.db.collection('sync_tasks').countDocuments({ tenantId: queue.tenantId })).toBe(0);
    expect(await queue.interactionCount()).toBe(0);
  });

  it('is due at once where nothing cools down', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, byClock);
    expect(await queue.spans(id)).toMatchObject({ wakeIn: 0 });
  });

  it('waits for the end of the cool-down', async () => {
    const id = await queue.idle({ inCoolDown: true });
    await queue.tasks.trigger(id, byPerson);
    const { wakeAt, coolUntil } = await queue.raw(id);
    expect(wakeAt).toEqual(coolUntil);
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('nothing-due');
    queue.advance(coolDownMs);
    await queue.claimed(id);
  });

  it('skips the cool-down where forced, also of a task that waits for its end', async () => {
    const id = await queue.idle({ inCoolDown: true });
    await queue.tasks.trigger(id, byClock);
    await queue.tasks.trigger(id, forced);
    expect(await queue.spans(id)).toMatchObject({ wakeIn: 0 });
    expect((await queue.claimed(id)).task.claimed).toMatchObject({ forceNow: true, want: 3 });
  });

  it('keeps the earlier time of a task that is requested already', async () => {
    const id = await queue.idle({ inCoolDown: true });
    await queue.tasks.trigger(id, forced);
    const { wakeAt } = await queue.raw(id);
    queue.advance(5_000);
    await queue.tasks.trigger(id, byPerson);
    expect((await queue.raw(id)).wakeAt).toEqual(wakeAt);
    expect((await queue.raw(id)).forceNow).toBe(true);
  });

  it('cannot shorten a back-off, except by force', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.failToRetry(lease, unavailable, retryIn(90_000));
    const { wakeAt } = await queue.raw(task.id);
    queue.advance(10_000);
    await queue.tasks.trigger(task.id, byPerson);
    expect((await queue.raw(task.id)).wakeAt).toEqual(wakeAt);
    await queue.tasks.trigger(task.id, forced);
    expect(await queue.spans(task.id)).toMatchObject({ wakeIn: 0 });
  });

  it('cannot start a task anew during a back-off that outlasted a disable', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.failToRetry(lease, unavailable, retryIn(90_000));
    const { wakeAt } = await queue.raw(task.id);
    await queue.tasks.disable(task.id, ann);
    await queue.tasks.enable(task.id, ann);
    expect((await queue.raw(task.id)).wakeAt).toEqual(wakeAt);
  });

  it('joins what is asked for and keeps the highest priority', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, { kinds: ['delta'], prio: 1 });
    await queue.tasks.trigger(id, byPerson);
    await queue.tasks.trigger(id, byClock);
    expect(await queue.raw(id)).toMatchObject({ kinds: ['comprehensive', 'delta'], prio: 2, want: 4 });
  });

  it('during a run is kept for the next one and changes nothing of the run', async () => {
    const { task } = await queue.syncing();
    const before = await queue.raw(task.id);
    const triggered = await queue.tasks.trigger(task.id, { kinds: ['delta'], prio: 2 });
    await queue.tasks.trigger(task.id, { kinds: ['delta'], prio: 1 });
    expect(triggered).toMatchObject({ result: 'accepted', ticket: 2 });
    const { serverTime: _old, ...rest } = before;
    const { serverTime: _new, ...after } = await queue.raw(task.id);
    expect(after).toEqual({ ...rest, want: 3, kinds: ['delta'], next: 2 });
  });

  it.each(['disabled', 'archived', 'disconnected'] as const)(
    'of a task that is %s is refused',
    async (state) => {
      const id = await queue.idle();
      await fresh.db
        .collection<{ _id: string }>('sync_tasks')
        .updateOne({ _id: id }, { $set: { 'link.state': state } });
      const { serverTime: _old, ...before } = await queue.raw(id);
      expect(await queue.tasks.trigger(id, forced, waiting)).toMatchObject({
        result: 'not-active',
        task: { want: 1 },
      });
      const { serverTime: _new, ...after } = await queue.raw(id);
      expect(after).toEqual(before);
      expect(await queue.interactionCount()).toBe(0);
    },
  );

  it('leaves the task of another tenant alone', async () => {
    const id = await queue.idle();
    expect(await new Queue(fresh.db).tasks.trigger(id, forced)).toEqual({ result: 'unknown' });
    expect((await queue.raw(id)).want).toBe(1);
  });

  it('stores who waits with the ticket', async () => {
    const id = await queue.idle();
    const triggered = await queue.tasks.trigger(id, byPerson, waiting);
    const stored = await interactionCollection(fresh.db).find({ taskId: id }).toArray();
    expect(stored).toMatchObject([{ ...waiting, tenantId: queue.tenantId, ticket: 2, told: 'nothing' }]);
    expect(stored[0]?.createdAt).toEqual(triggered.result === 'accepted' ? triggered.now : undefined);
  });

  it('is undone where who waits cannot be stored', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, byPerson, waiting);
    const [taken] = await interactionCollection(fresh.db).find({ taskId: id }).toArray();
    const before = await queue.raw(id);
    const sameId = mongoSyncTaskStore({
      db: fresh.db,
      tenantId: queue.tenantId,
      timings: { leaseMs, coolDownMs },
      ids: { ...randomIds, next: () => taken?._id ?? '' },
      clock: systemClock,
    });
    await expect(sameId.trigger(id, forced, waiting)).rejects.toThrow('duplicate key');
    expect(await queue.raw(id)).toEqual(before);
  });

  it('is undone, and who waits with it, where its transaction breaks after both', async () => {
    const id = await queue.idle();
    const before = await queue.raw(id);
    const breaking = mongoSyncTaskStore({
      db: breakingAfterInsert(fresh.db, 'interactions'),
      tenantId: queue.tenantId,
      timings: { leaseMs, coolDownMs },
      ids: randomIds,
      clock: systemClock,
    });
    await expect(breaking.trigger(id, forced, waiting)).rejects.toThrow('broken after the insert');
    expect(await queue.raw(id)).toEqual(before);
    expect(await queue.interactionCount()).toBe(0);
  });
});

describe('claim', () => {
  it('takes what is due under a new fence and a lease, and clears what was asked for', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, forced);
    const { fence } = await queue.raw(id);
    const { task, lease, tookOver } = await queue.claimed(id, 'worker-7');
    expect(lease).toEqual({ taskId: id, fence: fence + 1 });
    expect(tookOver).toBe(false);
    expect(task).toMatchObject({
      state: 'syncing',
      owner: 'worker-7',
      kinds: [],
      forceNow: false,
      prio: 2,
      attempts: 0,
      lost: 0,
      claimed: { want: 2, kinds: ['comprehensive'], prio: 2, forceNow: true },
    });
    const { startedAt, serverTime } = await queue.raw(id);
    expect(startedAt).toEqual(serverTime);
    expect(await queue.spans(id)).toMatchObject({ wakeIn: leaseMs });
  });

  it('takes the highest priority first, then what is due for longest', async () => {
    const ids: string[] = [];
    for (const prio of [0, 1, 2, 1, 0, 2] as const) {
      const id = await queue.linked();
      await queue.tasks.trigger(id, { kinds: ['delta'], prio });
      ids.push(id);
      queue.advance(10);
    }
    const order: (string | undefined)[] = [];
    for (const _ of ids) order.push((await queue.claimed()).task.id);
    expect(order).toEqual([2, 5, 1, 3, 0, 4].map((index) => ids[index]));
  });

  it('gives twelve due tasks to eight workers once each', async () => {
    for (const _ of times(12, () => 0)) await queue.linked();
    const all = await Promise.all(times(20, (i) => queue.tasks.claim(`worker-${i % 8}`, 'projects')));
    const taken = all.flatMap((one) => (one.result === 'claimed' ? [one.task.id] : []));
    expect(new Set(taken).size).toBe(12);
    expect(taken).toHaveLength(12);
  });

  it('says when the next one is due, and nothing where none will be', async () => {
    expect(await queue.tasks.claim('w', 'projects')).toEqual({
      result: 'nothing-due',
      now: expect.any(Date),
    });
    const { task } = await queue.syncing();
    const { wakeAt } = await queue.raw(task.id);
    expect(await queue.tasks.claim('w', 'projects')).toEqual({
      result: 'nothing-due',
      now: expect.any(Date),
      nextWakeAt: wakeAt,
    });
  });

  it('takes no task of another tenant', async () => {
    await new Queue(fresh.db).linked();
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('nothing-due');
  });

  it('looks again by the time of the server where this host slept', async () => {
    const { task } = await queue.syncing();
    const now = new Date((await queue.raw(task.id)).serverTime);
    const { db, tenantId } = queue;
    const clock = new HandClock();
    const timings = { leaseMs, coolDownMs };
    const asleep = mongoSyncTaskStore({ db, tenantId, timings, ids: randomIds, clock, now });
    expect((await asleep.claim('w', 'projects')).result).toBe('nothing-due');
    now.setTime(now.getTime() + 3_600_000);
    await asleep.claim('w', 'projects');
    const second = await asleep.claim('w', 'projects');
    const { fence } = await queue.raw(task.id);
    expect([second.result, fence]).toEqual(['claimed', 2]);
  });

  it('takes over an expired lease with what both were asked for', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, { kinds: ['delta'], prio: 1, forceNow: true });
    const first = await queue.claimed(id, 'gone');
    await queue.tasks.heartbeat(first.lease, { progress: { phase: 'tickets', doneCount: 1, totalCount: 2 } });
    await queue.tasks.trigger(id, { kinds: ['comprehensive'], prio: 2 });
    queue.advance(leaseMs - 2_000);
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('nothing-due');
    queue.advance(3_000);
    const { task, lease, tookOver } = await queue.claimed(id, 'second');
    expect(tookOver).toBe(true);
    expect(lease.fence).toBe(first.lease.fence + 1);
    expect(task).toMatchObject({
      owner: 'second',
      prio: 2,
      kinds: [],
      forceNow: false,
      lost: 1,
      attempts: 1,
      claimed: { want: 3, kinds: ['comprehensive', 'delta'], prio: 2, forceNow: true },
    });
    expect(task.progress).toBeUndefined();
  });

  it('counts each loss in a row', async () => {
    const { task } = await queue.syncing();
    for (const count of [1, 2, 3]) {
      queue.advance(leaseMs + 1_000);
      expect((await queue.claimed(task.id)).task).toMatchObject({ lost: count, attempts: count });
    }
  });

  it('does not call it taking over where the last worker gave the task back', async () => {
    const { task } = await queue.syncing();
    queue.advance(leaseMs + 1_000);
    const second = await queue.claimed(task.id);
    await queue.tasks.handBack(second.lease);
    expect((await queue.claimed(task.id)).tookOver).toBe(false);
  });

  it('lets one run through after the back-off of a task that lost three workers, and no second', async () => {
    const { task } = await queue.syncing();
    for (const _ of [1, 2, 3]) {
      queue.advance(leaseMs + 1_000);
      await queue.claimed(task.id);
    }
    const third = await queue.raw(task.id);
    await queue.tasks.failToRetry(
      { taskId: task.id, fence: third.fence },
      { code: 'sync.lost' },
      retryIn(30_000),
    );
    queue.advance(31_000);
    const through = await queue.claimed(task.id);
    expect([through.task.lost, through.tookOver]).toEqual([2, false]);
    queue.advance(leaseMs + 1_000);
    const again = await queue.claimed(task.id);
    expect([again.task.lost, again.tookOver]).toEqual([3, true]);
  });

  it('puts an expired lease of a disabled task to rest, under a new fence', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.disable(task.id, ann);
    queue.advance(leaseMs + 1_000);
    expect(await queue.tasks.claim('w', 'projects')).toEqual({ result: 'put-to-rest' });
    const raw = await queue.raw(task.id);
    expect(raw).toMatchObject({
      state: 'idle',
      fence: lease.fence + 1,
      prio: 0,
      kinds: [],
      forceNow: false,
      lost: 0,
    });
    for (const field of ['wakeAt', 'owner', 'claimed', 'startedAt', 'progress', 'next', 'tookOver']) {
      expect(raw).not.toHaveProperty(field);
    }
    expect(await queue.tasks.handBack(lease)).toBe(false);
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('nothing-due');
  });
});

describe('heartbeat', () => {
  it('renews the lease by the time of the server and tells it, with the state of the link', async () => {
    const { task, lease } = await queue.syncing();
    queue.advance(40_000);
    const renewed = await queue.tasks.heartbeat(lease, {
      progress: { phase: 'tickets', doneCount: 5, totalCount: 9 },
    });
    const raw = await queue.raw(task.id);
    expect(renewed).toEqual({ now: raw.serverTime, linkState: 'active' });
    expect(await queue.spans(task.id)).toMatchObject({ wakeIn: leaseMs });
    await queue.tasks.heartbeat(lease);
    expect((await queue.raw(task.id)).progress).toEqual({ phase: 'tickets', doneCount: 5, totalCount: 9 });
    queue.advance(40_000);
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('nothing-due');
  });

  it('tells that the project was disabled meanwhile, and goes on holding', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.disable(task.id, ann);
    expect(await queue.tasks.heartbeat(lease)).toMatchObject({ linkState: 'disabled' });
    expect((await queue.raw(task.id)).state).toBe('syncing');
  });
});

describe('complete', () => {
  it('settles what was wanted when it began, and rests', async () => {
    const { task, lease } = await queue.syncing();
    expect(await queue.tasks.complete(lease, finished)).toBe(true);
    const raw = await queue.raw(task.id);
    expect(raw).toMatchObject({ state: 'idle', want: 1, done: 1, kinds: [], prio: 0, attempts: 0, lost: 0 });
    expect(await queue.spans(task.id)).toEqual({ coolFor: coolDownMs });
    expect(raw.lastSync).toEqual({
      at: raw.serverTime,
      startedAt: task.startedAt,
      mode: 'comprehensive',
      runId: 'run-1',
      counts: finished.counts,
    });
    expect(raw.lastComprehensiveAt).toEqual(raw.serverTime);
    expect(raw.link).toMatchObject(finishedLink);
    for (const field of ['wakeAt', 'owner', 'claimed', 'startedAt', 'progress', 'next', 'lastDeltaAt']) {
      expect(raw).not.toHaveProperty(field);
    }
  });

  it('asks for another run after the cool-down where more came meanwhile, at the priority of that', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.trigger(task.id, { kinds: ['delta'], prio: 1 });
    await queue.tasks.complete(lease, finished);
    expect(await queue.raw(task.id)).toMatchObject({
      state: 'requested',
      want: 2,
      done: 1,
      kinds: ['delta'],
      prio: 1,
    });
    expect(await queue.spans(task.id)).toEqual({ wakeIn: coolDownMs, coolFor: coolDownMs });
  });

  it('asks for it at once where that was forced, and the run after it cools down again', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.trigger(task.id, forced);
    await queue.tasks.complete(lease, finished);
    expect(await queue.spans(task.id)).toEqual({ wakeIn: 0, coolFor: coolDownMs });
    const second = await queue.claimed(task.id);
    await queue.tasks.trigger(task.id, byPerson);
    await queue.tasks.complete(second.lease, finished);
    expect(await queue.spans(task.id)).toEqual({ wakeIn: coolDownMs, coolFor: coolDownMs });
  });

  it('ends failures and the need for attention', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.failToPerson(lease, noRight);
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    await queue.tasks.failToRetry(second.lease, unavailable, retryIn(1_000));
    queue.advance(2_000);
    const third = await queue.claimed(task.id);
    await queue.tasks.complete(third.lease, finished);
    const raw = await queue.raw(task.id);
    expect(raw).toMatchObject({ state: 'idle', done: 2, attempts: 0 });
    expect(raw).not.toHaveProperty('failure');
    expect(raw).not.toHaveProperty('needsAttention');
  });

  it('notes the time of a delta apart from that of a comprehensive', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.complete(lease, { ...finished, mode: 'delta' });
    const raw = await queue.raw(task.id);
    expect(raw.lastDeltaAt).toEqual(raw.serverTime);
    expect(raw).not.toHaveProperty('lastComprehensiveAt');
  });
});

describe('a failure that heals itself', () => {
  it('gives back what was claimed and tries again after the delay', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, { kinds: ['delta'], prio: 1 });
    const { lease } = await queue.claimed(id);
    await queue.tasks.trigger(id, { kinds: ['comprehensive'], prio: 2 });
    expect(await queue.tasks.failToRetry(lease, unavailable, retryIn(30_000))).toBe(true);
    const raw = await queue.raw(id);
    expect(raw).toMatchObject({
      state: 'requested',
      want: 3,
      done: 1,
      kinds: ['comprehensive', 'delta'],
      prio: 2,
      attempts: 1,
      failure: { ...unavailable, at: raw.serverTime },
    });
    expect(await queue.spans(id)).toEqual({ wakeIn: 30_000, coolFor: 30_000 });
    expect(raw).not.toHaveProperty('owner');
    expect(raw).not.toHaveProperty('claimed');
  });

  it('waits for the end of the cool-down where that is later, unless forced', async () => {
    const id = await queue.idle({ inCoolDown: true });
    await queue.tasks.trigger(id, forced);
    const first = await queue.claimed(id);
    await queue.tasks.failToRetry(first.lease, unavailable, retryIn(30_000));
    expect(await queue.spans(id)).toMatchObject({ wakeIn: 30_000 });
    expect((await queue.spans(id)).coolFor).toBeGreaterThan(coolDownMs / 2);
    queue.advance(31_000);
    const second = await queue.claimed(id);
    expect(second.task.claimed?.forceNow).toBe(true);
  });

  it('keeps a longer cool-down of a run that was not forced', async () => {
    const { task, lease } = await queue.syncing();
    const coolUntil = new Date((await queue.raw(task.id)).serverTime.getTime() + 300_000);
    await fresh.db
      .collection<{ _id: string }>('sync_tasks')
      .updateOne({ _id: task.id }, { $set: { coolUntil } });
    await queue.tasks.failToRetry(lease, unavailable, retryIn(30_000));
    expect(await queue.raw(task.id)).toMatchObject({ wakeAt: coolUntil, coolUntil });
  });

  it('forced during the run is tried again after the delay, not before', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.trigger(task.id, forced);
    await queue.tasks.failToRetry(lease, unavailable, retryIn(30_000));
    expect(await queue.raw(task.id)).toMatchObject({ forceNow: true });
    expect(await queue.spans(task.id)).toMatchObject({ wakeIn: 30_000 });
  });

  it('counts no attempt where it says so', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.failToRetry(
      lease,
      { code: 'cw.rate-limited' },
      { delayMs: 1_000, countsAttempt: false },
    );
    expect((await queue.raw(task.id)).attempts).toBe(0);
  });

  it('replaces the failure before it as a whole', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.failToRetry(lease, { code: 'internal', reference: 'r-1' }, retryIn(0));
    const second = await queue.claimed(task.id);
    await queue.tasks.failToRetry(second.lease, { code: 'cw.unavailable' }, retryIn(0));
    const { failure, serverTime } = await queue.raw(task.id);
    expect(failure).toEqual({ code: 'cw.unavailable', at: serverTime });
  });

  it('breaks a row of losses', async () => {
    const { task } = await queue.syncing();
    queue.advance(leaseMs + 1_000);
    const second = await queue.claimed(task.id);
    await queue.tasks.failToRetry(second.lease, unavailable, retryIn(0));
    expect(await queue.raw(task.id)).toMatchObject({ lost: 0, attempts: 2 });
  });
});

describe('a failure that a person must fix', () => {
  it('answers the waiting, cools down, and stays', async () => {
    const { task, lease } = await queue.syncing();
    expect(await queue.tasks.failToPerson(lease, noRight)).toBe(true);
    const raw = await queue.raw(task.id);
    expect(raw).toMatchObject({
      state: 'idle',
      want: 1,
      done: 1,
      attempts: 0,
      failure: { ...noRight, at: raw.serverTime },
      needsAttention: { since: raw.serverTime, failure: noRight },
    });
    expect(raw).not.toHaveProperty('lastSync');
    expect(await queue.spans(task.id)).toEqual({ coolFor: coolDownMs });
  });

  it('keeps since when, over more of them and over retries', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.failToPerson(lease, noRight);
    const { since } = (await queue.raw(task.id)).needsAttention ?? {};
    queue.advance(60_000);
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    await queue.tasks.failToRetry(second.lease, unavailable, retryIn(0));
    // What a person must mend is still that, whatever else happened on the way.
    expect(await queue.raw(task.id)).toMatchObject({
      needsAttention: { since, failure: noRight },
      failure: unavailable,
    });
    const third = await queue.claimed(task.id);
    await queue.tasks.failToPerson(third.lease, { code: 'cw.auth' });
    expect(await queue.raw(task.id)).toMatchObject({
      needsAttention: { since, failure: { code: 'cw.auth' } },
      failure: { code: 'cw.auth' },
    });
  });

  it('is followed by another run where more came meanwhile', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.trigger(task.id, byPerson);
    await queue.tasks.failToPerson(lease, noRight);
    expect(await queue.raw(task.id)).toMatchObject({ state: 'requested', done: 1, want: 2, prio: 2 });
    expect(await queue.spans(task.id)).toMatchObject({ wakeIn: coolDownMs });
  });
});

describe('hand back', () => {
  it('gives back what was claimed, due at once, with nothing counted', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, { kinds: ['delta'], prio: 1, forceNow: true });
    const { lease } = await queue.claimed(id);
    await queue.tasks.trigger(id, { kinds: ['comprehensive'], prio: 0 });
    expect(await queue.tasks.handBack(lease)).toBe(true);
    const raw = await queue.raw(id);
    expect(raw).toMatchObject({
      state: 'requested',
      want: 3,
      done: 1,
      kinds: ['comprehensive', 'delta'],
      prio: 1,
      forceNow: true,
      attempts: 0,
    });
    expect(raw).not.toHaveProperty('owner');
    expect(raw).not.toHaveProperty('claimed');
    expect(raw).not.toHaveProperty('failure');
    expect(await queue.spans(id)).toMatchObject({ wakeIn: 0 });
  });
});

describe('disable', () => {
  it('takes a requested task out of the queue', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, forced);
    const disabled = await queue.tasks.disable(id, ann, 'waiting for parts');
    expect(disabled).toMatchObject({
      changed: true,
      before: { state: 'requested', link: { state: 'active' } },
    });
    const raw = await queue.raw(id);
    expect(raw).toMatchObject({ state: 'idle', kinds: [], prio: 0, forceNow: false, want: 2, done: 1 });
    expect(raw).not.toHaveProperty('wakeAt');
    expect(raw.link).toMatchObject({ state: 'disabled', changed: { by: ann, reason: 'waiting for parts' } });
    expect(raw.link.changed?.at).toEqual(raw.serverTime);
  });

  it('of a task that is not active changes nothing, and of none is undefined', async () => {
    const id = await queue.idle();
    await queue.tasks.disable(id, ann, 'first');
    const before = await queue.raw(id);
    const again = await queue.tasks.disable(id, { id: 'x', name: 'Bob' }, 'second');
    expect(again).toMatchObject({ changed: false, before: { link: { changed: { reason: 'first' } } } });
    expect(await queue.raw(id)).toEqual(before);
    expect(await queue.tasks.disable(queue.taskId('nobody'), ann)).toBeUndefined();
  });

  it('without a reason does not keep an older one', async () => {
    const id = await queue.idle();
    await queue.tasks.disable(id, ann, 'waiting for parts');
    await queue.tasks.enable(id, ann);
    expect((await queue.raw(id)).link.changed).not.toHaveProperty('reason');
    await queue.tasks.disable(id, ann, 'again');
    await fresh.db
      .collection<{ _id: string }>('sync_tasks')
      .updateOne({ _id: id }, { $set: { 'link.state': 'active' } });
    await queue.tasks.disable(id, { id: 'x', name: 'Bob' });
    expect((await queue.raw(id)).link.changed).toEqual({
      by: { id: 'x', name: 'Bob' },
      at: expect.any(Date),
    });
  });

  it('leaves a run its lease until it lets go', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.trigger(task.id, forced);
    const { wakeAt } = await queue.raw(task.id);
    await queue.tasks.disable(task.id, ann);
    const raw = await queue.raw(task.id);
    expect(raw).toMatchObject({ state: 'syncing', fence: lease.fence, wakeAt, kinds: [], forceNow: false });
    expect(raw).not.toHaveProperty('next');
  });

  const endings = {
    complete: (q: Queue, lease: { taskId: string; fence: number }) => q.tasks.complete(lease, finished),
    'fail to retry': (q: Queue, lease: { taskId: string; fence: number }) =>
      q.tasks.failToRetry(lease, unavailable, retryIn(1_000)),
    'fail to a person': (q: Queue, lease: { taskId: string; fence: number }) =>
      q.tasks.failToPerson(lease, noRight),
    'hand back': (q: Queue, lease: { taskId: string; fence: number }) => q.tasks.handBack(lease),
  };
  it.each(Object.entries(endings))('during a run ends it idle by %s', async (_name, end) => {
    const id = await queue.linked();
    await queue.tasks.trigger(id, forced);
    const { lease } = await queue.claimed(id);
    await queue.tasks.trigger(id, forced);
    await queue.tasks.disable(id, ann);
    expect(await end(queue, lease)).toBe(true);
    const raw = await queue.raw(id);
    expect(raw).toMatchObject({
      state: 'idle',
      kinds: [],
      prio: 0,
      forceNow: false,
      link: { state: 'disabled' },
    });
    for (const field of ['wakeAt', 'owner', 'claimed', 'next']) expect(raw).not.toHaveProperty(field);
  });

  it.each(Object.entries(endings))(
    'and enabled again during the run leads to another, by %s',
    async (_name, end) => {
      const { task, lease } = await queue.syncing();
      await queue.tasks.disable(task.id, ann);
      await queue.tasks.enable(task.id, ann);
      expect(await end(queue, lease)).toBe(true);
      expect(await queue.raw(task.id)).toMatchObject({
        state: 'requested',
        want: 2,
        kinds: ['comprehensive'],
        prio: 2,
      });
    },
  );
});

describe('enable', () => {
  it('is active and asks for a comprehensive sync for a person, in one write', async () => {
    const id = await queue.idle();
    await queue.tasks.disable(id, ann, 'waiting for parts');
    const enabled = await queue.tasks.enable(id, ann, waiting);
    expect(enabled).toMatchObject({
      changed: true,
      task: { state: 'requested', want: 2, kinds: ['comprehensive'], prio: 2, link: { state: 'active' } },
    });
    expect(await queue.spans(id)).toMatchObject({ wakeIn: 0 });
    expect((await queue.raw(id)).link.changed).toEqual({ by: ann, at: expect.any(Date) });
    const [interaction] = await interactionCollection(fresh.db).find({ taskId: id }).toArray();
    expect(interaction).toMatchObject({ ...waiting, ticket: 2 });
  });

  it('keeps to the cool-down', async () => {
    const id = await queue.idle({ inCoolDown: true });
    await queue.tasks.disable(id, ann);
    await queue.tasks.enable(id, ann);
    const { wakeAt, coolUntil } = await queue.raw(id);
    expect(wakeAt).toEqual(coolUntil);
  });

  it.each(['active', 'archived', 'disconnected'] as const)(
    'of a task that is %s changes nothing',
    async (state) => {
      const id = await queue.idle();
      await fresh.db
        .collection<{ _id: string }>('sync_tasks')
        .updateOne({ _id: id }, { $set: { 'link.state': state } });
      const before = await queue.raw(id);
      expect(await queue.tasks.enable(id, ann, waiting)).toMatchObject({
        changed: false,
        task: { link: { state } },
      });
      expect(await queue.raw(id)).toEqual(before);
      expect(await queue.interactionCount()).toBe(0);
      expect(await queue.tasks.enable(queue.taskId('nobody'), ann, waiting)).toBeUndefined();
    },
  );
});

describe('fences', () => {
  const writes = {
    heartbeat: async (lease: { taskId: string; fence: number }) =>
      (await queue.tasks.heartbeat(lease, { progress: { phase: 'x', doneCount: 1, totalCount: 1 } })) !==
      undefined,
    complete: (lease: { taskId: string; fence: number }) => queue.tasks.complete(lease, finished),
    'fail to retry': (lease: { taskId: string; fence: number }) =>
      queue.tasks.failToRetry(lease, unavailable, retryIn(1_000)),
    'fail to a person': (lease: { taskId: string; fence: number }) =>
      queue.tasks.failToPerson(lease, noRight),
    'hand back': (lease: { taskId: string; fence: number }) => queue.tasks.handBack(lease),
  };

  it.each(Object.entries(writes))(
    '%s of a worker that lost its lease writes nothing',
    async (_name, write) => {
      const { task, lease } = await queue.syncing();
      queue.advance(leaseMs + 1_000);
      await queue.claimed(task.id, 'second');
      const before = await queue.raw(task.id);
      expect(await write(lease)).toBe(false);
      expect(await queue.raw(task.id)).toEqual(before);
    },
  );

  it.each(Object.entries(writes))('%s after the end of the run writes nothing', async (_name, write) => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.trigger(task.id, byPerson);
    await queue.tasks.complete(lease, finished);
    const before = await queue.raw(task.id);
    expect(await write(lease)).toBe(false);
    expect(await queue.raw(task.id)).toEqual(before);
  });

  it('let a worker that was late but not replaced go on', async () => {
    const { task, lease } = await queue.syncing();
    queue.advance(leaseMs + 1_000);
    expect(await queue.tasks.heartbeat(lease)).toBeDefined();
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('nothing-due');
    expect(await queue.tasks.complete(lease, finished)).toBe(true);
    expect((await queue.raw(task.id)).done).toBe(1);
  });
});

describe('interactions', () => {
  it('are taken by one at a time, the longest untouched first', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, byPerson, waiting);
    queue.advance(100);
    await queue.tasks.trigger(id, byPerson, { ...waiting, handle: { platform: 'slack', channel: 'C2' } });
    queue.advance(100);
    await queue.tasks.trigger(id, byPerson, waiting);
    expect((await queue.interactions.take('bot', 20_000))?.ticket).toBe(2);
    const taken = await Promise.all(times(5, (i) => queue.interactions.take(`bot-${i}`, 20_000)));
    const tickets = taken.flatMap((one) => (one ? [one.ticket] : []));
    expect(tickets.sort()).toEqual([3, 4]);
  });

  it('go back under the new handle once told, and end when closed', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, byPerson, waiting);
    const first = await queue.interactions.take('bot', 20_000);
    expect(first).toMatchObject({ ...waiting, taskId: id, ticket: 2, told: 'nothing' });
    const handle = { platform: 'slack', channel: '$C1', ts: '1.2' } as const;
    await queue.interactions.told(first?.id ?? '', 'bot', 'started', handle);
    const second = await queue.interactions.take('other', 20_000);
    expect(second).toMatchObject({ id: first?.id, told: 'started', handle });
    await queue.interactions.close(second?.id ?? '', 'other');
    expect(await queue.interactionCount()).toBe(0);
  });

  it('rest for the given time when released', async () => {
    const id = await queue.idle();
    await queue.interactions.follow(waiting, { taskId: id, ticket: 9 });
    const taken = await queue.interactions.take('bot', 20_000);
    expect(taken).toMatchObject({ ...waiting, ticket: 9, told: 'nothing' });
    await queue.interactions.release(taken?.id ?? '', 'bot', 30_000);
    queue.advance(29_000);
    expect(await queue.interactions.take('bot', 20_000)).toBeUndefined();
    queue.advance(2_000);
    expect(await queue.interactions.take('bot', 20_000)).toMatchObject({ id: taken?.id });
  });

  it('of a process that died are taken up by another, and are then closed to the first', async () => {
    const id = await queue.idle();
    await queue.interactions.follow(waiting, { taskId: id, ticket: 1 });
    const first = await queue.interactions.take('dead', 20_000);
    expect(await queue.interactions.take('bot', 20_000)).toBeUndefined();
    queue.advance(21_000);
    const second = await queue.interactions.take('bot', 20_000);
    expect(second?.id).toBe(first?.id);
    await queue.interactions.told(first?.id ?? '', 'dead', 'retrying', waiting.handle);
    await queue.interactions.release(first?.id ?? '', 'dead', 0);
    await queue.interactions.close(first?.id ?? '', 'dead');
    const [stored] = await interactionCollection(fresh.db).find({ tenantId: queue.tenantId }).toArray();
    expect(stored).toMatchObject({ owner: 'bot', told: 'nothing' });
  });

  it('of another tenant are not taken', async () => {
    await new Queue(fresh.db).interactions.follow(waiting, { taskId: 'x:y', ticket: 1 });
    expect(await queue.interactions.take('bot', 20_000)).toBeUndefined();
  });

  it('follow a run under names that look like expressions', async () => {
    const person = { ...waiting.person, name: '$dueAt' };
    await queue.interactions.follow({ ...waiting, person }, { taskId: '$taskId', ticket: 1 });
    const taken = await queue.interactions.take('$owner', 20_000);
    expect(taken).toMatchObject({ person, taskId: '$taskId' });
    expect(taken?.createdAt.getTime()).toBeGreaterThan(Date.UTC(2020));
  });
});

describe('lists', () => {
  const everything = { withDisabled: false, withArchived: false, offset: 0, limit: 50 };

  async function five(): Promise<void> {
    await queue.linked({ projectName: 'Zürich office', customer: 'Contoso', externalId: 11 });
    await queue.linked({ projectName: 'alpha', customer: 'Straße GmbH', externalId: 12 });
    await queue.linked({ projectName: 'Beta (100 % $ .*)', customer: null, externalId: 13 });
    const disabled = await queue.linked({ projectName: 'Gamma', customer: 'Contoso', externalId: 14 });
    const archived = await queue.linked({ projectName: 'Delta 11', customer: 'Fabrikam', externalId: 15 });
    await queue.tasks.disable(disabled, ann);
    await fresh.db
      .collection<{ _id: string }>('sync_tasks')
      .updateOne({ _id: archived }, { $set: { 'link.state': 'archived' } });
  }
  const names = (list: { readonly tasks: readonly { readonly link: { readonly projectName: string } }[] }) =>
    list.tasks.map(({ link }) => link.projectName);

  it('are in order of name, without what is hidden, which is counted', async () => {
    await five();
    const list = await queue.tasks.list(everything);
    expect(names(list)).toEqual(['alpha', 'Beta (100 % $ .*)', 'Zürich office']);
    expect(list).toMatchObject({
      total: 3,
      linked: 5,
      needAttention: 0,
      hidden: { disabled: 1, disconnected: 0, archived: 1 },
    });
    expect(list.now).toBeInstanceOf(Date);
  });

  it('show disabled and archived ones where asked', async () => {
    await five();
    const list = await queue.tasks.list({ ...everything, withDisabled: true, withArchived: true });
    expect(names(list)).toEqual(['alpha', 'Beta (100 % $ .*)', 'Delta 11', 'Gamma', 'Zürich office']);
    expect(list).toMatchObject({ total: 5, hidden: { disabled: 0, disconnected: 0, archived: 0 } });
  });

  it('come in pages that join without gap or repeat', async () => {
    for (const i of times(7, (n) => n))
      await queue.linked({ projectName: `Same ${i % 2}`, externalId: 100 + i });
    const pages = [];
    for (const offset of [0, 3, 6]) pages.push(await queue.tasks.list({ ...everything, offset, limit: 3 }));
    expect(pages.map((page) => page.tasks.length)).toEqual([3, 3, 1]);
    expect(pages.map((page) => page.total)).toEqual([7, 7, 7]);
    expect(new Set(pages.flatMap((page) => page.tasks.map(({ id }) => id))).size).toBe(7);
  });

  it.each([
    ['ZURICH', ['Zürich office']],
    ['contoso', ['Zürich office']],
    ['#12', ['alpha']],
    ['11', ['Zürich office']],
    ['% $ .*', ['Beta (100 % $ .*)']],
    ['.*', ['Beta (100 % $ .*)']],
    ['$', ['Beta (100 % $ .*)']],
    ['  OFFICE ', ['Zürich office']],
    ['nothing such', []],
  ])('find %s', async (filter, found) => {
    await five();
    expect(names(await queue.tasks.list({ ...everything, filter }))).toEqual(found);
  });

  it('count what the filter finds but hides', async () => {
    await five();
    const list = await queue.tasks.list({ ...everything, filter: 'contoso' });
    expect(list).toMatchObject({
      total: 1,
      linked: 5,
      hidden: { disabled: 1, disconnected: 0, archived: 0 },
    });
  });

  it('count those that need attention, but not disabled ones', async () => {
    const first = await queue.syncing();
    await queue.tasks.failToPerson(first.lease, noRight);
    const second = await queue.syncing();
    await queue.tasks.failToPerson(second.lease, noRight);
    await queue.tasks.disable(second.task.id, ann);
    expect((await queue.tasks.list(everything)).needAttention).toBe(1);
  });

  it('tell how many active projects were never synced, whatever is shown', async () => {
    expect((await queue.tasks.list(everything)).importing).toMatchObject({ left: 0, of: 0 });
    await queue.tasks.ensureOwnTasks();
    await five();
    expect((await queue.tasks.list(everything)).importing).toMatchObject({ left: 3, of: 3 });
    const { lease } = await queue.claimed();
    await queue.tasks.complete(lease, finished);
    const list = await queue.tasks.list({ ...everything, filter: 'nothing such' });
    expect(list).toMatchObject({ total: 0, importing: { left: 2, of: 3 } });
  });

  it('tell how long it is from one comprehensive sync to the next, once the clock has set it', async () => {
    await five();
    expect(await queue.tasks.list(everything)).not.toHaveProperty('comprehensiveMs');
    const { intervalMs } = await queue.tasks.tick({
      comprehensiveMs: 3_600_000,
      miscMs: 3_600_000,
      scoutMs: 60_000,
      notesMs: 60_000,
      comprehensiveRequestsPerSecond: 4,
    });
    expect((await queue.tasks.list(everything)).comprehensiveMs).toBe(intervalMs);
  });

  it('follow a project that was renamed in ConnectWise', async () => {
    const { lease } = await queue.syncing({ projectName: 'Old' });
    await queue.tasks.complete(lease, {
      ...finished,
      link: { projectName: 'New', customer: 'Ωmega', board: null },
    });
    expect((await queue.tasks.list({ ...everything, filter: 'old' })).total).toBe(0);
    expect((await queue.tasks.list({ ...everything, filter: 'ωMEGA' })).total).toBe(1);
  });

  it('name every project, also hidden ones, and know every external id', async () => {
    await five();
    await new Queue(fresh.db).linked({ externalId: 99 });
    const all = await queue.tasks.names();
    expect(all.map(({ name, state }) => [name, state])).toEqual([
      ['alpha', 'active'],
      ['Beta (100 % $ .*)', 'active'],
      ['Delta 11', 'archived'],
      ['Gamma', 'disabled'],
      ['Zürich office', 'active'],
    ]);
    expect(all[0]).toMatchObject({ externalId: 12, customer: 'Straße GmbH' });
    expect([...(await queue.tasks.linkedExternalIds())].sort()).toEqual([11, 12, 13, 14, 15]);
  });

  it('read some by id, with the time, and no task of another tenant', async () => {
    const mine = await queue.linked();
    const other = await new Queue(fresh.db).linked();
    const seen = await queue.tasks.getMany([mine, other]);
    expect(seen.tasks.map(({ id }) => id)).toEqual([mine]);
    expect(seen.now).toBeInstanceOf(Date);
    expect(await queue.tasks.get(other)).toBeUndefined();
  });

  it('give nothing away that only the database knows', async () => {
    const { task } = await queue.syncing();
    for (const field of ['_id', 'linkKey', 'next', 'nameKey', 'searchKey', 'serverTime', 'tookOver']) {
      expect(task).not.toHaveProperty(field);
    }
  });
});

describe('the place in line', () => {
  it('counts the due tasks that are claimed before', async () => {
    const ids: string[] = [];
    for (const prio of [0, 1, 2, 1] as const) {
      const id = await queue.linked();
      await queue.tasks.trigger(id, { kinds: ['delta'], prio });
      ids.push(id);
      queue.advance(10);
    }
    await queue.claimed(ids[2]);
    const seen = await queue.tasks.getMany(ids);
    const place = async (index: number) => {
      const task = seen.tasks.find(({ id }) => id === ids[index]);
      return task ? await queue.tasks.placeInLine(task, seen.now) : undefined;
    };
    expect(await Promise.all([place(1), place(3), place(0)])).toEqual([0, 1, 2]);
  });

  it('counts a task whose worker is gone, and none that cools down', async () => {
    await queue.tasks.trigger(await queue.idle({ inCoolDown: true }), byPerson);
    await queue.syncing();
    queue.advance(leaseMs + 1_000);
    const seen = await queue.tasks.get(await queue.linked());
    expect(seen && (await queue.tasks.placeInLine(seen.task, seen.now))).toBe(1);
    queue.advance(coolDownMs);
    const later = await queue.tasks.getMany(seen ? [seen.task.id] : []);
    expect(seen && (await queue.tasks.placeInLine(seen.task, later.now))).toBe(2);
  });
});

describe('a claim among ten thousand tasks', () => {
  const lanes = ['projects', 'people', 'misc', 'scout', 'notes'] as const;

  it.each(lanes)('examines one key and one document in the lane %s', async (lane) => {
    const id = await queue.linked();
    await queue.tasks.ensureOwnTasks();
    await queue.tasks.trigger(queue.taskId('notes'), byClock);
    const template = await queue.raw(id);
    const dueAt = (i: number) => new Date(template.serverTime.getTime() - 1_000 - (i % 500));
    const tasks = times(9_999, (i) => ({
      ...template,
      _id: queue.taskId(`many-${i}`),
      projectId: `many-${i}`,
      linkKey: 10_000 + i,
      link: { ...template.link, externalId: 10_000 + i },
      prio: (i % 3) as 0 | 1 | 2,
      wakeAt: dueAt(i),
    }));
    await fresh.db.collection<typeof template>('sync_tasks').insertMany(tasks);
    await queue.tasks.claim('learns the time', 'projects');
    await fresh.db.command({ profile: 2 });
    await queue.claimed(undefined, 'w', lane);
    await fresh.db.command({ profile: 0 });
    const profiled = await fresh.db
      .collection('system.profile')
      .find({ 'command.findAndModify': 'sync_tasks', 'command.query.tenantId': queue.tenantId })
      .toArray();
    expect(profiled).toHaveLength(1);
    expect(profiled[0]).toMatchObject({ keysExamined: 1, docsExamined: 1 });
  });
});
