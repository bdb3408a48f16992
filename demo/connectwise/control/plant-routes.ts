import { z } from 'zod';
import { recordId } from '../world/changes.ts';
import type { ControlRoute } from './route.ts';

const plantSchema = z.strictObject({
  store: z.enum([
    'projects',
    'phases',
    'tickets',
    'scheduleEntries',
    'timeEntries',
    'projectNotes',
    'ticketNotes',
    'teamMembers',
  ]),
  id: recordId,
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Data that no rule of today would let in: it blocks later writes of the same record. */
export const plantRoutes: readonly ControlRoute[] = [
  {
    method: 'POST',
    path: /^\/plant$/,
    run: ({ world }, { body }) => {
      const { store, id, fields } = plantSchema.parse(body);
      return world.plant(store, id, fields);
    },
  },
];
