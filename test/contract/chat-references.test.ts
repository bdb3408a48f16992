/** Who and where the bot has been, and what is kept for minutes: each rule on both stores. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoKeepsakes } from '../../adapters/mongodb/keepsake-store.ts';
import { mongoTeamsReferences } from '../../adapters/mongodb/teams-reference-store.ts';
import type { ConversationReference, Keepsakes, PersonReference } from '../../src/ports/chat-references.ts';
import { FakeChatReferences, FakeKeepsakes } from '../support/fake-chat-references.ts';
import { atMs } from '../support/make-sync-task.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const newTenant = () => `tenant-${randomUUID()}`;
const where = { serviceUrl: 'https://smba.example/', bot: '28:bot' } as const;
const room = (more: Partial<ConversationReference> = {}): ConversationReference => ({
  ...where,
  tenant: 't',
  conversation: 'c1',
  kind: 'channel',
  ...more,
});
const alex: PersonReference = {
  ...where,
  tenant: 't',
  userId: 'u',
  name: 'Alex',
  account: '29:a',
  conversation: 'c1',
};

describe.each([
  ['MongoDB', () => mongoTeamsReferences(fresh.db, newTenant())],
  ['the fake', () => new FakeChatReferences()],
] as const)('references in %s', (_name, open) => {
  it('keep the latest address of a conversation, and a name that is not said again', async () => {
    const store = open();
    expect(await store.conversation('t', 'c1')).toBeUndefined();
    await store.sawConversation(room({ name: 'Projects' }));
    await store.sawConversation(room({ serviceUrl: 'https://moved.example/' }));
    expect(await store.conversation('t', 'c1')).toEqual(
      room({ name: 'Projects', serviceUrl: 'https://moved.example/' }),
    );
    expect(await store.conversation('other', 'c1')).toBeUndefined();
  });

  it('list what can be chosen, by name, and nobody’s personal chat', async () => {
    const store = open();
    await store.sawConversation(room({ conversation: 'b', name: 'B' }));
    await store.sawConversation(room({ conversation: 'a', name: 'A', kind: 'group' }));
    await store.sawConversation(room({ conversation: 'p', name: 'P', kind: 'personal' }));
    await store.sawConversation(room({ conversation: 'x', tenant: 'other' }));
    expect((await store.conversations('t')).map(({ conversation }) => conversation)).toEqual(['a', 'b']);
  });

  it('keep the personal chat and the page of somebody who is seen elsewhere', async () => {
    const store = open();
    await store.sawPerson({ ...alex, personal: 'p1' });
    await store.keepHome(alex, 'm1');
    await store.sawPerson({ ...alex, name: 'Alex W', conversation: 'c2' });
    const known = { ...alex, name: 'Alex W', conversation: 'c2', personal: 'p1' };
    expect(await store.person(alex)).toEqual({ ...known, home: 'm1' });
    await store.keepHome(alex, undefined);
    expect(await store.person(alex)).toEqual(known);
    await store.keepHome({ tenant: 't', userId: 'unheard-of' }, 'm1');
    expect(await store.person({ tenant: 't', userId: 'unheard-of' })).toBeUndefined();
  });

  it('forget a conversation, also as somebody’s personal one', async () => {
    const store = open();
    await store.sawConversation(room({ conversation: 'p1', kind: 'personal' }));
    await store.sawPerson({ ...alex, personal: 'p1' });
    await store.keepHome(alex, 'm1');
    await store.forgetConversation('t', 'p1');
    expect(await store.conversation('t', 'p1')).toBeUndefined();
    expect(await store.person(alex)).toEqual(alex);
  });
});

const keepsakeStores: readonly (readonly [string, () => (ms: number) => Keepsakes])[] = [
  [
    'MongoDB',
    () => {
      const tenantId = newTenant();
      return (ms) => mongoKeepsakes(fresh.db, tenantId, atMs(ms));
    },
  ],
  [
    'the fake',
    () => {
      let at = 0;
      const store = new FakeKeepsakes(() => atMs(at));
      return (ms) => {
        at = ms;
        return store;
      };
    },
  ],
];

describe.each(keepsakeStores)('keepsakes in %s', (_name, open) => {
  it('are there for their time, byte for byte, and the last one counts', async () => {
    const at = open();
    const bytes = Uint8Array.from([0, 255, 10, 13, 128]);
    await at(0).keep('k', Uint8Array.from([1]), 1_000);
    await at(0).keep('k', bytes, 60_000);
    expect(await at(59_999).read('k')).toEqual(bytes);
    expect(await at(60_000).read('k')).toBeUndefined();
    expect(await at(0).read('other')).toBeUndefined();
  });

  it('keep what looks like an expression as it is', async () => {
    const at = open();
    await at(0).keep('$$NOW', Buffer.from('$$NOW'), 1_000);
    expect(Buffer.from((await at(1).read('$$NOW')) ?? []).toString()).toBe('$$NOW');
  });
});
