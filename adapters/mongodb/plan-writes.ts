/** A page of a run as the writes that MongoDB does, in portions of one transaction each. */
import type { AnyBulkWriteOperation, Filter } from 'mongodb';
import { fingerprintOf } from '../../src/domain/fingerprint.ts';
import { deletedInPlan } from '../../src/domain/plan.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type {
  PlanCreate,
  PlanDelete,
  PlanMark,
  PlanPage,
  PlanPair,
  PlanUpdate,
  RunFence,
} from '../../src/ports/planner.ts';
import { formerPair, orderKey, type PlanDocument, pairFields } from './plan-document.ts';

type Write = AnyBulkWriteOperation<PlanDocument>;
export type Creation = { readonly document: PlanDocument; readonly line?: LogEntry };
export type Alteration = {
  readonly id: string;
  readonly version: number;
  readonly write: Write;
  /** Of a record that gets a pair: another record may have taken it. */
  readonly externalId?: number;
  readonly line?: LogEntry;
};
/** What one transaction writes, and what it says of it. */
export type Chunk = {
  readonly creates: readonly Creation[];
  readonly changes: readonly Alteration[];
  readonly lines: readonly LogEntry[];
};

/** Writes of one transaction: a page of any size is stored in so many at a time. */
const chunkSize = 1_000;

export function chunksOf(page: PlanPage, tenantId: string): readonly Chunk[] {
  const creates = page.create.map((record) => ({
    document: newDocument(page, record, tenantId),
    ...lineOf(record),
  }));
  const changes = [
    ...(page.delete ?? []).map((record) => altered(record, deletion(page, record, tenantId))),
    ...page.update.map((record) => altered(record, update(page, record, tenantId))),
    ...(page.mark ?? []).map((record) => altered(record, mark(page, record, tenantId))),
    ...(page.pair ?? []).map((record) => ({
      ...altered(record, pairing(page, record, tenantId)),
      externalId: record.externalId,
    })),
  ];
  const chunks: Chunk[] = [];
  for (let start = 0; start < Math.max(creates.length, changes.length); start += chunkSize) {
    const end = start + chunkSize;
    chunks.push({
      creates: creates.slice(start, end),
      changes: changes.slice(start, end),
      lines: start === 0 ? (page.lines ?? []) : [],
    });
  }
  return chunks;
}

function altered(record: PlanDelete | PlanUpdate | PlanMark | PlanPair, write: Write): Alteration {
  return { id: record.id, version: record.version, write, ...lineOf(record) };
}

function lineOf({ line }: { readonly line?: LogEntry }): { readonly line?: LogEntry } {
  return line ? { line } : {};
}

export function linesOf(told: readonly { readonly line?: LogEntry }[]): readonly LogEntry[] {
  return told.flatMap(({ line }) => line ?? []);
}

function newDocument(page: PlanPage, record: PlanCreate, tenantId: string): PlanDocument {
  return {
    _id: record.id,
    tenantId,
    projectId: page.projectId,
    version: 1,
    fields: record.fields,
    externalId: record.externalId,
    base: record.base,
    fingerprint: fingerprintOf(record.base),
    ...(record.parentId === undefined ? {} : { parentId: record.parentId }),
    syncFence: 0,
    ...fenceOf(page),
    orderKey: orderKey(record.fields),
    changedAt: record.changedAt,
    changedBy: record.changedBy,
  };
}

function fenceOf({ lane, fence }: RunFence): Partial<PlanDocument> {
  return lane === 'project' ? { syncFence: fence } : { notesFence: fence };
}

/** The record as it was read, unless a later run of this lane has written it. */
function asRead(page: PlanPage, { id, version }: { id: string; version: number }, tenantId: string) {
  return { _id: id, version, ...unlessLater(page, tenantId) };
}

export function unlessLater(page: PlanPage, tenantId: string): Filter<PlanDocument> {
  // Also matches a record that no run of this lane has written.
  const noLater = { $not: { $gt: page.fence } };
  const fenced: Filter<PlanDocument> =
    page.lane === 'project' ? { syncFence: noLater } : { notesFence: noLater };
  return { tenantId, projectId: page.projectId, ...fenced };
}

function update(page: PlanPage, record: PlanUpdate, tenantId: string): Write {
  const { fields, base, parentId, changed, rejected, wrote } = record;
  return {
    updateOne: {
      filter: asRead(page, record, tenantId),
      update: {
        $set: {
          fields,
          base,
          fingerprint: fingerprintOf(base),
          ...(typeof parentId === 'string' ? { parentId } : {}),
          ...(rejected ? { rejected } : {}),
          ...(wrote ? { wrote } : {}),
          ...fenceOf(page),
          orderKey: orderKey(fields),
          ...changed,
        },
        $unset: {
          unsettled: 1,
          sent: 1,
          deleted: 1,
          carried: 1,
          frozen: 1,
          childrenDue: 1,
          ...(parentId === null ? { parentId: 1 as const } : {}),
          ...(rejected === null ? { rejected: 1 as const } : {}),
        },
        $inc: { version: 1 },
      },
    },
  };
}

function deletion(page: PlanPage, record: PlanDelete, tenantId: string): Write {
  return {
    updateOne: {
      filter: asRead(page, record, tenantId),
      update: {
        $set: { deleted: record.deleted, ...leavesChildren(page, record), ...fenceOf(page) },
        $unset: { unsettled: 1, frozen: 1 },
        $inc: { version: 1 },
      },
    },
  };
}

/** What stands on a task that a person deleted in the plan stays as it is: ConnectWise still has it. */
function leavesChildren({ kind }: PlanPage, { deleted }: PlanDelete): Pick<PlanDocument, 'childrenDue'> {
  return kind === 'task' && deleted.reason !== deletedInPlan ? { childrenDue: true } : {};
}

function pairing(page: PlanPage, record: PlanPair, tenantId: string): Write {
  const { externalId, fields, base } = record;
  return {
    updateOne: {
      filter: asRead(page, record, tenantId),
      update: {
        $set: {
          externalId,
          fields,
          base,
          fingerprint: fingerprintOf(base),
          orderKey: orderKey(fields),
          ...fenceOf(page),
        },
        // The pair it once had stays known: where that id shows up again it is reported, not imported.
        $unset: { intent: 1, unsettled: 1, rejected: 1, keptHere: 1 },
        $inc: { version: 1 },
      },
    },
  };
}

function mark(page: PlanPage, record: PlanMark, tenantId: string): Write {
  const filter = asRead(page, record, tenantId);
  if ('carried' in record.mark && record.mark.carried === 'deleted') {
    return { updateOne: { filter, update: withoutPair(page) } };
  }
  const { set, unset } = marking(record.mark);
  return {
    updateOne: {
      filter,
      update: { $set: { ...set, ...fenceOf(page) }, $unset: unset, $inc: { version: 1 } },
    },
  };
}

/** Of a tombstone whose ConnectWise record is deleted, too. */
function withoutPair(page: PlanPage) {
  const carried = { carried: 'deleted', version: { $add: ['$version', 1] }, ...fenceOf(page) };
  return [{ $set: { ...carried, ...formerPair } }, { $unset: [...pairFields] }];
}

type Marking = {
  readonly set: Partial<PlanDocument>;
  readonly unset: { readonly [mark in 'frozen' | 'unsettled' | 'rejected' | 'intent']?: 1 };
};

function marking(one: PlanMark['mark']): Marking {
  if ('formerSaid' in one || 'sent' in one) return { set: one, unset: {} };
  if ('carried' in one) {
    return { set: { ...one, ...(one.base ? { fingerprint: fingerprintOf(one.base) } : {}) }, unset: {} };
  }
  if ('unsettled' in one) return setOrUnset('unsettled', one.unsettled);
  if ('rejected' in one) return setOrUnset('rejected', one.rejected);
  if ('intent' in one) return setOrUnset('intent', one.intent);
  return setOrUnset('frozen', one.frozen);
}

function setOrUnset(name: keyof Marking['unset'], value: object | null): Marking {
  return value === null ? { set: {}, unset: { [name]: 1 } } : { set: { [name]: value }, unset: {} };
}
