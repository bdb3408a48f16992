import type { Incident, Problem } from '../domain/incident.ts';
import type { Destination, MessageHandle } from './chat.ts';

/** Whether somebody was told of an incident at all: what was never posted has no handle. */
export type ToldStage = 'nothing' | 'opened';

/** One message in one place, about one incident. */
export type IncidentDelivery = {
  readonly id: string;
  readonly incidentId: string;
  readonly to: Destination;
  readonly told: ToldStage;
  /** The revision that the message shows. */
  readonly revision: number;
  /** The last of the incident's updates that was told beside the message. */
  readonly updates: number;
  /** By which the message can be edited. */
  readonly handle?: MessageHandle;
  /** Something may have been posted that nobody knows the handle of: it is posted again under the same key. */
  readonly posting: boolean;
  /** While `posting`: the last update that what was posted tells of. */
  readonly upTo?: number;
  /** Counts messages that were lost to somebody's deleting them: part of the key. */
  readonly generation: number;
  /** Tries in a row that failed. */
  readonly attempts: number;
  /** Its turn to be sent there has been kept for it. */
  readonly booked: boolean;
};

export type TakenDelivery = {
  readonly delivery: IncidentDelivery;
  readonly incident: Incident;
  readonly now: Date;
};

/** Tells places apart; one word for each. */
export function placeOf(to: Destination): string {
  const where = 'user' in to ? `user:${to.user}` : `conversation:${to.conversation}`;
  return `${to.platform}:${to.tenant}/${where}`;
}

/** A place where nothing can be posted. */
export type BlockedDestination = {
  readonly to: Destination;
  readonly since: Date;
  readonly reason: string;
  readonly retryAt: Date;
};

/**
 * Incidents and their messages. Any number of bot processes do it together: whatever is changed names what it was
 * read as, and a message is sent by whoever took it. Times are the database server's.
 */
export type IncidentStore = {
  open(): Promise<readonly Incident[]>;
  /**
   * Opens it and asks for its messages, together or not at all. False where this very one was opened before, or
   * another one is open of the same key.
   */
  raise(problem: Problem, to: readonly Destination[], kind?: 'notice'): Promise<boolean>;
  /** Those that recovered since then, the latest first. */
  recoveredSince(at: Date): Promise<readonly Incident[]>;
  /**
   * The same incident as it is now, also over or open again, told also to these. False where it was changed
   * meanwhile, or another one is open of the same key. The revision of `next` does not count: it is the next one.
   */
  save(asRead: Incident, next: Incident, also: readonly Destination[]): Promise<boolean>;
  /** When the last incident of the whole integration, or of cwsync itself, or a span without it, was over. */
  lastResumedAt(): Promise<Date | undefined>;
  /** Takes a message that has something to tell and that nobody else is sending, the longest due first. */
  take(owner: string, leaseMs: number): Promise<TakenDelivery | undefined>;
  /**
   * Asks for the turn of a message to this place, so that one is sent in `everyMs` at most, over all processes: 0
   * where it is now. Else in how many milliseconds: then a turn is kept for it, and is asked for as `booked`. Where
   * the place is blocked none is kept, and it is until it may be tried again.
   */
  book(
    to: Destination,
    everyMs: number,
    booked: boolean,
  ): Promise<{ readonly waitMs: number; readonly blocked: boolean }>;
  /**
   * Before a post: false where it is no longer taken by this owner, and nothing may be posted.
   * @param upTo what is posted tells of the updates up to this one; of a repeat the first try's stays
   */
  posting(id: string, owner: string, upTo: number): Promise<boolean>;
  /** It shows this revision. */
  told(
    id: string,
    owner: string,
    how: { readonly revision: number; readonly handle: MessageHandle; readonly updates?: number },
  ): Promise<void>;
  /** Beside it the updates up to this one were told. */
  toldUpdates(id: string, owner: string, upTo: number): Promise<void>;
  /** Gives it back. What is not said stays as it is. */
  release(
    id: string,
    owner: string,
    afterMs: number,
    how?: {
      readonly booked?: boolean;
      /** It is known that nothing was posted. */
      readonly posting?: false;
      readonly failed?: boolean;
      /** The message is gone: another is posted in its place. */
      readonly lost?: boolean;
    },
  ): Promise<void>;
  /**
   * There is nothing to tell there of the incident as of this revision; with `done` nothing any more, unless it is
   * opened again.
   */
  rest(id: string, owner: string, how: { readonly revision: number; readonly done: boolean }): Promise<void>;
  /** Nothing can be posted there for now; since when it is so stays. */
  block(to: Destination, reason: string, retryAfterMs: number): Promise<void>;
  /** Something was posted there, or nothing is to be posted there any more. */
  unblock(to: Destination): Promise<void>;
  blockedDestinations(): Promise<readonly BlockedDestination[]>;
  /** Removes incidents that were over before, and their messages. Returns how many incidents. */
  retain(kept: { readonly before: Date }): Promise<number>;
};
