import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppLink } from './app-link.ts';
import { handleControl } from './control.ts';
import { EventDesk } from './event-desk.ts';
import { echoOwnMessages } from './events.ts';
import { FaultBoard } from './faults.ts';
import { receiveUpload, sendFile } from './file-exchange.ts';
import { FileStore } from './file-store.ts';
import { httpDelivery } from './http-delivery.ts';
import { readExchange, sendText } from './http-exchange.ts';
import { Knobs } from './knobs.ts';
import { hasSession, PageFeed, servePage } from './page.ts';
import { PersonInWindow } from './person-in-window.ts';
import { PostLimit } from './post-limit.ts';
import { handleResponseUrl } from './response-url.ts';
import { Roster } from './roster.ts';
import { LEAST_SCOPES } from './scopes.ts';
import { SocketHub } from './socket-hub.ts';
import { loadState, stateWriter, type WorkspaceState } from './state-file.ts';
import { Triggers } from './triggers.ts';
import { ViewStore } from './view-store.ts';
import { bearerOf, handleWebApi, isSame, type WebApiContext } from './web-api.ts';
import { Workspace } from './workspace.ts';

type SocketMode = {
  /** Commands, interactions and events go through the sockets that the app opens. */
  readonly mode: 'socket';
  readonly signingSecret?: string;
  readonly eventsUrl?: string;
};

type HttpMode = {
  readonly mode?: 'http';
  readonly signingSecret: string;
  /** Where slash commands, interactions and events are delivered, such as http://127.0.0.1:3000/slack/events. */
  readonly eventsUrl: string;
};

export type SlackOptions = (SocketMode | HttpMode) & {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly botToken: string;
  /** The token with `connections:write`, for Socket Mode. Default DEFAULT_APP_TOKEN. */
  readonly appToken?: string;
  /** What the app was installed with; default: the scopes that cwsync asks for. */
  readonly scopes?: readonly string[];
  /** Where everything but open modals is kept between starts; without it, it ends with the process. */
  readonly stateFile?: string;
  readonly clock: () => Date;
  /** How long the app has for an acknowledgement, in ms. Default 3,000 as in Slack; tests shorten it. */
  readonly deadlineMs?: number;
  /** Waits before each repeat of an unacknowledged event, in ms. Default 0, 60,000 and 300,000 as in Slack. */
  readonly eventRetriesMs?: readonly number[];
  /** Time between two pings on a socket, in ms. Default 10,000. */
  readonly pingMs?: number;
};

export const DEFAULT_APP_TOKEN = 'xapp-1-A0CWSYNC-local-slack';

export type LocalSlack = {
  /** The web page, such as http://127.0.0.1:4000 . */
  readonly url: string;
  /** For Bolt's `clientOptions.slackApiUrl`; ends with a slash. */
  readonly apiUrl: string;
  readonly port: number;
  readonly appToken: string;
  readonly workspace: Workspace;
  /** What happens without a person: faults, sockets, membership, other bots. */
  readonly knobs: Knobs;
  /**
   * A person at the window, such as U0ALEX: reads, types, presses, fills in.
   * @throws WindowRefusal when there is no such person.
   */
  as(userId: string): PersonInWindow;
  /** Saves the state and closes the port and every connection; a second call is the first one's. */
  stop(): Promise<void>;
};

type Parts = {
  readonly link: AppLink;
  readonly api: WebApiContext;
  readonly knobs: Knobs;
  readonly sockets: SocketHub;
  readonly feed: PageFeed;
  /** Which the window shows to be let at files. */
  readonly session: string;
};

/**
 * Starts a local Slack: Web API, delivery by signed HTTP or Socket Mode, response_urls, modals, Home tab, files,
 * and a page to act as the people in it. Stands for Slack itself and so shares nothing with the code of cwsync.
 * @throws when the port is taken or the state file cannot be read.
 */
export async function startSlack(options: SlackOptions): Promise<LocalSlack> {
  const { stateFile } = options;
  const restored = stateFile === undefined ? undefined : await loadState(stateFile);
  const host = options.host ?? '127.0.0.1';
  const server = createServer();
  const port = await listen(server, options.port, host);
  const parts = assemble(options, `http://${host}:${port}`, restored);
  const { link } = parts;
  const writer = stateFile === undefined ? undefined : stateWriter(stateFile, () => stateOf(link));
  if (writer) onAnyChange(link, () => writer.schedule());
  parts.sockets.attach(server);
  server.on('request', (request, response) => void answer(parts, request, response));

  async function stop(): Promise<void> {
    parts.feed.close();
    link.events.stop();
    await parts.sockets.stop();
    await close(server);
    await writer?.flush();
  }
  let stopping: Promise<void> | undefined;

  return {
    url: link.url,
    apiUrl: `${link.url}/api/`,
    port,
    appToken: parts.api.appToken,
    workspace: link.workspace,
    knobs: parts.knobs,
    as: (userId) => new PersonInWindow(link, userId),
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function assemble(options: SlackOptions, url: string, restored: WorkspaceState | undefined): Parts {
  const { clock } = options;
  const deadlineMs = options.deadlineMs ?? 3000;
  const faults = new FaultBoard(options.scopes ?? LEAST_SCOPES);
  const isSocketMode = options.mode === 'socket';
  const pingMs = options.pingMs ?? 10_000;
  const sockets = new SocketHub({ deadlineMs, pingMs, isEnabled: isSocketMode });
  const { eventsUrl = '', signingSecret = '' } = options;
  const delivery = isSocketMode ? sockets : httpDelivery({ eventsUrl, signingSecret, clock, deadlineMs });
  const link: AppLink = {
    workspace: new Workspace(clock, restored),
    roster: new Roster(restored?.roster),
    views: new ViewStore(clock, restored?.homes),
    files: new FileStore(clock, url, restored?.files),
    triggers: new Triggers(clock),
    events: new EventDesk({ delivery, faults, clock, retriesMs: options.eventRetriesMs }),
    delivery,
    faults,
    clock,
    url,
  };
  echoOwnMessages(link);
  const api: WebApiContext = {
    link,
    botToken: options.botToken,
    appToken: options.appToken ?? DEFAULT_APP_TOKEN,
    newSocketAddress: () => sockets.newAddress(url),
    postLimit: new PostLimit(faults, clock),
  };
  const session = randomBytes(18).toString('base64url');
  return { link, api, knobs: new Knobs(link, sockets), sockets, feed: new PageFeed(link), session };
}

function stateOf({ workspace, roster, views, files }: AppLink): WorkspaceState {
  return { ...workspace.state(), roster: roster.state(), homes: views.homesState(), files: files.state() };
}

function onAnyChange({ workspace, roster, views, files }: AppLink, save: () => void): void {
  workspace.onDirty(save);
  roster.onChange(save);
  views.onChange(save);
  files.onDirty(save);
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await route(parts, request, response);
  } catch (error) {
    process.emitWarning(
      `The local Slack failed on a request: ${error instanceof Error ? error.message : 'unknown'}`,
    );
    if (!response.headersSent) sendText(response, 500, 'local Slack: internal error');
  }
}

const MOST_MEGABYTES = { upload: 60, other: 2 } as const;

async function route(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { link, knobs, session } = parts;
  const isUpload = request.url?.startsWith('/upload/') ?? false;
  const exchange = await readExchange(request, response, MOST_MEGABYTES[isUpload ? 'upload' : 'other']);
  const path = exchange.url.pathname;
  if (path.startsWith('/api/')) return handleWebApi(parts.api, exchange);
  if (isUpload) return receiveUpload(link.files, exchange);
  if (path.startsWith('/files-pri/')) {
    const isApp = isSame(bearerOf(exchange) ?? '', parts.api.botToken);
    return sendFile(link.files, exchange, isApp || hasSession(exchange, session));
  }
  if (path.startsWith('/commands/') || path.startsWith('/actions/')) {
    return handleResponseUrl(link.workspace, link.faults, exchange);
  }
  if (path.startsWith('/_control/')) return handleControl({ link, knobs }, exchange);
  if (path === '/_page/changes') return parts.feed.open(exchange);
  return servePage(exchange, session);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
