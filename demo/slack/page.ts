import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { type Exchange, sendText } from './http-exchange.ts';
import type { Roster } from './roster.ts';
import type { ViewStore } from './view-store.ts';
import type { Workspace } from './workspace.ts';

const FOLDER = path.join(import.meta.dirname, 'page');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
};

/** A file of the page: one plain name, so no address can lead out of the folder. */
const FILE_ADDRESS = /^\/page\/([a-z-]+(?:\.browser\.js|\.css))$/;

/** @param session what the page shows as a cookie when it fetches files. */
export async function servePage(exchange: Exchange, session: string): Promise<void> {
  const { pathname } = exchange.url;
  const name = pathname === '/' ? 'index.html' : FILE_ADDRESS.exec(pathname)?.[1];
  const text = name === undefined ? undefined : await readPageFile(name);
  if (name === undefined || text === undefined || exchange.method !== 'GET') {
    sendText(exchange.response, 404, 'not found');
    return;
  }
  // Everything comes from here, and no script stands in the page: what a message says can never run.
  exchange.response.setHeader(
    'content-security-policy',
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
  );
  exchange.response.setHeader('set-cookie', `${COOKIE}=${session}; HttpOnly; SameSite=Strict; Path=/`);
  exchange.response.setHeader('cache-control', 'no-store');
  sendText(exchange.response, 200, text, TYPES[path.extname(name)]);
}

const COOKIE = 'local-slack-window';

/** Whether the request comes from a window of this local Slack. */
export function hasSession(exchange: Exchange, session: string): boolean {
  return (exchange.headers.cookie ?? '').split('; ').includes(`${COOKIE}=${session}`);
}

function readPageFile(name: string): Promise<string | undefined> {
  return readFile(path.join(FOLDER, name), 'utf8').catch(() => undefined);
}

/** The open pages, told of every change that their person may see by server-sent events. */
export class PageFeed {
  readonly #open = new Map<ServerResponse, string>();

  constructor(parts: { readonly workspace: Workspace; readonly views: ViewStore; readonly roster: Roster }) {
    parts.workspace.onChange((change) => this.#tell(change, change.visibleTo));
    parts.views.onChange((user) => this.#tell({ kind: 'views' }, user));
    parts.roster.onChange(() => this.#tell({ kind: 'roster' }, null));
  }

  open(exchange: Exchange): void {
    const { response } = exchange;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.#open.set(response, exchange.url.searchParams.get('user') ?? '');
    response.on('close', () => this.#open.delete(response));
  }

  /** @param only the person who may know; null: everybody. */
  #tell(change: unknown, only: string | null): void {
    const line = `data: ${JSON.stringify(change)}\n\n`;
    for (const [response, user] of this.#open) {
      if (only === null || only === user) response.write(line);
    }
  }

  close(): void {
    for (const response of this.#open.keys()) response.end();
    this.#open.clear();
  }
}
