/** So many a second for each key, and a few at once: one that runs wild takes nothing from the others. */
export type RateLimit = { readonly perSecond: number; readonly burst: number };

export type RateLimiter = {
  /** Takes one; the milliseconds to wait where there is none, else 0. */
  take(key: string): number;
  /** The same, and takes none. */
  look(key: string): number;
};

type Bucket = { readonly left: number; readonly filledAtMs: number };

/** Keys that are kept at once: those that were used last. One that is forgotten has its whole allowance again. */
const keptAtMost = 10_000;

export function rateLimiter({ perSecond, burst }: RateLimit, monotonicMs: () => number): RateLimiter {
  const buckets = new Map<string, Bucket>();

  function filled(key: string, nowMs: number): number {
    const { left, filledAtMs } = buckets.get(key) ?? { left: burst, filledAtMs: nowMs };
    return Math.min(burst, left + ((nowMs - filledAtMs) / 1_000) * perSecond);
  }

  const waitMs = (left: number): number => (left >= 1 ? 0 : ((1 - left) / perSecond) * 1_000);

  function keep(key: string, bucket: Bucket): void {
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.size > keptAtMost ? buckets.keys() : [];
    if (oldest !== undefined) buckets.delete(oldest);
  }

  return {
    take(key) {
      const nowMs = monotonicMs();
      const left = filled(key, nowMs);
      keep(key, { left: left >= 1 ? left - 1 : left, filledAtMs: nowMs });
      return waitMs(left);
    },
    look: (key) => waitMs(filled(key, monotonicMs())),
  };
}
