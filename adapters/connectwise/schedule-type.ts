/**
 * The type that a schedule entry on a project ticket must name. Its id is the tenant's own, so it is looked up by its
 * letter, once; a look-up that failed is made again with the next entry.
 */

import { FailureError } from '../../src/domain/failure.ts';
import type { PsaCall } from '../../src/ports/psa.ts';
import type { ConnectWiseClient } from './client.ts';
import { projectTicketScheduleType } from './inferred.ts';
import { kind } from './kinds.ts';
import { scheduleTypeSchema } from './schemas.ts';

const scheduleTypeKind = kind('scheduleType', scheduleTypeSchema, (data) => data);
const path = '/schedule/types';

/** @returns what gives the id; it throws `cw.rejected` where ConnectWise has no such type */
export function scheduleTypeFinder(client: ConnectWiseClient): (call: PsaCall) => Promise<number> {
  let found: number | undefined;
  return async (call) => {
    found ??= await lookUp(client, call);
    return found;
  };
}

async function lookUp(client: ConnectWiseClient, call: PsaCall): Promise<number> {
  for await (const { items } of client.pages(scheduleTypeKind, { path }, call)) {
    const type = items.find(({ identifier }) => identifier?.toUpperCase() === projectTicketScheduleType);
    if (type !== undefined) return type.id;
  }
  const message = `ConnectWise has no schedule type "${projectTicketScheduleType}", which entries on project tickets need.`;
  throw new FailureError({ code: 'cw.rejected', message, entity: 'scheduleEntry', field: 'type' });
}
