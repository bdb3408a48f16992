import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';
import { BOT_TOKEN, plain, SIGNING_SECRET, section } from './local-slack-rig.ts';

let slack: LocalSlack;
beforeAll(async () => {
  slack = await startSlack({
    port: 0,
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    eventsUrl: 'http://127.0.0.1:9/slack/events',
    clock: () => new Date(),
  });
});
afterAll(() => slack.stop());

type Answer = { ok: boolean; error?: string; errors?: string[]; response_metadata?: { messages?: string[] } };

async function postMessage(message: Record<string, unknown>): Promise<Answer> {
  const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${BOT_TOKEN}` },
    body: JSON.stringify({ channel: 'C0PROJECTS', text: 'fallback', ...message }),
  });
  return (await response.json()) as Answer;
}

type Make = (size: number) => unknown;
const letters: (size: number) => string = (size) => 'x'.repeat(size);
const mrkdwn: Make = (size) => ({ type: 'mrkdwn', text: letters(size) });
const many = (size: number, make: (index: number) => unknown): unknown[] =>
  Array.from({ length: size }, (_unused, index) => make(index));
const button = (fields: Record<string, unknown> = {}) => ({ type: 'button', text: plain('Go'), ...fields });
const actions = (...elements: unknown[]) => ({ type: 'actions', elements });
const option = (fields: Record<string, unknown> = {}) => ({ text: plain('Sync'), value: 'sync', ...fields });
const overflow = (...options: unknown[]) => section('row', { type: 'overflow', options });
const select = (fields: Record<string, unknown>) => actions({ type: 'static_select', ...fields });
const image = (fields: Record<string, unknown>) => ({
  type: 'image',
  image_url: 'https://example.com/a.png',
  alt_text: 'x',
  ...fields,
});
const confirm = (fields: Record<string, unknown>) =>
  actions(
    button({
      confirm: { title: plain('T'), text: plain('t'), confirm: plain('Yes'), deny: plain('No'), ...fields },
    }),
  );

/** Each limit: the largest size that passes, how to make a message of a size, and where Slack points at. */
const LIMITS: readonly [what: string, most: number, make: (size: number) => unknown[], pointer: string][] = [
  ['blocks', 50, (size) => many(size, () => ({ type: 'divider' })), '/blocks'],
  ['section text', 3000, (size) => [{ type: 'section', text: mrkdwn(size) }], '/blocks/0/text/text'],
  [
    'section fields',
    10,
    (size) => [{ type: 'section', fields: many(size, () => mrkdwn(1)) }],
    '/blocks/0/fields',
  ],
  ['field text', 2000, (size) => [{ type: 'section', fields: [mrkdwn(size)] }], '/blocks/0/fields/0/text'],
  ['header text', 150, (size) => [{ type: 'header', text: plain(letters(size)) }], '/blocks/0/text/text'],
  ['actions elements', 25, (size) => [actions(...many(size, () => button()))], '/blocks/0/elements'],
  [
    'button text',
    75,
    (size) => [actions(button({ text: plain(letters(size)) }))],
    '/blocks/0/elements/0/text/text',
  ],
  ['button value', 2000, (size) => [actions(button({ value: letters(size) }))], '/blocks/0/elements/0/value'],
  ['button url', 3000, (size) => [actions(button({ url: letters(size) }))], '/blocks/0/elements/0/url'],
  [
    'action_id',
    255,
    (size) => [actions(button({ action_id: letters(size) }))],
    '/blocks/0/elements/0/action_id',
  ],
  ['block_id', 255, (size) => [{ ...section('x'), block_id: letters(size) }], '/blocks/0/block_id'],
  ['overflow options', 5, (size) => [overflow(...many(size, () => option()))], '/blocks/0/accessory/options'],
  [
    'overflow option text',
    75,
    (size) => [overflow(option({ text: plain(letters(size)) }))],
    '/blocks/0/accessory/options/0/text/text',
  ],
  [
    'overflow option value',
    150,
    (size) => [overflow(option({ value: letters(size) }))],
    '/blocks/0/accessory/options/0/value',
  ],
  [
    'option description',
    75,
    (size) => [overflow(option({ description: plain(letters(size)) }))],
    '/blocks/0/accessory/options/0/description/text',
  ],
  [
    'select options',
    100,
    (size) => [select({ options: many(size, () => option()) })],
    '/blocks/0/elements/0/options',
  ],
  [
    'select option text',
    75,
    (size) => [select({ options: [option({ text: plain(letters(size)) })] })],
    '/blocks/0/elements/0/options/0/text/text',
  ],
  [
    'select option value',
    75,
    (size) => [select({ options: [option({ value: letters(size) })] })],
    '/blocks/0/elements/0/options/0/value',
  ],
  [
    'select placeholder',
    150,
    (size) => [select({ options: [option()], placeholder: plain(letters(size)) })],
    '/blocks/0/elements/0/placeholder/text',
  ],
  [
    'option group label',
    75,
    (size) => [select({ option_groups: [{ label: plain(letters(size)), options: [option()] }] })],
    '/blocks/0/elements/0/option_groups/0/label/text',
  ],
  [
    'context elements',
    10,
    (size) => [{ type: 'context', elements: many(size, () => mrkdwn(1)) }],
    '/blocks/0/elements',
  ],
  [
    'context text',
    3000,
    (size) => [{ type: 'context', elements: [mrkdwn(size)] }],
    '/blocks/0/elements/0/text',
  ],
  [
    'option groups',
    100,
    (size) => [select({ option_groups: many(size, () => ({ label: plain('G'), options: [option()] })) })],
    '/blocks/0/elements/0/option_groups',
  ],
  ['image text', 2000, (size) => [image({ alt_text: letters(size) })], '/blocks/0/alt_text'],
  ['image title', 2000, (size) => [image({ title: plain(letters(size)) })], '/blocks/0/title/text'],
  [
    'confirm title',
    100,
    (size) => [confirm({ title: plain(letters(size)) })],
    '/blocks/0/elements/0/confirm/title/text',
  ],
  [
    'confirm text',
    300,
    (size) => [confirm({ text: plain(letters(size)) })],
    '/blocks/0/elements/0/confirm/text/text',
  ],
  [
    'confirm button',
    30,
    (size) => [confirm({ confirm: plain(letters(size)) })],
    '/blocks/0/elements/0/confirm/confirm/text',
  ],
  [
    'confirm deny button',
    30,
    (size) => [confirm({ deny: plain(letters(size)) })],
    '/blocks/0/elements/0/confirm/deny/text',
  ],
];

/** Wrong whatever the size. */
const FAULTY: readonly [what: string, blocks: unknown[], problem: string][] = [
  ['an unknown block', [{ type: 'carousel' }], 'unsupported type: carousel [json-pointer:/blocks/0/type]'],
  [
    'an unknown element',
    [actions({ type: 'slider' })],
    'unsupported type: slider [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an empty section text',
    [section('')],
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'an empty header',
    [{ type: 'header', text: plain('') }],
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'mrkdwn in a header',
    [{ type: 'header', text: mrkdwn(1) }],
    'must be plain_text [json-pointer:/blocks/0/text/type]',
  ],
  [
    'a section of nothing',
    [{ type: 'section' }],
    'must define either `text` or `fields` [json-pointer:/blocks/0]',
  ],
  ['no actions', [actions()], 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
  [
    'an action id twice in a block',
    [actions(button({ action_id: 'a' }), button({ action_id: 'a' }))],
    '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
  ],
  [
    'a block id twice',
    [
      { ...section('1'), block_id: 'b' },
      { ...section('2'), block_id: 'b' },
    ],
    '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
  ],
  [
    'a property Slack does not know',
    [actions(button({ disabled: true }))],
    'invalid additional property: disabled [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'verbatim on plain text',
    [{ type: 'header', text: { ...plain('x'), verbatim: true } }],
    'invalid additional property: verbatim [json-pointer:/blocks/0/text]',
  ],
  [
    'a style Slack does not know',
    [actions(button({ style: 'warning' }))],
    'must be a valid enum value (primary, danger) [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'a select without options',
    [select({})],
    'must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'an initial option that is none of the options',
    [select({ options: [option()], initial_option: option({ value: 'z' }) })],
    'initial_option must be one of the options [json-pointer:/blocks/0/elements/0/initial_option]',
  ],
  [
    'a button in a context',
    [{ type: 'context', elements: [button()] }],
    'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an image without a text',
    [{ type: 'image', image_url: 'https://example.com/a.png' }],
    'missing required field: alt_text [json-pointer:/blocks/0]',
  ],
  [
    'an unknown piece of rich text',
    [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'sound' }] }] }],
    'unsupported type: sound [json-pointer:/blocks/0/elements/0/elements/0/type]',
  ],
];

describe('limits of messages', () => {
  it.each(LIMITS)('%s: %i pass, one more is invalid_blocks', async (_what, most, make, pointer) => {
    expect(await postMessage({ blocks: make(most) })).toMatchObject({ ok: true });
    const over = await postMessage({ blocks: make(most + 1) });
    expect(over).toMatchObject({ ok: false, error: 'invalid_blocks' });
    expect(over.errors?.[0]).toContain(`[json-pointer:${pointer}]`);
    expect(over.errors?.[0]).toMatch(/no more than|must be less than/);
    expect(over.response_metadata?.messages).toEqual(over.errors?.map((words) => `[ERROR] ${words}`));
  });

  it.each(FAULTY)('%s is invalid_blocks', async (_what, blocks, problem) => {
    const answer = await postMessage({ blocks });
    expect(answer).toMatchObject({ ok: false, error: 'invalid_blocks', errors: [problem] });
  });

  it('takes the same action id in two blocks', async () => {
    const row = () => section('row', { type: 'overflow', action_id: 'row', options: [option()] });
    expect(await postMessage({ blocks: [row(), row()] })).toMatchObject({ ok: true });
  });

  it('says no_text, msg_too_long and invalid_blocks_format', async () => {
    expect(await postMessage({ text: ' ' })).toEqual({ ok: false, error: 'no_text' });
    expect(await postMessage({ text: letters(40_000) })).toMatchObject({ ok: true });
    expect(await postMessage({ text: letters(40_001) })).toEqual({ ok: false, error: 'msg_too_long' });
    expect(await postMessage({ blocks: '{broken' })).toEqual({ ok: false, error: 'invalid_blocks_format' });
  });
});
