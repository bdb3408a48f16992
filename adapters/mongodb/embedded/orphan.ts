import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataFolder } from './data-folder.ts';
import { describeProcess, isStillRunning, type ProcessDescription } from './process-identity.ts';

const CLEAN_STOP_MS = 30_000;
const KILLED_STOP_MS = 10_000;
const POLL_MS = 50;

/** mongod writes its own number into this file when it opens the data, and empties it at a clean stop. */
const LOCK_FILE = 'mongod.lock';

async function findOrphan(folder: DataFolder): Promise<ProcessDescription | undefined> {
  const text = await readFile(join(folder.db, LOCK_FILE), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid)) return undefined;
  const running = await describeProcess(pid);
  // The number may belong to another program by now.
  return running?.command.includes(`--dbpath ${folder.db}`) ? running : undefined;
}

async function hasEnded(mark: ProcessDescription, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (!(await isStillRunning(mark))) return true;
    await delay(POLL_MS);
  }
  return false;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in between, which is what is wanted.
  }
}

/**
 * Ends a server that a dead owner left running on this folder, cleanly if it can. It is not adopted: the dead owner's
 * watcher may still be alive and would end it under its new owner within seconds.
 * The caller holds the folder. Returns the number of the process that was ended, if any.
 */
export async function stopOrphan(folder: DataFolder): Promise<number | undefined> {
  const orphan = await findOrphan(folder);
  if (orphan === undefined) return undefined;
  signal(orphan.pid, 'SIGTERM');
  if (await hasEnded(orphan, CLEAN_STOP_MS)) return orphan.pid;
  signal(orphan.pid, 'SIGKILL');
  if (await hasEnded(orphan, KILLED_STOP_MS)) return orphan.pid;
  throw new Error(
    `process ${orphan.pid} (mongod) holds ${folder.db} and does not end; end it and start again`,
  );
}
