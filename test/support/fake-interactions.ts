import type { MessageHandle } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Interaction, InteractionStore, NewInteraction, Stage } from '../../src/ports/interactions.ts';

type Kept = Interaction & {
  readonly owner: string | undefined;
  readonly dueAt: number;
};

/** Who waits, in memory: taken under a lease by one owner at a time, as the port says. */
export class FakeInteractions implements InteractionStore {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  #followed = 0;
  /** Set to make the database fail. */
  away = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get open(): readonly Interaction[] {
    return [...this.#kept.values()];
  }

  async follow(one: NewInteraction, run: { readonly taskId: string; readonly ticket: number }) {
    this.#followed += 1;
    const id = `i${this.#followed}`;
    const now = this.#clock.now();
    const lookedAt = { owner: undefined, dueAt: now.getTime() };
    this.#kept.set(id, { ...one, ...run, id, told: 'nothing', createdAt: now, ...lookedAt });
  }

  async take(owner: string, leaseMs: number) {
    if (this.away) throw new Error('the database is away');
    const now = this.#clock.now();
    const [next] = [...this.#kept.values()]
      .filter(({ dueAt }) => dueAt <= now.getTime())
      .sort((a, b) => a.dueAt - b.dueAt);
    if (!next) return undefined;
    this.#kept.set(next.id, { ...next, owner, dueAt: now.getTime() + leaseMs });
    return { ...next, now };
  }

  async told(id: string, owner: string, told: Stage, handle: MessageHandle): Promise<void> {
    this.#change(id, owner, { told, handle, dueAt: this.#clock.now().getTime() });
  }

  async release(id: string, owner: string, afterMs: number): Promise<void> {
    this.#change(id, owner, { dueAt: this.#clock.now().getTime() + afterMs });
  }

  async close(id: string, owner: string): Promise<void> {
    if (this.#kept.get(id)?.owner === owner) this.#kept.delete(id);
  }

  #change(id: string, owner: string, change: Partial<Kept>): void {
    const kept = this.#kept.get(id);
    if (kept?.owner === owner) this.#kept.set(id, { ...kept, ...change, owner: undefined });
  }
}
