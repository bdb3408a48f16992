import { type Collection, type Db, type Document, type Filter, ObjectId } from 'mongodb';
import type { Kept, LogEntry, LogPage, LogQuery, LogStore, Severity } from '../../src/ports/log-store.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import { logLines } from './log-lines.ts';

export type LogStoreOptions = {
  readonly db: Db;
  readonly tenantId: string;
  /** Told when a request could not be recorded: a log must not fail the sync that it describes. */
  readonly onLost: (error: unknown) => void;
};

type Stored<T> = T & { readonly tenantId: string };

export function mongoLogStore({ db, tenantId, onLost }: LogStoreOptions): LogStore {
  const lines = logLines(db, tenantId);
  const requestLog = db.collection<Stored<RequestRecord>>('api_requests');

  const append = (entries: readonly LogEntry[]): Promise<void> => lines.insert(entries);

  let waiting: Stored<RequestRecord>[] = [];
  /** The write that is under way. */
  let writing: Promise<unknown> | undefined;
  let recorded = 0;
  let settled = 0;

  /** Requests do not wait for their line: what comes while one write is under way goes into the next. */
  async function record(entry: RequestRecord): Promise<void> {
    waiting.push({ ...entry, tenantId });
    recorded += 1;
    if (!writing) writeNext();
  }

  function writeNext(): void {
    const batch = waiting;
    waiting = [];
    writing = requestLog
      .insertMany(batch, { ordered: false })
      .catch(onLost)
      .finally(() => {
        settled += batch.length;
        writing = undefined;
        if (waiting.length > 0) writeNext();
      });
  }

  async function flush(): Promise<void> {
    const until = recorded;
    // Where requests are recorded all the time there is always a write under way.
    while (settled < until) await writing;
  }

  function common({ projectId, since }: LogQuery) {
    return {
      tenantId,
      ...(projectId === undefined ? {} : { projectId }),
      ...(since ? { at: { $gte: since } } : {}),
    };
  }

  const worthALook: readonly Severity[] = ['warning', 'error'];
  function entries(query: LogQuery): Promise<LogPage<Kept<LogEntry>>> {
    const errors = query.errorsOnly ? { severity: { $in: [...worthALook] } } : {};
    return newestFirst<LogEntry>(db.collection('integration_log'), { ...common(query), ...errors }, query);
  }

  async function requests(query: LogQuery): Promise<LogPage<Kept<RequestRecord>>> {
    await flush();
    // Also those that got no answer at all: they have no status.
    const errors = query.errorsOnly ? { $nor: [{ status: { $lt: 400 } }] } : {};
    return newestFirst<RequestRecord>(db.collection('api_requests'), { ...common(query), ...errors }, query);
  }

  async function retain({ before, stop }: Parameters<LogStore['retain']>[0]): Promise<number> {
    await flush();
    const removed = await Promise.all(
      ['integration_log', 'api_requests'].map((name) =>
        removeOld(db.collection(name), tenantId, before, stop),
      ),
    );
    return removed.reduce((sum, count) => sum + count, 0);
  }

  return {
    append,
    record,
    flush,
    entries,
    requests,
    entry: (id) => one<LogEntry>(db.collection('integration_log'), tenantId, id),
    async request(id) {
      await flush();
      return await one<RequestRecord>(db.collection('api_requests'), tenantId, id);
    },
    retain,
  };
}

/** Anything that is no id finds nothing. */
async function one<T>(collection: Collection, tenantId: string, id: string): Promise<Kept<T> | undefined> {
  if (!/^[0-9a-f]{24}$/u.test(id)) return undefined;
  const found = await collection.findOne<T & Document>({ _id: new ObjectId(id), tenantId });
  return found ? kept<T>(found) : undefined;
}

function kept<T>({ _id, tenantId: _tenantId, ...rest }: Document): Kept<T> {
  return { ...(rest as T), id: String(_id) };
}

/** How many lines one write removes, about: those of the same instant go together. */
const removedAtOnce = 5_000;

/** The index by time that pages are read with serves this too. */
async function removeOld(
  lines: Collection,
  tenantId: string,
  before: Date,
  stop?: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const some = lines.find({ tenantId, at: { $lt: before } }, { projection: { at: 1 } });
    const [last] = await some
      .sort({ at: 1 })
      .skip(removedAtOnce - 1)
      .limit(1)
      .toArray();
    const old = { tenantId, at: last ? { $lte: last.at } : { $lt: before } };
    removed += (await lines.deleteMany(old)).deletedCount;
    if (!last || stop?.aborted) return removed;
  }
}

/** One more than asked for is read: it tells whether there is an older page. */
async function newestFirst<T>(
  collection: Collection,
  filter: Filter<Document>,
  { offset, limit }: LogQuery,
): Promise<LogPage<Kept<T>>> {
  const found = await collection
    .find<T & Document>(filter)
    .sort({ at: -1, _id: -1 })
    .skip(offset)
    .limit(limit + 1)
    .toArray();
  return { entries: found.slice(0, limit).map((one) => kept<T>(one)), more: found.length > limit };
}
