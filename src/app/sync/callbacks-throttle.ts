import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

export type ThrottleOptions = {
  readonly everyMs: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
};

/**
 * Does something when it is asked for, and then no more often than once in a while: what is asked for meanwhile is
 * done once, at the end of that while.
 */
export class Throttle {
  readonly #act: () => Promise<void>;
  readonly #options: ThrottleOptions;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #owed: Promise<void> | undefined;

  constructor(act: () => Promise<void>, options: ThrottleOptions) {
    this.#act = act;
    this.#options = options;
  }

  /** Rejects where it was to be done at once and failed: then the next who asks may try. */
  async ask(): Promise<void> {
    const { clock, everyMs } = this.#options;
    const waitMs = this.#notBeforeMs - clock.monotonicMs();
    if (waitMs > 0) {
      this.#owed ??= this.#later(waitMs);
      return;
    }
    this.#notBeforeMs = clock.monotonicMs() + everyMs;
    try {
      await this.#act();
    } catch (error) {
      this.#notBeforeMs = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  async #later(waitMs: number): Promise<void> {
    const { clock, logger, shutdown } = this.#options;
    try {
      await clock.sleep(waitMs, shutdown);
      this.#owed = undefined;
      await this.ask();
    } catch (error) {
      if (!shutdown.aborted) logger.warn({ err: error }, 'what callbacks asked for was not stored');
    }
  }
}
