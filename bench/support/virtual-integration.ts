/** The engine on virtual time against a simulator process whose clock moves with it. */
import { DEMO_CREDENTIALS } from '../../demo/connectwise/server.ts';
import { composeEngine, type Engine } from '../../test/support/engine-rig.ts';
import { VirtualTime } from '../../test/support/virtual-time.ts';
import { startDatabase } from './database.ts';
import { type Simulator, startSimulator } from './processes.ts';

export type VirtualIntegration = {
  readonly engine: Engine;
  readonly simulator: Simulator;
  /** Requests that the simulator got since the last call. */
  requestsSince(): Promise<number>;
  stop(): Promise<void>;
};

export async function startVirtualIntegration(
  ...simulatorArgs: readonly string[]
): Promise<VirtualIntegration> {
  const database = await startDatabase();
  const simulator = await startSimulator('--virtual-clock', ...simulatorArgs);
  const time = new VirtualTime();
  await simulator.control('PUT', '/clock', { now: time.now().toISOString() });
  const engine = await composeEngine(database, { url: simulator.url, credentials: DEMO_CREDENTIALS }, time, {
    onAdvance: async (advanceMs) => void (await simulator.control('PUT', '/clock', { advanceMs })),
  });
  return {
    engine,
    simulator,
    async requestsSince() {
      const { count } = (await simulator.control('GET', '/requests/count')) as { readonly count: number };
      await simulator.control('DELETE', '/requests');
      return count;
    },
    async stop() {
      await simulator.stop();
      await database.stop();
    },
  };
}
