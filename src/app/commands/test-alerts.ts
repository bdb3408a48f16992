/** `alerts test`: one marked message, so that everybody sees that alerts arrive. */
import { personKey } from '../../domain/person.ts';
import type { Delivered, Destination } from '../../ports/chat.ts';
import type { Reply } from '../../ports/reply.ts';
import { alertChannelAt, toDestination } from '../alerts/destinations.ts';
import { count, name, note, notice, paragraph, strong, text } from '../replies/parts.ts';
import type { Asker, CommandDeps, CommandResult } from './command.ts';

type Channel = Destination & { readonly conversation: string };

/** @param at the conversation one writes in; where there is none every alert channel is tested */
export async function testAlerts(
  asker: Asker,
  deps: CommandDeps,
  at: Channel | undefined,
): Promise<CommandResult> {
  const settings = await deps.settings.read();
  if (at && !alertChannelAt(at, settings)) {
    const here = { label: 'Alerts here', command: 'alerts here' };
    return { reply: notice('This is no alert channel.', 'Choose it first, then test it.', [here]) };
  }
  const places = at ? [at] : settings.alertChannels.map(toDestination);
  if (places.length === 0) {
    return {
      reply: notice('No alert channel is chosen.', 'Write alerts here in the one that should be told.'),
    };
  }
  const outcomes = await Promise.all(places.map((place) => testOne(asker, deps, place)));
  const failed = outcomes.filter(({ problem }) => problem !== undefined);
  const posted = outcomes.length - failed.length;
  return {
    reply: outcomeReply(outcomes),
    audited: { target: 'alerts', outcome: `test posted in ${posted}` },
  };
}

type Outcome = { readonly channel: string; readonly problem?: string };

async function testOne(asker: Asker, deps: CommandDeps, to: Channel): Promise<Outcome> {
  const facts = await deps.directory.conversation(to).catch(() => undefined);
  const key = `alert-test:${personKey(asker.person)}:${deps.clock.now().getTime()}`;
  const channel = facts ? `#${facts.name}` : to.conversation;
  const sent = await deps.delivery
    .post(to, testMessage(asker.person.name), key)
    .catch((): Delivered => ({ result: 'failed', reason: 'the chat does not answer' }));
  if (sent.result !== 'sent') return { channel, problem: problemOf(sent) };
  // What was held up there is told at once.
  await deps.incidents.unblock(to);
  return { channel };
}

function problemOf(sent: Exclude<Delivered, { result: 'sent' }>): string {
  const place = sent.result === 'gone' && sent.touches === 'channel';
  return place
    ? `${sent.reason}; invite cwsync there with /invite @cwsync`
    : `${sent.reason}; try again later`;
}

function testMessage(who: string): Reply {
  return {
    summary: 'Test: alerts of cwsync arrive here.',
    blocks: [
      paragraph(strong('Test'), text(': alerts of cwsync arrive here. Nothing is wrong.')),
      note(text('Asked for by '), name(who), text('.')),
    ],
  };
}

function outcomeReply(outcomes: readonly Outcome[]): Reply {
  const failed = outcomes.filter(({ problem }) => problem !== undefined);
  const summary =
    failed.length === 0
      ? `The test was posted in ${count(outcomes.length, 'channel')}.`
      : `The test could not be posted in ${failed.length} of ${count(outcomes.length, 'channel')}.`;
  const lines = outcomes.map(({ channel, problem }) =>
    paragraph(text(problem === undefined ? '✓ ' : '⚠ '), name(channel), text(problem ? `: ${problem}` : '')),
  );
  return { summary, blocks: [paragraph(strong(summary)), ...lines] };
}
