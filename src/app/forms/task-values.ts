/** Between a task of the plan and the fields of its form: what is shown, what was typed, and what of it is an edit. */
import { hash } from '../../domain/fingerprint.ts';
import type { Json } from '../../domain/json.ts';
import { refIn } from '../../domain/outbound-fields.ts';
import type { Fields } from '../../domain/plan.ts';
import type { Refusal } from '../../domain/plan-door.ts';
import { searchForm } from '../../domain/text.ts';
import type { FormValues } from '../../ports/form.ts';
import type { PlanDesk } from '../plan-desk.ts';

/** All as texts: a category, an id, a day as year-month-day; empty for none. */
export type TaskValues = {
  readonly summary: string;
  readonly status: string;
  readonly owner: string;
  readonly start: string;
  readonly due: string;
};
type TaskField = keyof TaskValues;
const taskFields = ['summary', 'status', 'owner', 'start', 'due'] as const satisfies readonly TaskField[];

export const nobody = 'nobody';
/** Of the field for an owner who is not among those shown. */
export const ownerName = 'owner-name';

/** By name or the beginning of one that only one has; or why not, in words. Undefined where nothing was typed. */
export function ownerTyped(
  values: FormValues,
  members: PlanDesk['members'],
): { readonly owner: string } | { readonly words: string } | undefined {
  const wanted = searchForm(String(values[ownerName] ?? ''));
  if (wanted === '') return undefined;
  const name = ({ name: shown }: PlanDesk['members'][number]) => searchForm(shown ?? '');
  const exact = members.filter((member) => name(member) === wanted);
  const hits = exact.length > 0 ? exact : members.filter((member) => name(member).startsWith(wanted));
  const [first] = hits;
  if (!first) return { words: 'Nobody who is active has a name like that.' };
  if (hits.length > 1)
    return { words: `${hits.length} active members have a name like that: type more of it.` };
  return { owner: String(first.id) };
}

type JsonObject = { readonly [key: string]: Json };
const objectIn = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

export function taskValues({ summary, status, owner, dates }: Fields): TaskValues {
  const { start, due } = objectIn(dates);
  return {
    summary: textIn(summary).trim(),
    status: textIn(objectIn(status).category),
    owner: String(refIn(owner)?.id ?? nobody),
    start: textIn(start).slice(0, 10),
    due: textIn(due).slice(0, 10),
  };
}

/** What was not shown, or not filled in, is as it was shown. */
export function typedTask(values: FormValues, shown: TaskValues): TaskValues {
  const typed = (field: TaskField): string => {
    const value = values[field];
    return (typeof value === 'string' ? value : (value?.[0] ?? '')).trim();
  };
  return {
    summary: typed('summary'),
    status: typed('status') || shown.status,
    owner: typed('owner') || shown.owner,
    start: typed('start'),
    due: typed('due'),
  };
}

/** What each field showed, short enough to travel with the form. */
export type TaskMarks = { readonly [field in TaskField]: string };

export function taskMarks(values: TaskValues): TaskMarks {
  return { ...values, summary: hash(values.summary) };
}

export function touchedFields(marks: TaskMarks, values: TaskValues): readonly TaskField[] {
  const now = taskMarks(values);
  return taskFields.filter((field) => now[field] !== marks[field]);
}

/** One's own value where one changed it, else what it is by now. */
export function mergedTask(marks: TaskMarks, mine: TaskValues, now: TaskValues): TaskValues {
  const touched = new Set(touchedFields(marks, mine));
  const values = taskFields.map((field) => [field, touched.has(field) ? mine[field] : now[field]]);
  return Object.fromEntries(values) as TaskValues;
}

/** The fields of the plan that are edited by it. */
export function editOf(
  touched: readonly TaskField[],
  mine: TaskValues,
  before: Fields,
  { statuses, members }: Pick<PlanDesk, 'statuses' | 'members'>,
): Fields {
  const is = (field: TaskField) => touched.includes(field);
  const status = statuses.find(({ category }) => category === mine.status)?.status;
  const id = Number(mine.owner);
  const owner = members.find((member) => member.id === id);
  const { start = null, due = null } = objectIn(before.dates);
  return {
    ...(is('summary') ? { summary: mine.summary } : {}),
    ...(is('status')
      ? { status: { id: status?.id ?? null, name: status?.name ?? null, category: mine.status } }
      : {}),
    ...(is('owner') ? { owner: mine.owner === nobody ? null : { id, name: owner?.name ?? null } } : {}),
    ...(is('start') || is('due')
      ? {
          dates: {
            start: is('start') ? dayOf(mine.start) : start,
            due: is('due') ? dayOf(mine.due) : due,
          },
        }
      : {}),
  };
}

/** A day is midnight Z; what is none stays as typed, and is refused for that. */
function dayOf(typed: string): string | null {
  if (typed === '') return null;
  return /^\d{4}-\d\d-\d\d$/u.test(typed) ? `${typed}T00:00:00Z` : typed;
}

/** Fields of the form by the paths of the plan, with what they are called there. */
const formFields: { readonly [path: string]: { readonly id: string; readonly label: string } } = {
  summary: { id: 'summary', label: 'The summary' },
  status: { id: 'status', label: 'Status:' },
  owner: { id: 'owner', label: 'Owner:' },
  'dates.start': { id: 'start', label: 'The start' },
  'dates.due': { id: 'due', label: 'The due date' },
  dates: { id: 'due', label: 'The dates' },
  phaseId: { id: 'phase', label: 'Phase:' },
};

/** By field of the form. */
export function refusedFields(refused: readonly Refusal[]): { readonly [field: string]: string } {
  return Object.fromEntries(
    refused.map(({ path, reason }) => {
      const field = formFields[path] ?? formFields[path.split('.')[0] ?? ''];
      return [field?.id ?? path, `${field?.label ?? path} ${reason}.`];
    }),
  );
}
