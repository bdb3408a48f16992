import { z } from 'zod';
import type { AppLink } from './app-link.ts';
import { CHANNELS, type Channel, channelById, PEOPLE, type Person, personById, TEAM } from './directory.ts';
import { announceToApp } from './events.ts';
import { type FaultBoard, Faults } from './faults.ts';
import { type Exchange, sendJson } from './http-exchange.ts';
import { deliverPress, resolvePress } from './interactions.ts';
import { runSlashCommand } from './slash-commands.ts';
import { encodeMessage } from './typed-text.ts';
import { isVisible, type Message } from './workspace.ts';

const Say = z.strictObject({ user: z.string(), channel: z.string(), text: z.string().min(1) });
const PressBody = z.strictObject({
  user: z.string(),
  messageTs: z.string(),
  actionId: z.string(),
  blockId: z.string().optional(),
  value: z.string().optional(),
  option: z.string().optional(),
});

type ControlContext = { readonly link: AppLink; readonly faults: FaultBoard };

type Reply = { readonly status: number; readonly body: unknown };
type Route = (context: ControlContext, exchange: Exchange) => Promise<Reply> | Reply;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /_control/workspace': workspace,
  'GET /_control/messages': messages,
  'POST /_control/say': say,
  'POST /_control/press': press,
  'PUT /_control/faults': setFaults,
};

/**
 * The people's side of the workspace: what the page and the tests use to type, press and look, and to switch
 * faults on. Not a part of Slack.
 */
export async function handleControl(context: ControlContext, exchange: Exchange): Promise<void> {
  const route = ROUTES[`${exchange.method} ${exchange.url.pathname}`];
  const reply = route ? await runRoute(route, context, exchange) : refuse(404, 'no such control');
  sendJson(exchange.response, reply.status, reply.body);
}

async function runRoute(route: Route, context: ControlContext, exchange: Exchange): Promise<Reply> {
  // Only JSON: a page of another site could send a form here without asking first.
  const isJson = exchange.headers['content-type']?.startsWith('application/json') ?? false;
  if (exchange.method !== 'GET' && !isJson) return refuse(415, 'send application/json');
  try {
    return await route(context, exchange);
  } catch (error) {
    if (error instanceof z.ZodError) return refuse(400, z.prettifyError(error));
    if (error instanceof SyntaxError) return refuse(400, 'the body is not JSON');
    throw error;
  }
}

function workspace(): Reply {
  return { status: 200, body: { team: TEAM, people: PEOPLE, channels: CHANNELS } };
}

function messages(context: ControlContext, exchange: Exchange): Reply {
  const place = placeOf(exchange.url.searchParams.get('user'), exchange.url.searchParams.get('channel'));
  if (typeof place === 'string') return refuse(404, place);
  const seen = context.link.workspace.messagesSeenBy(place.person.id, place.channel.id);
  return { status: 200, body: { messages: seen.map(seenJson) } };
}

function seenJson(message: Message): Record<string, unknown> {
  const { visibleTo, ...rest } = message;
  return { ...rest, ephemeral: visibleTo !== undefined };
}

async function say(context: ControlContext, exchange: Exchange): Promise<Reply> {
  const body = Say.parse(JSON.parse(exchange.body));
  const place = placeOf(body.user, body.channel);
  if (typeof place === 'string') return refuse(404, place);
  const { person, channel } = place;
  if (body.text.startsWith('/')) {
    const delivered = await runSlashCommand(context.link, person, channel, body.text);
    return { status: 200, body: { delivered } };
  }
  const text = encodeMessage(body.text);
  const draft = { channel: channel.id, user: person.id, text, blocks: [] };
  const message = context.link.workspace.post(draft);
  await announceToApp(context.link, channel, message);
  return { status: 200, body: { ts: message.ts } };
}

async function press(context: ControlContext, exchange: Exchange): Promise<Reply> {
  const body = PressBody.parse(JSON.parse(exchange.body));
  const message = context.link.workspace.find(body.messageTs);
  if (!message || !isVisible(message, body.user)) return refuse(404, 'this person sees no such message');
  const place = placeOf(body.user, message.channel);
  if (typeof place === 'string') return refuse(404, place);
  const action = resolvePress(message, body);
  if (typeof action === 'string') return refuse(409, action);
  const delivered = await deliverPress(context.link, place.person, place.channel, message, action);
  return { status: 200, body: { delivered } };
}

function setFaults(context: ControlContext, exchange: Exchange): Reply {
  const faults = Faults.parse(JSON.parse(exchange.body));
  context.faults.set(faults);
  return { status: 200, body: faults };
}

/** The person and a channel that they are in, or words for what is wrong. */
function placeOf(
  personId: string | null,
  channelId: string | null,
): { readonly person: Person; readonly channel: Channel } | string {
  const person = personById(personId ?? '');
  if (!person || person.isBot) return 'no such person';
  const channel = channelById(channelId ?? '');
  return channel?.members.includes(person.id) ? { person, channel } : 'this person is in no such channel';
}

function refuse(status: number, error: string): Reply {
  return { status, body: { error } };
}
