import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { describeProcess, isStillRunning, type ProcessMark } from './process-identity.ts';

/*
 * <dataDir>/mongodb/
 *   db/                the server's files
 *   keyfile            0600, random; a replica set with auth needs one
 *   credentials.json   0600, the one user of the server
 *   server.json        which server last ran on these data, for people and for messages
 *   owner.json         the cwsync process that holds the folder
 *   setup-unfinished   there while the first start has not made its user; such data are empty and made again
 */
export interface DataFolder {
  readonly root: string;
  readonly db: string;
  readonly keyfile: string;
  readonly credentials: string;
  readonly server: string;
  readonly owner: string;
  readonly setupUnfinished: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface ServerRecord {
  readonly version: string;
  readonly port: number;
  /** Absent while no server runs. */
  readonly pid?: number | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

const CredentialsFile = z.object({ username: z.string().min(1), password: z.string().min(1) });
const OwnerFile = z.object({ pid: z.number().int(), started: z.string() });
const ServerFile = z.object({
  version: z.string(),
  port: z.number().int(),
  pid: z.number().int().optional(),
  startedAt: z.string(),
});

/** The data folder cannot be used as it is; the message says what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so a kill in the middle leaves the old file or the new one. */
async function writePrivately(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.draft`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, path);
}

/** Rejects where it is there and cannot be read: what looks empty is removed. */
async function isEmptyOrMissing(dir: string): Promise<boolean> {
  try {
    return (await readdir(dir)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return true;
  }
}

/** Makes `<dataDir>/mongodb` where it does not exist and names the files in it. */
export async function openDataFolder(dataDir: string): Promise<DataFolder> {
  const wanted = join(dataDir, 'mongodb');
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  const root = await realpath(wanted);
  return {
    root,
    db: join(root, 'db'),
    keyfile: join(root, 'keyfile'),
    credentials: join(root, 'credentials.json'),
    server: join(root, 'server.json'),
    owner: join(root, 'owner.json'),
    setupUnfinished: join(root, 'setup-unfinished'),
  };
}

function inUse(pid: number): DataFolderError {
  return new DataFolderError(
    `data folder in use by process ${pid} (cwsync); stop it or set CWSYNC_DATA_DIR to another folder`,
  );
}

/** Moves a dead owner's file away; fails if another process did so in between and left its own. */
async function clearDeadOwner(folder: DataFolder, dead: ProcessMark | undefined): Promise<void> {
  const aside = `${folder.owner}.${randomUUID()}.dead`;
  await rename(folder.owner, aside);
  const moved = await readJson(aside, OwnerFile);
  if (moved !== undefined && (moved.pid !== dead?.pid || moved.started !== dead.started)) {
    await link(aside, folder.owner).catch(() => {});
    await rm(aside, { force: true });
    throw inUse(moved.pid);
  }
  await rm(aside, { force: true });
}

/**
 * Makes this process the holder of the folder and returns how to let go.
 * Rejects with DataFolderError while another living process, or this one, holds it.
 */
export async function claimDataFolder(folder: DataFolder): Promise<() => Promise<void>> {
  const self = await describeProcess(process.pid);
  const mark: ProcessMark = { pid: process.pid, started: self?.started ?? '' };
  const holder = await readJson(folder.owner, OwnerFile);
  if (holder !== undefined && (await isStillRunning(holder))) throw inUse(holder.pid);

  await clearDeadOwner(folder, holder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const draft = `${folder.owner}.${randomUUID()}.draft`;
  await writeFile(draft, JSON.stringify(mark), { mode: 0o600 });
  try {
    // A link either appears whole or fails because there is one: of two starts at once, one wins.
    await link(draft, folder.owner);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw inUse((await readJson(folder.owner, OwnerFile))?.pid ?? 0);
  } finally {
    await rm(draft, { force: true });
  }
  return () => rm(folder.owner, { force: true });
}

/**
 * Credentials of the server in this folder; `isNew` when its user has still to be made.
 * A first start that was cut off is begun again: nobody was ever given its address, so its data are empty.
 * Rejects with DataFolderError when there are data but no credentials for them.
 */
export async function prepareDataFolder(
  folder: DataFolder,
): Promise<{ credentials: Credentials; isNew: boolean }> {
  const unfinished = await readFile(folder.setupUnfinished).then(
    () => true,
    () => false,
  );
  if (!unfinished && !(await isEmptyOrMissing(folder.db))) {
    const credentials = await readCredentials(folder);
    if (credentials !== undefined) return { credentials, isNew: false };
    throw new DataFolderError(
      `${folder.credentials} is missing or damaged, and the data in ${folder.db} cannot be opened without it.` +
        ' Put it back, or set CWSYNC_DATA_DIR to another folder to start with empty data.',
    );
  }
  await writePrivately(folder.setupUnfinished, '');
  await rm(folder.db, { recursive: true, force: true });
  await mkdir(folder.db, { mode: 0o700 });
  const credentials = { username: 'cwsync', password: randomBytes(24).toString('base64url') };
  await writePrivately(folder.keyfile, `${randomBytes(96).toString('base64')}\n`);
  await writePrivately(folder.credentials, `${JSON.stringify(credentials)}\n`);
  return { credentials, isNew: true };
}

/** From here on the data are worth keeping. */
export async function markSetupFinished(folder: DataFolder): Promise<void> {
  await rm(folder.setupUnfinished, { force: true });
}

/** Undefined where there are none, or none that can be read. */
export function readCredentials(folder: DataFolder): Promise<Credentials | undefined> {
  return readJson<Credentials>(folder.credentials, CredentialsFile);
}

export function readServerRecord(folder: DataFolder): Promise<ServerRecord | undefined> {
  return readJson<ServerRecord>(folder.server, ServerFile);
}

export async function writeServerRecord(folder: DataFolder, record: ServerRecord): Promise<void> {
  await writePrivately(folder.server, `${JSON.stringify(record)}\n`);
}
