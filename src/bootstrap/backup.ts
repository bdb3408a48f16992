/** `npx cwsync backup <file>` and `npx cwsync restore-backup <file>`: all of the database, in a file and back. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { BackupFileError } from '../../adapters/mongodb/backup/backup-file.ts';
import { RestoreRefusedError, restoreBackup } from '../../adapters/mongodb/backup/restore-backup.ts';
import { BackupError, writeBackup } from '../../adapters/mongodb/backup/write-backup.ts';
import {
  connectMongo,
  type MongoConnection,
  MongoUriError,
  NotAReplicaSetError,
  OldServerError,
  requireReplicaSet,
} from '../../adapters/mongodb/connection.ts';
import { createProgressRenderer } from '../../adapters/mongodb/embedded/progress.ts';
import { runningEmbeddedUri } from '../../adapters/mongodb/embedded/running-embedded.ts';
import { UnfinishedRestoreError } from '../../adapters/mongodb/migrations/migrate.ts';
import { type Config, readConfig } from '../config.ts';
import { failureRules, nextStep } from '../domain/failure.ts';
import { exitCodes } from './cli.ts';
import { composeTelemetry } from './compose.ts';
import { type Database, findServer } from './database.ts';
import { failureClassifier } from './failures.ts';
import { systemClock, systemIds } from './system.ts';

export type BackupOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly appVersion: string;
  readonly file: string;
  /** What came of it, on standard output. */
  readonly print: (line: string) => void;
  /** Everything else. */
  readonly say: (line: string) => void;
};

/** @returns the exit code */
export async function runBackup(options: BackupOptions): Promise<number> {
  return await withDatabase(options, async ({ client, db }) => {
    const progress = createProgressRenderer();
    try {
      const documents = await writeBackup({
        client,
        db: db(),
        file: options.file,
        at: systemClock.now(),
        onProgress: (fraction) => progress.onProgress({ step: 'Backing up', fraction }),
      });
      progress.stop();
      const { size } = await stat(options.file);
      options.print(
        `✓ ${options.file}: ${count(documents)} documents, ${megabytes(size)}. It holds your customers’ data: keep it where only you can read it.`,
      );
      options.print('  Not in it: your settings with their keys (.env). Keep those elsewhere.');
    } finally {
      progress.stop();
    }
  });
}

/** @returns the exit code */
export async function runRestore(options: BackupOptions & { readonly replace: boolean }): Promise<number> {
  return await withDatabase(options, async ({ client, db }) => {
    await requireReplicaSet(client);
    const progress = createProgressRenderer();
    const words = { checking: 'Checking the backup', restoring: 'Restoring' } as const;
    try {
      const documents = await restoreBackup({
        db: db(),
        file: options.file,
        replace: options.replace,
        onProgress: (step, fraction) => progress.onProgress({ step: words[step], fraction }),
      });
      progress.stop();
      options.print(
        `✓ ${count(documents)} documents were restored. Start cwsync: the next comprehensive syncs read from ConnectWise what changed since.`,
      );
    } finally {
      progress.stop();
    }
  });
}

async function withDatabase(
  { env, appVersion, print, say }: BackupOptions,
  use: (connection: MongoConnection) => Promise<void>,
): Promise<number> {
  const read = readConfig(env);
  if (!read.ok) {
    for (const fault of read.faults) print(`✗ ${fault}`);
    return exitCodes.failed;
  }
  const { redactor } = composeTelemetry(read.config);
  let server: Database | undefined;
  let connection: MongoConnection | undefined;
  try {
    server = await serverOf(read.config, { env, appVersion, say });
    connection = await connectMongo(server.uri, { appName: 'cwsync backup' });
    await use(connection);
    return exitCodes.fine;
  } catch (error) {
    for (const line of wordsFor(error).split('\n')) print(`✗ ${redactor.redact(line)}`);
    return exitCodes.failed;
  } finally {
    await connection?.close();
    await server?.stop();
  }
}

/** The embedded one is started where no cwsync runs it. */
async function serverOf(
  config: Config,
  { env, appVersion, say }: Pick<BackupOptions, 'env' | 'appVersion' | 'say'>,
): Promise<Database> {
  const running =
    config.mongodbUri === undefined ? await runningEmbeddedUri(path.resolve(config.dataDir)) : undefined;
  if (running !== undefined) return { uri: running, async stop() {} };
  const { logger } = composeTelemetry(config);
  return await findServer({ config, env, appVersion, logger, say, onHopeless: () => {} });
}

/** These say what to do, and hold no part of an address. */
const told = [
  BackupError,
  BackupFileError,
  RestoreRefusedError,
  UnfinishedRestoreError,
  MongoUriError,
  NotAReplicaSetError,
  OldServerError,
] as const;

const fileWords: Readonly<Record<string, string>> = {
  EEXIST: 'is there already, and is left as it is. Name another file.',
  ENOENT: 'is not there, or its folder is not. Check the name.',
  EISDIR: 'is a folder. Name a file.',
  EACCES: 'may not be read or written by you. Name another file, or mend its rights.',
  EROFS: 'is in a place that cannot be written. Name another file.',
  ENOSPC: 'does not fit: the disk is full. Make room, or name a file elsewhere.',
};

function wordsFor(error: unknown): string {
  if (told.some((one) => error instanceof one)) return (error as Error).message;
  const { code = '', path: file = 'The file' } = error as NodeJS.ErrnoException;
  const words = fileWords[code];
  if (words !== undefined) return `${file} ${words}`;
  const failure = failureClassifier(systemIds)(error);
  if (failure.code === 'internal') return error instanceof Error ? error.message : String(error);
  return `${failureRules[failure.code].what} ${nextStep(failure, 'terminal')}`;
}

const count = (documents: number): string => documents.toLocaleString('en');
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
