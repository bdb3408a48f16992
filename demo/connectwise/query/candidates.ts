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

const CHANGED_FIELDS: readonly string[] = ['lastupdated', '_info/lastupdated'];

/** The latest moment (milliseconds) that every match must have changed at or after; null without such a limit. */
function changedSince(condition: Condition | null): number | null {
  if (condition?.kind === 'and') {
    const limits = condition.terms.map(changedSince).filter((limit) => limit !== null);
    return limits.length === 0 ? null : Math.max(...limits);
  }
  if (condition?.kind !== 'compare' || condition.value.kind !== 'datetime') return null;
  if (!CHANGED_FIELDS.includes(condition.field.join('/'))) return null;
  return ['>', '>=', '='].includes(condition.operator) ? condition.value.value : null;
}

/** The fewest ids, ascending, among which all matches must be: the shortest list of an index, or every id. */
export function candidateIds(
  store: ReadableStore,
  condition: Condition | null,
  scope: { readonly path: string; readonly key: number } | null,
): readonly number[] {
  if (scope) return store.idsWhere(scope.path, scope.key) ?? [];
  const lists = equalities(condition).map((equality) => idsOf(store, equality));
  const best = lists.reduce<readonly number[]>(
    (shortest, ids) => (ids && ids.length < shortest.length ? ids : shortest),
    store.ids(),
  );
  const since = changedSince(condition);
  const changed = since === null ? null : store.idsChangedSince(since);
  return changed && changed.length < best.length ? changed : best;
}
