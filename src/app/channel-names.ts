/** What alert channels are called, for people to read. */
import type { ChatDirectory } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertChannel } from '../ports/settings.ts';
import { channelKey } from './replies/settings.ts';
import { soon } from './setup-facts.ts';

/** A name that comes later than this is done without: a form waits for it. In milliseconds. */
const namesWithinMs = 500;

/** By `channelKey`; without those that the chat does not tell in time. */
export async function channelNames(
  { directory, clock }: { readonly directory: Pick<ChatDirectory, 'conversation'>; readonly clock: Clock },
  channels: readonly AlertChannel[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const looked = channels.map(async (channel) => {
    const facts = await directory.conversation(channel).catch(() => undefined);
    if (facts) found.set(channelKey(channel), facts.name);
  });
  await soon(clock, Promise.all(looked), namesWithinMs);
  return new Map(found);
}
