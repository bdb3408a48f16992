import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idsOf, linkPath, NOW, type Rig, startRig } from './connectwise-simulator-rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const setFault = (fault: object) => rig.control('POST', '/faults', fault);
const turn = (switches: object) => rig.control('PATCH', '/switches', switches);

describe('faults that change the tenant on the way', () => {
  it('loses a right in the middle of a sweep, and keeps it lost until it is given back', async () => {
    await setFault({ kind: 'revoke', entity: 'tickets', path: '/project/tickets', after: 2 });
    const forward = { 'pagination-type': 'forward-only' };
    let path: string | null = '/project/tickets?pageSize=10&fields=id';
    const seen: number[] = [];
    const statuses: number[] = [];
    while (path !== null && statuses.length < 20) {
      const answer = await rig.get(path, forward);
      statuses.push(answer.status);
      if (answer.status === 200) seen.push(...idsOf(answer));
      path = linkPath(answer, 'next');
    }
    expect(statuses).toEqual([200, 200, 403]);
    expect(seen).toHaveLength(20);
    expect((await rig.get('/project/projects')).status).toBe(200);
    expect((await rig.get('/project/tickets')).status).toBe(403);
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    expect((await rig.get('/project/tickets')).status).toBe(200);
  });

  it('loses a right so that the rest looks deleted', async () => {
    await turn({ missingRight: 'hidden' });
    await setFault({ kind: 'revoke', entity: 'timeEntries', after: 1 });
    expect((await rig.get('/time/entries')).json).not.toEqual([]);
    expect((await rig.get('/time/entries')).json).toEqual([]);
  });

  it('is upgraded in the middle of a sweep', async () => {
    await setFault({ kind: 'codebase', codebase: 'v2025_2', after: 1 });
    expect((await rig.get('/project/tickets')).status).toBe(200);
    expect((await rig.get('/project/tickets')).status).toBe(400);
    expect((await rig.raw('/login/companyinfo/acme')).json).toMatchObject({ Codebase: 'v2025_2/' });
  });

  it.each([
    [{ kind: 'revoke' }, 'entity'],
    [{ kind: 'slow', entity: 'tickets' }, 'entity'],
    [{ kind: 'codebase' }, 'codebase'],
    [{ kind: 'codebase', codebase: 'new' }, 'codebase'],
  ])('refuses %j', async (fault, field) => {
    expect(await setFault(fault)).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining(field) },
    });
  });
});

describe('records that are not as the documents say', () => {
  const fields = '/project/tickets/5001?fields=id,summary,owner,board';

  it('carry fields that nobody knows', async () => {
    await turn({ unknownFields: true });
    for (const path of ['/project/tickets/5001', fields, '/time/workTypes/1']) {
      expect((await rig.get(path)).json).toMatchObject({ futureFlag: true, futureReference: { id: 1 } });
    }
  });

  it('have null where nothing is, or nothing at all', async () => {
    const { id } = rig.world.addTicket('areyes', { summary: 'Bare', phase: 701 });
    expect((await rig.get(`/project/tickets/${id}`)).json).not.toHaveProperty('owner');
    await turn({ nullFields: 'explicit' });
    expect((await rig.get(`/project/tickets/${id}`)).json).toMatchObject({ owner: null, budgetHours: null });
    expect((await rig.get(`/project/tickets/${id}?fields=id,owner`)).json).toEqual({ id, owner: null });
  });

  it('lack fields that were asked for', async () => {
    await turn({ missingFields: ['summary', '_info'] });
    const { json } = await rig.get(fields);
    expect(json).toMatchObject({ id: 5001, board: { id: expect.any(Number) } });
    expect(json).not.toHaveProperty('summary');
    expect((await rig.get('/project/tickets/5001')).json).not.toHaveProperty('_info');
  });

  it('hold NUL characters in what people typed, and only there', async () => {
    const plain = (await rig.get('/project/tickets/5001')).json as { summary: string };
    await turn({ nulCharacters: true });
    const { json } = await rig.get('/project/tickets/5001');
    const { summary, board, closedDate } = json as Record<string, string> & { board: { name: string } };
    expect(summary).toContain('\0');
    expect(summary?.replaceAll('\0', '')).toBe(plain.summary);
    expect(board.name).toContain('\0');
    expect(closedDate ?? '').not.toContain('\0');
  });

  it('refer to what is not there', async () => {
    await turn({ danglingReferences: ['members', 'boards'] });
    const open = rig.world.stores.tickets.rows().find(({ owner }) => owner);
    const { json } = await rig.get(`/project/tickets/${open?.id}`);
    const { owner, board, status } = json as Record<string, { id: number }>;
    expect((await rig.get(`/system/members/${owner?.id}`)).status).toBe(404);
    expect((await rig.get(`/service/boards/${board?.id}`)).status).toBe(404);
    expect(status?.id).toBe(open?.status.id);
  });

  it.each([90, -90])('are stamped by a clock that is %i seconds behind the header Date', async (seconds) => {
    await turn({ clockSkewSeconds: seconds });
    rig.world.editTicket('areyes', 5001, { summary: 'Now' });
    const answer = await rig.get('/project/tickets/5001');
    expect(answer.json).toMatchObject({ _info: { lastUpdated: '2026-03-02T09:30:15Z' } });
    expect(answer.headers.get('date')).toBe(new Date(NOW.getTime() + seconds * 1_000).toUTCString());
  });
});

it('starts with the faults, switches and missing rights that it is given', async () => {
  const started = await startRig({
    world: { seed: 7, projects: 1, tickets: 2, schedule: 2 },
    faults: [{ kind: 'status', status: 502, path: '/project/projects' }],
    withheld: ['timeEntries'],
    switches: { nullFields: 'explicit', projectTicketScheduleType: 'P' },
  });
  try {
    expect((await started.get('/project/projects')).status).toBe(502);
    expect((await started.get('/time/entries')).status).toBe(403);
    expect((await started.get('/schedule/entries?conditions=objectId=5001')).json).toMatchObject([
      { type: { identifier: 'P' } },
    ]);
  } finally {
    await started.stop();
  }
});
