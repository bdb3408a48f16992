/** Lists, narrowed in every way: the same for the real store and for the one of the tests. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import { isInState, stateWords } from '../../src/domain/state-words.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { SyncTaskStore, TaskList, TaskQuery } from '../../src/ports/sync-task-store.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { atMs, makeSyncTask, testStart } from '../support/make-sync-task.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const stores = [
  [
    'MongoDB',
    async (given: readonly SyncTask[]): Promise<SyncTaskStore> => {
      const tenantId = `tenant-${randomUUID()}`;
      const documents = given.map(({ id, ...task }) => ({
        ...task,
        _id: `${tenantId}:${id}`,
        tenantId,
        nameKey: searchForm(task.link.projectName),
        searchKey: searchForm(`${task.link.projectName} ${task.link.customer ?? ''}`),
        serverTime: testStart,
      }));
      if (documents.length > 0)
        await fresh.db.collection<{ _id: string }>('sync_tasks').insertMany(documents);
      const timings = { leaseMs: 1, coolDownMs: 1 };
      return mongoSyncTaskStore({
        db: fresh.db,
        tenantId,
        timings,
        ids: randomIds,
        clock: systemClock,
        now: testStart,
      });
    },
  ],
  ['the fake', async (given: readonly SyncTask[]): Promise<SyncTaskStore> => new FakeSyncTasks(...given)],
] as const;

const everything: TaskQuery = { withDisabled: true, withArchived: true, offset: 0, limit: 50 };
const failure = { code: 'cw.rejected', at: atMs(-1) } as const;
const unavailable = { code: 'cw.unavailable', at: atMs(-1) } as const;

let number = 0;
type Given = NonNullable<Parameters<typeof makeSyncTask>[0]>;
function project(projectName: string, { link, ...given }: Given = {}): SyncTask {
  number += 1;
  const id = `p${number}`;
  return makeSyncTask({ id, projectId: id, ...given, link: { externalId: number, ...link, projectName } });
}

function neverSynced(projectName: string, given: Given = {}): SyncTask {
  const { lastSync: _, ...task } = project(projectName, given);
  return task;
}

/** One of each that a word tells apart. */
const variety: readonly SyncTask[] = [
  project('idle'),
  project('requested', { state: 'requested', wakeAt: atMs(9) }),
  project('queued', { state: 'requested', wakeAt: atMs(0) }),
  project('syncing', { state: 'syncing', wakeAt: atMs(9) }),
  project('taken up', { state: 'syncing', wakeAt: atMs(-9) }),
  project('attention', { failure, needsAttention: { since: atMs(-9), failure } }),
  project('attention retried', {
    state: 'requested',
    wakeAt: atMs(9),
    failure: unavailable,
    needsAttention: { since: atMs(-99), failure },
  }),
  project('retrying', { state: 'requested', wakeAt: atMs(9), failure: unavailable }),
  project('late', { lateAt: atMs(-1) }),
  project('not late', { lateAt: atMs(1) }),
  neverSynced('fresh'),
  neverSynced('fresh, failing', { failure, needsAttention: { since: atMs(-5), failure } }),
  project('off', { link: { state: 'disabled' }, needsAttention: { since: atMs(-9), failure } }),
  project('old', { link: { state: 'archived' } }),
  project('gone', { link: { state: 'disconnected' } }),
];

const names = ({ tasks }: Pick<TaskList, 'tasks'>) => tasks.map(({ link }) => link.projectName);

describe.each(stores)('lists in %s', (_name, open) => {
  it.each(stateWords)('that are %s: what the words on the rows say', async (state) => {
    const store = await open(variety);
    const list = await store.list({ ...everything, state });
    const expected = variety.filter((task) => isInState(task, state, testStart));
    expect(expected.length).toBeGreaterThan(0);
    expect(names(list).toSorted()).toEqual(expected.map(({ link }) => link.projectName).toSorted());
    expect(list.total).toBe(expected.length);
    expect(list.linked).toBe(variety.length);
  });

  it('count the hidden ones by what is looked for', async () => {
    const store = await open(variety);
    const shown = await store.list({ ...everything, withDisabled: false, withArchived: false });
    expect(shown).toMatchObject({
      total: 12,
      needAttention: 3,
      hidden: { disabled: 1, disconnected: 1, archived: 1 },
    });
    const archived = await store.list({ ...everything, withArchived: false, state: 'Archived' });
    expect(archived).toMatchObject({ total: 0, hidden: { disabled: 0, disconnected: 0, archived: 1 } });
  });

  it('give those that need attention apart, longest first, within what is looked for', async () => {
    const store = await open(variety);
    const attention = async (query: Partial<TaskQuery>) =>
      (await store.list({ ...everything, ...query })).attention.map(({ link }) => link.projectName);
    expect(await attention({})).toEqual([]);
    expect(await attention({ attention: 2 })).toEqual(['attention retried', 'attention']);
    expect(await attention({ attention: 5, limit: 0 })).toEqual([
      'attention retried',
      'attention',
      'fresh, failing',
    ]);
    expect(await attention({ attention: 5, filter: 'fresh' })).toEqual(['fresh, failing']);
  });

  it('are of some boards, in order of board and name', async () => {
    const store = await open([
      project('b', { link: { board: 'Two' } }),
      project('c', { link: { board: 'One' } }),
      project('a', { link: { board: 'Two' } }),
      project('d', { link: { board: null } }),
    ]);
    expect(names(await store.list(everything))).toEqual(['a', 'b', 'c', 'd']);
    expect(names(await store.list({ ...everything, byBoard: true }))).toEqual(['d', 'c', 'a', 'b']);
    const two = await store.list({ ...everything, boards: ['Two'], limit: 1 });
    expect([names(two), two.total, two.linked]).toEqual([['a'], 2, 4]);
    expect(names(await store.list({ ...everything, boards: ['Two', 'One'], filter: 'c' }))).toContain('c');
    expect((await store.list({ ...everything, boards: [] })).total).toBe(0);
    expect(await store.boards()).toEqual(['One', 'Two']);
  });

  it('are of some projects', async () => {
    const [first, second] = variety;
    const store = await open(variety);
    const projectIds = [first, second].flatMap((task) => (task ? [task.projectId] : []));
    const list = await store.list({ ...everything, projectIds, filter: 'requested' });
    expect([names(list), list.total]).toEqual([['requested'], 1]);
    expect((await store.list({ ...everything, projectIds })).total).toBe(2);
    expect((await store.list({ ...everything, projectIds: [] })).total).toBe(0);
  });

  it.each(['.', 'a|b', '[x]', '(', '*', '\\', 'a-c', '^i', 'e$', '{1}', '/', '\0'])(
    'look for %j as it is written',
    async (filter) => {
      const odd = project(`odd ${filter} one`);
      const store = await open([odd, project('idle'), project('abc x')]);
      const list = await store.list({ ...everything, filter });
      const all = filter === '\0';
      expect(names(list).length).toBe(all ? 3 : 1);
      expect(list.total).toBe(all ? 3 : 1);
    },
  );

  it.each([
    ['ÖFFICE  move', ['Office move']],
    ['office', []],
    ['#77', ['Cabling']],
    ['77', ['77', 'Cabling']],
    ['', []],
  ])('name those that are called %j, or have it as external id', async (whole, expected) => {
    const store = await open([
      project('Office move'),
      project('Cabling', { link: { externalId: 77, state: 'disconnected' } }),
      project('77'),
    ]);
    expect((await store.names(whole)).map(({ name }) => name)).toEqual(expected);
    expect(await store.names()).toHaveLength(3);
  });

  it('tell how far the first import is, and how fast it goes', async () => {
    const minute = 60_000;
    const store = await open([
      project('long linked', { createdAt: atMs(-900 * minute) }),
      project('imported', { createdAt: atMs(-5 * minute) }),
      project('imported, off', { createdAt: atMs(-5 * minute), link: { state: 'disabled' } }),
      neverSynced('next', { createdAt: atMs(-4 * minute) }),
      neverSynced('after that', { createdAt: atMs(-3 * minute) }),
      neverSynced('stuck', {
        createdAt: atMs(-800 * minute),
        needsAttention: { since: atMs(0), failure },
      }),
      neverSynced('tried again', { createdAt: atMs(-700 * minute), failure: unavailable }),
    ]);
    expect((await store.list(everything)).importing).toEqual({
      left: 4,
      of: 6,
      needAttention: 1,
      pace: { since: atMs(-4 * minute), imported: 1 },
    });
    expect((await (await open([project('one')])).list(everything)).importing).toEqual({
      left: 0,
      of: 1,
      needAttention: 0,
    });
  });

  it('a work type is kept, and taken away again', async () => {
    const store = await open([project('one')]);
    const [task] = (await store.list(everything)).tasks;
    const id = task?.id ?? '';
    const workType = { id: 3, name: '$Remote' };
    expect((await store.setWorkType(id, workType))?.before.link).not.toHaveProperty('workType');
    expect((await store.get(id))?.task.link.workType).toEqual(workType);
    expect((await store.setWorkType(id, null))?.before.link.workType).toEqual(workType);
    expect((await store.get(id))?.task.link).not.toHaveProperty('workType');
    expect(await store.setWorkType('none', workType)).toBeUndefined();
  });
});
