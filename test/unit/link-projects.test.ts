import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LinkCause, linkOne, linkProjects } from '../../src/app/sync/link-projects.ts';
import { linksByItself, nearestDueFirst } from '../../src/domain/linking.ts';
import type { LinkState } from '../../src/domain/sync-task.ts';
import type { Settings } from '../../src/ports/settings.ts';
import type { NewLink, TaskName } from '../../src/ports/sync-task-store.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import { FakePlanner } from '../support/fake-planner.ts';
import { FakePsa } from '../support/fake-psa.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makePsaProject } from '../support/make-psa-records.ts';
import { countingIds } from '../support/recording-logger.ts';

describe('linksByItself', () => {
  const choice = { boards: [7, 8], everLinked: new Set([3, 4]) };
  const project = makePsaProject({ id: 1, board: { id: 7, name: 'Projects' } });

  it.each([
    ['an open one on a chosen board', {}, true],
    ['an open one on another chosen board', { board: { id: 8, name: null } }, true],
    ['a closed one', { closed: true }, false],
    ['one on another board', { board: { id: 9, name: 'Projects' } }, false],
    ['one without a board', { board: null }, false],
    ['one that is or was linked', { id: 4 }, false],
  ] as const)('%s: %s', (_what, given, expected) => {
    expect(linksByItself({ ...project, ...given }, choice)).toBe(expected);
  });

  it.each([
    ['an open one on whatever board', { board: { id: 99, name: null } }, true],
    ['an open one without a board', { board: null }, true],
    ['a closed one', { closed: true }, false],
    ['one that was linked', { id: 3 }, false],
  ] as const)('with all boards, %s: %s', (_what, given, expected) => {
    expect(linksByItself({ ...project, ...given }, { ...choice, boards: 'all' })).toBe(expected);
  });

  it('with no board chosen, none', () => {
    expect(linksByItself(project, { ...choice, boards: [] })).toBe(false);
  });
});

describe('nearestDueFirst', () => {
  const today = new Date('2026-01-05T23:30:00Z');
  const due = (id: number, estimatedEnd: string | null) => ({ id, estimatedEnd });

  it('goes by days from today, overdue or not, the undated last, then by id', () => {
    const projects = [
      due(1, null),
      due(2, '2026-03-01T00:00:00Z'),
      due(9, '2026-01-04T00:00:00Z'),
      due(4, '2026-01-06T00:00:00Z'),
      due(5, '2025-12-31T00:00:00Z'),
      due(6, 'soon'),
      due(7, '2026-01-05T00:00:00Z'),
      due(8, '2024-01-05T00:00:00Z'),
    ];
    expect(nearestDueFirst(projects, today).map(({ id }) => id)).toEqual([7, 4, 9, 5, 2, 8, 1, 6]);
  });

  it('is one order, whatever the order they come in', async () => {
    const date = fc.option(
      fc.date({ min: new Date('2025-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
    );
    const projects = fc.uniqueArray(
      fc.record({ id: fc.nat(50), estimatedEnd: date.map((at) => at?.toISOString() ?? null) }),
      { selector: ({ id }) => id },
    );
    const oneOrder = fc.property(projects, (all) => {
      expect(nearestDueFirst(all.toReversed(), today)).toEqual(nearestDueFirst(all, today));
    });
    await fc.assert(oneOrder);
  });
});

/** The queue, as far as linking sees it: an external id is linked once, or held by a run that has not let go. */
class Links {
  readonly created: NewLink[] = [];
  readonly known: TaskName[] = [];
  readonly held = new Set<number>();
  beforeCreate: () => void = () => {};

  know(externalId: number, state: LinkState): void {
    const taskId = `t:old-${externalId}`;
    this.known.push({ taskId, externalId, name: 'Office move', customer: null, state });
  }

  async create(link: NewLink): Promise<boolean> {
    this.beforeCreate();
    const { externalId } = link;
    const linked = this.known.some((one) => one.externalId === externalId && one.state !== 'disconnected');
    if (linked || this.held.has(externalId)) return false;
    this.created.push(link);
    this.know(externalId, 'active');
    return true;
  }

  async names() {
    return [...this.known];
  }

  async linkedExternalIds() {
    return new Set(this.known.map(({ externalId }) => externalId));
  }
}

function rig(settings: Partial<Settings> = {}) {
  const psa = new FakePsa();
  const tasks = new Links();
  const log = new FakeLogStore();
  const planner = new FakePlanner();
  const deps = {
    psa,
    planner,
    tasks,
    log,
    settings: new FakeSettingsStore({ boards: [7], ...settings }),
    ids: countingIds(),
    clock: new HandClock(),
  };
  const abort = new AbortController();
  const found = (cause: LinkCause = 'chosen') => linkProjects(deps, cause, abort.signal);
  const linked = () => tasks.created.map(({ externalId }) => externalId);
  return { psa, planner, tasks, log, deps, abort, found, linked };
}

const ann = { id: 'slack:T1/U1', name: 'Ann' };

describe('linkProjects', () => {
  it('links what is open on the chosen boards and never was linked, nearest due date first', async () => {
    const { psa, tasks, log, found, linked } = rig();
    psa.projects = [
      makePsaProject({ id: 1, estimatedEnd: '2026-06-30T00:00:00Z' }),
      makePsaProject({ id: 2, estimatedEnd: null, name: null, company: null }),
      makePsaProject({ id: 3, closed: true }),
      makePsaProject({ id: 4, board: { id: 8, name: 'Other' } }),
      makePsaProject({ id: 5, estimatedEnd: '2026-01-06T00:00:00Z', name: 'Urgent' }),
      makePsaProject({ id: 6 }),
      makePsaProject({ id: 7 }),
    ];
    tasks.know(6, 'disconnected');
    tasks.know(7, 'archived');
    expect(await found()).toEqual({ linked: 3, skipped: 0, requests: 3 });
    expect(linked()).toEqual([5, 1, 2]);
    expect(tasks.created[0]).toEqual({
      projectId: 'id-1',
      externalId: 5,
      projectName: 'Urgent',
      customer: 'Contoso',
      board: 'Projects',
      boardId: 7,
    });
    expect(tasks.created[2]).toMatchObject({ projectName: 'Project #2', customer: null });
    expect(log.all).toHaveLength(3);
    expect(log.all[0]).toEqual({
      at: new Date('2026-01-05T00:00:00Z'),
      severity: 'info',
      action: 'linked',
      direction: 'none',
      message: 'Project “Urgent” linked',
      projectId: 'id-1',
      entity: 'project',
      planId: 'id-1',
      externalId: 5,
    });
    expect((await found()).linked).toBe(0);
  });

  it('links one after another', async () => {
    const { psa, tasks, deps, found } = rig();
    psa.projects = [1, 2, 3].map((id) => makePsaProject({ id }));
    let under = 0;
    let most = 0;
    const create = tasks.create.bind(tasks);
    deps.tasks.create = async (link) => {
      under += 1;
      most = Math.max(most, under);
      const created = await create(link);
      under -= 1;
      return created;
    };
    await found();
    expect(most).toBe(1);
  });

  it('asks ConnectWise nothing where no board is chosen', async () => {
    const { psa, found, linked } = rig({ boards: [] });
    psa.projects = [makePsaProject()];
    expect(await found()).toEqual({ linked: 0, skipped: 0, requests: 0 });
    expect(psa.asked).toEqual([]);
    expect(linked()).toEqual([]);
  });

  it('takes every board where all are chosen', async () => {
    const { psa, found, linked } = rig({ boards: 'all' });
    psa.projects = [makePsaProject({ id: 1, board: null }), makePsaProject({ id: 2 })];
    await found();
    expect(linked()).toEqual([1, 2]);
  });

  it('leaves what the scout found alone where new projects are not to be linked', async () => {
    const { psa, found, linked } = rig({ linkNewProjects: false });
    psa.projects = [makePsaProject()];
    expect((await found('found by the scout')).linked).toBe(0);
    expect(psa.asked).toEqual([]);
    expect((await found('chosen')).linked).toBe(1);
    expect(linked()).toEqual([1042]);
  });

  it('links what the scout found where new projects are to be linked', async () => {
    const { psa, found, linked } = rig();
    psa.projects = [makePsaProject()];
    await found('found by the scout');
    expect(linked()).toEqual([1042]);
  });

  it('passes over one that somebody else linked meanwhile, without a word in the log', async () => {
    const { psa, tasks, log, found, linked } = rig();
    psa.projects = [makePsaProject({ id: 1 }), makePsaProject({ id: 2 })];
    tasks.beforeCreate = () => {
      tasks.beforeCreate = () => {};
      tasks.know(1, 'active');
    };
    expect((await found()).linked).toBe(1);
    expect(linked()).toEqual([2]);
    expect(log.all).toHaveLength(1);
  });

  it('takes no project that may be one whose push was not answered', async () => {
    const { psa, planner, found, linked } = rig();
    const by = { id: 'api:t/x', name: 'X' };
    const at = new Date(Date.UTC(2026, 0, 5));
    const wanted = { kind: 'project', id: 'new', projectId: 'new', fields: {}, by, at } as const;
    await planner.create(wanted, { kinds: ['delta'], prio: 1 });
    const [record] = planner.of('project');
    if (!record) throw new Error('not made');
    Object.assign(record, { intent: { at, naturalKey: '4|Office move' } });
    const entered = (seconds: number) => ({
      by: 'cwsync',
      at: new Date(at.getTime() + seconds * 1_000).toISOString(),
    });
    const alike = {
      name: ' Office  move',
      company: { id: 4, name: 'Contoso' },
      board: { id: 7, name: 'Cloud' },
    };
    psa.projects = [
      makePsaProject({ ...alike, id: 1, entered: entered(5) }),
      makePsaProject({ ...alike, id: 2, entered: entered(-600) }),
      makePsaProject({ ...alike, id: 3, entered: entered(5), company: { id: 5, name: 'Fabrikam' } }),
    ];
    await found();
    expect(linked()).toEqual([2, 3]);
  });

  it('counts what could not be read', async () => {
    const { deps } = rig();
    const skipped = [{ id: 9, reason: 'no id' }];
    const psa = {
      async *openProjects() {
        yield { items: [makePsaProject({ id: 1 })], skipped, readAt: null };
      },
    };
    const signal = new AbortController().signal;
    expect(await linkProjects({ ...deps, psa }, 'chosen', signal)).toMatchObject({ linked: 1, skipped: 1 });
  });

  it('ends with the signal between two projects', async () => {
    const { psa, tasks, abort, found, linked } = rig();
    psa.projects = [makePsaProject({ id: 1 }), makePsaProject({ id: 2 })];
    const stop = new Error('shutting down');
    tasks.beforeCreate = () => abort.abort(stop);
    await expect(found()).rejects.toBe(stop);
    expect(linked()).toEqual([1]);
  });
});

describe('linkOne', () => {
  const call = { signal: new AbortController().signal, priority: 2 } as const;

  it('links any project that ConnectWise shows, closed or on another board, and says by whom', async () => {
    const { psa, tasks, log, deps } = rig({ boards: [] });
    psa.projects = [makePsaProject({ closed: true, board: { id: 99, name: 'Old' } })];
    expect(await linkOne(deps, 1042, ann, call)).toEqual({
      result: 'linked',
      projectId: 'id-1',
      projectName: 'Office move',
      again: false,
    });
    expect(tasks.created).toMatchObject([{ projectId: 'id-1', externalId: 1042, board: 'Old' }]);
    expect(log.all).toMatchObject([{ action: 'linked', message: 'Project “Office move” linked by Ann' }]);
  });

  it('takes a project that was read already', async () => {
    const { psa, deps } = rig();
    expect(await linkOne(deps, makePsaProject({ id: 5 }), ann, call)).toMatchObject({ result: 'linked' });
    expect(psa.asked).toEqual([]);
  });

  it('makes a new plan project of one that was disconnected, and says so', async () => {
    const { psa, tasks, deps } = rig();
    psa.projects = [makePsaProject()];
    tasks.know(1042, 'disconnected');
    expect(await linkOne(deps, 1042, ann, call)).toMatchObject({ result: 'linked', again: true });
    expect(tasks.created).toHaveLength(1);
  });

  it.each(['active', 'disabled', 'archived'] as const)(
    'refuses one that is linked, and %s',
    async (state) => {
      const { psa, tasks, log, deps } = rig();
      psa.projects = [makePsaProject()];
      tasks.know(1042, 'disconnected');
      tasks.know(1042, state);
      expect(await linkOne(deps, 1042, ann, call)).toEqual({
        result: 'linked-already',
        task: tasks.known[1],
      });
      expect(tasks.created).toEqual([]);
      expect(psa.asked).toEqual([]);
      expect(log.all).toEqual([]);
    },
  );

  it('says that the disconnected task is still syncing', async () => {
    const { psa, tasks, log, deps } = rig();
    psa.projects = [makePsaProject()];
    tasks.know(1042, 'disconnected');
    tasks.held.add(1042);
    expect(await linkOne(deps, 1042, ann, call)).toEqual({ result: 'still-syncing' });
    expect(log.all).toEqual([]);
  });

  it('names the link that somebody else made meanwhile', async () => {
    const { psa, tasks, deps } = rig();
    psa.projects = [makePsaProject()];
    tasks.beforeCreate = () => tasks.know(1042, 'active');
    expect(await linkOne(deps, 1042, ann, call)).toEqual({ result: 'linked-already', task: tasks.known[0] });
  });

  it('fails where ConnectWise shows no such project', async () => {
    const { deps, tasks } = rig();
    await expect(linkOne(deps, 1042, ann, call)).rejects.toMatchObject({
      failure: { code: 'cw.project-missing' },
    });
    expect(tasks.created).toEqual([]);
  });
});
