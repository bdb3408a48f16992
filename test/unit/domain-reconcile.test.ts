import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { type FieldRule, mergeFromPsa, newFromPsa } from '../../src/domain/reconcile.ts';

type Row = { readonly [field: string]: string };
type Meaning = ReadonlyMap<string, string>;

/** A value trimmed on the way in, and for known words what they mean in the plan at the moment. */
const toPlan = (value: Json, meaning: Meaning): Json => {
  const trimmed = String(value).trim();
  return meaning.get(trimmed) ?? trimmed;
};
const rule = (field: string): FieldRule<Row, Meaning> => ({
  field,
  psa: (row) => row[field] ?? null,
  toPlan,
});

type Case = {
  readonly title: string;
  /** The bases are A and A. */
  readonly psa: string;
  readonly plan: string;
  readonly meaning?: Meaning;
  readonly expected: {
    readonly plan: string;
    readonly base: readonly [psa: string, plan: string];
    readonly changed: boolean;
    readonly conflict: boolean;
    readonly write: boolean;
  };
};

const quiet = { changed: false, conflict: false, write: false };
const meansB: Meaning = new Map([['A', 'B']]);

const cases: readonly Case[] = [
  {
    title: 'PSA unchanged, plan unchanged: nothing',
    psa: 'A',
    plan: 'A',
    expected: { plan: 'A', base: ['A', 'A'], ...quiet },
  },
  {
    title: 'PSA unchanged, plan edited: the edit stays and still shows as one',
    psa: 'A',
    plan: 'P',
    expected: { plan: 'P', base: ['A', 'A'], ...quiet },
  },
  {
    title: 'PSA changed, plan unchanged: copied',
    psa: 'C',
    plan: 'A',
    expected: { plan: 'C', base: ['C', 'C'], changed: true, conflict: false, write: true },
  },
  {
    title: 'both changed to the same: only the bases move',
    psa: 'C',
    plan: 'C',
    expected: { plan: 'C', base: ['C', 'C'], changed: false, conflict: false, write: true },
  },
  {
    title: 'both changed, differently: a conflict, the PSA wins',
    psa: 'C',
    plan: 'P',
    expected: { plan: 'C', base: ['C', 'C'], changed: true, conflict: true, write: true },
  },
  {
    title: 'PSA changed in a way the plan does not show: only the bases move',
    psa: ' A ',
    plan: 'A',
    expected: { plan: 'A', base: [' A ', 'A'], changed: false, conflict: false, write: true },
  },
  {
    title: 'PSA unchanged but meaning something else, plan unchanged: shown anew',
    psa: 'A',
    plan: 'A',
    meaning: meansB,
    expected: { plan: 'B', base: ['A', 'B'], changed: true, conflict: false, write: true },
  },
  {
    title: 'PSA unchanged but meaning something else, plan edited: the edit stays',
    psa: 'A',
    plan: 'P',
    meaning: meansB,
    expected: { plan: 'P', base: ['A', 'A'], ...quiet },
  },
  {
    title: 'PSA changed and meaning something else, plan edited: a conflict',
    psa: ' A',
    plan: 'P',
    meaning: meansB,
    expected: { plan: 'B', base: [' A', 'B'], changed: true, conflict: true, write: true },
  },
];

describe('mergeFromPsa', () => {
  test.each(cases)('$title', ({ psa, plan, meaning = new Map<string, string>(), expected }) => {
    const current = { fields: { x: plan }, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
    const merged = mergeFromPsa([rule('x')], { x: psa }, current, meaning);
    const conflicts = expected.conflict ? [{ field: 'x', psa: expected.plan, plan }] : [];
    expect(merged).toEqual({
      fields: { x: expected.plan },
      base: { psa: { x: expected.base[0] }, plan: { x: expected.base[1] } },
      changed: expected.changed ? ['x'] : [],
      conflicts,
      psaChanged: psa !== 'A',
      write: expected.write,
    });
    expect(current).toEqual({ fields: { x: plan }, base: { psa: { x: 'A' }, plan: { x: 'A' } } });
  });

  test('fields are merged one by one', () => {
    const current = {
      fields: { x: 'P', y: 'A' },
      base: { psa: { x: 'A', y: 'A' }, plan: { x: 'A', y: 'A' } },
    };
    const merged = mergeFromPsa([rule('x'), rule('y')], { x: 'A', y: 'C' }, current, new Map());
    expect(merged.fields).toEqual({ x: 'P', y: 'C' });
    expect(merged.base).toEqual({ psa: { x: 'A', y: 'C' }, plan: { x: 'A', y: 'C' } });
    expect(merged.changed).toEqual(['y']);
  });

  describe('what counts as no change, where that is less than equality', () => {
    const sameLetter = (a?: Json, b?: Json) => String(a).toLowerCase() === String(b).toLowerCase();
    type Sameness = Pick<FieldRule<Row, Meaning>, 'samePsa' | 'samePlan'>;
    const both: Sameness = { samePsa: sameLetter };
    const cases: readonly (readonly [string, Sameness, string, string, string, boolean, boolean])[] = [
      ['the PSA calls it otherwise: shown anew, not taken for an edit', both, 'a', 'A', 'a', false, false],
      ['the plan calls it otherwise: no edit, nothing to write', both, 'A', 'a', 'a', false, false],
      ['both call it otherwise', both, 'a', 'a', 'a', false, false],
      ['the plan calls it otherwise, the PSA changed: no conflict', both, 'C', 'a', 'C', true, false],
      [
        'only the PSA is lenient: the plan edited it',
        { ...both, samePlan: Object.is },
        'C',
        'a',
        'C',
        true,
        true,
      ],
      ['only the plan is lenient: the PSA changed', { samePlan: sameLetter }, 'a', 'P', 'a', true, true],
      ['both changed, to what the plan calls the same', { samePlan: sameLetter }, 'P', 'p', 'P', true, false],
    ];
    test.each(cases)('%s', (_, sameness, psa, plan, expected, psaChanged, conflict) => {
      const current = { fields: { x: plan }, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
      const merged = mergeFromPsa([{ ...rule('x'), ...sameness }], { x: psa }, current, new Map());
      expect(merged.fields.x).toBe(expected);
      expect(merged.psaChanged).toBe(psaChanged);
      expect(merged.conflicts).toHaveLength(conflict ? 1 : 0);
    });

    test('an edit of the plan survives another name in the PSA', () => {
      const current = { fields: { x: 'P' }, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
      const merged = mergeFromPsa([{ ...rule('x'), ...both }], { x: 'a' }, current, new Map());
      expect(merged).toMatchObject({ fields: { x: 'P' }, base: current.base, write: false });
    });
  });

  test('fields that no rule names stay as they are', () => {
    const current = {
      fields: { x: 'A', mine: 1 },
      base: { psa: { x: 'A' }, plan: { x: 'A', other: 2 } },
    };
    const merged = mergeFromPsa([rule('x')], { x: 'C' }, current, new Map());
    expect(merged.fields).toEqual({ x: 'C', mine: 1 });
    expect(merged.base.plan).toEqual({ x: 'C', other: 2 });
  });

  test('a field that older records do not have yet is brought in', () => {
    const merged = mergeFromPsa(
      [rule('x')],
      { x: 'C' },
      { fields: {}, base: { psa: {}, plan: {} } },
      new Map(),
    );
    expect(merged.fields).toEqual({ x: 'C' });
    expect(merged.conflicts).toEqual([]);
  });
});

test('newFromPsa takes everything over, with bases that are its own', () => {
  const made = newFromPsa([rule('x'), rule('y')], { x: ' A', y: 'C' }, meansB);
  expect(made).toEqual({
    fields: { x: 'B', y: 'C' },
    base: { psa: { x: ' A', y: 'C' }, plan: { x: 'B', y: 'C' } },
    changed: ['x', 'y'],
    conflicts: [],
    psaChanged: true,
    write: true,
  });
  expect(made.base.plan).not.toBe(made.fields);
});

const fields = ['x', 'y', 'z'] as const;
const rules = fields.map(rule);
const value = fc.constantFrom('A', ' A', 'B', 'C', '');
const row = fc.record({ x: value, y: value, z: value });
const meaning = fc
  .dictionary(fc.constantFrom('A', 'B'), value)
  .map((entries): Meaning => new Map(Object.entries(entries)));
const current = fc.record({
  fields: row,
  base: fc.record({ psa: row, plan: row }),
});

describe('whatever the two sides hold', () => {
  test('merging the same again writes nothing', () => {
    fc.assert(
      fc.property(row, current, meaning, (shown, before, means) => {
        const once = mergeFromPsa(rules, shown, before, means);
        expect(mergeFromPsa(rules, shown, once, means).write).toBe(false);
        const made = newFromPsa(rules, shown, means);
        expect(mergeFromPsa(rules, shown, made, means).write).toBe(false);
      }),
    );
  });

  test('a plan edit survives as long as the PSA shows what it showed', () => {
    fc.assert(
      fc.property(row, row, meaning, meaning, (shown, edited, then, now) => {
        const paired = newFromPsa(rules, shown, then);
        const merged = mergeFromPsa(rules, shown, { fields: edited, base: paired.base }, now);
        for (const field of fields) {
          if (edited[field] !== paired.fields[field]) expect(merged.fields[field]).toBe(edited[field]);
        }
      }),
    );
  });

  test('bases move only to pairs that are equal through the mapping, and the plan shows them', () => {
    fc.assert(
      fc.property(row, current, meaning, (shown, before, means) => {
        const merged = mergeFromPsa(rules, shown, before, means);
        for (const field of fields) {
          const was = [before.base.psa[field], before.base.plan[field]];
          const is = [merged.base.psa[field], merged.base.plan[field]];
          if (was[0] === is[0] && was[1] === is[1]) continue;
          expect(is).toEqual([shown[field], toPlan(shown[field], means)]);
          expect(merged.fields[field]).toBe(is[1]);
        }
      }),
    );
  });

  test('every plan edit that is lost is named as a conflict with both values', () => {
    fc.assert(
      fc.property(row, current, meaning, (shown, before, means) => {
        const merged = mergeFromPsa(rules, shown, before, means);
        const lost = fields.filter(
          (field) =>
            before.fields[field] !== before.base.plan[field] && merged.fields[field] !== before.fields[field],
        );
        expect(merged.conflicts.map(({ field }) => field)).toEqual(lost);
        for (const { field, psa, plan } of merged.conflicts) {
          expect(psa).toBe(merged.fields[field]);
          expect(plan).toBe(before.fields[field as 'x']);
        }
      }),
    );
  });
});
