import {
  type NewPhase,
  type NewProject,
  type NewTicket,
  newPhaseSchema,
  newProjectSchema,
  newTicketSchema,
  type PhaseChanges,
  type PhaseChangesRead,
  type ProjectChanges,
  type ProjectChangesRead,
  phaseChangesSchema,
  projectChangesSchema,
  type TicketChanges,
  type TicketChangesRead,
  ticketChangesSchema,
} from './changes.ts';
import type { RecordStore, Row } from './record-store.ts';
import type { Info, Member, Phase, PlanStatus, Project, ProjectTicket, Reference } from './records.ts';
import { Refusal } from './refusal.ts';
import { PRIORITIES } from './setup-tables.ts';
import { createStores, ReferenceBook, type StoreName, type Stores } from './stores.ts';
import { toSeconds } from './timestamps.ts';
import { freeWbsCode } from './wbs.ts';

/** The last id given out, by counter. All tickets share one, as in ConnectWise. */
export type Counters = { projects: number; phases: number; tickets: number };

export type WorldChange = {
  readonly store: 'projects' | 'phases' | 'tickets';
  readonly action: 'added' | 'updated' | 'deleted';
  readonly id: number;
  /** Member identifier of whoever did it. */
  readonly person: string;
};

const LABELS: Readonly<Partial<Record<StoreName, string>>> = {
  projects: 'Project',
  phases: 'Phase',
  tickets: 'Ticket',
  boards: 'Board',
  companies: 'Company',
};

type StatusRow = Row & { readonly name: string };

function chooseStatus<T extends StatusRow>(rows: readonly T[], wanted: string | number): T {
  const found = rows.find((row) => row.id === wanted || row.name === wanted);
  if (!found) {
    const names = rows.map((row) => row.name).join(', ');
    throw new Refusal('invalid', `there is no status ${JSON.stringify(wanted)} here; there are: ${names}`);
  }
  return found;
}

function choosePriority(wanted: string): Reference {
  const found = PRIORITIES.find((priority) => priority.name === wanted);
  if (!found) {
    const names = PRIORITIES.map((priority) => priority.name).join(', ');
    throw new Refusal('invalid', `there is no priority ${JSON.stringify(wanted)}; there are: ${names}`);
  }
  return { ...found };
}

/**
 * The simulated tenant: its records, and what people do to them. Every change is made by a person, stamps
 * `_info` in whole seconds, keeps the fields that follow from others, and either happens whole or throws a
 * `Refusal` and leaves everything as it was.
 */
export class World {
  readonly stores: Stores = createStores();
  readonly references = new ReferenceBook();
  readonly counters: Counters = { projects: 0, phases: 0, tickets: 0 };
  /** What stamps changes. The server sets its own clock here. */
  clock: () => Date;
  /** Whether a change of a ticket or a phase moves `lastUpdated` of the project as well. */
  childTouchesParent = false;
  readonly #listeners = new Set<(change: WorldChange) => void>();

  constructor(clock: () => Date) {
    this.clock = clock;
  }

  /** Calls `listener` after every change; the function returned ends that. */
  onChange(listener: (change: WorldChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The member behind an identifier, in any case. Throws a `Refusal` for a stranger. */
  person(identifier: string): Member {
    const wanted = identifier.toLowerCase();
    const found = this.stores.members.rows().find((member) => member.identifier.toLowerCase() === wanted);
    if (!found) throw new Refusal('invalid', `there is no member ${JSON.stringify(identifier)}`);
    return found;
  }

  addProject(person: string, project: NewProject): Project {
    const by = this.person(person).identifier;
    const input = newProjectSchema.parse(project);
    const board = this.#require('boards', this.stores.boards, input.board);
    if (!board.projectFlag) throw new Refusal('invalid', `${board.name} is not a project board`);
    const company = this.#require('companies', this.stores.companies, input.company);
    const id = this.counters.projects + 1;
    const status = this.#defaultStatus(this.stores.projectStatuses);
    const blank: Project = {
      id,
      name: input.name,
      board: this.references.to('boards', board),
      company: this.references.to('companies', company),
      manager: null,
      status: this.references.to('projectStatuses', status),
      closedFlag: status.closedFlag,
      billingMethod: 'ActualRates',
      description: null,
      estimatedStart: input.estimatedStart,
      estimatedEnd: input.estimatedEnd,
      budgetHours: null,
      actualHours: 0,
      customFields: [],
      _info: this.#newInfo(by),
    };
    const { board: _board, company: _company, ...changes } = input;
    const made = this.#projectWith(blank, changes);
    this.counters.projects = id;
    this.references.to('projects', made);
    this.stores.projects.put(made);
    this.#tell({ store: 'projects', action: 'added', id, person: by });
    return made;
  }

  editProject(person: string, id: number, changes: ProjectChanges): Project {
    const by = this.person(person).identifier;
    const before = this.#require('projects', this.stores.projects, id);
    const changed = this.#projectWith(before, projectChangesSchema.parse(changes));
    const after = { ...changed, _info: this.#stamped(before._info, by) };
    this.references.to('projects', after);
    this.stores.projects.put(after);
    this.#tell({ store: 'projects', action: 'updated', id, person: by });
    return after;
  }

  /** Takes the phases and tickets of the project away with it. */
  deleteProject(person: string, id: number): void {
    const by = this.person(person).identifier;
    this.#require('projects', this.stores.projects, id);
    for (const ticketId of [...(this.stores.tickets.idsWhere('project/id', id) ?? [])]) {
      this.stores.tickets.delete(ticketId);
      this.#tell({ store: 'tickets', action: 'deleted', id: ticketId, person: by });
    }
    for (const phaseId of [...(this.stores.phases.idsWhere('projectid', id) ?? [])]) {
      this.stores.phases.delete(phaseId);
      this.#tell({ store: 'phases', action: 'deleted', id: phaseId, person: by });
    }
    this.stores.projects.delete(id);
    this.#tell({ store: 'projects', action: 'deleted', id, person: by });
  }

  addPhase(person: string, phase: NewPhase): Phase {
    const by = this.person(person).identifier;
    const { project: projectId, parentPhase, ...changes } = newPhaseSchema.parse(phase);
    const project = this.#require('projects', this.stores.projects, projectId);
    const parent = parentPhase === undefined ? null : this.#phaseOf(projectId, parentPhase);
    const id = this.counters.phases + 1;
    const blank: Phase = {
      id,
      projectId,
      description: changes.description,
      board: project.board,
      status: this.references.to('phaseStatuses', this.#defaultStatus(this.stores.phaseStatuses)),
      parentPhase: parent ? this.references.to('phases', parent) : null,
      wbsCode: freeWbsCode(this.stores, projectId, parent),
      markAsMilestoneFlag: false,
      notes: null,
      budgetHours: null,
      scheduledStart: null,
      scheduledEnd: null,
      _info: this.#newInfo(by),
    };
    const made = this.#phaseWith(blank, changes);
    this.counters.phases = id;
    this.references.to('phases', made);
    this.stores.phases.put(made);
    this.#touchProject(projectId, by);
    this.#tell({ store: 'phases', action: 'added', id, person: by });
    return made;
  }

  editPhase(person: string, id: number, changes: PhaseChanges): Phase {
    const by = this.person(person).identifier;
    const before = this.#require('phases', this.stores.phases, id);
    const changed = this.#phaseWith(before, phaseChangesSchema.parse(changes));
    const after = { ...changed, _info: this.#stamped(before._info, by) };
    this.references.to('phases', after);
    this.stores.phases.put(after);
    this.#touchProject(after.projectId, by);
    this.#tell({ store: 'phases', action: 'updated', id, person: by });
    return after;
  }

  /** Only a phase without tickets and without phases below it can go. */
  deletePhase(person: string, id: number): void {
    const by = this.person(person).identifier;
    const phase = this.#require('phases', this.stores.phases, id);
    const hasTickets = this.stores.tickets
      .rows('project/id', phase.projectId)
      .some((ticket) => ticket.phase.id === id);
    const hasPhases = this.stores.phases
      .rows('projectid', phase.projectId)
      .some((other) => other.parentPhase?.id === id);
    if (hasTickets || hasPhases) throw new Refusal('invalid', `phase ${id} still holds tickets or phases`);
    this.stores.phases.delete(id);
    this.#touchProject(phase.projectId, by);
    this.#tell({ store: 'phases', action: 'deleted', id, person: by });
  }

  addTicket(person: string, ticket: NewTicket): ProjectTicket {
    const by = this.person(person).identifier;
    const { phase: phaseId, ...changes } = newTicketSchema.parse(ticket);
    const phase = this.#require('phases', this.stores.phases, phaseId);
    const project = this.#require('projects', this.stores.projects, phase.projectId);
    const status = this.#boardStatuses(project.board.id)[0];
    if (!status) throw new Refusal('invalid', `board ${project.board.id} has no status`);
    const id = this.counters.tickets + 1;
    const blank: ProjectTicket = {
      id,
      summary: changes.summary,
      isIssueFlag: false,
      board: project.board,
      status: this.references.to('boardStatuses', status),
      project: this.references.to('projects', project),
      phase: this.references.to('phases', phase),
      wbsCode: freeWbsCode(this.stores, project.id, phase),
      company: project.company,
      owner: null,
      priority: { ...PRIORITIES[2] },
      estimatedStartDate: null,
      requiredDate: null,
      budgetHours: null,
      actualHours: null,
      resources: null,
      closedFlag: status.closedStatus,
      closedDate: null,
      closedBy: null,
      predecessorType: null,
      predecessorId: null,
      predecessorClosedFlag: null,
      lagDays: null,
      _info: this.#newInfo(by),
    };
    const made = this.#ticketWith(blank, changes, by);
    this.counters.tickets = id;
    this.stores.tickets.put(made);
    this.#touchProject(project.id, by);
    this.#tell({ store: 'tickets', action: 'added', id, person: by });
    return made;
  }

  editTicket(person: string, id: number, changes: TicketChanges): ProjectTicket {
    const by = this.person(person).identifier;
    const before = this.#require('tickets', this.stores.tickets, id);
    const changed = this.#ticketWith(before, ticketChangesSchema.parse(changes), by);
    const after = { ...changed, _info: this.#stamped(before._info, by) };
    this.stores.tickets.put(after);
    if (before.closedFlag !== after.closedFlag) this.#tellFollowers(after);
    this.#touchProject(after.project.id, by);
    this.#tell({ store: 'tickets', action: 'updated', id, person: by });
    return after;
  }

  deleteTicket(person: string, id: number): void {
    const by = this.person(person).identifier;
    const ticket = this.#require('tickets', this.stores.tickets, id);
    this.stores.tickets.delete(id);
    for (const follower of this.#followers(ticket)) {
      this.stores.tickets.put({
        ...follower,
        predecessorType: null,
        predecessorId: null,
        predecessorClosedFlag: null,
        lagDays: null,
      });
    }
    this.#subtractHours(ticket);
    this.#touchProject(ticket.project.id, by);
    this.#tell({ store: 'tickets', action: 'deleted', id, person: by });
  }

  #require<T extends Row>(name: StoreName, store: RecordStore<T>, id: number): T {
    const row = store.get(id);
    if (!row) throw new Refusal('missing', `${LABELS[name] ?? name} ${id} not found`);
    return row;
  }

  #phaseOf(projectId: number, phaseId: number): Phase {
    const phase = this.#require('phases', this.stores.phases, phaseId);
    if (phase.projectId !== projectId) {
      throw new Refusal('invalid', `phase ${phaseId} belongs to another project`);
    }
    return phase;
  }

  #boardStatuses(boardId: number) {
    return this.stores.boardStatuses.rows('board/id', boardId).filter((status) => !status.inactive);
  }

  #defaultStatus(store: RecordStore<PlanStatus>): PlanStatus {
    const status = store.rows().find((row) => row.defaultFlag);
    if (!status) throw new Refusal('invalid', 'there is no default status');
    return status;
  }

  #newInfo(person: string): Info {
    const at = toSeconds(this.clock());
    return { lastUpdated: at, updatedBy: person, dateEntered: at, enteredBy: person };
  }

  #stamped(info: Info, person: string): Info {
    return { ...info, lastUpdated: toSeconds(this.clock()), updatedBy: person };
  }

  #member(identifier: string | null): Reference | null {
    return identifier === null ? null : this.references.to('members', this.person(identifier));
  }

  #projectWith(project: Project, changes: ProjectChangesRead): Project {
    const { status, manager, name, estimatedStart, estimatedEnd, description, budgetHours } = changes;
    const next: Project = { ...project };
    if (name !== undefined) next.name = name;
    if (status !== undefined) {
      const chosen = chooseStatus(this.stores.projectStatuses.rows(), status);
      next.status = this.references.to('projectStatuses', chosen);
      next.closedFlag = chosen.closedFlag;
    }
    if (manager !== undefined) next.manager = this.#member(manager);
    if (description !== undefined) next.description = description;
    if (estimatedStart !== undefined) next.estimatedStart = estimatedStart;
    if (estimatedEnd !== undefined) next.estimatedEnd = estimatedEnd;
    if (budgetHours !== undefined) next.budgetHours = budgetHours;
    if (next.estimatedEnd < next.estimatedStart) {
      throw new Refusal('invalid', 'the estimated end lies before the estimated start');
    }
    return next;
  }

  #phaseWith(phase: Phase, changes: PhaseChangesRead): Phase {
    const next: Phase = { ...phase };
    if (changes.description !== undefined) next.description = changes.description;
    if (changes.status !== undefined) {
      const chosen = chooseStatus(this.stores.phaseStatuses.rows(), changes.status);
      next.status = this.references.to('phaseStatuses', chosen);
    }
    if (changes.budgetHours !== undefined) next.budgetHours = changes.budgetHours;
    if (changes.notes !== undefined) next.notes = changes.notes;
    if (changes.markAsMilestoneFlag !== undefined) next.markAsMilestoneFlag = changes.markAsMilestoneFlag;
    return next;
  }

  #ticketWith(ticket: ProjectTicket, changes: TicketChangesRead, by: string): ProjectTicket {
    const next: ProjectTicket = { ...ticket };
    if (changes.summary !== undefined) next.summary = changes.summary;
    if (changes.owner !== undefined) next.owner = this.#member(changes.owner);
    if (changes.priority !== undefined) next.priority = choosePriority(changes.priority);
    if (changes.budgetHours !== undefined) next.budgetHours = changes.budgetHours;
    if (changes.estimatedStartDate !== undefined) next.estimatedStartDate = changes.estimatedStartDate;
    if (changes.requiredDate !== undefined) next.requiredDate = changes.requiredDate;
    if (changes.isIssueFlag !== undefined) next.isIssueFlag = changes.isIssueFlag;
    if (changes.status !== undefined) Object.assign(next, this.#statusFields(ticket, changes.status, by));
    if (changes.phase !== undefined && changes.phase !== ticket.phase.id) {
      const phase = this.#phaseOf(ticket.project.id, changes.phase);
      next.phase = this.references.to('phases', phase);
      next.wbsCode = freeWbsCode(this.stores, ticket.project.id, phase);
    }
    Object.assign(next, this.#predecessorFields(ticket, changes));
    return next;
  }

  #statusFields(ticket: ProjectTicket, wanted: string | number, by: string): Partial<ProjectTicket> {
    const chosen = chooseStatus(this.#boardStatuses(ticket.board.id), wanted);
    const status = this.references.to('boardStatuses', chosen);
    if (chosen.closedStatus === ticket.closedFlag) return { status };
    return {
      status,
      closedFlag: chosen.closedStatus,
      closedDate: chosen.closedStatus ? toSeconds(this.clock()) : null,
      closedBy: chosen.closedStatus ? by : null,
    };
  }

  #predecessorFields(ticket: ProjectTicket, changes: TicketChangesRead): Partial<ProjectTicket> {
    const { predecessorType: type, predecessorId: id } = changes;
    if (type === undefined && id === undefined) return {};
    if (type === null && id === null) {
      return { predecessorType: null, predecessorId: null, predecessorClosedFlag: null, lagDays: null };
    }
    if (!type || !id) throw new Refusal('invalid', 'predecessorType and predecessorId go together');
    if (type === 'Phase') {
      this.#phaseOf(ticket.project.id, id);
      return { predecessorType: type, predecessorId: id, predecessorClosedFlag: false, lagDays: 0 };
    }
    const other = this.#require('tickets', this.stores.tickets, id);
    if (other.project.id !== ticket.project.id || other.id === ticket.id) {
      throw new Refusal('invalid', `ticket ${id} cannot be the predecessor of ticket ${ticket.id}`);
    }
    return { predecessorType: type, predecessorId: id, predecessorClosedFlag: other.closedFlag, lagDays: 0 };
  }

  #followers(ticket: ProjectTicket): ProjectTicket[] {
    return this.stores.tickets
      .rows('project/id', ticket.project.id)
      .filter((other) => other.predecessorType === 'Ticket' && other.predecessorId === ticket.id);
  }

  /** A derived field of other tickets: it moves without a stamp of its own. */
  #tellFollowers(ticket: ProjectTicket): void {
    for (const follower of this.#followers(ticket)) {
      this.stores.tickets.put({ ...follower, predecessorClosedFlag: ticket.closedFlag });
    }
  }

  #subtractHours(ticket: ProjectTicket): void {
    const project = this.stores.projects.get(ticket.project.id);
    if (!project || !ticket.actualHours) return;
    this.stores.projects.put({ ...project, actualHours: project.actualHours - ticket.actualHours });
  }

  #touchProject(id: number, person: string): void {
    const project = this.stores.projects.get(id);
    if (!project || !this.childTouchesParent) return;
    this.stores.projects.put({ ...project, _info: this.#stamped(project._info, person) });
  }

  #tell(change: WorldChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
