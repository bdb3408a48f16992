import { randomUUID } from 'node:crypto';
import type { Document } from 'mongodb';
import { mongoSyncTaskStore } from '../adapters/mongodb/sync-task-store.ts';
import { systemClock, systemIds } from '../src/bootstrap/system.ts';
import type { Bench } from './bench.ts';
import { startDatabase } from './support/database.ts';

const count = 10_000;
const linkedAtOnce = 200;

export const claims: Bench = {
  name: 'claims',
  what: 'keys and documents that the server examines for one claim among 10,000 due tasks',
  unit: 'keys or documents, whichever is more',
  limit: { at: 'most', value: 1 },
  async measure() {
    const database = await startDatabase();
    const { db } = database;
    const tenantId = `tenant-${randomUUID()}`;
    const timings = { leaseMs: 60_000, coolDownMs: 600_000 };
    const tasks = mongoSyncTaskStore({ db, tenantId, timings, ids: systemIds, clock: systemClock });
    const link = (id: number) =>
      tasks.create({
        projectId: `p${id}`,
        externalId: id,
        projectName: `Project ${id}`,
        customer: null,
        board: null,
      });
    for (let first = 1; first <= count; first += linkedAtOnce) {
      await Promise.all(Array.from({ length: linkedAtOnce }, (_, at) => link(first + at)));
    }
    await db.command({ profile: 2 });
    const claimed = await tasks.claim('bench', 'projects');
    await db.command({ profile: 0 });
    if (claimed.result !== 'claimed') throw new Error(`nothing was claimed: ${claimed.result}`);
    const [seen] = await db
      .collection('system.profile')
      .find<Document>({ 'command.findAndModify': 'sync_tasks' })
      .sort({ ts: -1 })
      .limit(1)
      .toArray();
    await database.stop();
    if (!seen) throw new Error('the server kept no profile of the claim');
    const details = [
      `${seen.keysExamined} keys and ${seen.docsExamined} documents examined, of ${count} due tasks`,
    ];
    return { value: Math.max(seen.keysExamined, seen.docsExamined), details };
  },
};
