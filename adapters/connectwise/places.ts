/** Where in ConnectWise the records of a kind are: paths below `/apis/3.0`, and what narrows them to a scope. */

import type { PsaKind, PsaTable, ScoutedKind } from '../../src/domain/psa-records.ts';
import type { PsaScope } from '../../src/ports/psa.ts';
import type { Listing } from './client.ts';
import { type Condition, eq, isIn } from './conditions.ts';
import { timeEntryProjectField } from './inferred.ts';

/** A schedule entry names the ticket, or the activity or service ticket, that it plans. */
export const ticketsField = 'objectId';

const ticketsPath = '/project/tickets';
const scheduleEntriesPath = '/schedule/entries';
const timeEntriesPath = '/time/entries';

export type Place = Pick<Listing, 'path'> & { readonly condition: Condition | undefined };

const places: { readonly [K in PsaKind]: (scope: PsaScope) => Place } = {
  phase: (scope) => below(projectPath(scope), 'phases'),
  projectNote: (scope) => below(projectPath(scope), 'notes'),
  teamMember: (scope) => below(projectPath(scope), 'teamMembers'),
  ticketNote: (scope) => below(ticketPath(scope), 'notes'),
  ticket: ({ project }) => ({
    path: ticketsPath,
    condition: project === undefined ? undefined : eq('project/id', project),
  }),
  timeEntry: ({ project }) => ({
    path: timeEntriesPath,
    condition: project === undefined ? undefined : eq(timeEntryProjectField, project),
  }),
  scheduleEntry: ({ tickets }) => ({
    path: scheduleEntriesPath,
    condition: tickets === undefined ? undefined : isIn(ticketsField, tickets),
  }),
};

/** @throws TypeError when the scope lacks the project or ticket that the kind belongs to */
export function placeOf(kind: PsaKind, scope: PsaScope): Place {
  return places[kind](scope);
}

export const changePaths: { readonly [K in ScoutedKind]: string } = {
  project: '/project/projects',
  ticket: ticketsPath,
  scheduleEntry: scheduleEntriesPath,
  timeEntry: timeEntriesPath,
};

export const tablePlaces: { readonly [T in Exclude<PsaTable, 'boardStatus'>]: Listing } = {
  company: { path: '/company/companies' },
  companyStatus: { path: '/company/companies/statuses' },
  noteType: { path: '/company/noteTypes' },
  workType: { path: '/time/workTypes' },
  // Boards of projects are boards of the service desk with a flag.
  board: { path: '/service/boards', condition: eq('projectFlag', true) },
  projectStatus: { path: '/project/statuses' },
  phaseStatus: { path: '/project/phaseStatuses' },
  member: { path: '/system/info/members' },
};

export const fullMembersPath = '/system/members';

function below(parent: string, name: string): Place {
  return { path: `${parent}/${name}`, condition: undefined };
}

function projectPath({ project }: PsaScope): string {
  if (project === undefined) throw new TypeError('records that belong to a project need the project');
  return `/project/projects/${project}`;
}

function ticketPath({ ticket }: PsaScope): string {
  if (ticket === undefined) throw new TypeError('the notes of a ticket need the ticket');
  return `/project/tickets/${ticket}`;
}
