/**
 * What comes to any door of the HTTP server from outside and is forged, stale, repeated or malformed: it is refused with
 * the status that docs/security.md names, reaches no use case and brings nothing down; and who may come in still does.
 */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { planResources } from '../../adapters/api/routes.ts';
import { type AllDoors, openAllDoors } from '../support/all-doors-rig.ts';
import {
  badKnocks,
  callbacksPath,
  longKnocks,
  slackPath,
  slackSigned,
  teamsPath,
  wireKnocks,
} from '../support/bad-knocks.ts';
import { type Answered, type Knock, knock, type Request, rawKnock } from '../support/knock.ts';
import { eventually } from '../support/product-rig.ts';

let rig: AllDoors;

beforeAll(async () => {
  // So many that no limit hides how a single one is answered.
  rig = await openAllDoors({ allowance: { perSecond: 1_000_000, burst: 1_000_000 } });
});
afterAll(() => rig?.stop());
beforeEach(() => rig.reached.splice(0));
afterEach(() => expect(problemsIn(rig)).toEqual([]));

/** An error in the log is something that nobody foresaw. */
const problemsIn = ({ logger }: AllDoors) => logger.lines.filter(({ level }) => level === 'error');

let events = 0;

/** One of each kind that is let in, and what it reaches. */
function goodKnocks({ known, teams }: AllDoors): readonly (readonly [string, Request, number])[] {
  events += 1;
  const nth = events;
  const command = new URLSearchParams({
    command: '/cwsync',
    text: 'status',
    team_id: 'T1',
    channel_id: 'C1',
    user_id: 'U1',
    trigger_id: `1.${nth}`,
    response_url: 'https://hooks.slack.com/commands/x',
  }).toString();
  const event = JSON.stringify({
    type: 'message',
    id: `e${nth}`,
    text: 'status',
    channelId: 'msteams',
    serviceUrl: teams.serviceUrl,
    from: { id: '29:a', name: 'Alex', aadObjectId: '33333333-3333-4333-8333-333333333331' },
    recipient: { id: '28:b' },
    conversation: { id: 'a:1', conversationType: 'personal', tenantId: teams.tenantId },
    channelData: { tenant: { id: teams.tenantId } },
  });
  const callback = JSON.stringify({
    Action: 'updated',
    ID: nth,
    Type: 'ticket',
    CompanyId: 'acme',
    Entity: '{}',
    Metadata: { key_url: known.callbacks.keyUrl },
  });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/json' };
  return [
    [
      'request',
      {
        method: 'POST',
        path: slackPath,
        headers: { ...form, ...slackSigned(known.slackSecret, command) },
        body: command,
      },
      200,
    ],
    [
      'request',
      {
        method: 'POST',
        path: teamsPath,
        headers: { ...json, authorization: `Bearer ${known.teams.token({}, 'us')}` },
        body: event,
      },
      200,
    ],
    [
      'callback',
      {
        method: 'POST',
        path: callbacksPath,
        headers: { 'x-content-signature': known.callbacks.sign(callback) },
        body: callback,
      },
      204,
    ],
    [
      'list',
      { method: 'GET', path: '/api/v1/tasks', headers: { authorization: `Bearer ${known.apiToken}` } },
      200,
    ],
  ];
}

async function allAreLetIn(doors: AllDoors): Promise<void> {
  doors.reached.splice(0);
  const good = goodKnocks(doors);
  for (const [, request, status] of good) {
    const answer = await knock(doors.port, request);
    expect([request.path, answer.status]).toEqual([request.path, status]);
  }
  await eventually(() => expect(doors.reached.toSorted()).toEqual(good.map(([what]) => what).toSorted()));
  expect((await knock(doors.port, { method: 'GET', path: '/healthz', headers: {} })).status).toBe(200);
  doors.reached.splice(0);
}

/** What every answer says of itself, and what none does. */
function expectGuarded({ headers, text }: Answered): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000',
  });
  expect([headers.server, headers['x-powered-by']]).toEqual([undefined, undefined]);
  expect(text).not.toMatch(/node_modules|\.ts:|at \S+ \(|<html/iu);
}

describe('forged, stale, altered and malformed', () => {
  test.each(['slack', 'teams', 'callbacks', 'api', 'files', 'others'] as const)('at %s', async (door) => {
    await allAreLetIn(rig);
    await fc.assert(
      fc.asyncProperty(badKnocks(rig.known)[door], async (bad) => {
        const answer = await knock(rig.port, bad);
        expect(bad.documented, `${bad.what}: ${answer.status}`).toContain(answer.status);
        expectGuarded(answer);
        if (answer.status === 405) expect(answer.headers.allow).toBeTruthy();
        expect(rig.reached).toEqual([]);
      }),
      { numRuns: 120 },
    );
    await allAreLetIn(rig);
  });

  test('what is too long', async () => {
    for (const long of longKnocks(rig.known)) {
      const answer = await knock(rig.port, long);
      expect([long.door, answer.status]).toEqual([long.door, 413]);
    }
    expect(rig.reached).toEqual([]);
    await allAreLetIn(rig);
  });

  test.each(wireKnocks)('on the wire: %s', async (_, bytes, documented) => {
    const said = await rawKnock(rig.port, bytes);
    expect(documented).toContain(Number(/^HTTP\/1\.1 (\d{3}) /u.exec(said)?.[1]));
    expect(said).not.toMatch(/^server:/imu);
    expect(rig.reached).toEqual([]);
  });
});

test('what was let in once and comes again, in any order, does nothing a second time; a callback may', async () => {
  const [slackGood, teamsGood] = goodKnocks(rig).map(([, request]) => request);
  if (!slackGood || !teamsGood) throw new Error('nothing to repeat');
  const again = fc.array(fc.constantFrom(slackGood, teamsGood), { minLength: 1, maxLength: 6 });
  for (const one of [slackGood, teamsGood]) await knock(rig.port, one);
  await eventually(() => expect(rig.reached).toEqual(['request', 'request']));
  await fc.assert(
    fc.asyncProperty(again, async (repeats) => {
      const answers = await Promise.all(repeats.map((one) => knock(rig.port, one)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(rig.reached).toEqual(['request', 'request']);
    }),
    { numRuns: 20 },
  );
});

describe('a role that is too low', () => {
  const writes = Object.entries(planResources).flatMap(([path, { creates, changes, deletes }]) => [
    ...(creates ? [['POST', path] as const] : []),
    ...(changes ? [['PATCH', `${path}/x`] as const] : []),
    ...(deletes ? [['DELETE', `${path}/x`] as const] : []),
  ]);
  const refusals = [
    ...writes.map(([method, path]) => [method, path, 'viewer'] as const),
    ...(['viewer', 'operator'] as const).map((role) => ['PATCH', 'members/5', role] as const),
  ];

  test.each(refusals)(
    '%s %s with the token of a %s: 403, and nothing is done',
    async (method, path, role) => {
      const headers = {
        authorization: `Bearer ${rig.tokens[role]}`,
        'content-type': 'application/json',
        'if-match': '"1"',
      };
      const { status } = await knock(rig.port, { method, path: `/api/v1/${path}`, headers, body: '{}' });
      expect(status).toBe(403);
      expect(rig.reached).toEqual([]);
    },
  );
});

test('nothing of what strangers send is told in the log', async () => {
  const marker = 'Contoso-7Q';
  const signed = (body: string) => ({
    'content-type': 'application/json',
    ...slackSigned(rig.known.slackSecret, body),
  });
  const bearing = {
    authorization: `Bearer ${rig.known.teams.token({}, 'us')}`,
    'content-type': 'application/json',
  };
  const callback = (body: string) => ({ 'x-content-signature': rig.known.callbacks.sign(body) });
  const api = { authorization: `Bearer ${rig.known.apiToken}`, 'content-type': 'application/json' };
  for (const body of [
    marker,
    `{"${marker}`,
    JSON.stringify({ [marker]: marker, type: { [marker]: 1 } }),
    `["${marker}"]`,
  ]) {
    const about = { cookie: marker, 'user-agent': marker };
    for (const [path, headers] of [
      [slackPath, signed(body)],
      [slackPath, { 'content-type': 'application/json' }],
      [teamsPath, bearing],
      [teamsPath, { ...bearing, authorization: `Bearer ${marker}` }],
      [callbacksPath, callback(body)],
      ['/api/v1/tasks', api],
      [`/api/v1/${marker}`, { authorization: `Bearer ${marker}` }],
      [`/files/${marker}?e=1&t=${marker}`, {}],
      [`/${marker}/%E0%A4%A`, {}],
    ] as const) {
      await knock(rig.port, { method: 'POST', path, headers: { ...about, ...headers }, body });
    }
  }
  const told = rig.logger.lines
    .filter(({ level }) => level !== 'debug')
    .map((line) => inspect(line, { depth: 9 }));
  expect(told.filter((line) => line.includes(marker))).toEqual([]);
  // At debug, where an operator looks for why Slack's body made no sense, its library quotes it.
  expect(
    rig.logger.lines.map((line) => inspect(line, { depth: 9 })).filter((line) => line.includes(marker)),
  ).not.toEqual([]);
});

test('strangers who keep knocking are sent away unread, and nobody who may come in is', async () => {
  let nowMs = 0;
  const doors = await openAllDoors({ allowance: { perSecond: 1, burst: 20 }, monotonicMs: () => nowMs });
  try {
    await allAreLetIn(doors);
    const strangers: readonly Knock[] = (
      [
        ['POST', slackPath],
        ['POST', teamsPath],
        ['POST', callbacksPath],
        ['GET', '/api/v1/tasks'],
        ['GET', '/files/x'],
        ['POST', '/healthz'],
        ['GET', '/admin'],
      ] as const
    ).map(([method, path]) => ({
      door: path,
      what: 'a stranger',
      method,
      path,
      headers: {},
      documented: [429],
    }));
    for (const stranger of strangers) {
      const statuses: number[] = [];
      for (let nth = 0; nth < 25; nth += 1) statuses.push((await knock(doors.port, stranger)).status);
      expect([stranger.path, statuses.indexOf(429)]).toEqual([stranger.path, 20]);
      const refused = await knock(doors.port, stranger);
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
      expectGuarded(refused);
      await allAreLetIn(doors);
    }
    nowMs += 1_000;
    for (const stranger of strangers)
      expect((await knock(doors.port, stranger)).status, stranger.path).not.toBe(429);
    const told = doors.logger.lines.filter(({ message }) => message === 'requests were refused');
    // Once a minute for each door, however many there were, and nothing of what they said.
    expect(told.map(({ fields }) => fields)).toEqual(
      ['slack', 'teams', 'callbacks', 'api', 'files', 'health', 'elsewhere'].map((door) => ({
        door,
        refused: expect.any(Object),
      })),
    );
    expect(problemsIn(doors)).toEqual([]);
  } finally {
    await doors.stop();
  }
});

describe('slow', () => {
  let slow: AllDoors;
  beforeAll(async () => {
    slow = await openAllDoors({
      times: { head: 150, request: 300, keptAlive: 150, silent: 600, looked: 25 },
    });
  });
  afterAll(() => slow?.stop());

  test.each([
    ['a head that never ends', 'GET /healthz HTTP/1.1\r\nhost: x\r\nx: ', 408],
    [
      'a body that never comes',
      'POST /api/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a.b.c\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      408,
    ],
    ['a connection that asks nothing more', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n', 200],
    ['a connection that asks nothing at all', '', 408],
  ])('%s is closed', async (_, bytes, status) => {
    const since = performance.now();
    const said = await rawKnock(slow.port, bytes);
    expect(performance.now() - since).toBeLessThan(5_000);
    if (bytes !== '' || said !== '') expect(said).toContain(`HTTP/1.1 ${status}`);
    expect(problemsIn(slow)).toEqual([]);
  });
});
