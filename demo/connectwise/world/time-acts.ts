import { followTime, toHundredths } from './derived.ts';
import {
  type NewTimeEntry,
  newTimeEntrySchema,
  type TimeEntryChanges,
  type TimeEntryChangesRead,
  timeEntryChangesSchema,
} from './entry-changes.ts';
import type { Reference, TimeEntry } from './records.ts';
import { Refusal } from './refusal.ts';
import { anyTicket } from './schedule-acts.ts';
import { chooseByName, type WorldCore } from './world-core.ts';

const HOUR_MS = 3_600_000;

type Charge = Pick<TimeEntry, 'chargeToId' | 'chargeToType' | 'ticket' | 'project' | 'phase'>;

/** What follows from the ticket that the time is for. */
function chargeTo(world: WorldCore, id: number): Charge {
  const ticket = world.references.to('tickets', anyTicket(world, id));
  const own = world.stores.tickets.get(id);
  return {
    chargeToId: id,
    chargeToType: own ? 'ProjectTicket' : 'ServiceTicket',
    ticket,
    project: own?.project ?? null,
    phase: own?.phase ?? null,
  };
}

function chosenType(world: WorldCore, wanted: string | number): Reference {
  const rows = world.stores.workTypes.rows().filter((type) => !type.inactiveFlag);
  return world.references.to('workTypes', chooseByName(rows, wanted, 'work type'));
}

function chosenRole(world: WorldCore, wanted: string | number): Reference {
  const rows = world.stores.workRoles.rows().filter((role) => !role.inactiveFlag);
  return world.references.to('workRoles', chooseByName(rows, wanted, 'work role'));
}

function hoursFor(entry: TimeEntry, changes: TimeEntryChangesRead): number {
  if (changes.actualHours !== undefined) return changes.actualHours;
  const { timeStart, timeEnd, hoursDeduct } = changes;
  if (timeStart === undefined && timeEnd === undefined && hoursDeduct === undefined) return entry.actualHours;
  if (entry.timeEnd === null) return entry.actualHours;
  const length = (Date.parse(entry.timeEnd) - Date.parse(entry.timeStart)) / HOUR_MS;
  return Math.max(0, toHundredths(length - (entry.hoursDeduct ?? 0)));
}

function entryWith(world: WorldCore, entry: TimeEntry, changes: TimeEntryChangesRead): TimeEntry {
  const { chargeToId, member, workType, workRole, actualHours: _hours, ...plain } = changes;
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  const next: TimeEntry = { ...entry, ...given };
  if (chargeToId !== undefined) Object.assign(next, chargeTo(world, chargeToId));
  if (member !== undefined) next.member = world.references.to('members', world.person(member));
  if (workType !== undefined) next.workType = chosenType(world, workType);
  if (workRole !== undefined) next.workRole = chosenRole(world, workRole);
  if (next.timeEnd !== null && next.timeEnd < next.timeStart) {
    throw new Refusal('invalid', 'the time ends before it starts');
  }
  return { ...next, actualHours: hoursFor(next, changes) };
}

export function addTimeEntry(world: WorldCore, person: string, entry: NewTimeEntry): TimeEntry {
  const by = world.person(person).identifier;
  const input = newTimeEntrySchema.parse(entry);
  const { stores } = world;
  const standard = stores.workTypes.rows().find((type) => type.overallDefaultFlag && !type.inactiveFlag);
  const blank: TimeEntry = {
    id: world.counters.timeEntries + 1,
    ...chargeTo(world, input.chargeToId),
    member: world.references.to('members', world.person(by)),
    timeStart: input.timeStart,
    timeEnd: null,
    actualHours: 0,
    hoursDeduct: null,
    workType: chosenType(world, input.workType ?? standard?.id ?? stores.workTypes.ids()[0] ?? 0),
    workRole: chosenRole(world, input.workRole ?? stores.workRoles.ids()[0] ?? 0),
    billableOption: 'Billable',
    notes: null,
    internalNotes: null,
    status: 'Open',
    _info: world.newInfo(by),
  };
  const made = world.added('timeEntries', entryWith(world, blank, input), by);
  followTime(world, made.chargeToId, by);
  return made;
}

export function editTimeEntry(
  world: WorldCore,
  person: string,
  id: number,
  changes: TimeEntryChanges,
): TimeEntry {
  const by = world.person(person).identifier;
  const before = world.require('timeEntries', id);
  const changed = entryWith(world, before, timeEntryChangesSchema.parse(changes));
  const after = world.updated('timeEntries', { ...changed, _info: world.stamped(before._info, by) }, by);
  if (before.chargeToId !== after.chargeToId) followTime(world, before.chargeToId, by);
  followTime(world, after.chargeToId, by);
  return after;
}

export function deleteTimeEntry(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const entry = world.require('timeEntries', id);
  world.deleted('timeEntries', id, by);
  followTime(world, entry.chargeToId, by);
}
