import { FailureError } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { PsaCall } from '../ports/psa.ts';

/** A person waits for the answer: longer than this would be no answer. */
const answerWithinMs = 20_000;

/** Asks ConnectWise on behalf of a person who waits: what takes too long fails as unavailable. */
export function answersInTime(clock: Clock) {
  return async <T>(ask: (call: PsaCall) => Promise<T>): Promise<T> => {
    const late = new AbortController();
    const answered = new AbortController();
    void clock.sleep(answerWithinMs, answered.signal).then(
      () => late.abort(new FailureError({ code: 'cw.unavailable' })),
      () => {},
    );
    try {
      return await ask({ signal: late.signal, priority: 2 });
    } finally {
      answered.abort();
    }
  };
}
