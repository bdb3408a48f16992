import { describe, expect, test } from 'vitest';
import { HintsInHand } from '../../adapters/bullmq/hints-in-hand.ts';
import { redisCheck } from '../../src/app/doctor/redis-check.ts';
import { composeTelemetry } from '../../src/bootstrap/compose.ts';
import { redisHealthOf } from '../../src/bootstrap/redis.ts';
import { type Config, readConfig } from '../../src/config.ts';

function configOf(env: NodeJS.ProcessEnv): Config {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.faults.join());
  return read.config;
}

test('the password in REDIS_URL is in no line of the log, also as it is written in the address', () => {
  const { redactor } = composeTelemetry(configOf({ REDIS_URL: 'redis://:se%2Fcret-word@redis.example' }));
  const line = redactor.redact('connect redis://:se%2Fcret-word@redis.example: se/cret-word refused');
  expect(line).not.toMatch(/cret-word/u);
});

describe('the check of Redis', () => {
  const signal = new AbortController().signal;
  const check = (version: string, evicts = false) =>
    redisCheck(async () => ({ version, evicts })).run(signal);

  test('there is none where REDIS_URL is not set', () => {
    expect(redisHealthOf(configOf({}))).toBeUndefined();
  });

  test.each([
    ['7.0.15', false, 'pass'],
    ['6.2.0', false, 'pass'],
    ['6.0.16', false, 'warn'],
    ['7.0.15', true, 'warn'],
  ] as const)('%s, evicting: %s', async (version, evicts, ok) => {
    const result = await check(version, evicts);
    expect(result.ok).toBe(ok);
    expect(result.next === undefined).toBe(ok === 'pass');
  });

  test('one that does not answer stops nothing: a warning, with what to do', async () => {
    const ask = redisHealthOf(configOf({ REDIS_URL: 'redis://:a-password@127.0.0.1:1' }));
    if (!ask) throw new Error('not asked');
    const result = await redisCheck(ask).run(signal);
    expect(result).toMatchObject({ ok: 'warn', words: expect.stringMatching(/nothing is lost/u) });
    expect(result.next).toMatch(/REDIS_URL/u);
  });
});

describe('hints in hand', () => {
  const hint = (n: number, prio: 0 | 1 | 2, kind: 'project' | 'scout' = 'project') =>
    ({ taskId: `t${n}`, kind, prio }) as const;

  test('what a person waits for first, then in the order in which they came; each lane its own', () => {
    const hands = new HintsInHand(() => {});
    for (const given of [hint(1, 0), hint(2, 1), hint(3, 1), hint(4, 2), hint(5, 0, 'scout')]) {
      void hands.take(given);
    }
    expect(hands.next('misc')).toBeUndefined();
    expect(hands.next('people')?.taskId).toBe('t4');
    expect(hands.next('people')).toBeUndefined();
    expect(
      ['projects', 'projects', 'projects', 'projects'].map(() => hands.next('projects')?.taskId),
    ).toEqual(['t2', 't3', 't1', undefined]);
    expect(hands.next('scout')?.taskId).toBe('t5');
  });

  test('one that is kept is the next of its kind again', () => {
    const hands = new HintsInHand(() => {});
    for (const given of [hint(1, 1), hint(2, 1)]) void hands.take(given);
    hands.next('projects')?.keep();
    expect(hands.next('projects')?.taskId).toBe('t1');
  });

  test('spent is spent; what is in hand or comes after the end is given back', async () => {
    const hands = new HintsInHand(() => {});
    const [first, second] = [hands.take(hint(1, 1)), hands.take(hint(2, 1))];
    hands.next('projects')?.spent();
    const tried = hands.next('projects');
    const third = hands.take(hint(3, 1));
    hands.close();
    tried?.keep();
    expect(await Promise.all([first, second, third, hands.take(hint(4, 1))])).toEqual([
      'spent',
      'given back',
      'given back',
      'given back',
    ]);
  });
});
