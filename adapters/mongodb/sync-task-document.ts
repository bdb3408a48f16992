import type { SyncTask } from '../../src/domain/sync-task.ts';

/** A sync task as stored: the domain's task plus what only the database needs. */
export type SyncTaskDocument = Omit<SyncTask, 'id'> & {
  readonly _id: string;
  /** The external id while it must be unique among linked projects. */
  readonly linkKey?: number;
  /** Highest priority of the triggers that came during the run in hand. */
  readonly next?: number;
  /** Whether the run in hand was claimed from an expired lease. */
  readonly tookOver?: boolean;
  /** Where in the interval the comprehensive syncs of this project begin, from 0 to 1. */
  readonly spread?: number;
  /** The comprehensive interval at this project's last turn of the clock, in milliseconds. */
  readonly intervalMs?: number;
  readonly nameKey: string;
  readonly searchKey: string;
  /** The server's clock at the last write: how a process learns the server's time. */
  readonly serverTime: Date;
};

export function toSyncTask(document: SyncTaskDocument): SyncTask {
  const {
    _id,
    linkKey: _linkKey,
    next: _next,
    tookOver: _tookOver,
    spread: _spread,
    intervalMs: _intervalMs,
    nameKey: _nameKey,
    searchKey: _searchKey,
    serverTime: _time,
    ...task
  } = document;
  return { id: _id, ...task };
}
