/**
 * Carries one request to ConnectWise: keys and version in the headers, a turn from the budget, the pause after a
 * 429, the retry after trouble, the look-up of a moved codebase, and a record of every attempt.
 *
 * Hard cases: a 429 is nobody's fault and counts as no try, yet must end some time; a 404 may mean a missing
 * record, which is an answer, or a moved tenant, which is not; a POST whose answer was lost may have been done, so
 * it is never sent again; and whatever is written down must not hold a key in any form.
 */

import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import { FailureError, WritingIsOff } from '../../src/domain/failure.ts';
import { cut } from '../../src/domain/text.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { PsaCall } from '../../src/ports/psa.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import type { RequestLog, RequestRecord } from '../../src/ports/request-log.ts';
import { fetchJson, type HttpAnswer, type HttpAttempt, type HttpFault } from '../http/fetch-json.ts';
import type { Redactor } from '../http/redactor.ts';
import { type ApiAddress, apiUrl, companyInfoUrl, parseAddress, readCodebase } from './address.ts';
import {
  type ErrorContext,
  errorOf,
  errorOfFault,
  isRouteMissing,
  readErrorBody,
  unexpected,
  vendorWords,
} from './errors.ts';

export type ConnectWiseSettings = {
  /** The API's host, e.g. `https://api-na.myconnectwise.net`, with or without `/v4_6_release/apis/3.0`. */
  readonly url: string;
  readonly companyId: string;
  readonly publicKey: string;
  readonly privateKey: string;
  readonly clientId: string;
  /** Version of the records, pinned so that a breaking change comes when we choose it. */
  readonly version?: string;
  /** Milliseconds per request. */
  readonly timeoutMs?: number;
};

export type TransportParts = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: RequestLog;
  readonly budget: RequestBudget;
  /** The transport registers its secrets here; share it with the logger. */
  readonly redactor: Redactor;
  /** Asked before anything but a GET is sent, each time anew. Where it is absent, nothing is written. */
  readonly mayWrite?: () => Promise<boolean>;
};

export const transportDefaults = { version: '2025.8', timeoutMs: 30_000 } as const;

/** Tries after trouble, the first one included. */
export const maxTries = 3;
/** Rounds of pause and try again after 429. */
export const maxRateLimitRounds = 8;
/** A longer pause is a failure that says when to come back. */
export const maxPauseMs = 60_000;
/** The pause where ConnectWise names none, and the most that is added to it at random. */
export const defaultPauseMs = 30_000;
export const pauseJitterMs = 5_000;

const maxBodyBytes = 32 * 1024 * 1024;
const maxLoggedBody = 2_000;
/** A route that is missing for good is not looked up with every request. */
const lookUpAgainAfterMs = 60_000;

export type Ask = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/apis/3.0`, e.g. `/project/projects`. */
  readonly path: string;
  /** Made anew for every try, so that a try after a time-out can ask for less. */
  readonly query?: () => Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** As in the request log and in failures, e.g. `ticket`. */
  readonly entity: string;
  readonly forwardOnly?: boolean;
  /** ConnectWise took too long, by our watch or by its own word. */
  readonly onTimeout?: () => void;
};

export type Reply = {
  /** The parsed body; null when there was none. */
  readonly value: unknown;
  readonly headers: Headers;
  /** ConnectWise's clock. */
  readonly date: Date | null;
  /** For errors about what the body says. */
  readonly context: ErrorContext;
};

type Sending = {
  readonly ask: Ask;
  readonly call: PsaCall;
  /** Attempts made so far for this request, for the log. */
  attempts: number;
};
type Received = { readonly result: HttpAnswer | HttpFault; readonly context: ErrorContext };
type Target = { readonly url: URL; readonly headers: Readonly<Record<string, string>> };

const retryTrouble = retry(handleWhen(isPassingTrouble), {
  maxAttempts: maxTries - 1,
  // The wait itself is ours, because it must follow the clock given and end with the caller's signal.
  backoff: new ConstantBackoff(0),
});

export class ConnectWiseTransport {
  readonly #parts: TransportParts;
  readonly #settings: ConnectWiseSettings;
  readonly #headers: Readonly<Record<string, string>>;
  #address: ApiAddress;
  #unmovedAtMs = Number.NEGATIVE_INFINITY;

  /** @throws TypeError for an address that must not be used, with words for the operator */
  constructor(settings: ConnectWiseSettings, parts: TransportParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#address = parseAddress(settings.url);
    const credentials = `${settings.companyId}+${settings.publicKey}:${settings.privateKey}`;
    for (const secret of [credentials, settings.privateKey, settings.publicKey, settings.clientId]) {
      parts.redactor.register(secret);
    }
    this.#headers = {
      authorization: `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`,
      clientId: settings.clientId,
      accept: `application/vnd.connectwise.com+json; version=${settings.version ?? transportDefaults.version}`,
      'user-agent': 'cwsync',
    };
  }

  /**
   * @throws FailureError, or RecordMissingError where ConnectWise knows no such record, or the signal's reason
   */
  async request(ask: Ask, call: PsaCall): Promise<Reply> {
    const sending: Sending = { ask, call, attempts: 0 };
    // After an ambiguous failure a POST may have been done, and there is no key to tell.
    if (ask.method === 'POST') return await this.#try(sending);
    let retryAfterMs = 0;
    return await retryTrouble.execute(async ({ attempt }) => {
      if (attempt > 0)
        await this.#parts.clock.sleep(Math.max(retryAfterMs, this.#backoffMs(attempt)), call.signal);
      try {
        return await this.#try(sending);
      } catch (error) {
        if (error instanceof FailureError) retryAfterMs = error.failure.retryAfterMs ?? 0;
        throw error;
      }
    }, call.signal);
  }

  async #try(sending: Sending): Promise<Reply> {
    const asked = this.#address;
    let received = await this.#sendWithinLimits(sending, () => this.#target(sending.ask, asked));
    if (
      isAnswer(received.result) &&
      isRouteMissing(received.result) &&
      (await this.#moved(asked, sending.call))
    ) {
      received = await this.#sendWithinLimits(sending, () => this.#target(sending.ask, this.#address));
    }
    return reply(received, sending.ask);
  }

  /** The answer, which is never a 429: those are waited out here, or end as `cw.rate-limited`. */
  async #sendWithinLimits(sending: Sending, target: () => Target): Promise<Received> {
    for (let round = 1; ; round++) {
      const { priority, signal } = sending.call;
      const turn = await this.#parts.budget.acquire({ priority, maxPauseMs, signal });
      if (turn.kind === 'paused') throw rateLimited(turn.remainingMs, sending.ask.entity);
      await this.#checkWrite(sending.ask, turn.release);
      const received = await this.#send(sending, target(), turn.release);
      const { result } = received;
      if (!isAnswer(result) || result.status !== 429) return received;
      const pauseMs = this.#pauseMs(result);
      this.#parts.budget.limited(pauseMs);
      if (pauseMs > maxPauseMs || round >= maxRateLimitRounds) {
        throw rateLimited(pauseMs, sending.ask.entity, received.context.reference);
      }
    }
  }

  /** After the wait for a turn, since the switch may have been turned meanwhile. */
  async #checkWrite({ method, entity }: Ask, release: () => void): Promise<void> {
    if (method === 'GET') return;
    let allowed = false;
    try {
      allowed = (await this.#parts.mayWrite?.()) ?? false;
    } finally {
      if (!allowed) release();
    }
    if (!allowed) throw new WritingIsOff(entity);
  }

  async #send(sending: Sending, target: Target, release: () => void): Promise<Received> {
    const { ask, call } = sending;
    const { clock, redactor } = this.#parts;
    const redact = (text: string): string => redactor.redact(text);
    const at = clock.now();
    const seen: HttpAttempt[] = [];
    let result: HttpAnswer | HttpFault | undefined;
    let context: ErrorContext = {
      entity: ask.entity,
      method: ask.method,
      reference: this.#parts.ids.next(),
      redact,
      host: target.url.host,
    };
    try {
      result = await fetchJson(
        {
          method: ask.method,
          ...target,
          ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
          timeoutMs: this.#settings.timeoutMs ?? transportDefaults.timeoutMs,
          maxBytes: maxBodyBytes,
          signal: call.signal,
        },
        {
          redact,
          monotonicMs: () => clock.monotonicMs(),
          now: () => clock.now(),
          onAttempt: (attempt) => seen.push(attempt),
        },
      );
      if (isAnswer(result))
        context = { ...context, reference: requestIdIn(result.headers, redact) ?? context.reference };
      if (tookTooLong(result)) ask.onTimeout?.();
      return { result, context };
    } finally {
      release();
      for (const attempt of seen) {
        sending.attempts += 1;
        call.onRequest?.();
        const told = attempt === seen.at(-1) ? result : undefined;
        await this.#parts.log.record(recordOf({ at, attempt, told, context, sending }));
      }
    }
  }

  /** Characters of the whole address of a GET with this query. */
  urlLength(path: string, query: Readonly<Record<string, string | number>>): number {
    const ask: Ask = { method: 'GET', path, query: () => query, entity: '' };
    return this.#target(ask, this.#address).url.href.length;
  }

  #target(ask: Ask, address: ApiAddress): Target {
    const url = apiUrl(address, ask.path);
    // Blanks as %20: not every gateway reads `+` as one, and ConnectWise wants a real plus as %2B.
    url.search = Object.entries(ask.query?.() ?? {})
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
    const headers = {
      ...this.#headers,
      ...(ask.forwardOnly ? { 'pagination-type': 'forward-only' } : {}),
      ...(ask.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    };
    return { url, headers };
  }

  /** Whether the API is at another address than `asked` by now; asks ConnectWise, without keys. */
  async #moved(asked: ApiAddress, call: PsaCall): Promise<boolean> {
    if (this.#address !== asked) return true;
    const { clock } = this.#parts;
    if (clock.monotonicMs() - this.#unmovedAtMs < lookUpAgainAfterMs) return false;
    const { companyId } = this.#settings;
    const url = companyInfoUrl(asked, companyId);
    const ask: Ask = { method: 'GET', path: url.pathname, entity: 'company info' };
    const headers = { accept: 'application/json', 'user-agent': 'cwsync' };
    const { result, context } = await this.#sendWithinLimits({ ask, call, attempts: 0 }, () => ({
      url,
      headers,
    }));
    if (!isAnswer(result) || result.status !== 200) return false;
    const found = readCodebase(result.json.kind === 'json' ? result.json.value : undefined);
    if (found === 'unknown-company') {
      throw new FailureError({
        code: 'cw.auth',
        message: `ConnectWise knows no company "${companyId}" at ${asked.origin}.`,
        reference: context.reference,
      });
    }
    if (found === null || found.codebase.toLowerCase() === asked.codebase.toLowerCase()) {
      this.#unmovedAtMs = clock.monotonicMs();
      return false;
    }
    this.#address = { ...asked, codebase: found.codebase };
    return true;
  }

  /** 200 to 400 ms before the second try, 400 to 800 ms before the third. */
  #backoffMs(attempt: number): number {
    return Math.round((1 + this.#parts.ids.random()) * 200 * 2 ** (attempt - 1));
  }

  #pauseMs(answer: HttpAnswer): number {
    if (answer.retryAfterMs !== null) return Math.max(1_000, answer.retryAfterMs);
    return defaultPauseMs + Math.round(this.#parts.ids.random() * pauseJitterMs);
  }
}

function reply({ result, context }: Received, ask: Ask): Reply {
  if (!isAnswer(result)) throw errorOfFault(result, context);
  if (result.status < 200 || result.status > 299) throw errorOf(result, context);
  const { json, headers, date } = result;
  if (json.kind === 'broken') throw unexpected(json.reason, context);
  if (json.kind === 'empty' && ask.method === 'GET') throw unexpected('an empty body', context);
  return { value: json.kind === 'json' ? json.value : null, headers, date, context };
}

function isAnswer(result: HttpAnswer | HttpFault): result is HttpAnswer {
  return result.kind === 'answer';
}

/** ConnectWise uses 500 for its own time-outs, too, and says so in words only. */
function tookTooLong(result: HttpAnswer | HttpFault): boolean {
  if (!isAnswer(result)) return result.fault === 'time-out';
  return result.status === 500 || result.status === 504;
}

function isPassingTrouble(error: unknown): boolean {
  if (!(error instanceof FailureError) || error.failure.code !== 'cw.unavailable') return false;
  return (error.failure.retryAfterMs ?? 0) <= maxPauseMs;
}

function rateLimited(pauseMs: number, entity: string, reference?: string): FailureError {
  const retryAfterMs = Math.ceil(pauseMs);
  const message = `ConnectWise asked for a pause: the next request is allowed in ${Math.ceil(pauseMs / 1000)} s.`;
  const id = reference === undefined ? {} : { reference };
  return new FailureError({ code: 'cw.rate-limited', message, retryAfterMs, entity, ...id });
}

function requestIdIn(headers: Headers, redact: (text: string) => string): string | null {
  const id = headers.get('x-request-id') ?? headers.get('cf-ray');
  return id === null || id.trim() === '' ? null : cut(redact(id.trim()), 100);
}

type Told = {
  readonly at: Date;
  readonly attempt: HttpAttempt;
  readonly told: HttpAnswer | HttpFault | undefined;
  readonly context: ErrorContext;
  readonly sending: Sending;
};

function recordOf({ at, attempt, told, context, sending }: Told): RequestRecord {
  const { call, ask, attempts } = sending;
  return {
    at,
    method: attempt.method,
    path: attempt.path,
    ...(attempt.status === undefined ? {} : { status: attempt.status }),
    durationMs: attempt.durationMs,
    attempt: attempts,
    requestId: context.reference,
    ...errorPart(attempt, told, context),
    ...(call.runId === undefined ? {} : { runId: call.runId }),
    ...(call.projectId === undefined ? {} : { projectId: call.projectId }),
    entity: ask.entity,
  };
}

type ErrorPart = Pick<RequestRecord, 'errorCode' | 'errorMessage' | 'errorBody'>;

function errorPart(
  attempt: HttpAttempt,
  told: HttpAnswer | HttpFault | undefined,
  context: ErrorContext,
): ErrorPart {
  if (attempt.fault !== undefined) return { errorCode: attempt.fault, errorMessage: attempt.error ?? '' };
  if (told === undefined || !isAnswer(told)) return {};
  const fine = told.status >= 200 && told.status <= 299 && told.json.kind !== 'broken';
  if (fine) return {};
  const body = readErrorBody(told.json);
  const words = vendorWords(body, context.redact) ?? (told.json.kind === 'broken' ? told.json.reason : null);
  const text = cut(context.redact(told.text), maxLoggedBody);
  return {
    ...(body.code === null ? {} : { errorCode: cut(context.redact(body.code), 100) }),
    ...(words === null ? {} : { errorMessage: words }),
    ...(text === '' ? {} : { errorBody: text }),
  };
}
