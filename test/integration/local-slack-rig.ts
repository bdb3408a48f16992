import type { AddressInfo } from 'node:net';
import { App, ExpressReceiver, LogLevel } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import { type LocalSlack, type SlackOptions, startSlack } from '../../demo/slack/start-slack.ts';

export const SIGNING_SECRET = 'local-slack-test-signing-secret';
export const BOT_TOKEN = 'xoxb-local-slack-test';

export type Rig = {
  readonly slack: LocalSlack;
  readonly app: App;
  stop(): Promise<void>;
};

/** A local Slack and a real Bolt app (HTTP mode) that know each other. */
export async function startRig(options: Partial<SlackOptions> & { appSecret?: string } = {}): Promise<Rig> {
  const { appSecret = SIGNING_SECRET, ...slackOptions } = options;
  const receiver = new ExpressReceiver({ signingSecret: appSecret, logLevel: LogLevel.ERROR });
  const server = await receiver.start({ port: 0, host: '127.0.0.1' });
  const { port } = server.address() as AddressInfo;
  const slack = await startSlack({
    port: 0,
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    eventsUrl: `http://127.0.0.1:${port}/slack/events`,
    clock: () => new Date(),
    ...slackOptions,
  });
  const app = new App({
    receiver,
    token: BOT_TOKEN,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl },
  });
  return {
    slack,
    app,
    async stop() {
      server.closeAllConnections();
      await receiver.stop();
      await slack.stop();
    },
  };
}

export type Seen = {
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly ephemeral: boolean;
  readonly blocks: readonly Record<string, unknown>[];
  readonly edited?: unknown;
  readonly failedPress?: { readonly error: string; readonly actionId: string };
};

/** What this person sees in the channel. */
export async function seen(slack: LocalSlack, user: string, channel: string): Promise<Seen[]> {
  const response = await fetch(`${slack.url}/_control/messages?user=${user}&channel=${channel}`);
  const body = (await response.json()) as { messages: Seen[] };
  return body.messages;
}

export async function texts(slack: LocalSlack, user: string, channel: string): Promise<string[]> {
  return (await seen(slack, user, channel)).map((message) => message.text);
}

export type ControlAnswer = { readonly status: number; readonly body: Record<string, unknown> };

export async function control(
  slack: LocalSlack,
  method: 'POST' | 'PUT',
  name: 'say' | 'press' | 'faults',
  body: unknown,
): Promise<ControlAnswer> {
  const response = await fetch(`${slack.url}/_control/${name}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export function say(slack: LocalSlack, user: string, channel: string, text: string): Promise<ControlAnswer> {
  return control(slack, 'POST', 'say', { user, channel, text });
}

export function press(slack: LocalSlack, body: Record<string, unknown>): Promise<ControlAnswer> {
  return control(slack, 'POST', 'press', body);
}

export type Answer = { readonly status: number; readonly body: unknown };

/** Posts to a response_url as an app does. */
export async function answerOn(responseUrl: string, message: unknown): Promise<Answer> {
  const response = await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
  });
  return { status: response.status, body: await response.json() };
}

export function section(text: string, accessory?: unknown): KnownBlock {
  const block = {
    type: 'section',
    text: { type: 'mrkdwn', text },
    ...(accessory !== undefined && { accessory }),
  };
  // Tests also build what Slack refuses, so the accessory's type is not looked at.
  return block as KnownBlock;
}

export function plain(text: string): { type: 'plain_text'; text: string } {
  return { type: 'plain_text', text };
}
