/** Presses that wait for their answer: Teams gives them some seconds, and the answer may come from anywhere. */
import type { Clock } from '../../src/ports/clock.ts';
import type { Card } from './elements.ts';

/** What Teams takes as the answer to a press on a card. */
export type InvokeAnswer = { readonly statusCode: number; readonly type: string; readonly value: unknown };

export const cardAnswer = (card: Card): InvokeAnswer => ({
  statusCode: 200,
  type: 'application/vnd.microsoft.card.adaptive',
  value: card,
});

/** A line that the presser sees for a moment; the card stays as it is. */
export const lineAnswer = (words: string): InvokeAnswer => ({
  statusCode: 200,
  type: 'application/vnd.microsoft.activity.message',
  value: words,
});

export const errorAnswer = (statusCode: number, code: string, message: string): InvokeAnswer => ({
  statusCode,
  type: 'application/vnd.microsoft.error',
  value: { code, message },
});

/** So long an answer is kept for a press that Teams sends again, in milliseconds. */
const keptMs = 60_000;
/** Presses that are remembered at once. */
const mostKept = 2_000;

type Waiting = {
  readonly answer: Promise<InvokeAnswer>;
  readonly settle: (answer: InvokeAnswer) => void;
  readonly until: number;
  settled: boolean;
};

export class Invokes {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer to a press that came before; it is the same for each repeat. */
  before(id: string): Promise<InvokeAnswer> | undefined {
    return this.#waiting.get(id)?.answer;
  }

  /** @returns what it is answered in the end: the first that is settled, or `late` after so many milliseconds */
  async open(id: string, withinMs: number, late: () => InvokeAnswer): Promise<InvokeAnswer> {
    this.#forgetOld();
    const { promise, resolve } = Promise.withResolvers<InvokeAnswer>();
    const until = this.#clock.monotonicMs() + keptMs;
    this.#waiting.set(id, { answer: promise, settle: resolve, until, settled: false });
    const over = new AbortController();
    this.#clock.sleep(withinMs, over.signal).then(
      () => this.settle(id, late()),
      () => {},
    );
    try {
      return await promise;
    } finally {
      over.abort();
    }
  }

  /** False where nobody waits for it here any more: what was shown instead is to be edited. */
  settle(id: string | undefined, answer: InvokeAnswer): boolean {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (!waiting || waiting.settled) return false;
    waiting.settled = true;
    waiting.settle(answer);
    return true;
  }

  #forgetOld(): void {
    const now = this.#clock.monotonicMs();
    for (const [id, { until, settled }] of this.#waiting) {
      if (settled && (until < now || this.#waiting.size > mostKept)) this.#waiting.delete(id);
    }
  }
}
