/** The product as people start it, `bin/cwsync.mjs`, as a process that a test may kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { patienceMs } from './product-rig.ts';

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ProductProcess = {
  readonly pid: number;
  /** What it wrote so far, to both outputs. */
  output(): string;
  /** Resolves when it says that it is ready; rejects with its output when it ends before. */
  ready(): Promise<void>;
  /** Ends it without a chance to clean up. */
  kill(): Promise<void>;
  /** Asks it to end, as an operator's Ctrl-C or a container's stop does. */
  end(signal?: 'SIGTERM' | 'SIGINT'): Promise<Ended>;
  /** Waits for it to end by itself. */
  ended(): Promise<Ended>;
};

const thisBin = path.join(import.meta.dirname, '../../bin/cwsync.mjs');

export type ProcessOptions = {
  /** Of another build. */
  readonly bin?: string;
  /** In ms. */
  readonly readyWithinMs?: number;
};

export function startProductProcess(env: NodeJS.ProcessEnv, options: ProcessOptions = {}): ProductProcess {
  const { bin = thisBin, readyWithinMs = patienceMs } = options;
  const child = spawn(process.execPath, [bin], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const said = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
      said.dispatchEvent(new Event('said'));
    });
  }
  // `close` comes after both outputs have been read to their end.
  const closed = once(child, 'close').then(([code, signal]): Ended => ({ code, signal }));

  function ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (/cwsync (?:is ready|is running|worker is running)/u.test(output)) resolve();
      };
      said.addEventListener('said', look);
      look();
      void closed.then(() => reject(new Error(`cwsync ended before it was ready:\n${output}`)));
      AbortSignal.timeout(readyWithinMs).addEventListener('abort', () =>
        reject(new Error(`cwsync is not ready after ${readyWithinMs} ms:\n${output}`)),
      );
    });
  }

  return {
    pid: pidOf(child),
    output: () => output,
    ready,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      return await closed;
    },
    ended: () => closed,
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process could not be started');
  return child.pid;
}
