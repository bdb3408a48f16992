/** How long an operator waits after `npm start`, the database being there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { readyPath } from '../adapters/http/server.ts';
import { systemClock } from '../src/bootstrap/system.ts';
import { type Bench, percentile } from './bench.ts';
import { withSurroundings } from './support/whole-product.ts';

const starts = 7;
const port = 21_879;
const lookEveryMs = 10;
const root = path.join(import.meta.dirname, '..');

/** Ends npm with all that it started: npm alone would leave the product behind. */
async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  await ended;
  while (await answers()) await systemClock.sleep(lookEveryMs);
}

async function answers(): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}${readyPath}`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Milliseconds from `npm start` to the first 200 of the readiness check. */
async function oneStart(env: NodeJS.ProcessEnv): Promise<number> {
  const since = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  try {
    while (!(await answers())) {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}: ${said}`);
      await systemClock.sleep(lookEveryMs);
    }
    return performance.now() - since;
  } finally {
    await end(child);
  }
}

export const ready: Bench = {
  name: 'ready',
  what: 'from npm start to 200 of /readyz: bot, worker and Slack by Socket Mode, with a running database, median',
  unit: 's',
  limit: { at: 'most', value: 2 },
  measure: () =>
    withSurroundings(['--projects', '10', '--tickets', '10'], async ({ database }, env) => {
      const given = { PATH: process.env.PATH, HOME: process.env.HOME, ...env, PORT: String(port) };
      async function start(): Promise<number> {
        // What the process before said of itself must not count as this one's worker.
        await database.db.collection('liveness').deleteMany({});
        return await oneStart(given);
      }
      // The first one reads the files of the product from the disk, and imports.
      const first = await start();
      const taken: number[] = [];
      while (taken.length < starts) taken.push(await start());
      const inSeconds = taken.map((ms) => ms / 1_000);
      return {
        value: percentile(inSeconds, 0.5),
        details: [
          `first: ${(first / 1_000).toFixed(2)} s`,
          `then: ${inSeconds.map((seconds) => seconds.toFixed(2)).join(', ')} s`,
        ],
      };
    }),
};
