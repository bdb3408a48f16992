import type { Clock } from '../../src/ports/clock.ts';

type Sleeper = { readonly dueMs: number; readonly wake: () => void };

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  #nowMs = 0;
  #sleepers: Sleeper[] = [];
  readonly #settled: () => Promise<void>;

  /** @param settled waits for whatever a wake-up sets off; by default for all that needs neither time nor I/O */
  constructor(settled: () => Promise<void> = withoutIo) {
    this.#settled = settled;
  }

  now(): Date {
    return new Date(Date.UTC(2026, 0, 5) + this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { dueMs: this.#nowMs + ms, wake: resolve };
      const stop = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      if (signal?.aborted) return stop();
      signal?.addEventListener('abort', stop, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** Wakes everyone who is due on the way, in order, and lets what follows happen before going on. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.#settled();
    for (;;) {
      const next = this.#sleepers
        .filter((one) => one.dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs)
        .at(0);
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
      await this.#settled();
    }
    this.#nowMs = untilMs;
  }

  /** The machine stood still: time has passed, and nobody was woken on the way. */
  standStill(ms: number): void {
    this.#nowMs += ms;
  }
}

/** A clock on which every sleep is over at once, with the time moved by it: for code that waits between requests. */
export class SkippingClock implements Clock {
  #nowMs = 0;
  readonly slept: number[] = [];

  now(): Date {
    return new Date(Date.UTC(2026, 0, 5) + this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#nowMs += ms;
    this.slept.push(ms);
    return Promise.resolve();
  }
}

/** After every promise that can settle without time or I/O has. */
function withoutIo(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
