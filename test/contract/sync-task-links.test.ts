/** Taking projects out of the sync and bringing them back: archive, disconnect, and what switches itself off. */
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { Lease } from '../../src/ports/sync-task-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import {
  ann,
  coolDownMs,
  eachTestHasAQueue,
  finished,
  finishedLink,
  forced,
  leaseMs,
  noRight,
  Queue,
  unavailable,
} from './sync-task-rig.ts';

let fresh: FreshDatabase;
let queue: Queue;
eachTestHasAQueue((made, database) => {
  queue = made;
  fresh = database;
});

const bob: Actor = { id: 'slack:T1/U2', name: 'Bob' };
const endings = {
  complete: (lease: Lease) => queue.tasks.complete(lease, finished),
  'fail to retry': (lease: Lease) =>
    queue.tasks.failToRetry(lease, unavailable, { delayMs: 1_000, countsAttempt: true }),
  'fail to a person': (lease: Lease) => queue.tasks.failToPerson(lease, noRight),
  'hand back': (lease: Lease) => queue.tasks.handBack(lease),
};

describe('archive', () => {
  it('takes an active project out of the queue, with who and why', async () => {
    const id = await queue.idle();
    await queue.tasks.trigger(id, forced);
    expect(await queue.tasks.archive(id, ann, 'delivered')).toMatchObject({
      changed: true,
      before: { state: 'requested', link: { state: 'active' } },
    });
    const raw = await queue.raw(id);
    expect(raw).toMatchObject({ state: 'idle', kinds: [], prio: 0, forceNow: false });
    expect(raw).not.toHaveProperty('wakeAt');
    expect(raw.link).toMatchObject({
      state: 'archived',
      changed: { by: ann, at: raw.serverTime, reason: 'delivered' },
    });
  });

  it('takes a disabled one, whose run goes on until it lets go', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.disable(task.id, ann, 'parts');
    expect(await queue.tasks.archive(task.id, bob)).toMatchObject({ changed: true });
    const raw = await queue.raw(task.id);
    expect(raw).toMatchObject({ state: 'syncing', fence: lease.fence, link: { state: 'archived' } });
    expect(raw.link.changed).toEqual({ by: bob, at: raw.serverTime });
    expect(await queue.tasks.heartbeat(lease)).toMatchObject({ linkState: 'archived' });
    await queue.tasks.handBack(lease);
    expect((await queue.raw(task.id)).state).toBe('idle');
  });

  it('of one that is archived or disconnected changes nothing, and of none is undefined', async () => {
    const archived = await queue.idle();
    await queue.tasks.archive(archived, ann);
    const disconnected = await queue.idle();
    await queue.tasks.disconnect(disconnected, ann);
    for (const id of [archived, disconnected]) {
      const before = await queue.raw(id);
      expect(await queue.tasks.archive(id, bob)).toMatchObject({ changed: false });
      expect(await queue.raw(id)).toEqual(before);
    }
    expect(await queue.tasks.archive(queue.taskId('nobody'), ann)).toBeUndefined();
  });

  it('refuses enable until it was unarchived, which leaves it disabled', async () => {
    const id = await queue.idle();
    await queue.tasks.archive(id, ann, 'delivered');
    expect(await queue.tasks.enable(id, ann)).toMatchObject({ changed: false });
    expect(await queue.tasks.unarchive(id, bob)).toMatchObject({
      changed: true,
      before: { link: { state: 'archived' } },
    });
    const raw = await queue.raw(id);
    expect(raw).toMatchObject({ state: 'idle', want: 1, link: { state: 'disabled' } });
    expect(raw.link.changed).toEqual({ by: bob, at: raw.serverTime });
    expect(await queue.tasks.enable(id, ann)).toMatchObject({ changed: true, task: { state: 'requested' } });
  });

  it.each(['active', 'disabled', 'disconnected'] as const)('is not undone where it is %s', async (state) => {
    const id = await queue.idle();
    if (state === 'disabled') await queue.tasks.disable(id, ann);
    if (state === 'disconnected') await queue.tasks.disconnect(id, ann);
    const before = await queue.raw(id);
    expect(await queue.tasks.unarchive(id, bob)).toMatchObject({
      changed: false,
      before: { link: { state } },
    });
    expect(await queue.raw(id)).toEqual(before);
    expect(await queue.tasks.unarchive(queue.taskId('nobody'), ann)).toBeUndefined();
  });
});

describe('disconnect', () => {
  it.each(['active', 'disabled', 'archived'] as const)('of one that is %s is for good', async (state) => {
    const id = await queue.idle();
    if (state === 'disabled') await queue.tasks.disable(id, ann);
    if (state === 'archived') await queue.tasks.archive(id, ann);
    expect(await queue.tasks.disconnect(id, bob, 'sold')).toMatchObject({
      changed: true,
      before: { link: { state } },
    });
    const raw = await queue.raw(id);
    expect(raw).toMatchObject({
      state: 'idle',
      link: { state: 'disconnected', changed: { by: bob, reason: 'sold' } },
    });
    expect(await queue.tasks.disconnect(id, ann)).toMatchObject({ changed: false });
    expect(await queue.tasks.enable(id, ann)).toMatchObject({ changed: false });
    expect(await queue.tasks.disable(id, ann)).toMatchObject({ changed: false });
    expect(await queue.tasks.trigger(id, forced)).toMatchObject({ result: 'not-active' });
    expect(await queue.raw(id)).toMatchObject({ link: raw.link });
    expect(await queue.tasks.disconnect(queue.taskId('nobody'), ann)).toBeUndefined();
  });

  it('lets the external id be linked again at once where nothing runs, as another task', async () => {
    const id = await queue.linked({ externalId: 7 });
    expect(await queue.tasks.create(queue.newLink({ externalId: 7 }))).toBe(false);
    await queue.tasks.disconnect(id, ann);
    expect(await queue.raw(id)).not.toHaveProperty('linkKey');
    const again = queue.newLink({ externalId: 7 });
    expect(await queue.tasks.create(again)).toBe(true);
    expect(await queue.tasks.create(queue.newLink({ externalId: 7 }))).toBe(false);
    expect([...(await queue.tasks.linkedExternalIds())]).toEqual([7]);
    expect((await queue.raw(queue.taskId(again.projectId))).want).toBe(1);
  });

  it('keeps it known as one that was linked', async () => {
    const id = await queue.linked({ externalId: 7 });
    await queue.tasks.disconnect(id, ann);
    expect([...(await queue.tasks.linkedExternalIds())]).toEqual([7]);
  });

  it.each(Object.entries(endings))(
    'during a run holds the external id until the run ends, by %s',
    async (_how, end) => {
      const { task, lease } = await queue.syncing({ externalId: 7 });
      await queue.tasks.disconnect(task.id, ann);
      expect(await queue.tasks.create(queue.newLink({ externalId: 7 }))).toBe(false);
      expect(await end(lease)).toBe(true);
      expect(await queue.raw(task.id)).toMatchObject({ state: 'idle', link: { state: 'disconnected' } });
      expect(await queue.tasks.create(queue.newLink({ externalId: 7 }))).toBe(true);
    },
  );

  it('during a run whose worker is gone holds it until that is put to rest', async () => {
    const { task } = await queue.syncing({ externalId: 7 });
    await queue.tasks.disconnect(task.id, ann);
    queue.advance(leaseMs + 1_000);
    expect(await queue.tasks.create(queue.newLink({ externalId: 7 }))).toBe(false);
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('put-to-rest');
    expect(await queue.tasks.create(queue.newLink({ externalId: 7 }))).toBe(true);
  });

  it.each(['disable', 'archive'] as const)(
    'is not what a %s does: the external id stays held',
    async (how) => {
      const { task, lease } = await queue.syncing({ externalId: 7 });
      await queue.tasks[how](task.id, ann);
      await queue.tasks.complete(lease, finished);
      const resting = await queue.idle();
      await queue.tasks[how](resting, ann);
      expect(await queue.raw(resting)).toHaveProperty('linkKey');
      expect(await queue.tasks.create(queue.newLink({ externalId: 7 }))).toBe(false);
      expect((await queue.raw(task.id)).linkKey).toBe(7);
    },
  );
});

describe('what has long been closed', () => {
  const dayMs = 86_400_000;
  const ninety = 90 * dayMs;

  /** An idle project that was closed so long ago by ConnectWise's word. */
  async function closedFor(ms: number): Promise<{ readonly id: string; readonly closedSince: Date }> {
    const { task, lease } = await queue.syncing();
    const { serverTime } = await queue.raw(task.id);
    const at = new Date(serverTime.getTime() - ms);
    await queue.completed(lease, { link: { ...finishedLink, closed: { at } } });
    return { id: task.id, closedSince: at };
  }

  async function runAgain(id: string, closedAt: Date | undefined): Promise<void> {
    await queue.tasks.trigger(id, forced);
    const { lease } = await queue.claimed(id);
    const closed = closedAt ? { closed: { at: closedAt } } : {};
    await queue.completed(lease, { link: { ...finishedLink, ...closed } });
  }

  it('is switched off by itself, with the reason', async () => {
    const { id, closedSince } = await closedFor(ninety + 60_000);
    const fresher = await closedFor(ninety - 60_000);
    const open = await queue.idle({ inCoolDown: true });
    const switchedOff = await queue.tasks.autoDisable(ninety);
    expect(switchedOff.map((task) => [task.id, task.link.state])).toEqual([[id, 'disabled']]);
    const raw = await queue.raw(id);
    expect(raw.link).toMatchObject({
      state: 'disabled',
      changed: {
        by: { id: 'cwsync', name: 'cwsync' },
        at: raw.serverTime,
        reason: 'closed in ConnectWise for 90 days',
      },
      closedSince,
      autoDisabledFor: closedSince,
    });
    for (const other of [fresher.id, open]) expect((await queue.raw(other)).link.state).toBe('active');
  });

  it('is switched off by one of several processes', async () => {
    for (let left = 5; left > 0; left -= 1) await closedFor(ninety + dayMs);
    const all = await Promise.all([1, 2, 3].map(() => queue.tasks.autoDisable(ninety)));
    const ids = all.flat().map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([5, 5]);
  });

  it('leaves the queue, and a run until it lets go', async () => {
    const { id } = await closedFor(ninety + dayMs);
    await queue.tasks.trigger(id, forced);
    await queue.tasks.autoDisable(ninety);
    expect(await queue.raw(id)).toMatchObject({ state: 'idle', kinds: [] });
  });

  it('is left alone after somebody enabled it, until it was open in between', async () => {
    const { id, closedSince } = await closedFor(ninety + dayMs);
    await queue.tasks.autoDisable(ninety);
    await queue.tasks.enable(id, ann);
    expect(await queue.tasks.autoDisable(ninety)).toEqual([]);
    await runAgain(id, closedSince);
    expect(await queue.tasks.autoDisable(ninety)).toEqual([]);
    await runAgain(id, undefined);
    expect((await queue.raw(id)).link).not.toHaveProperty('autoDisabledFor');
    await runAgain(id, closedSince);
    expect((await queue.tasks.autoDisable(ninety)).map((task) => task.id)).toEqual([id]);
  });

  it('is switched off again for another closing', async () => {
    const { id, closedSince } = await closedFor(ninety + 9 * dayMs);
    await queue.tasks.autoDisable(ninety);
    await queue.tasks.enable(id, ann);
    await runAgain(id, new Date(closedSince.getTime() + dayMs));
    expect(await queue.tasks.autoDisable(ninety)).toHaveLength(1);
  });

  it('is left where it is archived, and in another integration', async () => {
    const { id } = await closedFor(ninety + dayMs);
    expect(await new Queue(fresh.db).tasks.autoDisable(ninety)).toEqual([]);
    await queue.tasks.archive(id, ann);
    expect(await queue.tasks.autoDisable(ninety)).toEqual([]);
    expect((await queue.raw(id)).link).not.toHaveProperty('autoDisabledFor');
    queue.advance(coolDownMs);
  });
});
