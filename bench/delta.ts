import { isPaired, type PlanRecord } from '../src/domain/plan.ts';
import { engineSchedule } from '../test/support/engine-rig.ts';
import type { Bench } from './bench.ts';
import { startVirtualIntegration, type VirtualIntegration } from './support/virtual-integration.ts';
import { turnWritingOn } from './support/writing.ts';

const minute = 60_000;
const by = { id: 'bench', name: 'Bench' };
/** Nothing but what is asked for. */
const never = 1_000 * 365 * 24 * 60 * minute;
const nothing = { ...engineSchedule, comprehensiveMs: never, miscMs: never, notesMs: never, scoutMs: never };

type Counted = { readonly reads: number; readonly writes: number };
type Case = { readonly tickets: number; readonly changed: number };

const cases: readonly Case[] = [
  { tickets: 300, changed: 0 },
  { tickets: 300, changed: 1 },
  { tickets: 300, changed: 25 },
  { tickets: 300, changed: 60 },
  { tickets: 10_000, changed: 0 },
  { tickets: 10_000, changed: 60 },
];

/** sync.md: reading, re-reading each batch of 25 before it is written, and the notes of at most 20 tickets. */
const boundOf = (k: number): number => 8 + 2 * Math.ceil(k / 25) + Math.min(k, 20);

async function countRequests({ simulator }: VirtualIntegration): Promise<Counted> {
  const methods = (await simulator.control('GET', '/requests/methods')) as Readonly<Record<string, number>>;
  await simulator.control('DELETE', '/requests');
  const all = Object.values(methods).reduce((sum, one) => sum + one, 0);
  const reads = methods.GET ?? 0;
  return { reads, writes: all - reads };
}

async function editTickets({ engine }: VirtualIntegration, count: number, round: number): Promise<void> {
  if (count === 0) return;
  const { planner } = engine.stores;
  const tasks = (await planner.list('task', { limit: count })).filter(isPaired);
  for (const { kind, id, version, fields } of tasks satisfies readonly PlanRecord[]) {
    const change = { fields: { summary: `${String(fields.summary).slice(0, 60)} ${round}` } };
    const edited = await planner.edit(
      { kind, id, version, change, by, at: engine.time.now() },
      { kinds: ['delta'], prio: 1 },
    );
    if (edited.result !== 'stored') throw new Error(`an edit was not stored: ${edited.result}`);
  }
}

async function measureSize(tickets: number, sizes: readonly number[]) {
  const world = ['--projects', '1', '--tickets', String(tickets), '--notes', '50', '--schedule', '200'];
  const integration = await startVirtualIntegration(...world);
  try {
    const { engine } = integration;
    await turnWritingOn(engine.stores.settings);
    await engine.stores.tasks.tick(engineSchedule);
    await engine.runDue();
    const found: { readonly words: string; readonly ratio: number }[] = [];
    for (const [round, changed] of sizes.entries()) {
      // Beyond the overlap of two minutes: what the last round wrote is no change of this one.
      await engine.pass(30 * minute, nothing, 10 * minute);
      await deltaNow(engine);
      await engine.pass(30 * minute, nothing, 10 * minute);
      await editTickets(integration, changed, round);
      await countRequests(integration);
      await deltaNow(engine);
      const { reads, writes } = await countRequests(integration);
      if (writes !== changed) throw new Error(`${writes} writes for ${changed} changed tickets`);
      const bound = boundOf(changed);
      const words = `${tickets} tickets, ${changed} changed: ${reads} requests for reading (bound ${bound}), ${writes} writes`;
      found.push({ words, ratio: reads / bound });
    }
    return found;
  } finally {
    await integration.stop();
  }
}

async function deltaNow(engine: VirtualIntegration['engine']): Promise<void> {
  const [task] = (
    await engine.stores.tasks.list({ offset: 0, limit: 1, withDisabled: false, withArchived: false })
  ).tasks;
  if (!task) throw new Error('no project was linked');
  await engine.stores.tasks.trigger(task.id, { kinds: ['delta'], prio: 1, forceNow: true });
  await engine.runDue();
}

export const delta: Bench = {
  name: 'delta',
  what: 'requests for reading of a delta with k changed tickets against 8 + 2 ceil(k/25) + min(k, 20), notes and schedule entries in the world, for 300 and 10,000 tickets; one write for each',
  unit: 'times that bound (the worst)',
  limit: { at: 'most', value: 1 },
  async measure() {
    const sizes = [...new Set(cases.map(({ tickets }) => tickets))];
    const found: Awaited<ReturnType<typeof measureSize>>[number][] = [];
    for (const tickets of sizes) {
      const changed = cases.filter((one) => one.tickets === tickets).map((one) => one.changed);
      found.push(...(await measureSize(tickets, changed)));
    }
    return {
      value: Math.max(...found.map(({ ratio }) => ratio)),
      details: found.map(({ words }) => words),
    };
  },
};
