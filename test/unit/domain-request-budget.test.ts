import { expect, test } from 'vitest';
import { keptWithin } from '../../src/domain/request-budget.ts';

const most = { burst: 4 };

test.each([2, 2.5, 4, 8, 20, 200, 1_000])(
  '%d a second: no 10 s hold more than 10 times that, and 95 %% is used',
  (allowed) => {
    const { perSecond, burst } = keptWithin(allowed, most);
    expect(10 * perSecond + burst).toBeLessThanOrEqual(10 * allowed);
    expect(perSecond).toBeGreaterThanOrEqual(0.94 * allowed);
  },
);

test('the default uses 97 % of 8 a second', () => {
  expect(keptWithin(8, most)).toEqual({ perSecond: expect.closeTo(7.76), burst: 2 });
});

test.each([0.1, 0.5, 1])('%d a second still goes on, one by one', (allowed) => {
  expect(keptWithin(allowed, most)).toEqual({ perSecond: 0.95 * allowed, burst: 1 });
});
