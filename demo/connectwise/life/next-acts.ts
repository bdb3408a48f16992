import { projectNoteText, ticketNoteText, workDone } from '../world/entry-texts.ts';
import type { Random } from '../world/random.ts';
import type { Member, Project, ProjectTicket } from '../world/records.ts';
import { API_MEMBER } from '../world/setup-tables.ts';
import { DAY_MS, dayFrom, toSeconds } from '../world/timestamps.ts';
import { ticketSummary } from '../world/work-names.ts';
import type { World } from '../world/world.ts';
import type { Act } from './acts.ts';

/** How much happens; the two add up. */
export type Pace = {
  readonly actsPerHour?: number;
  /** For each open project. */
  readonly actsPerHourPerProject?: number;
};

const HOUR_MS = 3_600_000;

type Scene = {
  readonly world: World;
  readonly random: Random;
  readonly person: Member;
  readonly project: Project;
  /** Of the project; null when it has none. */
  readonly ticket: ProjectTicket | null;
  readonly people: readonly Member[];
};

/** What somebody may do, or null when there is nothing to do it on. */
type Idea = (scene: Scene) => Act | null;

/** An idea that needs a ticket. */
function onTicket(idea: (scene: Scene, ticket: ProjectTicket) => Act | null): Idea {
  return (scene) => (scene.ticket ? idea(scene, scene.ticket) : null);
}

const changeStatus = onTicket(({ world, random, person }, ticket) => {
  const statuses = world.stores.boardStatuses
    .rows('board/id', ticket.board.id)
    .filter((status) => !status.inactive && status.id !== ticket.status.id);
  // What is closed is mostly opened again, or the whole project would come to rest.
  const closes = random.chance(ticket.closedFlag ? 0.2 : 0.3);
  const fitting = statuses.filter((status) => status.closedStatus === closes);
  if (fitting.length === 0) return null;
  const chosen = random.pick(fitting);
  const { identifier } = person;
  return { kind: 'edit-ticket', person: identifier, id: ticket.id, changes: { status: chosen.id } };
});

const changeOwner = onTicket(({ random, person, people }, { id }) => {
  const owner = random.chance(0.9) ? random.pick(people).identifier : null;
  return { kind: 'edit-ticket', person: person.identifier, id, changes: { owner } };
});

const changeDates = onTicket(({ world, random, person }, { id }) => {
  const start = random.between(0, 20);
  const changes = {
    estimatedStartDate: dayFrom(world.clock(), start),
    requiredDate: random.chance(0.9) ? dayFrom(world.clock(), start + random.between(1, 14)) : null,
  };
  return { kind: 'edit-ticket', person: person.identifier, id, changes };
});

const changeSummary = onTicket(({ random, person }, { id }) => ({
  kind: 'edit-ticket',
  person: person.identifier,
  id,
  changes: { summary: ticketSummary(random), budgetHours: random.between(1, 64) / 4 },
}));

const createTicket: Idea = ({ world, random, person, project }) => {
  const phases = world.stores.phases.rows('projectid', project.id);
  if (phases.length === 0) return null;
  const ticket = {
    summary: ticketSummary(random),
    phase: random.pick(phases).id,
    owner: random.chance(0.6) ? person.identifier : null,
    budgetHours: random.between(1, 40) / 4,
  };
  return { kind: 'add-ticket', person: person.identifier, ticket };
};

const logTime = onTicket(({ world, random, person }, ticket) => {
  const hours = random.between(1, 12) / 4;
  const end = world.clock().getTime();
  const entry = {
    chargeToId: ticket.id,
    timeStart: toSeconds(new Date(end - hours * HOUR_MS)),
    timeEnd: toSeconds(new Date(end)),
    notes: workDone(random),
  };
  return { kind: 'log-time', person: person.identifier, entry };
});

function slot({ world, random }: Scene) {
  const start = Date.parse(dayFrom(world.clock(), random.between(0, 14))) + random.between(8, 14) * HOUR_MS;
  return {
    dateStart: toSeconds(new Date(start)),
    dateEnd: toSeconds(new Date(start + random.between(1, 8) * HOUR_MS)),
  };
}

const schedule = onTicket((scene, ticket) => {
  const { random, person, people } = scene;
  const member = random.pick(people).identifier;
  const when = random.chance(0.85) ? slot(scene) : {};
  return { kind: 'schedule', person: person.identifier, entry: { objectId: ticket.id, member, ...when } };
});

/** An entry of one of the project's tickets, looked for in a few places only. */
function anyEntry({ world, random, project }: Scene): number | null {
  const ids = world.stores.tickets.idsWhere('project/id', project.id) ?? [];
  for (let tries = 0; tries < 10 && ids.length > 0; tries += 1) {
    const [found] = world.stores.scheduleEntries.idsWhere('objectid', random.pick(ids)) ?? [];
    if (found !== undefined) return found;
  }
  return null;
}

const reschedule: Idea = (scene) => {
  const id = anyEntry(scene);
  if (id === null) return null;
  const elsewhere = scene.ticket && scene.random.chance(0.2) ? { objectId: scene.ticket.id } : {};
  const changes = { ...slot(scene), ...elsewhere };
  return { kind: 'reschedule', person: scene.person.identifier, id, changes };
};

const unschedule: Idea = (scene) => {
  const id = anyEntry(scene);
  return id === null ? null : { kind: 'unschedule', person: scene.person.identifier, id };
};

const noteOnTicket = onTicket(({ random, person }, ticket) => {
  const note = { ticket: ticket.id, text: ticketNoteText(random), internalAnalysisFlag: random.chance(0.4) };
  return { kind: 'note-on-ticket', person: person.identifier, note };
});

const noteOnProject: Idea = ({ random, person, project }) => ({
  kind: 'note-on-project',
  person: person.identifier,
  note: { project: project.id, text: projectNoteText(random), flagged: random.chance(0.2) },
});

const deleteTicket = onTicket(({ person }, { id }) => ({
  kind: 'delete-ticket',
  person: person.identifier,
  id,
}));

const moveEnd: Idea = ({ random, person, project }) => {
  const start = Date.parse(project.estimatedStart);
  const later = Date.parse(project.estimatedEnd) + random.between(-7, 14) * DAY_MS;
  const estimatedEnd = toSeconds(new Date(Math.max(start, later)));
  return { kind: 'edit-project', person: person.identifier, id: project.id, changes: { estimatedEnd } };
};

const SUFFIXES = ['Group', 'Holding', 'International', 'Services'] as const;

const renameCompany: Idea = ({ world, random, person, project }) => {
  const company = world.stores.companies.get(project.company.id);
  if (!company) return null;
  const base = company.name.replace(/ (?:Group|Holding|International|Services)$/, '').slice(0, 35);
  const name = `${base} ${random.pick(SUFFIXES)}`;
  return { kind: 'rename-company', person: person.identifier, id: company.id, name };
};

/** How often each comes to somebody's mind, out of about a thousand times. */
const IDEAS: readonly (readonly [number, Idea])[] = [
  [220, changeStatus],
  [90, changeOwner],
  [110, changeDates],
  [70, changeSummary],
  [70, createTicket],
  [160, logTime],
  [90, schedule],
  [60, reschedule],
  [25, unschedule],
  [60, noteOnTicket],
  [20, noteOnProject],
  [12, deleteTicket],
  [10, moveEnd],
  [3, renameCompany],
];
const ALL_WEIGHTS = IDEAS.reduce((sum, [weight]) => sum + weight, 0);

function pickIdea(random: Random): Idea {
  let left = random.next() * ALL_WEIGHTS;
  for (const [weight, idea] of IDEAS) {
    left -= weight;
    if (left < 0) return idea;
  }
  return changeStatus;
}

function howMany(random: Random, expected: number): number {
  const whole = Math.floor(expected);
  return whole + (random.chance(expected - whole) ? 1 : 0);
}

/**
 * What people do within `elapsedMs`: on open projects only, by people who have not left. The same random source,
 * world and steps give the same acts. They are thought of together: one may make another impossible.
 */
export function nextActs(random: Random, world: World, elapsedMs: number, pace: Pace): Act[] {
  const { stores } = world;
  const people = stores.members
    .rows()
    .filter((member) => !member.inactiveFlag && member.identifier !== API_MEMBER);
  const projects = stores.projects.rows().filter((project) => !project.closedFlag);
  if (people.length === 0 || projects.length === 0) return [];
  const perHour = (pace.actsPerHour ?? 0) + (pace.actsPerHourPerProject ?? 0) * projects.length;
  const count = howMany(random, (perHour * elapsedMs) / HOUR_MS);
  return Array.from({ length: count }).flatMap(() => {
    const project = random.pick(projects);
    const tickets = stores.tickets.idsWhere('project/id', project.id) ?? [];
    const ticket = tickets.length === 0 ? null : (stores.tickets.get(random.pick(tickets)) ?? null);
    const act = pickIdea(random)({ world, random, person: random.pick(people), project, ticket, people });
    return act ?? [];
  });
}
