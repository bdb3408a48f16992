/** What Slack sends twice, late, by others, for others or as nobody expects it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/product-rig.ts';
import { type AdapterRig, projects, startAdapterRig, type Way, words } from '../support/slack-adapter-rig.ts';

let rig: AdapterRig;
const person = (id = 'U0ALEX') => rig.local.as(id);
const texts = () => rig.requests.map(({ text }) => text);
/** Asked last: whatever was let in before it has been asked by now. */
async function lastOf(...expected: string[]): Promise<void> {
  await person().command(projects, '/cwsync last');
  await eventually(() => expect(texts()).toContain('last'));
  expect(texts()).toEqual([...expected, 'last']);
}

describe.each<Way>(['http', 'socket'])('by %s', (way) => {
  beforeEach(async () => {
    rig = await startAdapterRig(way, { eventRetriesMs: [] });
    rig.played.request = async () => undefined;
  });
  afterEach(() => rig.stop());

  it('an event that comes twice is handled once', async () => {
    rig.local.knobs.setFaults({ doubleEvents: true });
    await person().sendDirect('sync #101');
    await person().mention(projects, 'sync #102');
    rig.local.knobs.setFaults({});
    await rig.local.knobs.repeatEvent();
    await person().openHome();
    await rig.local.knobs.repeatEvent();
    await lastOf('sync #101', 'sync #102', 'home');
  });

  it('edits, deletions, other bots and its own messages are left alone', async () => {
    const ts = await person().sendDirect('status');
    await person().edit(ts, 'disconnect #101');
    await person().delete(ts);
    await rig.local.knobs.otherBotSays(projects, '@cwsync sync #101');
    await rig.local.knobs.otherBotSays('D0ALEX', 'sync #101');
    const direct = { platform: 'slack', tenant: 'T0DEMO', user: 'U0ALEX' } as const;
    await rig.adapter.delivery.post(direct, words('sync #101'), 'k');
    await lastOf('status');
  });

  it('odd case, typographic quotes and dashes, many blanks and escapes come through as typed', async () => {
    const typed = ['STATUS “Office  move” –by-board', 'sync \u00a0 #101', 'status A&B <x> "&amp;"'];
    for (const text of typed) await person().sendDirect(text);
    await person().sendDirect(' /cwsync help');
    await lastOf(...typed, 'help');
  });

  it('a mention within a sentence means what stands behind it, and alone it asks for help', async () => {
    await person().write(projects, 'Please, @cwsync status “x”');
    await person().write(projects, 'status @cwsync');
    await person().write(projects, '@cwsync');
    await lastOf('status “x”', 'status', '');
  });

  it('events of a second workspace get nothing but a line in the log', async () => {
    rig.local.knobs.setFaults({ foreignTeam: 'T0OTHER' });
    await person().command(projects, '/cwsync status');
    await person().sendDirect('sync #101');
    await person().openHome();
    rig.local.knobs.setFaults({});
    await lastOf();
    expect(rig.logger.messages()).toContain('an event of another Slack workspace is left alone');
    expect(person().messages(projects)).toEqual([]);
  });

  it('somebody of another organisation in a shared channel keeps their own workspace', async () => {
    await person('U0SAM').mention('C0SHARED', 'status');
    expect((await rig.asked()).person).toMatchObject({ tenant: 'T0PARTNER', userId: 'U0SAM' });
  });

  it('a handler that fails is acknowledged all the same, and the next one is handled', async () => {
    rig.played.request = async () => {
      throw new Error('planted');
    };
    expect(await person().command(projects, '/cwsync status')).toBe('answered');
    await eventually(() => expect(rig.logger.messages()).toContain('a Slack event could not be handled'));
    rig.played.request = async () => undefined;
    await lastOf('status');
  });

  it('answers late: everything is acknowledged before the application is done', async () => {
    const slow = Promise.withResolvers<undefined>();
    rig.played.request = () => slow.promise;
    expect(await person().command(projects, '/cwsync status')).toBe('answered');
    expect(rig.delivered).toEqual([]);
    slow.resolve(undefined);
  });
});

describe('odd payloads, signed', () => {
  beforeEach(async () => {
    rig = await startAdapterRig('http');
    rig.played.request = async () => undefined;
  });
  afterEach(() => rig.stop());

  const user = { id: 'U0ALEX', username: 'alex', team_id: 'T0DEMO' };
  const team = { id: 'T0DEMO' };
  const view = { id: 'V1', type: 'modal', callback_id: 'form:settings', state: { values: {} }, blocks: [] };
  const press = { type: 'block_actions', user, team, trigger_id: 't1', container: {} };
  const button = { type: 'button', action_id: 'command:0:0', block_id: 'b', value: 'sync #101' };
  const event = {
    type: 'message',
    channel_type: 'im',
    channel: 'D0ALEX',
    ts: '1.1',
    user: 'U0ALEX',
    text: 'x',
  };
  const said = { type: 'event_callback', team_id: 'T0DEMO', event_id: 'Ev1', event };

  it.each<[string, 'interactive' | 'event', object]>([
    ['a press that nobody listens to', 'interactive', { ...press, actions: [{ ...button, action_id: 'x' }] }],
    ['a press without a response_url', 'interactive', { ...press, actions: [button] }],
    [
      'a press with a response_url that is not Slack’s',
      'interactive',
      { ...press, actions: [button], response_url: 'https://hooks.slack.com.evil.example/x' },
    ],
    ['a press of a link', 'interactive', { ...press, view, actions: [{ ...button, value: undefined }] }],
    [
      'a filter of no known kind',
      'interactive',
      { ...press, view, actions: [{ ...button, action_id: 'filter:x' }] },
    ],
    ['a form without metadata', 'interactive', { type: 'view_submission', user, team, view }],
    [
      'a form of no known name',
      'interactive',
      {
        type: 'view_submission',
        user,
        team,
        view: { ...view, private_metadata: '{"form":"x","context":""}' },
      },
    ],
    [
      'a form with metadata that is no JSON',
      'interactive',
      { type: 'view_submission', user, team, view: { ...view, private_metadata: '{' } },
    ],
    [
      'a suggestion for no form',
      'interactive',
      { type: 'block_suggestion', user, team, action_id: 'field:x', block_id: 'field:x', value: '' },
    ],
    ['a shortcut', 'interactive', { type: 'shortcut', callback_id: 'x', user, team, trigger_id: 't' }],
    ['a message of nobody', 'event', { ...said, event: { ...event, user: undefined } }],
    ['a message in a channel', 'event', { ...said, event: { ...event, channel_type: 'channel' } }],
    ['a message without a time', 'event', { ...said, event: { ...event, ts: 7 } }],
    [
      'a mention in a message that was edited',
      'event',
      { ...said, event: { ...event, type: 'app_mention', edited: { user: 'U0ALEX', ts: '2.2' } } },
    ],
    ['a notice that somebody joined', 'event', { ...said, event: { ...event, subtype: 'channel_join' } }],
    ['an event of no known kind', 'event', { ...said, event: { type: 'team_join', user } }],
    ['no workspace at all', 'event', { ...said, team_id: undefined }],
  ])('are acknowledged and ask nothing: %s', async (_, kind, payload) => {
    expect(await rig.knock(kind, payload)).toBe(200);
    await lastOf();
    expect(rig.submissions).toEqual([]);
  });

  it('a message with a file and words is understood', async () => {
    await rig.knock('event', { ...said, event: { ...event, subtype: 'file_share', text: 'status' } });
    await lastOf('status');
  });
});
