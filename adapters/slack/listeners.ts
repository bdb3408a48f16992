/**
 * What Slack sends, whatever way it comes in: each listener acknowledges first, before any access to the database,
 * and hands the words on. Forms, whose answer is the acknowledgement, are in `submit.ts`.
 */
import type { App } from '@slack/bolt';
import type { z } from 'zod';
import type { Person } from '../../src/domain/person.ts';
import type { ChatDirectory, ChatDoors, ChatRequest, MessageHandle } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { commandAction } from './elements.ts';
import { filterAction, filterCommand } from './filter.ts';
import { type Address, responseHandle, responseUrlMs, type SlackHandle } from './handle.ts';
import type { SlackIdentity } from './identity.ts';
import {
  type ActionBody,
  actionBody,
  commandBody,
  homeOpenedBody,
  type MessageBody,
  messageBody,
  placeOf,
  presserOf,
} from './payloads.ts';
import { isAnsweredBeside } from './render.ts';
import { unescapeTyped, wordsForBot } from './typed.ts';

/** Events that are listened to, by the names under which an app asks for them: the manifest does. */
export const listenedEvents = ['app_home_opened', 'app_mention', 'message.im'] as const;
export const slashCommand = '/cwsync';

export type ListenOptions = {
  readonly doors: Pick<ChatDoors, 'request'>;
  readonly directory: Pick<ChatDirectory, 'person'>;
  readonly identity: Pick<SlackIdentity, 'current'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Slack's own hosts: an answer goes nowhere else. */
  readonly responseHosts: ReadonlySet<string>;
};

export function listen(app: App, options: ListenOptions): void {
  const { doors, logger } = options;

  app.command(slashCommand, async ({ ack, body }) => {
    await ack();
    await ask(options, commandRequest(options, body));
  });

  for (const action of [commandAction, filterAction]) {
    app.action(action, async ({ ack, body }) => {
      await ack();
      await ask(options, actionRequest(options, body));
    });
  }

  app.event('app_mention', async ({ body }) => {
    const said = read(options, messageBody, body);
    if (said && isSaid(said)) await doors.request(await mentionRequest(options, said));
  });

  app.event('message', async ({ body }) => {
    const said = read(options, messageBody, body);
    if (said?.event.channel_type !== 'im' || !isSaid(said)) return;
    await doors.request(await directRequest(options, said));
  });

  app.event('app_home_opened', async ({ body }) => {
    const opened = read(options, homeOpenedBody, body);
    if (opened?.event.tab !== 'home') return;
    const { event, event_id, team_id } = opened;
    const person = await named(options, team_id, event.user);
    const handle: SlackHandle = { platform: 'slack', via: 'home', user: event.user };
    await doors.request({ id: `slack:${event_id}`, person, text: 'home', handle, place: { kind: 'home' } });
  });

  app.error(async (error) => {
    logger.error({ err: error }, 'a Slack event could not be handled');
  });
}

/** An event that says less than it should is left alone, and that is told. */
function read<T>({ logger }: ListenOptions, schema: z.ZodType<T>, body: unknown): T | undefined {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`);
  logger.warn({ problems }, 'a Slack event could not be read');
  return undefined;
}

async function ask(
  { doors, logger }: ListenOptions,
  request: ChatRequest | string | undefined,
): Promise<void> {
  if (request === undefined) return;
  if (typeof request !== 'string') return await doors.request(request);
  logger.warn({ problem: request }, 'a Slack event was refused');
}

/** A request, or why there is none. */
function commandRequest(options: ListenOptions, given: unknown): ChatRequest | string {
  const parsed = commandBody.safeParse(given);
  if (!parsed.success) return 'a slash command without what it needs';
  const { team_id, channel_id, user_id, user_name, text, trigger_id, response_url } = parsed.data;
  const address = addressOf(options, response_url);
  if (!address) return 'its response_url is not one of Slack';
  const person = { platform: 'slack', tenant: team_id, userId: user_id, name: user_name || user_id } as const;
  return {
    id: `slack:${trigger_id}`,
    person,
    text: unescapeTyped(text),
    handle: responseHandle(user_id, address),
    ...sharedIn(channel_id, user_id, address),
    place: placeOf(channel_id),
    opener: openerOf(user_id, trigger_id, address),
  };
}

/** A press in a message, on the Home tab or in a modal; undefined for one that means nothing. */
function actionRequest(options: ListenOptions, given: unknown): ChatRequest | string | undefined {
  const parsed = actionBody.safeParse(given);
  if (!parsed.success) return 'a press without what it needs';
  const { data: body } = parsed;
  const text = textOf(body);
  if (text === undefined) return undefined;
  const common = { id: `slack:${body.trigger_id}`, person: presserOf(body), text };
  if (body.view) return { ...common, ...pressedInView(body, body.view) };
  const address = addressOf(options, body.response_url ?? '');
  return address ? { ...common, ...pressedInMessage(body, address) } : 'its response_url is not one of Slack';
}

function textOf({ actions, view, state }: ActionBody): string | undefined {
  const [action] = actions;
  if (!action) return undefined;
  if (filterAction.test(action.action_id)) {
    return filterCommand(action.block_id, (view?.state ?? state)?.values ?? {});
  }
  return action.value ?? action.selected_option?.value;
}

type Spot = Pick<ChatRequest, 'handle' | 'place' | 'opener'>;

/** There is no `response_url`: what is answered stands on the Home tab itself, or in a modal. */
function pressedInView({ user, trigger_id }: ActionBody, view: { id: string; type: string }): Spot {
  const opener = openerOf(user.id, trigger_id);
  if (view.type === 'home') return { handle: opener, place: { kind: 'home' }, opener };
  const handle: SlackHandle = { platform: 'slack', via: 'modal', user: user.id, view: view.id };
  return { handle, place: { kind: 'direct' }, opener: { ...opener, modal: view.id } };
}

function pressedInMessage({ user, container, trigger_id, actions }: ActionBody, address: Address): Spot {
  const channel = container.channel_id ?? '';
  const place = placeOf(channel);
  // What only the asker sees, direct messages included, is replaced in place; anybody else's message stays as it is.
  const stays = actions.some(({ block_id }) => isAnsweredBeside(block_id));
  const replace = container.is_ephemeral === true || (place.kind === 'direct' && !stays);
  const thread = container.thread_ts ?? undefined;
  const threaded = thread === undefined || replace ? {} : { thread };
  const at: Address = replace ? address : { ...address, beside: true };
  return {
    handle: responseHandle(user.id, at, { replace, ...threaded }),
    ...sharedIn(channel, user.id, at, thread),
    place,
    opener: openerOf(user.id, trigger_id, at),
  };
}

function addressOf({ clock, responseHosts }: ListenOptions, url: string): Address | undefined {
  if (!URL.canParse(url) || !responseHosts.has(new URL(url).host)) return undefined;
  return { url, expiresAt: clock.now().getTime() + responseUrlMs };
}

function openerOf(user: string, trigger: string, askedAt: Partial<Address> = {}) {
  return { platform: 'slack', via: 'trigger', user, trigger, ...askedAt } as const;
}

/** Stands for an answer to everybody in the conversation; nothing where nobody else is. */
function sharedIn(channel: string, user: string, askedAt: Partial<Address> = {}, thread?: string) {
  if (channel === '' || placeOf(channel).kind === 'direct') return {};
  const threaded = thread === undefined ? {} : { thread };
  const shared: MessageHandle = {
    platform: 'slack',
    via: 'channel',
    user,
    channel,
    shared: true,
    ...threaded,
    ...askedAt,
  };
  return { shared };
}

/** What a person says themselves, and for the first time: no bot, no edit, no notice of Slack's. */
function isSaid({ event }: MessageBody): boolean {
  const spoken = [undefined, null, 'file_share', 'thread_broadcast'].includes(event.subtype);
  const words = event.subtype !== 'file_share' || (event.text ?? '') !== '';
  return spoken && words && !event.bot_id && !event.edited && Boolean(event.user);
}

/** Words in a channel: answered in the thread, for the asker. */
async function mentionRequest(options: ListenOptions, body: MessageBody): Promise<ChatRequest> {
  const { channel, thread_ts, user } = body.event;
  const thread = thread_ts ?? undefined;
  const threaded = thread === undefined ? {} : { thread };
  const asker = user ?? '';
  const handle: SlackHandle = { platform: 'slack', via: 'ephemeral', user: asker, channel, ...threaded };
  return { ...(await saidBy(options, body)), handle, ...sharedIn(channel, asker, {}, thread) };
}

/** Words in direct messages with the bot. */
async function directRequest(options: ListenOptions, body: MessageBody): Promise<ChatRequest> {
  const { channel, thread_ts, user } = body.event;
  const threaded = thread_ts ? { thread: thread_ts } : {};
  const handle: SlackHandle = { platform: 'slack', via: 'channel', user: user ?? '', channel, ...threaded };
  return { ...(await saidBy(options, body)), handle };
}

async function saidBy(options: ListenOptions, body: MessageBody) {
  const { event, team_id, authorizations } = body;
  const bot = options.identity.current()?.user ?? authorizations[0]?.user_id ?? undefined;
  const person = await named(options, event.user_team ?? team_id, event.user ?? '');
  return {
    // By the message and not by the event: one that is announced twice, also in two ways, is handled once.
    id: `slack:${event.channel}:${event.ts}`,
    person,
    text: wordsForBot(event.text ?? '', bot),
    place: placeOf(event.channel),
  };
}

/** Events carry no name; without one the id stands in the records. */
async function named({ directory }: ListenOptions, tenant: string, userId: string): Promise<Person> {
  const who = { platform: 'slack', tenant, userId } as const;
  const facts = await directory.person(who).catch(() => undefined);
  return { ...who, name: facts?.name ?? userId };
}
