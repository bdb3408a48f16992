import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { phaseFrom, projectFrom, ticketFrom } from '../../adapters/connectwise/mapping.ts';
import {
  fieldsOf,
  phaseSchema,
  projectSchema,
  ticketNoteSchema,
  ticketSchema,
} from '../../adapters/connectwise/schemas.ts';

const project = {
  id: 812,
  name: 'Office\u0000 move',
  status: { id: 1, name: 'Open', _info: { status_href: 'x' } },
  board: { id: 3, name: 'Projects' },
  company: { id: 9, identifier: 'acme', name: null },
  manager: { id: 150, identifier: 'akim' },
  estimatedStart: '2026-01-05T00:00:00Z',
  estimatedEnd: '2026-03-01',
  percentComplete: 0.25,
  closedFlag: true,
  madeUpField: { deep: [1] },
  _info: { lastUpdated: '2026-01-04T22:08:22Z', updatedBy: 'akim', project_href: 'x' },
};

const zoneBefore = process.env.TZ;

// On a machine in UTC a date that went through the local zone would look right.
beforeAll(() => {
  process.env.TZ = 'America/New_York';
});

afterAll(() => {
  if (zoneBefore === undefined) delete process.env.TZ;
  else process.env.TZ = zoneBefore;
});

describe('reading records', () => {
  it('reads a project, without NUL characters, unknown fields or local zones', () => {
    expect(projectFrom(projectSchema.parse(project))).toEqual({
      id: 812,
      lastUpdated: '2026-01-04T22:08:22Z',
      updatedBy: 'akim',
      entered: { by: null, at: null },
      name: 'Office move',
      description: null,
      status: { id: 1, name: 'Open' },
      closed: true,
      board: { id: 3, name: 'Projects' },
      company: { id: 9, name: 'acme' },
      manager: { id: 150, name: 'akim' },
      estimatedStart: '2026-01-05T00:00:00Z',
      estimatedEnd: '2026-03-01T00:00:00Z',
      actualEnd: null,
      actualHours: null,
      budgetHours: null,
      percentComplete: 0.25,
    });
  });

  it('reads a phase', () => {
    const phase = {
      id: 5,
      projectId: 812,
      description: 'Plan',
      parentPhase: { id: 4, name: 'Before' },
      wbsCode: '1.2',
    };
    expect(phaseFrom(phaseSchema.parse({ ...phase, scheduledStart: '', budgetHours: 14 }))).toEqual({
      id: 5,
      lastUpdated: null,
      updatedBy: null,
      entered: { by: null, at: null },
      name: 'Plan',
      parent: { id: 4, name: 'Before' },
      wbsCode: '1.2',
      status: null,
      scheduledStart: null,
      scheduledEnd: null,
      budgetHours: 14,
    });
  });

  it('reads a ticket', () => {
    const ticket = ticketFrom(
      ticketSchema.parse({
        id: 69,
        summary: 'Cable',
        project: { id: 812 },
        phase: { id: null },
        resources: 'User1, User10,,',
        requiredDate: '2026-02-01T00:00:00Z',
        estimatedStartDate: '2026-01-20T00:00:00Z',
        predecessorType: 'Phase',
        predecessorId: 4,
        closedFlag: null,
      }),
    );
    expect(ticket).toMatchObject({
      project: { id: 812, name: null },
      phase: null,
      resources: ['User1', 'User10'],
      required: '2026-02-01T00:00:00Z',
      estimatedStart: '2026-01-20T00:00:00Z',
      predecessor: { kind: 'phase', id: 4, lagDays: 0 },
      closed: false,
    });
  });

  test.each([
    [
      { predecessorType: 'Ticket', predecessorId: 7, lagDays: -2 },
      { kind: 'ticket', id: 7, lagDays: -2 },
    ],
    [{ predecessorType: 'Ticket', predecessorId: 0 }, null],
    [{ predecessorType: 'Ticket' }, null],
    [{ predecessorType: 'Milestone', predecessorId: 7 }, null],
    [{ predecessorId: 7 }, null],
  ])('the predecessor of %j', (fields, expected) => {
    expect(ticketFrom(ticketSchema.parse({ id: 1, ...fields })).predecessor).toEqual(expected);
  });

  test.each([
    ['nothing but an id', { id: 1 }],
    [
      'null everywhere',
      { ...Object.fromEntries(Object.keys(ticketSchema.shape).map((key) => [key, null])), id: 1 },
    ],
    ['a stamp that cannot be read', { id: 1, _info: { lastUpdated: '2015-12-24T22: 08: 22Z' } }],
  ])('accepts %s', (_name, record) => {
    expect(ticketSchema.parse(record)._info.lastUpdated).toBeNull();
  });

  test.each([
    ['no id', {}],
    ['an id that is text', { id: '7' }],
    ['an id of 0', { id: 0 }],
    ['a name that is a number', { id: 1, summary: 7 }],
    ['a date that cannot be read', { id: 1, requiredDate: 'tomorrow' }],
    ['a date that does not exist', { id: 1, requiredDate: '2026-13-01T00:00:00Z' }],
    ['a reference that is a number', { id: 1, board: 3 }],
  ])('refuses %s', (_name, record) => {
    expect(ticketSchema.safeParse(record).success).toBe(false);
  });

  test.each([
    ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00Z'],
    ['2026-01-31T08:00:00.123Z', '2026-01-31T08:00:00Z'],
    ['2026-01-31T08:00:00', '2026-01-31T08:00:00Z'],
    ['2026-01-31T08:00:00+02:00', '2026-01-31T06:00:00Z'],
    ['2026-01-31', '2026-01-31T00:00:00Z'],
  ])('the date %s is %s', (written, iso) => {
    expect(ticketSchema.parse({ id: 1, requiredDate: written }).requiredDate).toBe(iso);
  });

  it('asks for exactly the fields it reads', () => {
    const fields = fieldsOf(ticketNoteSchema).split(',');
    expect(fields).toContain('member/identifier');
    expect(fields).toContain('_info/enteredBy');
    expect(fields).toContain('resolutionFlag');
    expect(fields).not.toContain('member');
    expect(new Set(fields.map((field) => field.split('/')[0]))).toEqual(
      new Set(Object.keys(ticketNoteSchema.shape)),
    );
  });
});
