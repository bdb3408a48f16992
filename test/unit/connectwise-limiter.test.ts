import { describe, expect, it } from 'vitest';
import { defaultBudget, LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import type { BudgetAsk, Turn } from '../../src/ports/request-budget.ts';
import { HandClock } from '../support/hand-clock.ts';

const settings = { perSecond: 8, atOnce: 4, burst: 4, recoveryMs: 240_000 };

function world(changes: Partial<typeof settings> = {}) {
  const clock = new HandClock();
  const budget = new LocalRequestBudget({ ...settings, ...changes }, clock);
  const starts: { atMs: number; name: string }[] = [];
  const held: Turn[] = [];
  const paused: { name: string; remainingMs: number }[] = [];
  const refused: { name: string; reason: unknown }[] = [];
  /** Asks for a turn; `tookMs` after it began it is released, never when that is null. */
  async function ask(name: string, tookMs: number | null, more: Partial<BudgetAsk> = {}): Promise<void> {
    const signal = new AbortController().signal;
    try {
      const turn = await budget.acquire({ priority: 0, maxPauseMs: 60_000, signal, ...more });
      if (turn.kind === 'paused') {
        paused.push({ name, remainingMs: turn.remainingMs });
        return;
      }
      starts.push({ atMs: clock.monotonicMs(), name });
      if (tookMs === null) held.push(turn);
      else if (tookMs === 0) turn.release();
      else await clock.sleep(tookMs).then(turn.release);
    } catch (reason) {
      refused.push({ name, reason });
    }
  }
  return { clock, budget, starts, held, paused, refused, ask, names: () => starts.map(({ name }) => name) };
}

/** The most starts in any second `[t, t + 1000)` that begins at a start after `fromMs`. */
function busiestSecond(starts: readonly { atMs: number }[], fromMs: number): number {
  const times = starts.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs);
  return Math.max(...times.map((t) => times.filter((other) => other >= t && other < t + 1000).length));
}

describe('the request budget', () => {
  it('starts a burst at once, then no more than 8 in any second', async () => {
    const { clock, starts, ask } = world();
    const all = Array.from({ length: 100 }, (_, i) => ask(`r${i}`, 0));
    await clock.advance(0);
    expect(starts).toHaveLength(settings.burst);
    await clock.advance(60_000);
    await Promise.all(all);
    expect(starts).toHaveLength(100);
    expect(busiestSecond(starts, 1)).toBe(8);
    // 96 after the burst at 8 a second: neither slower than allowed nor faster.
    expect(starts.at(-1)?.atMs).toBe(12_000);
  });

  it('saves no more than a burst in a quiet time', async () => {
    const { clock, starts, ask } = world();
    await clock.advance(3_600_000);
    const all = Array.from({ length: 20 }, (_, i) => ask(`r${i}`, 0));
    await clock.advance(0);
    expect(starts).toHaveLength(settings.burst);
    await clock.advance(10_000);
    await Promise.all(all);
  });

  it('has no more than 4 at once, however fast it might go', async () => {
    const { clock, starts, held, ask } = world({ perSecond: 1000, burst: 1000 });
    const all = Array.from({ length: 9 }, (_, i) => ask(`r${i}`, null));
    await clock.advance(10_000);
    expect(starts).toHaveLength(4);
    held[0]?.release();
    held[0]?.release();
    await clock.advance(10);
    expect(starts).toHaveLength(5);
    for (const turn of held.slice(1, 5)) turn.release();
    await clock.advance(10);
    expect(starts).toHaveLength(9);
    await Promise.all(all);
  });

  it('lets people go first, and equals in the order they came', async () => {
    const { clock, names, ask } = world({ burst: 1 });
    const all = [
      ask('first', 0),
      ask('clock 1', 0),
      ask('change 1', 0, { priority: 1 }),
      ask('clock 2', 0),
      ask('person 1', 0, { priority: 2 }),
      ask('change 2', 0, { priority: 1 }),
      ask('person 2', 0, { priority: 2 }),
    ];
    await clock.advance(5_000);
    await Promise.all(all);
    expect(names()).toEqual(['first', 'person 1', 'person 2', 'change 1', 'change 2', 'clock 1', 'clock 2']);
  });

  it('pauses everybody, does not shorten the pause, and does not end it with a burst', async () => {
    const { clock, budget, starts, ask } = world();
    budget.limited(30_000);
    budget.limited(5_000);
    const all = [ask('a', 0), ask('b', 0, { priority: 2 }), ask('c', 0), ask('d', 0)];
    await clock.advance(29_999);
    expect(starts).toEqual([]);
    await clock.advance(1);
    expect(starts.map(({ name }) => name)).toEqual(['b']);
    await clock.advance(2_000);
    await Promise.all(all);
    expect(starts).toHaveLength(4);
  });

  it('halves once for one overload, and again for the next', async () => {
    const { clock, budget, starts, ask } = world();
    for (let i = 0; i < 4; i++) budget.limited(10_000);
    await clock.advance(10_000);
    const all = Array.from({ length: 300 }, (_, i) => ask(`r${i}`, 0));
    await clock.advance(10_000);
    // About 4 a second; recovery adds a little in ten seconds.
    expect(starts.length).toBeGreaterThanOrEqual(40);
    expect(starts.length).toBeLessThanOrEqual(45);
    budget.limited(1_000);
    const before = starts.length;
    await clock.advance(11_000);
    expect(starts.length - before).toBeGreaterThanOrEqual(20);
    expect(starts.length - before).toBeLessThanOrEqual(26);
    await clock.advance(600_000);
    await Promise.all(all);
  });

  it('halves how many may run at once, too', async () => {
    const { clock, budget, starts, held, ask } = world();
    budget.limited(1_000);
    await clock.advance(1_000);
    const all = Array.from({ length: 4 }, (_, i) => ask(`r${i}`, null));
    await clock.advance(5_000);
    expect(starts).toHaveLength(2);
    for (let i = 0; i < 4; i++) {
      held[i]?.release();
      await clock.advance(1_000);
    }
    await Promise.all(all);
  });

  it('recovers slowly, and then fully', async () => {
    const { clock, budget, starts, ask } = world();
    budget.limited(1_000);
    await clock.advance(1_000 + settings.recoveryMs / 2);
    const all = Array.from({ length: 84 }, (_, i) => ask(`r${i}`, 0));
    await clock.advance(10_000);
    await Promise.all(all);
    expect(starts).toHaveLength(84);
  });

  it('never stops altogether', async () => {
    const { clock, budget, starts, ask } = world();
    for (let i = 0; i < 20; i++) {
      budget.limited(1);
      await clock.advance(1);
    }
    const all = [ask('a', 0), ask('b', 0), ask('c', 0)];
    await clock.advance(3_000);
    await Promise.all(all);
    expect(starts).toHaveLength(3);
  });

  it('tells those who would not wait so long, also when they already wait', async () => {
    const { clock, budget, paused, starts, ask } = world();
    budget.limited(20_000);
    const hurried = ask('hurried', 0, { maxPauseMs: 10_000 });
    const patient = ask('patient', 0, { maxPauseMs: 60_000 });
    await hurried;
    expect(paused).toEqual([{ name: 'hurried', remainingMs: 20_000 }]);
    await clock.advance(5_000);
    budget.limited(90_000);
    await patient;
    expect(paused.at(1)).toEqual({ name: 'patient', remainingMs: 90_000 });
    expect(starts).toEqual([]);
    expect(clock.sleepers).toBe(0);
  });

  it('forgets a request that is given up while it waits', async () => {
    const { clock, names, refused, ask } = world({ burst: 1 });
    const stop = new AbortController();
    const reason = new Error('lease lost');
    const all = [ask('a', 0), ask('b', 0, { signal: stop.signal, priority: 2 }), ask('c', 0)];
    stop.abort(reason);
    await clock.advance(125);
    await Promise.all(all);
    expect(refused).toEqual([{ name: 'b', reason }]);
    expect(names()).toEqual(['a', 'c']);
    expect(clock.sleepers).toBe(0);
    await ask('d', 0, { signal: AbortSignal.abort(reason) });
    expect(refused.at(1)).toEqual({ name: 'd', reason });
  });

  it('wakes nobody when the last one who waited is gone', async () => {
    const { clock, ask } = world({ burst: 1 });
    const stop = new AbortController();
    const all = [ask('a', 0), ask('b', 0, { signal: stop.signal })];
    await clock.advance(0);
    expect(clock.sleepers).toBe(1);
    stop.abort();
    await Promise.all(all);
    expect(clock.sleepers).toBe(0);
  });

  it('refuses settings that cannot work', () => {
    const clock = new HandClock();
    for (const wrong of [
      { perSecond: 0 },
      { atOnce: 0 },
      { atOnce: 1.5 },
      { burst: 0 },
      { recoveryMs: Number.NaN },
    ]) {
      expect(() => new LocalRequestBudget({ ...defaultBudget, ...wrong }, clock)).toThrow(RangeError);
    }
  });
});
