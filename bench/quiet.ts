import { engineSchedule } from '../test/support/engine-rig.ts';
import type { Bench } from './bench.ts';
import { startVirtualIntegration } from './support/virtual-integration.ts';

const minute = 60_000;
const minutes = 10;
/** As the setting "off" has it: the scout alone has a schedule. */
const never = 1_000 * 365 * 24 * 60 * minute;
const scoutOnly = { ...engineSchedule, comprehensiveMs: never, miscMs: never, notesMs: never };

/** Requests a minute, once every project has been imported and nothing changes any more. */
async function quietMinute(projects: number): Promise<number> {
  const integration = await startVirtualIntegration(
    '--projects',
    String(projects),
    '--tickets',
    '2',
    '--notes',
    '0',
  );
  try {
    const { engine } = integration;
    await engine.stores.tasks.tick(scoutOnly);
    await engine.runDue();
    // Beyond the scout's overlap, so that nothing of the import is seen as a change.
    await engine.pass(15 * minute, scoutOnly);
    await integration.requestsSince();
    await engine.pass(minutes * minute, scoutOnly);
    return (await integration.requestsSince()) / minutes;
  } finally {
    await integration.stop();
  }
}

export const quiet: Bench = {
  name: 'quiet',
  what: 'requests in a quiet minute, scout only, counted by the simulator over 10 virtual minutes, for 10 and for 2,000 linked projects',
  unit: 'requests a minute (the more of both)',
  limit: { at: 'most', value: 4 },
  async measure() {
    const few = await quietMinute(10);
    const many = await quietMinute(2_000);
    return {
      value: Math.max(few, many),
      details: [`10 projects: ${few} a minute`, `2,000 projects: ${many} a minute`],
    };
  },
};
