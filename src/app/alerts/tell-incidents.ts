/**
 * Sends what is to be told of incidents, one message at a time.
 *
 * A process may end between any two steps, and a platform may have taken a message without saying so. Hence what is
 * about to be posted is stored before and what was posted after, each message has a key that is the same for its
 * repeats, and a delivery that failed is tried again for ever: never lost, and doubled only under the same key,
 * by which the adapter finds the first one.
 */
import { blockedRetryMs, type Incident, type IncidentUpdate, refusedRetryMs } from '../../domain/incident.ts';
import { lastUpdate } from '../../domain/incident-life.ts';
import { isShared, narrowedTo } from '../../domain/incident-of-person.ts';
import type { ChatDelivery, ChatDirectory, Delivered, MessageHandle } from '../../ports/chat.ts';
import type { IncidentDelivery, IncidentStore, TakenDelivery } from '../../ports/incidents.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { SettingsStore } from '../../ports/settings.ts';
import { incidentReply } from '../replies/incident.ts';
import { updatesReply } from '../replies/incident-updates.ts';
import type { IncidentView } from '../replies/incident-words.ts';
import { type Followers, followedBy, isWanted } from './destinations.ts';
import { nextStep, type SendingStep, type Step, untold } from './next-step.ts';

export type TellIncidentsDeps = {
  readonly incidents: Pick<
    IncidentStore,
    'take' | 'book' | 'posting' | 'told' | 'toldUpdates' | 'release' | 'rest' | 'block' | 'unblock'
  >;
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly delivery: Pick<ChatDelivery, 'send' | 'post'>;
  readonly directory: Pick<ChatDirectory, 'conversation'>;
  readonly followers: Pick<Followers, 'of' | 'mine'>;
  readonly log: Pick<LogStore, 'entries'>;
  readonly links: PsaLinks;
  readonly logger: Logger;
};

/** For how long one process keeps a message to itself: longer than any adapter takes to send it. */
const sendingLeaseMs = 30_000;
/** A platform takes one message a second in one place. */
const postEveryMs = 1_000;
/** After a delivery that failed and said nothing of when to try again: doubled with each, up to the longest. */
const backOffMs = { first: 5_000, longest: 15 * 60_000, notKnown: 60_000 } as const;

/** False where nothing is due. */
export async function tellNextIncident(deps: TellIncidentsDeps, owner: string): Promise<boolean> {
  const { incidents } = deps;
  const whole = await incidents.take(owner, sendingLeaseMs);
  if (!whole) return false;
  const { delivery } = whole;
  const incident = await shownTo(deps, whole);
  if (incident === 'not known') {
    await incidents.release(delivery.id, owner, backOffMs.notKnown);
    return true;
  }
  const taken = { ...whole, incident: incident ?? whole.incident };
  const step = await stepOf(deps, taken, incident !== undefined);
  if (step.does === 'rest') {
    const { revision, notice, end } = whole.incident;
    await incidents.rest(delivery.id, owner, { revision, done: notice || end !== undefined });
    return true;
  }
  if (step.does === 'wait') {
    await incidents.release(delivery.id, owner, step.ms);
    return true;
  }
  const { waitMs, blocked } = await incidents.book(delivery.to, postEveryMs, delivery.booked);
  if (waitMs > 0) {
    await incidents.release(delivery.id, owner, waitMs, { booked: !blocked });
    return true;
  }
  const delivered = await carryOut(deps, owner, taken, step);
  if (delivered) await record(deps, owner, taken, step, delivered);
  return true;
}

async function stepOf(deps: TellIncidentsDeps, taken: TakenDelivery, concerns: boolean): Promise<Step> {
  if (!concerns) return { does: 'rest' };
  return nextStep(taken, isWanted(taken.delivery.to, taken.incident, await deps.settings.read()));
}

/** The incident as it reads there: to a follower of some of its projects only these. Undefined where none is theirs. */
async function shownTo(
  { followers, logger }: TellIncidentsDeps,
  { delivery: { to }, incident }: TakenDelivery,
): Promise<Incident | undefined | 'not known'> {
  if (!('user' in to) || !isShared(incident)) return incident;
  try {
    return narrowedTo(incident, await followedBy(followers, to));
  } catch (error) {
    logger.warn({ err: error }, 'a follower’s own projects are not known');
    return 'not known';
  }
}

/** The same for every repeat of the same message. */
function keyOf({ id, generation }: IncidentDelivery, step: SendingStep): string {
  return step.does === 'tell' ? `${id}|updates|${generation}.${step.upTo}` : `${id}|parent|${generation}`;
}

/** Undefined where somebody else has taken the message over. */
async function carryOut(
  deps: TellIncidentsDeps,
  owner: string,
  { delivery, incident }: TakenDelivery,
  step: SendingStep,
): Promise<Delivered | undefined> {
  const { to, handle } = delivery;
  const view = await viewOf(deps, incident);
  if (step.does === 'edit') {
    return await attempted(deps, () => deps.delivery.send(step.handle, incidentReply(view)));
  }
  const tells = step.does === 'tell';
  const upTo = tells ? step.upTo : lastUpdate(incident);
  if (!(await deps.incidents.posting(delivery.id, owner, upTo))) return undefined;
  const reply = tells ? updatesReply(view, updatesOf(delivery, incident, upTo)) : incidentReply(view);
  // In direct messages people read on below: a thread there would be overlooked.
  const thread = tells && 'conversation' in to ? handle : undefined;
  return await attempted(deps, () =>
    deps.delivery.post(to, reply, keyOf(delivery, step), delivery.posting, thread),
  );
}

/** Of a repeat too long ago to be known still: at least how it stands. */
function updatesOf(delivery: IncidentDelivery, incident: Incident, upTo: number): readonly IncidentUpdate[] {
  const told = untold(delivery, incident).filter(({ n }) => n <= upTo);
  return told.length > 0 ? told : incident.updates.slice(-1);
}

async function attempted(deps: TellIncidentsDeps, send: () => Promise<Delivered>): Promise<Delivered> {
  try {
    return await send();
  } catch (error) {
    deps.logger.warn({ err: error }, 'an alert could not be sent');
    return { result: 'failed', reason: 'an error in sending' };
  }
}

async function record(
  deps: TellIncidentsDeps,
  owner: string,
  { delivery, incident }: TakenDelivery,
  step: SendingStep,
  delivered: Delivered,
): Promise<void> {
  const { incidents } = deps;
  const { id, to, attempts, posting } = delivery;
  if (delivered.result === 'sent') {
    await incidents.unblock(to);
    return await recordSent(deps, owner, { delivery, incident }, step, delivered.handle);
  }
  if (delivered.result === 'gone') return await notPosted(deps, owner, delivery, step, delivered);
  const { retryAfterMs } = delivered;
  const wait = retryAfterMs ?? Math.min(backOffMs.longest, backOffMs.first * 2 ** Math.min(attempts, 10));
  // A platform that names a time has refused it: of an earlier try that is no word.
  const refused = retryAfterMs !== undefined && !posting ? { posting: false as const } : {};
  await incidents.release(id, owner, wait, { failed: true, ...refused });
}

async function recordSent(
  { incidents }: TellIncidentsDeps,
  owner: string,
  { delivery, incident }: Pick<TakenDelivery, 'delivery' | 'incident'>,
  step: SendingStep,
  handle: MessageHandle,
): Promise<void> {
  const { id, posting, generation } = delivery;
  if (step.does === 'tell') return await incidents.toldUpdates(id, owner, step.upTo);
  const { revision } = incident;
  if (step.does === 'edit') return await incidents.told(id, owner, { revision, handle });
  const upTo = delivery.upTo ?? lastUpdate(incident);
  // One that takes the place of another is new: what was told beside that one is told, and no more.
  const updates = generation > 0 ? delivery.updates : upTo;
  // One that was found and not posted shows what it showed then: it is still to be edited.
  await incidents.told(id, owner, { revision: posting ? 0 : revision, handle, updates });
}

async function notPosted(
  { incidents, logger }: TellIncidentsDeps,
  owner: string,
  { id, to }: IncidentDelivery,
  step: SendingStep,
  { reason, touches }: Extract<Delivered, { result: 'gone' }>,
): Promise<void> {
  const ofThePlace = touches === 'channel' || touches === 'platform';
  const ofTheMessage = step.does === 'edit' || (step.does === 'tell' && touches === 'message');
  if (!ofThePlace && ofTheMessage) return await incidents.release(id, owner, 0, { lost: true });
  if (touches === 'platform') logger.error({ reason }, 'the chat platform refuses cwsync');
  else logger.warn({ reason }, 'an alert cannot be posted');
  const retryMs = touches === 'platform' ? refusedRetryMs : blockedRetryMs;
  if (ofThePlace) await incidents.block(to, reason, retryMs);
  await incidents.release(id, owner, retryMs, { posting: false, failed: true });
}

async function viewOf(deps: TellIncidentsDeps, incident: Incident): Promise<IncidentView> {
  const view = { incident, links: deps.links };
  const { channel, scope, end } = incident;
  if (channel) {
    const facts = await deps.directory.conversation(channel).catch(() => undefined);
    return facts ? { ...view, channelName: facts.name } : view;
  }
  if (scope !== 'cwsync' || end) return view;
  const [lastEntry] = (await deps.log.entries({ errorsOnly: false, offset: 0, limit: 1 })).entries;
  return lastEntry ? { ...view, lastEntry } : view;
}
