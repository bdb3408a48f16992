import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

export interface StartedChild {
  readonly child: ChildProcess;
  /** The first line it printed. */
  readonly firstLine: string;
}

/** Starts a TypeScript file as a process of its own and waits for its first line. Rejects when it ends without one. */
export async function startChild(file: string, args: readonly string[]): Promise<StartedChild> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} ended without a word: ${stderr}`);
  });
  const [firstLine] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  ended.catch(() => {});
  return { child, firstLine };
}

/** Kills without a chance to clean up, and waits until it is gone. */
export async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Numbers of the processes whose command line holds all of these words. Linux only. */
export async function processesWith(...words: string[]): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const command = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    if (words.every((word) => command.includes(word))) found.push(Number(name));
  }
  return found;
}
