/**
 * What every door of the HTTP server does before anything of a request is read: only its methods and kinds of bodies,
 * none too long, and an end to strangers who keep knocking.
 *
 * The hard case is a flood that shares its address with those who may come in, as everybody does behind one proxy. So
 * an address has an allowance of refused requests, not of requests; and once it is used up, what bears the marks of a
 * caller of ours (`mayBeOurs`: a signature of the right form, a token that was good before) is judged all the same.
 */
import type { Application, Request, Response } from 'express';
import type { Logger } from '../../src/ports/logger.ts';
import { type RateLimit, type RateLimiter, rateLimiter } from './rate-limit.ts';

export type DoorRules = {
  /** In the log. */
  readonly name: string;
  readonly path: string;
  /** Also for everything below the path. */
  readonly below?: true;
  /** Any other is refused with 405; `GET` brings `HEAD`. Absent: the door decides. */
  readonly methods?: readonly string[];
  /** Types of a body, without parameters; any other is refused with 415. Absent: the door decides. */
  readonly types?: readonly string[];
  /** A body that says it is longer, in bytes, is refused with 413; who reads the body holds to it, too. */
  readonly mostBytes?: number;
  /** Whether it bears what callers of ours bear; only its head is there. Absent: nobody is told from a stranger. */
  readonly mayBeOurs?: (request: Request) => boolean;
  /** Where it bears nothing of that, it is refused with 401, unread. */
  readonly onlyOurs?: true;
  /** In the place of the plain words. */
  readonly refuse?: (response: Response, refusal: Refusal) => void;
};

export type Refusal = {
  readonly status: 401 | 405 | 413 | 415 | 429;
  readonly words: string;
  readonly headers: { readonly [name: string]: string };
};

/** Refused requests of one address at one door: after them it gets 429. */
export const strangersAllowance: RateLimit = { perSecond: 50, burst: 500 };
/** Milliseconds between two lines of the log about what a door refused. */
const tellEveryMs = 60_000;

export type DoorOptions = {
  /** Milliseconds that only grow. */
  readonly monotonicMs: () => number;
  readonly logger?: Pick<Logger, 'warn'> | undefined;
  readonly allowance?: RateLimit | undefined;
};

/** Every door of one application shares these. */
type Keeping = DoorOptions & { readonly strangers: RateLimiter };
const keepings = new WeakMap<object, Keeping>();

export function keepDoors(app: Application, options: DoorOptions): void {
  const strangers = rateLimiter(options.allowance ?? strangersAllowance, options.monotonicMs);
  keepings.set(app, { ...options, strangers });
}

/** Mounted before whatever answers there. An application that `keepDoors` does not know is a mistake of ours. */
export function openDoor(app: Application, rules: DoorRules): void {
  const keeping = keepings.get(app);
  if (!keeping) throw new Error('doors are opened on the shared HTTP server only');
  const tell = tellRefused(rules.name, keeping);
  const keep = (request: Request, response: Response, next: () => void): void => {
    const key = `${rules.name} ${addressOf(request)}`;
    response.once('finish', () => {
      if (!isRefused(response)) return;
      keeping.strangers.take(key);
      tell(response.statusCode);
    });
    const refusal = refusalOf(request, rules, keeping.strangers.look(key));
    if (refusal) (rules.refuse ?? refusePlainly)(response, refusal);
    else next();
  };
  if (rules.below) app.use(rules.path, keep);
  else app.all(rules.path, keep);
}

/** Said of a request once it is known whose it is: whatever it is answered, no stranger was refused. */
export function isOurs(response: Response): void {
  response.locals.ours = true;
}

function isRefused({ statusCode, locals }: Response): boolean {
  return statusCode >= 400 && statusCode < 500 && locals.ours !== true;
}

function refusalOf(request: Request, rules: DoorRules, waitMs: number): Refusal | undefined {
  const { methods, types, mostBytes, mayBeOurs, onlyOurs } = rules;
  const ours = mayBeOurs?.(request) === true;
  if (waitMs > 0 && !ours) return tooMany(waitMs);
  if (methods && !isAllowed(request.method, methods)) return notThat(methods);
  if (onlyOurs && !ours) return { status: 401, words: 'Not authorized.', headers: unread };
  if (types && !isOfType(request, types))
    return { status: 415, words: `Send it uncompressed, as ${types.join(' or ')}.`, headers: unread };
  const length = Number(request.headers['content-length'] ?? 0);
  if (mostBytes !== undefined && length > mostBytes)
    return { status: 413, words: `Too long: send at most ${mostBytes} bytes.`, headers: unread };
  return undefined;
}

/** The rest of it is not read: the connection cannot be used for anything else. */
const unread = { connection: 'close' } as const;

function tooMany(waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1_000);
  const headers = { ...unread, 'retry-after': String(seconds) };
  return { status: 429, words: `Too many requests. Try again in ${seconds} s.`, headers };
}

function notThat(methods: readonly string[]): Refusal {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return { status: 405, words: `Only ${allow}.`, headers: { ...unread, allow } };
}

function isAllowed(method: string, methods: readonly string[]): boolean {
  return methods.includes(method === 'HEAD' ? 'GET' : method);
}

function isOfType({ headers }: Request, types: readonly string[]): boolean {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  return encoding === 'identity' && types.includes(type);
}

function refusePlainly(response: Response, { status, words, headers }: Refusal): void {
  response.status(status).set(headers).type('text/plain').send(`${words}\n`);
}

/** Whoever has one address of a network has all of it: of IPv6 its first half counts. */
function addressOf({ socket }: Request): string {
  const address = socket.remoteAddress?.replace(/^::ffff:/u, '') ?? '';
  return address.includes(':') ? address.split(':').slice(0, 4).join(':') : address;
}

/** Says once in a while how many were refused and how, and nothing of what they held. */
function tellRefused(door: string, { monotonicMs, logger }: DoorOptions): (status: number) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let refused: { [status: number]: number } = {};
  return (status) => {
    refused[status] = (refused[status] ?? 0) + 1;
    if (monotonicMs() - toldAtMs < tellEveryMs) return;
    logger?.warn({ door, refused }, 'requests were refused');
    toldAtMs = monotonicMs();
    refused = {};
  };
}
