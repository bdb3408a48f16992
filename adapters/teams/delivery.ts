/** Teams' side of the chat port: sends, edits and opens what the application says. */
import type { ChatDelivery, Delivered, MessageHandle } from '../../src/ports/chat.ts';
import type { Form } from '../../src/ports/form.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { refusalOf } from './errors.ts';
import { type FileOptions, withFile } from './files.ts';
import type { Forms } from './forms.ts';
import { type HandleVia, type TeamsHandle, teamsHandle } from './handle.ts';
import {
  cardActivity,
  edit,
  personalSpot,
  point,
  type Sending,
  sendHere,
  sendToAsker,
  updateCard,
} from './messages.ts';
import { poster } from './post.ts';
import { showHome } from './standing-page.ts';

export type DeliveryOptions = {
  readonly sending: Sending;
  readonly files: FileOptions;
  readonly forms: Forms;
  readonly ids: Pick<Ids, 'next'>;
};

/** Sends answers; never retries by itself, so that nothing is doubled: whoever keeps the handle decides. */
export function teamsDelivery(options: DeliveryOptions): ChatDelivery {
  const { sending, files } = options;
  const { post } = poster(sending);
  return {
    async send(handle, reply) {
      const parsed = teamsHandle.safeParse(handle);
      if (!parsed.success) return { result: 'gone', reason: 'not a handle of Teams' };
      return await sendVia(sending, parsed.data, await withFile(files, reply));
    },
    async post(to, reply, key, again, thread) {
      return await post(to, await withFile(files, reply), key, again, thread);
    },
    async openForm(opener, form) {
      const parsed = teamsHandle.safeParse(opener);
      if (!parsed.success || parsed.data.via !== 'asker') return undefined;
      return await openForm(options, parsed.data, form);
    },
    async fillForm(opened, form) {
      const parsed = teamsHandle.safeParse(opened);
      if (!parsed.success || parsed.data.via !== 'form') return false;
      return await fillForm(options, parsed.data, form);
    },
  };
}

async function sendVia(sending: Sending, handle: TeamsHandle, reply: Reply): Promise<Delivered> {
  if (reply.surface === 'home') return await showHome(sending, handle, reply);
  switch (handle.via) {
    case 'asker':
      return await sendToAsker(sending, handle, reply);
    case 'home':
      // What is answered beside the page is a message of its own.
      return await sendToAsker(sending, { ...handle, via: 'asker' }, reply);
    case 'here':
      return await sendHere(sending, handle, reply);
    case 'message':
      return await edit(sending, handle, reply);
    case 'form': {
      const { form: _form, ...message } = handle;
      return await edit(sending, { ...message, via: 'message' }, reply);
    }
  }
}

const formWords = 'It is open in your personal chat with cwsync.';

/** Always in the personal chat, whatever it was asked in: what is filled in there nobody else can see or press. */
async function openForm(
  { sending, forms, ids }: DeliveryOptions,
  opener: HandleVia<'asker'>,
  form: Form,
): Promise<MessageHandle | undefined> {
  const spot = await personalSpot(sending, opener);
  if (!spot) return undefined;
  const { tenant, user } = opener;
  const id = ids.next();
  const card = await forms.show({ tenant, user }, id, form);
  const activity = await sending.wire.post(spot, cardActivity(card, form.title));
  await point(sending, opener, formWords);
  const { conversation } = spot;
  return { platform: 'teams', via: 'form', tenant, user, form: id, conversation, activity };
}

async function fillForm(
  { sending, forms }: DeliveryOptions,
  opened: HandleVia<'form'>,
  form: Form,
): Promise<boolean> {
  const card = await forms.show(opened, opened.form, form);
  try {
    await updateCard(sending, opened, card, form.title);
    return true;
  } catch (error) {
    if (refusalOf(error).status === 404) return false;
    throw error;
  }
}
