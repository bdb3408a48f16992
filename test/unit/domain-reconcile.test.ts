import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { blanksAsOne, type FieldRule, mergeFromPsa, newFromPsa } from '../../src/domain/reconcile.ts';

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

describe('the value from before our write is shown again', () => {
  const wrote = { by: 'cwsync', before: { x: 'A' } };
  const agreed = { fields: { x: 'B' }, base: { psa: { x: 'B' }, plan: { x: 'B' } } };
  const shown = (current: Parameters<typeof mergeFromPsa>[2], x = 'A', updatedBy: string | null = 'cwsync') =>
    mergeFromPsa([rule('x')], { x }, current, new Map(), { updatedBy });
  test('by our own member: it was put back, the plan keeps its value as an edit, and nobody changed anything', () => {
    expect(shown({ ...agreed, wrote })).toMatchObject({
      fields: { x: 'B' },
      base: { psa: { x: 'A' }, plan: { x: 'A' } },
      ...{ untaken: ['x'], changed: [], conflicts: [], psaChanged: false, write: true },
    });
  });
  test.each([
    ['by somebody', shown({ ...agreed, wrote }, 'A', 'areyes'), 'A'],
    ['by nobody knows whom', shown({ ...agreed, wrote }, 'A', null), 'A'],
    ['but not that value', shown({ ...agreed, wrote }, 'C'), 'C'],
    [
      'of a field that was not written',
      shown({ ...agreed, wrote: { by: 'cwsync', before: { y: 'A' } } }),
      'A',
    ],
    ['where nothing was written', shown(agreed), 'A'],
    ['while something is sent that is not answered', shown({ ...agreed, wrote, sent: { y: 'Q' } }), 'A'],
    [
      'in the answer to another write',
      mergeFromPsa([rule('x')], { x: 'A' }, { ...agreed, wrote }, new Map(), {
        ...{ updatedBy: 'cwsync', answerTo: { x: 'B' } },
      }),
      'A',
    ],
  ])('%s: an edit', (_, merged, value) => {
    expect(merged).toMatchObject({ fields: { x: value }, untaken: [], changed: ['x'], psaChanged: true });
  });
  test('the same value as both sides have is no news', () => {
    expect(shown({ ...agreed, wrote }, 'B').write).toBe(false);
  });
});

describe('mergeFromPsa', () => {
  test.each(cases)('$title', ({ psa, plan, meaning = new Map<string, string>(), expected }) => {
    const current = { fields: { x: plan }, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
    const merged = mergeFromPsa([rule('x')], { x: psa }, current, meaning);
    const conflicts = expected.conflict ? [{ field: 'x', psa: expected.plan, plan }] : [];
    expect(merged).toEqual({
      fields: { x: expected.plan },
      written: [],
      normalised: [],
      untaken: [],
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

/** Long enough that ConnectWise may have cut something to it. */
const long = 'x'.repeat(50);
const nearlyLong = 'x'.repeat(49);

type SentCase = {
  readonly title: string;
  /** The bases are A and A unless `base` says otherwise; the plan holds what was sent unless `plan` does. */
  readonly base?: string;
  readonly sent: string;
  readonly plan?: string;
  /** What ConnectWise showed directly before the write that this reading is the answer to; absent: any later reading. */
  readonly before?: string;
  readonly shown: string;
  readonly planWins?: true;
  readonly outcome: 'written' | 'normalised' | 'untaken' | 'an edit of the PSA' | 'still to be written';
  /** What the plan holds afterwards; what ConnectWise shows where absent. */
  readonly keeps?: string;
};

const sentCases: readonly SentCase[] = [
  // Read-back: equal, the old value, another value.
  { title: 'the answer shows it', sent: 'P', before: 'A', shown: 'P', outcome: 'written' },
  {
    title: 'the answer shows the old value: not taken, and still an edit of the plan',
    sent: 'P',
    before: 'A',
    shown: 'A',
    outcome: 'untaken',
    keeps: 'P',
  },
  {
    title: 'the answer shows the old value, which is longer and begins what was sent: not cut, not taken',
    base: long,
    sent: `${long} and more`,
    before: long,
    shown: long,
    outcome: 'untaken',
    keeps: `${long} and more`,
  },
  {
    title: 'the answer shows what the sides last agreed on instead of what was there: not taken',
    sent: 'P',
    before: 'C',
    shown: 'A',
    outcome: 'untaken',
    keeps: 'P',
  },
  {
    title: 'the plan wins, and the answer shows what it was to overwrite: not taken',
    sent: 'P',
    before: 'C',
    shown: 'C',
    planWins: true,
    outcome: 'untaken',
    keeps: 'P',
  },
  {
    title: 'the answer shows a third value: its form',
    sent: 'P',
    before: 'A',
    shown: 'Q',
    outcome: 'normalised',
  },
  {
    title: 'the answer shows a third value, and the plan was edited since: the edit stays one',
    sent: 'P',
    plan: 'E',
    before: 'A',
    shown: 'Q',
    outcome: 'normalised',
    keeps: 'E',
  },
  // Any later reading: the answer was lost, or came in another run.
  { title: 'it is shown later', sent: 'P', shown: 'P', outcome: 'written' },
  {
    title: 'it is shown later, and the plan was edited since: both bases move, the edit stays one',
    sent: 'P',
    plan: 'E',
    shown: 'P',
    outcome: 'written',
    keeps: 'E',
  },
  { title: 'it is shown later, trimmed', sent: ' P\n Q ', shown: 'P Q', outcome: 'normalised' },
  {
    title: 'it is shown later, trimmed to what was there before: there is nothing left to write',
    sent: ' A ',
    shown: 'A',
    outcome: 'normalised',
  },
  { title: 'it is shown later, cut', sent: `${long} and more`, shown: long, outcome: 'normalised' },
  {
    title: 'something too short to have been cut is shown later: somebody’s edit',
    sent: `${nearlyLong} and more`,
    shown: nearlyLong,
    outcome: 'an edit of the PSA',
  },
  {
    title: 'something long is shown later that what was sent only ends with: somebody’s edit',
    sent: `more and ${long}`,
    shown: long,
    outcome: 'an edit of the PSA',
  },
  {
    title: 'the old value is shown later: it was not written, and is to be',
    sent: 'P',
    shown: 'A',
    outcome: 'still to be written',
    keeps: 'P',
  },
  {
    title: 'the old value is shown later, which begins what was sent: it was not cut, and is to be written',
    base: long,
    sent: `${long} and more`,
    shown: long,
    outcome: 'still to be written',
    keeps: `${long} and more`,
  },
  {
    title: 'a third value is shown later: somebody’s edit',
    sent: 'P',
    shown: 'C',
    outcome: 'an edit of the PSA',
  },
];

const optionsOf = ({ before, planWins }: SentCase) => ({
  ...(before === undefined ? {} : { answerTo: { x: before } }),
  ...(planWins ? { planWins: () => true } : {}),
});

describe('what was sent to ConnectWise', () => {
  /** As it is, so that blanks count. */
  const plain: FieldRule<Row, null> = { field: 'x', psa: (row) => row.x ?? null, toPlan: (value) => value };

  test.each(sentCases)('$title', (given) => {
    const { base = 'A', sent, plan = sent, shown, outcome, keeps = shown } = given;
    const current = { fields: { x: plan }, base: { psa: { x: base }, plan: { x: base } }, sent: { x: sent } };
    const merged = mergeFromPsa([plain], { x: shown }, current, null, optionsOf(given));
    const [isOurs, isTheirs] = [
      ['written', 'normalised'].includes(outcome),
      outcome === 'an edit of the PSA',
    ];
    expect(merged).toEqual({
      fields: { x: keeps },
      base: isOurs || isTheirs ? { psa: { x: shown }, plan: { x: shown } } : current.base,
      changed: isTheirs ? ['x'] : [],
      conflicts: isTheirs ? [{ field: 'x', psa: shown, plan }] : [],
      written: outcome === 'written' ? ['x'] : [],
      normalised: outcome === 'normalised' ? [{ field: 'x', sent, shown }] : [],
      untaken: outcome === 'untaken' ? ['x'] : [],
      psaChanged: !isOurs && shown !== base,
      write: isOurs || isTheirs,
    });
  });

  test.each([
    ['a number', 1, 2],
    ['a text that was a number', '1', 1],
    ['nothing', null, 'P'],
    ['a long text where there was to be a number', long, 7],
  ] as const)('only a text can be trimmed or cut: %s is somebody’s edit', (_, shown, sent) => {
    const rule: FieldRule<{ readonly x: Json }, null> = {
      field: 'x',
      psa: ({ x }) => x,
      toPlan: (value) => value,
    };
    const current = { fields: { x: sent }, base: { psa: { x: 'A' }, plan: { x: 'A' } }, sent: { x: sent } };
    const merged = mergeFromPsa([rule], { x: shown }, current, null);
    expect(merged).toMatchObject({ fields: { x: shown }, changed: ['x'], written: [], normalised: [] });
  });

  test('a field that was emptied, and is', () => {
    const rule: FieldRule<{ readonly x: Json }, null> = {
      field: 'x',
      psa: ({ x }) => x,
      toPlan: (value) => value,
    };
    const current = { fields: { x: null }, base: { psa: { x: 'A' }, plan: { x: 'A' } }, sent: { x: null } };
    const merged = mergeFromPsa([rule], { x: null }, current, null, { answerTo: { x: 'A' } });
    expect(merged).toMatchObject({
      written: ['x'],
      conflicts: [],
      base: { psa: { x: null }, plan: { x: null } },
    });
  });

  test('is compared as the field is: another name is no other value, and the plan takes it', () => {
    const ref: FieldRule<Row, null> = {
      ...plain,
      toPlan: (value) => `plan ${value}`,
      samePsa: (a, b) => String(a)[0] === String(b)[0],
      samePlan: (a, b) => String(a)[5] === String(b)[5],
    };
    const current = {
      fields: { x: 'plan P' },
      base: { psa: { x: 'A' }, plan: { x: 'plan A' } },
      sent: { x: 'P' },
    };
    const merged = mergeFromPsa([ref], { x: 'Peter' }, current, null);
    expect(merged).toMatchObject({
      fields: { x: 'plan Peter' },
      base: { psa: { x: 'Peter' }, plan: { x: 'plan Peter' } },
      written: ['x'],
      normalised: [],
    });
  });

  test('of one field says nothing of the others', () => {
    const both = [plain, { ...plain, field: 'y', psa: (row: Row) => row.y ?? null }];
    const current = {
      fields: { x: 'P', y: 'A' },
      base: { psa: { x: 'A', y: 'A' }, plan: { x: 'A', y: 'A' } },
      sent: { x: 'P' },
    };
    const answered = mergeFromPsa(both, { x: 'A', y: 'C' }, current, null, { answerTo: { x: 'A', y: 'A' } });
    expect(answered).toMatchObject({
      untaken: ['x'],
      changed: ['y'],
      fields: { x: 'P', y: 'C' },
      conflicts: [],
    });
  });
});

describe('who wins where both sides changed a field, to different values', () => {
  const current = {
    fields: { x: 'P', y: 'P' },
    base: { psa: { x: 'A', y: 'A' }, plan: { x: 'A', y: 'A' } },
  };

  test('the plan, where it is said to: it stays an edit until it is written', () => {
    const options = { planWins: (field: string) => field === 'x' };
    const merged = mergeFromPsa([rule('x'), rule('y')], { x: 'C', y: 'C' }, current, new Map(), options);
    expect(merged).toMatchObject({
      fields: { x: 'P', y: 'C' },
      base: { psa: { x: 'A', y: 'C' }, plan: { x: 'A', y: 'C' } },
      conflicts: [{ field: 'y', psa: 'C', plan: 'P' }],
      changed: ['y'],
      psaChanged: true,
    });
  });

  test.each([
    ['only ConnectWise changed it', 'A', 'C', 'C'],
    ['both changed it to the same', 'C', 'C', 'C'],
    ['only the plan changed it', 'P', 'A', 'P'],
  ])('nobody has to: %s', (_, plan, shown, expected) => {
    const one = { fields: { x: plan }, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
    const merged = mergeFromPsa([rule('x')], { x: shown }, one, new Map(), { planWins: () => true });
    expect(merged).toMatchObject({ fields: { x: expected }, conflicts: [] });
  });

  test.each([
    ['also where the plan wins', 'C', 'C', [{ field: 'x', psa: 'C', plan: 'P' }]],
    ['also where only the plan changed it', 'A', 'A', [{ field: 'x', psa: 'A', plan: 'P' }]],
  ])('the PSA, where the plan’s value means nothing any more: %s', (_, shown, expected, conflicts) => {
    const one = { fields: { x: 'P' }, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
    const options = { planWins: () => true, lost: new Set(['x']) };
    const merged = mergeFromPsa([rule('x')], { x: shown }, one, new Map(), options);
    expect(merged).toMatchObject({ fields: { x: expected }, conflicts, write: true });
  });

  test('a value that the plan has lost is none in the conflict', () => {
    const lost = { fields: {}, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
    const merged = mergeFromPsa([rule('x')], { x: 'C' }, lost, new Map());
    expect(merged.conflicts).toEqual([{ field: 'x', psa: 'C', plan: null }]);
  });
});

test('a value that ConnectWise makes of other records is nobody’s edit, and is taken all the same', () => {
  const current = { fields: { x: 'A' }, base: { psa: { x: 'A' }, plan: { x: 'A' } } };
  const merged = mergeFromPsa([{ ...rule('x'), derived: true }], { x: 'C' }, current, new Map());
  expect(merged).toMatchObject({ fields: { x: 'C' }, changed: ['x'], psaChanged: false, write: true });
});

test.each([
  ['  a\n\t b  c ', 'a b c'],
  ['abc', 'abc'],
  [' ', ''],
])('blanks as one: %j', (given, expected) => {
  expect(blanksAsOne(given)).toBe(expected);
});

test('newFromPsa takes everything over, with bases that are its own', () => {
  const made = newFromPsa([rule('x'), rule('y')], { x: ' A', y: 'C' }, meansB);
  expect(made).toEqual({
    fields: { x: 'B', y: 'C' },
    written: [],
    normalised: [],
    untaken: [],
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
