/**
 * What the person who asked reads when ConnectWise fails, what the status shows, and that it recovers. The product
 * is a process of its own, so that all it writes can be searched for secrets.
 */
import { randomBytes } from 'node:crypto';
import { BSON } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { mongoApiTokenStore } from '../../adapters/mongodb/token-store.ts';
import { DEMO_CREDENTIALS } from '../../demo/connectwise/server.ts';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import {
  eventually,
  imported,
  type Surroundings,
  slackSecrets,
  startSurroundings,
} from '../support/product-rig.ts';
import { leaks } from '../support/secret-forms.ts';
import { type Answer, Conversation } from '../support/slack-conversation.ts';
import { cell } from './cell.ts';

let rig: Surroundings;
let product: ProductProcess;
let chat: Conversation;

beforeAll(async () => {
  rig = await startSurroundings({
    projects: 12,
    tickets: 4,
    // So long that a button which does not skip it shows.
    env: { LOG_LEVEL: 'debug', CWSYNC_COOL_DOWN_SECONDS: '600' },
  });
  product = startProductProcess(rig.env);
  await product.ready();
  chat = new Conversation(rig.slack);
  await imported(rig);
});
afterAll(async () => {
  await product?.end();
  await rig?.stop();
});
afterEach(async () => {
  await rig.control('DELETE', '/faults');
  await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
});

const inSync = /in sync\. The (?:delta|comprehensive) sync ended/u;

const fault = (spec: Record<string, unknown>) => rig.control('POST', '/faults', spec);
const sync = (project: string) => chat.ask(`/cwsync sync ${project} --now`);

async function card(project: string): Promise<Answer> {
  return await chat.ask(`/cwsync status ${project}`);
}

async function needsAttention(project: string, words: RegExp, next: RegExp): Promise<Answer> {
  const answer = await chat.until(await sync(project), /Needs attention/u);
  expect(answer.words).toMatch(words);
  expect(answer.words).toMatch(next);
  const shown = await card(project);
  expect(shown.words).toMatch(/Idle[\s\S]*Needs attention[\s\S]* since /u);
  expect(shown.words).toMatch(words);
  return answer;
}

async function isRetried(project: string, words: RegExp): Promise<Answer> {
  const answer = await chat.until(await sync(project), /attempt \d+ failed/u);
  expect(answer.words).toMatch(words);
  expect(answer.words).toMatch(/Tried again at /u);
  const shown = await card(project);
  expect(shown.words).toMatch(/Retrying/u);
  expect(shown.words).toMatch(words);
  return answer;
}

describe('a failure that a person must fix', () => {
  cell('keys refused', async () => {
    const { companyId, publicKey, privateKey } = DEMO_CREDENTIALS;
    const pair = `${companyId}+${publicKey}:${privateKey}`;
    // A gateway that repeats what it was sent must not make the product repeat it.
    const unauthorizedMessage = `Refused ${privateKey}, Basic ${btoa(pair)}, ${DEMO_CREDENTIALS.clientId}.`;
    await rig.control('PATCH', '/switches', { unauthorizedMessage });
    await fault({ id: 'keys', kind: 'status', status: 401 });
    const answer = await chat.until(await sync('#101'), /accepted and waits/u);
    expect(answer.words).toMatch(/ConnectWise refuses the API keys\*? since/u);
    expect(answer.words).toMatch(/An admin checks the keys of the API member/u);
    expect(answer.words).toMatch(/ConnectWise says:[\s\S]*Refused /u);
    expect((await chat.ask('/cwsync status')).words).toMatch(/ConnectWise refuses the API keys/u);
    expect((await chat.ask('/cwsync logs --errors')).words).toMatch(/cw\.auth/u);
    await rig.control('DELETE', '/faults/keys');
    await chat.ask('/cwsync integration check');
    await chat.until(answer, inSync);
    expect((await card('#101')).words).toMatch(/Healthy/u);
    expect((await chat.ask('/cwsync integration')).words).toMatch(/ConnectWise answers/u);
  });

  cell('right missing', async () => {
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    const answer = await needsAttention(
      '#102',
      /\bright\b[\s\S]*\bticket[\s\S]*cw\.permission/u,
      /Ask a ConnectWise admin to give the security role of the API member the missing right/u,
    );
    expect((await chat.ask('/cwsync status')).words).toMatch(/1 needs attention/u);
    expect((await chat.ask('/cwsync logs #102 --errors')).words).toMatch(/skipped[\s\S]*cw\.permission/u);
    expect((await chat.ask('/cwsync logs #102 --requests --errors')).words).toMatch(/· 403 ·/u);
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    await chat.until(await chat.press(answer, 'Sync now'), inSync);
    expect((await chat.ask('/cwsync status')).words).not.toMatch(/attention/u);
  });

  cell('project gone', async () => {
    const { projects } = rig.connectWise.world.stores;
    const project = projects.get(103);
    if (!project) throw new Error('the world has no project 103');
    projects.delete(103);
    const before = (await chat.ask('/cwsync tasks #103')).words;
    const answer = await needsAttention(
      '#103',
      /no project 103[\s\S]*cw\.project-missing/u,
      /Look for the project in ConnectWise, then sync it again; if it is gone for good, disconnect it/u,
    );
    expect((await chat.ask('/cwsync tasks #103')).words).toBe(before);
    projects.put(project);
    await chat.until(await chat.press(answer, 'Sync now'), inSync);
  });
});

describe('a failure that heals itself', () => {
  cell('error 500', async () => {
    await fault({ kind: 'status', status: 500, path: 'projects/104' });
    const answer = await isRetried('#104', /ConnectWise answered with status 500/u);
    expect(answer.words).toMatch(/Nothing to do: cwsync tries again by itself/u);
    await rig.control('DELETE', '/faults');
    await chat.until(await chat.press(answer, 'Retry now'), inSync);
    expect((await card('#104')).words).toMatch(/Healthy/u);
  });

  cell('reset', async () => {
    await fault({ kind: 'reset', path: 'projects/105' });
    const answer = await isRetried('#105', /ConnectWise did not answer/u);
    await rig.control('DELETE', '/faults');
    await chat.until(answer, inSync);
  });

  cell('broken JSON', async () => {
    await fault({ kind: 'broken-json', path: 'projects/106' });
    const answer = await isRetried('#106', /answer for project makes no sense/u);
    expect(answer.words).toMatch(
      /cwsync tries again by itself; .*cw\.unexpected-response.* id [0-9a-f-]{36}/u,
    );
    await rig.control('DELETE', '/faults');
    await chat.until(await chat.press(answer, 'Retry now'), inSync);
  });

  cell('limiting briefly', async () => {
    await fault({ kind: 'status', status: 429, retryAfter: 1, path: 'projects/107', times: 1 });
    await fault({ kind: 'html', status: 429, retryAfter: 1, path: 'projects/107', after: 1, times: 1 });
    await chat.until(await sync('#107'), inSync);
    const requests = (await chat.ask('/cwsync logs #107 --requests --errors')).words;
    expect(requests.match(/· 429 ·/gu)).toHaveLength(2);
  });

  cell('slow', async () => {
    await fault({ kind: 'slow', delayMs: 1_500, path: 'projects/108' });
    const answer = await chat.until(await sync('#108'), /Syncing/u);
    await chat.until(answer, inSync);
  });
});

cell('bad record', async () => {
  const { tickets } = rig.connectWise.world.stores;
  const [bad, good] = tickets.rows('project/id', 109);
  if (!bad || !good) throw new Error('project 109 has no two tickets');
  tickets.put({ ...bad, requiredDate: 'next Tuesday' });
  tickets.put({ ...good, summary: 'Edited beside a bad one' });
  const answer = await chat.until(await sync('#109 --full'), inSync);
  expect(answer.words).toMatch(/1 updated, 1 skipped/u);
  expect((await chat.ask('/cwsync tasks #109')).words).toContain('Edited beside a bad one');
  const log = (await chat.ask('/cwsync logs #109 --errors')).words;
  expect(log).toMatch(new RegExp(`ticket #${bad.id} skipped`, 'u'));
  expect(log).toMatch(/Look at the record in ConnectWise\./u);
  tickets.put(bad);
});

cell('codebase moved', async () => {
  await fault({ kind: 'codebase', codebase: 'v2026_9', after: 4 });
  const answer = await chat.until(await sync('#111 --full'), inSync);
  expect(answer.words).not.toMatch(/attempt/u);
  await chat.until(await sync('#101'), inSync);
});

// The last that fails: the pause that ConnectWise asks for holds for the whole integration.
cell('limiting long', async () => {
  await fault({ kind: 'html', status: 429, retryAfter: 300, path: 'projects/112' });
  const answer = await isRetried('#112', /the next request is allowed in (?:29\d|300) s/u);
  expect(answer.words).toMatch(/Nothing to do: it goes on by itself/u);
  await rig.control('DELETE', '/requests');
  const again = await chat.until(await chat.press(answer, 'Retry now'), /attempt \d+ failed/u);
  expect(again.words).toMatch(/the next request is allowed in \d+ s/u);
  expect(await rig.control('GET', '/requests/count')).toMatchObject({ count: 0 });
});

/** What comes to the doors with a secret in a place where it does not belong. */
async function strangersWith(token: string): Promise<void> {
  const send = async (path: string, method: string, headers: Record<string, string>, body?: string) => {
    const init = body === undefined ? { method, headers } : { method, headers, body };
    await (await fetch(`http://127.0.0.1:${rig.port}${path}`, init)).text();
  };
  const { signingSecret } = slackSecrets;
  const json = { 'content-type': 'application/json' };
  await send(`/api/v1/tasks?limit=${token}`, 'GET', { authorization: `Bearer ${token}` });
  await send(`/api/v1/${token}`, 'GET', { authorization: `Basic ${btoa(`x:${token}`)}` });
  await send('/api/v1/tasks', 'POST', { authorization: `Bearer ${token}`, ...json }, `{"${token}":`);
  await send(
    '/slack/events',
    'POST',
    { ...json, 'x-slack-signature': signingSecret },
    `{"token":"${signingSecret}"`,
  );
  await send(`/files/${token}?e=1&t=${signingSecret}`, 'GET', {});
  await send(`/${token}/%E0%A4%A`, 'GET', { cookie: token });
}

/** The bytes of every file that was sent. */
async function exported(): Promise<string> {
  const shown = rig.slack.as('U0ALEX').messages('D0ALEX');
  const files = shown.flatMap(({ files: ids = [] }) => ids);
  expect(files.length).toBeGreaterThan(0);
  const headers = { authorization: `Bearer ${slackSecrets.botToken}` };
  const texts = files.map(async (id) => {
    const response = await fetch(`${rig.slack.url}/files-pri/T0DEMO-${id}/x`, { headers });
    expect(response.status).toBe(200);
    return await response.text();
  });
  return (await Promise.all(texts)).join('\n');
}

cell('no secret told', async () => {
  const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
  const tenantId = companyId.toLowerCase();
  const tokens = mongoApiTokenStore({
    db: rig.db,
    tenantId,
    randomBytes: () => randomBytes(32),
    now: '$$NOW',
  });
  const token = (await tokens.create({ name: 'a program', role: 'operator', createdBy: 'ann' })) ?? '';
  await strangersWith(token);
  for (const asked of ['doctor', 'integration', 'audit', 'logs --requests --errors'])
    await chat.ask(`/cwsync ${asked}`);
  await chat.ask('/cwsync logs --export');
  const secrets = {
    privateKey,
    clientId,
    pair: `${companyId}+${publicKey}:${privateKey}`,
    botToken: slackSecrets.botToken,
    signingSecret: slackSecrets.signingSecret,
    password: /:([^:@/]+)@/u.exec(rig.env.MONGODB_URI ?? '')?.[1] ?? '',
    token,
  };
  const kept = await everything();
  const answers = (await Promise.all([chat.messages(), new Conversation(rig.slack).messages()])).flat();
  await eventually(() => expect(product.output()).toContain('cwsync is ready'));
  const files = await eventually(exported);
  const places = { database: kept, answers: JSON.stringify(answers), output: product.output(), files };
  expect(leaks(secrets, places)).toEqual([]);
  // What was searched is what should be there: the refused keys' message, the failed requests, the refused strangers.
  expect(kept).toContain('Refused ');
  expect(places.answers).toContain('Refused ');
  expect(places.files).toContain('cw.auth');
  expect(places.output).toContain('requests were refused');
});

/** Every document of every collection, as text. */
async function everything(): Promise<string> {
  const collections = await rig.db.listCollections({}, { nameOnly: true }).toArray();
  const all = await Promise.all(collections.map(({ name }) => rig.db.collection(name).find().toArray()));
  return BSON.EJSON.stringify(all);
}
