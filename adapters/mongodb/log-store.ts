import type { Db, Filter } from 'mongodb';
import type { LogEntry, LogPage, LogQuery, LogStore } from '../../src/ports/log-store.ts';
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

  async function record(entry: RequestRecord): Promise<void> {
    try {
      await requestLog.insertOne({ ...entry, tenantId });
    } catch (error) {
      onLost(error);
    }
  }

  async function entries(query: LogQuery): Promise<LogPage<LogEntry>> {
    const filter: Filter<Stored<LogEntry>> = {
      tenantId,
      ...(query.projectId === undefined ? {} : { projectId: query.projectId }),
      ...(query.errorsOnly ? { severity: { $in: ['warning', 'error'] as const } } : {}),
      ...(query.since ? { at: { $gte: query.since } } : {}),
    };
    const found = await log
      .find(filter, { projection: { _id: 0, tenantId: 0 } })
      .sort({ at: -1, _id: -1 })
      .skip(query.offset)
      .limit(query.limit + 1)
      .toArray();
    return pageOf(found, query.limit);
  }

  async function requests(query: LogQuery): Promise<LogPage<RequestRecord>> {
    const filter: Filter<Stored<RequestRecord>> = {
      tenantId,
      ...(query.projectId === undefined ? {} : { projectId: query.projectId }),
      ...(query.errorsOnly ? { $nor: [{ status: { $lt: 400 } }] } : {}),
      ...(query.since ? { at: { $gte: query.since } } : {}),
    };
    const found = await requestLog
      .find(filter, { projection: { _id: 0, tenantId: 0 } })
      .sort({ at: -1, _id: -1 })
      .skip(query.offset)
      .limit(query.limit + 1)
      .toArray();
    return pageOf(found, query.limit);
  }

  return { append, record, entries, requests };
}

/** One more than asked for was read: it tells whether there is an older page. */
function pageOf<T>(found: readonly T[], limit: number): LogPage<T> {
  return { entries: found.slice(0, limit), more: found.length > limit };
}
