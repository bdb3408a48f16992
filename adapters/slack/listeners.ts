/**
 * What Slack sends, whatever way it comes in: each listener acknowledges first, before any access to the database,
 * and hands the words on.
 */
import type { App, BlockAction } from '@slack/bolt';
import type { ChatInbox, ChatRequest } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { responseUrlMs, responseUrlUses, type SlackHandle } from './handle.ts';
import { commandAction } from './render.ts';

export type ListenOptions = {
  readonly inbox: ChatInbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Slack's own hosts: an answer goes nowhere else. */
  readonly responseHosts: ReadonlySet<string>;
};

export function listen(app: App, { inbox, clock, logger, responseHosts }: ListenOptions): void {
  function handOn(
    request: Omit<ChatRequest, 'handle'>,
    responseUrl: string,
    replace: boolean,
  ): Promise<void> {
    if (!URL.canParse(responseUrl) || !responseHosts.has(new URL(responseUrl).host)) {
      logger.warn({}, 'refused an event: its response_url is not one of Slack');
      return Promise.resolve();
    }
    const handle: SlackHandle = {
      platform: 'slack',
      via: 'response',
      url: responseUrl,
      expiresAt: clock.now().getTime() + responseUrlMs,
      usesLeft: responseUrlUses,
      replace,
      user: request.person.userId,
    };
    return inbox({ ...request, handle });
  }

  app.command('/cwsync', async ({ ack, command }) => {
    await ack();
    const { trigger_id, team_id, user_id, user_name, text, response_url } = command;
    const person = { platform: 'slack', tenant: team_id, userId: user_id, name: user_name } as const;
    await handOn({ id: `slack:${trigger_id}`, person, text }, response_url, false);
  });

  app.action<BlockAction>(commandAction, async ({ ack, body, action }) => {
    await ack();
    const text = commandOf(action);
    if (text === undefined) return;
    const { user, team, trigger_id, response_url, container } = body;
    const name = user.name ?? user.username ?? user.id;
    const person = {
      platform: 'slack',
      // The person's own team: in a shared channel it is not the one where the message stands.
      tenant: user.team_id ?? team?.id ?? '',
      userId: user.id,
      name,
    } as const;
    // What only the asker sees, direct messages included, is replaced in place; anybody else's message stays as it is.
    const replace = container.is_ephemeral === true || String(container.channel_id ?? '').startsWith('D');
    await handOn({ id: `slack:${trigger_id}`, person, text }, response_url, replace);
  });

  app.error(async (error) => {
    logger.error({ err: error }, 'a Slack event could not be handled');
  });
}

function commandOf(action: BlockAction['actions'][number]): string | undefined {
  if (action.type === 'button') return action.value;
  if (action.type === 'overflow') return action.selected_option.value;
  return undefined;
}
