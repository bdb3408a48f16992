import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Db } from 'mongodb';
import { connectMongo } from '../../adapters/mongodb/connection.ts';
import { resolveMongod } from '../../adapters/mongodb/embedded/resolve-mongod.ts';
import { startEmbeddedMongo } from '../../adapters/mongodb/embedded/start-embedded.ts';
import { migrate } from '../../adapters/mongodb/migrations/migrate.ts';
import { systemClock, systemIds } from '../../src/bootstrap/system.ts';

export type BenchDatabase = {
  /** With the name of a database of its own. */
  readonly uri: string;
  readonly db: Db;
  stop(): Promise<void>;
};

/** A server of its own with an empty, migrated database; `MONGODB_URI_TEST` names another server. */
export async function startDatabase(): Promise<BenchDatabase> {
  const server = await startServer();
  const name = `bench-${randomUUID()}`;
  const uri = withDatabase(server.uri, name);
  const { db, close } = await connectMongo(uri, { appName: 'cwsync bench' });
  await migrate(db(), { appVersion: 'bench', onStep: () => {}, clock: systemClock, ids: systemIds });
  return {
    uri,
    db: db(),
    async stop() {
      await db().dropDatabase();
      await close();
      await server.stop();
    },
  };
}

async function startServer(): Promise<{ readonly uri: string; stop(): Promise<void> }> {
  const given = process.env.MONGODB_URI_TEST;
  if (given) return { uri: given, async stop() {} };
  const binary = await resolveMongod({ env: process.env, onProgress: () => {} });
  const dataDir = await mkdtemp(path.join(tmpdir(), 'cwsync-bench-'));
  const embedded = await startEmbeddedMongo({ dataDir, port: 0, binary });
  return {
    uri: embedded.uri,
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function withDatabase(uri: string, name: string): string {
  const [address = uri, options] = uri.split('?', 2);
  const server = address.replace(/^(mongodb(?:\+srv)?:\/\/[^/]+).*$/u, '$1');
  const auth = options?.includes('authSource=') || !address.includes('@') ? '' : 'authSource=admin&';
  return `${server}/${name}?${auth}${options ?? ''}`;
}
