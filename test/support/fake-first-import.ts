import { type Person, personKey } from '../../src/domain/person.ts';
import type { MessageHandle } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { FirstImportStore, ImportState, ImportWatch } from '../../src/ports/first-import.ts';

type Kept = ImportWatch & { readonly owner: string | undefined; readonly dueAt: number };
type Counts = Omit<ImportState, 'now'>;

/** Who follows a first import, in memory; how far it is, is laid out by the test. */
export class FakeFirstImport implements FirstImportStore {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  counts: Counts = { of: 0, imported: 0, needAttention: 0, stuck: 0, examples: [] };
  /** Set to make the database fail. */
  away = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get open(): readonly ImportWatch[] {
    return [...this.#kept.values()];
  }

  async state(): Promise<ImportState> {
    return { now: this.#clock.now(), ...this.counts };
  }

  async begin(person: Person, ticket: number): Promise<void> {
    const now = this.#clock.now();
    const id = personKey(person);
    const importedBefore = this.counts.imported;
    const dueAt = now.getTime();
    this.#kept.set(id, { id, person, ticket, importedBefore, startedAt: now, owner: undefined, dueAt });
  }

  async take(owner: string, leaseMs: number) {
    if (this.away) throw new Error('the database is away');
    const now = this.#clock.now();
    const [next] = [...this.#kept.values()]
      .filter(({ dueAt }) => dueAt <= now.getTime())
      .sort((a, b) => a.dueAt - b.dueAt);
    if (!next) return undefined;
    this.#kept.set(next.id, { ...next, owner, dueAt: now.getTime() + leaseMs });
    const { owner: _owner, dueAt: _dueAt, ...watch } = next;
    return { ...watch, now };
  }

  async told(
    id: string,
    owner: string,
    told: { readonly handle: MessageHandle; readonly shown: string },
    againAfterMs: number,
  ): Promise<void> {
    this.#change(id, owner, told, againAfterMs);
  }

  async release(id: string, owner: string, afterMs: number): Promise<void> {
    this.#change(id, owner, {}, afterMs);
  }

  async close(id: string, owner: string): Promise<void> {
    if (this.#kept.get(id)?.owner === owner) this.#kept.delete(id);
  }

  #change(id: string, owner: string, change: Partial<Kept>, afterMs: number): void {
    const kept = this.#kept.get(id);
    if (kept?.owner !== owner) return;
    const dueAt = this.#clock.now().getTime() + afterMs;
    this.#kept.set(id, { ...kept, ...change, owner: undefined, dueAt });
  }
}
