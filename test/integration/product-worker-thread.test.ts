/** The background thread that Bree keeps: crashed once, crashing over and over, and hung. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/bootstrap/system.ts';
import { superviseWorker, type WorkerSupervisor } from '../../src/bootstrap/worker-supervisor.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { SkippingClock } from '../support/hand-clock.ts';
import { eventually } from '../support/product-rig.ts';

const root = path.join(import.meta.dirname, '../support/processes');
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let folder: string;
let supervisor: WorkerSupervisor | undefined;
let hopeless: number;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cwsync-job-'));
  hopeless = 0;
  warnings = [];
});
afterEach(async () => {
  await supervisor?.stop();
  supervisor = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** On a clock whose waits are over at once, unless another is given. */
async function supervise(job: string, clock: Clock = new SkippingClock()): Promise<void> {
  supervisor = await superviseWorker({
    root,
    job,
    mongodbUri: 'mongodb://127.0.0.1/none',
    env: { JOB_LOG: path.join(folder, 'job.log') },
    clock,
    logger: { ...quiet, warn: (_fields, message) => warnings.push(message) },
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
