import type { Collection, Filter } from 'mongodb';
import type { SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import { type SyncTaskDocument, toSyncTask } from './sync-task-document.ts';

/** What alerts look for. */
export function syncTaskTrouble(
  tasks: Collection<SyncTaskDocument>,
  tenantId: string,
  serverNow: () => Promise<Date>,
): Pick<SyncTaskStore, 'troubled' | 'countCatchingUp'> {
  const active = { tenantId, 'link.state': 'active' as const };

  async function troubled(attempts: number) {
    const now = await serverNow();
    const filter: Filter<SyncTaskDocument> = {
      // Each with an index of its own.
      $or: [
        { ...active, needsAttention: { $exists: true } },
        { ...active, attempts: { $gte: attempts } },
        { ...active, lateAt: { $lt: now } },
      ],
    };
    return { tasks: (await tasks.find(filter).toArray()).map(toSyncTask), now };
  }

  async function countCatchingUp(): Promise<number> {
    const now = await serverNow();
    const projects = { ...active, kind: 'project' as const };
    return await tasks.countDocuments({
      $or: [
        { ...projects, wakeAt: { $exists: true } },
        { ...projects, clockAt: { $lte: now } },
      ],
    });
  }

  return { troubled, countCatchingUp };
}
