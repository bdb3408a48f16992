/**
 * Which fields of the plan become which values of ConnectWise (sync.md, "Kinds and fields"), as tables: what is not
 * in them is never written. The inbound tables say how a value is compared and read back.
 */
import { rulesOf } from './inbound-fields.ts';
import { type Json, sameJson } from './json.ts';
import type { Fields, PlanKind, PlanRecord } from './plan.ts';
import type { PatchableKind, PsaChanges, PsaRef } from './psa-records.ts';
import { orderEditOf } from './sibling-order.ts';

/** The kinds whose ConnectWise records are changed by edits of the plan. */
export const patchedKinds = {
  project: 'project',
  phase: 'phase',
  task: 'ticket',
  event: 'scheduleEntry',
} as const satisfies { readonly [kind in PlanKind]?: PatchableKind };
export type PatchedKind = keyof typeof patchedKinds;

export function isPatched(kind: PlanKind): kind is PatchedKind {
  return Object.hasOwn(patchedKinds, kind);
}

export type OutboundContext = {
  /** External id of a phase of the plan; undefined where ConnectWise has none. */
  readonly phase: (planId: string) => number | undefined;
  /** A free WBS code for the record below a phase of the plan, or at the top for null. */
  readonly nextWbs: (parentPlanId: string | null) => string | Held;
  /** The status that an edit of a category writes out, of a board or of the projects; undefined: there is none. */
  readonly statusFor: (of: number | 'projects', category: string) => PsaRef | undefined;
  /** The board that a record's statuses are of; null where it is not known. */
  readonly board: number | null;
};

/** Why a value cannot be written, in words for people. */
export type Held = { readonly held: string };
type Out<K extends PatchableKind> = PsaChanges[K] | Held;

type OutboundRule<K extends PatchableKind> = {
  readonly field: string;
  readonly out: (value: Json, context: OutboundContext) => Out<K>;
};

export function isHeld(out: object): out is Held {
  return 'held' in out;
}

type JsonObject = { readonly [key: string]: Json };

function objectIn(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
const number = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);

export function refIn(value: Json | undefined): PsaRef | null {
  const { id, name } = objectIn(value);
  return typeof id === 'number' ? { id, name: text(name) } : null;
}

const noStatus = (category: string): Held => ({
  held: `its board has no status that means “${category}”, so that could not be written`,
});

function statusOut(value: Json, context: OutboundContext, of: number | 'projects' | null) {
  const category = text(objectIn(value).category);
  if (category === null || of === null) return { held: 'its status is unknown' };
  const status = context.statusFor(of, category);
  return status ? { status } : noStatus(category);
}

const outsidePhase: Held = { held: 'it is in no phase, and ConnectWise has no ticket without one' };

function phaseOut(value: Json, { phase }: OutboundContext): Out<'ticket'> {
  if (typeof value !== 'string') return outsidePhase;
  const id = phase(value);
  return id === undefined
    ? { held: 'its phase is not in ConnectWise, or was deleted in the plan' }
    : { phase: { id, name: null } };
}

/** ConnectWise moves a phase by its WBS code; for the top its parent is taken away besides. */
function parentOut(value: Json, { phase, nextWbs }: OutboundContext): Out<'phase'> {
  const parentId = text(value);
  const around = parentId === null ? null : phase(parentId);
  if (around === undefined) return { held: 'the phase around it is not in ConnectWise' };
  const wbsCode = nextWbs(parentId);
  if (typeof wbsCode !== 'string') return wbsCode;
  return { wbsCode, parent: around === null ? null : { id: around, name: null } };
}

function predecessorOut(value: Json): Out<'ticket'> {
  if (value === null) return { predecessor: null };
  const { kind, id, lagDays } = objectIn(value);
  if ((kind !== 'ticket' && kind !== 'phase') || typeof id !== 'number' || typeof lagDays !== 'number') {
    return { held: 'its predecessor is not a ticket or a phase of ConnectWise with days of lag' };
  }
  return { predecessor: { kind, id, lagDays } };
}

const rules: { readonly [K in PatchedKind]: readonly OutboundRule<(typeof patchedKinds)[K]>[] } = {
  project: [
    { field: 'name', out: (value) => ({ name: text(value) }) },
    { field: 'description', out: (value) => ({ description: text(value) }) },
    { field: 'status', out: (value, context) => statusOut(value, context, 'projects') },
    { field: 'manager', out: (value) => ({ manager: refIn(value) }) },
    {
      field: 'dates',
      out: (value) => {
        const { start, end } = objectIn(value);
        return { estimatedStart: text(start), estimatedEnd: text(end) };
      },
    },
  ],
  phase: [
    { field: 'name', out: (value) => ({ name: text(value) }) },
    { field: 'parentId', out: parentOut },
    { field: 'status', out: (value) => ({ status: refIn(value) }) },
    {
      field: 'dates',
      out: (value) => {
        const { start, end } = objectIn(value);
        return { scheduledStart: text(start), scheduledEnd: text(end) };
      },
    },
    { field: 'budgetHours', out: (value) => ({ budgetHours: number(value) }) },
  ],
  task: [
    { field: 'summary', out: (value) => ({ summary: text(value) }) },
    { field: 'status', out: (value, context) => statusOut(value, context, context.board) },
    { field: 'phaseId', out: phaseOut },
    { field: 'owner', out: (value) => ({ owner: refIn(value) }) },
    { field: 'priority', out: (value) => ({ priority: refIn(value) }) },
    {
      field: 'dates',
      out: (value) => {
        const { start, due } = objectIn(value);
        return { estimatedStart: text(start), required: text(due) };
      },
    },
    { field: 'budgetHours', out: (value) => ({ budgetHours: number(value) }) },
    { field: 'predecessor', out: predecessorOut },
  ],
  event: [
    {
      field: 'slot',
      out: (value) => {
        const { member, start, end, hours } = objectIn(value);
        return { member: refIn(member), start: text(start), end: text(end), hours: number(hours) };
      },
    },
    { field: 'done', out: (value) => ({ done: value === true }) },
  ],
};

/** Whether an edit of this field in the plan is ever written to ConnectWise. */
export function goesOut(kind: PlanKind, field: string): boolean {
  return isPatched(kind) && rules[kind].some((rule) => rule.field === field);
}

/** The fields in which the plan differs from what both sides last agreed on, and which ConnectWise is to get. */
export function fieldsToWrite({ kind, fields, base }: PlanRecord): readonly string[] {
  if (!isPatched(kind) || !base) return [];
  // Of the records below it, not of its own: see `sibling-order`.
  const order = (kind === 'project' || kind === 'phase') && orderEditOf(fields) ? ['order'] : [];
  const compared = new Map(rulesOf[kind].map((rule) => [rule.field, rule] as const));
  const edited = rules[kind].flatMap(({ field }) => {
    const { samePsa = sameJson, samePlan = samePsa } = compared.get(field) ?? {};
    return samePlan(fields[field] ?? null, base.plan[field] ?? null) ? [] : [field];
  });
  return [...edited, ...order];
}

/** Those of them that ConnectWise has not refused already as they are now. */
export function notRefused({ rejected, fields }: PlanRecord, wanted: readonly string[]): readonly string[] {
  return wanted.filter((field) => {
    const refused = rejected?.fields[field];
    return !refused || !sameJson(refused.value, fields[field] ?? null);
  });
}

/** What is to be written of one record: each field by itself, since ConnectWise may refuse one and take another. */
export type Outgoing<K extends PatchableKind> = {
  readonly changes: readonly { readonly field: string; readonly change: PsaChanges[K] }[];
  readonly held: readonly { readonly field: string; readonly words: string }[];
};

export function outgoing<K extends PatchedKind>(
  kind: K,
  fields: Fields,
  wanted: readonly string[],
  context: OutboundContext,
): Outgoing<(typeof patchedKinds)[K]> {
  type Change = PsaChanges[(typeof patchedKinds)[K]];
  const changes: { field: string; change: Change }[] = [];
  const held: { field: string; words: string }[] = [];
  for (const { field, out } of rules[kind]) {
    if (!wanted.includes(field)) continue;
    const value = out(fields[field] ?? null, context);
    if (isHeld(value)) held.push({ field, words: value.held });
    else changes.push({ field, change: value as Change });
  }
  return { changes, held };
}
