import type { BlockAction, SlashCommand } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answerOn,
  control,
  plain,
  press,
  type Rig,
  say,
  section,
  seen,
  startRig,
  texts,
} from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
const refreshButton = { type: 'button' as const, action_id: 'refresh', text: plain('Refresh'), value: 'p1' };

let rig: Rig;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.now();
  rig = await startRig({ clock: () => new Date(nowMs), deadlineMs: 1000 });
});
afterEach(() => rig.stop());

/** Keeps what Bolt received and acknowledges it. */
function keepCommands(): SlashCommand[] {
  const received: SlashCommand[] = [];
  rig.app.command('/cwsync', async ({ ack, body }) => {
    received.push(body);
    await ack();
  });
  return received;
}

describe('a slash command', () => {
  it('reaches Bolt with Slack’s fields, and its answer is for the asker alone', async () => {
    const received: SlashCommand[] = [];
    rig.app.command('/cwsync', async ({ ack, body, respond }) => {
      received.push(body);
      await ack();
      await respond({ text: 'Hello Alex', blocks: [section('Hello *Alex*')] });
    });
    const { body } = await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync status @vera in #general');
    expect(body).toEqual({ delivered: 'answered' });
    await vi.waitFor(async () => expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['Hello Alex']));
    expect(await texts(rig.slack, 'U0VERA', CHANNEL)).toEqual([]);
    expect(received).toMatchObject([
      {
        command: '/cwsync',
        text: 'status <@U0VERA|vera> in <#C0GENERAL|general>',
        team_id: 'T0DEMO',
        channel_id: CHANNEL,
        channel_name: 'projects',
        user_id: 'U0ALEX',
        user_name: 'alex',
        api_app_id: 'A0CWSYNC',
        is_enterprise_install: 'false',
      },
    ]);
    expect(received[0]?.response_url).toMatch(/\/commands\/T0DEMO\/\d+\/[\w-]{24}$/);
    expect(received[0]?.trigger_id).toMatch(/\S/u);
  });

  it('shows an acknowledgement’s text to the asker, and an in_channel one to all', async () => {
    rig.app.command('/cwsync', ({ ack, command }) =>
      command.text === 'here' ? ack({ response_type: 'in_channel', text: 'for all' }) : ack('for you'),
    );
    await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync');
    await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync here');
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['for you', 'for all']);
    expect(await texts(rig.slack, 'U0VERA', CHANNEL)).toEqual(['for all']);
  });

  it('that nobody acknowledges in time fails with operation_timeout', async () => {
    rig.app.command('/cwsync', () => new Promise(() => {}));
    await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync status');
    const [message] = await seen(rig.slack, 'U0ALEX', CHANNEL);
    expect(message).toMatchObject({
      user: 'USLACKBOT',
      ephemeral: true,
      text: '/cwsync failed with the error "operation_timeout"',
    });
  });

  it('signed with another secret is refused by Bolt and fails with dispatch_failed', async () => {
    const other = await startRig({ appSecret: 'another-secret' });
    try {
      await say(other.slack, 'U0ALEX', CHANNEL, '/cwsync status');
      expect(await texts(other.slack, 'U0ALEX', CHANNEL)).toEqual([
        '/cwsync failed with the error "dispatch_failed"',
      ]);
    } finally {
      await other.stop();
    }
  });

  it('signed too long ago is refused by Bolt', async () => {
    keepCommands();
    nowMs -= 6 * 60_000;
    await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync status');
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual([
      '/cwsync failed with the error "dispatch_failed"',
    ]);
  });

  it('that the app does not have is not delivered', async () => {
    const received = keepCommands();
    await say(rig.slack, 'U0ALEX', CHANNEL, '/other status');
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['`/other` is not a valid command.']);
    expect(received).toEqual([]);
  });
});

describe('a response_url of a command', () => {
  let url: string;
  beforeEach(async () => {
    const received = keepCommands();
    await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync sync');
    url = received[0]?.response_url ?? '';
  });

  it('edits its earlier answer, five uses in all, then answers used_url', async () => {
    expect(await answerOn(url, { text: 'accepted' })).toEqual({ status: 200, body: { ok: true } });
    for (const text of ['started', 'half', 'nearly', 'ended']) {
      expect((await answerOn(url, { text, replace_original: true })).status).toBe(200);
      expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual([text]);
    }
    const sixth = await answerOn(url, { text: 'too much', replace_original: true });
    expect(sixth).toEqual({ status: 404, body: { ok: false, error: 'used_url' } });
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['ended']);
  });

  it('works for 30 minutes and not for longer', async () => {
    nowMs += 30 * 60_000;
    expect((await answerOn(url, { text: 'in time' })).status).toBe(200);
    nowMs += 1;
    const late = await answerOn(url, { text: 'late' });
    expect(late).toEqual({ status: 404, body: { ok: false, error: 'expired_url' } });
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['in time']);
  });

  it('posts to everybody, and deletes', async () => {
    await answerOn(url, { text: 'to all', response_type: 'in_channel' });
    expect(await texts(rig.slack, 'U0VERA', CHANNEL)).toEqual(['to all']);
    await answerOn(url, { delete_original: true });
    expect(await texts(rig.slack, 'U0VERA', CHANNEL)).toEqual([]);
  });

  it('refuses bad blocks with HTTP 400 and counts no use for them', async () => {
    const bad = { blocks: [section('')] };
    const expected = { status: 400, body: { ok: false, error: 'invalid_blocks' } };
    for (let count = 0; count < 6; count += 1) expect(await answerOn(url, bad)).toEqual(expected);
    expect(await answerOn(url, {})).toEqual({ status: 400, body: { ok: false, error: 'no_text' } });
    expect((await answerOn(url, { text: 'good' })).status).toBe(200);
  });

  it('cannot be guessed from another one', async () => {
    const guess = url.replace(/[\w-]{24}$/, 'A'.repeat(24));
    expect((await answerOn(guess, { text: 'x' })).body).toEqual({ ok: false, error: 'no_service' });
  });

  it('fails as often as the fault says', async () => {
    await control(rig.slack, 'PUT', 'faults', { responseUrl: { status: 503, times: 1 } });
    expect((await answerOn(url, { text: 'first' })).status).toBe(503);
    expect((await answerOn(url, { text: 'second' })).status).toBe(200);
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['second']);
  });

  it('posts anew where Slack is said to ignore replace_original of commands', async () => {
    await control(rig.slack, 'PUT', 'faults', { commandReplaceIgnored: true });
    await answerOn(url, { text: 'accepted' });
    await answerOn(url, { text: 'ended', replace_original: true });
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['accepted', 'ended']);
  });
});

describe('a press', () => {
  it('in an ephemeral message comes without the message, and its response_url replaces that message', async () => {
    const pressed: BlockAction[] = [];
    rig.app.command('/cwsync', ({ ack }) =>
      ack({ text: 'list', blocks: [{ type: 'actions', block_id: 'row', elements: [refreshButton] }] }),
    );
    rig.app.action('refresh', async ({ ack, body, respond }) => {
      pressed.push(body as BlockAction);
      await ack();
      await respond({ text: 'page 2', replace_original: true });
    });
    await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync status');
    const [list] = await seen(rig.slack, 'U0ALEX', CHANNEL);
    const answer = await press(rig.slack, { user: 'U0ALEX', messageTs: list?.ts, actionId: 'refresh' });
    expect(answer.body).toEqual({ delivered: 'answered' });
    await vi.waitFor(async () => expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['page 2']));
    expect(pressed[0]?.message).toBeUndefined();
    expect(pressed[0]).toMatchObject({
      type: 'block_actions',
      user: { id: 'U0ALEX', username: 'alex', name: 'alex', team_id: 'T0DEMO' },
      api_app_id: 'A0CWSYNC',
      container: { type: 'message', message_ts: list?.ts, channel_id: CHANNEL, is_ephemeral: true },
      team: { id: 'T0DEMO', domain: 'demo' },
      enterprise: null,
      is_enterprise_install: false,
      channel: { id: CHANNEL, name: 'projects' },
      state: { values: {} },
      actions: [
        { type: 'button', action_id: 'refresh', block_id: 'row', value: 'p1', text: { text: 'Refresh' } },
      ],
    });
    expect((await seen(rig.slack, 'U0ALEX', CHANNEL))[0]).toMatchObject({ ts: list?.ts, ephemeral: true });
  });

  it('in a normal message comes with the message; a new answer leaves that message alone', async () => {
    const pressed: BlockAction[] = [];
    rig.app.action('menu', async ({ ack, body, respond }) => {
      pressed.push(body as BlockAction);
      await ack();
      await respond('noted');
    });
    const option = (name: string) => ({ text: { type: 'plain_text' as const, text: name }, value: name });
    const menu = { type: 'overflow' as const, action_id: 'menu', options: [option('sync'), option('logs')] };
    const posted = await rig.app.client.chat.postMessage({
      channel: CHANNEL,
      text: 'two projects',
      blocks: [
        { type: 'section', block_id: 'a', text: { type: 'mrkdwn', text: 'A' }, accessory: menu },
        { type: 'section', block_id: 'b', text: { type: 'mrkdwn', text: 'B' }, accessory: menu },
      ],
    });
    const where = { user: 'U0VERA', messageTs: posted.ts, actionId: 'menu' };
    expect((await press(rig.slack, { ...where, option: 'logs' })).status).toBe(409);
    expect((await press(rig.slack, { ...where, blockId: 'b', option: 'nothing' })).status).toBe(409);
    expect((await press(rig.slack, { ...where, blockId: 'b', option: 'logs' })).status).toBe(200);
    await vi.waitFor(async () =>
      expect(await texts(rig.slack, 'U0VERA', CHANNEL)).toEqual(['two projects', 'noted']),
    );
    expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual(['two projects']);
    expect(pressed).toMatchObject([
      {
        container: { is_ephemeral: false },
        message: { type: 'message', ts: posted.ts, bot_id: 'B0CWSYNC', text: 'two projects' },
        actions: [
          { type: 'overflow', block_id: 'b', selected_option: { value: 'logs', text: { text: 'logs' } } },
        ],
      },
    ]);
  });

  it('of a select comes with the choice and the state of all selects', async () => {
    const pressed: BlockAction[] = [];
    rig.app.action('board', async ({ ack, body }) => {
      pressed.push(body as BlockAction);
      await ack();
    });
    const options = ['one', 'two'].map((name) => ({
      text: { type: 'plain_text' as const, text: name },
      value: name,
    }));
    const [first] = options;
    const posted = await rig.app.client.chat.postMessage({
      channel: CHANNEL,
      text: 'boards',
      blocks: [
        {
          type: 'actions',
          block_id: 'row',
          elements: [
            { type: 'static_select', action_id: 'board', options },
            { type: 'static_select', action_id: 'other', options, ...(first && { initial_option: first }) },
          ],
        },
      ],
    });
    await press(rig.slack, { user: 'U0ALEX', messageTs: posted.ts, actionId: 'board', option: 'two' });
    expect(pressed[0]).toMatchObject({
      actions: [{ type: 'static_select', selected_option: { value: 'two' } }],
      state: {
        values: {
          row: {
            board: { type: 'static_select', selected_option: { value: 'two' } },
            other: { type: 'static_select', selected_option: { value: 'one' } },
          },
        },
      },
    });
  });

  it('that is not acknowledged in time leaves a warning until the next one', async () => {
    const ignored = new Set(['first']);
    rig.app.action('refresh', ({ ack }) => (ignored.delete('first') ? new Promise<void>(() => {}) : ack()));
    const posted = await rig.app.client.chat.postMessage({
      channel: CHANNEL,
      text: 'list',
      blocks: [
        {
          type: 'actions',
          elements: [refreshButton],
        },
      ],
    });
    const where = { user: 'U0ALEX', messageTs: posted.ts, actionId: 'refresh' };
    expect((await press(rig.slack, where)).body).toEqual({ delivered: 'operation_timeout' });
    const [warned] = await seen(rig.slack, 'U0ALEX', CHANNEL);
    expect(warned?.failedPress).toMatchObject({ error: 'operation_timeout', actionId: 'refresh' });
    expect((await press(rig.slack, where)).body).toEqual({ delivered: 'answered' });
    expect((await seen(rig.slack, 'U0ALEX', CHANNEL))[0]?.failedPress).toBeUndefined();
  });

  it('in somebody else’s ephemeral message is not possible', async () => {
    rig.app.command('/cwsync', ({ ack }) =>
      ack({ text: 'list', blocks: [{ type: 'actions', elements: [refreshButton] }] }),
    );
    await say(rig.slack, 'U0ALEX', CHANNEL, '/cwsync status');
    const [list] = await seen(rig.slack, 'U0ALEX', CHANNEL);
    const answer = await press(rig.slack, { user: 'U0VERA', messageTs: list?.ts, actionId: 'refresh' });
    expect(answer.status).toBe(404);
  });
});

describe('a message of a person', () => {
  it('to the bot directly is an event that Bolt can answer', async () => {
    rig.app.message('status', async ({ message, say: reply }) => {
      if (message.subtype === undefined) await reply(`to ${message.user} in ${message.channel_type}`);
    });
    await say(rig.slack, 'U0VERA', 'D0VERA', 'status <&>');
    await vi.waitFor(async () =>
      expect(await texts(rig.slack, 'U0VERA', 'D0VERA')).toEqual(['status &lt;&amp;&gt;', 'to U0VERA in im']),
    );
  });

  it('that mentions the bot in its channel is an app_mention', async () => {
    rig.app.event('app_mention', ({ event, say: reply }) => reply(`mentioned: ${event.text}`).then(() => {}));
    await say(rig.slack, 'U0ALEX', CHANNEL, '@cwsync status');
    await vi.waitFor(async () =>
      expect(await texts(rig.slack, 'U0ALEX', CHANNEL)).toEqual([
        '<@U0CWSYNC> status',
        'mentioned: <@U0CWSYNC> status',
      ]),
    );
  });
});
