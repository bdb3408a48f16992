import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { connectWisePsa } from '../../adapters/connectwise/psa.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { type RunningConnectWise, startConnectWise } from '../../demo/connectwise/server.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { FailureError } from '../../src/domain/failure.ts';
import type { Psa, PsaCall, PsaPage } from '../../src/ports/psa.ts';
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
      const tickets = await itemsOf(psa.tickets(id, call));
      expect(tickets).toHaveLength(ticketsEach);
      expect(new Set(tickets.map((ticket) => ticket.project?.id))).toEqual(new Set([id]));
      expect(tickets.map((ticket) => ticket.id)).toEqual(
        [...new Set(tickets.map((ticket) => ticket.id))].sort((a, b) => a - b),
      );
      expect(await psa.ticketCount(id, call)).toBe(ticketsEach);
      const phases = await itemsOf(psa.phases(id, call));
      expect(phases).toHaveLength(await psa.phaseCount(id, call));
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
    expect(await psa.project(project.id, call)).toMatchObject({
      name: project.name,
      status: { id: project.status.id, name: project.status.name },
      company: { id: project.company.id },
      closed: project.closedFlag,
      lastUpdated: project._info.lastUpdated,
    });
    const [stored] = simulator.world.stores.tickets
      .rows()
      .filter((ticket) => ticket.project.id === project.id);
    const [read] = await itemsOf(psa.tickets(project.id, call));
    expect(read).toMatchObject({
      id: stored?.id,
      summary: stored?.summary,
      lastUpdated: stored?._info.lastUpdated,
    });
  });

  it('tells what is missing, refused or not allowed apart', async () => {
    const { psa } = connect();
    const [first] = simulator.world.stores.projects.rows();
    const id = first?.id ?? 0;
    expect(await codeOf(psa.project(99_999, call))).toBe('cw.project-missing');
    expect(await codeOf(itemsOf(psa.phases(99_999, call)))).toBe('cw.project-missing');
    expect(await codeOf(connect({ privateKey: 'another-key' }).psa.project(id, call))).toBe('cw.auth');
    await control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    expect(await codeOf(itemsOf(psa.tickets(id, call)))).toBe('cw.permission');
    await control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    expect(await codeOf(itemsOf(psa.tickets(id, call)))).toBe('none');
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
    expect(await itemsOf(psa.tickets(id, call))).toHaveLength(ticketsEach);
    expect(records.some(({ attempt }) => attempt > 1)).toBe(true);
  });

  it.each([['broken-json'], ['endless-page']])('refuses %s', async (kind) => {
    const { psa } = connect({ pageSize: 50 });
    const id = simulator.world.stores.projects.rows()[0]?.id ?? 0;
    await control('POST', '/faults', { path: 'project/tickets', kind });
    expect(await codeOf(itemsOf(psa.tickets(id, call)))).toBe('cw.unexpected-response');
  });

  it('loses and repeats nothing when records go while they are read', async () => {
    const { psa } = connect({ pageSize: 50 });
    const { world } = simulator;
    const id = world.stores.projects.rows()[1]?.id ?? 0;
    const person = world.stores.members.rows()[0]?.identifier ?? '';
    const seen: number[] = [];
    let gone: number | undefined;
    for await (const page of psa.tickets(id, call)) {
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
    expect((await moved.project(project?.id ?? 0, call)).name).toBe(project?.name);
    expect(records.at(-1)?.path).toContain('/v2026_1/apis/3.0/');
    expect(await codeOf(psa.systemInfo(call))).toBe('none');
  });
});
