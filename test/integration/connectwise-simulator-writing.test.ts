import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorldChange } from '../../demo/connectwise/world/world-core.ts';
import { type Rig, startRig } from './connectwise-simulator-rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig({ world: { seed: 7, projects: 2, tickets: 12 } });
});
afterEach(() => rig.stop());

const turn = (switches: object) => rig.control('PATCH', '/switches', switches);
const write = (method: string, path: string, body: unknown) => rig.send(method, path, JSON.stringify(body));
const replace = (path: string, value: unknown) => [{ op: 'replace', path, value }];
const patchTicket = (ops: unknown, query = '') => write('PATCH', `/project/tickets/${TICKET}${query}`, ops);
const ticketNow = () => rig.world.require('tickets', TICKET);

/** The first ticket, in a phase with others. */
const TICKET = 5001;
const PROJECT = 101;
const FORMER = 'cdubois';

function firstPhases(projectId = PROJECT) {
  return rig.world.stores.phases.rows('projectid', projectId);
}

/** A ticket without anything on it, added by a person. */
function plainTicket(): number {
  return rig.world.addTicket('areyes', { summary: 'Plain', phase: firstPhases()[0]?.id ?? 0 }).id;
}

/** Somebody active on the team of the project or, with `on` false, who is not. */
function somebody(on: boolean): string {
  const { members, teamMembers } = rig.world.stores;
  const team = new Set(teamMembers.rows('projectid', PROJECT).map(({ member }) => member.id));
  const found = members
    .rows()
    .find((one) => !one.inactiveFlag && one.licenseClass === 'F' && team.has(one.id) === on);
  if (!found) throw new Error('nobody is left for this test');
  return found.identifier;
}

type Case = {
  readonly path: string;
  readonly body: object;
  readonly shows: object;
  readonly change: readonly [string, unknown, object];
  readonly without: string;
};

const day = '2026-04-01T00:00:00Z';

/** A good record of each kind, what is shown of it, one change, and a field that it cannot be without. */
function cases(): Record<string, Case> {
  const [phase] = firstPhases();
  const ticket = plainTicket();
  return {
    project: {
      path: '/project/projects',
      body: {
        name: ' New  project\r\n',
        board: { id: 1 },
        company: { identifier: 'Contoso' },
        billingMethod: 'FixedFee',
        estimatedStart: '2026-04-01',
        estimatedEnd: '2026-05-01T00:00:00Z',
        manager: { identifier: 'pnair' },
        budgetHours: 10.006,
        actualHours: 99,
      },
      shows: {
        name: 'New  project',
        estimatedStart: day,
        budgetHours: 10.01,
        actualHours: 0,
        manager: { identifier: 'pnair' },
        status: { name: 'Open' },
      },
      change: ['status', { name: 'closed' }, { closedFlag: true, actualEnd: '2026-03-02T09:30:15Z' }],
      without: 'company',
    },
    phase: {
      path: `/project/projects/${PROJECT}/phases`,
      body: { description: 'Inner', parentPhase: { id: phase?.id }, budgetHours: 3 },
      shows: { description: 'Inner', parentPhase: { id: phase?.id }, projectId: PROJECT },
      change: ['/markAsMilestoneFlag', true, { markAsMilestoneFlag: true }],
      without: 'description',
    },
    ticket: {
      path: '/project/tickets',
      body: {
        summary: 'Line one\r\nline two ',
        phase: { id: phase?.id },
        owner: { identifier: 'PNAIR' },
        initialDescription: 'As agreed.\nTwice.',
        requiredDate: '2026-04-01T23:30:00Z',
        closedFlag: true,
      },
      shows: {
        summary: 'Line one line two',
        project: { id: PROJECT },
        owner: { identifier: 'pnair' },
        requiredDate: day,
        closedFlag: false,
      },
      change: ['isIssueFlag', true, { isIssueFlag: true, closedFlag: false }],
      without: 'phase',
    },
    'schedule entry': {
      path: '/schedule/entries',
      body: {
        objectId: ticket,
        type: { identifier: 'S' },
        member: { identifier: somebody(true) },
        dateStart: '2026-03-03T08:00:00Z',
        dateEnd: '2026-03-03T10:30:00Z',
      },
      shows: { objectId: ticket, hours: 2.5, name: 'Plain', status: { name: 'Firm' } },
      change: ['dateEnd', '2026-03-03T12:00:00+01:00', { dateEnd: '2026-03-03T11:00:00Z', hours: 3 }],
      without: 'type',
    },
    'time entry': {
      path: '/time/entries',
      body: {
        chargeToId: ticket,
        chargeToType: 'ProjectTicket',
        member: { identifier: 'tbecker' },
        timeStart: '2026-03-01T08:00:00Z',
        timeEnd: '2026-03-01T09:20:00Z',
        notes: ' done\r\n',
      },
      shows: { actualHours: 1.33, notes: 'done', project: { id: PROJECT }, ticket: { id: ticket } },
      change: ['actualHours', '2.005', { actualHours: 2.01 }],
      without: 'timeStart',
    },
    'project note': {
      path: `/project/projects/${PROJECT}/notes`,
      body: { text: 'Agreed.', type: { name: 'Risk' }, flagged: true },
      shows: { text: 'Agreed.', type: { name: 'Risk' }, flagged: true },
      change: ['type', { id: 1 }, { type: { id: 1 } }],
      without: 'text',
    },
    'ticket note': {
      path: `/project/tickets/${ticket}/notes`,
      body: { text: 'Found it.', resolutionFlag: true, member: { identifier: 'pnair' } },
      shows: { resolutionFlag: true, detailDescriptionFlag: false, member: { identifier: 'cwsync-api' } },
      change: ['internalAnalysisFlag', true, { internalAnalysisFlag: true }],
      without: 'text',
    },
    'team member': {
      path: `/project/projects/${PROJECT}/teamMembers`,
      body: { member: { identifier: somebody(false) }, projectRole: { identifier: 'Engineer' }, hours: 8 },
      shows: { projectRole: { name: 'Engineer' }, hours: 8 },
      change: ['endDate', '2026-04-01', { endDate: day }],
      without: 'projectRole',
    },
  };
}

const NAMES = [
  'project',
  'phase',
  'ticket',
  'schedule entry',
  'time entry',
  'project note',
  'ticket note',
  'team member',
];

describe.each(NAMES)('a %s', (name) => {
  it('is added, changed and deleted by the member of the keys', async () => {
    const { path, body, shows, change } = cases()[name] as Case;
    const added = await write('POST', `${path}?fields=id,_info`, body);
    expect(added.status).toBe(201);
    const { id, ...rest } = added.json as { id: number; _info: object };
    expect(rest).toEqual({ _info: expect.objectContaining({ enteredBy: 'cwsync-api' }) });
    expect((await rig.get(`${path}/${id}`)).json).toMatchObject(shows);
    rig.world.clock = () => new Date('2026-03-03T10:00:00Z');
    const changed = await write('PATCH', `${path}/${id}`, replace(change[0], change[1]));
    expect(changed.status).toBe(200);
    expect(changed.json).toMatchObject({
      id,
      _info: { updatedBy: 'cwsync-api', lastUpdated: '2026-03-03T10:00:00Z' },
    });
    if (name !== 'project') expect(changed.json).toMatchObject(change[2]);
    expect((await rig.get(`${path}/${id}`)).json).toEqual(changed.json);
    const gone = await rig.send('DELETE', `${path}/${id}`, '');
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const answer of [await rig.get(`${path}/${id}`), await rig.send('DELETE', `${path}/${id}`, '')]) {
      expect(answer).toMatchObject({ status: 404, json: { code: 'NotFound' } });
    }
  });

  it('is refused without what it needs, and then nothing is there', async () => {
    const { path, body, without } = cases()[name] as Case;
    const before = (await rig.get(`${path}/count`)).json;
    const answer = await write('POST', path, { ...body, [without]: null });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        code: 'InvalidObject',
        message: expect.stringMatching(/^\w+ object is invalid$/),
        errors: expect.arrayContaining([
          expect.objectContaining({ code: 'MissingRequiredField', field: without }),
        ]),
      },
    });
    expect((await rig.get(`${path}/count`)).json).toEqual(before);
  });

  it('is PUT as a whole: what is left out becomes empty', async () => {
    const { path, body } = cases()[name] as Case;
    const { id } = (await write('POST', path, body)).json as { id: number };
    const { initialDescription: _only, ...whole } = body as { initialDescription?: string };
    const bill = { billTime: 'Billable', billExpenses: 'Billable', billProducts: 'Billable' };
    const needed = {
      ...bill,
      billingRateType: 'WorkRole',
      budgetAnalysis: 'ActualHours',
      billableOption: 'NoCharge',
    };
    const put = await write('PUT', `${path}/${id}`, { ...whole, budgetHours: null, hours: null, ...needed });
    expect(put.status).toBe(200);
    expect(put.json).not.toHaveProperty('budgetHours');
    // What an entry stands on is given once, and nothing else of it is needed.
    const empty = name === 'schedule entry' ? 200 : 400;
    expect((await write('PUT', `${path}/${id}`, {})).status).toBe(empty);
  });
});

describe('a body', () => {
  it.each<[string, string, string, Record<string, string>, number]>([
    ['PATCH', '{"op":"replace"}', 'no array', {}, 400],
    ['PATCH', '[{"op":"replace","path":"summary"', 'no JSON', {}, 400],
    ['PATCH', '[{"op":"move","path":"summary","value":1}]', 'no op', {}, 400],
    ['PATCH', '[{"op":"replace","path":"summary"}]', 'no value', {}, 400],
    ['PATCH', '[{"op":"replace","value":"x"}]', 'no path', {}, 400],
    ['PATCH', '[]', 'of another type', { 'Content-Type': 'text/plain' }, 415],
    ['PATCH', '[]', 'that asks for nothing', {}, 200],
    ['POST', '[]', 'to an address of one record', {}, 405],
    ['PUT', '[]', 'no object', {}, 400],
  ])('%s %s (%s)', async (method, body, _why, headers, status) => {
    const before = ticketNow();
    const answer = await rig.send(method, `/project/tickets/${TICKET}`, body, headers);
    expect(answer.status).toBe(status);
    if (status >= 400)
      expect(answer.json).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect(ticketNow()).toEqual(before);
  });
});

describe('a PATCH of a ticket', () => {
  it.each<[unknown, string, string]>([
    [replace('summary', null), 'MissingRequiredField', 'summary'],
    [replace('summary', '   '), 'MissingRequiredField', 'summary'],
    [[{ op: 'remove', path: 'phase' }], 'MissingRequiredField', 'phase'],
    [replace('summary', 'x'.repeat(101)), 'StringLength', 'summary'],
    [replace('wbsCode', '1'.repeat(51)), 'StringLength', 'wbsCode'],
    [replace('budgetHours', -1), 'OutOfRange', 'budgetHours'],
    [replace('budgetHours', 'many'), 'InvalidField', 'budgetHours'],
    [replace('requiredDate', 'soon'), 'InvalidField', 'requiredDate'],
    [replace('isIssueFlag', 'yes'), 'InvalidField', 'isIssueFlag'],
    [replace('owner', 150), 'InvalidField', 'owner'],
    [replace('owner', { identifier: 'nobody' }), 'InvalidReference', 'owner'],
    [replace('owner', { identifier: FORMER }), 'InvalidReference', 'owner'],
    [replace('status', { id: 9_999 }), 'InvalidReference', 'status'],
    [replace('status', { name: 'Evidence needed' }), 'InvalidReference', 'status'],
    [replace('phase', { id: 9_999 }), 'InvalidReference', 'phase'],
    [replace('predecessorId', 5_002), 'MissingRequiredField', 'predecessorType'],
    [
      [...replace('predecessorId', TICKET), ...replace('predecessorType', 'Ticket')],
      'InvalidReference',
      'predecessorId',
    ],
    [replace('Summary', 'x'), 'InvalidField', 'Summary'],
    [replace('nothing', 'x'), 'InvalidField', 'nothing'],
    [replace('initialDescription', 'x'), 'InvalidOperation', 'initialDescription'],
    [replace('customFields', [{ id: 99, value: 1 }]), 'InvalidField', 'customFields'],
  ])('%j is refused: %s of %s', async (ops, code, field) => {
    rig.world.editTicket('areyes', TICKET, { predecessorId: null, predecessorType: null });
    const before = ticketNow();
    const answer = await patchTicket(ops);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      code: 'InvalidObject',
      message: 'ticket object is invalid',
      errors: [{ code, message: expect.any(String), resource: 'ticket', field }],
    });
    expect(ticketNow()).toEqual(before);
  });

  it.each<[string, unknown, object]>([
    [
      'trims and takes line breaks out of short texts',
      replace('/summary', ' a\r\nb\nc '),
      { summary: 'a b c' },
    ],
    ['rounds hours', replace('budgetHours', 1.236), { budgetHours: 1.24 }],
    ['takes the day of a moment', replace('requiredDate', '2026-04-01T23:30:00'), { requiredDate: day }],
    ['takes a whole reference', replace('owner', { id: 152 }), { owner: { identifier: 'pnair' } }],
    ['takes a field away', [{ op: 'remove', path: '/owner' }], { owner: null }],
    ['takes the last of several', [...replace('summary', 'a'), ...replace('summary', 'b')], { summary: 'b' }],
    ['ignores what follows from others', replace('actualHours', 77), {}],
    ['ignores resources', replace('resources', 'pnair'), {}],
    ['ignores closedFlag', replace('closedFlag', true), {}],
    ['does nothing inside of a reference', replace('status/id', 101), {}],
  ])('%s', async (_what, ops, expected) => {
    const { _info: info, ...before } = ticketNow();
    expect((await patchTicket(ops)).status).toBe(200);
    const { _info, ...after } = ticketNow();
    expect(after).toMatchObject(Object.keys(expected).length === 0 ? before : expected);
    if (Object.keys(expected).length === 0) expect(_info).toEqual(info);
    else expect(after).not.toEqual(before);
  });

  it('closes and opens by the status, and says who closed it', async () => {
    const [open, closed] = [false, true].map(
      (is) =>
        rig.world.stores.boardStatuses
          .rows('board/id', ticketNow().board.id)
          .find(({ closedStatus }) => closedStatus === is)?.id,
    );
    await patchTicket(replace('status', { id: open }));
    expect((await patchTicket(replace('status', { id: closed }))).json).toMatchObject({
      closedFlag: true,
      closedDate: '2026-03-02T09:30:15Z',
      closedBy: 'cwsync-api',
    });
    expect((await patchTicket(replace('status', { id: open }))).json).not.toHaveProperty('closedDate');
  });

  it('merges custom fields, and clears only what is named', async () => {
    const values = () => ticketNow().customFields?.map(({ value }) => value);
    await patchTicket(replace('customFields', [{ id: 2, value: 'T-1' }]));
    await patchTicket(replace('customFields', [{ id: 3, value: 5 }]));
    expect(values()).toEqual(['T-1', 5]);
    await patchTicket(replace('customFields', []));
    await patchTicket(replace('/customFields/1/value', 8));
    expect(values()).toEqual(['T-1', 8]);
    await patchTicket([{ op: 'remove', path: 'customFields' }]);
    expect(values()).toEqual(['T-1', 8]);
  });

  it('moves to another phase of its project with a code there, and to no other project', async () => {
    const [, second] = firstPhases();
    const moved = await patchTicket(replace('phase', { id: second?.id }));
    expect(moved.json).toMatchObject({
      phase: { id: second?.id },
      wbsCode: expect.stringMatching(`^${second?.wbsCode}\\.\\d+$`),
    });
    const foreign = await patchTicket(replace('phase', { id: firstPhases(102)[0]?.id }));
    expect(foreign).toMatchObject({ status: 400, json: { errors: [{ field: 'phase' }] } });
  });

  it('is blocked by what an old import left elsewhere in the record', async () => {
    await rig.control('POST', '/plant', { store: 'tickets', id: TICKET, fields: { budgetHours: -5 } });
    expect((await patchTicket(replace('summary', 'Other'))).json).toMatchObject({
      errors: [{ code: 'OutOfRange', field: 'budgetHours' }],
    });
    expect((await patchTicket([...replace('summary', 'Other'), ...replace('budgetHours', 5)])).status).toBe(
      200,
    );
    const refused = await rig.control('POST', '/plant', {
      store: 'tickets',
      id: TICKET,
      fields: { phase: null },
    });
    expect(refused.status).toBe(400);
  });
});

describe('switches', () => {
  it.each<[object, unknown, number, (before: object) => object]>([
    [
      { nestedReferencePath: 'applied' },
      replace('owner/identifier', 'pnair'),
      200,
      () => ({ owner: { id: 152 } }),
    ],
    [{ nestedReferencePath: 'refused' }, replace('owner/identifier', 'pnair'), 400, (before) => before],
    [{ customFieldsOnPatch: 'needed' }, replace('summary', 'x'), 400, (before) => before],
    [
      { customFieldsOnPatch: 'needed' },
      [...replace('summary', 'x'), ...replace('customFields', [])],
      200,
      () => ({ summary: 'x' }),
    ],
    [{ falseSuccess: ['tickets.summary'] }, replace('summary', 'x'), 200, (before) => before],
    [{ unknownPath: 'ignored' }, replace('Summary', 'x'), 200, (before) => before],
    [{ lineBreaksBecomeBlanks: false }, replace('summary', ' x\ny'), 200, () => ({ summary: 'x\ny' })],
    [
      { inactiveMembersAccepted: true },
      replace('owner', { identifier: FORMER }),
      200,
      () => ({ owner: { identifier: FORMER } }),
    ],
    [{ ticketPhaseMove: 'ignored' }, replace('phase', { id: 702 }), 200, (before) => before],
    [{ ticketPhaseMove: 'refused' }, replace('phase', { id: 702 }), 400, (before) => before],
    [{}, replace('wbsCode', '1.9'), 200, (before) => before],
    [{ ticketWbsCode: 'applied' }, replace('wbsCode', '1.9'), 200, () => ({ wbsCode: '1.9' })],
    [{ emptyPatchStamps: true }, [], 200, () => ({ _info: { updatedBy: 'cwsync-api' } })],
    [{ apiMember: 'areyes' }, replace('summary', 'x'), 200, () => ({ _info: { updatedBy: 'areyes' } })],
  ])('%j', async (switches, ops, status, expected) => {
    await turn(switches);
    const { _info, ...before } = ticketNow();
    expect((await patchTicket(ops)).status).toBe(status);
    expect(ticketNow()).toMatchObject(expected(before));
  });

  it('lets an edit pass that touches nothing wrong, if only that is looked at', async () => {
    await turn({ wholeRecordValidation: false });
    rig.world.plant('tickets', TICKET, { budgetHours: -5 });
    expect((await patchTicket(replace('summary', 'Other'))).status).toBe(200);
  });
});

describe('projects', () => {
  const patch = (ops: unknown) => write('PATCH', `/project/projects/${PROJECT}`, ops);

  it('refuse an end before the start, and a person who has left', async () => {
    const end = await patch(replace('estimatedEnd', '2001-01-01'));
    expect(end.json).toMatchObject({ errors: [{ field: 'estimatedEnd' }] });
    expect((await patch(replace('manager', { identifier: FORMER }))).status).toBe(400);
  });

  it('are as complete as the board says, unless that is overridden', async () => {
    expect((await patch(replace('percentComplete', 0.5))).json).not.toHaveProperty('percentComplete');
    const override = replace('overridePercentComplete', true);
    expect((await patch([...replace('percentComplete', 50), ...override])).status).toBe(400);
    const forced = await patch([...replace('percentComplete', 0.5), ...override]);
    expect(forced.json).toMatchObject({ percentComplete: 0.5, overridePercentComplete: true });
    await turn({ percentCompleteOfAll: 100 });
    expect((await patch(replace('percentComplete', 50))).json).toMatchObject({ percentComplete: 50 });
  });

  it('with tickets are not deleted, unless the switch says so', async () => {
    const path = `/project/projects/${PROJECT}`;
    expect((await rig.send('DELETE', path, '')).status).toBe(409);
    await turn({ projectWithTicketsDeletion: 'allowed' });
    expect((await rig.send('DELETE', path, '')).status).toBe(204);
  });
});

describe('phases', () => {
  const root = `/project/projects/${PROJECT}/phases`;
  const codes = () =>
    Object.fromEntries(firstPhases().map(({ description, wbsCode }) => [description, wbsCode]));
  const patch = (id: number, ops: unknown) => write('PATCH', `${root}/${id}`, ops);
  let a: number;
  let b: number;

  beforeEach(() => {
    for (const id of [...(rig.world.stores.tickets.idsWhere('project/id', PROJECT) ?? [])]) {
      rig.world.deleteTicket('areyes', id);
    }
    for (const { id } of firstPhases().toReversed()) rig.world.deletePhase('areyes', id);
    a = rig.world.addPhase('areyes', { project: PROJECT, description: 'A' }).id;
    b = rig.world.addPhase('areyes', { project: PROJECT, description: 'B' }).id;
    rig.world.addPhase('areyes', { project: PROJECT, description: 'B1', parentPhase: b });
    rig.world.addTicket('areyes', { summary: 'In B', phase: b });
  });

  it('go below another by their code, with all below them', async () => {
    const moved = await patch(b, replace('wbsCode', '1.1'));
    expect(moved.json).toMatchObject({ parentPhase: { id: a }, wbsCode: '1.1' });
    expect(codes()).toEqual({ A: '1', B: '1.1', B1: '1.1.1' });
    expect(rig.world.stores.tickets.rows('project/id', PROJECT)[0]?.wbsCode).toBe('1.1.2');
  });

  it('move up whoever stands there', async () => {
    expect((await patch(b, replace('wbsCode', '1'))).status).toBe(200);
    expect(codes()).toEqual({ A: '2', B: '1', B1: '1.1' });
  });

  it('need a code and no parent to come to the top', async () => {
    await patch(b, replace('wbsCode', '1.1'));
    await patch(b, replace('wbsCode', '5'));
    await patch(b, [{ op: 'remove', path: 'parentPhase' }]);
    expect(codes()).toMatchObject({ B: '1.1' });
    const top = await patch(b, [...replace('wbsCode', '5'), { op: 'remove', path: 'parentPhase' }]);
    expect(top.json).not.toHaveProperty('parentPhase');
    expect(codes()).toEqual({ A: '1', B: '5', B1: '5.1' });
    await patch(b, replace('wbsCode', '1.1'));
    await turn({ phaseToTop: 'either' });
    await patch(b, replace('wbsCode', '3'));
    expect(codes()).toEqual({ A: '1', B: '3', B1: '3.1' });
  });

  it('take another parent by no other way', async () => {
    expect((await patch(b, replace('parentPhase', { id: a }))).status).toBe(200);
    expect(codes()).toMatchObject({ B: '2' });
  });

  it.each(['2.1.1', '9.1', 'x', 'a.b'])('cannot have the code %s', async (code) => {
    expect((await patch(b, replace('wbsCode', code))).status).toBe(400);
    expect(codes()).toEqual({ A: '1', B: '2', B1: '2.1' });
  });

  it('stay while they hold tickets or phases', async () => {
    const conflict = await rig.send('DELETE', `${root}/${b}`, '');
    expect(conflict.status).toBe(409);
    await turn({ deletionConflictStatus: 400 });
    expect((await rig.send('DELETE', `${root}/${b}`, '')).status).toBe(400);
    expect((await rig.send('DELETE', `${root}/${a}`, '')).status).toBe(204);
  });

  it('renumber without a trace if the switch says so', async () => {
    const stamp = () => rig.world.require('phases', a)._info.lastUpdated;
    const before = stamp();
    rig.world.clock = () => new Date('2026-03-04T00:00:00Z');
    await turn({ renumberingTouches: false });
    await patch(b, replace('wbsCode', '1'));
    expect(stamp()).toBe(before);
    await turn({ renumberingTouches: true });
    await patch(b, replace('wbsCode', '2'));
    expect(stamp()).toBe('2026-03-04T00:00:00Z');
  });
});

describe('schedule and time', () => {
  let ticket: number;
  const entry = (changes: object = {}) => ({
    objectId: ticket,
    type: { identifier: 'S' },
    member: { identifier: somebody(true) },
    dateStart: '2026-03-03T08:00:00Z',
    dateEnd: '2026-03-03T10:00:00Z',
    ...changes,
  });
  const time = (changes: object = {}) => ({
    chargeToId: ticket,
    chargeToType: 'ProjectTicket',
    timeStart: '2026-03-01T08:00:00Z',
    actualHours: 2,
    ...changes,
  });

  beforeEach(() => {
    ticket = plainTicket();
  });

  it.each<[string, object, string]>([
    ['a ticket that is not there', { objectId: 999_999 }, 'objectId'],
    ['a type that does not fit', { type: { identifier: 'C' } }, 'type'],
    ['an end before the start', { dateEnd: '2026-03-03T07:00:00Z' }, 'dateEnd'],
    ['somebody who left', { member: { identifier: FORMER } }, 'member'],
  ])('no entry for %s', async (_what, changes, field) => {
    const answer = await write('POST', '/schedule/entries', entry(changes));
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ field }] } });
  });

  it('lets only the team be scheduled, and people into the team on demand', async () => {
    const member = somebody(false);
    const post = (more: object) =>
      write('POST', '/schedule/entries', entry({ member: { identifier: member }, ...more }));
    const team = () =>
      rig.world.stores.teamMembers.rows('projectid', PROJECT).find((one) => one.member.identifier === member);
    expect((await post({})).json).toMatchObject({ errors: [{ field: 'member' }] });
    const flag = { addMemberToProjectFlag: true };
    expect((await post(flag)).json).toMatchObject({ errors: [{ field: 'projectRoleId' }] });
    expect((await post({ ...flag, projectRoleId: 99 })).status).toBe(400);
    expect(team()).toBeUndefined();
    expect((await post({ ...flag, projectRoleId: 3 })).status).toBe(201);
    expect(team()).toMatchObject({ projectRole: { name: 'Advisor' }, _info: { enteredBy: 'cwsync-api' } });
    expect(rig.world.require('tickets', ticket).resources).toBe(member);
  });

  it('lets anybody be scheduled if the switch says so', async () => {
    await turn({ scheduleNeedsTeam: false });
    const member = { identifier: somebody(false) };
    expect((await write('POST', '/schedule/entries', entry({ member }))).status).toBe(201);
  });

  it.each<[string, object, string]>([
    ['a ticket that is not there', { chargeToId: 999_999 }, 'chargeToId'],
    ['an issue', { chargeToType: 'ProjectIssue' }, 'chargeToType'],
    ['the other kind of ticket', { chargeToType: 'ServiceTicket' }, 'chargeToType'],
    ['no length', { actualHours: null }, 'timeEnd'],
    ['an end before the start', { timeEnd: '2026-03-01T07:00:00Z' }, 'timeEnd'],
  ])('no time for %s', async (_what, changes, field) => {
    const answer = await write('POST', '/time/entries', time(changes));
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ field }] } });
  });

  it('no time where the status does not allow it', async () => {
    const { status } = rig.world.require('tickets', ticket);
    rig.world.stores.boardStatuses.put({
      ...rig.world.require('boardStatuses', status.id),
      timeEntryNotAllowed: true,
    });
    expect((await write('POST', '/time/entries', time())).status).toBe(400);
  });

  it('keeps the hours of ticket and project, and the ticket that has time', async () => {
    const hours = () => rig.world.require('projects', PROJECT).actualHours;
    const before = hours();
    const { id } = (await write('POST', '/time/entries', time())).json as { id: number };
    expect(rig.world.require('tickets', ticket).actualHours).toBe(2);
    expect(hours()).toBe(before + 2);
    expect((await rig.send('DELETE', `/project/tickets/${ticket}`, '')).status).toBe(409);
    rig.world.editTimeEntry('areyes', id, { status: 'Billed' });
    const path = `/time/entries/${id}`;
    expect((await write('PATCH', path, replace('notes', 'x'))).status).toBe(400);
    expect((await rig.send('DELETE', path, '')).status).toBe(409);
    await turn({ lockedTimeStatuses: [], ticketWithTimeDeletion: 'allowed' });
    expect((await rig.send('DELETE', path, '')).status).toBe(204);
    expect((await rig.send('DELETE', `/project/tickets/${ticket}`, '')).status).toBe(204);
    expect(hours()).toBe(before);
  });
});

describe('what others see of writes', () => {
  it('tells changes with who, and which of them callbacks leave out', async () => {
    const changes: WorldChange[] = [];
    rig.world.onChange((change) => changes.push(change));
    await patchTicket([...replace('summary', 'a'), ...replace('skipCallback', true)]);
    await patchTicket(replace('summary', 'b'));
    const change = { store: 'tickets', action: 'updated', id: TICKET, person: 'cwsync-api' };
    expect(changes).toEqual([
      { ...change, skipCallback: true },
      { ...change, skipCallback: false },
    ]);
  });

  it('shares ids with service tickets, and knows project tickets only', async () => {
    const service = rig.world.stores.serviceTickets.ids();
    const body = { summary: 'Next', phase: { id: firstPhases()[0]?.id } };
    const { id } = (await write('POST', '/project/tickets', body)).json as { id: number };
    expect(id).toBe(Math.max(...service, ...rig.world.stores.tickets.ids().slice(0, -1)) + 1);
    for (const method of ['PATCH', 'PUT', 'DELETE']) {
      expect((await write(method, `/project/tickets/${service[0]}`, [])).status).toBe(404);
    }
  });

  it('hears of tickets whose resources follow from entries, if the switch says so', async () => {
    const heard: WorldChange[] = [];
    rig.world.onChange((change) => heard.push(change));
    const entry = { objectId: TICKET, type: { id: 4 }, member: { identifier: somebody(true) } };
    await write('POST', '/schedule/entries', { ...entry, dateStart: '2026-04-01T08:00:00' });
    await turn({ derivedTellsTicket: true });
    const last = await write('POST', '/schedule/entries', { ...entry, dateStart: '2001-04-02' });
    expect(last.json).toMatchObject({ dateStart: '2001-04-02T00:00:00Z' });
    expect(heard.map(({ store }) => store)).toEqual(['scheduleEntries', 'scheduleEntries', 'tickets']);
  });

  it('counts the messages that a write would have sent', async () => {
    const count = async () => ((await rig.control('GET', '/notifications')).json as unknown[]).length;
    const quiet = replace('processNotifications', false);
    await patchTicket([...replace('summary', 'a'), ...quiet]);
    await write('POST', `/project/tickets/${TICKET}/notes`, { text: 'x', processNotifications: false });
    expect(await count()).toBe(0);
    await patchTicket(replace('summary', 'b'));
    expect((await rig.control('GET', '/notifications')).json).toEqual([
      { reason: 'ticket updated', ticketId: TICKET, at: '2026-03-02T09:30:15.678Z' },
    ]);
    await write('POST', `/project/tickets/${TICKET}/notes`, { text: 'x' });
    expect(await count()).toBe(2);
    await turn({ notifiesByDefault: false });
    await patchTicket(replace('summary', 'c'));
    expect(await count()).toBe(2);
    await rig.control('DELETE', '/notifications');
    expect(await count()).toBe(0);
  });

  it('keeps writes with their bodies, and tells methods apart', async () => {
    await rig.get('/project/tickets');
    await rig.send('POST', '/project/tickets/search', '{"conditions":""}');
    expect((await rig.control('GET', '/requests/writes')).json).toEqual([]);
    expect((await rig.control('GET', '/requests/methods')).json).toEqual({ GET: 1, POST: 1 });
    const ops = replace('summary', 'x');
    await patchTicket(ops);
    expect((await rig.control('GET', '/requests/writes')).json).toMatchObject([
      { method: 'PATCH', status: 200, body: JSON.stringify(ops) },
    ]);
  });
});

describe('rights', () => {
  it.each<[string, string, string, string, unknown]>([
    ['tickets', 'edit', 'PATCH', `/project/tickets/${TICKET}`, replace('summary', 'x')],
    ['projects', 'add', 'POST', '/project/projects', {}],
    ['projectNotes', 'add', 'POST', `/project/projects/${PROJECT}/notes`, { text: 'x' }],
    ['scheduleEntries', 'delete', 'DELETE', '/schedule/entries/1', null],
    ['tickets', 'inquire', 'PATCH', `/project/tickets/${TICKET}`, replace('summary', 'x')],
  ])('%s %s withheld: %s is 403', async (entity, right, method, path, body) => {
    await rig.control('PUT', '/permissions', { entity, right, allowed: false });
    expect((await write(method, path, body)).status).toBe(403);
    const rights = (await rig.control('GET', '/permissions/rights')).json as Record<string, object>;
    expect(rights[entity]).toMatchObject({ [right]: false });
    await rig.control('PUT', '/permissions', { entity, right, allowed: true });
    expect((await write(method, path, body)).status).not.toBe(403);
  });

  it('can lack from the start', async () => {
    await rig.stop();
    rig = await startRig({ world: { seed: 7, projects: 1, tickets: 2 }, withheldWrites: ['tickets:edit'] });
    expect((await patchTicket(replace('summary', 'x'))).status).toBe(403);
    expect((await rig.get(`/project/tickets/${TICKET}`)).status).toBe(200);
  });

  it('to read stay when those to write are lost, also in the middle', async () => {
    await rig.control('POST', '/faults', {
      kind: 'revoke',
      entity: 'tickets',
      right: 'edit',
      method: 'PATCH',
      after: 1,
    });
    const statuses = [];
    for (const summary of ['a', 'b']) statuses.push((await patchTicket(replace('summary', summary))).status);
    expect([...statuses, (await rig.get('/project/tickets')).status]).toEqual([200, 403, 200]);
  });
});

describe('faults of writes', () => {
  const post = () =>
    write('POST', `/project/projects/${PROJECT}/notes`, { text: 'Only once' }).then(
      ({ status }) => status,
      () => 0,
    );
  const there = () => rig.world.stores.projectNotes.rows().filter(({ text }) => text === 'Only once').length;

  it.each<[object, number, number]>([
    [{ kind: 'reset', when: 'before' }, 0, 0],
    [{ kind: 'reset' }, 0, 1],
    [{ kind: 'reset', half: true }, 0, 1],
    [{ kind: 'status', status: 500 }, 500, 0],
    [{ kind: 'status', status: 500, when: 'after' }, 500, 1],
    [{ kind: 'status', status: 429, retryAfter: 1 }, 429, 0],
    [{ kind: 'status', status: 403 }, 403, 0],
    [{ kind: 'status', status: 400, body: { code: 'InvalidObject' } }, 400, 0],
    [{ kind: 'html', status: 502 }, 502, 0],
    [{ kind: 'html', status: 520, when: 'after' }, 520, 1],
    [{ kind: 'slow', delayMs: 5, when: 'after' }, 201, 1],
    [{ kind: 'broken-json' }, 201, 1],
    [{ kind: 'codebase', codebase: 'v2025_2' }, 400, 0],
  ])('%j: answered %i, and %i notes are there', async (fault, status, notes) => {
    await rig.control('POST', '/faults', { method: 'POST', path: '/notes', times: 1, ...fault });
    expect(await post()).toBe(status);
    expect(there()).toBe(notes);
  });
});
