import { describe, expect, test } from 'vitest';
import { createTally, type Run } from '../../src/app/sync/run.ts';
import { scout } from '../../src/app/sync/scout.ts';
import type { SyncTask, Watermarks } from '../../src/domain/sync-task.ts';
import {
  makePsaProject,
  makePsaScheduleEntry,
  makePsaTicket,
  makePsaTimeEntry,
} from '../support/make-psa-records.ts';
import { makeSyncTask, testStart } from '../support/make-sync-task.ts';
import { syncRig } from '../support/sync-rig.ts';

const changedAt = '2026-01-05T08:59:30Z';
const kinds = ['project', 'ticket', 'scheduleEntry', 'timeEntry'] as const;

async function rigOf() {
  const rig = syncRig();
  await rig.sync();
  const found: number[][] = [];
  const deps = {
    ...rig.deps,
    settlePushes: async () => {},
    linkFound: async (ids: readonly number[]) => {
      found.push([...ids]);
      return ids.length;
    },
  };
  const cursor = new Date('2026-01-05T09:00:00Z');
  const all: Watermarks = { psa: Object.fromEntries(kinds.map((kind) => [kind, cursor])) };
  async function look(watermarks: Watermarks = all, before: Partial<SyncTask> = {}) {
    rig.psa.asked.length = 0;
    rig.tasks.changes.length = 0;
    const task = makeSyncTask({ id: 't:scout', kind: 'scout', projectId: 'scout', watermarks, ...before });
    const run: Run = {
      runId: 's',
      mode: 'delta',
      task,
      fence: 1,
      control: rig.controlOf(),
      startedAt: testStart,
      tally: createTally(),
    };
    return { ...(await scout(deps, run)), tally: run.tally };
  }
  const seen = () => rig.tasks.changes.flatMap(({ changes }) => changes);
  return { ...rig, found, look, seen };
}

test('a quiet minute costs four requests, triggers nothing, and moves the cursors', async () => {
  const { psa, tasks, later, look } = await rigOf();
  psa.beforeRequest = () => later(1);
  const { watermarks, tally, ...rest } = await look();
  expect(psa.asked).toEqual(kinds.map((kind) => `changes ${kind}`));
  expect(tasks.changes).toEqual([]);
  expect(tally.requests).toBe(4);
  expect(rest).toEqual({});
  expect(watermarks).toEqual({
    psa: {
      project: new Date('2026-01-05T09:01:00Z'),
      ticket: new Date('2026-01-05T09:02:00Z'),
      scheduleEntry: new Date('2026-01-05T09:03:00Z'),
      timeEntry: new Date('2026-01-05T09:04:00Z'),
    },
  });
});

describe('what changed', () => {
  test('of every kind goes to its project, entries by their ticket, with the margin', async () => {
    const { psa, tasks, look, seen } = await rigOf();
    const lastUpdated = changedAt;
    psa.projects = [makePsaProject({ lastUpdated })];
    psa.records.ticket = [makePsaTicket({ lastUpdated })];
    psa.records.scheduleEntry = [makePsaScheduleEntry({ lastUpdated })];
    psa.records.timeEntry = [
      makePsaTimeEntry({ lastUpdated, ticketId: 999 }),
      makePsaTimeEntry({ id: 8002, lastUpdated, projectId: null }),
    ];
    await look();
    expect(seen()).toEqual(Array(5).fill({ externalId: 1042, lastUpdated: new Date(changedAt) }));
    expect(tasks.changes.map(({ marginMs }) => marginMs)).toEqual([5_000, 5_000, 5_000, 5_000]);
  });

  test.each([
    ['a schedule entry of a ticket that no plan has', { objectId: 999 }],
    ['a schedule entry of nothing', { objectId: null }],
  ])('%s triggers nothing', async (_, given) => {
    const { psa, look, seen, found } = await rigOf();
    psa.records.scheduleEntry = [makePsaScheduleEntry({ lastUpdated: changedAt, ...given })];
    await look();
    expect(seen()).toEqual([]);
    expect(found).toEqual([]);
  });

  test('two minutes before the cursor are read again, and no more', async () => {
    const { psa, look, seen } = await rigOf();
    psa.records.ticket = [
      makePsaTicket({ id: 4711, lastUpdated: '2026-01-05T08:58:00Z' }),
      makePsaTicket({ id: 4712, lastUpdated: '2026-01-05T08:57:59Z' }),
    ];
    await look();
    expect(seen()).toEqual([{ externalId: 1042, lastUpdated: new Date('2026-01-05T08:58:00Z') }]);
  });

  test('without a cursor the last day is, however wrong the clock of this host', async () => {
    const { psa, look, seen } = await rigOf();
    psa.records.ticket = [
      makePsaTicket({ id: 1, lastUpdated: '2026-01-04T00:00:00Z' }),
      makePsaTicket({ id: 2, lastUpdated: '2026-01-03T23:59:59Z' }),
    ];
    await look({});
    expect(seen().filter(({ lastUpdated }) => lastUpdated < new Date('2026-01-05T00:00:00Z'))).toEqual([
      { externalId: 1042, lastUpdated: new Date('2026-01-04T00:00:00Z') },
    ]);
  });

  test('each page by itself', async () => {
    const { psa, tasks, look } = await rigOf();
    psa.pageSize = 1;
    psa.records.ticket = [1, 2, 3].map((id) => makePsaTicket({ id, lastUpdated: changedAt }));
    await look();
    expect(tasks.changes.map(({ changes }) => changes.length)).toEqual([1, 1, 1]);
  });
});

describe('projects that nobody linked', () => {
  test('are offered by their own change, not by that of their tickets', async () => {
    const { psa, look, found } = await rigOf();
    const lastUpdated = changedAt;
    psa.records.ticket = [makePsaTicket({ lastUpdated, project: { id: 50, name: 'Unlinked' } })];
    psa.records.timeEntry = [makePsaTimeEntry({ lastUpdated, projectId: 51 })];
    await look();
    expect(found).toEqual([]);
    psa.pageSize = 1;
    psa.projects = [50, 52].map((id) => makePsaProject({ id, lastUpdated }));
    await look();
    expect(found).toEqual([[50, 52]]);
  });

  test('where they cannot be linked, no cursor moves: the run fails as a whole', async () => {
    const rig = await rigOf();
    rig.psa.projects = [makePsaProject({ id: 50, lastUpdated: changedAt })];
    rig.tasks.triggerChanged = () => Promise.reject(new Error('no database'));
    await expect(rig.look()).rejects.toThrow('no database');
  });
});

describe('a kind that may not be read', () => {
  test.each(kinds)('%s keeps its cursor, is said, and the others go on', async (forbidden) => {
    const { psa, look } = await rigOf();
    psa.forbidden.add(forbidden);
    const { watermarks, attention } = await look();
    expect(attention).toEqual({ code: 'cw.permission', entity: forbidden });
    expect(Object.keys(watermarks.psa ?? {})).toEqual(kinds.filter((kind) => kind !== forbidden));
    psa.forbidden.clear();
    expect(await look()).not.toHaveProperty('attention');
  });

  test('anything else ends the run', async () => {
    const { psa, look } = await rigOf();
    psa.beforeRequest = () => Promise.reject(new Error('down'));
    await expect(look()).rejects.toThrow('down');
  });
});

test.each([
  ['says no time', () => null],
  ['says none at first', (asked: number) => (asked === 1 ? null : new Date('2026-01-05T12:00:00Z'))],
] as const)('where ConnectWise %s, a cursor stays where it was', async (_, dateAt) => {
  const { psa, look } = await rigOf();
  psa.pageSize = 1;
  psa.records.ticket = [1, 2].map((id) => makePsaTicket({ id, lastUpdated: changedAt }));
  let asked = 0;
  psa.beforeRequest = (what) => {
    asked = what === 'changes ticket' ? asked + 1 : asked;
    psa.date = what === 'changes ticket' ? dateAt(asked) : new Date('2026-01-05T12:00:00Z');
  };
  expect(Object.keys((await look()).watermarks.psa ?? {})).toEqual(['project', 'scheduleEntry', 'timeEntry']);
});

describe('a right that is there again', () => {
  const lacks = (entity: string) => ({
    needsAttention: { since: new Date(changedAt), failure: { code: 'cw.permission', entity } as const },
  });

  /** Projects that stand still for a missing right, and one that stands still for something else. */
  async function waiting() {
    const rig = await rigOf();
    for (const entity of ['ticket', 'timeEntry', 'phase']) {
      rig.tasks.put(makeSyncTask({ id: `t:${entity}`, projectId: entity, ...lacks(entity) }));
    }
    const missing = { since: new Date(changedAt), failure: { code: 'cw.project-missing' } as const };
    rig.tasks.put(makeSyncTask({ id: 't:gone', projectId: 'gone', needsAttention: missing }));
    const wanted = () =>
      ['ticket', 'timeEntry', 'phase', 'gone'].filter(
        (name) => rig.tasks.tasks.get(`t:${name}`)?.state === 'requested',
      );
    return { ...rig, wanted };
  }

  test('has the projects synced that stand still for it, once it was refused to the scout before', async () => {
    const { look, wanted } = await waiting();
    await look(undefined, lacks('ticket'));
    expect(wanted()).toEqual(['ticket', 'timeEntry']);
  });

  test('not those of a kind that is refused still', async () => {
    const { psa, look, wanted } = await waiting();
    psa.forbidden.add('timeEntry');
    await look(undefined, lacks('ticket'));
    expect(wanted()).toEqual(['ticket']);
  });

  test('nor where the scout was refused nothing: their own right is another matter', async () => {
    const { look, wanted } = await waiting();
    await look();
    expect(wanted()).toEqual([]);
  });
});
