/** What ConnectWise needs of a project and the plan may not say: chosen by whoever pushes it. */
import type { Json } from '../domain/json.ts';
import { datesOf } from '../domain/new-project.ts';
import { refIn } from '../domain/outbound-fields.ts';
import type { Fields, PlanRecord } from '../domain/plan.ts';
import type { PsaRef } from '../domain/psa-records.ts';
import { searchForm } from '../domain/text.ts';
import type { ReferenceRow, ReferenceStore } from '../ports/reference-data.ts';
import type { DoorContextDeps } from './plan-door/door-context.ts';
import { judge } from './plan-door/edit-plan.ts';

/** All as typed or chosen; empty for none. */
export type PushChoice = {
  readonly board: string;
  readonly company: string;
  readonly start: string;
  readonly end: string;
};
export type PushField = keyof PushChoice;

export type PushTables = { readonly boards: readonly PsaRef[]; readonly companies: readonly ReferenceRow[] };

export async function pushTables(reference: Pick<ReferenceStore, 'rows'>): Promise<PushTables> {
  const [boards, companies] = await Promise.all([reference.rows('board'), reference.rows('company')]);
  const inUse = ({ gone, inactive }: ReferenceRow) => !gone && !inactive;
  return {
    boards: boards.filter(inUse).map(({ id, name }) => ({ id, name: name ?? `Board #${id}` })),
    companies: companies.filter(inUse),
  };
}

/** What the plan says by itself; a board is chosen where there is only one. */
export function choiceOf({ fields }: PlanRecord, { boards }: PushTables): PushChoice {
  const { start, end } = datesOf(fields);
  const [only] = boards.length === 1 ? boards : [];
  return {
    board: refIn(fields.board)?.name ?? only?.name ?? '',
    company: refIn(fields.company)?.name ?? '',
    start: start?.slice(0, 10) ?? '',
    end: end?.slice(0, 10) ?? '',
  };
}

export type PushErrors = { readonly [field in PushField]?: string };
export type ChosenFields =
  | { readonly fields: Fields; readonly errors?: never }
  | { readonly errors: PushErrors; readonly fields?: never };

/** @returns the fields of the plan project that change by it; or what is wrong, by field */
export async function chosenFields(
  deps: DoorContextDeps,
  record: PlanRecord,
  choice: PushChoice,
  { boards, companies }: PushTables,
): Promise<ChosenFields> {
  const board = refNamed(boards, choice.board, 'board');
  const company = refNamed(companies, choice.company, 'company');
  const dates = { start: dayOf(choice.start), end: dayOf(choice.end) };
  const { projectId } = record;
  const judged = await judge(deps, { kind: 'project', projectId, record, fields: { dates } });
  const errors: { -readonly [field in PushField]?: string } = {
    ...(typeof board === 'string' ? { board } : {}),
    ...(typeof company === 'string' ? { company } : {}),
    ...(dates.start === null ? { start: 'ConnectWise needs the day on which it starts.' } : {}),
    ...(dates.end === null ? { end: 'ConnectWise needs the day on which it ends.' } : {}),
  };
  if (judged.result === 'refused') {
    for (const { path, reason } of judged.refusals) {
      const field = path === 'dates.start' ? 'start' : 'end';
      errors[field] ??= `The ${field} ${reason}.`;
    }
  }
  if (typeof board === 'string' || typeof company === 'string' || Object.keys(errors).length > 0)
    return { errors };
  return { fields: { board: refValue(board), company: refValue(company), dates } };
}

const refValue = ({ id, name }: PsaRef): Json => ({ id, name });

/** A day is midnight Z; what is none stays as typed, and is refused for that. */
function dayOf(typed: string): string | null {
  const day = typed.trim();
  if (day === '') return null;
  return /^\d{4}-\d\d-\d\d$/u.test(day) ? `${day}T00:00:00Z` : day;
}

type Row = PsaRef & { readonly identifier?: string | null };
const nearAtMost = 3;

/** By id, identifier, name, or a beginning that only one has; or why not, in words. */
function refNamed(rows: readonly Row[], typed: string, what: 'board' | 'company'): PsaRef | string {
  const wanted = searchForm(typed);
  if (wanted === '') return `ConnectWise needs the ${what} that it belongs to.`;
  const id = Number(/^#?(\d{1,10})$/u.exec(wanted)?.[1] ?? Number.NaN);
  const names = ({ name, identifier }: Row) => [name, identifier].map((one) => searchForm(one ?? ''));
  const rules: readonly ((row: Row) => boolean)[] = [
    (row) => names(row).includes(wanted),
    (row) => row.id === id,
    (row) => names(row).some((one) => one.startsWith(wanted)),
    (row) => names(row).some((one) => one.includes(wanted)),
  ];
  for (const rule of rules) {
    const hits = rows.filter(rule);
    const [first] = hits;
    if (first && hits.length === 1) return { id: first.id, name: first.name };
    if (first)
      return `Several match: ${hits.slice(0, nearAtMost).map(shownRow).join(', ')}${hits.length > nearAtMost ? ' …' : ''}. Type more of it, or its number.`;
  }
  return `ConnectWise has no such ${what}, or cwsync has not read it yet: sync --misc reads them.`;
}

function shownRow({ id, name }: Row): string {
  return `${name ?? ''} (#${id})`;
}
