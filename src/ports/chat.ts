import type { Person, Platform } from '../domain/person.ts';
import type { Reply } from './reply.ts';

/**
 * Where an answer goes and how it can be edited later; plain data, kept in the database, so that any process
 * can go on with it. Only the adapter of its platform looks inside.
 */
export type MessageHandle = {
  readonly platform: Platform;
  readonly [detail: string]: string | number | boolean;
};

/** Words that someone typed, or a button that means words. */
export type ChatRequest = {
  /** The same for a repeat of the same event. */
  readonly id: string;
  readonly person: Person;
  readonly text: string;
  readonly handle: MessageHandle;
};

/** The application's side: called by an adapter after it has acknowledged. Never rejects. */
export type ChatInbox = (request: ChatRequest) => Promise<void>;

export type Delivered =
  /** The handle by which the same message can be edited next. */
  | { readonly result: 'sent'; readonly handle: MessageHandle }
  /** Nobody can be reached there any more, and trying again would not help. */
  | { readonly result: 'gone'; readonly reason: string }
  /** Worth another try. */
  | { readonly result: 'failed'; readonly reason: string; readonly retryAfterMs?: number };

/** An adapter's side: shows a reply, editing the message that the handle stands for where there is one. */
export type ChatDelivery = {
  send(handle: MessageHandle, reply: Reply): Promise<Delivered>;
};
