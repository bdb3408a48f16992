/**
 * What a sudden end costs: the process killed or stopped in the middle of a sync, the database gone for a while,
 * a start that cannot be. Real processes, and the person who asked reads how it ended.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { claimDataFolder, openDataFolder } from '../../adapters/mongodb/embedded/data-folder.ts';
import { resolveMongod } from '../../adapters/mongodb/embedded/resolve-mongod.ts';
import { type EmbeddedMongo, startEmbeddedMongo } from '../../adapters/mongodb/embedded/start-embedded.ts';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import {
  eventually,
  freePort,
  imported,
  type Surroundings,
  startSurroundings,
  storedTask,
  uriWithDatabase,
} from '../support/product-rig.ts';
import { Conversation } from '../support/slack-conversation.ts';
import { say } from './local-slack-rig.ts';

const inSync = /in sync\. The (?:delta|comprehensive) sync ended/u;
/** Longer than the lease of a run whose process is gone. */
const takenUpMs = 45_000;

let product: ProductProcess | undefined;
afterEach(async () => {
  await product?.kill();
  product = undefined;
});

async function start(env: NodeJS.ProcessEnv): Promise<ProductProcess> {
  product = startProductProcess(env);
  await product.ready();
  return product;
}

const latency = (rig: Surroundings, ms: number) => rig.control('PUT', '/latency', { ms });

async function planTasks({ db }: Surroundings): Promise<number[]> {
  const tasks = await db.collection('plan_tasks').find().toArray();
  return tasks.map((task) => Number(task.externalId)).sort((a, b) => a - b);
}

/**
 * Resolves when what the person reads is also recorded as told. A kill between the two costs them a second message
 * instead of an edited one, which is allowed, and not what is looked at here.
 */
async function toldAndRecorded({ db }: Surroundings): Promise<void> {
  await eventually(async () => {
    const told = await db
      .collection('interactions')
      .countDocuments({ told: 'started', owner: { $exists: false } });
    expect(told).toBe(1);
  });
}

async function logged({ db }: Surroundings, action: string): Promise<number> {
  return await db.collection('integration_log').countDocuments({ action });
}

describe('the process', () => {
  let rig: Surroundings;
  let chat: Conversation;
  beforeAll(async () => {
    // So many that their first import takes several pages of ConnectWise.
    rig = await startSurroundings({ projects: 1, tickets: 700, latencyMs: 900 });
    chat = new Conversation(rig.slack);
  });
  afterAll(() => rig?.stop());

  it('killed in the middle of the first import: taken up again, told to the end, no task twice', {
    timeout: 90_000,
  }, async () => {
    const first = await start(rig.env);
    await eventually(async () => expect((await planTasks(rig)).length).toBeGreaterThan(0));
    const answer = await chat.until(await chat.ask('/cwsync sync #101'), /Syncing/u);
    await toldAndRecorded(rig);
    await first.kill();
    const wanted = rig.connectWise.world.stores.tickets.idsWhere('project/id', 101) ?? [];
    const before = await planTasks(rig);
    expect(before.length).toBeLessThan(wanted.length);

    await latency(rig, 0);
    await start(rig.env);
    const end = await chat.until(answer, inSync, takenUpMs);
    expect(end.words).toMatch(/created/u);
    expect(await logged(rig, 'taken up again')).toBe(1);
    expect((await chat.ask('/cwsync logs --errors')).words).toMatch(/taken up again/u);
    expect(await planTasks(rig)).toEqual(wanted);
    expect(await rig.db.collection('interactions').countDocuments()).toBe(0);
  });

  it('stopped by SIGTERM in the middle of a sync: ends with 0 in time and hands the sync back', {
    timeout: 60_000,
  }, async () => {
    const first = await start(rig.env);
    await latency(rig, 1_200);
    const answer = await chat.until(await chat.ask('/cwsync sync #101'), /Syncing/u);
    await toldAndRecorded(rig);
    const askedAt = performance.now();
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(10_000);
    expect(await storedTask(rig.db, 101)).toMatchObject({ state: 'requested' });
    const takenUpBefore = await logged(rig, 'taken up again');

    await latency(rig, 0);
    await start(rig.env);
    await chat.until(answer, inSync);
    expect(await logged(rig, 'taken up again')).toBe(takenUpBefore);
  });
});

describe('the database', () => {
  let folder: string;
  let mongod: EmbeddedMongo;
  let rig: Surroundings;
  let chat: Conversation;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cwsync-kills-'));
    mongod = await startMongod(await freePort());
    rig = await startSurroundings({
      projects: 2,
      tickets: 20,
      mongodbUri: uriWithDatabase(mongod.uri, 'cwsync'),
    });
    chat = new Conversation(rig.slack);
  });
  afterAll(async () => {
    await rig?.stop();
    await mongod?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function startMongod(port: number): Promise<EmbeddedMongo> {
    const binary = await resolveMongod({ env: process.env, onProgress: () => {} });
    return await startEmbeddedMongo({ dataDir: folder, port, binary });
  }

  async function killMongod(): Promise<void> {
    const { pid } = JSON.parse(await readFile(path.join(folder, 'mongodb/server.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await mongod.stop();
  }

  it('gone in the middle of a sync: acknowledged, said, and all goes on when it is back', {
    timeout: 120_000,
  }, async () => {
    await start(rig.env);
    await imported(rig);
    await latency(rig, 1_200);
    const answer = await chat.until(await chat.ask('/cwsync sync #101'), /Syncing/u);
    await toldAndRecorded(rig);
    const before = await chat.messages();
    await killMongod();

    const delivered = await say(rig.slack, 'U0ALEX', 'C0PROJECTS', '/cwsync status');
    // The local Slack gives an app the three seconds that Slack does.
    expect(delivered.body).toEqual({ delivered: 'answered' });
    const told = await eventually(async () => {
      const next = (await chat.messages())[before.length];
      if (!next) throw new Error('no answer yet');
      return await chat.until(next, /The database does not answer/u);
    });
    expect(told.words).toMatch(/the operator checks MongoDB\. .*store\.unavailable, on the side of MongoDB/u);

    await latency(rig, 0);
    mongod = await startMongod(mongod.port);
    await chat.until(answer, inSync, takenUpMs);
    const status = await eventually(async () => {
      const list = await chat.ask('/cwsync status');
      if (!/2 projects/u.test(list.words)) throw new Error(list.words);
      return list;
    });
    expect(status.words).not.toMatch(/Retrying|Needs attention/u);
    const wanted = rig.connectWise.world.stores.tickets.ids();
    expect(await planTasks(rig)).toEqual(wanted);
  });
});

describe('a start that cannot be', () => {
  it('port in use: one clear line, code 1', async () => {
    const rig = await startSurroundings({ projects: 1, tickets: 1 });
    const other = createServer();
    try {
      await new Promise<void>((resolve) => other.listen(rig.port, '127.0.0.1', resolve));
      // Nobody is an admin, and no code is shown for a start that fails.
      product = startProductProcess({ ...rig.env, CWSYNC_ADMINS: '' });
      expect(await product.ended()).toEqual({ code: 1, signal: null });
      expect(linesAbout(product)).toEqual([
        `Port ${rig.port} is in use by another program. Stop it, or set PORT to another one.`,
      ]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
      await rig.stop();
    }
  });

  it('data folder in use: one clear line with who uses it, code 1', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'cwsync-in-use-'));
    const release = await claimDataFolder(await openDataFolder(folder));
    try {
      const { PATH, HOME, CWSYNC_MONGOD } = process.env;
      product = startProductProcess({ PATH, HOME, CWSYNC_MONGOD, CWSYNC_DATA_DIR: folder, PORT: '0' });
      expect(await product.ended()).toEqual({ code: 1, signal: null });
      const said = linesAbout(product).at(-1);
      expect(said).toMatch(new RegExp(`data folder in use by process ${process.pid} `, 'u'));
      expect(said).toMatch(/set CWSYNC_DATA_DIR to another folder/u);
      expect(product.output()).not.toMatch(/\n\s+at /u);
    } finally {
      await release();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('a setting that is wrong: says which, and not its value', async () => {
    product = startProductProcess({ PATH: process.env.PATH, MONGODB_URI: 'my-secret-address', PORT: 'x' });
    expect(await product.ended()).toEqual({ code: 1, signal: null });
    expect(product.output()).toMatch(/MONGODB_URI must begin with mongodb:\/\//u);
    expect(product.output()).toMatch(/PORT must be a port number/u);
    expect(product.output()).not.toContain('my-secret-address');
  });
});

/** What it said, without its progress and what is well. */
function linesAbout(process: ProductProcess): string[] {
  return process
    .output()
    .split('\n')
    .filter((line) => line !== '' && !/^(?:migrating the database|✓)/u.test(line));
}
