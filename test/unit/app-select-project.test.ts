import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../src/app/commands/parse.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { selectProject } from '../../src/app/commands/select-project.ts';
import type { LinkState } from '../../src/domain/sync-task.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';

const named = (externalId: number, projectName: string, state: LinkState = 'active') =>
  makeSyncTask({
    id: `t:${externalId}`,
    projectId: `p${externalId}`,
    link: { externalId, projectName, customer: null, state },
  });

const tasks = [
  named(1, 'Office move'),
  named(2, 'Office move phase two'),
  named(3, 'Server room'),
  named(4, 'Server cabling'),
  named(5, 'Gone for good', 'disconnected'),
  named(6, 'Old stuff', 'disabled'),
];

const select = (typed: string, restAllowed = false) =>
  selectProject(
    { tasks: new FakeSyncTasks(...tasks) },
    typed.split(' '),
    (project, rest) => ['cmd', project, ...rest].join(' '),
    { restAllowed },
  );

describe('a letter or two', () => {
  const change = (typed: string) =>
    selectProject(
      { tasks: new FakeSyncTasks(...tasks) },
      typed.split(' '),
      (project, rest) => ['cmd', project, ...rest].join(' '),
      { restAllowed: true, changes: true },
    );

  test.each(['ol', 'ol because of that'])('%s: asked first where something would change', async (typed) => {
    const selected = await change(typed);
    expect(selected.found).toBe('choice');
    const reply = selected.found === 'choice' ? selected.reply : undefined;
    expect(wordsOf(reply)).toContain('Is it this one?');
    expect(actionsOf(reply)[0]?.command).toMatch(/^cmd #6/u);
  });

  test.each(['old', '6'])('%s is enough', async (typed) => {
    expect(await change(typed)).toMatchObject({ found: 'project', task: { link: { externalId: 6 } } });
  });

  test('are enough to look at it', async () => {
    expect(await select('ol')).toMatchObject({ found: 'project', task: { link: { externalId: 6 } } });
  });
});

describe('one project', () => {
  test.each<[string, number]>([
    ['Office move', 1],
    ['office move phase', 2],
    ['room', 3],
    ['#4', 4],
    ['4', 4],
    ['old', 6],
  ])('%s', async (typed, externalId) => {
    expect(await select(typed)).toMatchObject({ found: 'project', task: { link: { externalId } }, rest: [] });
  });

  test.each<[string, number, string[]]>([
    ['Office move waiting for the customer', 1, ['waiting', 'for', 'the', 'customer']],
    ['Office move phase two is late', 2, ['is', 'late']],
    ['Office move', 1, []],
    ['#3 on hold', 3, ['on', 'hold']],
    ['room 4 is wet', 3, ['4', 'is', 'wet']],
  ])('%s, and words left over', async (typed, externalId, rest) => {
    expect(await select(typed, true)).toMatchObject({
      found: 'project',
      task: { link: { externalId } },
      rest,
    });
  });
});

describe('a choice', () => {
  async function choice(typed: string, restAllowed = false) {
    const selected = await select(typed, restAllowed);
    if (selected.found === 'project') throw new Error(`found ${selected.task.link.projectName}`);
    return selected.reply;
  }
  const offered = (reply: Parameters<typeof actionsOf>[0]) => actionsOf(reply).map(({ command }) => command);

  test('several: every one has a button', async () => {
    const reply = await choice('server');
    expect(reply.summary).toBe('2 projects match “server”.');
    expect(offered(reply)).toEqual(['cmd #3', 'cmd #4']);
  });

  test('several with words left over: the button keeps them', async () => {
    expect(offered(await choice('server is wet', true))).toEqual(['cmd #3 is wet', 'cmd #4 is wet']);
  });

  test('none: the nearest', async () => {
    const reply = await choice('Sever rom');
    expect(reply.summary).toBe('No project matches “Sever rom”.');
    expect(offered(reply)[0]).toBe('cmd #3');
    // The others have nothing in common with what was typed.
    expect(offered(reply)).toHaveLength(2);
  });

  test('words left over do not make a project where words are not allowed to', async () => {
    expect((await choice('Office move tomorrow')).summary).toContain('No project matches');
  });

  test('a disconnected project is neither found nor offered', async () => {
    expect(wordsOf(await choice('Gone for good'))).not.toContain('#5');
  });

  test('many: five buttons, and how many more there are', async () => {
    const many = Array.from({ length: 12 }, (_, i) => named(100 + i, `Site ${i}`));
    const selected = await selectProject({ tasks: new FakeSyncTasks(...many) }, ['site'], (p) => `cmd ${p}`);
    if (selected.found === 'project') throw new Error('found one of twelve');
    expect(actionsOf(selected.reply)).toHaveLength(5);
    expect(wordsOf(selected.reply)).toContain('7 more match');
  });

  test('no project at all', async () => {
    const selected = await selectProject({ tasks: new FakeSyncTasks() }, ['x'], (p) => `cmd ${p}`);
    if (selected.found === 'project') throw new Error('found one of none');
    expect(actionsOf(selected.reply)).toEqual([]);
    expect(selected.reply.summary).toBe('No project matches “x”.');
  });
});

describe('disable', () => {
  test('keeps the reason', async () => {
    const rig = commandRig(tasks);
    await rig.say('disable Office move waiting for the customer');
    expect(rig.store.tasks.get('t:1')?.link).toMatchObject({
      state: 'disabled',
      changed: { reason: 'waiting for the customer' },
    });
    expect(rig.log.all).toMatchObject([{ action: 'disabled', projectId: 'p1' }]);
  });

  test.each([
    ['with quotes', 'it is "wet" \\ and cold'],
    ['that is long', 'x'.repeat(4_000)],
    ['of many quotes', '"'.repeat(900)],
  ])('the button of a choice keeps a reason %s in a form that is understood', async (_, reason) => {
    const rig = commandRig(tasks);
    const quoted = reason.replace(/["\\]/gu, '\\$&');
    const reply = await rig.say(`disable server "${quoted}"`);
    for (const { command } of actionsOf(reply)) {
      expect(command.length).toBeLessThanOrEqual(2_000);
      const parsed = parseCommand(commands, command);
      if (parsed.result !== 'command') throw new Error(parsed.result);
      const shown = parsed.invocation.words[1] ?? '';
      expect(reason.startsWith(shown.replace(/…$/u, ''))).toBe(true);
    }
  });
});

test.each([
  ['letters', 'x'.repeat(4_000)],
  ['quotes', '"'.repeat(1_500)],
])('a long filter of %s turns pages', async (_, filter) => {
  const rig = commandRig(tasks);
  rig.store.list = async () => ({
    tasks: [],
    total: 25,
    needAttention: 0,
    attention: [],
    hidden: { disabled: 0, disconnected: 0, archived: 0 },
    linked: 25,
    importing: { left: 0, of: 25, needAttention: 0 },
    now: rig.store.now,
  });
  const reply = await rig.say(`status "${filter.replaceAll('"', '\\"')}"`);
  expect(actionsOf(reply).map(({ label }) => label)).toEqual(['Next ›', 'Logs']);
  for (const { command } of actionsOf(reply)) {
    expect(command.length).toBeLessThanOrEqual(2_000);
    expect(parseCommand(commands, command).result).toBe('command');
  }
});

test.each([
  [1, 'One disconnected project matches'],
  [2, '2 disconnected projects match'],
  [0, undefined],
])('where none matches, it is said how many that are disconnected do: %i', async (count, words) => {
  const gone = Array.from({ length: count }, (_, n) =>
    makeSyncTask({
      id: `t:gone${n}`,
      link: { externalId: 5_000 + n, projectName: `Warehouse ${n}`, state: 'disconnected' },
    }),
  );
  const said = wordsOf(await commandRig([...tasks, ...gone]).say('sync warehouse'));
  expect(said).toContain('No project matches “warehouse”');
  if (words === undefined) expect(said).not.toContain('disconnected');
  else expect(said).toContain(words);
});
