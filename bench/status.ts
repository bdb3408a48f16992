import type { Db } from 'mongodb';
import type { TaskQuery } from '../src/ports/sync-task-store.ts';
import { type Bench, percentile } from './bench.ts';
import { startDatabase } from './support/database.ts';
import { manyProjects } from './support/many-projects.ts';

const count = 10_000;
const rounds = 40;

/** What there is at least to do: every project read, grouped by what it is and how it fares. */
async function baseline(db: Db, tenantId: string): Promise<void> {
  const has = (field: string) => ({ $ne: [{ $type: field }, 'missing'] });
  const health = {
    attention: has('$needsAttention'),
    failed: has('$failure'),
    synced: has('$lastSync'),
    late: { $lt: ['$lateAt', '$$NOW'] },
  };
  await db
    .collection('sync_tasks')
    .aggregate([
      { $match: { tenantId, kind: 'project' } },
      { $group: { _id: { state: '$link.state', ...health }, count: { $sum: 1 } } },
    ])
    .toArray();
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

const page: TaskQuery = { withDisabled: false, withArchived: false, offset: 0, limit: 10, attention: 5 };
const lists: readonly (readonly [string, TaskQuery])[] = [
  ['the first page', page],
  ['with a filter that many match', { ...page, filter: 'phase' }],
  ['with a filter that few match', { ...page, filter: 'room 13 – phase 99' }],
  ['with a filter that none matches', { ...page, filter: 'nothing such' }],
];

export const status: Bench = {
  name: 'status',
  what: 'a page of the list with its counts and its attention block over 10,000 projects, against one grouping of the same documents',
  unit: 'times the grouping (the most of all lists, medians)',
  limit: { at: 'most', value: 2 },
  async measure() {
    const database = await startDatabase();
    const { tasks, tenantId } = await manyProjects(database.db, count);
    const details: string[] = [];
    let worst = 0;
    for (const [name, query] of lists) {
      const ours: number[] = [];
      const bare: number[] = [];
      // By turns, so that a machine that is busy for a while is so for both.
      for (let round = 0; round < rounds; round += 1) {
        bare.push(await milliseconds(() => baseline(database.db, tenantId)));
        ours.push(await milliseconds(() => tasks.list(query)));
      }
      const median = percentile(ours, 0.5);
      const grouping = percentile(bare, 0.5);
      worst = Math.max(worst, median / grouping);
      details.push(
        `${name}: ${median.toFixed(1)} ms, one grouping ${grouping.toFixed(1)} ms, ratio ${(median / grouping).toFixed(2)}`,
      );
    }
    await database.stop();
    return { value: worst, details };
  },
};
