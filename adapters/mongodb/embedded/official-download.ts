import { spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { OnProgress } from './progress.ts';
import { redactUrls } from './redact-urls.ts';

/** The newest patch of the 8.0 line that was known when this was written. */
export const OFFICIAL_VERSION = '8.0.17';

const FIRST_BYTE_TIMEOUT_MS = 10_000;
const CHILD = join(import.meta.dirname, 'official-download-child.ts');

const ChildResult = z.union([z.object({ path: z.string() }), z.object({ error: z.string() })]);

export interface OfficialDownloadOptions {
  /** An empty folder of the caller's; the result lies in it. */
  readonly workDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
  /** How long the host may stay silent before it counts as out of reach, in milliseconds. Default 10 s. */
  readonly firstByteTimeoutMs?: number;
}

/*
 * `npm_config_strict_ssl`: the package checks the host's certificate only where npm's setting says so, and the sum it
 * compares comes from the same host.
 */
function childEnvironment(options: OfficialDownloadOptions): NodeJS.ProcessEnv {
  const { MONGOMS_SYSTEM_BINARY: _systemBinary, MONGOMS_VERSION: _version, ...rest } = options.env;
  return {
    ...rest,
    npm_config_strict_ssl: 'true',
    MONGOMS_DOWNLOAD_DIR: options.workDir,
    MONGOMS_MAX_RETRIES: '1',
    MONGOMS_RUNTIME_DOWNLOAD: 'true',
    MONGOMS_MD5_CHECK: 'true',
  };
}

function parseProgress(line: string): { fraction: number; note: string } | undefined {
  const match = /([\d.]+)% \(([\d.]+)mb \/ ([\d.]+)mb\)/.exec(line);
  if (match === null) return undefined;
  return { fraction: Number(match[1]) / 100, note: `${match[2]} of ${match[3]} MB` };
}

function parseResult(line: string): z.infer<typeof ChildResult> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return ChildResult.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function runChild(options: OfficialDownloadOptions): Promise<string> {
  const step = `Downloading MongoDB ${OFFICIAL_VERSION}`;
  options.onProgress({ step, note: 'asking the download host of MongoDB' });
  const child = spawn(process.execPath, [CHILD, options.workDir, OFFICIAL_VERSION], {
    env: childEnvironment(options),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve, reject) => {
    let result: z.infer<typeof ChildResult> | undefined;
    let silent = false;
    const silence = setTimeout(() => {
      silent = true;
      child.kill('SIGKILL');
    }, options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS);

    createInterface({ input: child.stdout }).on('line', (line) => {
      const progress = parseProgress(line);
      if (progress !== undefined) {
        clearTimeout(silence);
        options.onProgress({ step, ...progress });
      }
      result = parseResult(line) ?? result;
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(silence);
      if (silent) return reject(new Error('the download host of MongoDB does not answer'));
      if (result !== undefined && 'path' in result) return resolve(result.path);
      reject(new Error(redactUrls(result?.error ?? 'the download ended without a result')));
    });
  });
}

/**
 * Downloads the official server and returns its path inside `workDir`.
 * Rejects soon where the host cannot be reached, and with the host's reason otherwise.
 */
export async function downloadOfficialMongod(options: OfficialDownloadOptions): Promise<string> {
  const path = await runChild(options);
  if (path.startsWith(options.workDir + sep)) return path;
  // The package may find one in a cache of its own, which is not ours to move.
  const copy = join(options.workDir, 'mongod');
  await copyFile(path, copy);
  return copy;
}
