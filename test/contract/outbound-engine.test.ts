/**
 * Edits of the plan on their way to ConnectWise: the whole engine with a real database against the simulator over
 * HTTP, one kind of record after another. What random histories add stands beside it.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Switches } from '../../demo/connectwise/switches.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { wbsSortKey } from '../../src/domain/inbound-fields.ts';
import { type Fields, isPaired, type PlanKind, type PlanRecord } from '../../src/domain/plan.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { engineSchedule, startEngineRig } from '../support/engine-rig.ts';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { SimulatorControl } from './inbound-faults.ts';
import { migratedDatabase } from './migrated-database.ts';

const minute = 60_000;
const ann = { id: 'slack:T1/ann', name: 'Ann' };
const changed = { kinds: ['delta'], prio: 2 } as const;

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());
let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

/** One linked project, in step, with writing on. */
async function linkedProject(settings: Partial<Settings> = {}, switches: Partial<Switches> = {}) {
  const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
  const size = { seed: 3, projects: 1, tickets: 4, phases: 2, schedule: 3, time: 2, notes: 1 };
  const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
  for (const { id } of world.stores.projects.rows()) world.editProject('areyes', id, { status: 'Open' });
  const on = { writeToConnectWise: true, ...settings };
  const rig = await startEngineRig(
    { db: fresh.db },
    { world, time, timeoutMs: 500, settings: on, simulator: { switches } },
  );
  stop = rig.stop;
  await rig.pass(1_000);
  await rig.pass(24 * minute, engineSchedule, 12 * minute);
  const { planner } = rig.stores;
  const records = async (kind: PlanKind): Promise<readonly PlanRecord[]> =>
    await planner.list(kind, { limit: 99 });
  async function first(kind: PlanKind) {
    const found = (await records(kind)).find(isPaired);
    if (!found) throw new Error(`no ${kind}`);
    return found;
  }
  async function edit(record: PlanRecord, change: { readonly fields: Fields } | 'delete'): Promise<void> {
    const { kind, id, version } = record;
    const edited = await planner.edit({ kind, id, version, change, by: ann, at: time.now() }, changed);
    expect(edited.result).toBe('stored');
  }
  async function make(kind: PlanKind, id: string, fields: Fields, parentId?: string): Promise<void> {
    const { projectId } = await first('project');
    const parent = parentId === undefined ? {} : { parentId };
    await planner.create({ kind, id, projectId, fields, ...parent, by: ann, at: time.now() }, changed);
  }
  async function byId(kind: PlanKind, id: string): Promise<PlanRecord> {
    const [record] = await planner.recordsById(kind, [id]);
    if (!record) throw new Error(`no ${kind} ${id}`);
    return record;
  }
  const control = new SimulatorControl(rig.simulator);
  const settle = () => rig.pass(30 * minute, engineSchedule, 6 * minute);
  async function writes(): Promise<number> {
    const { entries } = await rig.stores.log.requests({ errorsOnly: false, offset: 0, limit: 1_000 });
    return entries.filter(({ method }) => method !== 'GET').length;
  }
  return { rig, world, time, control, planner, records, first, edit, make, byId, settle, writes };
}

it('an edit of every kind arrives, and then it is quiet', async () => {
  const { rig, world, first, edit, settle, writes } = await linkedProject();
  const [project, phase, task, event] = [
    await first('project'),
    await first('phase'),
    await first('task'),
    await first('event'),
  ];
  await edit(project, { fields: { name: 'Moved office', description: 'All of it' } });
  await edit(phase, { fields: { name: 'Renamed', budgetHours: 12 } });
  const due = { start: '2026-03-10T00:00:00Z', due: '2026-03-20T00:00:00Z' };
  await edit(task, { fields: { summary: 'Order 40 desks', dates: due, budgetHours: 3.5 } });
  await edit(event, { fields: { done: true } });
  await settle();
  expect(world.stores.projects.get(project.externalId)).toMatchObject({ name: 'Moved office' });
  expect(world.stores.phases.get(phase.externalId)).toMatchObject({
    description: 'Renamed',
    budgetHours: 12,
  });
  expect(world.stores.tickets.get(task.externalId)).toMatchObject({
    summary: 'Order 40 desks',
    estimatedStartDate: due.start,
    requiredDate: due.due,
    budgetHours: 3.5,
  });
  expect(world.stores.scheduleEntries.get(event.externalId)).toMatchObject({ doneFlag: true });
  const sent = await writes();
  expect(sent).toBe(4);
  await rig.pass(9 * 60 * minute, engineSchedule, 30 * minute);
  expect(await writes()).toBe(sent);
});

it('a phase is moved below another and back to the top, a task gets a predecessor, and then it is quiet', async () => {
  const { rig, world, records, edit, byId, settle, writes } = await linkedProject();
  const tops = (await records('phase')).filter(isPaired).filter(({ fields }) => fields.parentId === null);
  const [around, moved] = tops;
  const [before, task] = (await records('task')).filter(isPaired);
  if (!around || !moved || !before || !task) throw new Error('too small a project');
  const inside = world.stores.tickets.rows().filter(({ phase }) => phase.id === moved.externalId).length;
  await edit(moved, { fields: { parentId: around.id } });
  const predecessor = { kind: 'ticket', id: before.externalId, lagDays: 2 } as const;
  await edit(task, { fields: { predecessor } });
  await settle();
  const phase = () => world.stores.phases.get(moved.externalId);
  expect(phase()?.parentPhase?.id).toBe(around.externalId);
  expect(phase()?.wbsCode).toMatch(
    new RegExp(`^${world.stores.phases.get(around.externalId)?.wbsCode}\\.\\d+$`),
  );
  expect(world.stores.tickets.get(task.externalId)).toMatchObject({
    predecessorId: before.externalId,
    lagDays: 2,
  });
  expect(await writes()).toBe(2);
  await edit(await byId('phase', moved.id), { fields: { parentId: null } });
  await settle();
  expect(phase()).toMatchObject({ parentPhase: null, wbsCode: expect.stringMatching(/^\d+$/) });
  expect(world.stores.tickets.rows().filter(({ phase: { id } }) => id === moved.externalId)).toHaveLength(
    inside,
  );
  await rig.pass(9 * 60 * minute, engineSchedule, 30 * minute);
  expect(await writes()).toBe(3);
  expect(await byId('phase', moved.id)).toMatchObject({ fields: { parentId: null } });
  expect((await byId('phase', moved.id)).rejected).toBeUndefined();
});

it.each(['ignored', 'applied'] as const)(
  'an order of phases and tasks arrives with the fewest moves beside one made in ConnectWise, and then it is quiet; of tickets it is %s',
  async (ticketWbsCode) => {
    // Ids are of all integrations that the database keeps.
    const [o, t] = [`${ticketWbsCode}-o`, `${ticketWbsCode}-t`];
    const on = {};
    const { rig, world, first, make, edit, byId, settle, writes, records } = await linkedProject(on, {
      ticketWbsCode,
    });
    for (const n of [1, 2, 3, 4]) await make('phase', `${o}${n}`, { name: `Step ${n}` });
    for (const n of [1, 2, 3]) await make('task', `${t}${n}`, { summary: `Do ${n}`, phaseId: `${o}1` });
    await settle();
    const inPlan = async (kind: 'phase' | 'task') =>
      (await records(kind))
        .filter(({ id }) => /-[ot]\d$/u.test(id))
        .toSorted((a, b) =>
          wbsSortKey(String(a.fields.wbsCode)) < wbsSortKey(String(b.fields.wbsCode)) ? -1 : 1,
        )
        .map(({ id }) => id);
    const [rows, names] = [
      () => world.stores.phases.rows(),
      (text: string) => text.replace('Step ', o).replace('Do ', t),
    ];
    const inPsa = () =>
      rows()
        .toSorted((a, b) => (wbsSortKey(a.wbsCode) < wbsSortKey(b.wbsCode) ? -1 : 1))
        .map(({ description }) => names(description))
        .filter((id) => /-o\d$/u.test(id));
    const ticketsInPsa = () =>
      world.stores.tickets
        .rows()
        .toSorted((a, b) => (wbsSortKey(a.wbsCode) < wbsSortKey(b.wbsCode) ? -1 : 1))
        .map(({ summary }) => names(summary))
        .filter((id) => /-t\d$/u.test(id));
    expect([inPsa(), await inPlan('phase'), ticketsInPsa().toSorted()]).toEqual([
      [`${o}1`, `${o}2`, `${o}3`, `${o}4`],
      [`${o}1`, `${o}2`, `${o}3`, `${o}4`],
      [`${t}1`, `${t}2`, `${t}3`],
    ]);
    const sent = await writes();
    const tops = (await records('phase')).filter(({ fields }) => fields.parentId === null);
    const from = tops
      .toSorted((a, b) =>
        wbsSortKey(String(a.fields.wbsCode)) < wbsSortKey(String(b.fields.wbsCode)) ? -1 : 1,
      )
      .map(({ id }) => id);
    const to = [`${o}4`, ...from.filter((id) => id !== `${o}4`)];
    await edit(await first('project'), { fields: { order: { from, to } } });
    // Somebody puts the second before the first in ConnectWise meanwhile.
    const [one, two] = ['Step 1', 'Step 2'].map((name) =>
      rows().find(({ description }) => description === name),
    );
    world.editPhase('areyes', two?.id ?? 0, { wbsCode: one?.wbsCode ?? '' });
    const tasks = ticketsInPsa();
    const reversed = tasks.toReversed();
    await edit(await byId('phase', `${o}1`), { fields: { order: { from: tasks, to: reversed } } });
    await settle();
    // Where ConnectWise answers that all is well, and leaves tickets where they are, that is final.
    const { entries } = await rig.stores.log.entries({ errorsOnly: false, offset: 0, limit: 50 });
    const said = entries.find(({ message }) => message.startsWith('the order within Phase'))?.message;
    expect(said).toMatch(
      ticketWbsCode === 'applied' ? /written to ConnectWise \(2 moves\)$/u : /: ConnectWise keeps Task “Do/u,
    );
    expect([inPsa(), await inPlan('phase')]).toEqual([
      [`${o}4`, `${o}2`, `${o}1`, `${o}3`],
      [`${o}4`, `${o}2`, `${o}1`, `${o}3`],
    ]);
    expect([ticketsInPsa(), await inPlan('task')]).toEqual(
      ticketWbsCode === 'applied' ? [reversed, reversed] : [tasks, tasks],
    );
    expect(await writes()).toBe(sent + 1 + 2);
    for (const record of [await first('project'), await byId('phase', `${o}1`)])
      expect([record.fields.order, record.rejected]).toEqual([undefined, undefined]);
    await rig.pass(9 * 60 * minute, engineSchedule, 90 * minute);
    expect(await writes()).toBe(sent + 3);
  },
);

it('an order waits for one that was made without an answer, and puts it in its place', async () => {
  const { world, control, make, edit, byId, settle, writes } = await linkedProject(
    {},
    { ticketWbsCode: 'applied' },
  );
  await make('phase', 'w', { name: 'Ward' });
  for (const n of [1, 2]) {
    await make('task', `w${n}`, { summary: `Bed ${n}`, phaseId: 'w' });
    // Several at once are numbered by whichever arrives first.
    await settle();
  }
  const sent = await writes();
  await control.fault({ kind: 'reset', when: 'after', method: 'POST', times: 1 });
  await make('task', 'w3', { summary: 'Bed 3', phaseId: 'w' });
  const order = { from: ['w1', 'w2', 'w3'], to: ['w3', 'w1', 'w2'] };
  await edit(await byId('phase', 'w'), { fields: { order } });
  await settle();
  const beds = world.stores.tickets
    .rows()
    .filter(({ summary }) => summary.startsWith('Bed '))
    .toSorted((a, b) => (wbsSortKey(a.wbsCode) < wbsSortKey(b.wbsCode) ? -1 : 1));
  expect(beds.map(({ summary }) => summary)).toEqual(['Bed 3', 'Bed 1', 'Bed 2']);
  expect((await byId('phase', 'w')).fields.order).toBeUndefined();
  // The one that was not answered, and one move.
  expect(await writes()).toBe(sent + 2);
});

it('a record of every kind is made, tied and quiet', async () => {
  const { rig, world, first, make, byId, settle, writes } = await linkedProject();
  const member = (await first('event')).fields.slot as {
    readonly member: { readonly id: number; readonly name: string };
  };
  await make('phase', 'n1', { name: 'Van' });
  await make('task', 'n2', { summary: 'Carry', phaseId: 'n1', status: { category: 'In Progress' } });
  const slot = {
    member: member.member,
    start: '2026-03-10T09:00:00Z',
    end: '2026-03-10T11:00:00Z',
    hours: 2,
  };
  await make('event', 'n3', { slot, done: false }, 'n2');
  const span = { start: '2026-03-02T07:00:00Z', end: '2026-03-02T08:00:00Z' };
  await make('timeLog', 'n4', { member: member.member, span, hours: 1, notes: 'Carried' }, 'n2');
  await make('ticketNote', 'n5', { text: 'Mind the stairs', use: 'internal' }, 'n2');
  await make('projectNote', 'n6', { text: 'The lift is broken' });
  await settle();
  const kinds = {
    n1: 'phase',
    n2: 'task',
    n3: 'event',
    n4: 'timeLog',
    n5: 'ticketNote',
    n6: 'projectNote',
  } as const;
  for (const [id, kind] of Object.entries(kinds)) {
    const record = await byId(kind, id);
    expect([id, record.rejected, isPaired(record)]).toEqual([id, undefined, true]);
  }
  const task = await byId('task', 'n2');
  expect(world.stores.tickets.get(task.externalId ?? 0)).toMatchObject({ summary: 'Carry' });
  const sent = await writes();
  expect(sent).toBe(6);
  await rig.pass(9 * 60 * minute, engineSchedule, 30 * minute);
  expect(await writes()).toBe(sent);
});

it('deletions are carried out by their rules and stay so', async () => {
  const { rig, world, records, first, edit, byId, settle, writes } = await linkedProject({
    planDeletionRule: 'delete',
  });
  const withTime = new Set((await records('timeLog')).map(({ parentId }) => parentId));
  const task = (await records('task')).filter(isPaired).find(({ id }) => !withTime.has(id));
  const event = await first('event');
  if (!task) throw new Error('time on every task');
  await edit(event, 'delete');
  await edit(task, 'delete');
  await settle();
  expect(world.stores.scheduleEntries.get(event.externalId)).toBeUndefined();
  expect(world.stores.tickets.get(task.externalId)).toBeUndefined();
  const sent = await writes();
  expect(sent).toBe(2);
  await rig.pass(9 * 60 * minute, engineSchedule, 30 * minute);
  expect(await writes()).toBe(sent);
  const after = await byId('task', task.id);
  expect(after).toMatchObject({
    carried: 'deleted',
    formerExternalId: task.externalId,
    deleted: { by: 'Ann' },
  });
});

it('no request but GET leaves while writing is off', async () => {
  const { first, edit, make, settle, writes, rig } = await linkedProject({ writeToConnectWise: false });
  await edit(await first('task'), { fields: { summary: 'Order 40 desks' } });
  await make('phase', 'n1', { name: 'Van' });
  await edit(await first('event'), 'delete');
  await settle();
  await rig.pass(9 * 60 * minute, engineSchedule, 30 * minute);
  expect(await writes()).toBe(0);
});
