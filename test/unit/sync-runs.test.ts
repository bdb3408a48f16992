import { describe, expect, test } from 'vitest';
import { createTally } from '../../src/app/sync/run.ts';
import { createRuns } from '../../src/app/sync/runs.ts';
import { FailureError } from '../../src/domain/failure.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { makePsaProject } from '../support/make-psa-records.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { syncRig } from '../support/sync-rig.ts';

/** A project that changed and that no task knows, on an integration that links everything. */
function found(miscRan: boolean) {
  const rig = syncRig();
  const misc = makeSyncTask({ id: 't:misc', kind: 'misc', projectId: 'misc' });
  const { lastSync: _none, ...never } = misc;
  rig.tasks.put(miscRan ? misc : never);
  const lastUpdated = rig.clock.now().toISOString();
  rig.psa.projects = [...rig.psa.projects, makePsaProject({ id: 2_000, lastUpdated })];
  const runs = createRuns({
    ...rig.deps,
    tasks: rig.tasks,
    reference: new FakeReferenceStore(),
    settings: new FakeSettingsStore({ boards: 'all' }),
    notesShare: { due: 1, sweep: 1, againAfterMs: null },
  });
  const task = makeSyncTask({ id: 't:scout', kind: 'scout', projectId: 'scout', watermarks: {} });
  const run = {
    runId: 'r',
    mode: 'delta',
    task,
    fence: 1,
    control: rig.controlOf(),
    tally: createTally(),
  } as const;
  return { rig, scout: () => runs.scout(run) };
}

describe('a project that the scout finds', () => {
  test('is linked', async () => {
    const { rig, scout } = found(true);
    await scout();
    expect(rig.tasks.created).toMatchObject([{ externalId: 2_000 }]);
  });

  test.each(['cw.unexpected-response', 'cw.project-missing'] as const)(
    'and cannot be read (%s) does not hold up the changes of others',
    async (code) => {
      const { rig, scout } = found(true);
      rig.psa.beforeRequest = (what) => {
        if (what === 'project') throw new FailureError({ code });
      };
      const { watermarks } = await scout();
      expect(rig.tasks.created).toEqual([]);
      expect(watermarks.psa?.ticket).toBeInstanceOf(Date);
    },
  );

  test('waits for the set-up tables, whose first sync links it: nobody knows what its statuses mean', async () => {
    const { rig, scout } = found(false);
    await scout();
    expect(rig.tasks.created).toEqual([]);
  });
});
