/** The process log of runs, over a real database: each line names its run, and says no word of the tenant's data. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SyncTaskDocument, toSyncTask } from '../../adapters/mongodb/sync-task-document.ts';
import { createLogScope } from '../../adapters/telemetry/log-scope.ts';
import { createLogger } from '../../adapters/telemetry/logger.ts';
import type { Stores } from '../../demo/connectwise/world/stores.ts';
import { logEntryReply } from '../../src/app/replies/log-detail.ts';
import { testLinks } from '../support/command-rig.ts';
import { type Ports, startEngineRig } from '../support/engine-rig.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { SimulatorControl } from './inbound-faults.ts';
import { migratedDatabase } from './migrated-database.ts';
import { forced } from './sync-task-rig.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

/** Every text of the tenant that is long enough to be told from our own words: names, summaries, notes, addresses. */
function wordsOf(stores: Stores): readonly string[] {
  const words = new Set<string>();
  function take(value: unknown): void {
    if (typeof value === 'string' && value.length >= 8) words.add(value);
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) take(one);
  }
  const { projects, tickets, phases, companies, members, projectNotes, ticketNotes, boards } = stores;
  for (const store of [projects, tickets, phases, companies, members, projectNotes, ticketNotes, boards]) {
    for (const row of store.rows()) take(row);
  }
  return [...words].filter((word) => !/^[\d:TZ.-]+$/u.test(word));
}

async function rig() {
  const lines: string[] = [];
  const logScope = createLogScope();
  const logger = createLogger('info', (line) => line, {
    destination: { write: (line) => void lines.push(line) },
    scope: logScope,
  });
  /** What goes wrong below the engine. */
  const faults: { planner?: Error; leaseGone?: boolean } = {};
  const wrap = (ports: Ports): Ports => ({
    ...ports,
    planner: {
      ...ports.planner,
      async beginRun(run) {
        if (faults.planner) throw faults.planner;
        return await ports.planner.beginRun(run);
      },
    },
    tasks: {
      ...ports.tasks,
      complete: async (...finished) => (await ports.tasks.complete(...finished)) && !faults.leaseGone,
    },
  });
  const size = { seed: 7, projects: 3, tickets: 12, notes: 2 };
  const engine = await startEngineRig(fresh, { world: size, wrap, log: { logger, logScope } });
  const control = new SimulatorControl(engine.simulator);
  await engine.pass(60_000);
  const tasks = fresh.db.collection<SyncTaskDocument>('sync_tasks');
  const linked = await tasks.findOne({
    tenantId: engine.tenantId,
    kind: 'project',
    lastSync: { $exists: true },
  });
  if (!linked) throw new Error('nothing was imported');
  const task = toSyncTask(linked);
  async function syncAll(): Promise<void> {
    await engine.stores.tasks.trigger(task.id, forced);
    await engine.runDue();
  }
  const said = () =>
    lines.map((line) => JSON.parse(line) as { msg: string; runId?: string; projectId?: string });
  return { ...engine, control, faults, lines, said, task, syncAll };
}

it('each line of a run has the id that people see in Details, and nothing says a word of the tenant', async () => {
  const { stores, world, control, faults, lines, said, task, syncAll, claim, run, stop } = await rig();
  try {
    const words = wordsOf(world.stores);
    const { projectName } = task.link;
    expect(words).toContain(projectName);
    // What nobody foresaw, with the tenant's words where the driver puts them.
    const key = `E11000 duplicate key error collection: plan index: name_1 dup key: { name: "${projectName}" }`;
    faults.planner = Object.assign(new Error(key), { writeErrors: [{ op: { name: projectName } }] });
    await syncAll();
    delete faults.planner;
    // What ConnectWise says in its refusals.
    const body = { code: 'InvalidObject', message: `${projectName} is closed`, errors: [] };
    await control.fault({ kind: 'status', status: 400, path: '/project/tickets', body });
    await syncAll();
    await control.endFaults();
    faults.leaseGone = true;
    await syncAll();
    faults.leaseGone = false;
    await control.fault({ kind: 'status', status: 401 });
    await syncAll();
    // Taken up by a worker that has not seen yet that the gate is shut, and given back.
    const claimed = await claim('people');
    expect(claimed).toBeDefined();
    if (claimed) await run(claimed);

    expect(said().map(({ msg }) => msg)).toEqual([
      'a sync failed unforeseen',
      'run failed',
      'run failed',
      'run ended after its lease was lost',
      'circuit opened',
      'run let go',
    ]);
    for (const line of said())
      expect(line, line.msg).toMatchObject({ runId: expect.any(String), projectId: task.projectId });
    for (const word of words) expect(lines.join('')).not.toContain(word);

    const { entries } = await stores.log.entries({ errorsOnly: true, offset: 0, limit: 50 });
    const ofTheProject = entries.filter(({ projectId }) => projectId === task.projectId);
    const failures = ofTheProject.filter(({ action }) => action === 'failed').toReversed();
    const runIds = said().flatMap(({ msg, runId }) => (msg === 'run failed' ? [runId] : []));
    expect(failures.map(({ runId }) => runId)).toEqual(runIds);
    for (const entry of failures) {
      expect(JSON.stringify(logEntryReply(entry, { links: testLinks }))).toContain(`"text":"${entry.runId}"`);
    }
  } finally {
    await stop();
  }
});
