import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeOrder, moveBehind, movesBetween, orderEditOf } from '../../src/domain/sibling-order.ts';
import { inOrderBelow, placedAt } from '../../src/domain/wbs-codes.ts';

const ids = (text: string): readonly string[] => [...text];

describe('the order is merged as a list', () => {
  test.each([
    ['only the plan moved: as it wants', 'abcd', 'dabc', 'abcd', 'dabc', ''],
    ['only ConnectWise moved: as it shows', 'abcd', 'abcd', 'bacd', 'bacd', ''],
    ['both, different ones: both moves count', 'abcde', 'eabcd', 'bacde', 'ebacd', ''],
    ['both, the same one to the same place', 'abcd', 'dabc', 'dabc', 'dabc', ''],
    ['one came to ConnectWise: it stays where that has it', 'abc', 'cab', 'xabc', 'cxab', ''],
    ['one came in the plan: it stands where the plan has it', 'abc', 'anbc', 'abcn', 'anbc', ''],
    ['one is gone from ConnectWise', 'abcd', 'dabc', 'acd', 'dac', ''],
    ['the one it was put behind is gone', 'abcd', 'abdc', 'acd', 'adc', ''],
    ['the plan leaves one out: it stays where it is', 'abcd', 'dab', 'abcd', 'dabc', ''],
    ['named twice, the first place counts', 'abc', 'cacb', 'abc', 'cab', ''],
    ['nothing is left', 'abc', 'cba', '', '', ''],
  ])('%s', (_, from, to, shown, order, conflicts) => {
    const edit = { from: ids(from), to: ids(to) };
    expect(mergeOrder(edit, ids(shown), false)).toEqual({ order: ids(order), conflicts: ids(conflicts) });
    expect(mergeOrder(edit, ids(shown), true).order).toEqual(ids(order));
  });

  test('both moved the same one to different places: by the setting, and it is named', () => {
    const edit = { from: ids('abcde'), to: ids('eabcd') };
    expect(mergeOrder(edit, ids('abecd'), false)).toEqual({ order: ids('abecd'), conflicts: ['e'] });
    expect(mergeOrder(edit, ids('abecd'), true)).toEqual({ order: ids('eabcd'), conflicts: ['e'] });
  });

  const lists = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 });
  test('nobody is lost or doubled, what one side alone did is done, and a merge once done has nothing to add', () => {
    fc.assert(
      fc.property(lists, lists, lists, fc.boolean(), (from, to, shown, planWins) => {
        const { order, conflicts } = mergeOrder({ from, to }, shown, planWins);
        expect(order.toSorted()).toEqual(shown.toSorted());
        expect(mergeOrder({ from, to: from }, shown, planWins).order).toEqual(shown);
        const again = mergeOrder({ from, to }, order, planWins);
        if (conflicts.length === 0 && to.length === from.length) expect(again.conflicts).toEqual([]);
      }),
    );
  });
});

const numberAt = (gaps: readonly number[], index: number): number =>
  gaps.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0);

describe('the fewest moves', () => {
  test.each([
    ['abcd', 'abcd', []],
    ['abcd', 'bcda', ['a behind d']],
    ['abcd', 'dabc', ['d first']],
    ['abcdef', 'badcfe', ['a behind b', 'c behind d', 'e behind f'].length],
    ['abcd', 'dcba', 3],
  ])('%s to %s', (shown, wanted, expected) => {
    const moves = movesBetween(ids(shown), ids(wanted));
    if (typeof expected === 'number') expect(moves).toHaveLength(expected);
    else
      expect(
        moves.map(({ id, behind }) => (behind === null ? `${id} first` : `${id} behind ${behind}`)),
      ).toEqual(expected);
  });

  test('written one after another as codes they make the wanted order, gaps and all', () => {
    const orders = fc
      .uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1, maxLength: 8 })
      .chain((shown) =>
        fc.tuple(fc.constant(shown), fc.shuffledSubarray(shown, { minLength: shown.length })),
      );
    fc.assert(
      fc.property(
        orders,
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 8, maxLength: 8 }),
        ([shown, wanted], gaps) => {
          const numbers = shown.map((id, index) => [id, `2.${numberAt(gaps, index)}`] as const);
          let codes: ReadonlyMap<string, string> = new Map([['p', '2'], ['other', '3'], ...numbers]);
          for (const move of movesBetween(shown, wanted)) {
            const moved = moveBehind(codes, move, '2');
            if (moved.held !== undefined) throw new Error(moved.held);
            codes = moved.codes;
          }
          expect(inOrderBelow(codes, '2')).toEqual(wanted);
          expect(new Set(codes.values()).size).toBe(codes.size);
          expect(inOrderBelow(codes, null)).toEqual(['p', 'other']);
        },
      ),
    );
  });
});

test('whoever stands there moves up with all within it, as far as there is no gap', () => {
  const codes = new Map([
    ['a', '1'],
    ['b', '2'],
    ['b1', '2.1'],
    ['c', '3'],
    ['e', '5'],
    ['e1', '5.1'],
  ]);
  const { codes: after } = placedAt(codes, 'e', '2');
  expect(Object.fromEntries(after)).toEqual({ a: '1', e: '2', e1: '2.1', b: '3', b1: '3.1', c: '4' });
  expect(moveBehind(codes, { id: 'a', behind: 'gone' }, null)).toHaveProperty('held');
});

test.each([
  [{}, undefined],
  [{ order: null }, undefined],
  [{ order: ['a'] }, undefined],
  [{ order: { from: ['a', 'b'], to: ['b', 'a'] } }, { from: ['a', 'b'], to: ['b', 'a'] }],
])('the edit that waits in %j', (fields, expected) => expect(orderEditOf(fields)).toEqual(expected));
