/** `bin/cwsync.mjs` as a script calls it: a process with pipes, its outputs and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const bin = path.join(import.meta.dirname, '../../bin/cwsync.mjs');

export type TerminalEnded = { readonly code: number | null; readonly out: string; readonly err: string };

export type RunningTerminal = {
  readonly child: ChildProcess;
  readonly err: () => string;
  readonly ended: Promise<TerminalEnded>;
};

/** Standard input stays open and says nothing: whoever waits for it hangs. */
export async function startTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<RunningTerminal> {
  // Without a `.env` of whoever runs the tests.
  const cwd = await mkdtemp(path.join(tmpdir(), 'cwsync-terminal-'));
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A test that fails leaves nobody behind who waits.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    out += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    err += piece;
  });
  const ended = once(child, 'close').then(([code]): TerminalEnded => {
    process.off('exit', kill);
    return { code, out, err };
  });
  return { child, err: () => err, ended };
}

export async function inTerminal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<TerminalEnded> {
  const { ended } = await startTerminal(args, env);
  return await ended;
}
