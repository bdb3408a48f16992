import { beforeEach, describe, expect, test } from 'vitest';
import { KeyGate, keysAgainMs } from '../../adapters/teams/key-gate.ts';
import { HandClock } from '../support/hand-clock.ts';

const unreachable = Object.assign(new Error('getaddrinfo'), { name: 'FetchError' });
const notThere = Object.assign(new Error('Failed to load Keys'), { statusCode: 500 });
const forged = Object.assign(new Error('invalid signature'), { statusCode: 401 });

let clock: HandClock;
let gate: KeyGate;
let judged: number;
beforeEach(() => {
  clock = new HandClock();
  gate = new KeyGate(clock);
  judged = 0;
});

const knock = (end: 'good' | Error) =>
  gate.through(async (good) => {
    judged += 1;
    if (end !== 'good') throw end;
    good();
  });

describe('Microsoft is asked for its keys', () => {
  test.each([unreachable, notThere])('once in a while where they cannot be had: %s', async (trouble) => {
    const flood = Array.from({ length: 50 }, () => knock(trouble));
    const ended = await Promise.allSettled(flood);
    expect(ended.every(({ status }) => status === 'rejected')).toBe(true);
    expect(judged).toBe(1);
    await clock.advance(keysAgainMs - 1);
    await expect(knock('good')).rejects.toThrow('could not be had a moment ago');
    await clock.advance(1);
    await knock('good');
    expect(judged).toBe(2);
  });

  test('by one at a time until they are there, and then nobody waits', async () => {
    const first = Promise.withResolvers<void>();
    const order: string[] = [];
    const slow = gate.through(async (good) => {
      order.push('first');
      good();
      await first.promise;
    });
    await knock('good');
    order.push('second');
    first.resolve();
    await slow;
    expect(order).toEqual(['first', 'second']);
  });

  test('no less for tokens that are forged, or for what goes wrong behind them', async () => {
    await expect(knock(forged)).rejects.toBe(forged);
    await knock('good');
    const behind = gate.through(async (good) => {
      good();
      throw unreachable;
    });
    await expect(behind).rejects.toBe(unreachable);
    await knock('good');
    expect(judged).toBe(3);
  });
});
