import type { Collection, Filter } from 'mongodb';
import type { ChangeSeen, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import type { SyncTaskDocument } from './sync-task-document.ts';
import type { Expression } from './sync-task-expressions.ts';
import { triggerChangedStage, triggerStage } from './sync-task-pipelines.ts';

/** Triggers of many tasks at once. */
export function syncTaskChanges(
  tasks: Collection<SyncTaskDocument>,
  tenantId: string,
  now: Expression,
): Pick<SyncTaskStore, 'triggerChanged' | 'triggerAll'> {
  const projects = { tenantId, kind: 'project' as const };

  return {
    async triggerChanged(changes, marginMs) {
      const latest = latestOfEach(changes);
      if (latest.size === 0) return { triggered: 0, unknown: [] };
      const changed = { ...projects, 'link.externalId': { $in: [...latest.keys()] } };
      const known = new Set<number>(await tasks.distinct('link.externalId', changed));
      const updates = [...latest]
        .filter(([externalId]) => known.has(externalId))
        .map(([externalId, lastUpdated]) => ({
          // Many: a project that was disconnected and imported again has a task that takes no triggers besides.
          updateMany: {
            filter: { ...projects, 'link.externalId': externalId },
            update: [triggerChangedStage(now, lastUpdated, marginMs)],
          },
        }));
      const { modifiedCount } =
        updates.length === 0 ? { modifiedCount: 0 } : await tasks.bulkWrite(updates, { ordered: false });
      return { triggered: modifiedCount, unknown: [...latest.keys()].filter((id) => !known.has(id)) };
    },

    async triggerAll(trigger, boardId) {
      const wanted = {
        ...projects,
        'link.state': 'active' as const,
        ...(boardId === undefined ? {} : onBoard(boardId)),
      };
      const { modifiedCount } = await tasks.updateMany(wanted, [triggerStage(now, trigger)]);
      return modifiedCount;
    },
  };
}

/** Also those that an older build linked and that did not sync since: of which board they are nobody knows. */
function onBoard(boardId: number): Filter<SyncTaskDocument> {
  return { $or: [{ 'link.boardId': boardId }, { 'link.boardId': { $exists: false } }] };
}

function latestOfEach(changes: readonly ChangeSeen[]): ReadonlyMap<number, Date> {
  const latest = new Map<number, Date>();
  for (const { externalId, lastUpdated } of changes) {
    const before = latest.get(externalId);
    if (!before || before < lastUpdated) latest.set(externalId, lastUpdated);
  }
  return latest;
}
