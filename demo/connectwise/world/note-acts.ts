import {
  type NewProjectNote,
  type NewTicketNote,
  newProjectNoteSchema,
  newTicketNoteSchema,
  type ProjectNoteChanges,
  projectNoteChangesSchema,
  type TicketNoteChanges,
  ticketNoteChangesSchema,
} from './entry-changes.ts';
import type { ProjectNote, Reference, TicketNote } from './records.ts';
import { chooseByName, type WorldCore } from './world-core.ts';

function chosenType(world: WorldCore, wanted: string | number): Reference {
  const rows = world.stores.noteTypes.rows();
  return world.references.to('noteTypes', chooseByName(rows, wanted, 'note type'));
}

function standardType(world: WorldCore): number {
  const rows = world.stores.noteTypes.rows();
  return (rows.find((type) => type.defaultFlag) ?? rows[0])?.id ?? 0;
}

export function addProjectNote(world: WorldCore, person: string, note: NewProjectNote): ProjectNote {
  const by = world.person(person).identifier;
  const { project, text, type, flagged } = newProjectNoteSchema.parse(note);
  const { id: projectId } = world.require('projects', project);
  const made: ProjectNote = {
    id: world.counters.projectNotes + 1,
    projectId,
    text,
    type: chosenType(world, type ?? standardType(world)),
    flagged: flagged ?? false,
    _info: world.newInfo(by),
  };
  world.added('projectNotes', made, by);
  world.touchProject(projectId, by);
  return made;
}

export function editProjectNote(
  world: WorldCore,
  person: string,
  id: number,
  changes: ProjectNoteChanges,
): ProjectNote {
  const by = world.person(person).identifier;
  const before = world.require('projectNotes', id);
  const { text, type, flagged } = projectNoteChangesSchema.parse(changes);
  const after: ProjectNote = {
    ...before,
    text: text ?? before.text,
    type: type === undefined ? before.type : chosenType(world, type),
    flagged: flagged ?? before.flagged,
    _info: world.stamped(before._info, by),
  };
  world.updated('projectNotes', after, by);
  world.touchProject(after.projectId, by);
  return after;
}

export function deleteProjectNote(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const note = world.require('projectNotes', id);
  world.deleted('projectNotes', id, by);
  world.touchProject(note.projectId, by);
}

export function addTicketNote(world: WorldCore, person: string, note: NewTicketNote): TicketNote {
  const author = world.person(person);
  const by = author.identifier;
  const input = newTicketNoteSchema.parse(note);
  const { id: ticketId } = world.require('tickets', input.ticket);
  const internalAnalysisFlag = input.internalAnalysisFlag ?? false;
  const resolutionFlag = input.resolutionFlag ?? false;
  const made: TicketNote = {
    id: world.counters.ticketNotes + 1,
    ticketId,
    text: input.text,
    // A note stands in one of the three places at least: the description unless said otherwise.
    detailDescriptionFlag: input.detailDescriptionFlag ?? !(internalAnalysisFlag || resolutionFlag),
    internalAnalysisFlag,
    resolutionFlag,
    member: world.references.to('members', author),
    _info: world.newInfo(by),
  };
  world.added('ticketNotes', made, by);
  world.touchTicket(ticketId, by);
  return made;
}

export function editTicketNote(
  world: WorldCore,
  person: string,
  id: number,
  changes: TicketNoteChanges,
): TicketNote {
  const by = world.person(person).identifier;
  const before = world.require('ticketNotes', id);
  const input = ticketNoteChangesSchema.parse(changes);
  const after: TicketNote = {
    ...before,
    text: input.text ?? before.text,
    detailDescriptionFlag: input.detailDescriptionFlag ?? before.detailDescriptionFlag,
    internalAnalysisFlag: input.internalAnalysisFlag ?? before.internalAnalysisFlag,
    resolutionFlag: input.resolutionFlag ?? before.resolutionFlag,
    _info: world.stamped(before._info, by),
  };
  world.updated('ticketNotes', after, by);
  world.touchTicket(after.ticketId, by);
  return after;
}

export function deleteTicketNote(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const note = world.require('ticketNotes', id);
  world.deleted('ticketNotes', id, by);
  world.touchTicket(note.ticketId, by);
}
