/** Time as an argument: production passes the system's, tests a virtual one. */
export type Clock = {
  now(): Date;
  /** Milliseconds that only grow, for measuring spans; unrelated to `now`. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};
