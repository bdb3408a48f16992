/**
 * A token bucket that holds one minute's worth of requests. Time comes as an argument, in milliseconds, from
 * any clock that only goes forward.
 */
export class RateLimit {
  #perMinute: number;
  #tokens: number;
  #at: number;

  constructor(perMinute: number, now: number) {
    this.#perMinute = perMinute;
    this.#tokens = perMinute;
    this.#at = now;
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  /** Starts again with a full bucket. */
  set(perMinute: number, now: number): void {
    this.#perMinute = perMinute;
    this.#tokens = perMinute;
    this.#at = now;
  }

  /** Whether one more request may pass now. */
  take(now: number): boolean {
    // A virtual clock may be set back: that must not take tokens away.
    const refill = (Math.max(0, now - this.#at) * this.#perMinute) / 60_000;
    this.#tokens = Math.min(this.#perMinute, this.#tokens + refill);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
