/** Ids and randomness as arguments, so that tests can repeat a history. */
export type Ids = {
  /** A new id that no other process makes. */
  next(): string;
  /** Uniform in [0, 1). */
  random(): number;
};
