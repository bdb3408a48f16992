import type { AppLink } from './app-link.ts';
import { BOT_USER, type Channel, type Person, personById, TEAM } from './directory.ts';
import { messageJson } from './message-json.ts';
import { viewJson } from './view-json.ts';
import type { Message, Said } from './workspace.ts';

/**
 * Tells the app of what was said: `message` with channel type im in its direct messages, `app_mention` where it is
 * mentioned and is a member. The app is subscribed to nothing else.
 */
export async function announceToApp(link: AppLink, channel: Channel, message: Message): Promise<void> {
  if (!channel.members.includes(BOT_USER) || link.faults.isBotAbsent(channel.id)) return;
  const event = { ...messageEvent(link, message), channel: channel.id, event_ts: message.ts };
  if (channel.kind === 'im') {
    await link.events.send({ ...event, type: 'message', channel_type: 'im' });
  } else if (message.text.includes(`<@${BOT_USER}>`)) {
    await link.events.send({ ...event, type: 'app_mention' }, channel.isShared);
  }
}

function messageEvent(link: AppLink, message: Message): Record<string, unknown> {
  const author = personById(message.user);
  const isForeign = author !== undefined && author.teamId !== TEAM.id;
  return {
    ...messageJson(message, { file: (id) => link.files.json(id) }),
    ...(isForeign && { user_team: author.teamId, source_team: author.teamId }),
  };
}

/** Tells the app of an edit or a deletion in its direct messages. */
export async function announceChange(link: AppLink, channel: Channel, said: Said): Promise<void> {
  const { before, after } = said;
  if (channel.kind !== 'im' || !before) return;
  const ts = link.workspace.nextTs();
  const common = { type: 'message', hidden: true, channel: channel.id, channel_type: 'im', ts, event_ts: ts };
  const previous = messageJson(before);
  await link.events.send(
    after
      ? { ...common, subtype: 'message_changed', message: messageJson(after), previous_message: previous }
      : { ...common, subtype: 'message_deleted', deleted_ts: before.ts, previous_message: previous },
  );
}

/** The app also hears of its own messages in direct conversations, as in Slack. */
export function echoOwnMessages(link: AppLink): void {
  link.workspace.onSaid((said) => {
    const message = said.after ?? said.before;
    if (message?.user !== BOT_USER || message.visibleTo !== undefined) return;
    const channel = link.roster.channel(message.channel);
    if (channel?.kind !== 'im') return;
    void (said.before ? announceChange(link, channel, said) : announceToApp(link, channel, message));
  });
}

/** A person opens the app's Home tab or its direct messages. */
export async function announceOpened(link: AppLink, person: Person, tab: 'home' | 'messages'): Promise<void> {
  const view = link.views.home(person.id);
  await link.events.send({
    type: 'app_home_opened',
    user: person.id,
    channel: link.roster.directChannelOf(person.id)?.id,
    tab,
    ...(tab === 'home' && view && { view: viewJson(view, { state: true }) }),
    event_ts: link.workspace.nextTs(),
  });
}
