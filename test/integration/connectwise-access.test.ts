/** What set-up and checks ask of ConnectWise, against the simulator. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectWiseAccess } from '../../adapters/connectwise/access.ts';
import type { ConnectWiseSettings } from '../../adapters/connectwise/transport.ts';
import { psaTables } from '../../src/domain/psa-records.ts';
import type { ReadKind } from '../../src/domain/psa-rights.ts';
import type { PsaAccess } from '../../src/ports/psa-access.ts';
import { connectTo, failureOf } from './connectwise-client-rig.ts';
import { type Rig, startRig } from './connectwise-simulator-rig.ts';

const { signal } = new AbortController();
let rig: Rig;

beforeEach(async () => {
  rig = await startRig({ world: { seed: 7, projects: 12, tickets: 10 } });
});
afterEach(() => rig.stop());

function connect(more: Partial<ConnectWiseSettings> = {}) {
  const { client, records } = connectTo(rig.url, { ...rig.credentials, ...more });
  const clock = { now: () => rig.time.now, monotonicMs: () => 0, sleep: async () => {} };
  return {
    access: connectWiseAccess(client, clock),
    requests: () => records.length,
    paths: () => records.map(({ path }) => path),
  };
}

async function statesOf(access: PsaAccess) {
  const rights = await access.rights(signal);
  return Object.fromEntries(rights.map(({ kind, state }) => [kind, state]));
}

const withhold = (entity: string) => rig.control('PUT', '/permissions', { entity, allowed: false });

describe('info', () => {
  it('tells the version, and that the clocks agree', async () => {
    expect(await connect().access.info(signal)).toEqual({
      version: expect.stringMatching(/\d/u),
      clockSkewMs: 0,
    });
  });

  it.each([90, -600])('tells that ConnectWise is %d s ahead', async (clockSkewSeconds) => {
    await rig.control('PATCH', '/switches', { clockSkewSeconds });
    expect((await connect().access.info(signal)).clockSkewMs).toBe(clockSkewSeconds * 1_000);
  });

  it('refused keys are cw.auth, and so in every other question', async () => {
    const { access } = connect({ privateKey: 'wrong' });
    for (const ask of [
      () => access.info(signal),
      () => access.rights(signal),
      () => access.boards(signal),
      () => access.openProjects([1], signal),
    ]) {
      const failure = await failureOf(ask());
      expect(failure.code).toBe('cw.auth');
      expect(JSON.stringify(failure)).not.toContain('wrong');
    }
  });

  it('a ConnectWise that is down is cw.unavailable', async () => {
    await rig.control('POST', '/faults', { kind: 'reset' });
    expect((await failureOf(connect().access.info(signal))).code).toBe('cw.unavailable');
    expect((await failureOf(connect().access.rights(signal))).code).toBe('cw.unavailable');
  });
});

describe('rights', () => {
  it('every kind that the sync reads is tried by one row', async () => {
    const { access, requests, paths } = connect();
    const rights = await access.rights(signal);
    expect(rights.filter(({ state }) => state !== 'allowed')).toEqual([]);
    const kinds: ReadKind[] = ['project', 'phase', 'ticket', 'scheduleEntry', 'timeEntry', 'projectNote'];
    expect(rights.map(({ kind }) => kind)).toEqual([...kinds, 'ticketNote', 'teamMember', ...psaTables]);
    expect(requests()).toBe(rights.length);
    expect(paths().filter((path) => !/pageSize=1(&|$)/u.test(path))).toEqual([]);
  });

  it.each([
    ['phases', 'phase', 'Project › Project Phase'],
    ['scheduleEntries', 'scheduleEntry', 'Service Desk › Resource Scheduling'],
    ['ticketNotes', 'ticketNote', 'Project › Project Tickets'],
    ['members', 'member', 'System › Member Maintenance'],
    ['boardStatuses', 'boardStatus', 'System › Table Setup'],
    ['companies', 'company', 'Companies › Company Maintenance'],
  ])('without %s the missing right is named, and no other', async (entity, kind, right) => {
    await withhold(entity);
    const rights = await connect().access.rights(signal);
    expect(rights.filter(({ state }) => state !== 'allowed')).toEqual([{ kind, right, state: 'missing' }]);
  });

  it('what lies below something that may not be read is untested', async () => {
    await withhold('projects');
    expect(await statesOf(connect().access)).toMatchObject({
      project: 'missing',
      phase: 'untested',
      projectNote: 'untested',
      teamMember: 'untested',
      ticket: 'allowed',
    });
  });

  it('without any project what belongs to one is untested', async () => {
    await rig.stop();
    rig = await startRig({ world: { seed: 7, projects: 0, tickets: 0 } });
    const states = await statesOf(connect().access);
    expect(states).toMatchObject({ project: 'allowed', phase: 'untested', board: 'allowed' });
  });
});

describe('boards and what an import would read', () => {
  const world = () => {
    const { projects, boards, tickets } = rig.world.stores;
    const open = projects.rows().filter(({ closedFlag }) => !closedFlag);
    return { open, boards: boards.rows().filter(({ projectFlag }) => projectFlag), tickets: tickets.rows() };
  };

  it('all project boards by name, with their open projects, in two requests', async () => {
    const { access, requests } = connect();
    const seen = await access.boards(signal);
    expect(requests()).toBe(2);
    const { open, boards } = world();
    const expected = boards.map(({ id, name }) => ({
      id,
      name,
      openProjects: open.filter(({ board }) => board.id === id).length,
    }));
    expect(seen).toEqual(expected.toSorted((a, b) => a.name.localeCompare(b.name)));
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.reduce((sum, { openProjects }) => sum + openProjects, 0)).toBe(open.length);
  });

  it('counts open projects and tickets of the chosen boards only', async () => {
    const { open, boards, tickets } = world();
    const chosen = boards.slice(0, 1).map(({ id }) => id);
    const on = ({ board }: { board: { id: number } }) => chosen.includes(board.id);
    const { access, requests } = connect();
    expect(await access.openProjects(chosen, signal)).toEqual({
      projects: open.filter(on).length,
      tickets: tickets.filter(on).length,
    });
    expect(requests()).toBe(2);
    expect(await access.openProjects([], signal)).toEqual({ projects: 0, tickets: 0 });
  });

  it('more boards than fit into an address are counted in parts', async () => {
    const { boards, open } = world();
    const many = [...boards.map(({ id }) => id), ...Array.from({ length: 600 }, (_, i) => 900_000 + i)];
    const { access, requests } = connect();
    expect((await access.openProjects(many, signal)).projects).toBe(open.length);
    expect(requests()).toBeGreaterThan(2);
  });

  it('without the right to tickets their number is not known', async () => {
    await withhold('tickets');
    const { boards } = world();
    const size = await connect().access.openProjects(
      boards.map(({ id }) => id),
      signal,
    );
    expect(size).toEqual({ projects: world().open.length, tickets: null });
  });

  it('without the right to boards it is cw.permission, which names the kind', async () => {
    await withhold('boards');
    expect(await failureOf(connect().access.boards(signal))).toMatchObject({
      code: 'cw.permission',
      entity: 'board',
    });
  });
});
