import { removeProjectBelongings, removeTicketBelongings } from './belongings.ts';
import {
  type NewProject,
  newProjectSchema,
  type ProjectChanges,
  type ProjectChangesRead,
  projectChangesSchema,
} from './changes.ts';
import { withCustomValues } from './custom-values.ts';
import type { Board, Project } from './records.ts';
import { Refusal } from './refusal.ts';
import { ticketOnBoardOf } from './ticket-acts.ts';
import { toSeconds } from './timestamps.ts';
import { chooseByName, type WorldCore } from './world-core.ts';

/** Where projects may stand. */
function projectBoard(world: WorldCore, id: number): Board {
  const board = world.require('boards', id);
  if (!board.projectFlag) throw new Refusal('invalid', `${board.name} is not a project board`);
  return board;
}

/** The board says how far a project is, unless somebody overrides it. */
function percentFields(project: Project, changes: ProjectChangesRead): Partial<Project> {
  const { percentComplete, overridePercentComplete } = changes;
  const override = overridePercentComplete ?? project.overridePercentComplete ?? false;
  return {
    ...(overridePercentComplete === undefined ? {} : { overridePercentComplete }),
    ...(override && percentComplete !== undefined ? { percentComplete } : {}),
    ...(overridePercentComplete === false ? { percentComplete: null } : {}),
  };
}

function projectWith(world: WorldCore, project: Project, changes: ProjectChangesRead): Project {
  const { status, manager, name, estimatedStart, estimatedEnd, description, budgetHours } = changes;
  const next: Project = { ...project };
  if (name !== undefined) next.name = name;
  if (status !== undefined) {
    const chosen = chooseByName(world.stores.projectStatuses.rows(), status, 'status');
    next.status = world.references.to('projectStatuses', chosen);
    if (chosen.closedFlag !== project.closedFlag) {
      next.closedFlag = chosen.closedFlag;
      next.actualEnd = chosen.closedFlag ? toSeconds(world.clock()) : null;
    }
  }
  if (manager !== undefined) next.manager = world.member(manager);
  if (description !== undefined) next.description = description;
  if (estimatedStart !== undefined) next.estimatedStart = estimatedStart;
  if (estimatedEnd !== undefined) next.estimatedEnd = estimatedEnd;
  if (budgetHours !== undefined) next.budgetHours = budgetHours;
  if (changes.billingMethod !== undefined) next.billingMethod = changes.billingMethod;
  Object.assign(next, percentFields(project, changes));
  if (changes.customFields !== undefined) {
    next.customFields = withCustomValues(project.customFields, changes.customFields);
  }
  if (next.estimatedEnd < next.estimatedStart) {
    throw new Refusal('invalid', 'the estimated end lies before the estimated start');
  }
  return next;
}

export function addProject(world: WorldCore, person: string, project: NewProject): Project {
  const by = world.person(person).identifier;
  const input = newProjectSchema.parse(project);
  const board = projectBoard(world, input.board);
  const company = world.require('companies', input.company);
  const id = world.counters.projects + 1;
  const status = world.defaultStatus(world.stores.projectStatuses);
  const blank: Project = {
    id,
    name: input.name,
    board: world.references.to('boards', board),
    company: world.references.to('companies', company),
    manager: null,
    status: world.references.to('projectStatuses', status),
    closedFlag: status.closedFlag,
    billingMethod: 'ActualRates',
    description: null,
    estimatedStart: input.estimatedStart,
    estimatedEnd: input.estimatedEnd,
    actualEnd: null,
    budgetHours: null,
    actualHours: 0,
    customFields: [
      {
        id: 1,
        caption: 'Region',
        type: 'Text',
        entryMethod: 'List',
        numberOfDecimals: 0,
        value: null,
      },
    ],
    _info: world.newInfo(by),
  };
  const { board: _board, company: _company, ...changes } = input;
  const made = projectWith(world, blank, changes);
  world.counters.projects = id;
  world.references.to('projects', made);
  world.stores.projects.put(made);
  world.tell({ store: 'projects', action: 'added', id, person: by });
  return made;
}

export function editProject(world: WorldCore, person: string, id: number, changes: ProjectChanges): Project {
  const by = world.person(person).identifier;
  const before = world.require('projects', id);
  const changed = projectWith(world, before, projectChangesSchema.parse(changes));
  const after = { ...changed, _info: world.stamped(before._info, by) };
  world.references.to('projects', after);
  world.stores.projects.put(after);
  world.followProgress(id);
  world.tell({ store: 'projects', action: 'updated', id, person: by });
  return world.require('projects', id);
}

/** Takes away with it all that is in the project. */
export function deleteProject(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  world.require('projects', id);
  for (const ticketId of [...(world.stores.tickets.idsWhere('project/id', id) ?? [])]) {
    world.stores.tickets.delete(ticketId);
    removeTicketBelongings(world, ticketId, by);
    world.tell({ store: 'tickets', action: 'deleted', id: ticketId, person: by });
  }
  for (const phaseId of [...(world.stores.phases.idsWhere('projectid', id) ?? [])]) {
    world.stores.phases.delete(phaseId);
    world.tell({ store: 'phases', action: 'deleted', id: phaseId, person: by });
  }
  removeProjectBelongings(world, id, by);
  world.stores.projects.delete(id);
  world.tell({ store: 'projects', action: 'deleted', id, person: by });
}

/** Moves a project to another project board: its phases and tickets follow, the tickets with a status of that board. */
export function moveProject(world: WorldCore, person: string, id: number, boardId: number): Project {
  const by = world.person(person).identifier;
  const before = world.require('projects', id);
  const board = world.references.to('boards', projectBoard(world, boardId));
  const after: Project = { ...before, board, _info: world.stamped(before._info, by) };
  if (before.board.id === boardId) return before;
  const tickets = world.stores.tickets
    .rows('project/id', id)
    .map((ticket) => ticketOnBoardOf(world, ticket, after, by));
  world.stores.projects.put(after);
  for (const phase of world.stores.phases.rows('projectid', id)) {
    world.stores.phases.put({ ...phase, board, _info: world.stamped(phase._info, by) });
  }
  for (const ticket of tickets) {
    world.stores.tickets.put({ ...ticket, _info: world.stamped(ticket._info, by) });
    world.tell({ store: 'tickets', action: 'updated', id: ticket.id, person: by });
  }
  world.tell({ store: 'projects', action: 'updated', id, person: by });
  return after;
}
