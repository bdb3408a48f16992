/** The bot, and the database under it, ended at every point of an answer and of an alert. */
import { afterAll, beforeAll, expect } from 'vitest';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { itself } from '../../src/domain/sync-task.ts';
import { seen } from '../integration/local-slack-rig.ts';
import { eventually, imported, projectsChannel, storedTask } from '../support/product-rig.ts';
import { Answer, Conversation } from '../support/slack-conversation.ts';
import { anHourPasses } from './an-hour-passes.ts';
import { cell } from './cell.ts';
import { killCellsOf } from './cells.ts';
import { alertPoints } from './checkpoints.ts';
import { type Fleet, Server, startFleet } from './fleet.ts';
import { type Strike, strikeAt } from './strike.ts';

const inSync = /in sync\. The (?:delta|comprehensive) sync ended/u;
/** Longer than everything that a killed bot holds. */
const laterMs = 60_000;
/** Where nobody asks, so that what stands there for all is alerts alone. */
const alertChannel = 'C0OPS';

let server: Server;
let fleet: Fleet;
let chat: Conversation;

beforeAll(async () => {
  server = await Server.start();
  fleet = await startFleet(server, { projects: 3, tickets: 4, members: ['bot', 'worker'] });
  await imported(fleet);
  chat = new Conversation(fleet.slack, { channel: projectsChannel });
  fleet.slack.knobs.inviteBot(alertChannel);
  const { tenantId } = await storedTask(fleet.db, 101);
  const settings = mongoSettingsStore(fleet.db, tenantId, { boards: 'all' }, '$$NOW');
  const { revision, changed: _changed, ...read } = await settings.read();
  const to = { platform: 'slack', tenant: 'T0DEMO', conversation: alertChannel } as const;
  expect(await settings.save({ ...read, alertChannels: [to] }, revision, itself)).toBe(true);
});
afterAll(async () => {
  await fleet?.stop();
  await server?.stop();
});

async function goesOn(victim: Strike['victim']): Promise<void> {
  if (victim === 'bot') {
    await fleet.member('bot').killed();
    fleet.member('bot').start();
  }
  await fleet.up();
}

async function nobodyWaits(): Promise<void> {
  await eventually(async () => {
    const waiting = await fleet.db.collection('interactions').countDocuments();
    if (waiting > 0) throw new Error(`${waiting} people wait to be told`);
  }, laterMs);
}

/** A question that meets the end, and one that comes after it. */
async function isTold(strike: Strike): Promise<void> {
  const struck = strikeAt(fleet, strike, 'bot');
  // Whether it is answered depends on where the end meets it: Slack may say that nobody did.
  void chat.ask('/cwsync sync #101 --now').catch(() => undefined);
  await struck;
  await goesOn(strike.victim);
  await nobodyWaits();
  await eventually(async () => {
    await chat.until(await chat.ask('/cwsync sync #102 --now'), inSync);
  }, laterMs);
  await nobodyWaits();
  const unsettled = await fleet.db
    .collection('sync_tasks')
    .countDocuments({ kind: 'project', state: 'idle', $expr: { $ne: ['$want', '$done'] } });
  expect(unsettled).toBe(0);
}

async function alerts(): Promise<readonly string[]> {
  const all = await seen(fleet.slack, 'U0ALEX', alertChannel);
  return all
    .filter(({ ephemeral, user }) => !ephemeral && user === 'U0CWSYNC')
    .map((message) => new Answer(message).words);
}

/** Of project 103 alone: the integration's own tasks, which come once a minute, go on. */
async function syncWorks(works: boolean): Promise<void> {
  await fleet.control('DELETE', '/faults');
  const fault = { kind: 'status', status: 403, path: 'projects/103' };
  if (!works) await fleet.control('POST', '/faults', fault);
  await eventually(() => chat.ask('/cwsync sync #103 --now'), laterMs);
}

async function alertsBecome(count: number): Promise<void> {
  await eventually(async () => {
    const all = await alerts();
    if (all.length !== count) throw new Error(`${all.length} messages, not ${count}: ${all.join('\n---\n')}`);
  }, laterMs);
}

/** What opens meets the end; its alert and its recovery are there once. */
async function isAlertedOnce(strike: Strike): Promise<void> {
  await anHourPasses(fleet.db);
  const before = (await alerts()).length;
  const struck = strikeAt(fleet, strike, 'bot');
  await syncWorks(false);
  await struck;
  await goesOn(strike.victim);
  await alertsBecome(before + 1);
  await syncWorks(true);
  await alertsBecome(before + 2);
  await nothingLeftToSend();
  expect(await alerts()).toHaveLength(before + 2);
  const open = await fleet.db.collection('incidents').countDocuments({ openKey: { $exists: true } });
  expect(open).toBe(0);
}

async function nothingLeftToSend(): Promise<void> {
  await eventually(async () => {
    const due = await fleet.db.collection('incident_messages').countDocuments({ dueAt: { $exists: true } });
    if (due > 0) throw new Error(`${due} messages are still to be sent`);
  }, laterMs);
}

for (const { id, kill } of killCellsOf('bot-checkpoints.test.ts')) {
  cell(id, () => (kill.point in alertPoints ? isAlertedOnce(kill) : isTold(kill)), 240_000);
}
