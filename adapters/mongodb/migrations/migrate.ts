import { type Collection, type Db, MongoServerError } from 'mongodb';
import type { UmzugStorage } from 'umzug';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Ids } from '../../../src/ports/ids.ts';
import { migrations as allMigrations } from './all.ts';
import { createLease, type Lease, type LeaseDocument } from './lease.ts';
import { type Migration, versionOf } from './migration.ts';

/*
 * Several processes start at once, each may be killed at any point, and an older build may meet a newer database.
 * One process at a time migrates, under a lease that it renews; the others wait and then find nothing to do. A step is
 * recorded only by the holder of the lease, after the step; a process killed in between lets the step run again.
 */

const COLLECTION = 'schema';
const SCHEMA_ID = 'schema';
const LEASE_ID = 'lease';
const DEFAULT_LEASE_MS = 60_000;
const WAIT_MS = 250;

export interface MigrateOptions {
  /** Version of this build, recorded with what it writes. */
  readonly appVersion: string;
  /** Told of each step before it runs, and once when another process is waited for. */
  readonly onStep: (text: string) => void;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a process that died keeps the others waiting, in milliseconds. Default 60 s. */
  readonly leaseMs?: number;
  /** Default: those of this build. */
  readonly migrations?: readonly Migration[];
}

export interface SchemaDocument {
  readonly _id: string;
  readonly version: number;
  /** The build that ran the last step. */
  readonly writtenBy: string;
  readonly steps: readonly { readonly name: string; readonly at: Date }[];
}

/** The database was migrated by a newer build, which may have changed what this one relies on. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';

  constructor(schema: SchemaDocument, known: number, appVersion: string) {
    super(
      `This database was written by cwsync ${schema.writtenBy}; install that or newer.` +
        ` (It has schema ${schema.version}; this is cwsync ${appVersion}, which knows schema ${known}.)`,
    );
  }
}

/** Another process took the lease over while a step ran here; nothing was recorded, and that process finishes. */
export class MigrationLeaseLostError extends Error {
  override readonly name = 'MigrationLeaseLostError';
}

/** The user of the address may read and write, but not change the rules of collections. */
export class MigrationRightsError extends Error {
  override readonly name = 'MigrationRightsError';

  constructor(database: string) {
    super(
      `The user of MONGODB_URI lacks rights on the database “${database}”. Give it the roles readWrite and dbAdmin there, then start again.`,
    );
  }
}

interface Run {
  readonly db: Db;
  readonly documents: Collection<SchemaDocument>;
  readonly lease: Lease;
  readonly list: readonly Migration[];
  readonly options: MigrateOptions;
}

async function requireLease(lease: Lease): Promise<void> {
  if (await lease.renew()) return;
  throw new MigrationLeaseLostError('another process took over the migration of the database; start again');
}

/** umzug's view of the one document that tells what was done. */
function storageOf({ documents, lease, options }: Run): UmzugStorage<Db> {
  return {
    async executed() {
      const schema = await documents.findOne({ _id: SCHEMA_ID });
      return (schema?.steps ?? []).map((step) => step.name);
    },
    async logMigration({ name }) {
      await requireLease(lease);
      await documents.updateOne(
        { _id: SCHEMA_ID },
        {
          $set: { version: versionOf(name), writtenBy: options.appVersion },
          $push: { steps: { name, at: options.clock.now() } },
        },
        { upsert: true },
      );
    },
    async unlogMigration({ name }) {
      throw new Error(`migrations are never taken back: ${name}`);
    },
  };
}

async function runPending(run: Run): Promise<void> {
  const { db, list, lease, options } = run;
  // Loaded on demand: nearly every start finds nothing to do.
  const { Umzug } = await import('umzug');
  const umzug = new Umzug<Db>({
    migrations: list.map((migration) => ({
      name: migration.name,
      async up() {
        await requireLease(lease);
        options.onStep(`migrating the database: ${migration.name}`);
        await migration.up(db);
      },
    })),
    context: db,
    storage: storageOf(run),
    logger: undefined,
  });
  try {
    await umzug.up();
  } catch (error) {
    throw lacksRights(error) ? new MigrationRightsError(db.databaseName) : error;
  }
}

const unauthorized = 13;

/** umzug wraps what a step rejects with. */
function lacksRights(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof MongoServerError && cause.code === unauthorized;
}

/** Renews a third into each term until aborted. A renewal that fails is tried again; the next record decides. */
async function keepRenewing(lease: Lease, leaseMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(leaseMs / 3, signal).catch(() => {});
    if (!signal.aborted) await lease.renew().catch(() => false);
  }
}

/** What a restore leaves while it is not finished, beside the schema's own document. */
const RESTORING_ID = 'restoring';

/** A restore was begun and not finished: what is there is a part of a backup, which nobody may work with. */
export class UnfinishedRestoreError extends Error {
  override readonly name = 'UnfinishedRestoreError';

  constructor() {
    super(
      'A backup is being restored into this database, or that was not finished. Wait for it, or restore it again: npx cwsync restore-backup <file> --replace',
    );
  }
}

/** Marks the database as half restored, or as whole again. */
export async function markRestoring(db: Db, restoring: boolean): Promise<void> {
  const documents = db.collection<{ readonly _id: string }>(COLLECTION);
  if (restoring) await documents.updateOne({ _id: RESTORING_ID }, { $set: {} }, { upsert: true });
  else await documents.deleteOne({ _id: RESTORING_ID });
}

/** What the database says of its own schema; null where nothing was ever migrated. */
export async function readSchemaOf(db: Db): Promise<SchemaDocument | null> {
  const documents = db.collection<SchemaDocument>(COLLECTION);
  const found = await documents.find({ _id: { $in: [SCHEMA_ID, RESTORING_ID] } }).toArray();
  if (found.some(({ _id: id }) => id === RESTORING_ID)) throw new UnfinishedRestoreError();
  return found[0] ?? null;
}

/** The number of the last migration that this build knows. */
export function knownSchema(list: readonly Migration[] = allMigrations): number {
  return Math.max(0, ...list.map((migration) => versionOf(migration.name)));
}

/** The schema as it is now; rejects with NewerSchemaError and UnfinishedRestoreError. */
async function readSchema({
  db,
  list,
  options,
}: Pick<Run, 'db' | 'list'> & {
  readonly options: Pick<MigrateOptions, 'appVersion'>;
}): Promise<SchemaDocument | null> {
  const known = knownSchema(list);
  const schema = await readSchemaOf(db);
  if (schema !== null && schema.version > known)
    throw new NewerSchemaError(schema, known, options.appVersion);
  return schema;
}

async function runUnderLease(run: Run, leaseMs: number): Promise<void> {
  const ended = new AbortController();
  const renewing = keepRenewing(run.lease, leaseMs, run.options.clock, ended.signal);
  try {
    // Again, now that nobody else can change it: a newer build may have been the last holder.
    await readSchema(run);
    await runPending(run);
  } finally {
    ended.abort();
    await renewing;
    await run.lease.release();
  }
}

function hasPending(schema: SchemaDocument | null, list: readonly Migration[]): boolean {
  const done = new Set(schema?.steps.map((step) => step.name));
  return list.some((migration) => !done.has(migration.name));
}

/**
 * Brings the database to this build's schema; many processes may call it at once.
 * Rejects with NewerSchemaError when the database is ahead of this build, MigrationLeaseLostError when this process
 * stalled longer than its lease, MigrationRightsError where its user may not do that, and umzug's MigrationError (with the cause) when a step fails.
 */
export async function migrate(db: Db, options: MigrateOptions): Promise<void> {
  const { clock, ids, onStep, leaseMs = DEFAULT_LEASE_MS, migrations: list = allMigrations } = options;
  const documents = db.collection<SchemaDocument>(COLLECTION);
  const lease = createLease(db.collection<LeaseDocument>(COLLECTION), LEASE_ID, ids.next(), leaseMs);
  const run: Run = { db, documents, lease, list, options };
  let toldToWait = false;
  while (hasPending(await readSchema(run), list)) {
    if (await lease.take()) return runUnderLease(run, leaseMs);
    if (!toldToWait) onStep('another process is migrating the database; waiting for it');
    toldToWait = true;
    await clock.sleep(WAIT_MS);
  }
}

/**
 * For a process that only uses the database: whether it is at this build's schema. Rejects with NewerSchemaError when
 * it is ahead of it, and with UnfinishedRestoreError while a backup is restored into it.
 */
export async function isMigrated(db: Db, appVersion: string): Promise<boolean> {
  return !hasPending(await readSchema({ db, list: allMigrations, options: { appVersion } }), allMigrations);
}
