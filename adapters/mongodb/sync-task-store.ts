import type { ClientSession, Db, Filter } from 'mongodb';
import type { Failure } from '../../src/domain/failure.ts';
import type { Actor, Progress, SyncTask } from '../../src/domain/sync-task.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { NewInteraction } from '../../src/ports/interactions.ts';
import type {
  Claimed,
  Finished,
  Lease,
  NewLink,
  SyncTaskStore,
  Trigger,
  Triggered,
} from '../../src/ports/sync-task-store.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { interactionCollection, newInteractionDocument } from './interaction-store.ts';
import { type SyncTaskDocument, toSyncTask } from './sync-task-document.ts';
import {
  claimStage,
  completeStage,
  createStage,
  disableStage,
  type Expression,
  enableStages,
  failToPersonStage,
  failToRetryStage,
  handBackStage,
  heartbeatStage,
  type Stage,
  type Timings,
  triggerStage,
} from './sync-task-pipelines.ts';
import { syncTaskQueries } from './sync-task-queries.ts';

/** How far past the expected server time the index is scanned; `$expr` with the real time decides. */
const scanMarginMs = 5_000;

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
  const { db, tenantId, timings, ids } = options;
  const now = options.now ?? '$$NOW';
  const tasks = db.collection<SyncTaskDocument>('sync_tasks');
  const serverTime = serverTimeKeeper(db, now, options.clock);

  async function create(link: NewLink): Promise<boolean> {
    const id = `${tenantId}:${link.projectId}`;
    // Only ever inserts: a task that is there already must not match, or it would begin again at nought.
    const none = { _id: id, state: { $exists: false } };
    try {
      const created = await tasks.updateOne(none, [createStage(now, id, tenantId, link)], { upsert: true });
      return created.upsertedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
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

  async function claim(owner: string, onlyForPeople = false): Promise<Claimed> {
    const expected = await serverTime.expected();
    const before = await tasks.findOneAndUpdate(
      {
        tenantId,
        ...(onlyForPeople ? { prio: 2 } : {}),
        wakeAt: { $lte: new Date(expected.getTime() + scanMarginMs) },
        $expr: { $lte: ['$wakeAt', now] },
      },
      [claimStage(now, owner, timings)],
      { sort: { prio: -1, wakeAt: 1 }, returnDocument: 'after' },
    );
    if (!before) return await nothingDue();
    serverTime.learn(before.serverTime);
    if (before.state !== 'syncing') return { result: 'put-to-rest' };
    const task = toSyncTask(before);
    const lease = { taskId: task.id, fence: task.fence };
    return { result: 'claimed', task, lease, tookOver: before.tookOver === true };
  }

  async function nothingDue(): Promise<Claimed> {
    const next = await tasks.findOne(
      { tenantId, wakeAt: { $exists: true } },
      { sort: { wakeAt: 1 }, projection: { wakeAt: 1 } },
    );
    const time = await serverTime.refresh();
    return { result: 'nothing-due', now: time, ...(next?.wakeAt ? { nextWakeAt: next.wakeAt } : {}) };
  }

  const held = (lease: Lease) => ({ _id: lease.taskId, fence: lease.fence, state: 'syncing' as const });
  async function release(lease: Lease, stage: Stage): Promise<boolean> {
    const released = await tasks.updateOne(held(lease), [stage]);
    return released.matchedCount === 1;
  }

  async function heartbeat(lease: Lease, progress?: Progress) {
    const task = await update(held(lease), [heartbeatStage(now, progress, timings)]);
    if (!task) return undefined;
    serverTime.learn(task.serverTime);
    return { now: task.serverTime, linkState: task.link.state };
  }

  async function disable(taskId: string, by: Actor, reason?: string) {
    const before = await tasks.findOneAndUpdate(
      { _id: taskId, tenantId, 'link.state': 'active' },
      [disableStage(now, by, reason)],
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

  return {
    create,
    trigger,
    claim,
    heartbeat,
    complete: (lease: Lease, finished: Finished) => release(lease, completeStage(now, finished, timings)),
    failToRetry: (lease, failure: Failure, retry) => release(lease, failToRetryStage(now, failure, retry)),
    failToPerson: (lease, failure: Failure) => release(lease, failToPersonStage(now, failure, timings)),
    handBack: (lease) => release(lease, handBackStage(now)),
    disable,
    enable,
    ...syncTaskQueries(tasks, tenantId, () => serverTime.refresh()),
  };
}

/** The server's clock as last learned plus the monotonic time since: a step of this host's clock is no matter. */
function serverTimeKeeper(db: Db, now: Expression, clock: Clock) {
  let learned: { at: number; monotonicMs: number } | undefined;
  function learn(time: Date): Date {
    learned = { at: time.getTime(), monotonicMs: clock.monotonicMs() };
    return time;
  }
  async function refresh(): Promise<Date> {
    const [row] = await db.aggregate<{ now: Date }>([{ $documents: [{ now }] }]).toArray();
    if (!row) throw new Error('the database did not tell its time');
    return learn(row.now);
  }
  async function expected(): Promise<Date> {
    if (!learned) return await refresh();
    return new Date(learned.at + clock.monotonicMs() - learned.monotonicMs);
  }
  return { learn, refresh, expected };
}
