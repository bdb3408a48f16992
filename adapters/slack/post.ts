/** Messages that answer nobody: alerts, and what followers are told. */
import type { WebClient } from '@slack/web-api';
import type { Delivered, Destination, MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { attempt } from './errors.ts';
import { slackHandle } from './handle.ts';
import { directChannel, postMessage, type Sending } from './messages.ts';
import { answeredBeside, renderReply } from './render.ts';

const eventType = 'cwsync_incident';
/** So many of the latest messages are looked through for one that may have been posted already. */
const lookedBack = 100;
/** Keys of which nobody knows whether they were posted; of older ones only the caller knows. */
const ambiguousAtMost = 1_000;

export type Poster = {
  post(
    to: Destination,
    reply: Reply,
    key: string,
    again?: boolean,
    thread?: MessageHandle,
  ): Promise<Delivered>;
};

type Post = {
  readonly to: Destination;
  readonly reply: Reply;
  readonly key: string;
  /** The `ts` of the message in whose thread it goes. */
  readonly thread?: string | undefined;
};

export function poster(sending: Sending): Poster {
  const ambiguous = new Set<string>();

  async function post(
    to: Destination,
    reply: Reply,
    key: string,
    again = false,
    parent?: MessageHandle,
  ): Promise<Delivered> {
    const given = { to, reply, key, thread: threadOf(parent) };
    const delivered = await attempt(() => postOnce(sending, given, again || ambiguous.has(key)));
    // A failure without a word of Slack may have been a message all the same.
    if (delivered.result === 'failed' && ambiguous.size < ambiguousAtMost) ambiguous.add(key);
    else ambiguous.delete(key);
    return delivered;
  }

  return { post };
}

/** A message that stands in a thread itself has its thread beside it. */
function threadOf(parent: MessageHandle | undefined): string | undefined {
  const parsed = slackHandle.safeParse(parent);
  return parsed.success && parsed.data.via === 'message' ? (parsed.data.thread ?? parsed.data.ts) : undefined;
}

async function postOnce(
  { client, clock }: Sending,
  { to, reply, key, thread }: Post,
  lookFirst: boolean,
): Promise<Delivered> {
  const direct = 'user' in to;
  const channel = direct ? await directChannel(client, to.user) : to.conversation;
  if (channel === undefined) return { result: 'gone', reason: 'no direct messages with this person' };
  const metadata = { event_type: eventType, event_payload: { key } };
  const threaded = thread === undefined ? {} : { thread };
  const before = lookFirst ? await findPosted(client, channel, key, thread) : undefined;
  const message = answeredBeside(renderReply(reply));
  const ts = before ?? (await postMessage(client, { channel, ...threaded }, message, metadata));
  if (ts === undefined) return { result: 'gone', reason: 'Slack gave the message no id' };
  const user = direct ? to.user : '';
  const posted = { platform: 'slack', via: 'message', channel, ts, user, posted: true, ...threaded } as const;
  if (direct) return { result: 'sent', handle: posted, as: 'direct' };
  const editedAt = clock.now().getTime();
  return { result: 'sent', handle: { ...posted, shared: true, editedAt }, as: 'public' };
}

/** The message that carries this key, if one of the latest does. */
async function findPosted(
  client: WebClient,
  channel: string,
  key: string,
  thread: string | undefined,
): Promise<string | undefined> {
  const { messages } = await (thread === undefined
    ? client.conversations.history({ channel, include_all_metadata: true, limit: lookedBack })
    : lastReplies(client, channel, thread));
  const found = messages?.find(({ metadata }) => {
    const payload = metadata?.event_payload as { readonly key?: unknown } | undefined;
    return metadata?.event_type === eventType && payload?.key === key;
  });
  return found?.ts;
}

/** Slack begins with the oldest, but gives as many as are asked for: threads of incidents are shorter. */
function lastReplies(client: WebClient, channel: string, thread: string) {
  return client.conversations.replies({
    channel,
    ts: thread,
    include_all_metadata: true,
    limit: repliesAtMost,
  });
}

const repliesAtMost = 1_000;
