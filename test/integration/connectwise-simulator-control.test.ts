import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkPath, type Rig, startRig } from './connectwise-simulator-rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig({ world: { seed: 7, projects: 2, tickets: 6 } });
});
afterEach(() => rig.stop());

const setFault = (fault: object) => rig.control('POST', '/faults', fault);

describe('faults', () => {
  it.each<[object, number, object]>([
    [{ status: 401 }, 401, { code: 'Unauthorized' }],
    [{ status: 403 }, 403, { code: 'Forbidden' }],
    [{ status: 404 }, 404, { code: 'ConnectWiseApi', message: 'The endpoint does not exist.' }],
    [{}, 500, { code: 'ConnectWiseApi', message: 'A timeout has occured. Please try again.' }],
    [{ status: 502 }, 502, { code: 'ConnectWiseApi' }],
  ])('answers %j', async (fault, status, body) => {
    await setFault({ kind: 'status', ...fault });
    const answer = await rig.get('/system/info');
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(body);
  });

  it('answers 429 in the other shape, with how long to wait', async () => {
    await setFault({ kind: 'status', status: 429, retryAfter: 7 });
    const answer = await rig.get('/system/info');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.json).toEqual({
      error: 'ConnectWiseAPI',
      message: 'Too many requests. Please try again in 7 seconds.',
    });
  });

  it('takes an HTTP date to wait for', async () => {
    await setFault({ kind: 'status', status: 429, retryAfter: 'Mon, 02 Mar 2026 10:00:00 GMT' });
    expect((await rig.get('/system/info')).headers.get('retry-after')).toBe('Mon, 02 Mar 2026 10:00:00 GMT');
  });

  it('answers HTML, as the layer in front does', async () => {
    await setFault({ kind: 'html', status: 429, retryAfter: 3 });
    const answer = await rig.get('/system/info');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(answer.text).toContain('<!DOCTYPE html>');
  });

  it('answers JSON that breaks off', async () => {
    await setFault({ kind: 'broken-json' });
    const answer = await rig.get('/system/info');
    expect(answer.status).toBe(200);
    expect(answer.text.length).toBeGreaterThan(0);
    expect(() => JSON.parse(answer.text)).toThrow();
  });

  it('cuts the connection', async () => {
    await setFault({ kind: 'reset' });
    await expect(rig.get('/system/info')).rejects.toThrow();
    expect((await rig.control('GET', '/requests')).json).toMatchObject([{ status: 0 }]);
  });

  it('cuts the connection in the middle of an answer', async () => {
    await setFault({ kind: 'reset', half: true, path: '/project/tickets' });
    let status = 0;
    let bytes = 0;
    const ended = new Promise<string>((resolve) => {
      const { Authorization, clientId } = {
        Authorization: `Basic ${Buffer.from('acme+demo-public:demo-private').toString('base64')}`,
        clientId: rig.credentials.clientId,
      };
      request(`${rig.url}/v4_6_release/apis/3.0/project/tickets`, { headers: { Authorization, clientId } })
        .on('response', (response) => {
          status = response.statusCode ?? 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
          });
          response.on('error', (error) => resolve(error.message));
          response.on('end', () => resolve('complete'));
        })
        .end();
    });
    expect(await ended).toBe('aborted');
    expect(status).toBe(200);
    expect(bytes).toBeGreaterThan(100);
  });

  it('waits before it answers', async () => {
    await setFault({ kind: 'slow', delayMs: 80 });
    const started = performance.now();
    expect((await rig.get('/system/info')).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(70);
  });

  it('turns pages that never end', async () => {
    await setFault({ kind: 'endless-page', path: '/project/tickets' });
    const path = '/project/tickets?pageSize=1000';
    const answer = await rig.get(path, { 'pagination-type': 'forward-only' });
    expect(linkPath(answer, 'next')).toBe(path);
  });

  it('lets some requests pass, and then hits so many', async () => {
    await setFault({ kind: 'status', status: 500, after: 1, times: 2 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await rig.get('/system/info')).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
  });

  it.each<[object, string, boolean]>([
    [{ path: '/project/tickets' }, '/project/tickets?pageSize=1', true],
    [{ path: '/project/tickets' }, '/project/projects', false],
    [{ path: 'id = 5' }, '/project/tickets?conditions=id%20%3D%205', true],
    [{ path: '/tickets.*pageid=\\d+/i' }, '/project/tickets?pageId=5', true],
    [{ path: '/tickets$/' }, '/project/tickets?pageId=5', false],
    [{ method: 'post' }, '/project/tickets', false],
    [{ method: 'get' }, '/project/tickets', true],
  ])('%j on %s: %s', async (where, path, hit) => {
    await setFault({ kind: 'status', status: 500, ...where });
    expect((await rig.get(path)).status).toBe(hit ? 500 : 200);
  });

  it('keeps, replaces and takes back faults by id', async () => {
    expect((await setFault({ kind: 'status', id: 'mine', status: 500 })).json).toEqual({ id: 'mine' });
    await setFault({ kind: 'status', id: 'mine', status: 403 });
    expect((await rig.get('/system/info')).status).toBe(403);
    expect((await rig.control('GET', '/faults')).json).toMatchObject([{ id: 'mine', status: 403, hits: 1 }]);
    expect((await rig.control('DELETE', '/faults/mine')).status).toBe(204);
    expect((await rig.control('DELETE', '/faults/mine')).status).toBe(404);
    await setFault({ kind: 'reset' });
    await rig.control('DELETE', '/faults');
    expect((await rig.get('/system/info')).status).toBe(200);
  });

  it.each([
    [{}, 'kind'],
    [{ kind: 'explode' }, 'kind'],
    [{ kind: 'status', status: 200 }, 'status'],
    [{ kind: 'slow', delay: 5 }, 'delay'],
    [{ kind: 'reset', path: '/(/' }, 'regular expression'],
  ])('refuses %j and says why', async (fault, reason) => {
    const answer = await setFault(fault);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: expect.stringContaining(reason) });
  });
});

describe('knobs', () => {
  it('takes a right away and gives it back', async () => {
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    expect((await rig.get('/project/tickets')).status).toBe(403);
    expect((await rig.get('/project/projects')).status).toBe(200);
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    expect((await rig.get('/project/tickets')).status).toBe(200);
  });

  it('can make a missing right look like a deletion', async () => {
    const id = rig.world.stores.projects.ids()[0];
    await rig.control('PATCH', '/switches', { missingRight: 'hidden' });
    await rig.control('PUT', '/permissions', { entity: 'projects', allowed: false });
    expect((await rig.get('/project/projects')).json).toEqual([]);
    expect((await rig.get('/project/projects/count')).json).toEqual({ count: 0 });
    expect((await rig.get(`/project/projects/${id}`)).json).toMatchObject({ code: 'NotFound' });
  });

  it.each([
    ['projects', '/project/projects'],
    ['phases', '/project/projects/101/phases'],
    ['boards', '/service/boards'],
    ['members', '/system/info/members'],
    ['companies', '/company/companies'],
  ])('has a right for %s', async (entity, path) => {
    expect((await rig.get(path)).status).toBe(200);
    await rig.control('PUT', '/permissions', { entity, allowed: false });
    expect((await rig.get(path)).status).toBe(403);
  });

  it('limits the rate', async () => {
    await rig.control('PUT', '/rate-limit', { perMinute: 2 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await rig.get('/system/info')).status);
    expect(statuses).toEqual([200, 200, 429]);
    const answer = await rig.get('/system/info');
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(answer.json).toMatchObject({ error: 'ConnectWiseAPI' });
  });

  it('slows everything down', async () => {
    await rig.control('PUT', '/latency', { ms: 80 });
    const started = performance.now();
    await rig.get('/system/info');
    expect(performance.now() - started).toBeGreaterThan(70);
  });

  it('lists and counts requests, and keeps no keys', async () => {
    await rig.get('/project/tickets?conditions=id=5');
    await rig.get('/nothing');
    const list = await rig.control('GET', '/requests');
    expect(list.json).toMatchObject([
      {
        method: 'GET',
        path: '/v4_6_release/apis/3.0/project/tickets',
        query: '?conditions=id=5',
        status: 200,
        at: '2026-03-02T09:30:15.678Z',
      },
      { status: 404 },
    ]);
    expect(list.text).not.toMatch(/basic|authorization|demo-private|00000000-0000/i);
    expect((await rig.control('GET', '/requests/count')).json).toEqual({
      count: 2,
      byStatus: { 200: 1, 404: 1 },
    });
    await rig.control('DELETE', '/requests');
    expect((await rig.control('GET', '/requests/count')).json).toMatchObject({ count: 0 });
  });

  it.each([
    ['PUT', '/permissions', { entity: 'cars', allowed: false }],
    ['PUT', '/latency', { ms: -1 }],
    ['PUT', '/codebase', { codebase: 'new' }],
    ['PUT', '/rate-limit', {}],
    ['PATCH', '/switches', { noSuchSwitch: true }],
    ['PATCH', '/tickets/5001', { as: 'areyes', changes: { colour: 'red' } }],
    ['PATCH', '/tickets/5001', { changes: {} }],
    ['PATCH', '/tickets/abc', { as: 'areyes', changes: {} }],
    ['DELETE', '/tickets/5001', undefined],
  ])('refuses %s %s %j', async (method, path, body) => {
    const answer = await rig.control(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: expect.stringMatching(/\w/) });
  });

  it('knows what there is', async () => {
    expect((await rig.control('GET', '/nothing')).status).toBe(404);
    expect((await rig.control('DELETE', '/latency')).status).toBe(405);
  });

  it('is closed to pages of other sites', async () => {
    const init = (headers: Record<string, string>) => ({ method: 'DELETE', headers });
    expect((await rig.raw('/_control/faults', init({ Origin: 'http://evil.example' }))).status).toBe(403);
    expect((await rig.raw('/_control/faults', init({ Origin: rig.url }))).status).toBe(204);
    const status = await new Promise((resolve, reject) => {
      request(`${rig.url}/_control/faults`, { headers: { Host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});

describe('changes', () => {
  it('edits, adds and deletes as a person', async () => {
    const edited = await rig.control('PATCH', '/tickets/5001', {
      as: 'gokafor',
      changes: { summary: 'By hand', owner: 'tbecker', requiredDate: '2026-06-01' },
    });
    expect(edited.json).toMatchObject({
      summary: 'By hand',
      owner: { identifier: 'tbecker' },
      requiredDate: '2026-06-01T00:00:00Z',
      _info: { updatedBy: 'gokafor' },
    });
    expect((await rig.get('/project/tickets/5001')).json).toMatchObject({ summary: 'By hand' });
    const phase = rig.world.stores.phases.ids()[0];
    const added = await rig.control('POST', '/tickets', { as: 'gokafor', summary: 'Added', phase });
    expect(added.status).toBe(201);
    const { id } = added.json as { id: number };
    expect((await rig.control('DELETE', `/tickets/${id}?as=gokafor`)).status).toBe(204);
    expect((await rig.get(`/project/tickets/${id}`)).status).toBe(404);
    expect((await rig.control('DELETE', `/tickets/${id}?as=gokafor`)).status).toBe(404);
    const project = await rig.control('PATCH', '/projects/101', {
      as: 'gokafor',
      changes: { name: 'New name' },
    });
    expect(project.json).toMatchObject({ name: 'New name', _info: { updatedBy: 'gokafor' } });
  });

  it('adds and deletes projects and phases', async () => {
    const project = await rig.control('POST', '/projects', {
      as: 'areyes',
      name: 'Fresh',
      board: 1,
      company: 20,
      estimatedStart: '2026-04-01',
      estimatedEnd: '2026-05-01',
    });
    const { id } = project.json as { id: number };
    const phase = await rig.control('POST', '/phases', { as: 'areyes', project: id, description: 'Start' });
    const { id: phaseId } = phase.json as { id: number };
    await rig.control('PATCH', `/phases/${phaseId}`, { as: 'pnair', changes: { status: 'Completed' } });
    expect((await rig.get(`/project/projects/${id}/phases`)).json).toMatchObject([
      { description: 'Start', wbsCode: '1', status: { name: 'Completed' }, _info: { updatedBy: 'pnair' } },
    ]);
    expect((await rig.control('DELETE', `/phases/${phaseId}?as=areyes`)).status).toBe(204);
    expect((await rig.control('DELETE', `/projects/${id}?as=areyes`)).status).toBe(204);
    expect((await rig.get(`/project/projects/${id}`)).status).toBe(404);
  });
});
