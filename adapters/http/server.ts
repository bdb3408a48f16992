import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Application } from 'express';

export type HttpServer = {
  /** Where adapters mount their paths. No body is parsed for them: Slack's signature needs the raw one. */
  readonly app: Application;
  /** Rejects with `EADDRINUSE` where the port is taken. */
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
};

/** Time for a request's head and body, in milliseconds. */
const requestTimeoutMs = 15_000;

/** The one HTTP server of the process, shared by every adapter that is called from outside. */
export function createHttpServer(): HttpServer {
  const app = express();
  app.disable('x-powered-by');
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
