import { expect, test } from 'vitest';
import { moveBelow, outermostFirst } from '../../src/domain/wbs-codes.ts';

const codes = new Map([
  ['a', '1'],
  ['a1', '1.1'],
  ['a1x', '1.1.1'],
  ['a1task', '1.1.2'],
  ['b', '2'],
  ['b9', '2.9'],
  ['b9x', '2.9.4'],
  ['b10', '2.10'],
  ['c', '10'],
]);

test.each([
  ['behind the last one there, as people count', 'a1', 'b', '2.11'],
  ['first where nothing is there', 'a1', 'c', '10.1'],
  ['behind tasks that are there', 'b9', 'a1', '1.1.3'],
  ['at the top', 'a1', null, '11'],
  ['a phase that has no code yet', 'new', 'a', '1.2'],
  ['where it stands already, it stays', 'b9', 'b', '2.9'],
  ['at the top already, it stays', 'c', null, '10'],
  ['deeper below the same phase it is not there yet', 'a1x', 'a', '1.2'],
])('a phase is put %s', (_, id, parent, expected) => {
  const move = moveBelow(codes, id, parent);
  expect(move).toMatchObject({ code: expected });
  expect(move.held === undefined && move.codes.get(id)).toBe(expected);
});

test('what is within it moves along, and nothing else', () => {
  const move = moveBelow(codes, 'a1', 'b');
  const after = new Map([...codes, ['a1', '2.11'], ['a1x', '2.11.1'], ['a1task', '2.11.2']]);
  expect(move).toEqual({ code: '2.11', codes: after });
  expect(codes.get('a1')).toBe('1.1');
});

test('the next one finds it there', () => {
  const first = moveBelow(codes, 'a1', 'b');
  if (first.held !== undefined) throw new Error(first.held);
  expect(moveBelow(first.codes, 'c', 'b')).toMatchObject({ code: '2.12' });
  expect(moveBelow(first.codes, 'c', 'a1')).toMatchObject({ code: '2.11.3' });
});

test.each([
  ['the phase itself', 'a', 'a', 'the phase around it lies within it'],
  ['a phase within it', 'a', 'a1x', 'the phase around it lies within it'],
  ['a phase whose code is not known', 'a', 'unknown', 'the WBS code of the phase around it is not known'],
])('it cannot stand below %s', (_, id, parent, held) => {
  expect(moveBelow(codes, id, parent)).toEqual({ held });
});

test('a code that begins alike is another branch', () => {
  expect(moveBelow(codes, 'a', 'c')).toMatchObject({ code: '10.1' });
});

test.each<readonly [string, Readonly<Record<string, string | null>>, readonly (readonly string[])[]]>([
  ['nothing', {}, []],
  ['all at the top', { a: null, b: null }, [['a', 'b']]],
  ['one within another', { inner: 'outer', outer: null }, [['outer'], ['inner']]],
  ['three levels', { c: 'b', a: null, b: 'a', b2: 'a' }, [['a'], ['b', 'b2'], ['c']]],
  ['what is around them is not among them', { a: 'elsewhere', b: 'a' }, [['a'], ['b']]],
  ['what goes round in a circle', { top: null, a: 'b', b: 'a' }, [['top'], ['a', 'b']]],
])('phases around others come first: %s', (_, parents, expected) => {
  const records = Object.entries(parents).map(([id, parentId]) => ({ id, fields: { parentId } }));
  expect(outermostFirst(records).map((level) => level.map(({ id }) => id))).toEqual(expected);
});
