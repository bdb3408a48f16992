import type { ClaimStore } from '../../src/ports/people.ts';

/** The one-time code, in memory; bound to the same contract as the real store. */
export class FakeClaimStore implements ClaimStore {
  #code: { digest: string; until: number; misses: number; taken: boolean } | undefined;
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  async issue(digest: string, validForMs: number): Promise<void> {
    this.#code = { digest, until: this.#now().getTime() + validForMs, misses: 0, taken: false };
  }

  async take(digest: string, triesAtMost: number) {
    const code = this.#code;
    if (!code || code.taken) return 'none';
    if (code.misses >= triesAtMost) return 'too-many-tries';
    if (code.until <= this.#now().getTime()) return 'expired';
    if (code.digest === digest) {
      code.taken = true;
      return 'taken';
    }
    code.misses += 1;
    return 'wrong';
  }
}
