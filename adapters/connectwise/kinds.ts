/**
 * What ConnectWise is asked for, as tables: a row is one kind of record with the schema that reads it, the form in
 * which it is handed on, and how many rows a page of it has.
 */

import type { z } from 'zod';
import type {
  PsaChange,
  PsaKind,
  PsaKinds,
  PsaTable,
  PsaTableRow,
  ScoutedKind,
} from '../../src/domain/psa-records.ts';
import * as from from './mapping.ts';
import * as row from './mapping-tables.ts';
import * as schemas from './schemas.ts';
import { fieldsOf } from './schemas.ts';

export type Kind<T> = {
  /** As in the request log and in failures, e.g. `ticket`; of records and tables the name the port has for them. */
  readonly entity: string;
  readonly read: (record: unknown) => z.ZodSafeParseResult<T>;
  /** The value of the `fields` parameter. */
  readonly fields: string;
  /** Rows a page at first; the client's own number when absent. */
  readonly pageSize?: number;
};

/**
 * Rows a page where they are not the client's 250: as many as weigh no more than 250 tickets, measured in the
 * simulator. A ticket or time entry is 0.55 kB, a schedule entry 0.29 kB, a change 0.12 kB. Larger pages of tickets
 * would save requests, too, but hosted tenants were seen to time out on them, and a time-out costs 30 seconds.
 */
const rowsPerPage = { scheduleEntry: 500, change: 1_000 } as const;

export function kind<S extends z.ZodObject, T>(
  entity: string,
  schema: S,
  map: (data: z.output<S>) => T,
  pageSize?: number,
): Kind<T> {
  const mapped = schema.transform(map);
  return {
    entity,
    read: (record) => mapped.safeParse(record),
    fields: fieldsOf(schema),
    ...(pageSize === undefined ? {} : { pageSize }),
  };
}

export const systemInfoKind = kind('system info', schemas.systemInfoSchema, ({ version }) => ({ version }));
export const projectKind = kind('project', schemas.projectSchema, from.projectFrom);

export const recordKinds: { readonly [K in PsaKind]: Kind<PsaKinds[K]> } = {
  phase: kind('phase', schemas.phaseSchema, from.phaseFrom),
  ticket: kind('ticket', schemas.ticketSchema, from.ticketFrom),
  scheduleEntry: kind(
    'scheduleEntry',
    schemas.scheduleEntrySchema,
    from.scheduleEntryFrom,
    rowsPerPage.scheduleEntry,
  ),
  timeEntry: kind('timeEntry', schemas.timeEntrySchema, from.timeEntryFrom),
  projectNote: kind('projectNote', schemas.projectNoteSchema, from.projectNoteFrom),
  ticketNote: kind('ticketNote', schemas.ticketNoteSchema, from.ticketNoteFrom),
  teamMember: kind('teamMember', schemas.teamMemberSchema, from.teamMemberFrom),
};

export const changeKinds: { readonly [K in ScoutedKind]: Kind<PsaChange> } = {
  project: kind('project', schemas.projectChangeSchema, row.projectChangeFrom, rowsPerPage.change),
  ticket: kind('ticket', schemas.ticketChangeSchema, row.ticketChangeFrom, rowsPerPage.change),
  scheduleEntry: kind(
    'scheduleEntry',
    schemas.scheduleEntryChangeSchema,
    row.scheduleEntryChangeFrom,
    rowsPerPage.change,
  ),
  timeEntry: kind('timeEntry', schemas.timeEntryChangeSchema, row.timeEntryChangeFrom, rowsPerPage.change),
};

/** Statuses belong to a board, so their kind is made for one. */
export type PlainTable = Exclude<PsaTable, 'boardStatus'>;

export const tableKinds: { readonly [T in PlainTable]: Kind<PsaTableRow> } = {
  company: kind('company', schemas.companySchema, row.companyFrom),
  companyStatus: kind('companyStatus', schemas.companyStatusSchema, row.companyStatusFrom),
  noteType: kind('noteType', schemas.noteTypeSchema, row.noteTypeFrom),
  workType: kind('workType', schemas.workTypeSchema, row.workTypeFrom),
  board: kind('board', schemas.boardSchema, row.boardFrom),
  projectStatus: kind('projectStatus', schemas.projectStatusSchema, row.projectStatusFrom),
  phaseStatus: kind('phaseStatus', schemas.projectStatusSchema, row.projectStatusFrom),
  member: kind('member', schemas.memberInfoSchema, row.memberInfoFrom),
};

export function boardStatusKind(board: number): Kind<PsaTableRow> {
  return kind('boardStatus', schemas.boardStatusSchema, row.boardStatusFrom(board));
}

/** Whether a record is there, whatever else is in it. */
export function anyRecordOf(entity: string): Kind<{ readonly id: number }> {
  return kind(entity, schemas.anyRecordSchema, ({ id }) => ({ id }));
}

/** The same people from the set-up table, which takes more rights. */
export const fullMemberKind = kind('member', schemas.memberSchema, row.memberFrom);
