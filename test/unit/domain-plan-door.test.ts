import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import type { Fields } from '../../src/domain/plan.ts';
import {
  boardOf,
  type DoorContext,
  type DoorKind,
  type DoorWish,
  doorFields,
  refusals,
} from '../../src/domain/plan-door.ts';
import type { StatusMapping } from '../../src/domain/status-mapping.ts';

const board7: StatusMapping = {
  of: 7,
  revision: 3,
  statuses: [
    { id: 1, name: 'New', category: 'Not Started', setBy: 'cwsync' },
    { id: 2, name: 'Working', category: 'In Progress', setBy: 'cwsync' },
    { id: 3, name: 'Waiting', category: 'Blocked', setBy: 'cwsync' },
    { id: 4, name: 'Closed', category: 'Complete', setBy: 'cwsync' },
  ],
  defaults: { 'Not Started': 1, 'In Progress': 2, Complete: 4 },
};
const phases: Record<string, { projectId: string; parentId: string | null }> = {
  outer: { projectId: 'p1', parentId: null },
  inner: { projectId: 'p1', parentId: 'outer' },
  innermost: { projectId: 'p1', parentId: 'inner' },
  elsewhere: { projectId: 'p2', parentId: null },
};
const members: Record<number, { name: string; active: boolean }> = {
  5: { name: 'Ann Lee', active: true },
  6: { name: 'Bob Gone', active: false },
};
const context: DoorContext = {
  projectId: 'p1',
  board: 7,
  mapping: (of) => (of === 7 ? board7 : undefined),
  member: (id) => members[id],
  phaseStatus: (id) => (id === 1 ? { name: 'Open' } : undefined),
  workType: (id) => (id === 9 ? { name: 'Remote' } : undefined),
  children: ['a', 'b'],
  noteType: (id) => (id === 3 ? { name: 'Risk' } : undefined),
  phase: (id) => phases[id],
  task: (id) => ({ t1: { projectId: 'p1' }, t2: { projectId: 'p2' } })[id],
  linked: (kind, id) => kind === 'ticket' && id === 4711,
};

const now: { readonly [kind in DoorKind]?: Fields } = {
  project: { name: 'Move', dates: { start: '2026-03-02T00:00:00Z', end: '2026-06-01T00:00:00Z' } },
  task: {
    summary: 'Cable',
    status: { id: 12, name: 'Assigned', category: 'In Progress' },
    owner: { id: 6, name: 'Bob Gone' },
    priority: { id: 4, name: 'Low' },
    dates: { start: '2026-03-02T00:00:00Z', due: '2026-03-09T00:00:00Z' },
  },
  event: {
    taskId: 't1',
    slot: { member: { id: 5, name: 'Ann Lee' }, start: '2026-03-02T09:00:00Z', end: null, hours: 2 },
  },
};

const change = (kind: DoorKind, fields: Fields): DoorWish => ({
  kind,
  record: { id: kind === 'phase' ? 'outer' : 'r1', fields: now[kind] ?? {} },
  fields,
});
const pathsOf = (wish: DoorWish, known = context): readonly string[] => {
  const answer = refusals(wish, known);
  return answer.result === 'refused' ? answer.refusals.map(({ path }) => path) : [];
};

describe('a change that ConnectWise cannot hold is refused with its path', () => {
  test.each<[DoorKind, Fields, string, RegExp]>([
    ['task', { summary: 'x'.repeat(101) }, 'summary', /101 characters.*at most 100/u],
    ['task', { summary: '😀'.repeat(51) }, 'summary', /102 characters/u],
    ['task', { summary: '   ' }, 'summary', /empty/u],
    ['task', { summary: 'a\nb' }, 'summary', /one line/u],
    ['task', { summary: 'a\u0000b' }, 'summary', /one line/u],
    ['task', { summary: 'a\ud800' }, 'summary', /half of a character/u],
    ['task', { summary: 7 }, 'summary', /is a text/u],
    ['project', { name: 'x'.repeat(101) }, 'name', /at most 100/u],
    ['phase', { name: 'x'.repeat(101) }, 'name', /at most 100/u],
    ['project', { description: 'a\u0000' }, 'description', /control characters/u],
    ['task', { budgetHours: 1.005 }, 'budgetHours', /2 decimals/u],
    ['task', { budgetHours: -1 }, 'budgetHours', /negative/u],
    ['task', { budgetHours: 1e9 }, 'budgetHours', /at most/u],
    ['task', { budgetHours: '1' }, 'budgetHours', /number/u],
    ['task', { dates: { due: '2026-03-01T10:00:00.5Z' } }, 'dates.due', /whole seconds/u],
    ['task', { dates: { due: '2026-03-10T10:00:00' } }, 'dates.due', /time zone/u],
    ['task', { dates: { due: '2026-02-30' } }, 'dates.due', /calendar/u],
    ['task', { dates: { due: '1899-12-31' } }, 'dates.due', /1900/u],
    ['task', { dates: { due: '2026-03-10T10:00:00+99:00' } }, 'dates.due', /offset/u],
    ['task', { dates: { due: 'tomorrow' } }, 'dates.due', /is a time like/u],
    ['task', { dates: { due: '2026-03-01T23:59:59Z' } }, 'dates.due', /before the start/u],
    ['task', { dates: { end: '2026-03-10' } }, 'dates.end', /not known/u],
    ['task', { dates: null }, 'dates', /object/u],
    ['project', { dates: { end: null } }, 'dates.end', /always has a start and an end/u],
    ['task', { status: { category: 'Blocked' } }, 'status', /no default status for Blocked/u],
    ['task', { status: { category: 'Planning' } }, 'status.category', /Not Started/u],
    ['task', { status: { category: 'Complete', id: 2 } }, 'status', /“Closed”.*category alone/u],
    ['task', { status: { category: 'In Progress', id: 2 } }, 'status', /“Assigned”/u],
    ['task', { status: 'Complete' }, 'status', /category/u],
    ['task', { status: null }, 'status', /category/u],
    ['project', { status: { category: 'Complete' } }, 'status', /project statuses have no default/u],
    ['task', { phaseId: 'nowhere' }, 'phaseId', /no such phase/u],
    ['task', { phaseId: 'elsewhere' }, 'phaseId', /another project/u],
    ['task', { phaseId: 7 }, 'phaseId', /id of a phase/u],
    ['task', { owner: { id: 77 } }, 'owner', /not known/u],
    ['project', { manager: { id: 6 } }, 'manager', /Bob Gone is inactive/u],
    ['task', { owner: { id: 1.5 } }, 'owner.id', /whole number/u],
    ['task', { owner: { id: 2 ** 31 } }, 'owner.id', /whole number/u],
    ['task', { owner: { name: 'Ann' } }, 'owner.id', /whole number/u],
    ['task', { owner: 5 }, 'owner', /object/u],
    ['task', { priority: { id: 4, name: 9 } }, 'priority.name', /text/u],
    ['task', { predecessor: { kind: 'ticket', id: 1 } }, 'predecessor.id', /no ticket 1/u],
    ['task', { predecessor: { kind: 'task', id: 4711 } }, 'predecessor.kind', /ticket, phase/u],
    ['task', { predecessor: { kind: 'ticket', id: 4711, lagDays: 0.5 } }, 'predecessor.lagDays', /days/u],
    ['task', { actualHours: 3 }, 'actualHours', /from ConnectWise only/u],
    ['task', { resources: [] }, 'resources', /from ConnectWise only/u],
    ['task', { closed: true }, 'closed', /from ConnectWise only/u],
    ['task', { wbsCode: '1.2' }, 'wbsCode', /from ConnectWise only/u],
    ['project', { percentComplete: 1 }, 'percentComplete', /from ConnectWise only/u],
    ['project', { board: { id: 7 } }, 'board', /from ConnectWise only/u],
    ['project', { company: { id: 7 } }, 'company', /from ConnectWise only/u],
    ['project', { budgetHours: 7 }, 'budgetHours', /from ConnectWise only/u],
    ['task', { colour: 'red' }, 'colour', /not a field/u],
    ['task', { constructor: 1 }, 'constructor', /not a field/u],
    ['task', { version: 4 }, 'version', /not a field/u],
    ['task', { projectId: 'p2' }, 'projectId', /another project/u],
    ['phase', { parentId: 'innermost' }, 'parentId', /within itself/u],
    ['phase', { parentId: 'outer' }, 'parentId', /within itself/u],
    ['phase', { status: { id: 99 } }, 'status', /phase status 99/u],
    ['event', { taskId: 't1' }, 'taskId', /any more/u],
    ['event', { done: 'yes' }, 'done', /true or false/u],
    ['event', { slot: { end: '2026-03-01T00:00:00Z' } }, 'slot.end', /before the start/u],
    ['event', { slot: { start: null, end: '2026-03-03' } }, 'slot.start', /needed/u],
    ['event', { slot: { member: { id: 6 } } }, 'slot.member', /inactive/u],
    ['timeLog', { hours: 2 }, 'hours', /once it is entered/u],
    ['projectNote', { text: 'b' }, 'text', /once it is written/u],
    ['ticketNote', { text: 'b' }, 'text', /once it is written/u],
  ])('%s %j', (kind, fields, path, reason) => {
    const answer = refusals(change(kind, fields), context);
    expect(answer).toEqual({
      result: 'refused',
      refusals: [{ path, reason: expect.stringMatching(reason) }],
    });
  });

  test('a board that nobody mapped has no status to give, and everything wrong is told at once', () => {
    const wish = change('task', { status: { category: 'Complete' }, colour: 1, budgetHours: 0.001 });
    expect(pathsOf(wish, { ...context, board: null })).toEqual(['status', 'colour', 'budgetHours']);
    expect(pathsOf(wish, { ...context, board: 8 })).toEqual(['status', 'colour', 'budgetHours']);
  });
});

describe('what is accepted is stored in the plan’s own form', () => {
  const inProgress = { id: 12, name: 'Assigned', category: 'In Progress' };
  test.each<[DoorKind, string, Json, Json]>([
    ['task', 'summary', '  New cable ', 'New cable'],
    ['task', 'summary', 'x'.repeat(100), 'x'.repeat(100)],
    ['project', 'description', 'two\nlines\t', 'two\nlines\t'],
    ['project', 'description', null, null],
    ['task', 'budgetHours', 1.1, 1.1],
    ['task', 'budgetHours', 4.35, 4.35],
    ['task', 'budgetHours', -0, 0],
    ['task', 'status', { category: 'Complete' }, { id: 4, name: 'Closed', category: 'Complete' }],
    // What a record has stays, whatever the default of the category is.
    ['task', 'status', { category: 'In Progress' }, inProgress],
    ['task', 'status', inProgress, inProgress],
    ['task', 'owner', { id: 5 }, { id: 5, name: 'Ann Lee' }],
    ['task', 'owner', { id: 5, name: 'Somebody else' }, { id: 5, name: 'Ann Lee' }],
    ['task', 'owner', { id: 6 }, { id: 6, name: 'Bob Gone' }],
    ['task', 'owner', null, null],
    ['task', 'priority', { id: 4 }, { id: 4, name: 'Low' }],
    ['task', 'priority', { id: 8 }, { id: 8, name: null }],
    ['task', 'phaseId', 'inner', 'inner'],
    ['task', 'phaseId', null, null],
    ['task', 'dates', { due: '2026-03-10' }, { start: '2026-03-02T00:00:00Z', due: '2026-03-10T00:00:00Z' }],
    [
      'task',
      'dates',
      { due: '2026-03-02T00:00:00.000Z' },
      { start: '2026-03-02T00:00:00Z', due: '2026-03-02T00:00:00Z' },
    ],
    [
      'task',
      'dates',
      { start: null, due: '2026-03-10T01:30:00+02:00' },
      { start: null, due: '2026-03-09T23:30:00Z' },
    ],
    ['task', 'predecessor', { kind: 'ticket', id: 4711 }, { kind: 'ticket', id: 4711, lagDays: 0 }],
    ['phase', 'status', { id: 1 }, { id: 1, name: 'Open' }],
    ['phase', 'parentId', null, null],
    [
      'event',
      'slot',
      { hours: 2.5 },
      { member: { id: 5, name: 'Ann Lee' }, start: '2026-03-02T09:00:00Z', end: null, hours: 2.5 },
    ],
  ])('%s %s %j', (kind, field, given, stored) => {
    const answer = refusals(change(kind, { [field]: given }), context);
    expect(answer).toEqual({ result: 'accepted', fields: { [field]: stored } });
  });

  test('a phase moves within another one that is not its own, and the same project may be named', () => {
    const wish = { kind: 'phase', record: { id: 'innermost', fields: {} } } as const;
    expect(refusals({ ...wish, fields: { parentId: 'outer', projectId: 'p1' } }, context)).toEqual({
      result: 'accepted',
      fields: { parentId: 'outer' },
    });
  });

  test('a circle that is there already ends the search', () => {
    const circle = { a: 'b', b: 'a' } as Record<string, string>;
    const phase = (id: string) => ({ projectId: 'p1', parentId: circle[id] ?? null });
    expect(pathsOf(change('phase', { parentId: 'a' }), { ...context, phase })).toEqual([]);
  });
});

describe('a new record', () => {
  const create = (kind: DoorKind, fields: Fields): DoorWish => ({ kind, fields });
  const begun = { start: '2026-03-02T09:00:00Z' };
  const log = { taskId: 't1', member: { id: 5 } } as const;

  test.each<[DoorKind, Fields, readonly string[]]>([
    ['project', {}, ['name']],
    ['project', { name: 'A', dates: { start: '2026-03-02' } }, ['dates.end']],
    ['task', {}, ['summary']],
    ['event', { taskId: 't2' }, ['taskId', 'slot']],
    ['event', { taskId: 't9', slot: {} }, ['taskId', 'slot.member']],
    ['timeLog', {}, ['taskId', 'member', 'span']],
    ['timeLog', { ...log, span: begun }, ['span.end']],
    ['timeLog', { ...log, span: {}, hours: 1 }, ['span.start']],
    ['timeLog', { ...log, span: begun, hours: 0 }, ['hours']],
    ['timeLog', { ...log, span: { ...begun, end: begun.start } }, ['span.end']],
    ['timeLog', { ...log, span: { ...begun, end: '2026-03-02T10:00:00Z' }, hours: 1.5 }, ['hours']],
    [
      'timeLog',
      { ...log, span: begun, hours: 1, workType: { id: 1 }, billable: 'Maybe' },
      ['workType', 'billable'],
    ],
    ['timeLog', { ...log, span: begun, hours: 1, phaseId: 'inner' }, ['phaseId']],
    ['projectNote', { text: ' ', type: { id: 4 }, author: 'me' }, ['text', 'type', 'author']],
    ['ticketNote', { text: 'a', taskId: 't1', use: 'secret' }, ['use']],
  ])('%s %j is refused', (kind, fields, paths) => {
    expect(pathsOf(create(kind, fields))).toEqual(paths);
  });

  test.each<[DoorKind, Fields]>([
    ['project', { name: 'A' }],
    ['phase', { name: 'A', parentId: 'outer' }],
    ['task', { summary: 'A', phaseId: 'inner', status: { id: 2, name: 'Working', category: 'In Progress' } }],
    [
      'timeLog',
      {
        taskId: 't1',
        span: { ...begun, end: '2026-03-02T10:20:00Z' },
        member: { id: 5, name: 'Ann Lee' },
        hours: 1.33,
        workType: { id: 9, name: 'Remote' },
        billable: 'NoCharge',
        notes: 'x',
      },
    ],
    ['projectNote', { text: 'Careful', type: { id: 3, name: 'Risk' }, flagged: true }],
    ['ticketNote', { taskId: 't1', text: 'Careful', use: 'internal' }],
  ])('%s %j is stored as it is', (kind, fields) => {
    expect(refusals(create(kind, fields), context)).toEqual({ result: 'accepted', fields });
  });

  test('which fields of a kind can be written', () => {
    expect(doorFields('event')).toEqual({
      create: ['taskId', 'slot', 'done'],
      required: ['taskId', 'slot'],
      change: ['slot', 'done'],
    });
    expect(doorFields('timeLog').change).toEqual([]);
  });
});

describe('the board of a task', () => {
  const project = { fields: { board: { id: 7, name: 'Projects' } } };
  test.each([
    [{ base: { psa: { status: { id: 1, board: 8 } }, plan: {} } }, project, 8],
    [{ base: { psa: { status: { id: 1, name: 'New' } }, plan: {} } }, project, 7],
    [undefined, project, 7],
    [undefined, { fields: { board: null } }, null],
    [undefined, undefined, null],
  ])('%j in %j', (task, of, board) => {
    expect(boardOf(task, of)).toBe(board);
  });
});

describe('the order of what stands below', () => {
  const waiting = { from: ['b', 'a'], to: ['a', 'b'] };
  test.each([
    ['first', {}, { from: ['a', 'b'], to: ['b', 'a'] }],
    [
      'again, before ConnectWise has it: of what stood there then',
      { order: waiting },
      { from: ['b', 'a'], to: ['b', 'a'] },
    ],
  ])('is stored with what it is an order of: %s', (_, fields, order) => {
    const wish = { kind: 'phase', record: { id: 'outer', fields }, fields: { order: ['b', 'a'] } } as const;
    expect(refusals(wish, context)).toEqual({ result: 'accepted', fields: { order } });
  });
  test.each([[['a']], [['a', 'a']], [['a', 'b', 'c']], [['a', 7]], ['ab'], [null]])('%j is none', (order) => {
    expect(pathsOf(change('project', { order }))).toEqual(['order']);
  });
  test('a new one has none', () => {
    expect(pathsOf({ kind: 'phase', fields: { name: 'x', order: [] } })).toEqual(['order']);
  });
});
