/** What Teams' refusals mean for a delivery, by what they touch. */
import type { Delivered } from '../../src/ports/chat.ts';

export type Refusal = {
  readonly reason: string;
  /** Of HTTP; absent where no answer came, or none of Teams. */
  readonly status?: number;
  /** The directory of the tenant did not give us a token. */
  readonly token?: boolean;
  readonly retryAfterMs?: number;
};

export function refusalOf(error: unknown): Refusal {
  const { statusCode, code, errorCode, message, retryAfterMs } = error as {
    readonly statusCode?: number;
    readonly code?: string;
    readonly errorCode?: string;
    readonly message?: string;
    readonly retryAfterMs?: number;
  };
  if (errorCode !== undefined) return { reason: errorCode, token: true };
  if (statusCode === undefined) return { reason: String(code ?? message ?? 'unknown').slice(0, 200) };
  // Its message may be a whole page.
  const reason = String(code ?? `Teams answered ${statusCode}`);
  return { reason, status: statusCode, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Where Teams asks for a pause and names none, in milliseconds. */
const pauseMs = 5_000;

/** @param about what is gone where it is not found */
export function notDelivered(error: unknown, about: 'message' | 'channel'): Delivered {
  const { reason, status, token, retryAfterMs = pauseMs } = refusalOf(error);
  if (token || status === 401) return { result: 'gone', reason, touches: 'platform' };
  if (status === 404) return { result: 'gone', reason, touches: about };
  if (status === 403) return { result: 'gone', reason, touches: 'channel' };
  if (status === 429) return { result: 'failed', reason, retryAfterMs };
  if (status !== undefined && status >= 400 && status < 500) return { result: 'gone', reason };
  return { result: 'failed', reason };
}
