import type { Db } from 'mongodb';
import type { Clock } from '../../src/ports/clock.ts';
import type { Expression } from './sync-task-expressions.ts';

/** How far past the expected server time an index is scanned; `$expr` with the real time decides. */
const scanMarginMs = 5_000;

export type ServerTime = {
  /** Takes note of a time that an answer brought. */
  learn(time: Date): Date;
  /** Asks the server. */
  refresh(): Promise<Date>;
  /** A filter for what is due by the server's clock: `field <= now - agoMs`, with bounds that an index can use. */
  due<F extends string>(
    field: F,
    agoMs?: number,
  ): Promise<{ readonly [field in F]: { readonly $lte: Date } } & { readonly $expr: Expression }>;
};

/** The server's clock as last learned plus the monotonic time since: a step of this host's clock is no matter. */
export function serverTimeKeeper(db: Db, now: Expression, clock: Clock): ServerTime {
  let learned: { at: number; monotonicMs: number } | undefined;

  function learn(time: Date): Date {
    learned = { at: time.getTime(), monotonicMs: clock.monotonicMs() };
    return time;
  }

  async function refresh(): Promise<Date> {
    const [row] = await db.aggregate<{ now: Date }>([{ $documents: [{ now }] }]).toArray();
    if (!row) throw new Error('the database did not tell its time');
    return learn(row.now);
  }

  async function expected(): Promise<number> {
    if (!learned) return (await refresh()).getTime();
    return learned.at + clock.monotonicMs() - learned.monotonicMs;
  }

  async function due<F extends string>(field: F, agoMs = 0) {
    const bound = { $lte: new Date((await expected()) + scanMarginMs - agoMs) };
    return {
      ...({ [field]: bound } as { [field in F]: { $lte: Date } }),
      $expr: { $lte: [`$${field}`, { $subtract: [now, agoMs] }] } satisfies Expression,
    };
  }

  return { learn, refresh, due };
}
