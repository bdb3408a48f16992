import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseTyped, quote, splitWords } from '../../src/domain/typed-text.ts';

describe('normaliseTyped', () => {
  test.each([
    ['English smart quotes', 'status “Office move”', 'status "Office move"'],
    ['German quotes', 'status „Office move“', 'status "Office move"'],
    ['French quotes', 'status «Office move»', 'status "Office move"'],
    ['en dash as a switch', 'logs –errors', 'logs --errors'],
    ['em dash as a switch', 'logs —errors', 'logs --errors'],
    ['minus sign as a switch', 'logs −errors', 'logs --errors'],
    ['en dash and hyphen as a switch', 'logs –-errors', 'logs --errors'],
    ['a switch at the very start', '–help', '--help'],
    ['a real switch', 'logs --errors', 'logs --errors'],
    ['a dash between words', 'Contoso – Office move', 'Contoso – Office move'],
    ['a dash within a word', 'Contoso–Office', 'Contoso–Office'],
    ['a single hyphen', 'Contoso -Office', 'Contoso -Office'],
    ['a dash before a number', 'from –5 on', 'from –5 on'],
    ['no-break space', 'status\u00a0contoso', 'status contoso'],
    ['the no-break space that Teams writes out', '&nbsp;status', 'status'],
    ['ideographic and zero-width spaces', 'status\u3000a\u200bb', 'status a b'],
    ['blanks, tabs and line ends', '  status \t contoso\r\n', 'status contoso'],
    ['a typographic apostrophe', 'status O’Neill', 'status O’Neill'],
    ['code marks around an id', 'sync `101`', 'sync 101'],
    ['code marks with a full stop behind them', 'sync `101`.', 'sync 101'],
    [
      'bold marks around several words',
      'sync *Contoso – Office move* --now',
      'sync Contoso – Office move --now',
    ],
    ['slanted marks in quotes', 'sync "_Office move_"', 'sync "Office move"'],
    ['marks around the whole', '`status #101`', 'status #101'],
    ['a full stop behind the last number', 'status #101.', 'status #101'],
    ['a full stop behind a name', 'status Contoso Inc.', 'status Contoso Inc.'],
    ['marks within a word', 'status a_b_c 2*3*4', 'status a_b_c 2*3*4'],
    ['marks that nothing closes', 'status *urgent move', 'status *urgent move'],
    ['marks alone', 'status ** `', 'status ** `'],
    ['a family emoji, joined by zero-width joiners', '👩‍👧', '👩‍👧'],
  ])('%s', (_, typed, expected) => {
    expect(normaliseTyped(typed)).toBe(expected);
  });
});

describe('splitWords', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['   ', []],
    ['sync contoso', ['sync', 'contoso']],
    ['sync "Office move" --now', ['sync', 'Office move', '--now']],
    ["sync O'Neill's move", ['sync', "O'Neill's", 'move']],
    ['sync ""', ['sync', '']],
    ['--since="24 h"', ['--since=24 h']],
    [String.raw`sync "24\" monitor"`, ['sync', '24" monitor']],
    [String.raw`sync "a\\b"`, ['sync', String.raw`a\b`]],
    [String.raw`sync a\b`, ['sync', String.raw`a\b`]],
    ['a"b c"d', ['ab cd']],
  ])('%j', (typed, words) => {
    expect(splitWords(typed)).toEqual({ ok: true, words });
  });

  test.each([
    ['sync "Office move', '"Office move'],
    ['sync Office"', 'Office"'],
    ['"', '"'],
    [String.raw`sync "a\"`, String.raw`"a\"`],
  ])('%j is not closed', (typed, unclosed) => {
    expect(splitWords(typed)).toEqual({ ok: false, unclosed });
  });
});

const anything = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', ' ', '-', '–', '“', '”', 'a', "'", '\n', '\u00a0') }),
);

describe('quote', () => {
  test('any name comes back as one word, blanks apart', () => {
    fc.assert(
      fc.property(anything, (name) => {
        const collapsed = name.replace(/\s+/gu, ' ');
        expect(splitWords(`status ${quote(name)} --now`)).toEqual({
          ok: true,
          words: ['status', collapsed, '--now'],
        });
      }),
    );
  });

  test('words that were typed once survive in the command of a button', () => {
    fc.assert(
      fc.property(anything, (typed) => {
        const word = normaliseTyped(typed);
        expect(splitWords(normaliseTyped(`status ${quote(word)}`))).toEqual({
          ok: true,
          words: ['status', word],
        });
      }),
    );
  });
});
