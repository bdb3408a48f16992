/** Slack's way in over signed HTTP: a real Bolt on the shared server. */
import { App, ExpressReceiver, LogLevel } from '@slack/bolt';
import type { Application } from 'express';
import type { ChatInbox } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { listen } from './listeners.ts';

export type SlackAppOptions = {
  /** The shared HTTP server's application; Bolt reads the raw body itself. */
  readonly http: Application;
  readonly botToken: string;
  readonly signingSecret: string;
  readonly apiUrl?: string;
  readonly inbox: ChatInbox;
  readonly clock: Clock;
  readonly logger: Logger;
};

export const slackEventsPath = '/slack/events';

export function mountSlack(options: SlackAppOptions): void {
  const { http, logger } = options;
  const responseHosts = new Set([
    'hooks.slack.com',
    ...(options.apiUrl ? [new URL(options.apiUrl).host] : []),
  ]);
  const boltLogger = quietLogger(logger);
  const receiver = new ExpressReceiver({
    signingSecret: options.signingSecret,
    endpoints: slackEventsPath,
    app: http,
    logger: boltLogger,
    bodyLimit: '1mb',
  });
  const app = new App({
    receiver,
    logger: boltLogger,
    // Bolt's own way asks Slack who the bot is before the first acknowledgement; nothing here needs to know.
    authorize: async () => ({ botToken: options.botToken }),
    ignoreSelf: false,
    ...(options.apiUrl ? { clientOptions: { slackApiUrl: options.apiUrl } } : {}),
  });

  listen(app, { ...options, responseHosts });
}

/** Bolt's words go to our log, one level lower where they are only about a refused request. */
function quietLogger(logger: Logger) {
  const say =
    (level: keyof Logger) =>
    (...words: unknown[]) =>
      logger[level]({ bolt: words.join(' ') }, 'Slack');
  return {
    debug: say('debug'),
    info: say('debug'),
    warn: say('warn'),
    error: say('warn'),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
