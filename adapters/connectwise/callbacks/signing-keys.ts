/**
 * The keys that callbacks are signed with, fetched from the address in the callback and kept for a while.
 *
 * Hard cases: a key that is changed under the same address, so that a right signature looks wrong until it is fetched
 * anew; and forged callbacks, which look just the same and must not make cwsync ask ConnectWise again for each of
 * them; a flood that begins before any key is there, for which one request is enough.
 */
import { z } from 'zod';
import type { Clock } from '../../../src/ports/clock.ts';
import type { HttpAnswer, HttpFault } from '../../http/fetch-json.ts';
import { isSignedWith } from './signature.ts';

export type Verdict =
  | 'right'
  | 'wrong'
  /** The key could not be had now: the sender may come again. */
  | 'cannot-tell';

export type SigningKeys = {
  verify(keyUrl: URL, body: Buffer, signature: string): Promise<Verdict>;
};

/** All in milliseconds. */
export const keyTimings = {
  /** A key is taken for good so long. */
  keptMs: 600_000,
  /** A key that does not fit is fetched anew no sooner than so long after it was fetched. */
  againMs: 30_000,
  /** An address that gave no key is not asked again for so long. */
  refusedMs: 30_000,
} as const;
/** Requests for keys in any minute, whatever comes in. */
export const fetchesPerMinute = 20;

const minuteMs = 60_000;
const mostAddresses = 50;

type Known = { readonly key: string | undefined; readonly atMs: number };
type Fetched = Known | 'unreachable' | 'too-many';

const keySchema = z.object({ signing_key: z.string().min(1).max(1_000) });

/** @param fetchKey without keys or other credentials of ours, following no redirect */
export function signingKeys(
  fetchKey: (url: URL) => Promise<HttpAnswer | HttpFault>,
  clock: Pick<Clock, 'monotonicMs'>,
): SigningKeys {
  const known = new Map<string, Known>();
  const underWay = new Map<string, Promise<Fetched>>();
  let fetchedAt: readonly number[] = [];

  function kept(address: string): Known | undefined {
    const one = known.get(address);
    if (one === undefined) return undefined;
    const forMs = one.key === undefined ? keyTimings.refusedMs : keyTimings.keptMs;
    return clock.monotonicMs() - one.atMs < forMs ? one : undefined;
  }

  function keep(address: string, one: Known): void {
    known.delete(address);
    known.set(address, one);
    if (known.size <= mostAddresses) return;
    // Addresses that gave none first: those that anybody can make up.
    const useless = [...known].find(([, { key }]) => key === undefined) ?? [...known][0];
    if (useless) known.delete(useless[0]);
  }

  async function fetchOnce(url: URL): Promise<Fetched> {
    const now = clock.monotonicMs();
    fetchedAt = fetchedAt.filter((at) => now - at < minuteMs);
    if (fetchedAt.length >= fetchesPerMinute) return 'too-many';
    fetchedAt = [...fetchedAt, now];
    const answer = await fetchKey(url);
    if (answer.kind === 'fault' ? answer.fault !== 'redirected' : answer.status >= 500) return 'unreachable';
    const one = { key: keyIn(answer), atMs: clock.monotonicMs() };
    keep(url.href, one);
    return one;
  }

  function fetched(url: URL): Promise<Fetched> {
    const before = underWay.get(url.href);
    if (before !== undefined) return before;
    const fetching = fetchOnce(url).finally(() => underWay.delete(url.href));
    underWay.set(url.href, fetching);
    return fetching;
  }

  return {
    async verify(keyUrl, body, signature) {
      const fits = (one: Known): boolean => one.key !== undefined && isSignedWith(one.key, body, signature);
      const before = kept(keyUrl.href);
      if (before && fits(before)) return 'right';
      if (before && clock.monotonicMs() - before.atMs < keyTimings.againMs) return 'wrong';
      const now = await fetched(keyUrl);
      if (now === 'unreachable' || now === 'too-many') return before ? 'wrong' : 'cannot-tell';
      return fits(now) ? 'right' : 'wrong';
    },
  };
}

/** Served as text, with JSON in it. */
function keyIn(answer: HttpAnswer | HttpFault): string | undefined {
  if (answer.kind === 'fault' || answer.status !== 200 || answer.json.kind !== 'json') return undefined;
  const read = keySchema.safeParse(answer.json.value);
  return read.success ? read.data.signing_key : undefined;
}
