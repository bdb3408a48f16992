import { RecordStore } from './record-store.ts';
import type {
  Board,
  BoardStatus,
  Company,
  CompanyStatus,
  Member,
  NoteType,
  Phase,
  PlanStatus,
  Project,
  ProjectNote,
  ProjectRole,
  ProjectTicket,
  Reference,
  ScheduleEntry,
  ScheduleStatus,
  ScheduleType,
  ServiceTicket,
  TeamMember,
  TicketNote,
  TimeEntry,
  WorkRole,
  WorkType,
} from './records.ts';

export type Stores = ReturnType<typeof createStores>;
export type StoreName = keyof Stores;

/** The index key of a row that belongs to no project. */
const NOWHERE = 0;

export function createStores() {
  return {
    members: new RecordStore<Member>(),
    companies: new RecordStore<Company>(),
    boards: new RecordStore<Board>(),
    boardStatuses: new RecordStore<BoardStatus>({ 'board/id': (row) => row.board.id }),
    projectStatuses: new RecordStore<PlanStatus>(),
    phaseStatuses: new RecordStore<PlanStatus>(),
    projects: new RecordStore<Project>(),
    phases: new RecordStore<Phase>({ projectid: (row) => row.projectId }),
    tickets: new RecordStore<ProjectTicket>({ 'project/id': (row) => row.project.id }),
    serviceTickets: new RecordStore<ServiceTicket>(),
    scheduleEntries: new RecordStore<ScheduleEntry>({ objectid: (row) => row.objectId }),
    timeEntries: new RecordStore<TimeEntry>({
      'project/id': (row) => row.project?.id ?? NOWHERE,
      'ticket/id': (row) => row.ticket.id,
      chargetoid: (row) => row.chargeToId,
    }),
    projectNotes: new RecordStore<ProjectNote>({ projectid: (row) => row.projectId }),
    ticketNotes: new RecordStore<TicketNote>({ ticketid: (row) => row.ticketId }),
    teamMembers: new RecordStore<TeamMember>({ projectid: (row) => row.projectId }),
    noteTypes: new RecordStore<NoteType>(),
    companyStatuses: new RecordStore<CompanyStatus>(),
    workTypes: new RecordStore<WorkType>(),
    workRoles: new RecordStore<WorkRole>(),
    scheduleTypes: new RecordStore<ScheduleType>(),
    scheduleStatuses: new RecordStore<ScheduleStatus>(),
    projectRoles: new RecordStore<ProjectRole>(),
  };
}

/** Which field of which record points to which store. */
export const REFERENCE_FIELDS: Readonly<Partial<Record<StoreName, Readonly<Record<string, StoreName>>>>> = {
  boardStatuses: { board: 'boards' },
  projects: { board: 'boards', company: 'companies', manager: 'members', status: 'projectStatuses' },
  phases: { board: 'boards', status: 'phaseStatuses', parentPhase: 'phases' },
  tickets: {
    board: 'boards',
    status: 'boardStatuses',
    project: 'projects',
    phase: 'phases',
    company: 'companies',
    owner: 'members',
  },
  serviceTickets: { board: 'boards', status: 'boardStatuses', company: 'companies', owner: 'members' },
  companies: { status: 'companyStatuses' },
  scheduleEntries: { type: 'scheduleTypes', member: 'members', status: 'scheduleStatuses' },
  timeEntries: {
    member: 'members',
    workType: 'workTypes',
    workRole: 'workRoles',
    ticket: 'tickets',
    project: 'projects',
    phase: 'phases',
  },
  projectNotes: { type: 'noteTypes' },
  ticketNotes: { member: 'members' },
  teamMembers: { member: 'members', projectRole: 'projectRoles' },
};

/** Whose references show the identifier as well. */
const IDENTIFIED: readonly StoreName[] = ['members', 'companies', 'scheduleTypes'];

type Named = {
  readonly id: number;
  readonly name?: string;
  readonly identifier?: string;
  readonly description?: string | null;
  readonly summary?: string;
  readonly firstName?: string;
  readonly lastName?: string;
};

/** The name under which references show a record: of a phase its description, of a member the full name. */
function nameOf(row: Named): string {
  if (row.name !== undefined) return row.name;
  if (row.firstName !== undefined) return `${row.firstName} ${row.lastName ?? ''}`.trim();
  return row.summary ?? row.description ?? '';
}

/** The one shared reference object for each record. */
export class ReferenceBook {
  readonly #references = new Map<string, Reference>();

  /** The reference to `row`, brought up to date with its present name. */
  to(store: StoreName, row: Named): Reference {
    const key = `${store}:${row.id}`;
    const reference: Reference = this.#references.get(key) ?? { id: row.id };
    if (row.identifier !== undefined && IDENTIFIED.includes(store)) reference.identifier = row.identifier;
    reference.name = nameOf(row);
    // A role has no identifier of its own: references show its name under both.
    if (store === 'projectRoles') reference.identifier = reference.name;
    this.#references.set(key, reference);
    return reference;
  }

  find(store: StoreName, id: number): Reference | undefined {
    return this.#references.get(`${store}:${id}`);
  }
}
