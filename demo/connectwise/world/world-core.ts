import type { RecordStore, Row } from './record-store.ts';
import type { Info, Member, PlanStatus, Reference } from './records.ts';
import { Refusal } from './refusal.ts';
import { createStores, ReferenceBook, type StoreName, type Stores } from './stores.ts';
import { toSeconds } from './timestamps.ts';

/** The last id given out, by counter. All tickets share one, as in ConnectWise. */
export type Counters = Record<CounterName, number>;
export type CounterName = Exclude<StoreName, 'serviceTickets'>;

export type WorldChange = {
  readonly store: StoreName;
  readonly action: 'added' | 'updated' | 'deleted';
  readonly id: number;
  /** Member identifier of whoever did it. */
  readonly person: string;
};

/** What is only inferred about how records hang together; each is a switch of the simulator. */
export type WorldRules = {
  /** Whether a change of what belongs to a record moves `lastUpdated` of that record as well. */
  readonly childTouchesParent: boolean;
  /** Whether a ticket's `lastUpdated` moves when its `resources`, hours or scheduled dates follow from entries. */
  readonly derivedTouchesTicket: boolean;
  /** What becomes of the time on a ticket that is deleted. */
  readonly deletedTicketTime: 'removed' | 'kept';
  /** Identifier of the schedule type that entries on project tickets have. */
  readonly projectTicketScheduleType: string;
};

const DEFAULT_RULES: WorldRules = {
  childTouchesParent: false,
  derivedTouchesTicket: true,
  deletedTicketTime: 'removed',
  projectTicketScheduleType: 'S',
};

const LABELS: Readonly<Record<StoreName, string>> = {
  members: 'Member',
  companies: 'Company',
  boards: 'Board',
  boardStatuses: 'Status',
  projectStatuses: 'Status',
  phaseStatuses: 'Status',
  projects: 'Project',
  phases: 'Phase',
  tickets: 'Ticket',
  serviceTickets: 'Ticket',
  scheduleEntries: 'ScheduleEntry',
  timeEntries: 'TimeEntry',
  projectNotes: 'Note',
  ticketNotes: 'Note',
  teamMembers: 'TeamMember',
  noteTypes: 'NoteType',
  companyStatuses: 'CompanyStatus',
  workTypes: 'WorkType',
  workRoles: 'WorkRole',
  scheduleTypes: 'ScheduleType',
  scheduleStatuses: 'ScheduleStatus',
  projectRoles: 'ProjectRole',
};

/** The record type of a store. */
export type RowOf<N extends StoreName> = NonNullable<ReturnType<Stores[N]['get']>>;

type NamedRow = Row & { readonly name: string };

/** The row that is meant by id or by name. Throws a `Refusal` that names what there is. */
export function chooseByName<T extends NamedRow>(
  rows: readonly T[],
  wanted: string | number,
  what: string,
): T {
  const found = rows.find((row) => row.id === wanted || row.name === wanted);
  if (found) return found;
  const names = rows.map((row) => row.name).join(', ');
  throw new Refusal('invalid', `there is no ${what} ${JSON.stringify(wanted)} here; there are: ${names}`);
}

/** What all changes of the tenant are made of: its records, who did it, when, and who hears of it. */
export class WorldCore {
  readonly stores: Stores = createStores();
  readonly references = new ReferenceBook();
  readonly counters = Object.fromEntries(
    Object.keys(this.stores)
      .filter((name) => name !== 'serviceTickets')
      .map((name) => [name, 0]),
  ) as Counters;
  /** What stamps changes. The server sets its own clock here. */
  clock: () => Date;
  rules: WorldRules = DEFAULT_RULES;
  readonly #listeners = new Set<(change: WorldChange) => void>();

  constructor(clock: () => Date) {
    this.clock = clock;
  }

  /** Calls `listener` after every change; the function returned ends that. */
  onChange(listener: (change: WorldChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: WorldChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** The member behind an identifier, in any case. Throws a `Refusal` for a stranger. */
  person(identifier: string): Member {
    const wanted = identifier.toLowerCase();
    const found = this.stores.members.rows().find((member) => member.identifier.toLowerCase() === wanted);
    if (!found) throw new Refusal('invalid', `there is no member ${JSON.stringify(identifier)}`);
    return found;
  }

  member(identifier: string | null): Reference | null {
    return identifier === null ? null : this.references.to('members', this.person(identifier));
  }

  /** The record of an id. Throws a `Refusal` when it is not there. */
  require<N extends StoreName>(name: N, id: number): RowOf<N> {
    const row = this.stores[name].get(id);
    if (!row) throw new Refusal('missing', `${LABELS[name]} ${id} not found`);
    return row as RowOf<N>;
  }

  /** Keeps a record under the next id of its counter. */
  added<N extends CounterName>(name: N, row: RowOf<N>, person: string): RowOf<N> {
    this.counters[name] = row.id;
    this.#put(name, row);
    this.tell({ store: name, action: 'added', id: row.id, person });
    return row;
  }

  updated<N extends StoreName>(name: N, row: RowOf<N>, person: string): RowOf<N> {
    this.#put(name, row);
    this.tell({ store: name, action: 'updated', id: row.id, person });
    return row;
  }

  deleted(name: StoreName, id: number, person: string): void {
    this.stores[name].delete(id);
    this.tell({ store: name, action: 'deleted', id, person });
  }

  #put<N extends StoreName>(name: N, row: RowOf<N>): void {
    // The compiler does not see that the store and the row are of one kind, which the parameter says.
    (this.stores[name] as unknown as RecordStore<Row>).put(row);
    if (this.references.find(name, row.id)) this.references.to(name, row);
  }

  defaultStatus(store: RecordStore<PlanStatus>): PlanStatus {
    const status = store.rows().find((row) => row.defaultFlag);
    if (!status) throw new Refusal('invalid', 'there is no default status');
    return status;
  }

  newInfo(person: string): Info {
    const at = toSeconds(this.clock());
    return { lastUpdated: at, updatedBy: person, dateEntered: at, enteredBy: person };
  }

  stamped(info: Info, person: string): Info {
    return { ...info, lastUpdated: toSeconds(this.clock()), updatedBy: person };
  }

  /** A change of something in a project: moves the project too if the rules say so. */
  touchProject(id: number, person: string): void {
    const project = this.stores.projects.get(id);
    if (!project || !this.rules.childTouchesParent) return;
    this.stores.projects.put({ ...project, _info: this.stamped(project._info, person) });
  }

  /** A change of something on a ticket: moves the ticket too if the rules say so. */
  touchTicket(id: number, person: string): void {
    const ticket = this.stores.tickets.get(id);
    if (!ticket || !this.rules.childTouchesParent) return;
    this.stores.tickets.put({ ...ticket, _info: this.stamped(ticket._info, person) });
  }
}
