import { randomUUID } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { systemClock, systemIds } from '../../src/bootstrap/system.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { SyncTaskStore } from '../../src/ports/sync-task-store.ts';

export type ManyProjects = { readonly tenantId: string; readonly tasks: SyncTaskStore };

const minute = 60_000;
const words = ['Office move', 'Server room', 'Cabling', 'Migration', 'Backup', 'Telephony', 'Wireless'];
const insertedAtOnce = 1_000;

/** Linked projects in every state that a list shows, as documents: a few in a hundred need attention or are hidden. */
export async function manyProjects(db: Db, count: number): Promise<ManyProjects> {
  const tenantId = `tenant-${randomUUID()}`;
  const timings = { leaseMs: minute, coolDownMs: 10 * minute };
  const tasks = mongoSyncTaskStore({ db, tenantId, timings, ids: systemIds, clock: systemClock });
  await tasks.create({
    projectId: 'p0',
    externalId: 1,
    projectName: 'Template',
    customer: null,
    board: null,
  });
  const collection = db.collection<Document & { _id: string }>('sync_tasks');
  const template = await collection.findOne({ _id: `${tenantId}:p0` });
  if (!template) throw new Error('no task to make others after');
  await collection.deleteOne({ _id: template._id });
  for (let first = 1; first <= count; first += insertedAtOnce) {
    const some = Array.from({ length: Math.min(insertedAtOnce, count - first + 1) }, (_, at) =>
      project(template, tenantId, first + at),
    );
    await collection.insertMany(some);
  }
  return { tenantId, tasks };
}

function project(template: Document, tenantId: string, n: number): Document & { _id: string } {
  const name = `${words[n % words.length]} ${n % 97} – phase ${n}`;
  const customer = `Customer ${n % 400}`;
  const { linkKey: _linkKey, wakeAt: _wakeAt, ...rest } = template;
  const at = new Date(Date.now() - (n % 200) * minute);
  const failure = { code: 'cw.rejected', message: 'The due date was refused.', at };
  const state = n % 50 === 0 ? 'disabled' : n % 70 === 0 ? 'archived' : 'active';
  const counts = { created: 1, updated: 2, deleted: 0, skipped: 0, conflicts: 0, requests: 14 };
  return {
    ...rest,
    _id: `${tenantId}:p${n}`,
    projectId: `p${n}`,
    linkKey: n,
    state: 'idle',
    kinds: [],
    nameKey: searchForm(name),
    searchKey: searchForm(`${name} ${customer}`),
    link: { externalId: n, projectName: name, customer, board: `Board ${n % 9}`, state },
    lastSync: { at, startedAt: at, mode: 'delta', runId: `run-${n}`, counts },
    lastDeltaAt: at,
    lastComprehensiveAt: at,
    intervalMs: 240 * minute,
    clockAt: new Date(Date.now() + 60 * minute),
    lateAt: new Date(Date.now() + (n % 90 === 0 ? -1 : 400) * minute),
    ...(n % 83 === 0 ? { failure, needsAttention: { since: at, failure } } : {}),
  };
}
