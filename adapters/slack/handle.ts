/**
 * Where an answer goes in Slack. An ephemeral message can only be edited through the `response_url` of the
 * event that it answers: 30 minutes long, 5 times (chat.md, "Answer").
 */
import { z } from 'zod';

const slack = { platform: z.literal('slack'), user: z.string() };

/**
 * Set where the `response_url` is of a press in a message that has to stay: to Slack "replace" means that message,
 * whatever was answered since, so each answer is a new one.
 */
const besideAnother = { beside: z.literal(true).exactOptional() };

/** A `response_url` that is kept with something else, and when a direct message is sent instead. */
export const askedAt = {
  url: z.string().exactOptional(),
  /** Milliseconds since 1970. */
  expiresAt: z.number().exactOptional(),
  ...besideAnother,
};

/** By whose `response_url` the asker alone is answered. */
const response = z.object({
  ...slack,
  via: z.literal('response'),
  url: z.string(),
  /** Milliseconds since 1970 after which a direct message is sent instead. */
  expiresAt: z.number(),
  usesLeft: z.number(),
  /** Whether the next answer takes the place of the last one. */
  replace: z.boolean(),
  ...besideAnother,
  /** The thread that was pressed in; its answer stands there. */
  thread: z.string().exactOptional(),
});

/** A message that stands, and is edited. */
const message = z.object({
  ...slack,
  via: z.literal('message'),
  channel: z.string(),
  ts: z.string(),
  /** Everybody in the channel sees it: edited less often, and posted there again where it is gone. */
  shared: z.boolean().exactOptional(),
  /** Whoever posted it keeps it: where it is gone they post another, and what is pressed in it is answered beside it. */
  posted: z.literal(true).exactOptional(),
  /** Of a shared one, in milliseconds since 1970. */
  editedAt: z.number().exactOptional(),
  thread: z.string().exactOptional(),
});

/** For the asker alone, where nothing but words was said and there is no `response_url`. */
const ephemeral = z.object({
  ...slack,
  via: z.literal('ephemeral'),
  channel: z.string(),
  thread: z.string().exactOptional(),
});

/** A new message in a conversation. */
const channel = z.object({
  ...slack,
  via: z.literal('channel'),
  channel: z.string(),
  thread: z.string().exactOptional(),
  /** Absent in direct messages. */
  shared: z.boolean().exactOptional(),
  /** By which the asker is told where the bot may not post. */
  ...askedAt,
});

/** A new direct message. */
const direct = z.object({ ...slack, via: z.literal('direct') });

/** Opens a modal, within seconds; what `askedAt` says stays with it, for the answer to what is submitted. */
const trigger = z.object({
  ...slack,
  via: z.literal('trigger'),
  trigger: z.string(),
  /** The modal that was pressed in; another one is laid over it. */
  modal: z.string().exactOptional(),
  ...askedAt,
});

/** A modal that is open. */
const modal = z.object({
  ...slack,
  via: z.literal('modal'),
  view: z.string(),
  hash: z.string().exactOptional(),
  ...askedAt,
});

/** The Home tab. */
const home = z.object({ ...slack, via: z.literal('home') });

export const slackHandle = z.discriminatedUnion('via', [
  response,
  message,
  ephemeral,
  channel,
  direct,
  trigger,
  modal,
  home,
]);
export type SlackHandle = z.infer<typeof slackHandle>;
export type HandleVia<Via extends SlackHandle['via']> = Extract<SlackHandle, { via: Via }>;

/** Slack allows 30 minutes; what comes later than this is sent as a direct message. */
export const responseUrlMs = 25 * 60_000;
export const responseUrlUses = 5;

/** A `response_url` that can be used. */
export type Address = {
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly beside?: true;
};

/** What is kept of where something was asked for; undefined where it is not enough to answer there. */
export function addressIn({ url, expiresAt, beside }: Partial<Address>): Address | undefined {
  if (url === undefined || expiresAt === undefined) return undefined;
  return { url, expiresAt, ...(beside ? { beside } : {}) };
}

/** The first answer by a `response_url`. */
export function responseHandle(
  user: string,
  address: Address,
  more: { readonly replace?: boolean; readonly thread?: string } = {},
): HandleVia<'response'> {
  const { replace = false, ...rest } = more;
  return {
    platform: 'slack',
    via: 'response',
    user,
    ...address,
    usesLeft: responseUrlUses,
    replace,
    ...rest,
  };
}

/** The `response_url` that was kept beside something else, if there was one. */
export function keptAnswer(handle: HandleVia<'channel' | 'trigger' | 'modal'>): SlackHandle {
  const { user } = handle;
  const address = addressIn(handle);
  return address ? responseHandle(user, address) : { platform: 'slack', via: 'direct', user };
}
