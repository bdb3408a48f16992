/** From what was written or pressed to what the application is asked. */
import type { Person } from '../../src/domain/person.ts';
import type { ChatRequest, Place } from '../../src/ports/chat.ts';
import { verbs } from './elements.ts';
import { filterCommand } from './filter.ts';
import { type HandleVia, type TeamsHandle, withoutThread } from './handle.ts';
import { type Activity, kindOf } from './payloads.ts';
import { wordsForBot } from './typed.ts';

export type Said = { readonly activity: Activity; readonly person: Person };

export const requestId = ({ conversation, id }: Activity): string => `teams:${conversation.id}:${id ?? ''}`;

export function isDirect(activity: Activity): boolean {
  return kindOf(activity) === 'personal';
}

/** The standing page is asked for by its own word. */
export const asksForHome = (text: string): boolean => /^\s*home\b/iu.test(text);

/** Words in the personal chat, or behind a mention of the bot. */
export function typedRequest({ activity, person }: Said): ChatRequest {
  const text = wordsForBot(activity);
  const asker = askerOf({ activity, person });
  const direct = isDirect(activity);
  const home = direct && asksForHome(text);
  return {
    id: requestId(activity),
    person,
    text,
    handle: home ? homeOf(person) : asker,
    ...sharedIn({ activity, person }),
    place: home ? { kind: 'home' } : placeOf(activity),
    opener: asker,
  };
}

export type Press = { readonly text: string; readonly home: boolean };

/** What a button stands for; undefined for what is no button of ours. */
export function pressOf(verb: string | undefined, data: object): Press | undefined {
  const { command, home } = data as { readonly command?: unknown; readonly home?: unknown };
  const text = verb === verbs.filter || 'switches' in data ? filterCommand(data) : command;
  return typeof text === 'string' ? { text, home: home === true } : undefined;
}

/** A press is answered in place where only the presser sees it; anybody else's message stays as it is. */
export function pressedRequest(said: Said, { text, home }: Press, invoke: string | undefined): ChatRequest {
  const { activity, person } = said;
  const waiting = invoke === undefined ? {} : { invoke };
  const asker = { ...askerOf(said), ...waiting };
  const onHome = home && isDirect(activity);
  return {
    id: requestId(activity),
    person,
    text,
    handle: onHome ? { ...homeOf(person), ...waiting } : { ...answerOf(said, asker), ...waiting },
    ...sharedIn(said, waiting),
    place: onHome ? { kind: 'home' } : placeOf(activity),
    opener: asker,
  };
}

function answerOf({ activity, person }: Said, asker: HandleVia<'asker'>): TeamsHandle {
  const { replyToId, conversation } = activity;
  if (!isDirect(activity) || !replyToId) return asker;
  const { tenant, userId: user } = person;
  return {
    platform: 'teams',
    via: 'message',
    tenant,
    user,
    conversation: conversation.id,
    activity: replyToId,
  };
}

function askerOf({ activity, person }: Said): HandleVia<'asker'> {
  const { tenant, userId: user } = person;
  const at = isDirect(activity) ? {} : { at: activity.conversation.id };
  return { platform: 'teams', via: 'asker', tenant, user, ...at };
}

const homeOf = ({ tenant, userId: user }: Person) =>
  ({ platform: 'teams', via: 'home', tenant, user }) as const;

function sharedIn({ activity, person }: Said, more: { readonly invoke?: string } = {}) {
  if (isDirect(activity)) return {};
  const { tenant, userId: user } = person;
  const { id: conversation } = activity.conversation;
  return { shared: { platform: 'teams', via: 'here', tenant, user, conversation, ...more } as const };
}

function placeOf(activity: Activity): Place {
  const id = withoutThread(activity.conversation.id);
  return { kind: isDirect(activity) ? 'direct' : 'conversation', id };
}
