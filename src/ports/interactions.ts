import type { Person } from '../domain/person.ts';
import type { MessageHandle } from './chat.ts';

/**
 * What a waiting person was last told; each is told once, in this order, and the end closes it. That nothing
 * syncs at present may be told twice: before the run began, and after.
 */
export type Stage =
  | 'nothing'
  | 'accepted'
  | 'gate shut'
  | 'started'
  | 'taken up again'
  | 'retrying'
  | 'gate shut meanwhile';

/** Someone waits for a run: stored with the trigger, so that any bot process can finish the answer. */
export type NewInteraction = {
  readonly person: Person;
  readonly handle: MessageHandle;
};

export type Interaction = NewInteraction & {
  readonly id: string;
  readonly taskId: string;
  readonly ticket: number;
  readonly told: Stage;
  readonly createdAt: Date;
};

export type InteractionStore = {
  /** Follows a run that is under way, without asking for another. */
  follow(
    interaction: NewInteraction,
    run: { readonly taskId: string; readonly ticket: number },
  ): Promise<void>;
  /** Takes one that nobody else is telling right now, the longest untouched first. */
  take(owner: string, leaseMs: number): Promise<(Interaction & { readonly now: Date }) | undefined>;
  /** Records what was told and under which handle it can be edited next. */
  told(id: string, owner: string, told: Stage, handle: MessageHandle): Promise<void>;
  /** Gives it back untold, to be looked at again after `afterMs`. */
  release(id: string, owner: string, afterMs: number): Promise<void>;
  /** The person has their answer, or cannot be reached. */
  close(id: string, owner: string): Promise<void>;
};
