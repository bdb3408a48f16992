/** The standing page: one message in the personal chat, edited while somebody looks at it. */
import type { Delivered } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { notDelivered } from './errors.ts';
import type { HandleVia } from './handle.ts';
import { cardAnswer } from './invokes.ts';
import { cardActivity, personalSpot, personOf, renderFor, type Sending, updateCard } from './messages.ts';

/** In the place of the one that is shown; where there is none, as a new message. */
export async function showHome(
  sending: Sending,
  handle: Pick<HandleVia<'home'>, 'tenant' | 'user' | 'invoke'>,
  reply: Reply,
): Promise<Delivered> {
  const { tenant, user, invoke } = handle;
  const who = { tenant, userId: user };
  const sent = {
    result: 'sent',
    handle: { platform: 'teams', via: 'home', tenant, user },
    as: 'home',
  } as const;
  try {
    const card = await renderFor(sending, reply, true);
    const spot = await personalSpot(sending, handle);
    if (!spot) return { result: 'gone', reason: 'no personal chat', touches: 'channel' };
    const shown = (await personOf(sending, handle))?.home;
    sending.invokes.settle(invoke, cardAnswer(card));
    if (shown === undefined) {
      const activity = await sending.wire.post(spot, cardActivity(card, reply.summary));
      await sending.references.keepHome(who, activity);
      return sent;
    }
    const { conversation } = spot;
    await updateCard(sending, { tenant, conversation, activity: shown }, card, reply.summary);
    return sent;
  } catch (error) {
    const failed = notDelivered(error, 'message');
    // Whoever deleted it does not want it back by itself.
    if (failed.result === 'gone' && failed.touches === 'message')
      await sending.references.keepHome(who, undefined);
    return failed;
  }
}
