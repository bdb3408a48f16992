import type { Json } from './json.ts';
import type { PsaKind } from './psa-records.ts';

/** The kinds of plan record, parents before children; each is paired with one kind of PSA record. */
export const planKinds = [
  'project',
  'phase',
  'task',
  'teamMember',
  'event',
  'timeLog',
  'projectNote',
  'ticketNote',
] as const;
export type PlanKind = (typeof planKinds)[number];

export function isPlanKind(word: string): word is PlanKind {
  return planKinds.some((kind) => kind === word);
}

/** The paired kind on the other side. */
export const psaKindOf = {
  project: 'project',
  phase: 'phase',
  task: 'ticket',
  teamMember: 'teamMember',
  event: 'scheduleEntry',
  timeLog: 'timeEntry',
  projectNote: 'projectNote',
  ticketNote: 'ticketNote',
} as const satisfies Record<PlanKind, PsaKind | 'project'>;

/** Both kinds in people's words, singular. */
export const planWords = {
  project: { plan: 'project', psa: 'project' },
  phase: { plan: 'phase', psa: 'phase' },
  task: { plan: 'task', psa: 'ticket' },
  teamMember: { plan: 'team member', psa: 'team member' },
  event: { plan: 'scheduled event', psa: 'schedule entry' },
  timeLog: { plan: 'time log', psa: 'time entry' },
  projectNote: { plan: 'project note', psa: 'project note' },
  ticketNote: { plan: 'note', psa: 'ticket note' },
} as const satisfies Record<PlanKind, { readonly plan: string; readonly psa: string }>;

export type Fields = { readonly [field: string]: Json };

/** What each side showed when the two last agreed; a side has changed when it differs from its own base. */
export type Bases = { readonly psa: Fields; readonly plan: Fields };

/** Why a record is no longer part of the plan: for 30 days it can be restored. */
export type Tombstone = {
  readonly at: Date;
  readonly by: string;
  readonly reason: typeof goneFromPsa | typeof movedAway | typeof deletedInPlan;
};

export const goneFromPsa = 'gone from ConnectWise';
export const movedAway = 'moved to a project that is not linked';
export const deletedInPlan = 'deleted in the plan';

/**
 * A record of the plan with its pair: the tie to a PSA record. Both are one document, so that a plan write
 * and its bases cannot part (sync.md, section 4).
 */
export type PlanRecord = {
  readonly id: string;
  readonly projectId: string;
  readonly kind: PlanKind;
  /** Grows with every write; a write names the version it saw. */
  readonly version: number;
  readonly fields: Fields;
  /** Absent where the record is not paired: detached, restored, or made in the plan. */
  readonly externalId?: number;
  readonly base?: Bases;
  /** Plan id of the task that an event, a time log or a ticket note belongs to. */
  readonly parentId?: string;
  /** The fence of the last run that wrote it; a run with a lower one may not. */
  readonly syncFence: number;
  /** The place of the last plan edit in the project's own count; absent where the plan never edited it. */
  readonly planSeq?: number;
  readonly changedAt: Date;
  readonly changedBy: string;
  readonly deleted?: Tombstone;
  /** A run could not settle it: read again by every run until it is, at most `unsettledRunsAtMost` in a row. */
  readonly unsettled?: { readonly reason: string; readonly runs: number };
  /** Gone from ConnectWise together with unusually many: waits for a person; neither side's edits are written. */
  readonly frozen?: { readonly at: Date; readonly approvedBy?: string };
  /** The pair that a restored or detached record once had: the same id is reported, not imported again. */
  readonly formerExternalId?: number;
  /** That ConnectWise shows that id again was said as of this change there: its `lastUpdated`, empty for none. */
  readonly formerSaid?: string;
  /**
   * What a run was about to write to ConnectWise when it was last heard of, as ConnectWise's values by field: where
   * ConnectWise shows one of them, it is our own write and nobody's edit.
   */
  readonly sent?: Fields;
  /** What ConnectWise showed before it took our last writes: should it put that back by itself, that is nobody's edit. */
  readonly wrote?: Wrote;
  /** What ConnectWise did not take, by field of the plan. */
  readonly rejected?: Rejected;
  /** A record was, or was about to be, made for it in ConnectWise, and the answer is not known. */
  readonly intent?: CreateIntent;
  /** Kept in the plan by a person when it was gone from ConnectWise: not synced any more, and not made again. */
  readonly keptHere?: true;
  /** Of a tombstone of the plan: what became of the ConnectWise record. Absent until a run has seen to it. */
  readonly carried?: Carried;
};

export type Wrote = {
  /** Identifier of the API member. */
  readonly by: string;
  /** ConnectWise's values by field of the plan. */
  readonly before: Fields;
};

export type Rejected = {
  readonly at: Date;
  readonly fields: {
    readonly [field: string]: {
      /** The plan's value that was not taken. */
      readonly value: Json;
      /** Why, with ConnectWise's own words where it said any. */
      readonly words: string;
    };
  };
};

/** There is no idempotency key, so what is about to be made is written down first (sync.md, "Create"). */
export type CreateIntent = {
  /** By ConnectWise's clock. */
  readonly at: Date;
  /** What would tell the record from others of its kind and project, in ConnectWise's form. */
  readonly naturalKey: string;
  /** What was sent, in the plan's terms: what differs from it later was edited since. Absent on intents of an older build. */
  readonly sent?: Fields;
};

export type Carried = 'cancelled' | 'deleted' | 'ignored';

/** A record with its pair. */
export type PairedRecord = PlanRecord & { readonly externalId: number; readonly base: Bases };

export function isPaired(record: PlanRecord): record is PairedRecord {
  return record.externalId !== undefined && record.base !== undefined;
}

/**
 * The record that this one cannot be part of the plan without: the task of an event, a time log or a note, the
 * phase of a task, the phase around a phase. Undefined where it hangs on the project itself.
 */
export function parentOf(
  record: Pick<PlanRecord, 'kind' | 'parentId' | 'fields'>,
): { readonly kind: PlanKind; readonly id: string } | undefined {
  if (record.parentId !== undefined) return { kind: 'task', id: record.parentId };
  const { phaseId, parentId } = record.fields;
  const phase = record.kind === 'task' ? phaseId : record.kind === 'phase' ? parentId : undefined;
  return typeof phase === 'string' ? { kind: 'phase', id: phase } : undefined;
}

/**
 * Whether a tombstone keeps its pair: ConnectWise still has what was deleted in the plan. It outlives the 30 days,
 * since the pair is what keeps it from coming back by itself, and it is paired as before once it is restored.
 */
export function keepsItsPair(record: Pick<PlanRecord, 'externalId' | 'deleted'>): boolean {
  return record.externalId !== undefined && record.deleted?.reason === deletedInPlan;
}

export const unsettledRunsAtMost = 5;
