import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
 * Where the server's files go. Every write waits for its journal, which a file system in memory stores in no time;
 * containers often have a small one, and a Mac none.
 */
async function parentFolder(): Promise<string> {
  const room = await statfs(MEMORY_FOLDER).catch(() => undefined);
  return room && room.bavail * room.bsize >= ROOM_IN_BYTES ? MEMORY_FOLDER : tmpdir();
}

async function startServer(): Promise<TestServer> {
  const given = process.env.MONGODB_URI_TEST;
  if (given) return { uri: given, stop: async () => {} };

  const progress = createProgressRenderer();
  const binary = await resolveMongod({ env: process.env, onProgress: progress.onProgress });
  progress.stop();
  const dataDir = await mkdtemp(join(await parentFolder(), 'cwsync-test-'));
  const embedded = await startEmbeddedMongo({ dataDir, port: 0, binary });
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
