import { describe, expect, test } from 'vitest';
import { taskFields } from '../../src/domain/inbound-fields.ts';
import { agreement, recognise, sharesItsKey } from '../../src/domain/unanswered.ts';
import { makePsaTicket } from '../support/make-psa-records.ts';

describe('a natural key of which something is left', () => {
  test.each([
    ['task', '201|Carry', '201|Carry all', true],
    ['task', '201|Carry', '202|Carry', true],
    ['task', '201|Carry', '202|Carry all', false],
    ['task', '201|a|b', '202|a|c', false],
    ['task', '|Carry', '|Carry all', false],
    ['event', '4711|12|09:00', '4711|13|10:00', true],
    ['timeLog', '4711|12|09:00', '4712|13|10:00', false],
    // There is nothing else to go by.
    ['phase', 'Prepare', 'Plan', true],
    ['ticketNote', 'a|b', 'c', true],
  ] as const)('%s: %s, %s: %s', (kind, key, other, expected) => {
    expect(sharesItsKey(kind, key, other)).toBe(expected);
  });
});

test('what was sent and is still so counts; what the PSA makes of other records does not', () => {
  const shown = makePsaTicket({ summary: 'Carry all', budgetHours: 3, actualHours: 2 });
  const status = { id: null, name: null, category: 'Not Started' };
  const sent = { summary: 'Carry', budgetHours: 3, actualHours: 2, status, owner: null };
  const context = {
    phaseId: () => undefined,
    taskId: () => undefined,
    meaning: () => ({ category: 'Not Started', revision: 1 }) as const,
  };
  expect(agreement(taskFields, sent, shown, context)).toBe(2);
});

describe('which record is which', () => {
  type Likeness = { readonly [intent: string]: { readonly [shown: string]: number } };
  const ask = (likeness: Likeness, shown: readonly string[]) => {
    const { found, unclear } = recognise(
      Object.keys(likeness),
      shown,
      (intent, one) => likeness[intent]?.[one],
    );
    return { found: Object.fromEntries(found), unclear: Object.fromEntries(unclear) };
  };

  test.each([
    ['the only one of the only one', { a: { r: 0 } }, { a: 'r' }, {}],
    ['none: surely not made', { a: {} }, {}, {}],
    ['one, and two that it may be', { a: { r: 1 }, b: { r: 1 } }, {}, { a: ['r'], b: ['r'] }],
    ['one that is more like the one', { a: { r: 2 }, b: { r: 1 } }, { a: 'r' }, {}],
    ['two, and one that both may be', { a: { r: 1, s: 1 } }, {}, { a: ['r', 's'] }],
    ['what is left when the clear ones are gone', { a: { r: 2, s: 1 }, b: { s: 1 } }, { a: 'r', b: 's' }, {}],
    [
      'each its own best, but not the other’s',
      { a: { r: 2, s: 2 }, b: { r: 1 } },
      {},
      { a: ['r', 's'], b: ['r'] },
    ],
  ])('%s', (_, likeness, found, unclear) => {
    expect(ask(likeness as unknown as Likeness, ['r', 's'])).toEqual({ found, unclear });
  });
});
