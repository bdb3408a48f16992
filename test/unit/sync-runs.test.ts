import { describe, expect, test } from 'vitest';
import { createTally } from '../../src/app/sync/run.ts';
import { createRuns } from '../../src/app/sync/runs.ts';
import { FailureError } from '../../src/domain/failure.ts';
import { itself } from '../../src/domain/sync-task.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { FakeLinkedBoards } from '../support/fake-linked-boards.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { makePsaProject, makePsaTableRow } from '../support/make-psa-records.ts';
import { makeSyncTask, testStart } from '../support/make-sync-task.ts';
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
    linkedBoards: new FakeLinkedBoards(),
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
    startedAt: testStart,
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

describe('what statuses mean has changed', () => {
  const boards = [
    { id: 7, name: 'Projects' },
    { id: 8, name: 'Projects' },
  ];

  /** Two boards of one name with a project each, whose statuses nobody has seen yet. */
  function misc() {
    const rig = syncRig();
    rig.psa.tables.board = boards.map((board) => makePsaTableRow(board));
    const open = boards.map(({ id }) =>
      makePsaTableRow({ id: id * 10, name: 'New', details: { boardId: id } }),
    );
    rig.psa.tables.boardStatus = open;
    const { tasks, reference } = rig;
    for (const { id } of boards) {
      tasks.put(makeSyncTask({ id: `t:p${id}`, projectId: `p${id}`, link: { boardId: id } }));
    }
    const notesShare = { due: 1, sweep: 1, againAfterMs: null };
    const deps = { ...rig.deps, linkedBoards: new FakeLinkedBoards(), notesShare };
    const runs = createRuns({ ...deps, settings: new FakeSettingsStore({ boards: [] }) });
    const task = makeSyncTask({ id: 't:misc', kind: 'misc', projectId: 'misc' });
    const run = {
      runId: 'r',
      mode: 'delta',
      task,
      fence: 1,
      control: rig.controlOf(),
      startedAt: testStart,
      tally: createTally(),
    };
    const triggered = () => tasks.triggeredAll.splice(0).map(({ boardId }) => boardId ?? 'all');
    return {
      rig,
      tasks,
      reference,
      triggered,
      sync: () => runs.misc(run as Parameters<typeof runs.misc>[0]),
    };
  }
  const another = (boardId: number) =>
    makePsaTableRow({ id: 99, name: 'Done', details: { boardId, closed: true } });

  test('the projects of that very board are to be synced in full, and of no other of its name; once', async () => {
    const { rig, sync, triggered, tasks } = misc();
    await sync();
    expect(triggered()).toEqual([7, 8]);
    rig.psa.tables.boardStatus = [...(rig.psa.tables.boardStatus ?? []), another(8)];
    await sync();
    expect(tasks.triggeredAll).toEqual([{ trigger: { kinds: ['comprehensive'], prio: 0 }, boardId: 8 }]);
    expect(triggered()).toEqual([8]);
    await sync();
    expect(triggered()).toEqual([]);
  });

  test('all projects where it is the statuses of projects', async () => {
    const { rig, sync, triggered, reference } = misc();
    rig.psa.tables.projectStatus = [makePsaTableRow({ id: 1, name: 'Open' })];
    await sync();
    expect(triggered()).toEqual(['all']);
    expect(await reference.mappingsToTrigger()).toEqual([]);
  });

  test.each([1, 2])(
    'killed at the %i. trigger after the mapping was saved: the next run asks for it',
    async (nth) => {
      const { sync, triggered, tasks } = misc();
      const triggerAll = tasks.triggerAll.bind(tasks);
      let calls = 0;
      tasks.triggerAll = async (...asked) => {
        calls += 1;
        if (calls === nth) throw new Error('killed');
        return await triggerAll(...asked);
      };
      await expect(sync()).rejects.toThrow('killed');
      expect(triggered()).toEqual(nth === 1 ? [] : [7]);
      await sync();
      expect(triggered()).toEqual(nth === 1 ? [7, 8] : [8]);
    },
  );

  test('one that an admin saved meanwhile is asked for by the next run', async () => {
    const { sync, triggered, reference } = misc();
    await sync();
    triggered();
    const [mapping] = await reference.mappings();
    if (!mapping) throw new Error('no mapping');
    await reference.saveMapping({ ...mapping, statuses: [] });
    await sync();
    expect(triggered()).toEqual([7]);
  });
});

describe('the miscellaneous data sync, of the boards that were chosen', () => {
  function misc(settings: Partial<Settings>) {
    const rig = syncRig();
    const linkedBoards = new FakeLinkedBoards();
    const on = (id: number, board: number) => makePsaProject({ id, board: { id: board, name: null } });
    rig.psa.projects = [on(1, 3), on(2, 7)];
    const store = new FakeSettingsStore(settings);
    const runs = createRuns({
      ...rig.deps,
      tasks: rig.tasks,
      reference: new FakeReferenceStore(),
      linkedBoards,
      settings: store,
      notesShare: { due: 1, sweep: 1, againAfterMs: null },
    });
    const task = makeSyncTask({ id: 't:misc', kind: 'misc', projectId: 'misc', watermarks: {} });
    const facts = {
      runId: 'r',
      mode: 'delta',
      task,
      fence: 1,
      startedAt: testStart,
      tally: createTally(),
    } as const;
    const sync = () => runs.misc({ ...facts, control: rig.controlOf() });
    const linked = () => rig.tasks.created.splice(0).map(({ externalId }) => externalId);
    const choose = async (boards: readonly number[]) => {
      const { revision, changed: _, ...now } = await store.read();
      await store.save({ ...now, boards }, revision, itself);
    };
    return { sync, linked, choose, linkedBoards, psa: rig.psa, on };
  }

  test('what is opened later is linked too, where that is the setting', async () => {
    const rig = misc({ boards: [3], linkNewProjects: true });
    await rig.sync();
    expect(rig.linked()).toEqual([1]);
    rig.psa.projects = [...rig.psa.projects, rig.on(5, 3)];
    await rig.sync();
    expect(rig.linked()).toContain(5);
  });

  test('else only what is open when its board is chosen, or when somebody sets up anew', async () => {
    const rig = misc({ boards: [3], linkNewProjects: false });
    await rig.sync();
    expect(rig.linked()).toEqual([1]);
    rig.psa.projects = [...rig.psa.projects, rig.on(5, 3)];
    await rig.sync();
    expect(rig.linked()).toEqual([]);
    await rig.choose([3, 7]);
    await rig.sync();
    expect(rig.linked()).toEqual([2]);
    await rig.linkedBoards.store([]);
    await rig.sync();
    expect(rig.linked()).toContain(5);
  });
});
