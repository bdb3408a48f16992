import { type Db, type Document, type IndexDescription, MongoServerError } from 'mongodb';

const NAMESPACE_EXISTS = 48;

/** What one collection should look like. */
export interface CollectionSpec {
  readonly name: string;
  /** A JSON schema in MongoDB's dialect (`bsonType`); a write that breaks it is refused. */
  readonly validator?: Document;
  readonly indexes?: readonly IndexDescription[];
}

async function createIfMissing(db: Db, name: string): Promise<void> {
  try {
    await db.createCollection(name);
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== NAMESPACE_EXISTS) throw error;
  }
}

/**
 * Makes what is missing and sets validators; may be run any number of times.
 * An index that exists under the same name with other options is an error: the migration that changes it drops it first.
 */
export async function ensureCollections(db: Db, list: readonly CollectionSpec[]): Promise<void> {
  for (const { name, validator, indexes = [] } of list) {
    await createIfMissing(db, name);
    if (validator !== undefined) {
      await db.command({
        collMod: name,
        validator: { $jsonSchema: validator },
        validationLevel: 'strict',
        validationAction: 'error',
      });
    }
    if (indexes.length > 0) await db.collection(name).createIndexes([...indexes]);
  }
}
