/**
 * Keeps one background thread alive, by Bree (architecture.md, "Bree"): Bree neither restarts a job that
 * crashed, nor notices one that hangs, nor gives up on one that does not stop, so all three are done here. What
 * the thread had in hand is taken up again by the one after it, when its leases have run out.
 */
import path from 'node:path';
import Bree from 'bree';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { startHangWatch } from './hang-watch.ts';

export type SupervisorOptions = {
  readonly mongodbUri: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when the thread crashes again and again: the process had better end and be restarted. */
  readonly onHopeless: () => void;
  /** The heap that the thread may use; one that needs more is ended and started anew. */
  readonly memoryMb?: number;
  /** Without a beat for so many milliseconds the thread counts as hung. Absent: it is not looked for. */
  readonly hungAfterMs?: number;
  /** Told of everything else that the thread says, and when it is gone. */
  readonly thread?: { hear(message: unknown): void; gone(): void };
  /** The folder of the jobs, and the job; tests have their own. */
  readonly root?: string;
  readonly job?: string;
};

export type WorkerSupervisor = {
  /** Says something to the thread; false where there is none at the moment. */
  tell(message: string): boolean;
  stop(): Promise<void>;
};

/**
 * For objects that have just been made. Pages and documents come and go quickly: with more room they would be
 * collected later, and their buffers with them.
 */
const youngMb = 16;
const crashesAMinute = 5;
const backOffMs = [100, 500, 2_000, 5_000, 5_000] as const;
const stopWithinMs = 10_000;

export async function superviseWorker(options: SupervisorOptions): Promise<WorkerSupervisor> {
  const { clock, logger, memoryMb, hungAfterMs } = options;
  const job = options.job ?? 'sync-worker';
  const stopping = new AbortController();
  const crashes: number[] = [];
  let restarting: Promise<void> | undefined;
  let hangWatch: ReturnType<typeof startHangWatch> | undefined;
  const limits =
    memoryMb === undefined
      ? {}
      : { resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: youngMb } };
  const worker = { env: options.env, workerData: { mongodbUri: options.mongodbUri }, ...limits };
  const bree = new Bree({
    root: options.root ?? path.join(import.meta.dirname, '../../jobs'),
    defaultExtension: 'ts',
    acceptedExtensions: ['.ts', '.js', '.mjs'],
    timezone: 'UTC',
    logger: false,
    jobs: [{ name: job, worker }],
    errorHandler: onError,
    workerMessageHandler: ({ message }) => {
      if (message === 'beat') hangWatch?.beat();
      else options.thread?.hear(message);
    },
  });

  /** Told twice for one crash, by the error and by the exit code; `worker deleted` is what counts. */
  function onError(error: unknown): void {
    // A thread that was told to stop is ended by Bree, which counts as an error there.
    if (stopping.signal.aborted) return;
    if (isOutOfMemory(error)) logger.error({ memoryMb }, 'the background worker ran out of memory');
    else logger.warn({ err: error }, 'background worker');
  }

  bree.on('worker deleted', () => {
    hangWatch?.end();
    options.thread?.gone();
    if (stopping.signal.aborted) return;
    restarting = restart().catch((error: unknown) => {
      logger.error({ err: error }, 'the background worker could not be restarted');
      options.onHopeless();
    });
  });

  async function run(): Promise<void> {
    await bree.run(job);
    const thread = bree.workers.get(job);
    if (!thread || hungAfterMs === undefined) return;
    hangWatch = startHangWatch(clock, hungAfterMs, () => {
      logger.error({}, 'the background worker hangs and is ended');
      void thread.terminate();
    });
  }

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
    await run();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    hangWatch?.end();
    await restarting;
    const thread = bree.workers.get(job);
    const late = new AbortController();
    // Bree never gives up on a hung thread.
    await Promise.race([bree.stop(job), clock.sleep(stopWithinMs, late.signal).catch(() => {})]);
    late.abort();
    if (bree.workers.has(job)) {
      logger.warn({}, 'background worker did not stop in time and is ended');
      await thread?.terminate();
    }
  }

  function tell(message: string): boolean {
    const thread = bree.workers.get(job);
    thread?.postMessage(message);
    return thread !== undefined;
  }

  await run();
  return { tell, stop };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
