import type { Collection, Db, Document, Filter } from 'mongodb';
import type { LogEntry, LogPage, LogQuery, LogStore, Severity } from '../../src/ports/log-store.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';

export type LogStoreOptions = {
  readonly db: Db;
  readonly tenantId: string;
  /** Told when a request could not be recorded: a log must not fail the sync that it describes. */
  readonly onLost: (error: unknown) => void;
};

type Stored<T> = T & { readonly tenantId: string };

export function mongoLogStore({ db, tenantId, onLost }: LogStoreOptions): LogStore {
  const log = db.collection<Stored<LogEntry>>('integration_log');
  const requestLog = db.collection<Stored<RequestRecord>>('api_requests');

  async function append(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await log.insertMany(
      entries.map((entry) => ({ ...entry, tenantId })),
      { ordered: false },
    );
  }

  let waiting: Stored<RequestRecord>[] = [];
  let writing: Promise<void> | undefined;

  /** Requests do not wait for their line: what comes while one write is under way goes into the next. */
  async function record(entry: RequestRecord): Promise<void> {
    waiting.push({ ...entry, tenantId });
    writing ??= writeAll();
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await requestLog.insertMany(batch, { ordered: false }).catch(onLost);
    }
    // In the same moment in which nothing is left: what comes later begins anew.
    writing = undefined;
  }

  async function flush(): Promise<void> {
    await writing;
  }

  function common({ projectId, since }: LogQuery) {
    return {
      tenantId,
      ...(projectId === undefined ? {} : { projectId }),
      ...(since ? { at: { $gte: since } } : {}),
    };
  }

  const worthALook: readonly Severity[] = ['warning', 'error'];
  function entries(query: LogQuery): Promise<LogPage<LogEntry>> {
    const errors = query.errorsOnly ? { severity: { $in: [...worthALook] } } : {};
    return newestFirst<LogEntry>(db.collection('integration_log'), { ...common(query), ...errors }, query);
  }

  async function requests(query: LogQuery): Promise<LogPage<RequestRecord>> {
    await flush();
    // Also those that got no answer at all: they have no status.
    const errors = query.errorsOnly ? { $nor: [{ status: { $lt: 400 } }] } : {};
    return newestFirst<RequestRecord>(db.collection('api_requests'), { ...common(query), ...errors }, query);
  }

  /** The index by time that pages are read with serves this too. */
  async function retain({ before }: { readonly before: Date }): Promise<number> {
    await flush();
    const old = { tenantId, at: { $lt: before } };
    const removed = await Promise.all([log.deleteMany(old), requestLog.deleteMany(old)]);
    return removed.reduce((sum, { deletedCount }) => sum + deletedCount, 0);
  }

  return { append, record, flush, entries, requests, retain };
}

/** One more than asked for is read: it tells whether there is an older page. */
async function newestFirst<T>(
  collection: Collection,
  filter: Filter<Document>,
  { offset, limit }: LogQuery,
): Promise<LogPage<T>> {
  const found = await collection
    .find<T & Document>(filter, { projection: { _id: 0, tenantId: 0 } })
    .sort({ at: -1, _id: -1 })
    .skip(offset)
    .limit(limit + 1)
    .toArray();
  return { entries: found.slice(0, limit), more: found.length > limit };
}
