/** What every form of the request budget has in common: its settings, and the line in which callers wait. */

export type BudgetSettings = {
  /** Requests a second in the long run. */
  readonly perSecond: number;
  readonly atOnce: number;
  /** Requests that may start together after a quiet time, before the pace sets in. */
  readonly burst: number;
  /** Milliseconds from nothing to the whole budget: one that was halved once is whole after half of it. */
  readonly recoveryMs: number;
};

/** The budget is never cut below this share of its settings. */
export const smallestShare = 1 / 8;

/** Sums of fractions end a hair below one: so much less than a whole request is a whole one. */
export const tokenTolerance = 1e-6;

/** In which nobody shall count more requests than the settings allow, in seconds. */
const windowSeconds = 10;
/** Requests are granted evenly, and arrive a little less so. */
const keptBackShare = 0.005;

/**
 * Pace and burst with which no 10 s hold more than 10 times what is allowed a second. A bucket lets its burst pass on
 * top of its pace, so the pace is lower by that much: 3 % at 8 a second. Of a budget under 2 a second the pace is 95 %,
 * whatever the window holds.
 */
export function keptWithin(
  perSecond: number,
  most: Pick<BudgetSettings, 'burst'>,
): Pick<BudgetSettings, 'perSecond' | 'burst'> {
  const inWindow = perSecond * windowSeconds;
  const burst = Math.max(1, Math.min(most.burst, Math.floor(inWindow / 40)));
  const pace = (inWindow * (1 - keptBackShare) - burst) / windowSeconds;
  return { perSecond: Math.max(pace, 0.95 * perSecond), burst };
}

/** @throws RangeError for settings with which no request would ever start */
export function checkBudgetSettings({ perSecond, atOnce, burst, recoveryMs }: BudgetSettings): void {
  if (!(perSecond > 0)) throw new RangeError('requests a second must be more than 0');
  if (!Number.isInteger(atOnce) || atOnce < 1) throw new RangeError('requests at once must be 1 or more');
  if (!(burst >= 1)) throw new RangeError('the burst must be 1 or more');
  if (!(recoveryMs > 0)) throw new RangeError('the recovery time must be more than 0');
}

type Asking = { readonly priority: number; readonly maxPauseMs: number; readonly signal: AbortSignal };
type Paused = { readonly kind: 'paused'; readonly remainingMs: number };
type Waiter<Turn> = {
  readonly ask: Asking;
  readonly answer: (result: Turn | Paused) => void;
  readonly fail: (reason: unknown) => void;
};

/** Those who wait for a turn: the highest priority first, first come, first served among equals. */
export class WaitingLine<Turn> {
  readonly #waiting: Waiter<Turn>[] = [];
  readonly #onChange: () => void;

  /** @param onChange somebody came, or gave up */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Who is next. */
  get first(): Asking | undefined {
    return this.#waiting[0]?.ask;
  }

  /** @throws the signal's reason when it is aborted before the answer, or what `failAll` is given */
  wait(ask: Asking): Promise<Turn | Paused> {
    const { promise, resolve, reject } = Promise.withResolvers<Turn | Paused>();
    if (ask.signal.aborted) {
      reject(ask.signal.reason);
      return promise;
    }
    const giveUp = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      reject(ask.signal.reason);
      this.#onChange();
    };
    const leave = (): void => ask.signal.removeEventListener('abort', giveUp);
    const waiter: Waiter<Turn> = {
      ask,
      answer: (result) => {
        leave();
        resolve(result);
      },
      fail: (reason) => {
        leave();
        reject(reason);
      },
    };
    ask.signal.addEventListener('abort', giveUp, { once: true });
    const behind = this.#waiting.findIndex((other) => other.ask.priority < ask.priority);
    this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, waiter);
    this.#onChange();
    return promise;
  }

  /** False where nobody waits any more. */
  answerFirst(turn: Turn): boolean {
    const waiter = this.#waiting.shift();
    waiter?.answer(turn);
    return waiter !== undefined;
  }

  /** Sends those away who would not wait so long. */
  refuseTheHurried(remainingMs: number): void {
    for (const waiter of this.#waiting.filter((one) => remainingMs > one.ask.maxPauseMs)) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.answer({ kind: 'paused', remainingMs });
    }
  }

  failAll(reason: unknown): void {
    for (const waiter of this.#waiting.splice(0)) waiter.fail(reason);
  }
}
