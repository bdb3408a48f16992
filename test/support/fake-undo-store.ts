import type { Actor } from '../../src/domain/sync-task.ts';
import type { KeptUndo, NewUndo, UndoStore } from '../../src/ports/undo.ts';

type Kept = { readonly undo: NewUndo; readonly until: number; takenBy?: Actor };

/** What can be undone, in memory; bound to the same contract as the real store. */
export class FakeUndoStore implements UndoStore {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  async keep(undo: NewUndo, validForMs: number): Promise<string> {
    const id = `undo-${this.#kept.size + 1}`;
    this.#kept.set(id, { undo, until: this.#now().getTime() + validForMs });
    return id;
  }

  async find(id: string): Promise<KeptUndo | undefined> {
    const kept = this.#kept.get(id);
    if (!kept) return undefined;
    const { undo, takenBy } = kept;
    return { ...undo, expired: this.#isOver(kept), ...(takenBy ? { takenBy } : {}) };
  }

  async take(id: string, by: Actor): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (!kept || kept.takenBy || this.#isOver(kept)) return false;
    kept.takenBy = by;
    return true;
  }

  #isOver({ until }: Kept): boolean {
    return until <= this.#now().getTime();
  }
}
