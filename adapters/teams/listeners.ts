/** What Teams sends, once its token is checked: whose it is, and to which door it goes. */
import { personKey } from '../../src/domain/person.ts';
import type { ChatDoors } from '../../src/ports/chat.ts';
import { verbs } from './elements.ts';
import { cardAnswer, errorAnswer, type InvokeAnswer, lineAnswer } from './invokes.ts';
import { renderFor } from './messages.ts';
import { type Activity, conversationIn, kindOf, personIn, pressSchema, tenantOf } from './payloads.ts';
import {
  asksForHome,
  isDirect,
  pressedRequest,
  pressOf,
  requestId,
  type Said,
  typedRequest,
} from './requests.ts';
import { cancelled, type Pressed, type SubmitOptions, submitted } from './submit.ts';

export type ListenOptions = Omit<SubmitOptions, 'doors'> & {
  readonly doors: Pick<ChatDoors, 'request' | 'submit'>;
  /** Whose people are ours. */
  readonly tenantId: string;
  /** Work that goes on after Teams was answered. */
  readonly background: (work: Promise<void>) => void;
};

/** Teams waits for 3 s; the rest is for the way there and back. In milliseconds. */
const answeredWithinMs = 2_300;

/** @returns the answer where Teams waits for one. Never rejects. */
export async function receive(options: ListenOptions, activity: Activity): Promise<InvokeAnswer | undefined> {
  const { logger } = options.sending;
  const tenant = tenantOf(activity);
  const isInvoke = activity.type === 'invoke';
  if (tenant !== options.tenantId) {
    logger.warn({ tenant, type: activity.type }, 'an event of another tenant of Teams is left alone');
    return isInvoke ? refusal('cwsync belongs to another organisation.') : undefined;
  }
  const person = personIn(activity, tenant);
  if (isBot(activity) || !person) {
    return isInvoke ? refusal('cwsync answers people with an account of this organisation.') : undefined;
  }
  const said = { activity, person };
  if (isInvoke) return await invoked(options, said);
  options.background(handled(options, said));
  return undefined;
}

const refusal = (words: string): InvokeAnswer => errorAnswer(403, 'Forbidden', words);

/** Accounts of bots begin with 28. */
function isBot({ from, recipient }: Activity): boolean {
  return from.role === 'bot' || from.id === recipient.id || from.id.startsWith('28:');
}

async function handled(options: ListenOptions, said: Said): Promise<void> {
  const { activity } = said;
  const { logger } = options.sending;
  try {
    if (activity.type === 'conversationUpdate') return await membersChanged(options, said);
    if (activity.type !== 'message') return;
    await remember(options, said);
    if (isObject(activity.value)) return await pressedAsMessage(options, said, activity.value);
    const request = typedRequest(said);
    if (request.text === '' && !activity.text) return;
    if (request.place.kind === 'home') await startHomeAnew(options, said);
    await options.doors.request(request);
  } catch (error) {
    logger.error({ err: error, type: activity.type }, 'an event of Teams could not be handled');
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** By these references everything is sent, the answer included; it may still go to one that was kept before. */
async function remember({ sending }: ListenOptions, { activity, person }: Said): Promise<void> {
  const reference = conversationIn(activity, person.tenant);
  const { conversation, serviceUrl, bot } = reference;
  const { tenant, userId, name } = person;
  const personal = isDirect(activity) ? { personal: conversation } : {};
  const known = {
    tenant,
    userId,
    name,
    account: activity.from.id,
    serviceUrl,
    bot,
    conversation,
    ...personal,
  };
  try {
    await Promise.all([sending.references.sawConversation(reference), sending.references.sawPerson(known)]);
  } catch (error) {
    sending.logger.warn({ err: error, person: personKey(person) }, 'who wrote where could not be kept');
  }
}

async function startHomeAnew({ sending }: ListenOptions, { person }: Said): Promise<void> {
  await sending.references.keepHome(person, undefined).catch((error: unknown) => {
    sending.logger.warn({ err: error }, 'a standing page could not be begun anew');
  });
}

/** The bot was added or removed. In the personal chat its page is shown, and whoever is new there is welcomed. */
async function membersChanged(options: ListenOptions, said: Said): Promise<void> {
  const { activity, person } = said;
  const isUs = ({ id }: { readonly id: string }) => id === activity.recipient.id;
  if (activity.membersRemoved?.some(isUs)) {
    const { conversation } = conversationIn(activity, person.tenant);
    return await options.sending.references.forgetConversation(person.tenant, conversation);
  }
  if (!activity.membersAdded?.some(isUs)) return;
  await remember(options, said);
  if (kindOf(activity) !== 'personal') return;
  await startHomeAnew(options, said);
  const request = typedRequest({ ...said, activity: { ...activity, text: 'home' } });
  await options.doors.request(request);
}

/** `Action.Submit`: a press that nobody waits for. */
async function pressedAsMessage(options: ListenOptions, said: Said, data: object): Promise<void> {
  const { verb } = data as { readonly verb?: unknown };
  await act(options, { ...said, data, invoke: undefined }, typeof verb === 'string' ? verb : undefined);
}

async function invoked(options: ListenOptions, said: Said): Promise<InvokeAnswer> {
  const { activity } = said;
  const { invokes, logger } = options.sending;
  const parsed = pressSchema.safeParse(activity.value);
  if (activity.name !== 'adaptiveCard/action' || !parsed.success) {
    return errorAnswer(400, 'BadRequest', 'cwsync does not know this action.');
  }
  const id = requestId(activity);
  // Teams sends a press again that was answered too late: it is the same one.
  const before = invokes.before(id);
  if (before !== undefined) return await before;
  const { verb, data } = parsed.data.action;
  const working = await workingAnswer(options, activity);
  const answered = invokes.open(id, answeredWithinMs, () => working);
  const pressed = { ...said, data: data ?? {}, invoke: id };
  options.background(
    remember(options, said)
      .then(() => act(options, pressed, verb ?? undefined))
      .catch((error: unknown) => {
        logger.error({ err: error }, 'a press in Teams could not be handled');
        const words = 'This did not work. Try again in a minute.';
        invokes.settle(id, errorAnswer(500, 'InternalServerError', words));
      }),
  );
  return await answered;
}

/** In the personal chat the card itself says so, until the answer takes its place. */
async function workingAnswer({ sending }: ListenOptions, activity: Activity): Promise<InvokeAnswer> {
  if (!isDirect(activity)) return lineAnswer('Working … The answer comes in your personal chat with cwsync.');
  const words = 'Working …';
  const text = [{ part: 'text', text: words }] as const;
  return cardAnswer(await renderFor(sending, { summary: words, blocks: [{ block: 'text', text }] }));
}

async function act(options: ListenOptions, pressed: Pressed, verb: string | undefined): Promise<void> {
  if (verb === verbs.form) return await submitted(options, pressed);
  if (verb === verbs.cancel) return await cancelled(options, pressed);
  const press = pressOf(verb, pressed.data);
  if (!press) {
    options.sending.invokes.settle(
      pressed.invoke,
      errorAnswer(400, 'BadRequest', 'cwsync does not know this action.'),
    );
    return;
  }
  const { activity, person } = pressed;
  const onPage = press.home && isDirect(activity) && activity.replyToId;
  // The page is where it is pressed: another one may have been begun since.
  if (onPage) await options.sending.references.keepHome(person, activity.replyToId ?? undefined);
  else if (isDirect(activity) && asksForHome(press.text)) await startHomeAnew(options, pressed);
  await options.doors.request(pressedRequest(pressed, press, pressed.invoke));
}
