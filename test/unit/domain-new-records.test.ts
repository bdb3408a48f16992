import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import {
  type CreatedKind,
  isCreated,
  isToBeMade,
  type NewContext,
  naturalKeys,
  newRecord,
  pairedWith,
} from '../../src/domain/new-records.ts';
import { type Fields, type PlanKind, type PlanRecord, planKinds } from '../../src/domain/plan.ts';
import type { FieldRule } from '../../src/domain/reconcile.ts';

const maria = { id: 5, name: 'Maria Lopez' };
const work = { id: 2, name: 'Regular' };

/** Phase `a` is 201 in ConnectWise, the task it hangs on is ticket 4711, and only “Complete” has a status. */
const context: NewContext = {
  phase: (planId) => (planId === 'a' ? 201 : undefined),
  nextWbs: () => '9',
  statusFor: (of, category) => (of === 7 && category === 'Complete' ? { id: 3, name: 'Closed' } : undefined),
  board: 7,
  ticket: 4711,
  workType: work,
};

type Made = readonly [what: string, fields: Fields, record: object | string, given?: Partial<NewContext>];

const slot = { member: maria, start: '2026-01-12T13:00:00Z', end: '2026-01-12T15:00:00Z', hours: 2 };
const span = { start: '2026-01-12T13:00:00Z', end: '2026-01-12T14:30:00Z' };
const noTicket = { ticket: undefined };
const noTicketYet = 'its task is not in ConnectWise yet';
const timeOf = { member: maria, span };
const time = {
  ticketId: 4711,
  member: maria,
  start: span.start,
  end: span.end,
  hours: null,
  workType: work,
  billable: null,
  notes: null,
};

/** The new record, or why there is none yet. */
const table: { readonly [kind in CreatedKind]: readonly Made[] } = {
  phase: [
    ['with its name alone', { name: 'Van' }, { name: 'Van' }],
    ['at the top', { name: 'Van', parentId: null }, { name: 'Van' }],
    ['below another', { name: 'Van', parentId: 'a' }, { name: 'Van', parent: { id: 201, name: null } }],
    [
      'with everything',
      {
        name: 'Van',
        status: { id: 1, name: 'Open' },
        dates: { start: '2026-01-01', end: '2026-02-01' },
        budgetHours: 0,
      },
      {
        name: 'Van',
        status: { id: 1, name: 'Open' },
        scheduledStart: '2026-01-01',
        scheduledEnd: '2026-02-01',
        budgetHours: 0,
      },
    ],
    [
      'what it leaves open is not sent',
      { name: 'Van', dates: { start: null, end: '2026-02-01' }, budgetHours: null },
      { name: 'Van', scheduledEnd: '2026-02-01' },
    ],
    ['without a name', { name: '' }, 'it has no name'],
    ['with a name that is no text', { name: 7 }, 'it has no name'],
    ['below one that waits', { name: 'Van', parentId: 'b' }, 'the phase around it is not in ConnectWise yet'],
  ],
  task: [
    [
      'in its phase',
      { summary: 'Carry', phaseId: 'a' },
      { summary: 'Carry', phase: { id: 201, name: null } },
    ],
    [
      'with everything',
      {
        summary: 'Carry',
        phaseId: 'a',
        status: { category: 'Complete' },
        owner: maria,
        priority: { id: 3, name: 'High' },
        dates: { start: '2026-01-01', due: '2026-02-01' },
        budgetHours: 4,
        predecessor: { kind: 'ticket', id: 4710, lagDays: 1 },
        actualHours: 9,
      },
      {
        summary: 'Carry',
        phase: { id: 201, name: null },
        status: { id: 3, name: 'Closed' },
        owner: maria,
        priority: { id: 3, name: 'High' },
        estimatedStart: '2026-01-01',
        required: '2026-02-01',
        budgetHours: 4,
        predecessor: { kind: 'ticket', id: 4710, lagDays: 1 },
      },
    ],
    [
      'what ConnectWise has no status for gets its own',
      { summary: 'Carry', phaseId: 'a', status: { category: 'Blocked' } },
      { summary: 'Carry', phase: { id: 201, name: null } },
    ],
    ['without a summary', { phaseId: 'a' }, 'it has no summary'],
    ['in no phase', { summary: 'Carry' }, 'it is in no phase, and ConnectWise has no ticket without one'],
    [
      'in a phase that waits',
      { summary: 'Carry', phaseId: 'b' },
      'its phase is not in ConnectWise, or was deleted in the plan',
    ],
  ],
  event: [
    ['on its ticket', { slot, done: true }, { ...slot, done: true, objectId: 4711 }],
    [
      'of somebody, at no time yet',
      { slot: { ...slot, start: null, end: null } },
      { member: maria, hours: 2, objectId: 4711 },
    ],
    ['that does not say whether it is done', { slot, done: null }, { ...slot, objectId: 4711 }],
    ['of nobody', { slot: { ...slot, member: null } }, 'nobody is planned by it'],
    ['without anything', {}, 'nobody is planned by it'],
    ['of a task that waits', { slot }, noTicketYet, noTicket],
  ],
  timeLog: [
    ['as the work type that is nearest', timeOf, time],
    [
      'with everything',
      { ...timeOf, hours: 1.5, workType: { id: 8, name: 'Travel' }, billable: 'NoCharge', notes: 'Drove' },
      { ...time, hours: 1.5, workType: { id: 8, name: 'Travel' }, billable: 'NoCharge', notes: 'Drove' },
    ],
    [
      'with no end, no words and no work type',
      { member: maria, span: { start: span.start }, notes: '' },
      { ...time, end: null, workType: null },
      { workType: null },
    ],
    ['without a span', { member: maria }, 'it does not say whose time it is, or when'],
    ['of nobody', { span }, 'it does not say whose time it is, or when'],
    [
      'at no time',
      { member: maria, span: { ...span, start: null } },
      'it does not say whose time it is, or when',
    ],
    [
      'with a span that is none',
      { member: maria, span: [span.start] },
      'it does not say whose time it is, or when',
    ],
    ['with no span', { member: maria, span: null }, 'it does not say whose time it is, or when'],
    [
      'with a span that is a text',
      { member: maria, span: span.start },
      'it does not say whose time it is, or when',
    ],
    ['of a task that waits', timeOf, noTicketYet, noTicket],
  ],
  projectNote: [
    ['with its words alone', { text: 'Agreed' }, { text: 'Agreed', type: null, flagged: false }],
    [
      'with everything',
      { text: 'Agreed', type: { id: 3, name: 'Update' }, flagged: true },
      { text: 'Agreed', type: { id: 3, name: 'Update' }, flagged: true },
    ],
    ['that says nothing', { text: '' }, 'it says nothing'],
  ],
  ticketNote: [
    ['to be read by everybody', { text: 'Mind the stairs' }, { text: 'Mind the stairs', use: 'discussion' }],
    ['internal', { text: 'Mind', use: 'internal' }, { text: 'Mind', use: 'internal' }],
    ['a resolution', { text: 'Mind', use: 'resolution' }, { text: 'Mind', use: 'resolution' }],
    [
      'of a use that ConnectWise does not have',
      { text: 'Mind', use: 'poem' },
      { text: 'Mind', use: 'discussion' },
    ],
    ['that says nothing', { text: null }, 'it says nothing'],
    ['of a task that waits', { text: 'Mind' }, noTicketYet, noTicket],
  ],
};

const rows = (Object.keys(table) as CreatedKind[]).flatMap((kind) =>
  table[kind].map(([what, fields, made, given]) => ({ kind, what, fields, made, given })),
);

test.each(rows)('a new $kind $what', ({ kind, fields, made, given }) => {
  const expected = typeof made === 'string' ? { held: made } : { record: made };
  expect(newRecord(kind, fields, { ...context, ...given })).toEqual(expected);
});

function plan(kind: PlanKind, given: Partial<PlanRecord> = {}): PlanRecord {
  const facts = { version: 1, fields: {}, syncFence: 1, changedAt: new Date(0), changedBy: 'Ann' };
  return { id: 'x', projectId: 'p', kind, ...facts, ...given };
}

describe('what is made in ConnectWise', () => {
  const made: readonly PlanKind[] = ['phase', 'task', 'event', 'timeLog', 'projectNote', 'ticketNote'];
  test.each(planKinds)('%s', (kind) => {
    expect(isCreated(kind)).toBe(made.includes(kind));
    expect(isToBeMade(plan(kind))).toBe(made.includes(kind));
  });

  const at = new Date(0);
  test.each<readonly [string, Partial<PlanRecord>]>([
    ['what ConnectWise has', { externalId: 4711 }],
    ['what was deleted', { deleted: { at, by: 'Ann', reason: 'deleted in the plan' } }],
    ['what a person kept here when it was gone there', { keptHere: true }],
    ['what waits for a person', { frozen: { at } }],
  ])('not %s', (_, given) => {
    expect(isToBeMade(plan('task', given))).toBe(false);
  });

  test('what was once paired is made anew', () => {
    expect(isToBeMade(plan('task', { formerExternalId: 4711 }))).toBe(true);
  });
});

describe('natural keys tell records apart, in the form that ConnectWise shows', () => {
  const long = 'y'.repeat(99);
  const keys = naturalKeys as { readonly [kind in CreatedKind]: (record: never) => string };
  const key = (kind: CreatedKind, record: object) => keys[kind](record as never);

  test.each<readonly [CreatedKind, object, object]>([
    ['phase', { name: ' Van \n one' }, { name: 'Van one', id: 9, wbsCode: '1' }],
    ['phase', { name: `${long} z and more` }, { name: long }],
    [
      'task',
      { summary: 'Carry  it ', phase: { id: 1, name: null } },
      { summary: 'Carry it', phase: { id: 1, name: 'A' }, id: 9 },
    ],
    [
      'event',
      { objectId: 1, member: { id: 2, name: null }, start: 's' },
      { objectId: 1, member: { id: 2, name: 'M' }, start: 's', hours: 2 },
    ],
    [
      'event',
      { objectId: 1, member: { id: 2, name: null } },
      { objectId: 1, member: { id: 2, name: 'M' }, start: null },
    ],
    [
      'timeLog',
      { ticketId: 1, member: { id: 2, name: null }, start: 's' },
      { ticketId: 1, member: { id: 2, name: 'M' }, start: 's', notes: 'n' },
    ],
    ['projectNote', { text: 'A\r\nB' }, { text: 'A B', author: 'mlopez' }],
    ['ticketNote', { text: `A ${long}` }, { text: `A ${long}, cut behind the hundredth` }],
  ])('the same %s', (kind, sent, shown) => {
    expect(key(kind, shown)).toBe(key(kind, sent));
    expect(key(kind, sent)).not.toBe('');
  });

  test.each<readonly [CreatedKind, object, object]>([
    ['phase', { name: 'Van' }, { name: 'Van 2' }],
    ['phase', { name: `${long}a` }, { name: `${long}b` }],
    ['task', { summary: 'Carry', phase: { id: 1 } }, { summary: 'Carry', phase: { id: 2 } }],
    ['task', { summary: 'Carry', phase: { id: 1 } }, { summary: 'Carry it', phase: { id: 1 } }],
    ['event', { objectId: 1, member: { id: 2 }, start: 's' }, { objectId: 1, member: { id: 2 }, start: 't' }],
    ['event', { objectId: 1, member: { id: 2 }, start: 's' }, { objectId: 1, member: { id: 3 }, start: 's' }],
    ['event', { objectId: 1, member: { id: 2 }, start: 's' }, { objectId: 2, member: { id: 2 }, start: 's' }],
    [
      'event',
      { objectId: 1, member: { id: 12 }, start: 's' },
      { objectId: 11, member: { id: 2 }, start: 's' },
    ],
    [
      'timeLog',
      { ticketId: 1, member: { id: 2 }, start: 's' },
      { ticketId: 1, member: { id: 2 }, start: 't' },
    ],
    [
      'timeLog',
      { ticketId: 1, member: { id: 2 }, start: 's' },
      { ticketId: 3, member: { id: 2 }, start: 's' },
    ],
    ['timeLog', { ticketId: 1, member: { id: 2 }, start: 's' }, { ticketId: 1, member: null, start: 's' }],
    ['projectNote', { text: 'A' }, { text: 'B' }],
    ['ticketNote', { text: 'A B' }, { text: 'AB' }],
  ])('another %s', (kind, one, other) => {
    expect(key(kind, other)).not.toBe(key(kind, one));
  });

  test.each<readonly [CreatedKind, object]>([
    ['phase', { name: null }],
    ['projectNote', { text: null }],
    ['ticketNote', { text: null }],
  ])('a %s that says nothing has none', (kind, shown) => {
    expect(key(kind, shown)).toBe('');
  });

  test('records that point nowhere have their places all the same', () => {
    expect(key('task', { phase: null, summary: 'Carry' })).toBe('|Carry');
    expect(key('event', { objectId: null, member: null, start: null })).toBe('||');
    expect(key('timeLog', { ticketId: null, member: null, start: null })).toBe('||');
  });
});

describe('once ConnectWise has made it', () => {
  type Row = { readonly x: Json };
  const plain: FieldRule<Row, string> = {
    field: 'x',
    psa: ({ x }) => x,
    toPlan: (value, as) => `${as}${value}`,
  };
  const lower = (a?: Json, b?: Json) => String(a).toLowerCase() === String(b).toLowerCase();

  type Case = {
    readonly what: string;
    readonly sent: Json;
    readonly now: Json;
    readonly keeps: Json;
    readonly rule?: object;
  };
  test.each<Case>([
    { what: 'the plan takes its form', sent: ' P ', now: ' P ', keeps: '~P' },
    { what: 'what was edited since stays an edit', sent: 'P', now: 'E', keeps: 'E' },
    { what: 'another name is no edit', sent: 'P', now: 'p', keeps: '~P', rule: { samePsa: lower } },
    {
      what: 'nor is it where the plan alone is lenient',
      sent: 'P',
      now: 'p',
      keeps: '~P',
      rule: { samePlan: lower },
    },
    {
      what: 'it is one where the plan is not',
      sent: 'P',
      now: 'p',
      keeps: 'p',
      rule: { samePsa: lower, samePlan: Object.is },
    },
  ])('$what', ({ sent, now, keeps, rule }) => {
    const record = { sentFrom: { x: sent }, now: { x: now, mine: 1 } };
    expect(pairedWith([{ ...plain, ...rule }], { x: 'P' }, '~', record)).toMatchObject({
      fields: { x: keeps, mine: 1 },
      base: { psa: { x: 'P' }, plan: { x: '~P' } },
    });
  });

  test.each([
    ['the form that it keeps is told', ' P ', [{ field: 'x', sent: ' P ', shown: 'P' }]],
    ['what it keeps as it was sent is not', 'P', []],
    ['what it filled in, since nothing was sent, is not', null, []],
  ])('%s', (_, sent, expected) => {
    const record = { sentFrom: { x: sent }, now: { x: sent } };
    expect(pairedWith([plain], { x: 'P' }, '', record).keptOtherwise).toEqual(expected);
  });

  test('what ConnectWise filled in is taken over', () => {
    const record = { sentFrom: {}, now: {} };
    expect(pairedWith([plain], { x: 'P' }, '', record).fields).toEqual({ x: 'P' });
  });
});
