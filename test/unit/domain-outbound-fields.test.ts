import { describe, expect, test } from 'vitest';
import { rulesOf } from '../../src/domain/inbound-fields.ts';
import type { Json } from '../../src/domain/json.ts';
import {
  fieldsToWrite,
  goesOut,
  isPatched,
  notRefused,
  type OutboundContext,
  outgoing,
  type PatchedKind,
  refIn,
} from '../../src/domain/outbound-fields.ts';
import { type Fields, type PlanKind, type PlanRecord, planKinds } from '../../src/domain/plan.ts';
import { statusWrittenFor } from '../../src/domain/status-mapping.ts';

const mappings = [
  {
    of: 7,
    revision: 3,
    statuses: [
      { id: 2, name: 'Working', category: 'In Progress', setBy: 'cwsync' },
      { id: 3, name: 'Closed', category: 'Complete', setBy: 'cwsync' },
    ],
    defaults: { 'In Progress': 2, Complete: 3, Blocked: 99 },
  },
  {
    of: 'projects',
    revision: 1,
    statuses: [{ id: 12, name: 'Running', category: 'In Progress', setBy: 'cwsync' }],
    defaults: { 'In Progress': 12 },
  },
] as const;

/** Phase `a` is 201 in ConnectWise, and ticket statuses are those of board 7. */
const context: OutboundContext = {
  phase: (planId) => (planId === 'a' ? 201 : undefined),
  nextWbs: (parent) => (parent === null ? '5' : `below ${parent}`),
  statusFor: (of, category) => statusWrittenFor(mappings, of, category),
  board: 7,
};

const maria = { id: 5, name: 'Maria Lopez' };
const held = (words: string) => ({ held: words });
const noBlocked = 'its board has no status that means “Blocked”, so that could not be written';
const notAPredecessor = 'its predecessor is not a ticket or a phase of ConnectWise with days of lag';

/** A value of the plan, and what of it is written. */
type Row = readonly [field: string, value: Json, written: object];

const table: { readonly [kind in PatchedKind]: readonly Row[] } = {
  project: [
    ['name', 'Office move', { name: 'Office move' }],
    ['description', 'All of it', { description: 'All of it' }],
    ['description', null, { description: null }],
    ['status', { id: null, name: null, category: 'In Progress' }, { status: { id: 12, name: 'Running' } }],
    ['manager', maria, { manager: maria }],
    ['manager', null, { manager: null }],
    [
      'dates',
      { start: '2026-01-01', end: '2026-02-01' },
      { estimatedStart: '2026-01-01', estimatedEnd: '2026-02-01' },
    ],
    ['dates', { start: null, end: '2026-02-01' }, { estimatedStart: null, estimatedEnd: '2026-02-01' }],
  ],
  phase: [
    ['name', 'Plan', { name: 'Plan' }],
    ['parentId', 'a', { wbsCode: 'below a', parent: { id: 201, name: null } }],
    ['parentId', null, { wbsCode: '5', parent: null }],
    ['parentId', 'b', held('the phase around it is not in ConnectWise')],
    ['status', { id: 4, name: 'Open' }, { status: { id: 4, name: 'Open' } }],
    ['dates', { start: '2026-01-01', end: null }, { scheduledStart: '2026-01-01', scheduledEnd: null }],
    ['dates', { start: null, end: '2026-02-01' }, { scheduledStart: null, scheduledEnd: '2026-02-01' }],
    ['budgetHours', 12.5, { budgetHours: 12.5 }],
    ['budgetHours', null, { budgetHours: null }],
  ],
  task: [
    ['summary', 'Order desks', { summary: 'Order desks' }],
    ['status', { id: 2, name: 'Working', category: 'Complete' }, { status: { id: 3, name: 'Closed' } }],
    ['status', { category: 'Blocked' }, held(noBlocked)],
    ['status', { id: 2, name: 'Working' }, held('its status is unknown')],
    ['status', null, held('its status is unknown')],
    ['phaseId', 'a', { phase: { id: 201, name: null } }],
    ['phaseId', 'b', held('its phase is not in ConnectWise, or was deleted in the plan')],
    ['phaseId', null, held('it is in no phase, and ConnectWise has no ticket without one')],
    ['owner', maria, { owner: maria }],
    ['owner', null, { owner: null }],
    ['priority', { id: 3 }, { priority: { id: 3, name: null } }],
    [
      'dates',
      { start: '2026-01-01', due: '2026-02-01' },
      { estimatedStart: '2026-01-01', required: '2026-02-01' },
    ],
    ['budgetHours', 4, { budgetHours: 4 }],
    ['budgetHours', 'four', { budgetHours: null }],
    [
      'predecessor',
      { kind: 'ticket', id: 4710, lagDays: 2 },
      { predecessor: { kind: 'ticket', id: 4710, lagDays: 2 } },
    ],
    [
      'predecessor',
      { kind: 'phase', id: 201, lagDays: 0 },
      { predecessor: { kind: 'phase', id: 201, lagDays: 0 } },
    ],
    ['predecessor', null, { predecessor: null }],
    ['predecessor', { kind: 'task', id: 4710, lagDays: 2 }, held(notAPredecessor)],
    ['predecessor', { kind: 'ticket', id: 'x', lagDays: 2 }, held(notAPredecessor)],
    ['predecessor', { kind: 'ticket', id: 4710 }, held(notAPredecessor)],
  ],
  event: [
    [
      'slot',
      { member: maria, start: '2026-01-12T13:00:00Z', end: '2026-01-12T15:00:00Z', hours: 2 },
      { member: maria, start: '2026-01-12T13:00:00Z', end: '2026-01-12T15:00:00Z', hours: 2 },
    ],
    [
      'slot',
      { member: null, start: null, end: null, hours: null },
      { member: null, start: null, end: null, hours: null },
    ],
    ['slot', 'tomorrow', { member: null, start: null, end: null, hours: null }],
    ['done', true, { done: true }],
    ['done', false, { done: false }],
    ['done', null, { done: false }],
  ],
};

const rows = (Object.keys(table) as PatchedKind[]).flatMap((kind) =>
  table[kind].map(([field, value, written]) => ({ kind, field, value, written })),
);

describe('what is written of a field', () => {
  test.each(rows)('$kind, $field = $value', ({ kind, field, value, written }) => {
    const out = outgoing(kind, { [field]: value }, [field], context);
    const isHeld = 'held' in written;
    expect(out.changes).toEqual(isHeld ? [] : [{ field, change: written }]);
    expect(out.held).toEqual(isHeld ? [{ field, words: written.held }] : []);
  });

  test('a field that the plan does not have is empty', () => {
    expect(outgoing('task', {}, ['owner'], context).changes).toEqual([
      { field: 'owner', change: { owner: null } },
    ]);
  });

  test('each wanted field by itself, in the order of the table, whatever else the record holds', () => {
    const fields = { summary: 'Order desks', budgetHours: 4, actualHours: 9, phaseId: 'b' };
    expect(outgoing('task', fields, ['budgetHours', 'phaseId', 'actualHours', 'summary'], context)).toEqual({
      changes: [
        { field: 'summary', change: { summary: 'Order desks' } },
        { field: 'budgetHours', change: { budgetHours: 4 } },
      ],
      held: [{ field: 'phaseId', words: 'its phase is not in ConnectWise, or was deleted in the plan' }],
    });
  });

  test('a phase that cannot stand where it is to: the words say why', () => {
    const out = outgoing('phase', { parentId: 'a' }, ['parentId'], {
      ...context,
      nextWbs: () => held('not there'),
    });
    expect(out).toEqual({ changes: [], held: [{ field: 'parentId', words: 'not there' }] });
  });

  test('a status of a task whose board is not known is held', () => {
    const out = outgoing('task', { status: { category: 'Complete' } }, ['status'], {
      ...context,
      board: null,
    });
    expect(out.held).toEqual([{ field: 'status', words: 'its status is unknown' }]);
  });
});

describe('which fields ever go out', () => {
  /** As sync.md has it under "Kinds and fields"; what is not named is ConnectWise's alone. */
  const both: { readonly [kind in PlanKind]: readonly string[] } = {
    project: ['name', 'status', 'description', 'manager', 'dates'],
    phase: ['name', 'parentId', 'status', 'dates', 'budgetHours'],
    task: ['summary', 'status', 'phaseId', 'owner', 'priority', 'budgetHours', 'dates', 'predecessor'],
    event: ['slot', 'done'],
    timeLog: [],
    projectNote: [],
    ticketNote: [],
    teamMember: [],
  };

  test.each(planKinds)('%s', (kind) => {
    const fields = rulesOf[kind].map(({ field }) => field);
    expect(fields.filter((field) => goesOut(kind, field)).toSorted()).toEqual(both[kind].toSorted());
    expect(goesOut(kind, 'mine')).toBe(false);
    expect(isPatched(kind)).toBe(both[kind].length > 0);
  });
});

function record(kind: PlanKind, fields: Fields, base?: Fields): PlanRecord {
  return {
    id: 'x',
    projectId: 'p',
    kind,
    version: 1,
    fields,
    ...(base ? { base: { psa: {}, plan: base } } : {}),
    syncFence: 1,
    changedAt: new Date(0),
    changedBy: 'Ann',
  };
}

describe('which fields are to be written', () => {
  const slot = { member: maria, start: 's', end: 'e', hours: 1 };
  const cases: readonly (readonly [string, PlanKind, Fields, Fields | undefined, readonly string[]])[] = [
    ['nothing was edited', 'task', { summary: 'A' }, { summary: 'A' }, []],
    ['one was', 'task', { summary: 'B', dates: 1 }, { summary: 'A', dates: 1 }, ['summary']],
    [
      'several were: in the order of the table',
      'task',
      { phaseId: 'b', summary: 'B' },
      {},
      ['summary', 'phaseId'],
    ],
    ['one was emptied', 'task', {}, { owner: maria }, ['owner']],
    ['one that neither side ever had is no edit', 'task', { owner: null }, {}, []],
    ['what ConnectWise alone makes is not', 'task', { actualHours: 9, wbsCode: '9' }, {}, []],
    [
      'another name of the same member is no edit',
      'task',
      { owner: { id: 5, name: 'M' } },
      { owner: maria },
      [],
    ],
    ['another member is', 'task', { owner: { id: 6, name: 'Maria Lopez' } }, { owner: maria }, ['owner']],
    [
      'another status of the same category is no edit',
      'task',
      { status: { id: 8, name: 'Doing', category: 'In Progress' } },
      { status: { id: 2, name: 'Working', category: 'In Progress' } },
      [],
    ],
    [
      'another category is, though the status is named as before',
      'project',
      { status: { id: 2, name: 'Working', category: 'Complete' } },
      { status: { id: 2, name: 'Working', category: 'In Progress' } },
      ['status'],
    ],
    [
      'a phase has no categories: another status is an edit',
      'phase',
      { status: { id: 2 } },
      { status: { id: 1 } },
      ['status'],
    ],
    ['the same slot', 'event', { slot: { ...slot, member: { id: 5, name: 'M' } } }, { slot }, []],
    ['another hour of the slot', 'event', { slot: { ...slot, hours: 2 } }, { slot }, ['slot']],
    ['of a record that is not paired nothing is', 'task', { summary: 'A' }, undefined, []],
    ['of a kind that ConnectWise alone changes nothing is', 'timeLog', { notes: 'A' }, { notes: 'B' }, []],
  ];
  test.each(cases)('%s', (_, kind, fields, base, expected) => {
    expect(fieldsToWrite(record(kind, fields, base))).toEqual(expected);
  });
});

test.each([
  ['nothing was refused', undefined, ['summary', 'owner']],
  ['this value was', { summary: { value: 'B', words: 'no' } }, ['owner']],
  ['another value was', { summary: { value: 'C', words: 'no' } }, ['summary', 'owner']],
  ['that it is empty was', { owner: { value: null, words: 'no' } }, ['summary']],
  ['all of it was', { summary: { value: 'B', words: 'no' }, owner: { value: null, words: 'no' } }, []],
])('what ConnectWise has refused is not asked again: %s', (_, fields, expected) => {
  const refused = fields ? { rejected: { at: new Date(0), fields } } : {};
  expect(notRefused({ ...record('task', { summary: 'B' }), ...refused }, ['summary', 'owner'])).toEqual(
    expected,
  );
});

test.each([
  [{ id: 5, name: 'Maria Lopez' }, maria],
  [
    { id: 5, name: 7 },
    { id: 5, name: null },
  ],
  [{ id: '5', name: 'Maria Lopez' }, null],
  [[{ id: 5 }], null],
  ['Maria Lopez', null],
  [null, null],
  [undefined, null],
])('a reference in %j', (value, expected) => {
  expect(refIn(value)).toEqual(expected);
});

test.each([
  ['the default of its board', 7, 'Complete', { id: 3, name: 'Closed' }],
  ['of another list the default there', 'projects', 'In Progress', { id: 12, name: 'Running' }],
  ['none where the category has no default', 7, 'Cancelled', undefined],
  ['none where the default is gone', 7, 'Blocked', undefined],
  ['none where the board has no mapping', 8, 'Complete', undefined],
  ['none for what is no category', 7, 'Working', undefined],
] as const)('the status that a category is written as: %s', (_, of, category, expected) => {
  expect(statusWrittenFor(mappings, of, category)).toEqual(expected);
});
