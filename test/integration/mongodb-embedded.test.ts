import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMongo, type MongoConnection, requireReplicaSet } from '../../adapters/mongodb/connection.ts';
import { DataFolderError } from '../../adapters/mongodb/embedded/data-folder.ts';
import { resolveMongod } from '../../adapters/mongodb/embedded/resolve-mongod.ts';
import {
  type EmbeddedMongo,
  EmbeddedMongoError,
  type StartEmbeddedOptions,
  startEmbeddedMongo,
} from '../../adapters/mongodb/embedded/start-embedded.ts';
import { killHard, processesWith, startChild } from '../support/child-process.ts';

const OWNER = join(import.meta.dirname, '../support/processes/embedded-owner.ts');

const binary = await resolveMongod({ env: process.env });
let dataDir: string;
let running: EmbeddedMongo[];
let logged: string[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cwsync-embedded-'));
  running = [];
  logged = [];
});
afterEach(async () => {
  for (const server of running) await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(overrides: Partial<StartEmbeddedOptions> = {}): Promise<EmbeddedMongo> {
  const log = (text: string) => logged.push(text);
  const server = await startEmbeddedMongo({ dataDir, port: 0, binary, log, ...overrides });
  running.push(server);
  return server;
}

async function connected<T>(uri: string, use: (connection: MongoConnection) => Promise<T>): Promise<T> {
  const connection = await connectMongo(uri, { appName: 'cwsync-test' });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

function addNote(uri: string, note: string): Promise<unknown> {
  return connected(uri, ({ db }) => db().collection('notes').insertOne({ note }));
}

function notes(uri: string): Promise<unknown[]> {
  return connected(uri, ({ db }) => db().collection('notes').distinct('note'));
}

function mongods(): Promise<number[]> {
  return processesWith('mongod', `--dbpath ${join(dataDir, 'mongodb', 'db')} `);
}

async function mongodPid(): Promise<number> {
  const [pid] = await mongods();
  if (pid === undefined) throw new Error('no mongod runs on this folder');
  return pid;
}

function fileIn(name: string): string {
  return join(dataDir, 'mongodb', name);
}

describe('the embedded server', () => {
  it('is a replica set with transactions and change streams', async () => {
    const { uri } = await start();
    await connected(uri, async ({ client, db }) => {
      await requireReplicaSet(client);
      const stream = db().collection('notes').watch();
      await stream.tryNext();
      await client.withSession((session) =>
        session.withTransaction(async () => {
          await db().collection('notes').insertOne({ note: 'a' }, { session });
          await db().collection('others').insertOne({ note: 'b' }, { session });
        }),
      );
      await expect(stream.next()).resolves.toMatchObject({
        operationType: 'insert',
        fullDocument: { note: 'a' },
      });
      await stream.close();
      expect(db().databaseName).toBe('cwsync');
    });
  });

  it('lets nobody in without the password, listens on 127.0.0.1 and keeps its secrets private', async () => {
    const { uri, port } = await start();
    const open = connected(`mongodb://127.0.0.1:${port}/`, ({ db }) => db().collection('notes').findOne());
    await expect(open).rejects.toThrow(/authentication/i);
    const options = await connected(uri, ({ db }) => db('admin').command({ getCmdLineOpts: 1 }));
    expect(options.parsed.net.bindIp).toBe('127.0.0.1');
    expect(options.parsed.storage.wiredTiger.engineConfig.cacheSizeGB).toBe(0.25);
    for (const name of ['keyfile', 'credentials.json']) {
      expect((await stat(fileIn(name))).mode & 0o777).toBe(0o600);
    }
    expect(await readFile(fileIn('server.json'), 'utf8')).not.toContain(new URL(uri).password);
  });

  it('keeps data over a stop and a start under another port', async () => {
    const first = await start();
    await addNote(first.uri, 'kept');
    await first.stop();
    expect(await mongods()).toEqual([]);
    const second = await start();
    expect(second.port).not.toBe(first.port);
    expect(await notes(second.uri)).toEqual(['kept']);
    await addNote(second.uri, 'and written to');
    await connected(second.uri, ({ client }) => requireReplicaSet(client));
  });

  it('refuses a folder that a living cwsync holds, names it, and takes it once that is gone', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(DataFolderError);
    await expect(start()).rejects.toThrow(
      `data folder in use by process ${process.pid} (cwsync); stop it or set`,
    );
    await addNote(first.uri, 'the first one is unharmed');
    await first.stop();
    const second = await start();
    expect(await notes(second.uri)).toEqual(['the first one is unharmed']);
  });

  it('lets one of two starts at the same moment have the folder, also after an owner that died', async () => {
    await mkdir(join(dataDir, 'mongodb'), { recursive: true });
    await writeFile(fileIn('owner.json'), JSON.stringify({ pid: process.pid, started: 'in another life' }));
    const both = await Promise.allSettled([start(), start()]);
    expect(both.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find((result) => result.status === 'rejected');
    expect(refused?.reason).toBeInstanceOf(DataFolderError);
    expect(await mongods()).toHaveLength(1);
  });

  it('refuses a port that is taken, names it, and lets the folder go', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const refused = start({ port });
    await expect(refused).rejects.toThrow(EmbeddedMongoError);
    await expect(refused).rejects.toThrow(`port ${port}`);
    expect(await mongods()).toEqual([]);
    other.close();
    await once(other, 'close');
    expect((await start({ port })).port).toBe(port);
  });

  it('takes the folder of an owner that was killed, ends the server it left, and has its data', async () => {
    const { child, firstLine: uri } = await startChild(OWNER, [dataDir, binary.path, binary.version]);
    await addNote(uri, 'before the kill');
    const orphan = await mongodPid();
    // Without its watcher the server would live for ever.
    for (const watcher of await processesWith('mongo_killer', ` ${child.pid} ${orphan}`))
      process.kill(watcher, 'SIGKILL');
    await killHard(child);
    expect(await mongods()).toEqual([orphan]);
    const server = await start();
    expect(await notes(server.uri)).toEqual(['before the kill']);
    expect(await mongods()).not.toContain(orphan);
    expect(logged).toEqual([expect.stringContaining(`ended process ${orphan}`)]);
  });

  it('ends by itself after its owner was killed', async () => {
    const { child } = await startChild(OWNER, [dataDir, binary.path, binary.version]);
    expect(await mongods()).toHaveLength(1);
    await killHard(child);
    await expect.poll(mongods, { timeout: 15_000 }).toEqual([]);
  });

  it('starts again after both its owner and mongod were killed', async () => {
    const { child, firstLine: uri } = await startChild(OWNER, [dataDir, binary.path, binary.version]);
    await addNote(uri, 'acknowledged');
    process.kill(await mongodPid(), 'SIGKILL');
    await killHard(child);
    const server = await start();
    expect(await notes(server.uri)).toEqual(['acknowledged']);
  });

  it('tells when mongod dies under it, and can be stopped and started again', async () => {
    const first = await start();
    await addNote(first.uri, 'acknowledged');
    process.kill(await mongodPid(), 'SIGKILL');
    await expect.poll(() => logged).toEqual(['the MongoDB server ended by itself (SIGKILL)']);
    await first.stop();
    const second = await start();
    expect(await notes(second.uri)).toEqual(['acknowledged']);
  });

  it('is started again by itself on the same port when mongod dies, with its data', async () => {
    const { uri } = await start();
    await addNote(uri, 'before');
    const before = await mongodPid();
    process.kill(before, 'SIGKILL');
    await expect.poll(() => logged, { timeout: 20_000 }).toContain('the MongoDB server was started again');
    await addNote(uri, 'after');
    expect(new Set(await notes(uri))).toEqual(new Set(['before', 'after']));
    expect(await mongodPid()).not.toBe(before);
  });

  it('is not brought down by a log line that quotes a text', async () => {
    const { uri } = await start();
    const before = await mongodPid();
    await connected(uri, async ({ db }) => {
      await db('admin').command({ profile: 0, slowms: -1 });
      for (const title of [
        'address already in use',
        '***aborting after fassert',
        'libx: cannot open shared object',
      ]) {
        await db().collection('notes').findOne({ title });
      }
    });
    await addNote(uri, 'alive');
    expect(await mongods()).toEqual([before]);
    expect(logged).toEqual([]);
  });
});

describe('the data folder', () => {
  it('begins again where the first start was cut off', async () => {
    await mkdir(fileIn('db'), { recursive: true });
    await writeFile(fileIn('db/storage.bson'), 'half written');
    await writeFile(fileIn('setup-unfinished'), '');
    const server = await start();
    await addNote(server.uri, 'works');
    await expect(stat(fileIn('setup-unfinished'))).rejects.toThrow('ENOENT');
  });

  it('is left alone when its credentials are lost', async () => {
    const first = await start();
    await addNote(first.uri, 'kept');
    await first.stop();
    const credentials = await readFile(fileIn('credentials.json'), 'utf8');
    await rm(fileIn('credentials.json'));
    await expect(start()).rejects.toThrow(/credentials\.json is missing or damaged/);
    await writeFile(fileIn('credentials.json'), credentials);
    const second = await start();
    expect(await notes(second.uri)).toEqual(['kept']);
  });

  it("says in mongod's words why it does not start, and which version wrote the data", async () => {
    await (await start()).stop();
    await writeFile(fileIn('db/storage.bson'), 'damaged');
    const record = { version: '99.0.1', port: 1, startedAt: '2026-01-01T00:00:00Z' };
    await writeFile(fileIn('server.json'), JSON.stringify(record));
    const refused = start();
    await expect(refused).rejects.toThrow(EmbeddedMongoError);
    await expect(refused).rejects.toThrow(/did not start: .*metadata file.*last used by MongoDB 99\.0\.1/);
    expect(await mongods()).toEqual([]);
  });
});
