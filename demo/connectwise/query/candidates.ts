import type { ReadableStore } from '../world/record-store.ts';
import type { Condition, Value } from './conditions.ts';

type Equality = { readonly path: string; readonly keys: readonly number[] };

function numbersOf(values: readonly Value[]): number[] | null {
  const numbers = values.flatMap((value) => (value.kind === 'number' ? [value.value] : []));
  return numbers.length === values.length ? [...new Set(numbers)] : null;
}

/** The `field = number` and `field in (numbers)` that every match must meet. */
function equalities(condition: Condition | null): Equality[] {
  if (condition?.kind === 'and') return condition.terms.flatMap(equalities);
  if (condition?.kind === 'compare' && condition.operator === '=') {
    const keys = numbersOf([condition.value]);
    return keys ? [{ path: condition.field.join('/'), keys }] : [];
  }
  if (condition?.kind === 'in') {
    const keys = numbersOf(condition.values);
    return keys ? [{ path: condition.field.join('/'), keys }] : [];
  }
  return [];
}

function idsOf(store: ReadableStore, { path, keys }: Equality): readonly number[] | null {
  if (path === 'id') return keys.filter((id) => store.get(id) !== undefined).sort((a, b) => a - b);
  const lists = keys.map((key) => store.idsWhere(path, key));
  if (lists.some((list) => list === null)) return null;
  const [only] = lists;
  if (lists.length === 1 && only) return only;
  return lists.flatMap((list) => [...(list ?? [])]).sort((a, b) => a - b);
}

/** The fewest ids, ascending, among which all matches must be: the shortest index list, or every id. */
export function candidateIds(
  store: ReadableStore,
  condition: Condition | null,
  scope: { readonly path: string; readonly key: number } | null,
): readonly number[] {
  const wanted: Equality[] = equalities(condition);
  const scoped = scope ? (store.idsWhere(scope.path, scope.key) ?? []) : store.ids();
  if (scope) return scoped;
  return wanted
    .map((equality) => idsOf(store, equality))
    .reduce<readonly number[]>((best, ids) => (ids && ids.length < best.length ? ids : best), scoped);
}
