/**
 * What the background thread has counted, asked of it when somebody looks. A thread that hangs or has just died is
 * answered for by what it told last: counts of a process never fall while it lives.
 */
import { z } from 'zod';
import { inTime } from '../../adapters/http/kept.ts';
import type { MetricDump } from '../../adapters/telemetry/counted-metrics.ts';
import { keptOf } from '../../adapters/telemetry/exposition.ts';
import type { Clock } from '../ports/clock.ts';

export type ThreadMetrics = {
  /** A message of the thread, of whatever kind. */
  hear(message: unknown): void;
  /** The thread is gone; another may follow. */
  gone(): void;
  /** @param ask asks the thread; false where there is none */
  dumps(ask: (message: MetricsWanted) => boolean): Promise<readonly MetricDump[]>;
};

/** In milliseconds. */
const answerWithinMs = 500;

export const metricsWanted = 'metrics';
export type MetricsWanted = typeof metricsWanted;
/** By its own thread's code: what is in it needs no second look. */
const toldSchema = z.object({ metrics: z.custom<MetricDump>(Array.isArray) });

export function threadMetrics(clock: Clock): ThreadMetrics {
  let last: MetricDump | undefined;
  /** Of those that are gone, as one. */
  let left: Promise<readonly MetricDump[]> = Promise.resolve([]);
  let told = Promise.withResolvers<void>();

  return {
    hear(message) {
      const parsed = toldSchema.safeParse(message);
      if (!parsed.success) return;
      last = parsed.data.metrics;
      told.resolve();
    },
    gone() {
      if (!last) return;
      const ended = last;
      last = undefined;
      left = left.then(async (before) => [await keptOf([...before, ended])]);
    },
    async dumps(ask) {
      const asked = Promise.withResolvers<void>();
      told = asked;
      if (ask(metricsWanted)) await inTime(clock, answerWithinMs, () => asked.promise);
      return [...(await left), ...(last ? [last] : [])];
    },
  };
}

/** The thread's side. */
export async function answerMetrics(
  message: unknown,
  dump: () => Promise<MetricDump>,
  tell: (answer: { readonly metrics: MetricDump }) => void,
): Promise<void> {
  if (message === metricsWanted) tell({ metrics: await dump() });
}
