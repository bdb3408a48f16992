import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENTITIES, KINDS } from '../../demo/connectwise/api/kinds.ts';
import { idsOf, linkPath, type Rig, startRig } from './connectwise-simulator-rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const FORWARD = { 'pagination-type': 'forward-only' };
const where = (conditions: string) => `conditions=${encodeURIComponent(conditions)}`;

/** An address of every kind, with ids of records that have some. */
function addressOf(path: string): string {
  const { ticketNotes, projectNotes } = rig.world.stores;
  if (path.includes('/boards/')) return path.replace('{parentId}', '1');
  const parent = path.startsWith('/project/tickets/')
    ? ticketNotes.rows()[0]?.ticketId
    : projectNotes.rows()[0]?.projectId;
  return path.replace('{parentId}', String(parent));
}

describe('every kind', () => {
  it.each(KINDS.map(({ path }) => path))('%s: list, count, one, both ways of paging', async (pattern) => {
    const path = addressOf(pattern);
    const all = await rig.get(`${path}?pageSize=1000`);
    const ids = idsOf(all);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect((await rig.get(`${path}/count`)).json).toEqual({ count: ids.length });
    expect((await rig.get(`${path}/${ids[0]}`)).json).toEqual((all.json as object[])[0]);
    expect((await rig.get(`${path}/999999`)).json).toMatchObject({ code: 'NotFound' });
    const last = ids.at(-1) ?? 0;
    const forward = await rig.get(`${path}?pageSize=1000&pageId=${last - 1}&fields=id`, FORWARD);
    expect(forward.json).toEqual([{ id: last }]);
    const first = await rig.get(`${path}?pageSize=1&fields=id`);
    const lastPage = linkPath(first, 'last');
    if (ids.length > 1) expect((await rig.get(lastPage ?? '')).json).toEqual([{ id: last }]);
    expect(idsOf(await rig.get(`${path}?${where(`id = ${last}`)}`))).toEqual([last]);
    const old = await rig.get(`${path}/count?${where('lastUpdated >= [2000-01-01]')}`);
    expect(old.json).toEqual({ count: ids.length });
    expect((await rig.get(`${path}?${where('lastUpdated > [2100-01-01]')}`)).json).toEqual([]);
  });

  it('has a right of its own, but for tickets of both kinds and members with little or more', () => {
    const shared = KINDS.filter(
      ({ entity }, index) => KINDS.findIndex((one) => one.entity === entity) < index,
    );
    expect(shared.map(({ path }) => path)).toEqual(['/service/tickets', '/system/info/members']);
    expect(new Set(KINDS.map(({ entity }) => entity))).toEqual(new Set(ENTITIES));
  });

  it.each(KINDS.map(({ path, entity }) => [path, entity] as const))(
    '%s goes by the right %s',
    async (pattern, entity) => {
      const path = addressOf(pattern);
      await rig.control('PUT', '/permissions', { entity, allowed: false });
      expect((await rig.get(path)).status).toBe(403);
      expect((await rig.get(`${path}/count`)).status).toBe(403);
      await rig.control('PUT', '/permissions', { entity, allowed: true });
      for (const other of ENTITIES.filter((one) => one !== entity)) {
        await rig.control('PUT', '/permissions', { entity: other, allowed: false });
      }
      expect((await rig.get(path)).status).toBe(200);
    },
  );
});

describe('schedule entries', () => {
  it('show who is to do what, when and where', async () => {
    const dated = rig.world.stores.scheduleEntries.rows().find(({ where: place, hours }) => place && hours);
    const { json } = await rig.get(`/schedule/entries/${dated?.id}`);
    const root = `${rig.url}/v2025_1//apis/3.0`;
    expect(json).toMatchObject({
      objectId: dated?.objectId,
      type: { id: 4, identifier: 'S', name: 'Service', _info: { type_href: `${root}/schedule/types/4` } },
      name: rig.world.stores.tickets.get(dated?.objectId ?? 0)?.summary,
      member: { id: dated?.member.id, identifier: dated?.member.identifier },
      where: { name: dated?.where?.name },
      dateStart: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/),
      hours: dated?.hours,
      status: { name: dated?.status.name },
      doneFlag: dated?.doneFlag,
      acknowledgedFlag: dated?.acknowledgedFlag,
      _info: { dateEntered: expect.any(String), enteredBy: dated?.member.identifier },
    });
  });

  it('are found by the tickets they stand on, by index as by looking at all', async () => {
    const ids = rig.world.stores.tickets.idsWhere('project/id', 102)?.slice(0, 20) ?? [];
    const found = await rig.get(
      `/schedule/entries?pageSize=1000&${where(`objectId in (${ids.join(',')}) and type/identifier = "S"`)}`,
    );
    const expected = rig.world.stores.scheduleEntries.rows().filter(({ objectId }) => ids.includes(objectId));
    expect(expected.length).toBeGreaterThan(3);
    expect(idsOf(found)).toEqual(expected.map(({ id }) => id));
    const scanned = where(`objectId >= ${ids[0]} and objectId <= ${ids.at(-1)}`);
    expect(idsOf(await rig.get(`/schedule/entries?pageSize=1000&${scanned}`))).toEqual(idsOf(found));
  });

  it('stand on service tickets and activities too, and some have no dates', async () => {
    const { stores } = rig.world;
    const entries = stores.scheduleEntries.rows();
    expect(entries.some(({ objectId }) => stores.serviceTickets.get(objectId))).toBe(true);
    const activities = (await rig.get(`/schedule/entries?${where('type/identifier = "C"')}`)).json as {
      objectId: number;
    }[];
    expect(activities).toHaveLength(2);
    expect(activities.every(({ objectId }) => !stores.tickets.get(objectId))).toBe(true);
    const undated = (await rig.get(`/schedule/entries?${where('dateStart = null')}`)).json as object[];
    expect(undated.length).toBeGreaterThan(0);
    for (const name of ['dateStart', 'dateEnd', 'hours']) expect(undated[0]).not.toHaveProperty(name);
  });

  it('have the type that the switch names', async () => {
    const type = where('type/identifier = "P"');
    expect((await rig.get(`/schedule/entries/count?${type}`)).json).toEqual({ count: 0 });
    await rig.control('PATCH', '/switches', { projectTicketScheduleType: 'P' });
    const { stores } = rig.world;
    const count = stores.scheduleEntries.rows().filter((entry) => stores.tickets.get(entry.objectId)).length;
    expect((await rig.get(`/schedule/entries/count?${type}`)).json).toEqual({ count });
    const refused = await rig.control('PATCH', '/switches', {
      projectTicketScheduleType: 'X',
      nullFields: 'explicit',
    });
    expect(refused).toMatchObject({ status: 400, json: { error: 'there is no schedule type "X"' } });
    expect((await rig.control('GET', '/switches')).json).toMatchObject({
      projectTicketScheduleType: 'P',
      nullFields: 'omitted',
    });
  });
});

describe('time entries', () => {
  it('show who did what on which ticket of which phase and project', async () => {
    const stored = rig.world.stores.timeEntries.rows().find(({ notes }) => notes);
    const ticket = rig.world.stores.tickets.get(stored?.chargeToId ?? 0);
    expect((await rig.get(`/time/entries/${stored?.id}`)).json).toMatchObject({
      chargeToId: ticket?.id,
      chargeToType: 'ProjectTicket',
      member: { identifier: stored?.member.identifier },
      timeStart: stored?.timeStart,
      actualHours: stored?.actualHours,
      workType: { name: stored?.workType.name },
      workRole: { name: stored?.workRole.name },
      billableOption: stored?.billableOption,
      notes: stored?.notes,
      status: stored?.status,
      ticket: { id: ticket?.id, name: ticket?.summary },
      project: { id: ticket?.project.id, name: ticket?.project.name },
      phase: { id: ticket?.phase.id, name: ticket?.phase.name },
    });
  });

  it('are found by project and by ticket', async () => {
    const { timeEntries } = rig.world.stores;
    const ofProject = timeEntries.rows().filter(({ project }) => project?.id === 102);
    const byProject = await rig.get(`/time/entries?pageSize=1000&${where('project/id = 102')}`);
    expect(idsOf(byProject)).toEqual(ofProject.map(({ id }) => id));
    const ticketId = ofProject[0]?.ticket.id ?? 0;
    const byTicket = await rig.get(`/time/entries?${where(`ticket/id = ${ticketId}`)}`);
    expect(idsOf(byTicket)).toEqual(
      ofProject.filter(({ ticket }) => ticket.id === ticketId).map(({ id }) => id),
    );
  });
});

describe('notes and teams', () => {
  it('stand below their own parent only', async () => {
    const note = rig.world.addTicketNote('pnair', { ticket: 5001, text: 'One\nTwo' });
    expect((await rig.get(`/project/tickets/5001/notes/${note.id}`)).json).toMatchObject({
      ticketId: 5001,
      text: 'One\nTwo',
      detailDescriptionFlag: true,
      internalAnalysisFlag: false,
      resolutionFlag: false,
      member: { identifier: 'pnair' },
      _info: { enteredBy: 'pnair' },
    });
    expect((await rig.get(`/project/tickets/5002/notes/${note.id}`)).status).toBe(404);
    expect((await rig.get('/project/tickets/999999/notes')).json).toMatchObject({
      message: 'Ticket 999999 not found',
    });
  });

  it('show types and roles by reference', async () => {
    rig.world.addProjectNote('pnair', { project: 101, text: 'Risky', type: 'Risk', flagged: true });
    const notes = (await rig.get('/project/projects/101/notes?pageSize=100')).json as object[];
    expect(notes.at(-1)).toMatchObject({ projectId: 101, type: { id: 3, name: 'Risk' }, flagged: true });
    const team = (await rig.get('/project/projects/101/teamMembers')).json as object[];
    expect(team[0]).toMatchObject({
      projectId: 101,
      member: { id: expect.any(Number), identifier: expect.any(String), name: expect.any(String) },
      projectRole: { id: 1, name: 'Project Manager', identifier: 'Project Manager' },
    });
  });
});

it.each<[string, object]>([
  ['/company/noteTypes', { name: 'Comments', defaultFlag: true }],
  ['/company/companies/statuses', { name: 'Inactive', inactiveFlag: true }],
  ['/time/workTypes', { name: 'After Hours', rate: 1.5 }],
  ['/time/workRoles', { name: 'Engineer', locationIds: [1, 2] }],
  ['/schedule/types', { id: 4, identifier: 'S', name: 'Service' }],
  ['/schedule/statuses', { id: 2, name: 'Firm', defaultFlag: true, showAsTentativeFlag: false }],
  ['/project/securityRoles', { name: 'Project Manager', managerRoleFlag: true }],
  ['/service/boards/1/statuses', { name: 'Completed', escalationStatus: 'Resolved' }],
])('%s is a set-up table', async (path, expected) => {
  expect((await rig.get(path)).json).toContainEqual(expect.objectContaining(expected));
});
