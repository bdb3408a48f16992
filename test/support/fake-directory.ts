import type { ChatDirectory, ConversationFacts, PersonFacts } from '../../src/ports/chat.ts';

/** Everyone is a member of the organisation, and every conversation its own, unless said otherwise. */
export class FakeDirectory implements ChatDirectory {
  readonly people = new Map<string, Partial<PersonFacts> | undefined>();
  readonly conversations = new Map<string, Partial<ConversationFacts> | undefined>();

  /** Where guests read along, by conversation; where it says nothing none do. */
  readonly withGuests = new Map<string, boolean | undefined>();

  async guests(at: { readonly conversation: string }): Promise<boolean | undefined> {
    return this.withGuests.has(at.conversation) ? this.withGuests.get(at.conversation) : false;
  }

  async person({ userId }: { readonly userId: string }): Promise<PersonFacts | undefined> {
    if (this.people.has(userId) && this.people.get(userId) === undefined) return undefined;
    const known = { name: `The ${userId}`, stranger: false, guest: false, bot: false };
    return { ...known, ...this.people.get(userId) };
  }

  async conversation(at: { readonly conversation: string }): Promise<ConversationFacts | undefined> {
    const id = at.conversation;
    if (this.conversations.has(id) && this.conversations.get(id) === undefined) return undefined;
    const known = { name: id, external: false, member: true, archived: false };
    return { ...known, ...this.conversations.get(id) };
  }
}
