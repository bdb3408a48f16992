import type { ReadableStore, Row } from '../world/record-store.ts';
import type { Member } from '../world/records.ts';
import type { StoreName, Stores } from '../world/stores.ts';

/** What a security role can allow or withhold. */
export const ENTITIES = [
  'projects',
  'phases',
  'tickets',
  'scheduleEntries',
  'timeEntries',
  'projectNotes',
  'ticketNotes',
  'teamMembers',
  'members',
  'companies',
  'boards',
  'boardStatuses',
  'projectStatuses',
  'phaseStatuses',
  'companyStatuses',
  'noteTypes',
  'workTypes',
  'workRoles',
  'scheduleTypes',
  'scheduleStatuses',
  'projectRoles',
] as const;
export type Entity = (typeof ENTITIES)[number];

/** What a security role can allow or withhold of an entity, each by itself. */
export const RIGHTS = ['inquire', 'add', 'edit', 'delete'] as const;
export type Right = (typeof RIGHTS)[number];
/** A right to write that the API member lacks: `tickets:edit`. */
export type WithheldWrite = `${Entity}:${Exclude<Right, 'inquire'>}`;

/** A kind of record of the API. A new kind is one more entry in `KINDS`. */
export type Kind = {
  /** `{parentId}` stands for the id of the record it belongs to. */
  readonly path: string;
  /** As in "Ticket 5 not found". */
  readonly label: string;
  readonly store: StoreName;
  readonly entity: Entity;
  /** Whether POST `{path}/search` exists. */
  readonly searchable?: boolean;
  /** The store of the record it belongs to, and the index that finds its rows. */
  readonly parent?: { readonly store: StoreName; readonly label: string; readonly index: string };
  /** The record as this path shows it, where that is not as it is stored. */
  readonly view?: (row: Row) => Row;
};

function memberInfo(row: Row): Row {
  const { id, identifier, firstName, lastName, primaryEmail, licenseClass, inactiveFlag, _info } =
    row as Member;
  const fullName = `${firstName} ${lastName}`;
  return {
    id,
    identifier,
    firstName,
    lastName,
    fullName,
    defaultEmail: primaryEmail,
    licenseClass,
    inactiveFlag,
    _info,
  } as Row;
}

const PROJECT_PARENT = { store: 'projects', label: 'Project', index: 'projectid' } as const;
const TICKET_PARENT = { store: 'tickets', label: 'Ticket', index: 'ticketid' } as const;
const BOARD_PARENT = { store: 'boards', label: 'Board', index: 'board/id' } as const;

export const KINDS: readonly Kind[] = [
  { path: '/project/projects', label: 'Project', store: 'projects', entity: 'projects' },
  {
    path: '/project/projects/{parentId}/phases',
    label: 'Phase',
    store: 'phases',
    entity: 'phases',
    parent: PROJECT_PARENT,
  },
  { path: '/project/tickets', label: 'Ticket', store: 'tickets', entity: 'tickets', searchable: true },
  { path: '/project/statuses', label: 'Status', store: 'projectStatuses', entity: 'projectStatuses' },
  { path: '/project/phaseStatuses', label: 'PhaseStatus', store: 'phaseStatuses', entity: 'phaseStatuses' },
  { path: '/service/tickets', label: 'Ticket', store: 'serviceTickets', entity: 'tickets', searchable: true },
  { path: '/service/boards', label: 'Board', store: 'boards', entity: 'boards' },
  {
    path: '/service/boards/{parentId}/statuses',
    label: 'Status',
    store: 'boardStatuses',
    entity: 'boardStatuses',
    parent: BOARD_PARENT,
  },
  { path: '/system/members', label: 'Member', store: 'members', entity: 'members' },
  {
    path: '/system/info/members',
    label: 'Member',
    store: 'members',
    entity: 'members',
    view: memberInfo,
  },
  { path: '/company/companies', label: 'Company', store: 'companies', entity: 'companies' },
  {
    path: '/project/projects/{parentId}/notes',
    label: 'Note',
    store: 'projectNotes',
    entity: 'projectNotes',
    parent: PROJECT_PARENT,
  },
  {
    path: '/project/projects/{parentId}/teamMembers',
    label: 'TeamMember',
    store: 'teamMembers',
    entity: 'teamMembers',
    parent: PROJECT_PARENT,
  },
  {
    path: '/project/tickets/{parentId}/notes',
    label: 'Note',
    store: 'ticketNotes',
    entity: 'ticketNotes',
    parent: TICKET_PARENT,
  },
  { path: '/schedule/entries', label: 'ScheduleEntry', store: 'scheduleEntries', entity: 'scheduleEntries' },
  { path: '/schedule/types', label: 'ScheduleType', store: 'scheduleTypes', entity: 'scheduleTypes' },
  {
    path: '/schedule/statuses',
    label: 'ScheduleStatus',
    store: 'scheduleStatuses',
    entity: 'scheduleStatuses',
  },
  { path: '/time/entries', label: 'TimeEntry', store: 'timeEntries', entity: 'timeEntries' },
  { path: '/time/workTypes', label: 'WorkType', store: 'workTypes', entity: 'workTypes' },
  { path: '/time/workRoles', label: 'WorkRole', store: 'workRoles', entity: 'workRoles' },
  { path: '/company/noteTypes', label: 'NoteType', store: 'noteTypes', entity: 'noteTypes' },
  {
    path: '/company/companies/statuses',
    label: 'CompanyStatus',
    store: 'companyStatuses',
    entity: 'companyStatuses',
  },
  { path: '/project/securityRoles', label: 'SecurityRole', store: 'projectRoles', entity: 'projectRoles' },
];

export function storeOf(kind: Kind, stores: Stores): ReadableStore {
  return stores[kind.store];
}

export type Action =
  | { readonly kind: 'list' | 'count' | 'search' }
  | { readonly kind: 'one'; readonly id: number };
export type Target = { readonly kind: Kind; readonly parentId: number | null; readonly action: Action };

const MAXIMUM_ID = 2_147_483_647;

function readId(text: string): number | null {
  if (!/^\d{1,10}$/.test(text)) return null;
  const id = Number(text);
  return id <= MAXIMUM_ID ? id : null;
}

function actionOf(kind: Kind, rest: readonly string[]): Action | null {
  const [word] = rest;
  if (word === undefined) return { kind: 'list' };
  if (rest.length > 1) return null;
  if (word === 'count') return { kind: 'count' };
  if (word === 'search' && kind.searchable) return { kind: 'search' };
  const id = readId(word);
  return id === null ? null : { kind: 'one', id };
}

function matchKind(kind: Kind, parts: readonly string[]): Target | null {
  const pattern = kind.path.slice(1).split('/');
  let parentId: number | null = null;
  for (const [index, name] of pattern.entries()) {
    const part = parts[index];
    if (part === undefined) return null;
    if (name === '{parentId}') parentId = readId(part);
    else if (name !== part) return null;
  }
  if (kind.parent && parentId === null) return null;
  const action = actionOf(kind, parts.slice(pattern.length));
  return action && { kind, parentId, action };
}

/** What a path below `/apis/3.0` means, or null when there is no such endpoint. */
export function findTarget(path: string): Target | null {
  const parts = path.split('/').filter((part) => part !== '');
  for (const kind of KINDS) {
    const target = matchKind(kind, parts);
    if (target) return target;
  }
  return null;
}
