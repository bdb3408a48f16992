import { randomUUID } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { connectMongo } from '../../adapters/mongodb/connection.ts';

export interface FreshDatabase extends AsyncDisposable {
  readonly client: MongoClient;
  readonly db: Db;
  readonly uri: string;
  /** Drops the database and closes the client; the same as leaving an `await using` block. */
  drop(): Promise<void>;
}

/** A connected client and an empty database of its own on the test run's server. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const uri = inject('mongodbUri');
  const { client, close } = await connectMongo(uri, { appName: 'cwsync-test' });
  return ownDatabase(uri, client, close);
}

/**
 * The same, on which no write waits for the journal: where nothing fails over that changes nothing, and in its time
 * more histories are played.
 */
export async function quickDatabase(): Promise<FreshDatabase> {
  const uri = inject('mongodbUri');
  const client = new MongoClient(uri, {
    appName: 'cwsync-test',
    ignoreUndefined: true,
    writeConcern: { w: 1, journal: false },
    readConcern: { level: 'local' },
  });
  return ownDatabase(uri, client, () => client.close());
}

function ownDatabase(uri: string, client: MongoClient, close: () => Promise<void>): FreshDatabase {
  const db = client.db(`test-${randomUUID()}`);
  async function drop(): Promise<void> {
    await db.dropDatabase();
    await close();
  }
  return { client, db, uri, drop, [Symbol.asyncDispose]: drop };
}
