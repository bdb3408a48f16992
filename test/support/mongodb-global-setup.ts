import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { TestProject } from 'vitest/node';
import { createProgressRenderer } from '../../adapters/mongodb/embedded/progress.ts';
import { resolveMongod } from '../../adapters/mongodb/embedded/resolve-mongod.ts';
import { startEmbeddedMongo } from '../../adapters/mongodb/embedded/start-embedded.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the test run's MongoDB server: a replica set, with credentials. */
    mongodbUri: string;
  }
}

interface TestServer {
  readonly uri: string;
  stop(): Promise<void>;
}

/** Vitest loads this file once for each project that asks for it; they share one server through the process. */
interface Shared {
  users: number;
  server: Promise<TestServer> | undefined;
}

const KEY = Symbol.for('cwsync.test-mongodb');
const globals = globalThis as { [KEY]?: Shared };
globals[KEY] ??= { users: 0, server: undefined };
const shared = globals[KEY];

const MEMORY_FOLDER = '/dev/shm';
const ROOM_IN_BYTES = 3 * 2 ** 30;

/**
 * Where the server's files go: in memory where there is room, since what they hold is of no use after the tests;
 * containers often have little of it, and a Mac none.
 */
async function parentFolder(): Promise<string> {
  const room = await statfs(MEMORY_FOLDER).catch(() => undefined);
  return room && room.bavail * room.bsize >= ROOM_IN_BYTES ? MEMORY_FOLDER : tmpdir();
}

/**
 * A majority of one has a write as soon as that one has it: waiting for the journal besides costs each write as much
 * again, and only tests that end the server could tell the difference; they start servers of their own.
 */
async function withoutWaitingForJournal(uri: string): Promise<void> {
  const client = new MongoClient(uri);
  try {
    const admin = client.db('admin');
    const { config } = await admin.command({ replSetGetConfig: 1 });
    const next = { ...config, version: config.version + 1, writeConcernMajorityJournalDefault: false };
    await admin.command({ replSetReconfig: next });
    // What a majority has is known again only with the next write: whoever reads first would wait for the server's own.
    await client
      .db('settled')
      .collection('writes')
      .insertOne({}, { writeConcern: { w: 'majority' } });
  } finally {
    await client.close();
  }
}

async function startServer(): Promise<TestServer> {
  const given = process.env.MONGODB_URI_TEST;
  if (given) return { uri: given, stop: async () => {} };

  const progress = createProgressRenderer();
  const binary = await resolveMongod({ env: process.env, onProgress: progress.onProgress });
  progress.stop();
  const dataDir = await mkdtemp(join(await parentFolder(), 'cwsync-test-'));
  const embedded = await startEmbeddedMongo({ dataDir, port: 0, binary });
  await withoutWaitingForJournal(embedded.uri);
  return {
    uri: embedded.uri,
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function setup(project: TestProject): Promise<void> {
  shared.users += 1;
  shared.server ??= startServer();
  const { uri } = await shared.server;
  project.provide('mongodbUri', uri);
}

export async function teardown(): Promise<void> {
  shared.users -= 1;
  if (shared.users > 0) return;
  const server = await shared.server;
  shared.server = undefined;
  await server?.stop();
}
