/**
 * The rights of a ConnectWise security role by which a kind of record or a table is read, as ConnectWise's own page
 * of a security role names them: module, then action. Each is needed at level Inquire › All.
 */
import type { PsaKind, PsaTable } from './psa-records.ts';

export type ReadKind = 'project' | PsaKind | PsaTable;

const tableSetup = 'System › Table Setup';

export const psaRights: { readonly [kind in ReadKind]: string } = {
  project: 'Project › Project Headers',
  phase: 'Project › Project Phase',
  ticket: 'Project › Project Tickets',
  teamMember: 'Project › Project Teams',
  scheduleEntry: 'Service Desk › Resource Scheduling',
  timeEntry: 'Time & Expense › Time Entry',
  projectNote: 'Project › Project Notes',
  ticketNote: 'Project › Project Tickets',
  company: 'Companies › Company Maintenance',
  companyStatus: tableSetup,
  noteType: tableSetup,
  workType: tableSetup,
  board: tableSetup,
  boardStatus: tableSetup,
  projectStatus: tableSetup,
  phaseStatus: tableSetup,
  member: 'System › Member Maintenance',
};

/** In people's words, many of them. */
export const psaKindWords: { readonly [kind in ReadKind]: string } = {
  project: 'projects',
  phase: 'phases',
  ticket: 'project tickets',
  teamMember: 'project teams',
  scheduleEntry: 'schedule entries',
  timeEntry: 'time entries',
  projectNote: 'project notes',
  ticketNote: 'ticket notes',
  company: 'companies',
  companyStatus: 'company statuses',
  noteType: 'note categories',
  workType: 'work types',
  board: 'project boards',
  boardStatus: 'board statuses',
  projectStatus: 'project statuses',
  phaseStatus: 'phase statuses',
  member: 'members',
};
