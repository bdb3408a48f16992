/** One integration to measure: a database, the simulator, and what its worker is started with. */

import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { DEMO_CREDENTIALS } from '../../demo/connectwise/server.ts';
import { systemClock, systemIds } from '../../src/bootstrap/system.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import type { Planner } from '../../src/ports/planner.ts';
import type { SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
import { type ProductProcess, type Simulator, startSimulator, startWorker } from './processes.ts';

export type Integration = {
  readonly tenantId: string;
  readonly database: BenchDatabase;
  readonly simulator: Simulator;
  readonly tasks: SyncTaskStore;
  readonly planner: Planner;
  readonly env: NodeJS.ProcessEnv;
  /** Links a project of the simulator; the id of its task. */
  link(externalId: number): Promise<string>;
  /** Resolves with the task once a sync that was asked for is over; rejects where it failed. */
  synced(taskId: string, want?: number): Promise<SyncTask>;
  stop(): Promise<void>;
};

/** No schedule of its own: what runs is what the benchmark asks for. */
export const onlyWhatIsAsked: NodeJS.ProcessEnv = {
  CWSYNC_COMPREHENSIVE_SECONDS: 'off',
  CWSYNC_MISC_SECONDS: 'off',
  CWSYNC_SCOUT_SECONDS: 'off',
  CWSYNC_NOTES_SECONDS: 'off',
};
export const limiterLifted: NodeJS.ProcessEnv = {
  CWSYNC_REQUESTS_PER_SECOND: 'off',
};

export async function startIntegration(...simulatorArgs: readonly string[]): Promise<Integration> {
  const database = await startDatabase();
  const simulator = await startSimulator(...simulatorArgs);
  const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
  const tenantId = companyId.toLowerCase();
  const timings = { leaseMs: 60_000, coolDownMs: 600_000 };
  const tasks = mongoSyncTaskStore({
    db: database.db,
    tenantId,
    timings,
    ids: systemIds,
    clock: systemClock,
  });
  return {
    tenantId,
    database,
    simulator,
    tasks,
    planner: mongoPlanner(database.db, tenantId),
    env: {
      MONGODB_URI: database.uri,
      CONNECTWISE_URL: simulator.url,
      CONNECTWISE_COMPANY_ID: companyId,
      CONNECTWISE_PUBLIC_KEY: publicKey,
      CONNECTWISE_PRIVATE_KEY: privateKey,
      CONNECTWISE_CLIENT_ID: clientId,
      LOG_LEVEL: 'error',
    },
    async link(externalId) {
      const projectId = `project-${externalId}`;
      const projectName = `Project ${externalId}`;
      await tasks.create({ projectId, externalId, projectName, customer: null, board: null });
      return `${tenantId}:${projectId}`;
    },
    async synced(taskId, want = 1) {
      for (;;) {
        const seen = await tasks.get(taskId);
        const task = seen?.task;
        if (task?.failure)
          throw new Error(`the sync failed: ${task.failure.code} ${task.failure.message ?? ''}`);
        if (task && task.done >= want && task.lastSync) return task;
        await systemClock.sleep(50);
      }
    },
    async stop() {
      await simulator.stop();
      await database.stop();
    },
  };
}

/** Uses an integration with its worker, and ends both whatever happens. */
export async function withWorker<T>(
  simulatorArgs: readonly string[],
  env: NodeJS.ProcessEnv,
  use: (integration: Integration, worker: ProductProcess) => Promise<T>,
): Promise<T> {
  const integration = await startIntegration(...simulatorArgs);
  let worker: ProductProcess | undefined;
  try {
    worker = await startWorker({ ...integration.env, ...onlyWhatIsAsked, ...env });
    // What statuses mean is known before anything is imported, as in production.
    await integration.synced(`${integration.tenantId}:misc`);
    return await use(integration, worker);
  } finally {
    await worker?.stop();
    await integration.stop();
  }
}

/** How long the last sync took, by the database server's clock, in milliseconds. */
export function durationOf({ lastSync }: SyncTask): number {
  if (!lastSync) throw new Error('it was never synced');
  return lastSync.at.getTime() - lastSync.startedAt.getTime();
}
