import { type Channel, channelById, directChannelOf } from './directory.ts';
import type { FaultBoard } from './faults.ts';
import type { Refusal } from './message-content.ts';
import type { Workspace } from './workspace.ts';

/** What every Web API method works with. */
export type ApiCall = {
  readonly workspace: Workspace;
  readonly faults: FaultBoard;
  /** Arguments: from a form body all strings, from a JSON body as sent. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Root of the workspace's web page, for auth.test and links. */
  readonly url: string;
  readonly clock: () => Date;
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
export function countArg(call: ApiCall, name: string, fallback: number, most: number): number {
  const value = Number(call.args[name] ?? fallback);
  return Number.isInteger(value) && value > 0 ? Math.min(value, most) : fallback;
}

/** The conversation that the argument `channel` names (a person's id means the direct messages), if reachable. */
export function findChannel(call: ApiCall): Channel | undefined {
  const id = textArg(call, 'channel');
  const channel = channelById(id) ?? directChannelOf(id);
  return channel && !call.faults.isGone(channel.id) ? channel : undefined;
}

export function isBotIn(call: ApiCall, channel: Channel, bot: string): boolean {
  return channel.members.includes(bot) && !call.faults.isBotAbsent(channel.id);
}
