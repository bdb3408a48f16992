import { type ClientSession, type Db, type Document, type MongoClient, MongoServerError } from 'mongodb';
import { readSchemaOf } from '../migrations/migrate.ts';
import { type BackupHead, type StoredDocument, writeBackupFile } from './backup-file.ts';

/** Of the moment, and in the way of whoever starts after a restore: who is alive, and who migrates. */
const ofTheMoment: ReadonlySet<string> = new Set(['liveness']);
const migrationLeaseId = 'lease';

/** Numbers keep their type: 5 as a double stays one. */
const asStored = { promoteValues: false, promoteBuffers: false, promoteLongs: false } as const;

const snapshotTooOld = 239;

/** There is nothing to back up, or it cannot be read as of one moment. The message says what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

export type BackupParts = {
  readonly client: MongoClient;
  readonly db: Db;
  readonly file: string;
  readonly at: Date;
  /** From 0 to 1. */
  readonly onProgress: (fraction: number) => void;
};

/**
 * Writes all of the database into a new file, as of one moment: also while cwsync runs.
 * Rejects with BackupError, the file system's errors (`EEXIST` where the file is there) and the driver's.
 * @returns how many documents the file holds
 */
export async function writeBackup({ client, db, file, at, onProgress }: BackupParts): Promise<number> {
  const schema = await readSchemaOf(db);
  if (!schema) {
    throw new BackupError('This database is empty: there is nothing to back up. Check MONGODB_URI.');
  }
  const collections = await describe(db);
  const about: BackupHead = { schema: schema.version, writtenBy: schema.writtenBy, at, collections };
  const all = Math.max(
    1,
    collections.reduce((sum, { count }) => sum + count, 0),
  );
  let read = 0;
  const session = client.startSession({ snapshot: true });
  async function* documents(): AsyncGenerator<StoredDocument> {
    for (const { name } of collections) {
      for await (const document of documentsOf(db, name, session)) {
        read += 1;
        if (read % 500 === 0) onProgress(Math.min(1, read / all));
        yield [name, document];
      }
    }
  }
  try {
    return await writeBackupFile(file, about, documents());
  } catch (error) {
    throw explained(error);
  } finally {
    await session.endSession();
  }
}

async function describe(db: Db): Promise<BackupHead['collections']> {
  const listed = await db.listCollections({ type: 'collection' }).toArray();
  const names = listed.filter(({ name }) => !name.startsWith('system.') && !ofTheMoment.has(name));
  return await Promise.all(
    names.map(async (info) => {
      const collection = db.collection(info.name);
      const [count, indexes] = await Promise.all([
        collection.estimatedDocumentCount(),
        collection.listIndexes().toArray(),
      ]);
      const options: Document = 'options' in info ? (info.options ?? {}) : {};
      // The one on _id comes with the collection.
      return { name: info.name, count, options, indexes: indexes.filter(({ name }) => name !== '_id_') };
    }),
  );
}

function documentsOf(db: Db, name: string, session: ClientSession): AsyncIterable<Document> {
  const filter = name === 'schema' ? { _id: { $ne: migrationLeaseId } } : {};
  return db.collection<Document>(name).find(filter as Document, { session, ...asStored });
}

function explained(error: unknown): unknown {
  if (!(error instanceof MongoServerError) || error.code !== snapshotTooOld) return error;
  return new BackupError(
    'Reading took longer than the server keeps one moment for (five minutes unless set otherwise). Use mongodump, or let the server keep it for longer: minSnapshotHistoryWindowInSeconds.',
  );
}
