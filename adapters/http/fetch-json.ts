/**
 * One HTTP exchange with a JSON service: bounded in time and size, and never surprised by what comes back.
 *
 * Hard cases: a server that never answers or never ends; a gateway that answers HTML where JSON was asked for;
 * a redirect that would carry the credentials to another host; a `Retry-After` as seconds or as a date by a clock
 * that is not ours.
 */

export type HttpRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until the whole answer, body included, must have come. */
  readonly timeoutMs: number;
  /** Longest body accepted, in bytes after decompression. */
  readonly maxBytes: number;
  /** A redirect of a GET to the same origin is followed, unless this is said. */
  readonly redirects?: 'refused';
  /** The caller's own reason to stop; its abort is thrown as it is, never turned into a fault. */
  readonly signal: AbortSignal;
};

export type ParsedJson =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'broken'; readonly reason: string };

export type HttpAnswer = {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: ParsedJson;
  /** From `Retry-After`, milliseconds; null when absent or unreadable. */
  readonly retryAfterMs: number | null;
  /** The server's clock, from `Date`; null when absent or unreadable. */
  readonly date: Date | null;
};

export type FaultKind = 'time-out' | 'network' | 'too-large' | 'redirected';

/** No usable answer came; `status` is there when its head did. */
export type HttpFault = {
  readonly kind: 'fault';
  readonly fault: FaultKind;
  readonly message: string;
  readonly status?: number;
  /** Node's own code of a network fault, e.g. `ENOTFOUND`. */
  readonly code?: string;
};

/** What the hook is told of each exchange, also of each step of a redirect. Texts are redacted. */
export type HttpAttempt = {
  readonly method: string;
  /** Path and query as sent, redacted. */
  readonly path: string;
  readonly status?: number;
  readonly durationMs: number;
  /** Bytes of the body read, after decompression. */
  readonly bytes: number;
  readonly fault?: FaultKind | 'cancelled';
  /** What the fault was, in words. */
  readonly error?: string;
};

export type HttpContext = {
  readonly redact: (text: string) => string;
  /** Milliseconds that only grow. */
  readonly monotonicMs: () => number;
  /** For a `Retry-After` that is a date, where the server does not say its own time. */
  readonly now: () => Date;
  readonly onAttempt?: (attempt: HttpAttempt) => void;
};

type Exchange = {
  result: HttpAnswer | HttpFault | { kind: 'redirect'; status: number; to: URL };
  bytes: number;
};

const maxRedirects = 3;

/**
 * @throws the reason of the caller's signal, and nothing else: every other ending is a value
 */
export async function fetchJson(request: HttpRequest, context: HttpContext): Promise<HttpAnswer | HttpFault> {
  request.signal.throwIfAborted();
  let url = request.url;
  for (let hop = 0; ; hop++) {
    const { result } = await observed({ ...request, url }, context);
    if (result.kind !== 'redirect') return result;
    const asked = request.redirects !== 'refused' && request.method === 'GET';
    const allowed = asked && hop < maxRedirects && result.to.origin === request.url.origin;
    if (!allowed) {
      return {
        kind: 'fault',
        fault: 'redirected',
        message: `redirected to ${context.redact(result.to.origin)}, which is not followed`,
      };
    }
    url = result.to;
  }
}

/** One exchange, told to the hook whether it answered, failed or was given up. */
async function observed(request: HttpRequest, context: HttpContext): Promise<Exchange> {
  const startedMs = context.monotonicMs();
  const tell = (rest: Partial<HttpAttempt>): void =>
    context.onAttempt?.({
      method: request.method,
      path: context.redact(request.url.pathname + request.url.search),
      durationMs: Math.round(context.monotonicMs() - startedMs),
      bytes: 0,
      ...rest,
    });
  try {
    const exchange = await withDeadline(request, (signal) => exchangeOnce(request, signal, context.now));
    tell(outcome(exchange, context));
    return exchange;
  } catch (error) {
    if (request.signal.aborted) tell({ fault: 'cancelled', error: 'given up by cwsync' });
    throw error;
  }
}

function outcome({ result, bytes }: Exchange, context: HttpContext): Partial<HttpAttempt> {
  if (result.kind === 'answer') return { status: result.status, bytes };
  if (result.kind === 'redirect')
    return { status: result.status, bytes, fault: 'redirected', error: 'redirected' };
  const status = result.status === undefined ? {} : { status: result.status };
  return { ...status, bytes, fault: result.fault, error: context.redact(result.message) };
}

/**
 * A timer of our own, held strongly until the exchange ends: one from `AbortSignal.timeout` may be collected
 * together with the combined signal and then never fires.
 */
async function withDeadline(
  request: HttpRequest,
  run: (signal: AbortSignal) => Promise<Exchange>,
): Promise<Exchange> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), request.timeoutMs);
  try {
    return await run(AbortSignal.any([request.signal, deadline.signal]));
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    const fault = deadline.signal.aborted
      ? { fault: 'time-out' as const, message: `no whole answer within ${request.timeoutMs} ms` }
      : { fault: 'network' as const, message: networkMessage(error), ...codeOf(error) };
    return { result: { kind: 'fault', ...fault }, bytes: 0 };
  } finally {
    clearTimeout(timer);
  }
}

async function exchangeOnce(request: HttpRequest, signal: AbortSignal, now: () => Date): Promise<Exchange> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    redirect: 'manual',
    signal,
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  const to = redirectTarget(response, request.url);
  if (to !== null) {
    await response.body?.cancel();
    return { result: { kind: 'redirect', status: response.status, to }, bytes: 0 };
  }
  const { text, bytes } = await readBounded(response, request.maxBytes);
  if (text === null) {
    const message = `the answer is longer than ${request.maxBytes} bytes`;
    return { result: { kind: 'fault', fault: 'too-large', message, status: response.status }, bytes };
  }
  const date = parseHttpDate(response.headers.get('date'));
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), date ?? now());
  const { status, headers } = response;
  return {
    result: { kind: 'answer', status, headers, text, json: parseJson(text), retryAfterMs, date },
    bytes,
  };
}

function redirectTarget(response: Response, from: URL): URL | null {
  const location = response.headers.get('location');
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return null;
  return URL.parse(location, from.href);
}

async function readBounded(
  response: Response,
  maxBytes: number,
): Promise<{ text: string | null; bytes: number }> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body, so the rest is never downloaded.
    if (bytes > maxBytes) return { text: null, bytes };
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), bytes };
}

export function parseJson(text: string): ParsedJson {
  if (text.trim() === '') return { kind: 'empty' };
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    // The parser's own words quote the text, which may be anything; its first character says enough.
    return {
      kind: 'broken',
      reason: text.trimStart().startsWith('<') ? 'HTML instead of JSON' : 'not JSON',
    };
  }
}

/**
 * @param header the value of `Retry-After`: seconds, or an HTTP date
 * @param now the server's clock where it is known, else ours
 * @returns milliseconds, never negative; null when absent or unreadable
 */
export function parseRetryAfter(header: string | null, now: Date): number | null {
  if (header === null) return null;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Math.ceil(Number(header) * 1000);
  const until = parseHttpDate(header);
  return until === null ? null : Math.max(0, until.getTime() - now.getTime());
}

/** `Date.parse` takes almost any text for a date, so the form is checked first: `Wed, 21 Oct 2015 07:28:00 GMT`. */
export function parseHttpDate(header: string | null): Date | null {
  if (
    header === null ||
    !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header.trim())
  ) {
    return null;
  }
  const time = Date.parse(header);
  return Number.isNaN(time) ? null : new Date(time);
}

function codeOf(error: unknown): { readonly code?: string } {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? { code: cause.code }
    : {};
}

/** `fetch` says only "fetch failed"; what happened stands in its cause. */
function networkMessage(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown network error';
  const cause = error.cause;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code} ` : '';
  return `${code}${cause.message}`;
}
