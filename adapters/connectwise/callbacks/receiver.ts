/**
 * Where ConnectWise calls. Anybody on the internet can, too, so nothing of a call is believed before its signature was
 * found right, and none of it costs much. ConnectWise gives an answer 5 s and comes again only after 404, 409, 419 and
 * 429: whatever is not the fault of the call is answered with 429.
 */
import express, { type Application, type NextFunction, type Request, type Response } from 'express';
import type { CallbackDoor } from '../../../src/ports/callbacks.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import { openDoor } from '../../http/doors.ts';
import { fetchJson } from '../../http/fetch-json.ts';
import { sparingly } from '../../http/sparing-logger.ts';
import { allowedKeyUrl } from './key-url.ts';
import { type CallbackMessage, callbackOf, readMessage } from './message.ts';
import { looksSigned } from './signature.ts';
import { type SigningKeys, signingKeys } from './signing-keys.ts';

export const callbackPath = '/connectwise/callback';

export type ReceiverOptions = {
  readonly connectWise: { readonly url: string; readonly uiUrl?: string; readonly companyId: string };
  readonly door: CallbackDoor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
};

/** Longest body, in bytes. */
export const maxCallbackBytes = 512 * 1_024;
/** Calls whose bodies are there and that have no answer yet; the next one is answered with 429. */
export const maxInHand = 500;
/** Milliseconds until an answer is given, whatever is slow. */
export const answerWithinMs = 4_000;
const keyWithinMs = 2_500;
const maxKeyBytes = 4_096;

type Status =
  /** Stored, or of no use. */
  | 204
  /** It cannot be read. */
  | 400
  /** Not signed, signed by somebody else, or of another company. */
  | 401
  /** Too much at once, the database is away, or the key cannot be had: come again. */
  | 429;

/**
 * Mounts the path. Parameters in the address are not signed and are not looked at; a call that was made before is as
 * good as new, since all that follows is that records are read.
 */
export function mountCallbacks(http: Application, options: ReceiverOptions): void {
  const { clock } = options;
  const keys = signingKeys((url) => fetchKey(url, options), clock);
  const logger = sparingly(options.logger, clock);
  let inHand = 0;

  async function answer(request: Request, response: Response): Promise<void> {
    if (inHand >= maxInHand) return respond(response, 429);
    inHand += 1;
    const late = new AbortController();
    try {
      const timeUp = clock.sleep(answerWithinMs, late.signal).then(
        () => 429 as const,
        () => 429 as const,
      );
      const status = await Promise.race([judge(request, keys, options), timeUp]);
      respond(response, status);
    } catch (error) {
      logger.warn({ err: error }, 'a callback of ConnectWise was not taken');
      respond(response, 429);
    } finally {
      late.abort();
      inHand -= 1;
    }
  }

  openDoor(http, {
    name: 'callbacks',
    path: callbackPath,
    methods: ['POST'],
    mostBytes: maxCallbackBytes,
    mayBeOurs: (request) => looksSigned(request.get('x-content-signature')?.trim() ?? ''),
  });
  http.post(
    callbackPath,
    // Whatever type it is said to be: the bytes are what is signed.
    express.raw({ type: () => true, limit: maxCallbackBytes, inflate: false }),
    answer,
  );
  http.use(callbackPath, unreadable);
}

/** A body that is too long (413), compressed (415) or broken off. The fourth parameter is what makes it a handler of errors. */
function unreadable(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const status = (error as { status?: unknown } | null)?.status;
  response.status(status === 413 || status === 415 ? status : 400).end();
}

function respond(response: Response, status: Status): void {
  if (!response.headersSent) response.status(status).end();
}

async function judge(
  request: Request,
  keys: SigningKeys,
  { connectWise, door, logger }: ReceiverOptions,
): Promise<Status> {
  const body: unknown = request.body;
  const signature = request.get('x-content-signature')?.trim() ?? '';
  if (!Buffer.isBuffer(body)) return 400;
  const message = readMessage(body);
  if (message === undefined) return 400;
  const { url, uiUrl, companyId } = connectWise;
  const rules = { urls: uiUrl === undefined ? [url] : [url, uiUrl], companyId };
  const keyUrl = allowedKeyUrl(message.Metadata.key_url, rules);
  if (keyUrl === undefined || !isOfCompany(message, companyId)) return 401;
  const verdict = await keys.verify(keyUrl, body, signature);
  if (verdict !== 'right') return verdict === 'wrong' ? 401 : 429;
  const callback = callbackOf(message);
  if (callback === undefined) return 204;
  const taken = await door.take(callback);
  const { messageId, type, action } = callback;
  logger.debug({ messageId, type, action, taken }, 'callback of ConnectWise');
  return taken === 'stored' ? 204 : 429;
}

/** One company's key may not speak for another. */
function isOfCompany({ CompanyId }: CallbackMessage, companyId: string): boolean {
  return typeof CompanyId !== 'string' || CompanyId.toLowerCase() === companyId.toLowerCase();
}

function fetchKey(url: URL, { clock, redact }: ReceiverOptions) {
  const request = {
    method: 'GET',
    url,
    headers: { accept: 'application/json, text/plain', 'user-agent': 'cwsync' },
    timeoutMs: keyWithinMs,
    maxBytes: maxKeyBytes,
    redirects: 'refused' as const,
    signal: new AbortController().signal,
  };
  return fetchJson(request, {
    redact,
    monotonicMs: () => clock.monotonicMs(),
    now: () => clock.now(),
  });
}
