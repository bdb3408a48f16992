import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { slackClient } from '../../adapters/slack/api.ts';
import { slackDelivery } from '../../adapters/slack/delivery.ts';
import type { MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { HandClock } from '../support/hand-clock.ts';
import { HttpStandIn } from '../support/http-stand-in.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const reply: Reply = {
  summary: 'Office move: <Idle>',
  blocks: [{ block: 'text', text: [{ part: 'text', text: 'Idle' }] }],
};

let slack: HttpStandIn;
let clock: HandClock;
beforeEach(async () => {
  slack = await HttpStandIn.start();
  clock = new HandClock();
});
afterEach(async () => {
  slack.verify();
  await slack.stop();
});

const send = (handle: MessageHandle) => deliveryNow().send(handle, reply);
function deliveryNow() {
  const logger = new RecordingLogger();
  const client = slackClient({ botToken: 'xoxb-secret', apiUrl: `${slack.url}/api/`, logger });
  return slackDelivery({ client, clock });
}

const response = (given: Partial<Record<string, string | number | boolean>> = {}): MessageHandle => ({
  platform: 'slack',
  via: 'response',
  url: `${slack.url}/hook`,
  expiresAt: clock.now().getTime() + 25 * 60_000,
  usesLeft: 5,
  replace: false,
  user: 'U1',
  ...given,
});
const message: MessageHandle = { platform: 'slack', via: 'message', channel: 'D1', ts: '1.2', user: 'U1' };
const direct = { platform: 'slack', via: 'message', channel: 'D9', ts: '9.1', user: 'U1' };

const hook = (status = 200, headers: Record<string, string> = {}): void =>
  slack.expect({ method: 'POST', path: '/hook' }, { status, headers, text: 'ok' });
const api = (method: string, json: object, rest: object = {}): void =>
  slack.expect({ method: 'POST', path: `/api/${method}` }, { json, ...rest });
function directMessage(): void {
  api('conversations.open', { ok: true, channel: { id: 'D9' } });
  api('chat.postMessage', { ok: true, channel: 'D9', ts: '9.1' });
}
const paths = (): readonly string[] => slack.calls.map(({ path }) => path);
const hookBodies = (): object[] =>
  slack.calls.filter(({ path }) => path === '/hook').map(({ body }) => JSON.parse(body) as object);
const form = (at: number): URLSearchParams => new URLSearchParams(slack.calls[at]?.body);

describe('by response_url', () => {
  test('five times, the later ones in place of the first, then by direct message', async () => {
    for (let n = 0; n < 5; n += 1) hook();
    directMessage();
    let handle = response();
    for (let n = 0; n < 6; n += 1) {
      const delivered = await send(handle);
      if (delivered.result !== 'sent') throw new Error(delivered.reason);
      handle = delivered.handle;
    }
    expect(hookBodies()).toHaveLength(5);
    expect(hookBodies()[0]).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
      text: 'Office move: &lt;Idle&gt;',
      blocks: [{ type: 'section' }],
    });
    for (const body of hookBodies().slice(1)) expect(body).toMatchObject({ replace_original: true });
    expect(handle).toEqual(direct);
  });

  test('the answer to a press takes the place of the message it was pressed in', async () => {
    hook();
    await send(response({ replace: true }));
    expect(hookBodies()).toMatchObject([{ replace_original: true }]);
  });

  test('of a press in a message that stays: never in its place, however often', async () => {
    hook();
    hook();
    const first = await send(response({ beside: true }));
    if (first.result !== 'sent') throw new Error(first.reason);
    await send(first.handle);
    expect(hookBodies()).toMatchObject([{ replace_original: false }, { replace_original: false }]);
  });

  test('the token does not go to a response_url', async () => {
    hook();
    await send(response());
    expect(JSON.stringify(slack.calls.map(({ headers, body }) => [headers, body]))).not.toContain(
      'xoxb-secret',
    );
  });

  test.each([
    ['just before', 25 * 60_000 - 1, ['/hook']],
    ['at', 25 * 60_000, ['/api/conversations.open', '/api/chat.postMessage']],
  ])('%s its expiry', async (_, ms, expected) => {
    const handle = response();
    await clock.advance(ms);
    if (expected.length === 1) hook();
    else directMessage();
    expect(await send(handle)).toMatchObject({ result: 'sent' });
    expect(paths()).toEqual(expected);
  });

  test('404: it is used up at Slack; a direct message is sent instead', async () => {
    hook(404);
    directMessage();
    expect(await send(response())).toEqual({ result: 'sent', handle: direct, as: 'direct' });
  });

  test.each([
    ['7', 7_000],
    ['', 1_000],
    ['soon', 1_000],
  ])('429 with Retry-After %j: failed for %i ms', async (seconds, retryAfterMs) => {
    hook(429, seconds === '' ? {} : { 'retry-after': seconds });
    expect(await send(response())).toEqual({ result: 'failed', reason: 'too many answers', retryAfterMs });
  });

  test.each([
    [500, 'failed'],
    [503, 'failed'],
    [400, 'gone'],
    [403, 'gone'],
  ])('%i: %s', async (status, result) => {
    hook(status);
    expect(await send(response())).toMatchObject({ result, reason: `the response_url answered ${status}` });
  });

  test('no answer: failed, and the address is not told', async () => {
    slack.expect({ method: 'POST', path: '/hook' }, 'reset');
    expect(await send(response())).toEqual({
      result: 'failed',
      reason: 'the response_url did not answer',
    });
  });

  test('a redirect is not followed', async () => {
    hook(302, { location: `${slack.url}/elsewhere` });
    expect(await send(response())).toMatchObject({ result: 'failed' });
    expect(paths()).toEqual(['/hook']);
  });
});

describe('by direct message', () => {
  const spent = (): MessageHandle => response({ usesLeft: 0 });

  test('to the person, with blocks and fallback text', async () => {
    directMessage();
    expect(await send(spent())).toEqual({ result: 'sent', handle: direct, as: 'direct' });
    expect(form(0).get('users')).toBe('U1');
    expect(form(1).get('channel')).toBe('D9');
    expect(form(1).get('text')).toBe('Office move: &lt;Idle&gt;');
    expect(JSON.parse(form(1).get('blocks') ?? '')).toMatchObject([{ type: 'section' }]);
    expect(slack.calls[1]?.headers.authorization).toBe('Bearer xoxb-secret');
  });

  test.each([
    ['user_not_found', { result: 'gone' }],
    ['cannot_dm_bot', { result: 'gone', touches: 'channel' }],
    ['account_inactive', { result: 'gone', touches: 'platform' }],
    ['invalid_auth', { result: 'gone', touches: 'platform' }],
    ['missing_scope', { result: 'gone', touches: 'platform' }],
    ['internal_error', { result: 'failed' }],
    ['fatal_error', { result: 'failed' }],
  ])('conversations.open: %s is %j', async (error, outcome) => {
    api('conversations.open', { ok: false, error });
    expect(await send(spent())).toEqual({ ...outcome, reason: error });
  });

  test('429: failed, asked once, with the time that Slack names', async () => {
    api('conversations.open', { ok: true, channel: { id: 'D9' } });
    api('chat.postMessage', {}, { status: 429, headers: { 'retry-after': '12' } });
    expect(await send(spent())).toEqual({
      result: 'failed',
      reason: 'too many messages',
      retryAfterMs: 12_000,
    });
  });

  test.each([500, 502])('%i: failed, asked once', async (status) => {
    api('conversations.open', {}, { status });
    expect(await send(spent())).toMatchObject({ result: 'failed' });
    expect(slack.calls).toHaveLength(1);
  });

  test('a connection that breaks is failed, and the post is not repeated', async () => {
    api('conversations.open', { ok: true, channel: { id: 'D9' } });
    slack.expect({ method: 'POST', path: '/api/chat.postMessage' }, 'reset');
    expect(await send(spent())).toMatchObject({ result: 'failed' });
    expect(slack.calls).toHaveLength(2);
  });
});

describe('editing', () => {
  test('keeps the handle', async () => {
    api('chat.update', { ok: true });
    expect(await send(message)).toEqual({ result: 'sent', handle: message, as: 'direct' });
    expect([form(0).get('channel'), form(0).get('ts')]).toEqual(['D1', '1.2']);
  });

  test.each(['message_not_found', 'cant_update_message', 'edit_window_closed'])(
    '%s: a new message is sent',
    async (error) => {
      api('chat.update', { ok: false, error });
      directMessage();
      expect(await send(message)).toEqual({ result: 'sent', handle: direct, as: 'direct' });
    },
  );

  test.each([
    ['channel_not_found', { result: 'gone', touches: 'channel' }],
    ['not_in_channel', { result: 'gone', touches: 'channel' }],
    ['is_archived', { result: 'gone', touches: 'channel' }],
    ['restricted_action_read_only_channel', { result: 'gone', touches: 'channel' }],
    ['token_revoked', { result: 'gone', touches: 'platform' }],
    ['invalid_blocks', { result: 'gone' }],
    ['service_unavailable', { result: 'failed' }],
  ])('%s: %j, and no new message', async (error, outcome) => {
    api('chat.update', { ok: false, error });
    expect(await send(message)).toEqual({ ...outcome, reason: error });
  });
});

describe('where there is no message', () => {
  const trigger: MessageHandle = { platform: 'slack', via: 'trigger', user: 'U1', trigger: 't1' };
  const modal: MessageHandle = { platform: 'slack', via: 'modal', user: 'U1', view: 'V1', hash: 'h1' };
  const view = (at: number) => JSON.parse(form(at).get('view') ?? '') as { type: string; blocks: object[] };

  test('a press on the Home tab is answered in a modal', async () => {
    api('views.open', { ok: true, view: { id: 'V1', hash: 'h1' } });
    const handle = { platform: 'slack', via: 'modal', user: 'U1', view: 'V1' };
    expect(await send(trigger)).toEqual({ result: 'sent', handle, as: 'private' });
    expect(form(0).get('trigger_id')).toBe('t1');
    expect(view(0)).toMatchObject({ type: 'modal', blocks: [{ type: 'section' }] });
  });

  test.each(['expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id', 'invalid_arguments'])(
    'by direct message where it cannot be opened: %s',
    async (error) => {
      api('views.open', { ok: false, error });
      directMessage();
      expect(await send(trigger)).toEqual({ result: 'sent', handle: direct, as: 'direct' });
    },
  );

  test('a modal is edited, whatever it showed before', async () => {
    api('views.update', { ok: true, view: { id: 'V1', hash: 'h2' } });
    expect(await send(modal)).toMatchObject({ result: 'sent', as: 'private' });
    expect(form(0).get('hash')).toBeNull();
  });

  test('by direct message where it is closed', async () => {
    api('views.update', { ok: false, error: 'not_found' });
    directMessage();
    expect(await send(modal)).toEqual({ result: 'sent', handle: direct, as: 'direct' });
  });

  test.each(['response', 'trigger', 'modal', 'home'])('the Home tab, by a handle via %s', async (via) => {
    api('views.publish', { ok: true });
    const handles = {
      response: response(),
      trigger,
      modal,
      home: { platform: 'slack', via, user: 'U1' } as const,
    };
    const sent = await deliveryNow().send(handles[via as keyof typeof handles], {
      ...reply,
      surface: 'home',
    });
    const handle = { platform: 'slack', via: 'home', user: 'U1' };
    expect(sent).toEqual({ result: 'sent', handle, as: 'home' });
    expect(form(0).get('user_id')).toBe('U1');
    expect(view(0)).toMatchObject({ type: 'home' });
  });

  test('a form that Slack refuses is not taken for one that came too late', async () => {
    const settings = { form: 'settings', title: 'x', fields: [], context: '' } as const;
    api('views.open', { ok: false, error: 'invalid_arguments' });
    await expect(deliveryNow().openForm(trigger, settings)).rejects.toThrow();
    api('views.update', { ok: false, error: 'internal_error' });
    await expect(deliveryNow().fillForm(modal, settings)).rejects.toThrow();
    expect(form(1).get('hash')).toBe('h1');
  });
});

test.each<[string, MessageHandle]>([
  ['of Teams', { platform: 'teams', conversation: 'x' }],
  ['without what it needs', { platform: 'slack', via: 'response' }],
  ['of no known way', { platform: 'slack', via: 'pigeon' }],
])('a handle %s is gone, and nothing is sent', async (_, handle) => {
  expect(await send(handle)).toEqual({ result: 'gone', reason: 'not a handle of Slack' });
});
