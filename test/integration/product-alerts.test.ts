/** The whole product: what breaks in ConnectWise is told in the channel and to a follower, and so is its end. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mongoFollowStore } from '../../adapters/mongodb/follow-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { itself } from '../../src/domain/sync-task.ts';
import {
  eventually,
  imported,
  type ProductRig,
  projectsChannel,
  startProductRig,
  storedTask,
} from '../support/product-rig.ts';
import { Answer, Conversation } from '../support/slack-conversation.ts';
import { type Seen, seen } from './local-slack-rig.ts';

const vera = { platform: 'slack', tenant: 'T0DEMO', userId: 'U0VERA', name: 'Vera' } as const;
const verasChannel = 'D0VERA';
const quietChannel = 'C0GENERAL';

let rig: ProductRig;
let chat: Conversation;
let tenantId: string;

beforeAll(async () => {
  rig = await startProductRig({ projects: 12, tickets: 3, env: { CWSYNC_COOL_DOWN_SECONDS: '600' } });
  chat = new Conversation(rig.slack);
  await imported(rig);
  const { projectId, ...task } = await storedTask(rig.db, 102);
  tenantId = task.tenantId;
  await alertIn(projectsChannel);
  await mongoFollowStore(rig.db, tenantId).follow(vera, { projectId });
});
afterAll(() => rig?.stop());
afterEach(async () => {
  await rig.control('DELETE', '/faults');
  await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
});

async function alertIn(...conversations: readonly string[]): Promise<void> {
  const settings = mongoSettingsStore(rig.db, tenantId, { boards: 'all' }, '$$NOW');
  const { revision, ...saved } = await settings.read();
  const alertChannels = conversations.map((conversation) => ({
    platform: 'slack' as const,
    tenant: 'T0DEMO',
    conversation,
  }));
  expect(await settings.save({ ...saved, alertChannels }, revision, itself)).toBe(true);
}

/** What cwsync posted there for all to see, in order. */
async function alerts(user = 'U0ALEX', channel = projectsChannel): Promise<readonly Answer[]> {
  const isAlert = ({ ephemeral, user: by }: Seen) => !ephemeral && by === 'U0CWSYNC';
  return (await seen(rig.slack, user, channel)).filter(isAlert).map((message) => new Answer(message));
}

const direct = () => alerts('U0VERA', verasChannel);

async function newest(list: () => Promise<readonly Answer[]>, count: number, words: RegExp): Promise<Answer> {
  return await eventually(async () => {
    const all = await list();
    const last = all.at(-1);
    if (all.length !== count || !last || !words.test(last.words)) {
      throw new Error(`${all.length} messages: ${all.map((one) => one.words).join('\n---\n')}`);
    }
    return last;
  });
}

/** How many messages stand in this thread. */
async function threads(ts: string): Promise<number> {
  const messages = rig.slack.as('U0ALEX').messages(projectsChannel);
  return messages.filter(({ threadTs }) => threadTs === ts).length;
}

/** Somebody who may only look presses Acknowledge, then somebody who may see to it. */
async function seenTo(alert: Answer): Promise<Answer> {
  const viewer = new Conversation(rig.slack, { user: 'U0VERA' });
  const refused = await viewer.press(alert, 'Acknowledge');
  expect(refused).toMatchObject({
    ephemeral: true,
    words: expect.stringMatching(/needs the role operator/u),
  });
  expect((await alerts()).map(({ words }) => words)).toEqual([alert.words]);
  const done = await chat.press(alert, 'Acknowledge');
  expect(done.ephemeral).toBe(true);
  await newest(alerts, 2, /Acknowledged by/u);
  await newest(direct, 1, /Acknowledged by/u);
  return await chat.until(alert, /Acknowledged by/u);
}

describe('a right that is missing', () => {
  it('is told at once, with what to do, and its end once it was given back', async () => {
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    await chat.ask('/cwsync sync #102 --now');
    const opened = /#102>\)[\s\S]*Needs attention[\s\S]*Project Tickets[\s\S]*cw\.permission[\s\S]*incident/u;
    const alert = await newest(alerts, 1, opened);
    expect(alert.buttons()).toEqual([
      'Sync now',
      'Acknowledge',
      'Snooze 1 h',
      'Snooze 4 h',
      'Snooze 1 day',
      'Logs',
    ]);
    const acknowledged = await seenTo(alert);
    await newest(direct, 1, opened);
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    await chat.press(acknowledged, 'Sync now');
    const over = /Recovered after [\s\S]*(?:caught up|no changes were missed)/u;
    await newest(alerts, 3, over);
    await newest(direct, 2, over);
    const [parent, ...below] = await alerts();
    expect(below.map(({ words }) => words)).toEqual([
      expect.stringMatching(/Acknowledged by/u),
      expect.stringMatching(over),
    ]);
    expect(await threads(alert.ts)).toBe(2);
    expect(parent?.ts).toBe(alert.ts);
    expect(parent?.words).toMatch(over);
    expect(parent?.words).toMatch(/It was: /u);
  });
});

describe('keys that are refused, with twelve projects', () => {
  it('are one incident, told once in each place, and so is its end', async () => {
    const before = (await alerts()).length;
    const beforeDirect = (await direct()).length;
    await rig.control('POST', '/faults', { id: 'keys', kind: 'status', status: 401 });
    for (let n = 101; n <= 112; n += 1) await chat.ask(`/cwsync sync #${n} --now`);
    const opened = /ConnectWise refuses the API keys[\s\S]*No project syncs until then[\s\S]*cw\.auth/u;
    const alert = await newest(alerts, before + 1, opened);
    await newest(direct, beforeDirect + 1, opened);
    expect(await rig.db.collection('incidents').countDocuments({ 'cause.failure.code': 'cw.auth' })).toBe(1);
    await rig.control('DELETE', '/faults/keys');
    await chat.press(alert, 'Check now');
    await newest(alerts, before + 2, /Recovered after/u);
    await newest(direct, beforeDirect + 2, /Recovered after/u);
    expect(await rig.db.collection('incidents').countDocuments({ openKey: { $exists: true } })).toBe(0);
    await imported(rig);
    expect(await alerts()).toHaveLength(before + 2);
  });
});

it('a channel that cwsync is not in is kept, and the admins are told of it directly', async () => {
  const before = (await alerts()).length;
  await alertIn(projectsChannel, quietChannel);
  await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: false });
  await chat.ask('/cwsync sync #103 --now');
  await newest(alerts, before + 1, /Needs attention/u);
  await newest(
    () => alerts('U0ALEX', 'D0ALEX'),
    1,
    /general[\s\S]*alerts cannot be posted[\s\S]*not_in_channel[\s\S]*Invite cwsync to the channel/u,
  );
  expect(await alerts('U0ALEX', quietChannel)).toEqual([]);
  const { alertChannels } = await mongoSettingsStore(rig.db, tenantId, {}, '$$NOW').read();
  expect(alertChannels.map(({ conversation }) => conversation)).toEqual([projectsChannel, quietChannel]);
  await alertIn(projectsChannel);
  await newest(() => alerts('U0ALEX', 'D0ALEX'), 1, /alerts do not go there any more/u);
});

it('shows that its worker and its bot are alive', async () => {
  const kinds = await rig.db.collection('liveness').find({ tenantId }).toArray();
  expect(kinds.map(({ kind }) => kind).toSorted()).toEqual(['bot', 'worker']);
});
