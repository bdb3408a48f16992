import { ChangeOrder } from './change-order.ts';

/** Any record of the simulated tenant. */
export type Row = { readonly id: number };

/** What a query needs of a store; ids always ascend. */
export interface ReadableStore {
  readonly size: number;
  get(id: number): Row | undefined;
  ids(): readonly number[];
  /** Ids of the rows whose field `path` (lower case, e.g. `project/id`) equals `key`; null without such an index. */
  idsWhere(path: string, key: number): readonly number[] | null;
  /** Ids of the rows that changed at `from` (milliseconds) or later; null when looking at all costs no more. */
  idsChangedSince(from: number): readonly number[] | null;
}

/** The position of the first id that is greater than `id`. */
export function positionAfter(ids: readonly number[], id: number): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0) > id) high = middle;
    else low = middle + 1;
  }
  return low;
}

function insertSorted(ids: number[], id: number): void {
  const last = ids.at(-1);
  if (last === undefined || last < id) ids.push(id);
  else ids.splice(positionAfter(ids, id), 0, id);
}

function removeSorted(ids: number[], id: number): void {
  const position = positionAfter(ids, id) - 1;
  if (ids[position] === id) ids.splice(position, 1);
}

type Index<T> = { keyOf: (row: T) => number; ids: Map<number, number[]> };

/**
 * The records of one kind, kept in the order of their ids, with equality indexes on the paths named and one by
 * when they changed last. A row is never changed in place: `put` takes the new one.
 */
export class RecordStore<T extends Row> implements ReadableStore {
  readonly #rows = new Map<number, T>();
  readonly #ids: number[] = [];
  readonly #indexes = new Map<string, Index<T>>();
  readonly #changes = new ChangeOrder((id) => this.#rows.get(id));

  constructor(indexes: Readonly<Record<string, (row: T) => number>> = {}) {
    for (const [path, keyOf] of Object.entries(indexes)) this.#indexes.set(path, { keyOf, ids: new Map() });
  }

  get size(): number {
    return this.#ids.length;
  }

  get(id: number): T | undefined {
    return this.#rows.get(id);
  }

  ids(): readonly number[] {
    return this.#ids;
  }

  idsWhere(path: string, key: number): readonly number[] | null {
    const index = this.#indexes.get(path);
    if (!index) return null;
    return index.ids.get(key) ?? [];
  }

  idsChangedSince(from: number): readonly number[] | null {
    return this.#changes.idsSince(from, this.#ids);
  }

  /** All rows, or those of one index key, in the order of their ids. */
  rows(path?: string, key?: number): T[] {
    const ids = path === undefined || key === undefined ? this.#ids : (this.idsWhere(path, key) ?? []);
    return ids.flatMap((id) => this.#rows.get(id) ?? []);
  }

  put(row: T): void {
    const before = this.#rows.get(row.id);
    if (!before) insertSorted(this.#ids, row.id);
    this.#rows.set(row.id, row);
    for (const index of this.#indexes.values()) this.#reindex(index, before, row);
    this.#changes.add(row, before);
  }

  delete(id: number): boolean {
    const row = this.#rows.get(id);
    if (!row) return false;
    for (const { keyOf, ids } of this.#indexes.values()) {
      const list = ids.get(keyOf(row));
      if (list) removeSorted(list, id);
    }
    this.#rows.delete(id);
    removeSorted(this.#ids, id);
    return true;
  }

  #reindex({ keyOf, ids }: Index<T>, before: T | undefined, row: T): void {
    const key = keyOf(row);
    if (before) {
      const keyBefore = keyOf(before);
      if (keyBefore === key) return;
      const list = ids.get(keyBefore);
      if (list) removeSorted(list, row.id);
    }
    const list = ids.get(key);
    if (list) insertSorted(list, row.id);
    else ids.set(key, [row.id]);
  }
}
