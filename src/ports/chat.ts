import type { Person, Platform } from '../domain/person.ts';
import type { Form, FormAnswer, FormName, FormValues, Option } from './form.ts';
import type { Reply } from './reply.ts';

/**
 * Where an answer goes and how it can be edited later; plain data, kept in the database, so that any process
 * can go on with it. Only the adapter of its platform looks inside.
 */
export type MessageHandle = {
  readonly platform: Platform;
  readonly [detail: string]: string | number | boolean;
};

/** Where something was said or pressed. */
export type Place = {
  /** `direct`: with the bot alone; `home`: the person's standing page. */
  readonly kind: 'direct' | 'conversation' | 'home';
  /** The platform's id of the conversation; absent for `home`. */
  readonly id?: string;
};

/** Words that someone typed, or a button that means words. */
export type ChatRequest = {
  /** The same for a repeat of the same event. */
  readonly id: string;
  readonly person: Person;
  readonly text: string;
  /** Stands for an answer that only the asker sees. */
  readonly handle: MessageHandle;
  /** Stands for an answer that everybody in the conversation sees (`--here`); absent where there is nobody else. */
  readonly shared?: MessageHandle;
  readonly place: Place;
  /** By which a form can be opened within the next seconds; absent where the platform allows none. */
  readonly opener?: MessageHandle;
};

/** A form as it was submitted. The answer is the acknowledgement, so it is due within 2 s. */
export type FormSubmission = {
  readonly id: string;
  readonly person: Person;
  readonly form: FormName;
  readonly values: FormValues;
  readonly context: string;
  /** By which the asker is told how it ended. */
  readonly handle: MessageHandle;
};

/** Options for a field that has more than the platform shows at once. */
export type SuggestQuery = {
  readonly person: Person;
  readonly form: FormName;
  readonly field: string;
  readonly typed: string;
};

/** The application's side: called by an adapter after it has acknowledged, but for `submit` and `suggest`. */
export type ChatDoors = {
  /** Never rejects. */
  request(request: ChatRequest): Promise<void>;
  /** Never rejects: a failure is an answer too. */
  submit(submission: FormSubmission): Promise<FormAnswer>;
  /** Never rejects; empty for those who may not ask. At most 100. */
  suggest(query: SuggestQuery): Promise<readonly Option[]>;
};

export type Delivered =
  /** The handle by which the same message can be edited next, and how the reply got there. */
  | {
      readonly result: 'sent';
      readonly handle: MessageHandle;
      readonly as?: 'private' | 'direct' | 'public' | 'home';
    }
  /** Nobody can be reached there any more, and trying again would not help. */
  | {
      readonly result: 'gone';
      readonly reason: string;
      readonly touches?: 'message' | 'channel' | 'platform';
    }
  /** Worth another try. With `retryAfterMs` the platform refused it for now, and shows nothing of this try. */
  | { readonly result: 'failed'; readonly reason: string; readonly retryAfterMs?: number };

/** Where a message that answers nobody goes. */
export type Destination = { readonly platform: Platform; readonly tenant: string } & (
  | { readonly conversation: string }
  | { readonly user: string }
);

/** An adapter's side. */
export type ChatDelivery = {
  /** Shows a reply, editing the message that the handle stands for where there is one. */
  send(handle: MessageHandle, reply: Reply): Promise<Delivered>;
  /**
   * A new message. `key` is the same for a repeat; an adapter that can look it up posts it once, another one marks
   * it "possible repeat". Where it is gone later `send` says so and posts no other: whoever keeps the handle does.
   * @param again the message may be there already: an earlier try, perhaps of another process, ended in doubt
   * @param thread the message, posted in the same place, in whose thread it goes; where a place has no threads
   *   it is a new message, or nothing where the reply is `onlyInThread`. `gone` of a `message` where that one is no more
   */
  post(
    to: Destination,
    reply: Reply,
    key: string,
    again?: boolean,
    thread?: MessageHandle,
  ): Promise<Delivered>;
  /** Opens a form; undefined where the platform says that it is too late. */
  openForm(opener: MessageHandle, form: Form): Promise<MessageHandle | undefined>;
  /** Replaces what `openForm` showed. False where it is closed, or something newer is shown. */
  fillForm(opened: MessageHandle, form: Form): Promise<boolean>;
};

export type PersonFacts = {
  readonly name: string;
  /** Of another organisation. */
  readonly stranger: boolean;
  /** Let into some conversations only. */
  readonly guest: boolean;
  readonly bot: boolean;
  readonly email?: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone?: string;
};

export type ConversationFacts = {
  readonly name: string;
  /** People of another organisation read along. */
  readonly external: boolean;
  /** Whether the bot may post there. */
  readonly member: boolean;
  readonly archived: boolean;
  /** Between two people, or with the bot alone: no place for alerts. Absent: not so. */
  readonly direct?: boolean;
};

/** Who and where, as the platform knows it; kept for some minutes. Reject with a `FailureError` where it does not answer. */
export type ChatDirectory = {
  /** Undefined for somebody the platform does not know. */
  person(person: Pick<Person, 'platform' | 'tenant' | 'userId'>): Promise<PersonFacts | undefined>;
  /** Undefined for one that the bot cannot see. */
  conversation(at: Destination & { readonly conversation: string }): Promise<ConversationFacts | undefined>;
  /**
   * Whether guests of the own organisation read along, who may be its customers; undefined where that is not known
   * within about a second: they may. Never rejects. Absent where a platform has no guests beside those that make a
   * conversation `external`.
   */
  guests?(at: Destination & { readonly conversation: string }): Promise<boolean | undefined>;
};
