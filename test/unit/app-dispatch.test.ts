import { describe, expect, test } from 'vitest';
import type { Command, CommandName } from '../../src/app/commands/command.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { formHandlers } from '../../src/app/forms/registry.ts';
import { type FailureCode, FailureError, failureRules } from '../../src/domain/failure.ts';
import { mayDo, type Role, roles } from '../../src/domain/roles.ts';
import type { FormName } from '../../src/ports/form.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords } from '../support/doors-rig.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const disabled = makeSyncTask({
  id: 't:p2',
  projectId: 'p2',
  link: { externalId: 1043, projectName: 'Server room', state: 'disabled' },
});
const failing = makeSyncTask({
  id: 't:p3',
  projectId: 'p3',
  state: 'requested',
  wakeAt: atMs(60_000),
  failure: { code: 'cw.unavailable', at: atMs(-1) },
  attempts: 2,
  link: { externalId: 1044, projectName: 'Cabling' },
});
const projects = [makeSyncTask(), disabled, failing];

/** One way to call each command, enough to be let in; with the role that it needs where that is not the command's. */
const calls: readonly (readonly [CommandName, string, Role?])[] = [
  ['help', 'help'],
  ['status', 'status'],
  ['sync', 'sync #1042'],
  ['sync', 'sync --misc'],
  ['sync', 'sync #1042 --dry-run'],
  ['status', 'status --mine --by-board --state late'],
  ['logs', 'logs --entry=1'],
  ['logs', 'logs --requests --export'],
  ['tasks', 'tasks #1042'],
  ['logs', 'logs'],
  ['enable', 'enable #1043'],
  ['disable', 'disable #1042'],
  ['deletions', 'deletions #1042'],
  ['deletions', 'deletions #1042 apply'],
  ['deletions', 'deletions #1042 apply --confirm'],
  ['restore', 'restore #1042'],
  ['integration', 'integration'],
  ['integration', 'integration disable', 'admin'],
  ['integration', 'integration disable --confirm', 'admin'],
  ['integration', 'integration enable', 'admin'],
  ['integration', 'integration check', 'admin'],
  ['import', 'import #7'],
  ['push', 'push branch'],
  ['push', 'push branch --confirm'],
  ['archive', 'archive #1042'],
  ['unarchive', 'unarchive #1042'],
  ['disconnect', 'disconnect #1042'],
  ['disconnect', 'disconnect #1042 --confirm "Office move"'],
  ['worktype', 'worktype #1042 default'],
  ['home', 'home'],
  ['doctor', 'doctor'],
  ['settings', 'settings'],
  ['settings', 'settings worktype Cloud default'],
  ['settings', 'settings member ann active'],
  ['settings', 'settings write off'],
  ['settings', 'settings statuses projects'],
  ['logs', 'logs --entry 0 --take dates', 'operator'],
  ['report', 'report', 'viewer'],
  ['tasks', 'tasks #1042 --edit #4711', 'operator'],
  ['tasks', 'tasks #1042 --new', 'operator'],
  ['undo', 'undo undo-1'],
  ['roles', 'roles'],
  ['roles', 'roles grant @U1AB admin'],
  ['roles', 'roles revoke @U1AB'],
  ['audit', 'audit'],
  ['audit', 'audit #1042'],
  ['claim', 'claim ABCD-2345'],
  ['incidents', 'incidents'],
  ['incidents', 'incidents ack abc', 'operator'],
  ['incidents', 'incidents snooze abc 1h', 'operator'],
  ['alerts', 'alerts'],
  ['alerts', 'alerts here'],
  ['alerts', 'alerts off'],
  ['alerts', 'alerts test'],
  ['follow', 'follow #1042'],
  ['unfollow', 'unfollow mine'],
  ['setup', 'setup boards'],
  ['token', 'token revoke wiki'],
  ['tokens', 'tokens'],
];

/** What product.md asks for, written down a second time. */
const neededRoles: { readonly [name in CommandName]?: Role } = {
  help: 'viewer',
  status: 'viewer',
  sync: 'operator',
  tasks: 'viewer',
  logs: 'viewer',
  report: 'viewer',
  enable: 'operator',
  disable: 'operator',
  deletions: 'operator',
  restore: 'operator',
  integration: 'viewer',
  import: 'admin',
  push: 'admin',
  archive: 'admin',
  unarchive: 'admin',
  disconnect: 'admin',
  worktype: 'operator',
  home: 'viewer',
  doctor: 'admin',
  settings: 'admin',
  undo: 'operator',
  roles: 'admin',
  audit: 'admin',
  claim: 'viewer',
  incidents: 'viewer',
  alerts: 'admin',
  follow: 'viewer',
  unfollow: 'viewer',
  setup: 'admin',
  token: 'admin',
  tokens: 'admin',
};

describe('roles', () => {
  test('every command has the role that was decided, and is called below', () => {
    expect(Object.fromEntries(commands.map(({ name, role }) => [name, role]))).toEqual(neededRoles);
    expect(new Set(calls.map(([name]) => name))).toEqual(new Set(commands.map(({ name }) => name)));
  });

  const walk = calls.flatMap((call) => roles.map((role) => [call[1], role, call] as const));

  test.each(walk)('%s as %s', async (text, role, [name, , stricter]) => {
    const rig = commandRig(projects);
    const needed = stricter ?? neededRoles[name] ?? 'admin';
    const reply = await rig.say(text, role);
    if (mayDo(role, needed)) {
      expect(wordsOf(reply)).not.toContain('needs the role');
      return;
    }
    expect(reply?.summary).toBe(`${name} needs the role ${needed}; yours is ${role}.`);
    const holders = needed === 'admin' ? 'slack:T1/UADMIN. Ask' : 'slack:T1/UADMIN, slack:T1/UOPER';
    expect(wordsOf(reply)).toContain(holders);
    expect(rig.audited).toMatchObject([{ command: name, outcome: `refused: role ${role}` }]);
    expect(rig.store.triggered).toEqual([]);
    expect([...rig.store.tasks.values()]).toEqual(projects);
    expect(rig.gate.enabled).toBe(true);
  });

  test('someone without a role of their own has the default one', async () => {
    const rig = commandRig(projects);
    expect((await rig.say('sync #1042', 'nobody'))?.summary).toContain('yours is viewer');
  });
});

describe('forms', () => {
  /** Written down a second time, like those of the commands. */
  const formRoles: readonly (readonly [FormName, Role])[] = [
    ['settings', 'admin'],
    ['setup', 'admin'],
    ['disconnect', 'admin'],
    ['disable-integration', 'admin'],
    ['mass-deletion', 'operator'],
    ['write-switch', 'admin'],
    ['plan-task', 'operator'],
    ['new-task', 'operator'],
    ['push-project', 'admin'],
    ['statuses', 'admin'],
  ];

  test('each has the role that was decided', () => {
    const decided = formRoles.toSorted(([a], [b]) => a.localeCompare(b));
    const handled = formHandlers.map(({ form, role }) => [form, role] as const);
    expect(handled.toSorted(([a], [b]) => a.localeCompare(b))).toEqual(decided);
  });

  const walk = formRoles.flatMap(([form, needed]) =>
    ([...roles, 'nobody'] as const).map((who) => [form, who, needed] as const),
  );

  test.each(walk)('%s submitted as %s', async (form, who, needed) => {
    const rig = doorsRig(projects);
    const held = who === 'nobody' ? 'viewer' : who;
    const submitted = { form, title: '', fields: [], context: 'whatever' };
    const answer = await rig.submit(submitted, { name: 'Office move', reason: '' }, who);
    const words = answer.result === 'replaced' ? formWords(answer.form) : '';
    const refusal = `This needs the role ${needed}.`;
    if (mayDo(held, needed)) expect(words).not.toContain(refusal);
    else expect(words).toContain(refusal);
    expect([...rig.store.tasks.values()]).toEqual(projects);
    expect(rig.gate.enabled).toBe(true);
  });
});

describe('buttons', () => {
  const asked = [
    'help',
    'status',
    'status #1042',
    'status #1043',
    'status #1044',
    'sync o',
    'sync',
    'sync #1043',
    'tasks #1042',
    'logs #1042',
    'disable #1042 on hold',
    'integration',
    'deletions #1042',
    'restore #1042',
    'archive #1042',
    'disconnect #1042',
    'home',
    'home --set --mine',
    'status --mine',
    'status --problems',
    'status --state d',
    'status --by-board',
    'sync #1042 --dry-run',
    'worktype #1042 remote',
    'logs --export',
    'help states',
    'help sync',
    'settings',
    'settings member',
    'roles',
    'roles grant',
    'audit #1042',
    'claim X',
    'follow',
    'follow #1042',
    'unfollow #1042',
    'statsu',
    'sync --fast',
  ];

  test.each(asked)('those under %j are commands that are understood', async (text) => {
    const reply = await commandRig(projects).say(text, 'admin');
    for (const { command } of actionsOf(reply)) {
      const pressed = await commandRig(projects).say(command, 'admin');
      expect(wordsOf(pressed)).not.toMatch(
        /no command|does not know|needs a value|not closed|No project matches/u,
      );
    }
  });

  test.each(asked)('a viewer is shown none under %j that a press would refuse', async (text) => {
    const forAdmin = actionsOf(await commandRig(projects).say(text, 'admin'));
    const forViewer = actionsOf(await commandRig(projects).say(text, 'viewer'));
    for (const { command } of forAdmin) {
      const pressed = await commandRig(projects).say(command, 'viewer');
      if (wordsOf(pressed).includes('needs the role')) {
        expect(forViewer.map((action) => action.command)).not.toContain(command);
      }
    }
  });

  test('an operator keeps what a viewer loses, and no empty line of buttons is left', async () => {
    const viewer = await commandRig(projects).say('status #1042', 'viewer');
    const operator = await commandRig(projects).say('status #1042', 'operator');
    const explained = ['What the states mean', 'Delta', 'Comprehensive'];
    const labels = (reply: typeof viewer) => actionsOf(reply).map(({ label }) => label);
    expect(labels(viewer)).toEqual(['Tasks', 'Integration Log', ...explained]);
    expect(labels(operator)).toEqual(['Refresh', 'Tasks', 'Integration Log', 'Disable', ...explained]);
    const onlyEnable = { ...commands[0], run: async () => ({ reply: enableOnly }) } as Command;
    const emptied = await commandRig(projects, { commands: [onlyEnable] }).say('status', 'viewer');
    expect(emptied?.blocks).toEqual([]);
  });

  const enableOnly = {
    summary: 'x',
    blocks: [{ block: 'actions', actions: [{ label: 'Enable', command: 'enable #1' }] }],
  } as const;
});

describe('failures', () => {
  const failingWith = (error: unknown) => {
    const status: Command = {
      name: 'status',
      role: 'viewer',
      usage: 'status',
      summary: 'Status.',
      examples: ['status'],
      options: {},
      run: () => Promise.reject(error),
    };
    return commandRig(projects, { commands: [status] });
  };

  test.each(Object.keys(failureRules) as FailureCode[])(
    '%s says what happened and what is next',
    async (code) => {
      const plain = wordsOf(await failingWith(new FailureError({ code })).say('status'));
      expect(plain).toContain(failureRules[code].what);
      expect(plain).toContain(failureRules[code].next);
      expect(plain).toContain(code);
      const failure = { code, message: 'The due date was refused.', reference: 'r-77' };
      const particular = await failingWith(new FailureError(failure)).say('status');
      expect(particular?.summary).toBe('The due date was refused.');
      expect(wordsOf(particular)).toContain('r-77');
    },
  );

  test.each([
    ['an error', new Error('password hunter2 at /srv/app.ts:12')],
    ['a rejected string', 'password hunter2'],
    ['nothing at all', undefined],
  ])('%s never shows its text, only an id that is in the log', async (_, thrown) => {
    const rig = failingWith(thrown);
    const reply = await rig.say('status');
    expect(wordsOf(reply)).not.toContain('hunter2');
    expect(JSON.stringify(reply)).not.toContain('hunter2');
    expect(wordsOf(reply)).toContain('id id-1');
    expect(rig.logger.lines).toMatchObject([
      { level: 'warn', message: 'command failed', fields: { code: 'internal', reference: 'id-1' } },
    ]);
  });

  test('a store that is away while the role is looked up is told, not thrown', async () => {
    const away = new FailureError({ code: 'store.unavailable' });
    const gone = () => Promise.reject(away);
    const rig = commandRig(projects, {
      roles: { roleOf: gone, holders: gone, seedAdmins: gone, all: gone, grant: gone, revoke: gone },
    });
    expect((await rig.say('status'))?.summary).toBe(failureRules['store.unavailable'].what);
  });
});

describe('audit', () => {
  const actor = { actor: 'slack:T1/operator', actorName: 'The operator', platform: 'slack' };
  const at = atMs(0);

  test.each([
    ['status', []],
    ['logs', []],
    ['tasks #1042', []],
    ['sync #1042', [{ command: 'sync', before: 'Idle', after: 'In Queue', outcome: 'requested' }]],
    ['sync #1042 --now', [{ command: 'sync', outcome: 'requested, at once' }]],
    ['sync #1043', [{ command: 'sync', outcome: 'refused: disabled' }]],
    [
      'disable #1042 on hold',
      [{ command: 'disable', before: 'active', after: 'disabled', outcome: 'disabled: on hold' }],
    ],
    ['disable #1043', [{ command: 'disable', outcome: 'refused: disabled' }]],
    ['enable #1043', [{ command: 'enable', before: 'disabled', after: 'active' }]],
    ['enable #1042', [{ command: 'enable', outcome: 'refused: active' }]],
  ])('%s', async (text, expected) => {
    const rig = commandRig(projects);
    await rig.say(text);
    expect(rig.audited).toMatchObject(expected.map((entry) => ({ ...actor, at, ...entry })));
    expect(rig.audited).toHaveLength(expected.length);
  });
});

describe('a record of what was done that cannot be written', () => {
  test('does not make it look undone, and is for the operator to know', async () => {
    const task = makeSyncTask();
    const lost = () => Promise.reject(new Error('no database'));
    const broken = { append: lost, entries: lost };
    const { say, logger } = commandRig([task], { audit: broken });
    expect((await say('disable #1042'))?.summary).toContain('is disabled');
    expect(logger.lines.map(({ level }) => level)).toContain('error');
  });
});

describe('sync', () => {
  test('stores who waits together with the trigger, for a person', async () => {
    const rig = commandRig(projects);
    expect(await rig.say('sync #1042')).toBeUndefined();
    expect(rig.store.triggered).toMatchObject([
      {
        taskId: 't:p1',
        trigger: { prio: 2, forceNow: false },
        interaction: { person: { userId: 'operator' } },
      },
    ]);
  });

  test('a run under way is followed, not asked for again', async () => {
    const syncing = makeSyncTask({ state: 'syncing', wakeAt: atMs(60_000), want: 5 });
    const rig = commandRig([syncing]);
    expect(await rig.say('sync #1042')).toBeUndefined();
    expect(rig.store.triggered).toEqual([]);
    expect(rig.followed).toMatchObject([{ taskId: 't:p1', ticket: 5 }]);
  });

  test.each([
    ['sync #1042', ['delta'], 'requested'],
    ['sync #1042 --full', ['comprehensive'], 'comprehensive requested'],
    ['sync #1042 --full --now', ['comprehensive'], 'comprehensive requested, at once'],
  ])('%s asks for %j', async (text, kinds, outcome) => {
    const rig = commandRig(projects);
    await rig.say(text);
    expect(rig.store.triggered).toMatchObject([{ trigger: { kinds, forceNow: text.endsWith('--now') } }]);
    expect(rig.audited).toMatchObject([{ outcome }]);
  });

  const inHand = (kind: 'delta' | 'comprehensive') =>
    makeSyncTask({
      state: 'syncing',
      wakeAt: atMs(60_000),
      claimed: { want: 1, kinds: [kind], prio: 1, forceNow: false, suspects: [] },
    });

  test('--full is not answered by a run that reads only what changed', async () => {
    const rig = commandRig([inHand('delta')]);
    await rig.say('sync #1042 --full');
    expect(rig.store.triggered).toMatchObject([{ trigger: { kinds: ['comprehensive'] } }]);
    expect(rig.followed).toEqual([]);
  });

  test.each([
    ['one that reads everything', inHand('comprehensive')],
    ['the first one of a project', { ...inHand('delta'), lastSync: undefined }],
  ])('--full follows %s', async (_, task) => {
    const { lastSync, ...rest } = task;
    const rig = commandRig([lastSync ? { ...rest, lastSync } : rest]);
    await rig.say('sync #1042 --full');
    expect(rig.store.triggered).toEqual([]);
    expect(rig.followed).toHaveLength(1);
  });

  const misc = makeSyncTask({
    id: 't:misc',
    kind: 'misc',
    projectId: 'misc',
    link: { externalId: 0, projectName: 'Miscellaneous data' },
  });

  test('--misc asks for the miscellaneous data, for the asker', async () => {
    const rig = commandRig([...projects, misc]);
    expect(await rig.say('sync --misc')).toBeUndefined();
    expect(rig.store.triggered).toMatchObject([
      { taskId: 't:misc', trigger: { prio: 2 }, interaction: { person: { userId: 'operator' } } },
    ]);
    expect(rig.audited).toMatchObject([{ target: 'Miscellaneous data', outcome: 'requested' }]);
  });

  test('--misc follows one that is under way', async () => {
    const rig = commandRig([{ ...misc, state: 'syncing', wakeAt: atMs(60_000) }]);
    await rig.say('sync --misc');
    expect(rig.followed).toMatchObject([{ taskId: 't:misc' }]);
  });

  test.each(['sync --misc #1042', 'sync --misc --full'])(
    '%s is refused with how it is written',
    async (text) => {
      const rig = commandRig([...projects, misc]);
      expect(wordsOf(await rig.say(text))).toContain('It is written: sync --misc');
      expect(rig.store.triggered).toEqual([]);
    },
  );

  test('--misc before the worker ever ran says so', async () => {
    expect((await commandRig(projects).say('sync --misc'))?.summary).toContain(
      'no miscellaneous data sync yet',
    );
  });

  test('an archived project says the way back', async () => {
    const rig = commandRig([makeSyncTask({ link: { state: 'archived' } })]);
    const reply = await rig.say('sync #1042', 'admin');
    expect(actionsOf(reply)).toEqual([{ label: 'Unarchive', command: 'unarchive #1042' }]);
  });

  test('a disabled project offers to enable it', async () => {
    const reply = await commandRig(projects).say('sync #1043');
    expect(reply?.summary).toBe('Server room is disabled, so it cannot be synced.');
    expect(actionsOf(reply)).toEqual([{ label: 'Enable', command: 'enable #1043' }]);
  });
});

describe('logs', () => {
  test.each(['24', 'h', '1w', '-3h', '99999h', '1.5h'])('--since=%s is no span', async (since) => {
    expect((await commandRig(projects).say(`logs --since=${since}`))?.summary).toContain(
      '--since takes a span',
    );
  });

  test.each([
    ['30m', -29, -31],
    ['2H', -119, -121],
    ['1d', -1_439, -1_441],
  ])('--since %s shows what is younger', async (since, inside, outside) => {
    const rig = commandRig(projects);
    const entry = { severity: 'info', action: 'linked', direction: 'none' } as const;
    await rig.log.append([
      { ...entry, at: atMs(outside * 60_000), message: 'too old' },
      { ...entry, at: atMs(inside * 60_000), message: 'young enough' },
    ]);
    const words = wordsOf(await rig.say(`logs --since ${since}`));
    expect(words).toContain('young enough');
    expect(words).not.toContain('too old');
  });
});

describe('help', () => {
  test.each([
    ['help sync', 'sync <project> [--now]', 'Needs the role operator'],
    ['help SYN', 'sync <project> [--now]', 'Needs the role operator'],
    ['help states', 'Sync Status and health, explained', '⚠ Needs attention'],
    ['help state', 'Sync Status and health, explained', '◔ Late'],
    ['help delta', 'Delta sync, explained', 'sends what was edited in the plan to ConnectWise'],
    ['help comprehensive', 'Comprehensive sync, explained', 'what it costs'],
    ['help logs', 'logs [project]', 'Both are kept for 30 days.'],
    ['help disconnect', 'disconnect <project>', 'cannot be reconnected'],
    ['help status', 'status [filter', 'With --here everybody'],
  ])('%s', async (text, summary, words) => {
    const reply = await commandRig(projects).say(text, 'viewer');
    expect(reply?.summary).toContain(summary);
    expect(wordsOf(reply)).toContain(words);
  });

  test.each([
    ['help snyc', 'Did you mean sync?', 'help sync'],
    ['help detla', 'Did you mean delta?', 'help delta'],
    ['help abracadabra', 'There is no help on “abracadabra”.\n', 'status'],
    ['help home', 'There is no help on “home”.', 'status'],
  ])('%s: %s', async (text, words, command) => {
    const reply = await commandRig(projects).say(text);
    expect(wordsOf(reply)).toContain(words);
    expect(actionsOf(reply).map((action) => action.command)).toContain(command);
  });
});

describe('what is not understood', () => {
  test.each([
    ['statsu', 'There is no command “statsu”. Did you mean status?', ['status', 'help status', 'help']],
    ['st', 'There is no command “st”. Did you mean status?', ['status', 'help status', 'help']],
    [
      'snyc "Office move" --now',
      'There is no command “snyc”. Did you mean sync?',
      ['sync "Office move" --now', 'help sync', 'help'],
    ],
    ['constructor #101', 'There is no command “constructor”.', ['help']],
    [
      'which of my projects are not in sync?',
      'Sorry, plain questions are not understood here. What people ask most has a button:',
      ['status --mine --problems', 'status --problems', 'help'],
    ],
    [
      'how is contoso doing?',
      'Sorry, plain questions are not understood here. What people ask most has a button:',
      ['status --mine --problems', 'status --problems', 'help'],
    ],
    ['thanks!', 'You are welcome!', ['status --mine', 'help']],
    ['Thank you very much', 'You are welcome!', ['status --mine', 'help']],
    [
      'Hello',
      'Hello! cwsync keeps your ConnectWise projects and their plans in step.',
      ['status --mine', 'help'],
    ],
    [
      'hi there!',
      'Hello! cwsync keeps your ConnectWise projects and their plans in step.',
      ['status --mine', 'help'],
    ],
    ['abracadabra', 'There is no command “abracadabra”.', ['help']],
    ['sync #1 --fast', 'sync does not know --fast.', ['help sync']],
    ['logs --since', '--since needs a value.', ['help logs']],
    ['sync --now=1', '--now takes no value.', ['help sync']],
    ['sync "Office', 'A quote is opened and not closed: "Office', []],
  ])('%s', async (text, summary, buttons) => {
    const reply = await commandRig(projects).say(text);
    expect(reply?.summary).toBe(summary);
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(buttons);
  });
});
