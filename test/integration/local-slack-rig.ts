import type { AddressInfo } from 'node:net';
import { App, ExpressReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';
import { type LocalSlack, type SlackOptions, startSlack } from '../../demo/slack/start-slack.ts';

export const SIGNING_SECRET = 'local-slack-test-signing-secret';
export const BOT_TOKEN = 'xoxb-local-slack-test';

export type Rig = {
  readonly slack: LocalSlack;
  readonly app: App;
  stop(): Promise<void>;
};

/** A local Slack and a real Bolt app (HTTP mode) that know each other. */
export async function startRig(
  options: Partial<Omit<SlackOptions, 'mode'>> & { appSecret?: string } = {},
): Promise<Rig> {
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
    // Otherwise Bolt asks auth.test at once, and a fault that a test sets meets that call.
    tokenVerificationEnabled: false,
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

/** A local Slack and a real Bolt app that has a socket to it. */
export async function startSocketRig(options: Partial<SlackOptions> = {}): Promise<Rig> {
  const clock = () => new Date();
  const slack = await startSlack({ clock, ...options, port: 0, botToken: BOT_TOKEN, mode: 'socket' });
  const clientOptions = { slackApiUrl: slack.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 500,
    installerOptions: { clientOptions },
  });
  const app = new App({ receiver, token: BOT_TOKEN, logLevel: LogLevel.ERROR, clientOptions });
  await app.start();
  return {
    slack,
    app,
    async stop() {
      await app.stop();
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
  name: 'say' | 'press' | 'faults' | 'knob' | 'open' | 'submit' | 'close' | 'suggest' | 'edit' | 'delete',
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

/** A modal that Slack takes, with these fields changed. */
export function modal(blocks: readonly unknown[], fields: Record<string, unknown> = {}): ModalView {
  const view = { type: 'modal', title: plain('A modal'), submit: plain('Save'), blocks, ...fields };
  // Tests also build what Slack refuses, so the blocks are not looked at.
  return view as unknown as ModalView;
}

export function input(
  blockId: string,
  element: Record<string, unknown>,
  fields: Record<string, unknown> = {},
) {
  return { type: 'input', block_id: blockId, label: plain(blockId), element, ...fields };
}

export function plain(text: string): { type: 'plain_text'; text: string } {
  return { type: 'plain_text', text };
}
