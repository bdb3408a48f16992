import { ACTIVITY_TYPE, scheduledOf, toHundredths } from './derived.ts';
import { projectNoteText, ticketNoteText, workDone } from './entry-texts.ts';
import type { Random } from './random.ts';
import type {
  Info,
  Project,
  ProjectTicket,
  Reference,
  ScheduleEntry,
  ServiceTicket,
  TimeEntry,
} from './records.ts';
import { scheduleType } from './schedule-acts.ts';
import { API_MEMBER, SERVICE_LOCATIONS } from './setup-tables.ts';
import { DAY_MS, dayFrom, toMidnight, toSeconds } from './timestamps.ts';
import type { WorldCore } from './world-core.ts';
import type { WorldOptions } from './world-options.ts';

const HOUR_MS = 3_600_000;
/** Activities have an id space of their own. */
const ACTIVITY_IDS = [41, 42] as const;

type Cast = {
  readonly now: Date;
  readonly people: readonly Reference[];
  readonly firm: Reference;
  readonly tentative: Reference;
  readonly workTypes: readonly Reference[];
  readonly workRoles: readonly Reference[];
};

function castOf(world: WorldCore, now: Date): Cast {
  const { stores, references } = world;
  const [tentative, firm] = stores.scheduleStatuses
    .rows()
    .map((row) => references.to('scheduleStatuses', row));
  if (!tentative || !firm) throw new Error('the small tables must be there first');
  const people = stores.members.rows().filter((member) => member.identifier !== API_MEMBER);
  return {
    now,
    tentative,
    firm,
    people: people.map((member) => references.to('members', member)),
    workTypes: stores.workTypes.rows().map((row) => references.to('workTypes', row)),
    workRoles: stores.workRoles.rows().map((row) => references.to('workRoles', row)),
  };
}

/** A history between the making of `base` and a minute ago. */
function historyIn(random: Random, base: Info, person: Reference, now: Date): Info {
  const from = Date.parse(base.dateEntered);
  const reach = Math.max(0, now.getTime() - 60_000 - from);
  const entered = from + random.next() * reach;
  const updated = entered + random.next() * Math.max(0, from + reach - entered);
  const by = person.identifier ?? '';
  return {
    lastUpdated: toSeconds(new Date(updated)),
    updatedBy: by,
    dateEntered: toSeconds(new Date(entered)),
    enteredBy: by,
  };
}

/** `count` tickets, spread evenly: a few in a row get none, or some get several, as the count demands. */
function* spread<T>(random: Random, tickets: readonly T[], count: number): Generator<T> {
  if (tickets.length === 0) return;
  for (let index = 0; index < count; index += 1) {
    const share = count >= tickets.length ? index : index + random.next();
    const position = Math.floor((share * tickets.length) / count);
    const ticket = tickets[count >= tickets.length ? index % tickets.length : position];
    if (ticket !== undefined) yield ticket;
  }
}

type Slot = Pick<ScheduleEntry, 'dateStart' | 'dateEnd' | 'hours'>;

/** Some hours of a working day near the ticket's start; every tenth entry only says who. */
function slotNear(random: Random, day: string): Slot {
  if (random.chance(0.1)) return { dateStart: null, dateEnd: null, hours: null };
  const hours = random.between(1, 16) / 2;
  const start =
    Date.parse(toMidnight(day)) + random.between(0, 10) * DAY_MS + random.between(8, 13) * HOUR_MS;
  return {
    dateStart: toSeconds(new Date(start)),
    dateEnd: toSeconds(new Date(start + hours * HOUR_MS)),
    hours,
  };
}

function addScheduled(
  world: WorldCore,
  random: Random,
  cast: Cast,
  ticket: ProjectTicket | ServiceTicket,
  type: Reference,
  day: string,
): ScheduleEntry {
  const member =
    ticket.owner && random.chance(0.7)
      ? world.references.to('members', world.require('members', ticket.owner.id))
      : random.pick(cast.people);
  world.counters.scheduleEntries += 1;
  const entry: ScheduleEntry = {
    id: world.counters.scheduleEntries,
    objectId: ticket.id,
    type,
    name: ticket.summary,
    member,
    where: random.chance(0.5) ? { ...random.pick(SERVICE_LOCATIONS) } : null,
    ...slotNear(random, day),
    status: random.chance(0.85) ? cast.firm : cast.tentative,
    doneFlag: ticket.closedFlag,
    acknowledgedFlag: random.chance(0.6),
    _info: historyIn(random, ticket._info, member, cast.now),
  };
  world.stores.scheduleEntries.put(entry);
  return entry;
}

/** Time spent between the making of the ticket and now, in quarters of an hour. */
function addTime(world: WorldCore, random: Random, cast: Cast, ticket: ProjectTicket): TimeEntry {
  const member = ticket.owner ?? random.pick(cast.people);
  const info = historyIn(random, ticket._info, member, cast.now);
  const actualHours = random.between(1, 24) / 4;
  const end = Date.parse(info.dateEntered);
  world.counters.timeEntries += 1;
  const entry: TimeEntry = {
    id: world.counters.timeEntries,
    chargeToId: ticket.id,
    chargeToType: 'ProjectTicket',
    member,
    timeStart: toSeconds(new Date(end - actualHours * HOUR_MS)),
    timeEnd: toSeconds(new Date(end)),
    actualHours,
    hoursDeduct: random.chance(0.1) ? 0.25 : null,
    workType: random.pick(cast.workTypes),
    workRole: random.pick(cast.workRoles),
    billableOption: random.chance(0.8) ? 'Billable' : 'NoCharge',
    notes: random.chance(0.9) ? workDone(random) : null,
    internalNotes: random.chance(0.1) ? 'Not to be shown to the customer.' : null,
    status: random.chance(0.3) ? 'Billed' : 'Open',
    ticket: world.references.to('tickets', ticket),
    project: ticket.project,
    phase: ticket.phase,
    _info: info,
  };
  world.stores.timeEntries.put(entry);
  return entry;
}

function addNote(world: WorldCore, random: Random, cast: Cast, ticket: ProjectTicket): void {
  const member = random.pick(cast.people);
  const place = random.next();
  world.counters.ticketNotes += 1;
  world.stores.ticketNotes.put({
    id: world.counters.ticketNotes,
    ticketId: ticket.id,
    text: ticketNoteText(random),
    detailDescriptionFlag: place < 0.6,
    internalAnalysisFlag: place >= 0.6 && place < 0.9,
    resolutionFlag: place >= 0.9,
    member,
    _info: historyIn(random, ticket._info, member, cast.now),
  });
}

function addTeam(world: WorldCore, random: Random, cast: Cast, project: Project): void {
  const roles = world.stores.projectRoles.rows();
  const first = random.between(0, cast.people.length - 1);
  const size = random.between(2, 5);
  for (const [index, role] of Array.from({ length: size }, (_, turn) => roles[Math.min(turn, 1)]).entries()) {
    const member = cast.people[(first + index) % cast.people.length];
    if (!role || !member) continue;
    world.counters.teamMembers += 1;
    world.stores.teamMembers.put({
      id: world.counters.teamMembers,
      projectId: project.id,
      member,
      projectRole: world.references.to('projectRoles', role),
      hours: random.chance(0.7) ? random.between(1, 12) * 10 : null,
      startDate: random.chance(0.8) ? project.estimatedStart : null,
      endDate: random.chance(0.5) ? project.estimatedEnd : null,
      _info: historyIn(random, project._info, member, cast.now),
    });
  }
}

function addProjectNotes(world: WorldCore, random: Random, cast: Cast, project: Project): void {
  const types = world.stores.noteTypes.rows();
  for (let left = random.between(0, 3); left > 0; left -= 1) {
    world.counters.projectNotes += 1;
    world.stores.projectNotes.put({
      id: world.counters.projectNotes,
      projectId: project.id,
      text: projectNoteText(random),
      type: world.references.to('noteTypes', random.pick(types)),
      flagged: random.chance(0.2),
      _info: historyIn(random, project._info, random.pick(cast.people), cast.now),
    });
  }
}

type Plan = Pick<WorldOptions, 'tickets' | 'schedule' | 'time' | 'notes' | 'now'>;

/** Schedule, time and notes of a project, and its team. Says how many hours were worked. */
export function addEntries(world: WorldCore, random: Random, project: Project, plan: Plan): number {
  const cast = castOf(world, plan.now);
  const tickets = world.stores.tickets.rows('project/id', project.id);
  const type = scheduleType(world, world.rules.projectTicketScheduleType);
  const scheduled = new Map<number, ScheduleEntry[]>();
  const hours = new Map<number, number>();
  for (const ticket of spread(random.fork(1), tickets, plan.schedule ?? Math.round(plan.tickets / 2))) {
    const day = ticket.estimatedStartDate ?? project.estimatedStart;
    const entry = addScheduled(world, random, cast, ticket, type, day);
    const others = scheduled.get(ticket.id);
    if (others) others.push(entry);
    else scheduled.set(ticket.id, [entry]);
  }
  for (const ticket of spread(random.fork(2), tickets, plan.time ?? Math.round(plan.tickets / 3))) {
    const { actualHours } = addTime(world, random, cast, ticket);
    hours.set(ticket.id, (hours.get(ticket.id) ?? 0) + actualHours);
  }
  for (const ticket of spread(random.fork(3), tickets, plan.notes ?? Math.round(plan.tickets / 5))) {
    addNote(world, random, cast, ticket);
  }
  addTeam(world, random, cast, project);
  addProjectNotes(world, random, cast, project);
  for (const ticket of tickets) {
    const derived = scheduledOf(scheduled.get(ticket.id) ?? []);
    const worked = hours.get(ticket.id);
    if (!scheduled.has(ticket.id) && worked === undefined) continue;
    world.stores.tickets.put({ ...ticket, ...derived, actualHours: worked ?? null });
  }
  return toHundredths([...hours.values()].reduce((sum, one) => sum + one, 0));
}

/** Entries that belong to no project: of the service desk, and of activities, whose ids may be those of tickets. */
export function addOtherSchedule(world: WorldCore, random: Random, now: Date): void {
  const cast = castOf(world, now);
  const [first] = world.stores.serviceTickets.rows();
  for (const ticket of world.stores.serviceTickets.rows().slice(0, 20)) {
    addScheduled(world, random, cast, ticket, scheduleType(world, 'S'), dayFrom(now, random.between(-5, 5)));
  }
  for (const objectId of first ? ACTIVITY_IDS : []) {
    const call = { ...first, id: objectId, summary: 'Call with the customer' } as ServiceTicket;
    addScheduled(world, random, cast, call, scheduleType(world, ACTIVITY_TYPE), dayFrom(now, 1));
  }
}
