import { ErrorCode, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEAST_SCOPES } from '../../demo/slack/scopes.ts';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';
import { BOT_TOKEN, control, SIGNING_SECRET, section, seen } from './local-slack-rig.ts';

let slack: LocalSlack;
let client: WebClient;
beforeEach(async () => {
  slack = await startSlack({
    port: 0,
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    eventsUrl: 'http://127.0.0.1:9/slack/events',
    clock: () => new Date(),
    scopes: [...LEAST_SCOPES, 'team:read'],
  });
  client = clientWith(BOT_TOKEN);
});
afterEach(() => slack.stop());

function clientWith(token: string, timeout = 10_000): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
  });
}

function refusal(error: string): unknown {
  return expect.objectContaining({ code: ErrorCode.PlatformError, data: expect.objectContaining({ error }) });
}

describe('who is asking', () => {
  it('is told by auth.test, and needs the right token', async () => {
    expect(await client.auth.test()).toMatchObject({
      team_id: 'T0DEMO',
      user_id: 'U0CWSYNC',
      bot_id: 'B0CWSYNC',
    });
    await expect(clientWith('xoxb-wrong').auth.test()).rejects.toEqual(refusal('invalid_auth'));
    const bare = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' });
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
  });

  it('gets unknown_method for what is not there', async () => {
    await expect(client.apiCall('chat.shout')).rejects.toEqual(refusal('unknown_method'));
  });
});

describe('messages', () => {
  it('are posted, edited and deleted; text in place of blocks marks the message as edited', async () => {
    const { ts = '' } = await client.chat.postMessage({
      channel: 'C0PROJECTS',
      text: 'one',
      blocks: [{ type: 'divider' }],
    });
    await client.chat.update({ channel: 'C0PROJECTS', ts, text: 'two' });
    const [edited] = await seen(slack, 'U0VERA', 'C0PROJECTS');
    expect(edited).toMatchObject({ text: 'two', blocks: [], edited: { user: 'U0CWSYNC' } });
    await client.chat.delete({ channel: 'C0PROJECTS', ts });
    expect(await seen(slack, 'U0VERA', 'C0PROJECTS')).toEqual([]);
    const gone = client.chat.update({ channel: 'C0PROJECTS', ts, text: 'three' });
    await expect(gone).rejects.toEqual(refusal('message_not_found'));
  });

  it('go only where the bot is a member', async () => {
    const text = 'x';
    const elsewhere = client.chat.postMessage({ channel: 'C0GENERAL', text });
    await expect(elsewhere).rejects.toEqual(refusal('not_in_channel'));
    const nowhere = client.chat.postMessage({ channel: 'C0NOWHERE', text });
    await expect(nowhere).rejects.toEqual(refusal('channel_not_found'));
    const ephemeral = client.chat.postEphemeral({ channel: 'C0GENERAL', user: 'U0ALEX', text });
    await expect(ephemeral).rejects.toEqual(refusal('not_in_channel'));
  });

  it('for one person cannot be edited or found in the history', async () => {
    const sent = await client.chat.postEphemeral({ channel: 'C0PROJECTS', user: 'U0VERA', text: 'for Vera' });
    expect(await seen(slack, 'U0VERA', 'C0PROJECTS')).toMatchObject([{ text: 'for Vera', ephemeral: true }]);
    expect(await seen(slack, 'U0ALEX', 'C0PROJECTS')).toEqual([]);
    const ts = sent.message_ts ?? '';
    const edit = client.chat.update({ channel: 'C0PROJECTS', ts, text: 'new' });
    await expect(edit).rejects.toEqual(refusal('message_not_found'));
    expect((await client.conversations.history({ channel: 'C0PROJECTS' })).messages).toEqual([]);
  });

  it('by people cannot be edited by the bot', async () => {
    const { body } = await control(slack, 'POST', 'say', {
      user: 'U0ALEX',
      channel: 'C0PROJECTS',
      text: 'mine',
    });
    const edit = client.chat.update({ channel: 'C0PROJECTS', ts: String(body.ts), text: 'not yours' });
    await expect(edit).rejects.toEqual(refusal('cant_update_message'));
  });

  it('go to a person’s direct messages by conversations.open or by their id', async () => {
    const opened = await client.conversations.open({ users: 'U0VERA' });
    expect(opened.channel?.id).toBe('D0VERA');
    await client.chat.postMessage({ channel: 'D0VERA', text: 'one' });
    await client.chat.postMessage({ channel: 'U0VERA', text: 'two' });
    expect(await seen(slack, 'U0VERA', 'D0VERA')).toMatchObject([{ text: 'one' }, { text: 'two' }]);
    await expect(client.conversations.open({ users: 'U0NOBODY' })).rejects.toEqual(refusal('user_not_found'));
  });

  it('are read back newest first, page by page, with metadata on request', async () => {
    const metadata = { event_type: 'cwsync_incident', event_payload: { id: 'i-1' } };
    for (const text of ['a', 'b', 'c']) {
      await client.chat.postMessage({
        channel: 'C0PROJECTS',
        text,
        metadata,
        blocks: [section(text)],
      });
    }
    const first = await client.conversations.history({ channel: 'C0PROJECTS', limit: 2 });
    expect(first.messages?.map((message) => message.text)).toEqual(['c', 'b']);
    expect(first.messages?.[0]).not.toHaveProperty('metadata');
    const cursor = first.response_metadata?.next_cursor ?? '';
    const second = await client.conversations.history({
      channel: 'C0PROJECTS',
      cursor,
      include_all_metadata: true,
    });
    expect(second).toMatchObject({ has_more: false, messages: [{ text: 'a', metadata }] });
    const oldest = second.messages?.[0]?.ts ?? '';
    const after = await client.conversations.history({ channel: 'C0PROJECTS', oldest });
    expect(after.messages?.map((message) => message.text)).toEqual(['c', 'b']);
  });
});

describe('people and channels', () => {
  it('are described', async () => {
    expect((await client.users.info({ user: 'U0VERA' })).user).toMatchObject({
      tz: 'America/New_York',
      is_admin: false,
      team_id: 'T0DEMO',
      profile: { email: 'vera.viewer@example.com' },
    });
    expect((await client.users.lookupByEmail({ email: 'Alex.Admin@example.com' })).user?.id).toBe('U0ALEX');
    await expect(client.users.lookupByEmail({ email: 'x@example.com' })).rejects.toEqual(
      refusal('users_not_found'),
    );
    expect((await client.conversations.info({ channel: 'C0GENERAL' })).channel?.is_member).toBe(false);
    expect((await client.team.info()).team).toMatchObject({ id: 'T0DEMO', domain: 'demo' });
  });
});

describe('faults', () => {
  it('429 with Retry-After, 5xx and slow, each as often as asked', async () => {
    await control(slack, 'PUT', 'faults', {
      webApi: { kind: 'rate-limited', retryAfterSeconds: 7, times: 1 },
    });
    await expect(client.auth.test()).rejects.toMatchObject({
      code: ErrorCode.RateLimitedError,
      retryAfter: 7,
    });
    await client.auth.test();
    await control(slack, 'PUT', 'faults', {
      webApi: { kind: 'server-error', status: 503, methods: ['team.info'] },
    });
    await client.auth.test();
    await expect(client.team.info()).rejects.toMatchObject({ code: ErrorCode.HTTPError, statusCode: 503 });
    await control(slack, 'PUT', 'faults', { webApi: { kind: 'slow', delayMs: 600, times: 1 } });
    await expect(clientWith(BOT_TOKEN, 300).auth.test()).rejects.toMatchObject({
      code: ErrorCode.RequestError,
    });
    await client.auth.test();
  });

  it('a channel that is gone, and one the bot was removed from', async () => {
    const post = () => client.chat.postMessage({ channel: 'C0PROJECTS', text: 'x' });
    await control(slack, 'PUT', 'faults', { goneChannels: ['C0PROJECTS'] });
    await expect(post()).rejects.toEqual(refusal('channel_not_found'));
    await control(slack, 'PUT', 'faults', { botAbsentFrom: ['C0PROJECTS'] });
    await expect(post()).rejects.toEqual(refusal('not_in_channel'));
    await control(slack, 'PUT', 'faults', {});
    expect((await post()).ok).toBe(true);
  });

  it('that are misspelt are refused', async () => {
    expect((await control(slack, 'PUT', 'faults', { webAPI: { kind: 'slow', delayMs: 1 } })).status).toBe(
      400,
    );
  });
});

it('takes controls only as JSON, which other sites cannot send unasked', async () => {
  const response = await fetch(`${slack.url}/_control/say`, {
    method: 'POST',
    body: JSON.stringify({ user: 'U0ALEX', channel: 'C0PROJECTS', text: 'x' }),
  });
  expect(response.status).toBe(415);
  expect(await seen(slack, 'U0ALEX', 'C0PROJECTS')).toEqual([]);
});
