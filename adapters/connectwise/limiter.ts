/**
 * The request budget of one ConnectWise integration: how many requests a second, how many at once, and one pause
 * that all requests share when ConnectWise answers 429.
 *
 * Hard cases: several requests in flight all get their 429 for the same overload, which must halve the rate once
 * and not four times; a pause must not end in a burst; a person's request must not stand behind a sweep of
 * hundreds; a request that is given up while it waits must leave no trace; and a pause may be longer than a caller
 * wants to wait.
 */

import type { Clock } from '../../src/ports/clock.ts';

/** A started request; `release` when its answer has been read. Releasing twice is the same as once. */
export type Turn = { readonly kind: 'turn'; readonly release: () => void };

/** ConnectWise allows no request for longer than the caller would wait. */
export type Paused = { readonly kind: 'paused'; readonly remainingMs: number };

export type Ask = {
  /** The highest goes first; first come, first served among equals. */
  readonly priority: number;
  /** The longest pause of ConnectWise the caller waits for, in milliseconds. */
  readonly maxPauseMs: number;
  readonly signal: AbortSignal;
};

/** Implemented here for one process; one that is shared over processes has the same shape. */
export type RequestBudget = {
  /** @throws the signal's reason when it is aborted before the turn comes */
  acquire(ask: Ask): Promise<Turn | Paused>;
  /** ConnectWise answered 429: nobody asks for so many milliseconds, and slower afterwards. */
  limited(pauseMs: number): void;
};

export type BudgetSettings = {
  /** Requests a second in the long run. */
  readonly perSecond: number;
  readonly atOnce: number;
  /** Requests that may start together after a quiet time, before the pace sets in. */
  readonly burst: number;
  /** Milliseconds from nothing to the whole budget: one that was halved once is whole after half of it. */
  readonly recoveryMs: number;
};

/** ConnectWise limits "likely" over 1,000 a minute; 12 in parallel tripped it on a live tenant, 4 did not. */
export const defaultBudget: BudgetSettings = { perSecond: 8, atOnce: 4, burst: 4, recoveryMs: 240_000 };

/** The budget is never cut below this share of its settings. */
const smallestShare = 1 / 8;

type Waiter = Ask & { readonly answer: (result: Turn | Paused) => void };

export class LocalRequestBudget implements RequestBudget {
  readonly #settings: BudgetSettings;
  readonly #clock: Clock;
  readonly #waiting: Waiter[] = [];
  #running = 0;
  #tokens: number;
  #filledAtMs: number;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** Share of the settings allowed at `#shareAtMs`; it grows from there. */
  #share = 1;
  #shareAtMs = 0;
  #alarm: { readonly dueMs: number; readonly off: AbortController } | undefined;

  constructor(settings: BudgetSettings, clock: Clock) {
    checkSettings(settings);
    this.#settings = settings;
    this.#clock = clock;
    this.#tokens = settings.burst;
    this.#filledAtMs = clock.monotonicMs();
  }

  acquire(ask: Ask): Promise<Turn | Paused> {
    if (ask.signal.aborted) return Promise.reject(ask.signal.reason);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(ask.signal.reason);
        this.#pump();
      };
      const answer = (result: Turn | Paused): void => {
        ask.signal.removeEventListener('abort', giveUp);
        resolve(result);
      };
      const waiter: Waiter = { ...ask, answer };
      ask.signal.addEventListener('abort', giveUp, { once: true });
      const behind = this.#waiting.findIndex((other) => other.priority < ask.priority);
      this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, waiter);
      this.#pump();
    });
  }

  limited(pauseMs: number): void {
    const now = this.#clock.monotonicMs();
    this.#fill(now);
    // A 429 that arrives while everybody pauses belongs to the overload that was already answered.
    if (now >= this.#pausedUntilMs) this.#share = Math.max(smallestShare, this.#shareAt(now) / 2);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, now + pauseMs);
    this.#shareAtMs = this.#pausedUntilMs;
    this.#tokens = Math.min(this.#tokens, 1);
    this.#filledAtMs = this.#pausedUntilMs;
    this.#pump();
  }

  #pump(): void {
    const now = this.#clock.monotonicMs();
    this.#refuseTheHurried(now);
    this.#fill(now);
    while (this.#waiting.length > 0 && this.#waitMs(now) === 0) this.#start();
    this.#setAlarm(now);
  }

  #start(): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) return;
    this.#tokens -= 1;
    this.#running += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      this.#running -= 1;
      this.#pump();
    };
    waiter.answer({ kind: 'turn', release });
  }

  #refuseTheHurried(now: number): void {
    const remainingMs = this.#pausedUntilMs - now;
    for (const waiter of this.#waiting.filter((one) => remainingMs > one.maxPauseMs)) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.answer({ kind: 'paused', remainingMs });
    }
  }

  /** Milliseconds until the next start; infinite while only a release can allow it. */
  #waitMs(now: number): number {
    const share = this.#shareAt(now);
    if (this.#running >= Math.max(1, Math.floor(this.#settings.atOnce * share)))
      return Number.POSITIVE_INFINITY;
    if (now < this.#pausedUntilMs) return this.#pausedUntilMs - now;
    // Sums of fractions end a hair below 1; without the tolerance the wait for the rest would be taken again.
    const missing = 1 - this.#tokens;
    return missing <= 1e-6 ? 0 : Math.ceil((missing * 1000) / (this.#settings.perSecond * share));
  }

  #fill(now: number): void {
    if (now <= this.#filledAtMs) return;
    const rate = this.#settings.perSecond * this.#shareAt(this.#filledAtMs);
    this.#tokens = Math.min(this.#settings.burst, this.#tokens + ((now - this.#filledAtMs) * rate) / 1000);
    this.#filledAtMs = now;
  }

  #shareAt(now: number): number {
    return Math.min(1, this.#share + Math.max(0, now - this.#shareAtMs) / this.#settings.recoveryMs);
  }

  #setAlarm(now: number): void {
    const waitMs = this.#waiting.length === 0 ? Number.POSITIVE_INFINITY : this.#waitMs(now);
    if (this.#alarm?.dueMs === now + waitMs) return;
    this.#alarm?.off.abort();
    this.#alarm = undefined;
    if (!Number.isFinite(waitMs)) return;
    const alarm = { dueMs: now + waitMs, off: new AbortController() };
    this.#alarm = alarm;
    const ring = (): void => {
      if (this.#alarm === alarm) this.#alarm = undefined;
      this.#pump();
    };
    this.#clock.sleep(waitMs, alarm.off.signal).then(ring, () => undefined);
  }
}

function checkSettings({ perSecond, atOnce, burst, recoveryMs }: BudgetSettings): void {
  if (!(perSecond > 0)) throw new RangeError('requests a second must be more than 0');
  if (!Number.isInteger(atOnce) || atOnce < 1) throw new RangeError('requests at once must be 1 or more');
  if (!(burst >= 1)) throw new RangeError('the burst must be 1 or more');
  if (!(recoveryMs > 0)) throw new RangeError('the recovery time must be more than 0');
}
