/** So many requests a second for each token, and a few at once: a program that runs wild slows nobody else down. */
export type RateLimit = { readonly perSecond: number; readonly burst: number };

type Bucket = { left: number; filledAtMs: number };

/** @returns takes one; the milliseconds to wait where there is none, else 0 */
export function rateLimiter(
  { perSecond, burst }: RateLimit,
  monotonicMs: () => number,
): (key: string) => number {
  const buckets = new Map<string, Bucket>();
  return (key) => {
    const nowMs = monotonicMs();
    const { left, filledAtMs } = buckets.get(key) ?? { left: burst, filledAtMs: nowMs };
    const filled = Math.min(burst, left + ((nowMs - filledAtMs) / 1_000) * perSecond);
    const taken = filled >= 1;
    buckets.set(key, { left: taken ? filled - 1 : filled, filledAtMs: nowMs });
    return taken ? 0 : ((1 - filled) / perSecond) * 1_000;
  };
}
