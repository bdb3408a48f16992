/**
 * What runs write into the plan.
 *
 * The problem: a run that lost its lease may wake at any moment and must write nothing more, while people and the
 * run of the other lane write the same records. So every page is a transaction that also changes the project's
 * counter document, and only where its fence is still this run's: a later run's beginning either comes before it,
 * and the page finds another fence, or waits for it. Between lanes and people, versions decide record by record.
 *
 * What the log says of a write is in its transaction, too: a process that is killed in between would lose the line,
 * or have told of what never was.
 */
import { type ClientSession, MongoBulkWriteError } from 'mongodb';
import type { PlanKind, PlanRecord } from '../../src/domain/plan.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type { Applied, Planner, PlanPage, RunFence } from '../../src/ports/planner.ts';
import { duplicateKey } from './duplicate-key.ts';
import { inTransaction } from './in-transaction.ts';
import { logLines } from './log-lines.ts';
import type { PlanCounters } from './plan-counters.ts';
import type { PlanAccess } from './plan-document.ts';
import { type Alteration, type Chunk, chunksOf, linesOf, unlessLater } from './plan-writes.ts';

/** Kinds whose records belong to a task. */
const childKinds = ['event', 'timeLog', 'ticketNote'] as const satisfies readonly PlanKind[];

export function plannerRuns(
  access: PlanAccess,
  counters: PlanCounters,
): Pick<Planner, 'beginRun' | 'apply' | 'move' | 'childrenJudged'> {
  const { db, tenantId, of } = access;
  const log = logLines(db, tenantId);

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

  /** What is to get a pair or an id that is taken aborts the whole transaction: left out, and the rest tried again. */
  async function applyChunk(page: PlanPage, chunk: Chunk): Promise<Applied> {
    for (let rest = chunk; ; ) {
      try {
        const applied = await inTransaction(db, (session) => writeChunk(page, rest, session));
        const left = sizeOf(chunk) - sizeOf(rest);
        return applied.result === 'stale' ? applied : { ...applied, refused: applied.refused + left };
      } catch (error) {
        rest = await withoutTaken(page.kind, rest, error);
      }
    }
  }

  async function writeChunk(page: PlanPage, chunk: Chunk, session: ClientSession): Promise<Applied> {
    if (!(await counters.holdFence(page, session))) return { result: 'stale' };
    const collection = of(page.kind);
    const { creates, changes } = chunk;
    await log.insert(
      [...chunk.lines, ...linesOf(creates), ...(await linesOfUnmoved(page, changes, session))],
      session,
    );
    if (sizeOf(chunk) === 0) return { result: 'stored', refused: 0 };
    const writes = [
      ...creates.map(({ document }) => ({ insertOne: { document } })),
      ...changes.map(({ write }) => write),
    ];
    // In order: the first refusal ends the transaction, and a batch after it would find none.
    const changed = await collection.bulkWrite(writes, { session, ordered: true });
    return { result: 'stored', refused: changes.length - changed.matchedCount };
  }

  /** Of what will not be refused: read in the same transaction, so that it is what the write finds, too. */
  async function linesOfUnmoved(page: PlanPage, changes: readonly Alteration[], session: ClientSession) {
    const told = changes.filter(({ line }) => line);
    if (told.length === 0) return [];
    const filter = { _id: { $in: told.map(({ id }) => id) }, ...unlessLater(page, tenantId) };
    const found = await of(page.kind)
      .find(filter, { projection: { version: 1 }, session })
      .toArray();
    const versions = new Map(found.map(({ _id, version }) => [_id, version]));
    return linesOf(told.filter(({ id, version }) => versions.get(id) === version));
  }

  /** Without what a duplicate key stands against; rethrows any other error. At least one fewer than before. */
  async function withoutTaken(kind: PlanKind, chunk: Chunk, error: unknown): Promise<Chunk> {
    const { creates, changes } = chunk;
    const failed = duplicatesIn(error);
    const externalIds = [...creates.map(({ document }) => document), ...changes].flatMap(
      ({ externalId }) => externalId ?? [],
    );
    const taken = await of(kind)
      .find(
        {
          $or: [
            { _id: { $in: creates.map(({ document }) => document._id) } },
            { tenantId, externalId: { $in: externalIds } },
          ],
        },
        // What stood in the way is there, though perhaps not yet on a majority.
        { projection: { externalId: 1 }, readConcern: { level: 'local' } },
      )
      .toArray();
    const ids = new Set(taken.map(({ _id }) => _id));
    const owners = new Map(taken.map(({ externalId, _id }) => [externalId, _id]));
    const isFree = ({ id, externalId }: Alteration): boolean =>
      externalId === undefined || (owners.get(externalId) ?? id) === id;
    return {
      ...chunk,
      creates: creates.filter(
        ({ document: { _id, externalId } }, at) =>
          !failed.has(at) && !ids.has(_id) && !owners.has(externalId),
      ),
      changes: changes.filter((change, at) => !failed.has(creates.length + at) && isFree(change)),
    };
  }

  async function move(
    run: RunFence,
    record: Pick<PlanRecord, 'id' | 'version' | 'kind' | 'projectId'>,
    toProjectId: string,
    line?: LogEntry,
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
      if (line) await log.insert([line], session);
      return true;
    });
  }

  async function childrenJudged(run: RunFence, taskIds: readonly string[]): Promise<boolean> {
    return await inTransaction(db, async (session) => {
      if (!(await counters.holdFence(run, session))) return false;
      const judged = { _id: { $in: [...taskIds] }, tenantId, projectId: run.projectId };
      await of('task').updateMany(judged, { $unset: { childrenDue: 1 } }, { session });
      return true;
    });
  }

  return { beginRun, apply, move, childrenJudged };
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

function sizeOf({ creates, changes }: Chunk): number {
  return creates.length + changes.length;
}

/** Places of the writes that a unique index refused; rethrows what is anything else. */
function duplicatesIn(error: unknown): ReadonlySet<number> {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  if (failures.length === 0 || failures.some(({ code }) => code !== duplicateKey)) throw error;
  return new Set(failures.map(({ index }) => index));
}
