/** Forms in Teams, over the wire: opened, filled, submitted, refused at their fields, stale, edited and somebody else's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Form } from '../../src/ports/form.ts';
import { HandClock } from '../support/hand-clock.ts';
import { eventually } from '../support/product-rig.ts';
import { cardProblems, shownIn } from '../support/teams-cards.ts';
import {
  type Account,
  alex,
  channel,
  personal,
  startTeamsRig,
  type TeamsRig,
  vera,
  words,
} from '../support/teams-rig.ts';

const at = new Date('2026-01-05T09:30:15Z');
const options = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ value: `v,${n}`, label: `Board ${n}` }));

const everyField: Form = {
  form: 'settings',
  title: 'Every field',
  submit: 'Save',
  context: 'the context',
  fields: [
    {
      field: 'words',
      text: [
        { part: 'text', text: 'Since ' },
        { part: 'time', at, form: 'time' },
      ],
    },
    { field: 'actions', actions: [{ label: 'Sync now', command: 'sync --misc' }] },
    { field: 'text', id: 'name', label: 'Name', hint: 'As it is written', value: 'old' },
    { field: 'number', id: 'days', label: 'Days', value: 30, least: 1, most: 90 },
    { field: 'choice', id: 'one', label: 'One', options: options(3), value: 'v,1' },
    {
      field: 'choices',
      id: 'many',
      label: 'Many',
      options: options(150),
      values: ['v,0', 'v,149'],
      optional: true,
    },
    { field: 'switches', id: 'boxes', label: 'Boxes', options: options(2), values: ['v,1'] },
    { field: 'conversations', id: 'rooms', label: 'Rooms', values: [channel], optional: true },
    {
      field: 'choices',
      id: 'none',
      label: 'Nothing',
      hint: 'Said once',
      options: [],
      values: [],
      optional: true,
    },
  ],
};

let rig: TeamsRig;
afterEach(() => rig.stop());

type Cards = { readonly body?: readonly Element[]; readonly actions?: readonly Element[] };
type Element = { readonly [key: string]: unknown };
const cardAt = (n: number): Cards =>
  (rig.service.shown[n]?.activity.attachments?.[0]?.content ?? {}) as Cards;
const button = (card: Cards, title: string): object => {
  const found = card.actions?.find((action) => action.title === title);
  if (!found) throw new Error(`no button ${title}`);
  return found.data as object;
};
const input = (card: Cards, id: string) => card.body?.find((element) => element.id === `field-${id}`);

/** Opens the form as an answer to what somebody wrote. @returns the number of its message */
async function open(form: Form, who: Account = alex): Promise<number> {
  rig.played.request = async (request) => {
    if (!request.opener) throw new Error('no opener');
    const opened = await rig.adapter.delivery.openForm(request.opener, { ...form, fields: [] });
    if (opened) await rig.adapter.delivery.fillForm(opened, form);
    return undefined;
  };
  const before = rig.service.shown.length;
  await rig.write(who, 'settings');
  await eventually(() => expect(rig.service.shown[before]).toMatchObject({ edits: 1 }));
  return before;
}

const press = (who: Account, n: number, verb: string, data: object) =>
  rig.press(who, { conversation: rig.inPersonal(who), message: rig.service.shown[n]?.id ?? '' }, verb, data);

describe('a form', () => {
  beforeEach(async () => {
    rig = await startTeamsRig();
  });

  it('shows every field with what is in it', async () => {
    await rig.mention(vera, '', ' help');
    // The line comes after the answer that it points to.
    await rig.shown(`${channel};messageid=100`);
    const card = cardAt(await open(everyField));
    expect(cardProblems(card)).toEqual([]);
    expect(input(card, 'name')).toMatchObject({ type: 'Input.Text', value: 'old', isRequired: true });
    expect(input(card, 'days')).toMatchObject({ type: 'Input.Number', value: 30, min: 1, max: 90 });
    expect(input(card, 'one')).toMatchObject({ style: 'compact', value: '1' });
    expect(input(card, 'many')).toMatchObject({ style: 'filtered', isMultiSelect: true, value: '0,149' });
    expect(input(card, 'boxes')).toMatchObject({ style: 'expanded', value: '1' });
    expect(input(card, 'rooms')).toMatchObject({ isMultiSelect: true, value: '0' });
    expect(input(card, 'none')).toBeUndefined();
    expect(JSON.stringify(card).split('Said once')).toHaveLength(2);
    const shown = shownIn(card).join(' | ');
    for (const said of [
      'Every field',
      'As it is written',
      'Sync now',
      'there is nothing to choose from yet',
      'Save',
    ]) {
      expect(shown).toContain(said);
    }
    expect(button(card, 'Cancel')).toEqual(button(card, 'Save'));
    expect(JSON.stringify(card)).not.toContain('the context');
  });

  it('is submitted with its values, for the person it was opened for, and its answer takes its place', async () => {
    const n = await open(everyField);
    rig.played.submit = async () => ({ result: 'closed', reply: words('Settings saved') });
    const filled = {
      'field-name': 'new',
      'field-days': '45',
      'field-one': '2',
      'field-many': '0,149,999,-1',
      'field-boxes': '',
      'field-evil': 'x',
    };
    const { answer } = await press(alex, n, 'form', { ...button(cardAt(n), 'Save'), ...filled });
    expect(shownIn(answer.value)).toEqual(['Settings saved']);
    expect(rig.submissions).toMatchObject([
      {
        form: 'settings',
        context: 'the context',
        person: { userId: alex.aadObjectId },
        values: { name: 'new', days: '45', one: 'v,2', many: ['v,0', 'v,149'], boxes: [] },
      },
    ]);
    expect(rig.submissions[0]?.values.evil).toBeUndefined();
    await eventually(() => expect(shownIn(cardAt(n))).toEqual(['Settings saved']));
  });

  it('is refused at its fields, with what was typed kept, and can be submitted again', async () => {
    const n = await open(everyField);
    rig.played.submit = async () => ({
      result: 'errors',
      errors: { days: 'At most 90.', unknown: 'Also this.' },
    });
    const filled = { 'field-name': 'typed', 'field-days': '1000', 'field-one': '0', 'field-many': '3' };
    const { answer } = await press(alex, n, 'form', { ...button(cardAt(n), 'Save'), ...filled });
    const card = answer.value as Cards;
    expect(cardProblems(card)).toEqual([]);
    expect(input(card, 'name')).toMatchObject({ value: 'typed' });
    expect(input(card, 'days')).toMatchObject({ value: 1000 });
    expect(input(card, 'many')).toMatchObject({ value: '3' });
    const body = card.body ?? [];
    const days = body.findIndex(({ id }) => id === 'field-days');
    expect(body[days + 1]).toMatchObject({ text: '⚠ At most 90.' });
    expect(JSON.stringify(body)).toContain('⚠ Also this.');
    rig.played.submit = async () => ({ result: 'closed', reply: words('Saved now') });
    const second = await press(alex, n, 'form', { ...button(card, 'Save'), 'field-days': '45' });
    expect(shownIn(second.answer.value)).toEqual(['Saved now']);
  });

  it('is replaced by another view', async () => {
    const n = await open(everyField);
    const next: Form = {
      form: 'settings',
      title: 'Second step',
      submit: 'Go on',
      fields: [],
      context: 'two',
    };
    rig.played.submit = async () => ({ result: 'replaced', form: next });
    const { answer } = await press(alex, n, 'form', button(cardAt(n), 'Save'));
    expect(shownIn(answer.value)).toContain('Second step');
    rig.played.submit = async () => ({ result: 'closed', reply: words('Done') });
    await press(alex, n, 'form', button(answer.value as Cards, 'Go on'));
    expect(rig.submissions.map(({ context }) => context)).toEqual(['the context', 'two']);
  });

  it('is left by Cancel, and nothing is asked', async () => {
    const n = await open(everyField);
    const { answer } = await press(alex, n, 'cancel', button(cardAt(n), 'Cancel'));
    expect(shownIn(answer.value)).toEqual(['Cancelled. Nothing was changed.']);
    expect(rig.submissions).toEqual([]);
  });

  it('asked for in a channel opens in the personal chat, and the line there says so', async () => {
    rig.played.request = async ({ opener }) => {
      const danger: Form = { ...everyField, form: 'disconnect', title: 'Disconnect', danger: true };
      if (opener) await rig.adapter.delivery.openForm(opener, danger);
      return undefined;
    };
    await rig.mention(alex, '', ' disconnect #1');
    const [pointer] = await rig.shown(`${channel};messageid=100`);
    expect(pointer?.activity.text).toBe('Alex Wilber: It is open in your personal chat with cwsync.');
    await rig.shown(personal(alex));
    expect(shownIn(cardAt(0))[0]).toBe('⚠ Disconnect');
  });

  it.each<[string, (data: object) => object]>([
    ['another form', (data) => ({ ...data, form: 'another' })],
    ['a longer life', (data) => ({ ...data, until: 9_999_999_999_999 })],
    ['no token', (data) => ({ ...data, token: '' })],
    ['nothing at all', () => ({})],
  ])('edited to %s is worth nothing', async (_, edited) => {
    const n = await open(everyField);
    const { answer } = await press(alex, n, 'form', edited(button(cardAt(n), 'Save')));
    expect(shownIn(answer.value).join()).toContain('Nothing was saved');
    expect(rig.submissions).toEqual([]);
  });

  it('of somebody else is worth nothing', async () => {
    const n = await open(everyField);
    await rig.write(vera, 'help');
    const { answer } = await press(vera, n, 'form', button(cardAt(n), 'Save'));
    expect(shownIn(answer.value).join()).toContain('Nothing was saved');
    expect(rig.submissions).toEqual([]);
  });
});

describe('after ten minutes', () => {
  it('a form is over, and a file cannot be fetched any more', async () => {
    const clock = new HandClock();
    rig = await startTeamsRig({ clock });
    const n = await open(everyField);
    rig.played.request = async () => ({
      ...words('Exported'),
      file: { name: 'log "1".csv', title: 'Log', mediaType: 'text/csv', content: Buffer.from('a;b\n1;ü\n') },
    });
    await rig.write(alex, 'logs --export');
    const text = await eventually(() => {
      const raw = JSON.stringify(rig.service.shown.at(-1)?.activity);
      if (!raw.includes('/files/')) throw new Error('no file yet');
      return raw;
    });
    const link = /\((http[^)]*)\)/u.exec(text)?.[1] ?? '';
    const fetched = await fetch(link);
    expect(await fetched.text()).toBe('a;b\n1;ü\n');
    expect(fetched.headers.get('content-disposition')).toContain('attachment');
    const edited = link.replace(/e=\d+/u, 'e=9999999999999');
    expect((await fetch(edited)).status).toBe(404);
    expect((await fetch(link.replace(/t=[^&]*/u, ''))).status).toBe(404);
    await clock.advance(10 * 60_000 + 1);
    expect((await fetch(link)).status).toBe(404);
    const { answer } = await press(alex, n, 'form', button(cardAt(n), 'Save'));
    expect(shownIn(answer.value).join()).toContain('older than 10 minutes');
    expect(rig.submissions).toEqual([]);
  });
});

it('a picture is shown in the card below its heading, with its words, for a week', async () => {
  const clock = new HandClock();
  rig = await startTeamsRig({ clock });
  const content = Buffer.from('\u0089PNG\r\n\u001a\n…\n', 'latin1');
  const alt = 'Syncs of all projects. 12 syncs, <none> failed.';
  rig.played.request = async () => ({
    summary: 'Syncs',
    blocks: [
      { block: 'heading', text: 'Syncs' },
      { block: 'text', text: [{ part: 'text', text: '12 syncs' }] },
    ],
    file: { name: 'report.png', title: 'Syncs', mediaType: 'image/png', content, alt },
  });
  await rig.write(alex, 'report');
  const card = await eventually(() => {
    expect(cardAt(0)).toHaveProperty('body');
    return cardAt(0);
  });
  expect(cardProblems(card)).toEqual([]);
  const [, image, below] = (card as unknown as { body: Record<string, unknown>[] }).body;
  expect(image).toMatchObject({ type: 'Image', altText: alt });
  expect(below).toMatchObject({ text: '12 syncs' });
  const fetched = await fetch(String(image?.url));
  expect(fetched.headers.get('content-type')).toBe('image/png');
  expect(Buffer.from(await fetched.arrayBuffer())).toEqual(content);
  await clock.advance(7 * 24 * 60 * 60_000 - 1);
  expect((await fetch(String(image?.url))).status).toBe(200);
  await clock.advance(2);
  expect((await fetch(String(image?.url))).status).toBe(404);
});
