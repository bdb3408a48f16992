/** Slack's way in, from outside: who may knock, and what the product says to those who may not. */
import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  eventually,
  imported,
  type ProductRig,
  slackSecrets,
  startProductRig,
  storedTask,
} from '../support/product-rig.ts';
import { sampleOf } from '../support/prometheus-text.ts';
import { Answer, Conversation } from '../support/slack-conversation.ts';
import { press, seen } from './local-slack-rig.ts';

let rig: ProductRig;
let chat: Conversation;

beforeAll(async () => {
  rig = await startProductRig({ projects: 3, tickets: 3, env: { CWSYNC_COOL_DOWN_SECONDS: '600' } });
  chat = new Conversation(rig.slack);
  await imported(rig);
});
afterAll(() => rig?.stop());

const eventsUrl = () => `http://127.0.0.1:${rig.port}/slack/events`;
const nowSeconds = () => Math.floor(Date.now() / 1_000);

type Knock = {
  readonly body: string;
  readonly at?: number;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

function signed({ body, at = nowSeconds(), secret = slackSecrets.signingSecret }: Knock) {
  const digest = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${digest}` };
}

function knock(request: Knock): Promise<Response> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...signed(request),
    ...request.headers,
  };
  return fetch(eventsUrl(), { method: 'POST', headers, body: request.body });
}

/** Takes what the product answers on a response_url. */
class Mailbox {
  readonly #server: Server;
  readonly letters: string[] = [];
  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += String(piece);
      });
      request.on('end', () => {
        this.letters.push(body);
        response.end('ok');
      });
    });
  }
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/answer`;
  }
  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** A response_url of the local Slack: one that the product takes for Slack's own. */
function responseUrl(): string {
  const target = { channel: 'C0PROJECTS', user: 'U0ALEX', origin: 'command', target: null } as const;
  return new URL(rig.slack.workspace.openResponseUrl(target, 'T0DEMO').path, rig.slack.url).href;
}

function command(text: string, fields: Readonly<Record<string, string>> = {}): string {
  return new URLSearchParams({
    team_id: 'T0DEMO',
    channel_id: 'C0PROJECTS',
    user_id: 'U0ALEX',
    user_name: 'alex',
    command: '/cwsync',
    text,
    response_url: responseUrl(),
    trigger_id: randomUUID(),
    ...fields,
  }).toString();
}

/** The messages of the channel that say this. */
async function wordsOf(words: RegExp): Promise<string[]> {
  const messages = await chat.messages();
  return messages.map((message) => new Answer(message).words).filter((text) => words.test(text));
}

const auditedCommands = () => rig.db.collection('audit_log').countDocuments();
const handled = () => rig.db.collection('seen_requests').countDocuments();

describe('a knock that is not Slack’s', () => {
  let before: readonly [number, number];
  beforeEach(async () => {
    before = [await handled(), await auditedCommands()];
  });

  const strangers: readonly (readonly [string, () => Promise<Response>, number])[] = [
    ['signed with another secret', () => knock({ body: command('sync #101'), secret: 'guessed' }), 401],
    ['six minutes old', () => knock({ body: command('sync #101'), at: nowSeconds() - 360 }), 401],
    [
      'a signature of another body',
      () => {
        const body = command('status');
        return knock({ body: command('sync #101'), headers: signed({ body }) });
      },
      401,
    ],
    [
      'a malformed signature',
      () => knock({ body: command('sync #101'), headers: { 'x-slack-signature': 'v0=' } }),
      401,
    ],
    [
      'a time that is no number',
      () => knock({ body: command('sync #101'), headers: { 'x-slack-request-timestamp': 'soon' } }),
      401,
    ],
    [
      'without a signature',
      () => fetch(eventsUrl(), { method: 'POST', body: new URLSearchParams(command('sync #101')) }),
      401,
    ],
    [
      'signed, and not JSON although it says so',
      () => knock({ body: '{"type":', headers: { 'content-type': 'application/json' } }),
      400,
    ],
    ['signed, with a payload that is not JSON', () => knock({ body: 'payload=%7B' }), 400],
    ['more than a megabyte', () => knock({ body: `text=${'a'.repeat(1_100_000)}` }), 413],
  ];

  for (const [what, request, status] of strangers) {
    it(`is refused with ${status}: ${what}`, async () => {
      const answer = await request();
      const words = await answer.text();
      expect(answer.status).toBe(status);
      expect(words).not.toMatch(/node_modules|\.ts|at \S+ \(/u);
      // One that is let in follows, so that what a stranger might have set off has happened by now.
      await chat.ask('/cwsync help');
      expect([(await handled()) - 1, await auditedCommands()]).toEqual(before);
    });
  }

  it('is refused on every other address and method', async () => {
    const get = await fetch(eventsUrl());
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const elsewhere = await fetch(`http://127.0.0.1:${rig.port}/admin`, { method: 'POST' });
    expect(elsewhere.status).toBe(404);
    expect(elsewhere.headers.get('x-powered-by')).toBeNull();
  });
});

describe('a knock that is Slack’s', () => {
  it('is answered once when it comes twice', async () => {
    const request = { body: command('help tasks'), at: nowSeconds() };
    const answers = await Promise.all([knock(request), knock(request)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await knock(request)).status).toBe(200);
    await chat.ask('/cwsync logs');
    await eventually(async () => expect(await wordsOf(/Integration Log/u)).toHaveLength(1));
    expect(await wordsOf(/^\*?tasks /u)).toHaveLength(1);
  });

  it('is never answered on an address that is not Slack’s', async () => {
    const mailbox = new Mailbox();
    try {
      const body = command('disable #101', { response_url: await mailbox.open() });
      const answer = await knock({ body });
      expect(answer.status).toBe(200);
      await chat.ask('/cwsync help');
      expect(mailbox.letters).toEqual([]);
      expect((await storedTask(rig.db, 101)).link.state).toBe('active');
    } finally {
      await mailbox.close();
    }
  });

  it('is acknowledged whatever its response_url looks like', async () => {
    const answer = await knock({ body: command('disable #101', { response_url: 'nowhere' }) });
    expect(answer.status).toBe(200);
    await chat.ask('/cwsync help');
    expect((await storedTask(rig.db, 101)).link.state).toBe('active');
  });

  it('makes one sync of a button that is pressed twice', async () => {
    const card = await chat.ask('/cwsync status #102');
    const pressed = { ...card.buttonNamed('Refresh'), user: 'U0ALEX', messageTs: card.ts };
    await Promise.all([press(rig.slack, pressed), press(rig.slack, pressed)]);
    await eventually(async () => {
      const waiting = await rig.db.collection('interactions').countDocuments({ taskId: /./u });
      if (waiting < 2) throw new Error(`${waiting} wait`);
    });
    const task = await storedTask(rig.db, 102);
    // Both presses were asked for while the cool-down lasts: one run, that both wait for.
    expect(task.state).toBe('requested');
    await chat.ask('/cwsync sync #102 --now');
    await eventually(async () => {
      expect(await rig.db.collection('interactions').countDocuments({})).toBe(0);
    });
    const finished = { action: 'finished', projectId: task.projectId };
    expect(await rig.db.collection('integration_log').countDocuments(finished)).toBe(2);
    expect((await seen(rig.slack, 'U0ALEX', 'C0PROJECTS')).some((one) => one.failedPress)).toBe(false);
  });

  it('is refused by role when a viewer presses what is not theirs', async () => {
    const body = command('sync #101 --now', { user_id: 'U0VERA', user_name: 'vera' });
    const before = await storedTask(rig.db, 101);
    await knock({ body });
    await eventually(async () => {
      const refused = await rig.db.collection('audit_log').countDocuments({ outcome: /^refused: role/u });
      expect(refused).toBe(1);
    });
    expect((await storedTask(rig.db, 101)).want).toBe(before.want);
  });
});

it('metrics count what both halves did, and hold no name and no id', async () => {
  await chat.ask('/cwsync status');
  const text = await (await fetch(`http://127.0.0.1:${rig.port}/metrics`)).text();
  const of = sampleOf(text);
  expect(of('cwsync_chat_events_total', { platform: 'slack', acknowledged: 'done' })).toBeGreaterThan(0);
  expect(of('cwsync_chat_acknowledge_duration_seconds_count', { platform: 'slack' })).toBeGreaterThan(0);
  const answers = { platform: 'slack', purpose: 'answer', result: 'sent' };
  expect(of('cwsync_chat_messages_total', answers)).toBeGreaterThan(0);
  expect(of('cwsync_runs_total', { mode: 'comprehensive', result: 'completed' })).toBeGreaterThanOrEqual(3);
  expect(of('cwsync_connectwise_requests_total', { kind: 'read', outcome: '2xx' })).toBeGreaterThan(9);
  expect(of('cwsync_connectwise_turn_wait_seconds_count')).toBeGreaterThan(9);
  for (const thread of ['main', 'sync']) expect(of('cwsync_heap_used_bytes', { thread })).toBeGreaterThan(0);
  expect(of('cwsync_projects', { state: 'active' })).toBe(3);
  const tasks = await rig.db.collection('sync_tasks').find({ kind: 'project' }).toArray();
  const { CONNECTWISE_COMPANY_ID: companyId = '' } = rig.env;
  for (const { link, projectId } of tasks) {
    for (const told of [link.projectName, link.customer, projectId]) expect(text).not.toContain(told);
  }
  expect(text).not.toContain(companyId);
});
