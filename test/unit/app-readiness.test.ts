/** Before it is set up: what is missing, whose job it is, and that nothing is asked of the queue. */
import { describe, expect, test } from 'vitest';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const misc = makeSyncTask({ id: 't:misc', kind: 'misc', projectId: 'misc', link: { externalId: 0 } });
const miscAsked = makeSyncTask({ ...misc, state: 'requested', want: 2, wakeAt: atMs(0) });
const { lastSync: _none, ...miscNever } = misc;
const { lastSync: _never, ...unsynced } = makeSyncTask();
const missing = ['ConnectWise needs CONNECTWISE_URL'];
const notInstalled = { defaultRole: 'viewer', missing } as const;
const chosen = () => new FakeSettingsStore({ boards: [3] });
const refused = { failure: { code: 'cw.auth' }, since: atMs(0), probes: 0 } as const;
const down = {
  failure: { code: 'cw.unavailable' },
  since: atMs(0),
  probes: 1,
  probeAt: atMs(9_000),
} as const;

const stages = {
  'keys absent': () => commandRig([misc], { installation: notInstalled }),
  'keys refused': () => shut(refused),
  unreachable: () => shut(down),
  'no boards': () => commandRig([misc]),
  'projects looked for': () => commandRig([miscNever], { settings: chosen() }),
  'boards chosen anew': () => commandRig([miscAsked], { settings: chosen() }),
  'nothing open': () => commandRig([misc], { settings: chosen() }),
} as const;

function shut(circuit: typeof refused | typeof down) {
  const rig = commandRig([misc]);
  rig.gate.circuit = circuit;
  return rig;
}

const words: { readonly [stage in keyof typeof stages]: readonly RegExp[] } = {
  'keys absent': [
    /no keys for ConnectWise yet: ConnectWise needs CONNECTWISE_URL/u,
    /Whoever operates cwsync/u,
  ],
  'keys refused': [/ConnectWise refuses the API keys/u, /An admin checks the keys/u],
  unreachable: [/ConnectWise does not answer/u, /looks again by itself/u],
  'no boards': [/no project boards are chosen/u, /(?:An admin chooses|Choose) the boards/u],
  'projects looked for': [/first import is under way: its projects are being looked for/u, /Look again/u],
  'boards chosen anew': [/first import is under way: its projects are being looked for/u, /Look again/u],
  'nothing open': [/none on the chosen boards is open/u, /import one by its id/u],
};

const ofProjects = [
  'sync contoso',
  'tasks contoso',
  'enable contoso',
  'disable contoso',
  'deletions contoso',
  'restore contoso',
  'archive contoso',
  'unarchive contoso',
  'disconnect contoso',
  'worktype contoso default',
];

const each = Object.keys(stages) as (keyof typeof stages)[];

describe.each(each)('%s', (stage) => {
  test.each(ofProjects)(
    '%s says why, what comes next and who the admins are; nothing is asked for',
    async (text) => {
      const rig = stages[stage]();
      const said = wordsOf(await rig.say(text, 'admin'));
      for (const expected of words[stage]) expect(said).toMatch(expected);
      expect(said).toContain('Nothing was asked for. Admins: slack:T1/UADMIN.');
      expect(rig.store.triggered).toEqual([]);
      expect(rig.audited).toEqual([]);
    },
  );

  test('the empty list says the same', async () => {
    const said = wordsOf(await stages[stage]().say('status', 'viewer'));
    for (const expected of words[stage]) expect(said).toMatch(expected);
  });

  test('help is help', async () => {
    expect(wordsOf(await stages[stage]().say('help', 'viewer'))).toContain('You may write:');
  });
});

test('an admin is told to choose the boards, everybody else that an admin does', async () => {
  const said = async (role: string) => wordsOf(await stages['no boards']().say('status', role));
  expect(await said('admin')).toContain('Choose the boards in Set up;');
  expect(await said('operator')).toContain('An admin chooses the boards in Set up;');
});

describe('the button Set up', () => {
  test.each([
    ['no boards', 'setup'],
    ['keys refused', 'setup'],
    ['nothing open', 'setup boards'],
  ] as const)('%s: for admins only', async (stage, command) => {
    const shown = async (role: string) =>
      actionsOf(await stages[stage]().say('sync contoso', role)).map((action) => action.command);
    expect(await shown('admin')).toContain(command);
    expect(await shown('operator')).not.toContain(command);
  });
});

describe('what can be done all the same', () => {
  test('with keys and no boards a project can be imported by its id, and the data be loaded', async () => {
    const rig = commandRig([misc]);
    expect(wordsOf(await rig.say('import #7', 'admin'))).not.toContain('boards are chosen');
    await rig.say('sync --misc', 'operator');
    expect(rig.store.triggered).toHaveLength(1);
  });

  test.each(['import #7', 'sync --misc'])('without keys %s is not asked for', async (text) => {
    for (const stage of ['keys absent', 'keys refused'] as const) {
      const rig = stages[stage]();
      expect(wordsOf(await rig.say(text, 'admin'))).toMatch(words[stage][0] ?? /never/u);
      expect(rig.store.triggered).toEqual([]);
    }
  });

  test('once it is set up, what is asked for while the keys are refused waits', async () => {
    const rig = commandRig([misc, makeSyncTask()]);
    rig.gate.circuit = refused;
    await rig.say('sync #1042', 'operator');
    expect(rig.store.triggered).toHaveLength(1);
  });

  test('with projects and without keys a sync would never come: it is refused, and a switch is not', async () => {
    const rig = commandRig([misc, makeSyncTask()], { installation: notInstalled });
    expect(wordsOf(await rig.say('sync #1042', 'operator'))).toContain('no keys for ConnectWise yet');
    expect(rig.store.triggered).toEqual([]);
    expect(wordsOf(await rig.say('disable #1042', 'operator'))).toContain('disabled');
  });

  test('a project that is being imported for the first time can be asked for', async () => {
    const rig = commandRig([misc, unsynced], { settings: chosen() });
    await rig.say('sync #1042', 'operator');
    expect(rig.store.triggered).toHaveLength(1);
  });
});
