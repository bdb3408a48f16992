/** A clock that stands still until somebody moves it, so that another process can let days pass at once. */
export class VirtualClock {
  #now: number;
  readonly #listeners: (() => void)[] = [];

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  /** Calls `listener` whenever it was moved. */
  onMove(listener: () => void): void {
    this.#listeners.push(listener);
  }

  set(now: Date): void {
    this.#now = now.getTime();
    for (const listener of this.#listeners) listener();
  }

  /** Milliseconds, forward. */
  advance(ms: number): void {
    this.set(new Date(this.#now + ms));
  }
}
