/** What people do in ConnectWise, chosen by numbers, so that a history can be made smaller and told. */

import { Refusal } from '../../demo/connectwise/world/refusal.ts';
import type { World } from '../../demo/connectwise/world/world.ts';

/** What an act is about: `pick` chooses the record, `value` what becomes of it. */
export type Choice = { readonly pick: number; readonly value: number };

/** Says what was done; undefined where there was nothing to do it on. */
export type Deed = (world: World, choice: Choice) => string | undefined;

const person = 'areyes';

function chosen<T>(rows: readonly T[], pick: number): T | undefined {
  return rows[pick % Math.max(1, rows.length)];
}

/** A deed on one record of a kind. */
function on<T>(
  rows: (world: World) => readonly T[],
  deed: (world: World, row: T, value: number) => string,
): Deed {
  return (world, { pick, value }) => {
    const row = chosen(rows(world), pick);
    return row === undefined ? undefined : deed(world, row, value);
  };
}

const tickets = (world: World) => world.stores.tickets.rows();
const phases = (world: World) => world.stores.phases.rows();
const projects = (world: World) => world.stores.projects.rows();
const onTickets = (world: World) =>
  world.stores.scheduleEntries.rows().filter(({ objectId }) => world.stores.tickets.get(objectId));
const times = (world: World) =>
  world.stores.timeEntries.rows().filter(({ chargeToId }) => world.stores.tickets.get(chargeToId));

const day = (value: number): string =>
  new Date(Date.UTC(2026, 2, 1 + (value % 200))).toISOString().slice(0, 10);
const moment = (value: number): string =>
  `${new Date(Date.UTC(2026, 3, 1 + (value % 28), 8 + (value % 6))).toISOString().slice(0, 19)}Z`;

/** Members that are at work, by identifier. */
function member(world: World, value: number): string {
  const people = world.stores.members
    .rows()
    .filter(({ inactiveFlag, licenseClass }) => !inactiveFlag && licenseClass === 'F');
  return people[value % people.length]?.identifier ?? person;
}

const ticketEdits: readonly ((world: World, value: number, board: number) => object)[] = [
  (_, value) => ({ summary: `in ConnectWise ${value}` }),
  (_, value) => ({ budgetHours: value / 4 }),
  (_, value) => ({ estimatedStartDate: day(value), requiredDate: day(value + 3) }),
  (_, value) => ({ requiredDate: null, budgetHours: value % 2 === 0 ? null : 3 }),
  (world, value) => ({ owner: value % 4 === 0 ? null : member(world, value) }),
  (world, value, board) => {
    const usable = world.stores.boardStatuses.rows('board/id', board).filter(({ inactive }) => !inactive);
    return { status: usable[value % usable.length]?.id };
  },
];

function boardsForProjects(world: World): readonly number[] {
  return world.stores.boards
    .rows()
    .filter(({ projectFlag }) => projectFlag)
    .map(({ id }) => id);
}

/** Moves the ticket into a phase of another project that fits. */
function moveTo(fits: (world: World, from: number, to: number) => boolean): Deed {
  return on(tickets, (world, ticket, value) => {
    const targets = phases(world).filter(({ projectId }) => fits(world, ticket.project.id, projectId));
    const phase = chosen(targets, value);
    if (!phase) throw new Refusal('invalid', 'no phase to move to');
    world.moveTicket(person, ticket.id, phase.id);
    return `moves ticket ${ticket.id} to phase ${phase.id} of project ${phase.projectId}`;
  });
}

/** Deletes so many of the time entries of the project that has most of them. */
function deleteTime(count: (value: number) => number): Deed {
  return (world, { pick, value }) => {
    const byProject = Map.groupBy(times(world), ({ project }) => project?.id ?? 0);
    const project = chosen([...byProject.keys()], pick) ?? 0;
    const gone = (byProject.get(project) ?? []).slice(0, count(value));
    if (gone.length === 0) return undefined;
    for (const { id } of gone) world.deleteTimeEntry(person, id);
    return `deletes ${gone.length} time entries of project ${project}`;
  };
}

export const deeds = {
  'edit ticket': on(tickets, (world, { id, board }, value) => {
    const changes = ticketEdits[value % ticketEdits.length]?.(world, value, board.id) ?? {};
    world.editTicket(person, id, changes);
    return `edits ticket ${id}: ${JSON.stringify(changes)}`;
  }),
  'add ticket': on(phases, (world, { id }, value) => {
    const made = world.addTicket(person, { summary: `new ${value}`, phase: id });
    return `adds ticket ${made.id} to phase ${id}`;
  }),
  'delete ticket': on(tickets, (world, { id }) => {
    world.deleteTicket(person, id);
    return `deletes ticket ${id}`;
  }),
  'move ticket to other phase': moveTo((_, from, to) => from === to),
  'move ticket to other project': moveTo((_, from, to) => from !== to),
  'depend on other ticket': on(tickets, (world, { id, project }, value) => {
    const others = world.stores.tickets.rows('project/id', project.id).filter((other) => other.id !== id);
    const other = value % 3 === 0 ? undefined : chosen(others, value);
    world.editTicket(person, id, {
      predecessorType: other ? 'Ticket' : null,
      predecessorId: other?.id ?? null,
    });
    return `lets ticket ${id} depend on ${other?.id ?? 'nothing'}`;
  }),
  schedule: on(tickets, (world, { id }, value) => {
    const start = moment(value);
    const end = `${new Date(Date.parse(start) + 2 * 3_600_000).toISOString().slice(0, 19)}Z`;
    const dates = value % 5 === 0 ? {} : { dateStart: start, dateEnd: end };
    const made = world.addScheduleEntry(person, { objectId: id, member: member(world, value), ...dates });
    return `schedules entry ${made.id} on ticket ${id} ${'dateStart' in dates ? '' : 'without dates'}`;
  }),
  reschedule: on(onTickets, (world, { id }, value) => {
    const dates =
      value % 6 === 0 ? { dateStart: null, dateEnd: null } : { dateStart: moment(value), dateEnd: null };
    world.editScheduleEntry(person, id, {
      ...dates,
      doneFlag: value % 2 === 0,
      member: member(world, value),
    });
    return `reschedules entry ${id}: ${JSON.stringify(dates)}`;
  }),
  'schedule on other ticket': on(onTickets, (world, { id }, value) => {
    const ticket = chosen(tickets(world), value);
    if (!ticket) throw new Refusal('invalid', 'no ticket');
    world.editScheduleEntry(person, id, { objectId: ticket.id });
    return `puts schedule entry ${id} on ticket ${ticket.id}`;
  }),
  unschedule: on(onTickets, (world, { id }) => {
    world.deleteScheduleEntry(person, id);
    return `deletes schedule entry ${id}`;
  }),
  'log time': on(tickets, (world, { id }, value) => {
    const made = world.addTimeEntry(person, {
      chargeToId: id,
      timeStart: moment(value),
      actualHours: (value % 30) / 4,
      notes: `work ${value}`,
    });
    return `logs time ${made.id} on ticket ${id}`;
  }),
  'edit time': on(times, (world, { id }, value) => {
    world.editTimeEntry(person, id, { actualHours: (value % 40) / 4, notes: `edited ${value}` });
    return `edits time ${id}`;
  }),
  'time on other ticket': on(times, (world, { id }, value) => {
    const ticket = chosen(tickets(world), value);
    if (!ticket) throw new Refusal('invalid', 'no ticket');
    world.editTimeEntry(person, id, { chargeToId: ticket.id });
    return `puts time ${id} on ticket ${ticket.id}`;
  }),
  'delete time': on(times, (world, { id }) => {
    world.deleteTimeEntry(person, id);
    return `deletes time ${id}`;
  }),
  'mass deletion': deleteTime((value) => 9 + (value % 6)),
  'note on ticket': on(tickets, (world, { id }, value) => {
    const made = world.addTicketNote(person, {
      ticket: id,
      text: `note ${value}`,
      internalAnalysisFlag: value % 2 === 0,
    });
    return `writes note ${made.id} on ticket ${id}`;
  }),
  'edit ticket note': on(
    (world) => world.stores.ticketNotes.rows(),
    (world, { id }, value) => {
      world.editTicketNote(person, id, { text: `note edited ${value}` });
      return `edits ticket note ${id}`;
    },
  ),
  'delete ticket note': on(
    (world) => world.stores.ticketNotes.rows(),
    (world, { id }) => {
      world.deleteTicketNote(person, id);
      return `deletes ticket note ${id}`;
    },
  ),
  'note on project': on(projects, (world, { id }, value) => {
    const made = world.addProjectNote(person, { project: id, text: `project note ${value}` });
    return `writes note ${made.id} on project ${id}`;
  }),
  'edit project note': on(
    (world) => world.stores.projectNotes.rows(),
    (world, { id }, value) => {
      world.editProjectNote(person, id, { text: `edited ${value}`, flagged: value % 2 === 0 });
      return `edits project note ${id}`;
    },
  ),
  'delete project note': on(
    (world) => world.stores.projectNotes.rows(),
    (world, { id }) => {
      world.deleteProjectNote(person, id);
      return `deletes project note ${id}`;
    },
  ),
  'add to team': on(projects, (world, { id }, value) => {
    const made = world.addTeamMember(person, { project: id, member: member(world, value), hours: value });
    return `puts ${made.member.identifier} on the team of project ${id}`;
  }),
  'edit team': on(
    (world) => world.stores.teamMembers.rows(),
    (world, { id }, value) => {
      world.editTeamMember(person, id, { hours: value, startDate: day(value) });
      return `edits team member ${id}`;
    },
  ),
  'take off team': on(
    (world) => world.stores.teamMembers.rows(),
    (world, { id }) => {
      world.deleteTeamMember(person, id);
      return `takes team member ${id} off`;
    },
  ),
  'add phase': on(projects, (world, { id }, value) => {
    const above = value % 3 === 0 ? chosen(world.stores.phases.rows('projectid', id), value) : undefined;
    const made = world.addPhase(person, {
      description: `phase ${value}`,
      project: id,
      ...(above ? { parentPhase: above.id } : {}),
    });
    return `adds phase ${made.id} to project ${id}`;
  }),
  'rename phase': on(phases, (world, { id }, value) => {
    world.editPhase(person, id, { description: `renamed ${value}`, budgetHours: value });
    return `renames phase ${id}`;
  }),
  'delete phase': on(
    (world) => phases(world).filter(({ id }) => !tickets(world).some(({ phase }) => phase.id === id)),
    (world, { id }) => {
      world.deletePhase(person, id);
      return `deletes phase ${id}`;
    },
  ),
  'edit project': on(projects, (world, { id }, value) => {
    world.editProject(person, id, {
      name: `Project in ConnectWise ${value}`,
      budgetHours: value,
      estimatedEnd: day(value + 300),
    });
    return `edits project ${id}`;
  }),
  'close or open project': on(projects, (world, { id }, value) => {
    const statuses = world.stores.projectStatuses.rows();
    const status = statuses[value % statuses.length];
    world.editProject(person, id, { status: status?.id ?? 1 });
    return `gives project ${id} the status ${status?.name}`;
  }),
  'project to other board': on(projects, (world, { id }, value) => {
    const board = chosen(boardsForProjects(world), value) ?? 1;
    world.moveProject(person, id, board);
    return `moves project ${id} to board ${board}`;
  }),
  'add project': on(projects, (world, { board, company }, value) => {
    const made = world.addProject(person, {
      name: `Project added ${value}`,
      board: board.id,
      company: company.id,
      estimatedStart: day(value),
      estimatedEnd: day(value + 30),
    });
    return `adds project ${made.id}`;
  }),
  'delete project': on(projects, (world, { id }) => {
    if (projects(world).length < 3) throw new Refusal('invalid', 'some have to stay');
    world.deleteProject(person, id);
    return `deletes project ${id}`;
  }),
  'rename status': on(
    (world) => world.stores.boardStatuses.rows(),
    (world, { id }, value) => {
      world.editBoardStatus(person, id, { name: `Status ${value}` });
      return `renames status ${id}`;
    },
  ),
  'add status': on(boardsForProjects, (world, board, value) => {
    const name = `${value % 2 === 0 ? 'Working' : 'Waiting'} ${value}`;
    const made = world.addBoardStatus(person, { board, name, closedStatus: value % 5 === 0 });
    return `adds status ${made.id} to board ${board}`;
  }),
} as const satisfies { readonly [name: string]: Deed };

export type DeedName = keyof typeof deeds;

/** Does it where it is possible. */
export function tryDeed(world: World, name: DeedName, choice: Choice): string | undefined {
  try {
    return deeds[name](world, choice);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
