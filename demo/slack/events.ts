import { randomBytes } from 'node:crypto';
import type { AppLink } from './app-link.ts';
import { deliverJson } from './delivery.ts';
import { APP_ID, BOT_USER, type Channel, LEGACY_TOKEN, TEAM } from './directory.ts';
import type { Message } from './workspace.ts';

/**
 * Tells the app of what a person wrote: `message` with channel type im in its direct messages, `app_mention`
 * where it is mentioned and is a member. Delivered once: the local Slack does not repeat an event that the app
 * missed.
 */
export async function announceToApp(link: AppLink, channel: Channel, message: Message): Promise<void> {
  if (!channel.members.includes(BOT_USER)) return;
  const common = {
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: TEAM.id,
    channel: channel.id,
    event_ts: message.ts,
  };
  if (channel.kind === 'im') {
    await deliverEvent(link, { type: 'message', channel_type: 'im', ...common });
  } else if (message.text.includes(`<@${BOT_USER}>`)) {
    await deliverEvent(link, { type: 'app_mention', ...common });
  }
}

async function deliverEvent(link: AppLink, event: Record<string, unknown>): Promise<void> {
  await deliverJson(link.delivery, {
    token: LEGACY_TOKEN,
    team_id: TEAM.id,
    api_app_id: APP_ID,
    event,
    type: 'event_callback',
    event_id: `Ev${randomBytes(6).toString('hex').toUpperCase()}`,
    event_time: Math.floor(link.clock().getTime() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: TEAM.id,
        user_id: BOT_USER,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  });
}
