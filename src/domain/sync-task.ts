import type { Failure } from './failure.ts';
import type { PsaKind } from './psa-records.ts';

/** What a run may be asked to do. */
export type SyncKind = 'delta' | 'comprehensive';
/** 2 a person waits, 1 a change, 0 the clock. */
export type Priority = 0 | 1 | 2;

export type LinkState = 'active' | 'disabled' | 'archived' | 'disconnected';

/** Who did something, as shown to people; `id` is `platform:tenant/user`, or `cwsync` for the product itself. */
export type Actor = { readonly id: string; readonly name: string };

/** The product, where it does something by itself. */
export const itself: Actor = { id: 'cwsync', name: 'cwsync' };

/** A work type that was chosen, by the name it then had. */
export type WorkTypeChoice = { readonly id: number; readonly name: string };

export type Link = {
  readonly externalId: number;
  readonly projectName: string;
  readonly customer: string | null;
  readonly board: string | null;
  /** Null: on no board. Absent on tasks of an older build, until their next sync. */
  readonly boardId?: number | null;
  readonly state: LinkState;
  /** The last change of `state`: by whom, when, why. */
  readonly changed?: { readonly by: Actor; readonly at: Date; readonly reason?: string };
  /**
   * Since when the project has been complete or cancelled in ConnectWise: its own closing date, else when that
   * was first seen. Absent while it is neither.
   */
  readonly closedSince?: Date;
  /** The `closedSince` for which it was switched off by itself: not again until the status changes. */
  readonly autoDisabledFor?: Date;
  /** Absent: the default of its board or of the enterprise. */
  readonly workType?: WorkTypeChoice;
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
  readonly deleted: number;
  readonly skipped: number;
  readonly conflicts: number;
  /** Requests sent to ConnectWise, retries included. */
  readonly requests: number;
};

/** A record that somebody said is gone: looked for by id in the next run. */
export type Suspect = { readonly kind: PsaKind; readonly id: number };

/**
 * Until when each kind has been read, by ConnectWise's clock; `plan` by the project's count of plan edits. The
 * scout's are its cursors.
 */
export type Watermarks = {
  readonly plan?: number;
  readonly psa?: { readonly [kind in PsaKind | 'project']?: Date };
};

/**
 * What a task stands for: a linked project, or one of the three that every integration has: the miscellaneous
 * data sync, the scout, and the reading of ticket notes.
 */
export const taskKinds = ['project', 'misc', 'scout', 'notes'] as const;
export type TaskKind = (typeof taskKinds)[number];

export type LastSync = {
  readonly at: Date;
  readonly startedAt: Date;
  /** ConnectWise's clock when its first record was read. */
  readonly readStart?: Date;
  readonly mode: SyncKind;
  readonly runId: string;
  readonly counts: RunCounts;
};

export type Claim = {
  readonly want: number;
  readonly kinds: readonly SyncKind[];
  readonly prio: Priority;
  readonly forceNow: boolean;
  readonly suspects: readonly Suspect[];
};

/**
 * The one document per linked project that says what is asked for, running and done (sync.md, section 2).
 * Words such as "In Queue" are derived from it and never stored.
 */
export type SyncTask = {
  /** `tenant:project`. */
  readonly id: string;
  readonly tenantId: string;
  readonly kind: TaskKind;
  /** The plan project; of the other kinds the kind itself. */
  readonly projectId: string;
  readonly state: 'idle' | 'requested' | 'syncing';
  /** Every trigger adds one. */
  readonly want: number;
  /** The `want` that the last run which settled its triggers began with. */
  readonly done: number;
  readonly kinds: readonly SyncKind[];
  readonly prio: Priority;
  readonly forceNow: boolean;
  readonly suspects: readonly Suspect[];
  /** When a requested task is due; when a running task's lease ends; absent when idle. */
  readonly wakeAt?: Date;
  /** End of the cool-down or of the back-off. */
  readonly coolUntil?: Date;
  readonly fence: number;
  readonly owner?: string;
  readonly claimed?: Claim;
  readonly startedAt?: Date;
  /** Of the run in hand: ConnectWise's clock when its first record was read. */
  readonly readStart?: Date;
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
  /** Requests of the last comprehensive sync: what the clock reckons with. */
  readonly comprehensiveRequests?: number;
  /** When the clock asks for the next comprehensive sync of a project, or the next run of another kind. */
  readonly clockAt?: Date;
  /** From then on it counts as late. */
  readonly lateAt?: Date;
  readonly watermarks: Watermarks;
  readonly createdAt: Date;
  readonly link: Link;
};

/** `nothing changed`, or `3 created, 1 updated`. */
export function changesInWords(counts: RunCounts): string {
  const words = [
    counts.created > 0 ? `${counts.created} created` : '',
    counts.updated > 0 ? `${counts.updated} updated` : '',
    counts.deleted > 0 ? `${counts.deleted} deleted` : '',
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
  | { readonly word: 'Integration disabled' }
  | { readonly word: 'Disconnected' | 'Archived' | 'Disabled'; readonly changed?: Link['changed'] }
  | { readonly word: 'Needs attention'; readonly since: Date; readonly failure: Failure }
  | { readonly word: 'Retrying'; readonly attempt: number; readonly nextAt?: Date; readonly failure: Failure }
  | { readonly word: 'First import' }
  | { readonly word: 'Late'; readonly since: Date }
  | { readonly word: 'Healthy' };

type HealthFacts = Pick<
  SyncTask,
  'link' | 'needsAttention' | 'failure' | 'attempts' | 'lastSync' | 'wakeAt' | 'state' | 'lateAt'
>;

/**
 * The first of these that holds, in this order (product.md): why it does not sync comes before how it went.
 * @param facts.now the database server's clock; without it nothing is called late
 * @param facts.integrationEnabled true where nothing is said
 */
export function health(
  task: HealthFacts,
  facts: { readonly now?: Date; readonly integrationEnabled?: boolean } = {},
): Health {
  if (facts.integrationEnabled === false) return { word: 'Integration disabled' };
  return stoppedHealth(task.link) ?? troubledHealth(task) ?? timelyHealth(task, facts.now);
}

function stoppedHealth(link: Link): Health | undefined {
  const changed = link.changed ? { changed: link.changed } : {};
  if (link.state === 'disconnected') return { word: 'Disconnected', ...changed };
  if (link.state === 'archived') return { word: 'Archived', ...changed };
  if (link.state === 'disabled') return { word: 'Disabled', ...changed };
  return undefined;
}

function troubledHealth(task: HealthFacts): Health | undefined {
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
  return undefined;
}

function timelyHealth(task: HealthFacts, now: Date | undefined): Health {
  if (!task.lastSync) return { word: 'First import' };
  const late = now !== undefined && task.lateAt !== undefined && task.lateAt < now;
  return late ? { word: 'Late', since: task.lateAt } : { word: 'Healthy' };
}

/**
 * How long from one comprehensive sync of a project to its next: what is set, or so much longer that all of them
 * together keep to their share of the requests.
 * @param requests what one comprehensive sync of every project costs in all
 */
export function comprehensiveIntervalMs(
  schedule: { readonly comprehensiveMs: number; readonly comprehensiveRequestsPerSecond: number },
  requests: number,
): number {
  const { comprehensiveMs, comprehensiveRequestsPerSecond } = schedule;
  return Math.max(comprehensiveMs, Math.ceil((requests / comprehensiveRequestsPerSecond) * 1_000));
}

const dayMs = 86_400_000;

/** Why a project was switched off by itself. */
export function closedInWords(closedForMs: number): string {
  const days = Math.floor(closedForMs / dayMs);
  return `closed in ConnectWise for ${days === 1 ? '1 day' : `${days} days`}`;
}
