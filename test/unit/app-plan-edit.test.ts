import { describe, expect, test } from 'vitest';
import type { Fields, PlanRecord } from '../../src/domain/plan.ts';
import type { PsaTableRow } from '../../src/domain/psa-records.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import type { Form, FormAnswer, FormValues } from '../../src/ports/form.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { actionsOf, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords, valuesOf } from '../support/doors-rig.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const bo = { id: 'slack:T1/bo', name: 'Bo' };
const start: Fields = {
  summary: 'Order desks',
  status: { id: 1, name: 'New', category: 'Not Started' },
  owner: { id: 9, name: 'Left Long-Ago' },
  dates: { start: '2026-01-05T08:30:00Z', due: '2026-01-31T00:00:00Z' },
  phaseId: 'phase-1',
};

async function reference() {
  const store = new FakeReferenceStore();
  const row = (id: number, name: string, inactive = false): PsaTableRow => ({
    ...{ id, name, identifier: null, inactive, details: {}, lastUpdated: null, updatedBy: null },
  });
  await store.storePage(
    'member',
    [row(7, 'Zoe'), row(8, 'Ann'), row(9, 'Left Long-Ago', true), row(10, 'Gone', true)],
    {
      token: 'r',
    },
  );
  const statuses = [
    { id: 1, name: 'New', category: 'Not Started', setBy: 'cwsync' },
    { id: 2, name: 'Closed', category: 'Complete', setBy: 'cwsync' },
  ] as const;
  await store.saveMapping({ of: 5, revision: 0, statuses, defaults: { 'Not Started': 1, Complete: 2 } });
  return store;
}

function record(part: Partial<PlanRecord> = {}): PlanRecord {
  return {
    ...{ id: 'task-1', projectId: 'p1', kind: 'task', version: 3, externalId: 4_711, syncFence: 1 },
    ...{ fields: start, base: { psa: { status: { id: 1, board: 5 } }, plan: start } },
    ...{ changedAt: atMs(0), changedBy: 'Bob', ...part },
  };
}

async function rigWith(seed: Partial<Settings> = {}, task: Parameters<typeof makeSyncTask>[0] & object = {}) {
  const project = makeSyncTask({ ...task, link: { boardId: 5, ...task.link } });
  const settings = new FakeSettingsStore({ writeToConnectWise: true, ...seed });
  const rig = doorsRig([project], { settings, reference: await reference() });
  const phase = record({
    id: 'phase-1',
    kind: 'phase',
    externalId: 11,
    fields: { name: 'Moving', wbsCode: '1' },
  });
  const member = { fields: { member: { id: 7, name: 'Zoe' }, role: { id: 1, name: 'Engineer' } } };
  const zoe = record({ id: 'member-7', kind: 'teamMember', externalId: 12, ...member });
  const board = { board: { id: 5, name: 'Cabling' } };
  const itself = record({ id: 'p1', kind: 'project', externalId: 1042, fields: board });
  rig.planner.records.push(record(), phase, zoe, itself);
  const now = () => rig.planner.records.find(({ id }) => id === 'task-1');
  const edit = async (values: FormValues, userId = 'operator') => {
    const form = await rig.form('tasks #1042 --edit task-1', userId);
    return await rig.submit(form, { ...valuesOf(form), ...values }, userId);
  };
  return { ...rig, settings, edit, now };
}

const closed = (answer: FormAnswer) => (answer.result === 'closed' ? answer.reply : undefined);
const replaced = (answer: FormAnswer): Form => {
  if (answer.result !== 'replaced') throw new Error(`not replaced but ${answer.result}`);
  return answer.form;
};
const options = (form: Form, id: string) => {
  const field = form.fields.find((one) => 'id' in one && one.id === id);
  return field?.field === 'choice' ? field.options.map(({ label }) => label) : undefined;
};

describe('editing a task of the plan', () => {
  test('operators are given the buttons, viewers are not, and a press without the role answers that person', async () => {
    const rig = await rigWith();
    const edits = (userId: string) =>
      rig.say('tasks #1042', userId).then((reply) =>
        actionsOf(reply)
          .map(({ command }) => command)
          .filter((command) => command.includes('--')),
      );
    expect(await edits('operator')).toEqual(['tasks #1042 --edit task-1', 'tasks #1042 --new']);
    expect(await edits('viewer')).toEqual([]);
    const refused = await rig.form('tasks #1042 --edit task-1', 'viewer');
    expect(formWords(refused)).toContain('tasks needs the role operator; yours is viewer.');
    const form = await rig.form('tasks #1042 --edit task-1', 'operator');
    const answer = await rig.submit(
      { ...form, context: form.context.replace('operator', 'viewer') },
      {},
      'viewer',
    );
    expect(formWords(replaced(answer))).toContain('This needs the role operator.');
  });

  test('the form shows how it is; statuses are those the board can write, owners the team first', async () => {
    const rig = await rigWith();
    const form = await rig.form('tasks #1042 --edit #4711', 'operator');
    expect(rig.delivery.opened.at(-1)?.title).toBe('Edit task');
    expect(valuesOf(form)).toEqual({
      ...{
        summary: 'Order desks',
        status: 'Not Started',
        owner: '9',
        start: '2026-01-05',
        due: '2026-01-31',
      },
    });
    expect(options(form, 'status')).toEqual(['Not Started', 'Complete']);
    expect(options(form, 'owner')).toEqual(['Nobody', 'Left Long-Ago', 'Zoe', 'Ann']);
    expect(form.context.length).toBeLessThan(2_000);
  });

  test('is one edit of the version that was shown, asks for a delta, and says when ConnectWise gets it', async () => {
    const rig = await rigWith({}, { state: 'requested', wakeAt: atMs(600_000) });
    const reply = closed(
      await rig.edit({ summary: ' Order chairs ', status: 'Complete', owner: '8', due: '2026-02-02' }),
    );
    const words = wordsOf(reply);
    expect(reply?.summary).toBe('Saved: Task “Order chairs” of Office move.');
    expect(words).toContain(`It goes to ConnectWise with the next sync, at ${atMs(600_000).toISOString()}.`);
    expect(words).toContain('summary: Order desks → Order chairs');
    expect(words).toContain('status: New → Closed');
    expect(words).toContain('owner: Left Long-Ago → Ann');
    expect(rig.now()).toMatchObject({
      version: 4,
      changedBy: 'The operator',
      fields: {
        summary: 'Order chairs',
        status: { id: 2, name: 'Closed', category: 'Complete' },
        owner: { id: 8, name: 'Ann' },
        // The half that was not touched keeps its time of day.
        dates: { start: '2026-01-05T08:30:00Z', due: '2026-02-02T00:00:00Z' },
        phaseId: 'phase-1',
      },
    });
    expect(rig.planner.triggered).toEqual([{ projectId: 'p1', kinds: ['delta'], prio: 2 }]);
    expect(rig.audited).toMatchObject([
      {
        target: 'Task “Order desks” of Office move (#1042)',
        before: expect.stringContaining('summary: Order desks; status: New'),
        after: expect.stringContaining('summary: Order chairs; status: Closed; owner: Ann'),
        outcome: 'plan edited',
      },
    ]);
  });

  test.each<[Partial<Settings>, Parameters<typeof rigWith>[1], string]>([
    [{ writeToConnectWise: false }, {}, 'stays in the plan until Write to ConnectWise is on'],
    [{}, { link: { state: 'disabled' } }, 'The project is disabled: it stays in the plan'],
    [{}, { state: 'requested', wakeAt: atMs(-1) }, 'with the next sync, which is in line now'],
    [{}, { state: 'syncing', wakeAt: atMs(9), startedAt: atMs(0) }, 'after the one that runs now'],
  ])('with %j and the project %j it says so', async (seed, task, words) => {
    const rig = await rigWith(seed, task);
    expect(wordsOf(closed(await rig.edit({ owner: 'nobody' })))).toContain(words);
    expect(rig.now()?.fields.owner).toBeNull();
  });

  test('while the integration is disabled it says so', async () => {
    const rig = await rigWith();
    await rig.gate.setEnabled(false, bo);
    expect(wordsOf(closed(await rig.edit({ start: '' })))).toContain('The integration is disabled');
    expect(rig.now()?.fields.dates).toEqual({ start: null, due: '2026-01-31T00:00:00Z' });
  });

  test.each<[FormValues, string, string]>([
    [{ summary: '  ' }, 'summary', 'must not be empty'],
    [{ summary: 'x'.repeat(101) }, 'summary', '101 characters long; ConnectWise holds at most 100'],
    [{ due: '2026-01-04' }, 'due', 'The due date lies before the start.'],
    [{ start: 'soon' }, 'start', 'or a day like 2026-03-02'],
    [{ owner: '10' }, 'owner', 'is inactive: name somebody who is active'],
    [{ status: 'Blocked' }, 'status', 'no default status for Blocked'],
  ])('%j is refused under its field, and nothing is stored', async (values, field, words) => {
    const rig = await rigWith();
    const answer = await rig.edit(values);
    expect(answer).toMatchObject({ result: 'errors', errors: { [field]: expect.stringContaining(words) } });
    expect(rig.now()?.version).toBe(3);
    expect(rig.planner.triggered).toEqual([]);
  });

  test('what somebody else changed meanwhile is shown, one’s own stays, and what they did is not undone', async () => {
    const rig = await rigWith();
    const form = await rig.form('tasks #1042 --edit task-1', 'operator');
    const theirs = { fields: { owner: { id: 7, name: 'Zoe' }, summary: 'Order sofas' } };
    const trigger = { kinds: ['delta'], prio: 1 } as const;
    await rig.planner.edit(
      { kind: 'task', id: 'task-1', version: 3, change: theirs, by: bo, at: atMs(5) },
      trigger,
    );
    const values = { ...valuesOf(form), summary: 'Order chairs', due: '2026-02-02' };
    const again = replaced(await rig.submit(form, values, 'operator'));
    const words = formWords(again);
    expect(words).toContain(`Not saved yet. Bo changed this task ${atMs(5).toISOString()}`);
    expect(words).toContain('Summary: now Order sofas; yours: Order chairs');
    expect(words).toContain('Owner: now Zoe');
    expect(words).not.toContain('Due: now');
    expect(rig.now()?.version).toBe(4);
    expect(valuesOf(again)).toMatchObject({
      'summary~4': 'Order chairs',
      'owner~4': '7',
      'due~4': '2026-02-02',
    });
    const wrong = await rig.submit(again, { ...valuesOf(again), 'due~4': 'x' }, 'operator');
    expect(wrong).toMatchObject({ result: 'errors', errors: { 'due~4': expect.any(String) } });
    expect((await rig.submit(again, valuesOf(again), 'operator')).result).toBe('closed');
    expect(rig.now()?.fields).toMatchObject({ summary: 'Order chairs', owner: { id: 7 } });
    // The same once more, since the platform repeats what was answered late.
    expect(closed(await rig.submit(again, valuesOf(again), 'operator'))?.summary).toContain(
      'saved like that already',
    );
    expect(rig.now()?.version).toBe(5);
  });

  test('of more members than can be shown one is named by typing', async () => {
    const many = await rigWith();
    const row = (id: number, name: string): PsaTableRow => ({
      ...{ id, name, identifier: null, inactive: false, details: {}, lastUpdated: null, updatedBy: null },
    });
    const rows = Array.from({ length: 120 }, (_, n) => row(100 + n, `Member ${n}`));
    await many.deps.reference.storePage('member', rows, { token: 'r' });
    const form = await many.form('tasks #1042 --edit task-1', 'operator');
    expect(options(form, 'owner')).not.toContain('Member 99');
    expect(formWords(form)).toContain('Another owner');
    const typed = async (name: string) => await many.edit({ 'owner-name': name });
    expect(await typed('Bert')).toMatchObject({
      errors: { 'owner-name': 'Nobody who is active has a name like that.' },
    });
    expect(await typed('member 9')).toMatchObject({ result: 'closed' });
    expect(many.now()?.fields.owner).toEqual({ id: 109, name: 'Member 9' });
    expect(await typed('member 11')).toMatchObject({ result: 'closed' });
    expect(await typed('member')).toMatchObject({
      errors: { 'owner-name': expect.stringContaining('type more of it') },
    });
    expect(formWords(await (await rigWith()).form('tasks #1042 --edit task-1', 'operator'))).not.toContain(
      'Another owner',
    );
  });

  test('a version that the sync moved asks nobody again, also in the very moment', async () => {
    const rig = await rigWith();
    const form = await rig.form('tasks #1042 --edit task-1', 'operator');
    const move = () => {
      const at = rig.planner.records.findIndex(({ id }) => id === 'task-1');
      const before = rig.planner.records[at] as PlanRecord;
      rig.planner.records[at] = { ...before, version: before.version + 1 };
    };
    move();
    const edit = rig.planner.edit.bind(rig.planner);
    let moves = 1;
    rig.planner.edit = async (...args) => {
      if (moves-- > 0) move();
      return await edit(...args);
    };
    expect((await rig.submit(form, { ...valuesOf(form), summary: 'Order chairs' }, 'operator')).result).toBe(
      'closed',
    );
    expect(rig.now()).toMatchObject({ version: 6, fields: { summary: 'Order chairs' } });
    moves = 99;
    const other = await rig.edit({ summary: 'Order sofas' });
    expect(other).toMatchObject({
      result: 'errors',
      errors: { summary: expect.stringContaining('try again') },
    });
  });

  test('nothing typed changes nothing; what is gone, frozen, or somebody else’s is said', async () => {
    const rig = await rigWith();
    expect(closed(await rig.edit({}))?.summary).toContain('Nothing was changed');
    const form = await rig.form('tasks #1042 --edit task-1', 'operator');
    const foreign = { ...form, context: form.context.replace('T1/operator', 'T1/another') };
    expect(formWords(replaced(await rig.submit(foreign, valuesOf(form), 'operator')))).toContain(
      'somebody else',
    );
    const at = rig.planner.records.findIndex(({ id }) => id === 'task-1');
    rig.planner.records[at] = record({ frozen: { at: atMs(0) } });
    expect(wordsOf(await rig.say('tasks #1042 --edit task-1'))).toContain('cannot be edited now');
    const sofas = { ...valuesOf(form), summary: 'Order sofas' };
    expect(formWords(replaced(await rig.submit(form, sofas, 'operator')))).toContain('gone from ConnectWise');
    rig.planner.records[at] = record({ deleted: { at: atMs(0), by: 'Bo', reason: 'deleted in the plan' } });
    expect(formWords(replaced(await rig.submit(form, valuesOf(form), 'operator')))).toContain(
      'left the plan',
    );
    expect(wordsOf(await rig.say('tasks #1042 --edit task-1'))).toContain('no such task in its plan');
    rig.planner.records[at] = record({ projectId: 'p2' });
    expect(wordsOf(await rig.say('tasks #1042 --edit #4711'))).toContain('no such task in its plan');
    expect(rig.planner.triggered).toEqual([]);
  });
});

describe('a new task', () => {
  test('is made once, in a phase, with what its board calls not begun', async () => {
    const rig = await rigWith({}, { state: 'requested', wakeAt: atMs(600_000) });
    const form = await rig.form('tasks #1042 --new', 'operator');
    expect(options(form, 'phase')).toEqual(['1 Moving']);
    expect(await rig.submit(form, { ...valuesOf(form), summary: ' ' }, 'operator')).toMatchObject({
      ...{ result: 'errors', errors: { summary: expect.any(String) } },
    });
    expect(await rig.submit(form, { summary: 'Hire a van', phase: 'elsewhere' }, 'operator')).toMatchObject({
      ...{ result: 'errors', errors: { phase: expect.any(String) } },
    });
    const values = { ...valuesOf(form), summary: 'Hire a van' };
    const reply = closed(await rig.submit(form, values, 'operator'));
    expect(wordsOf(reply)).toContain('Made: Task “Hire a van” of Office move.');
    expect(wordsOf(reply)).toContain('with the next sync, at');
    expect(closed(await rig.submit(form, values, 'operator'))?.summary).toBe('This task is made already.');
    const made = rig.planner.records.filter(({ fields }) => fields.summary === 'Hire a van');
    const status = { id: 1, name: 'New', category: 'Not Started' };
    expect(made).toMatchObject([
      { projectId: 'p1', fields: { phaseId: 'phase-1', status }, changedBy: 'The operator' },
    ]);
    expect(rig.planner.triggered).toEqual([{ projectId: 'p1', kinds: ['delta'], prio: 2 }]);
    expect(rig.audited).toMatchObject([{ outcome: 'task made' }]);
    const dry = wordsOf(await rig.say('sync #1042 --dry-run'));
    expect(dry).toContain('is created in ConnectWise');
  });

  test('needs a phase', async () => {
    const rig = await rigWith();
    const without = rig.planner.records.filter(({ kind }) => kind !== 'phase');
    rig.planner.records.splice(0, 99, ...without);
    expect(wordsOf(await rig.say('tasks #1042 --new'))).toContain('has no phase yet');
    expect(actionsOf(await rig.say('tasks #1042')).map(({ label }) => label)).not.toContain('New task');
  });
});

const tasksOf = (rig: { readonly store: { readonly tasks: ReadonlyMap<string, SyncTask> } }) => [
  ...rig.store.tasks,
];
test('looking at tasks changes nothing', async () => {
  const rig = await rigWith();
  const before = tasksOf(rig);
  await rig.say('tasks #1042', 'viewer');
  expect(tasksOf(rig)).toEqual(before);
});
