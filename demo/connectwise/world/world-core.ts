import { shareDone } from './percent-complete.ts';
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
  /** Whether whoever wrote it asked that no callback tells of it (tickets only). */
  readonly skipCallback: boolean;
};

export type PlantedValue = string | number | boolean | null;

/** What is only inferred about how records hang together; each is a switch of the simulator. */
export type WorldRules = {
  /** Whether a change of what belongs to a record moves `lastUpdated` of that record as well. */
  readonly childTouchesParent: boolean;
  /** Whether a ticket's `lastUpdated` moves when its `resources`, hours or scheduled dates follow from entries. */
  readonly derivedTouchesTicket: boolean;
  /** Whether callbacks, and others who listen, hear of a ticket whose fields follow from entries. */
  readonly derivedTellsTicket: boolean;
  /** What becomes of the time on a ticket that is deleted. */
  readonly deletedTicketTime: 'removed' | 'kept';
  /** Identifier of the schedule type that entries on project tickets have. */
  readonly projectTicketScheduleType: string;
  /** Whether records that only get another WBS code, because one came before them, count as changed. */
  readonly renumberingTouches: boolean;
  /** What it takes to make a phase a top-level one: a code of the top level and no parent, or one of them. */
  readonly phaseToTop: 'both' | 'either';
  /** Whether `percentComplete` follows the rule of the board, unless somebody overrides it. */
  readonly derivedPercentComplete: boolean;
  /** What 100 % is as a number. */
  readonly percentCompleteOfAll: 1 | 100;
};

const DEFAULT_RULES: WorldRules = {
  childTouchesParent: false,
  derivedTouchesTicket: true,
  derivedTellsTicket: false,
  deletedTicketTime: 'removed',
  projectTicketScheduleType: 'S',
  renumberingTouches: true,
  phaseToTop: 'both',
  derivedPercentComplete: false,
  percentCompleteOfAll: 1,
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
  #skipCallback = false;

  constructor(clock: () => Date) {
    this.clock = clock;
  }

  /** Calls `listener` after every change; the function returned ends that. */
  onChange(listener: (change: WorldChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: Omit<WorldChange, 'skipCallback'>): void {
    const skipCallback = this.#skipCallback && change.store === 'tickets';
    for (const listener of this.#listeners) listener({ ...change, skipCallback });
  }

  /** Runs `act`; what it changes on tickets is marked as nothing that callbacks tell of. */
  withoutCallbacks<T>(act: () => T): T {
    this.#skipCallback = true;
    try {
      return act();
    } finally {
      this.#skipCallback = false;
    }
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

  /**
   * Puts values into a record as old imports left them there: no rule is asked, and nobody hears of it. Only fields
   * that hold no reference. Throws a `Refusal` for others and for a record that is not there.
   */
  plant<N extends StoreName>(name: N, id: number, fields: Readonly<Record<string, PlantedValue>>): RowOf<N> {
    const row: RowOf<N> = this.require(name, id);
    for (const field of Object.keys(fields)) {
      const value: unknown = Object.entries(row).find(([key]) => key === field)?.[1];
      if (value === undefined || field === 'id' || (typeof value === 'object' && value !== null)) {
        throw new Refusal('invalid', `${field} is no field that can be planted`);
      }
    }
    const planted: RowOf<N> = { ...row, ...fields };
    this.#put(name, planted);
    return planted;
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
    this.followProgress(id);
    const project = this.stores.projects.get(id);
    if (!project || !this.rules.childTouchesParent) return;
    this.stores.projects.put({ ...project, _info: this.stamped(project._info, person) });
  }

  /** After a change of what a project's progress follows from. It moves without a stamp of its own. */
  followProgress(id: number): void {
    const project = this.stores.projects.get(id);
    if (!this.rules.derivedPercentComplete || !project || project.overridePercentComplete) return;
    const { boards, tickets, phases, phaseStatuses } = this.stores;
    const closed = phaseStatuses.rows().filter(({ closedFlag }) => closedFlag);
    const done = shareDone(boards.get(project.board.id)?.percentageCalculation ?? null, {
      project,
      tickets: tickets.rows('project/id', id),
      phases: phases.rows('projectid', id),
      closedPhaseStatuses: new Set(closed.map((status) => status.id)),
    });
    if (done === null) return;
    const percentComplete = Math.round(done * this.rules.percentCompleteOfAll * 10_000) / 10_000;
    this.stores.projects.put({ ...project, percentComplete });
  }

  /** A change of something on a ticket: moves the ticket too if the rules say so. */
  touchTicket(id: number, person: string): void {
    const ticket = this.stores.tickets.get(id);
    if (!ticket || !this.rules.childTouchesParent) return;
    this.stores.tickets.put({ ...ticket, _info: this.stamped(ticket._info, person) });
  }
}
