import { describe, expect, test } from 'vitest';
import {
  eventFields,
  isUndated,
  phaseFields,
  projectFields,
  projectNoteFields,
  type ReferenceContext,
  rulesOf,
  taskFields,
  teamMemberFields,
  ticketNoteFields,
  timeLogFields,
  wbsSortKey,
} from '../../src/domain/inbound-fields.ts';
import type { Json } from '../../src/domain/json.ts';
import type { PlanKind } from '../../src/domain/plan.ts';
import { type FieldRule, mergeFromPsa, newFromPsa } from '../../src/domain/reconcile.ts';
import {
  makePsaPhase,
  makePsaProject,
  makePsaProjectNote,
  makePsaScheduleEntry,
  makePsaTeamMember,
  makePsaTicket,
  makePsaTicketNote,
  makePsaTimeEntry,
} from '../support/make-psa-records.ts';

const context: ReferenceContext = {
  phaseId: (id) => (id === 201 ? 'phase-a' : undefined),
  taskId: (id) => (id === 4711 ? 'task-a' : undefined),
  meaning: (of, id) => ({
    category: of === 'projects' ? 'Planning' : of === 7 && id === 2 ? 'In Progress' : 'Not Started',
    revision: 3,
  }),
};
function inPlan<R>(rules: readonly FieldRule<R, ReferenceContext>[], record: R) {
  return newFromPsa(rules, record, context).fields;
}

describe('project', () => {
  test('with everything', () => {
    expect(inPlan(projectFields, makePsaProject())).toEqual({
      name: 'Office move',
      description: 'All of it',
      status: { id: 1, name: 'Open', category: 'Planning' },
      closed: false,
      board: { id: 7, name: 'Projects' },
      company: { id: 30, name: 'Contoso' },
      manager: { id: 5, name: 'Maria Lopez' },
      dates: { start: '2026-01-01T00:00:00Z', end: '2026-06-30T00:00:00Z' },
      actualHours: 12.5,
      budgetHours: 100,
      percentComplete: 0.25,
    });
  });

  test('with nulls', () => {
    const empty = makePsaProject({
      name: null,
      description: null,
      status: null,
      board: null,
      company: { id: 30, name: null },
      manager: null,
      estimatedStart: null,
      estimatedEnd: null,
      actualHours: null,
      budgetHours: null,
      percentComplete: null,
    });
    expect(inPlan(projectFields, empty)).toEqual({
      name: 'Project #1042',
      description: null,
      status: null,
      closed: false,
      board: null,
      company: { id: 30, name: null },
      manager: null,
      dates: { start: null, end: null },
      actualHours: null,
      budgetHours: null,
      percentComplete: null,
    });
  });
});

describe('phase', () => {
  test('with everything', () => {
    const phase = makePsaPhase({ id: 202, parent: { id: 201, name: 'Plan' } });
    expect(inPlan(phaseFields, phase)).toEqual({
      name: 'Plan',
      parentId: 'phase-a',
      wbsCode: '1',
      status: { id: 1, name: 'Open' },
      dates: { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' },
      budgetHours: 20,
    });
  });

  test('with nulls', () => {
    const empty = makePsaPhase({
      name: '  ',
      wbsCode: null,
      status: null,
      scheduledStart: null,
      scheduledEnd: null,
      budgetHours: null,
    });
    expect(inPlan(phaseFields, empty)).toEqual({
      name: 'Phase #201',
      parentId: null,
      wbsCode: null,
      status: null,
      dates: { start: null, end: null },
      budgetHours: null,
    });
  });
});

describe('ticket', () => {
  test('with everything', () => {
    expect(inPlan(taskFields, makePsaTicket())).toEqual({
      summary: 'Order desks',
      status: { id: 2, name: 'New', category: 'In Progress' },
      phaseId: 'phase-a',
      wbsCode: '1.1',
      owner: { id: 5, name: 'Maria Lopez' },
      priority: { id: 3, name: 'High' },
      dates: { start: '2026-01-02T00:00:00Z', due: '2026-01-20T00:00:00Z' },
      budgetHours: 4,
      actualHours: 1,
      resources: ['mlopez'],
      closed: false,
      predecessor: { kind: 'ticket', id: 4710, lagDays: 2 },
    });
  });

  test('with nulls', () => {
    const empty = makePsaTicket({
      summary: null,
      status: null,
      phase: null,
      wbsCode: null,
      owner: null,
      priority: null,
      budgetHours: null,
      actualHours: null,
      estimatedStart: null,
      required: null,
      resources: [],
      predecessor: null,
    });
    expect(inPlan(taskFields, empty)).toEqual({
      summary: 'Ticket #4711',
      status: null,
      phaseId: null,
      wbsCode: null,
      owner: null,
      priority: null,
      dates: { start: null, due: null },
      budgetHours: null,
      actualHours: null,
      resources: [],
      closed: false,
      predecessor: null,
    });
  });

  test('a phase that is nowhere: none in the plan, its id in the base', () => {
    const dangling = makePsaTicket({ phase: { id: 999, name: 'Gone' } });
    const made = newFromPsa(taskFields, dangling, context);
    expect(made.fields.phaseId).toBeNull();
    expect(made.base.psa.phaseId).toBe(999);
  });
});

describe('status', () => {
  test('its base remembers what it meant, where, and under which revision', () => {
    expect(newFromPsa(taskFields, makePsaTicket(), context).base.psa.status).toEqual({
      id: 2,
      name: 'New',
      board: 7,
      category: 'In Progress',
      revision: 3,
    });
    expect(newFromPsa(projectFields, makePsaProject(), context).base.psa.status).toMatchObject({
      board: 'projects',
    });
  });

  test('of a ticket without a board: as it is called', () => {
    expect(inPlan(taskFields, makePsaTicket({ board: null })).status).toEqual({ id: 2, name: 'New' });
  });

  test.each([
    ['the same revision', { category: 'In Progress', revision: 3 }, false, []],
    // The base notes the revision, so that the record need not be looked at again.
    ['another revision, the same category', { category: 'In Progress', revision: 4 }, true, []],
    ['another category', { category: 'Complete', revision: 4 }, true, ['status']],
  ] as const)('%s', (_, meaning, write, changed) => {
    const before = newFromPsa(taskFields, makePsaTicket(), context);
    const now = { ...context, meaning: () => meaning };
    const merged = mergeFromPsa(taskFields, makePsaTicket(), before, now);
    expect(merged).toMatchObject({ write, psaChanged: false, changed });
    expect(mergeFromPsa(taskFields, makePsaTicket(), merged, now).write).toBe(false);
  });
});

describe('schedule entry', () => {
  test('with everything, and with nothing', () => {
    expect(inPlan(eventFields, makePsaScheduleEntry())).toEqual({
      taskId: 'task-a',
      slot: {
        member: { id: 5, name: 'Maria Lopez' },
        start: '2026-01-12T13:00:00Z',
        end: '2026-01-12T15:00:00Z',
        hours: 2,
      },
      done: false,
    });
    const empty = { objectId: null, member: null, start: null, end: null, hours: null };
    expect(inPlan(eventFields, makePsaScheduleEntry(empty))).toEqual({
      taskId: null,
      slot: { member: null, start: null, end: null, hours: null },
      done: false,
    });
  });

  test.each([
    ['the member is called otherwise', { member: { id: 5, name: 'Maria L.' } }, false],
    ['another member', { member: { id: 6, name: 'Maria Lopez' } }, true],
    ['no member', { member: null }, true],
    ['another hour', { start: '2026-01-12T14:00:00Z' }, true],
    ['another length', { hours: 3 }, true],
  ])('who, when and how long are one value: %s', (_, given, psaChanged) => {
    const before = newFromPsa(eventFields, makePsaScheduleEntry(), context);
    const edited = { ...before, fields: { ...before.fields, slot: { member: null } } };
    const merged = mergeFromPsa(eventFields, makePsaScheduleEntry(given), edited, context);
    expect(merged.psaChanged).toBe(psaChanged);
    expect(merged.conflicts).toHaveLength(psaChanged ? 1 : 0);
    expect(merged.fields.slot).toEqual(
      psaChanged
        ? newFromPsa(eventFields, makePsaScheduleEntry(given), context).fields.slot
        : { member: null },
    );
  });

  test.each([
    [{ start: null, end: null, hours: null }, true],
    [{ start: null, end: null, hours: 0 }, true],
    [{ end: null, hours: null }, false],
    [{ start: null, hours: null }, false],
    [{ start: null, end: null }, false],
  ])('undated: %j', (given, expected) => {
    expect(isUndated(makePsaScheduleEntry(given))).toBe(expected);
  });
});

test('time entry', () => {
  expect(inPlan(timeLogFields, makePsaTimeEntry())).toEqual({
    taskId: 'task-a',
    phaseId: 'phase-a',
    member: { id: 5, name: 'Maria Lopez' },
    span: { start: '2026-01-12T13:00:00Z', end: '2026-01-12T14:30:00Z' },
    hours: 1.5,
    workType: { id: 2, name: 'Regular' },
    billable: 'Billable',
    notes: 'Ordered',
  });
  const empty = { ticketId: null, phaseId: null, member: null, workType: null, billable: null, notes: null };
  expect(inPlan(timeLogFields, makePsaTimeEntry({ ...empty, start: null, end: null, hours: null }))).toEqual({
    taskId: null,
    phaseId: null,
    member: null,
    span: { start: null, end: null },
    hours: null,
    workType: null,
    billable: null,
    notes: null,
  });
});

test('notes and team members', () => {
  expect(inPlan(projectNoteFields, makePsaProjectNote())).toEqual({
    text: 'Landlord agreed',
    type: { id: 3, name: 'Update' },
    flagged: false,
    author: 'mlopez',
    writtenAt: '2026-01-05T08:00:00Z',
  });
  expect(inPlan(ticketNoteFields, makePsaTicketNote())).toEqual({
    taskId: 'task-a',
    text: 'Delivery on Friday',
    use: 'discussion',
    author: 'mlopez',
    writtenAt: '2026-01-05T08:00:00Z',
  });
  expect(inPlan(teamMemberFields, makePsaTeamMember({ role: { id: 2, name: 'Lead' } }))).toEqual({
    member: { id: 5, name: 'Maria Lopez' },
    role: { id: 2, name: 'Lead' },
    hours: 40,
    dates: { start: null, end: null },
  });
});

/** In ConnectWise, another reading: the same or not. */
const slot = { member: { id: 5, name: 'Maria Lopez' }, start: 's', end: 'e', hours: 1 };
test.each<readonly [PlanKind, string, Json | undefined, Json | undefined, boolean]>([
  ['task', 'owner', { id: 5, name: 'Maria Lopez' }, { id: 5, name: 'M' }, true],
  ['task', 'owner', { id: 5, name: 'M' }, { id: 6, name: 'M' }, false],
  ['task', 'owner', { id: 5, name: 'M' }, null, false],
  ['task', 'owner', null, null, true],
  ['task', 'owner', undefined, { id: 5, name: 'M' }, false],
  ['task', 'owner', 'M', 'M', true],
  ['event', 'slot', slot, { ...slot, member: { id: 5, name: 'M' } }, true],
  ['event', 'slot', slot, { ...slot, member: null }, false],
  ['event', 'slot', { member: null }, null, false],
  ['event', 'slot', { member: null }, undefined, false],
  ['event', 'slot', null, undefined, true],
])('%s, %s: %j and %j are the same: %s', (kind, field, one, other, expected) => {
  const samePsa = rulesOf[kind].find((rule) => rule.field === field)?.samePsa;
  expect([samePsa?.(one, other), samePsa?.(other, one)]).toEqual([expected, expected]);
});

test.each<readonly [PlanKind, readonly string[]]>([
  ['project', ['closed', 'actualHours', 'percentComplete']],
  ['phase', ['wbsCode']],
  ['task', ['wbsCode', 'actualHours', 'resources', 'closed']],
  ['event', []],
  ['timeLog', []],
])('what ConnectWise makes of other records is nobody’s edit: %s', (kind, fields) => {
  const rules: readonly { readonly field: string; readonly derived?: true }[] = rulesOf[kind];
  expect(rules.filter(({ derived }) => derived === true).map(({ field }) => field)).toEqual(fields);
});

test('what refers to nothing is looked up nowhere', () => {
  const anything = {
    ...context,
    phaseId: (id: number) => `phase ${id}`,
    taskId: (id: number) => `task ${id}`,
  };
  const fields = newFromPsa(
    timeLogFields,
    makePsaTimeEntry({ phaseId: null, ticketId: null }),
    anything,
  ).fields;
  expect([fields.phaseId, fields.taskId]).toEqual([null, null]);
});

test('wbs codes sort as people count, those without one last', () => {
  const codes = ['2', '1.10', null, '1.9', '10', '1', '1.2.3', '1.9.1'];
  const sorted = codes.toSorted((a, b) => (wbsSortKey(a) < wbsSortKey(b) ? -1 : 1));
  expect(sorted).toEqual(['1', '1.2.3', '1.9', '1.9.1', '1.10', '2', '10', null]);
});
