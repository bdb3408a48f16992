import { describe, expect, test } from 'vitest';
import type { PsaTableRow } from '../../src/domain/psa-records.ts';
import type { Category, StatusMapping } from '../../src/domain/status-mapping.ts';
import type { Form, FormAnswer } from '../../src/ports/form.ts';
import { actionsOf, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords, valuesOf } from '../support/doors-rig.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';

const names: readonly (readonly [number, string, boolean?])[] = [
  [1, 'New'],
  [2, 'In progress'],
  [3, 'Waiting for vendor'],
  [4, 'Closed'],
  [5, 'Closed by phone'],
  [6, 'Old one', true],
];

async function rigWith(statuses = names) {
  const reference = new FakeReferenceStore();
  const row = (id: number, name: string, inactive = false, closed = false): PsaTableRow => ({
    ...{
      id,
      name,
      identifier: null,
      inactive,
      details: { closed, sortOrder: id },
      lastUpdated: null,
      updatedBy: null,
    },
  });
  const rows = statuses.map(([id, name, inactive]) => row(id, name, inactive, name.startsWith('Closed')));
  await reference.storePage('board', [row(5, 'Cloud'), row(6, 'Cabling')], { token: 'r' });
  await reference.storePage('boardStatus', rows, { token: 'r', parent: 5 });
  await reference.storePage('projectStatus', [row(31, 'Planned'), row(32, 'Closed', false, true)], {
    token: 'r',
  });
  const rig = doorsRig([makeSyncTask()], { reference });
  const mapping = async (of: StatusMapping['of'] = 5) =>
    (await reference.mappings()).find((one) => one.of === of);
  const meaning = async (id: number) => (await mapping())?.statuses.find((status) => status.id === id);
  /** By somebody else. */
  const set = async (id: number, category: Category, setBy = 'Bo') => {
    const before = await mapping();
    if (!before) throw new Error('no mapping');
    const statuses = before.statuses.map((one) => (one.id === id ? { ...one, category, setBy } : one));
    await reference.saveMapping({ ...before, statuses });
  };
  return { ...rig, reference, mapping, meaning, set };
}

const closed = (answer: FormAnswer) => (answer.result === 'closed' ? answer.reply : undefined);
const replaced = (answer: FormAnswer): Form => {
  if (answer.result !== 'replaced') throw new Error(`not replaced but ${answer.result}`);
  return answer.form;
};
const hints = (form: Form) => form.fields.flatMap((field) => ('hint' in field ? [field.hint] : []));

describe('settings statuses', () => {
  test('shows each status with what it means and who said so, and what each category is written as', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings statuses cloud');
    expect(rig.delivery.opened.map(({ title }) => title)).toEqual(['What statuses mean']);
    expect(formWords(form)).toContain('The statuses of Cloud: what each means in the plan.');
    expect(valuesOf(form)).toEqual({
      ...{
        'status-1': 'Not Started',
        'status-2': 'In Progress',
        'status-3': 'Blocked',
        'status-4': 'Complete',
      },
      ...{ 'status-5': 'Complete', 'status-6': 'Not Started' },
      ...{ 'default-0': '1', 'default-1': '2', 'default-2': '3', 'default-3': '4' },
    });
    expect(hints(form)).toContain('Proposed by its name; inactive in ConnectWise');
    expect(form.context.length).toBeLessThan(2_000);
    await rig.submit(form, { ...valuesOf(form), 'status-6': 'Cancelled' });
    expect(hints(await rig.form('settings statuses #5'))).toContain(
      'Set by The admin; inactive in ConnectWise',
    );
  });

  test('saves what was changed, with who set it; the projects of the board are marked for a comparison', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings statuses #5');
    const values = {
      ...valuesOf(form),
      'status-5': 'Cancelled',
      'status-3': 'In Progress',
      'default-1': '2',
    };
    const reply = closed(await rig.submit(form, values));
    expect(reply?.summary).toBe('Saved: what statuses of Cloud mean, 4 changes.');
    const words = wordsOf(reply);
    expect(words).toContain('Waiting for vendor: Blocked → In Progress');
    expect(words).toContain('Blocked is written as: Waiting for vendor → nothing');
    expect(words).toContain('Cancelled is written as: nothing → Closed by phone');
    expect(await rig.meaning(5)).toEqual({
      id: 5,
      name: 'Closed by phone',
      category: 'Cancelled',
      setBy: 'The admin',
    });
    expect(await rig.meaning(4)).toMatchObject({ category: 'Complete', setBy: 'cwsync' });
    expect(await rig.reference.mappingsToTrigger()).toEqual([{ of: 5, revision: 1 }]);
    expect(rig.audited).toMatchObject([{ target: 'statuses of Cloud', outcome: 'statuses mapped' }]);
    const other = await rig.form('settings statuses #5');
    await rig.submit(other, { ...valuesOf(other), 'default-1': '3' });
    expect((await rig.mapping())?.defaults['In Progress']).toBe(3);
  });

  test.each([
    [{ 'status-1': 'Blocked', 'status-6': 'Blocked' }, 'status-1', 'No status would mean Not Started'],
    [{ 'status-4': 'Cancelled', 'status-5': 'Cancelled' }, 'status-4', 'No status would mean Complete'],
    [{ 'default-3': '5', 'status-5': 'Blocked' }, 'default-3', 'does not mean Complete'],
  ])('%j is refused under its field', async (values, field, words) => {
    const rig = await rigWith();
    const form = await rig.form('settings statuses #5');
    const answer = await rig.submit(form, { ...valuesOf(form), ...values });
    expect(answer).toMatchObject({ result: 'errors', errors: { [field]: expect.stringContaining(words) } });
    expect(await rig.mapping()).toBeUndefined();
  });

  test('what somebody else saved meanwhile is shown, one’s own stays, and theirs is not undone', async () => {
    const rig = await rigWith();
    const first = await rig.form('settings statuses #5');
    await rig.submit(first, { ...valuesOf(first), 'status-6': 'Cancelled' });
    const form = await rig.form('settings statuses #5');
    await rig.set(3, 'In Progress');
    const again = replaced(
      await rig.submit(form, { ...valuesOf(form), 'status-3': 'Cancelled', 'status-5': 'Cancelled' }),
    );
    expect(formWords(again)).toContain('Not saved yet.');
    expect(formWords(again)).toContain('Waiting for vendor: now In Progress, set by Bo; yours: Cancelled');
    expect(valuesOf(again)).toMatchObject({
      'status-3~2': 'Cancelled',
      'status-5~2': 'Cancelled',
      'status-6~2': 'Cancelled',
    });
    const keep = { ...valuesOf(again), 'status-3~2': 'In Progress' };
    expect((await rig.submit(again, keep)).result).toBe('closed');
    expect(await rig.meaning(3)).toMatchObject({ category: 'In Progress', setBy: 'Bo' });
    expect(await rig.meaning(5)).toMatchObject({ category: 'Cancelled', setBy: 'The admin' });
    expect(closed(await rig.submit(again, keep))?.summary).toContain('saved like that already');
  });

  test('also where the other one saves between the look and the write', async () => {
    const rig = await rigWith();
    const first = await rig.form('settings statuses #5');
    await rig.submit(first, { ...valuesOf(first), 'status-6': 'Cancelled' });
    const form = await rig.form('settings statuses #5');
    rig.reference.beforeSave = async () => {
      rig.reference.beforeSave = () => {};
      await rig.set(3, 'In Progress');
    };
    const answer = await rig.submit(form, { ...valuesOf(form), 'status-5': 'Cancelled' });
    expect(formWords(replaced(answer))).toContain('Waiting for vendor: now In Progress');
    expect(await rig.meaning(5)).toMatchObject({ category: 'Complete' });
  });

  test('many come in pages: what is on another page stays as it is', async () => {
    const many = Array.from({ length: 14 }, (_, n) => [n + 1, n < 12 ? `Step ${n}` : 'Done'] as const);
    const rig = await rigWith([...many, [20, 'In progress'], [21, 'Closed']]);
    const form = await rig.form('settings statuses cloud --page 2');
    expect(formWords(form)).toContain('page 2 of 2');
    expect(JSON.stringify(form.fields)).toContain('settings statuses #5');
    expect(Object.keys(valuesOf(form)).filter((id) => id.startsWith('status-'))).toHaveLength(4);
    await rig.submit(form, { ...valuesOf(form), 'status-14': 'Blocked' });
    expect(
      (await rig.mapping())?.statuses.filter(({ setBy }) => setBy !== 'cwsync').map(({ id }) => id),
    ).toEqual([14]);
  });

  test('projects have categories of their own, and none that must be there', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings statuses projects');
    expect(valuesOf(form)).toMatchObject({ 'status-31': 'Planning', 'status-32': 'Complete' });
    const reply = closed(await rig.submit(form, { ...valuesOf(form), 'status-31': 'On Hold' }));
    expect(wordsOf(reply)).toContain('Every project is compared in full soon');
    expect((await rig.mapping('projects'))?.statuses[0]).toMatchObject({ category: 'On Hold' });
  });

  test.each([
    ['settings statuses', 'The statuses of which board?', 'settings statuses #5'],
    ['settings statuses c', 'Which board is “c”?', 'settings statuses #6'],
    ['settings statuses nowhere', 'Which board is “nowhere”?', 'settings statuses projects'],
    ['settings statuses cabling', 'No status of Cabling is known yet.', 'sync --misc'],
  ])('%s', async (text, summary, command) => {
    const rig = await rigWith();
    const reply = await rig.say(text, 'admin');
    expect(reply?.summary).toBe(summary);
    expect(actionsOf(reply).map((action) => action.command)).toContain(command);
  });

  test('nothing chosen changes nothing; a form of somebody else saves nothing', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings statuses #5');
    expect(closed(await rig.submit(form, valuesOf(form)))?.summary).toContain('Nothing was changed');
    const foreign = { ...form, context: form.context.replace('T1/admin', 'T1/another') };
    expect(formWords(replaced(await rig.submit(foreign, valuesOf(form))))).toContain('somebody else');
    expect(await rig.mapping()).toBeUndefined();
  });
});
