/**
 * The inbound half of the three-way merge (sync.md, section 4, "Reconcile").
 *
 * Neither side can be asked "what changed since"; each can only be read. So the pair keeps what each side
 * showed when they last agreed, and a side changed when it differs from its own base. That makes three things
 * come out right without any special case: a value that ConnectWise trims does not bounce (its base holds the
 * trimmed form), our own write coming back is no change, and an edit of the plan is not overwritten by a sync
 * that merely reads.
 */
import { type Json, sameJson } from './json.ts';
import type { Bases, Fields } from './plan.ts';

type Same = (a: Json | undefined, b: Json | undefined) => boolean;

export type FieldRule<R, C> = {
  readonly field: string;
  /** The value as the PSA shows it; this is what its base holds. */
  readonly psa: (record: R, context: C) => Json;
  /** The same value in the plan's terms. */
  readonly toPlan: (value: Json, context: C) => Json;
  /** What counts as no change in the PSA, where that is less than equality: a reference is its id, whatever its name. */
  readonly samePsa?: Same;
  /** The same for the plan: a status is its category, whatever it is called. */
  readonly samePlan?: Same;
};

export type Conflict = { readonly field: string; readonly psa: Json; readonly plan: Json };

export type Merged = {
  readonly fields: Fields;
  readonly base: Bases;
  /** Fields of the plan that get another value. */
  readonly changed: readonly string[];
  /** Fields that both sides had changed, to different values; ConnectWise's was taken. */
  readonly conflicts: readonly Conflict[];
  /** Whether the PSA shows another value than its base. */
  readonly psaChanged: boolean;
  /** Whether anything, a value or only a base, has to be written. */
  readonly write: boolean;
};

/** What both sides show of a record that they agree on. */
export function basesOf<R, C>(rules: readonly FieldRule<R, C>[], record: R, context: C): Bases {
  const psa: Record<string, Json> = {};
  const plan: Record<string, Json> = {};
  for (const rule of rules) {
    const value = rule.psa(record, context);
    psa[rule.field] = value;
    plan[rule.field] = rule.toPlan(value, context);
  }
  return { psa, plan };
}

/** A record that the plan does not have yet. */
export function newFromPsa<R, C>(rules: readonly FieldRule<R, C>[], record: R, context: C): Merged {
  const base = basesOf(rules, record, context);
  return {
    fields: { ...base.plan },
    base,
    changed: Object.keys(base.plan),
    conflicts: [],
    psaChanged: true,
    write: true,
  };
}

/**
 * Merges what the PSA shows now into a plan record. Bases move only for fields whose two sides are equal
 * through the mapping afterwards; a field edited only in the plan keeps its value and its base, so that the
 * edit still shows as one.
 */
export function mergeFromPsa<R, C>(
  rules: readonly FieldRule<R, C>[],
  record: R,
  current: { readonly fields: Fields; readonly base: Bases },
  context: C,
): Merged {
  const fields: Record<string, Json> = { ...current.fields };
  const basePsa: Record<string, Json> = { ...current.base.psa };
  const basePlan: Record<string, Json> = { ...current.base.plan };
  const changed: string[] = [];
  const conflicts: Conflict[] = [];
  let psaChanged = false;
  let write = false;
  for (const { field, psa, toPlan, samePsa = sameJson, samePlan = samePsa } of rules) {
    const shown = psa(record, context);
    const incoming = toPlan(shown, context);
    const had = current.fields[field];
    const movedInPsa = !samePsa(shown, current.base.psa[field]);
    const planEdited = !samePlan(had, current.base.plan[field]);
    psaChanged ||= movedInPsa;
    // The same PSA value can mean another plan value than before: a phase that was missing is there now, what is
    // referred to has another name, a status means something else.
    const reprojected = !sameJson(incoming, current.base.plan[field]);
    // The same status under another revision of its mapping: noted once, so that it need not be looked at again.
    const renoted = !sameJson(shown, current.base.psa[field]);
    if (!movedInPsa && (planEdited || !(reprojected || renoted))) continue;
    write = true;
    basePsa[field] = shown;
    basePlan[field] = incoming;
    fields[field] = incoming;
    if (sameJson(incoming, had)) continue;
    changed.push(field);
    if (planEdited && !samePlan(incoming, had)) conflicts.push({ field, psa: incoming, plan: had ?? null });
  }
  return { fields, base: { psa: basePsa, plan: basePlan }, changed, conflicts, psaChanged, write };
}
