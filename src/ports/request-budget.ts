/**
 * The request budget of one ConnectWise integration, shared by every process that works for it: how many requests
 * a second, how many at once, and one pause that all share when ConnectWise answers 429.
 */

export type { BudgetSettings } from '../domain/request-budget.ts';

/** A started request; `release` when its answer has been read. Releasing twice is the same as once. */
export type Turn = { readonly kind: 'turn'; readonly release: () => void };

/** ConnectWise allows no request for longer than the caller would wait. */
export type Paused = { readonly kind: 'paused'; readonly remainingMs: number };

export type BudgetAsk = {
  /** The highest goes first; first come, first served among equals. */
  readonly priority: number;
  /** The longest pause of ConnectWise the caller waits for, in milliseconds. */
  readonly maxPauseMs: number;
  readonly signal: AbortSignal;
};

export type RequestBudget = {
  /**
   * @throws the signal's reason when it is aborted before the turn comes, or, where the budget is kept in a
   * database, the driver's error when that does not answer
   */
  acquire(ask: BudgetAsk): Promise<Turn | Paused>;
  /** ConnectWise answered 429: nobody asks for so many milliseconds, and slower afterwards. */
  limited(pauseMs: number): void;
};
