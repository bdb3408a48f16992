/** The log, the roles, what was seen, and the audit, against a real MongoDB server. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoLogStore } from '../../adapters/mongodb/log-store.ts';
import { mongoAuditStore, mongoRoleStore, mongoSeenStore } from '../../adapters/mongodb/people-stores.ts';
import type { Person } from '../../src/domain/person.ts';
import type { LogEntry, LogStore } from '../../src/ports/log-store.ts';
import type { AuditEntry } from '../../src/ports/people.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

let fresh: FreshDatabase;
let tenantId: string;

beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());
beforeEach(() => {
  tenantId = `tenant-${randomUUID()}`;
});

const withoutId = ({ id: _id, ...rest }: { readonly id: string }) => rest;

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 5, 8, minute));

describe('the log', () => {
  let log: LogStore;
  let lost: unknown[];
  beforeEach(() => {
    lost = [];
    log = mongoLogStore({ db: fresh.db, tenantId, onLost: (error) => lost.push(error) });
  });

  function entry(minute: number, rest: Partial<LogEntry> = {}): LogEntry {
    return {
      at: at(minute),
      severity: 'info',
      action: 'updated',
      message: `entry ${minute}`,
      direction: 'from ConnectWise',
      projectId: 'p1',
      ...rest,
    };
  }

  function request(minute: number, rest: Partial<RequestRecord> = {}): RequestRecord {
    return {
      at: at(minute),
      method: 'GET',
      path: '/project/tickets?page=1',
      status: 200,
      durationMs: 12,
      attempt: 1,
      requestId: `r${minute}`,
      projectId: 'p1',
      ...rest,
    };
  }

  const all = { errorsOnly: false, offset: 0, limit: 10 };

  it('gives entries back as they were, newest first', async () => {
    const full = entry(2, {
      next: 'do this',
      runId: 'run',
      mode: 'delta',
      entity: 'task',
      planId: 'x',
      externalId: 3,
    });
    await log.append([entry(1, { message: '$message {"$x": 1}' }), full]);
    await log.append([entry(0)]);
    await log.append([]);
    const { entries, more } = await log.entries(all);
    expect(entries.map(withoutId)).toEqual([full, entry(1, { message: '$message {"$x": 1}' }), entry(0)]);
    expect(more).toBe(false);
  });

  it.each(['in MongoDB', 'in memory'])('%s gives each an id by which it is found again', async (where) => {
    const store = where === 'in memory' ? new FakeLogStore() : log;
    await store.append([entry(1), entry(2)]);
    await store.record(request(1));
    await store.record(request(2));
    const [newest, oldest] = (await store.entries(all)).entries;
    expect(newest?.id).not.toBe(oldest?.id);
    expect(await store.entry(oldest?.id ?? '')).toEqual(oldest);
    const [asked] = (await store.requests(all)).entries;
    expect(await store.request(asked?.id ?? '')).toEqual(asked);
    for (const id of ['', 'none', '0'.repeat(24), '$x']) {
      expect([await store.entry(id), await store.request(id)]).toEqual([undefined, undefined]);
    }
    const other = mongoLogStore({ db: fresh.db, tenantId: 'another', onLost: () => {} });
    expect([await other.entry(newest?.id ?? ''), await other.request(asked?.id ?? '')]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('comes in pages that say whether there are older ones, also within one moment', async () => {
    await log.append(Array.from({ length: 7 }, (_, i) => entry(0, { message: `entry ${i}` })));
    const pages = [];
    for (const offset of [0, 3, 6]) pages.push(await log.entries({ ...all, offset, limit: 3 }));
    expect(pages.map(({ entries, more }) => [entries.length, more])).toEqual([
      [3, true],
      [3, true],
      [1, false],
    ]);
    expect(new Set(pages.flatMap(({ entries }) => entries.map(({ message }) => message))).size).toBe(7);
    expect((await log.entries({ ...all, limit: 7 })).more).toBe(false);
    expect((await log.entries({ ...all, offset: 20 })).entries).toEqual([]);
  });

  it('leaves out what is no error, what is older, and other projects, where asked', async () => {
    await log.append([
      entry(1, { severity: 'error' }),
      entry(2, { severity: 'warning' }),
      entry(3),
      entry(4, { severity: 'error', projectId: 'p2' }),
    ]);
    const messages = async (query: object) =>
      (await log.entries({ ...all, ...query })).entries.map(({ message }) => message);
    expect(await messages({ errorsOnly: true })).toEqual(['entry 4', 'entry 2', 'entry 1']);
    expect(await messages({ projectId: 'p1' })).toEqual(['entry 3', 'entry 2', 'entry 1']);
    expect(await messages({ since: at(3) })).toEqual(['entry 4', 'entry 3']);
    expect(await messages({ projectId: 'p1', errorsOnly: true, since: at(2) })).toEqual(['entry 2']);
  });

  it('keeps requests apart from entries; one that failed or was never answered is an error', async () => {
    const unanswered = { ...request(4), errorCode: 'ETIMEDOUT' };
    const { status: _none, ...withoutStatus } = unanswered;
    const records = [request(1), request(2, { status: 404 }), request(3, { status: 503 }), withoutStatus];
    for (const record of records) await log.record(record);
    await log.append([entry(9)]);
    expect((await log.requests(all)).entries.map(withoutId)).toEqual(records.toReversed());
    const ids = async (query: object) =>
      (await log.requests({ ...all, ...query })).entries.map(({ requestId }) => requestId);
    expect(await ids({ errorsOnly: true })).toEqual(['r4', 'r3', 'r2']);
    expect(await ids({ since: at(3) })).toEqual(['r4', 'r3']);
    expect(await ids({ projectId: 'p2' })).toEqual([]);
    expect(await log.requests({ ...all, limit: 3 })).toMatchObject({ more: true });
    expect(lost).toEqual([]);
  });

  it('does not fail the sync where a request cannot be recorded, but tells of it', async () => {
    await log.record({ ...request(1), at: 'now' as unknown as Date });
    await log.flush();
    expect(lost).toHaveLength(1);
    expect((await log.requests(all)).entries).toEqual([]);
  });

  it.each(['in MongoDB', 'in memory'])('%s loses what is older than it is to be kept', async (where) => {
    const store = where === 'in memory' ? new FakeLogStore() : log;
    await store.append([entry(1), entry(2), entry(3, { entity: 'workType', action: 'restored' })]);
    for (const minute of [1, 2, 3]) await store.record(request(minute));
    expect(await store.retain({ before: at(2) })).toBe(2);
    expect((await store.entries(all)).entries.map(({ message }) => message)).toEqual(['entry 3', 'entry 2']);
    expect((await store.requests(all)).entries.map(({ requestId }) => requestId)).toEqual(['r3', 'r2']);
    expect(await store.retain({ before: at(2) })).toBe(0);
  });

  it('waits for the requests recorded so far, and for none that come while it waits', async () => {
    let more = true;
    const endless = async (): Promise<void> => {
      while (more) {
        await log.record(request(2));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await log.record(request(1));
    const going = endless();
    await log.flush();
    const early = fresh.db.collection('api_requests').countDocuments({ tenantId, requestId: 'r1' });
    expect(await early).toBe(1);
    more = false;
    await going;
    const last = request(3);
    await log.record(last);
    await log.flush();
    expect(await fresh.db.collection('api_requests').countDocuments({ tenantId, requestId: 'r3' })).toBe(1);
    expect(lost).toEqual([]);
  });

  it('stops removing between two writes, oldest first, and goes on the next time', async () => {
    const many = Array.from({ length: 5_001 }, (_, n) => ({
      ...entry(1),
      at: new Date(at(1).getTime() + n),
    }));
    await log.append([...many, entry(9)]);
    expect(await log.retain({ before: at(9), stop: AbortSignal.abort() })).toBe(5_000);
    const left = (await log.entries(all)).entries;
    expect(left.map((one) => one.at.getTime())).toEqual([at(9).getTime(), at(1).getTime() + 5_000]);
    expect(await log.retain({ before: at(9) })).toBe(1);
  });

  it('is that of one tenant', async () => {
    await log.append([entry(1)]);
    await log.record(request(1));
    const other = mongoLogStore({ db: fresh.db, tenantId: `${tenantId}-2`, onLost: () => {} });
    expect(await other.retain({ before: at(9) })).toBe(0);
    expect((await log.entries(all)).entries).toHaveLength(1);
    expect((await other.entries(all)).entries).toEqual([]);
    expect((await other.requests(all)).entries).toEqual([]);
  });
});

describe('roles', () => {
  const ann: Person = { platform: 'slack', tenant: 'T1', userId: 'U1', name: 'Ann' };
  const bob: Person = { ...ann, userId: 'U2', name: 'Bob' };

  it('are seeded where nobody has one, and never after', async () => {
    const roles = mongoRoleStore(fresh.db, tenantId);
    expect(await roles.seedAdmins(['slack:T1/U1', 'slack:T1/U3'])).toBe(true);
    expect(await roles.seedAdmins(['slack:T1/U2'])).toBe(false);
    expect(await roles.roleOf(ann)).toBe('admin');
    expect(await roles.roleOf(bob)).toBeUndefined();
    expect(await roles.roleOf({ ...ann, platform: 'teams' })).toBeUndefined();
    expect(await roles.holders('admin')).toEqual(['slack:T1/U1', 'slack:T1/U3']);
  });

  it('are seeded by several processes at once without harm', async () => {
    const roles = mongoRoleStore(fresh.db, tenantId);
    const keys = ['slack:T1/U1', 'slack:T1/U2', 'teams:x/y'];
    await Promise.all(Array.from({ length: 10 }, () => roles.seedAdmins(keys)));
    expect(await roles.holders('viewer')).toEqual(keys);
  });

  it('are not seeded over a role that is no admin', async () => {
    const person = 'slack:T1/U2';
    await fresh.db.collection('roles').insertOne({ tenantId, person, role: 'viewer' });
    const roles = mongoRoleStore(fresh.db, tenantId);
    expect(await roles.seedAdmins(['slack:T1/U1'])).toBe(false);
    expect(await roles.roleOf(ann)).toBeUndefined();
    expect(await roles.roleOf(bob)).toBe('viewer');
  });

  it('include the lower ones, of one tenant', async () => {
    const given = { U1: 'admin', U2: 'viewer', U3: 'operator' } as const;
    await fresh.db
      .collection('roles')
      .insertMany(
        Object.entries(given).map(([user, role]) => ({ tenantId, person: `slack:T1/${user}`, role })),
      );
    const roles = mongoRoleStore(fresh.db, tenantId);
    expect(await roles.holders('admin')).toEqual(['slack:T1/U1']);
    expect(await roles.holders('operator')).toEqual(['slack:T1/U1', 'slack:T1/U3']);
    expect(await roles.holders('viewer')).toHaveLength(3);
    const other = mongoRoleStore(fresh.db, `${tenantId}-2`);
    expect(await other.roleOf(ann)).toBeUndefined();
    expect(await other.holders('viewer')).toEqual([]);
  });
});

describe('what was seen', () => {
  const now = { $add: ['$$NOW', 0] };

  it('is new once', async () => {
    const seen = mongoSeenStore(fresh.db, now);
    const key = randomUUID();
    expect([await seen.first(key), await seen.first(key), await seen.first(`${key}2`)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('is new to one of twenty at the same time', async () => {
    const seen = mongoSeenStore(fresh.db, now);
    const key = `$${randomUUID()}`;
    const firsts = await Promise.all(Array.from({ length: 20 }, () => seen.first(key)));
    expect(firsts.filter(Boolean)).toHaveLength(1);
  });

  it('is forgotten after a while, and then new again', async () => {
    const day = 86_400_000;
    const [old, young] = [randomUUID(), randomUUID()];
    await mongoSeenStore(fresh.db, { $subtract: ['$$NOW', day + 60_000] }).first(old);
    const seen = mongoSeenStore(fresh.db, now);
    await seen.first(young);
    expect(await seen.forget(day)).toBe(1);
    expect([await seen.first(old), await seen.first(young)]).toEqual([true, false]);
  });

  it('keeps neither the key nor a later time', async () => {
    const key = randomUUID();
    await mongoSeenStore(fresh.db, now).first(key);
    const collection = fresh.db.collection('seen_requests');
    const before = await collection.find().toArray();
    await mongoSeenStore(fresh.db, { $add: ['$$NOW', 60_000] }).first(key);
    expect(await collection.find().toArray()).toEqual(before);
    expect(JSON.stringify(before)).not.toContain(key);
  });
});

describe('the audit', () => {
  const entry: AuditEntry = {
    at: at(1),
    actor: 'slack:T1/U1',
    actorName: '$Ann',
    platform: 'slack',
    command: 'disable',
    target: 'Office move (#42)',
    before: 'active',
    after: 'disabled',
    outcome: 'disabled: $why',
  };

  it('keeps what was done as it was', async () => {
    await mongoAuditStore(fresh.db, tenantId).append(entry);
    const stored = await fresh.db
      .collection('audit_log')
      .find({ tenantId }, { projection: { _id: 0 } })
      .toArray();
    expect(stored).toEqual([{ ...entry, tenantId }]);
  });

  it('takes the same entry twice, and none without its outcome', async () => {
    const audit = mongoAuditStore(fresh.db, tenantId);
    await audit.append(entry);
    await audit.append(entry);
    const log = mongoLogStore({ db: fresh.db, tenantId, onLost: () => {} });
    expect(await log.retain({ before: new Date(entry.at.getTime() + 1) })).toBe(0);
    expect(await fresh.db.collection('audit_log').countDocuments({ tenantId })).toBe(2);
    const { outcome: _none, ...incomplete } = entry;
    await expect(audit.append(incomplete as AuditEntry)).rejects.toThrow('Document failed validation');
  });
});
