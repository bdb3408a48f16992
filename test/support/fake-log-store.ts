import type { Kept, LogEntry, LogPage, LogQuery, LogStore } from '../../src/ports/log-store.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';

/** Keeps what it is given, newest first when asked. */
export class FakeLogStore implements LogStore {
  readonly all: LogEntry[] = [];
  readonly recorded: RequestRecord[] = [];
  /** The limits of what was asked to be removed. */
  readonly retained: Date[] = [];

  async append(entries: readonly LogEntry[]): Promise<void> {
    this.all.push(...entries);
  }

  async record(entry: RequestRecord): Promise<void> {
    this.recorded.push(entry);
  }

  async flush(): Promise<void> {}

  async entries(query: LogQuery): Promise<LogPage<Kept<LogEntry>>> {
    const isWanted = ({ severity }: LogEntry) => !query.errorsOnly || severity !== 'info';
    return pageOf(numbered(this.all).filter(isWanted), query);
  }

  async requests(query: LogQuery): Promise<LogPage<Kept<RequestRecord>>> {
    const isWanted = ({ status = 999 }: RequestRecord) => !query.errorsOnly || status >= 400;
    return pageOf(numbered(this.recorded).filter(isWanted), query);
  }

  async entry(id: string): Promise<Kept<LogEntry> | undefined> {
    return numbered(this.all).find((entry) => entry.id === id);
  }

  async request(id: string): Promise<Kept<RequestRecord> | undefined> {
    return numbered(this.recorded).find((request) => request.id === id);
  }

  async retain({ before }: Parameters<LogStore['retain']>[0]): Promise<number> {
    this.retained.push(before);
    return removeOld(this.all, before) + removeOld(this.recorded, before);
  }

  actions(): readonly string[] {
    return this.all.map(({ action }) => action);
  }
}

/** Their place is their id. */
function numbered<T>(all: readonly T[]): readonly Kept<T>[] {
  return all.map((one, at) => ({ ...one, id: `${at}` }));
}

function removeOld<T extends { readonly at: Date }>(all: T[], before: Date): number {
  const kept = all.filter(({ at }) => at >= before);
  return all.splice(0, all.length, ...kept).length - kept.length;
}

function pageOf<T extends { readonly at: Date; readonly projectId?: string }>(
  all: readonly T[],
  { projectId, since, offset, limit }: LogQuery,
): LogPage<T> {
  const found = all
    .filter((entry) => projectId === undefined || entry.projectId === projectId)
    .filter(({ at }) => since === undefined || at >= since)
    .toReversed();
  return { entries: found.slice(offset, offset + limit), more: found.length > offset + limit };
}
