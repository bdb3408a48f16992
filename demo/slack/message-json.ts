import { APP_ID, BOT_ID, BOT_USER, TEAM } from './directory.ts';
import type { Message } from './workspace.ts';

/** A message as Slack writes it in Web API answers and interaction payloads. */
export function messageJson(message: Message, options: { metadata?: boolean } = {}): Record<string, unknown> {
  const isBot = message.user === BOT_USER;
  return {
    user: message.user,
    type: 'message',
    ts: message.ts,
    ...(isBot && { bot_id: BOT_ID, app_id: APP_ID }),
    text: message.text,
    team: TEAM.id,
    ...(message.blocks.length > 0 && { blocks: message.blocks }),
    ...(message.edited && { edited: message.edited }),
    ...(options.metadata && message.metadata !== undefined && { metadata: message.metadata }),
    ...(isBot && { bot_profile: botProfile() }),
  };
}

function botProfile(): Record<string, unknown> {
  return { id: BOT_ID, app_id: APP_ID, name: 'cwsync', deleted: false, updated: 0, team_id: TEAM.id };
}
