/** What is shown outside of messages: modals and the Home tab. */
import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Delivered, MessageHandle } from '../../src/ports/chat.ts';
import type { Form } from '../../src/ports/form.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { attempt, slackErrorOf } from './errors.ts';
import { addressIn, type HandleVia } from './handle.ts';
import { type Sending, sendDirect } from './messages.ts';
import { renderHome } from './render.ts';
import { renderForm, renderReplyModal } from './render-form.ts';

/** The trigger came too late, or was used up. */
const tooLate = new Set([
  'expired_trigger_id',
  'trigger_expired',
  'exchanged_trigger_id',
  'trigger_exchanged',
  'invalid_trigger_id',
]);
/** The view is closed, or something newer is shown. */
const notShown = new Set(['not_found', 'hash_conflict', 'view_not_found']);

export async function publishHome({ client }: Sending, user: string, reply: Reply): Promise<Delivered> {
  return await attempt(async () => {
    await client.views.publish({ user_id: user, view: renderHome(reply) });
    return { result: 'sent', handle: { platform: 'slack', via: 'home', user }, as: 'home' };
  });
}

/** The answer to a press on the Home tab, where nothing else can be shown for the presser alone. */
export async function sendAsModal(
  sending: Sending,
  handle: HandleVia<'trigger'>,
  reply: Reply,
): Promise<Delivered> {
  const { user } = handle;
  const opened = await attempt(async () => {
    const view = await openView(sending.client, handle, renderReplyModal(reply));
    if (!view) return { result: 'gone', reason: 'too late for a modal' };
    return {
      result: 'sent',
      handle: { platform: 'slack', via: 'modal', view: view.id, user },
      as: 'private',
    };
  });
  return opened.result === 'gone' && opened.touches === undefined
    ? await sendDirect(sending, user, reply)
    : opened;
}

/** In the place of what an open modal shows; by direct message where it is closed. */
export async function replaceModal(
  sending: Sending,
  handle: HandleVia<'modal'>,
  reply: Reply,
): Promise<Delivered> {
  const { view: view_id, user } = handle;
  const { hash: _, ...next } = handle;
  const replaced = await attempt(async () => {
    await sending.client.views.update({ view_id, view: renderReplyModal(reply) });
    return { result: 'sent', handle: next, as: 'private' };
  });
  return replaced.result === 'gone' && replaced.touches === undefined
    ? await sendDirect(sending, user, reply)
    : replaced;
}

/** @throws as Slack does, but for a trigger that came too late */
export async function openForm(
  client: WebClient,
  opener: HandleVia<'trigger'>,
  form: Form,
): Promise<MessageHandle | undefined> {
  const { user } = opener;
  const askedAt = addressIn(opener);
  const view = await openView(client, opener, renderForm(form, askedAt));
  if (!view) return undefined;
  const shown = view.hash === undefined ? {} : { hash: view.hash };
  return { platform: 'slack', via: 'modal', user, view: view.id, ...shown, ...askedAt };
}

/** @throws as Slack does, but for a modal that is closed or shows something newer */
export async function fillForm(client: WebClient, opened: HandleVia<'modal'>, form: Form): Promise<boolean> {
  const { view: view_id, hash } = opened;
  const view = renderForm(form, addressIn(opened));
  try {
    await client.views.update({ view_id, view, ...(hash === undefined ? {} : { hash }) });
    return true;
  } catch (error) {
    if (notShown.has(slackErrorOf(error).reason)) return false;
    throw error;
  }
}

type ShownView = { readonly id: string; readonly hash?: string };

async function openView(
  client: WebClient,
  { trigger, modal }: HandleVia<'trigger'>,
  view: ModalView,
): Promise<ShownView | undefined> {
  try {
    const { view: shown } =
      modal === undefined
        ? await client.views.open({ trigger_id: trigger, view })
        : await layOver(client, { trigger, modal }, view);
    const { id, hash } = shown ?? {};
    return id === undefined ? undefined : { id, ...(hash === undefined ? {} : { hash }) };
  } catch (error) {
    if (tooLate.has(slackErrorOf(error).reason)) return undefined;
    throw error;
  }
}

/** Slack stacks three modals at most; after that the one that was pressed in is replaced. */
async function layOver(
  client: WebClient,
  { trigger, modal }: { readonly trigger: string; readonly modal: string },
  view: ModalView,
) {
  try {
    return await client.views.push({ trigger_id: trigger, view });
  } catch (error) {
    if (slackErrorOf(error).reason !== 'push_limit_reached') throw error;
    return await client.views.update({ view_id: modal, view });
  }
}
