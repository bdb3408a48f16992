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
  [
    'MongoDB',
    (seed: Partial<Settings> = {}) => mongoSettingsStore(fresh.db, `tenant-${randomUUID()}`, seed, '$$NOW'),
  ],
  ['the fake', (seed: Partial<Settings> = {}) => new FakeSettingsStore(seed)],
] as const;

const ann = { id: 'slack:T1/U1', name: '$Ann' };
const bob = { id: 'slack:T1/U2', name: 'Bob' };
const defaults: Settings = {
  boards: [],
  linkNewProjects: true,
  importUndatedScheduleEntries: false,
  syncUserStatus: false,
  autoDisableDays: 90,
  retentionDays: 30,
  alertChannels: [],
  defaultWorkType: null,
  boardWorkTypes: {},
  writeToConnectWise: false,
  conflictWinner: 'connectwise',
  planDeletionRule: 'cancel',
};
const others: Settings = {
  boards: [3, 7],
  linkNewProjects: false,
  importUndatedScheduleEntries: true,
  syncUserStatus: true,
  autoDisableDays: null,
  retentionDays: 7,
  alertChannels: [{ platform: 'slack', tenant: 'T1', conversation: 'C1' }],
  defaultWorkType: 4,
  boardWorkTypes: { 3: 5 },
  writeToConnectWise: true,
  conflictWinner: 'plan',
  planDeletionRule: 'ignore',
};

describe.each(stores)('in %s', (_name, open) => {
  it('has a default for each while nothing was saved, and what the installation says', async () => {
    expect(await open().read()).toEqual({ ...defaults, revision: 0 });
    expect(await open({ boards: 'all' }).read()).toEqual({ ...defaults, boards: 'all', revision: 0 });
  });

  it('keeps what is saved, whatever the installation says', async () => {
    const store = open({ boards: 'all', retentionDays: 99 });
    expect(await store.save(others, 0, ann)).toBe(true);
    expect(await store.read()).toMatchObject({ ...others, revision: 1 });
    expect(await store.save(defaults, 1, ann)).toBe(true);
    expect(await store.read()).toMatchObject({ ...defaults, revision: 2 });
  });

  it('takes what was read back with a change', async () => {
    const store = open();
    for (const retentionDays of [10, 20]) {
      const { revision, ...settings } = await store.read();
      expect(await store.save({ ...settings, retentionDays }, revision, ann)).toBe(true);
    }
    const read = await store.read();
    const whole: Settings = read;
    expect(await store.save({ ...whole, boards: 'all' }, read.revision, ann)).toBe(true);
    expect(await store.read()).toMatchObject({
      ...defaults,
      retentionDays: 20,
      boards: 'all',
      revision: 3,
    });
  });

  it('says who changed them last, and when; a save that was refused changes nothing of that', async () => {
    const store = open();
    expect((await store.read()).changed).toBeUndefined();
    await store.save(others, 0, ann);
    expect((await store.read()).changed).toEqual({ by: ann, at: expect.any(Date) });
    await store.save(defaults, 0, bob);
    expect((await store.read()).changed?.by).toEqual(ann);
    await store.save(await store.read(), 1, bob);
    expect((await store.read()).changed?.by).toEqual(bob);
  });

  it('replaces what is a list of its own as a whole', async () => {
    const store = open();
    await store.save({ ...others, boardWorkTypes: { 3: 5, 4: 6 } }, 0, ann);
    await store.save({ ...others, boardWorkTypes: { 4: 7 } }, 1, ann);
    expect((await store.read()).boardWorkTypes).toEqual({ 4: 7 });
  });

  it('refuses whoever read them before somebody else saved', async () => {
    const store = open();
    expect(await store.save(others, 1, ann)).toBe(false);
    const first = await Promise.all(
      [1, 2, 3].map((days) => store.save({ ...others, retentionDays: days }, 0, ann)),
    );
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await store.save(defaults, 0, ann)).toBe(false);
    const second = await Promise.all([1, 2].map(() => store.save(defaults, 1, ann)));
    expect(second.toSorted()).toEqual([false, true]);
    expect((await store.read()).revision).toBe(2);
  });
});

describe('in MongoDB', () => {
  it('has the default of a setting that a later build brought, not that of the installation', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const store = mongoSettingsStore(fresh.db, tenantId, { retentionDays: 99 }, '$$NOW');
    await store.save(others, 0, ann);
    await fresh.db
      .collection<{ _id: string }>('settings')
      .updateOne({ _id: tenantId }, { $unset: { retentionDays: '' } });
    expect(await store.read()).toMatchObject({ ...others, retentionDays: 30, revision: 1 });
  });

  it('keeps tenants apart, and refuses what cannot be', async () => {
    const tenant = randomUUID();
    const store = mongoSettingsStore(fresh.db, `${tenant}-a`, {}, '$$NOW');
    await store.save(others, 0, ann);
    expect(await mongoSettingsStore(fresh.db, `${tenant}-b`, {}, '$$NOW').read()).toEqual({
      ...defaults,
      revision: 0,
    });
    await expect(store.save({ ...others, retentionDays: 0 }, 1, ann)).rejects.toThrow(
      'Document failed validation',
    );
  });
});
