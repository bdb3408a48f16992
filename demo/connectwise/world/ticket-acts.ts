import { moveTimeWith, removeTicketBelongings } from './belongings.ts';
import {
  type NewTicket,
  newTicketSchema,
  type TicketChanges,
  type TicketChangesRead,
  ticketChangesSchema,
} from './changes.ts';
import { withCustomValues } from './custom-values.ts';
import { moveHours } from './derived.ts';
import { phaseOf } from './phase-acts.ts';
import type { BoardStatus, Project, ProjectTicket } from './records.ts';
import { Refusal } from './refusal.ts';
import { PRIORITIES, TICKET_CUSTOM_FIELDS } from './setup-tables.ts';
import { toSeconds } from './timestamps.ts';
import { freeWbsCode, recode } from './wbs.ts';
import { chooseByName, type WorldCore } from './world-core.ts';

const NO_PREDECESSOR = {
  predecessorType: null,
  predecessorId: null,
  predecessorClosedFlag: null,
  lagDays: null,
} as const;

/** A place within the phase that it is in; whoever stands there moves up. */
function placeTicket(world: WorldCore, ticket: ProjectTicket, code: string, by: string): void {
  const phase = world.require('phases', ticket.phase.id);
  if (code.slice(0, code.lastIndexOf('.')) !== phase.wbsCode) {
    throw new Refusal('invalid', `WBS code ${code} is not one of phase ${phase.wbsCode}`);
  }
  recode(world, ticket.project.id, { from: ticket.wbsCode, to: code }, by);
}

function ticketWith(
  world: WorldCore,
  ticket: ProjectTicket,
  changes: TicketChangesRead,
  by: string,
): ProjectTicket {
  const next: ProjectTicket = { ...ticket };
  if (changes.summary !== undefined) next.summary = changes.summary;
  if (changes.owner !== undefined) next.owner = world.member(changes.owner);
  if (changes.priority !== undefined)
    next.priority = { ...chooseByName(PRIORITIES, changes.priority, 'priority') };
  if (changes.budgetHours !== undefined) next.budgetHours = changes.budgetHours;
  if (changes.estimatedStartDate !== undefined) next.estimatedStartDate = changes.estimatedStartDate;
  if (changes.requiredDate !== undefined) next.requiredDate = changes.requiredDate;
  if (changes.isIssueFlag !== undefined) next.isIssueFlag = changes.isIssueFlag;
  if (changes.status !== undefined) Object.assign(next, statusFields(world, ticket, changes.status, by));
  if (changes.phase !== undefined && changes.phase !== ticket.phase.id) {
    const phase = phaseOf(world, ticket.project.id, changes.phase);
    next.phase = world.references.to('phases', phase);
    next.wbsCode = freeWbsCode(world.stores, ticket.project.id, phase);
  }
  Object.assign(next, predecessorFields(world, ticket, changes));
  if (changes.lagDays !== undefined && next.predecessorId !== null) next.lagDays = changes.lagDays ?? 0;
  if (changes.customFields !== undefined) {
    next.customFields = withCustomValues(ticket.customFields ?? TICKET_CUSTOM_FIELDS, changes.customFields);
  }
  return next;
}

function statusFields(
  world: WorldCore,
  ticket: ProjectTicket,
  wanted: string | number,
  by: string,
): Partial<ProjectTicket> {
  const chosen = chooseByName(boardStatuses(world, ticket.board.id), wanted, 'status');
  return fieldsOfStatus(world, ticket, chosen, by);
}

function fieldsOfStatus(
  world: WorldCore,
  ticket: ProjectTicket,
  chosen: BoardStatus,
  by: string,
): Partial<ProjectTicket> {
  const status = world.references.to('boardStatuses', chosen);
  if (chosen.closedStatus === ticket.closedFlag) return { status };
  return {
    status,
    closedFlag: chosen.closedStatus,
    closedDate: chosen.closedStatus ? toSeconds(world.clock()) : null,
    closedBy: chosen.closedStatus ? by : null,
  };
}

function predecessorFields(
  world: WorldCore,
  ticket: ProjectTicket,
  changes: TicketChangesRead,
): Partial<ProjectTicket> {
  const { predecessorType: type, predecessorId: id } = changes;
  if (type === undefined && id === undefined) return {};
  if (type === null && id === null) {
    return NO_PREDECESSOR;
  }
  if (!type || !id) throw new Refusal('invalid', 'predecessorType and predecessorId go together');
  if (type === 'Phase') {
    phaseOf(world, ticket.project.id, id);
    return { predecessorType: type, predecessorId: id, predecessorClosedFlag: false, lagDays: 0 };
  }
  const other = world.require('tickets', id);
  if (other.project.id !== ticket.project.id || other.id === ticket.id) {
    throw new Refusal('invalid', `ticket ${id} cannot be the predecessor of ticket ${ticket.id}`);
  }
  return { predecessorType: type, predecessorId: id, predecessorClosedFlag: other.closedFlag, lagDays: 0 };
}

function followers(world: WorldCore, ticket: ProjectTicket): ProjectTicket[] {
  return world.stores.tickets
    .rows('project/id', ticket.project.id)
    .filter((other) => other.predecessorType === 'Ticket' && other.predecessorId === ticket.id);
}

/** A derived field of other tickets: it moves without a stamp of its own. */
function tellFollowers(world: WorldCore, ticket: ProjectTicket): void {
  for (const follower of followers(world, ticket)) {
    world.stores.tickets.put({ ...follower, predecessorClosedFlag: ticket.closedFlag });
  }
}

function freeFollowers(world: WorldCore, ticket: ProjectTicket): void {
  for (const follower of followers(world, ticket)) {
    world.stores.tickets.put({ ...follower, ...NO_PREDECESSOR });
  }
}

function boardStatuses(world: WorldCore, boardId: number) {
  return world.stores.boardStatuses.rows('board/id', boardId).filter((status) => !status.inactive);
}

export function addTicket(world: WorldCore, person: string, ticket: NewTicket): ProjectTicket {
  const by = world.person(person).identifier;
  const { phase: phaseId, ...changes } = newTicketSchema.parse(ticket);
  const phase = world.require('phases', phaseId);
  const project = world.require('projects', phase.projectId);
  const status = boardStatuses(world, project.board.id)[0];
  if (!status) throw new Refusal('invalid', `board ${project.board.id} has no status`);
  const id = world.counters.tickets + 1;
  const blank: ProjectTicket = {
    id,
    summary: changes.summary,
    isIssueFlag: false,
    board: project.board,
    status: world.references.to('boardStatuses', status),
    project: world.references.to('projects', project),
    phase: world.references.to('phases', phase),
    wbsCode: freeWbsCode(world.stores, project.id, phase),
    company: project.company,
    owner: null,
    priority: { ...PRIORITIES[2] },
    estimatedStartDate: null,
    requiredDate: null,
    budgetHours: null,
    actualHours: null,
    resources: null,
    scheduleStartDate: null,
    scheduleEndDate: null,
    closedFlag: status.closedStatus,
    closedDate: null,
    closedBy: null,
    ...NO_PREDECESSOR,
    customFields: TICKET_CUSTOM_FIELDS,
    _info: world.newInfo(by),
  };
  const made = ticketWith(world, blank, changes, by);
  world.counters.tickets = id;
  world.stores.tickets.put(made);
  world.touchProject(project.id, by);
  world.tell({ store: 'tickets', action: 'added', id, person: by });
  return made;
}

export function editTicket(
  world: WorldCore,
  person: string,
  id: number,
  changes: TicketChanges,
): ProjectTicket {
  const by = world.person(person).identifier;
  const before = world.require('tickets', id);
  const input = ticketChangesSchema.parse(changes);
  const changed = ticketWith(world, before, input, by);
  let after: ProjectTicket = { ...changed, _info: world.stamped(before._info, by) };
  if (input.wbsCode !== undefined && input.wbsCode !== after.wbsCode) {
    placeTicket(world, after, input.wbsCode, by);
    after = { ...after, wbsCode: input.wbsCode };
  }
  world.stores.tickets.put(after);
  if (world.references.find('tickets', id)) world.references.to('tickets', after);
  if (before.closedFlag !== after.closedFlag) tellFollowers(world, after);
  if (before.phase !== after.phase) moveTimeWith(world, after);
  world.touchProject(after.project.id, by);
  world.tell({ store: 'tickets', action: 'updated', id, person: by });
  return after;
}

export function deleteTicket(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const ticket = world.require('tickets', id);
  world.stores.tickets.delete(id);
  freeFollowers(world, ticket);
  removeTicketBelongings(world, id, by);
  if (world.rules.deletedTicketTime === 'removed') moveHours(world, ticket.project.id, ticket, -1);
  world.touchProject(ticket.project.id, by);
  world.tell({ store: 'tickets', action: 'deleted', id, person: by });
}

/** The status of another board that a ticket gets there: of the same name, else as open or closed as it was. */
function statusOn(world: WorldCore, boardId: number, ticket: ProjectTicket): BoardStatus {
  const statuses = boardStatuses(world, boardId);
  const name = ticket.status.name?.toLowerCase();
  const chosen =
    statuses.find((status) => status.name.toLowerCase() === name) ??
    statuses.find((status) => status.closedStatus === ticket.closedFlag) ??
    statuses[0];
  if (!chosen) throw new Refusal('invalid', `board ${boardId} has no status`);
  return chosen;
}

/** The ticket as it stands on the board of `project`. Throws a `Refusal` when that board has no status. */
export function ticketOnBoardOf(
  world: WorldCore,
  ticket: ProjectTicket,
  project: Pick<Project, 'board'>,
  by: string,
): ProjectTicket {
  if (ticket.board.id === project.board.id) return ticket;
  const status = statusOn(world, project.board.id, ticket);
  return { ...ticket, board: project.board, ...fieldsOfStatus(world, ticket, status, by) };
}

/**
 * Moves a ticket to any phase, also one of another project: it then takes that project's customer and board,
 * and its time goes with it. What depends on it stays behind.
 */
export function moveTicket(world: WorldCore, person: string, id: number, phaseId: number): ProjectTicket {
  const by = world.person(person).identifier;
  const before = world.require('tickets', id);
  const phase = world.require('phases', phaseId);
  if (phase.projectId === before.project.id) return editTicket(world, person, id, { phase: phaseId });
  const project = world.require('projects', phase.projectId);
  const after: ProjectTicket = {
    ...ticketOnBoardOf(world, before, project, by),
    project: world.references.to('projects', project),
    phase: world.references.to('phases', phase),
    wbsCode: freeWbsCode(world.stores, project.id, phase),
    company: project.company,
    ...NO_PREDECESSOR,
    _info: world.stamped(before._info, by),
  };
  freeFollowers(world, before);
  world.stores.tickets.put(after);
  moveTimeWith(world, after);
  moveHours(world, before.project.id, before, -1);
  moveHours(world, project.id, after, 1);
  world.touchProject(before.project.id, by);
  world.touchProject(project.id, by);
  world.tell({ store: 'tickets', action: 'updated', id, person: by });
  return after;
}
