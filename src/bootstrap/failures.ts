import { classifyMongoError } from '../../adapters/mongodb/classify-mongo-error.ts';
import { type Failure, FailureError, failureRules, nextStep } from '../domain/failure.ts';
import type { Ids } from '../ports/ids.ts';

/** Turns whatever was thrown into a record of the failure table; what nobody foresaw gets an id to report. */
export function failureClassifier(ids: Ids): (error: unknown) => Failure {
  return (error) => {
    if (error instanceof FailureError) return error.failure;
    if (classifyMongoError(error)) return { code: 'store.unavailable' };
    return { code: 'internal', reference: ids.next().slice(0, 8) };
  };
}

/** For the terminal, with the next step and the driver's own words; undefined where the database is not to blame. */
export function databaseAwayWords(error: unknown): string | undefined {
  if (!(error instanceof Error) || !classifyMongoError(error)) return undefined;
  const code = 'store.unavailable';
  const { what, side } = failureRules[code];
  return `${what} ${nextStep({ code }, 'terminal')} (${code}, on the side of ${side}: ${error.message})`;
}
