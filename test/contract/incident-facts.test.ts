/** What alerts are derived from, as the database tells it: who is alive, and which tasks are in trouble. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoLiveness } from '../../adapters/mongodb/liveness-store.ts';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import type { Liveness } from '../../src/ports/liveness.ts';
import { FakeLiveness } from '../support/fake-liveness.ts';
import { HandClock } from '../support/hand-clock.ts';
import { atMs, makeSyncTask, testStart } from '../support/make-sync-task.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const gapMs = 300_000;
const start = testStart;

function mongoLife() {
  const add: (Date | number)[] = [start, 0];
  const tenantId = `tenant-${randomUUID()}`;
  const make = (tenant: string): Liveness => mongoLiveness(fresh.db, tenant, { $add: add });
  const advance = (ms: number) => {
    add[1] = Number(add[1]) + ms;
  };
  return { life: make(tenantId), stranger: make(`${tenantId}-2`), advance };
}

function fakeLife() {
  let offset = 0;
  const now = () => atMs(offset);
  const advance = (ms: number) => {
    offset += ms;
  };
  return { life: new FakeLiveness(now), stranger: new FakeLiveness(now), advance };
}

describe.each([
  ['over MongoDB', mongoLife],
  ['in memory', fakeLife],
])('who is alive, %s', (_name, make) => {
  it('is known by the latest beat of each kind', async () => {
    const { life, stranger, advance } = make();
    expect(await life.lastBeat('worker')).toBeUndefined();
    expect(await life.beat('worker', '$a', gapMs)).toEqual({ now: start });
    advance(60_000);
    expect(await life.beat('worker', 'b', gapMs)).toEqual({ now: atMs(60_000) });
    expect(await life.lastBeat('worker')).toEqual({ id: 'b', at: atMs(60_000) });
    expect(await life.lastBeat('bot')).toBeUndefined();
    expect(await stranger.lastBeat('worker')).toBeUndefined();
  });

  it('keeps the last span without a beat, for whoever beats later too', async () => {
    const { life, advance } = make();
    await life.beat('bot', 'a', gapMs);
    advance(gapMs);
    expect(await life.beat('bot', 'a', gapMs)).toEqual({ now: atMs(gapMs) });
    advance(gapMs + 1);
    const gap = { from: atMs(gapMs), to: atMs(2 * gapMs + 1) };
    expect(await life.beat('bot', 'b', gapMs)).toEqual({ now: gap.to, gap });
    advance(60_000);
    expect(await life.beat('bot', 'c', gapMs)).toEqual({ now: atMs(2 * gapMs + 60_001), gap });
  });

  it('is told by many at once: one of them finds the gap, and all hear of it', async () => {
    const { life, advance } = make();
    await Promise.all(['a', 'b', 'c'].map((id) => life.beat('bot', id, gapMs)));
    advance(gapMs + 1);
    const beats = await Promise.all(['a', 'b', 'c'].map((id) => life.beat('bot', id, gapMs)));
    const gap = { from: start, to: atMs(gapMs + 1) };
    expect(beats.map((beat) => beat.gap)).toEqual([gap, gap, gap]);
  });
});

describe('tasks in trouble', () => {
  let tenantId: string;
  const collection = () => fresh.db.collection<SyncTaskDocument>('sync_tasks');
  beforeEach(() => {
    tenantId = `tenant-${randomUUID()}`;
  });

  function store() {
    const timings = { leaseMs: 60_000, coolDownMs: 600_000 };
    const clock = new HandClock();
    return mongoSyncTaskStore({
      db: fresh.db,
      tenantId,
      timings,
      ids: randomIds,
      clock,
      now: { $add: [start, 0] },
    });
  }

  type Given = Parameters<typeof makeSyncTask>[0];
  async function put(...given: readonly Given[]): Promise<void> {
    const documents = given.map((one, n): SyncTaskDocument => {
      const { id: _id, ...task } = makeSyncTask({ ...one });
      const projectId = one?.projectId ?? `q${n}`;
      const keys = { nameKey: projectId, searchKey: projectId, serverTime: start };
      return { ...task, ...keys, tenantId, projectId, _id: `${tenantId}:${projectId}` };
    });
    await collection().insertMany(documents);
  }

  const attention = { since: start, failure: { code: 'cw.rejected' } } as const;

  it('are those that wait for a person, failed three times, or are late; active ones only', async () => {
    await put(
      { projectId: 'person', needsAttention: attention },
      { projectId: 'failing', attempts: 3, failure: { code: 'internal', at: start } },
      { projectId: 'late', lateAt: atMs(-1) },
      { projectId: 'all', lateAt: atMs(-1), attempts: 9, needsAttention: attention },
      { projectId: 'misc', kind: 'misc', needsAttention: attention },
      { projectId: 'twice', attempts: 2 },
      { projectId: 'in time', lateAt: atMs(1) },
      { projectId: 'well' },
      { projectId: 'disabled', needsAttention: attention, link: { state: 'disabled' } },
      { projectId: 'archived', attempts: 5, link: { state: 'archived' } },
      { projectId: 'disconnected', lateAt: atMs(-1), link: { state: 'disconnected' } },
    );
    const { tasks, now } = await store().troubled(3);
    expect(now).toEqual(start);
    const found = tasks.map(({ projectId }) => projectId).toSorted();
    expect(found).toEqual(['all', 'failing', 'late', 'misc', 'person']);
  });

  it('are found without looking at the others', async () => {
    const well = Array.from({ length: 400 }, (_, n) => ({
      projectId: `w${n}`,
      lateAt: atMs(1_000),
      attempts: n % 3,
    }));
    await put(
      ...well,
      { projectId: 'person', needsAttention: attention },
      { projectId: 'failing', attempts: 4 },
      { projectId: 'late', lateAt: atMs(-1) },
    );
    const before = await fresh.db.command({ profile: 2 });
    try {
      expect((await store().troubled(3)).tasks).toHaveLength(3);
    } finally {
      await fresh.db.command({ profile: before.was });
    }
    const [seen] = await fresh.db
      .collection('system.profile')
      .find({
        ns: `${fresh.db.databaseName}.sync_tasks`,
        op: 'query',
        'command.filter.$or.tenantId': tenantId,
      })
      .toArray();
    expect(seen?.nreturned).toBe(3);
    // The trial of other plans looks at some more, of over 400.
    expect(seen?.docsExamined).toBeLessThanOrEqual(12);
    expect(seen?.keysExamined).toBeLessThanOrEqual(24);
  });

  it('counts projects that sync, wait for it, or have a turn that is due', async () => {
    await put(
      { projectId: 'requested', state: 'requested', wakeAt: atMs(5) },
      { projectId: 'syncing', state: 'syncing', wakeAt: atMs(5), clockAt: atMs(-1) },
      { projectId: 'due by the clock', clockAt: atMs(-1) },
      { projectId: 'later', clockAt: atMs(1) },
      { projectId: 'disabled', clockAt: atMs(-1), link: { state: 'disabled' } },
      { projectId: 'scout', kind: 'scout', state: 'requested', wakeAt: atMs(-1) },
    );
    expect(await store().countCatchingUp()).toBe(3);
  });
});
