import { describe, expect, test } from 'vitest';
import { projectsOf } from '../../src/app/projects-of-person.ts';
import type { PlanRecord } from '../../src/domain/plan.ts';
import { itself } from '../../src/domain/sync-task.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const failure = { code: 'cw.rejected', at: atMs(-1) } as const;

function project(n: number, given: Parameters<typeof makeSyncTask>[0] = {}) {
  const id = `p${n}`;
  const link = { externalId: 1_000 + n, projectName: `Project ${n}`, ...given.link };
  return makeSyncTask({ id: `t:${id}`, projectId: id, ...given, link });
}

const troubled = { failure, needsAttention: { since: atMs(-9), failure } };
const few = [
  project(1, { link: { board: 'Move', customer: 'Fabrikam' } }),
  project(2, { link: { board: 'Network' }, ...troubled }),
  project(3, { link: { board: 'Move', state: 'disabled' } }),
  project(4, { link: { board: null, state: 'archived' } }),
  project(5, { link: { board: 'Network' }, lateAt: atMs(-1) }),
];

const rowNames = (reply: Reply | undefined): readonly string[] =>
  (reply?.blocks ?? []).flatMap((block) => {
    const [part] = block.block === 'row' ? (block.lines[0] ?? []) : [];
    return part?.part === 'strong' ? [part.text] : [];
  });
const headings = (reply: Reply | undefined): readonly string[] =>
  (reply?.blocks ?? []).flatMap((block) => (block.block === 'heading' ? [block.text] : []));

describe('the list', () => {
  test('repeats above it what needs attention, and counts what is hidden', async () => {
    const reply = await commandRig(few).say('status');
    expect(reply?.summary).toBe('3 projects, 1 needs attention; 1 disabled and 1 archived not shown');
    expect(rowNames(reply)).toEqual(['Project 2', 'Project 1', 'Project 2', 'Project 5']);
    expect(wordsOf(reply)).toContain('Read only: nothing is changed in ConnectWise.');
  });

  test('says what the reader does about what needs attention', async () => {
    const rig = commandRig(few);
    expect(wordsOf(await rig.say('status'))).toMatch(/\nNext: \S/u);
    for (const typed of ['status', 'status --problems']) {
      const said = wordsOf(await rig.say(typed, 'viewer'));
      expect(said).toContain('You: nothing. Ask slack:T1/UADMIN, slack:T1/UOPER to see to it: ');
      expect(said).not.toContain('\nNext: ');
    }
    expect(wordsOf(await commandRig([project(1)]).say('status', 'viewer'))).not.toContain('You: nothing');
  });

  test('has a button for all that need attention where the block has no room', async () => {
    const many = Array.from({ length: 13 }, (_, n) => project(n, troubled));
    const rig = commandRig([...many, project(20)]);
    const reply = await rig.say('status project');
    const all = actionsOf(reply).find(({ label }) => label === 'All 13');
    expect(all?.command).toBe('status --problems "project"');
    const shown = await rig.say(all?.command ?? '');
    expect(shown?.summary).toBe('13 projects matching, 13 need attention');
    expect(headings(shown)).toEqual([]);
    const second = actionsOf(shown).find(({ label }) => label.startsWith('Next'));
    expect(second?.command).toBe('status --problems "project" --page 2');
    expect(rowNames(await rig.say(second?.command ?? ''))).toHaveLength(3);
  });

  test.each([
    [10, [10]],
    [11, [11]],
    [12, [12]],
    [13, [10, 3]],
    [22, [10, 12]],
    [23, [10, 10, 3]],
  ])('of %d projects: a rest of one or two has no page of its own', async (total, sizes) => {
    const rig = commandRig(Array.from({ length: total }, (_, n) => project(n)));
    const pages = await Promise.all(sizes.map((_, at) => rig.say(`status --page ${at + 1}`)));
    expect(pages.map((page) => rowNames(page).length)).toEqual(sizes);
    expect(new Set(pages.flatMap(rowNames)).size).toBe(total);
    const turns = (reply: Reply | undefined) =>
      actionsOf(reply).some(({ label }) => label.startsWith('Next'));
    expect(pages.map(turns)).toEqual(sizes.map((_, at) => at < sizes.length - 1));
    const past = await rig.say('status --page 9');
    expect(rowNames(past)).toEqual(rowNames(pages.at(-1)));
  });

  test('how to narrow it down is told on the first page, and not where there is nothing', async () => {
    const rig = commandRig(Array.from({ length: 13 }, (_, n) => project(n)));
    expect(wordsOf(await rig.say('status'))).toContain('Narrow it down');
    expect(wordsOf(await rig.say('status --page 2'))).not.toContain('Narrow it down');
    expect(wordsOf(await rig.say('status --problems'))).not.toContain('Narrow it down');
  });

  test.each([
    ['--state late', ['Project 5']],
    ['--state IDLE', ['Project 1', 'Project 2', 'Project 5']],
    ['--state needs', ['Project 2']],
    ['--state disabled', ['Project 3']],
    ['--state arch', ['Project 4']],
    ['--problems', ['Project 2']],
    ['--board move', ['Project 1']],
    ['--board net --state late', ['Project 5']],
    ['--state healthy --disabled', ['Project 1']],
  ])('status %s', async (switches, expected) => {
    expect(rowNames(await commandRig(few).say(`status ${switches}`))).toEqual(expected);
  });

  test('by board has a heading for each, in order', async () => {
    const reply = await commandRig(few).say('status --by-board --disabled --archived --state idle');
    expect(headings(reply)).toEqual(['No board', 'Move', 'Network']);
    expect(rowNames(reply)).toEqual(['Project 4', 'Project 1', 'Project 3', 'Project 2', 'Project 5']);
  });

  test.each([
    ['--state re', 'Which state is “re”?', ['status --state="Requested"', 'status --state="Retrying"']],
    ['--state d --mine x', 'Which state is “d”?', ['status --mine "x" --state="Disabled"']],
    ['--board mvoe', 'No project is on a board like “mvoe”.', ['status --board="Move"']],
  ])('status %s asks, with buttons', async (switches, words, commands) => {
    const reply = await commandRig(few).say(`status ${switches}`);
    expect(reply?.summary).toBe(words);
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(expect.arrayContaining(commands));
  });

  test('an unknown state names them all', async () => {
    const reply = await commandRig(few).say('status --state blue');
    expect(wordsOf(reply)).toContain('There is no state “blue”.');
    expect(actionsOf(reply)).toHaveLength(12);
  });

  test('of a mistyped name offers the nearest, and of nothing near none', async () => {
    const rig = commandRig(few);
    const near = await rig.say('status fabrikan');
    expect(wordsOf(near)).toContain('No project matches fabrikan. Did you mean one of these?');
    expect(actionsOf(near).map(({ command }) => command)).toContain('status #1001');
    const none = await rig.say('status zzz');
    expect(actionsOf(none).map(({ label }) => label)).toEqual(['Show all projects', 'Logs']);
    expect(wordsOf(await rig.say('sync 999'))).not.toContain('Did you mean');
  });

  test.each([
    ['--problems', [project(1)], '✓ No project needs attention.'],
    ['--state syncing', few, 'No project is Syncing'],
    ['zzz', few, 'No project matches zzz.'],
    ['', [project(1, { link: { state: 'archived' } })], 'The only project is hidden.'],
  ])('an empty one says why: status %s', async (switches, tasks, words) => {
    expect(wordsOf(await commandRig(tasks).say(`status ${switches}`))).toContain(words);
  });
});

describe('what a filter can only mean', () => {
  const cardOf = async (typed: string, tasks = few) => {
    const [first] = headings(await commandRig(tasks).say(`status ${typed}`));
    return first;
  };
  test.each([
    ['#1003', 'Project 3'],
    ['1004', 'Project 4'],
    ['project 2', 'Project 2'],
    ['fabrikam --disabled', 'Project 1'],
  ])('status %s is a card', async (typed, name) => {
    expect(await cardOf(typed)).toBe(name);
  });

  test('the only match is, also where it is hidden or was disconnected; narrowed otherwise it is a list', async () => {
    const gone = project(7, { link: { projectName: 'Gone', state: 'disconnected' } });
    const off = project(8, { link: { projectName: 'Switched off', state: 'disabled' } });
    expect(await cardOf('switched', [...few, gone, off])).toBe('Switched off');
    expect(await cardOf('gon', [...few, gone, off])).toBe('Gone');
    expect(await cardOf('gon', [...few, gone, project(9, { link: { projectName: 'Gone again' } })])).toBe(
      'Gone again',
    );
    expect(rowNames(await commandRig(few).say('status fabrikam --board move'))).toEqual(['Project 1']);
  });

  test('a whole name is, however many others contain it', async () => {
    const many = Array.from({ length: 40 }, (_, n) => project(n, { link: { projectName: `Move ${n}` } }));
    expect(await cardOf('move 1', many)).toBe('Move 1');
    expect(await cardOf('move', many)).toBeUndefined();
  });
});

describe('whose projects', () => {
  const planned = (kind: 'project' | 'teamMember', projectId: string, memberId: number): PlanRecord => ({
    id: `${kind}-${projectId}-${memberId}`,
    projectId,
    kind,
    version: 1,
    fields: { [kind === 'project' ? 'manager' : 'member']: { id: memberId, name: 'x' } },
    syncFence: 1,
    changedAt: atMs(0),
    changedBy: 'x',
  });

  async function rigOf(email: string | undefined) {
    const directory = new FakeDirectory();
    directory.people.set('operator', email === undefined ? {} : { email });
    const reference = new FakeReferenceStore();
    const member = (id: number, identifier: string, name: string, details = {}, inactive = false) => ({
      id,
      name,
      identifier,
      inactive,
      lastUpdated: null,
      updatedBy: null,
      details: { email: `${identifier}@Example.com`, isApi: false, ...details },
    });
    await reference.storePage(
      'member',
      [
        member(1, 'annold', 'Ann Lee', { email: 'ann@example.com' }, true),
        member(2, 'ann', 'Ann Lee'),
        member(3, 'bob', 'Bob Ray'),
        member(0, 'sync', 'Ann Robot', { email: 'ann@example.com', isApi: true }),
      ],
      { token: 'x' },
    );
    const rig = commandRig(few, { directory, reference });
    rig.planner.records.push(
      planned('project', 'p1', 2),
      planned('teamMember', 'p5', 2),
      planned('teamMember', 'p3', 2),
      planned('project', 'p2', 3),
    );
    return rig;
  }

  test('by e-mail, whatever its case; an active member comes first, a program never', async () => {
    const rig = await rigOf('ANN@example.COM');
    const reply = await rig.say('status --mine');
    expect(reply?.summary).toBe('2 projects of yours; 1 disabled not shown');
    expect(rowNames(reply)).toEqual(['Project 1', 'Project 5']);
    expect(await projectsOf(rig.deps, 'slack:T1/operator')).toEqual(new Set(['p1', 'p3', 'p5']));
    expect(await projectsOf(rig.deps, 'nonsense')).toEqual(new Set());
  });

  test.each(['bob', 'BOB@example.com', 'bob ray', 'ray'])(
    '--as %s says who one is, and that is kept',
    async (typed) => {
      const rig = await rigOf('ann@example.com');
      expect(rowNames(await rig.say(`status --as "${typed}" --state idle`))).toEqual(['Project 2']);
      expect(rowNames(await rig.say('status --mine --state idle'))).toEqual(['Project 2']);
      expect(await projectsOf(rig.deps, 'slack:T1/operator')).toEqual(new Set(['p2']));
      expect(rig.audited).toMatchObject([
        { command: 'status', before: 'by e-mail address', after: 'Bob Ray' },
      ]);
    },
  );

  test.each([
    'status --mine --as Bob Ray --state idle',
    'status project 2 --as Bob Ray',
    'status --as bob project 2',
  ])('a name with blanks needs no quotes: %s', async (typed) => {
    const rig = await rigOf(undefined);
    // Where it needs attention it is told above the list as well.
    expect(new Set(rowNames(await rig.say(typed)))).toEqual(new Set(['Project 2']));
    expect(rig.audited).toMatchObject([{ after: 'Bob Ray' }]);
  });

  test('several like it are a choice that leads on', async () => {
    const rig = await rigOf(undefined);
    const reply = await rig.say('status --as "ann lee"');
    expect(actionsOf(reply).map(({ label }) => label)).toEqual(['Ann Lee (annold)', 'Ann Lee (ann)']);
    expect(rowNames(await rig.say(actionsOf(reply)[1]?.command ?? ''))).toEqual(['Project 1', 'Project 5']);
  });

  test.each([
    [undefined, 'status --mine', 'Your chat does not tell your e-mail address'],
    ['no@one.example', 'status --mine', 'No ConnectWise member has your e-mail address no@one.example'],
    ['no@one.example', 'status --as carol', 'There is no ConnectWise member “carol”.'],
  ])('with the address %s: %s says what is missing and what to do', async (email, text, words) => {
    const reply = wordsOf(await (await rigOf(email)).say(text));
    expect(reply).toContain(words);
    expect(reply).toMatch(/--as <member>|Give the identifier/u);
  });
});

describe('worktype', () => {
  async function rigOf() {
    const reference = new FakeReferenceStore();
    const row = (id: number, name: string, inactive = false) => ({
      id,
      name,
      identifier: null,
      inactive,
      lastUpdated: null,
      updatedBy: null,
      details: {},
    });
    const types = [row(1, 'Remote'), row(2, 'Remote (night)'), row(3, 'On site'), row(4, 'Old', true)];
    await reference.storePage('workType', types, { token: 'x' });
    await reference.storePage('board', [row(9, 'Move')], { token: 'x' });
    return commandRig(few, { reference });
  }

  test('keeps it, writes who changed what, and shows it on the card', async () => {
    const rig = await rigOf();
    expect((await rig.say('worktype #1001 remote'))?.summary).toBe('The work type of Project 1 is Remote.');
    expect(rig.audited).toMatchObject([
      { command: 'worktype', target: 'Project 1 (#1001)', before: 'default', after: 'Remote' },
    ]);
    expect(rig.log.all).toMatchObject([{ projectId: 'p1', message: expect.stringContaining('to Remote') }]);
    expect(wordsOf(await rig.say('status #1001'))).toContain('Work Type: Remote\n');
    await rig.say('worktype project 1 default');
    expect(rig.audited.at(-1)).toMatchObject({ before: 'Remote', after: 'default' });
    expect(wordsOf(await rig.say('status #1001'))).toContain('<Enterprise Default Work Type>');
  });

  test.each([
    ['worktype #1001 nmote', 'has no work type “nmote”', ['worktype #1001 "Remote"']],
    ['worktype #1001 old', 'has no work type “old”', []],
    ['worktype #1001 rem', '2 work types are like “rem”', ['worktype #1001 "Remote (night)"']],
    ['worktype #1001', 'It is written', []],
    ['worktype', 'It is written', []],
  ])('%s is refused with what there is', async (text, words, commands) => {
    const rig = await rigOf();
    const reply = await rig.say(text);
    expect(wordsOf(reply)).toContain(words);
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(expect.arrayContaining(commands));
    expect(rig.store.tasks.get('t:p1')?.link).not.toHaveProperty('workType');
  });

  test('the card names the default of the board before the one of the enterprise', async () => {
    const rig = await rigOf();
    const { revision, changed: _, ...settings } = await rig.deps.settings.read();
    await rig.deps.settings.save(
      { ...settings, defaultWorkType: 3, boardWorkTypes: { 9: 1 } },
      revision,
      itself,
    );
    expect(wordsOf(await rig.say('status #1001'))).toContain('<Board Default Work Type>: Remote\n');
    expect(wordsOf(await rig.say('status #1002'))).toContain('<Enterprise Default Work Type>: On site\n');
  });
});
