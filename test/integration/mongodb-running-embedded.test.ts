import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectMongo } from '../../adapters/mongodb/connection.ts';
import { mongoHealth } from '../../adapters/mongodb/database-health.ts';
import { resolveMongod } from '../../adapters/mongodb/embedded/resolve-mongod.ts';
import { runningEmbeddedUri } from '../../adapters/mongodb/embedded/running-embedded.ts';
import { startEmbeddedMongo } from '../../adapters/mongodb/embedded/start-embedded.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cwsync-embedded-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a folder that is not there has no server, and is not made', async () => {
  const missing = path.join(folder, 'nowhere');
  expect(await runningEmbeddedUri(missing)).toBeUndefined();
  expect(existsSync(missing)).toBe(false);
});

it('a server that runs is found beside its owner, and answers; one that was stopped is not', async () => {
  const binary = await resolveMongod({ env: process.env, onProgress: () => {} });
  const server = await startEmbeddedMongo({ dataDir: folder, binary, port: 0 });
  try {
    const uri = await runningEmbeddedUri(folder);
    expect(uri).toBe(server.uri);
    const connection = await connectMongo(uri ?? '', { appName: 'cwsync-test' });
    const health = mongoHealth(async () => connection.db());
    await health.tryWrite();
    expect(await health.facts()).toMatchObject({ version: server.version, replicaSet: true });
    await connection.close();
    await expect(health.ping()).rejects.toThrow();
  } finally {
    await server.stop();
  }
  expect(await runningEmbeddedUri(folder)).toBeUndefined();
});
