import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { slackClient } from '../../adapters/slack/api.ts';
import { backOffMs } from '../../adapters/slack/back-off.ts';
import { slackDirectory } from '../../adapters/slack/directory.ts';
import { slackIdentity } from '../../adapters/slack/identity.ts';
import { HandClock } from '../support/hand-clock.ts';
import { HttpStandIn } from '../support/http-stand-in.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';

let slack: HttpStandIn;
let clock: HandClock;
let logger: RecordingLogger;
beforeEach(async () => {
  slack = await HttpStandIn.start();
  clock = new HandClock();
  logger = new RecordingLogger();
});
afterEach(async () => {
  slack.verify();
  await slack.stop();
});

const api = (method: string, json: object, rest: object = {}): void =>
  slack.expect({ method: 'POST', path: `/api/${method}` }, { json, ...rest });
const client = () => slackClient({ botToken: 'xoxb-1', apiUrl: `${slack.url}/api/`, logger });
const known = { known: async () => ({ team: 'T1', user: 'UBOT' }) };
const directory = () => slackDirectory({ client: client(), identity: known, clock });
const ann = { platform: 'slack', tenant: 'T1', userId: 'U1' } as const;
const channel = { platform: 'slack', tenant: 'T1', conversation: 'C1' } as const;
const user = (more: object = {}) => ({ ok: true, user: { id: 'U1', team_id: 'T1', name: 'ann', ...more } });

describe('the directory', () => {
  test('a person is kept for ten minutes, a conversation for one', async () => {
    const { person, conversation } = directory();
    api('users.info', user());
    api('conversations.info', { ok: true, channel: { name: 'c', is_member: true } });
    await Promise.all([person(ann), person(ann), conversation(channel)]);
    await clock.advance(59_999);
    await conversation(channel);
    await clock.advance(1);
    api('conversations.info', { ok: true, channel: { name: 'c', is_member: false } });
    expect(await conversation(channel)).toMatchObject({ member: false });
    await clock.advance(9 * 60_000 - 1);
    await person(ann);
    await clock.advance(1);
    api('users.info', user({ is_restricted: true }));
    expect(await person(ann)).toMatchObject({ guest: true });
  });

  test.each([
    [{ is_restricted: true }, { guest: true, stranger: false }],
    [{ is_ultra_restricted: true }, { guest: true, stranger: false }],
    [{ is_stranger: true }, { guest: false, stranger: true }],
    [{ team_id: 'T2' }, { guest: false, stranger: true }],
    [{ is_bot: true }, { bot: true }],
    [
      { tz: 'Europe/Berlin', profile: { email: 'a@b.example' } },
      { timeZone: 'Europe/Berlin', email: 'a@b.example' },
    ],
    [{ profile: { display_name: '', real_name: 'Ann' } }, { name: 'Ann' }],
    [{ name: undefined }, { name: 'U1' }],
  ])('%j is %j', async (given, facts) => {
    api('users.info', user(given));
    expect(await directory().person(ann)).toMatchObject(facts);
  });

  test.each([
    [{ is_ext_shared: true, is_shared: true }, true],
    [{ is_pending_ext_shared: true }, true],
    [{ is_shared: true }, true],
    [{ is_shared: true, is_org_shared: true }, false],
    [{}, false],
  ])('a conversation with %j: external is %s', async (given, external) => {
    api('conversations.info', { ok: true, channel: { name: 'c', ...given } });
    expect(await directory().conversation(channel)).toMatchObject({ external });
  });

  test('direct messages are told without asking Slack, which tells nothing of them', async () => {
    const facts = await directory().conversation({ ...channel, conversation: 'D1' });
    expect(facts).toMatchObject({ direct: true, member: false });
  });

  describe('whether guests read along', () => {
    const members = (ids: readonly string[], next = '') =>
      api('conversations.members', { ok: true, members: ids, response_metadata: { next_cursor: next } });
    const guestsOf = async () => await directory().guests?.(channel);

    test.each([
      [{}, '', false],
      [{}, 'more', undefined],
      [{ is_restricted: true }, 'more', true],
      [{ is_ultra_restricted: true }, '', true],
      [{ is_stranger: true }, '', true],
    ])('a member that is %j, with more behind “%s”: %s', async (given, next, guests) => {
      members(['U1'], next);
      api('users.info', user(given));
      expect(await guestsOf()).toBe(guests);
    });

    test('is not known where Slack refuses', async () => {
      api('conversations.members', { ok: false, error: 'missing_scope' });
      expect(await guestsOf()).toBeUndefined();
    });

    test('is not known where Slack takes longer than a form may wait', async () => {
      let asked = () => {};
      const began = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const never = {
        conversations: {
          members: () => {
            asked();
            return new Promise(() => {});
          },
        },
      } as unknown as ReturnType<typeof client>;
      const answer = slackDirectory({ client: never, identity: known, clock }).guests?.(channel);
      await began;
      await clock.advance(1_000);
      expect(await answer).toBeUndefined();
    });
  });

  test.each([
    ['invalid_auth', 'chat.auth'],
    ['missing_scope', 'chat.auth'],
    ['internal_error', 'internal'],
  ])('%s is told as %s and not kept', async (error, code) => {
    const { person } = directory();
    api('users.info', { ok: false, error });
    await expect(person(ann)).rejects.toMatchObject({ failure: { code } });
    api('users.info', user());
    expect(await person(ann)).toMatchObject({ name: 'ann' });
  });
});

describe('who the bot is', () => {
  const identity = () => slackIdentity({ client: client(), clock, ids: countingIds(), logger });
  const settled = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };

  test('is asked until Slack answers, and again every five minutes', async () => {
    const me = identity();
    const over = new AbortController();
    api('auth.test', {}, { status: 503 });
    const watching = me.watch(over.signal);
    await settled(() => clock.sleepers === 1);
    expect(me.current()).toBeUndefined();
    expect(me.lastError()).toBeDefined();
    api('auth.test', { ok: true, team_id: 'T1', user_id: 'UBOT' });
    await clock.advance(1_000);
    await settled(() => clock.sleepers === 1);
    expect(me.current()).toMatchObject({ team: 'T1', user: 'UBOT' });
    expect(me.lastError()).toBeUndefined();
    api('auth.test', { ok: false, error: 'token_revoked' });
    await clock.advance(5 * 60_000);
    await settled(() => clock.sleepers === 1);
    expect(me.lastError()).toBe('token_revoked');
    expect(me.current()).toMatchObject({ team: 'T1' });
    expect(logger.messages()).toContain('Slack refuses SLACK_BOT_TOKEN: renew it');
    // Not a second later: a refused token stays refused.
    await clock.advance(59_000);
    over.abort();
    await watching;
    expect(slack.calls).toHaveLength(3);
  });

  test('the scopes of the token are read where Slack tells them', async () => {
    const headers = { 'x-oauth-scopes': 'commands,chat:write' };
    api('auth.test', { ok: true, team_id: 'T1', user_id: 'UBOT' }, { headers });
    expect(await identity().known()).toEqual({
      team: 'T1',
      user: 'UBOT',
      scopes: ['commands', 'chat:write'],
    });
  });
});

test.each([
  [1, 0, 500],
  [1, 1, 1_000],
  [3, 0.5, 3_000],
  [99, 1, 30_000],
])('after %i failures, by chance %d: %i ms', (failures, random, ms) => {
  expect(backOffMs(failures, random)).toBe(ms);
});
