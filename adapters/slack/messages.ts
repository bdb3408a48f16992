/** The ways in which a message gets to somebody. None is tried twice: whoever keeps the handle decides. */
import type { MessageMetadata } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Delivered } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { fetchJson } from '../http/fetch-json.ts';
import { callTimeoutMs } from './api.ts';
import { attempt, shortestPauseMs } from './errors.ts';
import type { HandleVia } from './handle.ts';
import { answeredBeside, renderReply, type SlackMessage } from './render.ts';

export type Sending = { readonly client: WebClient; readonly clock: Clock };

/** A response_url answers with a word or two. */
const maxAnswerBytes = 64 * 1024;
/** What everybody in a channel sees is not edited more often, in milliseconds. */
const sharedEditEveryMs = 3_000;
const neverAborted = new AbortController().signal;

/** By `response_url`; by direct message where it is used up. */
export async function respond(
  sending: Sending,
  handle: HandleVia<'response'>,
  reply: Reply,
): Promise<Delivered> {
  const { clock } = sending;
  const usable = handle.usesLeft > 0 && clock.now().getTime() < handle.expiresAt;
  if (!usable) return await sendDirect(sending, handle.user, reply);
  const thread = handle.thread === undefined ? {} : { thread_ts: handle.thread };
  const placed = { response_type: 'ephemeral', replace_original: handle.replace, ...thread };
  const answer = await fetchJson(
    {
      method: 'POST',
      url: new URL(handle.url),
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ ...renderReply(reply), ...placed }),
      timeoutMs: callTimeoutMs,
      maxBytes: maxAnswerBytes,
      signal: neverAborted,
    },
    { redact: (text) => text, monotonicMs: () => clock.monotonicMs(), now: () => clock.now() },
  );
  if (answer.kind === 'fault') return { result: 'failed', reason: 'the response_url did not answer' };
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const next = { ...handle, replace: handle.beside !== true, usesLeft: handle.usesLeft - 1 };
    return { result: 'sent', handle: next, as: 'private' };
  }
  if (status === 404) return await sendDirect(sending, handle.user, reply);
  if (status === 429) {
    const retryAfterMs = answer.retryAfterMs || shortestPauseMs;
    return { result: 'failed', reason: 'too many answers', retryAfterMs };
  }
  const reason = `the response_url answered ${status}`;
  return { result: status >= 500 ? 'failed' : 'gone', reason };
}

/** For the asker alone; by direct message where the bot may not post or the person is not. */
export async function sendEphemeral(
  sending: Sending,
  handle: HandleVia<'ephemeral'>,
  reply: Reply,
): Promise<Delivered> {
  const { channel, user, thread } = handle;
  const delivered = await attempt(async () => {
    const { text, blocks } = renderReply(reply);
    const place = { channel, user, ...(thread === undefined ? {} : { thread_ts: thread }) };
    await sending.client.chat.postEphemeral({ ...place, text, blocks });
    // It cannot be edited, and is gone when the person reloads: what comes later is a direct message.
    return { result: 'sent', handle: { platform: 'slack', via: 'direct', user }, as: 'private' };
  });
  const nowhere = delivered.result === 'gone' && delivered.touches !== 'platform';
  return nowhere ? await sendDirect(sending, user, reply) : delivered;
}

export async function sendDirect(sending: Sending, user: string, reply: Reply): Promise<Delivered> {
  return await attempt(async () => {
    const channel = await directChannel(sending.client, user);
    if (channel === undefined) return { result: 'gone', reason: 'no direct messages with this person' };
    const ts = await postMessage(sending.client, { channel }, renderReply(reply));
    if (ts === undefined) return { result: 'gone', reason: 'Slack gave the message no id' };
    const handle = { platform: 'slack', via: 'message', channel, ts, user } as const;
    return { result: 'sent', handle, as: 'direct' };
  });
}

export async function directChannel(client: WebClient, user: string): Promise<string | undefined> {
  const opened = await client.conversations.open({ users: user });
  return opened.channel?.id;
}

/** A new message in a conversation; rejects as Slack does. */
export async function sendToChannel(
  { client, clock }: Sending,
  handle: HandleVia<'channel'>,
  reply: Reply,
): Promise<Delivered> {
  return await attempt(async () => {
    const { channel, user, thread, shared } = handle;
    const threaded = thread === undefined ? {} : { thread };
    const ts = await postMessage(client, { channel, ...threaded }, renderReply(reply));
    if (ts === undefined) return { result: 'gone', reason: 'Slack gave the message no id' };
    const posted = { platform: 'slack', via: 'message', channel, ts, user, ...threaded } as const;
    if (!shared) return { result: 'sent', handle: posted, as: 'direct' };
    const editedAt = clock.now().getTime();
    return { result: 'sent', handle: { ...posted, shared: true, editedAt }, as: 'public' };
  });
}

/** Edits a message; where it is gone a new one takes its place. */
export async function edit(sending: Sending, handle: HandleVia<'message'>, reply: Reply): Promise<Delivered> {
  const { client, clock } = sending;
  const { channel, ts, shared, editedAt, thread, user } = handle;
  const now = clock.now().getTime();
  const waitMs = shared ? (editedAt ?? 0) + sharedEditEveryMs - now : 0;
  if (waitMs > 0) return { result: 'failed', reason: 'edited a moment ago', retryAfterMs: waitMs };
  const edited = await attempt(async () => {
    const { text, blocks } = handle.posted ? answeredBeside(renderReply(reply)) : renderReply(reply);
    await client.chat.update({ channel, ts, text, blocks });
    const as = shared ? 'public' : 'direct';
    return { result: 'sent', handle: shared ? { ...handle, editedAt: now } : handle, as };
  });
  if (edited.result !== 'gone' || edited.touches !== 'message' || handle.posted) return edited;
  if (!shared) return await sendDirect(sending, user, reply);
  const threaded = thread === undefined ? {} : { thread };
  const again = { platform: 'slack', via: 'channel', channel, user, shared, ...threaded } as const;
  return await sendToChannel(sending, again, reply);
}

type Spot = { readonly channel: string; readonly thread?: string };

/** @returns its `ts` */
export async function postMessage(
  client: WebClient,
  { channel, thread }: Spot,
  { text, blocks }: SlackMessage,
  metadata?: MessageMetadata,
): Promise<string | undefined> {
  const posted = await client.chat.postMessage({
    channel,
    text,
    blocks,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...(metadata ? { metadata } : {}),
  });
  return posted.ts;
}
