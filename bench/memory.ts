import type { Bench } from './bench.ts';
import { limiterLifted, withWorker } from './support/integration.ts';

function peakFor(tickets: number): Promise<number> {
  const args = ['--projects', '1', '--tickets', String(tickets), '--phases', '20'];
  return withWorker(args, limiterLifted, async (integration, worker) => {
    await integration.synced(await integration.link(integration.simulator.projects[0] ?? 0));
    return await worker.peakMemory();
  });
}

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;

export const memory: Bench = {
  name: 'memory',
  what: 'most resident memory of a worker process for one project of 100,000 tickets, against one of 10,000',
  unit: 'times',
  limit: { at: 'most', value: 1.2 },
  async measure() {
    const few = await peakFor(10_000);
    const many = await peakFor(100_000);
    return {
      value: many / few,
      details: [`10,000 tickets: ${inMegabytes(few)}`, `100,000 tickets: ${inMegabytes(many)}`],
    };
  },
};
