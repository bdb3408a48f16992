import { expect, test } from 'vitest';
import { deliveryOf, directoryOf } from '../../src/bootstrap/chat-platforms.ts';
import { FakeDirectory } from '../support/fake-directory.ts';

const at = { platform: 'slack', tenant: 'T1', conversation: 'C1' } as const;

test.each([[true], [false], [undefined]])('a platform that says %s of guests is believed', async (guests) => {
  const directory = new FakeDirectory();
  directory.withGuests.set('C1', guests);
  const all = directoryOf({ slack: { directory, delivery: deliveryOf({}) } });
  expect(await all.guests?.(at)).toBe(guests);
});

test('a platform that says nothing of guests has none', async () => {
  const { person, conversation } = new FakeDirectory();
  const all = directoryOf({ slack: { directory: { person, conversation }, delivery: deliveryOf({}) } });
  expect(await all.guests?.(at)).toBe(false);
});
