import type {
  NewPhase,
  NewProject,
  NewTicket,
  PhaseChanges,
  ProjectChanges,
  TicketChanges,
} from './changes.ts';
import type {
  NewProjectNote,
  NewScheduleEntry,
  NewTeamMember,
  NewTicketNote,
  NewTimeEntry,
  ProjectNoteChanges,
  ScheduleEntryChanges,
  TeamMemberChanges,
  TicketNoteChanges,
  TimeEntryChanges,
} from './entry-changes.ts';
import {
  addProjectNote,
  addTicketNote,
  deleteProjectNote,
  deleteTicketNote,
  editProjectNote,
  editTicketNote,
} from './note-acts.ts';
import { addPhase, deletePhase, editPhase } from './phase-acts.ts';
import { addProject, deleteProject, editProject, moveProject } from './project-acts.ts';
import type {
  BoardStatus,
  Company,
  Member,
  NoteType,
  Phase,
  Project,
  ProjectNote,
  ProjectTicket,
  ScheduleEntry,
  TeamMember,
  TicketNote,
  TimeEntry,
  WorkType,
} from './records.ts';
import {
  addScheduleEntry,
  deleteScheduleEntry,
  editScheduleEntry,
  retypeProjectEntries,
} from './schedule-acts.ts';
import {
  addBoardStatus,
  addCompany,
  addMember,
  addNoteType,
  addWorkType,
  deleteBoard,
  deleteCompany,
  deleteMember,
  deleteNoteType,
  deleteWorkType,
  editBoardStatus,
  editCompany,
  editMember,
  editNoteType,
  editWorkType,
} from './setup-acts.ts';
import type {
  BoardStatusChanges,
  CompanyChanges,
  MemberChanges,
  NewBoardStatus,
  NewCompany,
  NewMember,
  NewNoteType,
  NewWorkType,
  NoteTypeChanges,
  WorkTypeChanges,
} from './setup-changes.ts';
import { addTeamMember, deleteTeamMember, editTeamMember } from './team-acts.ts';
import { addTicket, deleteTicket, editTicket, moveTicket } from './ticket-acts.ts';
import { addTimeEntry, deleteTimeEntry, editTimeEntry } from './time-acts.ts';
import { WorldCore, type WorldRules } from './world-core.ts';

/**
 * The simulated tenant: its records, and what people do to them. Every change is made by a person, stamps
 * `_info` in whole seconds, keeps the fields that follow from others, and either happens whole or throws a
 * `Refusal` (or a `ZodError`) and leaves everything as it was. Ids are never given out twice.
 */
export class World extends WorldCore {
  addProject(person: string, project: NewProject): Project {
    return addProject(this, person, project);
  }

  editProject(person: string, id: number, changes: ProjectChanges): Project {
    return editProject(this, person, id, changes);
  }

  /** Takes away with it all that is in the project. */
  deleteProject(person: string, id: number): void {
    deleteProject(this, person, id);
  }

  /** Moves a project to another project board: its phases and tickets follow, the tickets with a status of that board. */
  moveProject(person: string, id: number, boardId: number): Project {
    return moveProject(this, person, id, boardId);
  }

  addPhase(person: string, phase: NewPhase): Phase {
    return addPhase(this, person, phase);
  }

  editPhase(person: string, id: number, changes: PhaseChanges): Phase {
    return editPhase(this, person, id, changes);
  }

  /** Only a phase without tickets and without phases below it can go. */
  deletePhase(person: string, id: number): void {
    deletePhase(this, person, id);
  }

  addTicket(person: string, ticket: NewTicket): ProjectTicket {
    return addTicket(this, person, ticket);
  }

  editTicket(person: string, id: number, changes: TicketChanges): ProjectTicket {
    return editTicket(this, person, id, changes);
  }

  deleteTicket(person: string, id: number): void {
    deleteTicket(this, person, id);
  }

  /**
   * Moves a ticket to any phase, also one of another project: it then takes that project's customer and board,
   * and its time goes with it. What depends on it stays behind.
   */
  moveTicket(person: string, id: number, phaseId: number): ProjectTicket {
    return moveTicket(this, person, id, phaseId);
  }

  addScheduleEntry(person: string, entry: NewScheduleEntry): ScheduleEntry {
    return addScheduleEntry(this, person, entry);
  }

  editScheduleEntry(person: string, id: number, changes: ScheduleEntryChanges): ScheduleEntry {
    return editScheduleEntry(this, person, id, changes);
  }

  deleteScheduleEntry(person: string, id: number): void {
    deleteScheduleEntry(this, person, id);
  }

  addTimeEntry(person: string, entry: NewTimeEntry): TimeEntry {
    return addTimeEntry(this, person, entry);
  }

  editTimeEntry(person: string, id: number, changes: TimeEntryChanges): TimeEntry {
    return editTimeEntry(this, person, id, changes);
  }

  deleteTimeEntry(person: string, id: number): void {
    deleteTimeEntry(this, person, id);
  }

  addProjectNote(person: string, note: NewProjectNote): ProjectNote {
    return addProjectNote(this, person, note);
  }

  editProjectNote(person: string, id: number, changes: ProjectNoteChanges): ProjectNote {
    return editProjectNote(this, person, id, changes);
  }

  deleteProjectNote(person: string, id: number): void {
    deleteProjectNote(this, person, id);
  }

  addTicketNote(person: string, note: NewTicketNote): TicketNote {
    return addTicketNote(this, person, note);
  }

  editTicketNote(person: string, id: number, changes: TicketNoteChanges): TicketNote {
    return editTicketNote(this, person, id, changes);
  }

  deleteTicketNote(person: string, id: number): void {
    deleteTicketNote(this, person, id);
  }

  /** Puts somebody on the team of a project, where nobody stands twice. */
  addTeamMember(person: string, input: NewTeamMember): TeamMember {
    return addTeamMember(this, person, input);
  }

  editTeamMember(person: string, id: number, changes: TeamMemberChanges): TeamMember {
    return editTeamMember(this, person, id, changes);
  }

  deleteTeamMember(person: string, id: number): void {
    deleteTeamMember(this, person, id);
  }

  addMember(person: string, input: NewMember): Member {
    return addMember(this, person, input);
  }

  editMember(person: string, id: number, changes: MemberChanges): Member {
    return editMember(this, person, id, changes);
  }

  /** Records go on naming the member: references to what is gone dangle, as they do in grown data. */
  deleteMember(person: string, id: number): void {
    deleteMember(this, person, id);
  }

  addCompany(person: string, input: NewCompany): Company {
    return addCompany(this, person, input);
  }

  editCompany(person: string, id: number, changes: CompanyChanges): Company {
    return editCompany(this, person, id, changes);
  }

  /** Companies are only marked as deleted: they stay where records name them, and in lists. */
  deleteCompany(person: string, id: number): void {
    deleteCompany(this, person, id);
  }

  /** Takes the statuses of the board away too; projects and tickets go on naming both. */
  deleteBoard(person: string, id: number): void {
    deleteBoard(this, person, id);
  }

  addBoardStatus(person: string, input: NewBoardStatus): BoardStatus {
    return addBoardStatus(this, person, input);
  }

  /** An inactive status stays with the tickets that have it, but no ticket can be given it. */
  editBoardStatus(person: string, id: number, changes: BoardStatusChanges): BoardStatus {
    return editBoardStatus(this, person, id, changes);
  }

  addNoteType(person: string, input: NewNoteType): NoteType {
    return addNoteType(this, person, input);
  }

  editNoteType(person: string, id: number, changes: NoteTypeChanges): NoteType {
    return editNoteType(this, person, id, changes);
  }

  deleteNoteType(person: string, id: number): void {
    deleteNoteType(this, person, id);
  }

  addWorkType(person: string, input: NewWorkType): WorkType {
    return addWorkType(this, person, input);
  }

  editWorkType(person: string, id: number, changes: WorkTypeChanges): WorkType {
    return editWorkType(this, person, id, changes);
  }

  deleteWorkType(person: string, id: number): void {
    deleteWorkType(this, person, id);
  }

  /** Lets switches decide what is only inferred. Throws a `Refusal` for a schedule type that is not there. */
  applyRules(rules: WorldRules): void {
    const { projectTicketScheduleType: identifier } = rules;
    if (identifier !== this.rules.projectTicketScheduleType) retypeProjectEntries(this, identifier);
    this.rules = { ...rules };
  }
}
