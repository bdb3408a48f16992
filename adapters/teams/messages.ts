/** The ways in which a message gets to somebody. None is tried twice here: whoever keeps the handle decides. */
import { type Activity, ActivityTypes, InputHints } from 'botbuilder';
import type { Delivered } from '../../src/ports/chat.ts';
import type { ChatReferences, PersonReference } from '../../src/ports/chat-references.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Reply } from '../../src/ports/reply.ts';
import type { Card, Context } from './elements.ts';
import { notDelivered, refusalOf } from './errors.ts';
import { type HandleVia, withoutThread } from './handle.ts';
import { cardAnswer, type Invokes, lineAnswer } from './invokes.ts';
import { limits } from './limits.ts';
import { peopleIn, renderReply } from './render.ts';
import { plain } from './text.ts';
import type { Spot, Wire } from './wire.ts';

export type Sending = {
  readonly wire: Wire;
  readonly references: ChatReferences;
  readonly invokes: Invokes;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** No message is edited more often, in milliseconds. */
const editEveryMs = 3_000;

export const pointerWords = 'The answer is in your personal chat with cwsync.';
export const howToOpen =
  'cwsync answers you alone, and you have no chat with it yet: open one (Apps, search for cwsync, Add), then ask again. With --here everybody here sees the answer.';

export function cardActivity(card: Card, summary: string): Partial<Activity> {
  return {
    type: ActivityTypes.Message,
    summary: plain(summary, limits.summary),
    inputHint: InputHints.AcceptingInput,
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
  };
}

/** With the names of the people in it, as far as they are known. */
export async function contextFor(sending: Sending, shown: unknown, home = false): Promise<Context> {
  const names = new Map<string, string>();
  await Promise.all(
    peopleIn(shown).map(async (key) => {
      const found = /^teams:([^/]+)\/(.+)$/u.exec(key);
      if (!found?.[1] || !found[2]) return;
      const person = await sending.references.person({ tenant: found[1], userId: found[2] });
      if (person) names.set(key, person.name);
    }),
  );
  return { names: (key) => names.get(key), ...(home ? { home } : {}) };
}

export async function renderFor(sending: Sending, reply: Reply, home = false): Promise<Card> {
  return renderReply(reply, await contextFor(sending, reply, home));
}

type Who = { readonly tenant: string; readonly user: string };

export async function personOf({ references }: Sending, { tenant, user }: Who) {
  return await references.person({ tenant, userId: user });
}

/**
 * The chat with this person alone; opened where there is none yet.
 * @returns undefined where Teams lets nobody open it: the person has to
 * @throws as Teams does, for everything else
 */
export async function personalSpot(sending: Sending, who: Who): Promise<Spot | undefined> {
  const person = await personOf(sending, who);
  if (!person) return undefined;
  const { tenant, serviceUrl, bot, personal } = person;
  const conversation = personal ?? (await opened(sending, person));
  return conversation === undefined ? undefined : { tenant, serviceUrl, bot, conversation };
}

async function opened(sending: Sending, person: PersonReference): Promise<string | undefined> {
  try {
    const personal = await sending.wire.openPersonal(person);
    const { tenant, serviceUrl, bot } = person;
    const chat = { tenant, serviceUrl, bot, conversation: personal, kind: 'personal' } as const;
    await Promise.all([
      sending.references.sawConversation(chat),
      sending.references.sawPerson({ ...person, personal }),
    ]);
    return personal;
  } catch (error) {
    const { status = 0 } = refusalOf(error);
    if (status >= 400 && status < 500 && status !== 401 && status !== 429) return undefined;
    throw error;
  }
}

/** Where a conversation is reached, thread included. */
export async function spotOf(
  { references }: Sending,
  tenant: string,
  conversation: string,
): Promise<Spot | undefined> {
  const known = await references.conversation(tenant, withoutThread(conversation));
  return known && { tenant, serviceUrl: known.serviceUrl, bot: known.bot, conversation };
}

/** A new message in the personal chat. */
export async function sendPersonal(sending: Sending, who: Who, reply: Reply): Promise<Delivered> {
  try {
    const spot = await personalSpot(sending, who);
    if (!spot) return { result: 'gone', reason: 'no personal chat', touches: 'channel' };
    const card = await renderFor(sending, reply);
    const activity = await sending.wire.post(spot, cardActivity(card, reply.summary));
    const { conversation } = spot;
    return { result: 'sent', handle: posted(sending, who, conversation, activity), as: 'direct' };
  } catch (error) {
    return notDelivered(error, 'channel');
  }
}

function posted({ clock }: Sending, { tenant, user }: Who, conversation: string, activity: string) {
  const editedAt = clock.now().getTime();
  return { platform: 'teams', via: 'message', tenant, user, conversation, activity, editedAt } as const;
}

/** For the asker alone: in the personal chat, and where it was asked one line that says so. */
export async function sendToAsker(
  sending: Sending,
  handle: HandleVia<'asker'>,
  reply: Reply,
): Promise<Delivered> {
  const delivered = await sendPersonal(sending, handle, reply);
  const noChat = delivered.result === 'gone' && delivered.reason === 'no personal chat';
  if (delivered.result === 'sent') await point(sending, handle, pointerWords);
  else if (noChat) await point(sending, handle, howToOpen);
  // Nothing is wrong with where it was asked.
  return noChat ? { result: 'gone', reason: delivered.reason } : delivered;
}

/** To the presser alone where a press is answered; else as a message where it was asked. */
export async function point(sending: Sending, handle: HandleVia<'asker'>, words: string): Promise<void> {
  const { at, tenant, user, invoke } = handle;
  if (sending.invokes.settle(invoke, lineAnswer(at === undefined ? 'The answer is below.' : words))) return;
  // Whoever pressed was told to look there when it took long, and not what to do where that is no use.
  const toldAlready = invoke !== undefined && words !== howToOpen;
  if (at === undefined || toldAlready) return;
  try {
    const [spot, person] = await Promise.all([spotOf(sending, tenant, at), personOf(sending, handle)]);
    if (!spot || !person) return;
    // Said to whom it is meant for: others read along.
    const text = `${plain(person.name, limits.option)}: ${words}`;
    await sending.wire.post(spot, { type: ActivityTypes.Message, text, textFormat: 'plain' });
  } catch (error) {
    sending.logger.warn({ err: error, user }, 'a line that points to the personal chat could not be sent');
  }
}

/**
 * A new message that everybody in the conversation sees.
 * @param about what is gone where it is not found
 */
export async function sendHere(
  sending: Sending,
  handle: HandleVia<'here'>,
  reply: Reply,
  about: 'message' | 'channel' = 'channel',
): Promise<Delivered> {
  const { tenant, conversation } = handle;
  try {
    const spot = await spotOf(sending, tenant, conversation);
    if (!spot) return { result: 'gone', reason: 'cwsync is not in this conversation', touches: 'channel' };
    const card = await renderFor(sending, reply);
    const activity = await sending.wire.post(spot, cardActivity(card, reply.summary));
    sending.invokes.settle(handle.invoke, lineAnswer('Shown here for everybody.'));
    const shown = posted(sending, handle, conversation, activity);
    return { result: 'sent', handle: { ...shown, shared: true }, as: 'public' };
  } catch (error) {
    return notDelivered(error, about);
  }
}

/** Edits a message, for everybody who sees it; where it is gone a new one takes its place. */
export async function edit(
  sending: Sending,
  { invoke, ...handle }: HandleVia<'message'>,
  reply: Reply,
): Promise<Delivered> {
  const now = sending.clock.now().getTime();
  const waitMs = (handle.editedAt ?? 0) + editEveryMs - now;
  if (waitMs > 0) return { result: 'failed', reason: 'edited a moment ago', retryAfterMs: waitMs };
  const edited = await editNow(sending, { ...handle, ...(invoke === undefined ? {} : { invoke }) }, reply);
  if (edited.result !== 'gone' || edited.touches !== 'message') return edited;
  if (!handle.shared) return await sendPersonal(sending, handle, reply);
  return await sendHere(sending, { ...handle, via: 'here' }, reply);
}

async function editNow(
  sending: Sending,
  { invoke, ...handle }: HandleVia<'message'>,
  reply: Reply,
): Promise<Delivered> {
  const { tenant, conversation, activity, shared } = handle;
  try {
    const card = await renderFor(sending, reply);
    // Seen by the presser at once; the message itself is edited all the same, for everybody and for later.
    sending.invokes.settle(invoke, cardAnswer(card));
    await updateCard(sending, { tenant, conversation, activity }, card, reply.summary);
    const editedAt = sending.clock.now().getTime();
    return { result: 'sent', handle: { ...handle, editedAt }, as: shared ? 'public' : 'direct' };
  } catch (error) {
    return notDelivered(error, 'message');
  }
}

export type Shown = { readonly tenant: string; readonly conversation: string; readonly activity: string };

/** @throws as Teams does */
export async function updateCard(
  sending: Sending,
  { tenant, conversation, activity }: Shown,
  card: Card,
  summary: string,
): Promise<void> {
  const spot = await spotOf(sending, tenant, conversation);
  if (!spot) throw Object.assign(new Error('cwsync is not in this conversation'), { statusCode: 403 });
  await sending.wire.update(spot, activity, cardActivity(card, summary));
}
