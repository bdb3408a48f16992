/** The background thread that Bree keeps: crashed once, crashing over and over, hung, out of memory, and as it is. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { systemClock } from '../../src/bootstrap/system.ts';
import {
  type SupervisorOptions,
  superviseWorker,
  type WorkerSupervisor,
} from '../../src/bootstrap/worker-supervisor.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { HandClock, SkippingClock } from '../support/hand-clock.ts';
import { eventually, uriWithDatabase } from '../support/product-rig.ts';

const root = path.join(import.meta.dirname, '../support/processes');
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let folder: string;
let supervisor: WorkerSupervisor | undefined;
let hopeless: number;
let warnings: string[];
let errors: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cwsync-job-'));
  hopeless = 0;
  warnings = [];
  errors = [];
});
afterEach(async () => {
  await supervisor?.stop();
  supervisor = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** On a clock whose waits are over at once, unless another is given. */
async function supervise(
  job: string,
  clock: Clock = new SkippingClock(),
  given: Pick<SupervisorOptions, 'hungAfterMs' | 'memoryMb'> = {},
): Promise<void> {
  supervisor = await superviseWorker({
    root,
    job,
    mongodbUri: 'mongodb://127.0.0.1/none',
    env: { JOB_LOG: path.join(folder, 'job.log') },
    clock,
    logger: {
      ...quiet,
      warn: (_fields, message) => warnings.push(message),
      error: (_fields, message) => errors.push(message),
    },
    ...given,
    onHopeless: () => {
      hopeless += 1;
    },
  });
}

async function noted(): Promise<string[]> {
  const text = await readFile(path.join(folder, 'job.log'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

it('a thread that crashed is started again and stops in good order', async () => {
  // Its good order takes the time that the supervisor gives it.
  await supervise('job-that-crashes-once', systemClock);
  await eventually(async () => expect(await noted()).toEqual(['started', 'started']));
  await supervisor?.stop();
  expect(await noted()).toEqual(['started', 'started', 'stopped']);
  expect(warnings).toContain('background worker restarted');
  expect(hopeless).toBe(0);
});

it('a thread that crashes more than five times in a minute is given up', async () => {
  await supervise('job-that-crashes');
  await eventually(() => expect(hopeless).toBe(1));
  expect(await noted()).toHaveLength(6);
  await supervisor?.stop();
  expect(await noted()).toHaveLength(6);
});

it('a thread that hangs is ended at stop', async () => {
  await supervise('job-that-hangs');
  await eventually(async () => expect(await noted()).toEqual(['started']));
  await supervisor?.stop();
  expect(warnings).toContain('background worker did not stop in time and is ended');
});

it('a thread that hangs is ended and started again, and one that beats is left alone', async () => {
  await supervise('job-that-blocks-once', systemClock, { hungAfterMs: 1_000 });
  await eventually(async () => expect(await noted()).toEqual(['started', 'beats', 'started', 'beats']));
  expect(errors).toEqual(['the background worker hangs and is ended']);
  expect(warnings).toContain('background worker restarted');
  await supervisor?.stop();
  expect(await noted()).toEqual(['started', 'beats', 'started', 'beats', 'stopped']);
  expect(errors).toHaveLength(1);
  expect(hopeless).toBe(0);
});

it('a thread that shows nothing from the beginning has half a minute to be loaded', async () => {
  const clock = new HandClock();
  await supervise('job-that-hangs', clock, { hungAfterMs: 1_000 });
  await eventually(async () => expect(await noted()).toEqual(['started']));
  await clock.advance(29_999);
  expect(errors).toEqual([]);
  await clock.advance(1_001);
  expect(errors).toEqual(['the background worker hangs and is ended']);
  await eventually(async () => {
    await clock.advance(100);
    expect(await noted()).toEqual(['started', 'started']);
  });
  const stopped = supervisor?.stop();
  supervisor = undefined;
  await clock.advance(10_000);
  await stopped;
});

it('a thread that needs more memory than it may is ended and started again, which is said once', async () => {
  await supervise('job-out-of-memory-once', systemClock, { memoryMb: 64 });
  await eventually(async () => expect(await noted()).toEqual(['started', 'started']));
  expect(errors).toEqual(['the background worker ran out of memory']);
  expect(warnings).toContain('background worker restarted');
  await supervisor?.stop();
  expect(await noted()).toEqual(['started', 'started', 'stopped']);
  expect(hopeless).toBe(0);
});

it('the product’s own thread shows that it is alive, and ends by itself when told to', async () => {
  const mongodbUri = uriWithDatabase(inject('mongodbUri'), 'product-worker-thread');
  const job = path.join(import.meta.dirname, '../../jobs/sync-worker.ts');
  const thread = new Worker(job, { env: { LOG_LEVEL: 'error' }, workerData: { mongodbUri } });
  const messages: unknown[] = [];
  const exited = new Promise<number>((resolve, reject) => {
    thread.once('exit', resolve).once('error', reject);
  });
  thread.on('message', (message: unknown) => messages.push(message));
  await eventually(() => expect(messages.filter((message) => message === 'beat').length).toBeGreaterThan(1));
  thread.postMessage('cancel');
  expect(await exited).toBe(0);
  expect(messages.at(-1)).toBe('cancelled');
});
