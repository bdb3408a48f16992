import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/domain/failure.ts';
import type { PlanPage } from '../../src/ports/planner.ts';
import { makePsaPhase, makePsaProject, makePsaTicket } from '../support/make-psa-records.ts';
import { syncRig } from '../support/sync-rig.ts';

const nothing = { created: 0, updated: 0, skipped: 0, conflicts: 0 };

describe('the first import', () => {
  test('makes the project, its phases and its tasks, tied together', async () => {
    const { planner, log, sync } = syncRig();
    const { counts, link, unseen } = await sync();
    expect(counts).toEqual({ ...nothing, created: 6 });
    expect(unseen).toBe(0);
    expect(link).toEqual({ projectName: 'Office move', customer: 'Contoso', board: 'Projects' });
    expect(planner.of('project')).toMatchObject([{ id: 'p1', projectId: 'p1', externalId: 1042 }]);
    const phases = new Map(planner.of('phase').map(({ externalId, id }) => [externalId, id]));
    expect([...phases.keys()]).toEqual([201, 202]);
    expect(planner.of('task').map(({ fields }) => [fields.summary, fields.phaseId])).toEqual([
      ['Order desks', phases.get(201)],
      ['Move desks', phases.get(202)],
      ['Check', null],
    ]);
    expect(log.actions()).toEqual(Array(6).fill('created'));
    expect(log.all[3]).toMatchObject({
      message: 'Task “Order desks” created',
      direction: 'from ConnectWise',
      entity: 'task',
      externalId: 4711,
      runId: 'run-1',
    });
  });

  test('says who changed a record and when, by the clock of ConnectWise', async () => {
    const { psa, planner, clock, sync } = syncRig();
    psa.ticketsShown = [
      makePsaTicket({ id: 1 }),
      makePsaTicket({ id: 2, lastUpdated: null, updatedBy: null }),
    ];
    await sync();
    expect(planner.of('task')).toMatchObject([
      { changedAt: new Date('2026-01-05T08:00:00Z'), changedBy: 'mlopez in ConnectWise' },
      { changedAt: clock.now(), changedBy: 'someone in ConnectWise' },
    ]);
  });

  test('a phase may name a parent that comes later in the same page', async () => {
    const { psa, planner, sync } = syncRig();
    psa.phasesShown = [
      makePsaPhase({ id: 201, parent: { id: 202, name: 'Do' } }),
      makePsaPhase({ id: 202, name: 'Do' }),
    ];
    await sync();
    const [child, parent] = planner.of('phase');
    expect(child?.fields.parentId).toBe(parent?.id);
    expect((await sync()).counts).toEqual(nothing);
  });

  test('a parent on a later page is tied in by the next sync', async () => {
    const { psa, planner, sync } = syncRig();
    psa.pageSize = 1;
    psa.phasesShown = [
      makePsaPhase({ id: 201, parent: { id: 202, name: 'Do' } }),
      makePsaPhase({ id: 202, name: 'Do' }),
    ];
    await sync();
    await sync();
    const [child, parent] = planner.of('phase');
    expect(child?.fields.parentId).toBe(parent?.id);
    expect((await sync()).counts).toEqual(nothing);
  });

  test('an empty project', async () => {
    const { psa, planner, sync } = syncRig();
    psa.phasesShown = [];
    psa.ticketsShown = [];
    expect((await sync()).counts).toEqual({ ...nothing, created: 1 });
    expect(planner.records).toHaveLength(1);
  });

  test('names that ConnectWise left out', async () => {
    const { psa, sync } = syncRig();
    psa.projects = [makePsaProject({ name: null, company: null, board: null })];
    expect((await sync()).link).toEqual({ projectName: 'Office move', customer: null, board: null });
  });
});

describe('the next sync', () => {
  test('writes and logs nothing where nothing changed', async () => {
    const { planner, log, sync } = syncRig();
    await sync();
    expect(await sync()).toMatchObject({ counts: nothing, unseen: 0 });
    expect(planner.applied).toEqual([]);
    expect(log.all).toEqual([]);
  });

  test('writes the one field that changed and leaves edits of the plan alone', async () => {
    const { psa, planner, log, sync } = syncRig();
    await sync();
    const task = planner.of('task')[0];
    planner.edit(task?.id ?? '', { summary: 'Order oak desks' });
    psa.ticketsShown = psa.ticketsShown.map((ticket) =>
      ticket.id === 4711 ? { ...ticket, budgetHours: 8 } : ticket,
    );
    expect((await sync()).counts).toEqual({ ...nothing, updated: 1 });
    expect(planner.of('task')[0]?.fields).toMatchObject({ summary: 'Order oak desks', budgetHours: 8 });
    expect(log.all.map(({ message }) => message)).toEqual(['Task “Order oak desks” updated: budgetHours']);
    expect((await sync()).counts).toEqual(nothing);
    expect(planner.of('task')[0]?.fields.summary).toBe('Order oak desks');
  });

  test('an edit to the same value on both sides is nothing to tell', async () => {
    const { psa, planner, log, sync } = syncRig();
    await sync();
    planner.edit(planner.of('task')[0]?.id ?? '', { summary: 'Order pine desks' });
    psa.ticketsShown = [makePsaTicket({ summary: 'Order pine desks' }), ...psa.ticketsShown.slice(1)];
    expect((await sync()).counts).toEqual(nothing);
    expect(log.all).toEqual([]);
    expect(planner.of('task')[0]?.base.plan.summary).toBe('Order pine desks');
  });

  test('a status renamed in ConnectWise is no change of the status: an edit of the plan survives it', async () => {
    const { psa, planner, sync } = syncRig();
    psa.ticketsShown = [makePsaTicket({ status: { id: 3, name: 'New' } })];
    await sync();
    psa.ticketsShown = [makePsaTicket({ status: { id: 3, name: 'Fresh' } })];
    expect((await sync()).counts.conflicts).toBe(0);
    expect(planner.of('task')[0]?.fields.status).toEqual({ id: 3, name: 'Fresh' });
    planner.edit(planner.of('task')[0]?.id ?? '', { status: { id: 4, name: 'Done' } });
    psa.ticketsShown = [makePsaTicket({ status: { id: 3, name: 'Newest' } })];
    expect((await sync()).counts).toEqual(nothing);
    expect(planner.of('task')[0]?.fields.status).toEqual({ id: 4, name: 'Done' });
    psa.ticketsShown = [makePsaTicket({ status: { id: 5, name: 'Closed' } })];
    expect((await sync()).counts.conflicts).toBe(1);
  });

  test('an edit on both sides is logged with both values', async () => {
    const { psa, planner, log, sync } = syncRig();
    await sync();
    planner.edit(planner.of('task')[0]?.id ?? '', { summary: 'Order oak desks' });
    psa.ticketsShown = [makePsaTicket({ summary: 'Order pine desks' }), ...psa.ticketsShown.slice(1)];
    expect((await sync()).counts).toEqual({ ...nothing, updated: 1, conflicts: 1 });
    expect(log.all).toMatchObject([{ action: 'conflict', severity: 'warning' }]);
    expect(log.all[0]?.message).toContain('summary: plan "Order oak desks", ConnectWise "Order pine desks"');
  });

  test('a record without a readable form is skipped, said so, and not taken for gone', async () => {
    const { psa, log, sync } = syncRig();
    await sync();
    psa.ticketsShown = psa.ticketsShown.slice(1);
    psa.skippedTickets = [
      { id: 4711, reason: 'its status is broken' },
      { id: null, reason: 'it has no id' },
      { id: null, reason: 'it has no id either' },
    ];
    expect(await sync()).toMatchObject({ counts: { ...nothing, skipped: 3 }, unseen: 0 });
    expect(log.all.map(({ message }) => message)).toEqual([
      'ticket #4711 skipped: its status is broken',
      'ticket without an id skipped: it has no id',
      'ticket without an id skipped: it has no id either',
    ]);
  });

  test.each([
    ['in the middle', 4712],
    ['at the end', 4713],
    ['at the start', 4711],
  ])('a ticket that is not shown any more, %s, is counted and kept', async (_, gone) => {
    const { psa, planner, sync } = syncRig();
    await sync();
    psa.ticketsShown = psa.ticketsShown.filter(({ id }) => id !== gone);
    expect(await sync()).toMatchObject({ counts: nothing, unseen: 1 });
    expect(planner.of('task')).toHaveLength(3);
  });

  test('everything gone', async () => {
    const { psa, sync } = syncRig();
    await sync();
    psa.ticketsShown = [];
    psa.phasesShown = [];
    expect(await sync()).toMatchObject({ counts: nothing, unseen: 5 });
  });
});

describe('phases that move under it', () => {
  test('one that appears after the phases were read is brought in first, once', async () => {
    const { psa, planner, log, sync } = syncRig();
    await sync();
    psa.beforeRequest = (what) => {
      if (what !== 'ticketCount') return;
      psa.phasesShown = [...psa.phasesShown, makePsaPhase({ id: 203, name: 'Late' })];
      psa.ticketsShown = [...psa.ticketsShown, makePsaTicket({ id: 4720, phase: { id: 203, name: 'Late' } })];
      psa.beforeRequest = () => {};
    };
    expect((await sync()).counts).toEqual({ ...nothing, created: 2 });
    const late = planner.of('phase').find(({ externalId }) => externalId === 203);
    const task = planner.of('task').find(({ externalId }) => externalId === 4720);
    expect(task?.fields.phaseId).toBe(late?.id);
    expect(log.actions()).toEqual(['created', 'created']);
    expect((await sync()).counts).toEqual(nothing);
  });

  test('one that is nowhere leaves its ticket without a phase, and is looked for once a run', async () => {
    const { psa, planner, sync } = syncRig();
    psa.pageSize = 1;
    psa.ticketsShown = [1, 2, 3].map((id) => makePsaTicket({ id, phase: { id: 999, name: 'Gone' } }));
    const asked: string[] = [];
    psa.beforeRequest = (what) => void asked.push(what);
    await sync();
    expect(planner.of('task').map(({ fields }) => fields.phaseId)).toEqual([null, null, null]);
    expect(asked.filter((what) => what === 'phases')).toHaveLength(4);
    expect((await sync()).counts).toEqual(nothing);
  });

  test('a dangling phase that turns up ties its ticket in', async () => {
    const { psa, planner, sync } = syncRig();
    psa.ticketsShown = [makePsaTicket({ phase: { id: 203, name: 'Late' } })];
    await sync();
    psa.phasesShown = [...psa.phasesShown, makePsaPhase({ id: 203, name: 'Late' })];
    expect((await sync()).counts).toEqual({ ...nothing, created: 1, updated: 1 });
    const late = planner.of('phase').find(({ externalId }) => externalId === 203);
    expect(planner.of('task')[0]?.fields.phaseId).toBe(late?.id);
  });
});

describe('writes that are refused', () => {
  /** Somebody edits the first task between our read and our write, so many times. */
  function meddler(rig: ReturnType<typeof syncRig>, times: number) {
    let left = times;
    return ({ kind }: PlanPage): void => {
      if (kind !== 'task' || left === 0) return;
      left -= 1;
      rig.planner.edit(rig.planner.of('task')[0]?.id ?? '', { owner: { id: 9, name: `Edit ${left}` } });
    };
  }

  test.each([1, 2])('%i times: read again and merged again, both changes kept', async (times) => {
    const rig = syncRig();
    await rig.sync();
    rig.psa.ticketsShown = rig.psa.ticketsShown.map((ticket) => ({ ...ticket, budgetHours: 8 }));
    rig.planner.beforeApply = meddler(rig, times);
    expect((await rig.sync()).counts).toEqual({ ...nothing, updated: 3 });
    expect(rig.planner.of('task')[0]?.fields).toMatchObject({
      budgetHours: 8,
      owner: { id: 9, name: 'Edit 0' },
    });
    expect(rig.log.actions()).toEqual(['updated', 'updated', 'updated']);
  });

  test('three times: the run gives up for now and is tried again by itself', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.psa.ticketsShown = rig.psa.ticketsShown.map((ticket) => ({ ...ticket, budgetHours: 8 }));
    rig.planner.beforeApply = meddler(rig, 3);
    const error = await rig.sync().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FailureError);
    expect(error).toMatchObject({ failure: { code: 'sync.too-slow', entity: 'ticket' } });
  });

  test('a later run has written: an older one writes nothing', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.planner.records.forEach((record, at) => {
      rig.planner.records[at] = { ...record, syncFence: 100 };
    });
    const before = structuredClone(rig.planner.records);
    rig.psa.projects = [makePsaProject({ description: 'Other' })];
    await expect(rig.sync()).rejects.toMatchObject({ failure: { code: 'sync.too-slow' } });
    expect(rig.planner.records).toEqual(before);
  });
});

describe('a record that is paired in another project', () => {
  test('a ticket is left there, skipped here, and said so', async () => {
    const { psa, planner, log, sync } = syncRig();
    await sync();
    psa.projects = [makePsaProject(), makePsaProject({ id: 1043, name: 'Other' })];
    psa.phasesShown = [];
    psa.ticketsShown = [makePsaTicket({ id: 4711, phase: null }), makePsaTicket({ id: 5000, phase: null })];
    expect((await sync('p2', 1043)).counts).toEqual({ ...nothing, created: 2, skipped: 1 });
    expect(planner.of('task').filter(({ externalId }) => externalId === 4711)).toMatchObject([
      { projectId: 'p1' },
    ]);
    expect(log.all.filter(({ action }) => action === 'skipped')).toMatchObject([
      { externalId: 4711, message: 'ticket #4711 skipped: it is still in the plan of another project' },
    ]);
  });

  test('a phase that is left there ties no ticket here to a phase that is nowhere', async () => {
    const { psa, planner, sync } = syncRig();
    await sync();
    psa.projects = [makePsaProject(), makePsaProject({ id: 1043, name: 'Other' })];
    psa.ticketsShown = [makePsaTicket({ id: 5000 })];
    await sync('p2', 1043);
    expect(planner.of('task').find(({ externalId }) => externalId === 5000)?.fields.phaseId).toBeNull();
    expect((await sync('p2', 1043)).counts).toMatchObject({ created: 0, updated: 0 });
  });
});

describe('a phase below one that is paired in another project', () => {
  test('has no parent here, and stays so', async () => {
    const { psa, planner, sync } = syncRig();
    psa.phasesShown = [makePsaPhase({ id: 7 })];
    psa.ticketsShown = [];
    await sync();
    psa.projects = [makePsaProject(), makePsaProject({ id: 1043, name: 'Other' })];
    psa.phasesShown = [makePsaPhase({ id: 7 }), makePsaPhase({ id: 8, parent: { id: 7, name: 'Parent' } })];
    await sync('p2', 1043);
    expect(planner.of('phase').find(({ externalId }) => externalId === 8)?.fields.parentId).toBeNull();
    expect((await sync('p2', 1043)).counts).toMatchObject({ created: 0, updated: 0 });
  });
});

describe('on the way', () => {
  test('each step is a checkpoint with its numbers', async () => {
    const { checkpoints, sync } = syncRig();
    await sync();
    expect(
      checkpoints.map(({ phase, doneCount, totalCount }) => `${phase} ${doneCount}/${totalCount}`),
    ).toEqual(['project 0/1', 'phases 0/2', 'phases 2/2', 'tickets 0/3', 'tickets 2/3', 'tickets 3/3']);
  });

  test('every request carries run, project and whose turn it is', async () => {
    const { psa, sync } = syncRig();
    await sync();
    expect(psa.calls.length).toBeGreaterThan(4);
    for (const call of psa.calls) {
      expect(call).toMatchObject({ runId: 'run-1', projectId: 'p1', priority: 0 });
    }
  });

  test('a fault of ConnectWise ends the run as it is, with what was read so far kept', async () => {
    const { psa, planner, sync } = syncRig();
    psa.beforeRequest = (what) => {
      if (what === 'tickets') throw new FailureError({ code: 'cw.permission', entity: 'ticket' });
    };
    await expect(sync()).rejects.toMatchObject({ failure: { code: 'cw.permission' } });
    expect(planner.of('phase')).toHaveLength(2);
    psa.beforeRequest = () => {};
    expect((await sync()).counts).toEqual({ ...nothing, created: 3 });
  });

  test('a project that ConnectWise does not know', async () => {
    const { psa, sync } = syncRig();
    psa.projects = [];
    await expect(sync()).rejects.toMatchObject({ failure: { code: 'cw.project-missing' } });
  });
});
