/**
 * Which fields of a PSA record become which fields of the plan (sync.md, "Kinds and fields"), as tables:
 * the merge reads nothing else.
 */
import { type Json, sameJson } from './json.ts';
import type { PlanKind } from './plan.ts';
import type {
  PsaPhase,
  PsaProject,
  PsaProjectNote,
  PsaRef,
  PsaScheduleEntry,
  PsaTeamMember,
  PsaTicket,
  PsaTicketNote,
  PsaTimeEntry,
} from './psa-records.ts';
import type { FieldRule } from './reconcile.ts';
import type { Category } from './status-mapping.ts';

/** What a status means, and the revision of the mapping that says so. */
export type Meaning = { readonly category: Category; readonly revision: number };

/** What the plan knows of records that others refer to. */
export type ReferenceContext = {
  /** Plan id of the phase with this external id; undefined where there is none. */
  readonly phaseId: (externalId: number) => string | undefined;
  readonly taskId: (externalId: number) => string | undefined;
  /** What a status of a board means for tickets, or of the projects for a project. */
  readonly meaning: (of: number | 'projects', statusId: number) => Meaning;
};

type Rules<R> = readonly FieldRule<R, ReferenceContext>[];

const asIs = (value: Json): Json => value;

function same<R>(field: string, psa: (record: R) => Json): FieldRule<R, ReferenceContext> {
  return { field, psa, toPlan: asIs };
}

/** A value that ConnectWise makes of other records. */
function derived<R>(field: string, psa: (record: R) => Json): FieldRule<R, ReferenceContext> {
  return { ...same(field, psa), derived: true };
}

/** A reference to another record: compared by id, shown by name. */
function reference<R>(field: string, ref: (record: R) => PsaRef | null): FieldRule<R, ReferenceContext> {
  const value = (record: R): Json => refValue(ref(record));
  return { field, psa: value, toPlan: asIs, samePsa: sameId };
}

function refValue(ref: PsaRef | null): Json {
  return ref ? { id: ref.id, name: ref.name } : null;
}

const sameId = (a: Json | undefined, b: Json | undefined): boolean => sameJson(part(a, 'id'), part(b, 'id'));
const sameCategory = (a: Json | undefined, b: Json | undefined): boolean =>
  sameJson(part(a, 'category'), part(b, 'category'));

/** One part of an object; of anything else the thing itself. */
function part(value: Json | undefined, name: string): Json | undefined {
  const isObject = typeof value === 'object' && value !== null && name in value;
  return isObject ? (value as { readonly [key: string]: Json })[name] : value;
}

/** A reference by external id on the PSA's side and by plan id in the plan. */
function planReference<R>(
  field: string,
  id: (record: R) => number | null,
  planId: (context: ReferenceContext) => (externalId: number) => string | undefined,
): FieldRule<R, ReferenceContext> {
  return {
    field,
    psa: id,
    toPlan: (value, context) => (typeof value === 'number' ? (planId(context)(value) ?? null) : null),
  };
}

const phaseIn = (context: ReferenceContext) => context.phaseId;
const taskIn = (context: ReferenceContext) => context.taskId;

/**
 * A status is its category in the plan, whatever ConnectWise calls it. The base remembers under which revision
 * of the mapping it was read: another meaning is projected anew, though ConnectWise shows the same status.
 */
function status<R>(
  ref: (record: R) => PsaRef | null,
  of: (record: R) => number | 'projects' | null,
): FieldRule<R, ReferenceContext> {
  return {
    field: 'status',
    psa: (record, context) => {
      const shown = ref(record);
      const board = of(record);
      if (!shown || board === null) return refValue(shown);
      const { category, revision } = context.meaning(board, shown.id);
      return { id: shown.id, name: shown.name, board, category, revision };
    },
    toPlan: (value) => {
      const category = part(value, 'category') ?? null;
      if (category === value) return value;
      return { id: part(value, 'id') ?? null, name: part(value, 'name') ?? null, category };
    },
    samePsa: sameId,
    samePlan: sameCategory,
  };
}

/** A name that ConnectWise left out still has to be called something in a list. */
function nameOr(name: string | null, fallback: string): string {
  return name === null || name.trim() === '' ? fallback : name;
}

export const projectFields: Rules<PsaProject> = [
  same('name', (project) => nameOr(project.name, `Project #${project.id}`)),
  same('description', (project) => project.description),
  status(
    (project) => project.status,
    () => 'projects',
  ),
  derived('closed', (project) => project.closed),
  reference('board', (project) => project.board),
  reference('company', (project) => project.company),
  reference('manager', (project) => project.manager),
  // A span is merged as one value: half of an old span and half of a new one is nobody's plan.
  same('dates', (project) => ({ start: project.estimatedStart, end: project.estimatedEnd })),
  derived('actualHours', (project) => project.actualHours),
  same('budgetHours', (project) => project.budgetHours),
  derived('percentComplete', (project) => project.percentComplete),
];

export const phaseFields: Rules<PsaPhase> = [
  same('name', (phase) => nameOr(phase.name, `Phase #${phase.id}`)),
  planReference('parentId', (phase) => phase.parent?.id ?? null, phaseIn),
  derived('wbsCode', (phase) => phase.wbsCode),
  reference('status', (phase) => phase.status),
  same('dates', (phase) => ({ start: phase.scheduledStart, end: phase.scheduledEnd })),
  same('budgetHours', (phase) => phase.budgetHours),
];

export const taskFields: Rules<PsaTicket> = [
  same('summary', (ticket) => nameOr(ticket.summary, `Ticket #${ticket.id}`)),
  status(
    (ticket) => ticket.status,
    (ticket) => ticket.board?.id ?? null,
  ),
  planReference('phaseId', (ticket) => ticket.phase?.id ?? null, phaseIn),
  derived('wbsCode', (ticket) => ticket.wbsCode),
  reference('owner', (ticket) => ticket.owner),
  reference('priority', (ticket) => ticket.priority),
  same('dates', (ticket) => ({ start: ticket.estimatedStart, due: ticket.required })),
  same('budgetHours', (ticket) => ticket.budgetHours),
  derived('actualHours', (ticket) => ticket.actualHours),
  derived('resources', (ticket) => ticket.resources),
  derived('closed', (ticket) => ticket.closed),
  same('predecessor', (ticket) => ticket.predecessor),
];

export const eventFields: Rules<PsaScheduleEntry> = [
  planReference('taskId', (entry) => entry.objectId, taskIn),
  // Who, when and how long are one appointment: merged as one value.
  {
    field: 'slot',
    psa: (entry) => ({
      member: refValue(entry.member),
      start: entry.start,
      end: entry.end,
      hours: entry.hours,
    }),
    toPlan: asIs,
    samePsa: (a, b) => sameJson(withMemberId(a), withMemberId(b)),
  },
  same('done', (entry) => entry.done),
];

function withMemberId(slot: Json | undefined): Json {
  if (typeof slot !== 'object' || slot === null) return slot ?? null;
  return { ...(slot as { readonly [key: string]: Json }), member: part(part(slot, 'member'), 'id') ?? null };
}

export const timeLogFields: Rules<PsaTimeEntry> = [
  planReference('taskId', (entry) => entry.ticketId, taskIn),
  planReference('phaseId', (entry) => entry.phaseId, phaseIn),
  reference('member', (entry) => entry.member),
  same('span', (entry) => ({ start: entry.start, end: entry.end })),
  same('hours', (entry) => entry.hours),
  reference('workType', (entry) => entry.workType),
  same('billable', (entry) => entry.billable),
  same('notes', (entry) => entry.notes),
];

export const projectNoteFields: Rules<PsaProjectNote> = [
  same('text', (note) => note.text),
  reference('type', (note) => note.type),
  same('flagged', (note) => note.flagged),
  same('author', (note) => note.author),
  same('writtenAt', (note) => note.writtenAt),
];

export const ticketNoteFields: Rules<PsaTicketNote> = [
  planReference('taskId', (note) => note.ticketId, taskIn),
  same('text', (note) => note.text),
  same('use', (note) => note.use),
  same('author', (note) => note.author),
  same('writtenAt', (note) => note.writtenAt),
];

export const teamMemberFields: Rules<PsaTeamMember> = [
  reference('member', (one) => one.member),
  reference('role', (one) => one.role),
  same('hours', (one) => one.hours),
  same('dates', (one) => ({ start: one.start, end: one.end })),
];

/** How the fields of each kind are compared, whatever the records are. */
export const rulesOf: {
  readonly [kind in PlanKind]: readonly Pick<
    FieldRule<never, ReferenceContext>,
    'field' | 'samePsa' | 'samePlan'
  >[];
} = {
  project: projectFields,
  phase: phaseFields,
  task: taskFields,
  teamMember: teamMemberFields,
  event: eventFields,
  timeLog: timeLogFields,
  projectNote: projectNoteFields,
  ticketNote: ticketNoteFields,
};

/** A schedule entry that plans nothing yet: no start, no end and no hours. */
export function isUndated(entry: PsaScheduleEntry): boolean {
  return entry.start === null && entry.end === null && !entry.hours;
}

/** `1.10` after `1.9`: a wbs code in a form that sorts as text. */
export function wbsSortKey(wbsCode: string | null): string {
  if (wbsCode === null) return '~';
  return wbsCode.replace(/\d+/gu, (digits) => digits.padStart(6, '0'));
}
