/** Between a mapping of statuses and the fields of its form. */
import {
  type Category,
  categoriesOf,
  type StatusFacts,
  type StatusMapping,
  statusKindOf,
} from '../../domain/status-mapping.ts';
import type { FormValues } from '../../ports/form.ts';
import type { BoardStatuses } from '../board-statuses.ts';

/** A card has room for so many, with the defaults below them. */
export const statusesPerPage = 12;

/** By id of the field: a category, or the id of a status. */
export type StatusValues = { readonly [field: string]: string };

export const statusField = (id: number): string => `status-${id}`;
const defaultField = (at: number): string => `default-${at}`;

export function onPage(shown: readonly StatusFacts[], page: number): readonly StatusFacts[] {
  return shown.slice((page - 1) * statusesPerPage, page * statusesPerPage);
}

export function categoriesFor(of: StatusMapping['of']): readonly Category[] {
  return categoriesOf(statusKindOf(of));
}

export type DefaultChoice = {
  readonly field: string;
  readonly category: Category;
  /** Those that can be written for it. */
  readonly usable: readonly StatusFacts[];
};

/** Of each category that has a status to write. */
export function defaultChoices({ mapping, shown }: BoardStatuses): readonly DefaultChoice[] {
  const meant = new Map(mapping.statuses.map(({ id, category }) => [id, category]));
  return categoriesFor(mapping.of).flatMap((category, at) => {
    const usable = shown.filter(({ id, inactive }) => !inactive && meant.get(id) === category);
    return usable.length === 0 ? [] : [{ field: defaultField(at), category, usable }];
  });
}

export function statusValues(statuses: BoardStatuses, page: number): StatusValues {
  const { mapping, shown } = statuses;
  const meant = new Map(mapping.statuses.map(({ id, category }) => [id, category]));
  const rows = onPage(shown, page).map(({ id }) => [statusField(id), meant.get(id) ?? ''] as const);
  const defaults = defaultChoices(statuses).map(
    ({ field, category }) => [field, String(mapping.defaults[category] ?? '')] as const,
  );
  return Object.fromEntries([...rows, ...defaults]);
}

/** What was not filled in is as it was shown. */
export function typedStatuses(values: FormValues, marks: StatusValues): StatusValues {
  return Object.fromEntries(
    Object.entries(marks).map(([field, shown]) => {
      const value = values[field];
      return [field, (typeof value === 'string' ? value : value?.[0]) || shown];
    }),
  );
}

export function touchedStatuses(marks: StatusValues, values: StatusValues): readonly string[] {
  return Object.keys(marks).filter((field) => values[field] !== marks[field]);
}

/** What of the mapping somebody wants otherwise. */
export function wantedOf(
  of: StatusMapping['of'],
  touched: readonly string[],
  mine: StatusValues,
): { readonly categories: ReadonlyMap<number, Category>; readonly defaults: StatusMapping['defaults'] } {
  const categories = new Map<number, Category>();
  const defaults: { [category in Category]?: number } = {};
  const known = categoriesFor(of);
  for (const field of touched) {
    const [what, which] = field.split('-');
    const category = known.find((one) => one === mine[field]);
    const ofDefault = known[Number(which)];
    if (what === 'status' && category) categories.set(Number(which), category);
    if (what === 'default' && ofDefault) defaults[ofDefault] = Number(mine[field]);
  }
  return { categories, defaults };
}
