import { type Engine, engineSchedule } from '../test/support/engine-rig.ts';
import type { Bench } from './bench.ts';
import { startVirtualIntegration } from './support/virtual-integration.ts';

const hour = 3_600_000;
const hours = 4;
const perSecond = 8;

/**
 * The notes of 120,000 tickets take most of a day after the import, within their quarter of the budget. Here they
 * have been read, evenly over the last round, as on any later day.
 */
async function notesWereRead({ db, time }: Engine): Promise<void> {
  const since = time.now().getTime() - hours * hour;
  await db.collection('plan_tasks').updateMany({}, [
    {
      $set: {
        notesReadAt: { $add: [new Date(since), { $floor: { $multiply: [{ $rand: {} }, hours * hour] } }] },
      },
    },
    { $unset: 'notesDueAt' },
  ]);
}

export const budget: Bench = {
  name: 'budget',
  what: '2,000 linked projects of 60 tickets, comprehensive syncs every 4 h, scout, notes and set-up tables as by default, nothing changing, notes read before: share of the request budget over 4 virtual hours',
  unit: '% of the budget',
  limit: { at: 'most', value: 25 },
  async measure() {
    const integration = await startVirtualIntegration('--projects', '2000', '--tickets', '60');
    try {
      const { engine } = integration;
      await engine.stores.tasks.tick(engineSchedule);
      await engine.runDue();
      await notesWereRead(engine);
      await integration.requestsSince();
      await engine.pass(hours * hour, engineSchedule);
      const requests = await integration.requestsSince();
      const all = perSecond * hours * 3_600;
      return { value: (requests / all) * 100, details: [`${requests} of ${all} requests`] };
    } finally {
      await integration.stop();
    }
  },
};
