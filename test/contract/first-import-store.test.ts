/** Who follows a first import and how far it is, by the store over MongoDB and by the one that unit tests use. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoFirstImportStore } from '../../adapters/mongodb/first-import-store.ts';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoLinkedBoards } from '../../adapters/mongodb/linked-boards-store.ts';
import { mongoOwnMember } from '../../adapters/mongodb/own-member-store.ts';
import { mongoWelcomeStore } from '../../adapters/mongodb/welcome-store.ts';
import type { Person } from '../../src/domain/person.ts';
import type { FirstImportStore } from '../../src/ports/first-import.ts';
import { FakeFirstImport } from '../support/fake-first-import.ts';
import { HandClock } from '../support/hand-clock.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

const ann: Person = { platform: 'slack', tenant: 'T1', userId: 'U1', name: '$Ann' };
const bob: Person = { ...ann, userId: 'U2', name: 'Bob' };

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

type Rig = { readonly store: FirstImportStore; advance(ms: number): Promise<void> };

function mongoRig(): Rig {
  const add: (string | number)[] = ['$$NOW', 0];
  const store = mongoFirstImportStore(fresh.db, `tenant-${randomUUID()}`, { $add: add });
  const advance = async (ms: number) => {
    add[1] = Number(add[1]) + ms;
  };
  return { store, advance };
}

function fakeRig(): Rig {
  const clock = new HandClock();
  return { store: new FakeFirstImport(clock), advance: (ms) => clock.advance(ms) };
}

describe.each([
  ['over MongoDB', mongoRig],
  ['in memory', fakeRig],
])('the watches %s', (_name, makeRig) => {
  let rig: Rig;
  beforeEach(() => {
    rig = makeRig();
  });

  it('one is taken by one process at a time, and by another when its lease is over', async () => {
    const { store, advance } = rig;
    expect(await store.take('a', 5_000)).toBeUndefined();
    await store.begin(ann, 3);
    const taken = await store.take('a', 5_000);
    expect(taken).toMatchObject({ person: ann, ticket: 3, importedBefore: 0 });
    expect(taken?.now.getTime()).toBeGreaterThanOrEqual(taken?.startedAt.getTime() ?? 0);
    expect(await store.take('b', 5_000)).toBeUndefined();
    await advance(5_001);
    expect(await store.take('b', 5_000)).toMatchObject({ id: taken?.id, person: ann });
    await store.close(taken?.id ?? '', 'a');
    await advance(5_001);
    expect(await store.take('c', 5_000)).toBeDefined();
  });

  it('keeps what was shown, and comes again after so long', async () => {
    const { store, advance } = rig;
    await store.begin(ann, 3);
    const { id = '' } = (await store.take('a', 5_000)) ?? {};
    const told = { handle: { platform: 'slack', ts: '$1' } as const, shown: '$words' };
    await store.told(id, 'a', told, 3_000);
    await advance(2_000);
    expect(await store.take('a', 5_000)).toBeUndefined();
    await advance(1_001);
    expect(await store.take('a', 5_000)).toMatchObject(told);
    await store.release(id, 'a', 3_000);
    expect(await store.take('a', 5_000)).toBeUndefined();
    await advance(3_001);
    await store.take('a', 5_000);
    await store.close(id, 'a');
    await advance(60_000);
    expect(await store.take('a', 5_000)).toBeUndefined();
  });

  it('a new one of the same person takes the place of the old, whose teller no longer counts', async () => {
    const { store, advance } = rig;
    await store.begin(ann, 3);
    const { id = '' } = (await store.take('a', 5_000)) ?? {};
    await store.told(id, 'a', { handle: { platform: 'slack' }, shown: 'x' }, 0);
    await advance(1);
    await store.take('a', 5_000);
    await store.begin(ann, 9);
    await store.told(id, 'a', { handle: { platform: 'slack' }, shown: 'old' }, 60_000);
    const again = await store.take('b', 5_000);
    expect(again).toMatchObject({ ticket: 9 });
    expect(again).not.toHaveProperty('handle');
    expect(again).not.toHaveProperty('shown');
    await store.begin(bob, 9);
    expect(await store.take('c', 5_000)).toMatchObject({ person: bob });
  });
});

describe('how far it is', () => {
  const link = { externalId: 1, projectName: 'Move', customer: null, board: null, state: 'active' };
  const needsAttention = { since: new Date(), failure: { code: 'cw.permission', entity: 'phase' } };
  const lastSync = { at: new Date() };
  const base = {
    kind: 'project',
    state: 'idle',
    want: 1,
    done: 0,
    kinds: [],
    prio: 0,
    forceNow: false,
    fence: 0,
    suspects: [],
    attempts: 0,
    lost: 0,
    watermarks: {},
  };

  async function put(tenantId: string, n: number, given: object) {
    const one = {
      _id: `${tenantId}:${n}`,
      tenantId,
      projectId: `p${n}`,
      nameKey: `n${n}`,
      ...base,
      link: { ...link, externalId: n },
    };
    await fresh.db.collection<{ _id: string }>('sync_tasks').insertOne({ ...one, ...given });
  }

  it('counts active projects only, and names five that a person must look at', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const store = mongoFirstImportStore(fresh.db, tenantId, '$$NOW');
    expect(await store.state()).toMatchObject({
      of: 0,
      imported: 0,
      needAttention: 0,
      stuck: 0,
      examples: [],
    });
    await put(tenantId, 1, { lastSync });
    await put(tenantId, 2, { lastSync, needsAttention });
    await put(tenantId, 3, {});
    for (const n of [14, 13, 12, 11, 10, 15]) await put(tenantId, n, { needsAttention });
    await put(tenantId, 20, { link: { ...link, state: 'disabled' }, needsAttention });
    await put(tenantId, 21, { kind: 'misc', needsAttention });
    await put(`${tenantId}-2`, 1, {});
    const state = await store.state();
    expect(state).toMatchObject({ of: 9, imported: 2, needAttention: 7, stuck: 6 });
    expect(state.examples.map(({ externalId }) => externalId)).toEqual([10, 11, 12, 13, 14]);
    expect(state.examples[0]).toEqual({ externalId: 10, name: 'Move', failure: needsAttention.failure });
    await store.begin(ann, 1);
    expect(await store.take('a', 1_000)).toMatchObject({ importedBefore: 2 });
  });
});

describe('linked boards', () => {
  it('are kept for each tenant, beside its gate', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const store = mongoLinkedBoards(fresh.db, tenantId);
    expect(await store.read()).toEqual([]);
    await store.store([3, 7]);
    await mongoGate({ db: fresh.db, tenantId, now: '$$NOW' }).trip({ code: 'cw.auth' }, undefined);
    expect(await store.read()).toEqual([3, 7]);
    await store.store('all');
    expect(await store.read()).toBe('all');
    expect(await mongoLinkedBoards(fresh.db, `${tenantId}-2`).read()).toEqual([]);
  });
});

describe('who cwsync is in ConnectWise', () => {
  it('is kept for each tenant, and the last word counts', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const store = mongoOwnMember(fresh.db, tenantId);
    expect(await store.read()).toBeNull();
    await store.store('cwsync');
    await mongoLinkedBoards(fresh.db, tenantId).store('all');
    await store.store('cwsync2');
    expect(await mongoOwnMember(fresh.db, tenantId).read()).toBe('cwsync2');
    expect(await mongoOwnMember(fresh.db, `${tenantId}-2`).read()).toBeNull();
  });
});

describe('welcomes', () => {
  it('the first of many is told so, each person and tenant for itself, and again after it was taken back', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const store = mongoWelcomeStore(fresh.db, tenantId, '$$NOW');
    const asked = await Promise.all(Array.from({ length: 5 }, () => store.first(ann)));
    expect(asked.filter(Boolean)).toHaveLength(1);
    expect(await store.first(bob)).toBe(true);
    expect(await mongoWelcomeStore(fresh.db, `${tenantId}-2`, '$$NOW').first(ann)).toBe(true);
    await store.forget(ann);
    expect(await store.first(ann)).toBe(true);
    expect(await store.first(ann)).toBe(false);
  });
});
