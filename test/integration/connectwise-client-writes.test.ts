import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningConnectWise, startConnectWise } from '../../demo/connectwise/server.ts';
import type { CreatableKind, PsaKind, PsaNew, PsaRecord } from '../../src/domain/psa-records.ts';
import type { Psa, PsaScope, PsaWrites } from '../../src/ports/psa.ts';
import { FakePsa } from '../support/fake-psa.ts';
import { all, call, connectTo, failureOf } from './connectwise-client-rig.ts';

/** The engine is tested with `FakePsa`, so it has to take writes like the client over a tenant with the same records. */

let simulator: RunningConnectWise;
let psa: Psa;
let writes: PsaWrites;
let projectId: number;
let ticketId: number;
let phaseId: number;
let memberId: number;

async function control(method: string, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${simulator.url}/_control${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

/** The simulator's project with its phases and tickets, in memory. */
async function copied(): Promise<FakePsa> {
  const fake = new FakePsa();
  const itemsOf = async <K extends PsaKind>(kind: K) =>
    (await all(psa.list(kind, { project: projectId }, call()))).flatMap(({ items }) => items);
  fake.projects = [(await psa.project(projectId, call())).project];
  fake.records.phase = await itemsOf('phase');
  fake.records.ticket = await itemsOf('ticket');
  fake.records.teamMember = await itemsOf('teamMember');
  fake.member = 'cwsync-api';
  fake.pageSize = 500;
  return fake;
}

beforeEach(async () => {
  simulator = await startConnectWise({ world: { seed: 5, projects: 2, tickets: 8, time: 0 } });
  ({ psa, writes } = connectTo(simulator.url, simulator.credentials));
  const { projects, tickets, members, teamMembers } = simulator.world.stores;
  const project = projects.rows().find(({ closedFlag }) => !closedFlag);
  const [ticket] = tickets.rows('project/id', project?.id ?? 0);
  const team = new Set(teamMembers.rows('projectid', project?.id ?? 0).map(({ member }) => member.id));
  const outsider = members.rows().find(({ id, inactiveFlag }) => !inactiveFlag && !team.has(id));
  if (!project || !ticket || !outsider) throw new Error('the world lacks a project, a ticket or a member');
  [projectId, ticketId, phaseId, memberId] = [project.id, ticket.id, ticket.phase.id, outsider.id];
});

afterEach(async () => {
  await simulator.stop();
});

const ref = (id: number) => ({ id, name: null });
const refOf = (id: number) => expect.objectContaining({ id });

type New = {
  [K in CreatableKind]: { kind: K; scope: PsaScope; record: PsaNew[K]; shown: object };
}[CreatableKind];

function news(): readonly New[] {
  const { projects, workTypes, noteTypes, projectRoles } = simulator.world.stores;
  const { board, company } = projects.get(projectId) ?? {};
  const [workType, noteType, role] = [workTypes, noteTypes, projectRoles].map(
    (one) => one.rows()[0]?.id ?? 0,
  );
  const dates = { estimatedStart: '2026-01-01T00:00:00Z', estimatedEnd: '2026-06-30T00:00:00Z' };
  const hours = { start: '2026-01-12T13:00:00Z', end: '2026-01-12T15:00:00Z', hours: 2 };
  const own = { author: 'cwsync-api', writtenAt: expect.any(String) };
  return [
    {
      kind: 'project',
      scope: {},
      record: { name: ' Office move ', board: ref(board?.id ?? 0), company: ref(company?.id ?? 0), ...dates },
      shown: {
        name: 'Office move',
        board: refOf(board?.id ?? 0),
        company: refOf(company?.id ?? 0),
        ...dates,
      },
    },
    {
      kind: 'phase',
      scope: { project: projectId },
      record: { name: 'Afterwards ', budgetHours: 8 },
      shown: { name: 'Afterwards', budgetHours: 8, parent: null },
    },
    {
      kind: 'ticket',
      scope: { project: projectId },
      record: {
        summary: 'Order desks',
        phase: ref(phaseId),
        budgetHours: 4,
        required: '2026-01-20T00:00:00Z',
        predecessor: { kind: 'ticket', id: ticketId, lagDays: 2 },
      },
      shown: {
        summary: 'Order desks',
        phase: refOf(phaseId),
        project: refOf(projectId),
        budgetHours: 4,
        required: '2026-01-20T00:00:00Z',
        predecessor: { kind: 'ticket', id: ticketId, lagDays: 2 },
        closed: false,
      },
    },
    {
      kind: 'scheduleEntry',
      scope: {},
      record: { objectId: ticketId, member: ref(memberId), ...hours, joinTeamAs: ref(role ?? 0) },
      shown: { objectId: ticketId, onTicket: true, member: refOf(memberId), ...hours, done: false },
    },
    {
      kind: 'timeEntry',
      scope: {},
      record: {
        ticketId,
        member: ref(memberId),
        ...hours,
        workType: ref(workType ?? 0),
        billable: 'NoCharge',
        notes: 'Ordered',
      },
      shown: {
        ticketId,
        projectId,
        phaseId,
        member: refOf(memberId),
        ...hours,
        billable: 'NoCharge',
        notes: 'Ordered',
      },
    },
    {
      kind: 'projectNote',
      scope: { project: projectId },
      record: { text: 'Landlord agreed', type: ref(noteType ?? 0), flagged: true },
      shown: { text: 'Landlord agreed', type: refOf(noteType ?? 0), flagged: true, ...own },
    },
    {
      kind: 'ticketNote',
      scope: { ticket: ticketId },
      record: { text: 'Delivery on Friday', use: 'resolution' },
      shown: { ticketId, text: 'Delivery on Friday', use: 'resolution', ...own },
    },
  ];
}

async function readAgain(kind: CreatableKind, id: number, scope: PsaScope): Promise<PsaRecord | undefined> {
  if (kind === 'project') return (await psa.project(id, call())).project;
  return (await psa.byIds(kind, [id], scope, call())).items[0];
}

describe.each(['a simulated ConnectWise', 'ConnectWise in memory'])('writing to %s', (where) => {
  beforeEach(async () => {
    if (where === 'a simulated ConnectWise') return;
    const fake = await copied();
    [psa, writes] = [fake, fake];
  });

  it('makes records of every kind, which are read as they were answered', async () => {
    expect(await writes.ownMember()).toBeNull();
    for (const { kind, scope, record, shown } of news()) {
      const { record: made } = await writes.create(kind, record, scope, call());
      expect(made, kind).toMatchObject(shown);
      const entered = { by: 'cwsync-api', at: made.lastUpdated };
      expect(made, kind).toMatchObject({ updatedBy: 'cwsync-api', entered });
      expect(await readAgain(kind, made.id, scope), kind).toEqual(made);
    }
    expect(await writes.ownMember()).toBe('cwsync-api');
    const team = (await all(psa.list('teamMember', { project: projectId }, call()))).flatMap(
      ({ items }) => items,
    );
    expect(team.filter(({ member }) => member?.id === memberId)).toHaveLength(1);
  });

  it('changes what it is told to and no more', async () => {
    const scope = { project: projectId };
    const before = (await psa.byIds('ticket', [ticketId], {}, call())).items[0];
    const change = {
      summary: ' Order chairs',
      owner: null,
      required: null,
      budgetHours: 12.5,
      predecessor: { kind: 'phase', id: phaseId, lagDays: 0 },
    } as const;
    const ticket = await writes.patch('ticket', ticketId, change, scope, call());
    expect(ticket?.record).toEqual({
      ...before,
      ...change,
      summary: 'Order chairs',
      lastUpdated: ticket?.record.lastUpdated,
      updatedBy: 'cwsync-api',
    });
    expect(await writes.ownMember()).toBe('cwsync-api');
    const free = await writes.patch('ticket', ticketId, { predecessor: null }, scope, call());
    expect(free?.record.predecessor).toBeNull();
    const project = await writes.patch(
      'project',
      projectId,
      { description: 'All of it', manager: null },
      {},
      call(),
    );
    expect(project?.record).toMatchObject({ id: projectId, description: 'All of it', manager: null });
    const phase = await writes.patch('phase', phaseId, { name: 'First', budgetHours: null }, scope, call());
    expect(phase?.record).toMatchObject({ id: phaseId, name: 'First', budgetHours: null });
    const entry = news().find(({ kind }) => kind === 'scheduleEntry') as New & { kind: 'scheduleEntry' };
    const { record } = await writes.create('scheduleEntry', entry.record, {}, call());
    const done = await writes.patch('scheduleEntry', record.id, { hours: 1, done: true }, {}, call());
    expect(done?.record).toMatchObject({ id: record.id, hours: 1, done: true });
  });

  it('removes what is there, and finds nothing where nothing is', async () => {
    const scope = { project: projectId };
    for (const { kind, record } of news()) {
      if (kind !== 'phase' && kind !== 'ticket' && kind !== 'scheduleEntry') continue;
      const { record: made } = await writes.create(kind, record, scope, call());
      await writes.remove(kind, made.id, scope, call());
      await writes.remove(kind, made.id, scope, call());
      expect(await psa.isMissing(kind, made.id, scope, call()), kind).toBe(true);
    }
    expect(await writes.patch('ticket', 2_000_000, { summary: 'x' }, scope, call())).toBeUndefined();
    const note = { text: 'x', use: 'internal' } as const;
    const lost = await failureOf(writes.create('ticketNote', note, { ticket: 2_000_000 }, call()));
    expect(lost).toMatchObject({ code: 'cw.rejected', entity: 'ticketNote' });
    const phase = writes.create('phase', { name: 'x' }, { project: 2_000_000 }, call());
    expect((await failureOf(phase)).code).toBe('cw.project-missing');
  });
});

describe('a simulated ConnectWise', () => {
  const patch = (change: object) => writes.patch('ticket', ticketId, change, { project: projectId }, call());
  const stored = () => simulator.world.stores.tickets.get(ticketId);

  it('says that it took what it did not take, and shows that in its answer', async () => {
    await control('PATCH', '/switches', { falseSuccess: ['tickets.budgetHours'] });
    const before = stored()?.budgetHours ?? null;
    const written = await patch({ summary: 'Order chairs', budgetHours: 77 });
    expect(written?.record).toMatchObject({ summary: 'Order chairs', budgetHours: before });
  });

  it('refuses for what was there before, and names it', async () => {
    await control('POST', '/plant', { store: 'tickets', id: ticketId, fields: { budgetHours: -1 } });
    expect(await failureOf(patch({ summary: 'x' }))).toMatchObject({
      code: 'cw.rejected',
      field: 'budgetHours',
      vendorMessage: expect.stringContaining('must be between'),
    });
  });

  it('refuses what is too long or refers to nothing, by the names of the port', async () => {
    const fields = [];
    for (const change of [{ summary: 'x'.repeat(101) }, { status: ref(99_999) }, { phase: ref(99_999) }]) {
      fields.push((await failureOf(patch(change))).field);
    }
    expect(fields).toEqual(['summary', 'status', 'phase']);
    const noTeam = { objectId: ticketId, member: ref(memberId), hours: 1 };
    const refused = await failureOf(writes.create('scheduleEntry', noTeam, {}, call()));
    expect(refused).toMatchObject({ code: 'cw.rejected', field: 'member' });
  });

  it('insists on custom fields, gets them, and keeps those it has', async () => {
    await control('PATCH', '/switches', { customFieldsOnPatch: 'needed' });
    const before = stored()?.customFields;
    expect((await patch({ summary: 'Order chairs' }))?.record.summary).toBe('Order chairs');
    expect(stored()?.customFields).toEqual(before);
  });

  it('moves a phase to the top, and deletes none that is in use', async () => {
    const scope = { project: projectId };
    const create = (name: string, parent?: number) =>
      writes.create(
        'phase',
        { name, ...(parent === undefined ? {} : { parent: ref(parent) }) },
        scope,
        call(),
      );
    const parent = (await create('Parent')).record;
    const child = (await create('Child', parent.id)).record;
    expect(child.parent?.id).toBe(parent.id);
    const moved = await writes.patch('phase', child.id, { parent: null, wbsCode: '9' }, scope, call());
    expect(moved?.record.parent).toBeNull();
    const refused = await failureOf(writes.remove('phase', phaseId, scope, call()));
    expect(refused).toMatchObject({ code: 'cw.rejected', entity: 'phase' });
  });

  it('does once what it did not get to answer', async () => {
    const lose = (method: string) =>
      control('POST', '/faults', { method, kind: 'reset', when: 'after', times: 1 });
    await lose('PATCH');
    expect((await patch({ summary: 'Order chairs' }))?.record.summary).toBe('Order chairs');
    const record = { text: 'Only once', use: 'internal' } as const;
    await lose('POST');
    const lost = await failureOf(writes.create('ticketNote', record, { ticket: ticketId }, call()));
    expect(lost.code).toBe('cw.unavailable');
    const notes = simulator.world.stores.ticketNotes.rows('ticketid', ticketId);
    expect(notes.filter(({ text }) => text === record.text)).toHaveLength(1);
    const [{ id } = { id: 0 }] = simulator.world.stores.scheduleEntries.rows();
    await lose('DELETE');
    await writes.remove('scheduleEntry', id, {}, call());
    expect(simulator.world.stores.scheduleEntries.get(id)).toBeUndefined();
  });

  it('tells nobody outside', async () => {
    for (const { kind, scope, record } of news()) await writes.create(kind, record, scope, call());
    await patch({ summary: 'x' });
    const told = await fetch(`${simulator.url}/_control/notifications`);
    expect(await told.json()).toEqual([]);
  });

  it('names the right that is missing', async () => {
    await control('PUT', '/permissions', { entity: 'tickets', right: 'edit', allowed: false });
    expect(await failureOf(patch({ summary: 'x' }))).toMatchObject({
      code: 'cw.permission',
      entity: 'ticket',
      message: expect.stringContaining('lacks the right to edit project tickets'),
    });
  });
});
