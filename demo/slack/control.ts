import { z } from 'zod';
import type { AppLink } from './app-link.ts';
import { PEOPLE, TEAM } from './directory.ts';
import { Faults } from './faults.ts';
import { type Exchange, sendJson } from './http-exchange.ts';
import type { Knobs } from './knobs.ts';
import { PersonInWindow, WindowRefusal } from './person-in-window.ts';
import type { Message } from './workspace.ts';

const user = z.string();
const text = z.string().min(1);
const field = z.strictObject({
  actionId: z.string(),
  blockId: z.string().optional(),
  value: z.union([z.string(), z.array(z.string()), z.null()]),
});
const entries = z.array(field).optional();
const Say = z.strictObject({ user, channel: z.string(), text, threadTs: z.string().optional() });
const PressBody = z.strictObject({
  user,
  messageTs: z.string().optional(),
  viewId: z.string().optional(),
  actionId: z.string(),
  blockId: z.string().optional(),
  value: z.string().optional(),
  option: z.string().nullable().optional(),
  options: z.array(z.string()).optional(),
  text: z.string().optional(),
  /** Other fields of the view or message as they stand at the press. */
  entries,
});
const Edit = z.strictObject({ user, ts: z.string(), text });
const Delete = z.strictObject({ user, ts: z.string() });
const Open = z.strictObject({ user, tab: z.enum(['home', 'messages']) });
const Submit = z.strictObject({ user, entries });
const Close = z.strictObject({ user, all: z.boolean().optional() });
const Suggest = z.strictObject({
  user,
  /** Id of a view or ts of a message. */
  place: z.string(),
  blockId: z.string().optional(),
  actionId: z.string(),
  value: z.string(),
});
const Knob = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('invite-bot'), channel: z.string() }),
  z.strictObject({ do: z.literal('remove-bot'), channel: z.string() }),
  z.strictObject({ do: z.literal('archive'), channel: z.string() }),
  z.strictObject({ do: z.literal('unarchive'), channel: z.string() }),
  z.strictObject({
    do: z.literal('other-bot-says'),
    channel: z.string(),
    text,
    threadTs: z.string().optional(),
  }),
  z.strictObject({ do: z.literal('repeat-event') }),
  z.strictObject({
    do: z.literal('disconnect-sockets'),
    reason: z.enum(['warning', 'refresh_requested', 'link_disabled']),
  }),
  z.strictObject({ do: z.literal('socket-mode'), on: z.boolean() }),
  z.strictObject({ do: z.literal('drop-sockets') }),
  z.strictObject({ do: z.literal('stall-sockets'), on: z.boolean() }),
]);

type ControlContext = { readonly link: AppLink; readonly knobs: Knobs };

type Reply = { readonly status: number; readonly body: unknown };
type Route = (context: ControlContext, exchange: Exchange) => Promise<Reply> | Reply;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /_control/workspace': ({ link }) =>
    ok({ team: TEAM, people: PEOPLE, channels: link.roster.channels() }),
  'GET /_control/messages': messages,
  'GET /_control/views': views,
  'POST /_control/say': async (context, exchange) => {
    const { user: id, channel, text: typed, threadTs } = read(Say, exchange);
    return ok(await person(context, id).say(channel, typed, { threadTs }));
  },
  'POST /_control/edit': async (context, exchange) => {
    const { user: id, ts, text: typed } = read(Edit, exchange);
    await person(context, id).edit(ts, typed);
    return ok({});
  },
  'POST /_control/delete': async (context, exchange) => {
    const { user: id, ts } = read(Delete, exchange);
    await person(context, id).delete(ts);
    return ok({});
  },
  'POST /_control/press': press,
  'POST /_control/open': async (context, exchange) => {
    const { user: id, tab } = read(Open, exchange);
    await (tab === 'home' ? person(context, id).openHome() : person(context, id).openMessages());
    return ok({});
  },
  'POST /_control/submit': async (context, exchange) => {
    const { user: id, entries: fields } = read(Submit, exchange);
    return ok(await person(context, id).submit(fields));
  },
  'POST /_control/close': async (context, exchange) => {
    const { user: id, all } = read(Close, exchange);
    await person(context, id).close({ all });
    return ok({});
  },
  'POST /_control/suggest': async (context, exchange) => {
    const { user: id, place, ...query } = read(Suggest, exchange);
    return ok(await person(context, id).suggest(place, query));
  },
  'POST /_control/knob': turn,
  'PUT /_control/faults': ({ knobs }, exchange) => {
    const faults = read(Faults, exchange);
    knobs.setFaults(faults);
    return ok(faults);
  },
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
    if (error instanceof WindowRefusal) return refuse(error.status, error.message);
    if (error instanceof z.ZodError) return refuse(400, z.prettifyError(error));
    if (error instanceof SyntaxError) return refuse(400, 'the body is not JSON');
    throw error;
  }
}

function read<T>(schema: z.ZodType<T>, exchange: Exchange): T {
  return schema.parse(JSON.parse(exchange.body));
}

function person(context: ControlContext, id: string | null): PersonInWindow {
  return new PersonInWindow(context.link, id ?? '');
}

function messages(context: ControlContext, exchange: Exchange): Reply {
  const query = exchange.url.searchParams;
  const seen = person(context, query.get('user')).messages(query.get('channel') ?? '');
  return ok({ messages: seen.map((message) => seenJson(context.link, message)) });
}

function seenJson(link: AppLink, message: Message): Record<string, unknown> {
  const { visibleTo, files, ...rest } = message;
  return {
    ...rest,
    ephemeral: visibleTo !== undefined,
    ...(files && { files: files.map((id) => link.files.json(id)).filter((file) => file !== undefined) }),
  };
}

function views(context: ControlContext, exchange: Exchange): Reply {
  const one = person(context, exchange.url.searchParams.get('user'));
  return ok({ modals: one.modals(), home: one.home() ?? null });
}

async function press(context: ControlContext, exchange: Exchange): Promise<Reply> {
  const { user: id, messageTs, viewId, entries: fields, ...pressed } = read(PressBody, exchange);
  const one = person(context, id);
  if (viewId === undefined) return ok({ delivered: await one.press(messageTs ?? '', pressed, fields) });
  if (fields) one.enter(viewId, fields);
  return ok({ delivered: await one.pressInView(viewId, pressed) });
}

async function turn({ link, knobs }: ControlContext, exchange: Exchange): Promise<Reply> {
  const knob = read(Knob, exchange);
  if ('channel' in knob && !link.roster.channel(knob.channel)) return refuse(404, 'no such channel');
  switch (knob.do) {
    case 'invite-bot':
      knobs.inviteBot(knob.channel);
      break;
    case 'remove-bot':
      knobs.removeBot(knob.channel);
      break;
    case 'archive':
    case 'unarchive':
      knobs.archive(knob.channel, knob.do === 'archive');
      break;
    case 'other-bot-says':
      return ok({ ts: await knobs.otherBotSays(knob.channel, knob.text, knob.threadTs) });
    case 'repeat-event':
      await knobs.repeatEvent();
      break;
    case 'disconnect-sockets':
      knobs.disconnectSockets(knob.reason);
      break;
    case 'socket-mode':
      knobs.setSocketMode(knob.on);
      break;
    case 'drop-sockets':
      knobs.dropSockets();
      break;
    case 'stall-sockets':
      knobs.stallSockets(knob.on);
  }
  return ok({});
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function refuse(status: number, error: string): Reply {
  return { status, body: { error } };
}
