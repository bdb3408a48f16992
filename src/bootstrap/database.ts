import path from 'node:path';
import { connectMongo, requireReplicaSet } from '../../adapters/mongodb/connection.ts';
import { migrate } from '../../adapters/mongodb/migrations/migrate.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../ports/logger.ts';
import { systemClock, systemIds } from './system.ts';

export type Database = { readonly uri: string; stop(): Promise<void> };

export type OpenDatabaseOptions = {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly appVersion: string;
  readonly logger: Logger;
  /** One line for the person who starts it. */
  readonly say: (line: string) => void;
  /** Told when the embedded server is gone for good: the process had better end and be restarted. */
  readonly onHopeless: () => void;
};

/** Finds or starts MongoDB and brings its schema up. Rejects with a message that says what to do. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const database = await findServer(options);
  try {
    await prepare(database.uri, options);
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** The server of MONGODB_URI, or the embedded one, started. */
export async function findServer(options: OpenDatabaseOptions): Promise<Database> {
  const { mongodbUri: uri } = options.config;
  return uri === undefined ? await startEmbedded(options) : { uri, async stop() {} };
}

async function startEmbedded({
  config,
  env,
  logger,
  say,
  onHopeless,
}: OpenDatabaseOptions): Promise<Database> {
  // Loaded on demand: whoever has a database needs none of it.
  const [{ createProgressRenderer }, { resolveMongod }, { startEmbeddedMongo }] = await Promise.all([
    import('../../adapters/mongodb/embedded/progress.ts'),
    import('../../adapters/mongodb/embedded/resolve-mongod.ts'),
    import('../../adapters/mongodb/embedded/start-embedded.ts'),
  ]);
  const progress = createProgressRenderer();
  try {
    const binary = await resolveMongod({ env, onProgress: progress.onProgress });
    const embedded = await startEmbeddedMongo({
      dataDir: path.resolve(config.dataDir),
      binary,
      onProgress: progress.onProgress,
      log: (text) => logger.warn({}, text),
      onLost: onHopeless,
      port: config.embeddedMongodbPort,
    });
    const age = binary.supported ? '' : ', a version past its support';
    say(`MongoDB: embedded server ${binary.version}${age}, data in ${path.resolve(config.dataDir)}`);
    say('         fine for trying; for your customers’ data set MONGODB_URI');
    return embedded;
  } finally {
    progress.stop();
  }
}

async function prepare(uri: string, { appVersion, say }: OpenDatabaseOptions): Promise<void> {
  const connection = await connectMongo(uri, { appName: 'cwsync start' });
  try {
    await requireReplicaSet(connection.client);
    await migrate(connection.db(), { appVersion, onStep: say, clock: systemClock, ids: systemIds });
  } finally {
    await connection.close();
  }
}
