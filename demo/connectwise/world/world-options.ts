export type WorldOptions = {
  /** The same seed, sizes and `now` give the same world. */
  readonly seed: number;
  readonly projects: number;
  /** Tickets per project: exactly this many, unless `spread` is given. */
  readonly tickets: number;
  /** 0 to 1: how far the number of tickets of a project may lie from `tickets`, as a share of it. */
  readonly spread?: number;
  /** Phases per project, exactly; by the number of tickets unless given. */
  readonly phases?: number | undefined;
  /** Schedule entries per project; one for every second ticket unless given. */
  readonly schedule?: number | undefined;
  /** Time entries per project; one for every third ticket unless given. */
  readonly time?: number | undefined;
  /** Ticket notes per project; one for every fifth ticket unless given. */
  readonly notes?: number | undefined;
  /** By identifier: who has another e-mail address than the one made from it, e.g. that of a chat's person. */
  readonly emails?: { readonly [identifier: string]: string };
  /** The moment that the world's dates lie around. */
  readonly now: Date;
  /** What stamps later changes; the real clock unless given. `startConnectWise` sets its own. */
  readonly clock?: () => Date;
};

/** What one may ask of a new world. */
export type WorldSize = Omit<WorldOptions, 'now' | 'clock'>;
