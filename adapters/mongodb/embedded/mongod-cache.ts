import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { compareVersions, type ProbeMongod } from './mongod-version.ts';

const CACHED_NAME = /^mongod-\d+\.\d+\.\d+\S*$/;
const PARTIAL_PREFIX = '.partial-';
const ABANDONED_AFTER_MS = 60 * 60 * 1_000;

export interface CachedMongod {
  readonly path: string;
  readonly version: string;
}

/** `${XDG_CACHE_HOME:-~/.cache}/cwsync/mongod` */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'cwsync', 'mongod');
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The newest server in the cache that runs here; a damaged file is passed over, a later install replaces it. */
export async function findCachedMongod(
  cacheDir: string,
  probe: ProbeMongod,
): Promise<CachedMongod | undefined> {
  const names = (await namesIn(cacheDir)).filter((name) => CACHED_NAME.test(name));
  for (const name of names.sort(compareVersions).reverse()) {
    const path = join(cacheDir, name);
    const answer = await probe(path);
    if (answer.ok) return { path, version: answer.version };
  }
  return undefined;
}

/** A download that was killed leaves its folder; its age tells, because process ids mean nothing across containers. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  const partials = (await namesIn(cacheDir)).filter((name) => name.startsWith(PARTIAL_PREFIX));
  for (const name of partials) {
    const path = join(cacheDir, name);
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Lets `produce` make a mongod inside a folder of its own, checks that it runs, and moves it into the cache in one
 * rename. Two processes may do this at once, and either may be killed at any point: the cache never shows half a file.
 * Rejects with what `produce` threw, or when the file does not run here.
 */
export async function installIntoCache(
  cacheDir: string,
  probe: ProbeMongod,
  produce: (workDir: string) => Promise<string>,
): Promise<CachedMongod> {
  await mkdir(cacheDir, { recursive: true });
  await removeAbandoned(cacheDir);
  const workDir = await mkdtemp(join(cacheDir, PARTIAL_PREFIX));
  try {
    const made = await produce(workDir);
    await chmod(made, 0o755);
    const answer = await probe(made);
    if (!answer.ok) throw new Error(`the server that was fetched does not run here (${answer.reason})`);
    const path = join(cacheDir, `mongod-${answer.version}`);
    await rename(made, path);
    return { path, version: answer.version };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}
