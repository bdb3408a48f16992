/**
 * What a chat platform must be told to reach somebody again: it gives no list of conversations, so each is kept when
 * it is first seen (Teams).
 */

/** A conversation that the bot has seen. */
export type ConversationReference = {
  readonly tenant: string;
  /** Without the thread. */
  readonly conversation: string;
  readonly kind: 'personal' | 'group' | 'channel';
  /** As people know it; absent where the platform never said. */
  readonly name?: string;
  /** Where the platform is called; it changes, so that of the latest event counts. */
  readonly serviceUrl: string;
  /** The bot's own account there. */
  readonly bot: string;
};

/** Somebody who wrote to the bot, pressed something, or added it. */
export type PersonReference = {
  readonly tenant: string;
  readonly userId: string;
  readonly name: string;
  /** The platform's other id of the person, by which conversations are opened. */
  readonly account: string;
  readonly serviceUrl: string;
  readonly bot: string;
  /** Where they were seen last. */
  readonly conversation: string;
  /** The one with the bot alone; absent until there is one. */
  readonly personal?: string;
  /** The message in it that is their standing page. */
  readonly home?: string;
};

type Who = Pick<PersonReference, 'tenant' | 'userId'>;

export type ChatReferences = {
  /** Keeps it, or what is new of it; a name that is not known this time stays. */
  sawConversation(reference: ConversationReference): Promise<void>;
  conversation(tenant: string, conversation: string): Promise<ConversationReference | undefined>;
  /** Channels and group chats, by name; at most 100. */
  conversations(tenant: string): Promise<readonly ConversationReference[]>;
  /** The bot was taken out of it; also where it was somebody's personal one. */
  forgetConversation(tenant: string, conversation: string): Promise<void>;
  /** Keeps them, or what is new of them; `personal` stays where it is absent this time, `home` always. */
  sawPerson(reference: PersonReference): Promise<void>;
  person(who: Who): Promise<PersonReference | undefined>;
  /** @param activity undefined: there is none any more */
  keepHome(who: Who, activity: string | undefined): Promise<void>;
};

/** Things that are needed for some minutes, by any process: forms that are open, files that may be fetched. */
export type Keepsakes = {
  /** Keeps it, or in the place of what was kept under this id; at most 15 MB. */
  keep(id: string, content: Uint8Array, forMs: number): Promise<void>;
  /** Undefined once its time is over, by the database server's clock. */
  read(id: string): Promise<Uint8Array | undefined>;
};
