/** Settings: the same contract for the real store and the one of the tests. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const stores = [
  ['MongoDB', (seed: Partial<Settings> = {}) => mongoSettingsStore(fresh.db, `tenant-${randomUUID()}`, seed)],
  ['the fake', (seed: Partial<Settings> = {}) => new FakeSettingsStore(seed)],
] as const;

const defaults: Settings = {
  boards: [],
  linkNewProjects: true,
  importUndatedScheduleEntries: false,
  syncUserStatus: false,
  autoDisableDays: 90,
  retentionDays: 30,
};
const others: Settings = {
  boards: [3, 7],
  linkNewProjects: false,
  importUndatedScheduleEntries: true,
  syncUserStatus: true,
  autoDisableDays: null,
  retentionDays: 7,
};

describe.each(stores)('in %s', (_name, open) => {
  it('has a default for each while nothing was saved, and what the installation says', async () => {
    expect(await open().read()).toEqual({ ...defaults, revision: 0 });
    expect(await open({ boards: 'all' }).read()).toEqual({ ...defaults, boards: 'all', revision: 0 });
  });

  it('keeps what is saved, whatever the installation says', async () => {
    const store = open({ boards: 'all', retentionDays: 99 });
    expect(await store.save(others, 0)).toBe(true);
    expect(await store.read()).toEqual({ ...others, revision: 1 });
    expect(await store.save(defaults, 1)).toBe(true);
    expect(await store.read()).toEqual({ ...defaults, revision: 2 });
  });

  it('takes what was read back with a change', async () => {
    const store = open();
    for (const retentionDays of [10, 20]) {
      const { revision, ...settings } = await store.read();
      expect(await store.save({ ...settings, retentionDays }, revision)).toBe(true);
    }
    const read = await store.read();
    const whole: Settings = read;
    expect(await store.save({ ...whole, boards: 'all' }, read.revision)).toBe(true);
    expect(await store.read()).toEqual({ ...defaults, retentionDays: 20, boards: 'all', revision: 3 });
  });

  it('refuses whoever read them before somebody else saved', async () => {
    const store = open();
    expect(await store.save(others, 1)).toBe(false);
    const first = await Promise.all(
      [1, 2, 3].map((days) => store.save({ ...others, retentionDays: days }, 0)),
    );
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await store.save(defaults, 0)).toBe(false);
    const second = await Promise.all([1, 2].map(() => store.save(defaults, 1)));
    expect(second.toSorted()).toEqual([false, true]);
    expect((await store.read()).revision).toBe(2);
  });
});

describe('in MongoDB', () => {
  it('has the default of a setting that a later build brought, not that of the installation', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const store = mongoSettingsStore(fresh.db, tenantId, { retentionDays: 99 });
    await store.save(others, 0);
    await fresh.db
      .collection<{ _id: string }>('settings')
      .updateOne({ _id: tenantId }, { $unset: { retentionDays: '' } });
    expect(await store.read()).toEqual({ ...others, retentionDays: 30, revision: 1 });
  });

  it('keeps tenants apart, and refuses what cannot be', async () => {
    const tenant = randomUUID();
    const store = mongoSettingsStore(fresh.db, `${tenant}-a`, {});
    await store.save(others, 0);
    expect(await mongoSettingsStore(fresh.db, `${tenant}-b`, {}).read()).toEqual({
      ...defaults,
      revision: 0,
    });
    await expect(store.save({ ...others, retentionDays: 0 }, 1)).rejects.toThrow(
      'Document failed validation',
    );
  });
});
