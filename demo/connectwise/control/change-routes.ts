import { z } from 'zod';
import {
  newPhaseSchema,
  newProjectSchema,
  newTicketSchema,
  phaseChangesSchema,
  projectChangesSchema,
  recordId as recordIdSchema,
  ticketChangesSchema,
} from '../world/changes.ts';
import {
  newProjectNoteSchema,
  newScheduleEntrySchema,
  newTeamMemberSchema,
  newTicketNoteSchema,
  newTimeEntrySchema,
  projectNoteChangesSchema,
  scheduleEntryChangesSchema,
  teamMemberChangesSchema,
  ticketNoteChangesSchema,
  timeEntryChangesSchema,
} from '../world/entry-changes.ts';
import { Refusal } from '../world/refusal.ts';
import {
  boardStatusChangesSchema,
  companyChangesSchema,
  memberChangesSchema,
  newBoardStatusSchema,
  newCompanySchema,
  newMemberSchema,
  newNoteTypeSchema,
  newWorkTypeSchema,
  noteTypeChangesSchema,
  workTypeChangesSchema,
} from '../world/setup-changes.ts';
import type { World } from '../world/world.ts';
import { type ControlRoute, recordId } from './route.ts';

/** Member identifier of the person who does it. */
const as = z.string().min(1);
const named = z.looseObject({ as });
const edit = z.strictObject({ as, changes: z.unknown() });

/** The person of a request without a body: `?as=areyes`. */
function asOf(query: URLSearchParams): string {
  const person = query.get('as');
  if (!person) throw new Refusal('invalid', 'say who does it: ?as=<member identifier>');
  return person;
}

/** `POST /{name} {as, …the new record}`. */
function adds<S extends z.ZodType>(
  name: string,
  schema: S,
  run: (world: World, person: string, input: z.output<S>) => unknown,
): ControlRoute {
  return {
    method: 'POST',
    path: new RegExp(`^/${name}$`),
    status: 201,
    run: ({ world }, { body }) => {
      const { as: person, ...input } = named.parse(body);
      return run(world, person, schema.parse(input));
    },
  };
}

/** `PATCH /{name}/{id} {as, changes}`. */
function edits<S extends z.ZodType>(
  name: string,
  schema: S,
  run: (world: World, person: string, id: number, changes: z.output<S>) => unknown,
): ControlRoute {
  return {
    method: 'PATCH',
    path: new RegExp(`^/${name}/([^/]+)$`),
    run: ({ world }, { id, body }) => {
      const { as: person, changes } = edit.parse(body);
      return run(world, person, recordId(id), schema.parse(changes));
    },
  };
}

/** `DELETE /{name}/{id}?as=…`. */
function deletes(name: string, run: (world: World, person: string, id: number) => void): ControlRoute {
  return {
    method: 'DELETE',
    path: new RegExp(`^/${name}/([^/]+)$`),
    run: ({ world }, { id, query }) => {
      run(world, asOf(query), recordId(id));
      return null;
    },
  };
}

/** `POST /{name}/{id}/move {as, [place]: id}`. */
function moves(
  name: string,
  place: string,
  run: (world: World, person: string, id: number, to: number) => unknown,
): ControlRoute {
  const move = z.strictObject({ as, [place]: recordIdSchema });
  return {
    method: 'POST',
    path: new RegExp(`^/${name}/([^/]+)/move$`),
    run: ({ world }, { id, body }) => {
      const read = move.parse(body);
      return run(world, String(read.as), recordId(id), Number(read[place]));
    },
  };
}

const workRoutes: readonly ControlRoute[] = [
  adds('projects', newProjectSchema, (world, person, input) => world.addProject(person, input)),
  edits('projects', projectChangesSchema, (world, person, id, to) => world.editProject(person, id, to)),
  deletes('projects', (world, person, id) => world.deleteProject(person, id)),
  moves('projects', 'board', (world, person, id, board) => world.moveProject(person, id, board)),
  adds('phases', newPhaseSchema, (world, person, input) => world.addPhase(person, input)),
  edits('phases', phaseChangesSchema, (world, person, id, to) => world.editPhase(person, id, to)),
  deletes('phases', (world, person, id) => world.deletePhase(person, id)),
  adds('tickets', newTicketSchema, (world, person, input) => world.addTicket(person, input)),
  edits('tickets', ticketChangesSchema, (world, person, id, to) => world.editTicket(person, id, to)),
  deletes('tickets', (world, person, id) => world.deleteTicket(person, id)),
  moves('tickets', 'phase', (world, person, id, phase) => world.moveTicket(person, id, phase)),
];

const entryRoutes: readonly ControlRoute[] = [
  adds('schedule', newScheduleEntrySchema, (world, person, input) => world.addScheduleEntry(person, input)),
  edits('schedule', scheduleEntryChangesSchema, (world, person, id, to) =>
    world.editScheduleEntry(person, id, to),
  ),
  deletes('schedule', (world, person, id) => world.deleteScheduleEntry(person, id)),
  adds('time', newTimeEntrySchema, (world, person, input) => world.addTimeEntry(person, input)),
  edits('time', timeEntryChangesSchema, (world, person, id, to) => world.editTimeEntry(person, id, to)),
  deletes('time', (world, person, id) => world.deleteTimeEntry(person, id)),
  adds('project-notes', newProjectNoteSchema, (world, person, input) => world.addProjectNote(person, input)),
  edits('project-notes', projectNoteChangesSchema, (world, person, id, to) =>
    world.editProjectNote(person, id, to),
  ),
  deletes('project-notes', (world, person, id) => world.deleteProjectNote(person, id)),
  adds('ticket-notes', newTicketNoteSchema, (world, person, input) => world.addTicketNote(person, input)),
  edits('ticket-notes', ticketNoteChangesSchema, (world, person, id, to) =>
    world.editTicketNote(person, id, to),
  ),
  deletes('ticket-notes', (world, person, id) => world.deleteTicketNote(person, id)),
  adds('team-members', newTeamMemberSchema, (world, person, input) => world.addTeamMember(person, input)),
  edits('team-members', teamMemberChangesSchema, (world, person, id, to) =>
    world.editTeamMember(person, id, to),
  ),
  deletes('team-members', (world, person, id) => world.deleteTeamMember(person, id)),
];

const setupRoutes: readonly ControlRoute[] = [
  adds('members', newMemberSchema, (world, person, input) => world.addMember(person, input)),
  edits('members', memberChangesSchema, (world, person, id, to) => world.editMember(person, id, to)),
  deletes('members', (world, person, id) => world.deleteMember(person, id)),
  adds('companies', newCompanySchema, (world, person, input) => world.addCompany(person, input)),
  edits('companies', companyChangesSchema, (world, person, id, to) => world.editCompany(person, id, to)),
  deletes('companies', (world, person, id) => world.deleteCompany(person, id)),
  deletes('boards', (world, person, id) => world.deleteBoard(person, id)),
  adds('board-statuses', newBoardStatusSchema, (world, person, input) => world.addBoardStatus(person, input)),
  edits('board-statuses', boardStatusChangesSchema, (world, person, id, to) =>
    world.editBoardStatus(person, id, to),
  ),
  adds('note-types', newNoteTypeSchema, (world, person, input) => world.addNoteType(person, input)),
  edits('note-types', noteTypeChangesSchema, (world, person, id, to) => world.editNoteType(person, id, to)),
  deletes('note-types', (world, person, id) => world.deleteNoteType(person, id)),
  adds('work-types', newWorkTypeSchema, (world, person, input) => world.addWorkType(person, input)),
  edits('work-types', workTypeChangesSchema, (world, person, id, to) => world.editWorkType(person, id, to)),
  deletes('work-types', (world, person, id) => world.deleteWorkType(person, id)),
];

/** What people do in the tenant: every change names its person. */
export const changeRoutes: readonly ControlRoute[] = [...workRoutes, ...entryRoutes, ...setupRoutes];
