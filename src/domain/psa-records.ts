/**
 * Records of the PSA in neutral form, as the adapters of the `psa` port hand them to the rules.
 */

/** A reference to another PSA record; the name may be missing and the record may be gone. */
export type PsaRef = { readonly id: number; readonly name: string | null };

export type PsaRecord = {
  readonly id: number;
  /** ISO instant in whole seconds, ConnectWise's clock; null where ConnectWise gave none. */
  readonly lastUpdated: string | null;
  readonly updatedBy: string | null;
  /** Who made it (a member's identifier) and when, of kinds that cwsync makes itself; as far as ConnectWise says. */
  readonly entered?: { readonly by: string | null; readonly at: string | null };
};

/** Dates without a time are midnight Z and stay so: ISO instants, never through a local zone. */
export type PsaProject = PsaRecord & {
  readonly name: string | null;
  readonly description: string | null;
  readonly status: PsaRef | null;
  readonly closed: boolean;
  readonly board: PsaRef | null;
  readonly company: PsaRef | null;
  readonly manager: PsaRef | null;
  readonly estimatedStart: string | null;
  readonly estimatedEnd: string | null;
  readonly actualEnd: string | null;
  readonly actualHours: number | null;
  readonly budgetHours: number | null;
  readonly percentComplete: number | null;
};

export type PsaPhase = PsaRecord & {
  readonly name: string | null;
  readonly parent: PsaRef | null;
  readonly wbsCode: string | null;
  readonly status: PsaRef | null;
  readonly scheduledStart: string | null;
  readonly scheduledEnd: string | null;
  readonly budgetHours: number | null;
};

export type PsaTicket = PsaRecord & {
  readonly summary: string | null;
  readonly status: PsaRef | null;
  readonly board: PsaRef | null;
  readonly project: PsaRef | null;
  readonly phase: PsaRef | null;
  readonly wbsCode: string | null;
  readonly owner: PsaRef | null;
  readonly priority: PsaRef | null;
  readonly budgetHours: number | null;
  readonly actualHours: number | null;
  readonly estimatedStart: string | null;
  readonly required: string | null;
  /** Member identifiers, as ConnectWise lists them. */
  readonly resources: readonly string[];
  readonly closed: boolean;
  readonly predecessor: {
    readonly kind: 'ticket' | 'phase';
    readonly id: number;
    readonly lagDays: number;
  } | null;
};

/** One person's planned time on something: a ticket, but also an activity or a service ticket. */
export type PsaScheduleEntry = PsaRecord & {
  /** What it plans: the id of a ticket or of an activity; which of them it is follows from who knows the id. */
  readonly objectId: number | null;
  /** False where its type says that it plans something else, an activity: their ids are no ticket's. */
  readonly onTicket: boolean;
  readonly member: PsaRef | null;
  readonly start: string | null;
  readonly end: string | null;
  readonly hours: number | null;
  readonly done: boolean;
  readonly type: PsaRef | null;
};

export type PsaTimeEntry = PsaRecord & {
  readonly projectId: number | null;
  readonly ticketId: number | null;
  readonly phaseId: number | null;
  readonly member: PsaRef | null;
  readonly start: string | null;
  readonly end: string | null;
  readonly hours: number | null;
  readonly workType: PsaRef | null;
  /** ConnectWise's word, e.g. `Billable`. */
  readonly billable: string | null;
  readonly notes: string | null;
};

export type PsaProjectNote = PsaRecord & {
  readonly text: string | null;
  readonly type: PsaRef | null;
  readonly flagged: boolean;
  /** Member identifier of who wrote it, and when. */
  readonly author: string | null;
  readonly writtenAt: string | null;
};

export type PsaTicketNote = PsaRecord & {
  readonly ticketId: number | null;
  readonly text: string | null;
  readonly use: 'discussion' | 'internal' | 'resolution';
  readonly author: string | null;
  readonly writtenAt: string | null;
};

export type PsaTeamMember = PsaRecord & {
  readonly member: PsaRef | null;
  readonly role: PsaRef | null;
  readonly hours: number | null;
  readonly start: string | null;
  readonly end: string | null;
};

/** What a scout needs to know of a record that changed. */
export type PsaChange = PsaRecord & {
  readonly projectId: number | null;
  /** Of schedule and time entries. */
  readonly ticketId: number | null;
};

/** The kinds of record that belong to a project. */
export type PsaKinds = {
  readonly phase: PsaPhase;
  readonly ticket: PsaTicket;
  readonly scheduleEntry: PsaScheduleEntry;
  readonly timeEntry: PsaTimeEntry;
  readonly projectNote: PsaProjectNote;
  readonly ticketNote: PsaTicketNote;
  readonly teamMember: PsaTeamMember;
};
export type PsaKind = keyof PsaKinds;

/** The kinds that ConnectWise can be asked for over all projects by time of change. */
export const scoutedKinds = ['project', 'ticket', 'scheduleEntry', 'timeEntry'] as const;
export type ScoutedKind = (typeof scoutedKinds)[number];

/** Set-up tables, companies and people: one form for all, since the plan only shows and refers to them. */
export type PsaTableRow = PsaRecord & {
  readonly name: string | null;
  /** Short form, of those that have one: a member's or a company's identifier. */
  readonly identifier: string | null;
  readonly inactive: boolean;
  /** What belongs to the table alone, e.g. `email`, `status`, `closed`, `boardId`; plain data. */
  readonly details: { readonly [field: string]: string | number | boolean | null };
};

/** The tables of the miscellaneous data sync. */
export const psaTables = [
  'company',
  'companyStatus',
  'noteType',
  'workType',
  'board',
  'boardStatus',
  'projectStatus',
  'phaseStatus',
  'member',
] as const;
export type PsaTable = (typeof psaTables)[number];

/**
 * What cwsync writes, in the port's terms: only what is to change. A reference needs its id; its name is not sent.
 * Nothing here is derived by ConnectWise.
 */
export type PsaChanges = {
  readonly project: Partial<
    Pick<PsaProject, 'name' | 'description' | 'status' | 'manager' | 'estimatedStart' | 'estimatedEnd'>
  >;
  readonly phase: Partial<
    Pick<
      PsaPhase,
      'name' | 'status' | 'scheduledStart' | 'scheduledEnd' | 'budgetHours' | 'wbsCode' | 'parent'
    >
  >;
  readonly ticket: Partial<
    Pick<
      PsaTicket,
      | 'summary'
      | 'status'
      | 'phase'
      | 'owner'
      | 'priority'
      | 'budgetHours'
      | 'estimatedStart'
      | 'required'
      | 'predecessor'
      | 'wbsCode'
    >
  >;
  readonly scheduleEntry: Partial<Pick<PsaScheduleEntry, 'member' | 'start' | 'end' | 'hours' | 'done'>> & {
    /** The member is put on the project's team with it, in this role, where it is not on it. */
    readonly joinTeamAs?: PsaRef;
  };
};
export type PatchableKind = keyof PsaChanges;

/** What a new record must have; the rest as in `PsaChanges`. */
export type PsaNew = {
  readonly project: Omit<PsaChanges['project'], 'name'> & {
    readonly name: string;
    readonly board: PsaRef;
    readonly company: PsaRef;
    readonly estimatedStart: string;
    readonly estimatedEnd: string;
  };
  readonly phase: PsaChanges['phase'] & { readonly name: string };
  readonly ticket: PsaChanges['ticket'] & { readonly summary: string; readonly phase: PsaRef };
  readonly scheduleEntry: PsaChanges['scheduleEntry'] & {
    readonly objectId: number;
    readonly member: PsaRef;
  };
  readonly timeEntry: {
    readonly ticketId: number;
    readonly member: PsaRef;
    readonly start: string;
    readonly end: string | null;
    readonly hours: number | null;
    readonly workType: PsaRef | null;
    readonly billable: string | null;
    readonly notes: string | null;
  };
  readonly projectNote: {
    readonly text: string;
    readonly type: PsaRef | null;
    readonly flagged: boolean;
  };
  readonly ticketNote: Pick<PsaTicketNote, 'use'> & { readonly text: string };
};
export type CreatableKind = keyof PsaNew;

export type PsaRecordOf<K extends PsaKind | 'project'> = K extends PsaKind ? PsaKinds[K] : PsaProject;
