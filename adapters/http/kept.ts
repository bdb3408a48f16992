/** What was asked of a platform a moment ago is not asked again, and nobody waits for it longer than there is time. */
import type { Clock } from '../../src/ports/clock.ts';

/** Entries that are kept at once. */
const keptAtMost = 5_000;

type Entry<T> = { readonly until: number; readonly facts: Promise<T | undefined> };

/** By key, for so many milliseconds; several who ask at once share one answer. */
export function kept<T>(clock: Clock, keepMs: number) {
  const entries = new Map<string, Entry<T>>();
  return (key: string, ask: () => Promise<T | undefined>): Promise<T | undefined> => {
    const now = clock.monotonicMs();
    const entry = entries.get(key);
    if (entry && entry.until > now) return entry.facts;
    if (entries.size >= keptAtMost) entries.clear();
    const facts = ask();
    const mine = { until: now + keepMs, facts };
    entries.set(key, mine);
    const forget = () => {
      if (entries.get(key) === mine) entries.delete(key);
    };
    // Somebody invites the bot and asks again at once: what it could not see is not kept, nor is a failure.
    facts.then((found) => found ?? forget(), forget);
    return facts;
  };
}

/** Undefined where it takes longer than so many milliseconds, or fails. */
export async function inTime<T>(
  clock: Clock,
  withinMs: number,
  ask: (over: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const answered = new AbortController();
  const over = new AbortController();
  const late = clock.sleep(withinMs, answered.signal).then(
    () => over.abort(),
    () => {},
  );
  try {
    const answer = ask(over.signal).catch(() => undefined);
    return await Promise.race([answer, late.then(() => undefined)]);
  } finally {
    answered.abort();
  }
}
