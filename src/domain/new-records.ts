/**
 * Records that only the plan has, as ConnectWise gets them, and how a record is found again whose making was not
 * answered (sync.md, "Create").
 */
import { type Json, sameJson } from './json.ts';
import { isHeld, type OutboundContext, outgoing, refIn } from './outbound-fields.ts';
import type { Fields, PlanKind, PlanRecord } from './plan.ts';
import type { CreatableKind, PsaNew, PsaRecordOf, PsaRef } from './psa-records.ts';
import { blanksAsOne, type Conflict, type FieldRule, isFormOf } from './reconcile.ts';

/** The kinds that are made in ConnectWise when they are made in the plan, parents before children. */
export const createdKinds = {
  phase: 'phase',
  task: 'ticket',
  event: 'scheduleEntry',
  timeLog: 'timeEntry',
  projectNote: 'projectNote',
  ticketNote: 'ticketNote',
} as const satisfies { readonly [kind in PlanKind]?: CreatableKind };
export type CreatedKind = keyof typeof createdKinds;

export function isCreated(kind: PlanKind): kind is CreatedKind {
  return Object.hasOwn(createdKinds, kind);
}

export type NewContext = OutboundContext & {
  /** External id of the task that the record belongs to; undefined where ConnectWise has none. */
  readonly ticket: number | undefined;
  /** What time is logged as where the log itself names no work type. */
  readonly workType: PsaRef | null;
};

export type NewRecord<K extends CreatedKind> =
  | { readonly record: PsaNew[(typeof createdKinds)[K]]; readonly held?: never }
  | { readonly held: string; readonly record?: never };

const noTicket = { held: 'its task is not in ConnectWise yet' } as const;

const text = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
const number = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);

function part(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })[name]
    : undefined;
}

type Maker<K extends CreatedKind> = (fields: Fields, context: NewContext) => NewRecord<K>;

const makers: { readonly [K in CreatedKind]: Maker<K> } = {
  phase: (fields, context) => {
    const name = text(fields.name);
    if (name === null) return { held: 'it has no name' };
    const around = typeof fields.parentId === 'string' ? context.phase(fields.parentId) : null;
    if (around === undefined) return { held: 'the phase around it is not in ConnectWise yet' };
    const parent = around === null ? {} : { parent: { id: around, name: null } };
    return {
      record: { ...given('phase', fields, context, ['status', 'dates', 'budgetHours']), ...parent, name },
    };
  },
  task: (fields, context) => {
    const summary = text(fields.summary);
    if (summary === null) return { held: 'it has no summary' };
    const inPhase = outgoing('task', fields, ['phaseId'], context);
    const [first] = inPhase.changes;
    if (!first?.change.phase) return { held: inPhase.held.map(({ words: why }) => why).join() };
    const rest = ['status', 'owner', 'priority', 'dates', 'budgetHours', 'predecessor'];
    return { record: { ...given('task', fields, context, rest), summary, phase: first.change.phase } };
  },
  event: (fields, context) => {
    if (context.ticket === undefined) return noTicket;
    const { member, ...slot } = given('event', fields, context, ['slot', 'done']);
    if (!member) return { held: 'nobody is planned by it' };
    return { record: { ...slot, member, objectId: context.ticket } };
  },
  timeLog: (fields, context) => {
    if (context.ticket === undefined) return noTicket;
    const member = refIn(fields.member);
    const start = text(part(fields.span, 'start'));
    if (!member || start === null) return { held: 'it does not say whose time it is, or when' };
    return {
      record: {
        ticketId: context.ticket,
        member,
        start,
        end: text(part(fields.span, 'end')),
        hours: number(fields.hours),
        workType: refIn(fields.workType) ?? context.workType,
        billable: text(fields.billable),
        notes: text(fields.notes),
      },
    };
  },
  projectNote: (fields) => {
    const words = text(fields.text);
    if (words === null) return { held: 'it says nothing' };
    return { record: { text: words, type: refIn(fields.type), flagged: fields.flagged === true } };
  },
  ticketNote: (fields, context) => {
    const words = text(fields.text);
    if (context.ticket === undefined) return noTicket;
    if (words === null) return { held: 'it says nothing' };
    const use = fields.use === 'internal' || fields.use === 'resolution' ? fields.use : 'discussion';
    return { record: { text: words, use } };
  },
};

/** What the plan says of these fields; what it leaves open, or ConnectWise cannot hold, is ConnectWise's to fill. */
function given<K extends 'phase' | 'task' | 'event'>(
  kind: K,
  fields: Fields,
  context: OutboundContext,
  wanted: readonly string[],
) {
  const said = wanted.filter((field) => fields[field] !== undefined && fields[field] !== null);
  const { changes } = outgoing(kind, fields, said, context);
  const merged = Object.assign(
    {},
    ...changes.map(({ change }) => change),
  ) as (typeof changes)[number]['change'];
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as typeof merged;
}

export function newRecord<K extends CreatedKind>(kind: K, fields: Fields, context: NewContext): NewRecord<K> {
  const made = makers[kind](fields, context);
  return isHeld(made) ? { held: made.held } : made;
}

/** How much of a long text is compared. */
const keyChars = 100;
/** Equal for what is sent and for what ConnectWise shows of it, however it trims that. */
export function textKey(value: string | null): string {
  return blanksAsOne(value ?? '')
    .slice(0, keyChars)
    .trim();
}
const words = textKey;
const joined = (...parts: readonly (string | number | null | undefined)[]): string =>
  parts.map((one) => one ?? '').join('|');

/**
 * What tells a record from others of its kind and project: equal for what is sent and for what ConnectWise shows of
 * it, however that trims it.
 * @param ticket that a ticket note hangs on, which says nothing of it itself
 */
export const naturalKeys: {
  readonly [K in CreatedKind]: (
    record: PsaNew[(typeof createdKinds)[K]] | PsaRecordOf<(typeof createdKinds)[K]>,
  ) => string;
} = {
  phase: ({ name }) => words(name ?? null),
  task: ({ phase, summary }) => joined(phase?.id, words(summary)),
  event: ({ objectId, member, start }) => joined(objectId, member?.id, start),
  timeLog: ({ ticketId, member, start }) => joined(ticketId, member?.id, start),
  projectNote: ({ text: said }) => words(said),
  ticketNote: ({ text: said }) => words(said),
};

/** A value that ConnectWise keeps in another form than it was sent in, both in the plan's terms. */
export type KeptOtherwise = { readonly field: string; readonly sent: Json; readonly shown: Json };

/**
 * What a record of the plan and its bases are once ConnectWise has one for it. ConnectWise's form is taken, and what
 * the plan edited since it was sent stays an edit. What was sent and is shown otherwise is named, to be told. Of a
 * record that was found, a value that both sides have edited since is a conflict.
 */
export function pairedWith<R, C>(
  rules: readonly FieldRule<R, C>[],
  shown: R,
  context: C,
  record: {
    readonly sentFrom: Fields;
    readonly now: Fields;
    /** Of a record that was found: whether the plan's value of a field stays where both sides edited it. */
    readonly found?: { readonly planWins: (field: string) => boolean };
  },
) {
  const fields: Record<string, Json> = { ...record.now };
  const psa: Record<string, Json> = {};
  const plan: Record<string, Json> = {};
  const keptOtherwise: KeptOtherwise[] = [];
  const conflicts: Conflict[] = [];
  for (const { field, psa: of, toPlan, samePsa = sameJson, samePlan = samePsa } of rules) {
    const value = of(shown, context);
    const sent = record.sentFrom[field] ?? null;
    psa[field] = value;
    plan[field] = toPlan(value, context);
    const now = record.now[field] ?? null;
    const isEdited = !samePlan(record.now[field], record.sentFrom[field]);
    if (!isEdited) fields[field] = plan[field];
    if (sent === null || samePlan(sent, plan[field])) continue;
    keptOtherwise.push({ field, sent, shown: plan[field] });
    if (!record.found || !isEdited || isFormOf(plan[field], sent) || samePlan(now, plan[field])) continue;
    conflicts.push({ field, psa: plan[field], plan: now });
    if (!record.found.planWins(field)) fields[field] = plan[field];
  }
  return { fields, base: { psa, plan }, keptOtherwise, conflicts };
}

/** A record that only the plan has and ConnectWise is to get. */
export function isToBeMade({ kind, externalId, deleted, keptHere, frozen }: PlanRecord): boolean {
  return isCreated(kind) && externalId === undefined && !deleted && !keptHere && !frozen;
}
