import { ErrorCode, WebClient } from '@slack/web-api';
import type { ChatDelivery, Delivered, MessageHandle } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { fetchJson } from '../http/fetch-json.ts';
import { type SlackHandle, slackHandle } from './handle.ts';
import { renderReply, type SlackMessage } from './render.ts';

export type SlackDeliveryOptions = {
  readonly botToken: string;
  readonly apiUrl?: string;
  readonly clock: Clock;
};

/** Two calls fit into the time for which one process keeps a waiting person to itself. */
const timeoutMs = 5_000;
/** A response_url answers with a word or two. */
const maxAnswerBytes = 64 * 1024;
/** Where Slack asks for a pause and names none. */
const shortestPauseMs = 1_000;
const neverAborted = new AbortController().signal;

/** Errors that concern one message: it cannot be edited any more, a new one is posted. */
const messageGone = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'not_in_channel',
]);
/** Errors after which another try is no use, here or at all. */
const final = new Set([
  'account_inactive',
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'messages_tab_disabled',
  'cannot_dm_bot',
  'user_not_found',
  'invalid_blocks',
  'msg_too_long',
  'no_text',
]);

/** Sends answers; never retries by itself, so that nothing is doubled: whoever keeps the handle decides. */
export function slackDelivery(options: SlackDeliveryOptions): ChatDelivery {
  const { clock } = options;
  const client = new WebClient(options.botToken, {
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
  });

  async function send(handle: MessageHandle, reply: Reply): Promise<Delivered> {
    const parsed = slackHandle.safeParse(handle);
    if (!parsed.success) return { result: 'gone', reason: 'not a handle of Slack' };
    const message = renderReply(reply);
    const { data } = parsed;
    if (data.via === 'message') return await edit(data, message);
    const usable = data.usesLeft > 0 && clock.now().getTime() < data.expiresAt;
    if (!usable) return await sendDirect(data.user, message);
    return await respond(data, message);
  }

  async function respond(
    handle: Extract<SlackHandle, { via: 'response' }>,
    message: SlackMessage,
  ): Promise<Delivered> {
    const body = { ...message, response_type: 'ephemeral', replace_original: handle.replace };
    const answer = await fetchJson(
      {
        method: 'POST',
        url: new URL(handle.url),
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        timeoutMs,
        maxBytes: maxAnswerBytes,
        signal: neverAborted,
      },
      { redact: (text) => text, monotonicMs: () => clock.monotonicMs(), now: () => clock.now() },
    );
    if (answer.kind === 'fault') return { result: 'failed', reason: 'the response_url did not answer' };
    const { status } = answer;
    if (status >= 200 && status < 300) {
      return { result: 'sent', handle: { ...handle, replace: true, usesLeft: handle.usesLeft - 1 } };
    }
    if (status === 404) return await sendDirect(handle.user, message);
    if (status === 429) {
      const retryAfterMs = answer.retryAfterMs || shortestPauseMs;
      return { result: 'failed', reason: 'too many answers', retryAfterMs };
    }
    const reason = `the response_url answered ${status}`;
    return status >= 500 ? { result: 'failed', reason } : { result: 'gone', reason };
  }

  async function sendDirect(user: string, message: SlackMessage): Promise<Delivered> {
    return await attempt(async () => {
      const opened = await client.conversations.open({ users: user });
      const channel = opened.channel?.id;
      if (channel === undefined) return { result: 'gone', reason: 'no direct messages with this person' };
      const posted = await client.chat.postMessage({ channel, ...message });
      if (posted.ts === undefined) return { result: 'gone', reason: 'Slack gave the message no id' };
      return { result: 'sent', handle: { platform: 'slack', via: 'message', channel, ts: posted.ts, user } };
    });
  }

  async function edit(
    handle: Extract<SlackHandle, { via: 'message' }>,
    message: SlackMessage,
  ): Promise<Delivered> {
    const edited = await attempt(async () => {
      await client.chat.update({ channel: handle.channel, ts: handle.ts, ...message });
      return { result: 'sent', handle };
    });
    return edited.result === 'gone' && messageGone.has(edited.reason)
      ? await sendDirect(handle.user, message)
      : edited;
  }

  return { send };
}

async function attempt(call: () => Promise<Delivered>): Promise<Delivered> {
  try {
    return await call();
  } catch (error) {
    const {
      code,
      data,
      retryAfter: seconds,
    } = error as {
      code?: string;
      data?: { error?: string };
      retryAfter?: number;
    };
    if (code === ErrorCode.RateLimitedError) {
      return {
        result: 'failed',
        reason: 'too many messages',
        retryAfterMs: seconds === undefined ? shortestPauseMs : seconds * 1_000,
      };
    }
    const reason = data?.error ?? code ?? 'unknown';
    const gone = final.has(reason) || messageGone.has(reason);
    return { result: gone ? 'gone' : 'failed', reason };
  }
}
