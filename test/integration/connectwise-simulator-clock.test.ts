import { afterEach, describe, expect, it } from 'vitest';
import { RequestLog } from '../../demo/connectwise/control/request-log.ts';
import { type Rig, startRig } from './connectwise-simulator-rig.ts';

let rig: Rig;

afterEach(() => rig.stop());

const START = new Date('2026-03-02T09:30:15.000Z');
const world = { seed: 7, projects: 1, tickets: 3 };

describe('a virtual clock', () => {
  it('stands still until another process moves it, and stamps and dates everything', async () => {
    rig = await startRig({ world, virtualClock: START });
    expect((await rig.control('GET', '/clock')).json).toEqual({ now: START.toISOString(), virtual: true });
    expect((await rig.control('PUT', '/clock', { advanceMs: 86_400_000 })).json).toEqual({
      now: '2026-03-03T09:30:15.000Z',
      virtual: true,
    });
    rig.world.editTicket('areyes', 5001, { summary: 'A day later' });
    const answer = await rig.get('/project/tickets/5001');
    expect(answer.json).toMatchObject({ _info: { lastUpdated: '2026-03-03T09:30:15Z' } });
    expect(answer.headers.get('date')).toBe('Tue, 03 Mar 2026 09:30:15 GMT');
    await rig.control('PUT', '/clock', { now: '2026-01-01T00:00:00Z' });
    expect(rig.virtualClock?.now().toISOString()).toBe('2026-01-01T00:00:00.000Z');
  });

  it('fills the bucket of the rate limit', async () => {
    rig = await startRig({ world, virtualClock: true });
    await rig.control('PUT', '/rate-limit', { perMinute: 2 });
    const status = async () => (await rig.get('/system/info')).status;
    expect([await status(), await status(), await status(), await status()]).toEqual([200, 200, 429, 429]);
    await rig.control('PUT', '/clock', { advanceMs: 30_000 });
    expect([await status(), await status()]).toEqual([200, 429]);
    await rig.control('PUT', '/clock', { now: '2000-01-01T00:00:00Z' });
    expect(await status()).toBe(429);
  });

  it.each([{}, { advanceMs: -1 }, { now: 'soon' }, { advanceMs: 1, now: '2026-01-01T00:00:00Z' }])(
    'refuses %j',
    async (body) => {
      rig = await startRig({ world, virtualClock: START });
      expect((await rig.control('PUT', '/clock', body)).status).toBe(400);
      expect(rig.virtualClock?.now()).toEqual(START);
    },
  );

  it('cannot be moved when it is a real one', async () => {
    rig = await startRig({ world });
    expect((await rig.control('GET', '/clock')).json).toMatchObject({ virtual: false });
    expect(await rig.control('PUT', '/clock', { advanceMs: 1 })).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('--virtual-clock') },
    });
  });
});

describe('counting requests', () => {
  it('counts by path and what is below it, and starts again', async () => {
    rig = await startRig({ world });
    for (const path of [
      '/project/tickets',
      '/project/tickets/5001',
      '/project/tickets/1',
      '/project/projects',
    ]) {
      await rig.get(path);
    }
    const count = async (prefix: string) =>
      (await rig.control('GET', `/requests/count?prefix=${encodeURIComponent(prefix)}`)).json;
    expect(await count('/project/tickets')).toEqual({ count: 3, byStatus: { 200: 2, 404: 1 } });
    expect(await count('/v4_6_release/apis/3.0/project/tickets/')).toMatchObject({ count: 3 });
    expect(await count('/project')).toMatchObject({ count: 4 });
    expect(await count('/project/ticket')).toMatchObject({ count: 0 });
    expect((await rig.control('GET', '/requests/paths')).json).toContainEqual({
      path: '/project/tickets/5001',
      count: 1,
    });
    await rig.control('DELETE', '/requests');
    expect(await count('/project')).toEqual({ count: 0, byStatus: {} });
  });

  it('stays small and quick over 100,000 requests', async () => {
    rig = await startRig({ world });
    const log = new RequestLog();
    const started = performance.now();
    for (let id = 1; id <= 100_000; id += 1) {
      const path = `/v4_6_release/apis/3.0/project/projects/${id}/phases`;
      log.add({ method: 'GET', path, query: '', status: 200, at: '', ms: 1 });
    }
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(log.counts('/project/projects')).toEqual({ count: 100_000, byStatus: { 200: 100_000 } });
    expect(log.counts('/project/projects/17')).toMatchObject({ count: 1 });
    expect(log.entries()).toHaveLength(500);
    expect(log.paths().length).toBeLessThan(5_100);
    for (let id = 1; id <= 20_000; id += 1) {
      log.add({ method: 'GET', path: `/nonsense-${id}-x`, query: '', status: 404, at: '', ms: 1 });
    }
    expect(log.paths().length).toBeLessThan(10_100);
    expect(log.counts()).toMatchObject({ count: 120_000 });
  });
});
