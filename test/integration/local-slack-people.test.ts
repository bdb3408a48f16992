import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEAST_SCOPES } from '../../demo/slack/scopes.ts';
import { control, type Rig, startRig } from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ deadlineMs: 1000 });
});
afterEach(() => rig.stop());

const client = () => rig.app.client;
const refused = (error: string) => expect.objectContaining({ data: expect.objectContaining({ error }) });

describe('people', () => {
  it.each([
    ['U0VERA', { is_restricted: false, is_ultra_restricted: false, team_id: 'T0DEMO' }],
    ['U0GUS', { is_restricted: true, is_ultra_restricted: false, team_id: 'T0DEMO' }],
    ['U0SOLO', { is_restricted: true, is_ultra_restricted: true, team_id: 'T0DEMO' }],
    ['U0SAM', { is_restricted: false, is_stranger: true, team_id: 'T0PARTNER' }],
    ['U0BUILDBOT', { is_bot: true, profile: { bot_id: 'B0BUILDBOT' } }],
  ])('%s is described as Slack does', async (user, expected) => {
    expect((await client().users.info({ user })).user).toMatchObject(expected);
  });

  it('show their address only with the scope for it, strangers never', async () => {
    const email = async (user: string) => (await client().users.info({ user })).user?.profile?.email;
    expect(await email('U0VERA')).toBe('vera.viewer@example.com');
    expect(await email('U0SAM')).toBeUndefined();
    rig.slack.knobs.setFaults({ scopes: ['users:read'] });
    expect(await email('U0VERA')).toBeUndefined();
    const found = client().users.lookupByEmail({ email: 'vera.viewer@example.com' });
    await expect(found).rejects.toEqual(refused('missing_scope'));
  });

  it('of another company cannot use commands, but press what they see', async () => {
    const pressed: unknown[] = [];
    rig.app.action('go', async ({ ack, body }) => {
      pressed.push(body);
      await ack();
    });
    const sam = rig.slack.as('U0SAM');
    expect(await sam.command('C0SHARED', '/cwsync status')).toBe('dispatch_failed');
    expect(sam.messages('C0SHARED')).toMatchObject([{ text: '`/cwsync` is not a valid command.' }]);
    const button = {
      type: 'button' as const,
      action_id: 'go',
      text: { type: 'plain_text' as const, text: 'Go' },
    };
    const blocks = [{ type: 'actions' as const, elements: [button] }];
    const { ts = '' } = await client().chat.postMessage({ channel: 'C0SHARED', text: 'x', blocks });
    await sam.press(ts, { actionId: 'go' });
    expect(pressed).toMatchObject([
      { user: { id: 'U0SAM', team_id: 'T0PARTNER' }, team: { id: 'T0PARTNER', domain: 'partner' } },
    ]);
  });
});

describe('channels', () => {
  it('that are private and without the bot do not exist for it, until it is invited', async () => {
    const info = () => client().conversations.info({ channel: 'C0SECRET' });
    await expect(info()).rejects.toEqual(refused('channel_not_found'));
    await rig.slack.as('U0ALEX').command('C0SECRET', '/invite @cwsync');
    expect((await info()).channel).toMatchObject({ is_private: true, is_member: true });
    await rig.slack.as('U0ALEX').command('C0SECRET', '/remove @cwsync');
    await expect(info()).rejects.toEqual(refused('channel_not_found'));
  });

  it('that are public tell of themselves; the bot is put in and out by knob', async () => {
    const post = () => client().chat.postMessage({ channel: 'C0GENERAL', text: 'x' });
    await expect(post()).rejects.toEqual(refused('not_in_channel'));
    await control(rig.slack, 'POST', 'knob', { do: 'invite-bot', channel: 'C0GENERAL' });
    await post();
    const info = await client().conversations.info({ channel: 'C0GENERAL', include_num_members: true });
    expect(info.channel).toMatchObject({ is_member: true, num_members: 4, is_ext_shared: false });
    rig.slack.knobs.removeBot('C0GENERAL');
    await expect(post()).rejects.toEqual(refused('not_in_channel'));
    const shared = await client().conversations.info({ channel: 'C0SHARED' });
    expect(shared.channel).toMatchObject({ is_ext_shared: true, is_shared: true });
    const members = await client().conversations.members({ channel: 'C0SHARED' });
    expect(members.members).toEqual(['U0ALEX', 'U0VERA', 'U0SAM', 'U0CWSYNC']);
  });

  it('that are archived take nothing from the bot or from people', async () => {
    rig.slack.knobs.archive(CHANNEL);
    const post = client().chat.postMessage({ channel: CHANNEL, text: 'x' });
    await expect(post).rejects.toEqual(refused('is_archived'));
    expect((await client().conversations.info({ channel: CHANNEL })).channel?.is_archived).toBe(true);
    await expect(rig.slack.as('U0ALEX').write(CHANNEL, 'x')).rejects.toThrow('archived');
    rig.slack.knobs.archive(CHANNEL, false);
    await client().chat.postMessage({ channel: CHANNEL, text: 'x' });
  });

  it('of the bot are listed by kind', async () => {
    const list = async (types: string) => {
      const { channels } = await client().users.conversations({ types });
      return channels?.map(({ id }) => id);
    };
    expect(await list('public_channel')).toEqual(['C0PROJECTS', 'C0SHARED']);
    expect(await list('public_channel,private_channel')).toEqual(['C0PROJECTS', 'C0OPS', 'C0SHARED']);
  });
});

describe('scopes', () => {
  const call: Record<string, () => Promise<unknown>> = {
    'chat:write': () => client().chat.postMessage({ channel: CHANNEL, text: 'x' }),
    'im:write': () => client().conversations.open({ users: 'U0ALEX' }),
    'im:history': () => client().conversations.history({ channel: 'D0ALEX' }),
    'users:read': () => client().users.info({ user: 'U0ALEX' }),
    'users:read.email': () => client().users.lookupByEmail({ email: 'alex.admin@example.com' }),
    'channels:read': () => client().conversations.info({ channel: CHANNEL }),
    'groups:read': () => client().conversations.info({ channel: 'C0OPS' }),
    'channels:history': () => client().conversations.history({ channel: CHANNEL }),
    'groups:history': () => client().conversations.history({ channel: 'C0OPS' }),
    'files:write': () => client().files.getUploadURLExternal({ filename: 'a.csv', length: 1 }),
  };

  it.each(Object.keys(call))('%s is needed', async (scope) => {
    await call[scope]?.();
    const left = LEAST_SCOPES.filter((other) => other !== scope);
    rig.slack.knobs.setFaults({ scopes: left });
    await expect(call[scope]?.()).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: expect.stringContaining(scope), provided: left.join(',') },
    });
  });

  it('that the app never asks for are refused, and all are told in a header', async () => {
    const joined = client().conversations.join({ channel: 'C0GENERAL' });
    await expect(joined).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'channels:join' } });
    const response = await fetch(`${rig.slack.apiUrl}auth.test`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-local-slack-test' },
    });
    expect(response.headers.get('x-oauth-scopes')).toBe(LEAST_SCOPES.join(','));
  });
});

describe('files', () => {
  const bytes = Buffer.from([0, 255, 10, 13, 200, 65]);

  it('are uploaded by the SDK, shown with a comment in a thread, and come back byte for byte', async () => {
    const { ts: threadTs = '' } = await client().chat.postMessage({ channel: CHANNEL, text: 'first' });
    await client().files.uploadV2({
      channel_id: CHANNEL,
      thread_ts: threadTs,
      initial_comment: 'The *export*',
      file: bytes,
      filename: 'export ü.csv',
      title: 'Export',
    });
    const history = await client().conversations.replies({ channel: CHANNEL, ts: threadTs });
    const message = history.messages?.at(-1);
    expect(message).toMatchObject({ text: 'The *export*', thread_ts: threadTs });
    const [file] = (message as { files?: Record<string, unknown>[] }).files ?? [];
    expect(file).toMatchObject({ name: 'export ü.csv', title: 'Export', mimetype: 'text/csv', size: 6 });
    const address = String(file?.url_private_download);
    expect((await fetch(address)).status).toBe(403);
    const mine = await fetch(address, { headers: { authorization: 'Bearer xoxb-local-slack-test' } });
    expect(Buffer.from(await mine.arrayBuffer())).toEqual(bytes);
  });

  it('that did not arrive, or not whole, cannot be completed', async () => {
    const begun = await client().files.getUploadURLExternal({ filename: 'a.csv', length: 6 });
    const complete = () =>
      client().files.completeUploadExternal({ files: [{ id: begun.file_id ?? '' }], channel_id: CHANNEL });
    await expect(complete()).rejects.toEqual(refused('file_not_found'));
    const short = await fetch(begun.upload_url ?? '', { method: 'POST', body: bytes.subarray(1) });
    expect(short.status).toBe(400);
    await expect(complete()).rejects.toEqual(refused('file_not_found'));
    expect((await fetch(begun.upload_url ?? '', { method: 'POST', body: bytes })).status).toBe(200);
    rig.slack.knobs.removeBot(CHANNEL);
    await expect(complete()).rejects.toEqual(refused('not_in_channel'));
    rig.slack.knobs.inviteBot(CHANNEL);
    expect((await complete()).files).toMatchObject([{ id: begun.file_id }]);
    await expect(complete()).rejects.toEqual(refused('file_not_found'));
  });
});
