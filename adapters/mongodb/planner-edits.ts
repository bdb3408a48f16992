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
import type { PlanEdit, PlanEdited, PlanMade, PlanNew, Planner } from '../../src/ports/planner.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { inTransaction } from './in-transaction.ts';
import type { PlanCounters } from './plan-counters.ts';
import {
  formerPair,
  live,
  orderKey,
  type PlanAccess,
  type PlanDocument,
  paired,
  pairFields,
  toRecord,
} from './plan-document.ts';
import type { SyncTaskDocument } from './sync-task-document.ts';
import { type Expression, triggerStage } from './sync-task-pipelines.ts';

type Edits = Pick<Planner, 'edit' | 'create' | 'restore' | 'detachFrozen' | 'approveFrozen' | 'releasePairs'>;

type Trigger = Parameters<Planner['edit']>[1];
type Named = Pick<PlanRecord, 'kind' | 'id'>;

export function plannerEdits(access: PlanAccess, counters: PlanCounters, now: Expression): Edits {
  const { db, tenantId, of } = access;
  const tasks = db.collection<SyncTaskDocument>('sync_tasks');

  function edit(wanted: PlanEdit, trigger: Trigger): Promise<PlanEdited> {
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
      await ask(before.projectId, trigger, session);
      return { result: 'stored', record: toRecord(kind, after) };
    });
  }

  async function create(wanted: PlanNew, trigger: Trigger): Promise<PlanMade> {
    const { kind, id, projectId } = wanted;
    try {
      return await inTransaction<PlanMade>(db, async (session) => {
        const planSeq = await counters.countEdit(projectId, session);
        const document = madeInPlan(wanted, tenantId, planSeq);
        await of(kind).insertOne(document, { session });
        await ask(projectId, trigger, session);
        return { result: 'stored', record: toRecord(kind, document) };
      });
    } catch (error) {
      // What stood in the way is there, though perhaps not yet on a majority; ids are of all tenants.
      const inTheWay = { projection: { _id: 1 }, readConcern: { level: 'local' } } as const;
      if (isDuplicateKey(error) && (await of(kind).findOne({ _id: id }, inTheWay))) {
        return { result: 'taken' };
      }
      throw error;
    }
  }

  /** The trigger of a project that does not sync changes nothing. */
  async function ask(projectId: string, trigger: Trigger, session: ClientSession): Promise<void> {
    const task = { _id: `${tenantId}:${projectId}`, tenantId };
    await tasks.updateOne(task, [triggerStage(now, trigger)], { session });
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
            ? [{ $set: { ...changedBy(by, at), planSeq } }, { $unset: [...marks, 'keptHere'] }]
            : [{ $set: { ...unpaired(by, at), planSeq } }, { $unset: [...marks, ...pairFields, 'keptHere'] }],
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
        { $set: { ...unpaired(by, at), keptHere: true } },
        { $unset: [...marks, ...pairFields] },
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
        $unset: {
          externalId: 1,
          base: 1,
          unsettled: 1,
          frozen: 1,
          sent: 1,
          wrote: 1,
          rejected: 1,
          intent: 1,
          formerExternalId: 1,
          formerSaid: 1,
        },
        $inc: { version: 1 },
      },
    );
  }

  return { edit, create, restore, detachFrozen, approveFrozen, releasePairs };
}

function madeInPlan(wanted: PlanNew, tenantId: string, planSeq: number): PlanDocument {
  const { id, projectId, fields, parentId, by, at } = wanted;
  return {
    _id: id,
    tenantId,
    projectId,
    version: 1,
    fields,
    ...(parentId === undefined ? {} : { parentId }),
    syncFence: 0,
    planSeq,
    orderKey: orderKey(fields),
    changedAt: at,
    changedBy: by.name,
  };
}

function edited(before: PlanDocument, { change, by, at }: PlanEdit): Partial<PlanDocument> {
  if (change === 'delete') return { deleted: { at, by: by.name, reason: deletedInPlan } };
  const fields = { ...before.fields, ...change.fields };
  return { fields, orderKey: orderKey(fields) };
}

/**
 * What is said about a record by runs, and no longer holds once a person has decided about it. Not that it may have
 * been made in ConnectWise: that is looked for whatever people decide.
 */
const marks: readonly (keyof PlanDocument)[] = [
  'deleted',
  'carried',
  'unsettled',
  'frozen',
  'rejected',
  'childrenDue',
];

function unpaired(by: Actor, at: Date) {
  return { ...formerPair, ...changedBy(by, at) };
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
