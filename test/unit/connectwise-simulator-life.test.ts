import { describe, expect, it } from 'vitest';
import { type Act, tryAct } from '../../demo/connectwise/life/acts.ts';
import { LifeSwitch, startLife } from '../../demo/connectwise/life/life.ts';
import { nextActs, type Pace } from '../../demo/connectwise/life/next-acts.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { Random } from '../../demo/connectwise/world/random.ts';
import { toSnapshot } from '../../demo/connectwise/world/snapshot.ts';
import type { World } from '../../demo/connectwise/world/world.ts';

const NOW = Date.parse('2026-03-02T00:00:00Z');
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

function tenant(projects = 11) {
  const time = { now: NOW };
  const clock = () => new Date(time.now);
  return { time, world: createWorld({ seed: 7, projects, tickets: 20, now: clock(), clock }) };
}

function liveADay(seed: number, pace: Pace) {
  const { time, world } = tenant();
  const random = new Random(seed);
  const done: Act[] = [];
  let refused = 0;
  for (let minute = 0; minute < DAY_MINUTES; minute += 1) {
    time.now += MINUTE_MS;
    for (const act of nextActs(random, world, MINUTE_MS, pace)) {
      if (tryAct(world, act)) done.push(act);
      else refused += 1;
    }
  }
  return { world, done, refused };
}

function sumsHold({ stores }: World): void {
  for (const ticket of stores.tickets.rows()) {
    const hours = stores.timeEntries.rows('ticket/id', ticket.id).map(({ actualHours }) => actualHours);
    expect(ticket.actualHours ?? 0).toBeCloseTo(
      hours.reduce((sum, one) => sum + one, 0),
      6,
    );
    const people = stores.scheduleEntries.rows('objectid', ticket.id).map(({ member }) => member.identifier);
    expect(ticket.resources).toBe(people.length === 0 ? null : [...new Set(people)].join(', '));
  }
  for (const { id, actualHours } of stores.projects.rows()) {
    const hours = stores.tickets.rows('project/id', id).map((ticket) => ticket.actualHours ?? 0);
    expect(actualHours).toBeCloseTo(
      hours.reduce((sum, one) => sum + one, 0),
      6,
    );
  }
}

describe('a day of life', () => {
  it('has every kind of act, by people who are there, on projects that are open', () => {
    const { world, done, refused } = liveADay(1, { actsPerHour: 100 });
    expect(done.length).toBeGreaterThan(2_200);
    expect(done.length).toBeLessThan(2_450);
    expect(refused).toBeLessThan(20);
    expect(new Set(done.map(({ kind }) => kind)).size).toBe(11);
    const people = new Set(done.map(({ person }) => person));
    expect(people.size).toBe(11);
    expect([...people]).not.toContain('cdubois');
    expect([...people]).not.toContain('cwsync-api');
    const closed = world.stores.projects.rows().filter(({ closedFlag }) => closedFlag);
    expect(closed).toHaveLength(1);
    const touched = world.stores.tickets
      .rows('project/id', closed[0]?.id)
      .filter(({ _info }) => Date.parse(_info.lastUpdated) >= NOW);
    expect(touched).toEqual([]);
    const stamps = world.stores.tickets.rows().map(({ _info }) => Date.parse(_info.lastUpdated));
    expect(Math.max(...stamps)).toBeLessThanOrEqual(NOW + DAY_MINUTES * MINUTE_MS);
    sumsHold(world);
  });

  it('closes tickets and opens them again, and the work does not dry up', () => {
    const { world } = liveADay(2, { actsPerHour: 200 });
    const tickets = world.stores.tickets.rows();
    const closed = tickets.filter(({ closedFlag }) => closedFlag).length;
    expect(closed).toBeGreaterThan(tickets.length * 0.1);
    expect(closed).toBeLessThan(tickets.length * 0.7);
    expect(tickets.length).toBeGreaterThan(220);
  });

  it('is the same for the same seed, and another for another', () => {
    const day = (seed: number) => toSnapshot(liveADay(seed, { actsPerHour: 30 }).world);
    expect(day(3)).toBe(day(3));
    expect(day(3)).not.toBe(day(4));
  });

  it('is as busy as it is told, overall and by project', () => {
    const acts = (pace: Pace) => liveADay(5, pace).done.length;
    expect(acts({})).toBe(0);
    expect(acts({ actsPerHour: 10 })).toBeGreaterThan(180);
    expect(acts({ actsPerHour: 10 })).toBeLessThan(290);
    expect(acts({ actsPerHourPerProject: 4 })).toBeGreaterThan(4 * 10 * 24 * 0.85);
    expect(acts({ actsPerHourPerProject: 4 })).toBeLessThan(4 * 10 * 24 * 1.1);
  });

  it('has nothing to do where nothing is', () => {
    expect(nextActs(new Random(1), tenant(0).world, 3_600_000, { actsPerHour: 100 })).toEqual([]);
  });
});

describe('life that runs', () => {
  it('acts once a step, and never after it was stopped', async () => {
    const { world } = tenant();
    let acts = 0;
    const wakes: (() => void)[] = [];
    const slept: number[] = [];
    const life = startLife({
      world,
      everyMs: 1_000,
      seed: 7,
      sleep: (ms) => {
        slept.push(ms);
        return new Promise((resolve) => wakes.push(resolve));
      },
      onAct: () => {
        acts += 1;
      },
    });
    const step = async () => {
      const before = slept.length;
      wakes.pop()?.();
      await expect.poll(() => slept.length).toBe(before + 1);
    };
    expect(acts).toBe(0);
    for (let turn = 0; turn < 20; turn += 1) await step();
    expect(acts).toBeGreaterThan(15);
    expect(acts).toBeLessThanOrEqual(20);
    expect(new Set(slept)).toEqual(new Set([1_000]));
    const before = acts;
    life.stop();
    wakes.pop()?.();
    await life.ended;
    expect(acts).toBe(before);
  });

  it('says so when it fails, and is off then', async () => {
    const { world } = tenant();
    const failures: unknown[] = [];
    const life = new LifeSwitch(world, (error) => failures.push(error));
    world.onChange(() => {
      throw new Error('the listener broke');
    });
    life.turnOn({ everyMs: 10 });
    await expect.poll(() => failures).toEqual([new Error('the listener broke')]);
    expect(life.state()).toMatchObject({ on: false, everyMs: 10, seed: 7 });
  });
});
