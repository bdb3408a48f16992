import { type Db, MongoClient, MongoServerSelectionError } from 'mongodb';
import { redactMongoUri } from './redact-mongo-uri.ts';

const DEFAULT_DATABASE = 'cwsync';

const SERVER_SELECTION_TIMEOUT_MS = 5_000;
const WAIT_QUEUE_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** One client per thread, and a thread runs a handful of syncs and answers at a time. */
const MAX_POOL_SIZE = 20;

export interface MongoConnection {
  readonly client: MongoClient;
  /** The database of this name; without one, that of the URI's path, else `cwsync`. */
  db(name?: string): Db;
  close(): Promise<void>;
}

/** The address is not one that the driver takes. Holds no part of it that could be secret, and no cause for that reason. */
export class MongoUriError extends Error {
  override readonly name = 'MongoUriError';
}

/** The server is not, or not yet, a replica set. The message says how to make it one. */
export class NotAReplicaSetError extends Error {
  override readonly name = 'NotAReplicaSetError';
}

const HOW_TO_INITIATE = [
  "  mongosh --eval 'rs.initiate()'",
  'With access control, sign in to mongosh as an administrator for that.',
].join('\n');

const HOW_TO_CONVERT = [
  'Stop it, start it as one, and initiate it once:',
  '  mongod --replSet rs0   (with its other options; or in mongod.conf: replication.replSetName: rs0)',
  HOW_TO_INITIATE,
  'With access control, mongod also needs security.keyFile (openssl rand -base64 96 > keyfile; chmod 600 keyfile).',
].join('\n');

function standalone(): NotAReplicaSetError {
  return new NotAReplicaSetError(
    `The MongoDB server of MONGODB_URI is a standalone server; cwsync needs a replica set, one member is enough.\n${HOW_TO_CONVERT}`,
  );
}

function notInitiated(): NotAReplicaSetError {
  return new NotAReplicaSetError(
    `The MongoDB server of MONGODB_URI was started as a replica set but never initiated. Do it once:\n${HOW_TO_INITIATE}`,
  );
}

function databaseIn(uri: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]*)/.exec(uri)?.[1] ?? '';
  return path === '' ? DEFAULT_DATABASE : decodeURIComponent(path);
}

function makeClient(uri: string, appName: string): MongoClient {
  try {
    return new MongoClient(uri, {
      appName,
      ignoreUndefined: true,
      serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      waitQueueTimeoutMS: WAIT_QUEUE_TIMEOUT_MS,
      maxPoolSize: MAX_POOL_SIZE,
      retryWrites: true,
      retryReads: true,
      writeConcern: { w: 'majority' },
      readConcern: { level: 'majority' },
    });
  } catch (error) {
    // Not as cause: Node's own "Invalid URL" error carries the whole address in a field.
    const reason = error instanceof Error ? redactMongoUri(error.message) : 'unknown reason';
    throw new MongoUriError(`MONGODB_URI is not a MongoDB address: ${reason}`);
  }
}

/** A member that was never initiated answers, but the driver only ever says that it found no primary. */
function isUninitiated(error: unknown): boolean {
  if (!(error instanceof MongoServerSelectionError)) return false;
  const servers = [...(error.reason?.servers.values() ?? [])];
  return servers.some((server) => server.type === 'RSGhost');
}

/**
 * Connects to MongoDB; one per thread.
 * Rejects with MongoUriError for a malformed address, NotAReplicaSetError for a set that was never initiated, and the
 * driver's own errors otherwise (see classifyMongoError).
 */
export async function connectMongo(
  uri: string,
  options: { readonly appName: string },
): Promise<MongoConnection> {
  const client = makeClient(uri, options.appName);
  const database = databaseIn(uri);
  try {
    await client.connect();
  } catch (error) {
    await client.close();
    throw isUninitiated(error) ? notInitiated() : error;
  }
  return {
    client,
    db: (name = database) => client.db(name),
    close: () => client.close(),
  };
}

/** What a server of 6.0 or newer tells in its greeting. */
const LEAST_WIRE_VERSION = 17;

/** The server lacks what cwsync relies on. The message says which version has it. */
export class OldServerError extends Error {
  override readonly name = 'OldServerError';
}

/** Rejects with OldServerError on a server before 6.0, and with NotAReplicaSetError on a standalone server: it has neither transactions nor change streams. */
export async function requireReplicaSet(client: MongoClient): Promise<void> {
  const hello = await client.db('admin').command({ hello: 1 });
  if (!(hello.maxWireVersion >= LEAST_WIRE_VERSION)) {
    throw new OldServerError(
      'The MongoDB server of MONGODB_URI is too old: cwsync needs MongoDB 6.0 or newer.',
    );
  }
  if (typeof hello.setName === 'string' || hello.msg === 'isdbgrid') return;
  throw hello.isreplicaset === true ? notInitiated() : standalone();
}
