/** What comes of a flood of forged, stale and malformed requests at every door of the product as it is shipped. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { mongoKeepsakes } from '../adapters/mongodb/keepsake-store.ts';
import { planCollections } from '../adapters/mongodb/plan-document.ts';
import { mongoApiTokenStore } from '../adapters/mongodb/token-store.ts';
import { signer } from '../adapters/teams/signature.ts';
import { DEMO_CREDENTIALS, type RunningConnectWise, startConnectWise } from '../demo/connectwise/server.ts';
import { TEAM } from '../demo/slack/directory.ts';
import { type LocalSlack, startSlack } from '../demo/slack/start-slack.ts';
import { systemClock } from '../src/bootstrap/system.ts';
import {
  badKnocks,
  callbacksPath,
  type Known,
  longKnocks,
  slackPath,
  slackSigned,
  wireKnocks,
} from '../test/support/bad-knocks.ts';
import { type Knock, knock, rawKnock } from '../test/support/knock.ts';
import { KeyServer } from '../test/support/teams-service.ts';
import type { Bench, Figure } from './bench.ts';
import { type BenchDatabase, startDatabase } from './support/database.ts';
import { onlyWhatIsAsked } from './support/integration.ts';
import { type ProductProcess, startBotAndWorker } from './support/processes.ts';

const requests = 100_000;
/** After so many everybody who may come in does, and the first of these says what memory is compared with. */
const round = 10_000;
/** A megabyte each, so they are few: in each round. */
const longInRound = 20;
const wireInRound = 110;
const atOnce = 32;
const port = 21_878;
const url = `http://127.0.0.1:${port}`;
const slackSecrets = { signingSecret: 'doors-signing-secret', botToken: 'xoxb-doors-token' } as const;
const teamsApp = {
  appId: '22222222-2222-4222-8222-222222222222',
  password: 'doors-app-password',
  tenantId: '11111111-1111-4111-8111-111111111111',
} as const;
const tenantId = DEMO_CREDENTIALS.companyId.toLowerCase();

type Surroundings = {
  readonly database: BenchDatabase;
  readonly connectWise: RunningConnectWise;
  readonly slack: LocalSlack;
  readonly keys: KeyServer;
  readonly folder: string;
};

async function startSurroundings(): Promise<Surroundings> {
  const database = await startDatabase();
  const clock = () => new Date();
  const connectWise = await startConnectWise({
    world: { seed: 7, projects: 2, tickets: 2, spread: 0 },
    clock,
    latencyMs: 0,
  });
  const slack = await startSlack({ port: 0, ...slackSecrets, eventsUrl: `${url}${slackPath}`, clock });
  const folder = await mkdtemp(path.join(tmpdir(), 'cwsync-doors-'));
  return { database, connectWise, slack, keys: await KeyServer.start(), folder };
}

function startProduct({ database, connectWise, slack, folder }: Surroundings): Promise<ProductProcess> {
  const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
  return startBotAndWorker({
    ...onlyWhatIsAsked,
    MONGODB_URI: database.uri,
    CONNECTWISE_URL: connectWise.url,
    CONNECTWISE_COMPANY_ID: companyId,
    CONNECTWISE_PUBLIC_KEY: publicKey,
    CONNECTWISE_PRIVATE_KEY: privateKey,
    CONNECTWISE_CLIENT_ID: clientId,
    SLACK_BOT_TOKEN: slackSecrets.botToken,
    SLACK_SIGNING_SECRET: slackSecrets.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    TEAMS_APP_ID: teamsApp.appId,
    TEAMS_APP_PASSWORD: teamsApp.password,
    TEAMS_TENANT_ID: teamsApp.tenantId,
    CWSYNC_ADMINS: `slack:${TEAM.id}/U0ALEX`,
    PORT: String(port),
    PUBLIC_URL: url,
    LOG_LEVEL: 'error',
    NODE_OPTIONS: `--import ${path.join(import.meta.dirname, 'support/tell-memory.ts')}`,
    CWSYNC_BENCH_MEMORY: path.join(folder, 'memory'),
  });
}

type Memory = { readonly rss: number; readonly used: number };

async function collected({ pid }: ProductProcess, { folder }: Surroundings): Promise<Memory> {
  const file = path.join(folder, 'memory');
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    const said = await readFile(file, 'utf8').catch(() => undefined);
    if (said !== undefined) return JSON.parse(said) as Memory;
    await systemClock.sleep(50);
  }
}

type Callers = {
  readonly known: Known;
  /** One of each kind that is let in; resolves with how many requests of people that were. */
  letIn(): Promise<number>;
};

async function callersOf(surroundings: Surroundings): Promise<Callers> {
  const { database, connectWise, keys } = surroundings;
  const tokens = mongoApiTokenStore({
    db: database.db,
    tenantId,
    randomBytes: () => randomBytes(32),
    now: '$$NOW',
  });
  const made = async (name: string, role: 'viewer' | 'operator') =>
    (await tokens.create({ name, role, createdBy: 'bench' })) ?? '';
  const good = await made('good', 'viewer');
  const broken = await made('broken', 'operator');
  const { callbacks } = connectWise;
  const { companyId } = DEMO_CREDENTIALS;
  return {
    known: {
      slackSecret: slackSecrets.signingSecret,
      apiToken: broken,
      teams: {
        // Microsoft's own keys cannot be had, so no token is right.
        judged: false,
        token: cachedTokens(keys),
      },
      callbacks: {
        companyId,
        keyUrl: callbacks.keyUrl(),
        sign: (body) => callbacks.keys.sign(body),
      },
    },
    letIn: () => letIn(surroundings, good),
  };
}

/** Signing takes a millisecond, and who forges takes the same one again. */
function cachedTokens(keys: KeyServer): Known['teams']['token'] {
  const kept = new Map<string, string>();
  return (claims, by) => {
    const key = `${by} ${JSON.stringify(claims)}`;
    const token =
      kept.get(key) ?? keys.token({ aud: teamsApp.appId, serviceurl: 'http://127.0.0.1:9/', ...claims }, by);
    kept.set(key, token);
    return token;
  };
}

let commands = 0;

async function letIn({ slack, connectWise, database }: Surroundings, apiToken: string): Promise<number> {
  commands += 1;
  const target = { channel: 'C0PROJECTS', user: 'U0ALEX', origin: 'command', target: null } as const;
  const command = new URLSearchParams({
    command: '/cwsync',
    text: 'help',
    team_id: TEAM.id,
    channel_id: target.channel,
    user_id: target.user,
    user_name: 'alex',
    trigger_id: `${Date.now()}.${commands}`,
    response_url: `${slack.url}${slack.workspace.openResponseUrl(target, TEAM.id).path}`,
  }).toString();
  const callback = JSON.stringify({
    Action: 'updated',
    ID: commands,
    Type: 'time',
    CompanyId: DEMO_CREDENTIALS.companyId,
    Entity: JSON.stringify({ chargeToType: 'ChargeCode' }),
    Metadata: { key_url: connectWise.callbacks.keyUrl() },
  });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const signature = { 'x-content-signature': connectWise.callbacks.keys.sign(callback) };
  const asked = [
    [
      200,
      {
        method: 'POST',
        path: slackPath,
        headers: { ...form, ...slackSigned(slackSecrets.signingSecret, command) },
        body: command,
      },
    ],
    [204, { method: 'POST', path: callbacksPath, headers: signature, body: callback }],
    [200, { method: 'GET', path: '/api/v1/projects', headers: { authorization: `Bearer ${apiToken}` } }],
    [200, { method: 'GET', path: await linkOf(database), headers: {} }],
    [200, { method: 'GET', path: '/healthz', headers: {} }],
  ] as const;
  for (const [status, request] of asked) {
    const answer = await knock(port, request);
    if (answer.status !== status)
      throw new Error(`a good ${request.path} was answered with ${answer.status}`);
  }
  return 1;
}

/** A file that Teams would be told of. */
async function linkOf({ db }: BenchDatabase): Promise<string> {
  const id = `bench-${commands}`;
  const until = Date.now() + 60_000;
  const head = JSON.stringify({ name: 'export.csv', mediaType: 'text/csv' });
  await mongoKeepsakes(db, tenantId, '$$NOW').keep(`file:${id}`, Buffer.from(`${head}\na,b\n`), 60_000);
  return `/files/${id}?e=${until}&t=${signer(teamsApp.password, 'files').sign([id], until)}`;
}

/** By door: how often each status came. */
type Tally = Map<string, Map<number, number>>;

function count(tally: Tally, door: string, status: number): void {
  const of = tally.get(door) ?? new Map<number, number>();
  tally.set(door, of.set(status, (of.get(status) ?? 0) + 1));
}

/** All of them, so many at a time; rejects at the first that is answered otherwise than it should be. */
async function sendAll(bad: readonly Knock[], tally: Tally): Promise<void> {
  const rest = bad[Symbol.iterator]();
  async function sender(): Promise<void> {
    for (const one of rest) {
      const { status } = await knock(port, one);
      if (status !== 429 && !one.documented.includes(status))
        throw new Error(`${one.door}, ${one.what}: ${status} in the place of ${one.documented.join(' or ')}`);
      count(tally, one.door, status);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender));
}

async function sendOnTheWire(tally: Tally): Promise<void> {
  for (let sent = 0; sent < wireInRound; sent += 1) {
    const [what, bytes, documented] = wireKnocks[sent % wireKnocks.length] ?? ['', '', []];
    const status = Number(/^HTTP\/1\.1 (\d{3}) /u.exec(await rawKnock(port, bytes))?.[1]);
    if (status !== 429 && !documented.includes(status)) throw new Error(`on the wire, ${what}: ${status}`);
    count(tally, 'not HTTP', status);
  }
}

function knocksOf(known: Known, seed: number): readonly Knock[] {
  const long = longKnocks(known);
  const some = Array.from({ length: longInRound }, (_, nth) => long[nth % long.length]).filter(
    (one) => one !== undefined,
  );
  const each = fc.oneof(...Object.values(badKnocks(known)));
  const numRuns = round - longInRound - wireInRound;
  return [...fc.sample(each, { numRuns, seed }), ...some];
}

/** What is there once somebody was let in and something was done. */
async function done({ db }: BenchDatabase): Promise<string> {
  const names = [
    'audit_log',
    'interactions',
    'undos',
    'follows',
    'chat_people',
    'chat_conversations',
    'roles',
    ...Object.values(planCollections),
  ];
  const counts = await Promise.all(names.map((name) => db.collection(name).countDocuments()));
  const tasks = await db
    .collection('sync_tasks')
    .find({}, { projection: { want: 1 } })
    .sort({ _id: 1 })
    .toArray();
  return JSON.stringify([counts, tasks]);
}

/** Those that the product makes by itself when it starts, and asks for once. */
async function ownTasks({ db }: BenchDatabase): Promise<void> {
  while ((await db.collection('sync_tasks').countDocuments({ want: { $gte: 1 } })) < 3)
    await systemClock.sleep(100);
}

async function measured(surroundings: Surroundings): Promise<Figure> {
  const { database } = surroundings;
  const product = await startProduct(surroundings);
  try {
    const { known, letIn: good } = await callersOf(surroundings);
    let asked = await good();
    await ownTasks(database);
    const before = await done(database);
    const tally: Tally = new Map();
    const memories: Memory[] = [];
    const since = performance.now();
    for (let nth = 1; nth <= requests / round; nth += 1) {
      await sendAll(knocksOf(known, nth), tally);
      await sendOnTheWire(tally);
      asked += await good();
      memories.push(await collected(product, surroundings));
    }
    const seconds = (performance.now() - since) / 1_000;
    const requestsSeen = await database.db.collection('seen_requests').countDocuments();
    if (requestsSeen !== asked)
      throw new Error(`${requestsSeen - asked} requests of strangers reached a use case`);
    const after = await done(database);
    if (after !== before) throw new Error(`something was done that nobody asked for:\n${before}\n${after}`);
    return figure(memories, tally, seconds);
  } finally {
    await product.stop();
  }
}

const inMegabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

function figure(memories: readonly Memory[], tally: Tally, seconds: number): Figure {
  const [first, last] = [memories[0], memories.at(-1)];
  if (!first || !last) throw new Error('nothing was measured');
  const refused = [...tally].map(([door, statuses]) => {
    const each = [...statuses].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status} × ${times}`);
    return `${door}: ${each.join(', ')}`;
  });
  const total = [...tally.values()]
    .flatMap((statuses) => [...statuses.values()])
    .reduce((sum, times) => sum + times, 0);
  return {
    // What is resident also holds what the allocator keeps for itself, by how fast the flood came: told, not judged.
    value: last.used / first.used,
    details: [
      `${total} refused as documented in ${seconds.toFixed(0)} s, none reached a use case; good ones were accepted before, after and ${memories.length - 1} times between`,
      ...refused,
      `resident after a collection: ${memories.map(({ rss }) => inMegabytes(rss)).join(', ')}`,
      `used after a collection: ${memories.map(({ used }) => inMegabytes(used)).join(', ')}`,
    ],
  };
}

export const doors: Bench = {
  name: 'doors',
  what: `${requests} malformed requests over all doors: memory in use after a collection at the end, against that after the first ${round}`,
  unit: 'times',
  limit: { at: 'most', value: 1.1 },
  async measure() {
    const surroundings = await startSurroundings();
    try {
      return await measured(surroundings);
    } finally {
      await surroundings.keys.stop();
      await surroundings.slack.stop();
      await surroundings.connectWise.stop();
      await surroundings.database.stop();
      await rm(surroundings.folder, { recursive: true, force: true });
    }
  },
};
