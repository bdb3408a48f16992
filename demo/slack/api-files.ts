import {
  type ApiAnswer,
  type ApiCall,
  type ApiMethod,
  apiError,
  textArg,
  threadArg,
  writableChannel,
} from './api-call.ts';
import { BOT_USER } from './directory.ts';
import { isObject } from './json-object.ts';
import { isRefusal, readBlocks, readContent } from './message-content.ts';

/** files.getUploadURLExternal and files.completeUploadExternal. */
export const FILE_METHODS: Readonly<Record<string, ApiMethod>> = {
  'files.getUploadURLExternal': begin,
  'files.completeUploadExternal': complete,
};

function begin(call: ApiCall): ApiAnswer {
  const name = textArg(call, 'filename');
  const size = Number(call.args.length);
  if (name === '') return apiError('invalid_arguments', ['missing required field: filename']);
  if (!Number.isInteger(size) || size <= 0)
    return apiError('invalid_arguments', ['length must be a size in bytes']);
  const { id, uploadUrl } = call.files.begin({ name, size, altText: textArg(call, 'alt_txt') });
  return { ok: true, upload_url: uploadUrl, file_id: id };
}

/** Completes uploads; with `channel_id` the files are shown there, in one message of the bot. */
function complete(call: ApiCall): ApiAnswer {
  const wanted = (readBlocks(call.args.files) ?? []).filter(isObject);
  if (wanted.length === 0) return apiError('invalid_arguments', ['missing required field: files']);
  const ids = wanted.map((file) => String(file.id));
  if (!ids.every((id) => call.files.isUploaded(id))) return apiError('file_not_found');
  const draft = textArg(call, 'channel_id') === '' ? undefined : draftOf(call, ids);
  if (draft && 'error' in draft) return draft;
  for (const [index, id] of ids.entries()) {
    const title = wanted[index]?.title;
    call.files.complete(id, typeof title === 'string' ? title : undefined);
  }
  if (draft) call.workspace.post(draft);
  return { ok: true, files: ids.map((id) => call.files.json(id)) };
}

type Draft = Parameters<ApiCall['workspace']['post']>[0];

/** The message that shows the files, or Slack's error when it cannot be posted. */
function draftOf(call: ApiCall, ids: readonly string[]): Draft | Extract<ApiAnswer, { ok: false }> {
  const channel = writableChannel(call, 'channel_id');
  if ('error' in channel) return channel;
  const thread = threadArg(call, channel);
  if (thread === null) return { ok: false, error: 'thread_not_found' };
  const comment = textArg(call, 'initial_comment');
  const content = comment === '' ? { text: '', blocks: [] } : readContent({ text: comment });
  if (isRefusal(content)) return { ok: false, error: content.error };
  const author = { channel: channel.id, user: BOT_USER };
  return { ...content, ...author, files: ids, ...(thread !== undefined && { threadTs: thread }) };
}
