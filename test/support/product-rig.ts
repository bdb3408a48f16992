/**
 * The whole product with the two simulators around it and a database of its own on the test run's server. It is
 * configured as in production, by its environment, with its waits made short.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { Db } from 'mongodb';
import { inject, vi } from 'vitest';
import { connectMongo, type MongoConnection } from '../../adapters/mongodb/connection.ts';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import {
  DEMO_CREDENTIALS,
  type RunningConnectWise,
  startConnectWise,
} from '../../demo/connectwise/server.ts';
import type { World } from '../../demo/connectwise/world/world.ts';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';
import { startProduct } from '../../src/bootstrap/start.ts';

export const slackSecrets = {
  signingSecret: 'product-rig-signing-secret',
  botToken: 'xoxb-product-rig-token',
} as const;
export const alex = 'U0ALEX';
export const projectsChannel = 'C0PROJECTS';
/** Without guests. */
export const operationsChannel = 'C0OPS';

/** How long a condition may take on a busy machine, in ms; suites of many processes have more of it. */
export const patienceMs = Number(process.env.TEST_PATIENCE_MS ?? 25_000);

export type SurroundingsOptions = {
  /** Projects and tickets of the ConnectWise simulator; the first twelve names are hard ones. */
  readonly projects?: number;
  readonly tickets?: number;
  /** Added to every answer of ConnectWise, in ms. */
  readonly latencyMs?: number;
  /** Replaces the database on the test run's server. */
  readonly mongodbUri?: string;
  /** How Slack reaches the product; without it by signed HTTP. */
  readonly slackBy?: 'http' | 'socket';
  /** Replaces the world that is made of `projects` and `tickets`. */
  readonly world?: World;
  /** How far ConnectWise's clock is ahead, in ms. */
  readonly connectWiseAheadMs?: () => number;
  readonly env?: NodeJS.ProcessEnv;
};

/** Everything that the product talks to. */
export type Surroundings = {
  readonly slack: LocalSlack;
  readonly connectWise: RunningConnectWise;
  readonly mongo: MongoConnection;
  readonly db: Db;
  readonly env: NodeJS.ProcessEnv;
  /** Where the product listens. */
  readonly port: number;
  /** The control API of the ConnectWise simulator; rejects when it refuses. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
};

export async function startSurroundings(options: SurroundingsOptions = {}): Promise<Surroundings> {
  const clock = () => new Date();
  const port = await freePort();
  const size = { seed: 7, projects: options.projects ?? 12, tickets: options.tickets ?? 12, spread: 0.2 };
  const aheadMs = options.connectWiseAheadMs ?? (() => 0);
  const connectWise = await startConnectWise({
    world: options.world ?? size,
    clock: () => new Date(Date.now() + aheadMs()),
    latencyMs: options.latencyMs ?? 0,
  });
  const bySocket = options.slackBy === 'socket';
  const { signingSecret, botToken } = slackSecrets;
  const slack = await startSlack({
    ...(bySocket
      ? { mode: 'socket' as const }
      : { signingSecret, eventsUrl: `http://127.0.0.1:${port}/slack/events` }),
    botToken,
    port: 0,
    clock,
  });
  const mongodbUri = options.mongodbUri ?? uriWithDatabase(inject('mongodbUri'), `product-${randomUUID()}`);
  const mongo = await connectMongo(mongodbUri, { appName: 'cwsync-test-rig' });
  const env = {
    ...productEnv({ connectWise, slack, mongodbUri, port }),
    ...(bySocket ? { SLACK_APP_TOKEN: slack.appToken, SLACK_SIGNING_SECRET: undefined } : {}),
    ...options.env,
  };
  return {
    slack,
    connectWise,
    mongo,
    db: mongo.db(),
    env,
    port,
    control: (method, path, body) => control(connectWise.url, method, path, body),
    async stop() {
      await slack.stop();
      await connectWise.stop();
      await mongo.db().dropDatabase();
      await mongo.close();
    },
  };
}

export type ProductRig = Surroundings & {
  /** What the product told the person who started it. */
  readonly said: readonly string[];
};

/** Resolves when the product is ready; its first imports may still be under way (see `imported`). */
export async function startProductRig(options: SurroundingsOptions = {}): Promise<ProductRig> {
  const surroundings = await startSurroundings(options);
  const said: string[] = [];
  const product = await startProduct({
    env: surroundings.env,
    appVersion: 'test',
    say: (line) => said.push(line),
    onHopeless: () => said.push('hopeless'),
  });
  return {
    ...surroundings,
    said,
    async stop() {
      await product.stop();
      await surroundings.stop();
    },
  };
}

function productEnv(parts: {
  readonly connectWise: RunningConnectWise;
  readonly slack: LocalSlack;
  readonly mongodbUri: string;
  readonly port: number;
}): NodeJS.ProcessEnv {
  const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    MONGODB_URI: parts.mongodbUri,
    CONNECTWISE_URL: parts.connectWise.url,
    CONNECTWISE_UI_URL: parts.connectWise.url,
    CONNECTWISE_COMPANY_ID: companyId,
    CONNECTWISE_PUBLIC_KEY: publicKey,
    CONNECTWISE_PRIVATE_KEY: privateKey,
    CONNECTWISE_CLIENT_ID: clientId,
    SLACK_BOT_TOKEN: slackSecrets.botToken,
    SLACK_SIGNING_SECRET: slackSecrets.signingSecret,
    SLACK_API_URL: parts.slack.apiUrl,
    PORT: String(parts.port),
    CWSYNC_ADMINS: 'slack:T0DEMO/U0ALEX',
    CWSYNC_LINK_OPEN_PROJECTS: 'true',
    CWSYNC_COOL_DOWN_SECONDS: '0',
    CWSYNC_LEASE_SECONDS: '4',
    CWSYNC_POLL_SECONDS: '0.1',
    // The limiter has tests of its own; here it would only take time.
    CWSYNC_REQUESTS_PER_SECOND: 'off',
    LOG_LEVEL: 'error',
  };
}

async function control(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const request = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${url}/_control${path}`, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** The same server and login, another database. */
export function uriWithDatabase(uri: string, database: string): string {
  return uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/u, `$1/${database}`);
}

/**
 * A port that nothing listens on. Below the range that systems take for outgoing connections, so that none takes
 * it before the product does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

export function storedTasks(db: Db) {
  return db.collection<SyncTaskDocument>('sync_tasks');
}

export async function storedTask(db: Db, externalId: number): Promise<SyncTaskDocument> {
  const task = await storedTasks(db).findOne({ 'link.externalId': externalId });
  if (!task) throw new Error(`project ${externalId} is not linked`);
  return task;
}

/** Waits until every open project is linked and has had its first sync. */
export async function imported({ db, connectWise }: Surroundings, withinMs = patienceMs): Promise<void> {
  const open = connectWise.world.stores.projects.rows().filter((project) => !project.closedFlag).length;
  await eventually(async () => {
    const synced = await storedTasks(db).countDocuments({
      kind: 'project',
      lastSync: { $exists: true },
      state: 'idle',
    });
    if (synced !== open) throw new Error(`${synced} of ${open} projects have been imported`);
  }, withinMs);
}

/** Waits until the check passes; rejects with its last error. */
export function eventually<T>(check: () => T | Promise<T>, timeout = patienceMs): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 50 });
}
