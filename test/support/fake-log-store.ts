import type { LogEntry, LogPage, LogQuery, LogStore } from '../../src/ports/log-store.ts';
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

  async entries(query: LogQuery): Promise<LogPage<LogEntry>> {
    return pageOf(
      this.all.filter(({ severity }) => !query.errorsOnly || severity === 'error'),
      query,
    );
  }

  async requests(query: LogQuery): Promise<LogPage<RequestRecord>> {
    return pageOf(this.recorded, query);
  }

  async retain({ before }: { readonly before: Date }): Promise<number> {
    this.retained.push(before);
    return removeOld(this.all, before) + removeOld(this.recorded, before);
  }

  actions(): readonly string[] {
    return this.all.map(({ action }) => action);
  }
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
