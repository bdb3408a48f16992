import type { Gap, Liveness, LivenessKind } from '../../src/ports/liveness.ts';

type Kept = { readonly id: string; readonly at: Date; readonly gap?: Gap };

/** Beats in memory; bound to the same contract as the real store. */
export class FakeLiveness implements Liveness {
  readonly #kept = new Map<LivenessKind, Kept>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  async beat(kind: LivenessKind, id: string, gapMs: number) {
    const now = this.#now();
    const before = this.#kept.get(kind);
    const away = before && before.at.getTime() + gapMs < now.getTime();
    const gap = away ? { from: before.at, to: now } : before?.gap;
    this.#kept.set(kind, { id, at: now, ...(gap ? { gap } : {}) });
    return { now, ...(gap ? { gap } : {}) };
  }

  async lastBeat(kind: LivenessKind) {
    const kept = this.#kept.get(kind);
    return kept ? { id: kept.id, at: kept.at } : undefined;
  }
}
