import { type AnyBulkWriteOperation, type Collection, type Db, MongoBulkWriteError } from 'mongodb';
import { wbsSortKey } from '../../src/domain/inbound-fields.ts';
import type { Bases, Fields, PlanKind, PlanRecord } from '../../src/domain/plan.ts';
import type { Planner, PlanPage } from '../../src/ports/planner.ts';
import { duplicateKey } from './duplicate-key.ts';

/** A plan record and its pair, one document in the collection of its kind. */
type PlanDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly version: number;
  readonly fields: Fields;
  readonly externalId: number;
  readonly base: Bases;
  readonly syncFence: number;
  /** The place among its siblings, in a form that sorts. */
  readonly orderKey: string;
  readonly changedAt: Date;
  readonly changedBy: string;
};

export const planCollections: { readonly [kind in PlanKind]: string } = {
  project: 'plan_projects',
  phase: 'plan_phases',
  task: 'plan_tasks',
};

const chunkSize = 1_000;

export function mongoPlanner(db: Db, tenantId: string): Planner {
  const of = (kind: PlanKind): Collection<PlanDocument> => db.collection<PlanDocument>(planCollections[kind]);

  async function pairedInRange(projectId: string, kind: PlanKind, after: number, to: number) {
    const filter = { tenantId, projectId, externalId: { $gt: after, $lte: to } };
    const found = await of(kind).find(filter).sort({ externalId: 1 }).toArray();
    return found.map((document) => toRecord(kind, document));
  }

  async function pairedByExternalId(kind: PlanKind, externalIds: readonly number[]) {
    const found = await of(kind)
      .find({ tenantId, externalId: { $in: [...externalIds] } })
      .toArray();
    return found.map((document) => toRecord(kind, document));
  }

  async function idsByExternalId(projectId: string, kind: PlanKind): Promise<ReadonlyMap<number, string>> {
    const found = of(kind).find({ tenantId, projectId }, { projection: { externalId: 1 } });
    return new Map(await found.map(({ _id, externalId }): [number, string] => [externalId, _id]).toArray());
  }

  async function apply(page: PlanPage): Promise<{ readonly refused: number }> {
    const writes = [
      ...page.create.map((record) => insert(page, record)),
      ...page.update.map((record) => change(page, record)),
    ];
    let refused = 0;
    for (let start = 0; start < writes.length; start += chunkSize) {
      refused += await applyChunk(of(page.kind), writes.slice(start, start + chunkSize));
    }
    return { refused };
  }

  function insert(page: PlanPage, record: PlanPage['create'][number]): AnyBulkWriteOperation<PlanDocument> {
    const document: PlanDocument = {
      _id: record.id,
      tenantId,
      projectId: page.projectId,
      version: 1,
      fields: record.fields,
      externalId: record.externalId,
      base: record.base,
      syncFence: page.fence,
      orderKey: orderKey(record.fields),
      changedAt: record.changedAt,
      changedBy: record.changedBy,
    };
    return { insertOne: { document } };
  }

  function change(page: PlanPage, record: PlanPage['update'][number]): AnyBulkWriteOperation<PlanDocument> {
    return {
      updateOne: {
        filter: { _id: record.id, tenantId, version: record.version, syncFence: { $lte: page.fence } },
        update: {
          $set: {
            fields: record.fields,
            base: record.base,
            syncFence: page.fence,
            orderKey: orderKey(record.fields),
            ...record.changed,
          },
          $inc: { version: 1 },
        },
      },
    };
  }

  async function phases(projectId: string) {
    const found = await of('phase').find({ tenantId, projectId }).sort({ orderKey: 1, _id: 1 }).toArray();
    return found.map((document) => toRecord('phase', document));
  }

  async function tasks(projectId: string, page: { readonly offset: number; readonly limit: number }) {
    const filter = { tenantId, projectId };
    const [found, total] = await Promise.all([
      of('task').find(filter).sort({ orderKey: 1, _id: 1 }).skip(page.offset).limit(page.limit).toArray(),
      of('task').countDocuments(filter),
    ]);
    return { tasks: found.map((document) => toRecord('task', document)), total };
  }

  return { pairedInRange, pairedByExternalId, idsByExternalId, apply, phases, tasks };
}

/** An insert is refused by a unique index, an update by its filter: then it matches nothing. */
async function applyChunk(
  collection: Collection<PlanDocument>,
  writes: AnyBulkWriteOperation<PlanDocument>[],
): Promise<number> {
  try {
    const result = await collection.bulkWrite(writes, { ordered: false });
    return writes.length - result.insertedCount - result.matchedCount;
  } catch (error) {
    if (!isOnlyDuplicates(error)) throw error;
    return writes.length - error.result.insertedCount - error.result.matchedCount;
  }
}

function isOnlyDuplicates(error: unknown): error is MongoBulkWriteError {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  return failures.length > 0 && failures.every((failure) => failure.code === duplicateKey);
}

function orderKey(fields: Fields): string {
  return wbsSortKey(typeof fields.wbsCode === 'string' ? fields.wbsCode : null);
}

function toRecord(kind: PlanKind, document: PlanDocument): PlanRecord {
  const { _id, tenantId: _tenantId, orderKey: _orderKey, ...record } = document;
  return { id: _id, kind, ...record };
}
