import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Application, type NextFunction, type Request, type Response } from 'express';
import type { Readiness } from '../../src/ports/health-checks.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { type DoorOptions, keepDoors, openDoor } from './doors.ts';

export type HttpServer = {
  /** Where adapters open their doors (`openDoor`) and mount what is behind. No body is parsed for them: Slack's signature needs the raw one. */
  readonly app: Application;
  /** Rejects with `EADDRINUSE` where the port is taken. */
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
};

export type HttpServerOptions = {
  /** By which others reach it. */
  readonly publicUrl?: string | undefined;
  readonly logger?: Logger;
  readonly monotonicMs?: () => number;
  readonly allowance?: DoorOptions['allowance'];
  readonly times?: Partial<typeof httpTimes>;
};

/** In milliseconds. */
export const httpTimes = {
  /** For the head of a request. */
  head: 10_000,
  /** For a whole request, its body included. */
  request: 15_000,
  /** How long a connection is kept for the next request. */
  keptAlive: 5_000,
  /** How long a connection may be silent while an answer is made or taken. */
  silent: 30_000,
  /** How often the first two are looked at. */
  looked: 1_000,
};
/** Bytes of a request's head. */
const mostHeadBytes = 16 * 1_024;
/** Connections at the same time; more are closed at once. */
const mostConnections = 2_000;

/** Looking costs nothing, and whoever restarts a process that hangs must not be sent away. */
const onlyLooking = {
  name: 'health',
  methods: ['GET'],
  mayBeOurs: ({ method }: Request) => method === 'GET' || method === 'HEAD',
} as const;

export const livePath = '/healthz';
export const readyPath = '/readyz';

/**
 * The one HTTP server of the process, shared by every adapter that is called from outside.
 * @param readiness of what this process needs; never rejects
 */
export function createHttpServer(
  readiness: () => Promise<Partial<Readiness>>,
  options: HttpServerOptions = {},
): HttpServer {
  const { monotonicMs = () => performance.now(), logger, allowance } = options;
  const app = express();
  app.disable('x-powered-by');
  app.use(alwaysSaid(options));
  keepDoors(app, { monotonicMs, logger, allowance });
  mountHealth(app, readiness);
  const server = boundedServer(app, { ...httpTimes, ...options.times });
  return {
    app,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          mountNowhere(app, logger);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function boundedServer(app: Application, times: typeof httpTimes): Server {
  const server = createServer(
    {
      headersTimeout: times.head,
      requestTimeout: times.request,
      keepAliveTimeout: times.keptAlive,
      connectionsCheckingInterval: times.looked,
      maxHeaderSize: mostHeadBytes,
    },
    app,
  );
  server.timeout = times.silent;
  server.maxConnections = mostConnections;
  return server;
}

/** Nothing here is a page: no browser is to show it in one, run anything of it, or keep it. */
function alwaysSaid({ publicUrl }: HttpServerOptions) {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(publicUrl?.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
  return (_request: Request, response: Response, next: NextFunction): void => {
    response.set(headers);
    next();
  };
}

/** Anybody may ask, so names and yes or no are all that is told. */
function mountHealth(app: Application, readiness: () => Promise<Partial<Readiness>>): void {
  for (const path of [livePath, readyPath]) openDoor(app, { ...onlyLooking, path });
  app.get(livePath, (_request, response) => {
    response.json({ alive: true });
  });
  app.get(readyPath, async (_request, response) => {
    const parts = await readiness();
    const ready = Object.values(parts).every(Boolean);
    const words = Object.entries(parts).map(([name, works]) => [name, works ? 'ok' : 'not ok']);
    response.status(ready ? 200 : 503).json({ ready, ...Object.fromEntries(words) });
  });
}

/** What no door answers, and what none of them foresaw: no stack of ours is shown. */
function mountNowhere(app: Application, logger: Logger | undefined): void {
  openDoor(app, { name: 'elsewhere', path: '/', below: true });
  app.use((_request, response) => void response.status(404).type('text/plain').send('Not found\n'));
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const unreadable = isUnreadable(error);
    if (!unreadable) logger?.error({ err: error }, 'a request could not be answered');
    const words = unreadable ? 'This cannot be read.' : 'This did not work. Try again in a minute.';
    response
      .status(unreadable ? 400 : 500)
      .set('connection', 'close')
      .type('text/plain')
      .send(`${words}\n`);
  });
}

function isUnreadable(error: unknown): boolean {
  if (error instanceof URIError) return true;
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500;
}
