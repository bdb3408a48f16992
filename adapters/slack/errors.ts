/** What Slack's errors mean for a delivery, by what they touch (chat.md, "Delivery"). */
import { ErrorCode } from '@slack/web-api';
import type { Delivered } from '../../src/ports/chat.ts';

export type Touches = 'message' | 'channel' | 'platform';

const touched: { readonly [error: string]: Touches } = {
  account_inactive: 'platform',
  invalid_auth: 'platform',
  not_authed: 'platform',
  token_revoked: 'platform',
  token_expired: 'platform',
  missing_scope: 'platform',
  channel_not_found: 'channel',
  not_in_channel: 'channel',
  is_archived: 'channel',
  messages_tab_disabled: 'channel',
  cannot_dm_bot: 'channel',
  message_not_found: 'message',
  cant_update_message: 'message',
  edit_window_closed: 'message',
  thread_not_found: 'message',
};

/** Errors after which another try is no use either, and that are about what was sent or to whom. */
const useless = new Set([
  'user_not_found',
  'user_disabled',
  'user_not_in_channel',
  'not_found',
  'invalid_blocks',
  'invalid_arguments',
  'invalid_trigger_id',
  'expired_trigger_id',
  'trigger_expired',
  'exchanged_trigger_id',
  'trigger_exchanged',
  'hash_conflict',
  'push_limit_reached',
  'view_too_large',
  'msg_too_long',
  'no_text',
]);

/** Where Slack asks for a pause and names none. */
export const shortestPauseMs = 1_000;

export function touchedBy(reason: string): Touches | undefined {
  return reason.startsWith('restricted_action') ? 'channel' : touched[reason];
}

export type SlackError = { readonly reason: string; readonly retryAfterMs?: number };

/** What a call of the Web API was refused for, or the library's code where no answer came. */
export function slackErrorOf(error: unknown): SlackError {
  const { code, data, retryAfter } = error as {
    code?: string;
    data?: { error?: string };
    retryAfter?: number;
  };
  if (code === ErrorCode.RateLimitedError) {
    const retryAfterMs = retryAfter === undefined ? shortestPauseMs : retryAfter * 1_000;
    return { reason: 'too many messages', retryAfterMs };
  }
  return { reason: data?.error ?? code ?? 'unknown' };
}

/** Whether Slack refused the token or what it may do, so that every other call is refused as well. */
export function refusesToken(reason: string): boolean {
  return touchedBy(reason) === 'platform';
}

/** Runs a delivery and turns what Slack throws into its outcome. */
export async function attempt(call: () => Promise<Delivered>): Promise<Delivered> {
  try {
    return await call();
  } catch (error) {
    return notDelivered(slackErrorOf(error));
  }
}

function notDelivered({ reason, retryAfterMs }: SlackError): Delivered {
  if (retryAfterMs !== undefined) return { result: 'failed', reason, retryAfterMs };
  const touches = touchedBy(reason);
  if (touches) return { result: 'gone', reason, touches };
  return { result: useless.has(reason) ? 'gone' : 'failed', reason };
}
