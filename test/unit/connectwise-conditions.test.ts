import { describe, expect, it, test } from 'vitest';
import {
  and,
  type Condition,
  chunkIds,
  contains,
  eq,
  gte,
  isIn,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  ne,
  or,
} from '../../adapters/connectwise/conditions.ts';

const written: readonly (readonly [string, Condition, string])[] = [
  ['a number', eq('project/id', 7), 'project/id = 7'],
  ['a flag', eq('closedFlag', false), 'closedFlag = False'],
  ['a text', ne('name', 'Office move'), 'name != "Office move"'],
  ['quotes and backslashes', eq('name', 'say "no" \\ yes'), 'name = "say \\"no\\" \\\\ yes"'],
  ['a closing attempt', eq('name', '" or id > 0 or name = "'), 'name = "\\" or id > 0 or name = \\""'],
  [
    'an instant, whole seconds and Z',
    gte('lastUpdated', new Date('2026-01-31T09:00:00.999+01:00')),
    'lastUpdated >= [2026-01-31T08:00:00Z]',
  ],
  ['less', and(lt('a', 1), lte('b', 1.5)), 'a < 1 and b <= 1.5'],
  ['in', isIn('id', [1, 2, 3]), 'id in (1,2,3)'],
  ['in with texts', isIn('status/name', ['a', 'b"']), 'status/name in ("a","b\\"")'],
  [
    'null',
    or(isNull('parentPhase'), isNotNull('_info/lastUpdated')),
    'parentPhase = null or _info/lastUpdated != null',
  ],
  ['contains with a bracket', contains('summary', '[VIP] "x"'), 'summary contains "[[]VIP] \\"x\\""'],
  ['like', like('summary', '*[1]*'), 'summary like "*[[]1]*"'],
  ['a bracket where it means nothing', eq('summary', '[x]'), 'summary = "[x]"'],
  [
    'nested',
    and(eq('a', 1), or(eq('b', 2), and(eq('c', 3), eq('d', 4)))),
    'a = 1 and (b = 2 or (c = 3 and d = 4))',
  ],
  ['one part alone', and(eq('a', 1)), 'a = 1'],
];

describe('conditions', () => {
  test.each(written)('writes %s', (_name, condition, text) => {
    expect(condition.text).toBe(text);
  });

  test.each([
    ['a field with a blank', () => eq('a b', 1)],
    ['a field that is an expression', () => eq('id > 0 or id', 1)],
    ['a field that ends in a slash', () => isNull('status/')],
    ['an empty field', () => eq('', 1)],
    ['no values', () => isIn('id', [])],
    ['no parts', () => or()],
    ['no number', () => eq('id', Number.NaN)],
    ['a number that would be written with an exponent', () => eq('id', 1e21)],
    ['an invalid date', () => eq('lastUpdated', new Date('nonsense'))],
    ['a line break in a text', () => eq('name', 'a\nb')],
  ])('refuses %s', (_name, build) => {
    expect(build).toThrow(RangeError);
  });
});

describe('chunkIds', () => {
  const ids = Array.from({ length: 500 }, (_, i) => 990 + i * 37);

  it('keeps every id once and in order, and every chunk within the encoded length', () => {
    const chunks = chunkIds(ids, 100);
    expect(chunks.flat()).toEqual(ids);
    for (const chunk of chunks) expect(encodeURIComponent(chunk.join(',')).length).toBeLessThanOrEqual(100);
  });

  it('fills a chunk as far as it goes', () => {
    // Five ids of three digits and four commas of three characters: 27.
    const six = [101, 102, 103, 104, 105, 106];
    expect(chunkIds(six, 27)).toEqual([[101, 102, 103, 104, 105], [106]]);
    expect(chunkIds(six, 26)).toEqual([
      [101, 102, 103, 104],
      [105, 106],
    ]);
  });

  it('makes no chunk of nothing and refuses an id that fits nowhere', () => {
    expect(chunkIds([], 10)).toEqual([]);
    expect(() => chunkIds([123456], 5)).toThrow(RangeError);
  });
});
