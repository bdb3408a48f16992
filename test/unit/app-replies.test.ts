import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../src/app/commands/parse.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { helpOverviewReply } from '../../src/app/replies/help.ts';
import { count, duration, pager, people } from '../../src/app/replies/parts.ts';
import { projectCardReply } from '../../src/app/replies/project-card.ts';
import { statusListReply } from '../../src/app/replies/status-list.ts';
import { retryingReply } from '../../src/app/replies/sync-answer.ts';
import { tasksReply } from '../../src/app/replies/tasks.ts';
import { actionsOf, testLinks, wordsOf } from '../support/command-rig.ts';
import { extremeNames, extremeReplies } from '../support/extreme-replies.ts';
import { atMs, makeSyncTask, testStart } from '../support/make-sync-task.ts';

const now = testStart;

describe('whatever the names are', () => {
  test.each(extremeNames)('%s: every reply says something and every button is understood', (_, name) => {
    for (const reply of extremeReplies(name)) {
      expect(reply.summary.trim()).not.toBe('');
      expect(reply.blocks.length).toBeGreaterThan(0);
      for (const block of reply.blocks) {
        if (block.block === 'actions') expect(block.actions.length).toBeGreaterThan(0);
      }
      for (const { label, command } of actionsOf(reply)) {
        expect([command, parseCommand(commands, command).result]).toEqual([command, 'command']);
        if (name.trim() !== '') expect(label.trim()).not.toBe('');
      }
    }
  });
});

describe('the list', () => {
  const view = {
    places: new Map<string, number>(),
    links: testLinks,
    page: 1,
    withDisabled: false,
    withArchived: false,
    linksByItself: true,
    missing: [],
  };
  const list = { tasks: [makeSyncTask()], total: 1, needAttention: 0, linked: 1, now };

  test.each([
    [
      { total: 41, needAttention: 2, hidden: { disabled: 3, archived: 2 } },
      '41 projects, 2 need attention; 3 disabled and 2 archived not shown',
    ],
    [{ total: 1, needAttention: 1, hidden: { disabled: 0, archived: 0 } }, '1 project, 1 needs attention'],
    [
      { total: 0, needAttention: 0, hidden: { disabled: 0, archived: 4 } },
      '0 projects; 4 archived not shown',
    ],
  ])('%j: %s', (counts, summary) => {
    expect(statusListReply({ ...view, list: { ...list, ...counts } }).summary).toBe(summary);
  });

  test.each([
    ['nothing linked', { linked: 0 }, {}, 'No project is linked yet'],
    ['not set up', { linked: 0 }, { missing: ['Slack needs X'] }, 'Nothing can sync yet: Slack needs X'],
    ['all hidden', { hidden: { disabled: 2, archived: 1 } }, {}, 'All 3 projects are hidden.'],
    ['no match', {}, { filter: 'zzz' }, 'No project matches zzz.'],
    ['only hidden matches', { hidden: { disabled: 2, archived: 0 } }, { filter: 'zzz' }, '2 hidden match.'],
  ])('an empty one says why: %s', (_, counts, given, words) => {
    const empty = { ...list, tasks: [], total: 0, hidden: { disabled: 0, archived: 0 }, ...counts };
    expect(wordsOf(statusListReply({ ...view, ...given, list: empty }))).toContain(words);
  });
});

describe('the card', () => {
  const labels = (task: Parameters<typeof makeSyncTask>[0]): readonly string[] =>
    actionsOf(projectCardReply({ task: makeSyncTask(task), now, links: testLinks })).map(
      ({ label }) => label,
    );
  const failure = { code: 'cw.auth', at: now } as const;

  test.each<[string, Parameters<typeof makeSyncTask>[0], string[]]>([
    ['idle', {}, ['Sync', 'Tasks', 'Logs', 'Disable']],
    [
      'needs attention',
      { needsAttention: { since: now, failure }, failure },
      ['Sync now', 'Tasks', 'Logs', 'Disable'],
    ],
    ['requested', { state: 'requested', wakeAt: atMs(9) }, ['Tasks', 'Logs', 'Disable']],
    ['retrying', { state: 'requested', wakeAt: atMs(9), failure }, ['Retry now', 'Tasks', 'Logs', 'Disable']],
    ['syncing', { state: 'syncing', wakeAt: atMs(9) }, ['Tasks', 'Logs', 'Disable']],
    ['disabled', { link: { state: 'disabled' } }, ['Tasks', 'Logs', 'Enable']],
    ['archived', { link: { state: 'archived' } }, ['Tasks', 'Logs']],
    ['disconnected', { link: { state: 'disconnected' } }, ['Tasks', 'Logs']],
  ])('%s', (_, task, expected) => {
    expect(labels(task)).toEqual(expected);
  });

  test('shows every item of the project panel', () => {
    const task = makeSyncTask({ lastDeltaAt: atMs(-30_000) });
    const words = wordsOf(projectCardReply({ task, now, links: testLinks }));
    expect(words.split('\n').slice(1, -1)).toEqual([
      'Office move',
      'Customer: Contoso',
      'Board: Projects',
      'ConnectWise project: #1042',
      'Sync enabled: yes',
      'Sync Status: Idle',
      expect.stringMatching(/^Health: \S+ Healthy$/u),
      'Last Sync Completed: 2026-01-04T23:59:00.000Z (comprehensive)',
      'Last Delta Sync: 2026-01-04T23:59:30.000Z',
      'Last Comprehensive Sync: 2026-01-04T23:59:00.000Z',
    ]);
  });

  test('a failure is told with ConnectWise’s own words and what is next', () => {
    const told = { code: 'cw.rejected', field: 'dueDate', vendorMessage: 'Too early.', at: now } as const;
    const task = makeSyncTask({ failure: told, needsAttention: { since: now, failure: told } });
    const words = wordsOf(projectCardReply({ task, now, links: testLinks }));
    expect(words).toContain('Field: dueDate. ConnectWise says: Too early.');
    expect(words).toContain('then sync again. (cw.rejected, on the side of ConnectWise)');
  });
});

test('a retry tells the attempt, why, and when it goes on', () => {
  const failure = { code: 'cw.unavailable', at: now } as const;
  const task = makeSyncTask({ failure, attempts: 2, state: 'requested', wakeAt: atMs(60_000) });
  expect(wordsOf(retryingReply({ task, now }))).toContain(
    'attempt 2 failed. ConnectWise did not answer, or answered that it is in trouble. Tried again at 2026-01-05T00:01:00.000Z.',
  );
});

test.each([
  [true, 'This project has no tasks.'],
  [false, 'Nothing imported yet'],
])('a project without tasks says why (synced: %s)', (synced, words) => {
  const { lastSync, ...fresh } = makeSyncTask();
  const task = synced && lastSync ? { ...fresh, lastSync } : fresh;
  expect(wordsOf(tasksReply({ task, phases: [], tasks: [], total: 0, page: 1, links: testLinks }))).toContain(
    words,
  );
});

describe('help', () => {
  const lines = (role: 'viewer' | 'operator'): string =>
    wordsOf(helpOverviewReply({ commands, role, admins: [], missing: [] }));
  test('tells only what the asker may do, and that nobody is admin', () => {
    expect(lines('viewer')).not.toContain('sync <project> [--now]');
    expect(lines('operator')).toContain('sync <project> [--now]');
    expect(lines('viewer')).toMatch(/Your role: viewer\. Admins: (?!\.)/u);
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
