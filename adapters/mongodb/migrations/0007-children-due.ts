import type { Db } from 'mongodb';
import { deletedInPlan } from '../../../src/domain/plan.ts';
import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

/** Tasks that runs took out of the plan, of which nobody has looked yet for what stood on them. */
export const childrenDue: Migration = {
  name: '0007-children-due',
  async up(db) {
    await ensureCollections(db, [
      {
        name: 'plan_tasks',
        indexes: [
          {
            key: { tenantId: 1, projectId: 1, _id: 1 },
            name: 'children_due',
            partialFilterExpression: { childrenDue: { $exists: true } },
          },
        ],
      },
    ]);
    await markBuried(db);
  },
};

/** Until now every whole reading looked for all of them: the next one does so once more. */
async function markBuried(db: Db): Promise<void> {
  const buried = { 'deleted.reason': { $exists: true, $ne: deletedInPlan } };
  await db.collection('plan_tasks').updateMany(buried, { $set: { childrenDue: true } });
}
