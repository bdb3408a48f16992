import type {
  Bases,
  Carried,
  CreateIntent,
  Fields,
  PairedRecord,
  PlanKind,
  PlanRecord,
  Rejected,
  Tombstone,
  Wrote,
} from '../domain/plan.ts';
import type { Actor, Priority, SyncKind } from '../domain/sync-task.ts';
import type { LogEntry } from './log-store.ts';

/** Who last changed the record on the other side, and when, as shown beside it. */
type Change = { readonly changedAt: Date; readonly changedBy: string };

/** What the Integration Log says of a write: stored with it in one transaction, so only and always where it is. */
type Told = { readonly line?: LogEntry };

export type PlanCreate = Change &
  Told & {
    readonly id: string;
    readonly externalId: number;
    readonly parentId?: string;
    readonly fields: Fields;
    readonly base: Bases;
  };

export type PlanUpdate = Told & {
  /** Absent where only the bases move: who changed the record last stays as it is. */
  readonly changed?: Change;
  readonly id: string;
  /** The version that was merged; the write is refused where it has moved since. */
  readonly version: number;
  /** Null: it hangs on nothing any more; absent: as it is. */
  readonly parentId?: string | null;
  readonly fields: Fields;
  readonly base: Bases;
  /** Null: nothing is rejected any more; absent: as it is. */
  readonly rejected?: Rejected | null;
  /** Absent: as it is. */
  readonly wrote?: Wrote;
};

/** The ConnectWise record that was made for, or found for, one that only the plan had. Refused like an update. */
export type PlanPair = Told & {
  readonly id: string;
  readonly version: number;
  readonly externalId: number;
  readonly fields: Fields;
  readonly base: Bases;
};

export type PlanDelete = Told & {
  readonly id: string;
  readonly version: number;
  readonly deleted: Tombstone;
};

/** A mark on a record; refused like an update where the record has moved since. */
export type PlanMark = Told & {
  readonly id: string;
  readonly version: number;
  readonly mark:
    | { readonly unsettled: (PlanRecord['unsettled'] & object) | null }
    | { readonly frozen: { readonly at: Date } }
    | { readonly frozen: null }
    | { readonly formerSaid: string }
    /** Before ConnectWise is written to. */
    | { readonly sent: Fields }
    | { readonly rejected: Rejected | null }
    | { readonly intent: CreateIntent | null }
    /**
     * Of a tombstone of the plan. `deleted` takes the pair away (`formerExternalId` keeps it); the bases, where given,
     * are those after a cancellation.
     */
    | { readonly carried: Carried; readonly base?: Bases };
};

/**
 * Whose run writes. A project's run and the notes run both write ticket notes; each holds a task of its own, so
 * fences are compared within a lane only and versions guard between the two.
 */
export type FenceLane = 'project' | 'notes';

export type RunFence = {
  readonly projectId: string;
  readonly lane: FenceLane;
  readonly fence: number;
};

/**
 * One page of writes of a run. An update of a record also takes its marks away: `unsettled`, `sent`, `deleted` with
 * `carried` (an id that shows up again revives its own tombstone) and a `frozen` that nobody answered. A pair takes
 * `intent`, `unsettled`, `rejected` and `keptHere` away; what remembers a former pair stays.
 */
export type PlanPage = RunFence & {
  readonly kind: PlanKind;
  readonly create: readonly PlanCreate[];
  readonly update: readonly PlanUpdate[];
  readonly delete?: readonly PlanDelete[];
  readonly mark?: readonly PlanMark[];
  readonly pair?: readonly PlanPair[];
  /** Stored with the first of it, whatever of it is refused: for what is said of all of them together. */
  readonly lines?: readonly LogEntry[];
};

export type Applied =
  /** How many records somebody else wrote since they were read: read them again and merge once more. */
  | { readonly result: 'stored'; readonly refused: number }
  /** A later run has begun: nothing of this page was written, and this run may write no more. */
  | { readonly result: 'stale' };

/** An edit in the plan by a person or a program: never by the sync. */
export type PlanEdit = {
  readonly kind: PlanKind;
  readonly id: string;
  /** The version that the editor saw. */
  readonly version: number;
  /** Only the fields that change; or `delete`. */
  readonly change: { readonly fields: Fields } | 'delete';
  readonly by: Actor;
  readonly at: Date;
};

export type PlanEdited =
  | { readonly result: 'stored'; readonly record: PlanRecord }
  /** Somebody else edited it since; with what it is now. */
  | { readonly result: 'conflict'; readonly record: PlanRecord }
  | { readonly result: 'missing' };

/** A record that a person or a program makes in the plan. */
export type PlanNew = {
  readonly kind: PlanKind;
  readonly id: string;
  readonly projectId: string;
  readonly fields: Fields;
  /** The task that an event, a time log or a ticket note belongs to. */
  readonly parentId?: string;
  readonly by: Actor;
  readonly at: Date;
};

export type PlanMade =
  | { readonly result: 'stored'; readonly record: PlanRecord }
  /** There is a record with that id. */
  | { readonly result: 'taken' };

/** A paired record without its values. */
export type PairGlance = Pick<PairedRecord, 'id' | 'projectId' | 'externalId'> & {
  /** Of a tombstone. */
  readonly deleted?: Tombstone['reason'];
  /** Of its bases; absent where a mark on the record calls for reading it whatever ConnectWise shows. */
  readonly fingerprint?: string;
};

export type FormerPair = Pick<PlanRecord, 'id' | 'version' | 'formerSaid'>;

/** In which kinds of a project there is anything of the sort. */
export type OpenWork = {
  readonly unsettled: ReadonlySet<PlanKind>;
  /** Records whose making in ConnectWise was never answered. */
  readonly intent: ReadonlySet<PlanKind>;
  readonly frozen: ReadonlySet<PlanKind>;
  /** Live records whose last plan edit came after `seq`. */
  readonly edited: ReadonlySet<PlanKind>;
  /** Paired tombstones of the plan itself that no run has seen to and whose deletion came after `seq`. */
  readonly buried: ReadonlySet<PlanKind>;
};

export type WorkSort = keyof OpenWork;

export type DeletedInPeriod = { readonly deleted: number; readonly live: number };

/** The plan with its pairs, and what the sync keeps beside them. Reads show live records unless they say otherwise. */
export type Planner = {
  // --- A run -------------------------------------------------------------------------------------------------
  /**
   * Begins a run: from now on no run of this lane with a lower fence writes anything in the project. Returns the
   * project's count of plan edits, as it was before any record was read: the run's plan watermark; undefined
   * where a later run has begun already.
   */
  beginRun(run: RunFence): Promise<{ readonly planSeq: number } | undefined>;
  /**
   * The paired records of one kind whose external ids lie in (after, to], tombstones included, in order of
   * external id. With `parents` (plan ids) only those that belong to them.
   */
  pairedInRange(
    projectId: string,
    kind: PlanKind,
    range: { readonly after: number; readonly to: number },
    parents?: readonly string[],
  ): Promise<readonly PairedRecord[]>;
  /** The same records at a glance: enough to see which of them have to be read. */
  glanceInRange(
    projectId: string,
    kind: PlanKind,
    range: { readonly after: number; readonly to: number },
    parents?: readonly string[],
  ): Promise<readonly PairGlance[]>;
  /** The same in whatever project, by external id. */
  glanceAt(kind: PlanKind, externalIds: readonly number[]): Promise<readonly PairGlance[]>;
  /** In whatever project, tombstones included. */
  pairedByExternalId(kind: PlanKind, externalIds: readonly number[]): Promise<readonly PairedRecord[]>;
  /** The project's records that once had one of these pairs and were restored or detached, by that external id. */
  formerlyPaired(
    projectId: string,
    kind: PlanKind,
    externalIds: readonly number[],
  ): Promise<ReadonlyMap<number, FormerPair>>;
  /** Plan ids of the live paired records of one kind in a project, by external id. Meant for few. */
  idsByExternalId(projectId: string, kind: PlanKind): Promise<ReadonlyMap<number, string>>;
  countPaired(projectId: string, kind: PlanKind): Promise<number>;
  /** Live records whose last plan edit came after `seq`, in order of id, page by page. */
  editedSince(
    projectId: string,
    kind: PlanKind,
    seq: number,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly PlanRecord[]>;
  /**
   * What there is to do in a project besides what ConnectWise shows; in one question, since mostly there is nothing.
   * @param asked only these sorts are looked for
   */
  openWork<S extends WorkSort>(
    projectId: string,
    seq: number,
    asked: readonly S[],
  ): Promise<Pick<OpenWork, S>>;
  unsettled(projectId: string, kind: PlanKind): Promise<readonly PairedRecord[]>;
  /** Live and dead, as they are now, in no order; those that are not there are left out. */
  recordsById(kind: PlanKind, ids: readonly string[]): Promise<readonly PlanRecord[]>;
  /** Plan ids of the live records of a kind that have no pair and belong to one of these phases or tasks, in no order. */
  unpairedBelow(projectId: string, kind: PlanKind, parentIds: readonly string[]): Promise<readonly string[]>;
  /** Paired tombstones of the plan itself that no run has seen to and whose deletion came after `seq`, like `editedSince`. */
  deletedInPlanSince(
    projectId: string,
    kind: PlanKind,
    seq: number,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly PairedRecord[]>;
  /**
   * Records with an open intent, of a project or (null) of whatever project, in order of id; tombstones of the plan
   * among them, which may be in ConnectWise.
   */
  openIntents(projectId: string | null, kind: PlanKind): Promise<readonly PlanRecord[]>;
  /** Plan projects, of whatever project, that were being made in ConnectWise when that was last heard of. */
  openPushes(): Promise<readonly PlanRecord[]>;
  /** Live records of all kinds of which something is rejected, at most so many. */
  rejectedIn(projectId: string, limit: number): Promise<readonly PlanRecord[]>;
  /** How many of a kind became tombstones since then because they were gone or moved away, and how many live. */
  deletedSince(projectId: string, kind: PlanKind, since: Date): Promise<DeletedInPeriod>;
  /** Frozen records, answered or not. */
  frozen(projectId: string, kind: PlanKind): Promise<readonly PairedRecord[]>;
  /**
   * Plan ids of tasks that runs took out of the plan while nobody has judged since what stood on them, in order of
   * id. Of those that a person deleted in the plan only where their ticket is gone, too; not those that came back.
   */
  tasksLeavingChildren(
    projectId: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]>;
  /** External ids of the live paired records of a kind that belong to these tasks, in order. */
  childrenOf(projectId: string, kind: PlanKind, taskIds: readonly string[]): Promise<readonly number[]>;
  /** What stood on these tasks is judged. False where a later run has begun: then nothing is written. */
  childrenJudged(run: RunFence, taskIds: readonly string[]): Promise<boolean>;
  apply(page: PlanPage): Promise<Applied>;
  /**
   * Gives a record and what belongs to it (events, time logs and notes of a task) to another project, in one
   * transaction with the line that says so. False where somebody else wrote it since, or a later run has begun.
   */
  move(
    run: RunFence,
    record: Pick<PlanRecord, 'id' | 'version' | 'kind' | 'projectId'>,
    toProjectId: string,
    line?: LogEntry,
  ): Promise<boolean>;

  /**
   * Takes the pairs of records away whose project is disconnected, so that the ConnectWise records can be paired
   * anew. The records stay in their plan; nothing remembers the pair.
   */
  releasePairs(kind: PlanKind, ids: readonly string[]): Promise<void>;

  // --- Ticket notes, which can only be read per ticket ---------------------------------------------------------
  /** Notes of these tasks are to be read by the notes run. */
  markNotesDue(taskIds: readonly string[], at: Date): Promise<void>;
  markNotesRead(taskIds: readonly string[], at: Date): Promise<void>;
  /**
   * Paired live tasks: due ones first, latest due first; then the open ones whose notes were not
   * read since then, longest ago first; none of those where it is null.
   */
  tasksToReadNotesOf(
    limit: number,
    unreadSince: Date | null,
  ): Promise<readonly (PairedRecord & { readonly notesDue: boolean })[]>;

  // --- People ------------------------------------------------------------------------------------------------
  /**
   * One transaction: the edit, the project's count of edits, and a trigger of its sync. The trigger of a project
   * that does not sync is refused inside; the edit is stored all the same.
   */
  edit(
    edit: PlanEdit,
    trigger: { readonly kinds: readonly SyncKind[]; readonly prio: Priority },
  ): Promise<PlanEdited>;
  /** One transaction, like `edit`: the record, the project's count of edits, and a trigger. */
  create(
    record: PlanNew,
    trigger: { readonly kinds: readonly SyncKind[]; readonly prio: Priority },
  ): Promise<PlanMade>;
  /** Live records of one kind, of one project or all, in order of id. */
  list(
    kind: PlanKind,
    query: { readonly projectId?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly PlanRecord[]>;
  /**
   * Takes a tombstone back, and those of the records that it hangs on. One that was deleted in the plan is paired
   * with its ConnectWise record as it was. Any other loses its pair (`formerExternalId` keeps it): until it is made
   * anew in ConnectWise it lives in the plan only. False where there is no such tombstone.
   */
  restore(projectId: string, kind: PlanKind, id: string, by: Actor, at: Date): Promise<boolean>;
  /** Tombstones of a project, newest first. */
  tombstones(
    projectId: string,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly records: readonly PlanRecord[]; readonly total: number }>;
  /** “Keep”: frozen records lose their pair and stay in the plan with `keptHere`, no longer synced. Returns how many. */
  detachFrozen(projectId: string, by: Actor, at: Date): Promise<number>;
  /** “Apply”: the next run checks each frozen record again and deletes those that are still gone. */
  approveFrozen(projectId: string, by: Actor): Promise<number>;
  /** Phases in plan order, and a page of tasks ordered by phase and position. */
  phases(projectId: string): Promise<readonly PlanRecord[]>;
  tasks(
    projectId: string,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly tasks: readonly PlanRecord[]; readonly total: number }>;
  /** How many live records of each kind. */
  counts(projectId: string): Promise<{ readonly [kind in PlanKind]: number }>;

  /** Plan projects that this member manages, or whose team the member is in, by ConnectWise's id of the member. */
  projectsOfMember(memberId: number): Promise<readonly string[]>;

  // --- Retention ---------------------------------------------------------------------------------------------
  /** Removes tombstones older than this, but for those that keep their pair (`keepsItsPair`). Returns how many. */
  purgeTombstones(olderThan: Date): Promise<number>;
};
