/** Set-up tables and mappings: the same contract for the real store and the one of the tests. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoReferenceStore } from '../../adapters/mongodb/reference-store.ts';
import type { PsaTableRow } from '../../src/domain/psa-records.ts';
import type { StatusMapping } from '../../src/domain/status-mapping.ts';
import type { ReferenceStore } from '../../src/ports/reference-data.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const stores = [
  ['MongoDB', () => mongoReferenceStore(fresh.db, `tenant-${randomUUID()}`)],
  ['the fake', () => new FakeReferenceStore()],
] as const;

function row(id: number, given: Partial<PsaTableRow> = {}): PsaTableRow {
  return {
    id,
    name: `Row ${id}`,
    identifier: null,
    inactive: false,
    details: { b: 1, a: null },
    lastUpdated: '2026-01-05T08:00:00Z',
    updatedBy: 'zadmin',
    ...given,
  };
}

describe.each(stores)('rows, in %s', (_name, open) => {
  let store: ReferenceStore;
  beforeEach(() => {
    store = open();
  });

  const first = { token: 'read-1' };
  const second = { token: 'read-2' };
  const ids = async (part: 'gone' | 'there') =>
    (await store.rows('company')).filter(({ gone }) => gone === (part === 'gone')).map(({ id }) => id);

  it('keeps what it is given, in order of id, and only what a row is made of', async () => {
    const full = row(2, {
      name: '$name',
      identifier: 'x.y',
      inactive: true,
      details: { $city: 'Graz', n: 1 },
    });
    expect(await store.storePage('company', [full, row(1, { name: null })], first)).toEqual({
      created: 2,
      updated: 0,
    });
    expect(await store.rows('company')).toEqual([
      { id: 1, name: null, identifier: null, inactive: false, details: { a: null, b: 1 }, gone: false },
      {
        id: 2,
        name: '$name',
        identifier: 'x.y',
        inactive: true,
        details: { $city: 'Graz', n: 1 },
        gone: false,
      },
    ]);
  });

  it('counts only what really changed', async () => {
    await store.storePage('company', [row(1), row(2), row(3), row(4), row(5)], first);
    const again = [
      row(1),
      row(2, { details: { a: null, b: 1 }, lastUpdated: null, updatedBy: 'somebody' }),
      row(3, { name: 'New name' }),
      row(4, { details: { b: 2, a: null } }),
      row(5, { inactive: true }),
      row(6),
    ];
    expect(await store.storePage('company', again, second)).toEqual({ created: 1, updated: 3 });
    expect(await store.storePage('company', again, second)).toEqual({ created: 0, updated: 0 });
    expect(
      (await store.rows('company')).map(({ name, details, inactive }) => [name, details.b, inactive]),
    ).toEqual([
      ['Row 1', 1, false],
      ['Row 2', 1, false],
      ['New name', 1, false],
      ['Row 4', 2, false],
      ['Row 5', 1, true],
      ['Row 6', 1, false],
    ]);
  });

  it('drops details that are no longer there', async () => {
    await store.storePage('company', [row(1)], first);
    expect((await store.storePage('company', [row(1, { details: {} })], second)).updated).toBe(1);
    expect((await store.rows('company'))[0]?.details).toEqual({});
  });

  it('takes an empty page', async () => {
    expect(await store.storePage('company', [], first)).toEqual({ created: 0, updated: 0 });
  });

  it('marks what a read did not show, once, and takes it back when it is shown again', async () => {
    await store.storePage('company', [row(1), row(2), row(3)], first);
    expect(await store.finishTable('company', 'read-1')).toBe(0);
    await store.storePage('company', [row(2)], second);
    await store.storePage('company', [row(4)], second);
    expect(await store.finishTable('company', 'read-2')).toBe(2);
    expect(await store.finishTable('company', 'read-2')).toBe(0);
    expect(await ids('gone')).toEqual([1, 3]);
    expect(await ids('there')).toEqual([2, 4]);
    expect(await store.storePage('company', [row(1), row(2)], { token: 'read-3' })).toEqual({
      created: 0,
      updated: 1,
    });
    expect(await ids('there')).toEqual([1, 2, 4]);
    expect(await store.finishTable('company', 'read-3')).toBe(1);
    expect(await ids('gone')).toEqual([3, 4]);
  });

  it('marks the statuses of one board at a time, also of one that moved', async () => {
    await store.storePage('boardStatus', [row(101), row(102)], { ...first, parent: 1 });
    await store.storePage('boardStatus', [row(201)], { ...first, parent: 2 });
    await store.storePage('boardStatus', [row(101)], { ...second, parent: 1 });
    expect(await store.finishTable('boardStatus', 'read-2', 1)).toBe(1);
    await store.storePage('boardStatus', [row(102)], { ...second, parent: 2 });
    expect(await store.finishTable('boardStatus', 'read-2', 2)).toBe(1);
    expect((await store.rows('boardStatus')).map(({ id, parent, gone }) => [id, parent, gone])).toEqual([
      [101, 1, false],
      [102, 2, false],
      [201, 2, true],
    ]);
  });

  it('keeps tables apart', async () => {
    await store.storePage('company', [row(1)], first);
    await store.storePage('workType', [row(1, { name: 'Remote' })], first);
    expect(await store.finishTable('workType', 'read-2')).toBe(1);
    expect(await store.rows('company')).toMatchObject([{ name: 'Row 1', gone: false }]);
    expect(await store.rows('workType')).toMatchObject([{ name: 'Remote', gone: true }]);
  });

  it('keeps the status of a member that was set here through every read', async () => {
    await store.storePage('member', [row(5), row(6)], first);
    expect(await store.setMemberStatus(5, 'inactive')).toBe(true);
    expect(await store.setMemberStatus(7, 'inactive')).toBe(false);
    await store.storePage('member', [row(5, { name: 'Renamed', inactive: true })], second);
    await store.finishTable('member', 'read-2');
    expect(await store.rows('member')).toMatchObject([
      { id: 5, name: 'Renamed', statusHere: 'inactive', gone: false },
      { id: 6, gone: true },
    ]);
    expect((await store.rows('member'))[1]).not.toHaveProperty('statusHere');
  });

  it('drops what was set here when asked', async () => {
    await store.storePage('member', [row(5), row(6)], first);
    await store.setMemberStatus(5, 'inactive');
    expect(await store.dropMemberStatuses()).toBe(1);
    expect(await store.dropMemberStatuses()).toBe(0);
    expect((await store.rows('member'))[0]).not.toHaveProperty('statusHere');
  });

  it('leaves a known member as active as it was, where asked', async () => {
    const keepInactive = true;
    await store.storePage('member', [row(5), row(6, { inactive: true })], { ...first, keepInactive });
    const now = [row(5, { inactive: true }), row(6, { name: 'Renamed', inactive: false })];
    expect(await store.storePage('member', now, { ...second, keepInactive })).toEqual({
      created: 0,
      updated: 1,
    });
    expect(await store.rows('member')).toMatchObject([
      { inactive: false },
      { name: 'Renamed', inactive: true },
    ]);
    expect(await store.storePage('member', now, { token: 'read-3' })).toEqual({ created: 0, updated: 2 });
    expect(await store.rows('member')).toMatchObject([{ inactive: true }, { inactive: false }]);
  });
});

describe.each(stores)('mappings, in %s', (_name, open) => {
  let store: ReferenceStore;
  beforeEach(() => {
    store = open();
  });

  const mapping: StatusMapping = {
    of: 7,
    revision: 0,
    statuses: [{ id: 1, name: '$New', category: 'Not Started', setBy: 'cwsync' }],
    defaults: { 'Not Started': 1 },
  };

  it('keeps them by board and for projects, each save under the next revision', async () => {
    expect(await store.saveMapping({ ...mapping, of: 'projects' })).toBe(true);
    expect(await store.saveMapping(mapping)).toBe(true);
    expect(await store.saveMapping({ ...mapping, of: 2 })).toBe(true);
    expect(await store.saveMapping({ ...mapping, revision: 1, defaults: {} })).toBe(true);
    expect(await store.mappings()).toEqual([
      { ...mapping, of: 2, revision: 1 },
      { ...mapping, revision: 2, defaults: {} },
      { ...mapping, of: 'projects', revision: 1 },
    ]);
  });

  it('refuses one that was read before somebody else saved', async () => {
    expect(await store.saveMapping({ ...mapping, revision: 3 })).toBe(false);
    await store.saveMapping(mapping);
    expect(await store.saveMapping({ ...mapping, statuses: [] })).toBe(false);
    const both = await Promise.all([1, 2].map(() => store.saveMapping({ ...mapping, revision: 1 })));
    expect(both.toSorted()).toEqual([false, true]);
    expect(await store.mappings()).toEqual([{ ...mapping, revision: 2 }]);
  });

  it('marks what was saved until its projects were triggered for that very revision', async () => {
    const other: StatusMapping = { ...mapping, of: 'projects' };
    await store.saveMapping(mapping);
    await store.saveMapping(other);
    const seven = { of: 7, revision: 1 };
    expect(await store.mappingsToTrigger()).toEqual([seven, { of: 'projects', revision: 1 }]);
    await store.mappingTriggered({ of: 'projects', revision: 1 });
    expect(await store.mappingsToTrigger()).toEqual([seven]);
    // Saved again while its projects were triggered.
    await store.saveMapping({ ...mapping, revision: 1 });
    await store.mappingTriggered(seven);
    expect(await store.mappingsToTrigger()).toEqual([{ of: 7, revision: 2 }]);
    await store.mappingTriggered({ of: 7, revision: 2 });
    expect(await store.mappingsToTrigger()).toEqual([]);
    expect(await store.saveMapping({ ...mapping, revision: 9 })).toBe(false);
    expect(await store.mappingsToTrigger()).toEqual([]);
    expect(await store.mappings()).toHaveLength(2);
  });

  it('lets one of several win who save the first at the same time', async () => {
    const saved = await Promise.all([1, 2, 3].map(() => store.saveMapping(mapping)));
    expect(saved.filter(Boolean)).toHaveLength(1);
  });
});

describe('in MongoDB', () => {
  it('nothing reaches another tenant', async () => {
    const [ours, theirs] = ['a', 'b'].map((name) => mongoReferenceStore(fresh.db, `${randomUUID()}-${name}`));
    if (!ours || !theirs) throw new Error('no stores');
    await ours.storePage('member', [row(1)], { token: 'x' });
    await ours.setMemberStatus(1, 'inactive');
    await ours.saveMapping({ of: 7, revision: 0, statuses: [], defaults: {} });
    expect(await theirs.rows('member')).toEqual([]);
    expect(await theirs.mappings()).toEqual([]);
    expect(await theirs.mappingsToTrigger()).toEqual([]);
    await theirs.mappingTriggered({ of: 7, revision: 1 });
    expect(await ours.mappingsToTrigger()).toHaveLength(1);
    expect(await theirs.finishTable('member', 'y')).toBe(0);
    expect(await theirs.setMemberStatus(1, 'active')).toBe(false);
    expect(await theirs.dropMemberStatuses()).toBe(0);
    expect(await theirs.saveMapping({ of: 7, revision: 1, statuses: [], defaults: {} })).toBe(false);
  });
});
