/**
 * How a worker learns which sync task to try to claim. The task's document in the store stays the truth: a hint may
 * be late, doubled, wrong or lost, and the claim alone decides. Two implementations: polling, which asks the store
 * (src/app/sync/polling-dispatcher.ts), and BullMQ on Redis (adapters/bullmq).
 */
import type { ClaimLane } from './sync-task-store.ts';

/** Something that is worth a claim. One of the two is called once it was tried. */
export type Hint = {
  /** Absent: whichever task of the lane is first in line. */
  readonly taskId?: string;
  /** It could not be tried: no place was free, or the store did not answer. It is given again. */
  keep(): void;
  /** The claim has answered, whatever it said. */
  spent(): void;
};

export type Dispatch = {
  /** What to try next in a lane; undefined where nothing is known to be due. */
  next(lane: ClaimLane): Hint | undefined;
  /** Whether it rings by itself when something gets due, so that looking now and then is only for its gaps. */
  rings(): boolean;
  /** Resolves after `shutdown`, when hints in hand were given back and nothing is open any more. Never rejects. */
  readonly ended: Promise<void>;
};

export type Dispatcher = {
  /** @param ring called when a look at `next` is worth it; more often than needed does no harm */
  open(ring: () => void, shutdown: AbortSignal): Dispatch;
};
