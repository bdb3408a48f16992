/** What one thread counts of itself. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { Metrics } from '../../src/ports/metrics.ts';
import { counted, type logLevels, type ThreadName } from './metric-table.ts';
import { counterOf, gaugeOf, histogramOf } from './registry.ts';

/** What a thread has counted, as plain data that can be sent to another. */
export type MetricDump = readonly MetricObjectWithValues<MetricValue<string>>[];

export type CountedMetrics = Metrics & {
  /** A line of the process log was written. */
  logged(level: (typeof logLevels)[number]): void;
  /** Measures this thread's event loop and heap from now on; what the loop was late by is told once, by `dump`. */
  watchThread(thread: ThreadName): void;
  dump(): Promise<MetricDump>;
};

/** How often the event loop is looked at, in milliseconds: seldom enough to cost an idle process nothing. */
const lookEveryMs = 50;
const seconds = (ms: number): number => ms / 1_000;

export function createMetrics(): CountedMetrics {
  const registry = new Registry();
  const runs = counterOf(registry, counted.runs);
  const runDuration = histogramOf(registry, counted.runDuration);
  const requests = counterOf(registry, counted.requests);
  const requestDuration = histogramOf(registry, counted.requestDuration);
  const turnWait = histogramOf(registry, counted.turnWait);
  const messages = counterOf(registry, counted.messages);
  const messageDuration = histogramOf(registry, counted.messageDuration);
  const events = counterOf(registry, counted.acknowledged);
  const acknowledgeDuration = histogramOf(registry, counted.acknowledgeDuration);
  const logLines = counterOf(registry, counted.logLines);
  let lookAtThread: (() => void) | undefined;

  function watchThread(thread: ThreadName): void {
    const delay = gaugeOf(registry, counted.eventLoopDelay);
    const heap = gaugeOf(registry, counted.heapUsed);
    const seen = monitorEventLoopDelay({ resolution: lookEveryMs });
    seen.enable();
    lookAtThread = () => {
      for (const [quantile, late] of Object.entries(latenessOf(seen))) delay.set({ thread, quantile }, late);
      seen.reset();
      heap.set({ thread }, process.memoryUsage().heapUsed);
    };
  }

  return {
    runEnded({ mode, result, durationMs }) {
      runs.inc({ mode, result });
      runDuration.observe({ mode }, seconds(durationMs));
    },
    requestEnded({ writes, outcome, durationMs }) {
      requests.inc({ kind: writes ? 'write' : 'read', outcome });
      requestDuration.observe(seconds(durationMs));
    },
    turnWaitedFor(durationMs) {
      turnWait.observe(seconds(durationMs));
    },
    messageSent({ platform, purpose, result, durationMs }) {
      messages.inc({ platform, purpose, result });
      messageDuration.observe({ platform }, seconds(durationMs));
    },
    acknowledged({ platform, how, durationMs }) {
      events.inc({ platform, acknowledged: how });
      acknowledgeDuration.observe({ platform }, seconds(durationMs));
    },
    logged(level) {
      logLines.inc({ level });
    },
    watchThread,
    async dump() {
      lookAtThread?.();
      return await registry.getMetricsAsJSON();
    },
  };
}

/** In seconds, by quantile. What is measured is the span between two looks, so on time it is the interval itself. */
function latenessOf(seen: ReturnType<typeof monitorEventLoopDelay>): {
  readonly [quantile in '0.5' | '0.99' | '1']: number;
} {
  // Before the first look its longest is 0, and nothing is a number.
  const late = (nanoseconds: number) => Math.max(0, (nanoseconds || 0) / 1e9 - seconds(lookEveryMs));
  return { '0.5': late(seen.percentile(50)), '0.99': late(seen.percentile(99)), '1': late(seen.max) };
}
