import type {
  PsaPhase,
  PsaProject,
  PsaProjectNote,
  PsaScheduleEntry,
  PsaTableRow,
  PsaTeamMember,
  PsaTicket,
  PsaTicketNote,
  PsaTimeEntry,
} from '../../src/domain/psa-records.ts';

const record = { lastUpdated: '2026-01-05T08:00:00Z', updatedBy: 'mlopez' };

export function makePsaProject(given: Partial<PsaProject> = {}): PsaProject {
  return {
    ...record,
    id: 1042,
    name: 'Office move',
    description: 'All of it',
    status: { id: 1, name: 'Open' },
    closed: false,
    board: { id: 7, name: 'Projects' },
    company: { id: 30, name: 'Contoso' },
    manager: { id: 5, name: 'Maria Lopez' },
    estimatedStart: '2026-01-01T00:00:00Z',
    estimatedEnd: '2026-06-30T00:00:00Z',
    actualEnd: null,
    actualHours: 12.5,
    budgetHours: 100,
    percentComplete: 0.25,
    ...given,
  };
}

export function makePsaPhase(given: Partial<PsaPhase> = {}): PsaPhase {
  return {
    ...record,
    id: 201,
    name: 'Plan',
    parent: null,
    wbsCode: '1',
    status: { id: 1, name: 'Open' },
    scheduledStart: '2026-01-01T00:00:00Z',
    scheduledEnd: '2026-02-01T00:00:00Z',
    budgetHours: 20,
    ...given,
  };
}

export function makePsaTicket(given: Partial<PsaTicket> = {}): PsaTicket {
  return {
    ...record,
    id: 4711,
    summary: 'Order desks',
    status: { id: 2, name: 'New' },
    board: { id: 7, name: 'Projects' },
    project: { id: 1042, name: 'Office move' },
    phase: { id: 201, name: 'Plan' },
    wbsCode: '1.1',
    owner: { id: 5, name: 'Maria Lopez' },
    priority: { id: 3, name: 'High' },
    budgetHours: 4,
    actualHours: 1,
    estimatedStart: '2026-01-02T00:00:00Z',
    required: '2026-01-20T00:00:00Z',
    resources: ['mlopez'],
    closed: false,
    predecessor: { kind: 'ticket', id: 4710, lagDays: 2 },
    ...given,
  };
}

export function makePsaScheduleEntry(given: Partial<PsaScheduleEntry> = {}): PsaScheduleEntry {
  return {
    ...record,
    id: 7001,
    objectId: 4711,
    onTicket: true,
    member: { id: 5, name: 'Maria Lopez' },
    start: '2026-01-12T13:00:00Z',
    end: '2026-01-12T15:00:00Z',
    hours: 2,
    done: false,
    type: { id: 4, name: 'Service' },
    ...given,
  };
}

export function makePsaTimeEntry(given: Partial<PsaTimeEntry> = {}): PsaTimeEntry {
  return {
    ...record,
    id: 8001,
    projectId: 1042,
    ticketId: 4711,
    phaseId: 201,
    member: { id: 5, name: 'Maria Lopez' },
    start: '2026-01-12T13:00:00Z',
    end: '2026-01-12T14:30:00Z',
    hours: 1.5,
    workType: { id: 2, name: 'Regular' },
    billable: 'Billable',
    notes: 'Ordered',
    ...given,
  };
}

export function makePsaProjectNote(given: Partial<PsaProjectNote> = {}): PsaProjectNote {
  return {
    ...record,
    id: 9001,
    text: 'Landlord agreed',
    type: { id: 3, name: 'Update' },
    flagged: false,
    author: 'mlopez',
    writtenAt: '2026-01-05T08:00:00Z',
    ...given,
  };
}

export function makePsaTicketNote(given: Partial<PsaTicketNote> = {}): PsaTicketNote {
  return {
    ...record,
    id: 9501,
    ticketId: 4711,
    text: 'Delivery on Friday',
    use: 'discussion',
    author: 'mlopez',
    writtenAt: '2026-01-05T08:00:00Z',
    ...given,
  };
}

export function makePsaTeamMember(given: Partial<PsaTeamMember> = {}): PsaTeamMember {
  return {
    ...record,
    id: 6001,
    member: { id: 5, name: 'Maria Lopez' },
    role: { id: 1, name: 'Project Manager' },
    hours: 40,
    start: null,
    end: null,
    ...given,
  };
}

/** A row of any set-up table; what belongs to the table alone goes into `details`. */
export function makePsaTableRow(given: Partial<PsaTableRow> = {}): PsaTableRow {
  return {
    ...record,
    id: 30,
    name: 'Contoso',
    identifier: 'contoso',
    inactive: false,
    details: {},
    ...given,
  };
}
