/**
 * In which order phases and tasks stand below one parent (sync.md, "Merged as one value"): the list of their ids is
 * one value, merged three-way as a list. Ids that nobody moved stay where ConnectWise shows them.
 */
import type { Json } from './json.ts';
import type { Fields } from './plan.ts';
import { type Move, placedAt, type WbsCodes } from './wbs-codes.ts';

type Ids = readonly string[];

/** An edit of the order in the plan that ConnectWise does not have yet: what stood there, and what is wanted. */
export type OrderEdit = { readonly from: Ids; readonly to: Ids };

/** Undefined where the plan wants nothing else than what ConnectWise shows. */
export function orderEditOf({ order }: Fields): OrderEdit | undefined {
  if (typeof order !== 'object' || order === null || Array.isArray(order)) return undefined;
  const { from, to } = order as Fields;
  return isIds(from) && isIds(to) ? { from, to } : undefined;
}

function isIds(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string');
}

export type MergedOrder = {
  readonly order: Ids;
  /** Ids that both sides moved, to different places. */
  readonly conflicts: Ids;
};

/**
 * @param shown as ConnectWise shows them, whoever put them there
 * @param planWins whether the plan's place counts for what both sides moved
 */
export function mergeOrder({ from, to }: OrderEdit, shown: Ids, planWins: boolean): MergedOrder {
  const here = new Set(shown);
  const before = from.filter((id) => here.has(id));
  const wanted = [...new Set(to)].filter((id) => here.has(id));
  const [stayed, stayedThere] = [keptIn(before, wanted), keptIn(before, shown)];
  const known = new Set(before);
  const moved = wanted.filter((id) => !stayed.has(id));
  const merged = withMoved(shown, wanted, moved);
  const both = moved.filter((id) => known.has(id) && !stayedThere.has(id));
  const conflicts = both.filter((id) => previousOf(shown, id) !== previousOf(merged, id));
  if (planWins || conflicts.length === 0) return { order: merged, conflicts };
  const uncontested = moved.filter((id) => !conflicts.includes(id));
  return { order: withMoved(shown, wanted, uncontested), conflicts };
}

/** Each of those that were moved stands behind the one that it is wanted behind. */
function withMoved(shown: Ids, wanted: Ids, moved: Ids): Ids {
  const out = new Set(moved);
  const order = shown.filter((id) => !out.has(id));
  for (const id of moved) {
    const previous = previousOf(wanted, id);
    order.splice(previous === undefined ? 0 : order.indexOf(previous) + 1, 0, id);
  }
  return order;
}

function previousOf(ids: Ids, id: string): string | undefined {
  return ids[ids.indexOf(id) - 1];
}

export type SiblingMove = {
  readonly id: string;
  /** Null: at the front. */
  readonly behind: string | null;
};

/** The fewest moves that make one order of the other, each valid once those before it are done. */
export function movesBetween(shown: Ids, wanted: Ids): readonly SiblingMove[] {
  const kept = keptIn(shown, wanted);
  return wanted.flatMap((id, at) => (kept.has(id) ? [] : [{ id, behind: wanted[at - 1] ?? null }]));
}

/** The most ids that stand in the same order in both lists: the longest rising row of places. */
function keptIn(before: Ids, after: Ids): ReadonlySet<string> {
  const places = new Map(before.map((id, at) => [id, at]));
  const common = after.filter((id) => places.has(id));
  /** By length of row: the id that it ends with, and each id's predecessor in its row. */
  const ends: string[] = [];
  const previous = new Map<string, string | undefined>();
  const placeOf = (id: string): number => places.get(id) ?? 0;
  for (const id of common) {
    const length = firstNotBelow(ends.map(placeOf), placeOf(id));
    previous.set(id, ends[length - 1]);
    ends[length] = id;
  }
  const kept = new Set<string>();
  for (let id = ends.at(-1); id !== undefined; id = previous.get(id)) kept.add(id);
  return kept;
}

/** Of rising numbers. */
function firstNotBelow(numbers: readonly number[], wanted: number): number {
  const at = numbers.findIndex((number) => number >= wanted);
  return at < 0 ? numbers.length : at;
}

/** The code with which ConnectWise puts a record behind another; whoever stands there moves up. */
export function moveBehind(codes: WbsCodes, { id, behind }: SiblingMove, parentCode: string | null): Move {
  const prefix = parentCode === null ? '' : `${parentCode}.`;
  const previous = behind === null ? `${prefix}0` : codes.get(behind);
  if (previous === undefined) return { held: 'what it is to stand behind has no WBS code' };
  return placedAt(codes, id, `${prefix}${Number(previous.slice(prefix.length)) + 1}`);
}
