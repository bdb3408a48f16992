import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/domain/failure.ts';
import { itself } from '../../src/domain/sync-task.ts';
import type { PlanPage } from '../../src/ports/planner.ts';
import {
  makePsaPhase,
  makePsaProject,
  makePsaProjectNote,
  makePsaScheduleEntry,
  makePsaTicket,
  makePsaTimeEntry,
} from '../support/make-psa-records.ts';
import { nothing, pairedWith, type SyncRig, syncRig } from '../support/sync-rig.ts';

describe('the first import', () => {
  test('makes the project, its phases and its tasks, tied together', async () => {
    const { planner, log, sync } = syncRig();
    const { counts, link } = await sync();
    expect(counts).toEqual({ ...nothing, created: 6 });
    expect(link).toEqual({ projectName: 'Office move', customer: 'Contoso', board: 'Projects', boardId: 7 });
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
      mode: 'comprehensive',
    });
  });

  test('says who changed a record and when, by the clock of ConnectWise', async () => {
    const { psa, planner, clock, sync } = syncRig();
    psa.records.ticket = [
      makePsaTicket({ id: 1 }),
      makePsaTicket({ id: 2, lastUpdated: null, updatedBy: null }),
    ];
    await sync();
    expect(planner.of('task')).toMatchObject([
      { changedAt: new Date('2026-01-05T08:00:00Z'), changedBy: 'mlopez in ConnectWise' },
      { changedAt: clock.now(), changedBy: 'someone in ConnectWise' },
    ]);
  });

  test.each([1, 2])('a phase may name a parent that comes later, %i on a page', async (pageSize) => {
    const { psa, planner, sync } = syncRig();
    psa.pageSize = pageSize;
    psa.records.phase = [
      makePsaPhase({ id: 201, parent: { id: 202, name: 'Do' } }),
      makePsaPhase({ id: 202, name: 'Do' }),
    ];
    await sync();
    const [child, parent] = planner.of('phase');
    expect(child?.fields.parentId).toBe(parent?.id);
    expect((await sync()).counts).toEqual(nothing);
  });

  test('an empty project', async () => {
    const { psa, planner, sync } = syncRig();
    psa.records.phase = [];
    psa.records.ticket = [];
    expect((await sync()).counts).toEqual({ ...nothing, created: 1 });
    expect(planner.records).toHaveLength(1);
  });

  test('names that ConnectWise left out', async () => {
    const { psa, sync } = syncRig();
    psa.projects = [makePsaProject({ name: null, company: null, board: null })];
    expect((await sync()).link).toEqual({
      projectName: 'Office move',
      customer: null,
      board: null,
      boardId: null,
    });
  });
});

describe('the end of the project in ConnectWise', () => {
  test.each([
    ['closed, with its date', { closed: true, actualEnd: '2026-01-03T00:00:00Z' }, '2026-01-03'],
    ['closed, without a date', { closed: true }, null],
    ['a status that means complete', { status: { id: 2, name: 'Done' } }, null],
    ['a status that means cancelled', { status: { id: 3, name: 'Dropped' } }, null],
  ])('%s', async (_, given, day) => {
    const { psa, reference, sync } = syncRig();
    const named = (id: number, name: string, category: 'Complete' | 'Cancelled') =>
      ({ id, name, category, setBy: 'cwsync' }) as const;
    await reference.saveMapping({
      of: 'projects',
      revision: 0,
      statuses: [named(2, 'Done', 'Complete'), named(3, 'Dropped', 'Cancelled')],
      defaults: {},
    });
    expect((await sync()).link).not.toHaveProperty('closed');
    psa.projects = [makePsaProject(given)];
    const at = day === null ? null : new Date(`${day}T00:00:00Z`);
    expect((await sync()).link).toHaveProperty('closed', { at });
  });
});

describe('the next sync', () => {
  test('writes and logs nothing where nothing changed', async () => {
    const { planner, log, sync } = syncRig();
    await sync();
    const before = structuredClone(planner.records);
    expect((await sync()).counts).toEqual(nothing);
    expect(planner.applied).toEqual([]);
    expect(planner.records).toEqual(before);
    expect(log.all).toEqual([]);
  });

  test('writes the one field that changed and leaves edits of the plan alone', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { summary: 'Order oak desks' });
    rig.change('ticket', 4711, { budgetHours: 8 });
    expect((await rig.sync()).counts).toEqual({ ...nothing, updated: 1 });
    expect(pairedWith(rig, 'task', 4711).fields).toMatchObject({
      summary: 'Order oak desks',
      budgetHours: 8,
    });
    expect(rig.log.all.map(({ message }) => message)).toEqual([
      'Task “Order oak desks” updated: budgetHours',
    ]);
    expect((await rig.sync()).counts).toEqual(nothing);
    expect(pairedWith(rig, 'task', 4711).fields.summary).toBe('Order oak desks');
  });

  test('an edit to the same value on both sides is nothing to tell', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { summary: 'Order pine desks' });
    rig.change('ticket', 4711, { summary: 'Order pine desks' });
    expect((await rig.sync()).counts).toEqual(nothing);
    expect(rig.log.all).toEqual([]);
    expect(pairedWith(rig, 'task', 4711).base?.plan.summary).toBe('Order pine desks');
  });

  test('an edit on both sides is logged with both values', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { summary: 'Order oak desks' });
    rig.change('ticket', 4711, { summary: 'Order pine desks' });
    expect((await rig.sync()).counts).toEqual({ ...nothing, updated: 1, conflicts: 1 });
    expect(rig.log.all).toMatchObject([{ action: 'conflict', severity: 'warning' }]);
    expect(rig.log.all[0]?.message).toContain(
      'summary: plan "Order oak desks", ConnectWise "Order pine desks"',
    );
  });

  test('a record without a readable form is skipped, said so, and not taken for gone', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.remove('ticket', 4711);
    rig.psa.skipped.ticket = [
      { id: 4711, reason: 'its status is broken' },
      { id: null, reason: 'it has no id' },
      { id: null, reason: 'it has no id either' },
    ];
    const { counts, asked } = await rig.sync();
    expect(counts).toEqual({ ...nothing, skipped: 3 });
    expect(asked).not.toContain('byIds ticket');
    expect(rig.log.all.map(({ message }) => message)).toEqual([
      'ticket #4711 skipped: its status is broken',
      'ticket without an id skipped: it has no id',
      'ticket without an id skipped: it has no id either',
    ]);
  });
});

describe('phases that move under it', () => {
  test('one that appears after the phases were read is brought in first, once', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.psa.beforeRequest = (what) => {
      if (what !== 'list ticket') return;
      rig.psa.records.phase = [...rig.psa.records.phase, makePsaPhase({ id: 203, name: 'Late' })];
      const late = makePsaTicket({ id: 4720, phase: { id: 203, name: 'Late' } });
      rig.psa.records.ticket = [...rig.psa.records.ticket, late];
      rig.psa.beforeRequest = () => {};
    };
    expect((await rig.sync()).counts).toEqual({ ...nothing, created: 2 });
    expect(pairedWith(rig, 'task', 4720).fields.phaseId).toBe(pairedWith(rig, 'phase', 203).id);
    expect(rig.log.actions()).toEqual(['created', 'created']);
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test('one that is nowhere leaves its ticket without a phase, and is looked for once a run', async () => {
    const { psa, planner, sync } = syncRig();
    psa.pageSize = 1;
    psa.records.ticket = [1, 2, 3].map((id) => makePsaTicket({ id, phase: { id: 999, name: 'Gone' } }));
    const { asked } = await sync();
    expect(planner.of('task').map(({ fields }) => fields.phaseId)).toEqual([null, null, null]);
    expect(asked.filter((what) => what === 'byIds phase')).toHaveLength(1);
    expect((await sync()).counts).toEqual(nothing);
  });

  test('a dangling phase that turns up ties its ticket in', async () => {
    const rig = syncRig();
    rig.psa.records.ticket = [makePsaTicket({ phase: { id: 203, name: 'Late' } })];
    await rig.sync();
    rig.psa.records.phase = [...rig.psa.records.phase, makePsaPhase({ id: 203, name: 'Late' })];
    expect((await rig.sync()).counts).toEqual({ ...nothing, created: 1, updated: 1 });
    expect(pairedWith(rig, 'task', 4711).fields.phaseId).toBe(pairedWith(rig, 'phase', 203).id);
  });
});

/** Somebody edits one task between our read and our write, so many times. */
function meddler(rig: SyncRig, times: number, externalId = 4711) {
  let left = times;
  return ({ kind, mark }: PlanPage): void => {
    if (kind !== 'task' || left === 0 || mark) return;
    left -= 1;
    rig.planner.editByPerson(pairedWith(rig, 'task', externalId).id, {
      owner: { id: 9, name: `Edit ${left}` },
    });
  };
}

describe('writes that are refused', () => {
  test.each([1, 2])('%i times: read again and merged again, both changes kept', async (times) => {
    const rig = syncRig();
    await rig.sync();
    for (const id of [4711, 4712, 4713]) rig.change('ticket', id, { budgetHours: 8 });
    rig.planner.beforeApply = meddler(rig, times);
    expect((await rig.sync()).counts).toEqual({ ...nothing, updated: 3 });
    expect(pairedWith(rig, 'task', 4711).fields).toMatchObject({
      budgetHours: 8,
      owner: { id: 9, name: 'Edit 0' },
    });
    expect(rig.log.actions()).toEqual(['updated', 'updated', 'updated']);
  });

  test('what somebody else brought to the same value meanwhile is not said to be our change', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.change('ticket', 4711, { budgetHours: 8 });
    let meddled = false;
    rig.planner.beforeApply = ({ kind }) => {
      if (kind !== 'task' || meddled) return;
      meddled = true;
      rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { budgetHours: 8 });
    };
    expect((await rig.sync()).counts).toEqual(nothing);
    expect(rig.log.all).toEqual([]);
    expect(pairedWith(rig, 'task', 4711).base?.plan.budgetHours).toBe(8);
  });

  test('three times: marked, the rest goes on, and the next run settles it whatever the watermarks say', async () => {
    const rig = syncRig();
    await rig.sync();
    for (const id of [4711, 4712]) rig.change('ticket', id, { budgetHours: 8 });
    rig.later(10);
    rig.planner.beforeApply = meddler(rig, 3);
    const first = await rig.sync('delta');
    expect(first).toMatchObject({ again: true, counts: { updated: 1 } });
    expect(pairedWith(rig, 'task', 4712).fields.budgetHours).toBe(8);
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({
      unsettled: { runs: 1 },
      fields: { budgetHours: 4 },
    });
    expect(rig.log.all.find(({ externalId }) => externalId === 4711)).toMatchObject({ action: 'unsettled' });

    rig.later(60);
    const second = await rig.sync('delta');
    expect(second.asked).toContain('byIds ticket');
    expect(second).not.toHaveProperty('again');
    expect(second.counts).toEqual({ ...nothing, updated: 1 });
    expect(pairedWith(rig, 'task', 4711).fields.budgetHours).toBe(8);
    expect(pairedWith(rig, 'task', 4711)).not.toHaveProperty('unsettled');
    expect((await rig.sync('delta')).asked).not.toContain('byIds ticket');
  });

  test('one that has nothing left to merge is settled all the same', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.change('ticket', 4711, { budgetHours: 8 });
    rig.planner.beforeApply = meddler(rig, 3);
    await rig.sync('delta');
    rig.change('ticket', 4711, { budgetHours: 4 });
    const settled = await rig.sync('delta');
    expect(settled).not.toHaveProperty('again');
    expect(settled.counts).toEqual(nothing);
    expect(pairedWith(rig, 'task', 4711)).not.toHaveProperty('unsettled');
  });

  test('it is given up after five runs in a row, so that it ends', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.change('ticket', 4711, { budgetHours: 8 });
    rig.later(10);
    rig.planner.beforeApply = meddler(rig, 1_000);
    const runs: (number | undefined)[] = [];
    for (let run = 1; run <= 4; run += 1) {
      expect(await rig.sync('delta')).toMatchObject({ again: true });
      runs.push(pairedWith(rig, 'task', 4711).unsettled?.runs);
      rig.later(60);
    }
    expect(runs).toEqual([1, 2, 3, 4]);
    const last = await rig.sync('delta');
    expect(last).not.toHaveProperty('again');
    expect(pairedWith(rig, 'task', 4711)).not.toHaveProperty('unsettled');
    expect(rig.log.all.at(-1)?.message).toContain('could not be synced 5 times in a row');
  });

  test('one that is gone from ConnectWise meanwhile is looked for instead of being asked for again and again', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.change('ticket', 4711, { budgetHours: 8 });
    rig.planner.beforeApply = meddler(rig, 3);
    await rig.sync('delta');
    rig.remove('ticket', 4711);
    await rig.sync('delta');
    expect(pairedWith(rig, 'task', 4711).deleted?.reason).toBe('gone from ConnectWise');
    expect(await rig.sync('delta')).not.toHaveProperty('again');
  });

  test('an unsettled record of a kind that may not be read neither ends the run nor asks for ever', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.change('ticket', 4711, { budgetHours: 8 });
    rig.planner.beforeApply = meddler(rig, 3);
    await rig.sync('delta');
    rig.psa.forbidden.add('ticket');
    let runs = 1;
    for (let again = true; again; runs += again ? 1 : 0) {
      const run = await rig.sync('delta');
      expect(run.asked).not.toContain('byIds ticket');
      again = run.again === true;
    }
    expect(runs).toBe(4);
  });
});

describe('a later run', () => {
  test('has begun: an older one stops before it reads anything', async () => {
    const rig = syncRig();
    await rig.planner.beginRun({ projectId: 'p1', lane: 'project', fence: 100 });
    await expect(rig.sync()).rejects.toMatchObject({ name: 'RunStopped', reason: 'lease-lost' });
    expect(rig.psa.asked).toEqual([]);
    expect(rig.planner.records).toEqual([]);
  });

  test.each(['list phase', 'list ticket', 'list timeEntry'])(
    'begins before %s: the older one writes no more',
    async (when) => {
      const rig = syncRig();
      rig.psa.records.timeEntry = [makePsaTimeEntry()];
      await rig.sync();
      rig.change('phase', 201, { name: 'Planned' });
      rig.change('ticket', 4711, { budgetHours: 8 });
      rig.psa.records.timeEntry = [makePsaTimeEntry({ hours: 9 })];
      let before: unknown;
      rig.psa.beforeRequest = async (what) => {
        if (what !== when) return;
        before ??= structuredClone(rig.planner.records);
        await rig.planner.beginRun({ projectId: 'p1', lane: 'project', fence: 100 });
      };
      await expect(rig.sync()).rejects.toMatchObject({ reason: 'lease-lost' });
      expect(rig.planner.records).toEqual(before);
    },
  );
});

describe('on the way', () => {
  test('each step is a checkpoint with its numbers', async () => {
    const { checkpoints, sync } = syncRig();
    await sync();
    expect(checkpoints.map(({ phase, doneCount }) => `${phase} ${doneCount}`)).toEqual([
      'project 0',
      'phases 0',
      'tickets 0',
      'tickets 2',
      'tickets 3',
      'schedule entries 0',
      'schedule entries 0',
      'time entries 0',
      'time entries 0',
      'project notes 0',
      'project notes 0',
      'team members 0',
      'team members 0',
      'ticket notes 0',
      'ticket notes 1',
      'ticket notes 2',
    ]);
  });

  test.each([0, 2] as const)('every request carries run, project and whose turn it is: %i', async (prio) => {
    const { psa, sync } = syncRig();
    await sync('comprehensive', { prio });
    expect(psa.calls.length).toBeGreaterThan(4);
    for (const call of psa.calls) {
      expect(call).toMatchObject({ runId: 'run-1', projectId: 'p1', priority: prio });
    }
  });

  test('a project that ConnectWise does not know', async () => {
    const { psa, sync } = syncRig();
    psa.projects = [];
    await expect(sync()).rejects.toMatchObject({ failure: { code: 'cw.project-missing' } });
  });

  test('a fault of ConnectWise ends the run, with what was read so far kept and no watermark moved', async () => {
    const { psa, planner, taskOf, sync } = syncRig();
    psa.beforeRequest = (what) => {
      if (what === 'list ticket') throw new FailureError({ code: 'cw.unavailable' });
    };
    await expect(sync()).rejects.toMatchObject({ failure: { code: 'cw.unavailable' } });
    expect(planner.of('phase')).toHaveLength(2);
    expect(taskOf().watermarks).toEqual({});
    psa.beforeRequest = () => {};
    expect((await sync()).counts).toEqual({ ...nothing, created: 3 });
  });

  test('the reading start is the time of the first answer, stored before anything else is read', async () => {
    const { psa, readStarts, later, sync } = syncRig();
    const stored: number[] = [];
    psa.beforeRequest = () => {
      stored.push(readStarts.length);
      later(1);
    };
    expect((await sync()).readStart).toEqual(new Date('2026-01-05T09:01:00Z'));
    expect(readStarts).toEqual([new Date('2026-01-05T09:01:00Z')]);
    expect(stored.slice(0, 3)).toEqual([0, 1, 1]);
  });
});

describe('how much is asked', () => {
  /** Sixty tickets, each with an entry, a time entry and somebody of the team. */
  function bigProject(): SyncRig {
    const rig = syncRig();
    rig.psa.pageSize = 250;
    const ids = Array.from({ length: 60 }, (_, at) => 5000 + at);
    rig.psa.records.ticket = ids.map((id) => makePsaTicket({ id }));
    rig.psa.records.scheduleEntry = ids.map((id) => makePsaScheduleEntry({ id: id + 1000, objectId: id }));
    rig.psa.records.timeEntry = ids.map((id) => makePsaTimeEntry({ id: id + 2000, ticketId: id }));
    rig.psa.records.projectNote = [makePsaProjectNote()];
    return rig;
  }

  test('a comprehensive sync of 60 tickets takes 7 requests, a delta with nothing new 6', async () => {
    const rig = bigProject();
    await rig.sync();
    expect((await rig.sync()).asked).toEqual([
      'project',
      'list phase',
      'list ticket',
      'list scheduleEntry',
      'list timeEntry',
      'list projectNote',
      'list teamMember',
    ]);
    rig.later(60);
    expect((await rig.sync('delta')).asked).toHaveLength(6);
  });
});

describe('a task that is taken out of its phase', () => {
  async function takenOut() {
    const rig = syncRig();
    await rig.sync();
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { phaseId: null });
    return rig;
  }
  const said = (rig: SyncRig) => rig.log.all.filter(({ action }) => action === 'held');

  test('is said once for the edit, and keeps it', async () => {
    const rig = await takenOut();
    await rig.sync('delta');
    expect(said(rig)).toMatchObject([
      {
        severity: 'warning',
        direction: 'none',
        entity: 'task',
        externalId: 4711,
        next: 'Put the task in a phase.',
      },
    ]);
    expect(said(rig)[0]?.message).toContain('(plan.outside-phase)');
    expect(pairedWith(rig, 'task', 4711).fields.phaseId).toBeNull();
    await rig.sync('delta');
    await rig.sync();
    expect(said(rig)).toEqual([]);
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { summary: 'Edited once more' });
    await rig.sync('delta');
    expect(said(rig)).toHaveLength(1);
  });

  test('its other fields go on', async () => {
    const rig = await takenOut();
    rig.change('ticket', 4711, { budgetHours: 8 });
    await rig.sync('delta');
    expect(pairedWith(rig, 'task', 4711).fields).toMatchObject({ budgetHours: 8, phaseId: null });
  });

  test('a ticket that has no phase in ConnectWise either is in step: nothing to say about an edit of it', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.planner.editByPerson(pairedWith(rig, 'task', 4713).id, { summary: 'Check all' });
    await rig.sync('delta');
    expect(said(rig)).toEqual([]);
  });

  test('one that was made in the plan outside of any phase is said', async () => {
    const rig = syncRig();
    await rig.sync();
    rig.planner.records.push({
      id: 'mine',
      projectId: 'p1',
      kind: 'task',
      version: 1,
      fields: { summary: 'Mine' },
      syncFence: 0,
      changedAt: rig.clock.now(),
      changedBy: itself.name,
    });
    rig.planner.editByPerson('mine', { budgetHours: 1 });
    await rig.sync('delta');
    expect(said(rig)).toMatchObject([{ planId: 'mine' }]);
  });

  test.each(['list phase', 'list ticket', 'list projectNote'])(
    'an edit made while the run reads (%s) is met by the next one, and by that alone',
    async (when) => {
      const rig = syncRig();
      await rig.sync();
      // A later record was edited before the run: its number is below that of the edit meanwhile.
      rig.planner.editByPerson(pairedWith(rig, 'task', 4712).id, { phaseId: null });
      rig.psa.beforeRequest = (what) => {
        if (what !== when) return;
        rig.psa.beforeRequest = () => {};
        rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { phaseId: null });
        rig.planner.editByPerson(pairedWith(rig, 'task', 4713).id, { owner: null });
      };
      expect((await rig.sync('delta')).watermarks.plan).toBe(1);
      expect(said(rig).map(({ externalId }) => externalId)).toEqual([4712]);
      expect((await rig.sync('delta')).watermarks.plan).toBe(3);
      expect(said(rig).map(({ externalId }) => externalId)).toEqual([4711]);
      await rig.sync('delta');
      expect(said(rig)).toEqual([]);
    },
  );

  test('any number of edits is looked through', async () => {
    const rig = syncRig();
    rig.psa.pageSize = 2_000;
    rig.psa.records.ticket = Array.from({ length: 1_100 }, (_, at) => makePsaTicket({ id: 10_000 + at }));
    await rig.sync();
    for (const { id } of rig.planner.of('task')) rig.planner.editByPerson(id, { phaseId: null });
    await rig.sync('delta');
    expect(new Set(said(rig).map(({ planId }) => planId)).size).toBe(1_100);
  });
});
