/** What a process is, may use and uses. */
import { readdir } from 'node:fs/promises';
import { Registry } from 'prom-client';
import type { MetricDump } from './counted-metrics.ts';
import { ofProcess, standard } from './metric-table.ts';
import { counterOf, gaugeOf } from './registry.ts';

export type ProcessFacts = {
  readonly version: string;
  readonly role: 'all' | 'bot' | 'worker';
  readonly slots: number;
  /** Absent where nothing limits them. */
  readonly requests?: { readonly perSecond: number; readonly atOnce: number };
};

/** @returns what the process uses now */
export function processMetrics({ version, role, slots, requests }: ProcessFacts): () => Promise<MetricDump> {
  const registry = new Registry();
  gaugeOf(registry, ofProcess.build).set({ version, role, node: process.versions.node }, 1);
  gaugeOf(registry, ofProcess.slotsLimit).set(slots);
  if (requests) {
    gaugeOf(registry, ofProcess.requestLimit).set(requests.perSecond);
    gaugeOf(registry, ofProcess.inFlightLimit).set(requests.atOnce);
  }
  gaugeOf(registry, standard.started).set(performance.timeOrigin / 1_000);
  const cpu = counterOf(registry, standard.cpu);
  const memory = gaugeOf(registry, standard.memory);
  const files = process.platform === 'linux' ? gaugeOf(registry, standard.files) : undefined;
  return async () => {
    const { user, system } = process.cpuUsage();
    cpu.reset();
    cpu.inc((user + system) / 1e6);
    memory.set(process.memoryUsage.rss());
    files?.set((await readdir('/proc/self/fd')).length);
    return await registry.getMetricsAsJSON();
  };
}
