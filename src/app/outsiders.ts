/** Who else would read what is shown in a conversation: customers sit in the same workspaces. */
import type { ChatDirectory, ConversationFacts } from '../ports/chat.ts';

type At = Parameters<ChatDirectory['conversation']>[0];

/**
 * Why it is to be asked first before customers' names are shown there, as a sentence; undefined where only the own
 * people read along.
 */
export async function outsiders(
  directory: Pick<ChatDirectory, 'guests'>,
  at: At,
  facts: Pick<ConversationFacts, 'external'>,
): Promise<string | undefined> {
  if (facts.external) return 'People outside your organisation will see this.';
  if (!directory.guests) return undefined;
  const guests = await directory.guests(at);
  if (guests === false) return undefined;
  return guests
    ? 'People outside your organisation will see this: guests read along.'
    : 'People outside your organisation may see this: whether guests read along is not known.';
}
