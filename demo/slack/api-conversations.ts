import {
  type ApiAnswer,
  type ApiCall,
  type ApiMethod,
  apiError,
  countArg,
  findChannel,
  flagArg,
  isBotIn,
  textArg,
} from './api-call.ts';
import { BOT_USER, type Channel, directChannelOf, TEAM } from './directory.ts';
import { messageJson } from './message-json.ts';
import type { Message } from './workspace.ts';

/** conversations.open, conversations.info and conversations.history. */
export const CONVERSATION_METHODS: Readonly<Record<string, ApiMethod>> = {
  'conversations.open': open,
  'conversations.info': info,
  'conversations.history': history,
};

function open(call: ApiCall): ApiAnswer {
  const people = textArg(call, 'users').split(',').filter(Boolean);
  if (people.length > 1) return apiError('method_not_supported_for_channel_type');
  const channel = people[0] === undefined ? findChannel(call) : directChannelOf(people[0]);
  if (!channel) return apiError(people[0] === undefined ? 'channel_not_found' : 'user_not_found');
  if (channel.kind !== 'im') return apiError('method_not_supported_for_channel_type');
  if (!flagArg(call, 'return_im')) return { ok: true, channel: { id: channel.id } };
  return { ok: true, no_op: true, already_open: true, channel: channelJson(call, channel) };
}

function info(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  return channel ? { ok: true, channel: channelJson(call, channel) } : apiError('channel_not_found');
}

function history(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  if (!channel) return apiError('channel_not_found');
  if (!isBotIn(call, channel, BOT_USER)) return apiError('not_in_channel');
  const wanted = call.workspace
    .publicMessages(channel.id)
    .filter((message) => isWithin(call, message))
    .toReversed();
  const start = readCursor(textArg(call, 'cursor'));
  if (start === undefined) return apiError('invalid_cursor');
  const end = start + countArg(call, 'limit', 100, 999);
  const hasMore = end < wanted.length;
  return {
    ok: true,
    messages: wanted
      .slice(start, end)
      .map((message) => messageJson(message, { metadata: flagArg(call, 'include_all_metadata') })),
    has_more: hasMore,
    pin_count: 0,
    ...(hasMore && { response_metadata: { next_cursor: Buffer.from(`next_ts:${end}`).toString('base64') } }),
  };
}

function isWithin(call: ApiCall, message: Message): boolean {
  const ts = Number(message.ts);
  const oldest = Number(call.args.oldest ?? 0);
  const latest = call.args.latest === undefined ? Number.POSITIVE_INFINITY : Number(call.args.latest);
  if (flagArg(call, 'inclusive')) return ts >= oldest && ts <= latest;
  return ts > oldest && ts < latest;
}

/** Place in the list that a cursor stands for; undefined when it is not one of ours. */
function readCursor(cursor: string): number | undefined {
  if (cursor === '') return 0;
  const match = /^next_ts:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'));
  return match ? Number(match[1]) : undefined;
}

function channelJson(call: ApiCall, channel: Channel): Record<string, unknown> {
  if (channel.kind === 'im') {
    return {
      id: channel.id,
      created: 0,
      is_im: true,
      is_org_shared: false,
      user: channel.members[0],
      is_open: true,
    };
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    created: 0,
    creator: channel.members[0],
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: false,
    is_archived: false,
    is_general: channel.name === 'general',
    is_shared: false,
    is_ext_shared: false,
    is_org_shared: false,
    is_member: isBotIn(call, channel, BOT_USER),
    context_team_id: TEAM.id,
    num_members: channel.members.length,
  };
}
