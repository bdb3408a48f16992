import type { Failure } from '../domain/failure.ts';
import type {
  Actor,
  LinkState,
  Priority,
  Progress,
  RunCounts,
  SyncKind,
  SyncTask,
} from '../domain/sync-task.ts';
import type { NewInteraction } from './interactions.ts';

/** A task with the database server's time at which it was read: words are derived by that clock. */
export type Seen<T> = { readonly now: Date } & T;

export type Trigger = {
  readonly kinds: readonly SyncKind[];
  readonly prio: Priority;
  /** Skips the cool-down and the back-off. */
  readonly forceNow?: boolean;
};

export type Triggered =
  /** `ticket` is answered once `done >= ticket`. */
  | { readonly result: 'accepted'; readonly ticket: number; readonly task: SyncTask; readonly now: Date }
  /** The task is disabled, archived or disconnected. */
  | { readonly result: 'not-active'; readonly task: SyncTask }
  | { readonly result: 'unknown' };

export type NewLink = {
  readonly projectId: string;
  readonly externalId: number;
  readonly projectName: string;
  readonly customer: string | null;
  readonly board: string | null;
};

export type LinkFacts = {
  readonly projectName: string;
  readonly customer: string | null;
  readonly board: string | null;
};

/** The task as this worker holds it: every later write of the run carries the fence. */
export type Lease = { readonly taskId: string; readonly fence: number };

export type Claimed =
  | { readonly result: 'claimed'; readonly task: SyncTask; readonly lease: Lease; readonly tookOver: boolean }
  /** An expired lease of a task that is not active was put to rest; there may be more to claim. */
  | { readonly result: 'put-to-rest' }
  | { readonly result: 'nothing-due'; readonly nextWakeAt?: Date; readonly now: Date };

export type Finished = {
  readonly runId: string;
  readonly mode: SyncKind;
  readonly counts: RunCounts;
  /** Names as the PSA shows them now. */
  readonly link: LinkFacts;
};

export type TaskQuery = {
  /** Matches project, customer and external id; case and accents do not count. */
  readonly filter?: string;
  readonly withDisabled: boolean;
  readonly withArchived: boolean;
  readonly offset: number;
  readonly limit: number;
};

export type TaskList = Seen<{
  readonly tasks: readonly SyncTask[];
  /** How many match and are shown on some page. */
  readonly total: number;
  readonly needAttention: number;
  /** How many match and are hidden. */
  readonly hidden: { readonly disabled: number; readonly archived: number };
  /** How many projects are linked at all. */
  readonly linked: number;
}>;

export type TaskName = {
  readonly taskId: string;
  readonly externalId: number;
  readonly name: string;
  readonly customer: string | null;
  readonly state: LinkState;
};

/**
 * The queue: one document per linked project. Every operation is one atomic update by the database server's
 * clock; a worker's clock decides nothing. The rules are sync.md, section 2.
 */
export type SyncTaskStore = {
  /** Links a project and asks for its first sync. False where the external id is linked already. */
  create(link: NewLink): Promise<boolean>;
  /** The interaction, where given, is stored in the same transaction. */
  trigger(taskId: string, trigger: Trigger, interaction?: NewInteraction): Promise<Triggered>;
  /** @param onlyForPeople takes nothing but what a person waits for */
  claim(owner: string, onlyForPeople?: boolean): Promise<Claimed>;
  /** Renews the lease. Undefined where it is lost. */
  heartbeat(
    lease: Lease,
    progress?: Progress,
  ): Promise<{ readonly now: Date; readonly linkState: LinkState } | undefined>;
  /** The run did what it was asked for. False where the lease is lost: then nothing was written. */
  complete(lease: Lease, finished: Finished): Promise<boolean>;
  /** The run failed and is tried again by itself. */
  failToRetry(
    lease: Lease,
    failure: Failure,
    retry: { readonly delayMs: number; readonly countsAttempt: boolean },
  ): Promise<boolean>;
  /** The run failed for a cause that a person must fix: the waiting are answered, the failure stays. */
  failToPerson(lease: Lease, failure: Failure): Promise<boolean>;
  /** Gives the task back unfinished, at a shutdown or where it was stopped. */
  handBack(lease: Lease): Promise<boolean>;
  /** Takes an active task out of the sync. `changed` is false where it was not active. */
  disable(
    taskId: string,
    by: Actor,
    reason?: string,
  ): Promise<{ readonly changed: boolean; readonly before: SyncTask } | undefined>;
  /** Active again, and asks for a comprehensive sync, in one write. `changed` is false where it was not disabled. */
  enable(
    taskId: string,
    by: Actor,
    interaction?: NewInteraction,
  ): Promise<{ readonly changed: boolean; readonly task: SyncTask } | undefined>;
  get(taskId: string): Promise<Seen<{ readonly task: SyncTask }> | undefined>;
  getMany(taskIds: readonly string[]): Promise<Seen<{ readonly tasks: readonly SyncTask[] }>>;
  list(query: TaskQuery): Promise<TaskList>;
  /** Names of all linked projects, also of those that are hidden in lists. */
  names(): Promise<readonly TaskName[]>;
  /** External ids that any task has. */
  linkedExternalIds(): Promise<ReadonlySet<number>>;
  /** How many due tasks are claimed before this one. */
  placeInLine(task: SyncTask, now: Date): Promise<number>;
};
