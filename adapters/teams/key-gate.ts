/**
 * Keeps strangers from making cwsync ask Microsoft for its keys. The library asks for each token that looks right as
 * long as it has none, without a limit of time and as often as it is told to: so until the keys were there once, one
 * token at a time is judged, and after a try that failed the next ones are refused for a moment.
 */
import type { Clock } from '../../src/ports/clock.ts';

/** Milliseconds without another try after one that failed. */
export const keysAgainMs = 2_000;

export class KeyGate {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #had = false;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #before: Promise<void> = Promise.resolve();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /**
   * @param judge calls `good` once the token was found right; rejects otherwise
   * @throws what `judge` throws, or at once where the keys could not be had a moment ago
   */
  async through(judge: (good: () => void) => Promise<void>): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const before = this.#before;
    this.#before = turn.promise;
    let right = false;
    try {
      if (!this.#had) await before;
      if (this.#clock.monotonicMs() - this.#failedAtMs < keysAgainMs)
        throw new Error('the keys that sign events of Teams could not be had a moment ago');
      await judge(() => {
        right = true;
        this.#had = true;
        turn.resolve();
      });
    } catch (error) {
      if (!right && isAboutKeys(error)) this.#failedAtMs = this.#clock.monotonicMs();
      throw error;
    } finally {
      turn.resolve();
    }
  }
}

/** The network's error, or an answer other than 200: botframework gives that the status of a failure of ours. */
function isAboutKeys(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'FetchError' || (error as { statusCode?: unknown }).statusCode === 500;
}
