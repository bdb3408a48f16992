import { z } from 'zod';
import {
  newPhaseSchema,
  newProjectSchema,
  newTicketSchema,
  phaseChangesSchema,
  projectChangesSchema,
  ticketChangesSchema,
} from '../world/changes.ts';
import { Refusal } from '../world/refusal.ts';
import { type ControlRoute, recordId } from './route.ts';

/** Member identifier of the person who does it. */
const as = z.string().min(1);

/** The person of a request without a body: `?as=areyes`. */
function asOf(query: URLSearchParams): string {
  const person = query.get('as');
  if (!person) throw new Refusal('invalid', 'say who does it: ?as=<member identifier>');
  return person;
}

const editProject = z.strictObject({ as, changes: projectChangesSchema });
const editPhase = z.strictObject({ as, changes: phaseChangesSchema });
const editTicket = z.strictObject({ as, changes: ticketChangesSchema });
const addProject = newProjectSchema.extend({ as });
const addPhase = newPhaseSchema.extend({ as });
const addTicket = newTicketSchema.extend({ as });

const projectRoutes: readonly ControlRoute[] = [
  {
    method: 'POST',
    path: /^\/projects$/,
    status: 201,
    run: ({ world }, { body }) => {
      const { as: person, ...project } = addProject.parse(body);
      return world.addProject(person, project);
    },
  },
  {
    method: 'PATCH',
    path: /^\/projects\/([^/]+)$/,
    run: ({ world }, { id, body }) => {
      const { as: person, changes } = editProject.parse(body);
      return world.editProject(person, recordId(id), changes);
    },
  },
  {
    method: 'DELETE',
    path: /^\/projects\/([^/]+)$/,
    run: ({ world }, { id, query }) => {
      world.deleteProject(asOf(query), recordId(id));
      return null;
    },
  },
];

const phaseRoutes: readonly ControlRoute[] = [
  {
    method: 'POST',
    path: /^\/phases$/,
    status: 201,
    run: ({ world }, { body }) => {
      const { as: person, ...phase } = addPhase.parse(body);
      return world.addPhase(person, phase);
    },
  },
  {
    method: 'PATCH',
    path: /^\/phases\/([^/]+)$/,
    run: ({ world }, { id, body }) => {
      const { as: person, changes } = editPhase.parse(body);
      return world.editPhase(person, recordId(id), changes);
    },
  },
  {
    method: 'DELETE',
    path: /^\/phases\/([^/]+)$/,
    run: ({ world }, { id, query }) => {
      world.deletePhase(asOf(query), recordId(id));
      return null;
    },
  },
];

const ticketRoutes: readonly ControlRoute[] = [
  {
    method: 'POST',
    path: /^\/tickets$/,
    status: 201,
    run: ({ world }, { body }) => {
      const { as: person, ...ticket } = addTicket.parse(body);
      return world.addTicket(person, ticket);
    },
  },
  {
    method: 'PATCH',
    path: /^\/tickets\/([^/]+)$/,
    run: ({ world }, { id, body }) => {
      const { as: person, changes } = editTicket.parse(body);
      return world.editTicket(person, recordId(id), changes);
    },
  },
  {
    method: 'DELETE',
    path: /^\/tickets\/([^/]+)$/,
    run: ({ world }, { id, query }) => {
      world.deleteTicket(asOf(query), recordId(id));
      return null;
    },
  },
];

/** What people do in the tenant: every change names its person. */
export const changeRoutes: readonly ControlRoute[] = [...projectRoutes, ...phaseRoutes, ...ticketRoutes];
