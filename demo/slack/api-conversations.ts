import {
  type ApiAnswer,
  type ApiCall,
  type ApiMethod,
  apiError,
  findChannel,
  flagArg,
  isBotIn,
  pageOf,
  textArg,
} from './api-call.ts';
import { BOT_USER, type Channel, personById, TEAM } from './directory.ts';
import { messageJson } from './message-json.ts';
import type { Message } from './workspace.ts';

/** conversations.* and users.conversations. */
export const CONVERSATION_METHODS: Readonly<Record<string, ApiMethod>> = {
  'conversations.open': open,
  'conversations.info': info,
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.members': members,
  'conversations.list': (call) =>
    list(
      call,
      call.roster.channels().filter((channel) => !isHidden(call, channel)),
    ),
  'conversations.join': join,
  'users.conversations': usersConversations,
};

function open(call: ApiCall): ApiAnswer {
  const people = textArg(call, 'users').split(',').filter(Boolean);
  if (people.length > 1) return apiError('method_not_supported_for_channel_type');
  const [only] = people;
  if (only !== undefined && personById(only)?.isBot) return apiError('cannot_dm_bot');
  const channel = only === undefined ? findChannel(call) : call.roster.directChannelOf(only);
  if (!channel) return apiError(only === undefined ? 'channel_not_found' : 'user_not_found');
  if (channel.kind !== 'im') return apiError('method_not_supported_for_channel_type');
  if (!flagArg(call, 'return_im')) return { ok: true, channel: { id: channel.id } };
  return { ok: true, no_op: true, already_open: true, channel: channelJson(call, channel) };
}

function info(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  if (!channel) return apiError('channel_not_found');
  const json = channelJson(call, channel);
  if (!flagArg(call, 'include_num_members')) delete json.num_members;
  return { ok: true, channel: json };
}

function history(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  if (!channel) return apiError('channel_not_found');
  if (!isBotIn(call, channel)) return apiError('not_in_channel');
  const wanted = call.workspace
    .publicMessages(channel.id)
    .filter((message) => message.threadTs === undefined || message.isBroadcast === true)
    .filter((message) => isWithin(call, message))
    .toReversed();
  return { ...messagesPage(call, wanted), pin_count: 0 };
}

function replies(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  if (!channel) return apiError('channel_not_found');
  if (!isBotIn(call, channel)) return apiError('not_in_channel');
  const named = call.workspace.find(textArg(call, 'ts'));
  const first = named?.threadTs === undefined ? named : call.workspace.find(named.threadTs);
  if (!first || first.channel !== channel.id || first.visibleTo !== undefined)
    return apiError('thread_not_found');
  // Slack always begins with the first message, whatever the bounds.
  const below = call.workspace.replies(first.ts).filter((message) => isWithin(call, message));
  return messagesPage(call, [first, ...below]);
}

function messagesPage(call: ApiCall, wanted: readonly Message[]): ApiAnswer {
  const page = pageOf(call, wanted);
  if (!page) return apiError('invalid_cursor');
  const metadata = flagArg(call, 'include_all_metadata');
  const file = (id: string) => call.files.json(id);
  const messages = page.items.map((message) =>
    messageJson(message, { metadata, file, replies: call.workspace.replies(message.ts) }),
  );
  return { ok: true, messages, has_more: page.nextCursor !== '', ...cursorOf(page.nextCursor) };
}

function cursorOf(nextCursor: string): Record<string, unknown> {
  return nextCursor === '' ? {} : { response_metadata: { next_cursor: nextCursor } };
}

function isWithin(call: ApiCall, message: Message): boolean {
  const ts = Number(message.ts);
  const oldest = Number(call.args.oldest ?? 0);
  const latest = call.args.latest === undefined ? Number.POSITIVE_INFINITY : Number(call.args.latest);
  if (flagArg(call, 'inclusive')) return ts >= oldest && ts <= latest;
  return ts > oldest && ts < latest;
}

function members(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  if (!channel) return apiError('channel_not_found');
  const page = pageOf(call, channel.members);
  if (!page) return apiError('invalid_cursor');
  return { ok: true, members: page.items, response_metadata: { next_cursor: page.nextCursor } };
}

function list(call: ApiCall, channels: readonly Channel[]): ApiAnswer {
  const types = (textArg(call, 'types') || 'public_channel').split(',').map((type) => type.trim());
  const wanted = channels
    .filter((channel) => types.includes(typeOf(channel)))
    .filter((channel) => !(flagArg(call, 'exclude_archived') && channel.isArchived));
  const page = pageOf(call, wanted);
  if (!page) return apiError('invalid_cursor');
  const json = page.items.map((channel) => channelJson(call, channel));
  return { ok: true, channels: json, response_metadata: { next_cursor: page.nextCursor } };
}

/** Slack's name for the type, as the argument `types` has it. */
function typeOf(channel: Channel): string {
  if (channel.kind === 'im') return 'im';
  return channel.isPrivate ? 'private_channel' : 'public_channel';
}

function isHidden(call: ApiCall, channel: Channel): boolean {
  return channel.isPrivate && !isBotIn(call, channel);
}

function usersConversations(call: ApiCall): ApiAnswer {
  const user = textArg(call, 'user') || BOT_USER;
  if (!personById(user)) return apiError('user_not_found');
  const isIn = (channel: Channel) =>
    user === BOT_USER ? isBotIn(call, channel) : channel.members.includes(user) && !isHidden(call, channel);
  return list(call, call.roster.channels().filter(isIn));
}

function join(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  if (!channel) return apiError('channel_not_found');
  if (channel.kind === 'im' || channel.isPrivate) return apiError('method_not_supported_for_channel_type');
  if (channel.isArchived) return apiError('is_archived');
  call.roster.invite(channel.id, BOT_USER);
  return { ok: true, channel: channelJson(call, channel) };
}

function channelJson(call: ApiCall, channel: Channel): Record<string, unknown> {
  if (channel.kind === 'im') {
    return {
      id: channel.id,
      created: 0,
      is_im: true,
      is_archived: false,
      is_org_shared: false,
      is_ext_shared: false,
      user: channel.members[0],
      is_open: true,
      context_team_id: TEAM.id,
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
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_general: channel.name === 'general',
    is_shared: channel.isShared,
    is_ext_shared: channel.isShared,
    is_org_shared: false,
    is_pending_ext_shared: false,
    is_member: isBotIn(call, channel),
    context_team_id: TEAM.id,
    num_members: channel.members.length,
  };
}
