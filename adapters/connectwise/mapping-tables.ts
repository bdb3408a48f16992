/** From ConnectWise's set-up tables, companies and people, and from its lists of changes, to the rows of the port. */

import type { z } from 'zod';
import type { PsaChange, PsaTableRow } from '../../src/domain/psa-records.ts';
import { chargedTicket, recordFrom } from './mapping.ts';
import type * as schemas from './schemas.ts';

type Of<S extends z.ZodType> = z.output<S>;
type Common = Parameters<typeof recordFrom>[0] & {
  readonly name: string | null;
  readonly identifier?: string | null;
  readonly inactiveFlag?: boolean;
};

function rowFrom(data: Common, details: PsaTableRow['details']): PsaTableRow {
  return {
    ...recordFrom(data),
    name: data.name,
    identifier: data.identifier ?? null,
    inactive: data.inactiveFlag ?? false,
    details,
  };
}

export function companyFrom(data: Of<typeof schemas.companySchema>): PsaTableRow {
  const { status, deletedFlag } = data;
  return rowFrom(data, {
    status: status?.name ?? null,
    statusId: status?.id ?? null,
    deleted: deletedFlag,
  });
}

export function companyStatusFrom(data: Of<typeof schemas.companyStatusSchema>): PsaTableRow {
  return rowFrom(data, { isDefault: data.defaultFlag });
}

export function noteTypeFrom(data: Of<typeof schemas.noteTypeSchema>): PsaTableRow {
  return rowFrom(data, { isDefault: data.defaultFlag });
}

export function workTypeFrom(data: Of<typeof schemas.workTypeSchema>): PsaTableRow {
  return rowFrom(data, { billTime: data.billTime, isDefault: data.overallDefaultFlag });
}

export function boardFrom(data: Of<typeof schemas.boardSchema>): PsaTableRow {
  return rowFrom(data, {});
}

/** @param board the one it was asked for: not every answer names it */
export function boardStatusFrom(board: number) {
  return (data: Of<typeof schemas.boardStatusSchema>): PsaTableRow =>
    rowFrom(
      { ...data, inactiveFlag: data.inactive },
      {
        boardId: board,
        closed: data.closedStatus,
        escalation: data.escalationStatus,
        sortOrder: data.sortOrder,
        isDefault: data.defaultFlag,
      },
    );
}

export function projectStatusFrom(data: Of<typeof schemas.projectStatusSchema>): PsaTableRow {
  return rowFrom(data, { closed: data.closedFlag, isDefault: data.defaultFlag });
}

export function memberInfoFrom(data: Of<typeof schemas.memberInfoSchema>): PsaTableRow {
  return memberRow({ ...data, name: data.fullName ?? fullName(data), email: data.defaultEmail });
}

export function memberFrom(data: Of<typeof schemas.memberSchema>): PsaTableRow {
  return memberRow({ ...data, name: fullName(data), email: data.officeEmail ?? data.primaryEmail });
}

/** Members of this licence class are programs, not people. */
const apiLicense = 'A';

function memberRow(data: Common & { email: string | null; licenseClass: string | null }): PsaTableRow {
  const { email, licenseClass } = data;
  return rowFrom(data, { email, licenseClass, isApi: licenseClass === apiLicense });
}

function fullName({ firstName, lastName }: { firstName: string | null; lastName: string | null }) {
  const name = [firstName, lastName].filter((part) => part !== null && part.trim() !== '').join(' ');
  return name === '' ? null : name;
}

export function projectChangeFrom(data: Of<typeof schemas.projectChangeSchema>): PsaChange {
  return { ...recordFrom(data), projectId: data.id, ticketId: null };
}

export function ticketChangeFrom(data: Of<typeof schemas.ticketChangeSchema>): PsaChange {
  return { ...recordFrom(data), projectId: data.project?.id ?? null, ticketId: null };
}

export function scheduleEntryChangeFrom(data: Of<typeof schemas.scheduleEntryChangeSchema>): PsaChange {
  return { ...recordFrom(data), projectId: null, ticketId: data.objectId };
}

export function timeEntryChangeFrom(data: Of<typeof schemas.timeEntryChangeSchema>): PsaChange {
  return { ...recordFrom(data), projectId: data.project?.id ?? null, ticketId: chargedTicket(data) };
}
