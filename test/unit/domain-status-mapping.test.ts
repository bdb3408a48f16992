import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memberStatus } from '../../src/domain/member-status.ts';
import {
  categoryOf,
  mandatoryGaps,
  projectCategories,
  proposeCategory,
  proposeMapping,
  type StatusFacts,
  type StatusMapping,
  statusFacts,
  taskCategories,
} from '../../src/domain/status-mapping.ts';

function status(id: number, name: string, given: Partial<StatusFacts> = {}): StatusFacts {
  return {
    id,
    name,
    closed: false,
    inactive: false,
    escalation: null,
    sortOrder: id,
    isDefault: false,
    ...given,
  };
}

const closed = { closed: true };

describe('proposeCategory', () => {
  const open = [
    ['New', 'Not Started', 'Planning'],
    ['NEW (not triaged)', 'Not Started', 'Planning'],
    ['Open', 'Not Started', 'Planning'],
    ['Not Started', 'Not Started', 'Planning'],
    ['Not yet started', 'Not Started', 'Planning'],
    ['Unassigned', 'Not Started', 'Planning'],
    ['Scheduled', 'Not Started', 'Planning'],
    ['Planned', 'Not Started', 'Planning'],
    ['Planning', 'Not Started', 'Planning'],
    ['Ready for work', 'Not Started', 'Planning'],
    ['In Progress', 'In Progress', 'In Progress'],
    ['in-progress', 'In Progress', 'In Progress'],
    ['Work in progress', 'In Progress', 'In Progress'],
    ['Working on it', 'In Progress', 'In Progress'],
    ['Assigned', 'In Progress', 'In Progress'],
    ['Re-opened', 'In Progress', 'In Progress'],
    ['In review', 'In Progress', 'In Progress'],
    ['Ready to close', 'In Progress', 'In Progress'],
    ['Not completed', 'In Progress', 'In Progress'],
    ['Waiting Customer', 'Blocked', 'On Hold'],
    ['Waiting for vendor', 'Blocked', 'On Hold'],
    ['Awaiting approval', 'Blocked', 'On Hold'],
    ['On Hold', 'Blocked', 'On Hold'],
    ['On-Hold', 'Blocked', 'On Hold'],
    ['On–hold', 'Blocked', 'On Hold'],
    ['BLOCKED', 'Blocked', 'On Hold'],
    ['Pending parts', 'Blocked', 'On Hold'],
    ['In progress, waiting for parts', 'Blocked', 'On Hold'],
    ['Cancelled', 'Cancelled', 'Cancelled'],
    ['Canceled', 'Cancelled', 'Cancelled'],
    ['Cancellation requested', 'Cancelled', 'Cancelled'],
    ['Completed', 'Complete', 'Complete'],
    ['Complete', 'Complete', 'Complete'],
    ['Closed', 'Complete', 'Complete'],
    ['>Closed', 'Complete', 'Complete'],
    ['Done', 'Complete', 'Complete'],
    ['Resolved', 'Complete', 'Complete'],
    // Words are whole words, and a name that says nothing has not begun.
    ['Incomplete', 'Not Started', 'Planning'],
    ['Newsletter', 'Not Started', 'Planning'],
    ['Threshold', 'Not Started', 'Planning'],
    ['Evidence needed', 'Not Started', 'Planning'],
    ['', 'Not Started', 'Planning'],
  ] as const;

  it.each(open)('an open status “%s” is %s for a task and %s for a project', (name, task, project) => {
    expect(proposeCategory('task', status(1, name))).toBe(task);
    expect(proposeCategory('project', status(1, name))).toBe(project);
  });

  it.each([
    ['Cancelled', 'Cancelled'],
    ['>Canceled by client', 'Cancelled'],
    ['Completed', 'Complete'],
    ['In Progress', 'Complete'],
    ['On hold', 'Complete'],
    ['Sent to billing', 'Complete'],
  ] as const)('a closed status “%s” is %s', (name, category) => {
    for (const kind of ['task', 'project'] as const) {
      expect(proposeCategory(kind, status(1, name, closed))).toBe(category);
    }
  });

  it.each([
    ['NotResponded', 'Not Started'],
    ['Responded', 'In Progress'],
    ['ResolutionPlan', 'In Progress'],
    ['Resolved', 'Complete'],
    ['NoEscalation', 'Not Started'],
    ['Something new', 'Not Started'],
    [null, 'Not Started'],
  ] as const)('escalation %s makes a status that says nothing %s', (escalation, category) => {
    expect(proposeCategory('task', status(1, 'Stage B', { escalation }))).toBe(category);
  });

  it('a name says more than the escalation', () => {
    expect(proposeCategory('task', status(1, 'Waiting', { escalation: 'Responded' }))).toBe('Blocked');
  });
});

describe('statusFacts', () => {
  const row = { id: 7, name: 'New', inactive: false, details: {} };

  it('takes what the table says', () => {
    const details = { closed: true, escalation: 'Resolved', sortOrder: 0, isDefault: true };
    expect(statusFacts({ ...row, inactive: true, details })).toEqual({
      id: 7,
      name: 'New',
      inactive: true,
      ...details,
    });
  });

  it('does without what it does not say', () => {
    expect(statusFacts({ ...row, name: null })).toEqual({
      id: 7,
      name: 'Status #7',
      inactive: false,
      closed: false,
      escalation: null,
      sortOrder: null,
      isDefault: false,
    });
  });
});

const board = [
  status(101, 'New'),
  status(102, 'Scheduled', { isDefault: true }),
  status(103, 'In Progress'),
  status(104, 'Waiting Customer'),
  status(105, 'Completed', closed),
  status(106, '>Closed', closed),
];

function saved(mapping: StatusMapping): StatusMapping {
  return { ...mapping, revision: mapping.revision + 1 };
}

describe('proposeMapping', () => {
  it('makes a first mapping of a board', () => {
    expect(proposeMapping(undefined, board, 7)).toEqual({
      of: 7,
      revision: 0,
      statuses: [
        { id: 101, name: 'New', category: 'Not Started', setBy: 'cwsync' },
        { id: 102, name: 'Scheduled', category: 'Not Started', setBy: 'cwsync' },
        { id: 103, name: 'In Progress', category: 'In Progress', setBy: 'cwsync' },
        { id: 104, name: 'Waiting Customer', category: 'Blocked', setBy: 'cwsync' },
        { id: 105, name: 'Completed', category: 'Complete', setBy: 'cwsync' },
        { id: 106, name: '>Closed', category: 'Complete', setBy: 'cwsync' },
      ],
      defaults: { 'Not Started': 102, 'In Progress': 103, Blocked: 104, Complete: 105 },
    });
  });

  it('makes a first mapping of projects in their own words', () => {
    const statuses = [status(1, 'Open'), status(2, 'On-Hold'), status(3, 'Closed', closed)];
    expect(proposeMapping(undefined, statuses, 'projects')).toMatchObject({
      of: 'projects',
      statuses: [{ category: 'Planning' }, { category: 'On Hold' }, { category: 'Complete' }],
      defaults: { Planning: 1, 'On Hold': 2, Complete: 3 },
    });
  });

  it('is the existing mapping itself where nothing changed, in whatever order statuses are shown', () => {
    const existing = saved(proposeMapping(undefined, board, 7));
    expect(proposeMapping(existing, board, 7)).toBe(existing);
    expect(proposeMapping(existing, board.toReversed(), 7)).toBe(existing);
  });

  it('keeps what a person set and what was proposed before, takes names over and adds what is new', () => {
    const first = proposeMapping(undefined, board, 7);
    const byPerson: StatusMapping = {
      ...first,
      revision: 4,
      statuses: first.statuses.map((one) =>
        one.id === 104 ? { ...one, category: 'In Progress', setBy: 'Ann' } : one,
      ),
      defaults: { 'Not Started': 101, 'In Progress': 104, Complete: 106 },
    };
    const shown = [
      ...board.map((one) => (one.id === 103 ? { ...one, name: 'Cancelled' } : one)),
      status(99, 'Pending'),
    ];
    const proposed = proposeMapping(byPerson, shown, 7);
    expect(proposed.revision).toBe(4);
    expect(proposed.statuses).toEqual([
      ...byPerson.statuses.map((one) => (one.id === 103 ? { ...one, name: 'Cancelled' } : one)),
      { id: 99, name: 'Pending', category: 'Blocked', setBy: 'cwsync' },
    ]);
    expect(proposed.defaults).toEqual({ ...byPerson.defaults, Blocked: 99 });
  });

  it('drops no status that is no longer shown, but writes none such', () => {
    const existing = saved(proposeMapping(undefined, board, 7));
    const without = board.filter(({ id }) => id !== 102 && id !== 104);
    const proposed = proposeMapping(existing, without, 7);
    expect(proposed.statuses).toEqual(existing.statuses);
    expect(proposed.defaults).toEqual({ 'Not Started': 101, 'In Progress': 103, Complete: 105 });
    expect(proposeMapping(saved(proposed), board, 7).defaults).toEqual({
      ...proposed.defaults,
      Blocked: 104,
    });
  });

  it.each([
    ['by place, not by id', { sortOrder: 2 }, { sortOrder: 1 }, 2],
    ['by id within one place', { sortOrder: 1 }, { sortOrder: 1 }, 1],
    ['without a place last', { sortOrder: null }, { sortOrder: 9 }, 2],
    ['no inactive one', { inactive: true }, {}, 2],
    ['no inactive one, though it is the default of ConnectWise', { inactive: true, isDefault: true }, {}, 2],
    ['the default of ConnectWise means a new record, nothing else', {}, { isDefault: true }, 1],
  ] as const)('picks the status that is written %s', (_what, first, second, expected) => {
    const statuses = [status(1, 'In progress', first), status(2, 'Assigned', second)];
    expect(proposeMapping(undefined, statuses, 7).defaults).toEqual({ 'In Progress': expected });
  });

  it('settles in one step and never loses, moves or renames without cause', async () => {
    const names = ['New', 'In Progress', 'Waiting', 'Done', 'Cancelled', 'x'];
    const facts = fc.record({
      id: fc.integer({ min: 1, max: 12 }),
      name: fc.constantFrom(...names),
      closed: fc.boolean(),
      inactive: fc.boolean(),
      escalation: fc.constantFrom(null, 'Resolved', 'Responded'),
      sortOrder: fc.option(fc.integer({ min: 0, max: 5 })),
      isDefault: fc.boolean(),
    });
    const shown = fc.uniqueArray(facts, { selector: ({ id }) => id });
    await fc.assert(
      fc.property(fc.array(shown, { maxLength: 4 }), fc.constantFrom(7, 'projects' as const), (reads, of) => {
        let mapping: StatusMapping | undefined;
        for (const statuses of reads) {
          const before: StatusMapping | undefined = mapping;
          mapping = proposeMapping(before, statuses, of);
          expect(proposeMapping(mapping, statuses.toReversed(), of)).toBe(mapping);
          const after = new Map(mapping.statuses.map((one) => [one.id, one]));
          for (const { id, category } of before?.statuses ?? [])
            expect(after.get(id)?.category).toBe(category);
          for (const { id, name } of statuses) expect(after.get(id)?.name).toBe(name);
          expectUsableDefaults(mapping, statuses);
        }
      }),
    );
  });
});

/** Each category has a default exactly where one of its statuses can be written. */
function expectUsableDefaults(mapping: StatusMapping, statuses: readonly StatusFacts[]): void {
  const usable = new Set(statuses.filter(({ inactive }) => !inactive).map(({ id }) => id));
  for (const category of new Set([...taskCategories, ...projectCategories])) {
    const candidates = mapping.statuses.filter((one) => one.category === category && usable.has(one.id));
    const picked = mapping.defaults[category];
    if (candidates.length === 0) expect(picked).toBeUndefined();
    else expect(candidates.map(({ id }) => id)).toContain(picked);
  }
}

describe('categoryOf', () => {
  const mapping = { ...proposeMapping(undefined, board, 7), revision: 3 };

  it('says what the mapping says, under its revision', () => {
    expect(categoryOf(mapping, 104, 'task')).toEqual({ category: 'Blocked', revision: 3 });
    const projects = { ...proposeMapping(undefined, [status(2, 'Active')], 'projects'), revision: 2 };
    expect(categoryOf(projects, 2, 'project')).toEqual({ category: 'In Progress', revision: 2 });
  });

  it.each([
    ['no mapping', undefined, 104, 0],
    ['a status that is not mapped', mapping, 999, 3],
    ['no status', mapping, null, 3],
  ] as const)('with %s it has not begun', (_what, known, id, revision) => {
    expect(categoryOf(known, id, 'task')).toEqual({ category: 'Not Started', revision });
    expect(categoryOf(known, id === 104 ? id : 999, 'project')).toEqual({ category: 'Planning', revision });
  });

  it('takes no category of the other kind', () => {
    const mixed: StatusMapping = {
      ...mapping,
      statuses: [{ id: 1, name: 'x', category: 'On Hold', setBy: 'Ann' }],
    };
    expect(categoryOf(mixed, 1, 'task').category).toBe('Not Started');
    expect(categoryOf(mixed, 1, 'project').category).toBe('On Hold');
  });
});

describe('mandatoryGaps', () => {
  it('names the categories of a board that need a status', () => {
    expect(mandatoryGaps(proposeMapping(undefined, board, 7))).toEqual([]);
    expect(mandatoryGaps(proposeMapping(undefined, [status(1, 'Waiting')], 7))).toEqual([
      'Not Started',
      'In Progress',
      'Complete',
    ]);
    const some = [status(1, 'New'), status(2, 'Done', closed)];
    expect(mandatoryGaps(proposeMapping(undefined, some, 7))).toEqual(['In Progress']);
  });

  it('asks nothing of projects', () => {
    expect(mandatoryGaps(proposeMapping(undefined, [status(1, 'On Hold')], 'projects'))).toEqual([]);
  });
});

describe('memberStatus', () => {
  const row = { inactive: true } as const;
  it.each([
    [true, { ...row, statusHere: 'active' }, 'inactive'],
    [true, { inactive: false, statusHere: 'inactive' }, 'active'],
    [false, { ...row, statusHere: 'active' }, 'active'],
    [false, { inactive: false, statusHere: 'inactive' }, 'inactive'],
    [false, row, 'inactive'],
    [false, { inactive: false }, 'active'],
  ] as const)('with Sync User Status %s, %j is %s', (syncUserStatus, member, expected) => {
    expect(memberStatus(member, { syncUserStatus })).toBe(expected);
  });
});
