/**
 * Whether Teams can be told anything. It calls us by HTTP and says nothing until it does, so that only the other way
 * can be known: by the last call that was made there, and where none was made of late by a token, without which none
 * could be.
 */
import type { Clock } from '../../src/ports/clock.ts';
import type { ChatIdentityCheck } from '../../src/ports/health-checks.ts';
import { refusalOf } from './errors.ts';

export type Reach = {
  /** Makes a call that is to be known of. */
  watch<T>(call: () => Promise<T>): Promise<T>;
  /** Never rejects. */
  reachable(): Promise<boolean>;
};

/** For so long what was seen counts, in milliseconds. */
export const seenForMs = 60_000;

/** @param check whether Microsoft gives us a token */
export function teamsReach(clock: Clock, check: ChatIdentityCheck): Reach {
  let seen: { readonly works: boolean; readonly until: number } | undefined;
  let asking: Promise<boolean> | undefined;

  function saw(works: boolean): boolean {
    seen = { works, until: clock.monotonicMs() + seenForMs };
    return works;
  }

  async function ask(): Promise<boolean> {
    try {
      const { result } = await check.identity();
      return saw(result === 'accepted');
    } catch {
      return saw(false);
    } finally {
      asking = undefined;
    }
  }

  return {
    async watch(call) {
      try {
        const answer = await call();
        saw(true);
        return answer;
      } catch (error) {
        saw(answers(error));
        throw error;
      }
    },
    async reachable() {
      if (seen && seen.until > clock.monotonicMs()) return seen.works;
      asking ??= ask();
      return await asking;
    },
  };
}

/** A chat that is gone, or a message that is refused, is an answer of Teams all the same. */
function answers(error: unknown): boolean {
  const { status, token } = refusalOf(error);
  return !token && status !== undefined && status !== 401 && status < 500;
}
