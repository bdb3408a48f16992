import type { Hint } from '../../src/ports/dispatcher.ts';
import type { ClaimLane } from '../../src/ports/sync-task-store.ts';
import { fitsLane, type HintData } from './lanes.ts';

/** `given back`: nobody tried it, and another process may. */
export type Settled = 'spent' | 'given back';

type InHand = { readonly data: HintData; readonly settle: (how: Settled) => void };

/** The hints that this process was given and has not tried yet, those that a person waits for first. */
export class HintsInHand {
  readonly #hints: InHand[] = [];
  readonly #ring: () => void;
  #closed = false;

  /** @param ring there is something to try */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Resolves when the hint is done with. */
  take(data: HintData): Promise<Settled> {
    const { promise, resolve } = Promise.withResolvers<Settled>();
    this.#put({ data, settle: resolve });
    this.#ring();
    return promise;
  }

  next(lane: ClaimLane): Hint | undefined {
    const at = this.#hints.findIndex(({ data }) => fitsLane(data, lane));
    const [hint] = at === -1 ? [] : this.#hints.splice(at, 1);
    return (
      hint && {
        taskId: hint.data.taskId,
        keep: () => this.#put(hint, true),
        spent: () => hint.settle('spent'),
      }
    );
  }

  /** Gives everything back, and whatever still comes. */
  close(): void {
    this.#closed = true;
    for (const { settle } of this.#hints.splice(0)) settle('given back');
  }

  #put(hint: InHand, first = false): void {
    if (this.#closed) {
      hint.settle('given back');
      return;
    }
    const { prio } = hint.data;
    const behind = this.#hints.findIndex(({ data }) => (first ? data.prio <= prio : data.prio < prio));
    this.#hints.splice(behind === -1 ? this.#hints.length : behind, 0, hint);
  }
}
