import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CreatableKind, PatchableKind, PsaChanges, PsaNew } from '../../src/domain/psa-records.ts';
import type { PsaScope } from '../../src/ports/psa.ts';
import { FakeOwnMember } from '../support/fake-own-member.ts';
import { type Answer, HttpStandIn } from '../support/http-stand-in.ts';
import { api, call, connectTo, failureOf } from './connectwise-client-rig.ts';

const date = 'Mon, 05 Jan 2026 10:00:00 GMT';
const own = { lastUpdated: '2026-01-05T09:59:58Z', updatedBy: 'cwsync' };
const made = { ...own, enteredBy: 'cwsync', dateEntered: '2026-01-05T09:59:58Z' };
const gone = { status: 404, json: { code: 'NotFound', message: 'Not found' } };
const unexplained = { status: 400, json: { code: 'ConnectWiseApi', message: 'Something is wrong' } };
const late = (field: string) => ({
  status: 400,
  json: {
    code: 'InvalidObject',
    message: 'the object is invalid',
    errors: [{ code: 'OutOfRange', message: 'That is too late.', resource: 'x', field }],
  },
});
const maria = { id: 5, name: 'Maria Lopez' };
const ticket = `${api}/project/tickets/4711`;
const phases = `${api}/project/projects/9/phases`;
const types = `${api}/schedule/types`;

let standIn: HttpStandIn;
const connect = () => connectTo(standIn.url);
const bodies = () =>
  standIn.calls
    .filter(({ method }) => method !== 'GET')
    .map(({ body }) => (body === '' ? null : JSON.parse(body)));
const answered = (json: unknown): Answer => ({ json, headers: { date } });
const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });

beforeEach(async () => {
  standIn = await HttpStandIn.start();
});

afterEach(async () => {
  await standIn.stop();
  standIn.verify();
});

type Change = {
  [K in PatchableKind]: {
    kind: K;
    scope: PsaScope;
    path: string;
    change: PsaChanges[K];
    body: readonly object[];
  };
}[PatchableKind];

const quietTicket = [replace('processNotifications', false), replace('skipCallback', true)];
const changes: readonly Change[] = [
  {
    kind: 'project',
    scope: {},
    path: '/project/projects/7',
    change: { name: 'Move', description: null, status: { id: 2, name: 'Open' }, manager: maria },
    body: [
      replace('name', 'Move'),
      replace('description', null),
      replace('status', { id: 2 }),
      replace('manager', { id: 5 }),
    ],
  },
  {
    kind: 'phase',
    scope: { project: 9 },
    path: '/project/projects/9/phases/7',
    change: { name: 'Plan', wbsCode: '2', parent: null, scheduledStart: '2026-01-01T00:00:00Z' },
    body: [
      replace('description', 'Plan'),
      replace('wbsCode', '2'),
      { op: 'remove', path: 'parentPhase' },
      replace('scheduledStart', '2026-01-01T00:00:00Z'),
    ],
  },
  {
    kind: 'phase',
    scope: { project: 9 },
    path: '/project/projects/9/phases/7',
    // Below another phase it is put by its WBS code alone.
    change: { wbsCode: '3.1', parent: { id: 3, name: null } },
    body: [replace('wbsCode', '3.1')],
  },
  {
    kind: 'ticket',
    scope: { project: 9 },
    path: '/project/tickets/7',
    change: {
      summary: 'Order desks',
      phase: { id: 201, name: null },
      owner: null,
      required: '2026-01-20T00:00:00Z',
      estimatedStart: null,
      predecessor: { kind: 'phase', id: 202, lagDays: 2 },
    },
    body: [
      replace('summary', 'Order desks'),
      replace('phase', { id: 201 }),
      replace('owner', null),
      replace('requiredDate', '2026-01-20T00:00:00Z'),
      replace('estimatedStartDate', null),
      replace('predecessorType', 'Phase'),
      replace('predecessorId', 202),
      replace('lagDays', 2),
      ...quietTicket,
    ],
  },
  {
    kind: 'scheduleEntry',
    scope: {},
    path: '/schedule/entries/7',
    change: { member: maria, start: '2026-01-12T13:00:00Z', done: true, joinTeamAs: { id: 3, name: null } },
    body: [
      replace('member', { id: 5 }),
      replace('dateStart', '2026-01-12T13:00:00Z'),
      replace('doneFlag', true),
      replace('addMemberToProjectFlag', true),
      replace('projectRoleId', 3),
      replace('allowScheduleConflictsFlag', true),
    ],
  },
];

type New = {
  [K in CreatableKind]: { kind: K; scope: PsaScope; path: string; record: PsaNew[K]; body: object };
}[CreatableKind];

const news: readonly New[] = [
  {
    kind: 'project',
    scope: {},
    path: '/project/projects',
    record: {
      name: 'Move',
      board: { id: 7, name: 'Projects' },
      company: { id: 30, name: 'Contoso' },
      estimatedStart: '2026-01-01T00:00:00Z',
      estimatedEnd: '2026-06-30T00:00:00Z',
      manager: null,
    },
    body: {
      name: 'Move',
      board: { id: 7 },
      company: { id: 30 },
      estimatedStart: '2026-01-01T00:00:00Z',
      estimatedEnd: '2026-06-30T00:00:00Z',
      billingMethod: 'ActualRates',
    },
  },
  {
    kind: 'phase',
    scope: { project: 9 },
    path: '/project/projects/9/phases',
    record: { name: 'Plan', parent: { id: 3, name: null }, budgetHours: 20, scheduledEnd: null },
    body: { description: 'Plan', parentPhase: { id: 3 }, budgetHours: 20 },
  },
  {
    kind: 'ticket',
    scope: { project: 9 },
    path: '/project/tickets',
    record: {
      summary: 'Order desks',
      phase: { id: 201, name: 'Plan' },
      predecessor: { kind: 'ticket', id: 4710, lagDays: 0 },
      priority: null,
    },
    body: {
      summary: 'Order desks',
      phase: { id: 201 },
      project: { id: 9 },
      predecessorType: 'Ticket',
      predecessorId: 4710,
      lagDays: 0,
      processNotifications: false,
      skipCallback: true,
    },
  },
  {
    kind: 'timeEntry',
    scope: {},
    path: '/time/entries',
    record: {
      ticketId: 4711,
      member: maria,
      start: '2026-01-12T13:00:00Z',
      end: null,
      hours: 1.5,
      workType: { id: 2, name: 'Regular' },
      billable: 'Billable',
      notes: 'Ordered',
    },
    body: {
      chargeToId: 4711,
      chargeToType: 'ProjectTicket',
      member: { id: 5 },
      timeStart: '2026-01-12T13:00:00Z',
      actualHours: 1.5,
      workType: { id: 2 },
      billableOption: 'Billable',
      notes: 'Ordered',
      emailContactFlag: false,
      emailResourceFlag: false,
      emailCcFlag: false,
    },
  },
  {
    kind: 'projectNote',
    scope: { project: 9 },
    path: '/project/projects/9/notes',
    record: { text: 'Landlord agreed', type: { id: 3, name: 'Update' }, flagged: true },
    body: { text: 'Landlord agreed', type: { id: 3 }, flagged: true },
  },
  {
    kind: 'ticketNote',
    scope: { ticket: 4711 },
    path: '/project/tickets/4711/notes',
    record: { text: 'Delivery on Friday', use: 'internal' },
    body: {
      text: 'Delivery on Friday',
      detailDescriptionFlag: false,
      internalAnalysisFlag: true,
      resolutionFlag: false,
      processNotifications: false,
    },
  },
];

describe('a change', () => {
  it.each(changes)(
    'of a $kind is a PATCH of what changed alone',
    async ({ kind, scope, path, change, body }) => {
      const { writes } = connect();
      standIn.expect({ method: 'PATCH', path: `${api}${path}` }, answered({ id: 7, _info: own }));
      const written = await writes.patch(kind, 7, change, scope, call());
      expect(bodies()).toEqual([body]);
      expect(written?.readAt).toEqual(new Date(date));
      expect(written?.record).toMatchObject({ id: 7, updatedBy: 'cwsync', entered: { by: null, at: null } });
      // Asked for as when reading, so that the answer is the whole record.
      expect(standIn.calls[0]?.query.get('fields')).toContain('_info/enteredBy');
    },
  );

  it('that changes nothing is not sent', async () => {
    const { writes } = connect();
    await expect(writes.patch('ticket', 7, {}, {}, call())).rejects.toThrow(TypeError);
  });

  it('of a record that is gone has no outcome', async () => {
    const { writes } = connect();
    standIn.expect({ method: 'PATCH', path: ticket }, gone);
    expect(await writes.patch('ticket', 4711, { summary: 'x' }, {}, call())).toBeUndefined();
  });

  it('refused without a reason is sent once more with empty custom fields', async () => {
    const { writes } = connect();
    standIn.expect({ method: 'PATCH', path: ticket }, unexplained);
    standIn.expect({ method: 'PATCH', path: ticket }, answered({ id: 4711, summary: 'x' }));
    const written = await writes.patch('ticket', 4711, { summary: 'x' }, {}, call());
    expect(written?.record.summary).toBe('x');
    const first = [replace('summary', 'x'), ...quietTicket];
    expect(bodies()).toEqual([first, [...first, replace('customFields', [])]]);
  });

  it('refused twice without a reason is rejected in ConnectWise’s words, and without custom fields at once', async () => {
    const { writes } = connect();
    standIn.expect({ method: 'PATCH', path: ticket }, unexplained);
    standIn.expect({ method: 'PATCH', path: ticket }, unexplained);
    const failure = await failureOf(writes.patch('ticket', 4711, { summary: 'x' }, {}, call()));
    expect(failure).toMatchObject({ code: 'cw.rejected', vendorMessage: 'Something is wrong' });
    standIn.expect({ method: 'PATCH', path: `${api}/schedule/entries/7` }, unexplained);
    const entry = await failureOf(writes.patch('scheduleEntry', 7, { done: true }, {}, call()));
    expect(entry.code).toBe('cw.rejected');
  });

  it.each([
    ['requiredDate', 'required'],
    ['/predecessorId', 'predecessor'],
    ['Status/id', 'status'],
    ['yearEstablished', 'yearEstablished'],
  ])('refused for %s is not sent again and names the field of the port: %s', async (field, port) => {
    const { writes } = connect();
    standIn.expect({ method: 'PATCH', path: ticket }, late(field));
    const failure = await failureOf(writes.patch('ticket', 4711, { summary: 'x' }, {}, call()));
    expect(failure).toMatchObject({
      code: 'cw.rejected',
      field: port,
      vendorMessage: 'the object is invalid That is too late.',
      entity: 'ticket',
    });
  });

  it('in conflict is rejected, and one that trouble met is sent again', async () => {
    const { writes } = connect();
    standIn.expect({ method: 'PATCH', path: ticket }, { status: 409, json: { message: 'in use' } });
    expect(await failureOf(writes.patch('ticket', 4711, { summary: 'x' }, {}, call()))).toMatchObject({
      code: 'cw.rejected',
      vendorMessage: 'in use',
    });
    standIn.expect({ method: 'PATCH', path: ticket }, 'reset');
    standIn.expect({ method: 'PATCH', path: ticket }, answered({ id: 4711 }));
    expect(await writes.patch('ticket', 4711, { summary: 'x' }, {}, call())).toBeDefined();
  });
});

describe('a new record', () => {
  it.each(news)(
    'of kind $kind is one POST and comes back whole',
    async ({ kind, scope, path, record, body }) => {
      const { writes } = connect();
      const answer = { status: 201, ...(answered({ id: 8, _info: made }) as object) };
      standIn.expect({ method: 'POST', path: `${api}${path}` }, answer);
      const created = await writes.create(kind, record, scope, call());
      expect(bodies()).toEqual([body]);
      expect(created.record).toMatchObject({
        id: 8,
        entered: { by: 'cwsync', at: '2026-01-05T09:59:58Z' },
      });
      expect(standIn.calls[0]?.query.get('fields')).toContain('_info/enteredBy');
    },
  );

  it('in the schedule has the type of project tickets, looked up once', async () => {
    const { writes } = connect();
    const entry = { objectId: 4711, member: maria, hours: 2, joinTeamAs: { id: 3, name: 'Engineer' } };
    const create = () => writes.create('scheduleEntry', entry, {}, call());
    standIn.expect({ path: types }, { json: [{ id: 1, identifier: 'C' }] });
    expect(await failureOf(create())).toMatchObject({ code: 'cw.rejected', field: 'type' });
    standIn.expect(
      { path: types },
      {
        json: [
          { id: 1, identifier: 'C' },
          { id: 14, identifier: 's' },
        ],
      },
    );
    for (const id of [1, 2]) {
      standIn.expect({ method: 'POST', path: `${api}/schedule/entries` }, answered({ id }));
      expect((await create()).record.id).toBe(id);
    }
    const body = {
      objectId: 4711,
      member: { id: 5 },
      hours: 2,
      addMemberToProjectFlag: true,
      projectRoleId: 3,
      allowScheduleConflictsFlag: true,
      type: { id: 14 },
    };
    expect(bodies()).toEqual([body, body]);
  });

  it('is not sent again when its answer is lost or cannot be read', async () => {
    const { writes } = connect();
    const create = () => writes.create('phase', { name: 'Plan' }, { project: 9 }, call());
    standIn.expect({ method: 'POST', path: phases }, 'reset');
    expect((await failureOf(create())).code).toBe('cw.unavailable');
    standIn.expect({ method: 'POST', path: phases }, { status: 201, text: '' });
    expect((await failureOf(create())).code).toBe('cw.unexpected-response');
    standIn.expect({ method: 'POST', path: phases }, unexplained);
    expect((await failureOf(create())).code).toBe('cw.rejected');
  });

  it('below what is gone says so', async () => {
    const { writes } = connect();
    standIn.expect({ method: 'POST', path: phases }, gone);
    const phase = await failureOf(writes.create('phase', { name: 'Plan' }, { project: 9 }, call()));
    expect(phase).toMatchObject({ code: 'cw.project-missing', entity: 'project' });
    standIn.expect({ method: 'POST', path: `${ticket}/notes` }, gone);
    const note = { text: 'x', use: 'discussion' } as const;
    const lost = await failureOf(writes.create('ticketNote', note, { ticket: 4711 }, call()));
    expect(lost).toMatchObject({ code: 'cw.rejected', entity: 'ticketNote' });
  });
});

describe('a removal', () => {
  it('is a DELETE, and done where there is nothing any more', async () => {
    const { writes } = connect();
    standIn.expect({ method: 'DELETE', path: `${phases}/7` }, { status: 204 });
    standIn.expect({ method: 'DELETE', path: ticket }, 'reset');
    standIn.expect({ method: 'DELETE', path: ticket }, gone);
    await writes.remove('phase', 7, { project: 9 }, call());
    await writes.remove('ticket', 4711, {}, call());
    expect(bodies()).toEqual([null, null, null]);
  });
});

describe('the right that is missing', () => {
  const forbidden = { status: 403, json: { code: 'Forbidden', message: 'no' } };

  it('is named with the kind', async () => {
    const { writes } = connect();
    const path = `${phases}/7`;
    const scope = { project: 9 };
    standIn.expect({ method: 'POST', path: phases }, forbidden);
    standIn.expect({ method: 'PATCH', path }, forbidden);
    standIn.expect({ method: 'DELETE', path }, forbidden);
    const failures = [
      await failureOf(writes.create('phase', { name: 'x' }, scope, call())),
      await failureOf(writes.patch('phase', 7, { name: 'x' }, scope, call())),
      await failureOf(writes.remove('phase', 7, scope, call())),
    ];
    expect(failures.map(({ code, entity, message }) => [code, entity, message])).toEqual(
      ['add', 'edit', 'delete'].map((right) => [
        'cw.permission',
        'phase',
        `The security role of the API member lacks the right to ${right} phases (Project › Project Phase).`,
      ]),
    );
  });
});

describe('the API member', () => {
  it('is learned from answers to own writes, not from what another wrote before', async () => {
    const { writes } = connect();
    const patch = async (info: object) => {
      standIn.expect({ method: 'PATCH', path: ticket }, answered({ id: 4711, _info: info }));
      await writes.patch('ticket', 4711, { summary: 'x' }, {}, call());
      return await writes.ownMember();
    };
    expect(await writes.ownMember()).toBeNull();
    // Answered with 200, and nothing was changed.
    expect(await patch({ lastUpdated: '2026-01-05T09:00:00Z', updatedBy: 'mlopez' })).toBeNull();
    expect(await patch(own)).toBe('cwsync');
    expect(await patch({ lastUpdated: '2026-01-05T09:00:00Z', updatedBy: 'mlopez' })).toBe('cwsync');
    standIn.expect({ method: 'POST', path: phases }, answered({ id: 8, _info: { enteredBy: 'api2' } }));
    await writes.create('phase', { name: 'x' }, { project: 9 }, call());
    expect(await writes.ownMember()).toBe('api2');
  });

  it('is known to a process that has written nothing yet', async () => {
    const kept = new FakeOwnMember();
    const process = () => connectTo(standIn.url, {}, undefined, undefined, kept).writes;
    const [first, next] = [process(), process()];
    standIn.expect({ method: 'POST', path: phases }, answered({ id: 8, _info: { enteredBy: 'api2' } }));
    await first.create('phase', { name: 'x' }, { project: 9 }, call());
    expect(await next.ownMember()).toBe('api2');
  });
});

describe('the switch', () => {
  it('is off where there is none', async () => {
    const { writes } = connectTo(standIn.url, {}, undefined, null);
    const failure = await failureOf(writes.patch('ticket', 4711, { summary: 'x' }, {}, call()));
    expect(failure.code).toBe('cw.rejected');
    expect(standIn.calls).toEqual([]);
  });

  it('lets nothing out but reads while it is off, and is asked every time', async () => {
    let on = false;
    const { writes, transport, records, psa } = connectTo(standIn.url, {}, undefined, async () => on);
    const patch = () => writes.patch('ticket', 4711, { summary: 'x' }, {}, call());
    const off = { code: 'cw.rejected', message: 'Write to ConnectWise is off.' };
    expect(await failureOf(patch())).toMatchObject(off);
    expect(await failureOf(writes.remove('ticket', 4711, {}, call()))).toMatchObject(off);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const ask = { method, path: '/system/callbacks', entity: 'callback' };
      expect(await failureOf(transport.request(ask, call()))).toMatchObject(off);
    }
    expect(records).toEqual([]);
    standIn.expect({ path: `${api}/project/tickets/count` }, { json: { count: 4 } });
    expect(await psa.count('ticket', {}, call())).toBe(4);
    on = true;
    standIn.expect({ method: 'PATCH', path: ticket }, answered({ id: 4711 }));
    await patch();
    on = false;
    expect(await failureOf(patch())).toMatchObject(off);
  });
});
