import { describe, expect, test } from 'vitest';
import type { Imported, ProjectImport } from '../../src/app/commands/command.ts';
import { disconnectForm } from '../../src/app/forms/disconnect-form.ts';
import { FailureError } from '../../src/domain/failure.ts';
import { type PlanKind, planKinds } from '../../src/domain/plan.ts';
import type { LinkState } from '../../src/domain/sync-task.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords } from '../support/doors-rig.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const inState = (state: LinkState) => makeSyncTask({ link: { state } });

describe('import', () => {
  const open = [
    { id: 7, name: 'Server room', company: { id: 1, name: 'Contoso' }, board: null },
    { id: 8, name: 'Server move', company: null, board: null },
    { id: 9, name: null, company: null, board: null },
  ];

  function rig(answer: Imported | Error = linked) {
    const asked: number[] = [];
    const imports: ProjectImport = {
      async link(externalId, by) {
        expect(by.name).toBe('The admin');
        asked.push(externalId);
        if (answer instanceof Error) throw answer;
        made.store.put(makeSyncTask({ id: 't:p9', projectId: 'p9', link: { externalId } }));
        return answer;
      },
      openProjects: async () => open,
    };
    const made = commandRig([makeSyncTask()], { imports });
    return { ...made, asked };
  }
  const linked = { result: 'linked', projectId: 'p9', projectName: 'Server room', again: false } as const;

  test.each([
    ['import #7', 7],
    ['import 7', 7],
    ['import server room', 7],
    ['import "Project #9"', 9],
  ])('%s links it and follows its first sync', async (text, externalId) => {
    const { say, asked, store, audited } = rig();
    expect(await say(text, 'admin')).toBeUndefined();
    expect(asked).toEqual([externalId]);
    expect(store.triggered).toMatchObject([
      {
        taskId: 't:p9',
        trigger: { kinds: ['comprehensive'], prio: 2, forceNow: true },
        interaction: { person: { userId: 'admin' } },
      },
    ]);
    expect(audited).toMatchObject([{ command: 'import', outcome: 'imported' }]);
  });

  test('of one that was disconnected before asks first; the button does it', async () => {
    const { say, asked, store, audited } = rig({ ...linked, again: true });
    store.put(
      makeSyncTask({ id: 't:old', projectId: 'old', link: { externalId: 7, state: 'disconnected' } }),
    );
    const question = await say('import #7', 'admin');
    expect(question?.summary).toContain('was disconnected before. Import it again?');
    expect(wordsOf(question)).toContain('cannot be taken back');
    expect([asked, audited]).toEqual([[], []]);
    const [button] = actionsOf(question);
    expect(button?.command).toBe('import #7 --again');
    await say(button?.command ?? '', 'admin');
    expect(asked).toEqual([7]);
  });

  test('several of that name: a choice by id', async () => {
    const { say, asked } = rig();
    const reply = await say('import server', 'admin');
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(['import #7', 'import #8']);
    expect(asked).toEqual([]);
  });

  test('a letter or two is no name to act upon', async () => {
    const { say, asked } = rig();
    expect((await say('import oo', 'admin'))?.summary).toBe('One project matches “oo”.');
    expect(asked).toEqual([]);
  });

  test('no open one of that name: says how a closed one is named', async () => {
    const reply = await rig().say('import Warehouse', 'admin');
    expect(reply?.summary).toBe('No open project in ConnectWise matches “Warehouse”.');
    expect(wordsOf(reply)).toContain('by its id');
  });

  test.each<[string, Imported | Error, string, string]>([
    [
      'no such project',
      new FailureError({ code: 'cw.project-missing' }),
      'ConnectWise shows no project #7.',
      'refused: not in ConnectWise',
    ],
    [
      'linked already, and disabled',
      {
        result: 'linked-already',
        task: { taskId: 't:x', externalId: 7, name: 'Server room', customer: null, state: 'disabled' },
      },
      'Server room (#7) is linked already: it is disabled.',
      'refused: linked already, disabled',
    ],
    [
      'still syncing after it was disconnected',
      { result: 'still-syncing' },
      'Project #7 was disconnected only just now.',
      'refused: still syncing',
    ],
    [
      'disconnected before',
      { ...linked, again: true },
      'Server room was disconnected before: this is a new plan project.',
      'imported again, into a new plan project',
    ],
  ])('%s', async (_, answer, summary, outcome) => {
    const { say, audited } = rig(answer);
    expect((await say('import #7', 'admin'))?.summary).toBe(summary);
    expect(audited).toMatchObject([{ outcome }]);
  });

  test.each(['import 0', 'import #2147483648'])('%s is no id of ConnectWise', async (text) => {
    const { say, asked } = rig();
    expect((await say(text, 'admin'))?.summary).toContain('ConnectWise shows no project');
    expect(asked).toEqual([]);
  });

  test('another failure is told as what it is', async () => {
    const { say } = rig(new FailureError({ code: 'cw.permission' }));
    expect((await say('import #7', 'admin'))?.summary).toBe('The API member lacks a right in ConnectWise.');
  });

  test('while nothing may sync ConnectWise is not asked, and why is said', async () => {
    const { say, asked, gate } = rig();
    await gate.trip({ code: 'cw.auth' }, undefined);
    const reply = await say('import #7', 'admin');
    expect(wordsOf(reply)).toContain('ConnectWise refuses the API keys since');
    expect(asked).toEqual([]);
  });

  test('before ConnectWise is set up says what is missing', async () => {
    const installation = {
      defaultRole: 'viewer',
      missing: ['CONNECTWISE_URL'],
    } as const;
    const reply = await commandRig([], { installation }).say('import #7', 'admin');
    expect(wordsOf(reply)).toContain('cwsync has no keys for ConnectWise yet: CONNECTWISE_URL.');
  });

  test('alone says how it is written', async () => {
    expect((await rig().say('import', 'admin'))?.summary).toContain('Write import and its id or its name.');
  });
});

describe('archive and unarchive', () => {
  test.each<LinkState>(['active', 'disabled'])('archives one that is %s, with its reason', async (state) => {
    const rig = commandRig([inState(state)]);
    const reply = await rig.say('archive #1042 finished', 'admin');
    expect(reply?.summary).toBe('Office move is archived: finished.');
    expect(actionsOf(reply)).toEqual([
      { label: 'Unarchive', command: 'unarchive #1042' },
      { label: 'Undo', command: 'undo undo-1' },
    ]);
    expect(rig.store.tasks.get('t:p1')?.link).toMatchObject({
      state: 'archived',
      changed: { reason: 'finished' },
    });
    expect(rig.audited).toMatchObject([{ before: state, after: 'archived', outcome: 'archived: finished' }]);
    expect(rig.log.all).toMatchObject([{ action: 'archived', projectId: 'p1' }]);
  });

  test('a sync under way is said to stop', async () => {
    const rig = commandRig([makeSyncTask({ state: 'syncing', wakeAt: atMs(60_000) })]);
    expect(wordsOf(await rig.say('archive #1042', 'admin'))).toContain(
      'The sync under way stops at its next step.',
    );
  });

  test('unarchive leaves it disabled and offers to enable it', async () => {
    const rig = commandRig([inState('archived')]);
    const reply = await rig.say('unarchive #1042', 'admin');
    expect(actionsOf(reply)).toEqual([{ label: 'Enable', command: 'enable #1042' }]);
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('disabled');
    expect(rig.store.triggered).toEqual([]);
    expect(rig.audited).toMatchObject([{ before: 'archived', after: 'disabled' }]);
    expect(rig.log.all).toMatchObject([{ action: 'unarchived' }]);
  });

  test.each<[string, LinkState, string]>([
    ['archive #1042', 'archived', 'Office move is archived already.'],
    ['unarchive #1042', 'active', 'Office move is not archived: it is active.'],
  ])('%s of one that is %s', async (text, state, summary) => {
    const rig = commandRig([inState(state)]);
    expect((await rig.say(text, 'admin'))?.summary).toBe(summary);
    expect(rig.audited).toMatchObject([{ outcome: `refused: ${state}` }]);
    expect(rig.log.all).toEqual([]);
  });
});

describe('enable', () => {
  test.each<[LinkState, string, string[]]>([
    ['archived', 'An admin takes it out of the archive first', ['unarchive #1042']],
    ['disconnected', 'Disconnecting is for good.', ['import #1042']],
  ])('refuses one that is %s, and says what to do instead', async (state, words, commands) => {
    const rig = commandRig([inState(state)]);
    const reply = await rig.say('enable #1042', 'admin');
    expect(reply?.summary).toBe(`Office move is ${state} and cannot be enabled.`);
    expect(wordsOf(reply)).toContain(words);
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(commands);
    expect(rig.store.triggered).toEqual([]);
  });

  test('of an id that was imported anew means the new one', async () => {
    const anew = makeSyncTask({ id: 't:p2', projectId: 'p2', link: { state: 'disabled' } });
    const rig = commandRig([inState('disconnected'), anew]);
    expect(await rig.say('enable #1042')).toBeUndefined();
    expect(rig.store.triggered).toMatchObject([{ taskId: 't:p2' }]);
  });
});

test.each(['status #1042', 'tasks #1042', 'logs #1042', 'restore #1042'])(
  '%s still shows one that was disconnected',
  async (text) => {
    const words = wordsOf(await commandRig([inState('disconnected')]).say(text));
    expect(words).toContain('Office move');
    expect(words).not.toContain('No project matches');
  },
);

test('the card of one that was disconnected is shown where no other means the same', async () => {
  const words = wordsOf(await commandRig([inState('disconnected')]).say('status #1042'));
  expect(words).toMatch(/Health: \S+ Disconnected/u);
  expect(words).toContain('Sync Enabled: no');
  const both = [inState('disconnected'), makeSyncTask({ id: 't:p2', projectId: 'p2' })];
  expect(wordsOf(await commandRig(both).say('status #1042'))).toContain('Sync Enabled: yes');
});

describe('disconnect', () => {
  const called = (projectName: string) => makeSyncTask({ link: { projectName } });

  test('asks first: what it means, what stays, and for its name', async () => {
    const rig = doorsRig([makeSyncTask()]);
    const form = await rig.form('disconnect #1042');
    expect(rig.delivery.opened.map(({ title }) => title)).toEqual(['Disconnect project']);
    expect(form).toMatchObject({ form: 'disconnect', submit: 'Disconnect', danger: true });
    const words = formWords(form);
    expect(words).toContain('Disconnecting Office move (#1042) cannot be undone.');
    expect(words).toContain('What stays: its plan (0 phases, 0 tasks, 0 time logs)');
    expect(words).toContain('type its name: Office move');
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('active');
    await rig.typed('disconnect #1042');
    expect(actionsOf(rig.delivery.sent[0]?.reply)).toMatchObject([{ command: 'disconnect #1042' }]);
    expect(rig.audited).toEqual([]);
  });

  test.each(['Office move', ' Office  move '])('%j, typed in the form, ends it for good', async (name) => {
    const rig = doorsRig([makeSyncTask()]);
    const answer = await rig.submit(await rig.form('disconnect #1042'), { name });
    expect(answer).toMatchObject({
      result: 'closed',
      reply: { summary: 'Office move is disconnected for good.' },
    });
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('disconnected');
    expect(rig.audited).toMatchObject([{ command: 'disconnect', projectId: 'p1', after: 'disconnected' }]);
    expect(rig.log.all).toMatchObject([{ action: 'disconnected', projectId: 'p1' }]);
  });

  test.each(['office move', '', '#1042'])('%j in the form is refused under the field', async (name) => {
    const rig = doorsRig([makeSyncTask()]);
    const answer = await rig.submit(await rig.form('disconnect #1042'), { name });
    expect(answer).toEqual({ result: 'errors', errors: { name: 'That is not its exact name: Office move' } });
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('active');
    expect(rig.audited).toMatchObject([{ outcome: 'refused: the name does not match' }]);
  });

  test('a form of a project that was disconnected meanwhile says so, and so does the second press', async () => {
    const rig = doorsRig([makeSyncTask()]);
    const form = await rig.form('disconnect #1042');
    await rig.submit(form, { name: 'Office move' });
    const again = await rig.submit(form, { name: 'Office move' });
    expect(again).toMatchObject({ reply: { summary: 'Office move is disconnected already.' } });
    rig.store.tasks.clear();
    const gone = await rig.submit(form, { name: 'Office move' });
    expect(gone.result === 'replaced' && formWords(gone.form)).toContain('no longer linked');
  });

  test.each([
    ['operator', 'This needs the role admin.'],
    ['viewer', 'This needs the role admin.'],
  ])('the form of an admin does nothing for the %s who submits it', async (userId, words) => {
    const rig = doorsRig([makeSyncTask()]);
    const answer = await rig.submit(await rig.form('disconnect #1042'), { name: 'Office move' }, userId);
    expect(answer.result === 'replaced' && formWords(answer.form)).toContain(words);
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('active');
  });

  test('a context that was changed on the way is that of nobody', async () => {
    const rig = doorsRig([makeSyncTask()]);
    const form = await rig.form('disconnect #1042');
    for (const context of [
      '',
      '{}',
      '[]',
      form.context.replace('T1/admin', 'T1/other'),
      form.context.slice(1),
    ]) {
      const answer = await rig.submit({ ...form, context }, { name: 'Office move' });
      expect(answer.result === 'replaced' && formWords(answer.form)).toContain('Nothing was done');
    }
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('active');
  });

  test.each([
    ['Office move', 'disconnect #1042 --confirm "Office move"'],
    ['Contoso – “Big” move', 'disconnect #1042 --confirm "Contoso – \\"Big\\" move"'],
    ['Contoso –Office', 'disconnect #1042 --confirm "Contoso –Office"'],
    ['-odd', 'disconnect #1042 --confirm="-odd"'],
    ['two  blanks ', 'disconnect #1042 --confirm "two blanks"'],
    ['   ', 'disconnect #1042 --confirm "#1042"'],
  ])('%j is confirmed by what the answer shows, and by its name', async (name, typed) => {
    const rig = commandRig([called(name)]);
    const shown = /To confirm, write: (.*)/u.exec(
      wordsOf(await rig.say('disconnect #1042 --confirm wrong', 'admin')),
    )?.[1];
    const byAnswer = commandRig([called(name)]);
    expect((await byAnswer.say(shown ?? '', 'admin'))?.summary).toContain('is disconnected for good.');
    expect((await rig.say(typed, 'admin'))?.summary).toContain('is disconnected for good.');
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('disconnected');
    expect(rig.audited.at(-1)).toMatchObject({ before: 'active', after: 'disconnected', projectId: 'p1' });
    expect(rig.log.all).toMatchObject([{ action: 'disconnected', projectId: 'p1' }]);
  });

  test.each(['office move', 'Office', 'Office move 2', '#1042'])('%s is not its name', async (typed) => {
    const rig = commandRig([makeSyncTask()]);
    const reply = await rig.say(`disconnect #1042 --confirm "${typed}"`, 'admin');
    expect(reply?.summary).toBe('Not disconnected: that is not its exact name.');
    expect(rig.store.tasks.get('t:p1')?.link.state).toBe('active');
    expect(rig.audited).toMatchObject([{ outcome: 'refused: the name does not match' }]);
    expect(rig.log.all).toEqual([]);
  });

  test('a choice between projects does not carry the name over', async () => {
    const rig = commandRig([makeSyncTask(), makeSyncTask({ id: 't:p2', link: { externalId: 2 } })]);
    const reply = await rig.say('disconnect office --confirm "Office move"', 'admin');
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(['disconnect #1042', 'disconnect #2']);
  });
});

describe('the form that disconnects', () => {
  const countsOf = Object.fromEntries(planKinds.map((kind) => [kind, 1])) as { [kind in PlanKind]: number };
  const formOf = (state: LinkState) =>
    disconnectForm({
      person: { platform: 'slack', tenant: 'T1', userId: 'admin', name: 'Ann' },
      task: makeSyncTask({ link: { state } }),
      counts: countsOf,
    });
  const commandsOf = (state: LinkState) =>
    formOf(state).fields.flatMap((field) =>
      field.field === 'actions' ? field.actions.map(({ command }) => command) : [],
    );

  test('names the project, for where a button must open it', () => {
    expect(formOf('active').does).toBe('disconnect Office move (#1042)');
  });

  test('offers what can be taken back', () => {
    expect(commandsOf('active')).toEqual(['disable #1042', 'archive #1042']);
    expect(commandsOf('disabled')).toEqual(['archive #1042']);
    expect(commandsOf('archived')).toEqual([]);
  });
});
