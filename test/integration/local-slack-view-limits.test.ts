import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';
import { BOT_TOKEN, input, modal, plain, SIGNING_SECRET, section } from './local-slack-rig.ts';

let slack: LocalSlack;
beforeAll(async () => {
  slack = await startSlack({
    port: 0,
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    eventsUrl: 'http://127.0.0.1:9/slack/events',
    eventRetriesMs: [],
    clock: () => new Date(),
  });
});
afterAll(() => slack.stop());

type Answer = { ok: boolean; error?: string; response_metadata?: { messages?: string[] } };

async function call(method: string, args: Record<string, unknown>): Promise<Answer> {
  const response = await fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${BOT_TOKEN}` },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Answer;
}

/** Slack checks the view before the trigger: a good view fails at the trigger, a bad one before it. */
const PASSED = { ok: false, error: 'invalid_trigger_id' };
const open = (view: unknown) => call('views.open', { trigger_id: '1.2.x', view });
const publish = (view: unknown) => call('views.publish', { user_id: 'U0ALEX', view });

const letters = (size: number) => 'x'.repeat(size);
const many = (size: number, make: (index: number) => unknown): unknown[] =>
  Array.from({ length: size }, (_unused, index) => make(index));
const option = (fields: Record<string, unknown> = {}) => ({ text: plain('One'), value: 'one', ...fields });
const options = (size: number) => many(size, (index) => option({ value: `o${index}` }));
const text = (fields: Record<string, unknown> = {}) => ({ type: 'plain_text_input', ...fields });
const one = (element: Record<string, unknown>, fields: Record<string, unknown> = {}) =>
  modal([input('b', element, fields)]);
const select = (fields: Record<string, unknown>) => one({ type: 'static_select', ...fields });
const IN_FIELD = '/view/blocks/0/element';

/** Each limit: the largest size that passes, how to make a view of a size, and where Slack points at. */
const LIMITS: readonly [what: string, most: number, make: (size: number) => unknown, pointer: string][] = [
  ['blocks', 100, (size) => modal(many(size, () => ({ type: 'divider' }))), '/view/blocks'],
  ['title', 24, (size) => modal([], { title: plain(letters(size)) }), '/view/title/text'],
  ['submit', 24, (size) => modal([], { submit: plain(letters(size)) }), '/view/submit/text'],
  ['close', 24, (size) => modal([], { close: plain(letters(size)) }), '/view/close/text'],
  [
    'private_metadata',
    3000,
    (size) => modal([], { private_metadata: letters(size) }),
    '/view/private_metadata',
  ],
  ['callback_id', 255, (size) => modal([], { callback_id: letters(size) }), '/view/callback_id'],
  ['external_id', 255, (size) => modal([], { external_id: letters(size) }), '/view/external_id'],
  [
    'block_id',
    255,
    (size) => modal([{ ...section('x'), block_id: letters(size) }]),
    '/view/blocks/0/block_id',
  ],
  ['action_id', 255, (size) => one(text({ action_id: letters(size) })), `${IN_FIELD}/action_id`],
  ['label', 2000, (size) => one(text(), { label: plain(letters(size)) }), '/view/blocks/0/label/text'],
  ['hint', 2000, (size) => one(text(), { hint: plain(letters(size)) }), '/view/blocks/0/hint/text'],
  [
    'placeholder',
    150,
    (size) => one(text({ placeholder: plain(letters(size)) })),
    `${IN_FIELD}/placeholder/text`,
  ],
  ['initial text', 3000, (size) => one(text({ initial_value: letters(size) })), `${IN_FIELD}/initial_value`],
  ['select options', 100, (size) => select({ options: options(size) }), `${IN_FIELD}/options`],
  [
    'option text',
    75,
    (size) => select({ options: [option({ text: plain(letters(size)) })] }),
    `${IN_FIELD}/options/0/text/text`,
  ],
  [
    'option value',
    75,
    (size) => select({ options: [option({ value: letters(size) })] }),
    `${IN_FIELD}/options/0/value`,
  ],
  ['checkboxes', 10, (size) => one({ type: 'checkboxes', options: options(size) }), `${IN_FIELD}/options`],
  [
    'radio buttons',
    10,
    (size) => one({ type: 'radio_buttons', options: options(size) }),
    `${IN_FIELD}/options`,
  ],
  [
    'multi-select options',
    100,
    (size) => one({ type: 'multi_static_select', options: options(size) }),
    `${IN_FIELD}/options`,
  ],
];

const FAULTY: readonly [what: string, view: unknown, problem: string][] = [
  ['no title', modal([], { title: undefined }), 'missing required field: title [json-pointer:/view]'],
  ['no blocks', modal([], { blocks: undefined }), 'missing required field: blocks [json-pointer:/view]'],
  [
    'a Home tab',
    { type: 'home', blocks: [], title: plain('x') },
    'must be a valid enum value (modal) [json-pointer:/view/type]',
  ],
  [
    'an input without a submit button',
    modal([input('b', text())], { submit: undefined }),
    'missing required field: submit [json-pointer:/view]',
  ],
  [
    'two elements that want the focus',
    modal([input('a', text({ focus_on_load: true })), input('b', text({ focus_on_load: true }))]),
    'only one element can have `focus_on_load` [json-pointer:/view]',
  ],
  [
    'a button as an input',
    one({ type: 'button', text: plain('x') }),
    `unsupported type: button [json-pointer:${IN_FIELD}/type]`,
  ],
  [
    'a text input among actions',
    modal([{ type: 'actions', elements: [text()] }]),
    'unsupported type: plain_text_input [json-pointer:/view/blocks/0/elements/0/type]',
  ],
  [
    'a multi-select among actions',
    modal([{ type: 'actions', elements: [{ type: 'multi_users_select' }] }]),
    'unsupported type: multi_users_select [json-pointer:/view/blocks/0/elements/0/type]',
  ],
  [
    'an input without a label',
    modal([{ type: 'input', element: text() }]),
    'missing required field: label [json-pointer:/view/blocks/0]',
  ],
  [
    'an initial option that is none of them',
    one({ type: 'radio_buttons', options: options(2), initial_option: option() }),
    `initial_option must be one of the options [json-pointer:${IN_FIELD}/initial_option]`,
  ],
  [
    'an initial box that is none of them',
    one({ type: 'checkboxes', options: options(2), initial_options: [option()] }),
    `initial_options must be among the options [json-pointer:${IN_FIELD}/initial_options]`,
  ],
  [
    'no initial boxes at all',
    one({ type: 'checkboxes', options: options(2), initial_options: [] }),
    `no fewer than 1 items allowed [json-pointer:${IN_FIELD}/initial_options]`,
  ],
  [
    'lengths that contradict each other',
    one(text({ min_length: 5, max_length: 4 })),
    `\`min_length\` must be at most \`max_length\` [json-pointer:${IN_FIELD}]`,
  ],
  [
    'a longest length over 3,000',
    one(text({ max_length: 3001 })),
    `must be a whole number from 1 to 3000 [json-pointer:${IN_FIELD}/max_length]`,
  ],
  [
    'a number that is none',
    one({ type: 'number_input', is_decimal_allowed: true, max_value: 'ten' }),
    `must be a number written as a string [json-pointer:${IN_FIELD}/max_value]`,
  ],
  [
    'an unknown trigger',
    one(text({ dispatch_action_config: { trigger_actions_on: ['on_blur'] } })),
    `must be a valid enum value (on_enter_pressed, on_character_entered) [json-pointer:${IN_FIELD}/dispatch_action_config/trigger_actions_on]`,
  ],
];

describe('limits of views', () => {
  it.each(LIMITS)('%s: %i pass, one more is invalid_arguments', async (_what, most, make, pointer) => {
    expect(await open(make(most))).toMatchObject(PASSED);
    const over = await open(make(most + 1));
    expect(over).toMatchObject({ ok: false, error: 'invalid_arguments' });
    expect(over.response_metadata?.messages?.[0]).toContain(`[json-pointer:${pointer}]`);
    expect(over.response_metadata?.messages?.[0]).toMatch(/no more than|must be less than/);
  });

  it.each(FAULTY)('%s is invalid_arguments', async (_what, view, problem) => {
    expect(await open(view)).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: { messages: [`[ERROR] ${problem}`] },
    });
  });

  it('a view over 250 kB is view_too_large', async () => {
    const big = (count: number) => modal(many(count, () => section(letters(2900))));
    expect(await open(big(84))).toMatchObject(PASSED);
    expect(await open(big(90))).toMatchObject({ ok: false, error: 'view_too_large' });
  });

  it('a Home tab has the same limits, no modal’s fields, and an owner', async () => {
    const home = (blocks: unknown[], fields = {}) => ({ type: 'home', blocks, ...fields });
    const divider = () => ({ type: 'divider' });
    expect(await publish(home(many(100, divider)))).toMatchObject({ ok: true });
    expect(await publish(home(many(101, divider)))).toMatchObject({ error: 'invalid_arguments' });
    expect(await publish(home([], { submit: plain('x') }))).toMatchObject({ error: 'invalid_arguments' });
    const nobody = await call('views.publish', { user_id: 'U0NOBODY', view: home([]) });
    expect(nobody).toMatchObject({ error: 'user_not_found' });
  });

  it('a view as JSON text counts like an object, and nothing at all is refused', async () => {
    expect(await open(JSON.stringify(modal([])))).toMatchObject(PASSED);
    expect(await open('{broken')).toMatchObject({ error: 'invalid_arguments' });
    expect(await open(undefined)).toMatchObject({ error: 'invalid_arguments' });
    expect(await call('views.update', { view_id: 'V0', view: modal([]) })).toMatchObject({
      error: 'not_found',
    });
  });
});
