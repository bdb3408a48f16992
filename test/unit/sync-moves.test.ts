import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/domain/failure.ts';
import type { Settings } from '../../src/ports/settings.ts';
import {
  makePsaPhase,
  makePsaScheduleEntry,
  makePsaTicket,
  makePsaTicketNote,
  makePsaTimeEntry,
} from '../support/make-psa-records.ts';
import { nothing, pairedWith, type SyncRig, syncRig } from '../support/sync-rig.ts';

const elsewhere = { id: 1043, name: 'Project 1043' };

/** Two linked projects; the first one's ticket 4711 has an event, a time log and a note. */
async function twoProjects(settings: Partial<Settings> = {}): Promise<SyncRig> {
  const rig = syncRig(settings);
  rig.psa.pageSize = 50;
  rig.link('p2', 1043);
  rig.psa.records.phase = rig.psa.records.phase.map((phase) => ({ ...phase, inProject: 1042 }));
  rig.psa.records.scheduleEntry = [
    makePsaScheduleEntry(),
    makePsaScheduleEntry({ id: 7002, objectId: 4712 }),
  ];
  rig.psa.records.timeEntry = [makePsaTimeEntry()];
  rig.psa.records.ticketNote = [makePsaTicketNote()];
  await rig.sync();
  await rig.sync('comprehensive', { projectId: 'p2' });
  return rig;
}

/** In ConnectWise the ticket goes with its time. */
function moveTicket(rig: SyncRig, project: { id: number; name: string } | null = elsewhere): void {
  rig.change('ticket', 4711, { project, phase: null });
  rig.change('timeEntry', 8001, { projectId: project?.id ?? null });
}
const comprehensives = (rig: SyncRig) =>
  rig.tasks.triggered
    .map(({ taskId, trigger }) => `${taskId} ${trigger.kinds.join()} ${trigger.prio}`)
    .toSorted();
const belongings = [
  ['event', 7001],
  ['timeLog', 8001],
  ['ticketNote', 9501],
] as const;

describe('a ticket that was moved to a linked project', () => {
  const seers = [
    ['the project that it left, reading everything', 'p1', 'comprehensive', ['t:p2 comprehensive 1']],
    ['the project that it came to, reading everything', 'p2', 'comprehensive', ['t:p1 comprehensive 1']],
    [
      'the project that it came to, reading what changed',
      'p2',
      'delta',
      ['t:p1 comprehensive 1', 't:p2 comprehensive 1'],
    ],
    [
      'the project that it left, told that it is gone',
      'p1',
      'delta',
      ['t:p1 comprehensive 1', 't:p2 comprehensive 1'],
    ],
  ] as const;

  test.each(seers)('goes along with what belongs to it, seen by %s', async (_, projectId, mode, asks) => {
    const rig = await twoProjects();
    const before = pairedWith(rig, 'task', 4711);
    moveTicket(rig);
    const suspects = projectId === 'p1' && mode === 'delta' ? [{ kind: 'ticket', id: 4711 } as const] : [];
    await rig.sync(mode, { projectId, suspects });
    expect(comprehensives(rig)).toEqual(asks);
    expect(rig.log.all.filter(({ action }) => action === 'moved')).toMatchObject([{ externalId: 4711 }]);
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({ id: before.id, projectId: 'p2' });
    for (const [kind, id] of belongings) {
      expect(pairedWith(rig, kind, id)).toMatchObject({ projectId: 'p2', parentId: before.id });
      expect(pairedWith(rig, kind, id)).not.toHaveProperty('deleted');
    }
    // Both look at everything once, and then all is quiet.
    await rig.sync('comprehensive', { projectId: 'p1' });
    await rig.sync('comprehensive', { projectId: 'p2' });
    for (const project of ['p1', 'p2']) {
      expect((await rig.sync('comprehensive', { projectId: project })).counts).toEqual(nothing);
    }
    expect(pairedWith(rig, 'task', 4711).fields.phaseId).toBeNull();
    expect(rig.planner.records.filter(({ deleted }) => deleted)).toEqual([]);
  });

  test.each([
    ['the project that it left', 'p1', 301],
    ['the project that it came to', 'p2', 301],
    ['the project that it left', 'p1', null],
    ['the project that it came to', 'p2', null],
  ])(
    'loses the place that the plan gave it in the old one, seen by %s (%s) first: phase %s',
    async (_, first, there) => {
      const rig = await twoProjects({ conflictWinner: 'plan', writeToConnectWise: true });
      rig.psa.records.phase = [...rig.psa.records.phase, { ...makePsaPhase({ id: 301 }), inProject: 1043 }];
      rig.change('ticket', 4711, { phase: null });
      await rig.sync('comprehensive', { projectId: 'p1' });
      await rig.sync('comprehensive', { projectId: 'p2' });
      const { id } = pairedWith(rig, 'task', 4711);
      const planned = pairedWith(rig, 'phase', 202).id;
      rig.planner.editByPerson(id, { phaseId: planned, summary: 'Carry' });
      moveTicket(rig);
      const phase = there === null ? null : { id: there, name: null };
      rig.change('ticket', 4711, { phase, summary: 'Bring' });
      const told = [];
      for (const projectId of [first, 'p2', 'p1', 'p2']) {
        await rig.sync('comprehensive', { projectId });
        told.push(...rig.log.all.flatMap(({ conflicts = [] }) => conflicts));
      }
      const phaseId = there === null ? null : pairedWith(rig, 'phase', there).id;
      // What has nothing to do with its place is the plan's, as chosen.
      const fields = { phaseId, summary: 'Carry' };
      expect(pairedWith(rig, 'task', 4711)).toMatchObject({ id, projectId: 'p2', fields });
      const ticket = rig.psa.records.ticket.find((one) => one.id === 4711);
      expect(ticket).toMatchObject({ phase, summary: 'Carry' });
      expect(told).toEqual([
        { field: 'phaseId', psa: phaseId, plan: planned, took: 'connectwise' },
        { field: 'summary', psa: 'Bring', plan: 'Carry', took: 'plan' },
      ]);
    },
  );

  test('a place in a phase that ConnectWise does not have yet is lost by nobody', async () => {
    const rig = await twoProjects({ conflictWinner: 'plan' });
    const trigger = { kinds: ['delta'], prio: 2 } as const;
    const by = { id: 'slack:T1/U1', name: 'Ann' };
    const made = { kind: 'phase', id: 'x1', projectId: 'p1', fields: { name: 'New' } } as const;
    await rig.planner.create({ ...made, by, at: rig.clock.now() }, trigger);
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { phaseId: 'x1' });
    rig.change('ticket', 4711, { phase: { id: 202, name: 'Do' } });
    await rig.sync('comprehensive');
    expect(pairedWith(rig, 'task', 4711).fields.phaseId).toBe('x1');
  });

  describe('before anybody knew that cwsync had made it', () => {
    /** Made in the first project without an answer, and moved to the second one. */
    async function madeAndMoved(to = elsewhere): Promise<{ readonly rig: SyncRig; readonly made: number }> {
      const rig = await twoProjects({ writeToConnectWise: true });
      const there = makePsaPhase({ id: 301, name: 'There' });
      rig.psa.records.phase = [...rig.psa.records.phase, { ...there, inProject: 1043 }];
      rig.planner.editByPerson(pairedWith(rig, 'task', 4712).id, { summary: 'So that we are known' });
      await rig.sync('delta');
      rig.psa.afterWrite = () => {
        throw new FailureError({ code: 'cw.unavailable' });
      };
      const fields = { summary: 'Carry', phaseId: pairedWith(rig, 'phase', 201).id };
      const by = { id: 'slack:T1/U1', name: 'Ann' };
      const task = { kind: 'task', id: 'x1', projectId: 'p1', fields, by, at: rig.clock.now() } as const;
      await rig.planner.create(task, { kinds: ['delta'], prio: 2 });
      await rig.sync('delta');
      rig.psa.afterWrite = () => {};
      const made = rig.psa.records.ticket.at(-1)?.id ?? 0;
      rig.change('ticket', made, { project: to, phase: { id: 301, name: 'There' } });
      rig.later(1);
      await rig.sync('comprehensive', { projectId: 'p2' });
      expect(rig.planner.of('task')).toHaveLength(4);
      rig.later(10);
      await rig.sync('delta');
      return { rig, made };
    }
    const carries = (rig: SyncRig) => rig.psa.records.ticket.filter(({ summary }) => summary === 'Carry');

    test('its plan record follows it, and is tied to it there', async () => {
      const { rig, made } = await madeAndMoved();
      expect(rig.tasks.triggered).toMatchObject([{ taskId: 't:p2' }]);
      await rig.sync('delta', { projectId: 'p2' });
      const fields = { summary: 'Carry', phaseId: pairedWith(rig, 'phase', 301).id };
      expect(pairedWith(rig, 'task', made)).toMatchObject({ id: 'x1', projectId: 'p2', fields });
      await rig.sync('comprehensive');
      await rig.sync('comprehensive', { projectId: 'p2' });
      expect([carries(rig).length, rig.planner.of('task').length]).toEqual([1, 4]);
    });

    test('what has its pair there is another one', async () => {
      const { rig, made } = await madeAndMoved();
      await rig.sync('delta', { projectId: 'p2' });
      const fields = { summary: 'Carry', phaseId: pairedWith(rig, 'phase', 201).id };
      const by = { id: 'slack:T1/U1', name: 'Ann' };
      const task = { kind: 'task', id: 'x2', projectId: 'p1', fields, by, at: rig.clock.now() } as const;
      await rig.planner.create(task, { kinds: ['delta'], prio: 2 });
      rig.psa.beforeRequest = (what) => {
        if (what === 'create ticket') throw new FailureError({ code: 'cw.unavailable' });
      };
      await rig.sync('delta');
      rig.psa.beforeRequest = () => undefined;
      // It was changed there since, so that it is shown.
      const entered = { by: rig.psa.member, at: rig.psa.date?.toISOString() ?? null };
      rig.change('ticket', made, { entered });
      rig.later(10);
      await rig.sync('delta');
      expect(rig.planner.of('task').find(({ id }) => id === 'x2')).toMatchObject({ projectId: 'p1' });
      expect(carries(rig)).toHaveLength(2);
    });

    test('to one that is not synced: left to a person', async () => {
      const { rig, made } = await madeAndMoved({ id: 1099, name: 'Not linked' });
      const task = rig.planner.of('task').find(({ id }) => id === 'x1');
      expect(task?.rejected?.fields.ticket?.words).toContain(`#${made}`);
      await rig.sync('comprehensive');
      expect([carries(rig).length, rig.planner.of('task').length]).toEqual([1, 4]);
    });
  });

  test('several that moved at once ask for one comprehensive sync', async () => {
    const rig = await twoProjects();
    moveTicket(rig);
    rig.change('ticket', 4712, { project: elsewhere, phase: null });
    const { counts } = await rig.sync();
    expect(counts.updated).toBe(2);
    expect(comprehensives(rig)).toEqual(['t:p2 comprehensive 1']);
  });

  test('one that somebody edits in the very moment follows with the next sync', async () => {
    const rig = await twoProjects();
    rig.change('ticket', 4711, { project: elsewhere, phase: null });
    const move = rig.planner.move.bind(rig.planner);
    rig.planner.move = async (run, record, to) => {
      rig.planner.editByPerson(record.id, { owner: null });
      rig.planner.move = move;
      return await move(run, record, to);
    };
    await rig.sync();
    expect(comprehensives(rig)).toEqual([]);
    expect(rig.log.actions()).not.toContain('moved');
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({ projectId: 'p1' });
    await rig.sync();
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({ projectId: 'p2' });
  });

  test('the target sees it while somebody edits it: read again, and moved', async () => {
    const rig = await twoProjects();
    moveTicket(rig);
    const move = rig.planner.move.bind(rig.planner);
    rig.planner.move = async (run, record, to) => {
      rig.planner.editByPerson(record.id, { owner: null });
      rig.planner.move = move;
      return await move(run, record, to);
    };
    await rig.sync('comprehensive', { projectId: 'p2' });
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({ projectId: 'p2' });
    expect(rig.log.actions()).not.toContain('created');
  });

  test('one that cannot be taken over asks for nothing, and is not made a second time', async () => {
    const rig = await twoProjects();
    moveTicket(rig);
    rig.planner.move = async () => false;
    const asked = rig.sync('comprehensive', { projectId: 'p2' });
    await expect(asked).rejects.toMatchObject({ failure: { code: 'sync.too-slow', entity: 'ticket' } });
    expect(comprehensives(rig)).toEqual([]);
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({ projectId: 'p1' });
  });

  test('an unsettled one is not merged as if it were still here', async () => {
    const rig = await twoProjects();
    const { id, version } = pairedWith(rig, 'task', 4711);
    await rig.planner.beginRun({ projectId: 'p1', lane: 'project', fence: 2 });
    const mark = [{ id, version, mark: { unsettled: { reason: 'x', runs: 1 } } }];
    const page = {
      projectId: 'p1',
      lane: 'project',
      fence: 2,
      kind: 'task',
      create: [],
      update: [],
    } as const;
    expect(await rig.planner.apply({ ...page, mark })).toEqual({ result: 'stored', refused: 0 });
    moveTicket(rig);
    await rig.sync('delta');
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({
      projectId: 'p2',
      fields: { summary: 'Order desks' },
    });
  });
});

describe('a ticket that was moved to a project that is not linked', () => {
  test.each([
    ['unknown here', { id: 5, name: 'Unknown' }],
    ['none at all', null],
    ['disconnected', { id: 1044, name: 'Project 1044' }],
  ])('%s: a tombstone that says so', async (_, project) => {
    const rig = await twoProjects();
    rig.link('p3', 1044, 'disconnected');
    moveTicket(rig, project);
    await rig.sync();
    expect(pairedWith(rig, 'task', 4711).deleted).toMatchObject({
      by: 'cwsync',
      reason: 'moved to a project that is not linked',
    });
    expect(comprehensives(rig)).toEqual([]);
    expect(rig.log.all.find(({ externalId }) => externalId === 4711)?.message).toContain(
      'it is moved to a project that is not linked',
    );
  });

  test.each(belongings)('%s %i goes with it', async (kind, id) => {
    const rig = await twoProjects();
    moveTicket(rig, { id: 5, name: 'Unknown' });
    await rig.sync('comprehensive');
    expect(pairedWith(rig, kind, id).deleted?.reason).toBe('moved to a project that is not linked');
  });

  test('once that project is linked, the ticket is taken over with its history', async () => {
    const rig = await twoProjects();
    moveTicket(rig, { id: 5, name: 'Later' });
    await rig.sync();
    const { id } = pairedWith(rig, 'task', 4711);
    rig.link('p5', 5);
    await rig.sync('comprehensive', { projectId: 'p5' });
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({ id, projectId: 'p5' });
    expect(pairedWith(rig, 'task', 4711)).not.toHaveProperty('deleted');
    expect(pairedWith(rig, 'timeLog', 8001)).not.toHaveProperty('deleted');
    await rig.sync('comprehensive', { projectId: 'p5' });
    expect((await rig.sync('comprehensive', { projectId: 'p5' })).counts).toEqual(nothing);
  });
});

describe('unusually many that were moved to where nothing is linked', () => {
  const away = { id: 5, name: 'Unknown' };
  const ann = { id: 'slack:t/ann', name: 'Ann' };
  const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const frozen = (rig: SyncRig) => rig.planner.of('task').filter((task) => task.frozen).length;
  const buried = (rig: SyncRig) => rig.planner.of('task').filter((task) => task.deleted).length;
  const move = (rig: SyncRig, ...tickets: readonly number[]) => {
    for (const id of tickets) rig.change('ticket', id, { project: away, phase: null });
  };

  async function fourteen(): Promise<SyncRig> {
    const rig = syncRig();
    rig.psa.pageSize = 50;
    rig.psa.records.ticket = ids(1, 14).map((id) => makePsaTicket({ id, phase: null }));
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ objectId: 1 })];
    await rig.sync();
    return rig;
  }
  async function waiting(): Promise<SyncRig> {
    const rig = await fourteen();
    move(rig, ...ids(1, 12));
    await rig.sync();
    return rig;
  }

  test('wait for a person, one question for all, and what stands on them stays', async () => {
    const rig = await fourteen();
    move(rig, ...ids(1, 12));
    const { attention, counts } = await rig.sync();
    expect(attention).toMatchObject({ code: 'plan.mass-deletion', entity: 'ticket' });
    expect(attention?.message).toContain('12 tickets are gone from the project');
    expect(counts).toEqual(nothing);
    expect([frozen(rig), buried(rig)]).toEqual([12, 0]);
    expect(rig.log.all).toMatchObject([{ action: 'frozen', severity: 'error', entity: 'task' }]);
    expect(pairedWith(rig, 'event', 7001)).not.toHaveProperty('deleted');
    await rig.sync();
    expect(rig.log.all).toEqual([]);
  });

  test('are counted together with those that are gone', async () => {
    const rig = await fourteen();
    move(rig, ...ids(1, 6));
    rig.remove('ticket', ...ids(7, 12));
    expect((await rig.sync()).attention?.message).toContain('12 tickets');
    expect([frozen(rig), buried(rig)]).toEqual([12, 0]);
  });

  test('and with those of the last 24 hours', async () => {
    const rig = await fourteen();
    move(rig, ...ids(1, 6));
    await rig.sync();
    expect([frozen(rig), buried(rig)]).toEqual([0, 6]);
    rig.remove('ticket', ...ids(7, 11));
    expect((await rig.sync()).attention?.code).toBe('plan.mass-deletion');
    expect([frozen(rig), buried(rig)]).toEqual([5, 6]);
  });

  test('“apply” looks where each is now: away, back here, or in a project that is linked by now', async () => {
    const rig = await waiting();
    rig.change('ticket', 2, { project: { id: 1042, name: 'Office move' } });
    rig.link('p2', 1043);
    rig.change('ticket', 3, { project: elsewhere });
    await rig.planner.approveFrozen('p1', ann);
    const { counts, attention } = await rig.sync();
    expect(attention).toBeUndefined();
    expect(counts.deleted).toBe(11);
    expect(pairedWith(rig, 'task', 1).deleted).toMatchObject({
      by: 'Ann',
      reason: 'moved to a project that is not linked',
    });
    expect(pairedWith(rig, 'event', 7001).deleted).toBeDefined();
    expect(pairedWith(rig, 'task', 2)).toMatchObject({ projectId: 'p1' });
    expect(pairedWith(rig, 'task', 3)).toMatchObject({ projectId: 'p2' });
    for (const id of [2, 3]) {
      expect(pairedWith(rig, 'task', id)).not.toHaveProperty('frozen');
      expect(pairedWith(rig, 'task', id)).not.toHaveProperty('deleted');
    }
  });

  test('“keep” detaches them', async () => {
    const rig = await waiting();
    expect(await rig.planner.detachFrozen('p1', ann, rig.clock.now())).toBe(12);
    expect(await rig.sync()).not.toHaveProperty('attention');
    expect(buried(rig)).toBe(0);
    expect(rig.planner.of('task').filter(({ externalId }) => externalId === undefined)).toHaveLength(12);
  });
});

describe('a schedule entry', () => {
  test.each(['p1', 'p2'])(
    'that is put on a ticket of another linked project goes there, seen by %s',
    async (projectId) => {
      const rig = await twoProjects();
      rig.psa.records.ticket = [
        ...rig.psa.records.ticket,
        makePsaTicket({ id: 50, project: elsewhere, phase: null }),
      ];
      await rig.sync('comprehensive', { projectId: 'p2' });
      const { id } = pairedWith(rig, 'event', 7001);
      rig.change('scheduleEntry', 7001, { objectId: 50 });
      await rig.sync('comprehensive', { projectId });
      await rig.sync('comprehensive', { projectId: 'p2' });
      expect(pairedWith(rig, 'event', 7001)).toMatchObject({
        id,
        projectId: 'p2',
        parentId: pairedWith(rig, 'task', 50).id,
      });
    },
  );

  test('that is put on a ticket which no plan has yet: ConnectWise says where that is', async () => {
    const rig = await twoProjects();
    // Made after the tickets were read, before the entries are.
    rig.psa.beforeRequest = (what) => {
      if (what !== 'list scheduleEntry') return;
      rig.psa.beforeRequest = () => {};
      rig.psa.records.ticket = [...rig.psa.records.ticket, makePsaTicket({ id: 4790 })];
      rig.change('scheduleEntry', 7001, { objectId: 4790 });
    };
    await rig.sync();
    expect(pairedWith(rig, 'event', 7001)).not.toHaveProperty('deleted');
    await rig.sync();
    expect(pairedWith(rig, 'event', 7001).parentId).toBe(pairedWith(rig, 'task', 4790).id);

    rig.psa.records.ticket = [...rig.psa.records.ticket, makePsaTicket({ id: 60, project: elsewhere })];
    rig.change('scheduleEntry', 7001, { objectId: 60 });
    await rig.sync();
    expect(pairedWith(rig, 'event', 7001)).toMatchObject({ projectId: 'p2' });
  });

  test.each([
    ['nothing', { objectId: null }],
    ['an activity', { objectId: 4712, onTicket: false }],
    ['a ticket of an unlinked project', { objectId: 70 }],
    ['a ticket that is nowhere', { objectId: 71 }],
  ])('that is put on %s is a tombstone', async (_, given) => {
    const rig = await twoProjects();
    rig.psa.records.ticket = [
      ...rig.psa.records.ticket,
      makePsaTicket({ id: 70, project: { id: 9, name: 'Unlinked' } }),
    ];
    rig.change('scheduleEntry', 7001, given);
    await rig.sync();
    expect(pairedWith(rig, 'event', 7001).deleted?.reason).toBe('moved to a project that is not linked');
  });

  test('of a task that was deleted in the plan stays, also where entries are read over the whole integration', async () => {
    const rig = await twoProjects();
    rig.psa.idsPerRequest = 1;
    rig.psa.records.ticket = [
      ...rig.psa.records.ticket,
      makePsaTicket({ id: 4714 }),
      makePsaTicket({ id: 4715 }),
    ];
    await rig.sync();
    const { id, version } = pairedWith(rig, 'task', 4711);
    const by = { id: 'x', name: 'Ann' };
    await rig.planner.edit(
      { kind: 'task', id, version, change: 'delete', by, at: rig.clock.now() },
      { kinds: ['delta'], prio: 1 },
    );
    const { counts, asked } = await rig.sync();
    expect(counts).toEqual(nothing);
    expect(asked).not.toContain('byIds ticket');
    expect(pairedWith(rig, 'event', 7001)).not.toHaveProperty('deleted');
  });
});

describe('a time entry', () => {
  test.each([
    ['a linked project', 1043, undefined, 'p2'],
    ['an unlinked one', 9, 'moved to a project that is not linked', 'p1'],
    ['none', null, 'moved to a project that is not linked', 'p1'],
  ])('that is booked on %s instead', async (_, project, reason, projectId) => {
    const rig = await twoProjects();
    rig.change('timeEntry', 8001, { projectId: project, ticketId: null, phaseId: null });
    await rig.sync();
    const log = pairedWith(rig, 'timeLog', 8001);
    expect(log.deleted?.reason).toBe(reason);
    expect(log.projectId).toBe(projectId);
  });
});

describe('a project that was disconnected', () => {
  test('and is imported again: its records are released and paired anew, phases and all', async () => {
    const rig = syncRig();
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry()];
    rig.psa.records.timeEntry = [makePsaTimeEntry()];
    rig.psa.records.ticketNote = [makePsaTicketNote()];
    rig.psa.records.phase = [makePsaPhase(), makePsaPhase({ id: 202, parent: { id: 201, name: 'Plan' } })];
    await rig.sync();
    const old = rig.planner.records.map(({ id }) => id);
    rig.link('p1', 1042, 'disconnected');
    rig.link('p9', 1042);
    const { counts } = await rig.sync('comprehensive', { projectId: 'p9' });
    expect(counts).toEqual({ ...nothing, created: old.length });
    const anew = rig.planner.records.filter(({ projectId }) => projectId === 'p9');
    expect(anew).toHaveLength(old.length);
    expect(anew.some(({ id }) => old.includes(id))).toBe(false);
    expect(pairedWith(rig, 'task', 4711).fields.phaseId).toBe(pairedWith(rig, 'phase', 201).id);
    expect(pairedWith(rig, 'phase', 202).fields.parentId).toBe(pairedWith(rig, 'phase', 201).id);
    expect(rig.planner.records.filter(({ projectId }) => projectId === 'p1').map(({ id }) => id)).toEqual(
      old,
    );
    expect(rig.log.actions()).not.toContain('moved');
    expect(comprehensives(rig)).toEqual([]);
    expect((await rig.sync('comprehensive', { projectId: 'p9' })).counts).toEqual(nothing);
  });

  test('gives up a single ticket that was moved out of it', async () => {
    const rig = await twoProjects();
    const { id } = pairedWith(rig, 'task', 4711);
    rig.link('p1', 1042, 'disconnected');
    moveTicket(rig);
    await rig.sync('delta', { projectId: 'p2' });
    expect(pairedWith(rig, 'task', 4711).projectId).toBe('p2');
    expect(pairedWith(rig, 'task', 4711).id).not.toBe(id);
    expect(rig.planner.records.find((record) => record.id === id)?.projectId).toBe('p1');
  });

  test.each(['disabled', 'archived'] as const)(
    'not so one that is %s: it stays a project of ours',
    async (state) => {
      const rig = await twoProjects();
      const { id } = pairedWith(rig, 'task', 4711);
      rig.link('p1', 1042, state);
      moveTicket(rig);
      await rig.sync('delta', { projectId: 'p2' });
      expect(pairedWith(rig, 'task', 4711)).toMatchObject({ id, projectId: 'p2' });
    },
  );
});
