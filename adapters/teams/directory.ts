/** Who somebody is and what a conversation is, as Teams knows them; kept for a while, failures never. */
import { FailureError } from '../../src/domain/failure.ts';
import type { ChatDirectory, ConversationFacts, PersonFacts } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { refusalOf } from './errors.ts';
import { type Sending, spotOf } from './messages.ts';
import type { Member } from './wire.ts';

const personMs = 10 * 60_000;
const conversationMs = 60_000;
const keptAtMost = 5_000;

export function teamsDirectory(sending: Sending, tenantId: string): ChatDirectory {
  const people = kept<PersonFacts>(sending.clock, personMs);
  const conversations = kept<ConversationFacts>(sending.clock, conversationMs);
  return {
    person: ({ userId, tenant }) =>
      people(`${tenant}/${userId}`, () => asked(() => askPerson(sending, tenantId, { userId, tenant }))),
    conversation: ({ tenant, conversation }) =>
      conversations(`${tenant}/${conversation}`, () =>
        asked(() => askConversation(sending, tenantId, { tenant, conversation })),
      ),
  };
}

type Who = { readonly tenant: string; readonly userId: string };

async function askPerson(sending: Sending, ours: string, who: Who): Promise<PersonFacts | undefined> {
  const known = await sending.references.person(who);
  if (!known) return undefined;
  const { tenant, serviceUrl, bot, conversation, account } = known;
  const member = await sending.wire.member({ tenant, serviceUrl, bot, conversation }, account);
  const elsewhere = who.tenant !== ours || (member.tenant !== undefined && member.tenant !== ours);
  return {
    name: member.name || known.name,
    stranger: elsewhere,
    guest: isGuest(member),
    bot: false,
    ...(member.email === undefined ? {} : { email: member.email }),
  };
}

function isGuest({ role }: Member): boolean {
  return role === 'guest' || role === 'anonymous';
}

type At = { readonly tenant: string; readonly conversation: string };

/** Undefined where cwsync is not, and where there are too many people to tell who reads along. */
async function askConversation(
  sending: Sending,
  ours: string,
  at: At,
): Promise<ConversationFacts | undefined> {
  const known = await sending.references.conversation(at.tenant, at.conversation);
  const spot = await spotOf(sending, at.tenant, at.conversation);
  const members = spot && (await sending.wire.members(spot));
  if (!known || !members) return undefined;
  const outside = (member: Member) =>
    isGuest(member) || (member.tenant !== undefined && member.tenant !== ours);
  return {
    name: known.name ?? at.conversation,
    external: members.some(outside),
    member: true,
    archived: false,
  };
}

async function asked<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const { reason, status, token } = refusalOf(error);
    if (status === 403 || status === 404) return undefined;
    const cause = { cause: error };
    if (token || status === 401) {
      throw new FailureError(
        { code: 'chat.auth', message: `Teams refused what cwsync asked of it (${reason}).` },
        cause,
      );
    }
    const message =
      'Teams did not say who is asking or where: it does not answer at present. Try again in a minute.';
    throw new FailureError({ code: 'internal', message, reference: `teams:${reason}` }, cause);
  }
}

type Entry<T> = { readonly until: number; readonly facts: Promise<T | undefined> };

/** What was asked a moment ago is not asked again; several who ask at once share one answer. */
function kept<T>(clock: Clock, keepMs: number) {
  const entries = new Map<string, Entry<T>>();
  return (key: string, ask: () => Promise<T | undefined>): Promise<T | undefined> => {
    const now = clock.monotonicMs();
    const entry = entries.get(key);
    if (entry && entry.until > now) return entry.facts;
    if (entries.size >= keptAtMost) entries.clear();
    const facts = ask();
    const mine = { until: now + keepMs, facts };
    entries.set(key, mine);
    const forget = () => {
      if (entries.get(key) === mine) entries.delete(key);
    };
    facts.then((found) => found ?? forget(), forget);
    return facts;
  };
}
