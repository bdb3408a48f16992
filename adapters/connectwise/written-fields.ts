/**
 * From what the port wants changed to ConnectWise's fields, the inverse of `mapping.ts`. One table says which fields a
 * value of the port is written as; bodies of POST and PATCH, and the names in ConnectWise's refusals, follow from it.
 */

import type {
  CreatableKind,
  PatchableKind,
  PsaChanges,
  PsaNew,
  PsaRef,
  PsaTicket,
  PsaTicketNote,
} from '../../src/domain/psa-records.ts';
import { emptiedBy, newProjectBillingMethod } from './inferred.ts';

/** Values by ConnectWise's names. */
export type Written = Readonly<Record<string, unknown>>;

/** https://www.rfc-editor.org/rfc/rfc6902, as far as ConnectWise is asked for it. */
export type PatchOperation =
  | { readonly op: 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

type Way<T> = {
  /** All that `write` may give. */
  readonly fields: readonly string[];
  write(value: T): Written;
};
type Ways<R> = { readonly [Field in keyof R]-?: Way<Exclude<R[Field], undefined>> };

function plain(field: string): Way<unknown> {
  return { fields: [field], write: (value) => ({ [field]: value }) };
}

/** Always the whole reference: a change inside of one may be answered with 200 and not be done. */
function reference(field: string): Way<PsaRef | null> {
  return { fields: [field], write: (ref) => ({ [field]: ref === null ? null : { id: ref.id } }) };
}

const predecessor: Way<PsaTicket['predecessor']> = {
  fields: ['predecessorType', 'predecessorId', 'lagDays'],
  write: (one) => ({
    predecessorType: one === null ? null : one.kind === 'ticket' ? 'Ticket' : 'Phase',
    predecessorId: one?.id ?? null,
    lagDays: one?.lagDays ?? null,
  }),
};

const joinTeamAs: Way<PsaRef> = {
  fields: ['addMemberToProjectFlag', 'projectRoleId'],
  write: ({ id }) => ({ addMemberToProjectFlag: true, projectRoleId: id }),
};

const chargedTicket: Way<number> = {
  fields: ['chargeToId', 'chargeToType'],
  write: (id) => ({ chargeToId: id, chargeToType: 'ProjectTicket' }),
};

const noteUse: Way<PsaTicketNote['use']> = {
  fields: ['detailDescriptionFlag', 'internalAnalysisFlag', 'resolutionFlag'],
  write: (use) => ({
    detailDescriptionFlag: use === 'discussion',
    internalAnalysisFlag: use === 'internal',
    resolutionFlag: use === 'resolution',
  }),
};

const ways: { readonly [K in CreatableKind]: Ways<PsaNew[K]> } = {
  project: {
    name: plain('name'),
    description: plain('description'),
    status: reference('status'),
    manager: reference('manager'),
    estimatedStart: plain('estimatedStart'),
    estimatedEnd: plain('estimatedEnd'),
    board: reference('board'),
    company: reference('company'),
  },
  phase: {
    name: plain('description'),
    status: reference('status'),
    scheduledStart: plain('scheduledStart'),
    scheduledEnd: plain('scheduledEnd'),
    budgetHours: plain('budgetHours'),
    wbsCode: plain('wbsCode'),
    parent: reference('parentPhase'),
  },
  ticket: {
    summary: plain('summary'),
    status: reference('status'),
    phase: reference('phase'),
    owner: reference('owner'),
    priority: reference('priority'),
    budgetHours: plain('budgetHours'),
    estimatedStart: plain('estimatedStartDate'),
    required: plain('requiredDate'),
    predecessor,
    wbsCode: plain('wbsCode'),
  },
  scheduleEntry: {
    objectId: plain('objectId'),
    member: reference('member'),
    start: plain('dateStart'),
    end: plain('dateEnd'),
    hours: plain('hours'),
    done: plain('doneFlag'),
    joinTeamAs,
  },
  timeEntry: {
    ticketId: chargedTicket,
    member: reference('member'),
    start: plain('timeStart'),
    end: plain('timeEnd'),
    hours: plain('actualHours'),
    workType: reference('workType'),
    billable: plain('billableOption'),
    notes: plain('notes'),
  },
  projectNote: { text: plain('text'), type: reference('type'), flagged: plain('flagged') },
  ticketNote: { text: plain('text'), use: noteUse },
};

/**
 * Sent along with every write: nobody outside is told of what a sync writes, no callback comes back to it, and two
 * things that the plan has in one hour are no conflict.
 */
const sentAlong: { readonly [K in CreatableKind]?: Written } = {
  ticket: { processNotifications: false, skipCallback: true },
  ticketNote: { processNotifications: false },
  scheduleEntry: { allowScheduleConflictsFlag: true },
  timeEntry: { emailContactFlag: false, emailResourceFlag: false, emailCcFlag: false },
};

/** Needed to make one, and nothing that the plan has. */
const sentOnce: { readonly [K in CreatableKind]?: Written } = {
  project: { billingMethod: newProjectBillingMethod },
};

/**
 * Known to be emptied by `remove`, and never replaced: a phase moves below another by its WBS code alone, and comes to
 * the top with a new one besides.
 */
const onlyRemoved: ReadonlySet<string> = new Set(['parentPhase']);

/** @returns the body of a POST: what has no value is left out */
export function bodyOfNew<K extends CreatableKind>(kind: K, record: PsaNew[K], more: Written = {}): Written {
  const all = { ...writtenOf(kind, record), ...sentOnce[kind], ...sentAlong[kind], ...more };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/**
 * @returns the body of a PATCH, changed fields only
 * @throws TypeError where nothing is to be changed
 */
export function bodyOfChange<K extends PatchableKind>(kind: K, change: PsaChanges[K]): PatchOperation[] {
  const changed = Object.entries(writtenOf(kind, change)).filter(
    ([path, value]) => value === null || !onlyRemoved.has(path),
  );
  if (changed.length === 0) throw new TypeError(`nothing to change in the ${kind}`);
  return [...changed, ...Object.entries(sentAlong[kind] ?? {})].map(([path, value]) =>
    operation(path, value),
  );
}

function operation(path: string, value: unknown): PatchOperation {
  const removed = value === null && (emptiedBy === 'remove' || onlyRemoved.has(path));
  return removed ? { op: 'remove', path } : { op: 'replace', path, value };
}

/** Satisfies ConnectWise where it insists on custom fields, and changes none of them. */
export const noCustomFields: PatchOperation = { op: 'replace', path: 'customFields', value: [] };

/** @returns the port's name of a field in ConnectWise's words, e.g. `required` for `requiredDate`; else as it is */
export function portField(kind: CreatableKind, field: string): string {
  const name = field.replace(/^\//, '').split('/')[0]?.toLowerCase();
  const ours = Object.entries(waysOf(kind)).find(([, { fields }]) =>
    fields.some((one) => one.toLowerCase() === name),
  );
  return ours?.[0] ?? field;
}

function writtenOf(kind: CreatableKind, values: object): Written {
  const table = waysOf(kind);
  const parts = Object.entries(values).map(([field, value]) =>
    value === undefined ? {} : table[field]?.write(value),
  );
  return Object.assign({}, ...parts);
}

/** Without the types of the single fields. */
function waysOf(kind: CreatableKind): Readonly<Record<string, Way<unknown>>> {
  return ways[kind] as Readonly<Record<string, Way<unknown>>>;
}
