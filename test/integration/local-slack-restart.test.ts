import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';
import { killHard, startChild } from '../support/child-process.ts';
import { answerOn, BOT_TOKEN, SIGNING_SECRET, say, section, texts } from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
let folder: string;
let stateFile: string;
let responseUrls: string[];
let eventsUrl: string;
let stopApp: () => void;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'local-slack-'));
  stateFile = path.join(folder, 'state', 'slack.json');
  responseUrls = [];
  const app = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    responseUrls.push(form.get('response_url') ?? '');
    response.end();
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  eventsUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}/slack/events`;
  stopApp = () => {
    app.close();
    app.closeAllConnections();
  };
});
afterEach(async () => {
  stopApp();
  await rm(folder, { recursive: true });
});

function start(): Promise<LocalSlack> {
  return startSlack({
    port: 0,
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    eventsUrl,
    stateFile,
    clock: () => new Date(),
  });
}

/** The address as it is after a restart, which may be on another port. */
function moved(responseUrl: string | undefined, slack: LocalSlack): string {
  return `${slack.url}${new URL(responseUrl ?? '').pathname}`;
}

it('keeps messages, ephemerals and response_urls with their uses over a kill -9', async () => {
  const { child, firstLine } = await startChild(path.join(import.meta.dirname, 'local-slack-process.ts'), [
    stateFile,
    eventsUrl,
  ]);
  try {
    const running = { url: firstLine } as LocalSlack;
    await say(running, 'U0ALEX', CHANNEL, 'for all');
    await say(running, 'U0ALEX', CHANNEL, '/cwsync sync');
    await answerOn(responseUrls[0] ?? '', { text: 'accepted' });
    for (const text of ['started', 'half']) {
      await answerOn(responseUrls[0] ?? '', { text, replace_original: true });
    }
    await vi.waitFor(async () => expect(await readFile(stateFile, 'utf8')).toContain('"half"'), 5000);
  } finally {
    await killHard(child);
  }

  const slack = await start();
  try {
    expect(await texts(slack, 'U0ALEX', CHANNEL)).toEqual(['for all', 'half']);
    expect(await texts(slack, 'U0VERA', CHANNEL)).toEqual(['for all']);
    const url = moved(responseUrls[0], slack);
    for (const text of ['nearly', 'ended']) await answerOn(url, { text, replace_original: true });
    expect(await texts(slack, 'U0ALEX', CHANNEL)).toEqual(['for all', 'ended']);
    const sixth = await answerOn(url, { text: 'too much' });
    expect(sixth).toEqual({ status: 404, body: { ok: false, error: 'used_url' } });
  } finally {
    await slack.stop();
  }
});

it('saves on stop without waiting, leaves no temporary file, and never uses a time stamp again', async () => {
  const first = await start();
  await say(first, 'U0ALEX', CHANNEL, 'one');
  await first.stop();
  expect(await readdir(path.dirname(stateFile))).toEqual(['slack.json']);

  const second = await start();
  await say(second, 'U0ALEX', CHANNEL, 'two');
  const stamps = second.workspace.publicMessages(CHANNEL).map((message) => message.ts);
  await second.stop();
  expect(new Set(stamps).size).toBe(2);
  expect(stamps.toSorted()).toEqual(stamps);
});

it('keeps Home tabs, files, members and archived channels, and no open modal', async () => {
  const first = await start();
  const client = (slack: LocalSlack) => new WebClient(BOT_TOKEN, { slackApiUrl: slack.apiUrl });
  const view = { type: 'home' as const, blocks: [section('41 projects')] };
  await client(first).views.publish({ user_id: 'U0ALEX', view });
  const file = Buffer.from([0, 1, 255]);
  await client(first).files.uploadV2({ channel_id: CHANNEL, file, filename: 'a.csv' });
  first.knobs.inviteBot('C0SECRET');
  first.knobs.archive('C0GENERAL');
  const before = first.as('U0ALEX').home();
  await first.stop();

  const second = await start();
  try {
    expect(second.as('U0ALEX').home()).toEqual(before);
    const { messages } = await client(second).conversations.history({ channel: CHANNEL });
    const address = messages?.[0]?.files?.[0]?.url_private_download ?? '';
    const headers = { authorization: `Bearer ${BOT_TOKEN}` };
    const kept = await fetch(`${second.url}${new URL(address).pathname}`, { headers });
    expect(Buffer.from(await kept.arrayBuffer())).toEqual(file);
    const info = async (channel: string) => (await client(second).conversations.info({ channel })).channel;
    expect(await info('C0SECRET')).toMatchObject({ is_member: true });
    expect(await info('C0GENERAL')).toMatchObject({ is_archived: true });
  } finally {
    await second.stop();
  }
});

it('refuses to start on a file that is not its own, and says what to do', async () => {
  stateFile = path.join(folder, 'broken.json');
  await writeFile(stateFile, '{"version":1,"messages":');
  await expect(start()).rejects.toThrow('Delete its file to start over');
});
