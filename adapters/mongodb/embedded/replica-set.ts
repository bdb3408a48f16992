import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient, MongoNetworkError, MongoServerError } from 'mongodb';
import type { Credentials } from './data-folder.ts';
import { REPLICA_SET } from './mongod-process.ts';

const PRIMARY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const AUTHENTICATION_FAILED = 18;
const NOT_YET_INITIALIZED = 94;

export interface ReplicaSetOptions {
  readonly port: number;
  readonly credentials: Credentials;
  /** True when the server is empty: the set is initiated and the user made, through the localhost exception. */
  readonly isNew: boolean;
}

interface ReplicaSetConfig {
  readonly version: number;
  readonly members: readonly { readonly _id: number; readonly host: string }[];
}

function directClient(port: number, credentials?: Credentials): MongoClient {
  return new MongoClient(`mongodb://127.0.0.1:${port}/admin`, {
    directConnection: true,
    serverSelectionTimeoutMS: 5_000,
    ...(credentials === undefined ? {} : { auth: { ...credentials }, authSource: 'admin' }),
  });
}

/**
 * A server reads its own set's configuration only after it has begun to take connections. Until then it says that it
 * has none, and when it then does not find itself in it (another port), it drops every connection once.
 */
function isStillSettling(error: unknown): boolean {
  if (error instanceof MongoNetworkError) return true;
  return error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED;
}

async function onceSettled<T>(deadline: number, operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      if (!isStillSettling(error) || performance.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

async function waitForPrimary(client: MongoClient): Promise<void> {
  const deadline = performance.now() + PRIMARY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const hello = await onceSettled(deadline, () => client.db('admin').command({ hello: 1 }));
    if (hello.isWritablePrimary === true) return;
    await delay(POLL_MS);
  }
  throw new Error(
    `the embedded MongoDB server did not become primary within ${PRIMARY_TIMEOUT_MS / 1_000} s`,
  );
}

async function initiate(port: number, credentials: Credentials): Promise<void> {
  const client = directClient(port);
  try {
    const admin = client.db('admin');
    await admin.command({
      replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host: `127.0.0.1:${port}` }] },
    });
    await waitForPrimary(client);
    await admin.command({
      createUser: credentials.username,
      pwd: credentials.password,
      roles: ['root'],
      writeConcern: { w: 'majority', j: true },
    });
  } finally {
    await client.close();
  }
}

/** Kept data know the server by the port of their last start; under another it would not find itself in its own set. */
async function followPort(client: MongoClient, port: number): Promise<void> {
  const admin = client.db('admin');
  const answer = await admin.command({ replSetGetConfig: 1 });
  const config = answer.config as ReplicaSetConfig;
  const host = `127.0.0.1:${port}`;
  if (config.members.every((member) => member.host === host)) return;
  await admin.command({
    replSetReconfig: {
      ...config,
      version: config.version + 1,
      members: config.members.map((member) => ({ ...member, host })),
    },
    force: true,
  });
}

/**
 * Makes the one server a replica set that accepts writes under this port, and returns its version ("8.0.17").
 * Rejects when the data know other credentials, or when it does not become primary in a minute.
 */
export async function ensureReplicaSet(options: ReplicaSetOptions): Promise<string> {
  const { port, credentials, isNew } = options;
  if (isNew) await initiate(port, credentials);
  const client = directClient(port, credentials);
  try {
    if (!isNew) await followKeptPort(client, port);
    await waitForPrimary(client);
    const info = await client.db('admin').command({ buildInfo: 1 });
    return String(info.version);
  } finally {
    await client.close();
  }
}

async function followKeptPort(client: MongoClient, port: number): Promise<void> {
  try {
    const deadline = performance.now() + PRIMARY_TIMEOUT_MS;
    // Safe to repeat: it looks first whether the change is already made.
    await onceSettled(deadline, () => followPort(client, port));
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== AUTHENTICATION_FAILED) throw error;
    throw new Error('the embedded MongoDB server refuses the user in credentials.json of its data folder', {
      cause: error,
    });
  }
}
