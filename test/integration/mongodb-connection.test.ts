import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type BulkWriteResult,
  MongoBulkWriteError,
  MongoClient,
  MongoNetworkError,
  MongoServerSelectionError,
} from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { classifyMongoError } from '../../adapters/mongodb/classify-mongo-error.ts';
import {
  connectMongo,
  MongoUriError,
  NotAReplicaSetError,
  requireReplicaSet,
} from '../../adapters/mongodb/connection.ts';
import { resolveMongod } from '../../adapters/mongodb/embedded/resolve-mongod.ts';
import { killHard } from '../support/child-process.ts';
import { freshDatabase } from '../support/mongodb.ts';

const appName = 'cwsync-test';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface RawServer {
  readonly uri: string;
  stop(): Promise<void>;
}

/** A mongod as somebody else set it up, without our options. */
async function startRaw(args: readonly string[]): Promise<RawServer> {
  const { path } = await resolveMongod({ env: process.env });
  const dbPath = await mkdtemp(join(tmpdir(), 'cwsync-raw-'));
  const port = await freePort();
  const common = ['--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'];
  const child: ChildProcess = spawn(path, [...common, '--wiredTigerCacheSizeGB', '0.25', ...args]);
  if (child.stdout === null) throw new Error('mongod has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Waiting for connections')) break;
  }
  return {
    uri: `mongodb://127.0.0.1:${port}/`,
    async stop() {
      await killHard(child);
      await rm(dbPath, { recursive: true, force: true });
    },
  };
}

describe('connectMongo', () => {
  it('sets what the driver leaves dangerous', async () => {
    const { client, close } = await connectMongo(inject('mongodbUri'), { appName });
    expect(client.options).toMatchObject({
      appName,
      ignoreUndefined: true,
      serverSelectionTimeoutMS: 5_000,
      waitQueueTimeoutMS: 5_000,
      retryWrites: true,
      writeConcern: { w: 'majority' },
      readConcern: { level: 'majority' },
    });
    await close();
  });

  it("uses the address's database, or cwsync, or the one that is asked for", async () => {
    const address = new URL(inject('mongodbUri'));
    address.searchParams.set('authSource', 'admin');
    address.pathname = '/acme%2Dsync';
    const named = await connectMongo(address.href, { appName });
    expect(named.db().databaseName).toBe('acme-sync');
    expect(named.db('other').databaseName).toBe('other');
    await named.close();
    address.pathname = '/';
    const unnamed = await connectMongo(address.href, { appName });
    expect(unnamed.db().databaseName).toBe('cwsync');
    await unnamed.close();
  });

  it('leaves out undefined fields instead of storing null', async () => {
    await using fresh = await freshDatabase();
    await fresh.db.collection('notes').insertOne({ a: 1, b: undefined });
    expect(Object.keys((await fresh.db.collection('notes').findOne()) ?? {})).toEqual(['_id', 'a']);
  });

  it('rejects a malformed address without showing any of its secret', async () => {
    for (const uri of [
      'mongodb://user:s3cret@',
      'mongodb://user:s3cret@host:notaport/',
      'http://user:s3cret@host/',
    ]) {
      const error = await connectMongo(uri, { appName }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(MongoUriError);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret');
      expect((error as Error).cause).toBeUndefined();
    }
  });

  it('gives up in seconds where there is no server, which counts as unavailable', async () => {
    const port = await freePort();
    const error = await connectMongo(`mongodb://user:s3cret@127.0.0.1:${port}/`, { appName }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(MongoServerSelectionError);
    expect(classifyMongoError(error)).toBe(true);
    expect((error as Error).message).not.toContain('s3cret');
  });
});

describe('requireReplicaSet', () => {
  it.each([
    ['5.0', { setName: 'rs0', maxWireVersion: 13 }],
    ['one that does not say', { setName: 'rs0' }],
  ])('refuses a server of version %s with the version that it needs', async (_version, hello) => {
    const old = { db: () => ({ command: async () => hello }) } as unknown as MongoClient;
    await expect(requireReplicaSet(old)).rejects.toThrow('needs MongoDB 6.0 or newer');
  });

  it('accepts a replica set', async () => {
    await using fresh = await freshDatabase();
    await expect(requireReplicaSet(fresh.client)).resolves.toBeUndefined();
  });

  describe('on a standalone server', () => {
    let server: RawServer;
    beforeAll(async () => {
      server = await startRaw([]);
    });
    afterAll(() => server.stop());

    it('is refused with the commands that make it a replica set', async () => {
      const { client, close } = await connectMongo(server.uri, { appName });
      const refused = requireReplicaSet(client);
      await expect(refused).rejects.toThrow(NotAReplicaSetError);
      await expect(refused).rejects.toThrow(/standalone[\s\S]*mongod --replSet rs0[\s\S]*rs\.initiate\(\)/);
      await close();
    });
  });

  describe('on a server that was never initiated', () => {
    let server: RawServer;
    beforeAll(async () => {
      server = await startRaw(['--replSet', 'rs0']);
    });
    afterAll(() => server.stop());

    it('is refused with the one command that is missing, whichever way it is reached', async () => {
      await expect(connectMongo(`${server.uri}?replicaSet=rs0`, { appName })).rejects.toThrow(
        /never initiated[\s\S]*rs\.initiate\(\)/,
      );
      const { client, close } = await connectMongo(`${server.uri}?directConnection=true`, { appName });
      await expect(requireReplicaSet(client)).rejects.toThrow(/never initiated/);
      await close();
    });
  });
});

it('a bulk write in which the connection was lost counts as unavailable, and one that was refused does not', () => {
  const bulk = (error: ConstructorParameters<typeof MongoBulkWriteError>[0]) =>
    classifyMongoError(new MongoBulkWriteError(error, {} as BulkWriteResult));
  expect(bulk(new MongoNetworkError('connection 3 to 127.0.0.1:1 closed'))).toBe(true);
  expect(bulk({ message: 'E11000 duplicate key', code: 11_000, writeErrors: [] })).toBe(false);
});

describe('classifyMongoError against a real server', () => {
  it('tells an exhausted pool and a closed client from errors of ours', async () => {
    await using fresh = await freshDatabase();
    const small = new MongoClient(fresh.uri, { maxPoolSize: 1, waitQueueTimeoutMS: 100 });
    const busy = small.db(fresh.db.databaseName).collection('notes');
    await busy.insertOne({});
    const holder = busy.findOne({ $where: 'sleep(1500) || true' });
    const waiting = await busy.findOne().catch((caught: unknown) => caught);
    expect(classifyMongoError(waiting)).toBe(true);
    await holder;
    await small.close();
    expect(classifyMongoError(await busy.findOne().catch((caught: unknown) => caught))).toBe(true);

    const notes = fresh.db.collection<{ _id: string }>('notes');
    await notes.insertOne({ _id: 'a' });
    const duplicate = await notes.insertOne({ _id: 'a' }).catch((caught: unknown) => caught);
    expect(duplicate).toBeInstanceOf(Error);
    expect(classifyMongoError(duplicate)).toBe(false);
  });
});
