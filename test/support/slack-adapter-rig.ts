/** The Slack adapter as it is shipped, against the local Slack, with an application that a test plays. */
import { createHmac, randomUUID } from 'node:crypto';
import { createHttpServer } from '../../adapters/http/server.ts';
import { type Slack, type SlackConnection, slack } from '../../adapters/slack/app.ts';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type {
  ChatDoors,
  ChatRequest,
  Delivered,
  FormSubmission,
  MessageHandle,
  SuggestQuery,
} from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { FormAnswer, Option } from '../../src/ports/form.ts';
import type { Block, Reply } from '../../src/ports/reply.ts';
import { eventually, freePort } from './product-rig.ts';
import { countingIds, RecordingLogger } from './recording-logger.ts';

export const projects = 'C0PROJECTS';
export type Way = 'socket' | 'http';

/** What the application does with what it is asked; a test replaces it. */
export type Played = {
  /** Nothing: no answer. */
  request(request: ChatRequest): Promise<Reply | undefined>;
  submit(submission: FormSubmission): Promise<FormAnswer>;
  suggest(query: SuggestQuery): Promise<readonly Option[]>;
};

export type AdapterRig = {
  readonly local: LocalSlack;
  readonly adapter: Slack;
  readonly connection: SlackConnection;
  readonly logger: RecordingLogger;
  readonly played: Played;
  /** What the application was asked, in order. */
  readonly requests: ChatRequest[];
  readonly submissions: FormSubmission[];
  /** How the answers got there, in order. */
  readonly delivered: Delivered[];
  /** Waits for the next request; rejects when there are more than these. */
  asked(count?: number): Promise<ChatRequest>;
  /** Posts an interaction or event as Slack does, signed; by HTTP only. Resolves with the status. */
  knock(kind: 'interactive' | 'event', payload: object): Promise<number>;
  stop(): Promise<void>;
};

export type RigOptions = {
  readonly clock?: Clock;
  readonly deadlineMs?: number;
  readonly eventRetriesMs?: readonly number[];
  readonly scopes?: readonly string[];
};

export async function startAdapterRig(way: Way, options: RigOptions = {}): Promise<AdapterRig> {
  const { clock = systemClock, ...slackOptions } = options;
  const port = await freePort();
  const signingSecret = randomUUID();
  const botToken = `xoxb-${randomUUID()}`;
  const local = await startSlack({
    ...(way === 'socket'
      ? { mode: 'socket' as const }
      : { signingSecret, eventsUrl: `http://127.0.0.1:${port}/slack/events` }),
    ...slackOptions,
    port: 0,
    botToken,
    clock: () => clock.now(),
  });
  const logger = new RecordingLogger();
  const http = createHttpServer(async () => ({ database: true, worker: true, chat: true }));
  const adapter = slack({
    botToken,
    ...(way === 'socket' ? { appToken: local.appToken } : { signingSecret }),
    apiUrl: local.apiUrl,
    clock,
    ids: countingIds(),
    logger,
  });
  const application = playApplication(adapter);
  const connection = adapter.connect(http.app, application.doors);
  await http.listen(port, '127.0.0.1');
  await eventually(() => {
    if (!connection.health().connected) throw new Error('not connected yet');
  });
  const { requests, submissions, delivered, played } = application;
  return {
    local,
    adapter,
    connection,
    logger,
    played,
    requests,
    submissions,
    delivered,
    knock: (kind, payload) => knock({ port, signingSecret, now: clock.now() }, kind, payload),
    asked: (count = 1) =>
      eventually(() => {
        const last = requests.at(-1);
        if (!last || requests.length !== count) throw new Error(`${requests.length} of ${count} requests`);
        return last;
      }),
    async stop() {
      await Promise.all([connection.stop(), http.close()]);
      await local.stop();
    },
  };
}

async function knock(
  at: { readonly port: number; readonly signingSecret: string; readonly now: Date },
  kind: 'interactive' | 'event',
  payload: object,
): Promise<number> {
  const json = JSON.stringify(payload);
  const body = kind === 'event' ? json : new URLSearchParams({ payload: json }).toString();
  const seconds = Math.floor(at.now.getTime() / 1_000);
  const digest = createHmac('sha256', at.signingSecret).update(`v0:${seconds}:${body}`).digest('hex');
  const answer = await fetch(`http://127.0.0.1:${at.port}/slack/events`, {
    method: 'POST',
    headers: {
      'content-type': kind === 'event' ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': `v0=${digest}`,
    },
    body,
  });
  return answer.status;
}

function playApplication(adapter: Slack) {
  const requests: ChatRequest[] = [];
  const submissions: FormSubmission[] = [];
  const delivered: Delivered[] = [];
  const seen = new Set<string>();
  const played: Played = {
    request: async ({ text }) => words(`You said: ${text}`),
    submit: async () => ({ result: 'closed' }),
    suggest: async () => [],
  };
  const doors: ChatDoors = {
    async request(request) {
      // As the real ones do: a repeat is handled once.
      if (seen.has(request.id)) return;
      seen.add(request.id);
      requests.push(request);
      const reply = await played.request(request);
      if (reply) delivered.push(await adapter.delivery.send(request.handle, reply));
    },
    async submit(submission) {
      submissions.push(submission);
      return await played.submit(submission);
    },
    suggest: (query) => played.suggest(query),
  };
  return { requests, submissions, delivered, played, doors };
}

export function words(text: string, ...blocks: Block[]): Reply {
  return { summary: text, blocks: [{ block: 'text', text: [{ part: 'text', text }] }, ...blocks] };
}

/** The handle of something that was sent. */
export function sentHandle(delivered: Delivered): MessageHandle {
  if (delivered.result !== 'sent') throw new Error(`${delivered.result}: ${delivered.reason}`);
  return delivered.handle;
}

/** Every text that stands in blocks, in order. */
export function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner),
  );
}
