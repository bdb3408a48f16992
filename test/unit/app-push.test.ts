import { describe, expect, test } from 'vitest';
import type { ProjectPush } from '../../src/app/commands/command.ts';
import type { ProjectPushed } from '../../src/app/sync/push-project.ts';
import type { Fields } from '../../src/domain/plan.ts';
import type { PsaTableRow } from '../../src/domain/psa-records.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords, valuesOf } from '../support/doors-rig.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { makeSyncTask, testStart } from '../support/make-sync-task.ts';

const by = { id: 'api:t/planner', name: 'planner' };
const linked: ProjectPushed = { result: 'linked', externalId: 77, how: 'made' };
const full = {
  name: 'Branch office',
  board: { id: 3, name: 'Cloud' },
  company: { id: 5, name: 'Contoso' },
  dates: { start: '2026-01-05T00:00:00Z', end: '2026-03-31T00:00:00Z' },
};

async function reference() {
  const store = new FakeReferenceStore();
  const row = (id: number, name: string, identifier: string | null = null): PsaTableRow => ({
    ...{ id, name, identifier, inactive: false, details: {} },
    ...{ lastUpdated: null, updatedBy: null },
  });
  await store.storePage('board', [row(3, 'Cloud'), row(7, 'Cabling')], { token: 'run' });
  const companies = [row(5, 'Contoso', 'CON'), row(6, 'Contoso West', 'CONW'), row(8, 'Fabrikam', 'FAB')];
  await store.storePage('company', companies, { token: 'run' });
  return store;
}

type Given = { readonly fields?: Fields; readonly answer?: ProjectPushed; readonly writing?: boolean };

/** One linked project, and a plan project `p2` that is linked to nothing. */
async function rig({ fields = full, answer = linked, writing = true }: Given = {}) {
  const pushed: { readonly fields: Fields; readonly by: string }[] = [];
  const pushes: ProjectPush = {
    async push(record, actor) {
      pushed.push({ fields: record.fields, by: actor.name });
      if (answer.result === 'linked')
        made.store.put(makeSyncTask({ id: 't:p2', projectId: 'p2', link: { externalId: 77 } }));
      return answer;
    },
  };
  const settings = new FakeSettingsStore({ writeToConnectWise: writing });
  const made = doorsRig([makeSyncTask()], { pushes, settings, reference: await reference() });
  const trigger = { kinds: ['delta'], prio: 1 } as const;
  const plan = (kind: 'project' | 'phase', id: string, values: Fields) =>
    made.planner.create({ kind, id, projectId: 'p2', fields: values, by, at: testStart }, trigger);
  await plan('project', 'p2', fields);
  await plan('phase', 'n1', { name: 'Racks' });
  return { ...made, pushed };
}

describe('push', () => {
  test('asks first, with what will be made; once confirmed it is made, synced and written down', async () => {
    const { form, submit, pushed, store, audited, planner } = await rig();
    const shown = await form('push branch');
    expect(shown).toMatchObject({
      form: 'push-project',
      submit: 'Make it',
      does: expect.stringContaining('Branch office'),
    });
    expect(formWords(shown)).toContain('Branch office is made in ConnectWise, with 1 phase and 0 tasks');
    expect(valuesOf(shown)).toEqual({
      board: '3',
      company: 'Contoso',
      start: '2026-01-05',
      end: '2026-03-31',
    });
    expect(pushed).toEqual([]);
    const answer = await submit(shown, valuesOf(shown));
    expect(answer.result === 'closed' && wordsOf(answer.reply)).toContain(
      'Branch office is now ConnectWise project #77.',
    );
    expect(pushed).toEqual([{ fields: full, by: 'The admin' }]);
    expect(planner.of('project')[0]?.version).toBe(1);
    expect(store.triggered).toMatchObject([
      { taskId: 't:p2', trigger: { kinds: ['comprehensive'], prio: 2, forceNow: true } },
    ]);
    expect(audited).toMatchObject([
      {
        target: 'plan project Branch office',
        projectId: 'p2',
        after: 'ConnectWise project #77',
        outcome: 'pushed',
      },
    ]);
  });

  test.each([
    [{}, { board: 'needs the board', company: 'needs the company', start: 'the day on', end: 'the day on' }],
    [
      { board: '9', company: 'contoso w', start: '2026-01-05', end: '2026-03-31' },
      { board: 'no such board' },
    ],
    [
      { board: '3', company: 'onto', start: '2026-01-05', end: '2026-03-31' },
      { company: 'Contoso (#5), Contoso West (#6)' },
    ],
    [{ board: '3', company: '#8', start: '2026-01-05', end: '2026-01-01' }, { end: 'before' }],
    [{ board: '3', company: 'FAB', start: 'soon', end: '2026-01-01' }, { start: 'The start' }],
  ])('%j: what is missing or wrong is said field by field, and nothing is made', async (values, errors) => {
    const { form, submit, pushed, planner } = await rig({ fields: { name: 'Branch office' } });
    const answer = await submit(await form('push p2'), values);
    const expected = Object.entries(errors).map(([field, words]) => [field, expect.stringContaining(words)]);
    expect(answer).toEqual({ result: 'errors', errors: Object.fromEntries(expected) });
    expect([pushed, planner.of('project')[0]?.version]).toEqual([[], 1]);
  });

  test('what was chosen is stored in the plan first; in a terminal it is written', async () => {
    const { say, planner, pushed } = await rig({ fields: { name: 'Branch office' } });
    const choice = '--board cab --company CON --start 2026-01-05 --end 2026-03-31';
    const missing = await say('push branch --confirm --board cloud', 'admin');
    expect(wordsOf(missing)).toContain('--company: ConnectWise needs the company');
    expect(wordsOf(await say(`push branch ${choice} --confirm`, 'admin'))).toContain('#77');
    const stored = { ...full, board: { id: 7, name: 'Cabling' } };
    expect(planner.of('project')[0]).toMatchObject({ version: 2, fields: stored, changedBy: 'The admin' });
    expect(pushed).toEqual([{ fields: stored, by: 'The admin' }]);
  });

  test.each<[ProjectPushed, string, string]>([
    [
      { result: 'refused', words: 'The name is taken.', field: 'name' },
      'not made in ConnectWise (name): The name is taken.',
      'refused: ConnectWise did not take it',
    ],
    [{ result: 'unknown', lookAt: testStart }, 'not known yet', 'not answered: it is looked for'],
    [{ result: 'several', externalIds: [1, 2] }, '#1, #2', 'refused: several may be the one'],
    [{ result: 'imported', externalId: 9 }, 'somebody imported it meanwhile', 'refused: imported meanwhile'],
    [{ result: 'changed' }, 'somebody else changed', 'refused: changed meanwhile'],
  ])('%j: no sync is asked for, and it is told', async (answer, words, outcome) => {
    const { say, store, audited } = await rig({ answer });
    expect(wordsOf(await say('push p2 --confirm', 'admin'))).toContain(words);
    expect(store.triggered).toEqual([]);
    expect(audited).toMatchObject([{ outcome }]);
  });

  test('refuses while writing is off, while nothing may sync, and before it is set up', async () => {
    const off = await rig({ writing: false });
    const reply = await off.say('push p2 --confirm', 'admin');
    expect(reply?.summary).toBe('Nothing was pushed: writing to ConnectWise is off.');
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(['settings']);
    const { say, gate, pushed } = await rig();
    await gate.trip({ code: 'cw.auth' }, undefined);
    expect(wordsOf(await say('push p2 --confirm', 'admin'))).toContain(
      'ConnectWise refuses the API keys since',
    );
    const bare = commandRig([makeSyncTask()]);
    expect((await bare.say('push p2', 'admin'))?.summary).toBe('Nothing can be pushed yet.');
    expect([pushed, off.pushed]).toEqual([[], []]);
  });

  test('a project that is linked, or was disconnected, is refused with what to do', async () => {
    const { say, store, pushed } = await rig();
    const words = async () => wordsOf(await say('push "office move"', 'admin'));
    expect(await words()).toContain('Office move is linked with #1042 already.');
    store.put(makeSyncTask({ link: { state: 'disconnected' } }));
    expect(await words()).toContain('that is for good');
    expect(await words()).toContain('import the ConnectWise project as a new plan project');
    expect(pushed).toEqual([]);
  });

  test('alone, or with a name that fits none, lists those that are linked to nothing', async () => {
    const { say } = await rig();
    for (const typed of ['push', 'push warehouse', 'push of'])
      expect(actionsOf(await say(typed, 'admin'))).toEqual([{ label: 'Branch office', command: 'push p2' }]);
    expect(
      wordsOf(
        await commandRig([makeSyncTask()], {
          pushes: { push: async () => linked },
          settings: new FakeSettingsStore({ writeToConnectWise: true }),
        }).say('push', 'admin'),
      ),
    ).toContain('there is nothing to push');
  });

  test('is for admins, also when the form comes back', async () => {
    const { say, form, submit, pushed } = await rig();
    expect(wordsOf(await say('push p2', 'operator'))).toContain('admin');
    const shown = await form('push p2');
    expect((await submit(shown, valuesOf(shown), 'operator')).result).not.toBe('errors');
    expect(pushed).toEqual([]);
  });
});
