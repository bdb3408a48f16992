/**
 * The request budget of one ConnectWise integration, shared by every process that works for it. The database holds
 * what is shared (see `request-budget-pipeline.ts`); here is one process's side: the line in which its callers wait,
 * and when to ask again.
 *
 * Hard cases: processes that die with a request in flight; a person's request here while a sweep runs elsewhere; a
 * caller who gives up while his turn is on its way; an answer from the database that never came, for a turn that was
 * granted; and a database that does not answer at all, which must not leave anybody waiting.
 *
 * One exchange with the database is under way at a time: it tells what was released and asks for the first in line.
 */

import type { Db } from 'mongodb';
import { checkBudgetSettings, WaitingLine } from '../../src/domain/request-budget.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type {
  BudgetAsk,
  BudgetSettings,
  Paused,
  RequestBudget,
  Turn,
} from '../../src/ports/request-budget.ts';
import {
  type BudgetAnswer,
  type BudgetDocument,
  type BudgetStep,
  budgetStages,
  waitingLastsMs,
} from './request-budget-pipeline.ts';
import type { Expression } from './sync-task-pipelines.ts';

export type RequestBudgetOptions = {
  readonly db: Db;
  readonly tenantId: string;
  readonly settings: BudgetSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The server's time: `$$NOW` in production, shifted in tests. */
  readonly now?: Expression;
};

/** @throws RangeError for settings that cannot work */
export function mongoRequestBudget(options: RequestBudgetOptions): RequestBudget {
  checkBudgetSettings(options.settings);
  return new SharedRequestBudget(budgetExchange(options), options.clock, options.ids);
}

export type BudgetExchange = (step: BudgetStep) => Promise<BudgetAnswer>;

/** One step of one process against the shared document. */
export function budgetExchange({
  db,
  tenantId,
  settings,
  now = '$$NOW',
}: RequestBudgetOptions): BudgetExchange {
  // What a failover may lose is a second of pace; waiting for a majority would cost every request.
  const budgets = db.collection<BudgetDocument>('request_budgets', { writeConcern: { w: 1 } });
  return async (step) => {
    const after = await budgets.findOneAndUpdate({ _id: tenantId }, budgetStages(now, settings, step), {
      upsert: true,
      returnDocument: 'after',
      projection: { answer: 1 },
    });
    if (after === null) throw new Error('the request budget was not stored');
    return after.answer;
  };
}

/** Never busier with the database than that. */
const leastGapMs = 20;
/** Often enough to keep the place in the line of processes, and to learn of a pause. */
const longestGapMs = waitingLastsMs / 2;

export class SharedRequestBudget implements RequestBudget {
  readonly #exchange: BudgetExchange;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #by: string;
  readonly #line = new WaitingLine<Turn>(() => this.#poke());
  #released: string[] = [];
  #unused: string[] = [];
  #limitedUntilMs: number | undefined;
  /** The priority with which this process stands in the line of processes. */
  #standsWith: number | undefined;
  #askAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #askedFor = 0;
  #working = false;
  #nap: AbortController | undefined;

  constructor(exchange: BudgetExchange, clock: Clock, ids: Ids) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#ids = ids;
    this.#by = ids.next();
  }

  acquire(ask: BudgetAsk): Promise<Turn | Paused> {
    return this.#line.wait(ask);
  }

  limited(pauseMs: number): void {
    const untilMs = this.#clock.monotonicMs() + pauseMs;
    this.#limitedUntilMs = Math.max(this.#limitedUntilMs ?? untilMs, untilMs);
    this.#poke();
  }

  #poke(): void {
    this.#nap?.abort();
    if (!this.#working) void this.#work();
  }

  /** Goes on while somebody waits or something is to be told. Never rejects. */
  async #work(): Promise<void> {
    this.#working = true;
    try {
      for (;;) {
        const waitMs = this.#waitMs();
        if (waitMs === undefined) return;
        if (waitMs > 0) await this.#sleep(waitMs);
        else await this.#step();
      }
    } catch (error) {
      // What was to be told stays, and goes with the next ask; places end by themselves.
      this.#line.failAll(error);
    } finally {
      this.#working = false;
    }
  }

  /** Milliseconds to the next exchange; undefined when there is nothing to exchange. */
  #waitMs(): number | undefined {
    const { first } = this.#line;
    if (this.#hasNews(first)) return 0;
    if (first === undefined) return undefined;
    const higher = first.priority > this.#askedFor;
    const askAtMs = higher ? Math.min(this.#askAtMs, this.#askedAtMs + leastGapMs) : this.#askAtMs;
    return Math.max(0, askAtMs - this.#clock.monotonicMs());
  }

  #hasNews(first: { readonly priority: number } | undefined): boolean {
    if (this.#released.length > 0 || this.#unused.length > 0 || this.#limitedUntilMs !== undefined)
      return true;
    // Whoever gave up must keep nobody else from going.
    return this.#standsWith !== undefined && this.#standsWith > (first?.priority ?? Number.NEGATIVE_INFINITY);
  }

  async #step(): Promise<void> {
    const step = this.#nextStep();
    const asked = step.take;
    this.#askedAtMs = this.#clock.monotonicMs();
    this.#askedFor = asked?.priority ?? 0;
    const untilMs = this.#limitedUntilMs;
    const answer = await this.#exchange(step).catch((error: unknown) => {
      // It may have been granted, and only the answer lost.
      if (asked !== undefined) this.#unused.push(asked.id);
      throw error;
    });
    this.#released = this.#released.filter((id) => !step.released.includes(id));
    this.#unused = this.#unused.filter((id) => !step.unused.includes(id));
    if (this.#limitedUntilMs === untilMs) this.#limitedUntilMs = undefined;
    this.#standsWith = asked === undefined || answer.granted ? undefined : asked.priority;
    this.#line.refuseTheHurried(answer.pausedMs);
    if (asked === undefined) return;
    if (answer.granted) this.#give(asked.id);
    else this.#askAtMs = this.#clock.monotonicMs() + gapMs(answer.waitMs);
  }

  #nextStep(): BudgetStep {
    const { first } = this.#line;
    const limitedUntilMs = this.#limitedUntilMs;
    return {
      by: this.#by,
      released: [...this.#released],
      unused: [...this.#unused],
      ...(limitedUntilMs === undefined
        ? {}
        : { limitedMs: Math.max(0, limitedUntilMs - this.#clock.monotonicMs()) }),
      ...(first === undefined ? {} : { take: { id: this.#ids.next(), priority: first.priority } }),
    };
  }

  /** A turn belongs to whoever is first when it comes, since the one it was asked for may have given up. */
  #give(id: string): void {
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      this.#released.push(id);
      this.#askAtMs = Number.NEGATIVE_INFINITY;
      this.#poke();
    };
    this.#askAtMs = Number.NEGATIVE_INFINITY;
    if (!this.#line.answerFirst({ kind: 'turn', release })) this.#unused.push(id);
  }

  async #sleep(ms: number): Promise<void> {
    this.#nap = new AbortController();
    await this.#clock.sleep(ms, this.#nap.signal).catch(() => undefined);
    this.#nap = undefined;
  }
}

function gapMs(waitMs: number): number {
  return Math.min(longestGapMs, Math.max(leastGapMs, waitMs));
}
