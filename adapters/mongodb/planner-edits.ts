/** What people and programs write into the plan: each edit has a place in its project's count of edits. */
import type { ClientSession } from 'mongodb';
import {
  deletedInPlan,
  keepsItsPair,
  type PlanKind,
  type PlanRecord,
  parentOf,
  planKinds,
} from '../../src/domain/plan.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { PlanEdit, PlanEdited, Planner } from '../../src/ports/planner.ts';
import { inTransaction } from './in-transaction.ts';
import type { PlanCounters } from './plan-counters.ts';
import { live, orderKey, type PlanAccess, type PlanDocument, paired, toRecord } from './plan-document.ts';
import type { SyncTaskDocument } from './sync-task-document.ts';
import { type Expression, triggerStage } from './sync-task-pipelines.ts';

type Edits = Pick<Planner, 'edit' | 'restore' | 'detachFrozen' | 'approveFrozen' | 'releasePairs'>;

type Named = Pick<PlanRecord, 'kind' | 'id'>;

export function plannerEdits(access: PlanAccess, counters: PlanCounters, now: Expression): Edits {
  const { db, tenantId, of } = access;
  const tasks = db.collection<SyncTaskDocument>('sync_tasks');

  function edit(wanted: PlanEdit, trigger: Parameters<Planner['edit']>[1]): Promise<PlanEdited> {
    const { kind, id } = wanted;
    return inTransaction<PlanEdited>(db, async (session) => {
      const before = await of(kind).findOne({ _id: id, tenantId, ...live }, { session });
      if (!before) return { result: 'missing' };
      if (before.version !== wanted.version) return { result: 'conflict', record: toRecord(kind, before) };
      const after = await of(kind).findOneAndUpdate(
        { _id: id, tenantId, version: wanted.version },
        {
          $set: {
            ...edited(before, wanted),
            planSeq: await counters.countEdit(before.projectId, session),
            changedAt: wanted.at,
            changedBy: wanted.by.name,
          },
          $inc: { version: 1 },
        },
        { returnDocument: 'after', session },
      );
      if (!after) throw new Error(`the record ${id} changed inside of a transaction`);
      await tasks.updateOne(
        { _id: `${tenantId}:${before.projectId}`, tenantId },
        [triggerStage(now, trigger)],
        { session },
      );
      return { result: 'stored', record: toRecord(kind, after) };
    });
  }

  function restore(projectId: string, kind: PlanKind, id: string, by: Actor, at: Date): Promise<boolean> {
    return inTransaction(db, async (session) => {
      const buried = await withBuriedParents(projectId, { kind, id }, session);
      if (buried.length === 0) return false;
      const planSeq = await counters.countEdit(projectId, session);
      for (const record of buried) {
        await of(record.kind).updateOne(
          { _id: record.id, tenantId },
          keepsItsPair(record)
            ? [{ $set: { ...changedBy(by, at), planSeq } }, { $unset: marks }]
            : [{ $set: { ...unpaired(by, at), planSeq } }, { $unset: [...marks, ...pair] }],
          { session },
        );
      }
      return true;
    });
  }

  /** The tombstone and those of the records that it hangs on, outermost first; none where it is no tombstone. */
  async function withBuriedParents(
    projectId: string,
    wanted: Named,
    session: ClientSession,
  ): Promise<readonly PlanRecord[]> {
    const found: PlanRecord[] = [];
    let next: Named | undefined = wanted;
    while (next && !found.some(({ id }) => id === next?.id)) {
      const { kind, id }: Named = next;
      const document: PlanDocument | null = await of(kind).findOne(
        { _id: id, tenantId, projectId, deleted: { $exists: true } },
        { session },
      );
      if (!document) break;
      const record = toRecord(kind, document);
      found.unshift(record);
      next = parentOf(record);
    }
    return found;
  }

  const frozen = (projectId: string) => ({
    tenantId,
    projectId,
    frozen: { $exists: true },
    ...live,
    ...paired,
  });

  async function detachFrozen(projectId: string, by: Actor, at: Date): Promise<number> {
    return await inEveryKind(async (kind) => {
      const detached = await of(kind).updateMany(frozen(projectId), [
        { $set: unpaired(by, at) },
        { $unset: [...marks, ...pair] },
      ]);
      return detached.modifiedCount;
    });
  }

  async function approveFrozen(projectId: string, by: Actor): Promise<number> {
    return await inEveryKind(async (kind) => {
      const approved = await of(kind).updateMany(
        { ...frozen(projectId), 'frozen.approvedBy': { $exists: false } },
        { $set: { 'frozen.approvedBy': by.name }, $inc: { version: 1 } },
      );
      return approved.modifiedCount;
    });
  }

  async function releasePairs(kind: PlanKind, ids: readonly string[]): Promise<void> {
    await of(kind).updateMany(
      { _id: { $in: [...ids] }, tenantId },
      {
        $unset: { externalId: 1, base: 1, unsettled: 1, frozen: 1, formerExternalId: 1, formerSaid: 1 },
        $inc: { version: 1 },
      },
    );
  }

  return { edit, restore, detachFrozen, approveFrozen, releasePairs };
}

function edited(before: PlanDocument, { change, by, at }: PlanEdit): Partial<PlanDocument> {
  if (change === 'delete') return { deleted: { at, by: by.name, reason: deletedInPlan } };
  const fields = { ...before.fields, ...change.fields };
  return { fields, orderKey: orderKey(fields) };
}

const pair: readonly (keyof PlanDocument)[] = ['externalId', 'base', 'formerSaid'];
/** What is said about a record by runs, and no longer holds once a person has decided about it. */
const marks: readonly (keyof PlanDocument)[] = ['deleted', 'unsettled', 'frozen', 'childrenDue'];

/** The external id it had is kept, that of an earlier time where it has none now. */
function unpaired(by: Actor, at: Date) {
  return {
    formerExternalId: { $ifNull: ['$externalId', '$formerExternalId', '$$REMOVE'] },
    ...changedBy(by, at),
  };
}

function changedBy(by: Actor, at: Date) {
  return {
    version: { $add: ['$version', 1] },
    changedAt: at,
    changedBy: { $literal: by.name },
  };
}

async function inEveryKind(count: (kind: PlanKind) => Promise<number>): Promise<number> {
  const counted = await Promise.all(planKinds.map(count));
  return counted.reduce((sum, one) => sum + one, 0);
}
