import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterBlocks, filterCommand } from '../../adapters/slack/filter.ts';
import { renderHome, renderReply } from '../../adapters/slack/render.ts';
import { formOf, renderForm } from '../../adapters/slack/render-form.ts';
import { normaliseTyped, splitWords } from '../../src/domain/typed-text.ts';
import type { Field, Form } from '../../src/ports/form.ts';
import type { Block, Reply } from '../../src/ports/reply.ts';
import { extremeForms, extremeNames, extremeReplies } from '../support/extreme-replies.ts';
import { slackProblems } from '../support/slack-limits.ts';

const viewBlocksAtMost = 100;
const viewProblems = (blocks: readonly object[]) => slackProblems({ text: 'x', blocks }, viewBlocksAtMost);

function formNamed(name: string): Form {
  const options = Array.from({ length: 150 }, (_, n) => ({ value: `v${n}`, label: name, hint: name }));
  const id = { label: name, hint: name };
  const fields: readonly Field[] = [
    { field: 'words', text: [{ part: 'name', text: name }] },
    { field: 'text', id: 'a', ...id, value: name.repeat(40) },
    { field: 'number', id: 'b', ...id, value: 3, least: 1, most: 9 },
    { field: 'choice', id: 'c', ...id, options, value: 'v3' },
    { field: 'choices', id: 'd', ...id, options: options.slice(0, 100), values: ['v1', 'v999'] },
    { field: 'choices', id: 'e', ...id, options, values: [] },
    { field: 'choice', id: 'f', ...id, options: [] },
    { field: 'switches', id: 'g', ...id, options: options.slice(0, 12), values: ['v0', 'v11'] },
    { field: 'conversations', id: 'h', ...id, values: ['C1'] },
    { field: 'actions', actions: [{ label: name, command: 'sync --misc' }] },
  ];
  return { form: 'settings', title: name, submit: name, danger: true, fields, context: name };
}

describe('a form', () => {
  test.each(extremeNames)('fits, whatever the words are: %s', (_, name) => {
    const view = renderForm(formNamed(name), { url: 'https://hooks.slack.com/x', expiresAt: 1 });
    expect(viewProblems(view.blocks)).toEqual([]);
    for (const text of [view.title, view.submit, view.close]) {
      expect(text?.text.length).toBeLessThanOrEqual(24);
      expect(text?.text.trim()).not.toBe('');
      expect(text?.text.isWellFormed()).toBe(true);
    }
    expect(String(view.private_metadata).length).toBeLessThanOrEqual(3_000);
    expect(formOf(view.private_metadata)).toMatchObject({ form: 'settings', context: name });
  });

  test.each(extremeNames)('each one that holds words of others fits: %s', (_, name) => {
    for (const form of extremeForms(name)) {
      const { blocks, private_metadata } = renderForm(form, {
        url: 'https://hooks.slack.com/x',
        expiresAt: 1,
      });
      expect([form.form, viewProblems(blocks)]).toEqual([form.form, []]);
      expect(blocks.length).toBeLessThanOrEqual(viewBlocksAtMost);
      expect(form.context.length).toBeLessThanOrEqual(2_000);
      expect(formOf(private_metadata)).toMatchObject({ form: form.form, context: form.context });
    }
  });

  test('offers neither direct messages nor bots where channels are chosen', () => {
    const shown = JSON.stringify(renderForm(formNamed('x')).blocks);
    expect(shown).toContain('"filter":{"include":["public","private"],"exclude_bot_users":true}');
  });

  test('its ids stay the same when it is filled again', () => {
    const ids = (form: Form) =>
      renderForm(form).blocks.flatMap((block) => (block.type === 'input' ? [block.block_id] : []));
    expect(ids(formNamed('a'))).toEqual(ids(formNamed('b')));
    expect(new Set(ids(formNamed('a'))).size).toBe(ids(formNamed('a')).length);
  });

  test('the address of the answer gives way to the context, and a context is never cut', () => {
    const url = `https://hooks.slack.com/${'x'.repeat(900)}`;
    const kept = formOf(
      renderForm({ ...formNamed('a'), context: 'c'.repeat(2_500) }, { url, expiresAt: 1 }).private_metadata,
    );
    expect(kept).toEqual({ form: 'settings', context: 'c'.repeat(2_500) });
    expect(() => renderForm({ ...formNamed('a'), context: '"'.repeat(2_000) })).toThrow(RangeError);
  });

  test('a choice that does not fit is refused, never cut', () => {
    const field: Field = {
      field: 'choice',
      id: 'x',
      label: 'x',
      options: [{ value: 'v'.repeat(76), label: 'x' }],
    };
    expect(() => renderForm({ ...formNamed('a'), fields: [field] })).toThrow(RangeError);
  });

  test.each([undefined, '', '{', 'null', '{"form":"other","context":""}', '{"form":"settings"}'])(
    'metadata that are none of ours: %j',
    (metadata) => expect(formOf(metadata)).toBeUndefined(),
  );
});

describe('the Home tab', () => {
  test.each(extremeNames)('%s', (_, name) => {
    for (const reply of extremeReplies(name)) {
      expect(viewProblems(renderHome(reply).blocks)).toEqual([]);
    }
  });

  test('100 blocks at most, and no more than Slack takes as a whole', () => {
    const line = (n: number): Block => ({ block: 'text', text: [{ part: 'text', text: '語'.repeat(n) }] });
    const reply = (count: number, n: number): Reply => ({ summary: 'x', blocks: Array(count).fill(line(n)) });
    expect(renderHome(reply(100, 10)).blocks).toHaveLength(100);
    const { blocks } = renderHome(reply(120, 10));
    expect(blocks).toHaveLength(100);
    expect(JSON.stringify(blocks.at(-1))).toContain('… and 21 more.');
    const heavy = renderHome(reply(100, 3_000));
    expect(Buffer.byteLength(JSON.stringify(heavy))).toBeLessThan(250_000);
    expect(JSON.stringify(heavy.blocks.at(-1))).toContain(`… and ${100 - heavy.blocks.length + 1} more.`);
  });
});

describe('a filter', () => {
  const filter = (value: string): Extract<Block, { block: 'filter' }> => ({
    block: 'filter',
    command: 'status',
    text: { label: 'Filter', value },
    switches: [
      { name: 'by-board', label: 'By board', on: true },
      { name: 'disabled', label: 'Show disabled', on: false },
    ],
  });

  test.each(extremeNames)('fits: %s', (_, name) => {
    const blocks = renderReply({ summary: 'x', blocks: [filter(name.repeat(50))] }).blocks;
    expect(blocks).toHaveLength(2);
    expect(viewProblems(blocks)).toEqual([]);
  });

  test('what is typed comes back as one word, whatever it is', () => {
    const [input, boxes] = filterBlocks(filter(''));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '“', '\\', ' ', 'a', '–', '-', '&', '\u00a0') }),
        (value) => {
          const state = {
            [String(input?.block_id)]: { 'filter:text': { value } },
            [String(boxes?.block_id)]: { 'filter:switches': { selected_options: [{ value: 'disabled' }] } },
          };
          const command = filterCommand(String(boxes?.block_id), state) ?? '';
          const split = splitWords(normaliseTyped(command));
          const typed = normaliseTyped(value);
          const expected = ['status', '--disabled', ...(typed === '' ? [] : [typed])];
          // A word of dashes is made a switch again by whoever reads it; all else comes back.
          expect(split).toMatchObject({ ok: true });
          if (split.ok) expect(split.words.length).toBe(expected.length);
          if (split.ok && !/[-–]/u.test(value)) expect(split.words).toEqual(expected);
        },
      ),
    );
  });

  test.each([
    ['nothing is known', {}, 'status'],
    ['the text is empty', { 'filter-text:status': { 'filter:text': { value: null } } }, 'status'],
    ['something odd', { 'filter-text:status': 7 }, 'status'],
  ])('%s', (_, state, expected) => {
    expect(filterCommand('filter-switches:status', state)).toBe(expected);
  });

  test('other blocks are no filter', () => {
    expect(filterCommand('field:x', {})).toBeUndefined();
  });

  test('a command that does not fit into an id is refused', () => {
    expect(() => filterBlocks({ ...filter(''), command: 'x'.repeat(260) })).toThrow(RangeError);
  });
});

test('a command that does not fit has no button, since cut it would be another command', () => {
  const blocks: Block[] = [
    {
      block: 'actions',
      actions: [
        { label: 'Long', command: 'x'.repeat(2_001) },
        { label: 'Short', command: 'help' },
      ],
    },
    { block: 'actions', actions: [{ label: 'Long', command: 'x'.repeat(2_001) }] },
    { block: 'row', lines: [], menu: [{ label: 'Long', command: 'x'.repeat(151) }] },
  ];
  const rendered = renderReply({ summary: 'x', blocks }).blocks;
  expect(rendered).toHaveLength(2);
  expect(JSON.stringify(rendered)).not.toContain('xxx');
});
