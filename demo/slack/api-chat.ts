import {
  type ApiAnswer,
  type ApiCall,
  type ApiMethod,
  apiError,
  findChannel,
  flagArg,
  refusalAnswer,
  textArg,
  threadArg,
  writableChannel,
} from './api-call.ts';
import { BOT_USER } from './directory.ts';
import { isObject, parseJsonObject } from './json-object.ts';
import { isRefusal, readContent } from './message-content.ts';
import { messageJson } from './message-json.ts';
import type { Message } from './workspace.ts';

/** chat.postMessage, chat.postEphemeral, chat.update, chat.delete and chat.getPermalink. */
export const CHAT_METHODS: Readonly<Record<string, ApiMethod>> = {
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': permalink,
};

function postMessage(call: ApiCall): ApiAnswer {
  const channel = writableChannel(call);
  if ('error' in channel) return channel;
  const thread = threadArg(call, channel);
  if (thread === null) return apiError('thread_not_found');
  const content = readContent(call.args);
  if (isRefusal(content)) return refusalAnswer(content);
  const metadata = readMetadata(call);
  if (metadata === null) return apiError('invalid_metadata_format');
  const message = call.workspace.post({
    ...content,
    channel: channel.id,
    user: BOT_USER,
    ...(metadata && { metadata }),
    ...(thread !== undefined && { threadTs: thread, isBroadcast: flagArg(call, 'reply_broadcast') }),
  });
  return { ok: true, channel: channel.id, ts: message.ts, message: messageJson(message, { metadata: true }) };
}

function postEphemeral(call: ApiCall): ApiAnswer {
  const channel = writableChannel(call);
  if ('error' in channel) return channel;
  const person = textArg(call, 'user');
  if (!channel.members.includes(person)) return apiError('user_not_in_channel');
  const thread = threadArg(call, channel);
  if (thread === null) return apiError('thread_not_found');
  const content = readContent(call.args);
  if (isRefusal(content)) return refusalAnswer(content);
  const message = call.workspace.post({
    ...content,
    channel: channel.id,
    user: BOT_USER,
    visibleTo: person,
    ...(thread !== undefined && { threadTs: thread }),
  });
  return { ok: true, message_ts: message.ts };
}

function update(call: ApiCall): ApiAnswer {
  const found = ownMessage(call, 'cant_update_message');
  if ('error' in found) return found;
  const hasText = textArg(call, 'text') !== '';
  // Slack: without new blocks the old ones stay only when no text is given either.
  const blocks = call.args.blocks ?? (hasText ? undefined : found.blocks);
  const content = readContent({ text: hasText ? call.args.text : found.text, blocks });
  if (isRefusal(content)) return refusalAnswer(content);
  const metadata = readMetadata(call);
  if (metadata === null) return apiError('invalid_metadata_format');
  const message = call.workspace.edit(found.ts, {
    ...content,
    ...(metadata && { metadata }),
    // Slack marks only edits of plain text as edited.
    ...(content.blocks.length === 0 && { edited: { user: BOT_USER, ts: call.workspace.nextTs() } }),
  });
  if (!message) return apiError('message_not_found');
  const { channel, ts, text } = message;
  return { ok: true, channel, ts, text, message: messageJson(message, { metadata: true }) };
}

function remove(call: ApiCall): ApiAnswer {
  const found = ownMessage(call, 'cant_delete_message');
  if ('error' in found) return found;
  call.workspace.remove(found.ts);
  return { ok: true, channel: found.channel, ts: found.ts };
}

function permalink(call: ApiCall): ApiAnswer {
  const channel = findChannel(call);
  if (!channel) return apiError('channel_not_found');
  const message = call.workspace.find(textArg(call, 'message_ts'));
  if (!message || message.channel !== channel.id || message.visibleTo !== undefined) {
    return apiError('message_not_found');
  }
  const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
  const address = `${call.url}/archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`;
  return { ok: true, channel: channel.id, permalink: address };
}

/** The bot's own lasting message that `channel` and `ts` name. Ephemeral messages cannot be found this way. */
function ownMessage(call: ApiCall, notOwn: string): Message | Extract<ApiAnswer, { ok: false }> {
  const channel = findChannel(call);
  if (!channel) return { ok: false, error: 'channel_not_found' };
  const message = call.workspace.find(textArg(call, 'ts'));
  if (!message || message.channel !== channel.id || message.visibleTo !== undefined) {
    return { ok: false, error: 'message_not_found' };
  }
  return message.user === BOT_USER ? message : { ok: false, error: notOwn };
}

/** `metadata`: undefined when not given, null when it is not `{event_type, event_payload}`. */
function readMetadata(call: ApiCall): Record<string, unknown> | undefined | null {
  const raw = call.args.metadata;
  if (raw === undefined || raw === '') return undefined;
  const metadata = typeof raw === 'string' ? parseJsonObject(raw) : raw;
  if (!isObject(metadata)) return null;
  const isComplete = typeof metadata.event_type === 'string' && isObject(metadata.event_payload);
  return isComplete ? metadata : null;
}
