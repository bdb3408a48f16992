import type {
  CreatableKind,
  PatchableKind,
  PsaChange,
  PsaChanges,
  PsaKind,
  PsaKinds,
  PsaNew,
  PsaProject,
  PsaRecordOf,
  PsaTable,
  PsaTableRow,
  ScoutedKind,
} from '../domain/psa-records.ts';

export type { PsaProject } from '../domain/psa-records.ts';

/**
 * The PSA (ConnectWise) as the engine sees it: neutral records, read page by page in order of id.
 * Every call throws `FailureError` with a code of the failure table and nothing else but the signal's reason.
 */

export type PsaPage<T> = {
  readonly items: readonly T[];
  /** Records that could not be read, with the reason in plain words; they count as shown. */
  readonly skipped: readonly { readonly id: number | null; readonly reason: string }[];
  /** ConnectWise's clock at the answer; null where it did not say. */
  readonly readAt: Date | null;
};

/** On whose behalf a request is made: for the request log, and for who goes first. */
export type PsaCall = {
  readonly signal: AbortSignal;
  /** 2 a person waits, 1 a change, 0 the clock. */
  readonly priority: 0 | 1 | 2;
  readonly runId?: string;
  readonly projectId?: string;
  /** Counts the requests that were sent, retries included. */
  readonly onRequest?: () => void;
};

/**
 * Where records of a project are looked for. Phases, project notes and team members need `project`, ticket
 * notes need `ticket`, tickets and time entries take `project`; schedule entries take `tickets` (few enough for
 * one address, see `PsaReads.ticketsPerRequest`; at least one) or nothing, which means the whole integration.
 * A ticket that is gone has no notes; only a project that is gone is a failure.
 */
export type PsaScope = {
  readonly project?: number;
  readonly ticket?: number;
  readonly tickets?: readonly number[];
};

export type PsaReads = {
  /** How many ticket ids, of so many digits, fit into one address of schedule entries. */
  ticketsPerRequest(digits: number): number;
  /**
   * Pages in order of id. Throws `cw.project-missing` where the scope's project is not there.
   * @param since only what changed then or later, by ConnectWise's clock in whole seconds
   */
  list<K extends PsaKind>(
    kind: K,
    scope: PsaScope,
    call: PsaCall,
    since?: Date,
  ): AsyncIterable<PsaPage<PsaKinds[K]>>;
  /**
   * Those of the ids that are there, whatever project they are in by now; as many requests as the length of an
   * address calls for. Phases, notes and team members are looked for within the scope only.
   */
  byIds<K extends PsaKind>(
    kind: K,
    ids: readonly number[],
    scope: PsaScope,
    call: PsaCall,
  ): Promise<PsaPage<PsaKinds[K]>>;
  /** Asks for one record by id: true only where ConnectWise answers that there is none. A refusal throws. */
  isMissing(kind: PsaKind, id: number, scope: PsaScope, call: PsaCall): Promise<boolean>;
  /** By ConnectWise's own count. */
  count(kind: PsaKind, scope: PsaScope, call: PsaCall): Promise<number>;
  /** Over all projects, in order of id: what the scout asks. Few fields. */
  changes(kind: ScoutedKind, since: Date, call: PsaCall): AsyncIterable<PsaPage<PsaChange>>;
  /** @param parent the board, for `boardStatus` */
  table(table: PsaTable, call: PsaCall, parent?: number): AsyncIterable<PsaPage<PsaTableRow>>;
};

export type Psa = PsaReads & {
  /** The cheap check of address and keys. */
  systemInfo(call: PsaCall): Promise<{ readonly version: string | null }>;
  /** Throws `cw.project-missing` where ConnectWise knows no such project. `readAt` as in a page. */
  project(id: number, call: PsaCall): Promise<{ readonly project: PsaProject; readonly readAt: Date | null }>;
  /** Projects that are not closed, in order of id. */
  openProjects(call: PsaCall): AsyncIterable<PsaPage<PsaProject>>;
};

export type PsaWritten<K extends PsaKind | 'project'> = {
  /** The whole record as ConnectWise shows it after the write: it may have trimmed, rounded or not taken values. */
  readonly record: PsaRecordOf<K>;
  readonly readAt: Date | null;
};

/**
 * Writes to ConnectWise. They throw `FailureError`: `cw.rejected` with the field and ConnectWise's own words where it
 * refused the values (nothing was written then), `cw.permission` with the right that is missing, and what every call
 * throws. A `create` that fails otherwise (not `cw.rejected`, `cw.permission`, `cw.auth`, `cw.rate-limited`) may have
 * been done all the same. Customers are not notified of any of it.
 */
export type PsaWrites = {
  /** Undefined where there is no such record (any more). Sent again after passing trouble. */
  patch<K extends PatchableKind>(
    kind: K,
    id: number,
    change: PsaChanges[K],
    scope: PsaScope,
    call: PsaCall,
  ): Promise<PsaWritten<K> | undefined>;
  /** `scope` names the project, or the ticket of a ticket note. Sent once. */
  create<K extends CreatableKind>(
    kind: K,
    record: PsaNew[K],
    scope: PsaScope,
    call: PsaCall,
  ): Promise<PsaWritten<K>>;
  /** Of one that is gone already: nothing. */
  remove(
    kind: 'phase' | 'ticket' | 'scheduleEntry',
    id: number,
    scope: PsaScope,
    call: PsaCall,
  ): Promise<void>;
  /** Identifier of the API member, as answers to writes of this or another process said; null until there was one. */
  ownMember(): Promise<string | null>;
};

export type PsaRecordKind = 'project' | 'ticket' | 'scheduleEntry' | 'timeEntry';

/** Links into ConnectWise's own pages, for people. */
export type PsaLinks = {
  record(kind: PsaRecordKind, id: number): string;
  /** The instance itself, and the name shown for it. */
  home(): { readonly url: string; readonly label: string };
};
