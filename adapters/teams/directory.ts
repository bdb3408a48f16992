/** Who somebody is and what a conversation is, as Teams knows them; kept for a while, failures never. */
import { FailureError } from '../../src/domain/failure.ts';
import type { ChatDirectory, ConversationFacts, PersonFacts } from '../../src/ports/chat.ts';
import type { ConversationReference } from '../../src/ports/chat-references.ts';
import { inTime, kept } from '../http/kept.ts';
import { refusalOf } from './errors.ts';
import { type Sending, spotOf } from './messages.ts';
import type { Member, Members } from './wire.ts';

const personMs = 10 * 60_000;
const conversationMs = 60_000;

/** A form is answered within 2 s: what is not known by then is asked of a person. */
const guestsWithinMs = 1_000;

export function teamsDirectory(sending: Sending, tenantId: string): ChatDirectory {
  const people = kept<PersonFacts>(sending.clock, personMs);
  const conversations = kept<ReadBy>(sending.clock, conversationMs);
  const readBy = ({ tenant, conversation }: At) =>
    conversations(`${tenant}/${conversation}`, () =>
      asked(() => askConversation(sending, { tenant, conversation })),
    );
  return {
    person: ({ userId, tenant }) =>
      people(`${tenant}/${userId}`, () => asked(() => askPerson(sending, tenantId, { userId, tenant }))),
    async conversation(at) {
      const found = await readBy(at);
      return found && factsOf(found, tenantId);
    },
    guests: (at) =>
      inTime(sending.clock, guestsWithinMs, async () => {
        const found = await readBy(at);
        return found && someGuest(found);
      }),
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
type ReadBy = Members & { readonly known: ConversationReference };

/** Undefined where cwsync is not. */
async function askConversation(sending: Sending, { tenant, conversation }: At): Promise<ReadBy | undefined> {
  const known = await sending.references.conversation(tenant, conversation);
  const spot = known && (await spotOf(sending, tenant, conversation));
  return known && spot && { known, ...(await sending.wire.members(spot)) };
}

function factsOf({ known, members }: ReadBy, ours: string): ConversationFacts {
  return {
    name: known.name ?? known.conversation,
    external: members.some(({ tenant }) => tenant !== undefined && tenant !== ours),
    member: true,
    archived: false,
    ...(known.kind === 'personal' ? { direct: true } : {}),
  };
}

/** Undefined where there are too many people to tell who reads along. */
function someGuest({ members, all }: ReadBy): boolean | undefined {
  if (members.some(isGuest)) return true;
  return all ? false : undefined;
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
