/** From ConnectWise's records to those of the port. */

import type { z } from 'zod';
import type {
  PsaPhase,
  PsaProject,
  PsaProjectNote,
  PsaRecord,
  PsaRef,
  PsaScheduleEntry,
  PsaTeamMember,
  PsaTicket,
  PsaTicketNote,
  PsaTimeEntry,
} from '../../src/domain/psa-records.ts';
import { activityScheduleType, percentCompleteOfAll } from './inferred.ts';
import type * as schemas from './schemas.ts';

type Of<S extends z.ZodType> = z.output<S>;
type TicketData = Of<typeof schemas.ticketSchema>;

type Reference = { readonly id: number; readonly name: string | null } | null;

export function projectFrom(data: Of<typeof schemas.projectSchema>): PsaProject {
  return {
    ...madeRecordFrom(data),
    name: data.name,
    description: data.description,
    status: refFrom(data.status),
    closed: data.closedFlag,
    board: refFrom(data.board),
    company: refFrom(data.company),
    manager: refFrom(data.manager),
    estimatedStart: data.estimatedStart,
    estimatedEnd: data.estimatedEnd,
    actualEnd: data.actualEnd,
    actualHours: data.actualHours,
    budgetHours: data.budgetHours,
    percentComplete: data.percentComplete === null ? null : data.percentComplete / percentCompleteOfAll,
  };
}

export function phaseFrom(data: Of<typeof schemas.phaseSchema>): PsaPhase {
  return {
    ...madeRecordFrom(data),
    // What people see as the phase's name is called description.
    name: data.description,
    parent: refFrom(data.parentPhase),
    wbsCode: data.wbsCode,
    status: refFrom(data.status),
    scheduledStart: data.scheduledStart,
    scheduledEnd: data.scheduledEnd,
    budgetHours: data.budgetHours,
  };
}

export function ticketFrom(data: TicketData): PsaTicket {
  return {
    ...madeRecordFrom(data),
    summary: data.summary,
    status: refFrom(data.status),
    board: refFrom(data.board),
    project: refFrom(data.project),
    phase: refFrom(data.phase),
    wbsCode: data.wbsCode,
    owner: refFrom(data.owner),
    priority: refFrom(data.priority),
    budgetHours: data.budgetHours,
    actualHours: data.actualHours,
    estimatedStart: data.estimatedStartDate,
    required: data.requiredDate,
    resources: identifiersIn(data.resources),
    closed: data.closedFlag,
    predecessor: predecessorOf(data),
  };
}

export function scheduleEntryFrom(data: Of<typeof schemas.scheduleEntrySchema>): PsaScheduleEntry {
  return {
    ...madeRecordFrom(data),
    objectId: data.objectId,
    onTicket: data.type?.identifier?.toUpperCase() !== activityScheduleType,
    member: refFrom(data.member),
    start: data.dateStart,
    end: data.dateEnd,
    hours: data.hours,
    done: data.doneFlag,
    type: refFrom(data.type),
  };
}

export function timeEntryFrom(data: Of<typeof schemas.timeEntrySchema>): PsaTimeEntry {
  return {
    ...madeRecordFrom(data),
    projectId: data.project?.id ?? null,
    ticketId: chargedTicket(data),
    phaseId: data.phase?.id ?? null,
    member: refFrom(data.member),
    start: data.timeStart,
    end: data.timeEnd,
    hours: data.actualHours,
    workType: refFrom(data.workType),
    billable: data.billableOption,
    notes: data.notes,
  };
}

export function projectNoteFrom(data: Of<typeof schemas.projectNoteSchema>): PsaProjectNote {
  return {
    ...madeRecordFrom(data),
    text: data.text,
    type: refFrom(data.type),
    flagged: data.flagged,
    // There is no author among the fields of the note itself.
    author: data._info.enteredBy ?? data._info.updatedBy,
    writtenAt: data._info.dateEntered,
  };
}

export function ticketNoteFrom(data: Of<typeof schemas.ticketNoteSchema>): PsaTicketNote {
  return {
    ...madeRecordFrom(data),
    ticketId: data.ticketId,
    text: data.text,
    use: noteUse(data),
    author: data.member?.identifier ?? data._info.enteredBy ?? data._info.updatedBy,
    writtenAt: data._info.dateEntered,
  };
}

export function teamMemberFrom(data: Of<typeof schemas.teamMemberSchema>): PsaTeamMember {
  return {
    ...recordFrom(data),
    member: refFrom(data.member),
    role: refFrom(data.projectRole),
    hours: data.hours,
    start: data.startDate,
    end: data.endDate,
  };
}

/** Without what is of some kinds only: who entered it, and when. */
export function recordFrom({ id, _info }: { id: number; _info: Stamps }): PsaRecord {
  return { id, lastUpdated: _info.lastUpdated, updatedBy: _info.updatedBy };
}

type Stamps = Pick<PsaRecord, 'lastUpdated' | 'updatedBy'>;
type Entered = { readonly enteredBy: string | null; readonly dateEntered: string | null };

function madeRecordFrom({ id, _info }: { id: number; _info: Stamps & Entered }): PsaRecord {
  const { enteredBy: by, dateEntered: at } = _info;
  return { ...recordFrom({ id, _info }), entered: { by, at } };
}

type Charge = Pick<Of<typeof schemas.timeEntrySchema>, 'ticket' | 'chargeToId' | 'chargeToType'>;

/** Not every entry on a ticket names it as such, but what it is charged to, it always says. */
export function chargedTicket({ ticket, chargeToId, chargeToType }: Charge): number | null {
  if (ticket !== null) return ticket.id;
  return chargeToType?.toLowerCase() === 'projectticket' ? chargeToId : null;
}

/** Several flags may be set: the narrowest circle of readers counts. */
function noteUse(data: Of<typeof schemas.ticketNoteSchema>): PsaTicketNote['use'] {
  if (data.internalAnalysisFlag) return 'internal';
  return data.resolutionFlag ? 'resolution' : 'discussion';
}

function refFrom(reference: Reference): PsaRef | null {
  return reference === null ? null : { id: reference.id, name: reference.name };
}

/** ConnectWise lists members as `User1, User10`. */
function identifiersIn(resources: string | null): string[] {
  return (resources ?? '')
    .split(',')
    .map((identifier) => identifier.trim())
    .filter((identifier) => identifier !== '');
}

function predecessorOf({ predecessorType, predecessorId, lagDays }: TicketData): PsaTicket['predecessor'] {
  const kind = predecessorType?.toLowerCase();
  if ((kind !== 'ticket' && kind !== 'phase') || predecessorId === null || predecessorId < 1) return null;
  return { kind, id: predecessorId, lagDays: lagDays ?? 0 };
}
