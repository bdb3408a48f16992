/** Forms as modals of the local Slack: opened at once, filled, looked in, submitted, in time and too late. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatRequest, MessageHandle } from '../../src/ports/chat.ts';
import type { Field, Form, FormAnswer } from '../../src/ports/form.ts';
import { eventually } from '../support/product-rig.ts';
import {
  type AdapterRig,
  projects,
  startAdapterRig,
  textsIn,
  type Way,
  words,
} from '../support/slack-adapter-rig.ts';

let rig: AdapterRig;
const person = () => rig.local.as('U0ALEX');

const option = (n: number) => ({ value: `b${n}`, label: `Board ${n} & co`, hint: `hint ${n}` });
const many = Array.from({ length: 150 }, (_, n) => option(n));
const fields: readonly Field[] = [
  { field: 'words', text: [{ part: 'strong', text: 'Settings' }] },
  { field: 'text', id: 'name', label: 'Name', value: 'Office <move>', maxLength: 80 },
  { field: 'text', id: 'note', label: 'Note', multiline: true, optional: true },
  {
    field: 'number',
    id: 'days',
    label: 'Days',
    hint: 'until it is disabled',
    value: 90,
    least: 1,
    most: 365,
  },
  { field: 'choice', id: 'winner', label: 'Winner', options: [option(1), option(2)], value: 'b2' },
  { field: 'choices', id: 'few', label: 'Few', options: many.slice(0, 100), values: ['b1', 'b99'] },
  { field: 'choices', id: 'many', label: 'Many', options: many, values: ['b149'] },
  { field: 'choices', id: 'none', label: 'None', options: [], values: [] },
  {
    field: 'switches',
    id: 'on',
    label: 'Switches',
    optional: true,
    options: [
      { value: 'write', label: 'Write to ConnectWise' },
      { value: 'auto', label: 'Link by itself' },
    ],
    values: ['write'],
  },
  { field: 'conversations', id: 'alerts', label: 'Alerts', values: [projects], optional: true },
  { field: 'actions', actions: [{ label: 'Load now', command: 'sync --misc' }] },
];
const form: Form = {
  form: 'settings',
  title: 'Settings of this integration',
  submit: 'Save what is on this page',
  fields,
  context: 'revision 7',
};
const loading: Form = {
  form: 'settings',
  title: 'Settings',
  fields: [{ field: 'words', text: [{ part: 'text', text: 'Working …' }] }],
  context: '',
};

/** Types `/cwsync settings` and lets the application open a form, as it does: loading first. */
async function openSettings(filled: Form = form): Promise<MessageHandle> {
  const { delivery } = rig.adapter;
  const opened = Promise.withResolvers<MessageHandle>();
  rig.played.request = async ({ opener }: ChatRequest) => {
    const handle = opener && (await delivery.openForm(opener, loading));
    if (handle) opened.resolve(handle);
    else opened.reject(new Error('too late'));
    return undefined;
  };
  await person().command(projects, '/cwsync settings');
  const handle = await opened.promise;
  expect(textsIn(person().modal()?.blocks)).toEqual(['Working …']);
  expect(await delivery.fillForm(handle, filled)).toBe(true);
  return handle;
}

describe.each<Way>(['http', 'socket'])('a form, by %s,', (way) => {
  beforeEach(async () => {
    rig = await startAdapterRig(way);
  });
  afterEach(() => rig.stop());

  it('is shown with every kind of field, and comes back as it was filled in', async () => {
    await openSettings();
    const modal = person().modal();
    expect(modal?.title).toMatchObject({ text: 'Settings of this integr…' });
    expect(textsIn(modal?.blocks)).toContain('Settings of this integration');
    expect(modal?.blocks.map(({ type }) => type)).toContain('actions');
    rig.played.submit = async () => ({ result: 'closed', reply: words('Saved') });
    const submitted = await person().submit([
      { actionId: 'field:name', value: 'A & B' },
      { actionId: 'field:days', value: '120' },
      { actionId: 'field:on', value: ['auto'] },
    ]);
    expect(submitted).toEqual({ delivered: 'answered', outcome: 'cleared' });
    const [submission] = rig.submissions;
    expect(submission).toMatchObject({
      person: { platform: 'slack', tenant: 'T0DEMO', userId: 'U0ALEX' },
      form: 'settings',
      context: 'revision 7',
      handle: { via: 'response' },
    });
    expect(submission?.values).toEqual({
      name: 'A & B',
      note: undefined,
      days: '120',
      winner: 'b2',
      few: ['b1', 'b99'],
      many: ['b149'],
      on: ['auto'],
      alerts: [projects],
    });
    await eventually(() => {
      const answers = person().messages(projects);
      expect(answers.map(({ text, visibleTo }) => [text, visibleTo])).toEqual([['Saved', 'U0ALEX']]);
    });
  });

  it('nothing ticked comes back as nothing ticked', async () => {
    await openSettings();
    await person().submit([{ actionId: 'field:on', value: [] }]);
    expect(rig.submissions[0]?.values.on).toEqual([]);
  });

  it('looks for what does not fit into a list', async () => {
    await openSettings();
    rig.played.suggest = async ({ field, typed }) => {
      expect(field).toBe('many');
      return many.filter(({ label }) => label.includes(typed));
    };
    const all = await person().suggest(person().modal()?.id ?? '', { actionId: 'field:many', value: '' });
    expect(JSON.stringify(all)).toContain('b99');
    expect(JSON.stringify(all)).not.toContain('b100');
    const few = await person().suggest(person().modal()?.id ?? '', { actionId: 'field:many', value: '14' });
    expect(JSON.stringify(few)).toContain('b149');
    expect(JSON.stringify(few)).not.toContain('b13"');
  });

  it('says at the field what is wrong, and keeps what was typed', async () => {
    await openSettings();
    rig.played.submit = async (): Promise<FormAnswer> => ({
      result: 'errors',
      errors: { name: 'Taken already.', elsewhere: 'And something else.' },
    });
    const { outcome } = await person().submit([{ actionId: 'field:name', value: 'Taken' }]);
    expect(outcome).toBe('errors');
    expect(person().modal()?.errors).toEqual({ 'field:name': 'Taken already. And something else.' });
    expect(person().modal()?.entered['field:name']).toMatchObject({ 'field:name': { value: 'Taken' } });
  });

  it('is replaced by another one, whose answer still goes where it was asked for', async () => {
    await openSettings();
    rig.played.submit = async (): Promise<FormAnswer> => ({
      result: 'replaced',
      form: { ...form, title: 'Somebody was faster', context: 'revision 8' },
    });
    expect((await person().submit()).outcome).toBe('updated');
    expect(person().modal()?.title).toMatchObject({ text: 'Somebody was faster' });
    rig.played.submit = async () => ({ result: 'closed' });
    await person().submit();
    expect(rig.submissions[1]).toMatchObject({ context: 'revision 8', handle: { via: 'response' } });
  });

  it('that takes too long says so in time, keeps what was typed, and tells what came of it', async () => {
    await openSettings();
    const slow = Promise.withResolvers<FormAnswer>();
    rig.played.submit = () => slow.promise;
    const submitted = await person().submit([{ actionId: 'field:name', value: 'Kept' }]);
    expect(submitted).toEqual({ delivered: 'answered', outcome: 'errors' });
    expect(person().modal()?.errors['field:name']).toMatch(/took too long.*try again/iu);
    expect(person().modal()?.entered['field:name']).toMatchObject({ 'field:name': { value: 'Kept' } });
    slow.resolve({ result: 'closed', reply: words('Saved after all') });
    await eventually(() =>
      expect(
        person()
          .messages(projects)
          .map(({ text }) => text),
      ).toEqual(['Saved after all']),
    );
  });

  it('that finds nothing in time offers nothing, and nobody waits', async () => {
    await openSettings();
    rig.played.suggest = () => new Promise(() => {});
    const found = await person().suggest(person().modal()?.id ?? '', { actionId: 'field:many', value: 'x' });
    expect(found).toMatchObject({ delivered: 'answered' });
    expect(JSON.stringify(found)).not.toContain('b1');
  });

  it('is opened by a trigger once, and within seconds', async () => {
    rig.played.request = async () => undefined;
    await person().command(projects, '/cwsync settings');
    const { opener } = await rig.asked();
    if (!opener) throw new Error('no opener');
    expect(await rig.adapter.delivery.openForm(opener, loading)).toBeDefined();
    expect(await rig.adapter.delivery.openForm(opener, loading)).toBeUndefined();
    expect(await rig.adapter.delivery.openForm({ ...opener, trigger: '1.2.old' }, loading)).toBeUndefined();
  });

  it('is not filled when it was closed, nor when something newer is shown', async () => {
    const opened = await openSettings();
    // The hash is of what was opened: somebody filled it since.
    expect(await rig.adapter.delivery.fillForm(opened, loading)).toBe(false);
    expect(person().modal()?.title).not.toMatchObject({ text: 'Settings' });
    await person().close();
    expect(await rig.adapter.delivery.fillForm(opened, form)).toBe(false);
    expect(person().modals()).toEqual([]);
  });

  it('opened from a modal lies over it, three deep at most', async () => {
    await openSettings();
    for (let deep = 2; deep <= 4; deep += 1) {
      const modal = person().modal();
      const opened = Promise.withResolvers<MessageHandle | undefined>();
      rig.played.request = async ({ opener }) => {
        opened.resolve(
          opener && (await rig.adapter.delivery.openForm(opener, { ...form, title: `${deep}` })),
        );
        return undefined;
      };
      await person().pressInView(modal?.id ?? '', { actionId: 'command:10:0' });
      expect(await opened.promise).toBeDefined();
      expect(person().modals()).toHaveLength(Math.min(deep, 3));
      expect(person().modal()?.title).toMatchObject({ text: `${deep}` });
    }
  });

  it('with nothing to fill in has no button to submit, and one that cannot be undone is marked', async () => {
    await openSettings({
      form: 'disconnect',
      title: 'Disconnect',
      danger: true,
      fields: [{ field: 'words', text: [] }],
      context: '',
    });
    expect(person().modal()?.title).toMatchObject({ text: '⚠ Disconnect' });
    expect(person().modal()?.submit ?? null).toBeNull();
  });
});
