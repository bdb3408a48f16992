/**
 * What set-up knows of ConnectWise, kept for a minute in this process.
 *
 * A form is answered within two seconds and a question to ConnectWise may take longer: then the form says so, the
 * question goes on, and the next press of the button finds its answer here. Another process only asks again.
 */
import { type Failure, FailureError } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { AccessInfo, BoardSeen, ImportSize, PsaAccess, ReadRight } from '../ports/psa-access.ts';

export type Connection =
  | { readonly reached: true; readonly info: AccessInfo; readonly rights: readonly ReadRight[] }
  | { readonly reached: false; readonly failure: Failure };

/** What was found, or why it was not. */
export type Found<T> =
  | { readonly found: true; readonly value: T }
  | { readonly found: false; readonly failure: Failure };

export type SetupFacts = {
  /** Requests a second that the integration allows itself: by them a cost is told in time. */
  readonly perSecond: number;
  /** None of them rejects. */
  connection(): Promise<Connection>;
  boards(): Promise<Found<readonly BoardSeen[]>>;
  size(boards: readonly number[]): Promise<Found<ImportSize>>;
  /** The next question is asked anew. */
  forget(): void;
};

export type SetupFactsDeps = {
  readonly perSecond: number;
  readonly access: PsaAccess;
  readonly clock: Clock;
  readonly toFailure: (error: unknown) => Failure;
};

const keptMs = 60_000;
/** A person waits: longer than this would be no answer. */
const answerWithinMs = 20_000;

type Kept = { readonly answer: Promise<unknown>; readonly untilMs: number };

export function setupFacts({ perSecond, access, clock, toFailure }: SetupFactsDeps): SetupFacts {
  const kept = new Map<string, Kept>();

  async function inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const answered = new AbortController();
    void clock.sleep(answerWithinMs, answered.signal).then(
      () => late.abort(new FailureError({ code: 'cw.unavailable' })),
      () => {},
    );
    try {
      return await ask(late.signal);
    } finally {
      answered.abort();
    }
  }

  function ask<T>(key: string, question: (signal: AbortSignal) => Promise<T>): Promise<Found<T>> {
    const known = kept.get(key);
    if (known && known.untilMs > clock.monotonicMs()) return known.answer as Promise<Found<T>>;
    const answer: Promise<Found<T>> = inTime(question).then(
      (value) => ({ found: true, value }),
      // Kept as well: who pressed too early finds it with the next press.
      (error: unknown) => ({ found: false, failure: toFailure(error) }),
    );
    kept.set(key, { answer, untilMs: clock.monotonicMs() + keptMs });
    return answer;
  }

  return {
    perSecond,
    async connection() {
      const found = await ask('connection', async (signal) => {
        // First the cheap one: refused keys are refused once, not once for every kind.
        const info = await access.info(signal);
        return { info, rights: await access.rights(signal) };
      });
      return found.found ? { reached: true, ...found.value } : { reached: false, failure: found.failure };
    },
    boards: () => ask('boards', (signal) => access.boards(signal)),
    size: (boards) =>
      ask(`size ${boards.toSorted((a, b) => a - b).join()}`, (signal) => access.openProjects(boards, signal)),
    forget: () => kept.clear(),
  };
}

/** Undefined where it takes longer than there is. */
export async function soon<T>(clock: Clock, answer: Promise<T>, withinMs: number): Promise<T | undefined> {
  const over = new AbortController();
  const late = clock.sleep(withinMs, over.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}
