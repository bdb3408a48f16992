import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { control, type Rig, startRig } from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
let rig: Rig;
let events: Record<string, unknown>[];
let bodies: Record<string, unknown>[];
let retries: (number | undefined)[];

beforeEach(async () => {
  rig = await startRig({ deadlineMs: 1000, eventRetriesMs: [20] });
  events = [];
  bodies = [];
  retries = [];
  rig.app.use(async ({ body, context, next, ...rest }) => {
    if ('event' in rest) {
      events.push(rest.event as unknown as Record<string, unknown>);
      bodies.push(body as Record<string, unknown>);
      retries.push(context.retryNum);
    }
    await next();
  });
  rig.app.event(/.*/, async () => {});
});
afterEach(() => rig.stop());

const alex = () => rig.slack.as('U0ALEX');
const client = () => rig.app.client;
const heard = (count: number) => vi.waitFor(() => expect(events).toHaveLength(count));
const refused = (error: string) => expect.objectContaining({ data: expect.objectContaining({ error }) });

describe('events', () => {
  it('of a direct message come with client_msg_id, escaped text and rich text', async () => {
    const ts = await alex().sendDirect('status of @vera & <b>');
    await heard(1);
    expect(events[0]).toMatchObject({
      type: 'message',
      channel_type: 'im',
      channel: 'D0ALEX',
      user: 'U0ALEX',
      ts,
      text: 'status of <@U0VERA> &amp; &lt;b&gt;',
      blocks: [
        {
          type: 'rich_text',
          elements: [
            {
              elements: [
                { type: 'text', text: 'status of ' },
                { type: 'user', user_id: 'U0VERA' },
                { type: 'text', text: ' & <b>' },
              ],
            },
          ],
        },
      ],
    });
    expect(events[0]?.client_msg_id).toMatch(/^[\da-f-]{36}$/u);
    expect(bodies[0]).toMatchObject({
      type: 'event_callback',
      team_id: 'T0DEMO',
      is_ext_shared_channel: false,
    });
  });

  it('of an edit and a deletion in direct messages carry both versions', async () => {
    const ts = await alex().sendDirect('stauts');
    await alex().edit(ts, 'status');
    await alex().delete(ts);
    await heard(3);
    expect(events.slice(1)).toMatchObject([
      {
        subtype: 'message_changed',
        hidden: true,
        channel_type: 'im',
        message: { text: 'status', ts, edited: { user: 'U0ALEX' } },
        previous_message: { text: 'stauts', ts },
      },
      { subtype: 'message_deleted', deleted_ts: ts, previous_message: { text: 'status' } },
    ]);
  });

  it('of a mention in a thread carry thread_ts; one where the bot is not a member does not come', async () => {
    const first = await alex().mention(CHANNEL, 'help');
    const threadTs = first;
    await alex().mention(CHANNEL, 'status', { threadTs });
    await rig.slack.as('U0ALEX').mention('C0GENERAL', 'help');
    await rig.slack.as('U0ALEX').mention('C0SECRET', 'help');
    await heard(2);
    expect(events).toMatchObject([
      { type: 'app_mention', text: '<@U0CWSYNC> help', channel: CHANNEL },
      { type: 'app_mention', text: '<@U0CWSYNC> status', thread_ts: threadTs },
    ]);
    expect(events[0]).not.toHaveProperty('thread_ts');
  });

  it('of another bot carry its bot_id', async () => {
    await rig.slack.knobs.otherBotSays(CHANNEL, '@cwsync status');
    await heard(1);
    expect(events[0]).toMatchObject({ type: 'app_mention', bot_id: 'B0BUILDBOT', user: 'U0BUILDBOT' });
  });

  it('of a stranger name the other company', async () => {
    await rig.slack.as('U0SAM').mention('C0SHARED', 'status');
    await heard(1);
    expect(events[0]).toMatchObject({ user: 'U0SAM', user_team: 'T0PARTNER', team: 'T0PARTNER' });
    expect(bodies[0]).toMatchObject({ team_id: 'T0DEMO', is_ext_shared_channel: true });
  });

  it('come again with the same id when asked, and from another workspace when asked', async () => {
    await alex().sendDirect('once');
    await rig.slack.knobs.repeatEvent();
    await heard(2);
    expect(bodies[1]?.event_id).toBe(bodies[0]?.event_id);
    expect(retries).toEqual([undefined, 1]);
    rig.slack.knobs.setFaults({ doubleEvents: true, foreignTeam: 'T0OTHER' });
    await alex().sendDirect('twice');
    await heard(4);
    expect(bodies[3]?.event_id).toBe(bodies[2]?.event_id);
    expect(bodies[3]).toMatchObject({ team_id: 'T0OTHER' });
  });

  it('include the bot’s own direct messages, which Bolt drops by itself', async () => {
    const spy = vi.spyOn(globalThis, 'fetch');
    await client().chat.postMessage({ channel: 'U0ALEX', text: 'from the bot' });
    const sent = () => spy.mock.calls.filter(([, init]) => String(init?.body).includes('from the bot'));
    await vi.waitFor(() => expect(sent().some(([url]) => String(url).includes('/slack/events'))).toBe(true));
    spy.mockRestore();
  });
});

describe('threads', () => {
  it('are posted to, counted in the history, and read with replies', async () => {
    const { ts: first = '' } = await client().chat.postMessage({ channel: CHANNEL, text: 'first' });
    const metadata = { event_type: 'cwsync_incident', event_payload: { id: 'i-1' } };
    await client().chat.postMessage({ channel: CHANNEL, text: 'bot', thread_ts: first, metadata });
    await alex().write(CHANNEL, 'alex', { threadTs: first });
    await client().chat.postEphemeral({
      channel: CHANNEL,
      user: 'U0VERA',
      text: 'for Vera',
      thread_ts: first,
    });
    const history = await client().conversations.history({ channel: CHANNEL });
    expect(history.messages).toMatchObject([
      { text: 'first', reply_count: 2, reply_users: ['U0CWSYNC', 'U0ALEX'], thread_ts: first },
    ]);
    const replies = await client().conversations.replies({
      channel: CHANNEL,
      ts: first,
      include_all_metadata: true,
    });
    expect(replies.messages).toMatchObject([
      { text: 'first' },
      { text: 'bot', thread_ts: first, metadata },
      { text: 'alex', thread_ts: first },
    ]);
    const seenByVera = rig.slack.as('U0VERA').messages(CHANNEL);
    expect(seenByVera.at(-1)).toMatchObject({ text: 'for Vera', threadTs: first, visibleTo: 'U0VERA' });
    expect(alex().messages(CHANNEL)).toHaveLength(3);
    const nowhere = client().chat.postMessage({ channel: CHANNEL, text: 'x', thread_ts: '1.000001' });
    await expect(nowhere).rejects.toEqual(refused('thread_not_found'));
    const link = await client().chat.getPermalink({ channel: CHANNEL, message_ts: first });
    expect(link.permalink).toContain(`/archives/${CHANNEL}/p${first.replace('.', '')}`);
  });

  it('take no slash commands', async () => {
    const { ts: threadTs = '' } = await client().chat.postMessage({ channel: CHANNEL, text: 'first' });
    await alex().say(CHANNEL, '/cwsync status', { threadTs });
    expect(alex().messages(CHANNEL).at(-1)).toMatchObject({
      user: 'USLACKBOT',
      text: '/cwsync is not supported in threads. Sorry!',
      threadTs,
    });
  });
});

describe('faults of the Web API', () => {
  it('can differ by method, carry any error code, and lose the answer of what was done', async () => {
    const code = 'messages_tab_disabled';
    rig.slack.knobs.setFaults({
      webApi: [
        { kind: 'error', error: code, methods: ['chat.postMessage'], times: 1 },
        { kind: 'lost-answer', methods: ['chat.postMessage'], times: 1 },
        { kind: 'error', error: 'fatal_error', methods: ['auth.test'] },
      ],
    });
    const bare = () =>
      fetch(`${rig.slack.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer xoxb-local-slack-test' },
        body: JSON.stringify({ channel: CHANNEL, text: 'did it arrive?' }),
      });
    expect(await (await bare()).json()).toMatchObject({ ok: false, error: code });
    await expect(bare()).rejects.toThrow();
    expect(alex().messages(CHANNEL)).toMatchObject([{ text: 'did it arrive?' }]);
    await expect(client().auth.test()).rejects.toEqual(refused('fatal_error'));
  });

  it('limit chat.postMessage to a burst and then one a second', async () => {
    rig.slack.knobs.setFaults({ postBurst: 2 });
    const post = async () => {
      const response = await fetch(`${rig.slack.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer xoxb-local-slack-test' },
        body: JSON.stringify({ channel: CHANNEL, text: 'x' }),
      });
      return response.status;
    };
    expect([await post(), await post(), await post()]).toEqual([200, 200, 429]);
  });

  it('revoke the token everywhere', async () => {
    await control(rig.slack, 'PUT', 'faults', { tokenError: 'token_revoked' });
    await expect(client().auth.test()).rejects.toEqual(refused('token_revoked'));
    await expect(client().chat.postMessage({ channel: CHANNEL, text: 'x' })).rejects.toEqual(
      refused('token_revoked'),
    );
  });
});
