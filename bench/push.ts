import { mongoSettingsStore } from '../adapters/mongodb/settings-store.ts';
import { isPaired } from '../src/domain/plan.ts';
import type { Bench } from './bench.ts';
import { durationOf, type Integration, withWorker } from './support/integration.ts';
import { turnWritingOn } from './support/writing.ts';

/** The default: requests a second. */
const perSecond = 8;
const edits = 500;
const creates = 500;
const twins = 20;
const latencyMs = 200;
const by = { id: 'bench', name: 'Bench' };
const trigger = { kinds: ['delta'], prio: 1 } as const;

async function editPlan({ planner }: Integration): Promise<void> {
  const tasks = (await planner.list('task', { limit: edits })).filter(isPaired);
  const [phase] = (await planner.list('phase', { limit: 1 })).filter(isPaired);
  if (tasks.length < edits || !phase) throw new Error('the world is too small');
  const at = new Date();
  for (const { kind, id, version, fields } of tasks) {
    const change = { fields: { summary: `${String(fields.summary).slice(0, 60)} again` } };
    await planner.edit({ kind, id, version, change, by, at }, trigger);
  }
  for (let n = 0; n < creates; n += 1) {
    const summary = n < twins ? 'Twin' : `Made ${n}`;
    const fields = { summary, phaseId: phase.id };
    const { projectId } = phase;
    await planner.create({ kind: 'task', id: `made-${n}`, projectId, fields, by, at }, trigger);
  }
}

export const push: Bench = {
  name: 'push',
  what: '1,000 plan edits, half of them creates, 20 with the same name, 200 ms latency: from the start of their sync to its end against (writes + 8 + 2 ceil(k/25)) / 8 s',
  unit: 'times that',
  limit: { at: 'most', value: 1.1 },
  async measure() {
    const world = ['--projects', '1', '--tickets', '600', '--phases', '4'];
    return await withWorker(world, {}, async (integration) => {
      const { simulator, tasks, planner, database, tenantId } = integration;
      await turnWritingOn(mongoSettingsStore(database.db, tenantId, {}, '$$NOW'));
      const taskId = await integration.link(simulator.projects[0] ?? 0);
      await integration.synced(taskId);
      await editPlan(integration);
      await simulator.control('PUT', '/latency', { ms: latencyMs });
      await simulator.control('DELETE', '/requests');
      const asked = await tasks.trigger(taskId, { ...trigger, forceNow: true });
      if (asked.result !== 'accepted') throw new Error('the sync was not accepted');
      const begunAt = performance.now();
      const task = await integration.synced(taskId, asked.ticket);
      const tookMs = performance.now() - begunAt;
      const methods = (await simulator.control('GET', '/requests/methods')) as Readonly<
        Record<string, number>
      >;
      const writes = (methods.PATCH ?? 0) + (methods.POST ?? 0);
      const made = (await planner.list('task', { limit: 10_000 })).filter(
        ({ id, externalId }) => id.startsWith('made-') && externalId !== undefined,
      );
      if (writes !== edits + creates || made.length !== creates)
        throw new Error(`${writes} writes, ${made.length} of ${creates} made`);
      const leastMs = ((writes + 8 + 2 * Math.ceil((edits + creates) / 25)) / perSecond) * 1_000;
      return {
        value: tookMs / leastMs,
        details: [
          `${Math.round(tookMs)} ms (the run itself ${durationOf(task)} ms) for ${writes} writes and ${methods.GET} reads, bound ${Math.round(leastMs)} ms`,
        ],
      };
    });
  },
};
