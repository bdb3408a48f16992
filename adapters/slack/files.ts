/** Files have no ephemeral form: they go to the direct messages, or into the conversation that is answered. */
import type { WebClient } from '@slack/web-api';
import type { Part, Reply, ReplyFile, Text } from '../../src/ports/reply.ts';
import { refusesToken, slackErrorOf } from './errors.ts';
import type { SlackHandle } from './handle.ts';
import { directChannel } from './messages.ts';

/** In milliseconds: a megabyte over a slow line. */
const uploadTimeoutMs = 30_000;

/**
 * Uploads the reply's file where it belongs.
 * @returns the reply with one line that says where the file is, or why it is not there
 */
export async function withFile(client: WebClient, handle: SlackHandle, reply: Reply): Promise<Reply> {
  const { file, ...rest } = reply;
  if (!file) return rest;
  const note = { block: 'note', text: await told(client, handle, file) } as const;
  return { ...rest, blocks: [...rest.blocks, note] };
}

async function told(client: WebClient, handle: SlackHandle, file: ReplyFile): Promise<Text> {
  const what = file.alt === undefined ? 'The file' : 'The picture';
  const here = handle.via === 'channel' || (handle.via === 'message' && handle.shared === true);
  try {
    const channel = here ? handle.channel : await directChannel(client, handle.user);
    if (channel === undefined) return [words(`${what} could not be sent: you have no direct messages here.`)];
    const thread = here ? handle.thread : undefined;
    const link = await upload(client, { channel, ...(thread === undefined ? {} : { thread }) }, file);
    const name: Part = link
      ? { part: 'link', label: file.name, url: link }
      : { part: 'name', text: file.name };
    return [words(`${what} is ${here ? 'here' : 'in your direct messages with me'}: `), name];
  } catch (error) {
    const { reason } = slackErrorOf(error);
    const next = refusesToken(reason)
      ? 'An admin renews the token of cwsync and its rights in Slack (files:write), then ask again.'
      : 'Ask again in a minute.';
    return [words(`⚠ ${what} could not be sent (Slack: ${reason}). ${next}`)];
  }
}

const words = (text: string): Part => ({ part: 'text', text });

/** @returns where it can be seen, if Slack says so; rejects as Slack does */
async function upload(
  client: WebClient,
  to: { readonly channel: string; readonly thread?: string },
  file: ReplyFile,
): Promise<string | undefined> {
  const { name: filename, title, content, mediaType, alt } = file;
  const { upload_url, file_id } = await client.files.getUploadURLExternal({
    filename,
    length: content.byteLength,
    ...(alt === undefined ? {} : { alt_txt: alt }),
  });
  if (upload_url === undefined || file_id === undefined) throw refused('no_upload_url');
  const sent = await fetch(upload_url, {
    method: 'POST',
    headers: { 'content-type': mediaType },
    body: new Uint8Array(content),
    redirect: 'error',
    signal: AbortSignal.timeout(uploadTimeoutMs),
  });
  await sent.body?.cancel();
  if (!sent.ok) throw refused(`upload answered ${sent.status}`);
  const placed = to.thread === undefined ? {} : { thread_ts: to.thread };
  const done = await client.files.completeUploadExternal({
    files: [{ id: file_id, title }],
    channel_id: to.channel,
    ...placed,
  });
  return done.files?.[0]?.permalink;
}

function refused(reason: string): Error {
  return Object.assign(new Error(reason), { code: reason });
}
