/** One request from its token to its answer: who asks, whether they may, what they sent, and in time. */
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Failure } from '../../src/domain/failure.ts';
import { mayDo, type Role } from '../../src/domain/roles.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { ApiCaller, PlannerDoor } from '../../src/ports/planner-door.ts';
import { isOurs } from '../http/doors.ts';
import { type RateLimit, rateLimiter } from '../http/rate-limit.ts';
import { knownTokens } from './known-tokens.ts';
import { type Answer, failed, Problem, tooLow, unreadable } from './problems.ts';

export type ExchangeOptions = {
  readonly door: Pick<PlannerDoor, 'caller'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  readonly toFailure: (error: unknown) => Failure;
  readonly limits: RateLimit & { readonly answerWithinMs: number };
};

export type Asked = {
  readonly caller: ApiCaller;
  /** As parsed; undefined where none is read. */
  readonly body: unknown;
  readonly request: Request;
};

type Needs = { readonly role?: Role; readonly body?: true };
export type Serve = (handle: (asked: Asked) => Answer | Promise<Answer>, needs?: Needs) => RequestHandler;

export const bodyBytesAtMost = 64 * 1_024;
const bearer = /^Bearer ([\x21-\x7e]{1,200})$/iu;

/** And whether a request bears a token that was good a moment ago. */
export type Exchanges = { readonly serve: Serve; readonly isKnown: (request: Request) => boolean };

export function exchanges(options: ExchangeOptions): Exchanges {
  const { door, clock, limits } = options;
  const monotonicMs = () => clock.monotonicMs();
  const ofCallers = rateLimiter(limits, monotonicMs);
  const known = knownTokens(monotonicMs);

  async function callerOf(request: Request, response: Response): Promise<ApiCaller> {
    const token = tokenOf(request);
    const caller = token === undefined ? undefined : await door.caller(token);
    // One answer for all that is wrong: it tells nobody how near they came.
    if (!caller) throw new Problem('unauthorized', undefined, { headers: { 'www-authenticate': 'Bearer' } });
    isOurs(response);
    if (token !== undefined) known.wasGood(token);
    const waitMs = ofCallers.take(caller.name);
    if (waitMs === 0) return caller;
    const seconds = String(Math.ceil(waitMs / 1_000));
    throw new Problem('too-many-requests', undefined, { headers: { 'retry-after': seconds } });
  }

  const serve: Serve =
    (handle, { role = 'viewer', body: withBody } = {}) =>
    async (request, response) => {
      try {
        const answer = await inTime(limits.answerWithinMs, async () => {
          const caller = await callerOf(request, response);
          if (!mayDo(caller.role, role)) throw tooLow(caller, role);
          const body = withBody ? await bodyOf(request, response) : undefined;
          return await handle({ caller, body, request });
        });
        send(response, answer);
      } catch (error) {
        send(response, answerOf(error, options));
      }
    };
  return { serve, isKnown: (request) => known.has(tokenOf(request)) };
}

function tokenOf({ headers }: Request): string | undefined {
  return bearer.exec(headers.authorization ?? '')?.[1];
}

/** Held strongly until it is over; what is still under way then goes on, and its end is told to nobody. */
async function inTime(ms: number, work: () => Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => late.reject(new Problem('too-slow')), ms);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const parseJson = express.json({ limit: bodyBytesAtMost, type: () => true, inflate: false });
const jsonType = /^application\/(?:merge-patch\+)?json\s*(?:;|$)/iu;

async function bodyOf(request: Request, response: Response): Promise<unknown> {
  if (!jsonType.test(request.headers['content-type'] ?? ''))
    throw new Problem('not-json', undefined, { headers: { connection: 'close' } });
  await new Promise<void>((resolve, reject) => {
    parseJson(request, response, (error: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  return request.body;
}

/** What nobody foresaw is written down with the reference that the caller is given; no header of theirs is. */
export function answerOf(
  error: unknown,
  { toFailure, logger }: Pick<ExchangeOptions, 'toFailure' | 'logger'>,
): Answer {
  if (error instanceof Problem) return error.answer;
  const known = unreadable(error);
  if (known) return known.answer;
  const failure = toFailure(error);
  const { code, reference } = failure;
  if (code === 'store.unavailable') logger.warn({ err: error, code }, 'a request of the HTTP API failed');
  else logger.error({ err: error, code, reference }, 'a request of the HTTP API failed');
  return failed(failure).answer;
}

const always = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

export function send(response: Response, { status, headers = {}, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.status(status).set({ 'content-type': 'application/json; charset=utf-8', ...always, ...headers });
  if (body !== undefined) return void response.send(JSON.stringify(body));
  response.removeHeader('content-type');
  response.end();
}
