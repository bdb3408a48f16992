/**
 * A Redis server for tests that need one: `CWSYNC_REDIS_SERVER`, or a `redis-server` on the PATH. Where there is none
 * these tests are skipped, and the reason is in their title.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './product-rig.ts';

const binary = process.env.CWSYNC_REDIS_SERVER ?? 'redis-server';

export const redisIsThere = spawnSync(binary, ['--version']).status === 0;
export const orWhyNot = redisIsThere ? '' : '(skipped: there is no redis-server on this machine)';

export type TestRedis = {
  readonly url: string;
  /** Keeps nothing, as after a loss of its memory. */
  restart(): Promise<void>;
  /** Without a chance to say goodbye. */
  kill(): Promise<void>;
  /** Answers nothing until `resume`, with its connections open. */
  hang(): void;
  resume(): void;
  stop(): Promise<void>;
};

export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cwsync-redis-'));
  const port = await freePort();
  let child = await launch(port, folder);

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  return {
    // With a password, as it should have in production.
    url: `redis://:test-redis-password@127.0.0.1:${port}`,
    async restart() {
      await kill();
      child = await launch(port, folder);
    },
    kill,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, folder: string): Promise<ChildProcess> {
  const password = ['--requirepass', 'test-redis-password'];
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--dir',
    folder,
    ...password,
  ];
  const child = spawn(binary, settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (piece: Buffer) => {
      said += piece.toString('utf8');
      if (/Ready to accept connections/u.test(said)) resolve();
    });
    child.once('exit', () => reject(new Error(`redis-server ended: ${said}`)));
  });
  return child;
}
