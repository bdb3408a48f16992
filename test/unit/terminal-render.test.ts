import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderJson } from '../../adapters/terminal/json.ts';
import { renderParagraphs, renderReply, type Screen } from '../../adapters/terminal/render.ts';
import { shellCommand } from '../../adapters/terminal/shell.ts';
import { widthOf, wrapped } from '../../adapters/terminal/wrap.ts';
import { quote } from '../../src/domain/typed-text.ts';
import type { Block, Reply, Text } from '../../src/ports/reply.ts';
import { extremeHomes, extremeNames, extremeReplies } from '../support/extreme-replies.ts';

const screen: Screen = { timeZone: 'Europe/Berlin', names: new Map(), width: undefined };
const reply = (...blocks: Block[]): Reply => ({ summary: 'In short', blocks });
const shown = (...blocks: Block[]) => renderReply(reply(...blocks), screen);
const words = (...text: Text) => shown({ block: 'text', text });

/** All but the line end: C0, DEL, C1, separators, marks of direction, halves of pairs. */
const steering = /[^\P{Cc}\n]|[\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

const attacks = [
  ['a colour', '\u001b[31mred\u001b[0m'],
  ['a title', '\u001b]0;owned\u0007'],
  ['a link of its own', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\'],
  ['a sequence of one character', '\u009b2J'],
  ['going back', 'safe\b\b\b\bevil\rEVIL'],
  ['nothing and delete', 'a\u0000b\u007fc'],
  ['half an emoji', 'x\ud83d'],
  ['an isolate', '\u2066x\u2069\u200f'],
  ['separators', 'one\u2028two\u2029three'],
] as const;

describe('every reply, whatever the names are', () => {
  test.each([...extremeNames, ...attacks])('%s: nothing steers the terminal', (_, name) => {
    const problems = [...extremeReplies(name), ...extremeHomes(name)].flatMap((one) => {
      const json = renderJson(one, true);
      const texts = [renderReply(one, { ...screen, width: 40 }), json];
      return [
        ...texts.filter((text) => steering.test(text) || text.trim() === ''),
        ...(JSON.parse(json).summary === one.summary ? [] : [json]),
      ];
    });
    expect(problems.slice(0, 3)).toEqual([]);
  });

  test('every text, label and command is there', () => {
    for (const one of extremeReplies('Contoso')) {
      const text = renderReply(one, screen).replace(/\s+/gu, ' ');
      for (const piece of one.blocks.flatMap(piecesOf)) {
        expect(text).toContain(piece.replace(/\s+/gu, ' ').trim());
      }
    }
  });
});

function piecesOf(block: Block): readonly string[] {
  const of = (text: Text) =>
    text.flatMap((part) => {
      if (part.part === 'person') return [part.key];
      if (part.part === 'link') return [part.label, part.url];
      return part.part === 'time' ? [] : [part.text];
    });
  switch (block.block) {
    case 'heading':
      return [block.text];
    case 'text':
    case 'note':
      return of(block.text);
    case 'fields':
      return block.fields.flatMap(({ label, value }) => [label, ...of(value)]);
    case 'row':
      return [...block.lines.flatMap(of), ...block.menu.map(({ label }) => label)];
    case 'actions':
      return block.actions.map(({ label }) => label);
    case 'filter':
      return [block.text.label, block.text.value, ...block.switches.map(({ label }) => label)];
  }
}

describe('parts', () => {
  const at = new Date('2026-01-05T23:30:15Z');

  test('times in the time zone of the terminal', () => {
    expect(words({ part: 'time', at, form: 'date-and-time' })).toBe('2026-01-06 00:30');
    expect(words({ part: 'time', at, form: 'time' })).toBe('00:30');
  });

  test('a link is its words and its address', () => {
    expect(words({ part: 'link', label: '#1042', url: 'https://psa.example/1042' })).toBe(
      '#1042 (https://psa.example/1042)',
    );
  });

  test('a person is the key, and the name where it is known', () => {
    const block = { block: 'text', text: [{ part: 'person', key: 'slack:T1/U1' }] } as const;
    expect(shown(block)).toBe('slack:T1/U1');
    const names = new Map([['slack:T1/U1', 'Ann\u001b[1m']]);
    expect(renderReply(reply(block), { ...screen, names })).toBe('Ann␛[1m (slack:T1/U1)');
  });

  test('a name is one line: it cannot look like a line of ours', () => {
    expect(words({ part: 'name', text: 'Office\r\n✓ Healthy\tmove' })).toBe('Office ✓ Healthy move');
  });
});

describe('blocks', () => {
  test('a heading is underlined and stands apart', () => {
    expect(shown({ block: 'heading', text: 'One' }, { block: 'heading', text: 'Three' })).toBe(
      'One\n---\n\nThree\n-----',
    );
  });

  test('fields stand under each other', () => {
    const fields = [
      { label: 'Board', value: [{ part: 'text', text: 'Cloud' }] },
      { label: 'Customer', value: [{ part: 'text', text: 'Contoso' }] },
    ] as const;
    expect(shown({ block: 'fields', fields })).toBe('Board:    Cloud\nCustomer: Contoso');
  });

  test('a row has its lines under one mark, and what can be done with it', () => {
    const lines: Text[] = [[{ part: 'name', text: 'Contoso' }], [{ part: 'text', text: 'Idle' }]];
    const menu = [
      { label: 'Sync', command: 'sync #1042' },
      { label: 'Logs', command: 'logs #1042' },
    ];
    expect(shown({ block: 'row', lines, menu })).toBe(
      '* Contoso\n  Idle\n  > Sync: sync "#1042" | Logs: logs "#1042"',
    );
  });

  test('a button is what one types in its place, and says where care is needed', () => {
    const actions = [{ label: 'Disconnect', command: 'disconnect #7', style: 'danger' }] as const;
    expect(shown({ block: 'actions', actions })).toBe('  > Disconnect (careful): npx cwsync disconnect "#7"');
  });

  test('a filter says what it holds in words', () => {
    const switches = [
      { name: 'mine', label: 'Mine', on: true },
      { name: 'disabled', label: 'Disabled too', on: false },
    ];
    const text = { label: 'Filter', value: 'conto' };
    expect(shown({ block: 'filter', command: 'status', text, switches })).toBe(
      '  Filter: “conto” | Mine yes (--mine) | Disabled too no (--disabled) | npx cwsync status [text] [switches]',
    );
  });

  test('without blocks the summary', () => {
    expect(shown()).toBe('In short');
  });

  test('progress is the paragraphs alone', () => {
    const blocks: Block[] = [
      { block: 'text', text: [{ part: 'text', text: 'Syncing' }] },
      { block: 'note', text: [{ part: 'text', text: 'You are told.' }] },
      { block: 'actions', actions: [{ label: 'Logs', command: 'logs' }] },
    ];
    expect(renderParagraphs(reply(...blocks), screen)).toBe('Syncing');
  });
});

describe('lines', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['👩‍👩‍👧‍👦', 2],
    ['e\u0301', 1],
    ['😀', 2],
  ])('%s is %i wide', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test('break at blanks only, within the width, and lose nothing', () => {
    const word = fc.string({ unit: fc.constantFrom('a', '漢', '-', 'é'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 1, max: 40 }), (list, width) => {
        const lines = wrapped(list.join(' '), width);
        expect(lines.join(' ')).toBe(list.join(' '));
        for (const line of lines) expect(widthOf(line) <= width || !line.includes(' ')).toBe(true);
      }),
    );
  });

  test('an address stays whole', () => {
    const url = `https://psa.example/${'x'.repeat(60)}`;
    const block = { block: 'text', text: [{ part: 'link', label: 'here', url }] } as const;
    expect(renderReply(reply(block), { ...screen, width: 30 })).toContain(`(${url})`);
  });
});

describe('what is typed after a prompt', () => {
  test.each([
    ['sync #1042 --now', 'npx cwsync sync "#1042" --now'],
    ['sync "Contoso – Office move"', 'npx cwsync sync "Contoso – Office move"'],
    [`sync ${quote('a "b" $c `d` e!')}`, `npx cwsync sync 'a "b" $c \`d\` e!'`],
    [`sync ${quote("it's $5")}`, `npx cwsync sync 'it'\\''s $5'`],
    ['sync "a;b"', 'npx cwsync sync "a;b"'],
    [`sync ${quote('a\u001b[1m')}`, 'npx cwsync sync "a␛[1m"'],
  ])('%s', (command, typed) => {
    expect(shellCommand(command)).toBe(typed);
  });
});

describe('JSON', () => {
  test('the promised form, with a file as base64', () => {
    const file = {
      name: 'log.csv',
      title: 'Log',
      mediaType: 'text/csv',
      content: new TextEncoder().encode('a,b'),
    };
    const at = new Date('2026-01-05T23:30:15Z');
    const blocks: Block[] = [{ block: 'text', text: [{ part: 'time', at, form: 'time' }] }];
    expect(JSON.parse(renderJson({ summary: 'S', blocks, file }, false))).toEqual({
      version: 1,
      ok: false,
      summary: 'S',
      blocks: [{ block: 'text', text: [{ part: 'time', at: '2026-01-05T23:30:15.000Z', form: 'time' }] }],
      file: { name: 'log.csv', title: 'Log', mediaType: 'text/csv', base64: 'YSxi' },
    });
  });
});
