/**
 * The built-in dispatcher: whatever is first in line is always worth a claim, and the stream of changes says when to
 * look before the next poll. It needs nothing but the database.
 */
import type { Dispatcher, Hint } from '../../ports/dispatcher.ts';
import { type WakeDeps, wakeOnChanges } from './wake-on-changes.ts';

const whicheverIsFirst: Hint = { keep() {}, spent() {} };

/** @param pollMs after so long a stream of changes that ended is opened anew */
export function pollingDispatcher(deps: WakeDeps, pollMs: number): Dispatcher {
  return {
    open(ring, shutdown) {
      const stream = wakeOnChanges(deps, { pollMs, shutdown }, ring);
      return { next: () => whicheverIsFirst, rings: stream.isOpen, ended: stream.ended };
    },
  };
}
