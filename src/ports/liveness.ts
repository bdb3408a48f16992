export type LivenessKind = 'bot' | 'worker';

export type Gap = { readonly from: Date; readonly to: Date };

/**
 * Who is alive, by beats that any number of processes leave in the database; all times are the database server's.
 */
export type Liveness = {
  /**
   * Leaves a beat. A span of more than `gapMs` without any beat of this kind is kept as its last gap, also for
   * processes that beat later, and answered until another takes its place.
   */
  beat(kind: LivenessKind, id: string, gapMs: number): Promise<{ readonly now: Date; readonly gap?: Gap }>;
  /** The latest beat of anybody of this kind; undefined where there never was one. */
  lastBeat(kind: LivenessKind): Promise<{ readonly id: string; readonly at: Date } | undefined>;
};

/** How often a worker and a bot leave a beat, in milliseconds. */
export const beatEveryMs: { readonly [kind in LivenessKind]: number } = { worker: 15_000, bot: 60_000 };
/** A span without the bot that is told, in milliseconds. */
export const awayAfterMs = 5 * 60_000;
