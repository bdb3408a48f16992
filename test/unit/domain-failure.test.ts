import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backoffLimits,
  decide,
  type FailureCode,
  FailureError,
  failureRules,
} from '../../src/domain/failure.ts';

/** The table of the product page, written down a second time. */
const table: readonly (readonly [FailureCode, side: string, heals: string, scope: string])[] = [
  ['cw.auth', 'ConnectWise', 'no', 'integration'],
  ['cw.permission', 'ConnectWise', 'no', 'entity kind'],
  ['cw.rate-limited', 'ConnectWise', 'yes', 'integration'],
  ['cw.unavailable', 'ConnectWise', 'yes', 'integration'],
  ['cw.project-missing', 'ConnectWise', 'no', 'project'],
  ['cw.rejected', 'ConnectWise', 'no', 'one record'],
  ['cw.unexpected-response', 'ConnectWise', 'unknown', 'run'],
  ['plan.mass-deletion', 'ConnectWise data', 'no', 'project'],
  ['plan.outside-phase', 'plan', 'no', 'one task'],
  ['sync.lost', 'cwsync', 'yes', 'run'],
  ['sync.too-slow', 'cwsync', 'yes', 'run'],
  ['sync.worker-down', 'cwsync', 'yes', 'all'],
  ['store.unavailable', 'MongoDB', 'yes', 'all'],
  ['chat.delivery-blocked', 'chat', 'no', 'channel'],
  ['chat.auth', 'chat', 'no', 'platform'],
  ['internal', 'cwsync', 'unknown', 'run'],
];

describe('the table of failures', () => {
  test('has these codes and no others', () => {
    expect(Object.keys(failureRules).sort()).toEqual(table.map(([code]) => code).sort());
  });

  test.each(table)('%s: side %s, heals itself: %s, scope %s', (code, side, heals, scope) => {
    const rule = failureRules[code];
    expect([rule.side, rule.heals, rule.scope]).toEqual([side, heals, scope]);
    expect(rule.what).toMatch(/\w.*\.$/u);
    expect(rule.next).toMatch(/\w.*\.$/u);
  });
});

describe('decide', () => {
  test.each(table)('%s', (code, _side, heals) => {
    const decision = decide({ code }, 0, 0.5);
    if (heals === 'no') expect(decision).toEqual({ action: 'needs-attention' });
    else
      expect(decision).toEqual({
        action: 'retry',
        delayMs: 5_000,
        countsAttempt: code !== 'cw.rate-limited',
      });
  });

  test.each([
    [0, 10_000],
    [1, 20_000],
    [2, 40_000],
    [6, 640_000],
    [7, 900_000],
    [1_000, 900_000],
    [Number.MAX_SAFE_INTEGER, 900_000],
  ])('after %i failed attempts the delay lies below %i ms', (attempts, bound) => {
    const almost = decide({ code: 'cw.unavailable' }, attempts, 1 - 1e-9);
    expect(almost).toMatchObject({ action: 'retry', delayMs: bound - 1 });
    expect(decide({ code: 'cw.unavailable' }, attempts, 0)).toMatchObject({ delayMs: 0 });
  });

  test('the delay is a whole number between 0 and the limit, never below what ConnectWise asked for', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 3_600_000 }), { nil: undefined }),
        (attempts, random, retryAfterMs) => {
          const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
          const decision = decide({ code: 'cw.rate-limited', ...asked }, attempts, random);
          if (decision.action !== 'retry') throw new Error('a rate limit heals by itself');
          expect(Number.isInteger(decision.delayMs)).toBe(true);
          expect(decision.delayMs).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
          expect(decision.delayMs).toBeLessThanOrEqual(Math.max(backoffLimits.maxMs, retryAfterMs ?? 0));
        },
      ),
    );
  });
});

test('FailureError carries the record and says it in words', () => {
  const failure = { code: 'cw.rejected', message: 'The due date was refused.' } as const;
  const error = new FailureError(failure);
  expect(error.failure).toBe(failure);
  expect(error.message).toBe('cw.rejected: The due date was refused.');
  expect(new FailureError({ code: 'cw.auth' }).message).toContain(failureRules['cw.auth'].what);
});
