import type { ChangeStream, Collection } from 'mongodb';
import type { Clock } from '../../src/ports/clock.ts';
import type { SyncTaskDocument } from './sync-task-document.ts';
import { and, type Expression, literal, or } from './sync-task-expressions.ts';

const firstBackOffMs = 1_000;
const longestBackOffMs = 30_000;

/**
 * Tells of changes that may make a task due, by a change stream. It is a convenience: what it misses, polling finds.
 * So a stream that broke is opened anew where the changes are by then, with one call for all that was missed, and
 * nothing needs a resume token that the server may have forgotten. It counts as open from the server's answer on: what
 * changes while it is being opened, which takes long where the database has only just come back, is shown by nothing.
 */
export async function watchSyncTasks(
  tasks: Collection<SyncTaskDocument>,
  tenantId: string,
  clock: Clock,
  onChange: (taskId?: string) => void,
  signal: AbortSignal,
  onOpen: (open: boolean) => void = () => {},
): Promise<void> {
  let backOffMs = firstBackOffMs;
  const changed = (taskId: string): void => {
    backOffMs = firstBackOffMs;
    onChange(taskId);
  };
  for (let isFirst = true; ; isFirst = false) {
    const opened = (): void => {
      onOpen(true);
      if (!isFirst) onChange();
    };
    await untilItBreaks(tasks, tenantId, { opened, changed }, signal);
    if (signal.aborted) return;
    onOpen(false);
    await clock.sleep(backOffMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    backOffMs = Math.min(2 * backOffMs, longestBackOffMs);
    onChange();
  }
}

async function untilItBreaks(
  tasks: Collection<SyncTaskDocument>,
  tenantId: string,
  tell: { readonly opened: () => void; readonly changed: (taskId: string) => void },
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  let stream: ChangeStream<SyncTaskDocument> | undefined;
  const stop = (): void => void stream?.close().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    stream = tasks.watch([{ $match: { $expr: mayMakeDue(tenantId) } }]);
    const first = await stream.tryNext();
    tell.opened();
    if (first && 'documentKey' in first) tell.changed(first.documentKey._id);
    for await (const change of stream) if ('documentKey' in change) tell.changed(change.documentKey._id);
  } catch {
    // Whatever broke it: the caller opens another.
  } finally {
    signal.removeEventListener('abort', stop);
    await stream?.close().catch(() => undefined);
  }
}

/** A heartbeat moves `wakeAt` alone, and a claim takes work away: neither concerns anyone else. */
function mayMakeDue(tenantId: string): Expression {
  const fields: Expression = { $objectToArray: { $ifNull: ['$updateDescription.updatedFields', {}] } };
  const touches = or(
    { $in: ['$$field.k', ['want', 'link.state']] },
    and({ $eq: ['$$field.k', 'state'] }, { $eq: ['$$field.v', 'requested'] }),
  );
  const touched: Expression = { $filter: { input: fields, as: 'field', cond: touches } };
  return and(
    // Of an update the stream shows the id and what changed.
    { $eq: [{ $indexOfBytes: ['$documentKey._id', literal(`${tenantId}:`)] }, 0] },
    or({ $eq: ['$operationType', 'insert'] }, { $gt: [{ $size: touched }, 0] }),
  );
}
