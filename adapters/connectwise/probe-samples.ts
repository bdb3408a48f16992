/** The records that the probe looks at: a sample of the newest of each kind, in the fields that matter. */
import { isIn } from './conditions.ts';
import { ticketsField } from './places.ts';
import type { Look } from './probe-look.ts';

/** Newest first, as many as one look takes. */
const sampleSize = 200;
/** Ids that fit into an address whatever stands beside them. */
const idsAtMost = 60;

const newest = { pageSize: sampleSize, orderBy: 'id desc' } as const;
/** When a record was changed last. */
export const stamp = '_info/lastUpdated';

export const projects = (look: Look) =>
  look('/project/projects', { ...newest, fields: `id,percentComplete,closedFlag,customFields,${stamp}` });
export const tickets = (look: Look) =>
  look('/project/tickets', {
    ...newest,
    fields: `id,project/id,duration,budgetHours,estimatedStartDate,requiredDate,customFields,${stamp}`,
  });
export const scheduleEntries = (look: Look, ticketIds: readonly number[]) =>
  look('/schedule/entries', {
    conditions: isIn(ticketsField, ticketIds.slice(0, idsAtMost)).text,
    fields: `id,objectId,type/id,type/identifier,${stamp}`,
    pageSize: sampleSize,
  });
export const timeEntries = (look: Look) =>
  look('/time/entries', {
    ...newest,
    fields: `id,chargeToId,chargeToType,ticket/id,project/id,${stamp}`,
  });
