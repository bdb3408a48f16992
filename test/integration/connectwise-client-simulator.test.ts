import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { connectWisePsa } from '../../adapters/connectwise/psa.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { type RunningConnectWise, startConnectWise } from '../../demo/connectwise/server.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { FailureError } from '../../src/domain/failure.ts';
import type { PsaKind } from '../../src/domain/psa-records.ts';
import type { Psa, PsaCall, PsaPage, PsaScope } from '../../src/ports/psa.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';

const ticketsEach = 120;
const call: PsaCall = { signal: new AbortController().signal, priority: 1 };
let simulator: RunningConnectWise;

function connect(options: { pageSize?: number; privateKey?: string } = {}): {
  psa: Psa;
  records: RequestRecord[];
} {
  const records: RequestRecord[] = [];
  const log = {
    record: async (entry: RequestRecord) => {
      records.push(entry);
    },
  };
  let made = 0;
  const ids = { next: () => `own-${++made}`, random: () => 0 };
  const budget = new LocalRequestBudget(
    { perSecond: 500, atOnce: 4, burst: 50, recoveryMs: 1_000 },
    systemClock,
  );
  const { credentials, url } = simulator;
  const settings = {
    url,
    ...credentials,
    privateKey: options.privateKey ?? credentials.privateKey,
    timeoutMs: 500,
  };
  const transport = new ConnectWiseTransport(settings, {
    clock: systemClock,
    ids,
    log,
    budget,
    redactor: new Redactor(),
  });
  return { psa: connectWisePsa(new ConnectWiseClient(transport, options.pageSize)), records };
}

async function control(method: string, path: string, body?: unknown): Promise<void> {
  const response = await fetch(`${simulator.url}/_control${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

async function itemsOf<T>(pages: AsyncIterable<PsaPage<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) {
    expect(page.skipped).toEqual([]);
    items.push(...page.items);
  }
  return items;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: FailureError) => error.failure.code,
  );

beforeAll(async () => {
  simulator = await startConnectWise({ world: { seed: 4, projects: 3, tickets: ticketsEach } });
});

afterEach(async () => {
  await control('DELETE', '/faults');
});

afterAll(async () => {
  await simulator.stop();
});

describe('reading a simulated ConnectWise', () => {
  it('finds every open project, phase and ticket once, in order, and as many as are counted', async () => {
    const { psa, records } = connect({ pageSize: 50 });
    expect((await psa.systemInfo(call)).version).toEqual(expect.any(String));
    const stored = simulator.world.stores;
    const open = stored.projects.rows().filter((project) => !project.closedFlag);
    const projects = await itemsOf(psa.openProjects(call));
    expect(projects.map(({ id, name }) => [id, name])).toEqual(open.map(({ id, name }) => [id, name]));
    for (const { id } of stored.projects.rows()) {
      const tickets = await itemsOf(psa.list('ticket', { project: id }, call));
      expect(tickets).toHaveLength(ticketsEach);
      expect(new Set(tickets.map((ticket) => ticket.project?.id))).toEqual(new Set([id]));
      expect(tickets.map((ticket) => ticket.id)).toEqual(
        [...new Set(tickets.map((ticket) => ticket.id))].sort((a, b) => a - b),
      );
      expect(await psa.count('ticket', { project: id }, call)).toBe(ticketsEach);
      const phases = await itemsOf(psa.list('phase', { project: id }, call));
      expect(phases).toHaveLength(await psa.count('phase', { project: id }, call));
      const phaseIds = new Set(phases.map((phase) => phase.id));
      expect(tickets.every((ticket) => ticket.phase !== null && phaseIds.has(ticket.phase.id))).toBe(true);
    }
    // Three pages of tickets for each of three projects: 120 rows at 50 a page.
    const pages = records.filter(({ entity, path }) => entity === 'ticket' && !path.includes('/count'));
    expect(pages).toHaveLength(9);
    expect(records.every(({ status, attempt }) => status === 200 && attempt === 1)).toBe(true);
  });

  it('reads the fields that were stored', async () => {
    const { psa } = connect();
    const [project] = simulator.world.stores.projects.rows();
    if (project === undefined) throw new Error('the simulator has no project');
    expect((await psa.project(project.id, call)).project).toMatchObject({
      name: project.name,
      status: { id: project.status.id, name: project.status.name },
      company: { id: project.company.id },
      closed: project.closedFlag,
      lastUpdated: project._info.lastUpdated,
    });
    const [stored] = simulator.world.stores.tickets
      .rows()
      .filter((ticket) => ticket.project.id === project.id);
    const [read] = await itemsOf(psa.list('ticket', { project: project.id }, call));
    expect(read).toMatchObject({
      id: stored?.id,
      summary: stored?.summary,
      lastUpdated: stored?._info.lastUpdated,
    });
  });

  it('finds every record of every kind once, in order, and as many as are counted', async () => {
    const { psa } = connect({ pageSize: 7 });
    const stored = simulator.world.stores;
    const project = (id: number) => ({ project: id });
    for (const { id } of stored.projects.rows()) {
      const tickets = stored.tickets.rows().filter((ticket) => ticket.project.id === id);
      const ticketIds = tickets.map((ticket) => ticket.id);
      const kinds: readonly [PsaKind, PsaScope, readonly { readonly id: number }[]][] = [
        ['phase', project(id), stored.phases.rows().filter(({ projectId }) => projectId === id)],
        ['ticket', project(id), tickets],
        ['timeEntry', project(id), stored.timeEntries.rows().filter((entry) => entry.project?.id === id)],
        ['projectNote', project(id), stored.projectNotes.rows().filter(({ projectId }) => projectId === id)],
        ['teamMember', project(id), stored.teamMembers.rows().filter(({ projectId }) => projectId === id)],
        [
          'scheduleEntry',
          { tickets: ticketIds },
          stored.scheduleEntries.rows().filter(({ objectId }) => ticketIds.includes(objectId)),
        ],
        ...ticketIds
          .slice(0, 20)
          .map((ticket): [PsaKind, PsaScope, readonly { readonly id: number }[]] => [
            'ticketNote',
            { ticket },
            stored.ticketNotes.rows().filter(({ ticketId }) => ticketId === ticket),
          ]),
      ];
      for (const [kind, scope, rows] of kinds) {
        const ids = rows.map((row) => row.id).toSorted((a, b) => a - b);
        expect((await itemsOf(psa.list(kind, scope, call))).map((item) => item.id)).toEqual(ids);
        expect(await psa.count(kind, scope, call)).toBe(ids.length);
        const some = [...ids.filter((_, i) => i % 2 === 0), 2_000_000_000];
        const found = await psa.byIds(kind, some, scope, call);
        expect(found.items.map((item) => item.id)).toEqual(some.slice(0, -1));
        expect(await psa.isMissing(kind, 2_000_000_000, scope, call)).toBe(true);
        if (ids[0] !== undefined) expect(await psa.isMissing(kind, ids[0], scope, call)).toBe(false);
      }
    }
    const sizes = ['scheduleEntries', 'timeEntries', 'projectNotes', 'ticketNotes', 'teamMembers'] as const;
    expect(sizes.filter((name) => stored[name].rows().length === 0)).toEqual([]);
  });

  it('reads entries and notes as they are stored', async () => {
    const { psa } = connect();
    const stored = simulator.world.stores;
    const [entry] = stored.scheduleEntries.rows();
    const [time] = stored.timeEntries.rows().filter(({ project }) => project !== null);
    const [note] = stored.ticketNotes.rows();
    const [word] = stored.projectNotes.rows();
    const [member] = stored.teamMembers.rows();
    if (!entry || !time || !note || !word || !member) throw new Error('the world is too small');
    expect((await psa.byIds('scheduleEntry', [entry.id], {}, call)).items[0]).toMatchObject({
      objectId: entry.objectId,
      member: { id: entry.member.id, name: entry.member.name },
      start: entry.dateStart,
      hours: entry.hours,
      done: entry.doneFlag,
      lastUpdated: entry._info.lastUpdated,
    });
    expect((await psa.byIds('timeEntry', [time.id], {}, call)).items[0]).toMatchObject({
      projectId: time.project?.id,
      ticketId: time.ticket.id,
      hours: time.actualHours,
      start: time.timeStart,
      workType: { id: time.workType.id, name: time.workType.name },
      billable: time.billableOption,
    });
    const notes = await psa.byIds('ticketNote', [note.id], { ticket: note.ticketId }, call);
    expect(notes.items[0]).toMatchObject({
      ticketId: note.ticketId,
      text: note.text,
      author: note.member.identifier,
      writtenAt: note._info.dateEntered,
    });
    const words = await psa.byIds('projectNote', [word.id], { project: word.projectId }, call);
    expect(words.items[0]).toMatchObject({
      text: word.text,
      author: word._info.enteredBy,
      type: { id: word.type.id },
    });
    const team = await psa.byIds('teamMember', [member.id], { project: member.projectId }, call);
    expect(team.items[0]).toMatchObject({ member: { id: member.member.id }, hours: member.hours });
  });

  it('finds what changed anywhere since a time, and nothing else', async () => {
    const { psa } = connect();
    const stored = simulator.world.stores;
    const kinds = [
      ['project', stored.projects.rows()],
      ['ticket', stored.tickets.rows()],
      ['scheduleEntry', stored.scheduleEntries.rows()],
      ['timeEntry', stored.timeEntries.rows()],
    ] as const;
    for (const [kind, rows] of kinds) {
      const stamps = rows.map(({ _info }) => _info.lastUpdated).toSorted();
      const since = stamps[Math.floor(stamps.length / 2)] ?? '';
      const changed = rows.filter(({ _info }) => _info.lastUpdated >= since).map(({ id }) => id);
      const found = await itemsOf(psa.changes(kind, new Date(since), call));
      expect(found.map(({ id }) => id)).toEqual(changed.toSorted((a, b) => a - b));
      expect(changed.length).toBeGreaterThan(0);
    }
    const [ticket] = await itemsOf(psa.changes('ticket', new Date(0), call));
    expect(ticket?.projectId).toBe(stored.tickets.rows().find(({ id }) => id === ticket?.id)?.project.id);
  });

  it('reads all set-up tables, companies and people', async () => {
    const { psa } = connect();
    const stored = simulator.world.stores;
    const tables = [
      ['company', stored.companies.rows()],
      ['companyStatus', stored.companyStatuses.rows()],
      ['noteType', stored.noteTypes.rows()],
      ['workType', stored.workTypes.rows()],
      ['board', stored.boards.rows().filter(({ projectFlag }) => projectFlag)],
      ['projectStatus', stored.projectStatuses.rows()],
      ['phaseStatus', stored.phaseStatuses.rows()],
      ['member', stored.members.rows()],
    ] as const;
    for (const [table, rows] of tables) {
      const found = await itemsOf(psa.table(table, call));
      expect(found.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted((a, b) => a - b));
      expect(found.length).toBeGreaterThan(0);
    }
    for (const board of stored.boards.rows()) {
      const found = await itemsOf(psa.table('boardStatus', call, board.id));
      const rows = stored.boardStatuses.rows().filter((status) => status.board.id === board.id);
      expect(found.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted((a, b) => a - b));
    }
    const [person] = stored.members.rows();
    const [read] = await itemsOf(psa.table('member', call));
    expect(read).toMatchObject({
      name: `${person?.firstName} ${person?.lastName}`,
      identifier: person?.identifier,
      details: { email: person?.primaryEmail, licenseClass: person?.licenseClass },
    });
  });

  it('reads a tenant in which nothing is as it should be', async () => {
    const bad = { unknownFields: true, nulCharacters: true, nullFields: 'explicit' };
    await control('PATCH', '/switches', bad);
    try {
      const { psa } = connect();
      const id = simulator.world.stores.projects.rows()[0]?.id ?? 0;
      const read = [
        (await psa.project(id, call)).project,
        ...(await itemsOf(psa.list('ticket', { project: id }, call))),
        ...(await itemsOf(psa.list('timeEntry', { project: id }, call))),
        ...(await itemsOf(psa.list('scheduleEntry', {}, call))),
        ...(await itemsOf(psa.list('projectNote', { project: id }, call))),
        ...(await itemsOf(psa.table('company', call))),
      ];
      expect(JSON.stringify(read)).not.toContain('\\u0000');
      expect(read.length).toBeGreaterThan(ticketsEach);
    } finally {
      await control('PATCH', '/switches', {
        unknownFields: false,
        nulCharacters: false,
        nullFields: 'omitted',
      });
    }
  });

  it('asks in no address that is longer than ConnectWise takes', async () => {
    const { psa, records } = connect();
    const ids = simulator.world.stores.tickets.rows().map(({ id }) => id);
    const digits = String(Math.max(...ids)).length;
    const many = psa.ticketsPerRequest(digits);
    await control('PATCH', '/switches', { maximumUrlLength: 1_745 });
    try {
      await psa.byIds('ticket', ids, {}, call);
      for (let from = 0; from < ids.length; from += many) {
        await itemsOf(
          psa.list('scheduleEntry', { tickets: ids.slice(from, from + many) }, call, new Date(0)),
        );
      }
    } finally {
      await control('PATCH', '/switches', { maximumUrlLength: 10_000 });
    }
    expect(records.length).toBeGreaterThan(4);
  });

  it('tells what is missing, refused or not allowed apart', async () => {
    const { psa } = connect();
    const [first] = simulator.world.stores.projects.rows();
    const id = first?.id ?? 0;
    expect(await codeOf(psa.project(99_999, call))).toBe('cw.project-missing');
    expect(await codeOf(itemsOf(psa.list('phase', { project: 99_999 }, call)))).toBe('cw.project-missing');
    expect(await codeOf(connect({ privateKey: 'another-key' }).psa.project(id, call))).toBe('cw.auth');
    await control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    expect(await codeOf(itemsOf(psa.list('ticket', { project: id }, call)))).toBe('cw.permission');
    await control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    expect(await codeOf(itemsOf(psa.list('ticket', { project: id }, call)))).toBe('none');
  });

  it.each([
    ['resets', { kind: 'reset', times: 2 }],
    ['resets in the middle of an answer', { kind: 'reset', half: true, times: 2 }],
    ['time-outs', { kind: 'status', status: 500, times: 2 }],
    ['a gateway’s HTML', { kind: 'html', status: 502, times: 2 }],
    ['slowness', { kind: 'slow', delayMs: 2_000, times: 1 }],
    ['a limit', { kind: 'status', status: 429, retryAfter: 1, times: 1 }],
  ])('gets over %s', async (_name, fault) => {
    const { psa, records } = connect({ pageSize: 60 });
    const id = simulator.world.stores.projects.rows()[0]?.id ?? 0;
    await control('POST', '/faults', { path: 'project/tickets', after: 1, ...fault });
    expect(await itemsOf(psa.list('ticket', { project: id }, call))).toHaveLength(ticketsEach);
    expect(records.some(({ attempt }) => attempt > 1)).toBe(true);
  });

  it.each([['broken-json'], ['endless-page']])('refuses %s', async (kind) => {
    const { psa } = connect({ pageSize: 50 });
    const id = simulator.world.stores.projects.rows()[0]?.id ?? 0;
    await control('POST', '/faults', { path: 'project/tickets', kind });
    expect(await codeOf(itemsOf(psa.list('ticket', { project: id }, call)))).toBe('cw.unexpected-response');
  });

  it('loses and repeats nothing when records go while they are read', async () => {
    const { psa } = connect({ pageSize: 50 });
    const { world } = simulator;
    const id = world.stores.projects.rows()[1]?.id ?? 0;
    const person = world.stores.members.rows()[0]?.identifier ?? '';
    const seen: number[] = [];
    let gone: number | undefined;
    for await (const page of psa.list('ticket', { project: id }, call)) {
      seen.push(...page.items.map((ticket) => ticket.id));
      if (gone !== undefined) continue;
      gone = seen[0];
      if (gone !== undefined) world.deleteTicket(person, gone);
    }
    expect(new Set(seen).size).toBe(ticketsEach);
    expect(seen).toHaveLength(ticketsEach);
  });

  it('finds the API again when the tenant was upgraded', async () => {
    const { psa, records } = connect();
    const [project] = simulator.world.stores.projects.rows();
    // The alias stands for every codebase, so the client is given an address of its own, as on older hosts.
    await control('PUT', '/codebase', { codebase: 'v2026_1' });
    const url = `${simulator.url}/v2019_1/apis/3.0`;
    const transport = new ConnectWiseTransport(
      { ...simulator.credentials, url },
      {
        clock: systemClock,
        ids: { next: () => 'own', random: () => 0 },
        log: {
          record: async (entry) => {
            records.push(entry);
          },
        },
        budget: new LocalRequestBudget(
          { perSecond: 500, atOnce: 4, burst: 50, recoveryMs: 1_000 },
          systemClock,
        ),
        redactor: new Redactor(),
      },
    );
    const moved = connectWisePsa(new ConnectWiseClient(transport));
    expect((await moved.project(project?.id ?? 0, call)).project.name).toBe(project?.name);
    expect(records.at(-1)?.path).toContain('/v2026_1/apis/3.0/');
    expect(await codeOf(psa.systemInfo(call))).toBe('none');
  });
});
