/** What only a real database can get wrong: races, half-done transactions, tenants, indexes, data of older builds. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoLogStore } from '../../adapters/mongodb/log-store.ts';
import { initial } from '../../adapters/mongodb/migrations/0001-initial.ts';
import { migrate } from '../../adapters/mongodb/migrations/migrate.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import { planKinds } from '../../src/domain/plan.ts';
import type { Planner } from '../../src/ports/planner.ts';
import { type FreshDatabase, freshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';
import {
  ann,
  create,
  day,
  everything,
  mongoRig,
  type PlannerRig,
  page,
  recordOf,
  seed,
  update,
  write,
} from './planner-rig.ts';

let fresh: FreshDatabase;
let tenantId: string;
let rig: PlannerRig;
let planner: Planner;

beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());
beforeEach(() => {
  tenantId = `tenant-${randomUUID()}`;
  rig = mongoRig(fresh, tenantId);
  planner = rig.planner;
});

const delta = { kinds: ['delta'], prio: 1 } as const;
const gone = { at: day(1), by: 'cwsync', reason: 'gone from ConnectWise' } as const;

describe('a page', () => {
  it('is there as a whole or not at all when a later run has begun', async () => {
    for (let fence = 1; fence <= 6; fence += 1) {
      const first = fence * 1_000;
      const creates = Array.from({ length: 300 }, (_, i) => create(first + i));
      await planner.beginRun(page({ fence }));
      const applying = planner.apply(page({ fence, create: creates }));
      const seenByLater = async () => {
        await planner.beginRun(page({ fence: fence + 1 }));
        return await planner.pairedInRange('p1', 'task', { after: first - 1, to: first + 999 });
      };
      const [applied, seen] = await Promise.all([applying, seenByLater()]);
      expect(seen).toHaveLength(applied.result === 'stored' ? 300 : 0);
    }
  });

  it('of changes is not half written when a later run has begun', async () => {
    const records = await seed(
      planner,
      Array.from({ length: 300 }, (_, i) => create(i + 1)),
    );
    const updates = records.map((record) => update(record, { summary: 'changed' }));
    const applying = planner.apply(page({ update: updates }));
    await planner.beginRun(page({ fence: 2 }));
    const seen = await planner.pairedInRange('p1', 'task', everything);
    const changed = seen.filter(({ version }) => version === 2);
    expect(changed).toHaveLength((await applying).result === 'stored' ? 300 : 0);
  });

  it('leaves alone what carries a higher fence, whatever the counters say', async () => {
    const [record] = await seed(planner, [create(1)]);
    if (!record) throw new Error('not stored');
    await fresh.db
      .collection('plan_tasks')
      .updateOne({ tenantId }, { $set: { syncFence: 9, notesFence: 9 } });
    for (const lane of ['project', 'notes'] as const) {
      const change = { lane, fence: 8, update: [update(record, { summary: 'x' })] };
      expect(await write(planner, change)).toEqual({ result: 'stored', refused: 1 });
    }
    expect((await recordOf(planner, 1)).version).toBe(1);
  });

  it('does not take a fault of the database for a refusal', async () => {
    const broken = { ...create(7), changedAt: 'yesterday' as unknown as Date };
    await expect(write(planner, { create: [create(6), broken] })).rejects.toThrow(
      'Document failed validation',
    );
    expect(await planner.pairedByExternalId('task', [6])).toEqual([]);
    const [record] = await seed(planner, [create(6)]);
    if (!record) throw new Error('not stored');
    const worse = { ...update(record, {}), fields: 'none' as never };
    await expect(write(planner, { update: [worse] })).rejects.toThrow('Document failed validation');
  });
});

describe('an edit', () => {
  it('is not stored, counted or asked for where its trigger cannot be written', async () => {
    await rig.link('p1');
    const [record] = await seed(planner, [create(1)]);
    if (!record) throw new Error('not stored');
    const failing = mongoPlanner(fresh.db, tenantId, { $divide: [1, 0] });
    const change = { ...record, change: { fields: { summary: 'x' } }, by: ann, at: day(1) };
    await expect(failing.edit(change, delta)).rejects.toThrow();
    expect(await recordOf(planner, 1)).toEqual(record);
    expect(await planner.beginRun(page({ fence: 2 }))).toEqual({ planSeq: 0 });
    expect((await rig.asked('p1')).times).toBe(0);
  });

  it('is never seen later than its trigger: a run that answered it would not have read the edit', async () => {
    await rig.link('p1');
    const records = await seed(
      planner,
      Array.from({ length: 25 }, (_, i) => create(i + 1)),
    );
    let edited = 0;
    const editing = (async () => {
      for (const record of records) {
        await planner.edit({ ...record, change: { fields: {} }, by: ann, at: day(1) }, delta);
        edited += 1;
      }
    })();
    const counters = fresh.db.collection('plan_counters');
    while (edited < records.length) {
      const { times } = await rig.asked('p1');
      const counter = await counters.findOne({ tenantId });
      expect(counter?.seq).toBeGreaterThanOrEqual(times);
    }
    await editing;
  });

  it('wakes the project by the time that the store was given', async () => {
    await rig.link('p1');
    const [record] = await seed(planner, [create(1)]);
    if (!record) throw new Error('not stored');
    const shifted = mongoPlanner(fresh.db, tenantId, { $literal: day(9) });
    await shifted.edit({ ...record, change: 'delete', by: ann, at: day(1) }, delta);
    const task = await fresh.db.collection('sync_tasks').findOne({ tenantId });
    expect(task).toMatchObject({ state: 'requested', wakeAt: day(9) });
  });
});

describe('a record made in the plan', () => {
  it('is not stored or counted where its trigger cannot be written', async () => {
    await rig.link('p1');
    const failing = mongoPlanner(fresh.db, tenantId, { $divide: [1, 0] });
    const wanted = {
      kind: 'task',
      id: randomUUID(),
      projectId: 'p1',
      fields: {},
      by: ann,
      at: day(1),
    } as const;
    await expect(failing.create(wanted, delta)).rejects.toThrow();
    expect(await planner.recordsById('task', [wanted.id])).toEqual([]);
    expect(await planner.beginRun(page({ fence: 2 }))).toEqual({ planSeq: 0 });
  });
});

describe('another tenant', () => {
  it('cannot reach a record, nor be in the way', async () => {
    const [record] = await seed(planner, [create(7, { parentId: 'task' })]);
    if (!record) throw new Error('not stored');
    const other = mongoPlanner(fresh.db, `${tenantId}-2`);
    expect(await write(other, { update: [update(record, {})] })).toEqual({ result: 'stored', refused: 1 });
    expect(await other.pairedByExternalId('task', [7])).toEqual([]);
    expect(await other.recordsById('task', [record.id])).toEqual([]);
    expect(await other.list('task', { limit: 9 })).toEqual([]);
    const change = { ...record, change: 'delete', by: ann, at: day(1) } as const;
    expect(await other.edit(change, delta)).toEqual({ result: 'missing' });
    expect(await other.move(page({}), record, 'p2')).toBe(false);
    await other.markNotesDue([record.id], day(1));
    await write(planner, { mark: [{ id: record.id, version: 1, mark: { frozen: { at: day(1) } } }] });
    expect(await other.approveFrozen('p1', ann)).toBe(0);
    expect(await other.detachFrozen('p1', ann, day(1))).toBe(0);
    await write(planner, { delete: [{ id: record.id, version: 2, deleted: gone }] });
    expect(await other.restore('p1', 'task', record.id, ann, day(1))).toBe(false);
    expect(await other.purgeTombstones(day(9))).toBe(0);
    expect(await other.tombstones('p1', { offset: 0, limit: 9 })).toEqual({ records: [], total: 0 });
    const { version, deleted } = await recordOf(planner, 7);
    expect({ version, deleted }).toEqual({ version: 3, deleted: gone });
    expect(await write(other, { create: [create(7)] })).toEqual({ result: 'stored', refused: 0 });
  });
});

describe('the indexes', () => {
  it('serve every read and every sweep: nothing goes through a whole collection', async () => {
    const [task] = await seed(planner, [create(1)]);
    if (!task) throw new Error('not stored');
    const log = mongoLogStore({ db: fresh.db, tenantId, onLost: () => {} });
    await fresh.db.command({ profile: 2 });
    for (const kind of planKinds) {
      await planner.pairedInRange('p1', kind, everything, kind === 'event' ? [task.id] : undefined);
      await planner.pairedByExternalId(kind, [1]);
      await planner.formerlyPaired('p1', kind, [1]);
      await planner.idsByExternalId('p1', kind);
      await planner.countPaired('p1', kind);
      await planner.editedSince('p1', kind, 0, { limit: 9 });
      await planner.unsettled('p1', kind);
      await planner.frozen('p1', kind);
      await planner.deletedSince('p1', kind, day(1));
      await planner.recordsById(kind, [task.id]);
      await planner.unpairedBelow('p1', kind, [task.id]);
      await planner.deletedInPlanSince('p1', kind, 0, { limit: 9 });
      await planner.openIntents('p1', kind);
      await planner.openIntents(null, kind);
      await planner.list(kind, { projectId: 'p1', limit: 9 });
      await planner.list(kind, { limit: 9 });
    }
    await planner.openWork('p1', 0, ['unsettled', 'intent', 'frozen', 'edited', 'buried']);
    await planner.rejectedIn('p1', 9);
    await planner.tasksLeavingChildren('p1', { limit: 9 });
    await planner.childrenOf('p1', 'event', [task.id]);
    await planner.tombstones('p1', { offset: 0, limit: 9 });
    await planner.phases('p1');
    await planner.tasks('p1', { offset: 0, limit: 9 });
    await planner.counts('p1');
    await planner.tasksToReadNotesOf(9, day(28));
    await planner.detachFrozen('p1', ann, day(1));
    await planner.approveFrozen('p1', ann);
    await planner.move(page({}), task, 'p2');
    await planner.purgeTombstones(day(1));
    await log.retain({ before: day(1) });
    await fresh.db.command({ profile: 0 });
    const profiled = await fresh.db
      .collection('system.profile')
      .find({ planSummary: { $exists: true } })
      .toArray();
    expect(profiled.length).toBeGreaterThan(60);
    const whole = profiled.filter(({ planSummary }) => /COLLSCAN/u.test(planSummary));
    expect(whole.map(({ ns, command }) => [ns, command])).toEqual([]);
    const sorted = profiled.filter(({ ns, hasSortStage }) => hasSortStage && ns.endsWith('.plan_tasks'));
    expect(sorted.filter(({ command }) => 'notesReadAt' in (command.sort ?? {}))).toEqual([]);
  });
});

describe('a plan that an older build wrote', () => {
  it('is read and written on by this one', async () => {
    await using older = await freshDatabase();
    const options = { appVersion: '0.0.0-test', onStep: () => {}, clock: systemClock, ids: randomIds };
    await migrate(older.db, { ...options, migrations: [initial] });
    const { id, externalId, ...rest } = create(1, { fields: { wbsCode: '1', closed: false } });
    await older.db.collection<{ _id: string }>('plan_tasks').insertOne({
      _id: id,
      ...rest,
      externalId,
      tenantId,
      projectId: 'p1',
      version: 3,
      syncFence: 5,
      orderKey: '000001',
    } as { _id: string });
    const buried = create(2);
    await older.db.collection<{ _id: string }>('plan_tasks').insertOne({
      ...{ _id: buried.id, ...rest, externalId: 2, tenantId, projectId: 'p1', version: 1, syncFence: 5 },
      ...{ orderKey: '000002', deleted: gone },
    } as { _id: string });
    await migrate(older.db, options);
    const now = mongoPlanner(older.db, tenantId);
    const record = await recordOf(now, 1);
    const expected = { ...rest, id, externalId, kind: 'task', projectId: 'p1', version: 3, syncFence: 5 };
    expect(record).toEqual(expected);
    expect(await now.tasksToReadNotesOf(9, day(28))).toEqual([{ ...expected, notesDue: false }]);
    expect(await now.tasksLeavingChildren('p1', { limit: 9 })).toEqual([buried.id]);
    const next = { fence: 6, update: [update(record, { wbsCode: '2' })] };
    expect(await write(now, next)).toEqual({ result: 'stored', refused: 0 });
    await migrate(older.db, options);
    expect(await recordOf(now, 1)).toMatchObject({ version: 4, syncFence: 6 });
  });
});
