import { z } from 'zod';
import type { ControlRoute } from '../control/route.ts';
import { knobsSchema } from './knobs.ts';

const rotationSchema = z.strictObject({ sameAddress: z.boolean().default(false) });

/** Who is called, what became of each call, and what goes wrong on the way. */
export const callbackRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: /^\/callbacks$/,
    run: ({ callbacks }) => ({
      entries: callbacks.entries.rows(),
      knobs: callbacks.knobs.shown(),
      keyUrl: callbacks.keyUrl(),
    }),
  },
  { method: 'GET', path: /^\/callbacks\/deliveries$/, run: ({ callbacks }) => callbacks.deliveries() },
  {
    method: 'PUT',
    path: /^\/callbacks\/knobs$/,
    run: ({ callbacks }, { body }) => {
      callbacks.knobs.set(knobsSchema.parse(body));
      return callbacks.knobs.shown();
    },
  },
  {
    method: 'POST',
    path: /^\/callbacks\/rotate-key$/,
    run: ({ callbacks }, { body }) => {
      callbacks.keys.rotate(rotationSchema.parse(body).sameAddress);
      return { keyUrl: callbacks.keyUrl() };
    },
  },
];
