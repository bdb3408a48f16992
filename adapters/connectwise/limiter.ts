/**
 * The request budget within one process; `adapters/mongodb/request-budget.ts` keeps the same rules over processes.
 *
 * Hard cases: several requests in flight all get their 429 for the same overload, which must halve the rate once
 * and not four times; a pause must not end in a burst; a person's request must not stand behind a sweep of
 * hundreds; a request that is given up while it waits must leave no trace; and a pause may be longer than a caller
 * wants to wait.
 */

import {
  checkBudgetSettings,
  smallestShare,
  tokenTolerance,
  WaitingLine,
} from '../../src/domain/request-budget.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  BudgetAsk,
  BudgetSettings,
  Paused,
  RequestBudget,
  Turn,
} from '../../src/ports/request-budget.ts';

/** ConnectWise limits "likely" over 1,000 a minute; 12 in parallel tripped it on a live tenant, 4 did not. */
export const defaultBudget: BudgetSettings = { perSecond: 8, atOnce: 4, burst: 4, recoveryMs: 240_000 };

export class LocalRequestBudget implements RequestBudget {
  readonly #settings: BudgetSettings;
  readonly #clock: Clock;
  readonly #line = new WaitingLine<Turn>(() => this.#pump());
  #running = 0;
  #tokens: number;
  #filledAtMs: number;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** Share of the settings allowed at `#shareAtMs`; it grows from there. */
  #share = 1;
  #shareAtMs = 0;
  #alarm: { readonly dueMs: number; readonly off: AbortController } | undefined;

  constructor(settings: BudgetSettings, clock: Clock) {
    checkBudgetSettings(settings);
    this.#settings = settings;
    this.#clock = clock;
    this.#tokens = settings.burst;
    this.#filledAtMs = clock.monotonicMs();
  }

  acquire(ask: BudgetAsk): Promise<Turn | Paused> {
    return this.#line.wait(ask);
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
    this.#line.refuseTheHurried(this.#pausedUntilMs - now);
    this.#fill(now);
    while (this.#line.first !== undefined && this.#waitMs(now) === 0) this.#start();
    this.#setAlarm(now);
  }

  #start(): void {
    this.#tokens -= 1;
    this.#running += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      this.#running -= 1;
      this.#pump();
    };
    this.#line.answerFirst({ kind: 'turn', release });
  }

  /** Milliseconds until the next start; infinite while only a release can allow it. */
  #waitMs(now: number): number {
    const share = this.#shareAt(now);
    if (this.#running >= Math.max(1, Math.floor(this.#settings.atOnce * share)))
      return Number.POSITIVE_INFINITY;
    if (now < this.#pausedUntilMs) return this.#pausedUntilMs - now;
    // Without the tolerance the wait for the rest of one would be taken again.
    const missing = 1 - this.#tokens;
    return missing <= tokenTolerance ? 0 : Math.ceil((missing * 1000) / (this.#settings.perSecond * share));
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
    const waitMs = this.#line.first === undefined ? Number.POSITIVE_INFINITY : this.#waitMs(now);
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
