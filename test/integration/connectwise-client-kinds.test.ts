import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxUrlChars } from '../../adapters/connectwise/client.ts';
import type { PsaKind, PsaTable, ScoutedKind } from '../../src/domain/psa-records.ts';
import type { PsaScope } from '../../src/ports/psa.ts';
import { type Answer, HttpStandIn } from '../support/http-stand-in.ts';
import { all, api, call, connectTo, failureOf, noRoute } from './connectwise-client-rig.ts';

const date = 'Mon, 05 Jan 2026 10:00:00 GMT';
const readAt = new Date(date);
const info = {
  lastUpdated: '2026-01-05T08:00:00Z',
  updatedBy: 'mlopez',
  dateEntered: '2026-01-04T08:00:00Z',
  enteredBy: 'akim',
};
const stamps = { lastUpdated: info.lastUpdated, updatedBy: 'mlopez' };
/** cwsync makes no team members, so it need not know who did. */
const stampsOf = (kind: PsaKind) =>
  kind === 'teamMember' ? stamps : { ...stamps, entered: { by: info.enteredBy, at: info.dateEntered } };
const maria = { id: 5, identifier: 'mlopez', name: 'Maria Lopez' };
const missing = { status: 404, json: { code: 'NotFound', message: 'Not found' } };
const forbidden = { status: 403, json: { code: 'Forbidden', message: 'no' } };
const since = new Date('2026-01-05T08:00:00.900Z');
const changed = 'lastUpdated >= [2026-01-05T08:00:00Z]';

let standIn: HttpStandIn;
const connect = (pageSize?: number) => connectTo(standIn.url, {}, pageSize);

beforeEach(async () => {
  standIn = await HttpStandIn.start();
});

afterEach(async () => {
  await standIn.stop();
  standIn.verify();
});

type Row = {
  readonly kind: PsaKind;
  readonly scope: PsaScope;
  readonly path: string;
  readonly condition?: string;
  readonly record: object;
  readonly read: object;
};

const rows: readonly Row[] = [
  {
    kind: 'phase',
    scope: { project: 9 },
    path: '/project/projects/9/phases',
    record: { description: 'Plan', wbsCode: '1' },
    read: {
      name: 'Plan',
      parent: null,
      wbsCode: '1',
      status: null,
      scheduledStart: null,
      scheduledEnd: null,
      budgetHours: null,
    },
  },
  {
    kind: 'scheduleEntry',
    scope: { tickets: [4711, 4712] },
    path: '/schedule/entries',
    condition: 'objectId in (4711,4712)',
    record: {
      objectId: 4711,
      member: maria,
      type: { id: 4, identifier: 'S', name: 'Service' },
      dateStart: '2026-01-12T13:00:00Z',
      dateEnd: '2026-01-12T15:00:00Z',
      hours: 2,
      doneFlag: true,
    },
    read: {
      objectId: 4711,
      onTicket: true,
      member: { id: 5, name: 'Maria Lopez' },
      start: '2026-01-12T13:00:00Z',
      end: '2026-01-12T15:00:00Z',
      hours: 2,
      done: true,
      type: { id: 4, name: 'Service' },
    },
  },
  {
    kind: 'timeEntry',
    scope: { project: 9 },
    path: '/time/entries',
    condition: 'project/id = 9',
    record: {
      chargeToId: 4711,
      chargeToType: 'ProjectTicket',
      member: maria,
      timeStart: '2026-01-12T13:00:00Z',
      timeEnd: '2026-01-12T15:00:00Z',
      actualHours: 1.5,
      workType: { id: 2, name: 'Regular' },
      billableOption: 'Billable',
      notes: 'Or\u0000dered',
      internalNotes: 'not for us',
      project: { id: 9, name: 'Office move' },
      phase: { id: 201, name: 'Plan' },
    },
    read: {
      projectId: 9,
      ticketId: 4711,
      phaseId: 201,
      member: { id: 5, name: 'Maria Lopez' },
      start: '2026-01-12T13:00:00Z',
      end: '2026-01-12T15:00:00Z',
      hours: 1.5,
      workType: { id: 2, name: 'Regular' },
      billable: 'Billable',
      notes: 'Ordered',
    },
  },
  {
    kind: 'projectNote',
    scope: { project: 9 },
    path: '/project/projects/9/notes',
    record: { text: 'Landlord agreed', type: { id: 3, name: 'Update' }, flagged: true },
    read: {
      text: 'Landlord agreed',
      type: { id: 3, name: 'Update' },
      flagged: true,
      author: 'akim',
      writtenAt: '2026-01-04T08:00:00Z',
    },
  },
  {
    kind: 'ticketNote',
    scope: { ticket: 4711 },
    path: '/project/tickets/4711/notes',
    record: {
      ticketId: 4711,
      text: 'Fixed',
      resolutionFlag: true,
      internalAnalysisFlag: true,
      member: maria,
    },
    read: {
      ticketId: 4711,
      text: 'Fixed',
      use: 'internal',
      author: 'mlopez',
      writtenAt: '2026-01-04T08:00:00Z',
    },
  },
  {
    kind: 'teamMember',
    scope: { project: 9 },
    path: '/project/projects/9/teamMembers',
    record: {
      member: maria,
      projectRole: { id: 1, identifier: 'Project Manager' },
      hours: 40,
      startDate: '2026-01-01T00:00:00Z',
    },
    read: {
      member: { id: 5, name: 'Maria Lopez' },
      role: { id: 1, name: 'Project Manager' },
      hours: 40,
      start: '2026-01-01T00:00:00Z',
      end: null,
    },
  },
];

describe.each(rows)('$kind', ({ kind, scope, path, condition, record, read }) => {
  it('is read page by page, with ConnectWise’s clock', async () => {
    const { psa } = connect();
    const query = condition === undefined ? {} : { conditions: condition };
    standIn.expect(
      { path: api + path, query },
      { json: [{ id: 70, ...record, _info: info }], headers: { date } },
    );
    const [page] = await all(psa.list(kind, scope, call()));
    expect(page).toMatchObject({ items: [{ id: 70, ...stampsOf(kind), ...read }], skipped: [], readAt });
    expect(page?.items[0]).toEqual({ id: 70, ...stampsOf(kind), ...read });
    expect(standIn.calls[0]?.query.has('conditions')).toBe(condition !== undefined);
  });

  it('is read with nothing but an id, and with null everywhere', async () => {
    const { psa } = connect();
    const empty = Object.fromEntries(Object.keys(record).map((field) => [field, null]));
    standIn.expect({ path: api + path }, { json: [{ id: 1 }, { id: 2, ...empty, _info: null }] });
    const [page] = await all(psa.list(kind, scope, call()));
    expect(page?.skipped).toEqual([]);
    expect(page?.items.map(({ id, lastUpdated }) => [id, lastUpdated])).toEqual([
      [1, null],
      [2, null],
    ]);
  });

  it('is read from a time on', async () => {
    const { psa } = connect();
    const conditions = condition === undefined ? changed : `${condition} and ${changed}`;
    standIn.expect({ path: api + path, query: { conditions } }, { json: [] });
    expect(await all(psa.list(kind, scope, call(), since))).toHaveLength(1);
  });

  it('is counted', async () => {
    const { psa } = connect();
    const query = condition === undefined ? {} : { conditions: condition };
    standIn.expect({ path: `${api}${path}/count`, query }, { json: { count: 7 } });
    expect(await psa.count(kind, scope, call())).toBe(7);
  });

  it('is read by id, wherever it is', async () => {
    const { psa } = connect();
    standIn.expect(
      { path: api + path, query: { conditions: 'id in (70,71)' } },
      { json: [{ id: 70, ...record, _info: info }], headers: { date } },
    );
    expect(await psa.byIds(kind, [71, 70, 71], scope, call())).toEqual({
      items: [{ id: 70, ...stampsOf(kind), ...read }],
      skipped: [],
      readAt,
    });
    expect(await psa.byIds(kind, [], scope, call())).toEqual({ items: [], skipped: [], readAt: null });
  });

  it('is missing where ConnectWise says so, and nowhere else', async () => {
    const { psa } = connect();
    const one = { path: `${api}${path}/70` };
    standIn.expect(one, missing);
    expect(await psa.isMissing(kind, 70, scope, call())).toBe(true);
    standIn.expect(one, { json: { id: 70, summary: 7, hours: 'many' } });
    expect(await psa.isMissing(kind, 70, scope, call())).toBe(false);
    standIn.expect(one, forbidden);
    expect(await failureOf(psa.isMissing(kind, 70, scope, call()))).toMatchObject({
      code: 'cw.permission',
      entity: kind,
    });
  });

  it('is left alone where the right is missing, which says what of', async () => {
    const { psa } = connect();
    standIn.expect({ path: api + path }, forbidden);
    standIn.expect({ path: `${api}${path}/count` }, forbidden);
    standIn.expect({ path: api + path }, forbidden);
    const failures = [
      await failureOf(all(psa.list(kind, scope, call()))),
      await failureOf(psa.count(kind, scope, call())),
      await failureOf(psa.byIds(kind, [1], scope, call())),
    ];
    expect(failures.map(({ code, entity }) => [code, entity])).toEqual(
      Array(3).fill(['cw.permission', kind]),
    );
  });
});

describe('a schedule entry', () => {
  it.each([
    ['C', false],
    ['c', false],
    ['S', true],
    [null, true],
  ])('of type %s is on a ticket: %s', async (identifier, onTicket) => {
    const { psa } = connect();
    const json = [{ id: 1, objectId: 4711, type: { id: 9, identifier, name: 'Some' } }];
    standIn.expect({ path: `${api}/schedule/entries` }, { json });
    const [page] = await all(psa.list('scheduleEntry', {}, call()));
    expect(page?.items[0]?.onTicket).toBe(onTicket);
  });
});

describe('a refusal', () => {
  it('names the kind as people call it', async () => {
    const { psa } = connect();
    standIn.expect({ path: `${api}/schedule/entries` }, forbidden);
    const failure = await failureOf(all(psa.list('scheduleEntry', {}, call())));
    expect(failure.message).toBe(
      'The security role of the API member lacks a right on schedule entry records.',
    );
  });
});

describe('a record that is asked for by id', () => {
  const path = `${api}/project/tickets/70`;

  it.each<[string, readonly Answer[], string]>([
    ['keys that are refused', [{ status: 401, json: { code: 'Unauthorized' } }], 'cw.auth'],
    ['an answer that is no record', [{ json: null }], 'cw.unexpected-response'],
    ['a list', [{ json: [] }], 'cw.unexpected-response'],
    ['a page of the gateway', [{ text: '<html>busy</html>' }], 'cw.unexpected-response'],
    ['trouble', Array(3).fill({ status: 500, json: {} }), 'cw.unavailable'],
    ['a dead connection', Array(3).fill('reset'), 'cw.unavailable'],
    ['a 404 of the gateway', [{ status: 404, text: '<html>not here</html>' }], 'cw.unexpected-response'],
    ['a 404 for the address', [noRoute], 'cw.unexpected-response'],
    ['410', [{ status: 410, json: { code: 'NotFound' } }], 'cw.unexpected-response'],
  ])('is not missing after %s', async (_name, answers, code) => {
    const { psa } = connect();
    for (const answer of answers) standIn.expect({ path }, answer);
    // Asked where the route is unknown; it did not move.
    const lookUps = answers.some((one) => typeof one === 'object' && one.status === 404) ? 1 : 0;
    if (lookUps > 0)
      standIn.expect({ path: '/login/companyinfo/acme' }, { json: { Codebase: 'v4_6_release/' } });
    expect((await failureOf(psa.isMissing('ticket', 70, {}, call()))).code).toBe(code);
  });
});

describe('many ids', () => {
  const addressLength = (query: URLSearchParams, path: string): number =>
    standIn.url.length +
    path.length +
    1 +
    [...query].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&').length;

  it('are asked for in addresses that are not too long, in order', async () => {
    const { psa } = connect();
    const ids = Array.from({ length: 300 }, (_, i) => 1_000_500 - i * 7);
    const path = `${api}/project/tickets`;
    for (let i = 0; i < 3; i++) standIn.expect({ path }, { json: [] });
    await psa.byIds('ticket', ids, { project: 9 }, call());
    const asked = standIn.calls.map(({ query }) => query.get('conditions') ?? '');
    const found = asked.flatMap((text) =>
      (/^id in \(([\d,]+)\)$/.exec(text)?.[1] ?? '').split(',').map(Number),
    );
    expect(found).toEqual(ids.toReversed());
    const lengths = standIn.calls.map(({ query }) => addressLength(query, path));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(maxUrlChars);
    expect(lengths.slice(0, -1).every((length) => length > maxUrlChars - 40)).toBe(true);
  });

  it('of tickets fit into one address of schedule entries, as many as it says', async () => {
    const { psa } = connect();
    const path = `${api}/schedule/entries`;
    for (const digits of [1, 4, 7, 10]) {
      const many = psa.ticketsPerRequest(digits);
      const tickets = Array(many).fill(Math.min(10 ** digits - 1, 2_147_483_647));
      standIn.expect(
        { path },
        { json: [{ id: 2_147_483_600 }], headers: { link: '<x?pageId=2147483600>; rel="next"' } },
      );
      standIn.expect({ path }, { json: [] });
      await all(psa.list('scheduleEntry', { tickets }, call(), since));
      const length = addressLength(standIn.calls.at(-1)?.query ?? new URLSearchParams(), path);
      expect(length).toBeLessThanOrEqual(maxUrlChars);
      expect(length).toBeGreaterThan(maxUrlChars - digits - 3 - 4);
    }
  });

  it('come with ConnectWise’s clock at the first answer, and what could not be read', async () => {
    const { psa } = connect();
    const path = `${api}/time/entries`;
    const ids = Array.from({ length: 150 }, (_, i) => 100_000_000 + i);
    standIn.expect({ path }, { json: [{ id: 100_000_000, timeStart: 'soon' }], headers: { date } });
    standIn.expect(
      { path },
      { json: [{ id: 100_000_149 }], headers: { date: 'Mon, 05 Jan 2026 10:00:09 GMT' } },
    );
    const found = await psa.byIds('timeEntry', ids, {}, call());
    expect(found).toMatchObject({ items: [{ id: 100_000_149 }], skipped: [{ id: 100_000_000 }], readAt });
  });
});

describe('what belongs to something that is gone', () => {
  it.each(['phase', 'projectNote', 'teamMember'] as const)('%s: the project is missing', async (kind) => {
    const { psa } = connect();
    const path = `${api}/project/projects/9/${{ phase: 'phases', projectNote: 'notes', teamMember: 'teamMembers' }[kind]}`;
    standIn.expect({ path }, missing);
    standIn.expect({ path: `${path}/count` }, missing);
    standIn.expect({ path }, missing);
    const scope = { project: 9 };
    const failures = [
      await failureOf(all(psa.list(kind, scope, call()))),
      await failureOf(psa.count(kind, scope, call())),
      await failureOf(psa.byIds(kind, [1], scope, call())),
    ];
    expect(failures.map(({ code, entity }) => [code, entity])).toEqual(
      Array(3).fill(['cw.project-missing', 'project']),
    );
  });

  it('notes of a ticket that is gone: there are none', async () => {
    const { psa } = connect();
    const path = `${api}/project/tickets/4711/notes`;
    const none = { items: [], skipped: [], readAt: null };
    standIn.expect({ path }, missing);
    standIn.expect({ path: `${path}/count` }, missing);
    standIn.expect({ path }, missing);
    expect(await all(psa.list('ticketNote', { ticket: 4711 }, call()))).toEqual([none]);
    expect(await psa.count('ticketNote', { ticket: 4711 }, call())).toBe(0);
    expect(await psa.byIds('ticketNote', [1], { ticket: 4711 }, call())).toEqual(none);
  });

  it.each([
    ['phase', 'project'],
    ['ticketNote', 'ticket'],
  ] as const)('%s is not asked for without its %s', async (kind, _needs) => {
    const { psa } = connect();
    await expect(psa.count(kind, {}, call())).rejects.toBeInstanceOf(TypeError);
  });
});

describe('what changed anywhere', () => {
  const ticket = { id: 4711, name: 'Order desks' };
  const project = { id: 9, name: 'Office move' };

  it.each<[ScoutedKind, string, object, object]>([
    ['project', '/project/projects', {}, { projectId: 70, ticketId: null }],
    ['ticket', '/project/tickets', { project }, { projectId: 9, ticketId: null }],
    ['scheduleEntry', '/schedule/entries', { objectId: 4711 }, { projectId: null, ticketId: 4711 }],
    ['timeEntry', '/time/entries', { project, ticket }, { projectId: 9, ticketId: 4711 }],
    [
      'timeEntry',
      '/time/entries',
      { chargeToType: 'ProjectTicket', chargeToId: 4711 },
      { projectId: null, ticketId: 4711 },
    ],
    [
      'timeEntry',
      '/time/entries',
      { chargeToType: 'Activity', chargeToId: 4711 },
      { projectId: null, ticketId: null },
    ],
  ])('%s from %s with %j', async (kind, path, record, read) => {
    const { psa } = connect(50);
    standIn.expect(
      { path: api + path, query: { conditions: changed, pageSize: '1000' } },
      { json: [{ id: 70, ...record, _info: info }], headers: { date } },
    );
    const [page] = await all(psa.changes(kind, since, call()));
    expect(page).toMatchObject({ readAt, items: [{ id: 70, ...stamps, ...read }] });
    expect(page?.items[0]).toEqual({ id: 70, ...stamps, ...read });
    // Whoever asks every minute, over all projects, asks for little.
    expect(standIn.calls[0]?.query.get('fields')?.length).toBeLessThan(120);
  });

  it('is asked for in smaller pages after a time-out, and full records are not', async () => {
    const { psa } = connect(150);
    const path = `${api}/project/tickets`;
    const timedOut = { status: 500, json: { code: 'ConnectWiseApi', message: 'A timeout has occured.' } };
    standIn.expect({ path, query: { pageSize: '1000' } }, timedOut);
    standIn.expect({ path, query: { pageSize: '500' } }, { json: [] });
    await all(psa.changes('ticket', since, call()));
    standIn.expect({ path, query: { pageSize: '150' } }, { json: [] });
    await all(psa.list('ticket', {}, call()));
  });
});

type TableRow = {
  readonly table: PsaTable;
  readonly path: string;
  readonly condition?: string;
  readonly record: object;
  readonly read: object;
};

const tableRows: readonly TableRow[] = [
  {
    table: 'company',
    path: '/company/companies',
    record: { identifier: 'contoso', name: 'Contoso', status: { id: 1, name: 'Active' }, deletedFlag: true },
    read: { identifier: 'contoso', details: { status: 'Active', statusId: 1, deleted: true } },
  },
  {
    table: 'companyStatus',
    path: '/company/companies/statuses',
    record: { name: 'Contoso', defaultFlag: true, inactiveFlag: true },
    read: { inactive: true, details: { isDefault: true } },
  },
  {
    table: 'noteType',
    path: '/company/noteTypes',
    record: { name: 'Contoso', identifier: 'C', defaultFlag: true },
    read: { identifier: 'C', details: { isDefault: true } },
  },
  {
    table: 'workType',
    path: '/time/workTypes',
    record: { name: 'Contoso', billTime: 'NoCharge', overallDefaultFlag: true },
    read: { details: { billTime: 'NoCharge', isDefault: true } },
  },
  {
    table: 'board',
    path: '/service/boards',
    condition: 'projectFlag = True',
    record: { name: 'Contoso', inactiveFlag: true },
    read: { inactive: true, details: {} },
  },
  {
    table: 'boardStatus',
    path: '/service/boards/7/statuses',
    record: {
      name: 'Contoso',
      inactive: true,
      closedStatus: true,
      escalationStatus: 'Resolved',
      sortOrder: 3,
      defaultFlag: true,
    },
    read: {
      inactive: true,
      details: { boardId: 7, closed: true, escalation: 'Resolved', sortOrder: 3, isDefault: true },
    },
  },
  {
    table: 'projectStatus',
    path: '/project/statuses',
    record: { name: 'Contoso', closedFlag: true },
    read: { details: { closed: true, isDefault: false } },
  },
  {
    table: 'phaseStatus',
    path: '/project/phaseStatuses',
    record: { name: 'Contoso', defaultFlag: true },
    read: { details: { closed: false, isDefault: true } },
  },
  {
    table: 'member',
    path: '/system/info/members',
    record: {
      identifier: 'apibot',
      firstName: 'Contoso',
      defaultEmail: 'bot@contoso.example',
      licenseClass: 'A',
      inactiveFlag: true,
    },
    read: {
      identifier: 'apibot',
      inactive: true,
      details: { email: 'bot@contoso.example', licenseClass: 'A', isApi: true },
    },
  },
];

describe.each(tableRows)('the table $table', ({ table, path, condition, record, read }) => {
  it('is read', async () => {
    const { psa } = connect();
    const query = condition === undefined ? {} : { conditions: condition };
    const json = [{ id: 30, ...record, _info: info }];
    standIn.expect({ path: api + path, query }, { json, headers: { date } });
    const [page] = await all(psa.table(table, call(), 7));
    expect(page).toMatchObject({ readAt, skipped: [] });
    expect(page?.items).toEqual([
      { id: 30, ...stamps, name: 'Contoso', identifier: null, inactive: false, ...read },
    ]);
  });
});

describe('the table of members', () => {
  const few = { path: `${api}/system/info/members` };
  const full = { path: `${api}/system/members` };
  const person = { id: 5, identifier: 'mlopez', firstName: 'Maria', lastName: 'Lopez', licenseClass: 'F' };

  it.each<[string, Answer]>([
    ['may not be had', forbidden],
    ['is not there', missing],
  ])('is read from the set-up table where the short one %s', async (_name, answer) => {
    const { psa } = connect();
    standIn.expect(few, answer);
    standIn.expect(full, { json: [{ ...person, officeEmail: null, primaryEmail: 'maria@acme.example' }] });
    const [page] = await all(psa.table('member', call()));
    expect(page?.items).toMatchObject([
      { name: 'Maria Lopez', details: { email: 'maria@acme.example', licenseClass: 'F', isApi: false } },
    ]);
  });

  it('is not begun anew once a page was shown, nor asked twice where nothing answers', async () => {
    const { psa } = connect();
    standIn.expect(few, { json: [person], headers: { link: '<x?pageId=5>; rel="next"' } });
    standIn.expect(few, forbidden);
    expect((await failureOf(all(psa.table('member', call())))).code).toBe('cw.permission');
    for (let i = 0; i < 3; i++) standIn.expect(few, { status: 503 });
    expect((await failureOf(all(psa.table('member', call())))).code).toBe('cw.unavailable');
  });
});

describe('what ConnectWise should not send', () => {
  const path = `${api}/schedule/entries`;

  it('is left out, with the reason', async () => {
    const { psa } = connect();
    const json = [
      { id: 0 },
      { id: -4 },
      { id: 3, objectId: 3_000_000_000 },
      { id: 4 },
      { id: 3_000_000_000 },
    ];
    standIn.expect({ path }, { json });
    const [page] = await all(psa.list('scheduleEntry', {}, call()));
    expect(page?.items.map(({ id }) => id)).toEqual([4]);
    expect(page?.skipped.map(({ id }) => id)).toEqual([null, null, 3, 3_000_000_000]);
    expect(page?.skipped[2]?.reason).toContain('objectId');
  });

  it('is counted as sent all the same, tries included', async () => {
    const { psa } = connect();
    let sent = 0;
    standIn.expect({ path }, 'reset');
    standIn.expect({ path }, { status: 503 });
    standIn.expect({ path }, { json: [] });
    await all(psa.list('scheduleEntry', {}, call({ onRequest: () => sent++ })));
    expect(sent).toBe(3);
  });
});
