import type { BoardStatus, Company, Member, NoteType, WorkType } from './records.ts';
import { Refusal } from './refusal.ts';
import {
  type BoardStatusChanges,
  boardStatusChangesSchema,
  type CompanyChanges,
  companyChangesSchema,
  type MemberChanges,
  memberChangesSchema,
  type NewBoardStatus,
  type NewCompany,
  type NewMember,
  type NewNoteType,
  type NewWorkType,
  type NoteTypeChanges,
  newBoardStatusSchema,
  newCompanySchema,
  newMemberSchema,
  newNoteTypeSchema,
  newWorkTypeSchema,
  noteTypeChangesSchema,
  type WorkTypeChanges,
  workTypeChangesSchema,
} from './setup-changes.ts';
import { type CounterName, chooseByName, type RowOf, type WorldCore } from './world-core.ts';

type Unique = { readonly id: number; readonly name?: string; readonly identifier?: string };

function refuseTwin(rows: readonly Unique[], key: 'name' | 'identifier', value: string, id: number): void {
  const twin = rows.find((row) => row.id !== id && row[key]?.toLowerCase() === value.toLowerCase());
  if (twin) throw new Refusal('invalid', `${JSON.stringify(value)} is there already`);
}

/** Only what was given: a change that was left out is not one to nothing. */
function given<T extends object>(changes: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** A new row stands in references at once, so that a later change of its name is seen there. */
function keep<N extends CounterName>(world: WorldCore, name: N, row: RowOf<N>, by: string): RowOf<N> {
  world.references.to(name, row);
  return world.added(name, row, by);
}

export function addMember(world: WorldCore, person: string, input: NewMember): Member {
  const by = world.person(person).identifier;
  const { identifier, firstName, lastName, inactiveFlag, dailyCapacity } = newMemberSchema.parse(input);
  refuseTwin(world.stores.members.rows(), 'identifier', identifier, 0);
  const email = `${identifier}@msp.example`;
  const made: Member = {
    id: world.counters.members + 1,
    identifier,
    firstName,
    lastName,
    licenseClass: 'F',
    officeEmail: email,
    primaryEmail: email,
    inactiveFlag: inactiveFlag ?? false,
    dailyCapacity: dailyCapacity ?? null,
    _info: world.newInfo(by),
  };
  return keep(world, 'members', made, by);
}

export function editMember(world: WorldCore, person: string, id: number, changes: MemberChanges): Member {
  const by = world.person(person).identifier;
  const before = world.require('members', id);
  const after = {
    ...before,
    ...given(memberChangesSchema.parse(changes)),
    _info: world.stamped(before._info, by),
  };
  return world.updated('members', after, by);
}

/** Records go on naming the member: references to what is gone dangle, as they do in grown data. */
export function deleteMember(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const member = world.require('members', id);
  if (member.licenseClass === 'A') throw new Refusal('invalid', 'the keys of the API belong to this member');
  world.deleted('members', id, by);
}

export function addCompany(world: WorldCore, person: string, input: NewCompany): Company {
  const by = world.person(person).identifier;
  const { identifier, name, status, city } = newCompanySchema.parse(input);
  refuseTwin(world.stores.companies.rows(), 'identifier', identifier, 0);
  const statuses = world.stores.companyStatuses.rows();
  const chosen = chooseByName(statuses, status ?? statuses[0]?.id ?? 0, 'status');
  const made: Company = {
    id: world.counters.companies + 1,
    identifier,
    name,
    status: world.references.to('companyStatuses', chosen),
    city: city ?? null,
    deletedFlag: false,
    types: [{ id: 1, name: 'Customer' }],
    _info: world.newInfo(by),
  };
  return keep(world, 'companies', made, by);
}

export function editCompany(world: WorldCore, person: string, id: number, changes: CompanyChanges): Company {
  const by = world.person(person).identifier;
  const before = world.require('companies', id);
  const { status, ...plain } = companyChangesSchema.parse(changes);
  const after: Company = { ...before, ...given(plain), _info: world.stamped(before._info, by) };
  if (status !== undefined) {
    const chosen = chooseByName(world.stores.companyStatuses.rows(), status, 'status');
    after.status = world.references.to('companyStatuses', chosen);
  }
  return world.updated('companies', after, by);
}

/** Companies are only marked as deleted: they stay where records name them, and in lists. */
export function deleteCompany(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const before = world.require('companies', id);
  world.updated('companies', { ...before, deletedFlag: true, _info: world.stamped(before._info, by) }, by);
}

/** Takes the statuses of the board away too; projects and tickets go on naming both. */
export function deleteBoard(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  world.require('boards', id);
  const statuses = world.stores.boardStatuses.rows('board/id', id);
  for (const status of statuses) world.deleted('boardStatuses', status.id, by);
  world.deleted('boards', id, by);
}

export function addBoardStatus(world: WorldCore, person: string, input: NewBoardStatus): BoardStatus {
  const by = world.person(person).identifier;
  const { board: boardId, name, inactive, closedStatus } = newBoardStatusSchema.parse(input);
  const board = world.require('boards', boardId);
  const others = world.stores.boardStatuses.rows('board/id', boardId);
  refuseTwin(others, 'name', name, 0);
  const closed = closedStatus ?? false;
  const made: BoardStatus = {
    id: world.counters.boardStatuses + 1,
    name,
    board: world.references.to('boards', board),
    sortOrder: Math.max(-1, ...others.map((other) => other.sortOrder)) + 1,
    displayOnBoard: !closed,
    inactive: inactive ?? false,
    closedStatus: closed,
    timeEntryNotAllowed: false,
    defaultFlag: false,
    escalationStatus: closed ? 'Resolved' : 'NoEscalation',
    _info: world.newInfo(by),
  };
  return keep(world, 'boardStatuses', made, by);
}

/** An inactive status stays with the tickets that have it, but no ticket can be given it. */
export function editBoardStatus(
  world: WorldCore,
  person: string,
  id: number,
  changes: BoardStatusChanges,
): BoardStatus {
  const by = world.person(person).identifier;
  const before = world.require('boardStatuses', id);
  const plain = given(boardStatusChangesSchema.parse(changes));
  if (plain.name !== undefined) {
    refuseTwin(world.stores.boardStatuses.rows('board/id', before.board.id), 'name', plain.name, id);
  }
  return world.updated('boardStatuses', { ...before, ...plain, _info: world.stamped(before._info, by) }, by);
}

export function addNoteType(world: WorldCore, person: string, input: NewNoteType): NoteType {
  const by = world.person(person).identifier;
  const { name } = newNoteTypeSchema.parse(input);
  refuseTwin(world.stores.noteTypes.rows(), 'name', name, 0);
  const made: NoteType = {
    id: world.counters.noteTypes + 1,
    identifier: name.slice(0, 15),
    name,
    defaultFlag: false,
    importFlag: false,
    _info: world.newInfo(by),
  };
  return keep(world, 'noteTypes', made, by);
}

export function editNoteType(
  world: WorldCore,
  person: string,
  id: number,
  changes: NoteTypeChanges,
): NoteType {
  const by = world.person(person).identifier;
  const before = world.require('noteTypes', id);
  const plain = given(noteTypeChangesSchema.parse(changes));
  if (plain.name !== undefined) refuseTwin(world.stores.noteTypes.rows(), 'name', plain.name, id);
  return world.updated('noteTypes', { ...before, ...plain, _info: world.stamped(before._info, by) }, by);
}

export function deleteNoteType(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  world.require('noteTypes', id);
  const used = world.stores.projectNotes.rows().some((note) => note.type.id === id);
  if (used) throw new Refusal('invalid', `note type ${id} is in use`);
  world.deleted('noteTypes', id, by);
}

export function addWorkType(world: WorldCore, person: string, input: NewWorkType): WorkType {
  const by = world.person(person).identifier;
  const { name, inactiveFlag } = newWorkTypeSchema.parse(input);
  refuseTwin(world.stores.workTypes.rows(), 'name', name, 0);
  const made: WorkType = {
    id: world.counters.workTypes + 1,
    name,
    billTime: 'Billable',
    rateType: 'Multiplier',
    rate: 1,
    inactiveFlag: inactiveFlag ?? false,
    overallDefaultFlag: false,
    _info: world.newInfo(by),
  };
  return keep(world, 'workTypes', made, by);
}

export function editWorkType(
  world: WorldCore,
  person: string,
  id: number,
  changes: WorkTypeChanges,
): WorkType {
  const by = world.person(person).identifier;
  const before = world.require('workTypes', id);
  const plain = given(workTypeChangesSchema.parse(changes));
  if (plain.name !== undefined) refuseTwin(world.stores.workTypes.rows(), 'name', plain.name, id);
  return world.updated('workTypes', { ...before, ...plain, _info: world.stamped(before._info, by) }, by);
}

export function deleteWorkType(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  world.require('workTypes', id);
  const used = world.stores.timeEntries.rows().some((entry) => entry.workType.id === id);
  if (used) throw new Refusal('invalid', `work type ${id} is in use`);
  world.deleted('workTypes', id, by);
}
