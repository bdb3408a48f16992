/** Slack's side of the chat port: sends, edits and opens what the application says. */
import type { ChatDelivery, Delivered, MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { withFile } from './files.ts';
import { type HandleVia, keptAnswer, type SlackHandle, slackHandle } from './handle.ts';
import { edit, respond, type Sending, sendDirect, sendEphemeral, sendToChannel } from './messages.ts';
import { poster } from './post.ts';
import { fillForm, openForm, publishHome, replaceModal, sendAsModal } from './views.ts';

/** Sends answers; never retries by itself, so that nothing is doubled: whoever keeps the handle decides. */
export function slackDelivery(sending: Sending): ChatDelivery {
  async function send(handle: MessageHandle, reply: Reply): Promise<Delivered> {
    const parsed = slackHandle.safeParse(handle);
    if (!parsed.success) return { result: 'gone', reason: 'not a handle of Slack' };
    const { data } = parsed;
    if (reply.surface === 'home' || data.via === 'home') return await publishHome(sending, data.user, reply);
    return await sendVia(sending, data, await withFile(sending.client, data, reply));
  }

  return {
    send,
    ...poster(sending),
    async openForm(opener, form) {
      const parsed = slackHandle.safeParse(opener);
      if (!parsed.success || parsed.data.via !== 'trigger') return undefined;
      return await openForm(sending.client, parsed.data, form);
    },
    async fillForm(opened, form) {
      const parsed = slackHandle.safeParse(opened);
      if (!parsed.success || parsed.data.via !== 'modal') return false;
      return await fillForm(sending.client, parsed.data, form);
    },
  };
}

async function sendVia(
  sending: Sending,
  handle: Exclude<SlackHandle, HandleVia<'home'>>,
  reply: Reply,
): Promise<Delivered> {
  switch (handle.via) {
    case 'response':
      return await respond(sending, handle, reply);
    case 'message':
      return await edit(sending, handle, reply);
    case 'ephemeral':
      return await sendEphemeral(sending, handle, reply);
    case 'channel':
      return await sendHere(sending, handle, reply);
    case 'direct':
      return await sendDirect(sending, handle.user, reply);
    case 'trigger':
      return await sendAsModal(sending, handle, reply);
    case 'modal':
      return await replaceModal(sending, handle, reply);
  }
}

/** Where the bot may not post, the asker alone is answered, and told what to do about it. */
async function sendHere(sending: Sending, handle: HandleVia<'channel'>, reply: Reply): Promise<Delivered> {
  const posted = await sendToChannel(sending, handle, reply);
  if (posted.result !== 'gone' || posted.touches !== 'channel' || !handle.shared) return posted;
  const text = [{ part: 'text', text: `⚠ Only you see this. ${whyNotHere(posted.reason)}` }] as const;
  const told: Reply = { ...reply, blocks: [{ block: 'text', text }, ...reply.blocks] };
  const asker = keptAnswer(handle);
  if (asker.via === 'response') return await respond(sending, asker, told);
  return await sendDirect(sending, handle.user, told);
}

function whyNotHere(reason: string): string {
  if (reason === 'is_archived') return 'The channel is archived: ask again in another one.';
  if (reason.startsWith('restricted_action')) {
    return 'cwsync may not post here: an owner of the workspace decides who may.';
  }
  return 'cwsync is not in this channel: invite me with /invite @cwsync, then ask again.';
}
