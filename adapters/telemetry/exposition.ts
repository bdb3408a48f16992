/** Several threads' counts as one text in the format of Prometheus. */
import { AggregatorRegistry } from 'prom-client';
import type { MetricDump } from './counted-metrics.ts';
import type { MetricsText } from './metrics-endpoint.ts';

/** Series of the same labels are added up. */
export async function exposition(dumps: readonly MetricDump[]): Promise<MetricsText> {
  const all = AggregatorRegistry.aggregate(dumps.map((dump) => [...dump]));
  return { contentType: all.contentType, text: await all.metrics() };
}

/** What a thread that is gone leaves behind: its counts, which must never fall, and not what it was like. */
export async function keptOf(dumps: readonly MetricDump[]): Promise<MetricDump> {
  const counts = dumps.map((dump) => dump.filter(({ type }) => String(type) !== 'gauge'));
  return await AggregatorRegistry.aggregate(counts).getMetricsAsJSON();
}
