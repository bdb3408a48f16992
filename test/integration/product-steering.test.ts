/** Steering by forms, as a person does it: the whole product, its modals in the local Slack, a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callbackUrl } from '../../adapters/connectwise/callbacks/subscriptions.ts';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { DEMO_CREDENTIALS } from '../../demo/connectwise/server.ts';
import {
  alex,
  eventually,
  imported,
  operationsChannel,
  type ProductRig,
  projectsChannel,
  startProductRig,
  storedTask,
} from '../support/product-rig.ts';
import { Conversation } from '../support/slack-conversation.ts';

const tenantId = DEMO_CREDENTIALS.companyId.toLowerCase();

let rig: ProductRig;
beforeAll(async () => {
  rig = await startProductRig({
    projects: 3,
    tickets: 4,
    env: { PUBLIC_URL: 'https://cwsync.example' },
  });
  await imported(rig);
}, 90_000);
afterAll(() => rig.stop());

const person = () => rig.slack.as(alex);
const settingsStore = () => mongoSettingsStore(rig.db, tenantId, {}, '$$NOW');
const entry = (id: string, value: string | string[]) => ({
  blockId: `field:${id}`,
  actionId: `field:${id}`,
  value,
});

/** The modal on top, once it says this. */
function modalThat(says: string) {
  return eventually(() => {
    const view = person().modal();
    const words = JSON.stringify(view?.blocks ?? []);
    if (!view || !words.includes(says)) throw new Error(`the modal says: ${words}`);
    return view;
  });
}

async function open(command: string, says: string) {
  await person().command(projectsChannel, command);
  return await modalThat(says);
}

/** What Alex sees in the channel, his own answers included. */
async function toldThat(words: string, channel = projectsChannel): Promise<string> {
  const conversation = new Conversation(rig.slack, { channel });
  return await eventually(async () => {
    const found = (await conversation.messages()).findLast((one) => JSON.stringify(one).includes(words));
    if (!found) throw new Error(`nobody said: ${words}`);
    return found.ts;
  });
}

describe('settings in a modal', () => {
  it('are saved, told to the asker and to the alert channel, and undone by the button', async () => {
    await open('/cwsync settings', 'Miscellaneous Data Sync');
    expect(person().modal()?.title.text).toBe('Advanced Settings');
    const done = await person().submit([
      entry('retention-days', '60'),
      // Guests read #projects, so that one would be asked about.
      entry('alert-channels', [operationsChannel]),
    ]);
    expect(done.outcome).toBe('cleared');
    await toldThat('Settings saved: 2 changes.');
    await toldThat('changed the settings.', operationsChannel);
    expect(await settingsStore().read()).toMatchObject({ retentionDays: 60, boards: 'all', revision: 1 });

    const conversation = new Conversation(rig.slack);
    const ts = await toldThat('Settings saved: 2 changes.');
    const answer = await conversation.until({ ts }, /Settings saved/u);
    await conversation.press(answer, 'Undo');
    await toldThat('Undone: the settings are as they were before.');
    expect(await settingsStore().read()).toMatchObject({ retentionDays: 30, alertChannels: [], revision: 2 });
  });

  it('that somebody else saved meanwhile are shown, with one’s own values kept, and asked for again', async () => {
    await open('/cwsync settings', 'Miscellaneous Data Sync');
    const { revision, changed: _last, ...before } = await settingsStore().read();
    const bo = { id: 'slack:T0DEMO/U0BO', name: 'Bo' };
    await settingsStore().save({ ...before, autoDisableDays: 7 }, revision, bo);
    const first = await person().submit([entry('retention-days', '45')]);
    expect(first.outcome).toBe('updated');
    await modalThat('Not saved yet.');
    expect((await settingsStore().read()).retentionDays).toBe(30);
    expect((await person().submit()).outcome).toBe('cleared');
    await toldThat('Settings saved: 1 change.');
    expect(await settingsStore().read()).toMatchObject({ retentionDays: 45, autoDisableDays: 7 });
  });
});

describe('a callback of ConnectWise', () => {
  it('tells of a deletion, which nothing else would for hours: the ticket is gone from the plan at once', async () => {
    const { callbacks, world } = rig.connectWise;
    // In place of the public address, which leads to the same port.
    const url = callbackUrl(`http://127.0.0.1:${rig.port}`);
    const subscription = { url, type: 'ticket', level: 'owner', objectId: 1 };
    const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
    const keys = Buffer.from(`${companyId}+${publicKey}:${privateKey}`).toString('base64');
    const registered = await fetch(`${rig.connectWise.url}/v4_6_release/apis/3.0/system/callbacks`, {
      method: 'POST',
      headers: { authorization: `Basic ${keys}`, clientId, 'content-type': 'application/json' },
      body: JSON.stringify(subscription),
    });
    expect(registered.status).toBe(201);
    const planner = mongoPlanner(rig.db, tenantId, '$$NOW');
    const tickets = world.stores.tickets.rows();
    const inPlan = await planner.glanceAt(
      'task',
      tickets.map(({ id }) => id),
    );
    const withTime = new Set(world.stores.timeEntries.rows().map(({ ticket }) => ticket.id));
    const one = inPlan.find(({ externalId }) => !withTime.has(externalId)) ?? inPlan[0];
    if (!one) throw new Error('no ticket in the plan');
    world.deleteTicket('areyes', one.externalId);
    await eventually(() => expect(callbacks.deliveries().at(-1)).toMatchObject({ outcome: 204 }));
    await eventually(async () => {
      const [gone] = await planner.glanceAt('task', [one.externalId]);
      expect(gone?.deleted).toBeDefined();
    });
  });
});

describe('the plan', () => {
  it('is edited in chat and goes to ConnectWise, once an admin has turned that on and seen the numbers', async () => {
    const { tickets } = rig.connectWise.world.stores;
    const ticket = tickets.rows().find(({ project }) => project.id === 102);
    if (!ticket) throw new Error('project 102 has no ticket');
    const edit = async (summary: string) => {
      await open(`/cwsync tasks #102 --edit #${ticket.id}`, 'Year-month-day');
      return await person().submit([entry('summary', summary)]);
    };
    expect((await edit(' ')).outcome).toBe('errors');
    expect((await edit('Order 40 chairs')).outcome).toBe('cleared');
    await toldThat('It stays in the plan until Write to ConnectWise is on');

    await open('/cwsync settings write on', 'would change 1 ticket in 1 project.');
    expect((await settingsStore().read()).writeToConnectWise).toBe(false);
    expect((await person().submit()).outcome).toBe('cleared');
    await toldThat('Every active project is compared in full now');
    const inConnectWise = (summary: string) =>
      eventually(() => expect(tickets.get(ticket.id)?.summary).toBe(summary));
    await inConnectWise('Order 40 chairs');
    await edit('Order 50 chairs');
    await inConnectWise('Order 50 chairs');
    const page = await new Conversation(rig.slack).ask('/cwsync status');
    expect(page.words).not.toContain('Read only');
  });
});

describe('what cannot be undone, or stops everything', () => {
  it('asks for the name of the project, under the field', async () => {
    await rig.db
      .collection('sync_tasks')
      .updateOne({ 'link.externalId': 101 }, { $set: { 'link.projectName': 'Office move' } });
    await open('/cwsync disconnect #101', 'cannot be undone');
    expect((await person().submit([entry('name', 'Office')])).outcome).toBe('errors');
    expect((await storedTask(rig.db, 101)).link.state).toBe('active');
    expect((await person().submit([entry('name', 'Office move')])).outcome).toBe('cleared');
    await toldThat('Office move is disconnected for good.');
    expect((await storedTask(rig.db, 101)).link.state).toBe('disconnected');
    await open('/cwsync disconnect #102', 'cannot be undone');
    await person().close({ all: true });
  });

  it('says how many projects stop, takes a reason, and is undone', async () => {
    await open('/cwsync integration disable', 'stop syncing, all at once');
    expect((await person().submit([entry('reason', 'moving house')])).outcome).toBe('cleared');
    const ts = await toldThat('The integration is disabled: moving house.');
    const conversation = new Conversation(rig.slack);
    const answer = await conversation.until({ ts }, /disabled: moving house/u);
    await conversation.press(answer, 'Undo');
    await toldThat('Undone: the integration is enabled again.');
    const gate = await mongoGate({ db: rig.db, tenantId, now: '$$NOW' }).read();
    expect(gate.enabled).toBe(true);
    const audited = await rig.db.collection('audit_log').find({ command: 'disable-integration' }).toArray();
    expect(audited).toMatchObject([{ actor: `slack:T0DEMO/${alex}`, after: 'disabled' }]);
  });
});

it('the first admin is made by the code of the start-up screen', async () => {
  const fresh = await startProductRig({ projects: 1, tickets: 1, env: { CWSYNC_ADMINS: '' } });
  try {
    const code = /claim (\S+)/u.exec(fresh.said.join('\n'))?.[1];
    const conversation = new Conversation(fresh.slack);
    expect((await conversation.ask('/cwsync roles')).words).toContain('needs the role admin');
    expect((await conversation.ask('/cwsync claim AAAA-AAAA')).words).toContain('That is not the code.');
    expect((await conversation.ask(`/cwsync claim ${code}`)).words).toContain('You are the admin now.');
    expect((await conversation.ask('/cwsync roles')).words).toContain('1 person has a role of their own');
    const kept = await fresh.db.collection('claim_codes').find().toArray();
    expect(JSON.stringify(kept)).not.toContain(code);
  } finally {
    await fresh.stop();
  }
}, 90_000);
