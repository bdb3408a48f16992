/**
 * Edits of the plan on their way to ConnectWise: the whole engine with a real database against the simulator over
 * HTTP, one kind of record after another. What random histories add stands beside it.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { type Fields, isPaired, type PlanKind, type PlanRecord } from '../../src/domain/plan.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { engineSchedule, startEngineRig } from '../support/engine-rig.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { SimulatorControl } from './inbound-faults.ts';
import { migratedDatabase } from './migrated-database.ts';

const minute = 60_000;
const ann = { id: 'slack:T1/ann', name: 'Ann' };
const changed = { kinds: ['delta'], prio: 2 } as const;

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());
let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

/** One linked project, in step, with writing on. */
async function linkedProject(settings: Partial<Settings> = {}) {
  const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
  const size = { seed: 3, projects: 1, tickets: 4, phases: 2, schedule: 3, time: 2, notes: 1 };
  const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
  for (const { id } of world.stores.projects.rows()) world.editProject('areyes', id, { status: 'Open' });
  const on = { writeToConnectWise: true, ...settings };
  const rig = await startEngineRig({ db: fresh.db }, { world, time, timeoutMs: 500, settings: on });
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
