import { setTimeout as delay } from 'node:timers/promises';
import type { Expression } from '../../adapters/mongodb/sync-task-expressions.ts';
import type { Clock } from '../../src/ports/clock.ts';

/**
 * One time for everything that takes part in a history: the database's expression, the engine's clock, and the
 * stand-ins' clock. It is real time plus what the test has moved it on by; or, held by hand, it stands still
 * between moves, so that a history can be played again.
 */
export class VirtualTime {
  readonly #start: Date | undefined;
  readonly #shift: [string | Date, number];
  /** The database server's time, for stores: it follows later moves. */
  readonly expression: Expression;
  /** How far the clock of the engine's own host is off: of no matter to the database and to ConnectWise. */
  hostIsOffMs = 0;

  /** @param start where time stands still until it is moved; without it real time goes on */
  constructor(start?: Date) {
    this.#start = start;
    this.#shift = [start ?? '$$NOW', 0];
    this.expression = { $add: this.#shift };
  }

  advance(ms: number): void {
    this.#shift[1] += ms;
  }

  get offsetMs(): number {
    return this.#shift[1];
  }

  now(): Date {
    return new Date((this.#start?.getTime() ?? Date.now()) + this.offsetMs);
  }

  #hostNow(): Date {
    return new Date(this.now().getTime() + this.hostIsOffMs);
  }

  #monotonicMs(): number {
    return (this.#start ? 0 : performance.now()) + this.offsetMs;
  }

  /** For the engine: waits take as long as they say, which no heartbeat of a short run ever does. */
  readonly clock: Clock = {
    now: () => this.#hostNow(),
    monotonicMs: () => this.#monotonicMs(),
    async sleep(ms, signal) {
      await delay(ms, undefined, signal ? { signal, ref: false } : { ref: false }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
    },
  };

  /** For a client's pauses and retries: a wait moves time on instead of taking it. */
  readonly hastyClock: Clock = {
    now: () => this.#hostNow(),
    monotonicMs: () => this.#monotonicMs(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      this.advance(ms);
    },
  };
}
