/**
 * The load of the benchmark `ack`, a process of its own: a local Slack, and people who write `/cwsync status` over
 * signed HTTP at a steady pace. A bare handler is asked in turn, at the same pace, for comparison.
 *
 * `node ack-load.ts <port of cwsync> <address of the bare handler> <requests> <a second> <signing secret> <bot token>`
 * prints `slack <API address>` once it may be used, waits for a line on its standard input, and at the end prints
 * `taken <JSON>` with the milliseconds of each acknowledgement.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { TEAM } from '../../demo/slack/directory.ts';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';

const [port = '', bareUrl = '', requests = '', perSecond = '', signingSecret = '', botToken = ''] =
  process.argv.slice(2);
const appUrl = `http://127.0.0.1:${port}/slack/events`;

/** What Slack sends for `/cwsync status`, by a member of the workspace. */
function command(slack: LocalSlack, sequence: number): string {
  const target = { channel: 'C0PROJECTS', user: 'U0ALEX', origin: 'command', target: null } as const;
  const { path } = slack.workspace.openResponseUrl(target, TEAM.id);
  return new URLSearchParams({
    token: 'legacy',
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: target.channel,
    channel_name: 'projects',
    user_id: target.user,
    user_name: 'alex',
    command: '/cwsync',
    text: 'status',
    api_app_id: 'A0CWSYNC',
    is_enterprise_install: 'false',
    response_url: `${slack.url}${path}`,
    trigger_id: `${Date.now()}.1000.${sequence}`,
  }).toString();
}

async function milliseconds(url: string, body: string): Promise<number> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  };
  const since = performance.now();
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return performance.now() - since;
}

const slack = await startSlack({
  port: 0,
  signingSecret,
  botToken,
  eventsUrl: appUrl,
  clock: () => new Date(),
});
process.stdout.write(`slack ${slack.apiUrl}\n`);
await once(createInterface(process.stdin), 'line');

const pace = 1_000 / Number(perSecond);
const start = performance.now();
const app: Promise<number>[] = [];
const bare: Promise<number>[] = [];
for (let sequence = 0; sequence < Number(requests); sequence += 1) {
  await wait(Math.max(0, start + sequence * pace - performance.now()));
  const body = command(slack, sequence);
  app.push(milliseconds(appUrl, body));
  // Half a beat later, so that neither waits for the other.
  await wait(pace / 2);
  bare.push(milliseconds(bareUrl, body));
}
const taken = { app: await Promise.all(app), bare: await Promise.all(bare) };
process.stdout.write(`taken ${JSON.stringify(taken)}\n`);
await slack.stop();
process.exit(0);
