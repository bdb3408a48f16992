import type { PsaPhase, PsaProject, PsaRef, PsaTicket } from '../../src/ports/psa.ts';
import type { PhaseData, ProjectData, TicketData } from './schemas.ts';

type Reference = { readonly id: number; readonly name: string | null } | null;

export function projectFrom(data: ProjectData): PsaProject {
  return {
    id: data.id,
    ...data._info,
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
    // As ConnectWise gives it: whether 0 to 1 or 0 to 100 is documented nowhere.
    percentComplete: data.percentComplete,
  };
}

export function phaseFrom(data: PhaseData): PsaPhase {
  return {
    id: data.id,
    ...data._info,
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
    id: data.id,
    ...data._info,
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
