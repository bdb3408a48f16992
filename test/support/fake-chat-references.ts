import type {
  ChatReferences,
  ConversationReference,
  Keepsakes,
  PersonReference,
} from '../../src/ports/chat-references.ts';

/** Who and where the bot has been, in memory. */
export class FakeChatReferences implements ChatReferences {
  readonly people = new Map<string, PersonReference>();
  readonly #conversations = new Map<string, ConversationReference>();

  async sawConversation(reference: ConversationReference): Promise<void> {
    const key = `${reference.tenant}/${reference.conversation}`;
    this.#conversations.set(key, { ...this.#conversations.get(key), ...reference });
  }

  async conversation(tenant: string, conversation: string): Promise<ConversationReference | undefined> {
    return this.#conversations.get(`${tenant}/${conversation}`);
  }

  async conversations(tenant: string): Promise<readonly ConversationReference[]> {
    return [...this.#conversations.values()]
      .filter((one) => one.tenant === tenant && one.kind !== 'personal')
      .toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? ''))
      .slice(0, 100);
  }

  async forgetConversation(tenant: string, conversation: string): Promise<void> {
    this.#conversations.delete(`${tenant}/${conversation}`);
    for (const [key, { personal, home: _, ...rest }] of this.people) {
      if (rest.tenant === tenant && personal === conversation) this.people.set(key, rest);
    }
  }

  async sawPerson({ home: _stays, ...reference }: PersonReference): Promise<void> {
    const key = `${reference.tenant}/${reference.userId}`;
    this.people.set(key, { ...this.people.get(key), ...reference });
  }

  async person(who: Pick<PersonReference, 'tenant' | 'userId'>): Promise<PersonReference | undefined> {
    return this.people.get(`${who.tenant}/${who.userId}`);
  }

  async keepHome(
    who: Pick<PersonReference, 'tenant' | 'userId'>,
    activity: string | undefined,
  ): Promise<void> {
    const key = `${who.tenant}/${who.userId}`;
    const known = this.people.get(key);
    if (!known) return;
    const { home: _, ...rest } = known;
    this.people.set(key, activity === undefined ? rest : { ...rest, home: activity });
  }
}

/** What is kept for minutes, in memory. */
export class FakeKeepsakes implements Keepsakes {
  readonly #kept = new Map<string, { readonly content: Uint8Array; readonly until: number }>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  async keep(id: string, content: Uint8Array, forMs: number): Promise<void> {
    this.#kept.set(id, { content: Uint8Array.from(content), until: this.#now().getTime() + forMs });
  }

  async read(id: string): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(id);
    return kept && this.#now().getTime() < kept.until ? kept.content : undefined;
  }
}
