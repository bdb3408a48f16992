/** A clock that stands still until somebody moves it, so that another process can let days pass at once. */
export class VirtualClock {
  #now: number;

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  set(now: Date): void {
    this.#now = now.getTime();
  }

  /** Milliseconds, forward. */
  advance(ms: number): void {
    this.#now += ms;
  }
}
