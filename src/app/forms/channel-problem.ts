/** Why a conversation that somebody chose for alerts cannot be told anything, or should not be without asking. */
import type { Person } from '../../domain/person.ts';
import type { ChatDirectory } from '../../ports/chat.ts';
import { outsiders } from '../outsiders.ts';

/**
 * The problem of the first of them that has one, in words for its field; undefined where all can be told.
 * @param conversations those that were added: what stands already was looked at when it was chosen
 */
export async function channelProblem(
  directory: ChatDirectory,
  person: Pick<Person, 'platform' | 'tenant'>,
  conversations: readonly string[],
): Promise<string | undefined> {
  const looked = conversations.map((conversation) => problemOf(directory, person, conversation));
  return (await Promise.all(looked)).find((problem) => problem !== undefined);
}

async function problemOf(
  directory: ChatDirectory,
  { platform, tenant }: Pick<Person, 'platform' | 'tenant'>,
  conversation: string,
): Promise<string | undefined> {
  const at = { platform, tenant, conversation };
  const facts = await directory.conversation(at).catch(() => 'unknown' as const);
  if (facts === 'unknown') {
    return 'The chat does not say at present what one of these channels is: press again in a minute.';
  }
  if (!facts) return 'cwsync cannot see one of these channels: invite it there first (/invite @cwsync).';
  if (facts.direct) {
    return 'Direct messages are no alert channel: take them out. What you follow comes there: follow mine.';
  }
  const { name } = facts;
  if (facts.archived) return `#${name} is archived: take it out.`;
  if (!facts.member) {
    return `cwsync is not a member of #${name}: write /invite @cwsync there, then press again.`;
  }
  const question = await outsiders(directory, at, facts);
  return question && `#${name}: ${question} To alert there all the same, write there: alerts here.`;
}
