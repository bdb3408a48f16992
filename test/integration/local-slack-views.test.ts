import type { BlockAction, ViewClosedAction, ViewSubmitAction } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { input, modal, plain, type Rig, section, startRig, startSocketRig } from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
const option = (value: string) => ({ text: plain(value.toUpperCase()), value });
const shown = (value: string) => ({
  text: { type: 'plain_text', text: value.toUpperCase(), emoji: true },
  value,
});
const text = (actionId: string, fields: Record<string, unknown> = {}) => ({
  type: 'plain_text_input',
  action_id: actionId,
  ...fields,
});

let rig: Rig;
let nowMs: number;
const clock = () => new Date(nowMs);

beforeEach(() => {
  nowMs = Date.now();
});
afterEach(() => rig.stop());

const refused = (error: string) =>
  expect.objectContaining({ data: expect.objectContaining({ ok: false, error }) });

/** Opens a modal for Alex by a command, and resolves with the trigger that opened it. */
async function open(view: ReturnType<typeof modal>): Promise<string> {
  let trigger = '';
  rig.app.command('/cwsync', async ({ ack, body, client }) => {
    await ack();
    trigger = body.trigger_id;
    await client.views.open({ trigger_id: trigger, view });
  });
  await rig.slack.as('U0ALEX').command(CHANNEL, '/cwsync settings');
  await vi.waitFor(() => expect(alex().modal()).toBeDefined());
  return trigger;
}

const alex = () => rig.slack.as('U0ALEX');
const top = () => {
  const view = alex().modal();
  if (!view) throw new Error('no modal is open');
  return view;
};

describe.each([
  { mode: 'signed HTTP', start: startRig },
  { mode: 'Socket Mode', start: startSocketRig },
])('a modal by $mode', ({ start }) => {
  beforeEach(async () => {
    rig = await start({ clock, deadlineMs: 1000 });
  });

  it('submits state.values of every input in Slack’s form, untouched ones included', async () => {
    const options = [option('a'), option('b')];
    const pick = (type: string, fields: Record<string, unknown> = {}) => ({
      type,
      action_id: 'f',
      ...fields,
    });
    const submissions: ViewSubmitAction[] = [];
    rig.app.view('settings', async ({ ack, body }) => {
      submissions.push(body as ViewSubmitAction);
      await ack();
    });
    const optional = { optional: true };
    await open(
      modal(
        [
          input('text', pick('plain_text_input')),
          input('none', pick('plain_text_input'), optional),
          input('first', pick('plain_text_input', { initial_value: 'was' })),
          input('number', pick('number_input', { is_decimal_allowed: false })),
          input('static', pick('static_select', { options })),
          input('radio', pick('radio_buttons', { options, initial_option: options[1] })),
          input('boxes', pick('checkboxes', { options })),
          input('noboxes', pick('checkboxes', { options }), optional),
          input('multi', pick('multi_static_select', { options })),
          input('user', pick('users_select')),
          input('conversation', pick('conversations_select')),
          input('channel', pick('channels_select'), optional),
          input('conversations', pick('multi_conversations_select')),
          section('row', { type: 'static_select', action_id: 'side', options }),
        ],
        { callback_id: 'settings', private_metadata: 'rev 7' },
      ),
    );
    const enter = (blockId: string, value: string | string[]) => ({ blockId, actionId: 'f', value });
    const done = await alex().submit([
      enter('text', 'hello'),
      enter('number', '7'),
      enter('static', 'b'),
      enter('boxes', ['a', 'b']),
      enter('multi', ['b']),
      enter('user', 'U0VERA'),
      enter('conversation', 'C0OPS'),
      enter('conversations', ['C0OPS', 'C0PROJECTS']),
    ]);
    expect(done).toEqual({ delivered: 'answered', outcome: 'closed' });
    expect(alex().modals()).toEqual([]);
    const [body] = submissions;
    expect(body).toMatchObject({
      type: 'view_submission',
      team: { id: 'T0DEMO', domain: 'demo' },
      user: { id: 'U0ALEX', team_id: 'T0DEMO' },
      response_urls: [],
      view: { callback_id: 'settings', private_metadata: 'rev 7', type: 'modal', previous_view_id: null },
    });
    expect(body?.view.state.values).toMatchObject({
      text: { f: { type: 'plain_text_input', value: 'hello' } },
      none: { f: { type: 'plain_text_input', value: null } },
      first: { f: { type: 'plain_text_input', value: 'was' } },
      number: { f: { type: 'number_input', value: '7' } },
      static: { f: { type: 'static_select', selected_option: shown('b') } },
      radio: { f: { type: 'radio_buttons', selected_option: shown('b') } },
      boxes: { f: { type: 'checkboxes', selected_options: [shown('a'), shown('b')] } },
      noboxes: { f: { type: 'checkboxes', selected_options: [] } },
      multi: { f: { type: 'multi_static_select', selected_options: [shown('b')] } },
      user: { f: { type: 'users_select', selected_user: 'U0VERA' } },
      conversation: { f: { type: 'conversations_select', selected_conversation: 'C0OPS' } },
      channel: { f: { type: 'channels_select', selected_channel: null } },
      conversations: {
        f: { type: 'multi_conversations_select', selected_conversations: ['C0OPS', 'C0PROJECTS'] },
      },
    });
    expect(Object.values(body?.view.state.values ?? {}).map((block) => Object.keys(block))).toContainEqual([
      'side',
    ]);
  });

  it('obeys each response_action, and closes the whole stack on clear', async () => {
    const answers = [
      { response_action: 'errors', errors: { name: 'That is not its name.' } },
      { response_action: 'update', view: modal([input('name', text('f'))], { title: plain('Updated') }) },
      { response_action: 'push', view: modal([input('name', text('f'))], { title: plain('Pushed') }) },
      { response_action: 'clear' },
    ];
    rig.app.view(/.*/, ({ ack }) => (ack as (answer: unknown) => Promise<void>)(answers.shift()));
    await open(modal([input('name', text('f'))]));
    const typed = [{ actionId: 'f', value: 'wrong' }];
    const before = top();
    expect(await alex().submit(typed)).toEqual({ delivered: 'answered', outcome: 'errors' });
    expect(top()).toMatchObject({ id: before.id, errors: { name: 'That is not its name.' } });
    expect(top().entered.name?.f?.value).toBe('wrong');
    expect((await alex().submit()).outcome).toBe('updated');
    expect(top()).toMatchObject({ id: before.id, title: { text: 'Updated' }, errors: {} });
    expect(top().hash).not.toBe(before.hash);
    expect((await alex().submit(typed)).outcome).toBe('pushed');
    expect(top()).toMatchObject({ previousId: before.id, rootId: before.id, title: { text: 'Pushed' } });
    expect((await alex().submit(typed)).outcome).toBe('cleared');
    expect(alex().modals()).toEqual([]);
  });

  it('that nobody answers in time stays, with what was typed and Slack’s own words', async () => {
    rig.app.view(/.*/, () => new Promise<void>(() => {}));
    await open(modal([input('name', text('f'))]));
    const done = await alex().submit([{ actionId: 'f', value: 'typed' }]);
    expect(done).toEqual({ delivered: 'operation_timeout', outcome: 'trouble' });
    expect(top().trouble).toBe('We had some trouble connecting. Try again?');
    expect(top().entered.name?.f?.value).toBe('typed');
  });

  it('asks the app for the options of an external menu', async () => {
    const asked: unknown[] = [];
    rig.app.options('board', async ({ ack, options }) => {
      asked.push(options);
      await ack({
        options: ['managed', 'projects'].map(option).filter(({ value }) => value.includes(options.value)),
      });
    });
    const submitted: unknown[] = [];
    rig.app.view(/.*/, async ({ ack, view }) => {
      submitted.push(view.state.values.board?.board);
      await ack();
    });
    const menu = { type: 'external_select', action_id: 'board', min_query_length: 0 };
    const several = { type: 'multi_external_select', action_id: 'many', min_query_length: 2 };
    await open(modal([input('board', menu), input('many', several, { optional: true })]));
    const view = top();
    const offered = await alex().suggest(view.id, { actionId: 'board', value: 'man' });
    expect(offered).toEqual({ delivered: 'answered', options: [option('managed')] });
    expect(asked).toMatchObject([
      {
        type: 'block_suggestion',
        action_id: 'board',
        block_id: 'board',
        value: 'man',
        container: { type: 'view', view_id: view.id },
        view: { id: view.id },
      },
    ]);
    expect(await alex().suggest(view.id, { actionId: 'many', value: 'x' })).toEqual({
      delivered: 'too-short',
    });
    expect(() => alex().enter(view.id, [{ actionId: 'board', value: 'projects' }])).toThrow('no option');
    await alex().submit([{ actionId: 'board', value: 'managed' }]);
    expect(submitted).toEqual([{ type: 'external_select', selected_option: option('managed') }]);
  });

  it('takes at most 100 suggestions', async () => {
    let count = 100;
    rig.app.options('board', ({ ack }) =>
      ack({ options: Array.from({ length: count }, (_unused, index) => option(`o${index}`)) }),
    );
    await open(modal([input('board', { type: 'external_select', action_id: 'board', min_query_length: 0 })]));
    const ask = () => alex().suggest(top().id, { actionId: 'board', value: '' });
    expect(await ask()).toMatchObject({ options: expect.objectContaining({ length: 100 }) });
    count = 101;
    expect(await ask()).toEqual({
      delivered: 'answered',
      problems: ['no more than 100 items allowed [json-pointer:/options]'],
    });
  });

  it('sends block_actions with the view and without a response_url', async () => {
    const pressed: BlockAction[] = [];
    rig.app.action(/.*/, async ({ ack, body }) => {
      pressed.push(body as BlockAction);
      await ack();
    });
    const board = { type: 'static_select', action_id: 'board', options: [option('a'), option('b')] };
    const filter = text('filter', { dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] } });
    await open(
      modal([
        input('filter', filter, { dispatch_action: true }),
        input('silent', text('silent'), { optional: true }),
        { type: 'actions', block_id: 'row', elements: [board] },
      ]),
    );
    const { id } = top();
    alex().enter(id, [{ actionId: 'silent', value: 'kept' }]);
    await alex().pressInView(id, { actionId: 'filter', text: 'contoso' });
    await alex().pressInView(id, { actionId: 'board', option: 'b' });
    expect(() => alex().pressInView(id, { actionId: 'silent', text: 'x' })).toThrow('tells the app nothing');
    const [typed, chosen] = pressed;
    expect(typed).toMatchObject({
      container: { type: 'view', view_id: id },
      actions: [{ type: 'plain_text_input', block_id: 'filter', action_id: 'filter', value: 'contoso' }],
      view: { id },
    });
    expect(typed).not.toHaveProperty('response_url');
    expect(chosen?.actions).toMatchObject([{ type: 'static_select', selected_option: shown('b') }]);
    expect(chosen?.view?.state.values).toMatchObject({
      filter: { filter: { value: 'contoso' } },
      silent: { silent: { value: 'kept' } },
      row: { board: { selected_option: shown('b') } },
    });
  });
});

describe('a modal', () => {
  beforeEach(async () => {
    rig = await startRig({ clock, deadlineMs: 1000 });
  });

  it('opens once for a trigger, within 3 s of it', async () => {
    const view = modal([section('x')]);
    const trigger = await open(view);
    const again = () => rig.app.client.views.open({ trigger_id: trigger, view });
    await expect(again()).rejects.toEqual(refused('exchanged_trigger_id'));
    const unknown = rig.app.client.views.open({ trigger_id: '1.2.abc', view });
    await expect(unknown).rejects.toEqual(refused('invalid_trigger_id'));
    const triggers: string[] = [];
    rig.app.action('go', async ({ ack, body }) => {
      triggers.push((body as BlockAction).trigger_id);
      await ack();
    });
    const button = { type: 'button' as const, action_id: 'go', text: plain('Go') };
    const blocks = [{ type: 'actions' as const, elements: [button] }];
    const { ts = '' } = await rig.app.client.chat.postMessage({ channel: CHANNEL, text: 'x', blocks });
    const press = () => alex().press(ts, { actionId: 'go' });
    await press();
    nowMs += 3000;
    await rig.app.client.views.open({ trigger_id: triggers[0] ?? '', view });
    await press();
    nowMs += 3001;
    const late = rig.app.client.views.open({ trigger_id: triggers[1] ?? '', view });
    await expect(late).rejects.toEqual(refused('expired_trigger_id'));
  });

  it('is updated by id or external id, only with the hash that it has', async () => {
    await open(modal([input('name', text('f'))], { external_id: 'settings-of-alex' }));
    const { id, hash } = top();
    alex().enter(id, [{ actionId: 'f', value: 'typed' }]);
    const { views } = rig.app.client;
    const filled = modal([section('filled'), input('name', text('f'))]);
    const updated = await views.update({ view_id: id, hash, view: filled });
    expect(updated.view?.hash).not.toBe(hash);
    expect(top().entered.name?.f?.value).toBe('typed');
    await expect(views.update({ view_id: id, hash, view: filled })).rejects.toEqual(refused('hash_conflict'));
    await views.update({ external_id: 'settings-of-alex', view: modal([section('by external id')]) });
    expect(top().entered).toEqual({});
    const twin = modal([section('x')], { external_id: 'settings-of-alex' });
    const home = views.publish({ user_id: 'U0VERA', view: { ...twin, type: 'home' } as never });
    await expect(home).rejects.toEqual(refused('invalid_arguments'));
    await alex().close();
    await expect(views.update({ view_id: id, view: filled })).rejects.toEqual(refused('not_found'));
  });

  it('is one of three at most', async () => {
    const triggers: string[] = [];
    rig.app.action('deeper', async ({ ack, body }) => {
      triggers.push((body as BlockAction).trigger_id);
      await ack();
    });
    const deeper = {
      type: 'actions',
      elements: [{ type: 'button', action_id: 'deeper', text: plain('Deeper') }],
    };
    const view = modal([deeper]);
    const push = async () => {
      await alex().pressInView(top().id, { actionId: 'deeper' });
      return rig.app.client.views.push({ trigger_id: triggers.at(-1) ?? '', view });
    };
    await open(view);
    await push();
    await push();
    await expect(push()).rejects.toEqual(refused('push_limit_reached'));
    expect(alex().modals()).toHaveLength(3);
  });

  it('tells of its closing where it says so', async () => {
    const closed: ViewClosedAction[] = [];
    rig.app.view({ type: 'view_closed', callback_id: /.*/ }, async ({ ack, body }) => {
      closed.push(body as ViewClosedAction);
      await ack();
    });
    await open(modal([section('x')], { notify_on_close: true, callback_id: 'first' }));
    await alex().close();
    expect(closed).toMatchObject([
      { type: 'view_closed', is_cleared: false, view: { callback_id: 'first' } },
    ]);
  });

  it('closes with all below it by the ×, or when it says so', async () => {
    const closed: ViewClosedAction[] = [];
    rig.app.view({ type: 'view_closed', callback_id: /.*/ }, async ({ ack, body }) => {
      closed.push(body as ViewClosedAction);
      await ack();
    });
    const told = (id: string, fields = {}) =>
      modal([input('n', text('f'))], { notify_on_close: true, callback_id: id, ...fields });
    let pushed = told('second');
    rig.app.view(/.*/, ({ ack }) => ack({ response_action: 'push', view: pushed }));
    await open(told('first'));
    await alex().submit([{ actionId: 'f', value: 'x' }]);
    await alex().close({ all: true });
    expect(alex().modals()).toEqual([]);
    await alex().command(CHANNEL, '/cwsync settings');
    await vi.waitFor(() => expect(alex().modal()).toBeDefined());
    pushed = told('third', { clear_on_close: true });
    await alex().submit([{ actionId: 'f', value: 'x' }]);
    await alex().close();
    expect(alex().modals()).toEqual([]);
    expect(closed.map(({ view, is_cleared }) => [view.callback_id, is_cleared])).toEqual([
      ['second', true],
      ['first', true],
      ['third', true],
      ['first', true],
    ]);
  });

  it('cannot take the external id of another', async () => {
    const triggers: string[] = [];
    rig.app.action('go', async ({ ack, body }) => {
      triggers.push((body as BlockAction).trigger_id);
      await ack();
    });
    const view = modal([section('x')], { external_id: 'the-one' });
    await open(view);
    const button = { type: 'button' as const, action_id: 'go', text: plain('Go') };
    const blocks = [{ type: 'actions' as const, elements: [button] }];
    const { ts = '' } = await rig.app.client.chat.postMessage({ channel: CHANNEL, text: 'x', blocks });
    await rig.slack.as('U0VERA').press(ts, { actionId: 'go' });
    const twin = rig.app.client.views.open({ trigger_id: triggers[0] ?? '', view });
    await expect(twin).rejects.toEqual(refused('duplicate_external_id'));
  });

  it('is checked before the app hears of it: required, length, number', async () => {
    const heard = vi.fn();
    rig.app.view(/.*/, async ({ ack }) => {
      heard();
      await ack();
    });
    await open(
      modal([
        input('required', text('required')),
        input('short', text('short', { min_length: 3 })),
        input('number', {
          type: 'number_input',
          action_id: 'number',
          is_decimal_allowed: false,
          min_value: '1',
          max_value: '9',
        }),
      ]),
    );
    const submit = (short: string, number: string) =>
      alex().submit([
        { actionId: 'short', value: short },
        { actionId: 'number', value: number },
      ]);
    expect(await submit('ab', '10')).toEqual({ delivered: 'invalid', outcome: 'errors' });
    expect(top().errors).toEqual({
      required: 'Please complete this required field.',
      short: 'Please enter at least 3 characters.',
      number: 'Please enter 9 or less.',
    });
    await submit('abc', '1.5');
    expect(top().errors).toMatchObject({ number: 'Please enter a whole number.' });
    expect(heard).not.toHaveBeenCalled();
  });

  it('shows trouble when the app answers with what Slack does not take', async () => {
    const answers: unknown[] = [
      { response_action: 'errors', errors: { nowhere: 'x' } },
      { response_action: 'update', view: { type: 'modal', blocks: [] } },
      { response_action: 'explode' },
    ];
    rig.app.view(/.*/, ({ ack }) => (ack as (answer: unknown) => Promise<void>)(answers.shift()));
    await open(modal([input('name', text('f'))]));
    for (const _answer of [...answers]) {
      expect((await alex().submit([{ actionId: 'f', value: 'x' }])).outcome).toBe('trouble');
    }
  });
});

describe('fields of a message', () => {
  beforeEach(async () => {
    rig = await startRig({ clock, deadlineMs: 1000 });
  });

  it('go along with a press, and external menus ask with the message', async () => {
    const pressed: BlockAction[] = [];
    const asked: unknown[] = [];
    rig.app.action('go', async ({ ack, body }) => {
      pressed.push(body as BlockAction);
      await ack();
    });
    rig.app.options('board', async ({ ack, body }) => {
      asked.push(body);
      await ack({ options: [option('managed')] });
    });
    const menu = { type: 'external_select', action_id: 'board', min_query_length: 0 };
    const go = { type: 'button', action_id: 'go', text: plain('Go') };
    const blocks = [{ type: 'actions', block_id: 'row', elements: [menu, go] }] as never;
    const { ts = '' } = await rig.app.client.chat.postMessage({ channel: CHANNEL, text: 'x', blocks });
    await alex().suggest(ts, { actionId: 'board', value: '' });
    await alex().press(ts, { actionId: 'go' }, [{ actionId: 'board', value: 'managed' }]);
    expect(asked).toMatchObject([
      { container: { type: 'message', message_ts: ts }, channel: { id: CHANNEL }, message: { ts } },
    ]);
    expect(pressed[0]?.state?.values).toMatchObject({
      row: { board: { type: 'external_select', selected_option: option('managed') } },
    });
  });
});

describe('the Home tab', () => {
  beforeEach(async () => {
    rig = await startRig({ clock, deadlineMs: 1000 });
  });

  it('is told when a person opens it, is published with a hash, and takes presses', async () => {
    const opened: unknown[] = [];
    rig.app.event('app_home_opened', async ({ event }) => {
      opened.push(event);
    });
    await alex().openHome();
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    expect(opened[0]).toMatchObject({
      type: 'app_home_opened',
      user: 'U0ALEX',
      channel: 'D0ALEX',
      tab: 'home',
    });
    expect(opened[0]).not.toHaveProperty('view');
    const boxes = {
      type: 'checkboxes',
      action_id: 'shown',
      options: [option('disabled'), option('archived')],
    };
    const filter = input('filter', text('filter'), { dispatch_action: true });
    const view = {
      type: 'home',
      blocks: [filter, { type: 'actions', block_id: 'row', elements: [boxes] }],
    } as never;
    const { views } = rig.app.client;
    const first = await views.publish({ user_id: 'U0ALEX', view });
    const hash = first.view?.hash ?? '';
    const second = await views.publish({ user_id: 'U0ALEX', view, hash });
    expect(second.view?.id).toBe(first.view?.id);
    await expect(views.publish({ user_id: 'U0ALEX', view, hash })).rejects.toEqual(refused('hash_conflict'));
    await alex().openHome();
    await vi.waitFor(() => expect(opened[1]).toMatchObject({ view: { id: first.view?.id, type: 'home' } }));
    const pressed: BlockAction[] = [];
    rig.app.action(/.*/, async ({ ack, body }) => {
      pressed.push(body as BlockAction);
      await ack();
    });
    const id = alex().home()?.id ?? '';
    await alex().pressInView(id, { actionId: 'filter', text: 'contoso' });
    await alex().pressInView(id, { actionId: 'shown', options: ['archived'] });
    expect(pressed[1]).toMatchObject({
      container: { type: 'view', view_id: id },
      view: { state: { values: { filter: { filter: { value: 'contoso' } } } } },
      actions: [{ type: 'checkboxes', selected_options: [shown('archived')] }],
    });
    expect(rig.slack.as('U0VERA').home()).toBeUndefined();
  });
});
