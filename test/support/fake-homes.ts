import { personKey } from '../../src/domain/person.ts';
import type { Home, HomeStore } from '../../src/ports/homes.ts';

type Looked = Home & { readonly at: number; due: number };

/** Standing pages in memory. */
export class FakeHomes implements HomeStore {
  readonly filters = new Map<string, string>();
  readonly #looked = new Map<string, Looked>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  async filterOf(key: string): Promise<string | undefined> {
    return this.filters.get(key);
  }

  async keepFilter(key: string, filter: string): Promise<void> {
    this.filters.set(key, filter);
  }

  async looked(home: Home, dueInMs: number): Promise<void> {
    const at = this.#now().getTime();
    this.#looked.set(personKey(home.person), { ...home, at, due: at + dueInMs });
  }

  async takeDue(lookedWithinMs: number, againInMs: number): Promise<Home | undefined> {
    const now = this.#now().getTime();
    const [next] = [...this.#looked.values()]
      .filter(({ at, due }) => due <= now && at >= now - lookedWithinMs)
      .toSorted((a, b) => a.due - b.due);
    if (!next) return undefined;
    next.due = now + againInMs;
    return { person: next.person, handle: next.handle };
  }
}
