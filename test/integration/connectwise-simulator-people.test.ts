import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './connectwise-simulator-rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig({ world: { seed: 7, projects: 3, tickets: 12, schedule: 0, time: 0, notes: 0 } });
});
afterEach(() => rig.stop());

const as = 'gokafor';
const T1 = 5001;

async function made(path: string, body: object): Promise<number> {
  const answer = await rig.control('POST', path, { as, ...body });
  expect(answer.json).not.toHaveProperty('error');
  expect(answer.status).toBe(201);
  return (answer.json as { id: number }).id;
}

const edit = (path: string, changes: object) => rig.control('PATCH', path, { as, changes });
const remove = async (path: string) => (await rig.control('DELETE', `${path}?as=${as}`)).status;
const ticket = async (id: number) => (await rig.get(`/project/tickets/${id}`)).json;
const stampOf = (id: number) => rig.world.stores.tickets.get(id)?._info.lastUpdated;

describe('the schedule', () => {
  it('adds, edits, moves and deletes, and the ticket follows', async () => {
    rig.time.now = new Date('2026-03-02T10:00:00Z');
    const id = await made('/schedule', {
      objectId: T1,
      member: 'TBecker',
      where: 'Remote',
      dateStart: '2026-03-04T10:00:00+01:00',
      dateEnd: '2026-03-04T12:30:00Z',
    });
    expect((await rig.get(`/schedule/entries/${id}`)).json).toMatchObject({
      objectId: T1,
      member: { identifier: 'tbecker', name: 'Tom Becker' },
      where: { id: 2, name: 'Remote' },
      dateStart: '2026-03-04T09:00:00Z',
      dateEnd: '2026-03-04T12:30:00Z',
      hours: 3.5,
      status: { name: 'Firm' },
      doneFlag: false,
      _info: { enteredBy: as, dateEntered: '2026-03-02T10:00:00Z' },
    });
    await made('/schedule', { objectId: T1, dateStart: '2026-03-01T08:00:00Z' });
    expect(await ticket(T1)).toMatchObject({
      resources: 'tbecker, gokafor',
      scheduleStartDate: '2026-03-01T08:00:00Z',
      scheduleEndDate: '2026-03-04T12:30:00Z',
      _info: { lastUpdated: '2026-03-02T10:00:00Z', updatedBy: as },
    });
    await edit(`/schedule/${id}`, { objectId: 5002, doneFlag: true, dateEnd: '2026-03-04T10:00:00Z' });
    expect(await ticket(T1)).toMatchObject({ resources: 'gokafor' });
    expect(await ticket(5002)).toMatchObject({ resources: 'tbecker' });
    expect((await rig.get(`/schedule/entries/${id}`)).json).toMatchObject({ hours: 1, doneFlag: true });
    expect(await remove(`/schedule/${id}`)).toBe(204);
    expect(await ticket(5002)).not.toHaveProperty('resources');
    expect((await rig.get(`/schedule/entries/${id}`)).status).toBe(404);
    expect(await made('/schedule', { objectId: T1 })).toBeGreaterThan(id);
  });

  it('lets an entry be without dates', async () => {
    const id = await made('/schedule', {
      objectId: T1,
      dateStart: '2026-03-04T10:00:00Z',
      dateEnd: '2026-03-04T12:00:00Z',
    });
    await edit(`/schedule/${id}`, { dateStart: null, dateEnd: null });
    const { json } = await rig.get(`/schedule/entries/${id}`);
    for (const name of ['dateStart', 'dateEnd', 'hours']) expect(json).not.toHaveProperty(name);
  });

  it('moves lastUpdated of the ticket only where the switches say so', async () => {
    const before = stampOf(T1);
    await rig.control('PATCH', '/switches', { derivedTouchesTicket: false });
    const id = await made('/schedule', { objectId: T1 });
    expect(await ticket(T1)).toMatchObject({ resources: 'gokafor', _info: { lastUpdated: before } });
    await rig.control('PATCH', '/switches', { derivedTouchesTicket: true });
    await edit(`/schedule/${id}`, { acknowledgedFlag: true });
    expect(stampOf(T1)).toBe(before);
    await rig.control('PATCH', '/switches', { childTouchesParent: true });
    await edit(`/schedule/${id}`, { acknowledgedFlag: false });
    expect(stampOf(T1)).toBe('2026-03-02T09:30:15Z');
  });
});

describe('time', () => {
  it('adds, edits and deletes, and ticket and project follow', async () => {
    const id = await made('/time', {
      chargeToId: T1,
      timeStart: '2026-03-02T08:00:00Z',
      timeEnd: '2026-03-02T10:00:00Z',
      hoursDeduct: 0.25,
      workType: 'Travel',
      notes: 'Drove there',
    });
    expect((await rig.get(`/time/entries/${id}`)).json).toMatchObject({
      chargeToType: 'ProjectTicket',
      member: { identifier: as },
      actualHours: 1.75,
      workType: { name: 'Travel' },
      workRole: { name: 'Engineer' },
      status: 'Open',
      project: { id: 101 },
    });
    await made('/time', { chargeToId: T1, timeStart: '2026-03-02T08:00:00Z', actualHours: 0.1 });
    expect(await ticket(T1)).toMatchObject({ actualHours: 1.85 });
    expect((await rig.get('/project/projects/101')).json).toMatchObject({ actualHours: 1.85 });
    await edit(`/time/${id}`, { chargeToId: 5002, actualHours: 3, workType: 'Regular' });
    expect(await ticket(T1)).toMatchObject({ actualHours: 0.1 });
    expect(await ticket(5002)).toMatchObject({ actualHours: 3 });
    expect((await rig.get('/project/projects/101')).json).toMatchObject({ actualHours: 3.1 });
    expect(await remove(`/time/${id}`)).toBe(204);
    expect(await ticket(5002)).not.toHaveProperty('actualHours');
    expect((await rig.get('/project/projects/101')).json).toMatchObject({ actualHours: 0.1 });
  });

  it('can be for a ticket of the service desk, which has no project', async () => {
    const service = rig.world.stores.serviceTickets.rows()[0];
    const id = await made('/time', {
      chargeToId: service?.id,
      timeStart: '2026-03-02T08:00:00Z',
      actualHours: 1,
    });
    const { json } = await rig.get(`/time/entries/${id}`);
    expect(json).toMatchObject({
      chargeToType: 'ServiceTicket',
      ticket: {
        name: service?.summary,
        _info: { ticket_href: expect.stringContaining('/service/tickets/') },
      },
    });
    expect(json).not.toHaveProperty('project');
  });

  it('shows a new summary of its ticket', async () => {
    const id = await made('/time', { chargeToId: T1, timeStart: '2026-03-02T08:00:00Z', actualHours: 1 });
    await edit(`/tickets/${T1}`, { summary: 'Called otherwise' });
    expect((await rig.get(`/time/entries/${id}`)).json).toMatchObject({
      ticket: { name: 'Called otherwise' },
    });
  });
});

describe('notes and teams', () => {
  it('adds, edits and deletes notes, which leave their parents alone', async () => {
    const before = stampOf(T1);
    const onTicket = await made('/ticket-notes', { ticket: T1, text: 'Look', internalAnalysisFlag: true });
    const onProject = await made('/project-notes', { project: 101, text: 'Think' });
    expect((await rig.get(`/project/tickets/${T1}/notes`)).json).toMatchObject([
      { text: 'Look', internalAnalysisFlag: true, detailDescriptionFlag: false, member: { identifier: as } },
    ]);
    await edit(`/ticket-notes/${onTicket}`, { text: 'Looked', resolutionFlag: true });
    await edit(`/project-notes/${onProject}`, { type: 'Decision', flagged: true });
    expect((await rig.get(`/project/tickets/${T1}/notes/${onTicket}`)).json).toMatchObject({
      text: 'Looked',
      resolutionFlag: true,
    });
    expect((await rig.get(`/project/projects/101/notes/${onProject}`)).json).toMatchObject({
      text: 'Think',
      type: { name: 'Decision' },
      flagged: true,
    });
    expect(stampOf(T1)).toBe(before);
    await rig.control('PATCH', '/switches', { childTouchesParent: true });
    expect(await remove(`/ticket-notes/${onTicket}`)).toBe(204);
    expect(await remove(`/project-notes/${onProject}`)).toBe(204);
    expect(stampOf(T1)).toBe('2026-03-02T09:30:15Z');
    expect(rig.world.stores.projects.get(101)?._info.lastUpdated).toBe('2026-03-02T09:30:15Z');
    expect((await rig.get(`/project/tickets/${T1}/notes`)).json).toEqual([]);
  });

  it('puts people on a team once, and takes them off', async () => {
    const member = await rig.control('POST', '/members', {
      as,
      identifier: 'newcomer',
      firstName: 'New',
      lastName: 'Comer',
    });
    expect(member.status).toBe(201);
    const id = await made('/team-members', {
      project: 101,
      member: 'newcomer',
      projectRole: 'Advisor',
      hours: 12,
      startDate: '2026-04-01',
    });
    await edit(`/team-members/${id}`, { endDate: '2026-05-01', hours: null });
    const shown = (await rig.get(`/project/projects/101/teamMembers/${id}`)).json;
    expect(shown).toMatchObject({
      member: { identifier: 'newcomer' },
      projectRole: { name: 'Advisor' },
      startDate: '2026-04-01T00:00:00Z',
      endDate: '2026-05-01T00:00:00Z',
    });
    expect(shown).not.toHaveProperty('hours');
    const twice = await rig.control('POST', '/team-members', { as, project: 101, member: 'newcomer' });
    expect(twice).toMatchObject({ status: 400, json: { error: 'New Comer is on the team already' } });
    expect(await remove(`/team-members/${id}`)).toBe(204);
  });
});

describe('set-up', () => {
  it('renames and retires, and references show the new names', async () => {
    const project = rig.world.stores.projects.get(101);
    const status = rig.world.stores.tickets.get(T1)?.status;
    await edit(`/companies/${project?.company.id}`, { name: 'Renamed Ltd', status: 'Inactive' });
    await edit(`/board-statuses/${status?.id}`, { name: 'Called otherwise', inactive: true });
    const manager = project?.manager?.id;
    await edit(`/members/${manager}`, { firstName: 'Another', inactiveFlag: true });
    expect((await rig.get('/project/projects/101')).json).toMatchObject({
      company: { name: 'Renamed Ltd' },
      manager: { name: expect.stringMatching(/^Another /) },
      _info: { lastUpdated: project?._info.lastUpdated },
    });
    expect((await rig.get(`/company/companies/${project?.company.id}`)).json).toMatchObject({
      status: { id: 2, name: 'Inactive' },
    });
    expect((await rig.get(`/system/members/${manager}`)).json).toMatchObject({ inactiveFlag: true });
    expect(await ticket(T1)).toMatchObject({ status: { name: 'Called otherwise' } });
    expect(await edit('/tickets/5002', { status: status?.id })).toMatchObject({ status: 400 });
  });

  it('adds and deletes rows of the small tables, unless they are in use', async () => {
    const type = await made('/note-types', { name: 'Lesson learnt' });
    await edit(`/note-types/${type}`, { name: 'Lesson' });
    const note = await made('/project-notes', { project: 101, text: 'Ask first', type: 'Lesson' });
    const used = await rig.control('DELETE', `/note-types/${type}?as=${as}`);
    expect(used).toMatchObject({ status: 400, json: { error: `note type ${type} is in use` } });
    await remove(`/project-notes/${note}`);
    expect(await remove(`/note-types/${type}`)).toBe(204);
    const work = await made('/work-types', { name: 'Night' });
    await edit(`/work-types/${work}`, { inactiveFlag: true });
    const late = { as, chargeToId: T1, timeStart: '2026-03-02T08:00:00Z', workType: 'Night' };
    expect((await rig.control('POST', '/time', late)).status).toBe(400);
    expect(await remove(`/work-types/${work}`)).toBe(204);
    expect(await made('/work-types', { name: 'Night' })).toBe(work + 1);
    const status = await made('/board-statuses', { board: 1, name: 'Parked', closedStatus: true });
    expect((await rig.get(`/service/boards/1/statuses/${status}`)).json).toMatchObject({
      name: 'Parked',
      closedStatus: true,
      board: { id: 1 },
    });
    const company = await made('/companies', { identifier: 'NewCo', name: 'New Co' });
    expect(await remove(`/companies/${company}`)).toBe(204);
    expect((await rig.get(`/company/companies/${company}`)).json).toMatchObject({ deletedFlag: true });
  });

  it('leaves references to deleted members and boards dangling', async () => {
    const project = rig.world.stores.projects.get(101);
    expect(await remove(`/members/${project?.manager?.id}`)).toBe(204);
    expect(await remove(`/boards/${project?.board.id}`)).toBe(204);
    expect((await rig.get('/project/projects/101')).json).toMatchObject({
      manager: { id: project?.manager?.id },
      board: { id: project?.board.id },
    });
    expect((await rig.get(`/system/members/${project?.manager?.id}`)).status).toBe(404);
    expect((await rig.get(`/service/boards/${project?.board.id}/statuses`)).status).toBe(404);
  });
});

describe('moving', () => {
  it('moves a ticket with its time to a phase of another project', async () => {
    const time = await made('/time', { chargeToId: T1, timeStart: '2026-03-02T08:00:00Z', actualHours: 2 });
    await edit('/tickets/5002', { predecessorType: 'Ticket', predecessorId: T1 });
    const { stores } = rig.world;
    const target = stores.phases.rows('projectid', 102)[0];
    const answer = await rig.control('POST', `/tickets/${T1}/move`, { as, phase: target?.id });
    expect(answer.status).toBe(200);
    const project = stores.projects.get(102);
    expect(await ticket(T1)).toMatchObject({
      project: { id: 102 },
      phase: { id: target?.id },
      board: { id: project?.board.id },
      company: { id: project?.company.id },
      wbsCode: expect.stringMatching(new RegExp(`^${target?.wbsCode}\\.`)),
      _info: { updatedBy: as, lastUpdated: '2026-03-02T09:30:15Z' },
    });
    expect((await rig.get(`/time/entries?conditions=project/id=102`)).json).toMatchObject([{ id: time }]);
    expect(stores.projects.get(101)?.actualHours).toBe(0);
    expect(stores.projects.get(102)?.actualHours).toBe(2);
    expect(await ticket(5002)).not.toHaveProperty('predecessorId');
    expect(stores.tickets.idsWhere('project/id', 101)).not.toContain(T1);
    const status = stores.boardStatuses.get(stores.tickets.get(T1)?.status.id ?? 0);
    expect(status?.board.id).toBe(project?.board.id);
  });

  it('moves a project to another board, and each ticket to a status of that board', async () => {
    const { stores } = rig.world;
    const from = stores.projects.get(101)?.board.id;
    const board = from === 2 ? 3 : 2;
    const before = stores.tickets.rows('project/id', 101);
    const answer = await rig.control('POST', '/projects/101/move', { as, board });
    expect(answer.json).toMatchObject({ id: 101, board: { id: board } });
    for (const { id, closedFlag } of before) {
      const after = stores.tickets.get(id);
      expect(after?.board.id).toBe(board);
      expect(stores.boardStatuses.get(after?.status.id ?? 0)?.board.id).toBe(board);
      expect(after?.closedFlag).toBe(closedFlag);
      expect(after?._info.updatedBy).toBe(as);
    }
    expect(stores.phases.rows('projectid', 101).every((phase) => phase.board.id === board)).toBe(true);
    const service = await rig.control('POST', '/projects/101/move', { as, board: 4 });
    expect(service).toMatchObject({ status: 400, json: { error: 'Service Desk is not a project board' } });
  });
});

describe('deleting', () => {
  async function ticketWithAll() {
    return {
      schedule: await made('/schedule', { objectId: T1 }),
      time: await made('/time', { chargeToId: T1, timeStart: '2026-03-02T08:00:00Z', actualHours: 2 }),
      note: await made('/ticket-notes', { ticket: T1, text: 'Gone soon' }),
    };
  }

  it.each([
    ['removed', 404, 0],
    ['kept', 200, 2],
  ])(
    'takes schedule and notes with the ticket, and its time is %s',
    async (deletedTicketTime, status, hours) => {
      await rig.control('PATCH', '/switches', { deletedTicketTime });
      const { schedule, time, note } = await ticketWithAll();
      expect(await remove(`/tickets/${T1}`)).toBe(204);
      expect((await rig.get(`/schedule/entries/${schedule}`)).status).toBe(404);
      expect(rig.world.stores.ticketNotes.get(note)).toBeUndefined();
      expect((await rig.get(`/time/entries/${time}`)).status).toBe(status);
      expect(rig.world.stores.projects.get(101)?.actualHours).toBe(hours);
    },
  );

  it('takes everything with the project', async () => {
    const { schedule, time, note } = await ticketWithAll();
    expect(await remove('/projects/101')).toBe(204);
    const { stores } = rig.world;
    expect(stores.scheduleEntries.get(schedule) ?? stores.timeEntries.get(time)).toBeUndefined();
    expect(stores.ticketNotes.get(note)).toBeUndefined();
    expect(stores.teamMembers.idsWhere('projectid', 101)).toEqual([]);
    expect(stores.projectNotes.idsWhere('projectid', 101)).toEqual([]);
  });

  it('leaves the activity of the same number alone', async () => {
    const entry = rig.world.stores.scheduleEntries.rows().find(({ type }) => type.identifier === 'C');
    rig.world.stores.scheduleEntries.put({ ...entry, objectId: T1 } as NonNullable<typeof entry>);
    await remove(`/tickets/${T1}`);
    expect((await rig.get(`/schedule/entries/${entry?.id}`)).status).toBe(200);
  });
});

describe('what makes no sense', () => {
  it.each<[string, string, object, string]>([
    ['POST', '/schedule', { objectId: 999_999 }, 'Ticket 999999 not found'],
    ['POST', '/schedule', { objectId: T1, member: 'nobody' }, 'there is no member "nobody"'],
    ['POST', '/schedule', { objectId: T1, dateStart: 'tomorrow' }, 'dateStart'],
    [
      'POST',
      '/schedule',
      { objectId: T1, dateStart: '2026-03-04T10:00:00Z', dateEnd: '2026-03-04T09:00:00Z' },
      'the entry ends before it starts',
    ],
    ['POST', '/time', { chargeToId: T1 }, 'timeStart'],
    [
      'POST',
      '/time',
      { chargeToId: T1, timeStart: '2026-03-04T10:00:00Z', timeEnd: '2026-03-04T09:00:00Z' },
      'the time ends before it starts',
    ],
    ['POST', '/project-notes', { project: 101, text: 'x', type: 'Song' }, 'there is no note type "Song"'],
    ['POST', '/ticket-notes', { ticket: T1, text: ' ' }, 'text'],
    ['POST', '/team-members', { project: 999, member: 'areyes' }, 'Project 999 not found'],
    ['POST', '/members', { identifier: 'AReyes', firstName: 'A', lastName: 'B' }, 'is there already'],
    ['POST', '/board-statuses', { board: 1, name: 'new' }, 'is there already'],
    ['POST', `/tickets/${T1}/move`, { phase: 999_999 }, 'Phase 999999 not found'],
    ['POST', '/projects/101/move', {}, 'board'],
  ])('%s %s %j changes nothing', async (method, path, body, reason) => {
    const text = () => JSON.stringify(Object.values(rig.world.stores).map((store) => store.rows()));
    const [before, counters] = [text(), { ...rig.world.counters }];
    const answer = await rig.control(method, path, { as, ...body });
    expect([400, 404]).toContain(answer.status);
    expect(answer.json).toMatchObject({ error: expect.stringContaining(reason) });
    expect(text()).toBe(before);
    expect(rig.world.counters).toEqual(counters);
  });

  it('keeps the member of the API keys', async () => {
    const api = rig.world.person('cwsync-api').id;
    expect(await remove(`/members/${api}`)).toBe(400);
  });
});

it('sets the actual end of a project when it is closed, and takes it away when it is reopened', async () => {
  await edit('/projects/101', { status: 'Closed' });
  expect((await rig.get('/project/projects/101')).json).toMatchObject({ actualEnd: '2026-03-02T09:30:15Z' });
  rig.time.now = new Date('2026-03-03T09:00:00Z');
  await edit('/projects/101', { status: 'Cancelled' });
  expect((await rig.get('/project/projects/101')).json).toMatchObject({ actualEnd: '2026-03-02T09:30:15Z' });
  await edit('/projects/101', { status: 'Open' });
  expect((await rig.get('/project/projects/101')).json).not.toHaveProperty('actualEnd');
});
