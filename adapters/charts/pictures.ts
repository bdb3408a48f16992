/**
 * Pictures drawn in a thread of their own: drawing takes some tenths of a second, in which nobody else would be
 * answered, and what it loads for that (some 80 MB) goes with the thread.
 *
 * One is drawn at a time, however many are asked for: those that come when too many wait are refused at once.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../src/ports/logger.ts';
import type { Chart, Pictures } from '../../src/ports/pictures.ts';

export type PicturesOptions = {
  /** Told of pictures that could not be drawn: whoever asked gets the words. */
  readonly logger: Pick<Logger, 'warn'>;
  /** Of drawing one, in milliseconds; the thread is ended then. */
  readonly withinMs?: number;
  /** Those that may wait for the one that is drawn. */
  readonly waitingAtMost?: number;
  /** In the place of the thread that draws: a test's own. */
  readonly thread?: URL;
};

const drawing = new URL('./draw-thread.ts', import.meta.url);
/** In megabytes, of the thread. */
const heapAtMost = 256;

export function pictures({
  logger,
  withinMs = 15_000,
  waitingAtMost = 5,
  thread = drawing,
}: PicturesOptions): Pictures {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    async draw(chart) {
      if (waiting > waitingAtMost) throw new Error('too many pictures are asked for at once');
      waiting += 1;
      const drawn = last.then(() => drawApart(thread, chart, withinMs));
      last = drawn.catch(() => {});
      try {
        return await drawn;
      } catch (error) {
        logger.warn({ err: error }, 'a picture could not be drawn');
        throw error;
      } finally {
        waiting -= 1;
      }
    },
  };
}

async function drawApart(thread: URL, chart: Chart, withinMs: number): Promise<Uint8Array> {
  const result = Promise.withResolvers<Uint8Array>();
  const worker = new Worker(thread, {
    workerData: chart,
    resourceLimits: { maxOldGenerationSizeMb: heapAtMost },
  });
  worker.once('message', result.resolve);
  worker.once('error', result.reject);
  worker.once('exit', () => result.reject(new Error('the thread that draws ended without a picture')));
  const late = setTimeout(() => result.reject(new Error('the picture was not drawn in time')), withinMs);
  try {
    return await result.promise;
  } finally {
    clearTimeout(late);
    await worker.terminate();
  }
}
