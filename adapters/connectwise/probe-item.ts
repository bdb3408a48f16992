import type { Look } from './probe-look.ts';

/** What is to be known, and how. */
export type ProbeItem = {
  readonly item: string;
  /** The constant of cwsync or the switch of the simulator that the answer settles. */
  readonly settles: string;
  /** cwsync goes by it: where it cannot be told by reading, somebody had better find out. */
  readonly matters?: true;
  /** Absent where reading tells nothing. */
  look?(look: Look): Promise<Seen>;
  /** How to find out what reading does not tell. */
  readonly how?: string;
};

export type Seen = {
  readonly seen: readonly string[];
  /** What follows: the constant stands right, or must change; undefined where it cannot be told. */
  readonly verdict?: string;
  /** What cwsync goes by is not so here. */
  readonly wrong?: boolean;
};
