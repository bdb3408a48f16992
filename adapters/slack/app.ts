/** Slack's ways in: Socket Mode, or signed HTTP on the shared server, to the same listeners. */
import { App, ExpressReceiver, type Receiver } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Application } from 'express';
import type { ChatDelivery, ChatDirectory, ChatDoors } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { openDoor } from '../http/doors.ts';
import { slackClient } from './api.ts';
import { slackDelivery } from './delivery.ts';
import { slackDirectory } from './directory.ts';
import { asApp, guarded } from './guard.ts';
import { type SlackIdentity, slackIdentity } from './identity.ts';
import { listen } from './listeners.ts';
import { quietLogger, quietWarnings } from './log.ts';
import { missingScopes } from './manifest.ts';
import { bearsSignature } from './signed-form.ts';
import { openSocket, type Socket } from './socket.ts';
import { listenToForms } from './submit.ts';

export type SlackOptions = {
  readonly botToken: string;
  /** With it Slack is called by socket, and needs no address of ours. */
  readonly appToken?: string;
  /** Of signed HTTP, where there is no `appToken`. */
  readonly signingSecret?: string;
  /** Ends with a slash; Slack's own where absent. */
  readonly apiUrl?: string;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'random'>;
  readonly logger: Logger;
  readonly metrics?: Pick<Metrics, 'acknowledged'>;
};

export type SlackHealth = {
  readonly way: 'socket' | 'http';
  /**
   * By socket: whether Slack said hello and has not gone since. By HTTP nobody can tell whether Slack reaches us: then
   * whether it accepted our token when it was last asked.
   */
  readonly connected: boolean;
  /** Slack's code, or the library's, of what failed last and has not worked since. */
  readonly lastError?: string;
  /** What the token should be allowed and is not, where Slack says so. */
  readonly missingScopes: readonly string[];
};

export type SlackConnection = {
  /** Takes nothing in any more. Never rejects. */
  stop(): Promise<void>;
  health(): SlackHealth;
};

export type Slack = {
  readonly delivery: ChatDelivery;
  readonly directory: ChatDirectory;
  /** @param http the shared HTTP server's application; Bolt reads the raw body itself */
  connect(http: Application, doors: ChatDoors): SlackConnection;
};

export const slackEventsPath = '/slack/events';
/** Of a body. */
const mostBytes = 1_024 * 1_024;

export function slack(options: SlackOptions): Slack {
  const client: WebClient = slackClient(options);
  const identity = slackIdentity({ client, ...options });
  const delivery = slackDelivery({ client, clock: options.clock });
  const directory = slackDirectory({ client, identity, clock: options.clock });
  return {
    delivery,
    directory,
    connect: (http, doors) => connect(options, { http, doors, identity, delivery, directory }),
  };
}

type Connecting = Pick<Slack, 'delivery' | 'directory'> & {
  readonly http: Application;
  readonly doors: ChatDoors;
  readonly identity: SlackIdentity;
};

function connect(options: SlackOptions, parts: Connecting): SlackConnection {
  const { identity } = parts;
  const over = new AbortController();
  const watching = identity.watch(over.signal);
  const { appToken } = options;
  const app = appFor(options, parts);
  const socket = appToken === undefined ? undefined : openSocket({ ...options, appToken, app });
  return {
    async stop() {
      over.abort();
      await Promise.all([socket?.stop(), watching]);
    },
    health: () => healthOf(identity, socket),
  };
}

function healthOf(identity: SlackIdentity, socket: Socket | undefined): SlackHealth {
  const lastError = socket?.lastError() ?? identity.lastError();
  const known = identity.current() !== undefined && identity.lastError() === undefined;
  return {
    way: socket ? 'socket' : 'http',
    connected: socket ? socket.connected() : known,
    ...(lastError === undefined ? {} : { lastError }),
    missingScopes: missingScopes(identity.current()?.scopes),
  };
}

/** With every listener; by HTTP its receiver is mounted, by socket each session brings its own. */
function appFor(options: SlackOptions, parts: Connecting): App {
  const { apiUrl, botToken, logger } = options;
  const receiver = new Entrance(options, parts);
  const app = new App({
    receiver,
    logger: quietLogger(logger),
    // Bolt's own way asks Slack who the bot is before the first acknowledgement; nothing here needs to know.
    authorize: async () => ({ botToken }),
    ignoreSelf: false,
    convoStore: false,
    ...(apiUrl ? { clientOptions: { slackApiUrl: apiUrl } } : {}),
  });
  const responseHosts = new Set(['hooks.slack.com', ...(apiUrl ? [new URL(apiUrl).host] : [])]);
  listen(app, { ...options, ...parts, responseHosts });
  listenToForms(app, { ...options, ...parts, responseHosts });
  return receiver.app(app);
}

/** Puts the guard between Slack and Bolt, whatever way it comes in. */
class Entrance implements Receiver {
  readonly #options: SlackOptions;
  readonly #parts: Connecting;

  constructor(options: SlackOptions, parts: Connecting) {
    this.#options = options;
    this.#parts = parts;
  }

  app(app: App): App {
    return asApp(app, guarded(app, { ...this.#options, identity: this.#parts.identity }));
  }

  init(app: App): void {
    const { appToken, signingSecret, logger, clock } = this.#options;
    if (appToken !== undefined || signingSecret === undefined) return;
    openDoor(this.#parts.http, {
      name: 'slack',
      path: slackEventsPath,
      methods: ['POST'],
      types: ['application/json', 'application/x-www-form-urlencoded'],
      mostBytes,
      mayBeOurs: (request) => bearsSignature(request.headers, clock.now()),
      onlyOurs: true,
    });
    const receiver = new ExpressReceiver({
      signingSecret,
      endpoints: slackEventsPath,
      app: this.#parts.http,
      logger: quietWarnings(logger),
      bodyLimit: `${mostBytes}`,
    });
    receiver.init(this.app(app));
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}
