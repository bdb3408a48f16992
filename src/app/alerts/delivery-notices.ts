/** What stands above the projects where somebody cannot be told of failures. */
import type { ChatDirectory } from '../../ports/chat.ts';
import type { BlockedDestination, IncidentStore } from '../../ports/incidents.ts';
import type { Text } from '../../ports/reply.ts';
import { name, text } from '../replies/parts.ts';

type NoticeDeps = {
  readonly incidents: Pick<IncidentStore, 'blockedDestinations'>;
  readonly directory: Pick<ChatDirectory, 'conversation'>;
};

const namedAtMost = 3;

/** A line for each channel in which nothing can be posted. Whom direct messages do not reach is no matter of all. */
export async function deliveryNotices(deps: NoticeDeps): Promise<readonly Text[]> {
  const blocked = await deps.incidents.blockedDestinations();
  const channels = blocked.filter(({ to }) => 'conversation' in to);
  const named = await Promise.all(channels.slice(0, namedAtMost).map((one) => noticeOf(deps, one)));
  const more = channels.length - named.length;
  return more > 0 ? [...named, [text(`Nor to ${more} more: alerts list names them.`)]] : named;
}

async function noticeOf({ directory }: NoticeDeps, { to }: BlockedDestination): Promise<Text> {
  if (!('conversation' in to)) return [];
  const facts = await directory.conversation(to).catch(() => undefined);
  const channel = facts ? `#${facts.name}` : to.conversation;
  const next = facts?.archived ? 'it is archived, choose another channel' : 'invite cwsync';
  return [text('Alerts cannot be delivered to '), name(channel), text(`: ${next}.`)];
}
