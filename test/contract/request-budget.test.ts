import { randomUUID } from 'node:crypto';
import { MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoRequestBudget } from '../../adapters/mongodb/request-budget.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { BudgetSettings } from '../../src/ports/request-budget.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';
import {
  type BudgetRig,
  localRig,
  type SharedRig,
  type Start,
  settings,
  sharedRig,
} from './request-budget-rig.ts';

let database: FreshDatabase;

beforeAll(async () => {
  database = await migratedDatabase();
});

afterAll(async () => {
  await database.drop();
});

const shared = (changes: Partial<BudgetSettings> = {}): SharedRig => sharedRig(database.db, changes);

/** The most starts in any ten seconds that begin after `fromMs`. */
function busiestTenSeconds(starts: readonly Start[], fromMs: number): number {
  const times = starts.map(({ atMs }) => atMs).filter((atMs) => atMs > fromMs);
  return Math.max(...times.map((t) => times.filter((other) => other >= t && other < t + 10_000).length));
}

const within = (starts: readonly Start[], fromMs: number, toMs: number): number =>
  starts.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;

describe.each<[string, (changes?: Partial<BudgetSettings>) => BudgetRig]>([
  ['of one process', localRig],
  ['over processes', shared],
])('the request budget %s', (_name, makeRig) => {
  it('starts a burst at once, then keeps the pace, and wastes none of it', async () => {
    const rig = makeRig();
    rig.askMany(0, 60, 0);
    rig.askMany(1, 60, 0);
    await rig.clock.advance(0);
    expect(rig.starts).toHaveLength(settings.burst);
    await rig.clock.advance(20_000);
    await rig.finished();
    expect(rig.starts).toHaveLength(120);
    expect(busiestTenSeconds(rig.starts, 0)).toBeLessThanOrEqual(80);
    // 116 after the burst at 8 a second take 14.5 s.
    expect(rig.starts.at(-1)?.atMs).toBeGreaterThanOrEqual(14_500);
    expect(rig.starts.at(-1)?.atMs).toBeLessThan(15_000);
  });

  it('saves no more than a burst in a quiet time', async () => {
    const rig = makeRig();
    rig.ask(0, 'first', 0);
    await rig.clock.advance(3_600_000);
    rig.askMany(1, 12, 0);
    await rig.clock.advance(0);
    expect(rig.starts).toHaveLength(1 + settings.burst);
    await rig.clock.advance(2_000);
    await rig.finished();
  });

  it('has no more than 4 under way, and gives each place away once', async () => {
    const rig = makeRig({ perSecond: 1_000, burst: 1_000 });
    rig.askMany(0, 5, null);
    rig.askMany(1, 5, null);
    await rig.clock.advance(5_000);
    expect(rig.starts).toHaveLength(4);
    rig.held[0]?.release();
    rig.held[0]?.release();
    await rig.clock.advance(1_000);
    expect(rig.starts).toHaveLength(5);
    for (let i = 1; i < 10; i++) {
      rig.held[i]?.release();
      await rig.clock.advance(1_000);
    }
    await rig.finished();
    expect(rig.starts).toHaveLength(10);
  });

  it('lets nobody starve while requests are slow', async () => {
    const rig = makeRig();
    rig.askMany(0, 40, 2_000);
    rig.askMany(1, 20, 2_000);
    await rig.clock.advance(20_000);
    const perBudget = [0, 1].map((by) => rig.starts.filter((start) => start.by === by).length);
    // Four places for two seconds each: about 40 in 20 seconds.
    expect(rig.starts.length).toBeGreaterThanOrEqual(34);
    // Each process has one place kept for the first in its line: a quarter of them at the least.
    if (rig.budgets[0] !== rig.budgets[1]) expect(Math.min(...perBudget)).toBeGreaterThanOrEqual(9);
    await rig.clock.advance(20_000);
    await rig.finished();
    expect(rig.starts).toHaveLength(60);
  });

  it('lets people go first, wherever they ask', async () => {
    const rig = makeRig({ burst: 1 });
    rig.ask(0, 'first', 0);
    rig.askMany(0, 4, 0);
    await rig.clock.advance(10);
    rig.ask(1, 'clock', 0);
    rig.ask(0, 'change', 0, { priority: 1 });
    rig.ask(1, 'person 1', 0, { priority: 2 });
    rig.ask(1, 'person 2', 0, { priority: 2 });
    await rig.clock.advance(5_000);
    await rig.finished();
    expect(rig.names.slice(0, 4)).toEqual(['first', 'person 1', 'person 2', 'change']);
    expect(rig.names).toHaveLength(9);
  });

  it('gives a free place to a person first', async () => {
    const rig = makeRig({ perSecond: 1_000, burst: 1_000, atOnce: 1 });
    rig.askMany(0, 10, 100);
    await rig.clock.advance(50);
    rig.ask(1, 'person', 100, { priority: 2 });
    await rig.clock.advance(3_000);
    await rig.finished();
    expect(rig.names.indexOf('person')).toBe(1);
  });

  it('pauses everybody, does not shorten the pause, and does not end it with a burst', async () => {
    const rig = makeRig();
    rig.budgets[0].limited(30_000);
    rig.budgets[1].limited(5_000);
    rig.askMany(0, 2, 0);
    rig.askMany(1, 2, 0);
    await rig.clock.advance(29_999);
    expect(rig.starts).toEqual([]);
    await rig.clock.advance(240);
    expect(rig.starts).toHaveLength(1);
    await rig.clock.advance(2_000);
    await rig.finished();
    expect(rig.starts).toHaveLength(4);
  });

  it('tells those who would not wait so long, also when they already wait elsewhere', async () => {
    const rig = makeRig();
    rig.budgets[0].limited(20_000);
    await rig.clock.advance(0);
    rig.ask(1, 'hurried', 0, { maxPauseMs: 10_000 });
    rig.ask(1, 'patient', 0);
    await rig.clock.advance(0);
    expect(rig.paused).toEqual([{ name: 'hurried', remainingMs: 20_000 }]);
    await rig.clock.advance(5_000);
    rig.budgets[0].limited(90_000);
    await rig.clock.advance(500);
    await rig.finished();
    expect(rig.paused[1]?.name).toBe('patient');
    expect(rig.paused[1]?.remainingMs).toBeGreaterThanOrEqual(89_500);
    expect(rig.starts).toEqual([]);
    expect(rig.clock.sleepers).toBe(0);
  });

  it('halves once for one overload, whoever is told, and again for the next', async () => {
    const rig = makeRig();
    for (let i = 0; i < 4; i++) rig.budgets[i % 2 === 0 ? 0 : 1].limited(10_000);
    await rig.clock.advance(10_000);
    rig.askMany(0, 60, 0);
    rig.askMany(1, 60, 0);
    await rig.clock.advance(10_000);
    // About 4 a second; recovery adds a little in ten seconds.
    expect(within(rig.starts, 10_000, 20_000)).toBeGreaterThanOrEqual(39);
    expect(within(rig.starts, 10_000, 20_000)).toBeLessThanOrEqual(45);
    rig.budgets[0].limited(1_000);
    await rig.clock.advance(11_000);
    expect(within(rig.starts, 21_000, 31_000)).toBeGreaterThanOrEqual(20);
    expect(within(rig.starts, 21_000, 31_000)).toBeLessThanOrEqual(26);
    await rig.clock.advance(60_000);
    await rig.finished();
  });

  it('halves how many may be under way, too', async () => {
    const rig = makeRig();
    rig.budgets[0].limited(1_000);
    await rig.clock.advance(1_000);
    rig.askMany(1, 4, null);
    await rig.clock.advance(5_000);
    expect(rig.starts).toHaveLength(2);
    for (let i = 0; i < 4; i++) {
      rig.held[i]?.release();
      await rig.clock.advance(1_000);
    }
    await rig.finished();
  });

  it('recovers slowly, and then fully', async () => {
    const rig = makeRig();
    rig.budgets[0].limited(1_000);
    await rig.clock.advance(1_000 + settings.recoveryMs / 2);
    rig.askMany(0, 42, 0);
    rig.askMany(1, 42, 0);
    await rig.clock.advance(10_250);
    await rig.finished();
    expect(rig.starts).toHaveLength(84);
  });

  it('never stops altogether', async () => {
    const rig = makeRig();
    for (let i = 0; i < 20; i++) {
      rig.budgets[0].limited(1);
      await rig.clock.advance(1);
    }
    rig.ask(0, 'a', 0);
    rig.ask(1, 'b', 0);
    rig.ask(0, 'c', 0);
    await rig.clock.advance(3_000);
    await rig.finished();
    expect(rig.starts).toHaveLength(3);
    // An eighth of the pace, not the whole of it.
    expect(rig.starts[2]?.atMs).toBeGreaterThan(1_500);
  });

  it('forgets whoever gives up while he waits', async () => {
    const rig = makeRig({ burst: 1 });
    const stop = new AbortController();
    const reason = new Error('lease lost');
    rig.ask(0, 'a', 0);
    await rig.clock.advance(0);
    rig.ask(1, 'b', 0, { signal: stop.signal, priority: 2 });
    rig.ask(0, 'c', 0);
    await rig.clock.advance(10);
    stop.abort(reason);
    await rig.clock.advance(165);
    await rig.finished();
    expect(rig.refused).toEqual([{ name: 'b', reason }]);
    expect(rig.names).toEqual(['a', 'c']);
    expect(rig.clock.sleepers).toBe(0);
    rig.ask(0, 'd', 0, { signal: AbortSignal.abort(reason) });
    await rig.finished();
    expect(rig.refused[1]).toEqual({ name: 'd', reason });
  });
});

describe('a request budget in the database', () => {
  it('frees the places of a process that died, and not before', async () => {
    const rig = shared();
    rig.askMany(0, 4, null);
    await rig.clock.advance(0);
    rig.ask(1, 'other', 0);
    await rig.clock.advance(59_000);
    expect(rig.names).not.toContain('other');
    await rig.clock.advance(1_500);
    await rig.finished();
    expect(rig.names).toContain('other');
  });

  it('does not wait long for the person of a process that died', async () => {
    const rig = shared({ burst: 1 });
    rig.ask(0, 'a', 0);
    await rig.clock.advance(0);
    await rig.tell({ by: 'dead', released: [], unused: [], take: { id: 'dead-1', priority: 2 } });
    rig.ask(0, 'b', 0);
    await rig.clock.advance(600);
    await rig.finished();
    expect(rig.names).toEqual(['a', 'b']);
    expect(rig.starts[1]?.atMs).toBeGreaterThanOrEqual(500);
  });

  it('gives a turn that came too late to whoever asks next', async () => {
    const rig = shared({ burst: 1, atOnce: 1 });
    const stop = new AbortController();
    rig.ask(0, 'holds', null);
    await rig.clock.advance(1_000);
    rig.ask(0, 'gives up', 0, { signal: stop.signal });
    await rig.clock.advance(0);
    rig.held[0]?.release();
    // The turn is on its way.
    stop.abort();
    await rig.clock.advance(0);
    rig.ask(1, 'next', 0);
    await rig.clock.advance(0);
    await rig.finished();
    expect(rig.names.at(-1)).toBe('next');
    expect(rig.starts.at(-1)?.atMs).toBe(1_000);
  });

  it('asks at least every quarter of a second, and never more than 50 times a second', async () => {
    const rig = shared();
    rig.budgets[0].limited(60_000);
    await rig.clock.advance(0);
    rig.ask(1, 'waits', 0);
    await rig.clock.advance(0);
    const before = rig.exchanges();
    await rig.clock.advance(10_000);
    expect(rig.exchanges() - before).toBe(40);
    const busy = shared({ atOnce: 1 });
    busy.ask(0, 'holds', null);
    await busy.clock.advance(0);
    busy.ask(1, 'waits', 0);
    await busy.clock.advance(0);
    const first = busy.exchanges();
    await busy.clock.advance(1_000);
    expect(busy.exchanges() - first).toBeLessThanOrEqual(50);
    busy.held[0]?.release();
    await busy.clock.advance(100);
    await busy.finished();
    await rig.clock.advance(60_000);
    await rig.finished();
  });

  it('lets nobody wait for a database that does not answer, and loses nothing by it', async () => {
    const rig = shared({ burst: 2, atOnce: 2 });
    const broken = new MongoServerError({ message: 'not primary', code: 10107 });
    rig.ask(0, 'holds', null);
    await rig.clock.advance(0);
    rig.wire.pass = () => Promise.reject(broken);
    rig.ask(0, 'a', 0);
    rig.ask(0, 'b', 0, { priority: 2 });
    rig.budgets[0].limited(2_000);
    await rig.clock.advance(0);
    rig.held[0]?.release();
    await rig.clock.advance(0);
    expect(rig.refused.map(({ name, reason }) => [name, reason])).toEqual([
      ['b', broken],
      ['a', broken],
    ]);
    expect(rig.clock.sleepers).toBe(0);
    rig.wire.pass = (step, send) => send(step);
    // The release and the pause are told with the next ask.
    rig.ask(0, 'c', 0);
    await rig.clock.advance(1_900);
    expect(rig.names).toEqual(['holds']);
    await rig.clock.advance(200);
    await rig.finished();
    expect(rig.names).toEqual(['holds', 'c']);
  });

  it('takes back a turn whose answer was lost', async () => {
    const rig = shared({ burst: 1, atOnce: 1 });
    rig.wire.pass = async (step, send) => {
      await send(step);
      throw new Error('connection lost');
    };
    rig.ask(0, 'lost', 0);
    await rig.clock.advance(0);
    rig.wire.pass = (step, send) => send(step);
    rig.ask(0, 'again', 0);
    await rig.clock.advance(0);
    expect(rig.starts).toEqual([{ atMs: 0, name: 'again', by: 0 }]);
    await rig.finished();
  });

  it('is one per tenant, and lives by the server’s own time', async () => {
    const make = (tenantId: string) =>
      mongoRequestBudget({
        db: database.db,
        tenantId,
        settings: { ...settings, perSecond: 0.001, burst: 1 },
        clock: systemClock,
        ids: randomIds,
      });
    const ask = { priority: 0, maxPauseMs: 0, signal: new AbortController().signal };
    const tenantId = `tenant-${randomUUID()}`;
    const one = make(tenantId);
    expect(await one.acquire(ask)).toMatchObject({ kind: 'turn' });
    expect(await make(`tenant-${randomUUID()}`).acquire(ask)).toMatchObject({ kind: 'turn' });
    one.limited(30_000);
    expect(await one.acquire(ask)).toMatchObject({ kind: 'paused' });
    expect(await make(tenantId).acquire(ask)).toMatchObject({ kind: 'paused' });
    const [row] = await database.db
      .collection<{ _id: string }>('request_budgets', { readConcern: { level: 'local' } })
      .aggregate<{ leftMs: number }>([
        { $match: { _id: tenantId } },
        { $project: { leftMs: { $subtract: ['$pausedUntil', '$$NOW'] } } },
      ])
      .toArray();
    expect(row?.leftMs).toBeGreaterThan(20_000);
    expect(row?.leftMs).toBeLessThanOrEqual(30_000);
  });

  it('refuses settings that cannot work', () => {
    const options = { db: database.db, tenantId: 't', clock: systemClock, ids: randomIds };
    expect(() => mongoRequestBudget({ ...options, settings: { ...settings, atOnce: 0 } })).toThrow(
      RangeError,
    );
  });
});
