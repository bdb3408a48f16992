import { describe, expect, it } from 'vitest';
import { type SyncMiscDeps, syncMisc } from '../../src/app/sync/sync-misc.ts';
import { FailureError } from '../../src/domain/failure.ts';
import { type PsaTable, type PsaTableRow, psaTables } from '../../src/domain/psa-records.ts';
import { itself, type Progress } from '../../src/domain/sync-task.ts';
import type { PsaPage } from '../../src/ports/psa.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import { FakePsa } from '../support/fake-psa.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makePsaTableRow } from '../support/make-psa-records.ts';

function status(id: number, name: string, details: PsaTableRow['details']): PsaTableRow {
  return makePsaTableRow({ id, name, identifier: null, details: { sortOrder: id, ...details } });
}

function boardStatus(boardId: number, id: number, name: string, closed = false): PsaTableRow {
  return status(id, name, { boardId, closed, escalation: null, isDefault: false });
}

function rig(settings: Partial<Settings> = {}) {
  const psa = new FakePsa();
  Object.assign(psa.tables, {
    company: [30, 31, 32].map((id) => makePsaTableRow({ id, name: `Company ${id}` })),
    companyStatus: [makePsaTableRow({ id: 1, name: 'Active' })],
    noteType: [makePsaTableRow({ id: 1, name: 'General' })],
    workType: [makePsaTableRow({ id: 1, name: 'Remote' })],
    board: [makePsaTableRow({ id: 1, name: 'Projects' }), makePsaTableRow({ id: 2, name: 'Cloud' })],
    boardStatus: [
      boardStatus(1, 101, 'New'),
      boardStatus(1, 102, 'In Progress'),
      boardStatus(1, 103, 'Closed', true),
      boardStatus(2, 201, 'New'),
      boardStatus(2, 202, 'Assigned'),
      boardStatus(2, 203, 'Done', true),
    ],
    projectStatus: [status(1, 'Open', { closed: false }), status(2, 'Closed', { closed: true })],
    phaseStatus: [makePsaTableRow({ id: 1, name: 'Open' })],
    member: [5, 6].map((id) => makePsaTableRow({ id, name: `Member ${id}` })),
  } satisfies typeof psa.tables);
  const reference = new FakeReferenceStore();
  const log = new FakeLogStore();
  const clock = new HandClock();
  const settingsStore = new FakeSettingsStore(settings);
  const deps: SyncMiscDeps = { psa, reference, settings: settingsStore, log, clock };
  const progress: Progress[] = [];
  const abort = new AbortController();
  let runs = 0;

  async function sync(given: Partial<SyncMiscDeps> = {}) {
    runs += 1;
    log.all.length = 0;
    progress.length = 0;
    psa.asked.length = 0;
    const checkpoint = async (at: Progress) => {
      abort.signal.throwIfAborted();
      progress.push(at);
    };
    const control = { signal: abort.signal, checkpoint };
    const synced = await syncMisc({ ...deps, ...given }, { runId: `run-${runs}`, priority: 0, control });
    const marked = await reference.mappingsToTrigger();
    for (const mapping of marked) await reference.mappingTriggered(mapping);
    return { ...synced, changed: marked.map(({ of }) => of) };
  }
  const messages = () => log.all.map(({ message }) => message);
  const row = async (table: PsaTable, id: number) =>
    (await reference.rows(table)).find((one) => one.id === id);
  return { psa, reference, log, settingsStore, progress, abort, sync, messages, row };
}

/** Puts other rows in the place of those of the same id. */
function change(psa: FakePsa, table: PsaTable, ...rows: readonly PsaTableRow[]): void {
  const before = (psa.tables[table] ?? []).filter(({ id }) => !rows.some((row) => row.id === id));
  psa.tables[table] = [...before, ...rows];
}

function remove(psa: FakePsa, table: PsaTable, id: number): void {
  psa.tables[table] = (psa.tables[table] ?? []).filter((row) => row.id !== id);
}

describe('the tables', () => {
  it('are all read and kept, page by page', async () => {
    const { psa, reference, progress, sync } = rig();
    const { counts, refused } = await sync();
    expect(counts).toEqual({ created: 19, updated: 0, deleted: 0, skipped: 0, conflicts: 0, requests: 13 });
    expect(refused).toEqual([]);
    for (const table of psaTables) {
      const ids = (await reference.rows(table)).map(({ id }) => id);
      expect(ids).toEqual(psa.tables[table]?.map(({ id }) => id));
    }
    expect(progress.slice(0, 3)).toEqual([
      { phase: 'companies', doneCount: 2, totalCount: null },
      { phase: 'companies', doneCount: 3, totalCount: null },
      { phase: 'company statuses', doneCount: 1, totalCount: null },
    ]);
    expect(
      progress.filter(({ phase }) => phase === 'board statuses').map(({ doneCount }) => doneCount),
    ).toEqual([2, 3, 5, 6]);
    expect(progress).toHaveLength(13);
    expect(psa.calls.every(({ priority, runId }) => priority === 0 && runId === 'run-1')).toBe(true);
  });

  it('leave one line for each of what happened to them, and none where nothing did', async () => {
    const { psa, log, sync, messages } = rig();
    await sync();
    expect(messages()).toEqual([
      '3 companies created',
      '1 company status created',
      '1 note category created',
      '1 work type created',
      '2 project boards created',
      '6 board statuses created',
      '2 project statuses created',
      '1 phase status created',
      '2 members created',
      'Statuses of the board “Projects”: “New” is Not Started, “In Progress” is In Progress, “Closed” is Complete',
      'Statuses of the board “Cloud”: “New” is Not Started, “Assigned” is In Progress, “Done” is Complete',
      'Statuses of projects: “Open” is Planning, “Closed” is Complete',
    ]);
    expect(log.all[0]).toEqual({
      at: new Date('2026-01-05T00:00:00Z'),
      severity: 'info',
      action: 'created',
      message: '3 companies created',
      direction: 'from ConnectWise',
      runId: 'run-1',
    });
    const again = await sync();
    expect(again).toEqual({
      counts: { created: 0, updated: 0, deleted: 0, skipped: 0, conflicts: 0, requests: 13 },
      refused: [],
      changed: [],
    });
    expect(log.all).toEqual([]);
    change(psa, 'company', makePsaTableRow({ id: 31, name: 'Renamed' }), makePsaTableRow({ id: 40 }));
    remove(psa, 'company', 30);
    expect((await sync()).counts).toMatchObject({ created: 1, updated: 1, deleted: 1 });
    expect(log.all.map(({ action, message }) => [action, message])).toEqual([
      ['created', '1 company created'],
      ['updated', '1 company updated'],
      ['updated', '1 company no longer shown by ConnectWise'],
    ]);
  });

  it('keep what is gone, also of a board, and take it back', async () => {
    const { psa, sync, row } = rig();
    await sync();
    remove(psa, 'workType', 1);
    remove(psa, 'boardStatus', 203);
    expect((await sync()).counts.deleted).toBe(2);
    expect(await row('workType', 1)).toMatchObject({ name: 'Remote', gone: true });
    expect(await row('boardStatus', 203)).toMatchObject({ gone: true, parent: 2 });
    expect(await row('boardStatus', 103)).toMatchObject({ gone: false, parent: 1 });
    change(psa, 'boardStatus', boardStatus(2, 203, 'Done', true));
    expect((await sync()).counts).toMatchObject({ updated: 1, deleted: 0 });
    expect(await row('boardStatus', 203)).toMatchObject({ gone: false });
  });

  it('are not asked for the statuses of a board that is gone', async () => {
    const { psa, sync } = rig();
    await sync();
    remove(psa, 'board', 2);
    await sync();
    expect(psa.asked.filter((what) => what === 'table boardStatus')).toHaveLength(2);
  });

  it('that may not be read stay as they were, are reported, and do not stop the others', async () => {
    const { psa, log, sync, row } = rig();
    await sync();
    psa.forbidden.add('company').add('boardStatus');
    change(psa, 'workType', makePsaTableRow({ id: 2, name: 'On site' }));
    const { counts, refused, changed } = await sync();
    expect(refused).toEqual([
      { code: 'cw.permission', entity: 'company' },
      { code: 'cw.permission', entity: 'boardStatus' },
    ]);
    expect(counts).toMatchObject({ created: 1, updated: 0, deleted: 0 });
    expect(changed).toEqual([]);
    expect(await row('company', 30)).toMatchObject({ gone: false });
    expect(await row('boardStatus', 101)).toMatchObject({ gone: false });
    expect(await row('workType', 2)).toMatchObject({ name: 'On site' });
    expect(log.all[0]).toMatchObject({
      severity: 'warning',
      action: 'failed',
      message: 'The companies could not be read: The API member lacks a right in ConnectWise.',
      next: expect.stringContaining('give the security role of the API member the missing right'),
    });
  });

  it('that may not be read any more after a page lose nothing', async () => {
    const { psa, sync, row } = rig();
    await sync();
    let asked = 0;
    psa.beforeRequest = (what) => {
      if (what !== 'table company') return;
      asked += 1;
      if (asked === 2) throw new FailureError({ code: 'cw.permission', message: 'no more' });
    };
    const { counts, refused } = await sync();
    expect(refused).toEqual([{ code: 'cw.permission', message: 'no more', entity: 'company' }]);
    expect(counts.deleted).toBe(0);
    expect(await row('company', 32)).toMatchObject({ gone: false });
  });

  it('lose nothing where a row could not be read, and say why', async () => {
    const { psa, log, sync, row } = rig();
    await sync();
    const skipping = {
      async *table(table: PsaTable, ...rest: unknown[]): AsyncIterable<PsaPage<PsaTableRow>> {
        const [call, parent] = rest as [Parameters<FakePsa['table']>[1], number | undefined];
        for await (const page of psa.table(table, call, parent)) {
          const skipped = page.items.filter(({ id }) => table === 'company' && id === 31);
          yield {
            ...page,
            items: page.items.filter((item) => !skipped.includes(item)),
            skipped: skipped.map(({ id }) => ({ id, reason: 'its name is no text' })),
          };
        }
      },
    };
    remove(psa, 'workType', 1);
    const { counts } = await sync({ psa: skipping });
    expect(counts).toMatchObject({ skipped: 1, deleted: 1 });
    expect(await row('company', 31)).toMatchObject({ gone: false });
    expect(log.all[0]).toMatchObject({
      severity: 'warning',
      action: 'skipped',
      message: '1 company could not be read: its name is no text',
    });
  });

  it('end with any other failure, and with the signal', async () => {
    const { psa, abort, sync, reference } = rig();
    psa.beforeRequest = (what) => {
      if (what === 'table workType') throw new FailureError({ code: 'cw.unavailable' });
    };
    await expect(sync()).rejects.toMatchObject({ failure: { code: 'cw.unavailable' } });
    expect(await reference.rows('company')).toHaveLength(3);
    expect(await reference.rows('member')).toEqual([]);
    const stop = new Error('lease lost');
    psa.beforeRequest = () => abort.abort(stop);
    await expect(sync()).rejects.toBe(stop);
    expect(psa.asked).toEqual(['table company']);
  });
});

describe('members', () => {
  const inactive = makePsaTableRow({ id: 5, name: 'Member 5', inactive: true });

  it('are as active as they were here, with Sync User Status off', async () => {
    const { psa, reference, sync, row } = rig();
    await sync();
    await reference.setMemberStatus(6, 'inactive');
    change(psa, 'member', inactive, makePsaTableRow({ id: 7, name: 'Gone before', inactive: true }));
    expect((await sync()).counts).toMatchObject({ created: 1, updated: 0 });
    expect(await row('member', 5)).toMatchObject({ inactive: false });
    expect(await row('member', 6)).toMatchObject({ statusHere: 'inactive' });
    expect(await row('member', 7)).toMatchObject({ inactive: true });
  });

  it('follow ConnectWise with it on, whatever was set here', async () => {
    const { psa, reference, settingsStore, sync, row } = rig();
    await sync();
    await reference.setMemberStatus(6, 'inactive');
    change(psa, 'member', inactive);
    const { revision, ...settings } = await settingsStore.read();
    await settingsStore.save({ ...settings, syncUserStatus: true }, revision, itself);
    await sync();
    expect(await row('member', 5)).toMatchObject({ inactive: true });
    expect(await row('member', 6)).not.toHaveProperty('statusHere');
  });

  it('other tables follow ConnectWise in any case', async () => {
    const { psa, sync, row } = rig();
    await sync();
    change(psa, 'company', makePsaTableRow({ id: 30, name: 'Company 30', inactive: true }));
    await sync();
    expect(await row('company', 30)).toMatchObject({ inactive: true });
  });
});

describe('what statuses mean', () => {
  it('is proposed for each board and for projects, and its projects are to be synced', async () => {
    const { reference, sync } = rig();
    expect(await sync()).toMatchObject({
      changed: [1, 2, 'projects'],
    });
    expect(await reference.mappings()).toMatchObject([
      { of: 1, revision: 1, defaults: { 'Not Started': 101, 'In Progress': 102, Complete: 103 } },
      { of: 2, revision: 1, defaults: { 'Not Started': 201, 'In Progress': 202, Complete: 203 } },
      { of: 'projects', revision: 1, defaults: { Planning: 1, Complete: 2 } },
    ]);
  });

  it('changes for the board whose statuses changed, and for no other', async () => {
    const { psa, reference, sync, messages } = rig();
    await sync();
    change(psa, 'boardStatus', boardStatus(2, 204, 'Waiting for vendor'));
    expect(await sync()).toMatchObject({
      changed: [2],
    });
    expect((await reference.mappings()).map(({ revision }) => revision)).toEqual([1, 2, 1]);
    expect(messages()).toEqual([
      '1 board status created',
      'Statuses of the board “Cloud”: “Waiting for vendor” is Blocked',
    ]);
    change(psa, 'projectStatus', status(1, 'Opened', { closed: false }));
    expect(await sync()).toMatchObject({ changed: ['projects'] });
    expect(messages()).toEqual(['1 project status updated', 'Statuses of projects updated']);
  });

  it('keeps what an admin saved while it was proposed', async () => {
    const { psa, reference, sync } = rig();
    await sync();
    change(psa, 'boardStatus', boardStatus(1, 104, 'Waiting'));
    reference.beforeSave = async () => {
      reference.beforeSave = () => {};
      const [mapping] = await reference.mappings();
      if (!mapping) throw new Error('no mapping');
      const [first, ...rest] = mapping.statuses;
      if (!first) throw new Error('no status');
      const byAnn = { ...first, category: 'In Progress', setBy: 'Ann' } as const;
      await reference.saveMapping({ ...mapping, statuses: [byAnn, ...rest] });
    };
    expect((await sync()).changed).toEqual([1]);
    const [mapping] = await reference.mappings();
    expect(mapping?.revision).toBe(3);
    expect(mapping?.statuses.map(({ id, category, setBy }) => [id, category, setBy])).toEqual([
      [101, 'In Progress', 'Ann'],
      [102, 'In Progress', 'cwsync'],
      [103, 'Complete', 'cwsync'],
      [104, 'Blocked', 'cwsync'],
    ]);
  });

  it('is left to the next run where somebody saves all the time', async () => {
    const { reference, sync } = rig();
    let saves = 0;
    const store = Object.assign(reference, {
      saveMapping: async () => {
        saves += 1;
        return false;
      },
    });
    expect(await sync({ reference: store })).toMatchObject({
      changed: [],
    });
    expect(saves).toBe(9);
  });

  it('says which categories of a board have no status, once', async () => {
    const { psa, log, sync, messages } = rig();
    psa.tables.board = [makePsaTableRow({ id: 1, name: null })];
    psa.tables.boardStatus = [boardStatus(1, 101, 'New')];
    await sync();
    const warning = log.all.find(({ severity }) => severity === 'warning');
    expect(warning).toMatchObject({
      message: 'No status of the board “#1” means In Progress or Complete',
      next: 'An admin chooses what the statuses of this board mean.',
    });
    await sync();
    expect(messages()).toEqual([]);
  });

  it('is nothing where there are no statuses', async () => {
    const { psa, reference, sync } = rig();
    psa.tables.boardStatus = [];
    psa.forbidden.add('projectStatus');
    expect(await sync()).toMatchObject({ changed: [] });
    expect(await reference.mappings()).toEqual([]);
  });
});
