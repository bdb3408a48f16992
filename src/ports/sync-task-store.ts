import type { Failure } from '../domain/failure.ts';
import type { StateWord } from '../domain/state-words.ts';
import type {
  Actor,
  LinkState,
  Priority,
  Progress,
  RunCounts,
  Suspect,
  SyncKind,
  SyncTask,
  Watermarks,
  WorkTypeChoice,
} from '../domain/sync-task.ts';
import type { NewInteraction } from './interactions.ts';

/** A task with the database server's time at which it was read: words are derived by that clock. */
export type Seen<T> = { readonly now: Date } & T;

export type Trigger = {
  readonly kinds: readonly SyncKind[];
  readonly prio: Priority;
  /** Skips the cool-down and the back-off. */
  readonly forceNow?: boolean;
  readonly suspects?: readonly Suspect[];
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
  /** Absent where nobody knows: the task keeps what it has. */
  readonly boardId?: number | null;
};

export type LinkFacts = {
  readonly projectName: string;
  readonly customer: string | null;
  readonly board: string | null;
  /** Absent where nobody knows: the task keeps what it has. */
  readonly boardId?: number | null;
  /** What ConnectWise says of the closing; undefined while the project is open. */
  readonly closed?: { readonly at: Date | null };
};

/** A place for one run, over all processes of the integration. */
export type Slot = { readonly id: string; readonly owner: string };

/** The task as this worker holds it: every later write of the run carries the fence. */
export type Lease = { readonly taskId: string; readonly fence: number };

export type Claimed =
  | {
      readonly result: 'claimed';
      readonly task: SyncTask;
      readonly lease: Lease;
      readonly tookOver: boolean;
      /** By this process's monotonic clock, before the claim was sent: the lease is no younger than that. */
      readonly askedAtMs?: number;
    }
  /** An expired lease of a task that is not active was put to rest; there may be more to claim. */
  | { readonly result: 'put-to-rest' }
  | { readonly result: 'nothing-due'; readonly nextWakeAt?: Date; readonly now: Date };

export type Finished = {
  readonly runId: string;
  readonly mode: SyncKind;
  readonly counts: RunCounts;
  /** Names as the PSA shows them now; absent for tasks that are no projects. */
  readonly link?: LinkFacts;
  /** ConnectWise's clock when the first record was read. */
  readonly readStart?: Date;
  /** Only those that moved; the others stay. */
  readonly watermarks: Watermarks;
  /** Something was left that the next run must settle: counts as one more trigger. */
  readonly again?: boolean;
  /** The run did its work, but a person must act about this: a kind that may not be read, a mass deletion. */
  readonly attention?: Failure;
};

/** A task that is due at `wakeAt`, or whose lease ends then. */
export type Waking = Pick<SyncTask, 'id' | 'kind' | 'prio'> & { readonly wakeAt: Date };

/** What a worker asks for: projects by turn, only what a person waits for, or one of the integration's own tasks. */
export type ClaimLane = 'projects' | 'people' | 'misc' | 'scout' | 'notes';

/** A change that the scout saw, by external id of the project. */
export type ChangeSeen = { readonly externalId: number; readonly lastUpdated: Date };

export type ClockTick = {
  /** Comprehensive syncs asked for, by chance spread over the interval. */
  readonly comprehensives: number;
  /** Tasks whose turn was brought forward because they waited long. */
  readonly aged: number;
  /** The interval in force: stretched where the budget calls for it. */
  readonly intervalMs: number;
};

export type TaskQuery = {
  /** Matches project, customer and external id; case and accents do not count. */
  readonly filter?: string;
  /** Only projects on one of these boards. */
  readonly boards?: readonly string[];
  /** Only what is in this state: a Sync Status or a health. */
  readonly state?: StateWord;
  /** Only these plan projects. */
  readonly projectIds?: readonly string[];
  readonly withDisabled: boolean;
  readonly withArchived: boolean;
  /** In order of board, then of name; else of name alone. */
  readonly byBoard?: boolean;
  readonly offset: number;
  readonly limit: number;
  /** How many of those that need attention are given apart; none where nothing is said. */
  readonly attention?: number;
};

export type TaskList = Seen<{
  readonly tasks: readonly SyncTask[];
  /** How many match and are shown on some page. */
  readonly total: number;
  readonly needAttention: number;
  /** The first of them, longest first. */
  readonly attention: readonly SyncTask[];
  /** How many match and are hidden. */
  readonly hidden: { readonly disabled: number; readonly disconnected: number; readonly archived: number };
  /** How many projects are linked at all. */
  readonly linked: number;
  readonly importing: FirstImport;
  /** From one comprehensive sync of a project to its next, in milliseconds; absent until the clock has set it. */
  readonly comprehensiveMs?: number;
}>;

/** Of all active projects, whatever is shown: how many were never synced yet. */
export type FirstImport = {
  readonly left: number;
  readonly of: number;
  /** Of those left: how many wait for a person. */
  readonly needAttention: number;
  /** What was imported since the oldest of those that go on by themselves was linked; absent where none does. */
  readonly pace?: { readonly since: Date; readonly imported: number };
};

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
  /** @param taskId this one only, where it is due and of the lane; else whichever is first in line */
  claim(owner: string, lane: ClaimLane, taskId?: string): Promise<Claimed>;
  /** Renews the lease. Undefined where it is lost. */
  heartbeat(
    lease: Lease,
    facts?: { readonly progress?: Progress; readonly readStart?: Date },
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
  /** Out of the sync until `unarchive`, which leaves it disabled. `changed` is false where it was not active or disabled. */
  archive(
    taskId: string,
    by: Actor,
    reason?: string,
  ): Promise<{ readonly changed: boolean; readonly before: SyncTask } | undefined>;
  unarchive(
    taskId: string,
    by: Actor,
  ): Promise<{ readonly changed: boolean; readonly before: SyncTask } | undefined>;
  /** For good. The external id may be imported again once no run of this task is in hand. */
  disconnect(
    taskId: string,
    by: Actor,
    reason?: string,
  ): Promise<{ readonly changed: boolean; readonly before: SyncTask } | undefined>;
  /**
   * Triggers a delta of each project whose change no run has read or is about to read: a change ends when a run
   * began later than it. Returns how many were triggered, and the external ids that no task knows.
   */
  triggerChanged(
    changes: readonly ChangeSeen[],
    marginMs: number,
  ): Promise<{ readonly triggered: number; readonly unknown: readonly number[] }>;
  /**
   * Triggers the active projects of a board (its ConnectWise id; also those of which nobody knows the board yet), or
   * all: after a change of what its statuses mean. Returns how many.
   */
  triggerAll(trigger: Trigger, boardId?: number): Promise<number>;
  /** Makes the integration's own tasks where they are missing. */
  ensureOwnTasks(): Promise<void>;
  /** What the clock does; any number of processes may do it at the same time. */
  tick(schedule: {
    readonly comprehensiveMs: number;
    readonly miscMs: number;
    readonly scoutMs: number;
    readonly notesMs: number;
    /** Requests a second that comprehensive syncs may use in the long run. */
    readonly comprehensiveRequestsPerSecond: number;
  }): Promise<ClockTick>;
  /** Switches off what has been closed for so long. Returns the tasks it switched off. */
  autoDisable(closedForMs: number): Promise<readonly SyncTask[]>;
  /** Takes, renews or gives back one of the integration's places for runs. Undefined where none is free. */
  takeSlot(
    owner: string,
    lane: 'projects' | 'people',
    slots: { readonly total: number; readonly forPeople: number },
  ): Promise<Slot | undefined>;
  renewSlot(slot: Slot): Promise<boolean>;
  releaseSlot(slot: Slot): Promise<void>;
  /**
   * Called on every change that may make a task due, with its id, or without one where changes may have been missed;
   * polling is what can be relied on. `onOpen` tells from when on the stream shows changes, and when it broke. Ends
   * with the signal.
   */
  watch(
    onChange: (taskId?: string) => void,
    signal: AbortSignal,
    onOpen?: (open: boolean) => void,
  ): Promise<void>;
  /** Of these tasks, or of all: those that are due, or will be, with the first in line first. */
  waking(
    which: { readonly taskIds: readonly string[] } | { readonly withinMs: number; readonly limit: number },
  ): Promise<Seen<{ readonly tasks: readonly Waking[] }>>;
  get(taskId: string): Promise<Seen<{ readonly task: SyncTask }> | undefined>;
  getMany(taskIds: readonly string[]): Promise<Seen<{ readonly tasks: readonly SyncTask[] }>>;
  /**
   * Active tasks of any kind that a person must act about, that failed so many times in a row (3 or more), or that
   * are late. Looks at as many documents as there are problems.
   */
  troubled(attempts: number): Promise<Seen<{ readonly tasks: readonly SyncTask[] }>>;
  /** Active projects that sync, wait for it, or have a turn that is due. */
  countCatchingUp(): Promise<number>;
  list(query: TaskQuery): Promise<TaskList>;
  /** Names of the boards that linked projects are on, in order. */
  boards(): Promise<readonly string[]>;
  /** What its time logs count as where nothing nearer says otherwise; null: what the enterprise has. Undefined where there is no such project. */
  setWorkType(
    taskId: string,
    workType: WorkTypeChoice | null,
  ): Promise<{ readonly before: SyncTask } | undefined>;
  /**
   * Names of all linked projects, also of those that are hidden in lists.
   * @param whole only those that have this name or, with or without `#`, this external id
   */
  names(whole?: string): Promise<readonly TaskName[]>;
  /** The tasks that hold these external ids and are not disconnected. */
  linked(
    externalIds: readonly number[],
  ): Promise<
    ReadonlyMap<number, { readonly taskId: string; readonly projectId: string; readonly state: LinkState }>
  >;
  /** External ids that any task has or ever had. */
  linkedExternalIds(): Promise<ReadonlySet<number>>;
  /** How many due tasks are claimed before this one. */
  placeInLine(task: SyncTask, now: Date): Promise<number>;
};
