/**
 * What happens to the tasks of the queue, seen from outside: every write to them, in order, by the change stream of
 * the database. It knows the rules of leases in its own words, and no code of the queue.
 */
import type { ChangeStreamDocument, Db } from 'mongodb';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';

export type Takeover = { readonly taskId: string; readonly lateMs: number };

export type FleetWatch = {
  /** Claims of a task that somebody held by a lease that had not ended. */
  readonly stolen: readonly string[];
  /** How long after the end of a lease the task was claimed by another. */
  readonly takeovers: readonly Takeover[];
  claims(): number;
  stop(): Promise<void>;
};

type Seen = Partial<Pick<SyncTaskDocument, 'state' | 'fence' | 'wakeAt' | 'serverTime'>>;

export async function watchFleet(db: Db): Promise<FleetWatch> {
  const known = new Map<string, Seen>();
  const stolen: string[] = [];
  const takeovers: Takeover[] = [];
  let claims = 0;
  const tasks = db.collection<SyncTaskDocument>('sync_tasks');
  const stream = tasks.watch();
  // Opened by the first look at it; what is there by then is where it begins.
  await stream.tryNext();
  for (const { _id, ...task } of await tasks.find().toArray()) known.set(_id, task);

  function judge(taskId: string, before: Seen, after: Seen): void {
    if (after.state !== 'syncing' || after.fence === before.fence) return;
    claims += 1;
    if (before.state !== 'syncing') return;
    const lateMs = (after.serverTime?.getTime() ?? 0) - (before.wakeAt?.getTime() ?? 0);
    if (lateMs < 0) stolen.push(`${taskId} ${-lateMs} ms before the end of its lease`);
    else takeovers.push({ taskId, lateMs });
  }

  async function follow(): Promise<void> {
    for await (const change of stream) {
      const after = afterOf(known, change);
      if (!after) continue;
      judge(after.taskId, known.get(after.taskId) ?? {}, after.task);
      known.set(after.taskId, after.task);
    }
  }
  const ended = follow().catch((error: unknown) => {
    if (!stream.closed) throw error;
  });
  return {
    stolen,
    takeovers,
    claims: () => claims,
    async stop() {
      await stream.close();
      await ended;
    },
  };
}

function afterOf(known: ReadonlyMap<string, Seen>, change: ChangeStreamDocument<SyncTaskDocument>) {
  if (change.operationType === 'insert') return { taskId: change.documentKey._id, task: change.fullDocument };
  if (change.operationType !== 'update') return undefined;
  const { updatedFields = {}, removedFields = [] } = change.updateDescription;
  const gone = Object.fromEntries(removedFields.map((field) => [field, undefined]));
  const taskId = change.documentKey._id;
  return { taskId, task: { ...known.get(taskId), ...updatedFields, ...gone } as Seen };
}
