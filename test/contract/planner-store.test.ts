import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoPlanner, planCollections } from '../../adapters/mongodb/planner-store.ts';
import type { Fields, PlanRecord } from '../../src/domain/plan.ts';
import type { PlanCreate, Planner, PlanPage, PlanUpdate } from '../../src/ports/planner.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

let fresh: FreshDatabase;
let planner: Planner;
let tenantId: string;

beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());
beforeEach(() => {
  tenantId = `tenant-${randomUUID()}`;
  planner = mongoPlanner(fresh.db, tenantId);
});

const changed = { changedAt: new Date('2026-01-05T08:00:00Z'), changedBy: 'Ann' };

function create(externalId: number, fields: Fields = { summary: `Ticket ${externalId}` }): PlanCreate {
  return { ...changed, id: randomUUID(), externalId, fields, base: { psa: fields, plan: fields } };
}

function update(record: PlanRecord, fields: Fields): PlanUpdate {
  const { id, version } = record;
  return {
    changed: { ...changed, changedBy: 'Bob' },
    id,
    version,
    fields,
    base: { psa: fields, plan: fields },
  };
}

function page(part: Partial<PlanPage>): PlanPage {
  return { projectId: 'p1', kind: 'task', fence: 1, create: [], update: [], ...part };
}

async function theOne(externalId: number): Promise<PlanRecord> {
  const [record] = await planner.pairedByExternalId('task', [externalId]);
  if (!record) throw new Error(`no record ${externalId}`);
  return record;
}

describe('apply', () => {
  it('stores new records with their pair, and changes them', async () => {
    const fields = { summary: '$summary', 'a.b': 1, nested: { $x: [1, { y: null }] } };
    const made = create(7, fields);
    expect(await planner.apply(page({ create: [made], fence: 4 }))).toEqual({ refused: 0 });
    const stored = await theOne(7);
    expect(stored).toEqual({
      ...changed,
      id: made.id,
      projectId: 'p1',
      kind: 'task',
      version: 1,
      fields,
      externalId: 7,
      base: made.base,
      syncFence: 4,
    });
    const next = update(stored, { summary: 'New' });
    expect(await planner.apply(page({ update: [next], fence: 5 }))).toEqual({ refused: 0 });
    expect(await theOne(7)).toEqual({
      ...stored,
      version: 2,
      fields: next.fields,
      base: next.base,
      syncFence: 5,
      changedBy: 'Bob',
    });
  });

  it('refuses a run whose fence is lower than that of the last writer', async () => {
    await planner.apply(page({ create: [create(7)], fence: 5 }));
    const before = await theOne(7);
    expect(await planner.apply(page({ update: [update(before, { summary: 'stale' })], fence: 4 }))).toEqual({
      refused: 1,
    });
    expect(await theOne(7)).toEqual(before);
    expect(
      await planner.apply(page({ update: [update(before, { summary: 'same run' })], fence: 5 })),
    ).toEqual({
      refused: 0,
    });
  });

  it('refuses a version that has moved on, and a repeat of its own write', async () => {
    await planner.apply(page({ create: [create(7)] }));
    const read = await theOne(7);
    await planner.apply(page({ update: [update(read, { summary: 'first' })] }));
    expect(await planner.apply(page({ update: [update(read, { summary: 'second' })] }))).toEqual({
      refused: 1,
    });
    expect(await theOne(7)).toMatchObject({ version: 2, fields: { summary: 'first' } });
  });

  it('makes no second pair of a ConnectWise record, in whatever project, and stores the rest of the page', async () => {
    const first = create(7);
    await planner.apply(page({ create: [first] }));
    const again = page({ projectId: 'p2', create: [create(6), create(7), create(8)] });
    expect(await planner.apply(again)).toEqual({ refused: 1 });
    expect((await theOne(7)).id).toBe(first.id);
    expect([...(await planner.idsByExternalId('p2', 'task')).keys()].sort()).toEqual([6, 8]);
  });

  it('makes one pair where two runs create the same page at the same time', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => i + 1);
    const refused = await Promise.all(
      [1, 2].map((fence) => planner.apply(page({ fence, create: ids.map((id) => create(id)) }))),
    );
    expect(refused.reduce((sum, one) => sum + one.refused, 0)).toBe(30);
    expect((await planner.tasks('p1', { offset: 0, limit: 100 })).total).toBe(30);
  });

  it('counts refusals of creations and changes of one page together', async () => {
    await planner.apply(page({ create: [create(1), create(2)], fence: 3 }));
    const [one, two] = await planner.pairedInRange('p1', 'task', 0, 9);
    if (!one || !two) throw new Error('not stored');
    const mixed = page({
      fence: 3,
      create: [create(2), create(3)],
      update: [{ ...update(one, { summary: 'x' }), version: 9 }, update(two, { summary: 'changed' })],
    });
    expect(await planner.apply(mixed)).toEqual({ refused: 2 });
    expect((await theOne(2)).fields).toEqual({ summary: 'changed' });
    expect((await theOne(3)).version).toBe(1);
  });

  it('stores pages of more than one chunk', async () => {
    const many = Array.from({ length: 1_205 }, (_, i) => create(i + 1));
    expect(await planner.apply(page({ create: many }))).toEqual({ refused: 0 });
    expect((await planner.idsByExternalId('p1', 'task')).size).toBe(1_205);
  });

  it('does nothing for an empty page', async () => {
    expect(await planner.apply(page({}))).toEqual({ refused: 0 });
  });

  it('does not take a fault of the database for a refusal', async () => {
    const broken = { ...create(7), changedAt: 'yesterday' as unknown as Date };
    await expect(planner.apply(page({ create: [broken] }))).rejects.toThrow('Document failed validation');
  });

  it('cannot reach the record of another tenant', async () => {
    await planner.apply(page({ create: [create(7)] }));
    const other = mongoPlanner(fresh.db, `${tenantId}-2`);
    const record = await theOne(7);
    expect(await other.apply(page({ update: [update(record, {})] }))).toEqual({ refused: 1 });
    expect(await other.pairedByExternalId('task', [7])).toEqual([]);
    expect(await other.apply(page({ create: [create(7)] }))).toEqual({ refused: 0 });
  });
});

describe('reading', () => {
  it('gives the pairs of a range, without its start and with its end, in order of external id', async () => {
    await planner.apply(page({ create: [5, 1, 4, 2, 3].map((id) => create(id)) }));
    await planner.apply(page({ projectId: 'p2', create: [create(6)] }));
    const range = async (after: number, to: number) =>
      (await planner.pairedInRange('p1', 'task', after, to)).map(({ externalId }) => externalId);
    expect(await range(1, 4)).toEqual([2, 3, 4]);
    expect(await range(0, Number.MAX_SAFE_INTEGER)).toEqual([1, 2, 3, 4, 5]);
    expect(await range(5, 6)).toEqual([]);
  });

  it('finds pairs by external id in every project, of one kind', async () => {
    await planner.apply(page({ create: [create(1)] }));
    await planner.apply(page({ projectId: 'p2', create: [create(2)] }));
    await planner.apply(page({ kind: 'phase', create: [create(3)] }));
    const found = await planner.pairedByExternalId('task', [1, 2, 3, 4]);
    expect(found.map(({ externalId, projectId }) => [externalId, projectId]).sort()).toEqual([
      [1, 'p1'],
      [2, 'p2'],
    ]);
    expect(await planner.pairedByExternalId('task', [])).toEqual([]);
  });

  it('knows the plan ids of a project by external id', async () => {
    const made = [create(1), create(2)];
    await planner.apply(page({ kind: 'phase', create: made }));
    await planner.apply(page({ kind: 'phase', projectId: 'p2', create: [create(3)] }));
    expect(await planner.idsByExternalId('p1', 'phase')).toEqual(
      new Map(made.map((one) => [one.externalId, one.id])),
    );
  });

  it('orders by wbs code as people count, 1.2 before 1.10, and those without a code last', async () => {
    const codes = ['1.10', null, '2', '1.2', '10', '1', '1.2.1'];
    const made = codes.map((wbsCode, i) => create(i + 1, { wbsCode }));
    await planner.apply(page({ kind: 'phase', create: made }));
    await planner.apply(page({ create: made.map((one) => ({ ...one, id: randomUUID() })) }));
    const inOrder = ['1', '1.2', '1.2.1', '1.10', '2', '10', null];
    expect((await planner.phases('p1')).map(({ fields }) => fields.wbsCode)).toEqual(inOrder);
    const { tasks } = await planner.tasks('p1', { offset: 0, limit: 50 });
    expect(tasks.map(({ fields }) => fields.wbsCode)).toEqual(inOrder);
  });

  it('moves a record whose wbs code changed', async () => {
    await planner.apply(page({ create: [create(1, { wbsCode: '1' }), create(2, { wbsCode: '2' })] }));
    await planner.apply(page({ update: [update(await theOne(1), { wbsCode: '3' })] }));
    const { tasks } = await planner.tasks('p1', { offset: 0, limit: 50 });
    expect(tasks.map(({ externalId }) => externalId)).toEqual([2, 1]);
  });

  it('gives tasks in pages that join without gap or repeat, also where codes are the same', async () => {
    const made = Array.from({ length: 7 }, (_, i) => create(i + 1, { wbsCode: '1' }));
    await planner.apply(page({ create: made }));
    const ids: number[] = [];
    for (const offset of [0, 3, 6, 9]) {
      const { tasks, total } = await planner.tasks('p1', { offset, limit: 3 });
      expect(total).toBe(7);
      ids.push(...tasks.map(({ externalId }) => externalId));
    }
    expect(ids.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('keeps the kinds apart', async () => {
    for (const kind of ['project', 'phase', 'task'] as const) {
      expect(await planner.apply(page({ kind, create: [create(1)] }))).toEqual({ refused: 0 });
      const count = fresh.db.collection(planCollections[kind]).countDocuments({ tenantId });
      expect(await count).toBe(1);
      expect(await planner.pairedByExternalId(kind, [1])).toMatchObject([{ kind, externalId: 1 }]);
    }
  });
});
