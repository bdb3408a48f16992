import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandAction } from '../../adapters/slack/elements.ts';
import { renderHome, renderReply } from '../../adapters/slack/render.ts';
import { cutPlain, escapeText, toMrkdwn } from '../../adapters/slack/text.ts';
import type { Part, Reply } from '../../src/ports/reply.ts';
import { extremeHomes, extremeNames, extremeReplies } from '../support/extreme-replies.ts';
import { slackProblems } from '../support/slack-limits.ts';

describe('every reply, whatever the names are', () => {
  test.each(extremeNames)('%s', (_, name) => {
    for (const reply of extremeReplies(name)) {
      const message = renderReply(reply);
      expect({ summary: reply.summary, problems: slackProblems(message) }).toEqual({
        summary: reply.summary,
        problems: [],
      });
    }
  });
});

describe('every standing page, whatever the names are', () => {
  test.each(extremeNames)('%s', (_, name) => {
    for (const reply of extremeHomes(name)) {
      const { blocks } = renderHome(reply);
      expect(slackProblems({ text: 'home', blocks }, 100)).toEqual([]);
      expect(JSON.stringify(blocks).length).toBeLessThan(250_000);
    }
  });
});

describe('the checker', () => {
  const section = (text: string) => ({
    text: 'x',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }],
  });
  test.each([
    ['an open tag', '<!channel>'],
    ['a link cut in two', '<https://a.exam'],
    ['a link without a label', '<https://a.example>'],
    ['an entity cut in two', 'a &am'],
    ['a bare &', 'a & b'],
    ['half an emoji', '😀'.slice(0, 1)],
    ['too much', 'x'.repeat(3_001)],
    ['nothing', ' '],
  ])('finds %s', (_, text) => {
    expect(slackProblems(section(text))).toHaveLength(1);
  });

  test('finds too many blocks', () => {
    const one = section('fine');
    expect(slackProblems({ text: 'x', blocks: Array(51).fill(one.blocks[0]) })).toHaveLength(1);
  });
});

const at = new Date('2026-01-05T09:30:15Z');
const words = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('&', '<', '>', '😀', 'a', '*', '|', ' ', '\n') }),
);
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ part: fc.constantFrom('text', 'strong', 'name'), text: words }),
  words.map((key): Part => ({ part: 'person', key })),
  fc.record({ part: fc.constant('link'), label: words.map((label) => `#${label}`), url: fc.webUrl() }),
  fc.record({
    part: fc.constant('time'),
    at: fc.constant(at),
    form: fc.constantFrom('date-and-time', 'time'),
  }),
) as fc.Arbitrary<Part>;

describe('toMrkdwn', () => {
  test.each<[string, Part[], string]>([
    ['text', [{ part: 'text', text: 'a & <b>' }], 'a &amp; &lt;b&gt;'],
    ['a call to the channel', [{ part: 'name', text: '<!channel> @here' }], '&lt;!channel&gt; @here'],
    ['strong', [{ part: 'strong', text: 'Idle' }], '*Idle*'],
    ['strong with a star', [{ part: 'strong', text: 'a*b' }], 'a*b'],
    ['strong with a blank at its end', [{ part: 'strong', text: 'a ' }], 'a '],
    ['someone of Slack', [{ part: 'person', key: 'slack:T1/U2' }], '<@U2>'],
    ['someone of Teams', [{ part: 'person', key: 'teams:a/b' }], 'teams:a/b'],
    ['someone who is none', [{ part: 'person', key: 'slack:T1/<!here>' }], 'slack:T1/&lt;!here&gt;'],
    [
      'a link',
      [{ part: 'link', label: 'a|b>c', url: 'https://x.example/?a=1&b=|>' }],
      '<https://x.example/?a=1&b=%7C%3E|a¦b&gt;c>',
    ],
    [
      'a date and time',
      [{ part: 'time', at, form: 'date-and-time' }],
      '<!date^1767605415^{date_short_pretty} {time}|2026-01-05 09:30 UTC>',
    ],
    [
      'a date and time within a sentence',
      [{ part: 'time', at, form: 'date-and-time', inSentence: true }],
      '<!date^1767605415^{time} on {date_short}|2026-01-05 09:30 UTC>',
    ],
    ['a time', [{ part: 'time', at, form: 'time' }], '<!date^1767605415^{time}|2026-01-05 09:30 UTC>'],
    ['nothing', [], '–'],
    ['blanks', [{ part: 'text', text: ' \n ' }], '–'],
  ])('%s', (_, text, expected) => {
    expect(toMrkdwn(text, 3_000)).toBe(expected);
  });

  test.each<[string, Part[], number, RegExp]>([
    ['raw text before it is escaped', [{ part: 'text', text: '&&&&' }], 11, /^(&amp;){1,2}…$/u],
    ['emoji as a whole', [{ part: 'text', text: '😀😀😀' }], 5, /^😀{1,2}…$/u],
    [
      'a link that does not fit is left out',
      [
        { part: 'text', text: 'ab' },
        { part: 'link', label: '#1', url: 'https://x.example/' },
      ],
      10,
      /^ab…$/u,
    ],
    ['a date that does not fit is left out', [{ part: 'time', at, form: 'time' }], 20, /^…$/u],
  ])('cut: %s', (_, text, max, expected) => {
    expect(toMrkdwn(text, max)).toMatch(expected);
    expect(toMrkdwn(text, max).length).toBeLessThanOrEqual(max);
  });

  test('whatever the parts are, they fit, nothing is unescaped and nothing is cut in two', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.integer({ min: 10, max: 200 }), (parts, max) => {
        const rendered = toMrkdwn([{ part: 'text', text: 'a' }, ...parts], max);
        expect(rendered.length).toBeLessThanOrEqual(max);
        const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: rendered, verbatim: true } }];
        expect(slackProblems({ text: 'x', blocks })).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('cutPlain fits as Slack counts and keeps what fits', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 40 }), (text, max) => {
      const short = cutPlain(text, max);
      expect(short.length).toBeLessThanOrEqual(max);
      expect(short.isWellFormed()).toBe(true);
      if (text.length <= max) expect(short).toBe(text);
    }),
  );
});

test('escapeText leaves no markup and can be read back', () => {
  fc.assert(
    fc.property(words, (text) => {
      const escaped = escapeText(text);
      expect(escaped).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/u);
      const back = escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      expect(back).toBe(text);
    }),
  );
});

describe('renderReply', () => {
  const action = (n: number) => ({ label: `Do ${n}`, command: `sync #${n}` });

  test('too many blocks: the last one says how many are left out', () => {
    const blocks = Array.from({ length: 60 }, (_, n) => ({
      block: 'text' as const,
      text: [{ part: 'text' as const, text: `line ${n}` }],
    }));
    const message = renderReply({ summary: 'Many', blocks });
    expect(message.blocks).toHaveLength(50);
    expect(message.blocks.at(-1)).toMatchObject({ type: 'context', elements: [{ text: '… and 11 more.' }] });
    expect(slackProblems(message)).toEqual([]);
    expect(renderReply({ summary: 'Many', blocks: blocks.slice(0, 50) }).blocks.at(-1)).toMatchObject({
      type: 'section',
    });
  });

  test('every button and menu entry carries its command under an id that is ours', () => {
    const reply: Reply = {
      summary: 'x',
      blocks: [
        { block: 'row', lines: [[{ part: 'text', text: 'a' }]], menu: [action(1), action(2)] },
        { block: 'actions', actions: [action(3), { ...action(4), style: 'danger' }] },
      ],
    };
    const { blocks } = renderReply(reply);
    expect(blocks).toMatchObject([
      { accessory: { type: 'overflow', options: [{ value: 'sync #1' }, { value: 'sync #2' }] } },
      { elements: [{ value: 'sync #3' }, { value: 'sync #4', style: 'danger' }] },
    ]);
    const ids = JSON.stringify(blocks).match(/"action_id":"[^"]*"/gu) ?? [];
    expect(ids).toHaveLength(3);
    for (const id of ids) expect(id.slice('"action_id":"'.length, -1)).toMatch(commandAction);
  });

  test('the fallback text is escaped and short', () => {
    expect(renderReply({ summary: '<!channel> & co', blocks: [] }).text).toBe('&lt;!channel&gt; &amp; co');
    expect(renderReply({ summary: '&'.repeat(9_000), blocks: [] }).text.length).toBeLessThanOrEqual(4_000);
  });
});
