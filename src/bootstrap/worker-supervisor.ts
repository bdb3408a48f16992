/**
 * Keeps one background thread alive, by Bree (architecture.md, "Bree"): Bree neither restarts a job that
 * crashed nor gives up on one that does not stop, so both are done here.
 */
import path from 'node:path';
import Bree from 'bree';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

export type SupervisorOptions = {
  readonly mongodbUri: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when the thread crashes again and again: the process had better end and be restarted. */
  readonly onHopeless: () => void;
  /** The folder of the jobs, and the job; tests have their own. */
  readonly root?: string;
  readonly job?: string;
};

export type WorkerSupervisor = { stop(): Promise<void> };

const crashesAMinute = 5;
const backOffMs = [100, 500, 2_000, 5_000, 5_000] as const;
const stopWithinMs = 10_000;

export async function superviseWorker(options: SupervisorOptions): Promise<WorkerSupervisor> {
  const { clock, logger } = options;
  const job = options.job ?? 'sync-worker';
  const stopping = new AbortController();
  const crashes: number[] = [];
  let restarting: Promise<void> | undefined;
  const bree = new Bree({
    root: options.root ?? path.join(import.meta.dirname, '../../jobs'),
    defaultExtension: 'ts',
    acceptedExtensions: ['.ts', '.js', '.mjs'],
    timezone: 'UTC',
    logger: false,
    jobs: [{ name: job, worker: { env: options.env, workerData: { mongodbUri: options.mongodbUri } } }],
    // Told twice for one crash, by the error and by the exit code; `worker deleted` is what counts.
    errorHandler: (error) => {
      // A thread that was told to stop is ended by Bree, which counts as an error there.
      if (!stopping.signal.aborted) logger.warn({ err: error }, 'background worker');
    },
    workerMessageHandler: () => {},
  });

  bree.on('worker deleted', () => {
    if (stopping.signal.aborted) return;
    restarting = restart().catch((error: unknown) => {
      logger.error({ err: error }, 'the background worker could not be restarted');
      options.onHopeless();
    });
  });

  async function restart(): Promise<void> {
    const now = clock.monotonicMs();
    crashes.push(now);
    const recent = crashes.filter((at) => now - at < 60_000);
    if (recent.length > crashesAMinute) {
      logger.error({ crashes: recent.length }, 'the background worker keeps crashing');
      return options.onHopeless();
    }
    const wait = backOffMs[Math.min(recent.length, backOffMs.length) - 1] ?? 0;
    await clock.sleep(wait, stopping.signal).catch(() => {});
    if (stopping.signal.aborted) return;
    logger.warn({ crashes: recent.length }, 'background worker restarted');
    await bree.run(job);
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await restarting;
    const worker = bree.workers.get(job);
    const late = new AbortController();
    // Bree never gives up on a hung thread.
    await Promise.race([bree.stop(job), clock.sleep(stopWithinMs, late.signal).catch(() => {})]);
    late.abort();
    if (bree.workers.has(job)) {
      logger.warn({}, 'background worker did not stop in time and is ended');
      await worker?.terminate();
    }
  }

  await bree.run(job);
  return { stop };
}
