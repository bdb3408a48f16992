/** Who somebody is and what a conversation is, as Slack knows them; kept for a while, failures never. */
import type { WebClient } from '@slack/web-api';
import { FailureError } from '../../src/domain/failure.ts';
import type { ChatDirectory, ConversationFacts, PersonFacts } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { inTime, kept } from '../http/kept.ts';
import { refusesToken, slackErrorOf } from './errors.ts';
import type { SlackIdentity } from './identity.ts';

const personMs = 10 * 60_000;
const conversationMs = 60_000;

/** Nobody that the bot can see. */
const unknown = new Set(['user_not_found', 'user_not_visible', 'users_not_found', 'channel_not_found']);

export type DirectoryOptions = {
  readonly client: WebClient;
  readonly identity: Pick<SlackIdentity, 'known'>;
  readonly clock: Clock;
};

export function slackDirectory({ client, identity, clock }: DirectoryOptions): ChatDirectory {
  const people = kept<PersonFacts>(clock, personMs);
  const conversations = kept<ConversationFacts>(clock, conversationMs);
  const person: ChatDirectory['person'] = ({ userId, tenant }) =>
    people(`${tenant}/${userId}`, () => asked(() => askPerson(client, identity, userId, tenant)));
  return {
    person,
    conversation: async ({ conversation }) =>
      isDirect(conversation)
        ? directFacts
        : await conversations(conversation, () => asked(() => askConversation(client, conversation))),
    guests: (at) => inTime(clock, guestsWithinMs, (over) => askGuests(client, person, at, over)),
  };
}

/** Slack tells nothing of direct messages to a token that may not read them, as ours may not. */
const isDirect = (conversation: string): boolean => conversation.startsWith('D');
const directFacts: ConversationFacts = {
  name: 'direct messages',
  external: false,
  member: false,
  archived: false,
  direct: true,
};

/** A form is answered within 2 s: what is not known by then is asked of a person. */
const guestsWithinMs = 1_000;
/** More members than this are not looked at: it would be more requests than Slack allows in a minute. */
const membersAtMost = 200;
const askedAtOnce = 20;

type At = Parameters<ChatDirectory['conversation']>[0];

/** Who was found by then is kept, so that the next look gets further. */
async function askGuests(
  client: WebClient,
  person: ChatDirectory['person'],
  { platform, tenant, conversation }: At,
  over: AbortSignal,
): Promise<boolean | undefined> {
  const found = await client.conversations.members({ channel: conversation, limit: membersAtMost });
  const { members = [], response_metadata: { next_cursor: more = '' } = {} } = found;
  for (let i = 0; i < members.length && !over.aborted; i += askedAtOnce) {
    const some = members.slice(i, i + askedAtOnce);
    const facts = await Promise.all(some.map((userId) => person({ platform, tenant, userId })));
    if (facts.some((one) => one?.guest || one?.stranger)) return true;
  }
  return more === '' && !over.aborted ? false : undefined;
}

async function askPerson(
  client: WebClient,
  identity: Pick<SlackIdentity, 'known'>,
  userId: string,
  tenant: string,
): Promise<PersonFacts> {
  const { team } = await identity.known();
  const { user = {} } = await client.users.info({ user: userId });
  const { profile = {}, tz } = user;
  const name = profile.display_name || profile.real_name || user.real_name || user.name || userId;
  const elsewhere = tenant !== team || (user.team_id !== undefined && user.team_id !== team);
  return {
    name,
    stranger: user.is_stranger === true || elsewhere,
    guest: user.is_restricted === true || user.is_ultra_restricted === true,
    bot: user.is_bot === true,
    ...(profile.email ? { email: profile.email } : {}),
    ...(tz ? { timeZone: tz } : {}),
  };
}

async function askConversation(client: WebClient, channel: string): Promise<ConversationFacts> {
  const { channel: seen = {} } = await client.conversations.info({ channel });
  return {
    name: seen.name ?? channel,
    external: isExternal(seen),
    member: seen.is_member === true || seen.is_im === true,
    archived: seen.is_archived === true,
  };
}

type Sharing = {
  readonly is_ext_shared?: boolean;
  readonly is_pending_ext_shared?: boolean;
  readonly is_shared?: boolean;
  readonly is_org_shared?: boolean;
};

/** Shared between workspaces of one organisation is not shared with another one. */
function isExternal(seen: Sharing): boolean {
  const shared = seen.is_shared === true && seen.is_org_shared !== true;
  return shared || seen.is_ext_shared === true || seen.is_pending_ext_shared === true;
}

async function asked<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const { reason } = slackErrorOf(error);
    if (unknown.has(reason)) return undefined;
    const cause = { cause: error };
    if (refusesToken(reason))
      throw new FailureError({ code: 'chat.auth', message: tokenWords(reason) }, cause);
    const message =
      'Slack did not say who is asking or where: it does not answer at present. Try again in a minute.';
    throw new FailureError({ code: 'internal', message, reference: `slack:${reason}` }, cause);
  }
}

const tokenWords = (reason: string): string => `Slack refused what cwsync asked of it (${reason}).`;
