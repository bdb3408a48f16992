/** Roles, the code of the first admin, who follows what, what can be undone: each contract for the real store and the fake. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoClaimStore } from '../../adapters/mongodb/claim-store.ts';
import { mongoFollowStore } from '../../adapters/mongodb/follow-store.ts';
import { mongoAuditStore, mongoRoleStore } from '../../adapters/mongodb/people-stores.ts';
import { mongoUndoStore } from '../../adapters/mongodb/undo-store.ts';
import type { Person } from '../../src/domain/person.ts';
import type { AuditEntry } from '../../src/ports/people.ts';
import { defaultSettings } from '../../src/ports/settings.ts';
import type { NewUndo } from '../../src/ports/undo.ts';
import { FakeClaimStore } from '../support/fake-claim-store.ts';
import { FakeFollowStore } from '../support/fake-follow-store.ts';
import { FakeRoleStore } from '../support/fake-role-store.ts';
import { FakeUndoStore } from '../support/fake-undo-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const tenant = (): string => `tenant-${randomUUID()}`;
const minute = 60_000;
const start = new Date(Date.UTC(2026, 0, 5));
/** Times as milliseconds from one moment: for the database, and for the fakes. */
const shifted = (ms: number) => ({ $add: [start, ms] });
const at = (ms: number) => () => new Date(start.getTime() + ms);

const ann: Person = { platform: 'slack', tenant: 'T1', userId: 'U1', name: '$Ann' };
const bob: Person = { ...ann, platform: 'teams', userId: 'U2', name: 'Bob' };

describe.each([
  ['MongoDB', () => mongoRoleStore(fresh.db, tenant())],
  ['the fake', () => new FakeRoleStore()],
] as const)('roles in %s', (_name, open) => {
  it('are granted in the place of another, and taken away', async () => {
    const roles = open();
    await roles.seedAdmins(['slack:T1/U1']);
    expect(await roles.grant('teams:T1/U2', 'viewer')).toEqual({ result: 'changed', before: undefined });
    expect(await roles.grant('teams:T1/U2', 'operator')).toEqual({ result: 'changed', before: 'viewer' });
    expect(await roles.grant('teams:T1/U2', 'operator')).toEqual({ result: 'unchanged', before: 'operator' });
    expect(await roles.roleOf(bob)).toBe('operator');
    expect(await roles.all()).toEqual([
      { key: 'slack:T1/U1', role: 'admin' },
      { key: 'teams:T1/U2', role: 'operator' },
    ]);
    expect(await roles.revoke('teams:T1/U2')).toEqual({ result: 'changed', before: 'operator' });
    expect(await roles.revoke('teams:T1/U2')).toEqual({ result: 'unchanged', before: undefined });
    expect(await roles.roleOf(bob)).toBeUndefined();
  });

  it('leave one admin: neither revoked nor made less', async () => {
    const roles = open();
    await roles.seedAdmins(['slack:T1/U1']);
    await roles.grant('teams:T1/U2', 'operator');
    expect(await roles.revoke('slack:T1/U1')).toEqual({ result: 'last-admin' });
    expect(await roles.grant('slack:T1/U1', 'viewer')).toEqual({ result: 'last-admin' });
    expect(await roles.holders('admin')).toEqual(['slack:T1/U1']);
    await roles.grant('teams:T1/U2', 'admin');
    expect(await roles.revoke('slack:T1/U1')).toEqual({ result: 'changed', before: 'admin' });
    expect(await roles.revoke('teams:T1/U2')).toEqual({ result: 'last-admin' });
  });

  it('leave one of many admins who take the role from each other at the same time', async () => {
    const roles = open();
    const keys = Array.from({ length: 6 }, (_, i) => `slack:T1/U${i}`);
    await roles.seedAdmins(keys);
    const taken = await Promise.all(keys.map((key) => roles.revoke(key)));
    expect(taken.filter(({ result }) => result === 'last-admin')).toHaveLength(1);
    expect(await roles.holders('admin')).toHaveLength(1);
  });
});

it('roles of one tenant say nothing of another', async () => {
  const one = mongoRoleStore(fresh.db, tenant());
  const other = mongoRoleStore(fresh.db, tenant());
  await one.seedAdmins(['slack:T1/U1']);
  await other.seedAdmins(['slack:T1/U2', 'slack:T1/U1']);
  expect(await one.revoke('slack:T1/U1')).toEqual({ result: 'last-admin' });
  expect(await one.all()).toHaveLength(1);
});

describe.each([
  [
    'MongoDB',
    () => {
      const id = tenant();
      return (ms: number) => mongoClaimStore(fresh.db, id, shifted(ms));
    },
  ],
  [
    'the fake',
    () => {
      let now = 0;
      const store = new FakeClaimStore(() => at(now)());
      return (ms: number) => {
        now = ms;
        return store;
      };
    },
  ],
] as const)('the code of the first admin in %s', (_name, open) => {
  it('is none until one is issued', async () => {
    expect(await open()(0).take('right', 5)).toBe('none');
  });

  it('is taken once', async () => {
    const codes = open();
    await codes(0).issue('right', 15 * minute);
    expect(await codes(15 * minute - 1).take('right', 5)).toBe('taken');
    expect(await codes(1).take('right', 5)).toBe('none');
  });

  it('is taken by one of many at the same time', async () => {
    const codes = open()(0);
    await codes.issue('right', minute);
    const taken = await Promise.all(Array.from({ length: 8 }, () => codes.take('right', 5)));
    expect(taken.filter((outcome) => outcome === 'taken')).toHaveLength(1);
  });

  it('is over when its time is', async () => {
    const codes = open();
    await codes(0).issue('right', 15 * minute);
    expect(await codes(15 * minute).take('right', 5)).toBe('expired');
  });

  it('is worth nothing after too many misses, until a new one is issued', async () => {
    const codes = open()(0);
    await codes.issue('right', minute);
    const missed = [];
    for (let tries = 0; tries < 5; tries += 1) missed.push(await codes.take(`$wrong ${tries}`, 5));
    expect(missed).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'wrong']);
    expect(await codes.take('right', 5)).toBe('too-many-tries');
    await codes.issue('another', minute);
    expect(await codes.take('right', 5)).toBe('wrong');
    expect(await codes.take('another', 5)).toBe('taken');
  });
});

describe.each([
  ['MongoDB', () => mongoFollowStore(fresh.db, tenant())],
  ['the fake', () => new FakeFollowStore()],
] as const)('who follows what in %s', (_name, open) => {
  it('is told once, by person and by project', async () => {
    const follows = open();
    expect(await follows.follow(ann, { projectId: 'p1' })).toBe(true);
    expect(await follows.follow(ann, { projectId: 'p1' })).toBe(false);
    expect(await follows.follow(ann, 'mine')).toBe(true);
    expect(await follows.follow(ann, 'mine')).toBe(false);
    // A project may be called whatever it likes.
    expect(await follows.follow(bob, { projectId: 'mine' })).toBe(true);
    expect(await follows.follow(bob, { projectId: 'p1' })).toBe(true);
    expect(await follows.of(ann)).toEqual(['mine', { projectId: 'p1' }]);
    expect(await follows.of(bob)).toEqual([{ projectId: 'mine' }, { projectId: 'p1' }]);
    expect(await follows.followersOf('p1')).toEqual(['slack:T1/U1', 'teams:T1/U2']);
    expect(await follows.followersOf('p2')).toEqual([]);
    expect(await follows.followersOfMine()).toEqual(['slack:T1/U1']);
    expect(await follows.everyone()).toEqual(['slack:T1/U1', 'teams:T1/U2']);
  });

  it('ends, for that one only', async () => {
    const follows = open();
    await follows.follow(ann, { projectId: 'p1' });
    await follows.follow(ann, { projectId: 'p2' });
    await follows.follow(bob, { projectId: 'p1' });
    expect(await follows.unfollow(ann, { projectId: 'p1' })).toBe(true);
    expect(await follows.unfollow(ann, { projectId: 'p1' })).toBe(false);
    expect(await follows.unfollow(ann, 'mine')).toBe(false);
    expect(await follows.of(ann)).toEqual([{ projectId: 'p2' }]);
    expect(await follows.followersOf('p1')).toEqual(['teams:T1/U2']);
  });
});

describe.each([
  [
    'MongoDB',
    () => {
      const id = tenant();
      return (ms: number) => mongoUndoStore({ db: fresh.db, tenantId: id, ids: randomIds, now: shifted(ms) });
    },
  ],
  [
    'the fake',
    () => {
      let now = 0;
      const store = new FakeUndoStore(() => at(now)());
      return (ms: number) => {
        now = ms;
        return store;
      };
    },
  ],
] as const)('what can be undone in %s', (_name, open) => {
  const undo: NewUndo = {
    step: { undo: 'settings', revision: 3, before: { ...defaultSettings, boardWorkTypes: { 3: 4 } } },
    role: 'admin',
    what: '$settings were changed',
  };
  const actor = { id: 'slack:T1/U1', name: '$Ann' };

  it('is kept as it was, for so long', async () => {
    const undos = open();
    const id = await undos(0).keep(undo, 10 * minute);
    expect(await undos(10 * minute - 1).find(id)).toEqual({ ...undo, expired: false });
    expect(await undos(10 * minute).find(id)).toEqual({ ...undo, expired: true });
    expect(await undos(10 * minute).take(id, actor)).toBe(false);
    expect(await undos(0).find('another')).toBeUndefined();
    expect(await undos(0).take('another', actor)).toBe(false);
  });

  it('is taken by one of many at the same time', async () => {
    const undos = open()(0);
    const [id, other] = [await undos.keep(undo, minute), await undos.keep(undo, minute)];
    const actors = Array.from({ length: 8 }, (_, i) => ({ ...actor, id: `slack:T1/U${i}` }));
    const taken = await Promise.all(actors.map((by) => undos.take(id, by)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const takenBy = actors[taken.indexOf(true)];
    expect(await undos.take(id, { id: 'slack:T1/late', name: 'Late' })).toBe(false);
    expect(await undos.find(id)).toEqual({ ...undo, expired: false, takenBy });
    expect((await undos.find(other))?.takenBy).toBeUndefined();
  });
});

it('what can be undone is that of one tenant', async () => {
  const options = { db: fresh.db, ids: randomIds, now: shifted(0) };
  const undo = { step: { undo: 'integration', changedAt: start }, role: 'admin', what: 'x' } as const;
  const id = await mongoUndoStore({ ...options, tenantId: tenant() }).keep(undo, minute);
  const other = mongoUndoStore({ ...options, tenantId: tenant() });
  expect(await other.find(id)).toBeUndefined();
  expect(await other.take(id, { id: 'x', name: 'x' })).toBe(false);
});

describe('the audit', () => {
  const entry = (n: number, rest: Partial<AuditEntry> = {}): AuditEntry => ({
    at: at(n * minute)(),
    actor: 'slack:T1/U1',
    actorName: '$Ann',
    platform: 'slack',
    command: 'sync',
    outcome: `entry ${n}`,
    ...rest,
  });

  it('is read newest first, in pages, of all or of one project', async () => {
    const audit = mongoAuditStore(fresh.db, tenant());
    for (const n of [2, 1, 3]) await audit.append(entry(n, n === 1 ? {} : { projectId: `p${n}` }));
    const outcomes = async (query: Parameters<typeof audit.entries>[0]) => {
      const { entries, more } = await audit.entries(query);
      return [entries.map(({ outcome }) => outcome), more];
    };
    expect(await outcomes({ offset: 0, limit: 2 })).toEqual([['entry 3', 'entry 2'], true]);
    expect(await outcomes({ offset: 2, limit: 2 })).toEqual([['entry 1'], false]);
    expect(await outcomes({ projectId: 'p2', offset: 0, limit: 2 })).toEqual([['entry 2'], false]);
    expect((await audit.entries({ offset: 0, limit: 1 })).entries).toEqual([entry(3, { projectId: 'p3' })]);
  });
});
