/** What is disconnected stays so: nothing crosses either way, and no look at ConnectWise links it anew. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { engineSchedule, startEngineRig } from '../support/engine-rig.ts';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { SimulatorControl } from './inbound-faults.ts';
import { readStored } from './inbound-oracle.ts';
import { migratedDatabase } from './migrated-database.ts';

const minute = 60_000;
const person = 'areyes';
const ann = { id: 'test:T1/ann', name: 'Ann' } as const;

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());

/** Two open projects on one board, which is the only one that is chosen; both linked and in step. */
async function chosenBoard() {
  const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
  const size = { seed: 3, projects: 2, tickets: 4, phases: 2, schedule: 3, time: 4, notes: 2 };
  const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
  const [first, second] = world.stores.projects.rows();
  if (!first || !second) throw new Error('an empty world');
  world.moveProject(person, second.id, first.board.id);
  for (const { id } of [first, second]) world.editProject(person, id, { status: 'Open' });
  const settings = { boards: [first.board.id] };
  const rig = await startEngineRig({ db: fresh.db }, { world, time, settings });
  const stored = () => readStored(fresh.db, rig.tenantId);
  const links = async (externalId: number) =>
    (await stored()).tasks.filter((task) => task.kind === 'project' && task.externalId === externalId);
  /** Everything that the plan of a project holds, without what syncs leave behind on any of it. */
  const planOf = async (projectId: string) =>
    [...(await stored()).plan.values()]
      .flat()
      .filter((row) => row.projectId === projectId || row.id === projectId);
  const lastRun = async (kind: string, externalId?: number) => {
    const found = (await stored()).tasks.find(
      (task) => task.kind === kind && (externalId === undefined || task.externalId === externalId),
    );
    if (!found) throw new Error(`no task ${kind}`);
    return found.document;
  };
  return {
    rig,
    world,
    time,
    board: first.board.id,
    gone: first.id,
    kept: second.id,
    stored,
    links,
    planOf,
    lastRun,
  };
}

it('after Disconnect scouts, comprehensive and misc syncs bring nothing, send nothing and link nothing anew', async () => {
  const { rig, world, time, board, gone, kept, links, planOf, lastRun } = await chosenBoard();
  try {
    await rig.pass(1_000);
    await rig.pass(24 * minute, engineSchedule, 12 * minute);
    const [link] = await links(gone);
    if (!link) throw new Error('it was not linked');
    await rig.stores.tasks.disconnect(link.id, ann);
    const disconnectedAt = time.now();
    const before = await planOf(link.projectId);
    const task = before.find(({ kind }) => kind === 'task');
    if (!task) throw new Error('a plan without tasks');

    // On each side somebody changes something of it, and of the other project, which goes on.
    const [ticket] = world.stores.tickets.rows('project/id', gone);
    const [others] = world.stores.tickets.rows('project/id', kept);
    if (!ticket || !others) throw new Error('a project without tickets');
    world.editProject(person, gone, { name: 'renamed in ConnectWise' });
    world.editTicket(person, ticket.id, { summary: 'changed in ConnectWise' });
    world.addTicket(person, { summary: 'new in ConnectWise', phase: ticket.phase.id });
    world.editTicket(person, others.id, { summary: 'changed beside it' });
    const edit = {
      kind: 'task',
      id: task.id,
      version: task.version,
      change: { fields: { summary: 'changed in the plan' } },
      by: ann,
      at: time.now(),
    } as const;
    const edited = await rig.stores.planner.edit(edit, { kinds: ['delta'], prio: 1 });
    expect(edited.result).toBe('stored');
    const opened = world.addProject(person, {
      name: 'Opened later',
      board,
      company: world.stores.projects.get(gone)?.company.id ?? 0,
      estimatedStart: '2026-03-03T00:00:00Z',
      estimatedEnd: '2026-04-03T00:00:00Z',
    });

    const control = new SimulatorControl(rig.simulator);
    const requestsBefore = (await control.requests()).length;
    await rig.pass(3 * minute);
    await rig.pass(5 * 60 * minute, engineSchedule, 30 * minute);
    // All of it did run, and what may cross did.
    for (const [kind, of] of [['scout'], ['misc'], ['project', kept]] as const) {
      expect((await lastRun(kind, of)).lastSync.at.getTime(), kind).toBeGreaterThan(disconnectedAt.getTime());
    }
    expect((await lastRun('project', kept)).lastComprehensiveAt.getTime()).toBeGreaterThan(
      disconnectedAt.getTime(),
    );
    const [other] = await links(kept);
    const summaries = (await planOf(other?.projectId ?? '')).map(({ fields }) => fields.summary);
    expect(summaries).toContain('changed beside it');
    expect(await links(opened.id)).toHaveLength(1);

    const requests = (await control.requests()).slice(requestsBefore);
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(requests.filter(({ path }) => path.includes(`/projects/${gone}`))).toEqual([]);
    expect(await links(gone)).toMatchObject([{ id: link.id, linkState: 'disconnected' }]);
    const after = await planOf(link.projectId);
    const shown = (rows: typeof before) =>
      new Map(rows.map(({ id, fields, deleted }) => [id, { fields, deleted }] as const));
    const expected = shown(before).set(task.id, {
      fields: { ...task.fields, summary: 'changed in the plan' },
      deleted: undefined,
    });
    expect(shown(after)).toEqual(expected);
    expect(world.stores.tickets.get(ticket.id)?.summary).toBe('changed in ConnectWise');

    // Still the plan of somebody: what was edited can be edited again.
    const now = after.find(({ id }) => id === task.id);
    const again = { ...edit, version: now?.version ?? 0, change: { fields: { summary: 'and again' } } };
    expect(await rig.stores.planner.edit(again, { kinds: ['delta'], prio: 1 })).toMatchObject({
      result: 'stored',
      record: { fields: { summary: 'and again' } },
    });
    expect(await rig.runDue()).toBe(0);
  } finally {
    await rig.stop();
  }
});
