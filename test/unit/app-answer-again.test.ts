/** An answer that a chat did not take: tried again where that can do no harm. */
import { expect, test } from 'vitest';
import type { ChatDelivery, Delivered, MessageHandle } from '../../src/ports/chat.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { setupRig } from '../support/setup-rig.ts';

const inDoubt: Delivered = { result: 'failed', reason: 'no answer' };
const tooMany: Delivered = { result: 'failed', reason: 'too many', retryAfterMs: 5_000 };
const gone: Delivered = { result: 'gone', reason: 'nobody is there' };
const shared: MessageHandle = { platform: 'slack', everybody: true };
const noChat = () => Promise.reject(new Error('not asked for here'));

/** Asks for status, and gives how often the answer was sent after so many milliseconds. */
async function triesAfter(ms: number, answers: readonly Delivered[], here = false): Promise<number> {
  let tries = 0;
  const delivery: ChatDelivery = {
    async send(handle) {
      tries += 1;
      return answers[tries - 1] ?? { result: 'sent', handle };
    },
    post: noChat,
    openForm: noChat,
    fillForm: noChat,
  };
  const rig = setupRig([makeSyncTask()], { delivery });
  const asked = rig.write(here ? 'status --here --outside' : 'status', 'admin', here ? { shared } : {});
  await rig.clock.advance(0);
  await rig.clock.advance(ms);
  if (rig.clock.sleepers === 0) await asked;
  return tries;
}

test('is sent once where it is taken, or where nobody can be reached', async () => {
  expect(await triesAfter(60_000, [])).toBe(1);
  expect(await triesAfter(60_000, [gone])).toBe(1);
});

test('is sent again after a while, three times in all', async () => {
  expect(await triesAfter(900, [inDoubt])).toBe(1);
  expect(await triesAfter(1_000, [inDoubt])).toBe(2);
  expect(await triesAfter(4_900, [tooMany])).toBe(1);
  expect(await triesAfter(5_000, [tooMany])).toBe(2);
  expect(await triesAfter(60_000, [inDoubt, inDoubt, inDoubt, inDoubt])).toBe(3);
});

test('for everybody it is sent again only where it is certain that nobody has seen it', async () => {
  expect(await triesAfter(60_000, [inDoubt], true)).toBe(1);
  expect(await triesAfter(60_000, [tooMany], true)).toBe(2);
});
