import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameJson } from '../../src/domain/json.ts';
import { mayDo, type Role } from '../../src/domain/roles.ts';
import { cut, searchForm } from '../../src/domain/text.ts';

describe('searchForm', () => {
  test.each([
    ['Büro Zürich', 'buro zurich'],
    ['Bu\u0308ro', 'buro'],
    ['ÉCOLE', 'ecole'],
    ['Ångström', 'angstrom'],
    ['  Office \t move ', 'office move'],
    ['Office\u00a0move', 'office move'],
    ['ﬁne', 'fine'],
    ['＃１２', '#12'],
    ['İzmir', 'izmir'],
    ['מעבר', 'מעבר'],
    ['\u0301', ''],
    ['Contoso – Office', 'contoso - office'],
    ['Contoso -- Office', 'contoso - office'],
    ['“New” office', '"new" office'],
    ['O’Neill', "o'neill"],
    ['R&amp;D &lt;b&gt;', 'r&d <b>'],
    ['R&amp;amp;D', 'r&d'],
    ['R&D', 'r&d'],
  ])('%j is compared as %j', (text, form) => {
    expect(searchForm(text)).toBe(form);
  });
});

describe('cut', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['😀😀😀', 3, '😀😀😀'],
    ['😀😀😀😀', 3, '😀😀…'],
    ['', 3, ''],
    ['ab', 1, '…'],
  ])('%j to %i', (text, max, expected) => {
    expect(cut(text, max)).toBe(expected);
  });

  test('is never too long, never breaks an emoji and changes nothing that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        const short = cut(text, max);
        expect(Array.from(short).length).toBeLessThanOrEqual(max);
        expect(short.isWellFormed()).toBe(true);
        expect(short === text || text.startsWith(short.slice(0, -1))).toBe(true);
        if (Array.from(text).length <= max) expect(short).toBe(text);
      }),
    );
  });
});

describe('sameJson', () => {
  test.each<[unknown, unknown, boolean]>([
    [1, 1, true],
    [1, '1', false],
    [null, null, true],
    [null, undefined, false],
    [undefined, undefined, true],
    [null, {}, false],
    [[], {}, false],
    [['a'], { 0: 'a' }, false],
    [[1, 2], [2, 1], false],
    [[1, 2], [1, 2, 3], false],
    [{ a: 1, b: { c: [null] } }, { b: { c: [null] }, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [{ a: null }, { b: null }, false],
    [{ toString: 1 }, { x: 1 }, false],
    ['', null, false],
    [0, false, false],
  ])('%j and %j: %s', (a, b, same) => {
    const [left, right] = [a, b] as [Parameters<typeof sameJson>[0], Parameters<typeof sameJson>[1]];
    expect(sameJson(left, right)).toBe(same);
    expect(sameJson(right, left)).toBe(same);
  });

  test('a copy with its keys turned round is the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        const copy = JSON.parse(JSON.stringify(turned)) as Parameters<typeof sameJson>[0];
        expect(sameJson(value as Parameters<typeof sameJson>[0], copy)).toBe(true);
      }),
    );
  });
});

test.each<[Role, Role, boolean]>([
  ['viewer', 'viewer', true],
  ['viewer', 'operator', false],
  ['viewer', 'admin', false],
  ['operator', 'viewer', true],
  ['operator', 'operator', true],
  ['operator', 'admin', false],
  ['admin', 'viewer', true],
  ['admin', 'operator', true],
  ['admin', 'admin', true],
])('%s may do what needs %s: %s', (held, needed, may) => {
  expect(mayDo(held, needed)).toBe(may);
});
