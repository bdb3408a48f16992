/** What ConnectWise tells by itself, at an address of ours: that a record changed, and little more. */

/** Kinds of records that callbacks are asked for; the others have none and are read in every sync. */
export const callbackTypes = ['project', 'ticket', 'schedule', 'time', 'member', 'company'] as const;
export type CallbackType = (typeof callbackTypes)[number];

/** One message whose signature was found right. It may come twice, late, out of order, or never. */
export type Callback = {
  readonly type: CallbackType;
  readonly action: 'added' | 'updated' | 'deleted';
  readonly recordId: number;
  /** Of what the message says of the record: never there for one that was deleted. */
  readonly projectId: number | null;
  /** The ticket that the record is, or belongs to; it may be a service ticket's. */
  readonly ticketId: number | null;
  /** The record says that it belongs to no project: a service ticket, an activity. */
  readonly foreign: boolean;
  /** For the log. */
  readonly messageId: string | null;
};

/** `stored`: what it asks for is in the queue, or needs nothing. `busy`: it was not taken, and may come again. */
export type CallbackDoor = { take(callback: Callback): Promise<'stored' | 'busy'> };

/** An entry of ConnectWise that sends changes of one type to an address. */
export type CallbackSubscription = {
  readonly id: number;
  readonly type: string;
  readonly url: string;
  /** ConnectWise, or somebody in it, has switched it off. */
  readonly inactive: boolean;
  /** The last change of the entry. */
  readonly changedAt: Date | null;
};

/**
 * cwsync's own entries among all of the company's, told by their description. Everything rejects with FailureError:
 * `cw.permission` where the API member's role lacks the right.
 */
export type CallbackSubscriptions = {
  list(signal: AbortSignal): Promise<readonly CallbackSubscription[]>;
  /** For all records of the type. No matter where there is one like it. */
  register(type: CallbackType, url: string, signal: AbortSignal): Promise<void>;
  enable(id: number, signal: AbortSignal): Promise<void>;
  /** No matter where it is gone already. */
  remove(id: number, signal: AbortSignal): Promise<void>;
};
