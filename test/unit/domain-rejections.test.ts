import { describe, expect, test } from 'vitest';
import type { Fields, PlanRecord, Rejected } from '../../src/domain/plan.ts';
import { type Refusal, rejectedAfter, withRefusals } from '../../src/domain/rejections.ts';

const before = new Date('2026-01-06T09:00:00Z');
const at = new Date('2026-01-06T10:00:00Z');
const base = { psa: {}, plan: { summary: 'A', budgetHours: 1 } };

function task(fields: Fields, refused?: Rejected['fields']): PlanRecord {
  const rejected = refused ? { rejected: { at: before, fields: refused } } : {};
  const facts = { version: 1, syncFence: 1, changedAt: before, changedBy: 'Ann' };
  return { id: 'x', projectId: 'p', kind: 'task', ...facts, fields, base, ...rejected };
}

const no = (value: string | number | null, words = 'Too odd.') => ({ value, words });
const untaken = (value: string | number) => no(value, 'accepted but not changed');

type Case = {
  readonly what: string;
  /** What is rejected before the merge. */
  readonly known?: Rejected['fields'];
  /** What the plan holds after it; the sides last agreed on summary A and 1 hour. */
  readonly fields: Fields;
  readonly untaken?: readonly string[];
  /** What is rejected after it; `none` where there was something and is nothing now, `as before` where nothing changes. */
  readonly after: Rejected['fields'] | 'none' | 'as before';
};

const cases: readonly Case[] = [
  { what: 'nothing was, nothing is', fields: { summary: 'B', budgetHours: 1 }, after: 'as before' },
  {
    what: 'the answer shows the old value',
    fields: { summary: 'B', budgetHours: 1 },
    untaken: ['summary'],
    after: { summary: untaken('B') },
  },
  {
    what: 'it still shows it: that was said already',
    known: { summary: untaken('B') },
    fields: { summary: 'B', budgetHours: 1 },
    untaken: ['summary'],
    after: 'as before',
  },
  {
    what: 'another value was not taken either',
    known: { summary: untaken('B') },
    fields: { summary: 'C', budgetHours: 1 },
    untaken: ['summary'],
    after: { summary: untaken('C') },
  },
  {
    what: 'what was refused in words is not taken now',
    known: { summary: no('B') },
    fields: { summary: 'B', budgetHours: 1 },
    untaken: ['summary'],
    after: { summary: untaken('B') },
  },
  {
    what: 'what was refused is still to be written',
    known: { summary: no('B') },
    fields: { summary: 'B', budgetHours: 1 },
    after: 'as before',
  },
  {
    what: 'it was edited again: the old refusal stays known',
    known: { summary: no('B') },
    fields: { summary: 'C', budgetHours: 1 },
    after: 'as before',
  },
  {
    what: 'both sides agree by now',
    known: { summary: no('B') },
    fields: { summary: 'A', budgetHours: 1 },
    after: 'none',
  },
  {
    what: 'they agree on one of two',
    known: { summary: no('B'), budgetHours: no(2) },
    fields: { summary: 'A', budgetHours: 2 },
    after: { budgetHours: no(2) },
  },
  {
    what: 'one more is not taken',
    known: { summary: no('B') },
    fields: { summary: 'B', budgetHours: 2 },
    untaken: ['budgetHours'],
    after: { summary: no('B'), budgetHours: untaken(2) },
  },
  {
    what: 'of two that were refused one is not taken now',
    known: { summary: no('B'), budgetHours: no(2) },
    fields: { summary: 'B', budgetHours: 2 },
    untaken: ['budgetHours'],
    after: { summary: no('B'), budgetHours: untaken(2) },
  },
  {
    what: 'one is settled and another is not taken',
    known: { summary: no('B') },
    fields: { summary: 'A', budgetHours: 2 },
    untaken: ['budgetHours'],
    after: { budgetHours: untaken(2) },
  },
  {
    what: 'what was not taken is given up in the same merge',
    fields: { summary: 'A', budgetHours: 1 },
    untaken: ['summary'],
    after: 'as before',
  },
  {
    what: 'that a field was emptied is not taken',
    fields: { summary: 'A' },
    untaken: ['budgetHours'],
    after: { budgetHours: no(null, 'accepted but not changed') },
  },
  {
    what: 'a refusal of the whole record ends when it is paired and nothing is to be written',
    known: { ticket: no(null) },
    fields: { summary: 'A', budgetHours: 1 },
    after: 'none',
  },
];

test.each(cases)('what is rejected after a merge: $what', ({ known, fields, untaken: not = [], after }) => {
  const expected = after === 'as before' ? {} : { rejected: after === 'none' ? null : { at, fields: after } };
  expect(
    rejectedAfter(task({ summary: 'before', budgetHours: 1 }, known), { fields, base, untaken: not }, at),
  ).toEqual(expected);
});

describe('what ConnectWise refused', () => {
  const refusal = (field: string, value: string | null, words = 'Too odd.'): Refusal => ({
    field,
    value,
    words,
  });

  test.each<{
    readonly what: string;
    readonly known?: Rejected['fields'];
    readonly refusals: readonly Refusal[];
    readonly fields: Rejected['fields'];
    readonly news: readonly string[];
  }>([
    {
      what: 'is news at first',
      refusals: [refusal('summary', 'B')],
      fields: { summary: no('B') },
      news: ['summary'],
    },
    {
      what: 'is none the second time',
      known: { summary: no('B') },
      refusals: [refusal('summary', 'B')],
      fields: { summary: no('B') },
      news: [],
    },
    {
      what: 'in other words is news',
      known: { summary: no('B') },
      refusals: [refusal('summary', 'B', 'Too long.')],
      fields: { summary: no('B', 'Too long.') },
      news: ['summary'],
    },
    {
      what: 'of another value is news',
      known: { summary: no('B') },
      refusals: [refusal('summary', null)],
      fields: { summary: no(null) },
      news: ['summary'],
    },
    {
      what: 'stands beside what was refused before',
      known: { summary: no('B') },
      refusals: [refusal('summary', 'B'), refusal('owner', null)],
      fields: { summary: no('B'), owner: no(null) },
      news: ['owner'],
    },
    {
      what: 'may be nothing',
      known: { summary: no('B') },
      refusals: [],
      fields: { summary: no('B') },
      news: [],
    },
  ])('$what', ({ known, refusals, fields, news }) => {
    const after = withRefusals(task({ summary: 'B' }, known), refusals, at);
    expect(after.rejected).toEqual({ at, fields });
    expect(after.news).toEqual(refusals.filter(({ field }) => news.includes(field)));
  });
});
