import { randomUUID } from 'node:crypto';
import type { Db, MongoClient } from 'mongodb';
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
  const db = client.db(`test-${randomUUID()}`);
  async function drop(): Promise<void> {
    await db.dropDatabase();
    await close();
  }
  return { client, db, uri, drop, [Symbol.asyncDispose]: drop };
}
