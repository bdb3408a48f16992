import { followSchedule, isOnTicket, toHundredths } from './derived.ts';
import {
  type NewScheduleEntry,
  newScheduleEntrySchema,
  type ScheduleEntryChanges,
  type ScheduleEntryChangesRead,
  scheduleEntryChangesSchema,
} from './entry-changes.ts';
import type { ProjectTicket, Reference, ScheduleEntry, ServiceTicket } from './records.ts';
import { Refusal } from './refusal.ts';
import { SERVICE_LOCATIONS } from './setup-tables.ts';
import { chooseByName, type WorldCore } from './world-core.ts';

const HOUR_MS = 3_600_000;
/** Identifier of the type of entries on service tickets in stock data. */
const SERVICE_TYPE = 'S';

/** A ticket of either kind: they share one id space. */
export function anyTicket(world: WorldCore, id: number): ProjectTicket | ServiceTicket {
  return world.stores.tickets.get(id) ?? world.stores.serviceTickets.get(id) ?? world.require('tickets', id);
}

/** The schedule type of that identifier. Throws a `Refusal` when there is none. */
export function scheduleType(world: WorldCore, identifier: string): Reference {
  const found = world.stores.scheduleTypes.rows().find((type) => type.identifier === identifier);
  if (!found) throw new Refusal('invalid', `there is no schedule type ${JSON.stringify(identifier)}`);
  return world.references.to('scheduleTypes', found);
}

/** Identifier of the type that entries on the ticket have. */
export function scheduleTypeOf(world: WorldCore, ticketId: number): string {
  return world.stores.tickets.get(ticketId) ? world.rules.projectTicketScheduleType : SERVICE_TYPE;
}

/** What follows from the ticket that an entry stands on. */
function onTicket(world: WorldCore, id: number): Pick<ScheduleEntry, 'objectId' | 'type' | 'name'> {
  const ticket = anyTicket(world, id);
  return { objectId: id, type: scheduleType(world, scheduleTypeOf(world, id)), name: ticket.summary };
}

function chosenStatus(world: WorldCore, wanted: string | number): Reference {
  const rows = world.stores.scheduleStatuses.rows();
  return world.references.to('scheduleStatuses', chooseByName(rows, wanted, 'schedule status'));
}

function hoursFor(
  entry: ScheduleEntry,
  { hours, dateStart, dateEnd }: ScheduleEntryChangesRead,
): number | null {
  if (hours !== undefined) return hours;
  if (dateStart === undefined && dateEnd === undefined) return entry.hours;
  if (entry.dateStart === null || entry.dateEnd === null) return null;
  return toHundredths((Date.parse(entry.dateEnd) - Date.parse(entry.dateStart)) / HOUR_MS);
}

function entryWith(world: WorldCore, entry: ScheduleEntry, changes: ScheduleEntryChangesRead): ScheduleEntry {
  const { objectId, member, where, dateStart, dateEnd, status, doneFlag, acknowledgedFlag } = changes;
  const next: ScheduleEntry = { ...entry };
  if (objectId !== undefined) Object.assign(next, onTicket(world, objectId));
  if (member !== undefined) next.member = world.references.to('members', world.person(member));
  if (where !== undefined) {
    next.where = where === null ? null : { ...chooseByName(SERVICE_LOCATIONS, where, 'location') };
  }
  if (dateStart !== undefined) next.dateStart = dateStart;
  if (dateEnd !== undefined) next.dateEnd = dateEnd;
  if (status !== undefined) next.status = chosenStatus(world, status);
  if (doneFlag !== undefined) next.doneFlag = doneFlag;
  if (acknowledgedFlag !== undefined) next.acknowledgedFlag = acknowledgedFlag;
  if ((next.dateStart ?? '') > (next.dateEnd ?? '\uffff')) {
    throw new Refusal('invalid', 'the entry ends before it starts');
  }
  return { ...next, hours: hoursFor(next, changes) };
}

export function addScheduleEntry(world: WorldCore, person: string, entry: NewScheduleEntry): ScheduleEntry {
  const by = world.person(person).identifier;
  const input = newScheduleEntrySchema.parse(entry);
  const standard = world.stores.scheduleStatuses.rows().find((status) => status.defaultFlag);
  const blank: ScheduleEntry = {
    id: world.counters.scheduleEntries + 1,
    ...onTicket(world, input.objectId),
    member: world.references.to('members', world.person(by)),
    where: null,
    dateStart: null,
    dateEnd: null,
    hours: null,
    status: chosenStatus(world, standard?.id ?? 0),
    doneFlag: false,
    acknowledgedFlag: false,
    _info: world.newInfo(by),
  };
  const made = world.added('scheduleEntries', entryWith(world, blank, input), by);
  followSchedule(world, made.objectId, by);
  return made;
}

export function editScheduleEntry(
  world: WorldCore,
  person: string,
  id: number,
  changes: ScheduleEntryChanges,
): ScheduleEntry {
  const by = world.person(person).identifier;
  const before = world.require('scheduleEntries', id);
  const changed = entryWith(world, before, scheduleEntryChangesSchema.parse(changes));
  const after = world.updated('scheduleEntries', { ...changed, _info: world.stamped(before._info, by) }, by);
  if (isOnTicket(before) && before.objectId !== after.objectId) followSchedule(world, before.objectId, by);
  if (isOnTicket(after)) followSchedule(world, after.objectId, by);
  return after;
}

export function deleteScheduleEntry(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const entry = world.require('scheduleEntries', id);
  world.deleted('scheduleEntries', id, by);
  if (isOnTicket(entry)) followSchedule(world, entry.objectId, by);
}

/** Gives the entries on project tickets another type: what the tenant calls it is only inferred. */
export function retypeProjectEntries(world: WorldCore, identifier: string): void {
  const type = scheduleType(world, identifier);
  for (const entry of world.stores.scheduleEntries.rows()) {
    if (isOnTicket(entry) && world.stores.tickets.get(entry.objectId)) {
      world.stores.scheduleEntries.put({ ...entry, type });
    }
  }
}
