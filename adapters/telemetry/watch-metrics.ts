/** What the database tells, as gauges; nothing of it is kept from an earlier look. */
import { Registry } from 'prom-client';
import { taskKinds } from '../../src/domain/sync-task.ts';
import { linkStates, queueStates, type WatchFacts } from '../../src/ports/watch.ts';
import type { MetricDump } from './counted-metrics.ts';
import { halves, lookedUp, ofProcess } from './metric-table.ts';
import { gaugeOf } from './registry.ts';

export type Looked = {
  /** Absent where the database did not answer in time. */
  readonly facts?: WatchFacts;
  readonly roundTripMs?: number;
};

const seconds = (ms: number): number => ms / 1_000;

/** Metrics of a part that is not known are left out, so that nobody takes an old number for a new one. */
export async function watchMetrics({ facts, roundTripMs }: Looked): Promise<MetricDump> {
  const registry = new Registry();
  gaugeOf(registry, ofProcess.databaseUp).set(roundTripMs === undefined ? 0 : 1);
  if (roundTripMs !== undefined) gaugeOf(registry, lookedUp.databaseRoundTrip).set(seconds(roundTripMs));
  if (facts) {
    showQueue(registry, facts);
    showGate(registry, facts);
    showIncidents(registry, facts);
  }
  return await registry.getMetricsAsJSON();
}

function showQueue(
  registry: Registry,
  { queue, projects, needAttention, late, slotsUsed }: WatchFacts,
): void {
  const tasks = gaugeOf(registry, lookedUp.queueTasks);
  const lag = gaugeOf(registry, lookedUp.queueLag);
  for (const kind of taskKinds) {
    for (const state of queueStates) tasks.set({ kind, state }, queue[kind][state]);
    lag.set({ kind }, seconds(queue[kind].lagMs));
  }
  const linked = gaugeOf(registry, lookedUp.projects);
  for (const state of linkStates) linked.set({ state }, projects[state]);
  gaugeOf(registry, lookedUp.needAttention).set(needAttention);
  gaugeOf(registry, lookedUp.late).set(late);
  gaugeOf(registry, lookedUp.slotsUsed).set(slotsUsed);
}

function showGate(registry: Registry, { budget, enabled, circuitOpenMs, silentMs }: WatchFacts): void {
  gaugeOf(registry, lookedUp.enabled).set(enabled ? 1 : 0);
  gaugeOf(registry, lookedUp.circuitOpen).set(circuitOpenMs > 0 ? 1 : 0);
  gaugeOf(registry, lookedUp.circuitOpenFor).set(seconds(circuitOpenMs));
  const beats = gaugeOf(registry, lookedUp.beatAge);
  for (const half of halves) {
    const silence = silentMs[half];
    if (silence !== undefined) beats.set({ half }, seconds(silence));
  }
  if (!budget) return;
  gaugeOf(registry, lookedUp.inFlight).set(budget.inFlight);
  gaugeOf(registry, lookedUp.waiting).set(budget.waiting);
  gaugeOf(registry, lookedUp.share).set(budget.share);
  gaugeOf(registry, lookedUp.pause).set(seconds(budget.pausedMs));
}

function showIncidents(registry: Registry, { incidents }: WatchFacts): void {
  gaugeOf(registry, lookedUp.openIncidents).set(incidents.open);
  gaugeOf(registry, lookedUp.outbox).set(incidents.messages);
  gaugeOf(registry, lookedUp.outboxLag).set(seconds(incidents.lagMs));
  gaugeOf(registry, lookedUp.untold).set(seconds(incidents.untoldMs));
  gaugeOf(registry, lookedUp.blockedPlaces).set(incidents.blockedPlaces);
}
