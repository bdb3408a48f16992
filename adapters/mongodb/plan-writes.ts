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
  PlanUpdate,
  RunFence,
} from '../../src/ports/planner.ts';
import { orderKey, type PlanDocument } from './plan-document.ts';

type Write = AnyBulkWriteOperation<PlanDocument>;
export type Creation = { readonly document: PlanDocument; readonly line?: LogEntry };
export type Alteration = {
  readonly id: string;
  readonly version: number;
  readonly write: Write;
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

function altered(record: PlanDelete | PlanUpdate | PlanMark, write: Write): Alteration {
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
  const { fields, base, parentId, changed } = record;
  return {
    updateOne: {
      filter: asRead(page, record, tenantId),
      update: {
        $set: {
          fields,
          base,
          fingerprint: fingerprintOf(base),
          ...(typeof parentId === 'string' ? { parentId } : {}),
          ...fenceOf(page),
          orderKey: orderKey(fields),
          ...changed,
        },
        $unset: {
          unsettled: 1,
          deleted: 1,
          frozen: 1,
          childrenDue: 1,
          ...(parentId === null ? { parentId: 1 as const } : {}),
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

function mark(page: PlanPage, record: PlanMark, tenantId: string): Write {
  const { set, unset } = marking(record.mark);
  return {
    updateOne: {
      filter: asRead(page, record, tenantId),
      update: {
        $set: { ...set, ...fenceOf(page) },
        $unset: unset,
        $inc: { version: 1 },
      },
    },
  };
}

type Marking = { set: Partial<PlanDocument>; unset: { frozen?: 1; unsettled?: 1 } };

function marking(one: PlanMark['mark']): Marking {
  if ('formerSaid' in one) return { set: one, unset: {} };
  if ('unsettled' in one) {
    return one.unsettled === null
      ? { set: {}, unset: { unsettled: 1 } }
      : { set: { unsettled: one.unsettled }, unset: {} };
  }
  return one.frozen === null ? { set: {}, unset: { frozen: 1 } } : { set: { frozen: one.frozen }, unset: {} };
}
