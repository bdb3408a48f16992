/** What can be read from ConnectWise: the name of a kind in logs and failures, how it is read, and its fields. */

import type { z } from 'zod';
import { fieldsOf, phaseSchema, projectSchema, ticketSchema } from './schemas.ts';

export type Kind<T> = {
  /** As in the request log and in failures, e.g. `ticket`. */
  readonly entity: string;
  readonly read: (record: unknown) => z.ZodSafeParseResult<T>;
  /** The value of the `fields` parameter. */
  readonly fields: string;
};

export function kind<S extends z.ZodObject>(entity: string, schema: S): Kind<z.output<S>> {
  return { entity, read: (record) => schema.safeParse(record), fields: fieldsOf(schema) };
}

export const projectKind = kind('project', projectSchema);
export const phaseKind = kind('phase', phaseSchema);
export const ticketKind = kind('ticket', ticketSchema);
