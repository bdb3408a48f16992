/** What any store of incidents keeps: the one over MongoDB and the one that unit tests use. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoIncidentStore } from '../../adapters/mongodb/incident-store.ts';
import type { Incident, Problem } from '../../src/domain/incident.ts';
import { acknowledgedBy, changedTo, endedBy, openAgain, snoozedBy } from '../../src/domain/incident-life.ts';
import type { Destination } from '../../src/ports/chat.ts';
import type { IncidentStore } from '../../src/ports/incidents.ts';
import { FakeIncidentStore } from '../support/fake-incident-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

type Rig = {
  readonly store: IncidentStore;
  /** Another process's view of the same. */
  readonly other: IncidentStore;
  readonly stranger: IncidentStore;
  advance(ms: number): void;
};

const start = new Date(Date.UTC(2026, 0, 5));

function mongoRig(): Rig {
  // Stands still but for what the test moves: a turn is a matter of milliseconds.
  const add: (Date | number)[] = [start, 0];
  const make = (tenantId: string) => mongoIncidentStore(fresh.db, tenantId, { $add: add });
  const tenantId = `tenant-${randomUUID()}`;
  return {
    store: make(tenantId),
    other: make(tenantId),
    stranger: make(`${tenantId}-2`),
    advance: (ms) => {
      add[1] = Number(add[1]) + ms;
    },
  };
}

function fakeRig(): Rig {
  let offset = 0;
  const now = () => new Date(start.getTime() + offset);
  const store = new FakeIncidentStore(now);
  const advance = (ms: number) => {
    offset += ms;
  };
  return { store, other: store, stranger: new FakeIncidentStore(now), advance };
}

const channel: Destination = { platform: 'slack', tenant: 'T1', conversation: 'C1' };
const ann: Destination = { platform: 'slack', tenant: 'T1', user: 'U1' };
const handle = { platform: 'slack', via: 'message', ts: '1.1' } as const;
const recovered = { how: 'recovered', at: start, changes: 3 } as const;

function problem(given: Partial<Problem> = {}): Problem {
  return {
    id: `id-${randomUUID()}`,
    key: 'task:t:p1',
    scope: 'project',
    since: start,
    cause: { is: 'failure', failure: { code: 'cw.rejected', vendorMessage: '$no $dollars' } },
    projects: [{ taskId: 't:p1', projectId: 'p1', externalId: 1042, name: '$Office', customer: null }],
    ...given,
  };
}

describe.each([
  ['over MongoDB', mongoRig],
  ['in memory', fakeRig],
])('incidents %s', (_name, makeRig) => {
  let store: IncidentStore;
  let other: IncidentStore;
  let stranger: IncidentStore;
  let advance: Rig['advance'];
  beforeEach(() => {
    ({ store, other, stranger, advance } = makeRig());
  });

  async function taken(owner = 'a', leaseMs = 1_000) {
    const found = await store.take(owner, leaseMs);
    if (!found) throw new Error('nothing was due');
    return found;
  }

  /** As a look for problems does it. */
  const change = (by: IncidentStore, read: Incident, to: Problem, also: readonly Destination[] = []) =>
    by.save(read, changedTo(read, to, start), also);
  const end = (by: IncidentStore, read: Incident) => by.save(read, endedBy(read, recovered), []);

  async function first(): Promise<NonNullable<Awaited<ReturnType<IncidentStore['open']>>[number]>> {
    const [incident] = await store.open();
    if (!incident) throw new Error('none is open');
    return incident;
  }

  it('keep which projects left them', async () => {
    const [project] = problem().projects;
    if (!project) throw new Error('a problem of no project');
    const second = { ...project, taskId: 't:p2', projectId: 'p2', name: '$Second' };
    await store.raise(problem({ projects: [project, second] }), []);
    await change(store, await first(), problem({ projects: [project] }));
    expect(await first()).toMatchObject({ projects: [project], left: [{ ...second, leftAt: start }] });
    await change(store, await first(), problem({ projects: [project, second] }));
    expect(await first()).toMatchObject({ projects: [project, second], left: [] });
  });

  it('are opened as they were given, with a message to each place', async () => {
    const given = problem();
    expect(await store.raise(given, [channel, ann])).toBe(true);
    expect(await other.open()).toEqual([
      { ...given, notice: false, openedAt: start, revision: 1, updates: [] },
    ]);
    expect(await stranger.open()).toEqual([]);
    const messages = [await taken(), await taken()];
    expect(messages.map(({ delivery }) => delivery.to)).toEqual(expect.arrayContaining([channel, ann]));
    expect(messages[0]).toMatchObject({
      now: start,
      incident: { id: given.id },
      delivery: { told: 'nothing', revision: 0, posting: false, generation: 0, attempts: 0, booked: false },
    });
    expect(await store.take('b', 1_000)).toBeUndefined();
    expect(await stranger.take('b', 1_000)).toBeUndefined();
  });

  it('are opened once: not the same again, and no other of the same key', async () => {
    const given = problem();
    const tries = await Promise.all([store, other, store, other].map((one) => one.raise(given, [channel])));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await store.raise(problem(), [channel])).toBe(false);
    expect(await store.raise(problem({ key: 'task:t:p2' }), [])).toBe(true);
    expect(await stranger.raise(problem(), [])).toBe(true);
    expect(await store.open()).toHaveLength(2);
    await taken();
    expect(await store.take('b', 1_000)).toBeUndefined();
  });

  it('of the same key may be opened after the end, but never the same one', async () => {
    const given = problem();
    await store.raise(given, []);
    expect(await end(store, await first())).toBe(true);
    expect(await store.open()).toEqual([]);
    expect(await store.raise(given, [channel])).toBe(false);
    expect(await store.raise(problem(), [channel])).toBe(true);
  });

  it('are changed and ended once by whoever read them as they are', async () => {
    const given = problem();
    await store.raise(given, [channel]);
    const read = await first();
    const to = problem({ cause: { is: 'late' }, since: new Date(0), key: 'else' });
    expect(await change(store, read, to)).toBe(true);
    expect(await change(other, read, to)).toBe(false);
    expect(await end(other, read)).toBe(false);
    const { id, key, since } = given;
    const changed = await first();
    expect(changed).toMatchObject({ id, key, since, cause: { is: 'late' }, revision: 2 });
    expect(await end(other, changed)).toBe(true);
    expect(await end(store, changed)).toBe(false);
    const { incident } = await taken();
    expect(incident).toMatchObject({ id, end: recovered, revision: 3 });
  });

  it('a message is taken by one, and by the next when the lease has run out', async () => {
    await store.raise(problem(), [channel]);
    const both = await Promise.all([store.take('a', 1_000), other.take('b', 1_000)]);
    expect(both.filter(Boolean)).toHaveLength(1);
    const owner = both[0] ? 'a' : 'b';
    const id = (both[0] ?? both[1])?.delivery.id ?? '';
    advance(1_001);
    const next = await taken('c');
    expect(next.delivery.id).toBe(id);
    // Who lost it writes nothing any more.
    expect(await store.posting(id, owner, 0)).toBe(false);
    await store.told(id, owner, { revision: 1, handle, updates: 0 });
    await store.toldUpdates(id, owner, 9);
    await store.rest(id, owner, { revision: 1, done: true });
    expect(await store.posting(id, 'c', 3)).toBe(true);
    advance(1_001);
    expect((await taken('d')).delivery).toMatchObject({ told: 'nothing', posting: true });
  });

  it('what was told is quiet until it reads otherwise, and then edited after a moment', async () => {
    await store.raise(problem(), [channel]);
    const { delivery } = await taken();
    await store.told(delivery.id, 'a', { revision: 1, handle, updates: 0 });
    // Looked at once more, since there may be something to tell beside it.
    await taken();
    await store.rest(delivery.id, 'a', { revision: 1, done: false });
    advance(3_600_000);
    expect(await store.take('a', 1_000)).toBeUndefined();
    await change(store, await first(), problem({ cause: { is: 'late' } }), [ann]);
    const again = [await taken(), await taken()].map((one) => one.delivery);
    const edited = again.find(({ to }) => 'conversation' in to);
    expect(edited).toMatchObject({ revision: 1, handle, updates: 0 });
    await store.told(delivery.id, 'a', { revision: 2, handle });
    await taken();
    await store.rest(delivery.id, 'a', { revision: 2, done: false });
    await store.rest(again.find(({ to }) => 'user' in to)?.id ?? '', 'a', { revision: 2, done: true });
    await change(store, await first(), problem());
    expect(await store.take('a', 1_000)).toBeUndefined();
    advance(5_000);
    expect((await taken()).delivery.id).toBe(delivery.id);
  });

  it('a change while a message is being sent is told after it, and its lease stays', async () => {
    await store.raise(problem(), [channel]);
    const { delivery } = await taken();
    await change(store, await first(), problem({ cause: { is: 'late' } }));
    expect(await other.take('b', 1_000)).toBeUndefined();
    await store.told(delivery.id, 'a', { revision: 1, handle, updates: 0 });
    expect(await store.take('a', 1_000)).toBeUndefined();
    advance(5_000);
    expect(await taken()).toMatchObject({ incident: { revision: 2 }, delivery: { revision: 1 } });
    await change(store, await first(), problem());
    // Rest as of what was read: what came meanwhile is told.
    await store.rest(delivery.id, 'a', { revision: 2, done: true });
    expect(await taken()).toMatchObject({ incident: { revision: 3 } });
  });

  it('the end is told at once, what was told beside it is known, and then nothing more', async () => {
    await store.raise(problem(), [channel]);
    const { delivery } = await taken();
    await store.told(delivery.id, 'a', { revision: 1, handle, updates: 0 });
    await end(store, await first());
    await taken();
    await store.told(delivery.id, 'a', { revision: 2, handle });
    expect((await taken()).delivery).toMatchObject({ revision: 2, updates: 0 });
    await store.posting(delivery.id, 'a', 1);
    await store.toldUpdates(delivery.id, 'a', 1);
    const told = await taken();
    expect(told.delivery).toMatchObject({ updates: 1, posting: false });
    expect(told.delivery.upTo).toBeUndefined();
    expect(told.incident.updates).toMatchObject([{ n: 1, is: 'recovered', end: recovered }]);
    await store.rest(delivery.id, 'a', { revision: 2, done: true });
    advance(3_600_000);
    expect(await store.take('a', 1_000)).toBeUndefined();
  });

  it('that recovered may be open again, in the same message, and no other of its key then', async () => {
    await store.raise(problem(), [channel]);
    const { id } = (await taken()).delivery;
    await store.told(id, 'a', { revision: 1, handle, updates: 0 });
    await end(store, await first());
    await taken();
    await store.rest(id, 'a', { revision: 2, done: true });
    const [over] = await other.recoveredSince(start);
    if (!over) throw new Error('none recovered');
    expect(await stranger.recoveredSince(start)).toEqual([]);
    expect(await store.recoveredSince(new Date(start.getTime() + 1))).toEqual([]);
    const back = openAgain(over, problem({ id: 'another' }), start);
    expect(await store.save(over, back, [channel, ann])).toBe(true);
    expect(await other.save(over, back, [])).toBe(false);
    expect(await store.raise(problem(), [])).toBe(false);
    expect(await first()).toMatchObject({ id: over.id, relapses: 1, problemId: 'another', revision: 3 });
    expect(await store.recoveredSince(start)).toEqual([]);
    const due = [await taken(), await taken()].map(({ delivery }) => delivery);
    expect(due).toEqual(expect.arrayContaining([expect.objectContaining({ id, told: 'opened', handle })]));
  });

  it('that recovered is not open again beside another one of its key', async () => {
    await store.raise(problem(), []);
    await end(store, await first());
    const [over] = await store.recoveredSince(start);
    if (!over) throw new Error('none recovered');
    await store.raise(problem(), []);
    expect(await store.save(over, openAgain(over, problem(), start), [])).toBe(false);
    expect(await store.open()).toHaveLength(1);
  });

  it('keeps who sees to it, and forgets a snooze that is over', async () => {
    await store.raise(problem(), []);
    const by = { id: 'slack:T1/U1', name: '$Ann' };
    await store.save(await first(), acknowledgedBy(await first(), by, start), []);
    await store.save(await first(), snoozedBy(await first(), by, start, 60_000), []);
    const read = await first();
    expect(read).toMatchObject({ acknowledged: { by, at: start }, snoozed: { by }, revision: 3 });
    expect(read.updates.map(({ n, is }) => [n, is])).toEqual([
      [1, 'acknowledged'],
      [2, 'snoozed'],
    ]);
    const { snoozed: _over, ...woken } = read;
    await store.save(read, woken, []);
    expect(Object.keys(await first())).not.toContain('snoozed');
  });

  it('gives a message back with what is known of it', async () => {
    await store.raise(problem(), [channel]);
    const { id } = (await taken()).delivery;
    await store.posting(id, 'a', 3);
    await store.release(id, 'a', 500, { failed: true });
    expect(await store.take('a', 1_000)).toBeUndefined();
    advance(500);
    expect((await taken()).delivery).toMatchObject({ attempts: 1, posting: true, upTo: 3, booked: false });
    // Of a repeat the first try's stays.
    await store.posting(id, 'a', 7);
    await store.release(id, 'a', 0);
    expect((await taken()).delivery).toMatchObject({ upTo: 3 });
    await store.release(id, 'a', 0, { booked: true, posting: false });
    expect((await taken()).delivery).toMatchObject({ attempts: 1, posting: false, booked: true });
    await store.told(id, 'a', { revision: 1, handle, updates: 0 });
    await end(store, await first());
    expect((await taken()).delivery).toMatchObject({ attempts: 0, booked: false });
    await store.release(id, 'a', 0, { lost: true });
    const { delivery } = await taken();
    expect(delivery).toMatchObject({ told: 'nothing', generation: 1 });
    expect(delivery.handle).toBeUndefined();
  });

  it('gives each place one turn in its time, over all processes', async () => {
    const turns = await Promise.all([store, other, store].map((one) => one.book(channel, 1_000, false)));
    expect(turns.map(({ waitMs }) => waitMs).toSorted((a, b) => a - b)).toEqual([0, 1_000, 2_000]);
    expect(await store.book(ann, 1_000, false)).toEqual({ waitMs: 0, blocked: false });
    expect(await stranger.book(channel, 1_000, false)).toEqual({ waitMs: 0, blocked: false });
    advance(2_500);
    // The two that were kept come late and at once: one after the other all the same.
    const late = await Promise.all([store, other].map((one) => one.book(channel, 1_000, true)));
    expect(late.map(({ waitMs }) => waitMs).toSorted((a, b) => a - b)).toEqual([0, 1_000]);
    expect(await store.book(channel, 1_000, false)).toEqual({ waitMs: 1_000, blocked: false });
    advance(60_000);
    expect(await store.book(channel, 1_000, false)).toEqual({ waitMs: 0, blocked: false });
  });

  it('says where nothing can be posted, since when, and when it is tried again', async () => {
    await store.block(channel, 'not_in_channel', 900_000);
    advance(60_000);
    expect(await other.book(channel, 1_000, false)).toEqual({ waitMs: 840_000, blocked: true });
    expect(await other.book(channel, 1_000, true)).toEqual({ waitMs: 840_000, blocked: true });
    await store.block(channel, '$is_archived', 900_000);
    const retryAt = new Date(start.getTime() + 960_000);
    expect(await other.blockedDestinations()).toEqual([
      { to: channel, since: start, reason: '$is_archived', retryAt },
    ]);
    expect(await stranger.blockedDestinations()).toEqual([]);
    advance(900_000);
    expect(await store.book(channel, 1_000, false)).toEqual({ waitMs: 0, blocked: false });
    expect(await store.blockedDestinations()).toHaveLength(1);
    await store.unblock(channel);
    await store.unblock(ann);
    expect(await store.blockedDestinations()).toEqual([]);
  });

  it('a notice is told once and is never open', async () => {
    const given = problem({ key: 'away', scope: 'away' });
    expect(await store.raise(given, [channel], 'notice')).toBe(true);
    expect(await store.raise(given, [channel], 'notice')).toBe(false);
    expect(await store.raise(problem({ key: 'away', scope: 'away' }), [], 'notice')).toBe(true);
    expect(await store.open()).toEqual([]);
    expect((await taken()).incident).toMatchObject({ id: given.id, notice: true });
    expect(await store.take('a', 1_000)).toBeUndefined();
  });

  it('knows when everything could sync again', async () => {
    expect(await store.lastResumedAt()).toBeUndefined();
    await store.raise(problem(), []);
    await end(store, await first());
    expect(await store.lastResumedAt()).toBeUndefined();
    await store.raise(problem({ scope: 'integration', key: 'integration' }), []);
    expect(await store.lastResumedAt()).toBeUndefined();
    advance(1_000);
    await end(store, await first());
    advance(1_000);
    expect(await store.lastResumedAt()).toEqual(new Date(start.getTime() + 1_000));
    await store.raise(problem({ scope: 'away', key: 'away' }), [], 'notice');
    expect(await other.lastResumedAt()).toEqual(new Date(start.getTime() + 2_000));
    expect(await stranger.lastResumedAt()).toBeUndefined();
  });

  it('forgets what was over long ago, with its messages, and nothing that is open', async () => {
    await store.raise(problem(), [channel]);
    await end(store, await first());
    await store.raise(problem(), []);
    await store.raise(problem({ scope: 'away', key: 'away' }), [channel], 'notice');
    const later = new Date(start.getTime() + 1);
    expect(await stranger.retain({ before: later })).toBe(0);
    expect(await store.retain({ before: start })).toBe(0);
    expect(await store.retain({ before: later })).toBe(2);
    expect(await store.take('a', 1_000)).toBeUndefined();
    expect(await store.open()).toHaveLength(1);
  });
});
