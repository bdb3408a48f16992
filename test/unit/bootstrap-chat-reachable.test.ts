import { expect, test } from 'vitest';
import { seenForMs, teamsReach } from '../../adapters/teams/reach.ts';
import { chatReachable } from '../../src/bootstrap/health.ts';
import type { ChatIdentity } from '../../src/ports/health-checks.ts';
import { HandClock } from '../support/hand-clock.ts';

test.each([
  ['both, both well', { slack: true, teams: true }, true, true, true],
  ['both, Teams not', { slack: true, teams: true }, true, false, false],
  ['both, Slack not', { slack: true, teams: true }, false, true, false],
  ['Teams alone', { teams: true }, false, true, true],
  ['Teams alone, not well', { teams: true }, true, false, false],
  ['Slack alone', { slack: true }, true, false, true],
  ['none', {}, true, true, false],
])('%s', async (_, configured, connected, teams, reachable) => {
  const slack = () => ({ connected }) as never;
  expect(await chatReachable(configured, { slack, teams: async () => teams })).toBe(reachable);
});

const failing = (error: object) => () => Promise.reject(error);

function reachWith(first: ChatIdentity) {
  const clock = new HandClock();
  const given = { identity: first, asked: 0 };
  const reach = teamsReach(clock, {
    async identity() {
      given.asked += 1;
      return given.identity;
    },
  });
  return { clock, given, ...reach };
}

test.each<[string, object, boolean]>([
  ['a chat that is gone', { statusCode: 404 }, true],
  ['a refusal of the token', { statusCode: 401 }, false],
  ['no token', { errorCode: 'invalid_client' }, false],
  ['a failure of Teams', { statusCode: 503 }, false],
  ['no answer', { code: 'ECONNREFUSED' }, false],
])('Teams counts by the last call: %s', async (_, error, works) => {
  const { given, watch, reachable, clock } = reachWith({ result: 'accepted', scopes: [] });
  expect(await watch(async () => 'well')).toBe('well');
  expect(await reachable()).toBe(true);
  await expect(watch(failing(error))).rejects.toBe(error);
  expect(await reachable()).toBe(works);
  expect(given.asked).toBe(0);
  await clock.advance(seenForMs);
  expect(await reachable()).toBe(true);
  expect(given.asked).toBe(1);
});

test('where nothing was sent of late a token is asked for, by one for all, once a minute', async () => {
  const { given, reachable, clock } = reachWith({ result: 'refused', reason: 'invalid_client' });
  expect(await Promise.all([reachable(), reachable()])).toEqual([false, false]);
  given.identity = { result: 'accepted', scopes: [] };
  expect(await reachable()).toBe(false);
  await clock.advance(seenForMs);
  expect(await reachable()).toBe(true);
  given.identity = { result: 'no-answer' };
  await clock.advance(seenForMs);
  expect(await reachable()).toBe(false);
  expect(given.asked).toBe(3);
});
