import type { Failure } from './failure.ts';

/** What a run may be asked to do. Until delta sync exists, a project is always synced comprehensively. */
export type SyncKind = 'delta' | 'comprehensive';
/** 2 a person waits, 1 a change, 0 the clock. */
export type Priority = 0 | 1 | 2;

export type LinkState = 'active' | 'disabled' | 'archived' | 'disconnected';

/** Who did something, as shown to people; `id` is `platform:tenant/user`, or `cwsync` for the product itself. */
export type Actor = { readonly id: string; readonly name: string };

export type Link = {
  readonly externalId: number;
  readonly projectName: string;
  readonly customer: string | null;
  readonly board: string | null;
  readonly state: LinkState;
  /** The last change of `state`: by whom, when, why. */
  readonly changed?: { readonly by: Actor; readonly at: Date; readonly reason?: string };
};

export type Progress = {
  /** In people's words: `phases`, `tickets`. */
  readonly phase: string;
  readonly doneCount: number;
  readonly totalCount: number | null;
};

export type RunCounts = {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly conflicts: number;
};

export type LastSync = {
  readonly at: Date;
  readonly startedAt: Date;
  readonly mode: SyncKind;
  readonly runId: string;
  readonly counts: RunCounts;
};

export type Claim = {
  readonly want: number;
  readonly kinds: readonly SyncKind[];
  readonly prio: Priority;
  readonly forceNow: boolean;
};

/**
 * The one document per linked project that says what is asked for, running and done (sync.md, section 2).
 * Words such as "In Queue" are derived from it and never stored.
 */
export type SyncTask = {
  /** `tenant:project`. */
  readonly id: string;
  readonly tenantId: string;
  /** What it stands for: so far only a linked project. */
  readonly kind: 'project';
  readonly projectId: string;
  readonly state: 'idle' | 'requested' | 'syncing';
  /** Every trigger adds one. */
  readonly want: number;
  /** The `want` that the last run which settled its triggers began with. */
  readonly done: number;
  readonly kinds: readonly SyncKind[];
  readonly prio: Priority;
  readonly forceNow: boolean;
  /** When a requested task is due; when a running task's lease ends; absent when idle. */
  readonly wakeAt?: Date;
  /** End of the cool-down or of the back-off. */
  readonly coolUntil?: Date;
  readonly fence: number;
  readonly owner?: string;
  readonly claimed?: Claim;
  readonly startedAt?: Date;
  readonly progress?: Progress;
  /** Failed attempts in a row that count against the back-off. */
  readonly attempts: number;
  /** Runs in a row that ended because their worker was gone. */
  readonly lost: number;
  /** The failure of the last run; absent after a success. */
  readonly failure?: Failure & { readonly at: Date };
  /** Since when a person must act, and about what; absent when nobody must. A retry that fails leaves it as it is. */
  readonly needsAttention?: { readonly since: Date; readonly failure: Failure };
  readonly lastSync?: LastSync;
  readonly lastDeltaAt?: Date;
  readonly lastComprehensiveAt?: Date;
  readonly createdAt: Date;
  readonly link: Link;
};

/** `nothing changed`, or `3 created, 1 updated`. */
export function changesInWords(counts: RunCounts): string {
  const words = [
    counts.created > 0 ? `${counts.created} created` : '',
    counts.updated > 0 ? `${counts.updated} updated` : '',
    counts.conflicts > 0 ? `${counts.conflicts} of them edited on both sides` : '',
    counts.skipped > 0 ? `${counts.skipped} skipped` : '',
  ].filter((part) => part !== '');
  return words.length > 0 ? words.join(', ') : 'nothing changed';
}

/** Sync Status: exactly these four, derived (product.md). */
export type SyncStatus =
  | { readonly word: 'Idle' }
  | { readonly word: 'Requested'; readonly startsAt: Date }
  | { readonly word: 'In Queue'; readonly takenUpAgain: boolean }
  | { readonly word: 'Syncing'; readonly since: Date; readonly mode: SyncKind; readonly progress?: Progress };

type StatusFacts = Pick<SyncTask, 'state' | 'wakeAt' | 'startedAt' | 'claimed' | 'progress'>;

/**
 * @param now the database server's clock, the one that `wakeAt` was written by
 */
export function syncStatus(task: StatusFacts, now: Date): SyncStatus {
  if (task.state === 'idle' || task.wakeAt === undefined) return { word: 'Idle' };
  const due = task.wakeAt.getTime() <= now.getTime();
  if (task.state === 'requested') {
    return due ? { word: 'In Queue', takenUpAgain: false } : { word: 'Requested', startsAt: task.wakeAt };
  }
  // A lease that has run out belongs to nobody: the next free worker takes the task up again.
  if (due) return { word: 'In Queue', takenUpAgain: true };
  return {
    word: 'Syncing',
    since: task.startedAt ?? now,
    mode: modeOf(task.claimed?.kinds ?? []),
    ...(task.progress === undefined ? {} : { progress: task.progress }),
  };
}

/** The mode of a run that was asked for these kinds: comprehensive covers delta. */
export function modeOf(kinds: readonly SyncKind[]): SyncKind {
  return kinds.includes('comprehensive') ? 'comprehensive' : 'delta';
}

export type Health =
  | { readonly word: 'Disconnected' | 'Archived' | 'Disabled'; readonly changed?: Link['changed'] }
  | { readonly word: 'Needs attention'; readonly since: Date; readonly failure: Failure }
  | { readonly word: 'Retrying'; readonly attempt: number; readonly nextAt?: Date; readonly failure: Failure }
  | { readonly word: 'First import' }
  | { readonly word: 'Healthy' };

type HealthFacts = Pick<
  SyncTask,
  'link' | 'needsAttention' | 'failure' | 'attempts' | 'lastSync' | 'wakeAt' | 'state'
>;

/** The first of these that holds, in this order (product.md): why it does not sync comes before how it went. */
export function health(task: HealthFacts): Health {
  const stopped = stoppedHealth(task.link);
  if (stopped) return stopped;
  if (task.needsAttention) {
    return { word: 'Needs attention', ...task.needsAttention };
  }
  if (task.failure) {
    return {
      word: 'Retrying',
      attempt: task.attempts,
      failure: task.failure,
      ...(task.state === 'requested' && task.wakeAt ? { nextAt: task.wakeAt } : {}),
    };
  }
  return task.lastSync ? { word: 'Healthy' } : { word: 'First import' };
}

function stoppedHealth(link: Link): Health | undefined {
  const changed = link.changed ? { changed: link.changed } : {};
  if (link.state === 'disconnected') return { word: 'Disconnected', ...changed };
  if (link.state === 'archived') return { word: 'Archived', ...changed };
  if (link.state === 'disabled') return { word: 'Disabled', ...changed };
  return undefined;
}
