/**
 * What ConnectWise, its network and the host's clock can do to a sync, each once: what is said, what the task looks
 * like, whether it heals by itself, and that everything else goes on.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import { engineSchedule, startEngineRig } from '../support/engine-rig.ts';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { SimulatorControl } from './inbound-faults.ts';
import { differences, readStored, type Stored } from './inbound-oracle.ts';
import { migratedDatabase } from './migrated-database.ts';

const minute = 60_000;
const person = 'areyes';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());

type Bench = Awaited<ReturnType<typeof twoProjects>>;
let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

/** Two linked projects, in step, past their cool-down. */
async function twoProjects() {
  const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
  const size = { seed: 3, projects: 2, tickets: 4, phases: 2, schedule: 3, time: 4, notes: 2 };
  const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
  for (const { id } of world.stores.projects.rows()) world.editProject(person, id, { status: 'Open' });
  const rig = await startEngineRig({ db: fresh.db }, { world, time, timeoutMs: 500 });
  const control = new SimulatorControl(rig.simulator);
  await rig.pass(1_000);
  await rig.pass(24 * minute, engineSchedule, 12 * minute);
  const [first, second] = world.stores.projects.ids();
  const [ticket] = world.stores.tickets.rows('project/id', first ?? 0);
  const [otherTicket] = world.stores.tickets.rows('project/id', second ?? 0);
  if (!first || !second || !ticket || !otherTicket) throw new Error('an empty world');
  const stored = () => readStored(fresh.db, rig.tenantId);
  async function task(externalId: number): Promise<SyncTask> {
    const linked = (await rig.stores.tasks.linked([externalId])).get(externalId);
    const found = await rig.stores.tasks.get(linked?.taskId ?? '');
    if (!found) throw new Error(`no task of ${externalId}`);
    return found.task;
  }
  async function syncNow(
    externalId: number,
    kind: 'delta' | 'comprehensive' = 'comprehensive',
  ): Promise<SyncTask> {
    const { id } = await task(externalId);
    await rig.stores.tasks.trigger(id, { kinds: [kind], prio: 2, forceNow: true });
    await rig.runDue();
    return await task(externalId);
  }
  async function differ(externalId: number): Promise<readonly string[]> {
    const all = await stored();
    const row = all.tasks.find((one) => one.externalId === externalId && one.kind === 'project');
    return row ? differences(world, all, row).map(({ kind, what }) => `${kind} ${what}`) : ['no task'];
  }
  stop = rig.stop;
  return { rig, world, control, time, first, second, ticket, otherTicket, stored, task, syncNow, differ };
}

const lines = (stored: Stored, action: string): readonly string[] =>
  stored.log.filter((line) => line.action === action).map(({ message }) => message);

/** What the gate and the back-off ask for passes; probes are made as a worker makes them. */
async function heal({ rig }: Bench): Promise<void> {
  for (let passed = 0; passed < 40; passed += 5) {
    await rig.pass(5 * minute, engineSchedule, 5 * minute);
    await rig.probe();
  }
}

type Passing = {
  readonly fault: string;
  readonly spec: object;
  /** What the task shows after the run that met it; nothing where it was ridden out. */
  readonly failure?: string;
};

const passing: readonly Passing[] = [
  { fault: '429 as JSON', spec: { kind: 'status', status: 429, retryAfter: 2, times: 2 } },
  { fault: '429 as a page', spec: { kind: 'html', status: 429, times: 2 } },
  {
    fault: '429 for longer than a run waits',
    spec: { kind: 'status', status: 429, retryAfter: 300, times: 1 },
    failure: 'cw.rate-limited',
  },
  { fault: 'a 500 that says time-out, once', spec: { kind: 'status', status: 500, times: 1 } },
  {
    fault: 'a 500 that says time-out, again and again',
    spec: { kind: 'status', status: 500, times: 9 },
    failure: 'cw.unavailable',
  },
  { fault: 'a reset, once', spec: { kind: 'reset', times: 1 } },
  {
    fault: 'a reset in the middle of an answer, again and again',
    spec: { kind: 'reset', half: true, times: 9 },
    failure: 'cw.unavailable',
  },
  { fault: 'broken JSON', spec: { kind: 'broken-json', times: 9 }, failure: 'cw.unexpected-response' },
  { fault: 'a page of words', spec: { kind: 'html', status: 503, times: 9 }, failure: 'cw.unavailable' },
  { fault: 'a slow page, once', spec: { kind: 'slow', delayMs: 800, times: 1 } },
  {
    fault: 'a page that never ends',
    spec: { kind: 'endless-page', times: 1_000 },
    failure: 'cw.unexpected-response',
  },
];

describe('what passes by itself', () => {
  it.each(passing)('$fault', async ({ spec, failure }) => {
    const bench = await twoProjects();
    const { world, control, first, second, ticket, otherTicket } = bench;
    world.editTicket(person, ticket.id, { summary: 'edited during the trouble' });
    world.editTicket(person, otherTicket.id, { summary: 'edited meanwhile' });
    // Of the first project's phases: everything else answers.
    await control.fault({ ...spec, path: `/project/projects/${first}/phases` });
    const met = await bench.syncNow(first);
    expect(met.failure?.code).toBe(failure);
    if (failure) {
      expect(met.state).toBe('requested');
      expect(met.done).toBeLessThan(met.want);
      expect(met.needsAttention).toBeUndefined();
      expect(lines(await bench.stored(), 'failed').join()).toContain(failure);
    } else {
      expect(met).toMatchObject({ state: 'idle', done: met.want });
      expect(await bench.differ(first)).toEqual([]);
    }
    await bench.syncNow(second);
    expect(await bench.differ(second)).toEqual([]);
    await control.endFaults();
    await heal(bench);
    const after = await bench.task(first);
    expect(after).toMatchObject({ state: 'idle', attempts: 0, done: after.want });
    expect(after.failure).toBeUndefined();
    expect(await bench.differ(first)).toEqual([]);
    expect(lines(await bench.stored(), 'deleted')).toEqual([]);
  });
});

describe('keys that are refused', () => {
  it('open the circuit of the whole integration, are told once, and wait for an admin', async () => {
    const bench = await twoProjects();
    const { rig, control, world, first, second, ticket } = bench;
    await control.fault({ kind: 'status', status: 401 });
    const before = await bench.task(second);
    const met = await bench.syncNow(first);
    expect(met).toMatchObject({ state: 'requested', attempts: 0 });
    expect((await rig.stores.gate.read()).circuit?.failure.code).toBe('cw.auth');
    world.editTicket(person, ticket.id, { summary: 'edited while shut out' });
    await heal(bench);
    expect(await bench.task(second)).toMatchObject({ fence: before.fence });
    const told = lines(await bench.stored(), 'failed');
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('cw.auth');
    await control.endFaults();
    await heal(bench);
    expect((await rig.stores.gate.read()).circuit).toBeDefined();
    await rig.stores.gate.probeNow();
    await heal(bench);
    expect((await rig.stores.gate.read()).circuit).toBeUndefined();
    expect(await bench.differ(first)).toEqual([]);
  });
});

describe('a right that is missing', () => {
  it.each([
    ['phases', 'phase'],
    ['tickets', 'ticket'],
    ['scheduleEntries', 'scheduleEntry'],
    ['timeEntries', 'timeEntry'],
    ['projectNotes', 'projectNote'],
    ['teamMembers', 'teamMember'],
  ])('to see %s leaves them as they are, and the rest goes on', async (entity, kind) => {
    const bench = await twoProjects();
    const { control, world, first } = bench;
    await control.right(entity, false);
    world.editProject(person, first, { name: 'renamed meanwhile' });
    const met = await bench.syncNow(first);
    expect(met).toMatchObject({ state: 'idle', done: met.want });
    expect(met.needsAttention?.failure).toMatchObject({ code: 'cw.permission', entity: kind });
    expect((await bench.differ(first)).filter((one) => one.startsWith('project'))).toEqual([]);
    expect(lines(await bench.stored(), 'deleted')).toEqual([]);
    await control.right(entity, true);
    const after = await bench.syncNow(first);
    expect(after.needsAttention).toBeUndefined();
    expect(await bench.differ(first)).toEqual([]);
  });

  it.each([1, 3, 5, 7, 9, 11])('from the %i. request of a sync on deletes nothing', async (after) => {
    const bench = await twoProjects();
    const { control, first } = bench;
    await control.fault({ kind: 'revoke', entity: 'tickets', after });
    await bench.syncNow(first);
    expect(lines(await bench.stored(), 'deleted')).toEqual([]);
    await control.right('tickets', true);
    await bench.syncNow(first);
    expect(await bench.differ(first)).toEqual([]);
  });

  it.each([
    ['tickets', 'cw.permission'],
    ['scheduleEntries', 'cw.permission'],
    ['timeEntries', 'cw.permission'],
    ['phases', 'cw.permission'],
    ['projectNotes', 'plan.mass-deletion'],
    ['teamMembers', 'plan.mass-deletion'],
  ])('so that %s are hidden deletes nothing: %s', async (entity, code) => {
    const bench = await twoProjects();
    const { control, world, first } = bench;
    for (const text of ['one', 'two']) world.addProjectNote(person, { project: first, text });
    await bench.syncNow(first);
    await control.switches({ missingRight: 'hidden' });
    await control.right(entity, false);
    const met = await bench.syncNow(first);
    expect(met.needsAttention?.failure.code).toBe(code);
    expect(lines(await bench.stored(), 'deleted')).toEqual([]);
    await control.right(entity, true);
    await bench.syncNow(first);
    expect(await bench.differ(first)).toEqual([]);
  });
});

describe('a project that is gone', () => {
  it('needs attention, keeps its plan, and leaves the other alone', async () => {
    const bench = await twoProjects();
    const { world, first, second } = bench;
    const rows = (stored: Stored) => (stored.plan.get('task') ?? []).filter(({ deleted }) => !deleted).length;
    const before = rows(await bench.stored());
    world.deleteProject(person, first);
    const met = await bench.syncNow(first);
    expect(met).toMatchObject({ state: 'idle', done: met.want });
    expect(met.needsAttention?.failure.code).toBe('cw.project-missing');
    expect(rows(await bench.stored())).toBe(before);
    expect(lines(await bench.stored(), 'failed').join()).toContain('cw.project-missing');
    expect(await bench.syncNow(second)).toMatchObject({ state: 'idle' });
    expect(await bench.differ(second)).toEqual([]);
  });
});

describe('records that are not as they should be', () => {
  const bent: readonly (readonly [string, object])[] = [
    ['nulls instead of nothing', { nullFields: 'explicit' }],
    ['fields that nobody knows', { unknownFields: true }],
    ['NUL characters in every text', { nulCharacters: true }],
  ];
  it.each(bent)('%s: the plan stays as it is, and nothing is skipped', async (_, switches) => {
    const bench = await twoProjects();
    await bench.control.switches(switches);
    const met = await bench.syncNow(bench.first);
    expect(met).toMatchObject({ state: 'idle', done: met.want });
    expect(met.lastSync?.counts).toMatchObject({ created: 0, updated: 0, deleted: 0, skipped: 0 });
    expect(await bench.differ(bench.first)).toEqual([]);
  });

  const losing: readonly (readonly [string, object])[] = [
    [
      'references that lead nowhere',
      { danglingReferences: ['members', 'boards', 'boardStatuses', 'companies', 'workTypes'] },
    ],
    ['fields that are missing', { missingFields: ['summary', 'status', 'member', 'notes', 'owner'] }],
    ['records without a stamp', { missingFields: ['_info'] }],
  ];
  it.each(losing)('%s: synced as they are shown, and right again afterwards', async (_, switches) => {
    const bench = await twoProjects();
    await bench.control.switches(switches);
    const met = await bench.syncNow(bench.first);
    expect(met).toMatchObject({ state: 'idle', done: met.want });
    expect(met.failure).toBeUndefined();
    expect(lines(await bench.stored(), 'deleted')).toEqual([]);
    await bench.control.switches({ danglingReferences: [], missingFields: [] });
    await bench.syncNow(bench.first);
    expect(await bench.differ(bench.first)).toEqual([]);
  });
});

describe('what people move in ConnectWise', () => {
  it('a project to another board: the same project, its statuses by the other board', async () => {
    const bench = await twoProjects();
    const { world, first } = bench;
    const from = world.stores.projects.get(first)?.board.id ?? 0;
    world.moveProject(person, first, from === 2 ? 1 : 2);
    const met = await bench.syncNow(first);
    expect(met).toMatchObject({ state: 'idle' });
    expect(met.link.board).toBe(world.stores.projects.get(first)?.board.name);
    expect(await bench.differ(first)).toEqual([]);
  });

  it('a ticket to another project: the same record, there; both are in step', async () => {
    const bench = await twoProjects();
    const { world, first, second, ticket } = bench;
    const before = (await bench.stored()).plan
      .get('task')
      ?.find(({ externalId }) => externalId === ticket.id);
    const [phase] = world.stores.phases.rows('projectid', second);
    world.moveTicket(person, ticket.id, phase?.id ?? 0);
    await heal(bench);
    const after = (await bench.stored()).plan.get('task')?.find(({ externalId }) => externalId === ticket.id);
    expect(after?.id).toBe(before?.id);
    expect(after?.projectId).not.toBe(before?.projectId);
    expect([await bench.differ(first), await bench.differ(second)]).toEqual([[], []]);
    expect(lines(await bench.stored(), 'moved')).toHaveLength(1);
  });

  it('a ticket to another phase', async () => {
    const bench = await twoProjects();
    const { world, first, ticket } = bench;
    const other = world.stores.phases.rows('projectid', first).find(({ id }) => id !== ticket.phase.id);
    world.moveTicket(person, ticket.id, other?.id ?? 0);
    await bench.syncNow(first);
    expect(await bench.differ(first)).toEqual([]);
  });
});

describe('a clock of the host that steps', () => {
  it.each([-60, -10, 10, 60])('by %i minutes is of no matter', async (minutes) => {
    const bench = await twoProjects();
    const { rig, time, world, first, ticket } = bench;
    time.hostIsOffMs = minutes * minute;
    world.editTicket(person, ticket.id, { summary: 'before the scout' });
    // The cool-down of a comprehensive sync that the clock may just have asked for, and the scout's two minutes.
    await rig.pass(12 * minute, engineSchedule, minute);
    expect(await bench.differ(first)).toEqual([]);
    time.hostIsOffMs = 0;
    world.editTicket(person, ticket.id, { summary: 'after the clock was set' });
    await rig.pass(12 * minute, engineSchedule, minute);
    expect(await bench.differ(first)).toEqual([]);
    const { psa = {} } = (await bench.task(first)).watermarks;
    for (const at of Object.values(psa)) expect(at.getTime()).toBeLessThanOrEqual(time.now().getTime());
  });
});
