/** The table's metrics in prom-client's terms. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MetricDefinition } from './metric-table.ts';

type Labels<D extends MetricDefinition> = keyof D['labels'] & string;

function shape<D extends MetricDefinition>(registry: Registry, definition: D) {
  const { name, help, labels } = definition;
  return { name, help, labelNames: Object.keys(labels) as Labels<D>[], registers: [registry] };
}

export function gaugeOf<D extends MetricDefinition>(registry: Registry, definition: D): Gauge<Labels<D>> {
  return new Gauge(shape(registry, definition));
}

/** Each series is there from the start: what appears with its first count has no increase that anybody sees. */
export function counterOf<D extends MetricDefinition>(registry: Registry, definition: D): Counter<Labels<D>> {
  const counter = new Counter(shape(registry, definition));
  for (const labels of combinations(definition)) counter.inc(labels, 0);
  return counter;
}

export function histogramOf<D extends MetricDefinition>(
  registry: Registry,
  definition: D,
): Histogram<Labels<D>> {
  const { buckets = [] } = definition;
  const histogram = new Histogram({ ...shape(registry, definition), buckets: [...buckets] });
  for (const labels of combinations(definition)) histogram.zero(labels);
  return histogram;
}

type Combination<D extends MetricDefinition> = { [label in Labels<D>]: string };

function combinations<D extends MetricDefinition>({ labels }: D): readonly Combination<D>[] {
  let all: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (values === 'any') return [];
    all = all.flatMap((some) => values.map((value) => ({ ...some, [label]: value })));
  }
  return all as Combination<D>[];
}
