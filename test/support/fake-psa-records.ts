import type {
  CreatableKind,
  PsaNew,
  PsaProject,
  PsaRecord,
  PsaRecordOf,
  PsaTicket,
} from '../../src/domain/psa-records.ts';

/** One write that `FakePsa` was asked for, in the port's terms. */
export type FakeWrite = {
  /** `patch ticket`, `create phase`, `remove scheduleEntry`. */
  readonly what: string;
  /** Of a new record the one it gets. */
  readonly id: number;
  readonly values: object;
};

export type FakeParent = { readonly project?: PsaProject; readonly ticket?: PsaTicket };

/** ConnectWise keeps no blanks at the ends of texts. */
export function trimmed(values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => [field, typeof value === 'string' ? value.trim() : value]),
  );
}

type Made = { readonly [K in CreatableKind]: Omit<PsaRecordOf<K>, keyof PsaRecord | keyof PsaNew[K]> };

/** A new record as ConnectWise would show it: `values` and what it adds to them. */
export function madeRecord(
  kind: CreatableKind,
  values: object,
  stamps: PsaRecord,
  { project, ticket }: FakeParent,
): PsaRecord {
  const nothing = { board: null, status: null, actualHours: null, budgetHours: null, closed: false };
  const written = { author: stamps.updatedBy, writtenAt: stamps.lastUpdated };
  const added: Made = {
    project: { ...nothing, actualEnd: null, percentComplete: null },
    phase: {},
    ticket: {
      ...nothing,
      board: project?.board ?? null,
      project: project === undefined ? null : { id: project.id, name: project.name },
      resources: [],
    },
    scheduleEntry: { onTicket: true, type: { id: 4, name: 'Service' } },
    timeEntry: { projectId: ticket?.project?.id ?? null, phaseId: ticket?.phase?.id ?? null },
    projectNote: written,
    ticketNote: { ...written, ticketId: ticket?.id ?? null },
  };
  const { joinTeamAs: _, ...stored } = { ...optional[kind], ...values, joinTeamAs: undefined };
  const place = kind === 'phase' || kind === 'projectNote' ? { inProject: project?.id } : {};
  return { ...added[kind], ...stored, ...place, ...stamps };
}

/** What need not be given. */
const optional: { readonly [K in CreatableKind]: Partial<PsaNew[K]> } = {
  project: { description: null, status: null, manager: null },
  phase: {
    status: null,
    scheduledStart: null,
    scheduledEnd: null,
    budgetHours: null,
    wbsCode: null,
    parent: null,
  },
  ticket: {
    status: null,
    owner: null,
    priority: null,
    budgetHours: null,
    estimatedStart: null,
    required: null,
    predecessor: null,
    wbsCode: null,
  },
  scheduleEntry: { start: null, end: null, hours: null, done: false },
  timeEntry: {},
  projectNote: {},
  ticketNote: {},
};
