/** Runs checks side by side, each within its time, and makes an answer of whatever happens. */
import { type Failure, failureRules, nextStep } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HealthCheck, HealthResult } from '../../ports/health-checks.ts';

export type Checked = HealthResult & { readonly name: string };

/** Runs every check of the product. */
export type Doctor = () => Promise<readonly Checked[]>;

export type RunChecksDeps = {
  readonly clock: Clock;
  readonly toFailure: (error: unknown) => Failure;
  /** What to do about what a check threw; where absent, the words for chat. */
  readonly nextOf?: (failure: Failure) => string;
};

/** In milliseconds: a person waits for the answer. */
export const checkWithinMs = 20_000;

/** Never rejects; in the order of the checks. */
export async function runChecks(
  checks: readonly HealthCheck[],
  deps: RunChecksDeps,
): Promise<readonly Checked[]> {
  return await Promise.all(
    checks.map(async (check) => ({ name: check.name, ...(await inTime(check, deps)) })),
  );
}

async function inTime(
  check: HealthCheck,
  { clock, toFailure, nextOf = inChat }: RunChecksDeps,
): Promise<HealthResult> {
  const late = new AbortController();
  const answered = new AbortController();
  const timeUp = clock.sleep(checkWithinMs, answered.signal).then(
    () => {
      late.abort(new Error('the check took too long'));
      return tooLate;
    },
    () => tooLate,
  );
  try {
    return await Promise.race([check.run(late.signal), timeUp]);
  } catch (error) {
    return failed(toFailure(error), nextOf);
  } finally {
    answered.abort();
  }
}

const tooLate: HealthResult = {
  ok: 'fail',
  words: `No answer within ${checkWithinMs / 1_000} s.`,
  next: 'Look whether it can be reached from this machine, then check again.',
};

/** Words of the failure table, never those of whatever was thrown: a driver's may hold an address. */
function failed(failure: Failure, nextOf: (failure: Failure) => string): HealthResult {
  return { ok: 'fail', words: failure.message ?? failureRules[failure.code].what, next: nextOf(failure) };
}

const inChat = (failure: Failure): string => nextStep(failure, 'chat');

/** Whether one of them failed. */
export const anyFailed = (checked: readonly Checked[]): boolean => checked.some(({ ok }) => ok === 'fail');
