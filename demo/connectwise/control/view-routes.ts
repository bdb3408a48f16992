import { entriesOf } from '../world/derived.ts';
import { Refusal } from '../world/refusal.ts';
import { PRIORITIES } from '../world/setup-tables.ts';
import type { World } from '../world/world.ts';
import { type ControlRoute, recordId } from './route.ts';
import type { SimulatorState } from './simulator-state.ts';

/** Tickets that the page gets at a time. */
const TICKETS_SHOWN = 100;

function setup({ world, credentials }: SimulatorState) {
  const { stores } = world;
  return {
    companyId: credentials.companyId,
    people: stores.members.rows().map(({ identifier, firstName, lastName, licenseClass, inactiveFlag }) => ({
      identifier,
      name: `${firstName} ${lastName}`,
      licenseClass,
      inactiveFlag,
    })),
    projectStatuses: stores.projectStatuses.rows().map(({ id, name }) => ({ id, name })),
    boards: stores.boards.rows().map(({ id, name, projectFlag }) => ({
      id,
      name,
      projectFlag,
      statuses: stores.boardStatuses.rows('board/id', id).map((status) => ({
        id: status.id,
        name: status.name,
        closed: status.closedStatus,
      })),
    })),
    workTypes: stores.workTypes
      .rows()
      .filter((type) => !type.inactiveFlag)
      .map(({ name }) => name),
    priorities: PRIORITIES.map(({ name }) => name),
  };
}

function projectList(world: World) {
  return world.stores.projects.rows().map((project) => ({
    id: project.id,
    name: project.name,
    company: project.company.name,
    board: project.board.name,
    status: project.status.name,
    closedFlag: project.closedFlag,
    tickets: world.stores.tickets.idsWhere('project/id', project.id)?.length ?? 0,
  }));
}

function projectWithPhases(world: World, id: number) {
  const project = world.stores.projects.get(id);
  if (!project) throw new Refusal('missing', `Project ${id} not found`);
  return {
    project,
    phases: world.stores.phases.rows('projectid', id),
    team: world.stores.teamMembers.rows('projectid', id),
    notes: world.stores.projectNotes.rows('projectid', id),
  };
}

/** What stands on a ticket of either kind. */
function belongingsOf(world: World, id: number) {
  anyTicket(world, id);
  return {
    schedule: entriesOf(world, id),
    time: world.stores.timeEntries.rows('ticket/id', id),
    notes: world.stores.ticketNotes.rows('ticketid', id),
  };
}

function ticketsOf(world: World, id: number, query: URLSearchParams) {
  const { project } = projectWithPhases(world, id);
  const wanted = (query.get('filter') ?? '').toLowerCase();
  const offset = Math.max(0, Math.trunc(Number(query.get('offset') ?? 0)) || 0);
  const found = world.stores.tickets
    .rows('project/id', project.id)
    .filter((ticket) => ticket.summary.toLowerCase().includes(wanted) || String(ticket.id) === wanted);
  return { total: found.length, tickets: found.slice(offset, offset + TICKETS_SHOWN) };
}

function anyTicket(world: World, id: number) {
  const ticket = world.stores.tickets.get(id);
  if (ticket) return { kind: 'project', ticket };
  const serviceTicket = world.stores.serviceTickets.get(id);
  if (serviceTicket) return { kind: 'service', ticket: serviceTicket };
  throw new Refusal('missing', `Ticket ${id} not found`);
}

/** What the page shows; the API's own answers need keys, these do not. */
export const viewRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/setup$/, run: setup },
  { method: 'GET', path: /^\/revision$/, run: ({ revision }) => ({ revision: revision.count }) },
  { method: 'GET', path: /^\/projects$/, run: ({ world }) => projectList(world) },
  {
    method: 'GET',
    path: /^\/projects\/([^/]+)$/,
    run: ({ world }, { id }) => projectWithPhases(world, recordId(id)),
  },
  {
    method: 'GET',
    path: /^\/projects\/([^/]+)\/tickets$/,
    run: ({ world }, { id, query }) => ticketsOf(world, recordId(id), query),
  },
  {
    method: 'GET',
    path: /^\/tickets\/([^/]+)$/,
    run: ({ world }, { id }) => anyTicket(world, recordId(id)),
  },
  {
    method: 'GET',
    path: /^\/tickets\/([^/]+)\/belongings$/,
    run: ({ world }, { id }) => belongingsOf(world, recordId(id)),
  },
  {
    method: 'GET',
    path: /^\/schedule\/([^/]+)$/,
    run: ({ world }, { id }) => world.require('scheduleEntries', recordId(id)),
  },
  {
    method: 'GET',
    path: /^\/time\/([^/]+)$/,
    run: ({ world }, { id }) => world.require('timeEntries', recordId(id)),
  },
];
