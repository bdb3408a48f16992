import { describe, expect, test } from 'vitest';
import {
  phaseFields,
  phaseNamedBy,
  projectFields,
  type ReferenceContext,
  taskFields,
  wbsSortKey,
} from '../../src/domain/inbound-fields.ts';
import { type FieldRule, newFromPsa } from '../../src/domain/reconcile.ts';
import { makePsaPhase, makePsaProject, makePsaTicket } from '../support/make-psa-records.ts';

const context: ReferenceContext = { phaseId: (id) => (id === 201 ? 'phase-a' : undefined) };
function inPlan<R>(rules: readonly FieldRule<R, ReferenceContext>[], record: R) {
  return newFromPsa(rules, record, context).fields;
}

describe('project', () => {
  test('with everything', () => {
    expect(inPlan(projectFields, makePsaProject())).toEqual({
      name: 'Office move',
      description: 'All of it',
      status: { id: 1, name: 'Open' },
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
      status: { id: 2, name: 'New' },
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
    expect(phaseNamedBy(empty)).toBeUndefined();
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
    expect(phaseNamedBy(dangling)).toBe(999);
    const made = newFromPsa(taskFields, dangling, context);
    expect(made.fields.phaseId).toBeNull();
    expect(made.base.psa.phaseId).toBe(999);
  });
});

test('wbs codes sort as people count, those without one last', () => {
  const codes = ['2', '1.10', null, '1.9', '10', '1', '1.2.3', '1.9.1'];
  const sorted = codes.toSorted((a, b) => (wbsSortKey(a) < wbsSortKey(b) ? -1 : 1));
  expect(sorted).toEqual(['1', '1.2.3', '1.9', '1.9.1', '1.10', '2', '10', null]);
});
