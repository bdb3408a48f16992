import { execFile } from 'node:child_process';

const PROBE_TIMEOUT_MS = 20_000;
const OLDEST_USABLE_MAJOR = 6;
const OLDEST_MAINTAINED_MAJOR = 7;

/** What `mongod --version` of one file said: its version ("8.0.17"), or why it does not run. */
export type MongodProbe =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly reason: string };

export type ProbeMongod = (path: string) => Promise<MongodProbe>;

function failureReason(error: Error & { code?: unknown }, stderr: string): string {
  if (error.code === 'ENOENT') return 'no such file';
  if (error.code === 'EACCES') return 'not executable';
  const firstLine = stderr.split('\n').find((line) => line.trim() !== '');
  return firstLine?.trim() ?? `does not run (${String(error.code ?? 'no exit code')})`;
}

/** Runs `path --version`. Never rejects: a file that does not run is an answer. */
export function probeMongod(path: string): Promise<MongodProbe> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: PROBE_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error !== null) return resolve({ ok: false, reason: failureReason(error, stderr) });
      const version = /db version v(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
      if (version === undefined) return resolve({ ok: false, reason: 'is not a mongod' });
      resolve({ ok: true, version });
    });
  });
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** cwsync needs 6.0: change streams with pre-images and the update pipelines of the queue. */
export function isUsableVersion(version: string): boolean {
  return majorOf(version) >= OLDEST_USABLE_MAJOR;
}

/** Whether the maker still mends this version; 6.0's support ended in July 2025. */
export function isMaintainedVersion(version: string): boolean {
  return majorOf(version) >= OLDEST_MAINTAINED_MAJOR;
}

/** Orders "6.0.5" before "8.0.17". */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
