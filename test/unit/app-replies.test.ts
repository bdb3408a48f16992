import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../src/app/commands/parse.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { helpOverviewReply } from '../../src/app/replies/help.ts';
import { homeReply } from '../../src/app/replies/home.ts';
import { integrationLogReply } from '../../src/app/replies/logs.ts';
import { count, duration, pager, people } from '../../src/app/replies/parts.ts';
import { projectCardReply } from '../../src/app/replies/project-card.ts';
import { customerBefore } from '../../src/app/replies/project-words.ts';
import { statusListReply } from '../../src/app/replies/status-list.ts';
import { retryingReply } from '../../src/app/replies/sync-answer.ts';
import { tasksReply } from '../../src/app/replies/tasks.ts';
import type { PlanRecord } from '../../src/domain/plan.ts';
import { type Role, roles } from '../../src/domain/roles.ts';
import { itself } from '../../src/domain/sync-task.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { actionsOf, openGate, testLinks, wordsOf } from '../support/command-rig.ts';
import { extremeHomes, extremeNames, extremeReplies } from '../support/extreme-replies.ts';
import { atMs, makeSyncTask, noRecords, testStart } from '../support/make-sync-task.ts';

const now = testStart;

function expectUnderstood(reply: Reply, named: boolean): void {
  for (const { label, command } of actionsOf(reply)) {
    expect([command, parseCommand(commands, command).result]).toEqual([command, 'command']);
    if (named) expect(label.trim()).not.toBe('');
  }
}

describe('whatever the names are', () => {
  test.each(extremeNames)('%s: every reply says something and every button is understood', (_, name) => {
    for (const reply of [...extremeReplies(name), ...extremeHomes(name)]) {
      expect(reply.summary.trim()).not.toBe('');
      expect(reply.blocks.length).toBeGreaterThan(0);
      for (const block of reply.blocks) {
        if (block.block === 'actions') expect(block.actions.length).toBeGreaterThan(0);
      }
      expectUnderstood(reply, name.trim() !== '');
    }
  });

  test('2,000 projects on the standing page: a page of them, within 100 blocks and 250 kB', () => {
    const name = '👩‍👩‍👧‍👦 & <!channel> '.repeat(12);
    const failure = { code: 'cw.rejected', message: name, vendorMessage: name.repeat(5), at: now } as const;
    const tasks = Array.from({ length: 20 }, (_, n) =>
      makeSyncTask({
        failure,
        needsAttention: { since: now, failure },
        link: { projectName: name, customer: name, board: `${name} ${n}`, externalId: 1e9 + n },
      }),
    );
    const counts = {
      total: 2_000,
      needAttention: 2_000,
      hidden: { disabled: 9, disconnected: 0, archived: 9 },
      linked: 2_018,
    };
    const importing = { left: 3, of: 2_000, needAttention: 3 };
    const reply = homeReply({
      list: { ...counts, tasks, attention: tasks.slice(0, 5), importing, now },
      wish: { byBoard: true, filter: 'x'.repeat(300) },
      reader: { role: 'viewer', helpers: [] } as const,
      places: new Map(),
      waiting: new Map(tasks.map(({ id }) => [id, 140])),
      gate: openGate,
      readOnly: true,
      links: testLinks,
      page: 1,
      perPage: 20,
    });
    // A filter may become two blocks.
    expect(reply.blocks.length).toBeLessThan(99);
    expect(JSON.stringify(reply).length).toBeLessThan(125_000);
  });
});

describe('the list', () => {
  const view = {
    reader: { role: 'viewer', helpers: [] } as const,
    places: new Map<string, number>(),
    waiting: new Map<string, number>(),
    gate: openGate,
    readOnly: true,
    links: testLinks,
    page: 1,
    wish: {},
  };
  const list = {
    tasks: [makeSyncTask()],
    total: 1,
    needAttention: 0,
    attention: [],
    linked: 1,
    importing: { left: 0, of: 1, needAttention: 0 },
    now,
  };

  test.each([
    [
      { total: 41, needAttention: 2, hidden: { disabled: 3, disconnected: 0, archived: 2 } },
      '41 projects, 2 need attention; 3 disabled and 2 archived not shown',
    ],
    [
      { total: 1, needAttention: 1, hidden: { disabled: 0, disconnected: 0, archived: 0 } },
      '1 project, 1 needs attention',
    ],
    [
      { total: 1, needAttention: 0, hidden: { disabled: 2, disconnected: 1, archived: 1 } },
      '1 project; 2 disabled, 1 disconnected and 1 archived not shown',
    ],
    [
      { total: 0, needAttention: 0, hidden: { disabled: 0, disconnected: 0, archived: 4 } },
      '0 projects; 4 archived not shown',
    ],
  ])('%j: %s', (counts, summary) => {
    expect(statusListReply({ ...view, list: { ...list, ...counts } }).summary).toBe(summary);
  });

  test.each([
    [
      'all hidden',
      { hidden: { disabled: 2, disconnected: 0, archived: 1 } },
      {},
      'All 3 projects are hidden. Add --disabled or --archived to see what is there.',
    ],
    ['no match', {}, { wish: { filter: 'zzz' } }, 'No project matches zzz.'],
    [
      'only hidden matches',
      { hidden: { disabled: 2, disconnected: 0, archived: 0 } },
      { wish: { filter: 'zzz' } },
      '2 hidden match.',
    ],
  ])('an empty one says why: %s', (_, counts, given, words) => {
    const empty = {
      ...list,
      tasks: [],
      total: 0,
      hidden: { disabled: 0, disconnected: 0, archived: 0 },
      ...counts,
    };
    expect(wordsOf(statusListReply({ ...view, ...given, list: empty }))).toContain(words);
  });
});

describe('the card', () => {
  const labels = (task: Parameters<typeof makeSyncTask>[0]): readonly string[] =>
    actionsOf(
      projectCardReply({ workType: {}, task: makeSyncTask(task), now, links: testLinks, gate: openGate }),
    ).map(({ label }) => label);
  const failure = { code: 'cw.auth', at: now } as const;

  test.each<[string, Parameters<typeof makeSyncTask>[0], string[]]>([
    ['idle', {}, ['Refresh', 'Tasks', 'Integration Log', 'Disable', 'Archive', 'Disconnect']],
    [
      'needs attention',
      { needsAttention: { since: now, failure }, failure },
      ['Refresh', 'Tasks', 'Integration Log', 'Disable', 'Archive', 'Disconnect'],
    ],
    [
      'requested',
      { state: 'requested', wakeAt: atMs(9) },
      ['Tasks', 'Integration Log', 'Disable', 'Archive', 'Disconnect'],
    ],
    [
      'retrying',
      { state: 'requested', wakeAt: atMs(9), failure },
      ['Retry now', 'Tasks', 'Integration Log', 'Disable', 'Archive', 'Disconnect'],
    ],
    [
      'syncing',
      { state: 'syncing', wakeAt: atMs(9) },
      ['Tasks', 'Integration Log', 'Disable', 'Archive', 'Disconnect'],
    ],
    [
      'disabled',
      { link: { state: 'disabled' } },
      ['Tasks', 'Integration Log', 'Enable', 'Archive', 'Disconnect'],
    ],
    ['archived', { link: { state: 'archived' } }, ['Tasks', 'Integration Log', 'Unarchive', 'Disconnect']],
    ['disconnected', { link: { state: 'disconnected' } }, ['Tasks', 'Integration Log']],
  ])('%s', (_, task, expected) => {
    const explained = ['What the states mean', 'Delta', 'Comprehensive'];
    expect(labels(task)).toEqual([...expected, ...explained]);
  });

  test('shows every item of the project panel', () => {
    const task = makeSyncTask({ lastDeltaAt: atMs(-30_000), clockAt: atMs(4 * 3_600_000) });
    const words = wordsOf(projectCardReply({ workType: {}, task, now, links: testLinks, gate: openGate }));
    expect(words.split('\n').slice(1, -2)).toEqual([
      'Office move',
      'Linked: yes',
      'ConnectWise Project Name: Office move',
      'ConnectWise Project ID: #1042',
      'Customer: Contoso',
      'Board: Projects',
      'Work Type: <Enterprise Default Work Type> (none chosen yet)',
      'Sync Enabled: yes',
      'Sync Status: Idle',
      expect.stringMatching(/^Health: \S+ Healthy$/u),
      'Last Sync Completed: 2026-01-04T23:59:00.000Z (comprehensive)',
      'Last Delta Sync: 2026-01-04T23:59:30.000Z',
      'Last Comprehensive Sync: 2026-01-04T23:59:00.000Z',
      'Next Comprehensive Sync: 2026-01-05T04:00:00.000Z',
    ]);
  });

  test.each([
    [{ own: 'Remote' }, 'Work Type: Remote\n'],
    [{ byDefault: { name: 'Remote', of: 'board' } }, 'Work Type: <Board Default Work Type>: Remote\n'],
    [
      { byDefault: { name: 'On site', of: 'enterprise' } },
      'Work Type: <Enterprise Default Work Type>: On site\n',
    ],
  ] as const)('the work type %j: %s', (workType, words) => {
    const task = makeSyncTask();
    expect(wordsOf(projectCardReply({ workType, task, now, links: testLinks, gate: openGate }))).toContain(
      words,
    );
  });

  test.each<[Parameters<typeof makeSyncTask>[0], string | undefined]>([
    [{}, undefined],
    [{ state: 'requested', wakeAt: atMs(9) }, 'is asked for already and starts 2026-01-05T00:00:00.009Z;'],
    [{ state: 'requested', wakeAt: atMs(9), failure }, 'Retry now skips the wait.'],
    [{ state: 'requested', wakeAt: atMs(-9) }, 'is in line'],
    [{ state: 'syncing', wakeAt: atMs(9) }, 'It is syncing right now'],
    [{ link: { state: 'archived' } }, 'this one is archived'],
  ])('%j says why there is no Refresh: %s', (given, words) => {
    const task = makeSyncTask(given);
    const said = wordsOf(projectCardReply({ workType: {}, task, now, links: testLinks, gate: openGate }));
    if (words === undefined) expect(said).not.toContain('Refresh can be');
    else expect(said).toContain(words);
  });

  test('shows at most ten fields in a block', () => {
    const reply = projectCardReply({
      workType: {},
      task: makeSyncTask(),
      now,
      links: testLinks,
      gate: openGate,
    });
    for (const block of reply.blocks) {
      if (block.block === 'fields') expect(block.fields.length).toBeLessThanOrEqual(10);
    }
  });

  test('a failure is told with ConnectWise’s own words and what is next', () => {
    const told = { code: 'cw.rejected', field: 'dueDate', vendorMessage: 'Too early.', at: now } as const;
    const task = makeSyncTask({ failure: told, needsAttention: { since: now, failure: told } });
    const words = wordsOf(projectCardReply({ workType: {}, task, now, links: testLinks, gate: openGate }));
    expect(words).toContain('Field: dueDate. ConnectWise says: Too early.');
    expect(words).toContain('that asks for the next sync. (cw.rejected, on the side of ConnectWise)');
  });
});

describe('health in words', () => {
  const cardOf = (task: Parameters<typeof makeSyncTask>[0], gate = openGate): string =>
    wordsOf(projectCardReply({ workType: {}, task: makeSyncTask(task), now, links: testLinks, gate }));

  test('late: since when, and what to do', () => {
    const late = { lateAt: atMs(-60_000) };
    expect(cardOf(late)).toContain('Health: ◔ Late since 2026-01-04T23:59:00.000Z');
    expect(cardOf(late)).toContain('No sync has succeeded for more than twice the usual time.');
    expect(cardOf({ lateAt: atMs(60_000) })).not.toContain('Late');
  });

  test('switched off by itself: no person is named', () => {
    const changed = { by: itself, at: atMs(0), reason: 'closed in ConnectWise for 90 days' };
    expect(cardOf({ link: { state: 'disabled', changed } })).toContain(
      'Disabled automatically, 2026-01-05T00:00:00.000Z: closed in ConnectWise for 90 days',
    );
  });

  test('the whole integration is off: said as its health, with by whom', () => {
    const gate = { now, enabled: false, changed: { by: { id: 'slack:T/U', name: 'Ann' }, at: now } };
    expect(cardOf({}, gate)).toContain('Health: ‖ Integration disabled\n');
    expect(cardOf({}, gate)).toContain('Integration disabled by Ann');
  });

  test.each([
    ['phase', 'Project › Project Phase'],
    ['timeEntry', 'Time & Expense › Time Entry'],
    ['boardStatus', 'System › Table Setup'],
    ['member', 'System › Member Maintenance'],
  ])('a kind that may not be read (%s) names the right', (entity, right) => {
    const failure = { code: 'cw.permission', message: 'Refused.', entity } as const;
    expect(cardOf({ needsAttention: { since: now, failure } })).toContain(
      `Refused. The right to look at: ${right}, Inquire Level All.`,
    );
  });

  test.each([undefined, 'constructor', 'agreement'])(
    'an entity that is none (%s) names no right',
    (entity) => {
      const failure = { code: 'cw.permission', ...(entity === undefined ? {} : { entity }) } as const;
      expect(cardOf({ needsAttention: { since: now, failure } })).not.toContain('The right to look at');
    },
  );

  test('a first sync is comprehensive, whatever was asked for', () => {
    const { lastSync: _, ...fresh } = makeSyncTask({ state: 'syncing', wakeAt: atMs(9), startedAt: now });
    expect(
      wordsOf(projectCardReply({ workType: {}, task: fresh, now, links: testLinks, gate: openGate })),
    ).toContain('Syncing (comprehensive)');
  });
});

describe('a list of tasks', () => {
  const item = (fields: PlanRecord['fields'], pair: Partial<PlanRecord> = {}): PlanRecord => ({
    id: 'task-1',
    projectId: 'p1',
    kind: 'task',
    version: 1,
    fields: { summary: 'Order desks', ...fields },
    syncFence: 1,
    changedAt: now,
    changedBy: 'Bob',
    ...pair,
  });
  const view = { task: makeSyncTask(), phases: [], total: 1, page: 1, counts: noRecords, links: testLinks };

  test.each([
    [{ id: 1, name: 'Waiting for vendor', category: 'Blocked' }, 'Waiting for vendor (Blocked) ·'],
    [{ id: 1, name: 'In progress', category: 'In Progress' }, 'In progress ·'],
    [{ id: 1, name: null, category: 'Complete' }, 'Complete ·'],
    [null, 'no status ·'],
  ])('the status %j: %s', (status, words) => {
    expect(wordsOf(tasksReply({ ...view, tasks: [item({ status })] }))).toContain(`\n${words}`);
  });

  test('one without a pair is in the plan only, and has no link', () => {
    const words = wordsOf(tasksReply({ ...view, tasks: [item({})] }));
    expect(words).toContain('in the plan only');
    expect(words).not.toContain('#undefined');
    expect(wordsOf(tasksReply({ ...view, tasks: [item({}, { externalId: 77 })] }))).toContain('#77');
  });

  test('tells how much else there is', () => {
    const counts = { ...noRecords, event: 14, timeLog: 1, projectNote: 2, ticketNote: 10 };
    expect(wordsOf(tasksReply({ ...view, tasks: [], counts }))).toContain(
      '14 scheduled events, 1 time log, 12 notes.',
    );
  });
});

describe('records in the log', () => {
  test.each<[NonNullable<LogEntry['entity']>, string | undefined]>([
    ['project', 'project'],
    ['task', 'ticket'],
    ['event', 'scheduleEntry'],
    ['timeLog', 'timeEntry'],
    ['phase', undefined],
    ['ticketNote', undefined],
    ['member', undefined],
  ])('%s: page %s', (entity, page) => {
    const base = { at: now, severity: 'info', action: 'created', direction: 'none', message: 'x' } as const;
    const entry = { ...base, id: 'e1', entity, externalId: 5 };
    const view = { errorsOnly: false, page: 1, links: testLinks, projects: new Map() };
    const links = integrationLogReply(view, { entries: [entry], more: false })
      .blocks.flatMap((block) => (block.block === 'row' ? block.lines.flat() : []))
      .flatMap((part) => (part.part === 'link' ? [part.url] : []));
    expect(links).toEqual(page === undefined ? [] : [testLinks.record(page as 'project', 5)]);
  });
});

test('a retry tells the attempt, why, and when it goes on', () => {
  const failure = { code: 'cw.unavailable', at: now } as const;
  const task = makeSyncTask({ failure, attempts: 2, state: 'requested', wakeAt: atMs(60_000) });
  expect(wordsOf(retryingReply({ task, now, gate: openGate }))).toContain(
    'attempt 2 failed. ConnectWise did not answer, or answered that it is in trouble. Tried again at 2026-01-05T00:01:00.000Z.',
  );
});

test.each([
  [true, 'This project has no tasks.'],
  [false, 'Nothing imported yet'],
])('a project without tasks says why (synced: %s)', (synced, words) => {
  const { lastSync, ...fresh } = makeSyncTask();
  const task = synced && lastSync ? { ...fresh, lastSync } : fresh;
  expect(
    wordsOf(
      tasksReply({ task, phases: [], tasks: [], total: 0, counts: noRecords, page: 1, links: testLinks }),
    ),
  ).toContain(words);
});

describe('help', () => {
  const overview = (role: Role) => helpOverviewReply({ commands, role, admins: [], missing: [] });
  test.each(roles)('without words has four lines and buttons that fit a %s, and the role', (role) => {
    const reply = overview(role);
    expect(reply.blocks.filter(({ block }) => block === 'text')).toHaveLength(4);
    expect(actionsOf(reply).length).toBeGreaterThanOrEqual(4);
    expect(wordsOf(reply)).toContain(`Your role: ${role}. Admins: nobody yet`);
  });

  test('tells only what the asker may do, and nothing that only our buttons mean', () => {
    expect(wordsOf(overview('viewer'))).toContain(
      'You may write: status, tasks, logs, report, integration, incidents, follow, unfollow, claim, help.',
    );
    expect(wordsOf(overview('viewer'))).not.toContain('sync <project> –');
    expect(wordsOf(overview('operator'))).toContain('sync <project> –');
    expect(wordsOf(overview('admin'))).toMatch(/You may write: [^.]*disconnect/u);
    expect(wordsOf(overview('admin'))).not.toContain('home');
  });
});

describe('parts', () => {
  test.each([
    [0, '0 tasks'],
    [1, '1 task'],
    [1_234, '1,234 tasks'],
  ])('count %i: %s', (number, words) => {
    expect(count(number, 'task')).toBe(words);
  });

  test.each([
    [-5, '0 s'],
    [400, '0 s'],
    [89_000, '89 s'],
    [90_000, '2 min'],
    [89 * 60_000, '89 min'],
    [90 * 60_000, '2 h'],
  ])('duration of %i ms: %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  test.each([
    [1, 1, []],
    [1, 3, ['2']],
    [2, 3, ['1', '3']],
    [3, 3, ['2']],
  ])('pager on page %i of %i', (page, pages, commandsOfIt) => {
    expect(pager(String, page, pages).map(({ command }) => command)).toEqual(commandsOfIt);
  });

  test('people: the first eight, and how many more', () => {
    const fifty = Array.from({ length: 50 }, (_, n) => `slack:T/U${n}`);
    expect(people(fifty, 'nobody').filter(({ part }) => part === 'person')).toHaveLength(8);
    expect(people(fifty, 'nobody').at(-1)).toEqual({ part: 'text', text: ' and 42 more' });
    expect(people(fifty.slice(0, 8), 'nobody').at(-1)).toEqual({ part: 'person', key: 'slack:T/U7' });
    expect(people([], 'nobody')).toEqual([{ part: 'text', text: 'nobody' }]);
  });
});

describe('the customer before a project', () => {
  test.each([
    ['Contoso', 'Office move', 'Contoso'],
    ['Contoso', 'Contoso – Office move', undefined],
    ['CONTOSO', 'Contoso: Office move', undefined],
    ['Contoso', 'Contoso', undefined],
    ['Conto', 'Contoso – Office move', 'Conto'],
    [null, 'Office move', undefined],
    [' ', 'Office move', undefined],
  ])('%s, %s: %s', (customer, project, before) => {
    expect(customerBefore(customer, project)).toBe(before);
  });
});
