import { z } from 'zod';
import { lifeSettingsSchema } from '../life/life.ts';
import type { ControlRoute } from './route.ts';

const lifeSchema = lifeSettingsSchema.partial().extend({ on: z.boolean() });

/** Whether people work in the tenant by themselves. */
export const lifeRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/life$/, run: ({ life }) => life.state() },
  {
    method: 'PUT',
    path: /^\/life$/,
    run: ({ life }, { body }) => {
      const { on, ...settings } = lifeSchema.parse(body);
      if (on) life.turnOn(settings);
      else life.turnOff();
      return life.state();
    },
  },
];
