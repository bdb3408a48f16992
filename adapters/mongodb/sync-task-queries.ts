import type { Collection, Filter } from 'mongodb';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { SyncTaskStore, TaskList, TaskName, TaskQuery } from '../../src/ports/sync-task-store.ts';
import { type SyncTaskDocument, toSyncTask } from './sync-task-document.ts';

type Queries = Pick<
  SyncTaskStore,
  'get' | 'getMany' | 'list' | 'names' | 'linked' | 'linkedExternalIds' | 'placeInLine'
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

  async function list(query: TaskQuery): Promise<TaskList> {
    const matching = matches(tenantId, query.filter);
    const shown = { ...matching, 'link.state': { $in: shownStates(query) } };
    const [documents, total, needAttention, disabled, archived, linked, active, now] = await Promise.all([
      tasks.find(shown).sort({ nameKey: 1, _id: 1 }).skip(query.offset).limit(query.limit).toArray(),
      tasks.countDocuments(shown),
      tasks.countDocuments({ ...matching, 'link.state': 'active', needsAttention: { $exists: true } }),
      tasks.countDocuments({ ...matching, 'link.state': { $in: ['disabled', 'disconnected'] } }),
      tasks.countDocuments({ ...matching, 'link.state': 'archived' }),
      tasks.countDocuments(projects),
      ofActive(),
      serverNow(),
    ]);
    return {
      tasks: documents.map(toSyncTask),
      now,
      total,
      needAttention,
      hidden: { disabled: query.withDisabled ? 0 : disabled, archived: query.withArchived ? 0 : archived },
      linked,
      ...active,
    };
  }

  async function ofActive(): Promise<Pick<TaskList, 'importing' | 'comprehensiveMs'>> {
    const synced = { $cond: [{ $eq: [{ $type: '$lastSync' }, 'missing'] }, 0, 1] };
    const [found] = await tasks
      .aggregate<{ of: number; synced: number; intervalMs: number | null }>([
        { $match: { ...projects, 'link.state': 'active' } },
        {
          $group: {
            _id: null,
            of: { $sum: 1 },
            synced: { $sum: synced },
            intervalMs: { $max: '$intervalMs' },
          },
        },
      ])
      .toArray();
    if (!found) return { importing: { left: 0, of: 0 } };
    const importing = { left: found.of - found.synced, of: found.of };
    return { importing, ...(found.intervalMs === null ? {} : { comprehensiveMs: found.intervalMs }) };
  }

  async function names(): Promise<readonly TaskName[]> {
    const projection = {
      'link.externalId': 1,
      'link.projectName': 1,
      'link.customer': 1,
      'link.state': 1,
    } as const;
    const documents = await tasks.find(projects, { projection }).sort({ nameKey: 1, _id: 1 }).toArray();
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

  return { get, getMany, list, names, linked, linkedExternalIds, placeInLine };
}

function shownStates(query: TaskQuery): SyncTask['link']['state'][] {
  const states: SyncTask['link']['state'][] = ['active'];
  if (query.withDisabled) states.push('disabled', 'disconnected');
  if (query.withArchived) states.push('archived');
  return states;
}

/** Contains, by the forms that names are compared in; an external id only as a whole. */
function matches(tenantId: string, filter: string | undefined): Filter<SyncTaskDocument> {
  const wanted = searchForm(filter ?? '');
  const projects = { tenantId, kind: 'project' as const };
  if (wanted === '') return projects;
  // Not a regular expression: whatever is typed is looked for literally.
  const contains: Filter<SyncTaskDocument> = {
    $expr: { $gte: [{ $indexOfBytes: ['$searchKey', { $literal: wanted }] }, 0] },
  };
  const externalId = /^#?(\d{1,10})$/u.exec(wanted)?.[1];
  if (externalId === undefined) return { ...projects, ...contains };
  return { ...projects, $or: [contains, { 'link.externalId': Number(externalId) }] };
}
