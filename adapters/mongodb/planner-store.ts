import type { Db, Filter } from 'mongodb';
import { deletedInPlan, planKinds } from '../../src/domain/plan.ts';
import type { Planner } from '../../src/ports/planner.ts';
import { planCounters } from './plan-counters.ts';
import { type PlanAccess, type PlanDocument, planCollectionsIn } from './plan-document.ts';
import { plannerEdits } from './planner-edits.ts';
import { plannerNotes } from './planner-notes.ts';
import { plannerOpenWork } from './planner-open-work.ts';
import { plannerOutbound } from './planner-outbound.ts';
import { plannerReads } from './planner-reads.ts';
import { plannerRuns } from './planner-runs.ts';
import type { Expression } from './sync-task-pipelines.ts';

/** The plan of one integration. `now` is the server's time for triggers: shifted in tests. */
export function mongoPlanner(db: Db, tenantId: string, now: Expression = '$$NOW'): Planner {
  const access: PlanAccess = { db, tenantId, of: planCollectionsIn(db) };
  const counters = planCounters(db, tenantId);
  return {
    ...plannerRuns(access, counters),
    ...plannerReads(access),
    ...plannerOpenWork(access),
    ...plannerOutbound(access),
    ...plannerNotes(access),
    ...plannerEdits(access, counters, now),
    purgeTombstones: (olderThan) => purge(access, olderThan),
  };
}

async function purge({ tenantId, of }: PlanAccess, olderThan: Date): Promise<number> {
  // The rule `keepsItsPair`, as a filter.
  const noLongerNeeded: Filter<PlanDocument> = {
    $or: [{ 'deleted.reason': { $ne: deletedInPlan } }, { externalId: { $exists: false } }],
  };
  let purged = 0;
  for (const kind of planKinds) {
    const old = { tenantId, deleted: { $exists: true }, 'deleted.at': { $lt: olderThan } };
    purged += (await of(kind).deleteMany({ ...old, ...noLongerNeeded })).deletedCount;
  }
  return purged;
}
