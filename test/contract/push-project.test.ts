/**
 * A plan project that is linked to nothing becomes a ConnectWise project: the whole engine with a real database against
 * the simulator over HTTP, with what may go wrong in between.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { pushProject } from '../../src/app/sync/push-project.ts';
import { FailureError } from '../../src/domain/failure.ts';
import type { Fields, PlanKind } from '../../src/domain/plan.ts';
import { engineSchedule, type Ports, startEngineRig } from '../support/engine-rig.ts';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { migratedDatabase } from './migrated-database.ts';

const minute = 60_000;
const ann = { id: 'slack:T1/ann', name: 'Ann' };

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());
let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

/** A ConnectWise with one linked project, and a plan project of two phases and two tasks beside it. */
async function withPlanProject() {
  const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
  const size = { seed: 3, projects: 1, tickets: 4, phases: 2, schedule: 0, time: 0, notes: 0 };
  const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
  for (const { id } of world.stores.projects.rows()) world.editProject('areyes', id, { status: 'Open' });
  const settings = { writeToConnectWise: true };
  const rig = await startEngineRig({ db: fresh.db }, { world, time, timeoutMs: 500, settings });
  stop = rig.stop;
  await rig.pass(1_000);
  const { planner } = rig.stores;
  const [known] = world.stores.projects.rows();
  if (!known) throw new Error('no project');
  // Ids are of all integrations that the database keeps.
  const projectId = randomUUID();
  const [n1, n2] = [`${projectId}-1`, `${projectId}-2`];
  const make = async (kind: PlanKind, id: string, fields: Fields) => {
    const record = { kind, id, projectId, fields, by: ann, at: time.now() };
    await planner.create(record, { kinds: ['delta'], prio: 1 });
  };
  await make('project', projectId, {
    name: 'Branch  office ',
    board: { id: known.board.id, name: known.board.name ?? null },
    company: { id: known.company.id, name: known.company.name ?? null },
    status: { category: 'In Progress' },
    dates: { start: '2026-03-10T00:00:00Z', end: '2026-04-10T00:00:00Z' },
  });
  await make('phase', n1, { name: 'Cabling' });
  await make('phase', n2, { name: 'Racks', parentId: n1 });
  await make('task', `${projectId}-3`, { summary: 'Carry', phaseId: n1 });
  await make('task', `${projectId}-4`, { summary: 'Screw', phaseId: n2 });
  const read = async () => {
    const [record] = await planner.recordsById('project', [projectId]);
    if (!record) throw new Error('the plan project is gone');
    return record;
  };
  const abort = new AbortController();
  const call = { signal: abort.signal, priority: 2 } as const;
  /** By another process, through whatever stands between it and the world. */
  async function push(between?: (ports: Ports) => Ports) {
    const { ports, runsDeps } = rig.startWorker('bot', between);
    return await pushProject({ ...runsDeps, ...ports }, await read(), ann, call);
  }
  async function made() {
    return world.stores.projects.rows().filter(({ name }) => name.includes('Branch'));
  }
  const settle = () => rig.pass(9 * minute, engineSchedule, 3 * minute);
  async function writes(): Promise<number> {
    const { entries } = await rig.stores.log.requests({ errorsOnly: false, offset: 0, limit: 1_000 });
    return entries.filter(({ method }) => method !== 'GET').length;
  }
  /** It is in ConnectWise once, with all that is in it, and tied to the plan project that was pushed. */
  async function expectLinkedOnce() {
    const [one, ...more] = await made();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ estimatedStart: '2026-03-10T00:00:00Z' });
    expect(await read()).toMatchObject({ externalId: one?.id, base: { psa: { name: one?.name } } });
    expect((await read()).intent).toBeUndefined();
    const inIt = world.stores.phases.rows().filter(({ projectId }) => projectId === one?.id);
    expect(inIt.map(({ description, wbsCode }) => [description, wbsCode])).toEqual([
      ['Cabling', '1'],
      ['Racks', '1.1'],
    ]);
    const tickets = world.stores.tickets.rows().filter(({ project }) => project.id === one?.id);
    expect(tickets.map(({ summary }) => summary).toSorted()).toEqual(['Carry', 'Screw']);
    expect(await planner.list('project', { limit: 99 })).toHaveLength(2);
    expect((await rig.stores.tasks.names()).map(({ name }) => name).toSorted()).toHaveLength(2);
  }
  return { rig, time, planner, projectId, push, read, made, settle, writes, expectLinkedOnce };
}

describe('push', () => {
  it('makes it with its phases and tasks, links it, and then it is quiet', async () => {
    const { rig, push, settle, writes, expectLinkedOnce } = await withPlanProject();
    const pushed = await push();
    expect(pushed).toMatchObject({ result: 'linked', how: 'made' });
    await settle();
    await expectLinkedOnce();
    const sent = await writes();
    await rig.pass(5 * 60 * minute, engineSchedule, 60 * minute);
    expect(await writes()).toBe(sent);
  });

  it('killed between the POST and the link: found again, neither made nor imported a second time', async () => {
    const { rig, push, settle, made, expectLinkedOnce } = await withPlanProject();
    const killed = new Error('killed');
    const between = (ports: Ports): Ports => ({
      ...ports,
      tasks: { ...ports.tasks, create: () => Promise.reject(killed) },
    });
    await expect(push(between)).rejects.toBe(killed);
    expect(await made()).toHaveLength(1);
    // The scout sees it before anybody may look for it.
    await rig.pass(minute);
    // Whoever is impatient learns that it is looked for.
    expect(await push()).toMatchObject({ result: 'unknown' });
    await settle();
    await expectLinkedOnce();
  });

  it('the answer is lost before anything was made: it is made by itself, once', async () => {
    const { push, settle, made, expectLinkedOnce } = await withPlanProject();
    const lost = new FailureError({ code: 'cw.unavailable' });
    const between = (ports: Ports): Ports => ({
      ...ports,
      writes: { ...ports.writes, create: () => Promise.reject(lost) },
    });
    expect(await push(between)).toMatchObject({ result: 'unknown' });
    expect(await made()).toEqual([]);
    await settle();
    await expectLinkedOnce();
  });

  it('two at once make one; what ConnectWise refuses leaves nothing behind', async () => {
    const { projectId, push, settle, read, planner, time, expectLinkedOnce } = await withPlanProject();
    const { version, fields } = await read();
    const at = time.now();
    const tooLong = { fields: { name: 'x'.repeat(101) } };
    const edit = { kind: 'project', id: projectId, by: ann, at } as const;
    await planner.edit({ ...edit, version, change: tooLong }, { kinds: ['delta'], prio: 1 });
    expect(await push()).toMatchObject({ result: 'refused', field: 'name' });
    expect((await read()).intent).toBeUndefined();
    const back = { fields: { name: fields.name ?? null } };
    await planner.edit(
      { ...edit, version: (await read()).version, change: back },
      { kinds: ['delta'], prio: 1 },
    );
    const both = (await Promise.all([push(), push()])).map(({ result }) => result);
    expect(both).toContain('linked');
    expect(both.filter((one) => one === 'linked')).toHaveLength(1);
    await settle();
    await expectLinkedOnce();
  });
});
