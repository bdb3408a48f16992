/** The miscellaneous data sync from the simulator's tables, through the client, into a real MongoDB server. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mongoReferenceStore } from '../../adapters/mongodb/reference-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { type RunningConnectWise, startConnectWise } from '../../demo/connectwise/server.ts';
import { syncMisc } from '../../src/app/sync/sync-misc.ts';
import { psaTables } from '../../src/domain/psa-records.ts';
import { mandatoryGaps } from '../../src/domain/status-mapping.ts';
import type { ReferenceStore } from '../../src/ports/reference-data.ts';
import { migratedDatabase } from '../contract/migrated-database.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { connectTo } from './connectwise-client-rig.ts';

let fresh: FreshDatabase;
let simulator: RunningConnectWise;
let reference: ReferenceStore;

beforeEach(async () => {
  fresh = await migratedDatabase();
  simulator = await startConnectWise({ world: { seed: 7, projects: 2, tickets: 4 } });
  reference = mongoReferenceStore(fresh.db, 't');
});
afterEach(async () => {
  await simulator.stop();
  await fresh.drop();
});

async function sync(runId: string) {
  const { psa, clock } = connectTo(simulator.url, simulator.credentials, 10);
  const settings = mongoSettingsStore(fresh.db, 't', {}, '$$NOW');
  const signal = new AbortController().signal;
  const control = { signal, checkpoint: async () => {} };
  const deps = { psa, reference, settings, log: new FakeLogStore(), clock };
  return await syncMisc(deps, { runId, priority: 0, control });
}

describe('the miscellaneous data sync', () => {
  it('keeps every table, gives each board a usable mapping, and changes nothing when it runs again', async () => {
    const first = await sync('run-1');
    expect(first.refused).toEqual([]);
    expect(first.counts.skipped).toBe(0);
    for (const table of psaTables) expect(await reference.rows(table), table).not.toHaveLength(0);
    const mappings = await reference.mappings();
    const marked = await reference.mappingsToTrigger();
    expect(mappings.map(({ of }) => of)).toEqual(marked.map(({ of }) => of));
    expect(marked.at(-1)?.of).toBe('projects');
    for (const mapping of marked) await reference.mappingTriggered(mapping);
    expect(mappings.filter((mapping) => mandatoryGaps(mapping).length > 0).map(({ of }) => of)).toEqual([]);
    const again = await sync('run-2');
    expect(again.counts).toMatchObject({ created: 0, updated: 0, deleted: 0, skipped: 0 });
    expect(await reference.mappingsToTrigger()).toEqual([]);
    expect(await reference.mappings()).toEqual(mappings);
  });
});
