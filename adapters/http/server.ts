import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Application } from 'express';
import type { Readiness } from '../../src/ports/health-checks.ts';

export type HttpServer = {
  /** Where adapters mount their paths. No body is parsed for them: Slack's signature needs the raw one. */
  readonly app: Application;
  /** Rejects with `EADDRINUSE` where the port is taken. */
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
};

/** Time for a request's head and body, in milliseconds. */
const requestTimeoutMs = 15_000;

export const livePath = '/healthz';
export const readyPath = '/readyz';

/**
 * The one HTTP server of the process, shared by every adapter that is called from outside.
 * @param readiness never rejects
 */
export function createHttpServer(readiness: () => Promise<Readiness>): HttpServer {
  const app = express();
  app.disable('x-powered-by');
  mountHealth(app, readiness);
  const server = createServer(app);
  server.requestTimeout = requestTimeoutMs;
  return {
    app,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          app.use((_request, response) => void response.status(404).type('text/plain').send('Not found\n'));
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

/** Anybody may ask, so names and yes or no are all that is told. */
function mountHealth(app: Application, readiness: () => Promise<Readiness>): void {
  app.get(livePath, (_request, response) => {
    response.set('cache-control', 'no-store').json({ alive: true });
  });
  app.get(readyPath, async (_request, response) => {
    const parts = await readiness();
    const ready = Object.values(parts).every(Boolean);
    const words = Object.entries(parts).map(([name, works]) => [name, works ? 'ok' : 'not ok']);
    response
      .status(ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ ready, ...Object.fromEntries(words) });
  });
}
