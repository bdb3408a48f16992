/**
 * What runs write into the plan.
 *
 * The problem: a run that lost its lease may wake at any moment and must write nothing more, while people and the
 * run of the other lane write the same records. So every page is a transaction that also changes the project's
 * counter document, and only where its fence is still this run's: a later run's beginning either comes before it,
 * and the page finds another fence, or waits for it. Between lanes and people, versions decide record by record.
 */
import { type AnyBulkWriteOperation, type ClientSession, type Filter, MongoBulkWriteError } from 'mongodb';
import { fingerprintOf } from '../../src/domain/fingerprint.ts';
import type { PlanKind, PlanRecord } from '../../src/domain/plan.ts';
import type {
  Applied,
  PlanCreate,
  PlanDelete,
  PlanMark,
  Planner,
  PlanPage,
  PlanUpdate,
  RunFence,
} from '../../src/ports/planner.ts';
import { duplicateKey } from './duplicate-key.ts';
import { inTransaction } from './in-transaction.ts';
import type { PlanCounters } from './plan-counters.ts';
import { orderKey, type PlanAccess, type PlanDocument } from './plan-document.ts';

type Write = AnyBulkWriteOperation<PlanDocument>;
/** What one transaction writes. */
type Chunk = { readonly creates: readonly PlanDocument[]; readonly changes: readonly Write[] };

/** Writes of one transaction: a page of any size is stored in so many at a time. */
const chunkSize = 1_000;

/** Kinds whose records belong to a task. */
const childKinds = ['event', 'timeLog', 'ticketNote'] as const satisfies readonly PlanKind[];

export function plannerRuns(
  access: PlanAccess,
  counters: PlanCounters,
): Pick<Planner, 'beginRun' | 'apply' | 'move'> {
  const { db, tenantId, of } = access;

  async function beginRun(run: RunFence) {
    const planSeq = await counters.raiseFence(run);
    return planSeq === undefined ? undefined : { planSeq };
  }

  async function apply(page: PlanPage): Promise<Applied> {
    let refused = 0;
    for (const chunk of chunksOf(page, tenantId)) {
      const applied = await applyChunk(page, chunk);
      if (applied.result === 'stale') return applied;
      refused += applied.refused;
    }
    return { result: 'stored', refused };
  }

  /** A create whose pair or id is taken aborts the whole transaction: it is left out, and the rest tried again. */
  async function applyChunk(page: PlanPage, chunk: Chunk): Promise<Applied> {
    let refused = 0;
    for (let { creates } = chunk; ; ) {
      try {
        const applied = await inTransaction(db, (session) =>
          writeChunk(page, { ...chunk, creates }, session),
        );
        return applied.result === 'stale' ? applied : { ...applied, refused: applied.refused + refused };
      } catch (error) {
        const free = await withoutTaken(page.kind, creates, error);
        refused += creates.length - free.length;
        creates = free;
      }
    }
  }

  async function writeChunk(page: PlanPage, chunk: Chunk, session: ClientSession): Promise<Applied> {
    if (!(await counters.holdFence(page, session))) return { result: 'stale' };
    const collection = of(page.kind);
    if (chunk.creates.length > 0)
      await collection.insertMany([...chunk.creates], { session, ordered: false });
    if (chunk.changes.length === 0) return { result: 'stored', refused: 0 };
    const changed = await collection.bulkWrite([...chunk.changes], { session, ordered: false });
    return { result: 'stored', refused: chunk.changes.length - changed.matchedCount };
  }

  /** Those that a duplicate key does not stand against; rethrows any other error. At least one fewer than before. */
  async function withoutTaken(kind: PlanKind, creates: readonly PlanDocument[], error: unknown) {
    const failed = duplicatesIn(error);
    const externalIds = creates.flatMap(({ externalId }) => externalId ?? []);
    const taken = await of(kind)
      .find(
        {
          $or: [
            { _id: { $in: creates.map(({ _id }) => _id) } },
            { tenantId, externalId: { $in: externalIds } },
          ],
        },
        // What stood in the way is there, though perhaps not yet on a majority.
        { projection: { externalId: 1 }, readConcern: { level: 'local' } },
      )
      .toArray();
    const ids = new Set(taken.map(({ _id }) => _id));
    const pairs = new Set(taken.map(({ externalId }) => externalId));
    return creates.filter(
      ({ _id, externalId }, at) => !failed.has(at) && !ids.has(_id) && !pairs.has(externalId),
    );
  }

  async function move(
    run: RunFence,
    record: Pick<PlanRecord, 'id' | 'version' | 'kind' | 'projectId'>,
    toProjectId: string,
  ): Promise<boolean> {
    return await inTransaction(db, async (session) => {
      if (!(await counters.holdFence(run, session))) return false;
      const seq = await counters.countEdit(toProjectId, session);
      const { id, version, projectId, kind } = record;
      const there = moved(toProjectId, seq);
      const itself = await of(kind).updateOne({ _id: id, tenantId, version, projectId }, there, { session });
      if (itself.matchedCount === 0) {
        await session.abortTransaction();
        return false;
      }
      for (const child of childKinds) {
        await of(child).updateMany({ tenantId, projectId, parentId: id }, there, { session });
      }
      return true;
    });
  }

  return { beginRun, apply, move };
}

/**
 * Fences and counts of two projects do not compare: the fence begins again, and a record that the plan has edited
 * counts as edited now.
 */
function moved(projectId: string, seq: number) {
  return [
    {
      $set: {
        projectId: { $literal: projectId },
        version: { $add: ['$version', 1] },
        syncFence: 0,
        notesFence: '$$REMOVE',
        planSeq: { $cond: [{ $gt: ['$planSeq', null] }, seq, '$$REMOVE'] },
      },
    },
  ];
}

function chunksOf(page: PlanPage, tenantId: string): readonly Chunk[] {
  const creates = page.create.map((record) => newDocument(page, record, tenantId));
  const changes = [
    ...(page.delete ?? []).map((record) => deletion(page, record, tenantId)),
    ...page.update.map((record) => update(page, record, tenantId)),
    ...(page.mark ?? []).map((record) => mark(page, record, tenantId)),
  ];
  const chunks: Chunk[] = [];
  for (let start = 0; start < Math.max(creates.length, changes.length); start += chunkSize) {
    const end = start + chunkSize;
    chunks.push({ creates: creates.slice(start, end), changes: changes.slice(start, end) });
  }
  return chunks;
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
  // Also matches a record that no run of this lane has written.
  const noLater = { $not: { $gt: page.fence } };
  const fenced: Filter<PlanDocument> =
    page.lane === 'project' ? { syncFence: noLater } : { notesFence: noLater };
  return { _id: id, tenantId, projectId: page.projectId, version, ...fenced };
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
        $set: { deleted: record.deleted, ...fenceOf(page) },
        $unset: { unsettled: 1, frozen: 1 },
        $inc: { version: 1 },
      },
    },
  };
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
  if ('unsettled' in one) {
    return one.unsettled === null
      ? { set: {}, unset: { unsettled: 1 } }
      : { set: { unsettled: one.unsettled }, unset: {} };
  }
  return one.frozen === null ? { set: {}, unset: { frozen: 1 } } : { set: { frozen: one.frozen }, unset: {} };
}

/** Places of the writes that a unique index refused; rethrows what is anything else. */
function duplicatesIn(error: unknown): ReadonlySet<number> {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  if (failures.length === 0 || failures.some(({ code }) => code !== duplicateKey)) throw error;
  return new Set(failures.map(({ index }) => index));
}
