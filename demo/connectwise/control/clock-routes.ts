import { z } from 'zod';
import { Refusal } from '../world/refusal.ts';
import type { ControlRoute } from './route.ts';
import type { SimulatorState } from './simulator-state.ts';

/** Ten years: a number beyond that is a mistake, such as microseconds. */
const FARTHEST_MS = 315_360_000_000;

const moveSchema = z.union([
  z.strictObject({ now: z.iso.datetime({ offset: true }) }),
  z.strictObject({ advanceMs: z.int().min(0).max(FARTHEST_MS) }),
]);

function shown({ world, virtualClock }: SimulatorState) {
  return { now: world.clock().toISOString(), virtual: virtualClock !== null };
}

/** What the time is, and, for a clock that was started as a virtual one, moving it. */
export const clockRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/clock$/, run: shown },
  {
    method: 'PUT',
    path: /^\/clock$/,
    run: (state, { body }) => {
      const move = moveSchema.parse(body);
      if (!state.virtualClock) {
        throw new Refusal('invalid', 'this clock cannot be moved: start with --virtual-clock');
      }
      if ('now' in move) state.virtualClock.set(new Date(move.now));
      else state.virtualClock.advance(move.advanceMs);
      return shown(state);
    },
  },
];
