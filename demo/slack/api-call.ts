import type { AppLink } from './app-link.ts';
import { BOT_USER, type Channel } from './directory.ts';
import type { Refusal } from './message-content.ts';

/** What every Web API method works with. */
export type ApiCall = Omit<AppLink, 'delivery' | 'events'> & {
  /** Arguments: from a form body all strings, from a JSON body as sent. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Makes the address of a new socket. */
  readonly newSocketAddress: () => string;
};

export type ApiAnswer =
  | { readonly ok: true; readonly [key: string]: unknown }
  | { readonly ok: false; readonly error: string; readonly [key: string]: unknown };

export type ApiMethod = (call: ApiCall) => ApiAnswer;

export function apiError(error: string, messages: readonly string[] = []): ApiAnswer {
  if (messages.length === 0) return { ok: false, error };
  return { ok: false, error, response_metadata: { messages: messages.map((words) => `[ERROR] ${words}`) } };
}

/** invalid_blocks names the places twice: in `errors` and in `response_metadata.messages`. */
export function refusalAnswer(refusal: Refusal): ApiAnswer {
  const answer = apiError(refusal.error, refusal.problems);
  return refusal.problems.length === 0 ? answer : { ...answer, errors: refusal.problems };
}

/** A text argument; the empty string when it is missing. */
export function textArg(call: ApiCall, name: string): string {
  const value = call.args[name];
  return typeof value === 'string' ? value : '';
}

/** A yes/no argument as clients send it: true, "true", 1 or "1". */
export function flagArg(call: ApiCall, name: string): boolean {
  return ['true', '1'].includes(String(call.args[name]));
}

/** A whole number argument within the bounds, or the default. */
function countArg(call: ApiCall, name: string, fallback: number, most: number): number {
  const value = Number(call.args[name] ?? fallback);
  return Number.isInteger(value) && value > 0 ? Math.min(value, most) : fallback;
}

/**
 * The conversation that the argument names (a person's id means the direct messages), if the bot can know of it:
 * a private channel that it is not in does not exist for it.
 */
export function findChannel(call: ApiCall, argument = 'channel'): Channel | undefined {
  const id = textArg(call, argument);
  const channel = call.roster.channel(id) ?? call.roster.directChannelOf(id);
  if (!channel || call.faults.isGone(channel.id)) return undefined;
  return channel.isPrivate && !isBotIn(call, channel) ? undefined : channel;
}

export function isBotIn(call: ApiCall, channel: Channel): boolean {
  return channel.members.includes(BOT_USER) && !call.faults.isBotAbsent(channel.id);
}

type Failed = Extract<ApiAnswer, { ok: false }>;

/** The conversation that the bot may write to, or Slack's error. */
export function writableChannel(call: ApiCall, argument = 'channel'): Channel | Failed {
  const channel = findChannel(call, argument);
  if (!channel) return { ok: false, error: 'channel_not_found' };
  if (channel.isArchived) return { ok: false, error: 'is_archived' };
  return isBotIn(call, channel) ? channel : { ok: false, error: 'not_in_channel' };
}

/** `thread_ts`: undefined when not given, null when there is no such message in the conversation. */
export function threadArg(call: ApiCall, channel: Channel): string | undefined | null {
  const ts = textArg(call, 'thread_ts');
  if (ts === '') return undefined;
  const parent = call.workspace.find(ts);
  if (!parent || parent.channel !== channel.id || parent.visibleTo !== undefined) return null;
  return parent.threadTs ?? parent.ts;
}

/** One page of a list by `limit` and `cursor`; undefined when the cursor is not one of ours. */
export function pageOf<T>(
  call: ApiCall,
  all: readonly T[],
): { readonly items: readonly T[]; readonly nextCursor: string } | undefined {
  const cursor = textArg(call, 'cursor');
  const match = /^next_ts:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'));
  if (cursor !== '' && !match) return undefined;
  const start = Number(match?.[1] ?? 0);
  const end = start + countArg(call, 'limit', 100, 999);
  const nextCursor = end < all.length ? Buffer.from(`next_ts:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), nextCursor };
}
