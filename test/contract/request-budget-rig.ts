import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import {
  type BudgetExchange,
  budgetExchange,
  SharedRequestBudget,
} from '../../adapters/mongodb/request-budget.ts';
import type { Expression } from '../../adapters/mongodb/sync-task-pipelines.ts';
import type { BudgetAsk, BudgetSettings, RequestBudget, Turn } from '../../src/ports/request-budget.ts';
import { HandClock } from '../support/hand-clock.ts';
import { countingIds } from '../support/recording-logger.ts';

export const settings: BudgetSettings = { perSecond: 8, atOnce: 4, burst: 4, recoveryMs: 240_000 };

export type Start = { readonly atMs: number; readonly name: string; readonly by: number };

/** Callers of two budgets that work for one integration, on one virtual clock, and what became of them. */
class BudgetRig {
  readonly clock: HandClock;
  readonly budgets: readonly [RequestBudget, RequestBudget];
  readonly starts: Start[] = [];
  readonly held: Turn[] = [];
  readonly paused: { readonly name: string; readonly remainingMs: number }[] = [];
  readonly refused: { readonly name: string; readonly reason: unknown }[] = [];
  readonly #asked: Promise<void>[] = [];

  constructor(clock: HandClock, budgets: readonly [RequestBudget, RequestBudget]) {
    this.clock = clock;
    this.budgets = budgets;
  }

  get names(): string[] {
    return this.starts.map(({ name }) => name);
  }

  /** Asks the budget `by` for a turn; `tookMs` after it began it is released, never when that is null. */
  ask(by: 0 | 1, name: string, tookMs: number | null, more: Partial<BudgetAsk> = {}): void {
    this.#asked.push(this.#turn(by, name, tookMs, more));
  }

  askMany(by: 0 | 1, count: number, tookMs: number | null, more: Partial<BudgetAsk> = {}): void {
    for (let i = 1; i <= count; i++) this.ask(by, `${by}-${i}`, tookMs, more);
  }

  /** After everybody who asked has been answered and has let go. */
  async finished(): Promise<void> {
    await Promise.all(this.#asked);
    await this.clock.advance(0);
  }

  async #turn(by: 0 | 1, name: string, tookMs: number | null, more: Partial<BudgetAsk>): Promise<void> {
    const { signal } = new AbortController();
    try {
      const turn = await this.budgets[by].acquire({ priority: 0, maxPauseMs: 60_000, signal, ...more });
      if (turn.kind === 'paused') {
        this.paused.push({ name, remainingMs: turn.remainingMs });
        return;
      }
      this.starts.push({ atMs: this.clock.monotonicMs(), name, by });
      if (tookMs === null) this.held.push(turn);
      else if (tookMs === 0) turn.release();
      else await this.clock.sleep(tookMs).then(turn.release);
    } catch (reason) {
      this.refused.push({ name, reason });
    }
  }
}

export type { BudgetRig };

/** One process: both names stand for the same budget. */
export function localRig(changes: Partial<BudgetSettings> = {}): BudgetRig {
  const clock = new HandClock();
  const budget = new LocalRequestBudget({ ...settings, ...changes }, clock);
  return new BudgetRig(clock, [budget, budget]);
}

export type SharedRig = BudgetRig & {
  /** Stands between the budgets and the database: faults are planted here. */
  readonly wire: {
    pass: (step: Parameters<BudgetExchange>[0], send: BudgetExchange) => ReturnType<BudgetExchange>;
  };
  /** What a third process tells and asks, once. */
  readonly tell: BudgetExchange;
  /** Exchanges with the database so far. */
  readonly exchanges: () => number;
};

/** Two processes that share a database, whose time is the virtual clock's. */
export function sharedRig(db: Db, changes: Partial<BudgetSettings> = {}): SharedRig {
  let underWay = 0;
  let count = 0;
  const clock = new HandClock(async () => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (underWay > 0);
  });
  const time: Expression[] = [clock.now(), 0];
  const ids = countingIds();
  const real = budgetExchange({
    db,
    tenantId: `tenant-${randomUUID()}`,
    settings: { ...settings, ...changes },
    clock,
    ids,
    now: { $add: time },
  });
  const wire: SharedRig['wire'] = { pass: (step, send) => send(step) };
  const exchange: BudgetExchange = async (step) => {
    time[1] = clock.monotonicMs();
    underWay += 1;
    count += 1;
    try {
      return await wire.pass(step, real);
    } finally {
      underWay -= 1;
    }
  };
  const budgets = [
    new SharedRequestBudget(exchange, clock, ids),
    new SharedRequestBudget(exchange, clock, ids),
  ] as const;
  return Object.assign(new BudgetRig(clock, budgets), { wire, tell: exchange, exchanges: () => count });
}
