import type { Notice } from '../write/write-kind.ts';

export type Notification = Notice & {
  /** When, by the simulator's clock. */
  readonly at: string;
};

/** The messages to customers and colleagues that writes of the API would have sent. The simulator sends none. */
export class Notifications {
  #entries: Notification[] = [];

  add(notice: Notice, at: Date): void {
    this.#entries.push({ ...notice, at: at.toISOString() });
  }

  entries(): readonly Notification[] {
    return this.#entries;
  }

  reset(): void {
    this.#entries = [];
  }
}
