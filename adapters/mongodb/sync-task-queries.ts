import type { Collection, Filter } from 'mongodb';
import { type SyncTask, taskKinds } from '../../src/domain/sync-task.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { SyncTaskStore, TaskName } from '../../src/ports/sync-task-store.ts';
import { type SyncTaskDocument, toSyncTask } from './sync-task-document.ts';

type Queries = Pick<
  SyncTaskStore,
  'get' | 'getMany' | 'waking' | 'names' | 'linked' | 'linkedExternalIds' | 'placeInLine'
>;

/** Everything that reads tasks without changing them. */
export function syncTaskQueries(
  tasks: Collection<SyncTaskDocument>,
  tenantId: string,
  serverNow: () => Promise<Date>,
): Queries {
  const projects = { tenantId, kind: 'project' as const };

  async function get(taskId: string) {
    const [document, now] = await Promise.all([tasks.findOne({ _id: taskId, tenantId }), serverNow()]);
    return document ? { task: toSyncTask(document), now } : undefined;
  }

  async function getMany(taskIds: readonly string[]) {
    const filter = { tenantId, _id: { $in: [...taskIds] } };
    const [documents, now] = await Promise.all([tasks.find(filter).toArray(), serverNow()]);
    return { tasks: documents.map(toSyncTask), now };
  }

  async function waking(which: Parameters<SyncTaskStore['waking']>[0]) {
    const now = await serverNow();
    const asked: Filter<SyncTaskDocument> =
      'taskIds' in which
        ? { _id: { $in: [...which.taskIds] }, wakeAt: { $exists: true } }
        : { kind: { $in: [...taskKinds] }, wakeAt: { $lte: new Date(now.getTime() + which.withinMs) } };
    const found = tasks
      .find({ tenantId, ...asked }, { projection: { kind: 1, prio: 1, wakeAt: 1 } })
      .sort({ prio: -1, wakeAt: 1 })
      .limit('limit' in which ? which.limit : 0);
    const rows = await found.toArray();
    return {
      tasks: rows.flatMap(({ _id, kind, prio, wakeAt }) => (wakeAt ? [{ id: _id, kind, prio, wakeAt }] : [])),
      now,
    };
  }

  async function names(whole?: string): Promise<readonly TaskName[]> {
    const projection = {
      'link.externalId': 1,
      'link.projectName': 1,
      'link.customer': 1,
      'link.state': 1,
    } as const;
    const wanted = whole === undefined ? projects : { ...projects, ...named(whole) };
    const documents = await tasks.find(wanted, { projection }).sort({ nameKey: 1, _id: 1 }).toArray();
    return documents.map(({ _id, link }) => ({
      taskId: _id,
      externalId: link.externalId,
      name: link.projectName,
      customer: link.customer,
      state: link.state,
    }));
  }

  async function linked(externalIds: readonly number[]) {
    const filter: Filter<SyncTaskDocument> = {
      ...projects,
      'link.externalId': { $in: [...externalIds] },
      'link.state': { $ne: 'disconnected' },
    };
    const found = await tasks.find(filter, { projection: { projectId: 1, link: 1 } }).toArray();
    return new Map(
      found.map(({ _id, projectId, link }) => [
        link.externalId,
        { taskId: _id, projectId, state: link.state },
      ]),
    );
  }

  async function linkedExternalIds(): Promise<ReadonlySet<number>> {
    return new Set(await tasks.distinct('link.externalId', projects));
  }

  /** In the order in which claims take due tasks: higher priority first, then longest due. */
  function placeInLine(task: SyncTask, now: Date): Promise<number> {
    const wakeAt = task.wakeAt ?? now;
    return tasks.countDocuments({
      ...projects,
      $or: [
        { prio: { $gt: task.prio }, wakeAt: { $lte: now } },
        { prio: task.prio, wakeAt: { $lt: wakeAt } },
      ],
    });
  }

  return { get, getMany, waking, names, linked, linkedExternalIds, placeInLine };
}

function named(whole: string): Filter<SyncTaskDocument> {
  const nameKey = searchForm(whole);
  const externalId = /^#?(\d{1,10})$/u.exec(nameKey)?.[1];
  return externalId === undefined
    ? { nameKey }
    : { $or: [{ nameKey }, { 'link.externalId': Number(externalId) }] };
}
