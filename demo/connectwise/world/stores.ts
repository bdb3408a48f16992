import { RecordStore } from './record-store.ts';
import type {
  Board,
  BoardStatus,
  Company,
  Member,
  Phase,
  PlanStatus,
  Project,
  ProjectTicket,
  Reference,
  ServiceTicket,
} from './records.ts';

export type Stores = ReturnType<typeof createStores>;
export type StoreName = keyof Stores;

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
};

type Named = {
  readonly id: number;
  readonly name?: string;
  readonly identifier?: string;
  readonly description?: string | null;
  readonly firstName?: string;
  readonly lastName?: string;
};

/** The name under which references show a record: a phase's is its description, a member's the full name. */
function nameOf(row: Named): string {
  if (row.name !== undefined) return row.name;
  if (row.firstName !== undefined) return `${row.firstName} ${row.lastName ?? ''}`.trim();
  return row.description ?? '';
}

/** The one shared reference object for each record. */
export class ReferenceBook {
  readonly #references = new Map<string, Reference>();

  /** The reference to `row`, brought up to date with its present name. */
  to(store: StoreName, row: Named): Reference {
    const key = `${store}:${row.id}`;
    const reference: Reference = this.#references.get(key) ?? { id: row.id };
    if (row.identifier !== undefined) reference.identifier = row.identifier;
    reference.name = nameOf(row);
    this.#references.set(key, reference);
    return reference;
  }

  find(store: StoreName, id: number): Reference | undefined {
    return this.#references.get(`${store}:${id}`);
  }
}
