/** The gate's rules, kept by the one over MongoDB and by the one that unit tests use. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { type Gate, isShut } from '../../src/ports/gate.ts';
import { FakeGate } from '../support/fake-gate.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

const ann = { id: 'slack:T1/U1', name: '$Ann' } as const;
const down: Failure = { code: 'cw.unavailable', message: '$no answer' };
const refused: Failure = { code: 'cw.auth' };

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

type Rig = {
  readonly gate: Gate;
  /** Another process's view of the same gate. */
  readonly other: Gate;
  readonly stranger: Gate;
  advance(ms: number): void;
};

function mongoRig(): Rig {
  const add: (string | number)[] = ['$$NOW', 0];
  const make = (tenantId: string) => mongoGate({ db: fresh.db, tenantId, now: { $add: add } });
  const tenantId = `tenant-${randomUUID()}`;
  return {
    gate: make(tenantId),
    other: make(tenantId),
    stranger: make(`${tenantId}-2`),
    advance: (ms) => {
      add[1] = Number(add[1]) + ms;
    },
  };
}

function fakeRig(): Rig {
  let offset = 0;
  const now = () => new Date(Date.now() + offset);
  const gate = new FakeGate(now);
  const advance = (ms: number) => {
    offset += ms;
  };
  return { gate, other: gate, stranger: new FakeGate(now), advance };
}

describe.each([
  ['over MongoDB', mongoRig],
  ['in memory', fakeRig],
])('the gate %s', (_name, makeRig) => {
  let gate: Gate;
  let other: Gate;
  let stranger: Gate;
  let advance: Rig['advance'];
  beforeEach(() => {
    ({ gate, other, stranger, advance } = makeRig());
  });

  it('is open where nobody ever shut it', async () => {
    const state = await gate.read();
    expect(state).toEqual({ now: expect.any(Date), enabled: true });
    expect(isShut(state)).toBe(false);
    expect(await gate.takeProbe('a', 1_000)).toBe(false);
    expect(await gate.close('a')).toBe(false);
    await gate.probeNow();
    await gate.probeFailed('a', down, 5);
    expect(await gate.read()).toEqual({ now: expect.any(Date), enabled: true });
  });

  it('tells its time by the clock that decides', async () => {
    const before = await gate.read();
    advance(60_000);
    const after = await gate.read();
    const passed = after.now.getTime() - before.now.getTime();
    expect(passed).toBeGreaterThanOrEqual(60_000);
    expect(passed).toBeLessThan(90_000);
  });

  it('tells one of many callers at once that it was first, and keeps what the first said', async () => {
    const trips = Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? gate : other).trip({ code: 'cw.unavailable', reference: `r${i}` }, 5_000),
    );
    const told = await Promise.all(trips);
    expect(told.filter(({ first }) => first)).toHaveLength(1);
    const { now, circuit } = await gate.read();
    expect(circuit).toMatchObject({ failure: { code: 'cw.unavailable' }, probes: 0 });
    expect(circuit?.failure.reference).toBe(`r${told.findIndex(({ first }) => first)}`);
    expect(circuit?.probeAt?.getTime()).toBe((circuit?.since.getTime() ?? 0) + 5_000);
    expect(circuit?.since.getTime()).toBeLessThanOrEqual(now.getTime());
    expect(isShut(await other.read())).toBe(true);
    expect(isShut(await stranger.read())).toBe(false);
  });

  it('changes nothing where it is tripped again', async () => {
    await gate.trip(down, 5_000);
    const { circuit } = await gate.read();
    advance(3_000);
    expect(await other.trip(refused, undefined)).toEqual({ first: false });
    expect((await gate.read()).circuit).toEqual(circuit);
  });

  it('has one probe, when it is due, and a lease that ran out is free again', async () => {
    await gate.trip(down, 5_000);
    expect(await gate.takeProbe('a', 60_000)).toBe(false);
    advance(5_000);
    const taken = await Promise.all(
      ['a', 'b', 'c', 'd'].map((owner, i) => (i % 2 ? gate : other).takeProbe(owner, 60_000)),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
    advance(50_000);
    expect(await other.takeProbe('e', 60_000)).toBe(false);
    advance(10_000);
    expect(await other.takeProbe('e', 60_000)).toBe(true);
  });

  it('after a probe that failed the next is due later, and the count grows', async () => {
    await gate.trip(down, 0);
    const since = (await gate.read()).circuit?.since;
    expect(await gate.takeProbe('a', 60_000)).toBe(true);
    await gate.probeFailed('a', { code: 'cw.unavailable', message: 'again' }, 10_000);
    expect((await gate.read()).circuit).toMatchObject({ failure: { message: 'again' }, since, probes: 1 });
    expect(await other.takeProbe('b', 60_000)).toBe(false);
    advance(10_000);
    expect(await other.takeProbe('b', 60_000)).toBe(true);
  });

  it('a probe that finds the keys refused waits for a person, until one asks', async () => {
    await gate.trip(down, 0);
    await gate.takeProbe('a', 60_000);
    await gate.probeFailed('a', refused, undefined);
    expect((await gate.read()).circuit).toEqual({ failure: refused, since: expect.any(Date), probes: 1 });
    advance(86_400_000);
    expect(await gate.takeProbe('a', 60_000)).toBe(false);
    await other.probeNow();
    expect(await gate.takeProbe('a', 60_000)).toBe(true);
  });

  it('keys refused at once have no probe until a person asks', async () => {
    await gate.trip(refused, undefined);
    expect((await gate.read()).circuit?.probeAt).toBeUndefined();
    advance(86_400_000);
    expect(await gate.takeProbe('a', 60_000)).toBe(false);
    await gate.probeNow();
    const { now, circuit } = await gate.read();
    expect(circuit?.probeAt?.getTime()).toBeLessThanOrEqual(now.getTime());
    expect(await gate.takeProbe('a', 60_000)).toBe(true);
  });

  it('is closed by its prober only, once', async () => {
    await gate.trip(down, 0);
    expect(await gate.close('a')).toBe(false);
    await gate.takeProbe('a', 60_000);
    expect(await other.close('b')).toBe(false);
    expect(isShut(await gate.read())).toBe(true);
    expect(await gate.close('a')).toBe(true);
    expect(await gate.close('a')).toBe(false);
    expect(isShut(await other.read())).toBe(false);
    expect(await gate.trip(down, 0)).toEqual({ first: true });
    expect(await gate.close('a')).toBe(false);
  });

  it('who was overtaken decides nothing: by another prober, or by somebody who asked anew', async () => {
    await gate.trip(down, 0);
    await gate.takeProbe('a', 1_000);
    advance(1_000);
    expect(await other.takeProbe('b', 60_000)).toBe(true);
    await gate.probeFailed('a', refused, undefined);
    expect((await gate.read()).circuit).toMatchObject({ failure: down, probes: 0 });
    await other.probeNow();
    await other.probeFailed('b', refused, undefined);
    expect((await gate.read()).circuit).toMatchObject({ failure: down, probes: 0 });
    expect(await gate.takeProbe('a', 60_000)).toBe(true);
  });

  it('the switch goes both ways, each once, and says by whom, when and why', async () => {
    expect(await gate.setEnabled(true, ann)).toBe(false);
    expect((await gate.read()).changed).toBeUndefined();
    const told = await Promise.all([
      gate.setEnabled(false, ann, '$move of servers'),
      other.setEnabled(false, ann, '$move of servers'),
    ]);
    expect(told.filter(Boolean)).toHaveLength(1);
    const off = await other.read();
    expect(off).toMatchObject({ enabled: false, changed: { by: ann, reason: '$move of servers' } });
    expect(isShut(off)).toBe(true);
    advance(1_000);
    expect(await gate.setEnabled(false, { id: 'x', name: 'X' })).toBe(false);
    expect((await gate.read()).changed).toEqual(off.changed);
    expect(await gate.setEnabled(true, ann)).toBe(true);
    const on = await gate.read();
    expect(on.enabled).toBe(true);
    expect(on.changed).toEqual({ by: ann, at: expect.any(Date) });
    expect(isShut(on)).toBe(false);
  });

  it('switch and circuit shut it each for itself', async () => {
    await gate.trip(down, 0);
    await gate.setEnabled(false, ann);
    await gate.takeProbe('a', 60_000);
    expect(await gate.close('a')).toBe(true);
    expect(isShut(await gate.read())).toBe(true);
    await gate.trip(down, 0);
    await gate.setEnabled(true, ann);
    expect(isShut(await gate.read())).toBe(true);
  });
});
