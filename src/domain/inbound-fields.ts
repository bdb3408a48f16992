/**
 * Which fields of a PSA record become which fields of the plan (sync.md, "Kinds and fields"), as tables:
 * the merge reads nothing else.
 */
import { type Json, sameJson } from './json.ts';
import type { PsaPhase, PsaProject, PsaRef, PsaTicket } from './psa-records.ts';
import type { FieldRule } from './reconcile.ts';

/** What the plan knows of records that others refer to. */
export type ReferenceContext = {
  /** Plan id of the phase with this external id; undefined where there is none. */
  readonly phaseId: (externalId: number) => string | undefined;
};

const asIs = (value: Json): Json => value;

function same<R>(field: string, psa: (record: R) => Json): FieldRule<R, ReferenceContext> {
  return { field, psa, toPlan: asIs };
}

/** A reference to another record: compared by id, shown by name. */
function reference<R>(field: string, ref: (record: R) => PsaRef | null): FieldRule<R, ReferenceContext> {
  const value = (record: R): Json => {
    const found = ref(record);
    return found ? { id: found.id, name: found.name } : null;
  };
  return { field, psa: value, toPlan: asIs, same: (a, b) => sameJson(idOf(a), idOf(b)) };
}

function idOf(value: Json | undefined): Json | undefined {
  const isReference = typeof value === 'object' && value !== null && 'id' in value;
  return isReference ? value.id : value;
}

/** A reference to a phase: by external id on the PSA's side, by plan id in the plan. */
function phaseReference<R>(field: string, ref: (record: R) => PsaRef | null): FieldRule<R, ReferenceContext> {
  return {
    field,
    psa: (record) => ref(record)?.id ?? null,
    toPlan: (value, context) => (typeof value === 'number' ? (context.phaseId(value) ?? null) : null),
  };
}

/** A name that ConnectWise left out still has to be called something in a list. */
function nameOr(name: string | null, fallback: string): string {
  return name === null || name.trim() === '' ? fallback : name;
}

export const projectFields: readonly FieldRule<PsaProject, ReferenceContext>[] = [
  same('name', (project) => nameOr(project.name, `Project #${project.id}`)),
  same('description', (project) => project.description),
  reference('status', (project) => project.status),
  same('closed', (project) => project.closed),
  reference('board', (project) => project.board),
  reference('company', (project) => project.company),
  reference('manager', (project) => project.manager),
  // A span is merged as one value: half of an old span and half of a new one is nobody's plan.
  same('dates', (project) => ({ start: project.estimatedStart, end: project.estimatedEnd })),
  same('actualHours', (project) => project.actualHours),
  same('budgetHours', (project) => project.budgetHours),
  same('percentComplete', (project) => project.percentComplete),
];

export const phaseFields: readonly FieldRule<PsaPhase, ReferenceContext>[] = [
  same('name', (phase) => nameOr(phase.name, `Phase #${phase.id}`)),
  phaseReference('parentId', (phase) => phase.parent),
  same('wbsCode', (phase) => phase.wbsCode),
  reference('status', (phase) => phase.status),
  same('dates', (phase) => ({ start: phase.scheduledStart, end: phase.scheduledEnd })),
  same('budgetHours', (phase) => phase.budgetHours),
];

export const taskFields: readonly FieldRule<PsaTicket, ReferenceContext>[] = [
  same('summary', (ticket) => nameOr(ticket.summary, `Ticket #${ticket.id}`)),
  reference('status', (ticket) => ticket.status),
  phaseReference('phaseId', (ticket) => ticket.phase),
  same('wbsCode', (ticket) => ticket.wbsCode),
  reference('owner', (ticket) => ticket.owner),
  reference('priority', (ticket) => ticket.priority),
  same('dates', (ticket) => ({ start: ticket.estimatedStart, due: ticket.required })),
  same('budgetHours', (ticket) => ticket.budgetHours),
  same('actualHours', (ticket) => ticket.actualHours),
  same('resources', (ticket) => ticket.resources),
  same('closed', (ticket) => ticket.closed),
  same('predecessor', (ticket) => ticket.predecessor),
];

/** The external id of the phase that a ticket names, for bringing in a phase that the plan does not have yet. */
export function phaseNamedBy(ticket: PsaTicket): number | undefined {
  return ticket.phase?.id;
}

/** `1.10` after `1.9`: a wbs code in a form that sorts as text. */
export function wbsSortKey(wbsCode: string | null): string {
  if (wbsCode === null) return '~';
  return wbsCode.replace(/\d+/gu, (digits) => digits.padStart(6, '0'));
}
