/** A project that only the plan has, as ConnectWise gets it, and how it is found again (sync.md, "Create"). */
import { type Json, sameJson } from './json.ts';
import { type NewContext, textKey } from './new-records.ts';
import { outgoing, refIn } from './outbound-fields.ts';
import type { CreateIntent, Fields } from './plan.ts';
import type { PsaNew, PsaProject } from './psa-records.ts';

export type NewProject =
  | { readonly record: PsaNew['project']; readonly held?: never }
  /** Why ConnectWise cannot have it, in words for people that go on after “it”. */
  | { readonly held: string; readonly record?: never };

const text = (value: Json | undefined): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;

/** What the plan says of it; what it leaves open is ConnectWise's to fill. */
export function newProject(fields: Fields, context: Pick<NewContext, 'statusFor'>): NewProject {
  const name = text(fields.name);
  const [board, company] = [refIn(fields.board), refIn(fields.company)];
  const { start, end } = datesOf(fields);
  if (name === null) return { held: 'has no name' };
  if (!board) return { held: 'is on no board' };
  if (!company) return { held: 'belongs to no company' };
  if (start === null || end === null) return { held: 'has no start and end' };
  if (isOver(fields)) return { held: 'is over already: give it a status of a project that goes on' };
  const said = ['status', 'manager', 'description'].filter((field) => !sameJson(fields[field] ?? null, null));
  const { changes } = outgoing('project', fields, said, { ...nowhere, ...context });
  const rest = Object.assign({}, ...changes.map(({ change }) => change)) as Partial<PsaNew['project']>;
  return { record: { ...rest, name, board, company, estimatedStart: start, estimatedEnd: end } };
}

/** A new project has no phases yet, and is on no board whose statuses its own were taken from. */
const nowhere = {
  phase: () => undefined,
  nextWbs: () => ({ held: 'it has no phases' }),
  board: null,
} as const;

/** Closed as soon as it were made, it would be synced by nobody. */
function isOver({ status }: Fields): boolean {
  const category = partOf(status, 'category');
  return category === 'Complete' || category === 'Cancelled';
}

export function datesOf({ dates }: Fields): { readonly start: string | null; readonly end: string | null } {
  return { start: text(partOf(dates, 'start')), end: text(partOf(dates, 'end')) };
}

function partOf(value: Json | undefined, name: string): Json | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Fields)[name] : undefined;
}

/** What tells a project from others: equal for what is sent and for what ConnectWise shows of it. */
export function projectKey({ name, company }: Pick<PsaProject, 'name' | 'company'>): string {
  return `${company?.id ?? ''}|${textKey(name)}`;
}

/** Between two clocks in whole seconds, and an answer that took long. */
export const intentMarginMs = 2 * 60_000;

/** Whether it may have been made before the intent was written down. */
export function isOlder({ at }: Pick<CreateIntent, 'at'>, { entered }: Pick<PsaProject, 'entered'>): boolean {
  return typeof entered?.at === 'string' && Date.parse(entered.at) < at.getTime() - intentMarginMs;
}

/** Whether ConnectWise's project may be the one whose making was not answered. */
export function mayBePushed(
  intent: CreateIntent,
  shown: Pick<PsaProject, 'name' | 'company' | 'entered'>,
): boolean {
  return !isOlder(intent, shown) && projectKey(shown) === intent.naturalKey;
}
