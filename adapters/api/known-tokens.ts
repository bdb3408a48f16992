/** Which tokens were good a moment ago: whoever shows one is judged, whatever strangers do at the same door. */
import { createHash } from 'node:crypto';

export type KnownTokens = { wasGood(token: string): void; has(token: string | undefined): boolean };

/** In milliseconds. One that is revoked meanwhile is looked up like any other. */
const knownForMs = 600_000;
const keptAtMost = 1_000;

export function knownTokens(monotonicMs: () => number): KnownTokens {
  const goodUntil = new Map<string, number>();
  const digest = (token: string): string => createHash('sha256').update(token).digest('base64');
  return {
    wasGood(token) {
      if (goodUntil.size >= keptAtMost) goodUntil.clear();
      goodUntil.set(digest(token), monotonicMs() + knownForMs);
    },
    has: (token) => token !== undefined && (goodUntil.get(digest(token)) ?? 0) > monotonicMs(),
  };
}
