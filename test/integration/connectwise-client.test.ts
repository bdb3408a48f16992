import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eq } from '../../adapters/connectwise/conditions.ts';
import { RecordMissingError } from '../../adapters/connectwise/errors.ts';
import { recordKinds } from '../../adapters/connectwise/kinds.ts';
import type { ConnectWiseSettings } from '../../adapters/connectwise/transport.ts';
import { type Answer, HttpStandIn } from '../support/http-stand-in.ts';
import { all, api, call, connectTo, failureOf, keys, noRoute } from './connectwise-client-rig.ts';

const tickets = `${api}/project/tickets`;
const basic = Buffer.from(`${keys.companyId}+${keys.publicKey}:${keys.privateKey}`).toString('base64');

const missing = { status: 404, json: { code: 'NotFound', message: 'Project 9 not found' } };
const cannotRoute = { status: 400, json: { message: 'Cannot route. Codebase/company is invalid' } };
const timedOut = {
  status: 500,
  json: { code: 'ConnectWiseApi', message: 'A timeout has occured. Please try again.' },
};
const tooMany = {
  status: 429,
  headers: { 'retry-after': '7' },
  json: { error: 'ConnectWiseAPI', message: 'Too many requests. Please try again in 7 seconds.' },
};

let standIn: HttpStandIn;

const connect = (more: Partial<ConnectWiseSettings> = {}, pageSize?: number) =>
  connectTo(standIn.url, more, pageSize);

/** A page of tickets with these ids; `next` as ConnectWise writes it, or the `Link` itself. */
function page(ids: readonly number[], next?: number | string): Answer {
  const json = ids.map((id) => ({ id, summary: `Ticket ${id}` }));
  if (next === undefined) return { json };
  const link = `<https://elsewhere.example/x?pageSize=3&pageId=${next}>; rel="next"`;
  return { json, headers: { link: typeof next === 'number' ? link : next } };
}

const idsOf = (pages: readonly { items: readonly { id: number }[] }[]): number[][] =>
  pages.map(({ items }) => items.map(({ id }) => id));

beforeEach(async () => {
  standIn = await HttpStandIn.start();
});

afterEach(async () => {
  await standIn.stop();
  standIn.verify();
});

describe('a request', () => {
  it('carries keys, clientId, the pinned version and what it asks for', async () => {
    const { psa } = connect({ version: '2026.1' });
    standIn.expect(
      { path: `${api}/system/info`, query: { fields: 'version' } },
      { json: { version: 'v2026.1' } },
    );
    expect(await psa.systemInfo(call())).toEqual({ version: 'v2026.1' });
    expect(standIn.calls[0]?.headers).toMatchObject({
      authorization: `Basic ${basic}`,
      clientid: keys.clientId,
      accept: 'application/vnd.connectwise.com+json; version=2026.1',
    });
  });

  it('is recorded with all that is known of it', async () => {
    const { psa, records } = connect();
    standIn.expect(
      { path: `${tickets}/count`, query: { conditions: 'project/id = 9' } },
      { json: { count: 4 }, headers: { 'x-request-id': 'cw-77' } },
    );
    expect(await psa.count('ticket', { project: 9 }, call())).toBe(4);
    expect(records).toEqual([
      {
        at: new Date('2026-01-05T00:00:00Z'),
        method: 'GET',
        path: `${tickets}/count?conditions=project%2Fid%20%3D%209`,
        status: 200,
        durationMs: 0,
        attempt: 1,
        requestId: 'cw-77',
        runId: 'run-1',
        projectId: 'plan-1',
        entity: 'ticket',
      },
    ]);
  });

  it('has a body and no second try when it is a POST', async () => {
    const { transport } = connect();
    standIn.expect({ method: 'POST', path: tickets }, timedOut);
    const ask = {
      method: 'POST',
      path: '/project/tickets',
      body: { summary: 'é' },
      entity: 'ticket',
    } as const;
    expect((await failureOf(transport.request(ask, call()))).code).toBe('cw.unavailable');
    expect(standIn.calls[0]?.body).toBe('{"summary":"é"}');
    expect(standIn.calls[0]?.headers['content-type']).toBe('application/json; charset=utf-8');
  });
});

describe('pages', () => {
  it('go forward only, each after the last id, to an empty Link', async () => {
    const { psa } = connect({}, 3);
    standIn.expect(
      { path: tickets, query: { conditions: 'project/id = 9', pageSize: '3' } },
      page([1, 2, 5], 5),
    );
    standIn.expect({ path: tickets, query: { pageId: '5' } }, page([6, 9, 12], 12));
    standIn.expect({ path: tickets, query: { pageId: '12' } }, page([13], ''));
    expect(idsOf(await all(psa.list('ticket', { project: 9 }, call())))).toEqual([
      [1, 2, 5],
      [6, 9, 12],
      [13],
    ]);
    const [first] = standIn.calls;
    expect(first?.headers['pagination-type']).toBe('forward-only');
    expect(first?.query.has('pageId')).toBe(false);
    expect(first?.query.has('orderBy')).toBe(false);
  });

  it('end without a Link, and with one that names only other pages', async () => {
    const { psa } = connect();
    standIn.expect({ path: tickets }, page([1, 2]));
    standIn.expect(
      { path: tickets },
      page([3], '<https://h/x?pageId=1>; rel="first", <https://h/x?pageId=1>; rel="prev"'),
    );
    expect(idsOf(await all(psa.list('ticket', { project: 9 }, call())))).toEqual([[1, 2]]);
    expect(idsOf(await all(psa.list('ticket', { project: 9 }, call())))).toEqual([[3]]);
  });

  it('end when no rows come, whatever the Link says', async () => {
    const { psa } = connect();
    standIn.expect({ path: tickets }, page([1, 2], 2));
    standIn.expect({ path: tickets, query: { pageId: '2' } }, page([], 900));
    expect(idsOf(await all(psa.list('ticket', { project: 9 }, call())))).toEqual([[1, 2]]);
    standIn.expect({ path: tickets }, page([]));
    expect(idsOf(await all(psa.list('ticket', { project: 9 }, call())))).toEqual([[]]);
  });

  it('of projects leave out the closed ones', async () => {
    const { psa } = connect();
    standIn.expect(
      { path: `${api}/project/projects`, query: { conditions: 'closedFlag = False' } },
      page([4]),
    );
    expect(idsOf(await all(psa.openProjects(call())))).toEqual([[4]]);
  });

  it('find the next page among several links', async () => {
    const { psa } = connect();
    const link =
      '<https://h/x?pageId=1>; rel="first", <https://h/v2025_1//x?a=b&pageId=7>; foo="a,b"; rel=next';
    standIn.expect({ path: tickets }, page([7], link));
    standIn.expect({ path: tickets, query: { pageId: '7' } }, page([8]));
    expect(idsOf(await all(psa.list('ticket', { project: 9 }, call())))).toEqual([[7], [8]]);
  });

  it.each([
    ['points back to itself', [page([1, 2], 2), page([3, 4], 2)]],
    ['begins again where it began', [page([1, 2], 2), page([1, 2], 4)]],
    ['is out of order', [page([2, 1])]],
    ['is paged by number', [page([1, 2], '<https://h/x?page=2>; rel="next"')]],
    ['is no list', [{ json: { message: 'sorry' } }]],
  ])('refuse a list that %s', async (_name, answers) => {
    const { psa } = connect();
    for (const answer of answers) standIn.expect({ path: tickets }, answer);
    const failure = await failureOf(all(psa.list('ticket', { project: 9 }, call())));
    expect(failure).toMatchObject({ code: 'cw.unexpected-response', entity: 'ticket' });
  });

  it('leave out one bad record and say why', async () => {
    const { psa } = connect();
    const rows = [{ id: 1 }, { id: 2, requiredDate: 'soon' }, { summary: 'lost' }, 'noise', { id: 3 }];
    standIn.expect({ path: tickets }, { json: rows });
    const [only] = await all(psa.list('ticket', { project: 9 }, call()));
    expect(only?.items.map(({ id }) => id)).toEqual([1, 3]);
    expect(only?.skipped.map(({ id }) => id)).toEqual([2, null, null]);
    expect(only?.skipped[0]?.reason).toBe('requiredDate: not a date');
  });

  it('know ConnectWise’s clock and where the next one begins', async () => {
    const { client } = connect();
    const date = 'Mon, 05 Jan 2026 10:00:00 GMT';
    standIn.expect({ path: tickets }, { json: [{ id: 4 }], headers: { date, link: '' } });
    const [only] = await all(
      client.pages(recordKinds.ticket, { path: '/project/tickets', condition: eq('id', 4) }, call()),
    );
    expect(only).toMatchObject({ pageId: null, readAt: new Date(date) });
  });

  it('become smaller when they take too long, and stay so for their kind', async () => {
    const { psa, client } = connect({ timeoutMs: 250 }, 150);
    standIn.expect({ path: tickets, query: { pageSize: '150' } }, 'silence');
    standIn.expect({ path: tickets, query: { pageSize: '75' } }, timedOut);
    standIn.expect({ path: tickets, query: { pageSize: '50' } }, page([1], 1));
    standIn.expect({ path: tickets, query: { pageSize: '50', pageId: '1' } }, page([2]));
    expect(idsOf(await all(psa.list('ticket', { project: 9 }, call())))).toEqual([[1], [2]]);
    standIn.expect({ path: `${api}/project/projects/9/phases`, query: { pageSize: '150' } }, page([3]));
    expect(
      idsOf(await all(client.pages(recordKinds.phase, { path: '/project/projects/9/phases' }, call()))),
    ).toEqual([[3]]);
  });
});

describe('a project that ConnectWise does not know', () => {
  it('is missing, with its phases, and nothing is looked up', async () => {
    const { psa, client } = connect();
    const path = `${api}/project/projects/9`;
    standIn.expect({ path }, missing);
    standIn.expect({ path: `${path}/phases` }, missing);
    standIn.expect({ path: `${path}/phases/count` }, missing);
    const failures = [
      await failureOf(psa.project(9, call())),
      await failureOf(all(psa.list('phase', { project: 9 }, call()))),
      await failureOf(psa.count('phase', { project: 9 }, call())),
    ];
    expect(failures.map(({ code }) => code)).toEqual(Array(3).fill('cw.project-missing'));
    expect(failures[0]?.vendorMessage).toBe('Project 9 not found');
    standIn.expect({ path: `${tickets}/7` }, missing);
    await expect(client.get(recordKinds.ticket, '/project/tickets/7', call())).rejects.toBeInstanceOf(
      RecordMissingError,
    );
  });
});

describe('a moved codebase', () => {
  const info = { CompanyName: 'Acme', Codebase: 'v2026_1/', IsCloud: 'True' };
  const lookUp = { path: '/login/companyinfo/acme' };
  const moved = '/v2026_1/apis/3.0/system/info';

  it.each([
    ['404', noRoute],
    ['404 without a word', { status: 404, text: '' }],
    ['Cannot route', cannotRoute],
  ])('is looked up on %s, without keys, and used from then on', async (_name, answer) => {
    const { psa } = connect();
    standIn.expect({ path: `${api}/system/info` }, answer);
    standIn.expect(lookUp, { json: info });
    standIn.expect({ path: moved }, { json: { version: 'new' } });
    expect(await psa.systemInfo(call())).toEqual({ version: 'new' });
    expect(standIn.calls[1]?.headers.authorization).toBeUndefined();
    expect(standIn.calls[1]?.headers.clientid).toBeUndefined();
    standIn.expect({ path: moved }, { json: {} });
    expect(await psa.systemInfo(call())).toEqual({ version: null });
  });

  it('is not retried where it did not change, nor looked up again at once', async () => {
    const { psa, clock } = connect();
    standIn.expect({ path: `${api}/system/info` }, noRoute);
    standIn.expect(lookUp, { json: { ...info, Codebase: 'v4_6_release/' } });
    expect((await failureOf(psa.systemInfo(call()))).code).toBe('cw.unexpected-response');
    standIn.expect({ path: `${api}/system/info` }, noRoute);
    expect((await failureOf(psa.systemInfo(call()))).code).toBe('cw.unexpected-response');
    await clock.sleep(61_000);
    standIn.expect({ path: `${api}/system/info` }, noRoute);
    standIn.expect(lookUp, { json: info });
    standIn.expect({ path: moved }, { json: {} });
    await psa.systemInfo(call());
  });

  it('is looked up once for requests that were under way together', async () => {
    const { psa } = connect();
    const late = Promise.withResolvers<void>();
    standIn.expect({ path: `${api}/project/projects/8` }, { ...noRoute, after: late.promise });
    const second = psa.project(8, call());
    standIn.expect({ path: `${api}/system/info` }, noRoute);
    standIn.expect(lookUp, { json: info });
    standIn.expect({ path: moved }, { json: {} });
    await psa.systemInfo(call());
    standIn.expect({ path: '/v2026_1/apis/3.0/project/projects/8' }, { json: { id: 8 } });
    late.resolve();
    expect((await second).project.id).toBe(8);
  });

  it('asks once when the new address does not know the route either', async () => {
    const { psa } = connect();
    standIn.expect({ path: `${api}/system/info` }, noRoute);
    standIn.expect(lookUp, { json: info });
    standIn.expect({ path: moved }, noRoute);
    expect((await failureOf(psa.systemInfo(call()))).code).toBe('cw.unexpected-response');
  });

  it('finds out that the company is unknown', async () => {
    const { psa } = connect();
    standIn.expect({ path: `${api}/system/info` }, cannotRoute);
    standIn.expect(lookUp, { json: null });
    const failure = await failureOf(psa.systemInfo(call()));
    expect(failure.code).toBe('cw.auth');
    expect(failure.message).toContain('"acme"');
  });
});

describe('trouble', () => {
  const path = `${api}/system/info`;
  const fine = { json: { version: 'v' } };

  it('waits as long as a 429 says, with JSON, and counts no try', async () => {
    const { psa, clock, records } = connect();
    for (let i = 0; i < 5; i++) standIn.expect({ path }, tooMany);
    standIn.expect({ path }, fine);
    await psa.systemInfo(call());
    expect(clock.slept.filter((ms) => ms === 7_000)).toHaveLength(5);
    // The rest is the pace, which was halved.
    expect(clock.monotonicMs()).toBeLessThan(36_000);
    expect(records.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 429],
      [2, 429],
      [3, 429],
      [4, 429],
      [5, 429],
      [6, 200],
    ]);
    expect(records[0]).toMatchObject({ errorCode: 'ConnectWiseAPI', errorMessage: tooMany.json.message });
  });

  it('waits half a minute and a bit after a 429 of the gateway, in HTML', async () => {
    const { psa, clock } = connect();
    standIn.expect({ path }, { status: 429, text: '<html>slow down</html>' });
    standIn.expect({ path }, fine);
    await psa.systemInfo(call());
    expect(clock.monotonicMs()).toBe(32_500);
  });

  it('gives up when the pause is longer than a minute, and everybody else with it', async () => {
    const { psa } = connect();
    standIn.expect({ path }, { ...tooMany, headers: { 'retry-after': '300' } });
    const expected = { code: 'cw.rate-limited', retryAfterMs: 300_000 };
    // The one that was told carries the id under which it stands in the log.
    expect(await failureOf(psa.systemInfo(call()))).toMatchObject({ ...expected, reference: 'own-1' });
    expect(await failureOf(psa.systemInfo(call()))).toMatchObject(expected);
    expect(standIn.calls).toHaveLength(1);
  });

  it('gives up after eight rounds of 429', async () => {
    const { psa } = connect();
    for (let i = 0; i < 8; i++) standIn.expect({ path }, tooMany);
    expect(await failureOf(psa.systemInfo(call()))).toMatchObject({
      code: 'cw.rate-limited',
      retryAfterMs: 7_000,
    });
  });

  it.each([
    ['a time-out of its own', timedOut],
    ['a bad gateway', { status: 502, text: '<html>bad gateway</html>' }],
    ['a reset connection', 'reset' as const],
  ])('tries a read again after %s', async (_name, answer) => {
    const { psa, clock } = connect();
    standIn.expect({ path }, answer);
    standIn.expect({ path }, answer);
    standIn.expect({ path }, fine);
    await psa.systemInfo(call());
    expect(clock.slept).toEqual([300, 600]);
  });

  it('gives up after three tries and records each', async () => {
    const { psa, records } = connect();
    standIn.expect({ path }, 'reset');
    standIn.expect({ path }, { status: 503, text: '' });
    standIn.expect({ path }, 'reset');
    const failure = await failureOf(psa.systemInfo(call()));
    expect(failure.code).toBe('cw.unavailable');
    expect(failure.reference).toBe(records[2]?.requestId);
    expect(records.map(({ attempt, status, errorCode }) => [attempt, status, errorCode])).toEqual([
      [1, undefined, 'network'],
      [2, 503, undefined],
      [3, undefined, 'network'],
    ]);
    expect(records[0]?.errorMessage).toMatch(/ECONNRESET|other side closed|socket/i);
  });

  it('waits as long as a 503 says', async () => {
    const { psa, clock } = connect();
    standIn.expect({ path }, { status: 503, headers: { 'retry-after': '20' } });
    standIn.expect({ path }, fine);
    await psa.systemInfo(call());
    expect(clock.slept).toEqual([20_000]);
  });

  it.each([
    ['400', { status: 400, json: { code: 'InvalidObject', message: 'bad' } }, 'cw.rejected'],
    ['401', { status: 401, json: { code: 'Unauthorized', message: 'no' } }, 'cw.auth'],
    ['403', { status: 403, json: { code: 'Forbidden', message: 'no' } }, 'cw.permission'],
    ['broken JSON', { text: '[{"id": 1}, {"id"' }, 'cw.unexpected-response'],
    ['HTML with status 200', { text: '<html>maintenance</html>' }, 'cw.unexpected-response'],
    ['nothing with status 200', { text: '' }, 'cw.unexpected-response'],
    [
      'a redirect to another host',
      { status: 302, headers: { location: 'http://localhost:1/' } },
      'cw.unexpected-response',
    ],
  ])('does not try again after %s', async (_name, answer, code) => {
    const { psa } = connect();
    standIn.expect({ path }, answer);
    expect(await failureOf(psa.systemInfo(call()))).toMatchObject({ code, entity: 'system info' });
  });

  it('keeps what it could not read, for the logs', async () => {
    const { psa, records } = connect();
    standIn.expect({ path }, { text: `<html>${'x'.repeat(5_000)}` });
    await failureOf(psa.systemInfo(call()));
    expect(records[0]).toMatchObject({ status: 200, errorMessage: 'HTML instead of JSON' });
    expect(records[0]?.errorBody).toHaveLength(2_000);
  });

  it('follows a redirect on the same host, but not for ever', async () => {
    const { psa, records } = connect();
    standIn.expect({ path }, { status: 307, headers: { location: '/v9/info' } });
    standIn.expect({ path: '/v9/info' }, fine);
    await psa.systemInfo(call());
    expect(records.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      [307, 'redirected'],
      [200, undefined],
    ]);
    for (let i = 0; i < 4; i++) standIn.expect({ path }, { status: 307, headers: { location: path } });
    expect((await failureOf(psa.systemInfo(call()))).code).toBe('cw.unexpected-response');
  });

  it('stops with the caller, with his reason and a record', async () => {
    const { psa, records } = connect();
    const stop = new AbortController();
    standIn.expect({ path }, 'silence');
    const asked = psa.systemInfo(call({ signal: stop.signal }));
    await expect.poll(() => standIn.calls.length).toBe(1);
    const reason = new Error('lease lost');
    stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(records[0]).toMatchObject({ errorCode: 'cancelled' });
    await expect(psa.systemInfo(call({ signal: stop.signal }))).rejects.toBe(reason);
    expect(standIn.calls).toHaveLength(1);
  });

  it('gives the turn back whatever happens', async () => {
    const { psa, budget } = connect();
    for (let i = 0; i < 3; i++) standIn.expect({ path }, 'reset');
    standIn.expect({ path }, { text: '' });
    await failureOf(psa.systemInfo(call()));
    await failureOf(psa.systemInfo(call()));
    const turns = Array.from({ length: 4 }, () =>
      budget.acquire({ priority: 0, maxPauseMs: 0, signal: call().signal }),
    );
    expect((await Promise.all(turns)).map(({ kind }) => kind)).toEqual(Array(4).fill('turn'));
  });
});

describe('secrets', () => {
  it('stand in no record and no failure, in no form', async () => {
    const { client, records } = connect();
    const said = `${keys.privateKey} ${keys.clientId} Basic ${basic} ${encodeURIComponent(keys.privateKey)}`;
    standIn.expect(
      { path: tickets },
      {
        status: 400,
        headers: { 'x-request-id': keys.privateKey },
        json: { code: keys.privateKey, message: said, errors: [{ field: keys.clientId, message: said }] },
      },
    );
    const listing = {
      path: '/project/tickets',
      condition: eq('summary', `find ${keys.privateKey} and ${basic}`),
    };
    const failure = await failureOf(all(client.pages(recordKinds.ticket, listing, call())));
    const shown = JSON.stringify([records, failure]);
    expect(shown).toContain('[redacted]');
    const decoded = decodeURIComponent(shown);
    for (const secret of [keys.privateKey, keys.clientId, keys.publicKey, basic, basic.slice(10, 30)]) {
      expect(shown).not.toContain(secret);
      expect(decoded).not.toContain(secret);
    }
  });

  it('are sent to no host without encryption', () => {
    expect(() => connect({ url: 'http://cw.example.com' })).toThrow(/https/);
  });
});
