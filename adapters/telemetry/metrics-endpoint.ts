/**
 * `GET /metrics`, and who may read it. Numbers tell no customer's data, but how big an integration is and when it is
 * down, so strangers get nothing: whoever has the token may read, and without one only this machine itself.
 *
 * Hard case: behind a proxy on the same machine the whole world comes from this machine. What says that it was
 * forwarded is refused, as is a page in somebody's browser; and where the port is known to be reached from outside
 * (`exposed`), a token is needed in any case.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Application, Request, Response } from 'express';
import type { Logger } from '../../src/ports/logger.ts';
import { isOurs, openDoor } from '../http/doors.ts';

export const metricsPath = '/metrics';

export type MetricsAccess = {
  /** Absent: only this machine may read. */
  readonly token?: string;
  /** Others reach this port, perhaps by a proxy that does not say so. */
  readonly exposed: boolean;
};

export type MetricsText = { readonly contentType: string; readonly text: string };

export type MetricsSource = { readonly read: () => Promise<MetricsText>; readonly logger: Logger };

export function mountMetrics(
  http: Application,
  access: MetricsAccess,
  { read, logger }: MetricsSource,
): void {
  const mayBeOurs = (request: Request) => refusalOf(request, access) === undefined;
  openDoor(http, { name: 'metrics', path: metricsPath, methods: ['GET'], mayBeOurs });
  http.get(metricsPath, async (request, response) => {
    const refusal = refusalOf(request, access);
    if (refusal) return refuse(response, refusal);
    isOurs(response);
    try {
      const { contentType, text } = await read();
      response.set('content-type', contentType).send(text);
    } catch (error) {
      logger.error({ err: error }, 'metrics could not be read');
      refuse(response, { status: 500, words: 'This did not work; the log of cwsync says why.' });
    }
  });
}

type Refusal = { readonly status: 401 | 403 | 500; readonly words: string };

function refusalOf(request: Request, { token, exposed }: MetricsAccess): Refusal | undefined {
  if (token !== undefined) {
    return isToken(request.headers.authorization, token) ? undefined : withToken;
  }
  return !exposed && isThisMachine(request) ? undefined : withoutToken;
}

const withToken: Refusal = {
  status: 401,
  words: 'This needs the header "Authorization: Bearer <the value of CWSYNC_METRICS_TOKEN>".',
};
const withoutToken: Refusal = {
  status: 403,
  words: 'Only from this machine. Set CWSYNC_METRICS_TOKEN to read metrics from elsewhere.',
};

function refuse(response: Response, { status, words }: Refusal): void {
  if (status === 401) response.set('www-authenticate', 'Bearer');
  response.status(status).type('text/plain').send(`${words}\n`);
}

/** By digests of the same length, so that the time it takes tells nothing. */
function isToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/iu.exec(header ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const loopback = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/u;
const ownNames = new Set(['localhost', '127.0.0.1', '[::1]']);
/** What proxies add, and what browsers add to what a page asks for. */
const notFromHere = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'via',
  'origin',
] as const;

function isThisMachine({ socket, headers }: Request): boolean {
  if (!loopback.test(socket.remoteAddress ?? '')) return false;
  if (notFromHere.some((name) => headers[name] !== undefined)) return false;
  // A page of a foreign name that leads to this machine keeps its name.
  const name = (headers.host ?? '').replace(/:\d+$/u, '').toLowerCase();
  return ownNames.has(name);
}
