import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderReply as renderForSlack } from '../../adapters/slack/render.ts';
import { filterCommand } from '../../adapters/teams/filter.ts';
import { renderReply } from '../../adapters/teams/render.ts';
import { renderForm } from '../../adapters/teams/render-form.ts';
import { escapeText, noNames, toMarkdown } from '../../adapters/teams/text.ts';
import type { Block, Part, Reply, Text } from '../../src/ports/reply.ts';
import { extremeForms, extremeHomes, extremeNames, extremeReplies } from '../support/extreme-replies.ts';
import { cardProblems, shownIn } from '../support/teams-cards.ts';

const context = { names: noNames };
const card = (reply: Reply) => renderReply(reply, context);

describe('every reply, whatever the names are', () => {
  test.each(extremeNames)('%s', (_, name) => {
    for (const reply of extremeReplies(name)) {
      expect({ summary: reply.summary, problems: cardProblems(card(reply)) }).toEqual({
        summary: reply.summary,
        problems: [],
      });
    }
  });

  test.each(extremeNames)('the standing page: %s', (_, name) => {
    for (const reply of extremeHomes(name)) {
      expect(cardProblems(renderReply(reply, { ...context, home: true }))).toEqual([]);
    }
  });
});

test.each(extremeNames)('every form that holds words of others, with each of its fields: %s', (_, name) => {
  const key = { form: 'f', until: 1, token: 't' };
  for (const form of extremeForms(name)) {
    const shown = renderForm({ form, key, conversations: [{ value: 'C1', label: name }] }, context);
    expect([form.form, cardProblems(shown)]).toEqual([form.form, []]);
    const told = JSON.stringify(shown);
    const lost = form.fields.filter((field) => 'id' in field && !told.includes(`"field-${field.id}"`));
    expect([form.form, lost.map(({ field }) => field)]).toEqual([form.form, []]);
  }
});

describe('the checker', () => {
  const made = (...body: object[]) => ({ type: 'AdaptiveCard', version: '1.5', body });
  test.each<[string, object]>([
    ['an element that Teams does not show', { type: 'Media', sources: [] }],
    ['a property that is not used', { type: 'TextBlock', text: 'x', fontType: 'Monospace' }],
    ['an element that nobody knows', { type: 'Blink' }],
    ['nothing said', { type: 'TextBlock', text: ' ' }],
    ['milliseconds', { type: 'TextBlock', text: '{{TIME(2026-01-01T00:00:00.000Z)}}' }],
    ['a format of TIME', { type: 'TextBlock', text: '{{TIME(2026-01-01T00:00:00Z, SHORT)}}' }],
    ['half an emoji', { type: 'TextBlock', text: '😀'.slice(0, 1) }],
    ['too much', { type: 'TextBlock', text: 'x'.repeat(29_000) }],
    ['no buttons', { type: 'ActionSet', actions: [] }],
    ['an input without an id', { type: 'Input.Text', label: 'x' }],
  ])('finds %s', (_, element) => {
    expect(cardProblems(made(element))).not.toEqual([]);
  });
});

/** What both platforms show of each part, people and times aside. */
function wordsOf(text: Text): readonly string[] {
  return text.map((part) => ('text' in part ? part.text : part.part === 'link' ? part.label : ''));
}

const letters = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '');

function textsOf(block: Block): readonly string[] {
  switch (block.block) {
    case 'heading':
      return [block.text];
    case 'text':
    case 'note':
      return wordsOf(block.text);
    case 'fields':
      return block.fields.flatMap(({ label, value }) => [label, ...wordsOf(value)]);
    case 'row':
      return block.lines.flatMap(wordsOf);
    case 'actions':
      return block.actions.map(({ label }) => label);
    case 'filter':
      return [block.text.label, ...block.switches.map(({ label }) => label)];
  }
}

/** Every text that Slack shows, without its markup. */
function shownInSlack(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(shownInSlack);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, one]) =>
    key === 'text' && typeof one === 'string'
      ? [
          one
            .replace(/<!date[^>]*>|<@[^>]*>/gu, '')
            .replace(/<[^|>]*\|([^>]*)>/gu, '$1')
            .replace(/&(?:amp|lt|gt);/gu, ''),
        ]
      : shownInSlack(one),
  );
}

describe('both platforms say the same', () => {
  test('every field, row, button and note that one shows the other shows too', () => {
    let compared = 0;
    for (const reply of extremeReplies('Contoso Office move')) {
      const teams = letters(
        shownIn(card(reply))
          .map((text) => text.replace(/\{\{.*?\}\}/gu, ''))
          .join(' '),
      );
      const slack = letters(shownInSlack(renderForSlack(reply).blocks).join(' '));
      const cutInSlack = /more$/u.test(slack);
      for (const text of reply.blocks.flatMap(textsOf).map(letters)) {
        if (!teams.includes(text)) expect(teams, reply.summary).toMatch(/and\d+more/u);
        else if (!cutInSlack) expect(slack, reply.summary).toContain(text);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(1_000);
  });
});

const at = new Date('2026-01-05T09:30:15.123Z');

describe('toMarkdown', () => {
  test.each<[string, Part[], string]>([
    ['text', [{ part: 'text', text: 'a & <b>' }], 'a \\& \\<b\\>'],
    ['markup in a name', [{ part: 'name', text: '*a* [b](c) _d_' }], '\\*a\\* \\[b\\](c) \\_d\\_'],
    ['a function in a name', [{ part: 'name', text: '{{DATE(x)}}' }], '\\{\\{DATE(x)\\}\\}'],
    ['line ends in a name', [{ part: 'name', text: 'a\r\n- b' }], 'a - b'],
    ['a list at the start', [{ part: 'name', text: '- a' }], '\\- a'],
    ['a numbered list at the start', [{ part: 'name', text: '1. a' }], '1\\. a'],
    ['strong', [{ part: 'strong', text: 'Idle' }], '**Idle**'],
    ['strong with a blank at its end', [{ part: 'strong', text: 'a ' }], 'a '],
    ['someone who is known', [{ part: 'person', key: 'teams:t/u' }], 'Vera \\*V\\*'],
    ['someone who is not', [{ part: 'person', key: 'slack:T1/U_2' }], 'slack:T1/U\\_2'],
    [
      'a link',
      [{ part: 'link', label: 'a]b', url: 'https://x.example/(1)?a={{' }],
      '[a\\]b](https://x.example/%281%29?a=%7B%7B)',
    ],
    [
      'a date and time',
      [{ part: 'time', at, form: 'date-and-time' }],
      '{{DATE(2026-01-05T09:30:15Z, SHORT)}} {{TIME(2026-01-05T09:30:15Z)}}',
    ],
    ['a time', [{ part: 'time', at, form: 'time' }], '{{TIME(2026-01-05T09:30:15Z)}}'],
    ['nothing', [], '–'],
    ['blanks', [{ part: 'text', text: ' \n ' }], '–'],
  ])('%s', (_, text, expected) => {
    const names = (key: string) => (key === 'teams:t/u' ? 'Vera *V*' : undefined);
    expect(toMarkdown(text, names, 3_000)).toBe(expected);
  });

  test('whatever the words are, they fit and keep every letter', () => {
    const words = fc.string({
      unit: fc.constantFrom('&', '<', '*', '{', '\\', '😀', 'a', '|', ' ', '\n', '1', '.'),
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 60 }), (text, max) => {
        const rendered = toMarkdown([{ part: 'name', text }], noNames, max);
        expect(rendered.length).toBeLessThanOrEqual(max);
        expect(rendered.isWellFormed()).toBe(true);
        expect(rendered.replace(/\\./gu, '')).not.toMatch(/[*_[\]{}<>`]/u);
        expect(letters(escapeText(text))).toBe(letters(text));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a filter', () => {
  const filter: Block = {
    block: 'filter',
    command: 'status',
    text: { label: 'Filter', value: 'old' },
    switches: [
      { name: 'by-board', label: 'By board', on: true },
      { name: 'disabled', label: 'Show disabled', on: false },
    ],
  };

  test('shows what is on, and means its command with what is filled in', () => {
    const shown = JSON.stringify(card({ summary: 's', blocks: [filter] }));
    expect(shown).toContain('"id":"filter-switch-by-board","title":"By board","value":"true"');
    const data = { command: 'status', switches: ['by-board', 'disabled'] };
    const typed = {
      'filter-text': 'new “words',
      'filter-switch-disabled': 'true',
      'filter-switch-evil': 'true',
    };
    expect(filterCommand({ ...data, ...typed })).toBe('status --disabled "new \\"words"');
    expect(filterCommand({ ...data })).toBe('status');
    expect(filterCommand({ command: 'status' })).toBeUndefined();
  });
});

test('a list that is too long says how many are left out', () => {
  const row = (n: number): Block => ({
    block: 'row',
    lines: [[{ part: 'name', text: `Project ${n} ${'x'.repeat(300)}` }]],
    menu: [{ label: 'Sync', command: `sync #${n}` }],
  });
  const long = card({ summary: 's', blocks: Array.from({ length: 100 }, (_, n) => row(n)) });
  expect(cardProblems(long)).toEqual([]);
  const kept = long.body.filter(({ type }) => type === 'Container').length;
  expect(kept).toBeGreaterThan(30);
  expect(shownIn(long).at(-1)).toBe(`… and ${100 - kept} more.`);

  const next: Block = { block: 'actions', actions: [{ label: 'Next', command: 'status --page 2' }] };
  const paged = card({ summary: 's', blocks: [...Array.from({ length: 100 }, (_, n) => row(n)), next] });
  expect(cardProblems(paged)).toEqual([]);
  expect(shownIn(paged).at(-1)).toBe('Next');
});
