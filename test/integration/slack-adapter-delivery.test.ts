/** Where answers and alerts end up in the local Slack, and what is told when they cannot. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Faults } from '../../demo/slack/faults.ts';
import type { Delivered, MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { eventually } from '../support/product-rig.ts';
import {
  type AdapterRig,
  projects,
  sentHandle,
  startAdapterRig,
  textsIn,
  words,
} from '../support/slack-adapter-rig.ts';

const general = 'C0GENERAL';
const secret = 'C0SECRET';
const bot = 'U0CWSYNC';
let rig: AdapterRig;
const person = (id = 'U0ALEX') => rig.local.as(id);
const said = (user: string, channel: string) =>
  person(user)
    .messages(channel)
    .filter((message) => message.user === bot);
const allText = (user: string, channel: string) =>
  said(user, channel).flatMap(({ blocks }) => textsIn(blocks));
const to = (conversation: string) => ({ platform: 'slack', tenant: 'T0DEMO', conversation }) as const;

/** The handles of a slash command in this channel, as the adapter gives them to the application. */
async function commandIn(channel: string, typed = '/cwsync status --here') {
  rig.played.request = async () => undefined;
  const before = rig.requests.length;
  await person().command(channel, typed);
  const { handle, shared } = await rig.asked(before + 1);
  if (!shared) throw new Error('nobody else is here');
  return { handle, shared };
}

beforeAll(async () => {
  rig = await startAdapterRig('socket');
});
afterEach(() => {
  rig.local.knobs.setFaults({});
  rig.local.knobs.archive(projects, false);
  rig.local.knobs.inviteBot(projects);
});
afterAll(() => rig.stop());

const send = (handle: MessageHandle, reply: Reply): Promise<Delivered> =>
  rig.adapter.delivery.send(handle, reply);

describe('an answer for everybody (--here)', () => {
  it('is a message that is edited, at most every 3 s', async () => {
    const { shared } = await commandIn(projects);
    const first = await send(shared, words('Syncing'));
    expect(first).toMatchObject({ result: 'sent', as: 'public' });
    const [message] = said('U0VERA', projects).slice(-1);
    expect(message).toMatchObject({ text: 'Syncing' });
    expect(message?.visibleTo).toBeUndefined();
    const soon = await send(sentHandle(first), words('Half'));
    expect(soon).toMatchObject({ result: 'failed' });
    if (soon.result !== 'failed') throw new Error('edited too soon');
    expect(soon.retryAfterMs).toBeGreaterThan(2_000);
    expect(soon.retryAfterMs).toBeLessThanOrEqual(3_000);
    await eventually(async () => {
      expect(await send(sentHandle(first), words('Ended'))).toMatchObject({ result: 'sent', as: 'public' });
    });
    expect(said('U0VERA', projects).at(-1)).toMatchObject({ ts: message?.ts, text: 'Ended' });
  });

  it.each([
    ['where the bot is not', general, /invite me with \/invite @cwsync/u],
    ['where the bot cannot even look', secret, /invite me with \/invite @cwsync/u],
  ])('%s goes to the asker, who is told what to do', async (_, channel, next) => {
    const { shared } = await commandIn(channel);
    const answer = await send(shared, words('41 projects'));
    expect(answer).toMatchObject({ result: 'sent', as: 'private' });
    expect(said('U0VERA', channel)).toEqual([]);
    expect(allText('U0ALEX', channel)[0]).toMatch(next);
    expect(allText('U0ALEX', channel)).toContain('41 projects');
    // And what comes later takes the place of it.
    await send(sentHandle(answer), words('Ended'));
    expect(said('U0ALEX', channel).map(({ text }) => text)).toEqual(['Ended']);
  });

  it('in a channel that is archived meanwhile goes to the asker', async () => {
    const { shared } = await commandIn(projects);
    rig.local.knobs.archive(projects);
    expect(await send(shared, words('Late'))).toMatchObject({ result: 'sent', as: 'private' });
    rig.local.knobs.archive(projects, false);
    expect(allText('U0ALEX', projects).join()).toMatch(/archived/u);
    expect(said('U0VERA', projects).map(({ text }) => text)).not.toContain('Late');
  });
});

describe('an answer for the asker', () => {
  it('is a direct message when its response_url has expired', async () => {
    const { handle } = await commandIn(projects);
    rig.local.knobs.setFaults({ responseUrl: { status: 404 } });
    expect(await send(handle, words('By direct message'))).toMatchObject({ result: 'sent', as: 'direct' });
    expect(said('U0ALEX', 'D0ALEX').at(-1)?.text).toBe('By direct message');
  });

  it('to a mention is a direct message when the bot was removed meanwhile, and nothing is public', async () => {
    rig.played.request = async () => undefined;
    const before = rig.requests.length;
    await person().mention(projects, 'status');
    const { handle } = await rig.asked(before + 1);
    rig.local.knobs.removeBot(projects);
    expect(await send(handle, words('Only you'))).toMatchObject({ result: 'sent', as: 'direct' });
    expect(said('U0ALEX', 'D0ALEX').at(-1)?.text).toBe('Only you');
    expect(said('U0VERA', projects).map(({ text }) => text)).not.toContain('Only you');
  });

  it('to a mention goes on by direct message, which is edited', async () => {
    rig.played.request = async () => undefined;
    const before = rig.requests.length;
    await person().mention(projects, 'sync #101');
    const { handle } = await rig.asked(before + 1);
    const accepted = await send(handle, words('Accepted'));
    const started = await send(sentHandle(accepted), words('Started'));
    const ended = await send(sentHandle(started), words('It ended'));
    expect([accepted, started, ended].map((one) => one.result === 'sent' && one.as)).toEqual([
      'private',
      'direct',
      'direct',
    ]);
    const texts = said('U0ALEX', 'D0ALEX').map(({ text }) => text);
    expect(texts.at(-1)).toBe('It ended');
    expect(texts).not.toContain('Started');
  });

  it('is failed while Slack is in trouble, and gone when it refuses the token', async () => {
    const direct: MessageHandle = { platform: 'slack', via: 'direct', user: 'U0ALEX' };
    rig.local.knobs.setFaults({ webApi: { kind: 'server-error', status: 503 } });
    expect(await send(direct, words('x'))).toMatchObject({ result: 'failed' });
    rig.local.knobs.setFaults({ webApi: { kind: 'rate-limited', retryAfterSeconds: 7 } });
    expect(await send(direct, words('x'))).toMatchObject({ result: 'failed', retryAfterMs: 7_000 });
    rig.local.knobs.setFaults({ tokenError: 'token_revoked' });
    const refused = { result: 'gone', reason: 'token_revoked', touches: 'platform' };
    expect(await send(direct, words('x'))).toEqual(refused);
    await expect(
      rig.adapter.directory.person({ platform: 'slack', tenant: 'T0DEMO', userId: 'U0GUS' }),
    ).rejects.toMatchObject({ failure: { code: 'chat.auth' } });
  });
});

describe('a message that answers nobody', () => {
  it('is posted once, when the answer to the first try was lost', async () => {
    const before = said('U0VERA', projects).length;
    rig.local.knobs.setFaults({ webApi: { kind: 'lost-answer', times: 1, methods: ['chat.postMessage'] } });
    const lost = await rig.adapter.delivery.post(to(projects), words('Incident'), 'incident-1');
    expect(lost).toMatchObject({ result: 'failed' });
    expect(said('U0VERA', projects)).toHaveLength(before + 1);
    const again = await rig.adapter.delivery.post(to(projects), words('Incident'), 'incident-1');
    expect(said('U0VERA', projects)).toHaveLength(before + 1);
    const ts = said('U0VERA', projects).at(-1)?.ts;
    expect(again).toMatchObject({ result: 'sent', as: 'public', handle: { ts } });
  });

  it('is posted once by another process that is told of the doubt', async () => {
    await rig.adapter.delivery.post(to(projects), words('Incident 2'), 'incident-2');
    const before = said('U0VERA', projects).length;
    const again = await rig.adapter.delivery.post(to(projects), words('Incident 2'), 'incident-2', true);
    expect(again).toMatchObject({ result: 'sent' });
    const other = await rig.adapter.delivery.post(to(projects), words('Incident 3'), 'incident-3', true);
    expect(other).toMatchObject({ result: 'sent' });
    expect(said('U0VERA', projects)).toHaveLength(before + 1);
  });

  it('goes to a person directly', async () => {
    const at = { platform: 'slack', tenant: 'T0DEMO', user: 'U0VERA' } as const;
    expect(await rig.adapter.delivery.post(at, words('For Vera'), 'v1')).toMatchObject({ as: 'direct' });
    expect(said('U0VERA', 'D0VERA').at(-1)?.text).toBe('For Vera');
  });

  it.each([
    ['no channel', 'C0NOWHERE', 'channel_not_found', 'channel'],
    ['the bot is not there', general, 'not_in_channel', 'channel'],
  ])('tells what it touches where it cannot be: %s', async (_, channel, reason, touches) => {
    const posted = await rig.adapter.delivery.post(to(channel), words('x'), 'k');
    expect(posted).toEqual({ result: 'gone', reason, touches });
  });

  it('tells what it touches when posting is restricted, the channel archived, or a right is missing', async () => {
    const post = () => rig.adapter.delivery.post(to(projects), words('x'), 'k');
    rig.local.knobs.setFaults({ webApi: { kind: 'error', error: 'restricted_action_thread_locked' } });
    expect(await post()).toMatchObject({ result: 'gone', touches: 'channel' });
    rig.local.knobs.setFaults({ scopes: ['commands'] });
    expect(await post()).toEqual({ result: 'gone', reason: 'missing_scope', touches: 'platform' });
    rig.local.knobs.setFaults({});
    rig.local.knobs.archive(projects);
    expect(await post()).toEqual({ result: 'gone', reason: 'is_archived', touches: 'channel' });
  });

  it('that is edited and gone is told to be gone: whoever keeps it posts another', async () => {
    const posted = await rig.adapter.delivery.post(to(projects), words('Alert'), 'k9');
    const gone = { ...sentHandle(posted), ts: '1.000001', editedAt: 0 };
    const before = said('U0VERA', projects).length;
    expect(await send(gone, words('Alert, again'))).toMatchObject({ result: 'gone', touches: 'message' });
    expect(said('U0VERA', projects)).toHaveLength(before);
  });

  it('goes into a thread, once, though the answer to the first try was lost', async () => {
    const parent = sentHandle(await rig.adapter.delivery.post(to(projects), words('Parent'), 'p1'));
    const { post } = rig.adapter.delivery;
    const inThread = () =>
      said('U0VERA', projects)
        .filter(({ threadTs }) => threadTs === parent.ts)
        .map(({ text }) => text);
    rig.local.knobs.setFaults({ webApi: { kind: 'lost-answer', times: 1, methods: ['chat.postMessage'] } });
    expect(await post(to(projects), words('Below'), 'p1-1', false, parent)).toMatchObject({
      result: 'failed',
    });
    const found = await post(to(projects), words('Below'), 'p1-1', true, parent);
    expect(found).toMatchObject({ result: 'sent', handle: { thread: parent.ts } });
    await post(to(projects), words('Below, too'), 'p1-2', true, parent);
    expect(inThread()).toEqual(['Below', 'Below, too']);
    // Of a reply the thread is its parent's.
    await post(to(projects), words('Beside'), 'p1-3', false, sentHandle(found));
    expect(inThread()).toHaveLength(3);
    const lost = { ...parent, ts: '1.000001' };
    expect(await post(to(projects), words('x'), 'p1-4', false, lost)).toMatchObject({
      result: 'gone',
      touches: 'message',
    });
  });

  it('stays as it is though somebody presses in it, in direct messages too', async () => {
    const at = { platform: 'slack', tenant: 'T0DEMO', user: 'U0ALEX' } as const;
    const actions = [{ label: 'Acknowledge', command: 'incidents ack x' }];
    const reply: Reply = { summary: 'Alert', blocks: [{ block: 'actions', actions }] };
    const posted = sentHandle(await rig.adapter.delivery.post(at, reply, 'd1'));
    const message = () => said('U0ALEX', 'D0ALEX').find(({ ts }) => ts === posted.ts);
    for (const edits of [0, 1]) {
      if (edits > 0) await send(posted, { ...reply, summary: 'Alert, edited' });
      const before = rig.requests.length;
      const [block] = message()?.blocks ?? [];
      const { block_id: blockId } = block as { readonly block_id: string };
      await person().press(String(posted.ts), { actionId: 'command:0:0', blockId });
      const { handle } = await rig.asked(before + 1);
      expect(handle).toMatchObject({ via: 'response', replace: false });
      const answered = sentHandle(await send(handle, words('You see to it')));
      await send(answered, words('It was seen to'));
      expect(message()?.text).toBe(edits > 0 ? 'Alert, edited' : 'Alert');
      expect(said('U0ALEX', 'D0ALEX').at(-1)).toMatchObject({ text: 'It was seen to' });
    }
  });
});

describe('a file', () => {
  const file = {
    name: 'logs & more.csv',
    title: 'Logs',
    mediaType: 'text/csv',
    content: new TextEncoder().encode('time,message\n1,"Ünïcode"\n'),
  };

  it('goes to the direct messages, and the answer links there', async () => {
    const { handle } = await commandIn(projects, '/cwsync logs --export');
    const sent = await send(handle, { ...words('120 entries'), file });
    expect(sent).toMatchObject({ result: 'sent', as: 'private' });
    const uploaded = said('U0ALEX', 'D0ALEX').at(-1);
    expect(uploaded?.files).toHaveLength(1);
    const answer = said('U0ALEX', projects).at(-1);
    expect(textsIn(answer?.blocks).join('\n')).toMatch(
      /120 entries\nThe file is in your direct messages with me: <http\S+\|logs &amp; more\.csv>/u,
    );
    expect(said('U0VERA', projects).flatMap(({ files = [] }) => files)).toEqual([]);
  });

  it('that is a picture comes with words for those who cannot see it', async () => {
    const { handle } = await commandIn(projects, '/cwsync report');
    const picture = { ...file, name: 'report.png', mediaType: 'image/png', alt: '12 syncs, <none> failed' };
    await send(handle, { ...words('A report'), file: picture });
    const seen = await fetch(`${rig.local.url}/_control/messages?user=U0ALEX&channel=D0ALEX`);
    const { messages } = (await seen.json()) as { messages: { files?: object[] }[] };
    expect(messages.at(-1)?.files).toMatchObject([
      { mimetype: 'image/png', alt_txt: '12 syncs, <none> failed', size: file.content.byteLength },
    ]);
    expect(textsIn(said('U0ALEX', projects).at(-1)?.blocks).join()).toContain(
      'The picture is in your direct',
    );
  });

  it('goes into the channel with --here', async () => {
    const { shared } = await commandIn(projects, '/cwsync report --here');
    await send(shared, { ...words('A report'), file });
    expect(said('U0VERA', projects).flatMap(({ files = [] }) => files)).toHaveLength(1);
  });

  it.each<[string, Faults, RegExp]>([
    ['the right is missing', { scopes: ['chat:write', 'im:write'] }, /files:write/u],
    [
      'Slack is in trouble',
      { webApi: { kind: 'server-error', status: 500, methods: ['files.completeUploadExternal'] } },
      /Ask again in a minute/u,
    ],
  ])('that cannot be sent is told, and the words come all the same: %s', async (_, faults, next) => {
    const { handle } = await commandIn(projects, '/cwsync logs --export');
    rig.local.knobs.setFaults(faults);
    expect(await send(handle, { ...words('Words'), file })).toMatchObject({ result: 'sent' });
    const told = textsIn(said('U0ALEX', projects).at(-1)?.blocks);
    expect(told[0]).toBe('Words');
    expect(told.at(-1)).toMatch(next);
  });
});

describe('the directory', () => {
  const who = (userId: string, tenant = 'T0DEMO') =>
    rig.adapter.directory.person({ platform: 'slack', tenant, userId });

  it.each([
    ['U0ALEX', { stranger: false, guest: false, bot: false, timeZone: 'Europe/Berlin' }],
    ['U0GUS', { stranger: false, guest: true, bot: false }],
    ['U0SOLO', { stranger: false, guest: true, bot: false }],
    ['U0SAM', { stranger: true, bot: false }],
    ['U0BUILDBOT', { bot: true }],
  ])('knows %s', async (id, facts) => {
    rig.local.knobs.setFaults({});
    expect(await who(id)).toMatchObject(facts);
  });

  it('takes anybody of another workspace for a stranger, and knows nobody who is not there', async () => {
    expect(await who('U0VERA', 'T0PARTNER')).toMatchObject({ stranger: true });
    expect(await who('U0NOBODY')).toBeUndefined();
  });

  it('knows conversations, and asks again at once for one that it could not see', async () => {
    const at = (id: string) => rig.adapter.directory.conversation(to(id));
    expect(await at('C0SHARED')).toMatchObject({ external: true, member: true, archived: false });
    expect(await at(general)).toEqual({ name: 'general', external: false, member: false, archived: false });
    expect(await at(secret)).toBeUndefined();
    rig.local.knobs.inviteBot(secret);
    expect(await at(secret)).toMatchObject({ name: 'secret', member: true });
  });

  it('keeps what it knows for a while, and no failure', async () => {
    await who('U0VERA');
    rig.local.knobs.setFaults({ webApi: { kind: 'server-error', status: 500 } });
    expect(await who('U0VERA')).toMatchObject({ stranger: false });
    await expect(who('U0NEW')).rejects.toMatchObject({ failure: { code: 'internal' } });
    rig.local.knobs.setFaults({});
    expect(await who('U0NEW')).toBeUndefined();
  });
});
