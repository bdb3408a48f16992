/** Slack and Teams away, cut off or refusing, while syncs go on: what was to be told is told, and once. */
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { itself } from '../../src/domain/sync-task.ts';
import { seen } from '../integration/local-slack-rig.ts';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import {
  eventually,
  imported,
  type Surroundings,
  startSurroundings,
  storedTask,
} from '../support/product-rig.ts';
import { Answer, Conversation } from '../support/slack-conversation.ts';
import { TeamsService } from '../support/teams-service.ts';
import { anHourPasses } from './an-hour-passes.ts';
import { cell } from './cell.ts';

const inSync = /in sync\. The (?:delta|comprehensive) sync ended/u;
const alertChannel = 'C0OPS';
/** Our own retries of what Slack did not take wait longer and longer. */
const laterMs = 90_000;

describe('Slack', () => {
  let rig: Surroundings;
  let product: ProductProcess;
  let chat: Conversation;
  beforeAll(async () => {
    rig = await startSurroundings({ projects: 4, tickets: 4, slackBy: 'socket' });
    product = startProductProcess(rig.env);
    await product.ready();
    await imported(rig);
    chat = new Conversation(rig.slack);
    rig.slack.knobs.inviteBot(alertChannel);
    const { tenantId } = await storedTask(rig.db, 101);
    const settings = mongoSettingsStore(rig.db, tenantId, { boards: 'all' }, '$$NOW');
    const { revision, changed: _changed, ...read } = await settings.read();
    const to = { platform: 'slack', tenant: 'T0DEMO', conversation: alertChannel } as const;
    expect(await settings.save({ ...read, alertChannels: [to] }, revision, itself)).toBe(true);
  });
  afterAll(async () => {
    await product?.kill();
    await rig?.stop();
  });
  afterEach(async () => {
    rig.slack.knobs.setFaults({});
    await rig.control('PUT', '/latency', { ms: 0 });
    await rig.control('DELETE', '/faults');
  });

  async function alerts(): Promise<readonly string[]> {
    const all = await seen(rig.slack, 'U0ALEX', alertChannel);
    const ours = all.filter(({ ephemeral, user }) => !ephemeral && user === 'U0CWSYNC');
    return ours.map((message) => new Answer(message).words);
  }

  async function alertsBecome(count: number): Promise<void> {
    await eventually(async () => {
      const all = await alerts();
      if (all.length !== count) throw new Error(`${all.length}, not ${count}: ${all.join('\n---\n')}`);
    }, laterMs);
  }

  const doneOf = async (project: number) => (await storedTask(rig.db, project)).done;
  async function synced(project: number, since: number): Promise<void> {
    await eventually(async () => {
      const { done, want, state } = await storedTask(rig.db, project);
      if (done <= since || done !== want || state !== 'idle') throw new Error('not yet');
    });
  }

  async function nobodyWaits(): Promise<void> {
    await eventually(async () => {
      expect(await rig.db.collection('interactions').countDocuments()).toBe(0);
    }, laterMs);
  }

  /** A sync of one project ends and another one fails while Slack is as it is then. */
  async function whileSlack(isAway: () => void, isBack: () => void): Promise<void> {
    await anHourPasses(rig.db);
    const before = (await alerts()).length;
    await rig.control('PUT', '/latency', { ms: 400 });
    const [done, failed] = [await doneOf(101), await doneOf(102)];
    const answer = await chat.ask('/cwsync sync #101 --now');
    await rig.control('POST', '/faults', { kind: 'status', status: 403, path: 'projects/102' });
    await chat.ask('/cwsync sync #102 --now');
    isAway();
    await rig.control('PUT', '/latency', { ms: 0 });
    await synced(101, done);
    await synced(102, failed);
    await eventually(async () => {
      expect(await rig.db.collection('incidents').countDocuments({ openKey: { $exists: true } })).toBe(1);
    });
    expect(await alerts()).toHaveLength(before);
    isBack();
    await alertsBecome(before + 1);
    await nobodyWaits();
    // Where the answer itself could not be changed any more, the end comes as a direct message.
    const direct = await new Conversation(rig.slack, { channel: 'D0ALEX' }).messages();
    const later = [...(await chat.messages()), ...direct].filter(({ ts }) => ts >= answer.ts);
    expect(later.map((message) => new Answer(message).words).join('\n')).toMatch(inSync);
    await rig.control('DELETE', '/faults');
    await eventually(() => chat.ask('/cwsync sync #102 --now'), laterMs);
    await alertsBecome(before + 2);
    await nobodyWaits();
    expect(await alerts()).toHaveLength(before + 2);
  }

  cell(
    'Slack down',
    () =>
      whileSlack(
        () =>
          rig.slack.knobs.setFaults({
            webApi: { kind: 'server-error', status: 503 },
            responseUrl: { status: 503 },
          }),
        () => rig.slack.knobs.setFaults({}),
      ),
    300_000,
  );

  cell(
    'socket dropped',
    async () => {
      const answer = await chat.ask('/cwsync sync #101 --now');
      rig.slack.knobs.dropSockets();
      await chat.until(answer, inSync, laterMs);
      await eventually(async () => {
        if (rig.slack.knobs.socketCount() !== 1) throw new Error('not connected');
        await chat.until(await chat.ask('/cwsync sync #104 --now'), inSync);
      }, laterMs);
      await nobodyWaits();
    },
    240_000,
  );

  cell(
    'token revoked',
    () =>
      whileSlack(
        () => rig.slack.knobs.setFaults({ tokenError: 'token_revoked', responseUrl: { status: 503 } }),
        () => rig.slack.knobs.setFaults({}),
      ),
    300_000,
  );
});

describe('Teams', () => {
  const tenant = '11111111-1111-4111-8111-111111111111';
  const alex = {
    id: '29:alex',
    name: 'Alex Wilber',
    aadObjectId: '33333333-3333-4333-8333-333333333331',
  } as const;
  const conversation = { id: 'a:29:alex', conversationType: 'personal', tenantId: tenant };
  let service: TeamsService;
  let rig: Surroundings;
  let product: ProductProcess;
  let sent = 0;
  beforeAll(async () => {
    service = await TeamsService.start();
    service.members.set(alex.id, { ...alex, tenantId: tenant, userRole: 'user' });
    rig = await startSurroundings({
      projects: 2,
      tickets: 4,
      env: {
        CWSYNC_TEAMS_ANONYMOUS: 'true',
        TEAMS_TENANT_ID: tenant,
        CWSYNC_ADMINS: `teams:${tenant}/${alex.aadObjectId}`,
      },
    });
    product = startProductProcess(rig.env);
    await product.ready();
    await imported(rig);
  });
  afterAll(async () => {
    await product?.kill();
    await rig?.stop();
    await service?.stop();
  });

  async function says(text: string): Promise<void> {
    sent += 1;
    const response = await fetch(`http://127.0.0.1:${rig.port}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'message',
        id: `event-${sent}`,
        channelId: 'msteams',
        serviceUrl: service.url,
        from: alex,
        recipient: { id: '28:cwsync', name: 'cwsync' },
        conversation,
        channelData: { tenant: { id: tenant } },
        text,
      }),
    });
    expect(response.status).toBeLessThan(300);
  }

  const shown = () => service.in(conversation.id);
  const wordsOf = (activity: object) => JSON.stringify(activity);

  cell(
    'Teams down',
    async () => {
      // The first that cwsync hears of somebody brings a welcome beside the answer.
      await says('help');
      await eventually(() => expect(shown()).toHaveLength(2));
      await rig.control('PUT', '/latency', { ms: 400 });
      await says('sync #101 --now');
      const asked = await eventually(() => {
        const [, , third] = shown();
        if (!third) throw new Error('no answer yet');
        return third;
      });
      service.faults.push({ method: 'PUT', path: /activities/u, status: 503 });
      service.faults.push({ method: 'POST', path: /activities/u, status: 503 });
      const { done } = await storedTask(rig.db, 101);
      await rig.control('PUT', '/latency', { ms: 0 });
      await eventually(async () => {
        const task = await storedTask(rig.db, 101);
        if (task.state !== 'idle' || task.want !== task.done || task.done < done) throw new Error('not yet');
      });
      await eventually(() => expect(service.calls.map(({ method }) => method)).toContain('PUT'));
      service.faults.length = 0;
      await eventually(() => {
        const now = shown().find(({ id }) => id === asked.id);
        expect(wordsOf(now?.activity ?? {})).toMatch(/in sync/u);
      }, laterMs);
      await eventually(async () => {
        expect(await rig.db.collection('interactions').countDocuments()).toBe(0);
      }, laterMs);
      expect(shown()).toHaveLength(3);
    },
    240_000,
  );
});
