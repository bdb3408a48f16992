import type { Db, Document } from 'mongodb';
import { beatEveryMs, type LivenessKind } from '../../../src/ports/liveness.ts';
import { knownSchema, markRestoring, readSchemaOf, UnfinishedRestoreError } from '../migrations/migrate.ts';
import { type BackupHead, readBackupDocuments, readBackupHead } from './backup-file.ts';

const insertedAtOnce = 500;
const schemaCollection = 'schema';

/** Nothing was changed: the database or the backup is not such that it could be restored. The message says what to do. */
export class RestoreRefusedError extends Error {
  override readonly name = 'RestoreRefusedError';
}

export type RestoreParts = {
  readonly db: Db;
  readonly file: string;
  /** Whether what is in the database may go. */
  readonly replace: boolean;
  /** From 0 to 1: the file is read to its end before the database is touched, and then once more. */
  readonly onProgress: (step: 'checking' | 'restoring', fraction: number) => void;
};

/**
 * Puts a backup in the place of what is in the database. Where it is interrupted, no process starts on that database
 * until it has been restored again.
 * Rejects with RestoreRefusedError and BackupFileError, having changed nothing, and with the driver's errors.
 * @returns how many documents there are now
 */
export async function restoreBackup({ db, file, replace, onProgress }: RestoreParts): Promise<number> {
  const head = await readBackupHead(file);
  refuseNewer(head);
  await refuseRunning(db);
  if (!replace) await refuseNonEmpty(db);
  const documents = await checkWhole(file, head, onProgress);
  await markRestoring(db, true);
  await dropAll(db);
  await insertAll(db, file, (done) => onProgress('restoring', done / Math.max(1, documents)));
  await shapeAll(db, head);
  await markRestoring(db, false);
  return documents;
}

function refuseNewer({ schema, writtenBy }: BackupHead): void {
  const known = knownSchema();
  if (schema <= known) return;
  throw new RestoreRefusedError(
    `This backup was written by cwsync ${writtenBy}; install that or newer, then restore it. (It has schema ${schema}; this cwsync knows schema ${known}.)`,
  );
}

/** Whoever works on the database would write into what is restored. */
async function refuseRunning(db: Db): Promise<void> {
  const kinds = Object.keys(beatEveryMs) as LivenessKind[];
  // One beat may come late.
  const isNew = kinds.map((kind) => ({
    $and: [
      { $eq: ['$kind', kind] },
      { $gt: ['$at', { $subtract: ['$$NOW', Math.round(beatEveryMs[kind] * 1.2)] }] },
    ],
  }));
  const beat = await db.collection<Document>('liveness').findOne({ $expr: { $or: isNew } });
  if (!beat) return;
  throw new RestoreRefusedError(
    `A ${String(beat.kind)} of cwsync works on this database, or did a moment ago. Stop every process of cwsync, wait ${Math.round((beatEveryMs.bot * 1.2) / 1_000)} s, and restore again.`,
  );
}

async function refuseNonEmpty(db: Db): Promise<void> {
  const unfinished = await readSchemaOf(db).then(
    () => false,
    (error: unknown) => error instanceof UnfinishedRestoreError,
  );
  const names = await collectionNames(db);
  const counts = await Promise.all(names.map((name) => db.collection(name).estimatedDocumentCount()));
  const count = counts.reduce((sum, one) => sum + one, 0);
  if (count === 0) return;
  const what = unfinished ? 'what an unfinished restore left' : `${count} documents`;
  throw new RestoreRefusedError(
    `The database “${db.databaseName}” is not empty: it holds ${what}. Back it up if it is worth anything; then restore with --replace, which removes all of it first.`,
  );
}

async function collectionNames(db: Db): Promise<readonly string[]> {
  const listed = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  return listed.map(({ name }) => name).filter((name) => !name.startsWith('system.'));
}

async function checkWhole(
  file: string,
  { collections }: BackupHead,
  onProgress: RestoreParts['onProgress'],
): Promise<number> {
  const about = Math.max(
    1,
    collections.reduce((sum, { count }) => sum + count, 0),
  );
  let read = 0;
  for await (const _document of readBackupDocuments(file)) {
    read += 1;
    if (read % insertedAtOnce === 0) onProgress('checking', Math.min(1, read / about));
  }
  return read;
}

/** The mark stays: it stands in a collection that is emptied instead. */
async function dropAll(db: Db): Promise<void> {
  const names = await collectionNames(db);
  await Promise.all(names.filter((name) => name !== schemaCollection).map((name) => db.dropCollection(name)));
  await db.collection<{ _id: string }>(schemaCollection).deleteMany({ _id: { $ne: 'restoring' } });
}

async function insertAll(db: Db, file: string, onDone: (documents: number) => void): Promise<void> {
  let done = 0;
  let waiting: { name: string; documents: Document[] } = { name: '', documents: [] };
  async function write(): Promise<void> {
    const { name, documents } = waiting;
    if (documents.length === 0) return;
    await db.collection(name).insertMany(documents, { ordered: false });
    done += documents.length;
    onDone(done);
  }
  for await (const [name, document] of readBackupDocuments(file)) {
    if (name !== waiting.name || waiting.documents.length === insertedAtOnce) {
      await write();
      waiting = { name, documents: [] };
    }
    waiting.documents.push(document);
  }
  await write();
}

/** Afterwards, so that nothing that was stored under an older rule is refused, and indexes are built in one go. */
async function shapeAll(db: Db, { collections }: BackupHead): Promise<void> {
  const there = new Set(await collectionNames(db));
  await Promise.all(
    collections.map(async ({ name, options, indexes }) => {
      if (!there.has(name)) await db.createCollection(name);
      if (Object.keys(options).length > 0) await db.command({ collMod: name, ...options });
      if (indexes.length > 0) await db.collection(name).createIndexes([...indexes]);
    }),
  );
}
