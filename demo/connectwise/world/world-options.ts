export type WorldOptions = {
  /** The same seed, sizes and `now` give the same world. */
  readonly seed: number;
  readonly projects: number;
  /** Tickets per project: exactly this many, unless `spread` is given. */
  readonly tickets: number;
  /** 0 to 1: how far the number of tickets of a project may lie from `tickets`, as a share of it. */
  readonly spread?: number;
  /** The moment that the world's dates lie around. */
  readonly now: Date;
  /** What stamps later changes; the real clock unless given. `startConnectWise` sets its own. */
  readonly clock?: () => Date;
};
