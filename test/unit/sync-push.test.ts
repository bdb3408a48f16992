import { beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/domain/failure.ts';
import type { Fields, PlanKind } from '../../src/domain/plan.ts';
import { defaultSettings, type Settings } from '../../src/ports/settings.ts';
import {
  makePsaPhase,
  makePsaScheduleEntry,
  makePsaTeamMember,
  makePsaTicket,
  makePsaTimeEntry,
} from '../support/make-psa-records.ts';
import { pairedWith, type SyncRig, syncRig } from '../support/sync-rig.ts';

const on: Partial<Settings> = { ...defaultSettings, writeToConnectWise: true };
const ann = { id: 'slack:T1/ann', name: 'Ann' };
const quietly = { kinds: [], prio: 0 } as const;
const at = new Date('2026-01-06T09:00:00Z');

async function rigWith(settings: Partial<Settings> = {}): Promise<SyncRig> {
  const rig = syncRig({ ...on, ...settings });
  await rig.reference.saveMapping({
    of: 7,
    revision: 0,
    statuses: [
      { id: 2, name: 'New', category: 'Not Started', setBy: 'cwsync' },
      { id: 1, name: 'Working', category: 'In Progress', setBy: 'cwsync' },
      { id: 3, name: 'Closed', category: 'Complete', setBy: 'cwsync' },
      { id: 4, name: 'Cancelled', category: 'Cancelled', setBy: 'cwsync' },
    ],
    defaults: { 'Not Started': 2, 'In Progress': 1, Complete: 3, Cancelled: 4 },
  });
  await rig.sync();
  rig.later(1);
  return rig;
}

function edit({ planner }: SyncRig, externalId: number, fields: Fields, kind: PlanKind = 'task'): void {
  planner.editByPerson(pairedWith({ planner } as SyncRig, kind, externalId).id, fields);
}

async function make(
  { planner }: SyncRig,
  kind: PlanKind,
  id: string,
  fields: Fields,
  parentId?: string,
): Promise<void> {
  const parent = parentId === undefined ? {} : { parentId };
  await planner.create({ kind, id, projectId: 'p1', fields, ...parent, by: ann, at }, quietly);
}

const ticket = ({ psa }: SyncRig, id: number) => psa.records.ticket.find((one) => one.id === id);
const patches = ({ psa }: SyncRig) => psa.written.map(({ what, id, values }) => ({ what, id, values }));

async function set({ deps }: SyncRig, changed: Partial<Settings>): Promise<void> {
  const { revision, changed: _by, ...settings } = await deps.settings.read();
  await deps.settings.save({ ...settings, ...changed }, revision, ann);
}

let rig: SyncRig;
beforeEach(async () => {
  rig = await rigWith();
});

describe('an edit of the plan', () => {
  test('is written with the changed fields only, and is quiet afterwards', async () => {
    edit(rig, 4711, { summary: 'Order 40 desks' });
    const { counts } = await rig.sync('delta');
    expect(patches(rig)).toEqual([{ what: 'patch ticket', id: 4711, values: { summary: 'Order 40 desks' } }]);
    expect(counts.updated).toBe(1);
    const task = pairedWith(rig, 'task', 4711);
    expect(task.base).toMatchObject({
      psa: { summary: 'Order 40 desks' },
      plan: { summary: 'Order 40 desks' },
    });
    expect(task.sent).toBeUndefined();
    expect(rig.log.all.map(({ message, direction }) => [direction, message])).toContainEqual([
      'to ConnectWise',
      'Task “Order 40 desks” written to ConnectWise: summary',
    ]);
    rig.later(1);
    for (const mode of ['delta', 'comprehensive'] as const) await rig.sync(mode);
    expect(rig.psa.written).toHaveLength(1);
  });

  test('stays here while writing is off, and goes out once it is on', async () => {
    rig = await rigWith({ writeToConnectWise: false });
    edit(rig, 4711, { summary: 'Order 40 desks' });
    await rig.sync('delta');
    await rig.sync('comprehensive');
    expect(rig.psa.written).toEqual([]);
    await set(rig, { writeToConnectWise: true });
    await rig.sync('delta');
    expect(rig.psa.written).toEqual([]);
    await rig.sync('comprehensive');
    expect(patches(rig)).toMatchObject([{ id: 4711, values: { summary: 'Order 40 desks' } }]);
  });

  test('of a category is written as the default status of the board', async () => {
    edit(rig, 4711, { status: { id: null, name: null, category: 'Complete' } });
    await rig.sync('delta');
    expect(patches(rig)).toEqual([
      { what: 'patch ticket', id: 4711, values: { status: { id: 3, name: 'Closed' } } },
    ]);
    expect(pairedWith(rig, 'task', 4711).fields.status).toEqual({
      id: 3,
      name: 'Closed',
      category: 'Complete',
    });
  });

  test('into another phase is written by the phase’s own id', async () => {
    edit(rig, 4711, { phaseId: pairedWith(rig, 'phase', 202).id });
    await rig.sync('delta');
    expect(ticket(rig, 4711)?.phase?.id).toBe(202);
  });

  test('that makes a long text longer and is not taken is rejected, not taken for cut', async () => {
    const long = 'Order desks for the second floor and the two rooms beside the lift';
    rig.change('ticket', 4711, { summary: long });
    await rig.sync('delta');
    rig.psa.stored = () => ({});
    edit(rig, 4711, { summary: `${long}, today` });
    await rig.sync('delta');
    const task = pairedWith(rig, 'task', 4711);
    expect(task.fields.summary).toBe(`${long}, today`);
    expect(task.rejected?.fields.summary?.words).toBe('accepted but not changed');
  });

  test.each([
    ['by nobody else: it is rejected, and stays an edit', 'cwsync', 'Order 40 desks'],
    ['by somebody: it is their edit', 'areyes', 'Order desks'],
  ])('that was taken, and the old value is back later %s', async (_, updatedBy, summary) => {
    edit(rig, 4711, { summary: 'Order 40 desks', budgetHours: 9 });
    await rig.sync('delta');
    rig.later(10);
    rig.change('ticket', 4711, { summary: 'Order desks', updatedBy });
    const { attention } = await rig.sync('delta');
    const task = pairedWith(rig, 'task', 4711);
    expect(task.fields).toMatchObject({ summary, budgetHours: 9 });
    const isRejected = updatedBy === 'cwsync';
    expect(task.rejected?.fields.summary?.words).toBe(isRejected ? 'accepted but not changed' : undefined);
    expect(attention?.code).toBe(isRejected ? 'cw.rejected' : undefined);
    expect(task.base?.plan.summary).toBe('Order desks');
    rig.later(10);
    await rig.sync('delta');
    expect(rig.psa.written).toHaveLength(1);
    // It is tried again with everything, and what becomes of that is told like the first time.
    await rig.sync('comprehensive');
    expect(rig.psa.written).toHaveLength(isRejected ? 2 : 1);
    expect(ticket(rig, 4711)?.summary).toBe(summary);
    expect(pairedWith(rig, 'task', 4711).rejected).toBeUndefined();
  });

  test('that ConnectWise trims makes the plan take its form, and says so', async () => {
    edit(rig, 4711, { summary: '  Order desks today ' });
    await rig.sync('delta');
    expect(pairedWith(rig, 'task', 4711).fields.summary).toBe('Order desks today');
    expect(rig.log.all.find(({ action }) => action === 'normalised')?.message).toContain('ConnectWise keeps');
    await rig.sync('comprehensive');
    expect(rig.psa.written).toHaveLength(1);
  });

  test('that ConnectWise rounds makes the plan take its form, also where it is there already and the answer was lost', async () => {
    rig.psa.stored = ({ values }) => ({ ...values, budgetHours: 3.12 });
    rig.psa.afterWrite = () => {
      throw new FailureError({ code: 'cw.unavailable' });
    };
    edit(rig, 4711, { budgetHours: 3.1234 });
    await expect(rig.sync('delta')).rejects.toThrow();
    rig.psa.afterWrite = () => {};
    await rig.sync('delta');
    edit(rig, 4711, { budgetHours: 3.1198 });
    for (const mode of ['delta', 'comprehensive'] as const) await rig.sync(mode);
    const { fields, rejected } = pairedWith(rig, 'task', 4711);
    expect([fields.budgetHours, rejected]).toEqual([3.12, undefined]);
    expect(rig.psa.written).toHaveLength(2);
  });

  test('that ConnectWise says it took and did not is rejected, told once, and asked again by a person', async () => {
    rig.psa.stored = () => ({});
    edit(rig, 4711, { summary: 'Order 40 desks' });
    const { attention } = await rig.sync('delta');
    expect(attention).toMatchObject({ code: 'cw.rejected', field: 'summary' });
    const task = pairedWith(rig, 'task', 4711);
    expect(task.rejected?.fields.summary).toEqual({
      value: 'Order 40 desks',
      words: 'accepted but not changed',
    });
    expect(task.base?.plan.summary).toBe('Order desks');
    expect(rig.log.actions()).toContain('rejected');
    rig.later(10);
    await rig.sync('delta');
    expect(rig.psa.written).toHaveLength(1);
    rig.psa.stored = ({ values }) => values;
    const { attention: after } = await rig.sync('delta', { prio: 2 });
    expect(after).toBeUndefined();
    expect(pairedWith(rig, 'task', 4711).rejected).toBeUndefined();
    expect(ticket(rig, 4711)?.summary).toBe('Order 40 desks');
  });

  test('of which one field is refused: the others go on', async () => {
    rig.psa.refuse = ({ values }) =>
      'required' in values
        ? { code: 'cw.rejected', field: 'required', vendorMessage: 'Required Date must be after Start Date.' }
        : undefined;
    edit(rig, 4711, { summary: 'Order 40 desks', dates: { start: null, due: '2020-01-01T00:00:00Z' } });
    const { attention } = await rig.sync('delta');
    expect(ticket(rig, 4711)).toMatchObject({ summary: 'Order 40 desks' });
    expect(attention?.message).toContain('Required Date must be after Start Date.');
    expect(Object.keys(pairedWith(rig, 'task', 4711).rejected?.fields ?? {})).toEqual(['dates']);
  });

  test('whose answer is lost is recognised as our own', async () => {
    rig.psa.afterWrite = () => {
      throw new FailureError({ code: 'cw.unavailable' });
    };
    edit(rig, 4711, { summary: 'Order 40 desks' });
    await expect(rig.sync('delta')).rejects.toMatchObject({ failure: { code: 'cw.unavailable' } });
    expect(pairedWith(rig, 'task', 4711).sent).toEqual({ summary: 'Order 40 desks' });
    rig.psa.afterWrite = () => {};
    rig.later(1);
    const { counts } = await rig.sync('delta');
    expect(counts.conflicts).toBe(0);
    expect(rig.psa.written).toHaveLength(1);
    expect(pairedWith(rig, 'task', 4711)).toMatchObject({ base: { psa: { summary: 'Order 40 desks' } } });
  });

  test('of a frozen record waits', async () => {
    edit(rig, 4711, { summary: 'Order 40 desks' });
    const task = pairedWith(rig, 'task', 4711);
    rig.planner.records[rig.planner.records.indexOf(task)] = { ...task, frozen: { at } };
    await rig.sync('delta');
    expect(rig.psa.written).toEqual([]);
  });
});

describe('a phase that is moved in the plan', () => {
  const phaseOf = (externalId: number) => pairedWith(rig, 'phase', externalId);
  const put = (externalId: number, parentId: string | null) => edit(rig, externalId, { parentId }, 'phase');

  test('below another gets the next WBS code there, behind what is in it, and is quiet', async () => {
    put(202, phaseOf(201).id);
    await rig.sync('delta');
    const values = { wbsCode: '1.2', parent: { id: 201, name: null } };
    expect(patches(rig)).toEqual([{ what: 'patch phase', id: 202, values }]);
    expect(phaseOf(202)).toMatchObject({
      fields: { parentId: phaseOf(201).id, wbsCode: '1.2' },
      base: { psa: { parentId: 201 }, plan: { parentId: phaseOf(201).id } },
    });
    rig.later(1);
    for (const mode of ['delta', 'comprehensive'] as const) await rig.sync(mode);
    expect(rig.psa.written).toHaveLength(1);
  });

  test('to the top leaves its parent as well', async () => {
    rig.change('phase', 202, { parent: { id: 201, name: 'Plan' }, wbsCode: '1.2' });
    await rig.sync('delta');
    put(202, null);
    await rig.sync('delta');
    expect(patches(rig)).toEqual([{ what: 'patch phase', id: 202, values: { wbsCode: '2', parent: null } }]);
    expect(phaseOf(202)).toMatchObject({ base: { psa: { parentId: null } } });
  });

  test('together with others gets a code of its own, also below one that is made in the same sync', async () => {
    rig.psa.records.phase = [...rig.psa.records.phase, makePsaPhase({ id: 203, wbsCode: '3' })];
    await rig.sync('comprehensive');
    rig.psa.stored = ({ what, values }) => (what === 'create phase' ? { ...values, wbsCode: '4' } : values);
    await make(rig, 'phase', 'x1', { name: 'Van' });
    for (const id of [202, 203]) put(id, 'x1');
    let [open, most] = [0, 0];
    rig.psa.beforeRequest = (what) => {
      if (what === 'patch phase') open += 1;
      most = Math.max(most, open);
    };
    rig.psa.afterWrite = async ({ what }) => {
      await Promise.resolve();
      if (what === 'patch phase') open -= 1;
    };
    await rig.sync('delta');
    expect(most).toBe(1);
    const [, ...moved] = patches(rig);
    expect(moved.map(({ id, values }) => [id, values])).toMatchObject([
      [202, { wbsCode: '4.1' }],
      [203, { wbsCode: '4.2' }],
    ]);
  });

  test('below the one that was within it: that one goes out of it first', async () => {
    rig.change('phase', 202, { parent: { id: 201, name: 'Plan' }, wbsCode: '1.2' });
    await rig.sync('delta');
    put(201, phaseOf(202).id);
    put(202, null);
    await rig.sync('delta');
    expect(patches(rig)).toEqual([
      { what: 'patch phase', id: 202, values: { wbsCode: '2', parent: null } },
      { what: 'patch phase', id: 201, values: { wbsCode: '2.1', parent: { id: 202, name: null } } },
    ]);
  });

  test('into itself is told of and not written', async () => {
    rig.change('phase', 202, { parent: { id: 201, name: 'Plan' }, wbsCode: '1.2' });
    await rig.sync('delta');
    put(201, phaseOf(202).id);
    const { attention } = await rig.sync('delta');
    expect(rig.psa.written).toEqual([]);
    expect(attention).toMatchObject({ code: 'cw.rejected', field: 'parentId' });
    expect(phaseOf(201).rejected?.fields.parentId?.words).toBe('the phase around it lies within it');
  });
});

describe('both sides changed the same field', () => {
  beforeEach(() => {
    edit(rig, 4711, { summary: 'From the plan' });
    rig.change('ticket', 4711, { summary: 'From ConnectWise' });
  });

  test('ConnectWise’s is taken, with both in the log', async () => {
    await rig.sync('delta');
    expect(rig.psa.written).toEqual([]);
    expect(pairedWith(rig, 'task', 4711).fields.summary).toBe('From ConnectWise');
    expect(rig.log.all.find(({ action }) => action === 'conflict')?.conflicts).toEqual([
      { field: 'summary', plan: 'From the plan', psa: 'From ConnectWise', took: 'connectwise' },
    ]);
  });

  test('where the plan wins its value is written, with both in the log before it', async () => {
    await set(rig, { conflictWinner: 'plan' });
    rig.psa.afterWrite = () => {
      expect(rig.log.all.find(({ action }) => action === 'conflict')?.conflicts).toEqual([
        { field: 'summary', plan: 'From the plan', psa: 'From ConnectWise', took: 'plan' },
      ]);
    };
    await rig.sync('delta');
    expect(ticket(rig, 4711)?.summary).toBe('From the plan');
    expect(rig.psa.written).toHaveLength(1);
  });
});

describe('a record that is made in the plan', () => {
  test('is made in ConnectWise, parents first, and tied to it', async () => {
    await make(rig, 'task', 'x2', { summary: 'Carry', phaseId: 'x1', status: { category: 'In Progress' } });
    await make(rig, 'phase', 'x1', { name: 'Van' });
    await make(rig, 'ticketNote', 'x3', { text: 'Mind the stairs', use: 'internal' }, 'x2');
    const { counts } = await rig.sync('delta');
    expect(rig.psa.written.map(({ what }) => what)).toEqual([
      'create phase',
      'create ticket',
      'create ticketNote',
    ]);
    expect(counts.created).toBe(3);
    const [phase, task] = [
      rig.planner.of('phase').find(({ id }) => id === 'x1'),
      rig.planner.of('task').find(({ id }) => id === 'x2'),
    ];
    expect(ticket(rig, task?.externalId ?? 0)).toMatchObject({
      summary: 'Carry',
      phase: { id: phase?.externalId },
      status: { id: 1 },
    });
    expect(task).toMatchObject({ fields: { phaseId: 'x1', status: { category: 'In Progress' } } });
    expect(task?.intent).toBeUndefined();
    rig.later(1);
    await rig.sync('comprehensive');
    expect(rig.psa.written).toHaveLength(3);
    expect(rig.planner.of('task')).toHaveLength(4);
  });

  test('twins are made one after another', async () => {
    const phaseId = pairedWith(rig, 'phase', 201).id;
    for (const id of ['x1', 'x2', 'x3']) await make(rig, 'task', id, { summary: 'Twin', phaseId });
    let open = 0;
    rig.psa.afterWrite = async () => {
      open = Math.max(open, (await rig.planner.openIntents('p1', 'task')).length);
    };
    await rig.sync('delta');
    expect(open).toBe(1);
    expect(new Set(rig.planner.of('task').map(({ externalId }) => externalId)).size).toBe(6);
  });

  test.each([
    ['was made', true],
    ['was not made', false],
  ])('an answer that is lost: %s', async (_, done) => {
    const lost = () => {
      throw new FailureError({ code: 'cw.unavailable' });
    };
    if (done) rig.psa.afterWrite = lost;
    else rig.psa.beforeRequest = (what) => (what === 'create ticket' ? lost() : undefined);
    await make(rig, 'task', 'x1', { summary: 'Carry', phaseId: pairedWith(rig, 'phase', 201).id });
    await make(rig, 'ticketNote', 'x2', { text: 'Mind the stairs' }, 'x1');
    const { again } = await rig.sync('delta');
    expect(again).toBe(true);
    rig.psa.afterWrite = () => {};
    rig.psa.beforeRequest = () => undefined;
    const tooEarly = await rig.sync('delta');
    expect(tooEarly.again).toBe(true);
    expect(rig.planner.of('task')).toHaveLength(4);
    rig.later(10);
    const settled = await rig.sync('delta');
    expect(settled.again).toBeUndefined();
    expect(rig.psa.records.ticket.filter(({ summary }) => summary === 'Carry')).toHaveLength(1);
    expect(rig.planner.of('task').filter(({ externalId }) => externalId !== undefined)).toHaveLength(4);
    // What stands on it need not wait for the next whole reading.
    expect(rig.psa.written.filter(({ what }) => what === 'create ticketNote')).toHaveLength(1);
  });

  describe('changed in ConnectWise before anybody knew that it was made', () => {
    const isNews = ({ id }: { id: number }) => id > 90_000;
    const unpaired = () => rig.planner.of('task').filter(({ externalId }) => externalId === undefined);
    const texts = () => rig.psa.records.ticket.filter(isNews).map(({ summary }) => summary);

    /** So many tasks, of which some are made without an answer. */
    async function unanswered(ids: readonly string[], isMade: (id: string) => boolean): Promise<void> {
      rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, {
        summary: 'So that it is known who we are',
      });
      await rig.sync('delta');
      const lost = () => {
        throw new FailureError({ code: 'cw.unavailable' });
      };
      rig.psa.afterWrite = lost;
      for (const id of ids) {
        rig.psa.beforeRequest = (what) => (what === 'create ticket' && !isMade(id) ? lost() : undefined);
        await make(rig, 'task', id, { summary: id, phaseId: pairedWith(rig, 'phase', 201).id });
        await rig.sync('delta');
      }
      rig.psa.afterWrite = () => {};
      rig.psa.beforeRequest = () => undefined;
    }

    test.each([
      ['renamed', { summary: 'Carry all' }],
      ['moved to another phase', { phase: { id: 202, name: 'Do' } }],
    ])('%s: it is neither imported nor made again, and known by what is left', async (_, change) => {
      await unanswered(['x1'], () => true);
      const made = rig.psa.records.ticket.find(isNews)?.id ?? 0;
      rig.change('ticket', made, change);
      rig.later(1);
      await rig.sync('comprehensive');
      expect(rig.planner.of('task')).toHaveLength(4);
      rig.later(10);
      await rig.sync('delta');
      const { summary, phase } = ticket(rig, made) ?? {};
      const phaseId = pairedWith(rig, 'phase', phase?.id ?? 0).id;
      expect(pairedWith(rig, 'task', made)).toMatchObject({ id: 'x1', fields: { summary, phaseId } });
      expect([texts(), rig.planner.of('task').length]).toEqual([[summary], 4]);
    });

    test('what another member made there meanwhile is none of it: imported, and ours made again', async () => {
      await unanswered(['x1'], () => false);
      const phase = { id: 201, name: 'Prepare' };
      const entered = { by: 'mlopez', at: rig.psa.date?.toISOString() ?? null };
      const theirs = makePsaTicket({ id: 90_500, summary: 'Backup failed', phase, entered });
      rig.psa.records.ticket = [...rig.psa.records.ticket, theirs];
      rig.change('ticket', 90_500, {});
      rig.later(10);
      await rig.sync('delta');
      expect(texts().toSorted()).toEqual(['Backup failed', 'x1']);
      expect([rig.planner.of('task').length, unpaired().length]).toEqual([5, 0]);
    });

    test('which of two it is nobody can tell: left to a person, and taken up when that is undone', async () => {
      await unanswered(['x1', 'x2'], (id) => id === 'x2');
      const made = rig.psa.records.ticket.find(isNews)?.id ?? 0;
      rig.change('ticket', made, { summary: 'Carry all' });
      rig.later(10);
      const { attention } = await rig.sync('comprehensive');
      expect(attention?.message).toContain(`a record that may be this one (#${made})`);
      expect([texts(), rig.planner.of('task').length, unpaired().length]).toEqual([['Carry all'], 5, 2]);
      rig.change('ticket', made, { summary: 'x2' });
      rig.later(10);
      await rig.sync('delta');
      expect(pairedWith(rig, 'task', made).id).toBe('x2');
      expect([texts().toSorted(), unpaired().length]).toEqual([['x1', 'x2'], 0]);
    });

    test('one of several of which the youngest may still come waits for it, and nobody is asked', async () => {
      await unanswered(['x1'], () => false);
      rig.later(1.5);
      await rig.sync('delta');
      await unanswered(['x2'], () => true);
      rig.change('ticket', rig.psa.records.ticket.find(isNews)?.id ?? 0, { summary: 'Carry all' });
      rig.later(1);
      expect((await rig.sync('comprehensive')).again).toBe(true);
      expect(unpaired().map(({ id, rejected }) => [id, rejected])).toEqual([
        ['x1', undefined],
        ['x2', undefined],
      ]);
      rig.later(2);
      await rig.sync('comprehensive');
      expect(unpaired().every(({ rejected }) => rejected)).toBe(true);
    });

    test('time on another task is none of it', async () => {
      rig.psa.records.timeEntry = [];
      const start = '2026-01-05T09:00:00Z';
      const fields = { member: { id: 12, name: 'm' }, span: { start, end: null }, hours: 1 };
      const [one, other] = [pairedWith(rig, 'task', 4711), pairedWith(rig, 'task', 4712)];
      rig.planner.editByPerson(one.id, { summary: 'So that it is known who we are' });
      await rig.sync('delta');
      const lost = () => {
        throw new FailureError({ code: 'cw.unavailable' });
      };
      rig.psa.afterWrite = lost;
      await make(rig, 'timeLog', 'x2', fields, one.id);
      await rig.sync('delta');
      rig.psa.beforeRequest = (what) => (what === 'create timeEntry' ? lost() : undefined);
      await make(rig, 'timeLog', 'x1', fields, other.id);
      await rig.sync('delta');
      rig.psa.afterWrite = () => {};
      rig.psa.beforeRequest = () => undefined;
      const made = rig.psa.records.timeEntry[0]?.id ?? 0;
      rig.change('timeEntry', made, { start: '2026-01-05T10:00:00Z' });
      rig.later(10);
      await rig.sync('delta');
      expect(pairedWith(rig, 'timeLog', made).id).toBe('x2');
      expect(rig.psa.records.timeEntry.map(({ ticketId }) => ticketId)).toEqual([4711, 4712]);
    });
  });

  test('what was edited since an answer was lost stays an edit, and is written', async () => {
    rig.psa.afterWrite = () => {
      throw new FailureError({ code: 'cw.unavailable' });
    };
    await make(rig, 'task', 'x1', { summary: 'Carry', phaseId: pairedWith(rig, 'phase', 201).id });
    await rig.sync('delta');
    rig.psa.afterWrite = () => {};
    const made = rig.psa.records.ticket.find(({ summary }) => summary === 'Carry');
    rig.planner.editByPerson('x1', { summary: 'Carry carefully' });
    rig.later(10);
    await rig.sync('delta');
    expect(rig.planner.of('task').find(({ id }) => id === 'x1')).toMatchObject({
      externalId: made?.id,
      fields: { summary: 'Carry carefully' },
    });
    expect(ticket(rig, made?.id ?? 0)?.summary).toBe('Carry carefully');
  });

  test.each(['connectwise', 'plan'] as const)(
    'edited on both sides since an answer was lost: %s wins, and both values are told',
    async (winner) => {
      await set(rig, { conflictWinner: winner });
      rig.psa.afterWrite = () => {
        throw new FailureError({ code: 'cw.unavailable' });
      };
      const phaseId = pairedWith(rig, 'phase', 201).id;
      await make(rig, 'task', 'x1', { summary: 'Carry', phaseId, budgetHours: 1 });
      await rig.sync('delta');
      rig.psa.afterWrite = () => {};
      const made = rig.psa.records.ticket.find(({ summary }) => summary === 'Carry');
      rig.planner.editByPerson('x1', { summary: 'Carry carefully' });
      rig.change('ticket', made?.id ?? 0, { budgetHours: 3 });
      rig.planner.editByPerson('x1', { budgetHours: 2 });
      rig.later(10);
      await rig.sync('delta');
      const task = rig.planner.of('task').find(({ id }) => id === 'x1');
      const hours = winner === 'plan' ? 2 : 3;
      expect(task).toMatchObject({
        externalId: made?.id,
        fields: { summary: 'Carry carefully', budgetHours: hours },
      });
      expect(ticket(rig, made?.id ?? 0)).toMatchObject({ summary: 'Carry carefully', budgetHours: hours });
      const told = rig.log.all.find(({ action, planId }) => action === 'conflict' && planId === 'x1');
      expect(told?.conflicts).toEqual([{ field: 'budgetHours', plan: 2, psa: 3, took: winner }]);
    },
  );

  test.each([
    ['was made', true],
    ['was not made', false],
  ])('deleted before it is known whether it %s: gone on both sides, and not imported', async (_, done) => {
    const lost = () => {
      throw new FailureError({ code: 'cw.unavailable' });
    };
    if (done) rig.psa.afterWrite = lost;
    else rig.psa.beforeRequest = (what) => (what === 'create ticket' ? lost() : undefined);
    await set(rig, { planDeletionRule: 'delete' });
    await make(rig, 'task', 'x1', { summary: 'Carry', phaseId: pairedWith(rig, 'phase', 201).id });
    await rig.sync('delta');
    rig.psa.afterWrite = () => {};
    rig.psa.beforeRequest = () => undefined;
    const version = rig.planner.of('task').find(({ id }) => id === 'x1')?.version ?? 0;
    await rig.planner.edit({ kind: 'task', id: 'x1', version, change: 'delete', by: ann, at }, quietly);
    expect((await rig.sync('delta')).again).toBe(true);
    rig.later(10);
    expect((await rig.sync('delta')).again).toBeUndefined();
    expect(rig.psa.records.ticket.filter(({ summary }) => summary === 'Carry')).toEqual([]);
    expect(rig.psa.written.map(({ what }) => what)).toEqual(done ? ['create ticket', 'remove ticket'] : []);
    await rig.sync('comprehensive');
    const [task] = rig.planner.of('task').filter(({ fields }) => fields.summary === 'Carry');
    expect(task).toMatchObject({ id: 'x1', deleted: { by: 'Ann' }, ...(done ? { carried: 'deleted' } : {}) });
    expect([rig.planner.of('task').length, task?.intent]).toEqual([4, undefined]);
  });

  test('waits while the task that it stands on is deleted', async () => {
    const task = pairedWith(rig, 'task', 4711);
    const slot = { member: { id: 12, name: 'm' }, start: null, end: null, hours: 1 };
    await make(rig, 'event', 'x1', { slot, done: false }, task.id);
    const { id, version } = task;
    await rig.planner.edit({ kind: 'task', id, version, change: 'delete', by: ann, at }, quietly);
    const { attention } = await rig.sync('comprehensive');
    expect(rig.psa.written.map(({ what }) => what)).not.toContain('create scheduleEntry');
    expect(attention).toBeUndefined();
  });

  test('tells what ConnectWise keeps in another form', async () => {
    await make(rig, 'task', 'x1', { summary: ' Carry ', phaseId: pairedWith(rig, 'phase', 201).id });
    await rig.sync('delta');
    const line = rig.log.all.find(({ action, planId }) => action === 'created' && planId === 'x1');
    expect(line?.message).toContain('summary: " Carry " was sent, ConnectWise keeps "Carry"');
  });

  test('a task that is in no phase waits for one, told once and as that', async () => {
    await make(rig, 'task', 'x1', { summary: 'Carry', phaseId: null });
    const { attention } = await rig.sync('delta');
    expect(attention).toBeUndefined();
    expect(rig.log.actions()).toContain('held');
    await rig.sync('comprehensive');
    expect(rig.psa.written).toEqual([]);
    expect(rig.planner.of('task').find(({ id }) => id === 'x1')?.rejected).toBeUndefined();
    rig.planner.editByPerson('x1', { phaseId: pairedWith(rig, 'phase', 201).id });
    await rig.sync('delta');
    expect(rig.psa.written).toMatchObject([{ what: 'create ticket' }]);
  });

  test('that ConnectWise refuses says why and is not made twice', async () => {
    rig.psa.refuse = () => ({ code: 'cw.rejected', field: 'summary', vendorMessage: 'Too odd.' });
    await make(rig, 'task', 'x1', { summary: 'Carry', phaseId: pairedWith(rig, 'phase', 201).id });
    const { attention } = await rig.sync('delta');
    expect(attention?.message).toContain('Too odd.');
    expect(rig.planner.of('task').find(({ id }) => id === 'x1')?.intent).toBeUndefined();
  });

  test('whoever is planned without being on the team joins it', async () => {
    rig.psa.records.teamMember = [makePsaTeamMember({ id: 301 })];
    await rig.sync('comprehensive');
    const slot = {
      member: { id: 99, name: 'new' },
      start: '2026-02-02T09:00:00Z',
      end: '2026-02-02T10:00:00Z',
      hours: 1,
    };
    await make(rig, 'event', 'x1', { slot, done: false }, pairedWith(rig, 'task', 4711).id);
    await rig.sync('delta');
    expect(rig.psa.written[0]?.values).toMatchObject({ objectId: 4711, joinTeamAs: { id: 1 } });
  });

  test('a time log goes out once, as the nearest work type', async () => {
    await set(rig, { defaultWorkType: 5 });
    const span = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z' };
    await make(
      rig,
      'timeLog',
      'x1',
      { member: { id: 12, name: 'm' }, span, hours: 1 },
      pairedWith(rig, 'task', 4711).id,
    );
    await rig.sync('delta');
    expect(rig.psa.written).toMatchObject([{ what: 'create timeEntry', values: { workType: { id: 5 } } }]);
    await rig.sync('comprehensive');
    expect(rig.psa.written).toHaveLength(1);
  });
});

describe('a record that is deleted in the plan', () => {
  async function bury(kind: PlanKind, externalId: number): Promise<string> {
    const { id, version } = pairedWith(rig, kind, externalId);
    await rig.planner.edit({ kind, id, version, change: 'delete', by: ann, at }, quietly);
    return id;
  }
  const buried = (kind: PlanKind, id: string) => rig.planner.of(kind).find((one) => one.id === id);

  test.each([
    ['cancel', 4, 'cancelled'],
    ['ignore', 2, 'ignored'],
  ] as const)('its ticket by the setting: %s', async (planDeletionRule, status, carried) => {
    await set(rig, { planDeletionRule });
    const id = await bury('task', 4711);
    await rig.sync('delta');
    expect(ticket(rig, 4711)?.status?.id).toBe(status);
    expect(buried('task', id)).toMatchObject({ carried, deleted: {} });
    rig.later(1);
    for (const mode of ['delta', 'comprehensive'] as const) await rig.sync(mode);
    expect(rig.psa.written).toHaveLength(status === 4 ? 1 : 0);
    expect(buried('task', id)?.deleted).toBeDefined();
  });

  test('its ticket is deleted, but for one with time on it, which is cancelled', async () => {
    await set(rig, { planDeletionRule: 'delete' });
    rig.psa.records.timeEntry = [makePsaTimeEntry({ ticketId: 4712 })];
    await rig.sync('comprehensive');
    const [gone, cancelled] = [await bury('task', 4711), await bury('task', 4712)];
    await rig.sync('delta');
    expect(ticket(rig, 4711)).toBeUndefined();
    expect(buried('task', gone)).toMatchObject({ carried: 'deleted', formerExternalId: 4711 });
    expect(ticket(rig, 4712)?.status?.id).toBe(4);
    expect(buried('task', cancelled)?.carried).toBe('cancelled');
  });

  test('what was edited on a task that is deleted, and only cancelled there, is not sent again and again', async () => {
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ id: 77, objectId: 4711 })];
    await rig.sync('comprehensive');
    const slot = {
      member: { id: 9, name: 'Bo' },
      start: '2027-06-09T10:00:00Z',
      end: '2027-06-09T12:00:00Z',
    };
    edit(rig, 77, { slot: { ...slot, hours: 2 } }, 'event');
    await bury('task', 4711);
    for (const mode of ['delta', 'comprehensive', 'comprehensive'] as const) {
      await rig.sync(mode);
      rig.later(1);
    }
    expect(patches(rig)).toMatchObject([{ what: 'patch ticket', id: 4711, values: { status: { id: 4 } } }]);
  });

  test('what stood on a ticket that was deleted along with it goes, too', async () => {
    await set(rig, { planDeletionRule: 'delete' });
    const other = makePsaScheduleEntry({ id: 78, objectId: 4712 });
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ id: 77, objectId: 4711 }), other];
    await rig.sync('comprehensive');
    const { id: event } = pairedWith(rig, 'event', 77);
    await bury('task', 4711);
    await rig.sync('delta');
    rig.psa.records.scheduleEntry = [other];
    await rig.sync('comprehensive');
    expect(buried('event', event)?.deleted).toMatchObject({ by: 'cwsync' });
  });

  test('edited in ConnectWise since it comes back', async () => {
    const id = await bury('task', 4711);
    rig.change('ticket', 4711, { summary: 'Needed after all' });
    await rig.sync('delta');
    expect(rig.psa.written).toEqual([]);
    expect(buried('task', id)).toMatchObject({ fields: { summary: 'Needed after all' } });
    expect(buried('task', id)?.deleted).toBeUndefined();
  });

  test('a cancelling whose answer is lost is no edit of somebody', async () => {
    const id = await bury('task', 4711);
    rig.psa.afterWrite = () => {
      throw new FailureError({ code: 'cw.unavailable' });
    };
    await expect(rig.sync('delta')).rejects.toThrow();
    rig.psa.afterWrite = () => {};
    rig.later(1);
    await rig.sync('delta');
    expect(buried('task', id)).toMatchObject({ carried: 'cancelled', deleted: {} });
    expect(rig.psa.written).toHaveLength(1);
  });

  test('a cancelling that ConnectWise answers with 200 and does not do is none: said once, and tried again', async () => {
    const id = await bury('task', 4711);
    rig.psa.stored = () => ({});
    for (const [mode, said] of [
      ['delta', ['rejected']],
      ['comprehensive', []],
    ] as const) {
      await rig.sync(mode);
      expect(rig.log.actions().filter((action) => action === 'rejected')).toEqual(said);
      expect(buried('task', id)).toMatchObject({ deleted: {} });
      expect(buried('task', id)?.carried).toBeUndefined();
      rig.later(1);
    }
    rig.psa.stored = ({ values }) => values;
    await rig.sync('comprehensive');
    expect(ticket(rig, 4711)?.status?.id).toBe(4);
    expect(buried('task', id)?.carried).toBe('cancelled');
  });

  test('that it comes back is told, also where our own cancelling is seen with it', async () => {
    const id = await bury('task', 4711);
    rig.psa.afterWrite = () => {
      throw new FailureError({ code: 'cw.unavailable' });
    };
    await expect(rig.sync('delta')).rejects.toThrow();
    rig.psa.afterWrite = () => {};
    rig.change('ticket', 4711, { summary: 'Needed after all' });
    rig.later(1);
    await rig.sync('delta');
    expect(buried('task', id)?.deleted).toBeUndefined();
    const told = rig.log.all.find(({ action, planId }) => action === 'restored' && planId === id);
    expect(told?.message).toContain('edited in ConnectWise since');
  });

  test('a schedule entry is deleted; a phase only where nothing is in it', async () => {
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ id: 801, objectId: 4711 })];
    rig.psa.records.ticket = rig.psa.records.ticket.map((one) =>
      one.id === 4712 ? makePsaTicket({ id: 4712 }) : one,
    );
    await rig.sync('comprehensive');
    await bury('event', 801);
    const [full, empty] = [await bury('phase', 201), await bury('phase', 202)];
    await rig.sync('delta');
    expect(rig.psa.records.scheduleEntry).toEqual([]);
    expect(rig.psa.records.phase.map(({ id }) => id)).toEqual([201]);
    expect(buried('phase', full)?.carried).toBe('ignored');
    expect(buried('phase', empty)?.carried).toBe('deleted');
  });
});

test('a right that is missing for writing stops that kind alone', async () => {
  rig.psa.readOnly.add('ticket');
  edit(rig, 4711, { summary: 'Order 40 desks' });
  edit(rig, 201, { name: 'Renamed' }, 'phase');
  const { attention, writesRefused } = await rig.sync('delta');
  expect(attention?.code).toBe('cw.permission');
  expect(writesRefused).toHaveLength(1);
  expect(rig.psa.records.phase.find(({ id }) => id === 201)?.name).toBe('Renamed');
  rig.psa.readOnly.clear();
  await rig.sync('comprehensive');
  expect(ticket(rig, 4711)?.summary).toBe('Order 40 desks');
});
