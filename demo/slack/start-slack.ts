import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppLink } from './app-link.ts';
import { handleControl } from './control.ts';
import { FaultBoard } from './faults.ts';
import { readExchange, sendText } from './http-exchange.ts';
import { PageFeed, servePage } from './page.ts';
import { handleResponseUrl } from './response-url.ts';
import { loadState, stateWriter } from './state-file.ts';
import { handleWebApi } from './web-api.ts';
import { Workspace } from './workspace.ts';

export type SlackOptions = {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly signingSecret: string;
  readonly botToken: string;
  /** Where slash commands, interactions and events are delivered, such as http://127.0.0.1:3000/slack/events. */
  readonly eventsUrl: string;
  /** Where messages and response_urls are kept between starts; without it they end with the process. */
  readonly stateFile?: string;
  readonly clock: () => Date;
  /** How long the app has for an acknowledgement, in ms. Default 3,000 as in Slack; tests shorten it. */
  readonly deadlineMs?: number;
};

export type LocalSlack = {
  /** The web page, such as http://127.0.0.1:4000 . */
  readonly url: string;
  /** For Bolt's `clientOptions.slackApiUrl`; ends with a slash. */
  readonly apiUrl: string;
  readonly port: number;
  readonly workspace: Workspace;
  /** Saves the state and closes the port and every connection; a second call is the first one's. */
  stop(): Promise<void>;
};

type Parts = {
  readonly link: AppLink;
  readonly faults: FaultBoard;
  readonly feed: PageFeed;
  readonly botToken: string;
};

/**
 * Starts a local Slack: Web API, signed HTTP delivery, response_urls, and a page to act as the people in it.
 * Stands for Slack itself and so shares nothing with the code of cwsync.
 * @throws when the port is taken or the state file cannot be read.
 */
export async function startSlack(options: SlackOptions): Promise<LocalSlack> {
  const { clock, stateFile } = options;
  const restored = stateFile === undefined ? undefined : await loadState(stateFile);
  const workspace = new Workspace(clock, restored);
  const writer = stateFile === undefined ? undefined : stateWriter(stateFile, () => workspace.state());
  if (writer) workspace.onDirty(() => writer.schedule());

  const host = options.host ?? '127.0.0.1';
  const server = createServer();
  const port = await listen(server, options.port, host);
  const url = `http://${host}:${port}`;
  const delivery = {
    eventsUrl: options.eventsUrl,
    signingSecret: options.signingSecret,
    clock,
    deadlineMs: options.deadlineMs ?? 3000,
  };
  const parts: Parts = {
    link: { workspace, delivery, clock, url },
    faults: new FaultBoard(),
    feed: new PageFeed(workspace),
    botToken: options.botToken,
  };
  server.on('request', (request, response) => void answer(parts, request, response));

  async function stop(): Promise<void> {
    parts.feed.close();
    await close(server);
    await writer?.flush();
  }
  let stopping: Promise<void> | undefined;

  return {
    url,
    apiUrl: `${url}/api/`,
    port,
    workspace,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
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

async function route(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange = await readExchange(request, response);
  const { link, faults } = parts;
  const path = exchange.url.pathname;
  if (path.startsWith('/api/')) {
    const { workspace, clock, url } = link;
    return handleWebApi({ workspace, clock, url, faults, botToken: parts.botToken }, exchange);
  }
  if (path.startsWith('/commands/') || path.startsWith('/actions/')) {
    return handleResponseUrl(link.workspace, faults, exchange);
  }
  if (path.startsWith('/_control/')) return handleControl({ link, faults }, exchange);
  if (path === '/_page/changes') return parts.feed.open(exchange);
  return servePage(exchange);
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
