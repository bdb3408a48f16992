import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import {
  basic,
  CLIENT_ID,
  idsOf,
  KEYS,
  linkPath,
  NOW,
  type Rig,
  ROOT,
  startRig,
} from './connectwise-simulator-rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

function firstTicket() {
  const [ticket] = rig.world.stores.tickets.rows();
  if (!ticket) throw new Error('the world has no ticket');
  return ticket;
}

function firstServiceTicket() {
  const [ticket] = rig.world.stores.serviceTickets.rows();
  if (!ticket) throw new Error('the world has no service ticket');
  return ticket;
}

describe('keys', () => {
  const info = `${ROOT}/system/info`;

  it.each<[string, Record<string, string>]>([
    ['no keys', { clientId: CLIENT_ID }],
    ['a wrong private key', { Authorization: basic(`${KEYS}x`), clientId: CLIENT_ID }],
    ['a wrong company', { Authorization: basic('other+demo-public:demo-private'), clientId: CLIENT_ID }],
  ])('401 for %s', async (_name, headers) => {
    const answer = await rig.raw(info, { headers });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ code: 'Unauthorized' });
  });

  it.each<[string, Record<string, string>]>([
    ['no client id', {}],
    ['a wrong client id', { clientId: '00000000-0000-4000-8000-000000000002' }],
  ])('401 for %s', async (_name, headers) => {
    const answer = await rig.raw(info, { headers: { Authorization: basic(KEYS), ...headers } });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({ code: 'ConnectWiseApi', message: 'UserNotAuthenticated' });
  });

  it('lets the right keys in, and says which version answers, and when', async () => {
    const answer = await rig.get('/system/info');
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ isCloud: true });
    expect(answer.headers.get('api-current-version')).toBe('2025.8');
    expect(answer.headers.get('date')).toBe(NOW.toUTCString());
  });
});

describe('routing', () => {
  const headers = { Authorization: basic(KEYS), clientId: CLIENT_ID };

  it('looks the codebase up without keys, and knows no other company', async () => {
    expect((await rig.raw('/login/companyinfo/acme')).json).toMatchObject({
      Codebase: 'v2025_1/',
      VersionCode: 'v2025.1',
      CompanyID: 'acme',
      IsCloud: 'True',
    });
    const unknown = await rig.raw('/login/companyinfo/nobody');
    expect(unknown.status).toBe(200);
    expect(unknown.text).toBe('null');
  });

  it('answers under the codebase, with one slash or two, as under the alias', async () => {
    for (const root of ['/v2025_1/apis/3.0', '/v2025_1//apis/3.0', ROOT]) {
      expect((await rig.raw(`${root}/system/info`, { headers })).status).toBe(200);
    }
  });

  it.each(['/v1999_1/apis/3.0/system/info', `${ROOT}/apis/3.0/system/info`])(
    'cannot route %s',
    async (path) => {
      const answer = await rig.raw(path, { headers });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ message: 'Cannot route. Codebase/company is invalid' });
    },
  );

  it('forgets the old codebase and the alias when the tenant is upgraded', async () => {
    await rig.control('PUT', '/codebase', { codebase: 'v2025_2' });
    const status = async (root: string) => (await rig.raw(`${root}/system/info`, { headers })).status;
    expect((await rig.raw('/login/companyinfo/acme')).json).toMatchObject({ Codebase: 'v2025_2/' });
    expect(await status('/v2025_2/apis/3.0')).toBe(200);
    expect(await status('/v2025_1/apis/3.0')).toBe(400);
    expect(await status(ROOT)).toBe(400);
    await rig.control('PATCH', '/switches', { oldCodebase: 'not-found', aliasAfterUpgrade: 'works' });
    expect(await status('/v2025_1/apis/3.0')).toBe(404);
    expect(await status(ROOT)).toBe(200);
  });

  it('tells a missing record from a missing endpoint', async () => {
    expect(await rig.get('/project/projects/999999')).toMatchObject({
      status: 404,
      json: { code: 'NotFound', message: 'Project 999999 not found' },
    });
    const noEndpoint = { code: 'ConnectWiseApi', message: 'The endpoint does not exist.' };
    const missing = ['/project/projects/statuses', '/project/projects/search', '/project/phases', '/nothing'];
    for (const path of missing) {
      expect(await rig.get(path)).toMatchObject({ status: 404, json: noEndpoint });
    }
  });

  it('has one id space for tickets, and each endpoint knows its own only', async () => {
    const [project, service] = [firstTicket(), firstServiceTicket()];
    expect((await rig.get(`/project/tickets/${project.id}`)).status).toBe(200);
    expect((await rig.get(`/service/tickets/${project.id}`)).status).toBe(404);
    expect((await rig.get(`/service/tickets/${service.id}`)).status).toBe(200);
    expect((await rig.get(`/project/tickets/${service.id}`)).status).toBe(404);
    const ids = [...rig.world.stores.tickets.ids(), ...rig.world.stores.serviceTickets.ids()];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('finds phases and statuses below their parent only', async () => {
    const phase = rig.world.stores.phases.rows()[0];
    const other = rig.world.stores.projects.rows()[1];
    expect((await rig.get(`/project/projects/${phase?.projectId}/phases/${phase?.id}`)).json).toMatchObject({
      description: phase?.description,
    });
    expect((await rig.get(`/project/projects/${other?.id}/phases/${phase?.id}`)).status).toBe(404);
    expect((await rig.get('/project/projects/999999/phases')).json).toMatchObject({
      message: 'Project 999999 not found',
    });
    const foreign = await rig.get(`/project/projects/${other?.id}/phases?conditions=id=${phase?.id}`);
    expect(foreign.json).toEqual([]);
    const statuses = await rig.get('/service/boards/2/statuses?fields=name,closedStatus,board/id');
    expect(statuses.json).toContainEqual({ name: 'Done', closedStatus: true, board: { id: 2 } });
    expect(statuses.json).not.toContainEqual(expect.objectContaining({ board: { id: 1 } }));
  });

  it('answers 405 where only reading is possible', async () => {
    expect((await rig.send('POST', '/service/tickets', '{}')).status).toBe(405);
    expect((await rig.send('DELETE', '/service/boards/1', '')).status).toBe(405);
    expect((await rig.get('/project/tickets/search')).status).toBe(405);
  });
});

describe('records', () => {
  it('leaves null out, keeps dates at midnight, and says where references lead', async () => {
    const bare = rig.world.addTicket('areyes', { summary: 'Bare', phase: firstTicket().phase.id });
    rig.world.editTicket('areyes', bare.id, { requiredDate: '2026-05-04' });
    const { json } = await rig.get(`/project/tickets/${bare.id}`);
    expect(json).not.toHaveProperty('owner');
    expect(json).not.toHaveProperty('budgetHours');
    expect(json).toMatchObject({
      requiredDate: '2026-05-04T00:00:00Z',
      closedFlag: false,
      board: { _info: { board_href: `${rig.url}/v2025_1//apis/3.0/service/boards/${bare.board.id}` } },
      _info: {
        lastUpdated: '2026-03-02T09:30:15Z',
        updatedBy: 'areyes',
        dateEntered: '2026-03-02T09:30:15Z',
      },
    });
  });

  it('shows members with little and with more', async () => {
    const [info] = (await rig.get('/system/info/members?pageSize=1')).json as object[];
    expect(info).toMatchObject({
      identifier: 'areyes',
      fullName: 'Ana Reyes',
      defaultEmail: 'areyes@msp.example',
    });
    expect(info).not.toHaveProperty('dailyCapacity');
    const byName = await rig.get(
      `/system/info/members?conditions=${encodeURIComponent('fullName = "Zoë Müller"')}`,
    );
    expect(byName.json).toMatchObject([{ identifier: 'zmueller' }]);
    expect((await rig.get('/system/members?conditions=licenseClass="A"')).json).toMatchObject([
      { identifier: 'cwsync-api' },
    ]);
  });

  it.each([
    ['/project/statuses', { name: 'Closed', closedFlag: true }],
    ['/project/phaseStatuses', { name: 'Completed', closedFlag: true }],
    ['/service/boards', { name: 'Service Desk', projectFlag: false }],
    ['/company/companies', { name: 'Contoso', identifier: 'Contoso' }],
  ])('lists %s', async (path, expected) => {
    expect((await rig.get(`${path}?pageSize=100`)).json).toContainEqual(expect.objectContaining(expected));
  });
});

describe('queries', () => {
  const total = 90;

  it('counts, with and without conditions', async () => {
    const projectId = firstTicket().project.id;
    expect((await rig.get('/project/tickets/count')).json).toEqual({ count: total });
    expect((await rig.get(`/project/tickets/count?conditions=project/id=${projectId}`)).json).toEqual({
      count: 30,
    });
    expect((await rig.get(`/project/projects/${projectId}/phases/count`)).json).toEqual({
      count: rig.world.stores.phases.rows('projectid', projectId).length,
    });
  });

  it('finds the same by index as by looking at every row', async () => {
    const ids = rig.world.stores.projects.ids();
    const both = await rig.get(
      `/project/tickets?pageSize=1000&conditions=${encodeURIComponent(`project/id in (${ids[2]}, ${ids[0]}) and id > 0`)}`,
    );
    const scanned = await rig.get(
      `/project/tickets?pageSize=1000&conditions=${encodeURIComponent(`not (project/id = ${ids[1]})`)}`,
    );
    expect(idsOf(both)).toHaveLength(60);
    expect(idsOf(both)).toEqual(idsOf(scanned));
    const named = await rig.get('/project/tickets?conditions=id in (5003,5001,5001,1)');
    expect(idsOf(named)).toEqual([5001, 5003]);
  });

  it('finds what changed since, by the alias and by the path', async () => {
    const ticket = firstTicket();
    rig.world.editTicket('pnair', ticket.id, { summary: 'Changed' });
    for (const field of ['lastUpdated', '_info/lastUpdated']) {
      const conditions = encodeURIComponent(`${field} >= [2026-03-02T09:30:15Z]`);
      expect(idsOf(await rig.get(`/project/tickets?conditions=${conditions}`))).toEqual([ticket.id]);
    }
  });

  it('takes child conditions and custom field conditions', async () => {
    const partner = await rig.get(
      `/company/companies?pageSize=100&childConditions=${encodeURIComponent('types/name = "Partner"')}`,
    );
    expect(partner.json).toHaveLength(5);
    const region = await rig.get(
      `/project/projects/count?customFieldConditions=${encodeURIComponent('caption="Region" and value = "Nowhere"')}`,
    );
    expect(region.json).toEqual({ count: 0 });
  });

  it('searches by body, whatever the case of its names', async () => {
    const body = { conditions: 'id in (5001,5002,5003)', orderBy: 'id desc', childconditions: '' };
    const answer = await rig.send(
      'POST',
      '/project/tickets/search?pageSize=2&fields=id',
      JSON.stringify(body),
    );
    expect(answer.json).toEqual([{ id: 5003 }, { id: 5002 }]);
    expect(
      (await rig.send('POST', '/project/tickets/search', '{}', { 'Content-Type': 'text/plain' })).status,
    ).toBe(415);
    expect((await rig.send('POST', '/project/tickets/search', '{"conditions":')).status).toBe(400);
  });

  it.each([
    'conditions=summary = ',
    'childConditions=x',
    'orderBy=id sideways',
    'page=0',
    'pageSize=0',
    'pageSize=many',
  ])('refuses %s in the shape of ConnectWise', async (query) => {
    const answer = await rig.get(`/project/tickets?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  });

  it('words the refusal of conditions by a switch', async () => {
    await rig.control('PATCH', '/switches', {
      badConditionsCode: 'Odd',
      badConditionsMessage: 'No: {reason}',
    });
    expect((await rig.get('/project/tickets?conditions=id')).json).toMatchObject({
      code: 'Odd',
      message: 'No: expected an operator after id, found the end',
    });
  });

  it('answers 414 to an address over the limit', async () => {
    const long = `/project/tickets?conditions=${encodeURIComponent(`summary = "${'x'.repeat(10_000)}"`)}`;
    expect((await rig.get(long)).status).toBe(414);
    await rig.control('PATCH', '/switches', { maximumUrlLength: 20_000 });
    expect((await rig.get(long)).status).toBe(200);
  });
});

describe('pages', () => {
  it('gives 25 at a time, at most 1,000, and links first, prev, next and last', async () => {
    const first = await rig.get('/project/tickets');
    expect(first.json).toHaveLength(25);
    expect(linkPath(first, 'prev')).toBeNull();
    const second = await rig.get(linkPath(first, 'next') ?? '');
    expect(linkPath(second, 'first')).toBe('/project/tickets?pageSize=25&page=1');
    expect(linkPath(second, 'prev')).toBe('/project/tickets?pageSize=25&page=1');
    const last = await rig.get(linkPath(second, 'last') ?? '');
    expect(last.json).toHaveLength(15);
    expect(linkPath(last, 'next')).toBeNull();
    expect(new Set([...idsOf(first), ...idsOf(second), ...idsOf(last)]).size).toBe(65);
  });

  it('never gives more than 1,000 rows, or refuses to, by a switch', async () => {
    const phase = firstTicket().phase.id;
    for (let added = 0; added < 950; added += 1) rig.world.addTicket('areyes', { summary: 'More', phase });
    expect((await rig.get('/project/tickets?pageSize=5000&fields=id')).json).toHaveLength(1_000);
    await rig.control('PATCH', '/switches', { pageSizeOverMaximum: 'error' });
    expect((await rig.get('/project/tickets?pageSize=5000')).status).toBe(400);
  });

  async function sweep(between: (page: number) => void): Promise<number[]> {
    const seen: number[] = [];
    let path: string | null = '/project/tickets?pageSize=10&fields=id&orderBy=id desc&page=3';
    for (let page = 0; path !== null; page += 1) {
      const answer = await rig.get(path, { 'pagination-type': 'forward-only' });
      seen.push(...idsOf(answer));
      path = linkPath(answer, 'next');
      if (path === null) expect(answer.headers.get('link')).toBe('');
      between(page);
    }
    return seen;
  }

  it('sweeps forward-only: every id that stays is seen once, while rows come and go', async () => {
    const before = [...rig.world.stores.tickets.ids()];
    const gone = new Set<number>();
    const phase = firstTicket().phase.id;
    const seen = await sweep((page) => {
      const first = rig.world.stores.tickets.ids()[0];
      const later = before[(page + 3) * 10];
      for (const id of [first, later]) {
        if (id === undefined || !rig.world.stores.tickets.get(id)) continue;
        rig.world.deleteTicket('pnair', id);
        gone.add(id);
      }
      if (page === 1) rig.world.addTicket('pnair', { summary: 'Came in between', phase });
    });
    const came = rig.world.stores.tickets.ids().at(-1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([...before.filter((id) => !gone.has(id)), came]));
  });

  it('ends a forward-only sweep as the switches say', async () => {
    const forward = { 'pagination-type': 'forward-only' };
    await rig.control('PATCH', '/switches', { finalLink: 'absent', linkAfterFullLastPage: 'next' });
    const full = await rig.get('/project/tickets?pageSize=45&pageId=5046', forward);
    expect(full.json).toHaveLength(45);
    const next = await rig.get(linkPath(full, 'next') ?? '', forward);
    expect(next.json).toEqual([]);
    expect(next.headers.get('link')).toBeNull();
  });
});

describe('changes by people', () => {
  it('stamps who and when, follows the status, and moves the WBS code with the phase', async () => {
    const ticket = firstTicket();
    const phases = rig.world.stores.phases.rows('projectid', ticket.project.id);
    const target = phases.find((phase) => phase.id !== ticket.phase.id && phase.wbsCode === '2');
    rig.time.now = new Date('2026-03-02T10:00:00.999Z');
    const statuses = rig.world.stores.boardStatuses.rows('board/id', ticket.board.id);
    const closed = statuses.find((status) => status.closedStatus)?.id ?? 0;
    const open = statuses.find((status) => !status.closedStatus)?.id ?? 0;
    rig.world.editTicket('mlindqvist', ticket.id, { status: open });
    rig.world.editTicket('MLindqvist', ticket.id, { status: closed, phase: target?.id, owner: null });
    const shown = (await rig.get(`/project/tickets/${ticket.id}`)).json as { wbsCode: string };
    expect(shown).toMatchObject({
      closedFlag: true,
      closedBy: 'mlindqvist',
      closedDate: '2026-03-02T10:00:00Z',
      phase: { id: target?.id },
      _info: {
        lastUpdated: '2026-03-02T10:00:00Z',
        updatedBy: 'mlindqvist',
        ...{ dateEntered: ticket._info.dateEntered },
      },
    });
    expect(shown.wbsCode).toMatch(/^2\.\d+$/);
    const codes = rig.world.stores.tickets.rows('project/id', ticket.project.id).map((row) => row.wbsCode);
    expect(codes.filter((code) => code === shown.wbsCode)).toHaveLength(1);
    expect(shown).not.toHaveProperty('owner');
    rig.world.editTicket('mlindqvist', ticket.id, { status: open });
    const reopened = (await rig.get(`/project/tickets/${ticket.id}`)).json;
    expect(reopened).toMatchObject({ closedFlag: false });
    expect(reopened).not.toHaveProperty('closedDate');
  });

  it('shows a new name wherever the record is referred to, without touching those records', async () => {
    const ticket = firstTicket();
    rig.world.editProject('areyes', ticket.project.id, { name: 'Renamed' });
    expect((await rig.get(`/project/tickets/${ticket.id}`)).json).toMatchObject({
      project: { name: 'Renamed' },
      _info: { lastUpdated: ticket._info.lastUpdated },
    });
  });

  it('closes a project by its status', async () => {
    const { id } = firstTicket().project;
    rig.world.editProject('areyes', id, { status: 'Closed' });
    expect((await rig.get(`/project/projects/${id}`)).json).toMatchObject({ closedFlag: true });
  });

  it('moves the project with its tickets only when the switch says so', async () => {
    const { id, project } = firstTicket();
    const stamp = () => rig.world.stores.projects.get(project.id)?._info.lastUpdated;
    const before = stamp();
    rig.world.editTicket('areyes', id, { summary: 'Once' });
    expect(stamp()).toBe(before);
    await rig.control('PATCH', '/switches', { childTouchesParent: true });
    rig.world.editTicket('areyes', id, { summary: 'Twice' });
    expect(stamp()).toBe('2026-03-02T09:30:15Z');
  });

  it('keeps what tickets know of their predecessor in step', () => {
    const [first, second] = rig.world.stores.tickets.rows();
    if (!first || !second) throw new Error('two tickets are needed');
    const closed = rig.world.stores.boardStatuses
      .rows('board/id', first.board.id)
      .find((status) => status.closedStatus !== first.closedFlag);
    rig.world.editTicket('areyes', second.id, { predecessorType: 'Ticket', predecessorId: first.id });
    rig.world.editTicket('areyes', first.id, { status: closed?.id });
    expect(rig.world.stores.tickets.get(second.id)?.predecessorClosedFlag).toBe(!first.closedFlag);
    rig.world.deleteTicket('areyes', first.id);
    expect(rig.world.stores.tickets.get(second.id)?.predecessorId).toBeNull();
  });

  it('keeps the hours of a project the sum of its tickets', () => {
    const worked = rig.world.stores.tickets.rows().find((ticket) => ticket.actualHours);
    const projectId = worked?.project.id ?? 0;
    rig.world.deleteTicket('areyes', worked?.id ?? 0);
    const sum = rig.world.stores.tickets
      .rows('project/id', projectId)
      .reduce((hours, ticket) => hours + (ticket.actualHours ?? 0), 0);
    expect(rig.world.stores.projects.get(projectId)?.actualHours).toBe(sum);
  });

  it('answers 404 for what was deleted, and never gives the id again', async () => {
    const last = rig.world.addTicket('areyes', { summary: 'Short-lived', phase: firstTicket().phase.id });
    rig.world.deleteTicket('areyes', last.id);
    expect((await rig.get(`/project/tickets/${last.id}`)).status).toBe(404);
    const next = rig.world.addTicket('areyes', { summary: 'Next', phase: firstTicket().phase.id });
    expect(next.id).toBe(last.id + 1);
  });

  it('adds and deletes a project with all that is in it', async () => {
    const project = rig.world.addProject('areyes', {
      name: 'New one',
      board: 1,
      company: 20,
      estimatedStart: '2026-04-01',
      estimatedEnd: '2026-05-01',
    });
    const phase = rig.world.addPhase('areyes', { project: project.id, description: 'Only' });
    const below = rig.world.addPhase('areyes', {
      project: project.id,
      description: 'Below',
      parentPhase: phase.id,
    });
    const ticket = rig.world.addTicket('areyes', { summary: 'In it', phase: below.id });
    expect([phase.wbsCode, below.wbsCode, ticket.wbsCode]).toEqual(['1', '1.1', '1.1.1']);
    expect((await rig.get(`/project/projects/${project.id}`)).json).toMatchObject({ name: 'New one' });
    rig.world.deleteProject('areyes', project.id);
    expect((await rig.get(`/project/projects/${project.id}`)).status).toBe(404);
    expect((await rig.get(`/project/tickets/${ticket.id}`)).status).toBe(404);
  });

  it('refuses what makes no sense, and then changes nothing', () => {
    const ticket = firstTicket();
    const other = rig.world.stores.projects.rows()[1];
    const foreign = rig.world.stores.phases.rows('projectid', other?.id)[0]?.id ?? 0;
    const edit = (person: string, changes: Parameters<Rig['world']['editTicket']>[2]) => () =>
      rig.world.editTicket(person, ticket.id, { summary: 'Half done', ...changes });
    expect(edit('stranger', {})).toThrow('there is no member "stranger"');
    expect(edit('areyes', { status: 'No such status' })).toThrow('there is no status');
    expect(edit('areyes', { phase: foreign })).toThrow('another project');
    expect(edit('areyes', { predecessorType: 'Ticket', predecessorId: ticket.id })).toThrow('predecessor');
    expect(edit('areyes', { summary: ' ' })).toThrow();
    expect(rig.world.stores.tickets.get(ticket.id)).toEqual(ticket);
  });
});

describe('the world', () => {
  it('is the same for the same seed, and another for another', () => {
    const world = (seed: number) => {
      const { stores } = createWorld({ seed, projects: 5, tickets: 10, now: NOW });
      return JSON.stringify([stores.projects.rows(), stores.phases.rows(), stores.tickets.rows()]);
    };
    expect(world(7)).toBe(world(7));
    expect(world(7)).not.toBe(world(8));
  });

  it('has names that are hard to show, a tenth of closed projects, and no ticket from the future', () => {
    const { stores } = createWorld({ seed: 1, projects: 40, tickets: 5, now: NOW });
    const names = stores.projects.rows().map((project) => project.name);
    expect(new Set(names).size).toBe(40);
    for (const part of ['@channel', '<b>', '&amp;', '🚀', 'Überführung', 'ירושלים']) {
      expect(names.slice(0, 12).join('\n')).toContain(part);
    }
    expect(Math.max(...names.map((name) => name.length))).toBe(100);
    expect(stores.projects.rows().filter((project) => project.closedFlag)).toHaveLength(4);
    expect(stores.tickets.size).toBe(200);
    const stamps = stores.tickets.rows().flatMap(({ _info }) => [_info.dateEntered, _info.lastUpdated]);
    expect(stamps.every((stamp) => Date.parse(stamp) <= NOW.getTime())).toBe(true);
    expect(stores.tickets.rows().every(({ _info }) => _info.dateEntered <= _info.lastUpdated)).toBe(true);
  });

  it('gives every ticket and phase of a project a WBS code of its own', () => {
    const { stores } = createWorld({ seed: 3, projects: 4, tickets: 60, now: NOW });
    for (const { id } of stores.projects.rows()) {
      const codes = [...stores.phases.rows('projectid', id), ...stores.tickets.rows('project/id', id)].map(
        (row) => row.wbsCode,
      );
      expect(new Set(codes).size).toBe(codes.length);
    }
    expect(stores.phases.rows().some((phase) => phase.parentPhase !== null)).toBe(true);
  });

  it('makes 10,000 tickets in one project within 2 seconds', () => {
    const started = performance.now();
    const { stores } = createWorld({ seed: 7, projects: 1, tickets: 10_000, now: NOW });
    expect(stores.tickets.size).toBe(10_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

it('refuses an address that cannot be decoded', async () => {
  const status = await new Promise((resolve, reject) => {
    request({ port: rig.port, host: '127.0.0.1', path: '/login/companyinfo/%zz' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(400);
});
