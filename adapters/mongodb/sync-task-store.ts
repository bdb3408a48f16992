import { createHash } from 'node:crypto';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { Failure } from '../../src/domain/failure.ts';
import type { Actor, LinkState, SyncTask, WorkTypeChoice } from '../../src/domain/sync-task.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { NewInteraction } from '../../src/ports/interactions.ts';
import type {
  Claimed,
  ClaimLane,
  Finished,
  Lease,
  NewLink,
  SyncTaskStore,
  Trigger,
  Triggered,
} from '../../src/ports/sync-task-store.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { interactionCollection, newInteractionDocument } from './interaction-store.ts';
import { syncTaskChanges } from './sync-task-changes.ts';
import { ownTaskKinds, syncTaskClock } from './sync-task-clock.ts';
import { type SyncTaskDocument, toSyncTask } from './sync-task-document.ts';
import type { Expression, Stage } from './sync-task-expressions.ts';
import { syncTaskList } from './sync-task-list.ts';
import {
  claimStage,
  completeStages,
  createStage,
  enableStages,
  failToPersonStage,
  failToRetryStage,
  handBackStage,
  heartbeatStage,
  stopStage,
  type Timings,
  triggerStage,
  unarchiveStage,
} from './sync-task-pipelines.ts';
import { syncTaskQueries } from './sync-task-queries.ts';
import { serverTimeKeeper } from './sync-task-server-time.ts';
import { syncTaskSlots } from './sync-task-slots.ts';
import { syncTaskTrouble } from './sync-task-trouble.ts';
import { watchSyncTasks } from './sync-task-watch.ts';

export type SyncTaskStoreOptions = {
  readonly db: Db;
  readonly tenantId: string;
  readonly timings: Timings;
  readonly ids: Ids;
  readonly clock: Clock;
  /** The server's time: `$$NOW` in production, shifted in tests. */
  readonly now?: Expression;
};

export function mongoSyncTaskStore(options: SyncTaskStoreOptions): SyncTaskStore {
  const { db, tenantId, timings, ids, clock } = options;
  const now = options.now ?? '$$NOW';
  const tasks = db.collection<SyncTaskDocument>('sync_tasks');
  const serverTime = serverTimeKeeper(db, now, clock);

  /** False where there is such a task, or another that holds the external id. */
  async function insert(task: Parameters<typeof createStage>[1]): Promise<boolean> {
    // Only ever inserts: a task that is there already must not match, or it would begin again at nought.
    const none = { _id: task.id, state: { $exists: false } };
    try {
      const created = await tasks.updateOne(none, [createStage(now, task)], { upsert: true });
      return created.upsertedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  function create(link: NewLink): Promise<boolean> {
    const id = `${tenantId}:${link.projectId}`;
    return insert({
      id,
      tenantId,
      kind: 'project',
      projectId: link.projectId,
      link,
      // Unset by a disconnect: what stays unique is the external id of a project that may sync.
      linkKey: link.externalId,
      spread: spreadOf(id),
      first: 'at once',
      asksFor: 'comprehensive',
    });
  }

  async function ensureOwnTasks(): Promise<void> {
    for (const { kind, name, first } of ownTasks) {
      const link = { externalId: 0, projectName: name, customer: null, board: null };
      const id = `${tenantId}:${kind}`;
      await insert({ id, tenantId, kind, projectId: kind, link, first, asksFor: ownTaskKinds[kind] });
    }
  }

  function update(filter: Filter<SyncTaskDocument>, stages: Stage[], session?: ClientSession) {
    return tasks.findOneAndUpdate(filter, stages, {
      returnDocument: 'after',
      ...(session ? { session } : {}),
    });
  }

  /** Runs a write of the task and of the waiting person's interaction together or not at all. */
  async function withInteraction<T>(
    interaction: NewInteraction | undefined,
    write: (session?: ClientSession) => Promise<{ task: SyncTaskDocument | null; waits: boolean; result: T }>,
  ): Promise<T> {
    if (!interaction) return (await write()).result;
    return await db.client.withSession((session) =>
      session.withTransaction(async () => {
        const { task, waits, result } = await write(session);
        if (task && waits) {
          const trigger = { taskId: task._id, ticket: task.want, now: task.serverTime };
          const document = newInteractionDocument(ids, tenantId, interaction, trigger);
          await interactionCollection(db).insertOne(document, { session });
        }
        return result;
      }),
    );
  }

  function trigger(taskId: string, wanted: Trigger, interaction?: NewInteraction): Promise<Triggered> {
    return withInteraction<Triggered>(interaction, async (session) => {
      const task = await update({ _id: taskId, tenantId }, [triggerStage(now, wanted)], session);
      if (!task) return { task, waits: false, result: { result: 'unknown' } };
      const seen = toSyncTask(task);
      if (task.link.state !== 'active') {
        return { task, waits: false, result: { result: 'not-active', task: seen } };
      }
      const accepted = { result: 'accepted', ticket: task.want, task: seen, now: task.serverTime } as const;
      return { task, waits: true, result: accepted };
    });
  }

  async function claim(owner: string, lane: ClaimLane, taskId?: string): Promise<Claimed> {
    const among = { ...inLane(lane), ...(taskId === undefined ? {} : { _id: taskId }) };
    const filter = { ...among, ...(await serverTime.due('wakeAt')) };
    const askedAtMs = clock.monotonicMs();
    const task = await tasks.findOneAndUpdate(filter, [claimStage(now, owner, timings)], {
      sort: { prio: -1, wakeAt: 1 },
      returnDocument: 'after',
    });
    if (!task) return await nothingDue(among);
    serverTime.learn(task.serverTime);
    if (task.state !== 'syncing') return { result: 'put-to-rest' };
    const lease = { taskId: task._id, fence: task.fence };
    return { result: 'claimed', task: toSyncTask(task), lease, tookOver: task.tookOver === true, askedAtMs };
  }

  /** The fields that the claim's index begins with, so that a claim looks at one key and one document. */
  function inLane(lane: ClaimLane): Filter<SyncTaskDocument> {
    if (lane === 'projects') return { tenantId, kind: 'project' };
    if (lane === 'people') return { tenantId, kind: 'project', prio: 2 };
    return { tenantId, kind: lane };
  }

  async function nothingDue(among: Filter<SyncTaskDocument>): Promise<Claimed> {
    const next = await tasks.findOne(
      { ...among, wakeAt: { $exists: true } },
      { sort: { wakeAt: 1 }, projection: { wakeAt: 1 } },
    );
    const time = await serverTime.refresh();
    return { result: 'nothing-due', now: time, ...(next?.wakeAt ? { nextWakeAt: next.wakeAt } : {}) };
  }

  const held = (lease: Lease) => ({ _id: lease.taskId, fence: lease.fence, state: 'syncing' as const });
  async function release(lease: Lease, stages: Stage[]): Promise<boolean> {
    const released = await tasks.updateOne(held(lease), stages);
    return released.matchedCount === 1;
  }

  const heartbeat: SyncTaskStore['heartbeat'] = async (lease, facts = {}) => {
    const task = await update(held(lease), [heartbeatStage(now, facts, timings)]);
    if (!task) return undefined;
    serverTime.learn(task.serverTime);
    return { now: task.serverTime, linkState: task.link.state };
  };

  /** Changes the link of a project that is in one of these states. */
  async function relink(taskId: string, from: readonly LinkState[], stage: Stage) {
    const before = await tasks.findOneAndUpdate(
      { _id: taskId, tenantId, kind: 'project', 'link.state': { $in: [...from] } },
      [stage],
      { returnDocument: 'before' },
    );
    if (before) return { changed: true, before: toSyncTask(before) };
    const unchanged = await tasks.findOne({ _id: taskId, tenantId });
    return unchanged ? { changed: false, before: toSyncTask(unchanged) } : undefined;
  }

  function enable(taskId: string, by: Actor, interaction?: NewInteraction) {
    type Enabled = { changed: boolean; task: SyncTask } | undefined;
    return withInteraction<Enabled>(interaction, async (session) => {
      const task = await update(
        { _id: taskId, tenantId, 'link.state': 'disabled' },
        enableStages(now, by),
        session,
      );
      if (task) return { task, waits: true, result: { changed: true, task: toSyncTask(task) } };
      const unchanged = await tasks.findOne({ _id: taskId, tenantId }, session ? { session } : {});
      return {
        task: unchanged,
        waits: false,
        result: unchanged ? { changed: false, task: toSyncTask(unchanged) } : undefined,
      };
    });
  }

  async function setWorkType(taskId: string, workType: WorkTypeChoice | null) {
    const before = await tasks.findOneAndUpdate(
      { _id: taskId, tenantId, kind: 'project' },
      workType ? { $set: { 'link.workType': workType } } : { $unset: { 'link.workType': '' } },
      { returnDocument: 'before' },
    );
    return before ? { before: toSyncTask(before) } : undefined;
  }

  return {
    create,
    ensureOwnTasks,
    trigger,
    claim,
    heartbeat,
    complete: (lease, finished: Finished) => release(lease, completeStages(now, finished, timings)),
    failToRetry: (lease, failure: Failure, retry) => release(lease, [failToRetryStage(now, failure, retry)]),
    failToPerson: (lease, failure: Failure) => release(lease, [failToPersonStage(now, failure, timings)]),
    handBack: (lease) => release(lease, [handBackStage(now)]),
    disable: (taskId, by, reason) => relink(taskId, ['active'], stopStage(now, 'disabled', by, reason)),
    enable,
    archive: (taskId, by, reason) =>
      relink(taskId, ['active', 'disabled'], stopStage(now, 'archived', by, reason)),
    unarchive: (taskId, by) => relink(taskId, ['archived'], unarchiveStage(now, by)),
    disconnect: (taskId, by, reason) =>
      relink(taskId, ['active', 'disabled', 'archived'], stopStage(now, 'disconnected', by, reason)),
    watch: (onChange, signal, onOpen) => watchSyncTasks(tasks, tenantId, clock, onChange, signal, onOpen),
    ...syncTaskChanges(tasks, tenantId, now),
    ...syncTaskClock(tasks, tenantId, now, serverTime),
    ...syncTaskSlots(db, tenantId, now, timings.leaseMs),
    ...syncTaskQueries(tasks, tenantId, () => serverTime.refresh()),
    ...syncTaskTrouble(tasks, tenantId, () => serverTime.refresh()),
    ...syncTaskList(tasks, tenantId, now, () => serverTime.refresh()),
    setWorkType,
  };
}

/** The tasks that every integration has, by the names shown of them. */
const ownTasks = [
  { kind: 'misc', name: 'Miscellaneous data', first: 'at once' },
  { kind: 'scout', name: 'Looking for changes', first: 'at once' },
  { kind: 'notes', name: 'Ticket notes', first: 'by the clock' },
] as const;

/** Of an id always the same, of many evenly spread: from 0 to 1. */
function spreadOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;
}
