import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Credentials,
  claimDataFolder,
  type DataFolder,
  markSetupFinished,
  openDataFolder,
  prepareDataFolder,
  readServerRecord,
  type ServerRecord,
  writeServerRecord,
} from './data-folder.ts';
import { MongodProcess, REPLICA_SET } from './mongod-process.ts';
import { stopOrphan } from './orphan.ts';
import type { OnProgress } from './progress.ts';
import { ensureReplicaSet } from './replica-set.ts';

const DEFAULT_PORT = 27_117;

const STEP = 'Embedded MongoDB';

/** A server that ends by itself is started again after these waits, one after the other. */
const RESTART_AFTER_MS = [200, 1_000, 5_000, 15_000] as const;

export interface StartEmbeddedOptions {
  /** The server's files go to `<dataDir>/mongodb` and are kept between starts. */
  readonly dataDir: string;
  /** Default 27117; 0 takes any free port. */
  readonly port?: number;
  /** From resolveMongod. */
  readonly binary: { readonly path: string; readonly version: string };
  readonly onProgress?: OnProgress;
  /** Told what a person may want to find in the log later; never holds a credential. */
  readonly log?: (text: string) => void;
  /** Told when the server ended by itself and could not be started again. */
  readonly onLost?: () => void;
}

export interface EmbeddedMongo {
  /** Holds the password: for the driver, never for a log. Transactions and change streams work with it. */
  readonly uri: string;
  readonly version: string;
  readonly port: number;
  /** Ends the server cleanly; the data stay. Safe to call twice. */
  stop(): Promise<void>;
}

/** The embedded server cannot start; the message says why and what to do. */
export class EmbeddedMongoError extends Error {
  override readonly name = 'EmbeddedMongoError';
}

/** Listens for an instant, which tells both a free port (0) and whether a given one is taken. */
function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      const { port: got } = server.address() as AddressInfo;
      server.close(() => resolve(got));
    });
  });
}

async function choosePort(port: number): Promise<number> {
  try {
    return await tryPort(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new EmbeddedMongoError(
      `port ${port} of 127.0.0.1, which the embedded MongoDB server needs, is in use by another program;` +
        ' end that program, set CWSYNC_MONGOD_PORT to a free port (0 for any), or set MONGODB_URI',
      { cause: error },
    );
  }
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? '';
}

function launchFailure(
  mongod: MongodProcess,
  version: string,
  before: ServerRecord | undefined,
  cause: unknown,
): EmbeddedMongoError {
  const said = mongod.complaints() || (cause instanceof Error ? cause.message : String(cause));
  const advice =
    before !== undefined && majorOf(before.version) !== majorOf(version)
      ? ` The data were last used by MongoDB ${before.version}: set CWSYNC_MONGOD to a mongod of that version, or` +
        ' set CWSYNC_DATA_DIR to another folder to start with empty data.'
      : ' Set MONGODB_URI or CWSYNC_MONGOD to use another server.';
  return new EmbeddedMongoError(`MongoDB ${version} did not start: ${said}.${advice}`, { cause });
}

/** Holds the password: for the driver, never for a log. */
export function uriOf(port: number, { username, password }: Credentials): string {
  const user = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return `mongodb://${user}@127.0.0.1:${port}/cwsync?authSource=admin&replicaSet=${REPLICA_SET}`;
}

interface Running {
  readonly mongod: MongodProcess;
  readonly record: ServerRecord;
  readonly credentials: Credentials;
}

async function launch(
  folder: DataFolder,
  options: StartEmbeddedOptions,
  onClosed: (how: string) => void,
): Promise<Running> {
  const { binary, onProgress = () => {}, log = () => {} } = options;
  const orphan = await stopOrphan(folder);
  if (orphan !== undefined)
    log(`ended process ${orphan}, a MongoDB server left over from a cwsync that died`);

  const port = await choosePort(options.port ?? DEFAULT_PORT);
  const before = await readServerRecord(folder);
  const { credentials, isNew } = await prepareDataFolder(folder);
  onProgress({ step: STEP, note: `starting ${binary.version} on 127.0.0.1:${port}` });
  const mongod = new MongodProcess({ binary, folder, port, onClosed });
  try {
    await mongod.start();
  } catch (error) {
    await mongod.stop();
    throw launchFailure(mongod, binary.version, before, error);
  }
  try {
    const version = await ensureReplicaSet({ port, credentials, isNew });
    await markSetupFinished(folder);
    const record = { version, port, pid: mongod.pid, startedAt: new Date().toISOString() };
    await writeServerRecord(folder, record);
    onProgress({ step: STEP, note: `ready, data in ${folder.root}` });
    return { mongod, record, credentials };
  } catch (error) {
    await mongod.stop();
    throw error;
  }
}

/**
 * Starts MongoDB on this machine as a replica set of one, on 127.0.0.1 with authentication, data kept in `dataDir`.
 * The server ends with this process, also when this process is killed, and is started again when it ends by itself.
 *
 * Rejects with DataFolderError when another cwsync holds the folder or its credentials are lost, and with
 * EmbeddedMongoError when the port is taken or the server does not start.
 */
export async function startEmbeddedMongo(options: StartEmbeddedOptions): Promise<EmbeddedMongo> {
  const folder = await openDataFolder(options.dataDir);
  const release = await claimDataFolder(folder);
  let running: Running | undefined;
  let reviving: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  function onClosed(how: string): void {
    if (running === undefined || reviving !== undefined || stopping !== undefined) return;
    options.log?.(`the MongoDB server ended by itself (${how})`);
    reviving = revive(running.record.port).finally(() => {
      reviving = undefined;
    });
  }

  /** On the same port, so that every connection finds it again. Never rejects. */
  async function revive(port: number): Promise<void> {
    for (const waitMs of RESTART_AFTER_MS) {
      await delay(waitMs);
      if (stopping !== undefined) return;
      try {
        running = await launch(folder, { ...options, port }, onClosed);
        options.log?.('the MongoDB server was started again');
        return;
      } catch (error) {
        options.log?.(`the MongoDB server could not be started again: ${String(error)}`);
      }
    }
    options.onLost?.();
  }

  try {
    running = await launch(folder, options, onClosed);
  } catch (error) {
    await release();
    throw error;
  }
  const { record, credentials } = running;

  async function stopOnce(): Promise<void> {
    await reviving;
    await running?.mongod.stop();
    await writeServerRecord(folder, { ...record, pid: undefined });
    await release();
  }
  return {
    uri: uriOf(record.port, credentials),
    version: record.version,
    port: record.port,
    stop() {
      stopping ??= stopOnce();
      return stopping;
    },
  };
}
