import { APP_ID, BOT_ID, BOT_USER, OTHER_BOT, personById, SLACKBOT, TEAM } from './directory.ts';
import { richTextOf } from './typed-text.ts';
import type { Message } from './workspace.ts';

type MessageJsonOptions = {
  readonly metadata?: boolean;
  /** The replies below it, when they are known: what Slack counts in the first message of a thread. */
  readonly replies?: readonly Message[];
  /** Files as Slack writes them, by id. */
  readonly file?: (id: string) => Record<string, unknown> | undefined;
};

/** A message as Slack writes it in Web API answers, events and interaction payloads. */
export function messageJson(message: Message, options: MessageJsonOptions = {}): Record<string, unknown> {
  const person = personById(message.user);
  const isTyped = person?.isBot === false && message.user !== SLACKBOT;
  const blocks = message.blocks.length === 0 && isTyped ? [richTextOf(message.text)] : message.blocks;
  return {
    user: message.user,
    type: 'message',
    ts: message.ts,
    ...(message.clientMsgId !== undefined && { client_msg_id: message.clientMsgId }),
    ...botFields(message.user),
    text: message.text,
    team: person?.teamId ?? TEAM.id,
    ...(blocks.length > 0 && { blocks }),
    ...(message.files && filesJson(message.files, options)),
    ...(message.edited && { edited: message.edited }),
    ...threadFields(message, options.replies ?? []),
    ...(options.metadata && message.metadata !== undefined && { metadata: message.metadata }),
  };
}

function filesJson(ids: readonly string[], options: MessageJsonOptions): Record<string, unknown> {
  const files = ids.map((id) => options.file?.(id) ?? { id, mode: 'tombstone' });
  return { files, upload: false };
}

function threadFields(message: Message, replies: readonly Message[]): Record<string, unknown> {
  if (message.threadTs !== undefined) {
    return { thread_ts: message.threadTs, ...(message.isBroadcast && { subtype: 'thread_broadcast' }) };
  }
  const last = replies.at(-1);
  if (!last) return {};
  const users = [...new Set(replies.map(({ user }) => user))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: last.ts,
    is_locked: false,
    subscribed: true,
  };
}

function botFields(user: string): Record<string, unknown> {
  if (user === BOT_USER)
    return { bot_id: BOT_ID, app_id: APP_ID, bot_profile: botProfile(BOT_ID, APP_ID, 'cwsync') };
  if (user !== OTHER_BOT.user) return {};
  const { bot, app } = OTHER_BOT;
  return { bot_id: bot, app_id: app, bot_profile: botProfile(bot, app, 'buildbot') };
}

function botProfile(id: string, appId: string, name: string): Record<string, unknown> {
  return { id, app_id: appId, name, deleted: false, updated: 0, team_id: TEAM.id };
}
