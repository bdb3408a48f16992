import { describe, expect, it } from 'vitest';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { fromSnapshot, toSnapshot } from '../../demo/connectwise/world/snapshot.ts';

import { demoWorld } from '../../demo/demo-world.ts';
import { PEOPLE } from '../../demo/slack/directory.ts';

const now = new Date('2026-03-02T09:30:15.678Z');
const clock = () => now;

describe('generated data', () => {
  it('is the same for the same seed', () => {
    const make = (seed: number) => toSnapshot(createWorld({ seed, projects: 3, tickets: 20, now, clock }));
    expect(make(7)).toBe(make(7));
    expect(make(7)).not.toBe(make(8));
  });

  it('has exactly as many of each kind as was asked for', () => {
    const { stores } = createWorld({
      ...{ seed: 7, projects: 2, tickets: 50, phases: 20, schedule: 130, time: 70, notes: 9 },
      now,
    });
    expect(stores.phases.size).toBe(40);
    for (const { id } of stores.projects.rows()) {
      const tickets = new Set(stores.tickets.idsWhere('project/id', id));
      expect(tickets.size).toBe(50);
      const scheduled = stores.scheduleEntries.rows().filter(({ objectId }) => tickets.has(objectId));
      expect(scheduled).toHaveLength(130);
      expect(new Set(scheduled.map(({ objectId }) => objectId)).size).toBe(50);
      expect(stores.timeEntries.idsWhere('project/id', id)).toHaveLength(70);
      expect(stores.ticketNotes.rows().filter(({ ticketId }) => tickets.has(ticketId))).toHaveLength(9);
    }
    const none = createWorld({
      seed: 7,
      projects: 1,
      tickets: 5,
      schedule: 0,
      time: 0,
      notes: 0,
      now,
    }).stores;
    expect([none.timeEntries.size, none.ticketNotes.size]).toEqual([0, 0]);
    expect(none.tickets.rows().every((one) => one.resources === null && one.actualHours === null)).toBe(true);
  });

  it('does not change the tickets when more stands on them', () => {
    const summaries = (schedule: number) =>
      createWorld({ seed: 7, projects: 3, tickets: 20, schedule, now })
        .stores.tickets.rows()
        .map(({ id, summary, owner, _info }) => [id, summary, owner?.id, _info]);
    expect(summaries(0)).toEqual(summaries(100));
  });

  it('derives what tickets and projects show of their entries', () => {
    const { stores } = createWorld({ seed: 7, projects: 3, tickets: 40, now });
    for (const ticket of stores.tickets.rows()) {
      const time = stores.timeEntries.rows('ticket/id', ticket.id);
      expect(ticket.actualHours ?? 0).toBe(time.reduce((sum, { actualHours }) => sum + actualHours, 0));
      const people = stores.scheduleEntries
        .rows('objectid', ticket.id)
        .map(({ member }) => member.identifier);
      expect(ticket.resources).toBe(people.length === 0 ? null : [...new Set(people)].join(', '));
    }
    for (const project of stores.projects.rows()) {
      const hours = stores.timeEntries.rows('project/id', project.id).map(({ actualHours }) => actualHours);
      expect(project.actualHours).toBe(hours.reduce((sum, one) => sum + one, 0));
    }
  });

  it('dates nothing in the future, and no end before its start', () => {
    const { stores } = createWorld({ seed: 3, projects: 12, tickets: 40, now });
    for (const store of Object.values(stores)) {
      for (const { _info } of store.rows()) {
        expect(Date.parse(_info.lastUpdated)).toBeLessThanOrEqual(now.getTime());
        expect(_info.dateEntered <= _info.lastUpdated).toBe(true);
      }
    }
    expect(stores.scheduleEntries.rows().every((one) => (one.dateStart ?? '') <= (one.dateEnd ?? ''))).toBe(
      true,
    );
    expect(stores.timeEntries.rows().every((one) => one.timeStart < (one.timeEnd ?? ''))).toBe(true);
    const closed = stores.projects.rows().filter(({ closedFlag }) => closedFlag);
    expect(closed.length).toBeGreaterThan(0);
    expect(closed.every(({ actualEnd }) => actualEnd !== null)).toBe(true);
  });

  it('gives phases that were asked for WBS codes of their own', () => {
    const { stores } = createWorld({ seed: 3, projects: 1, tickets: 10, phases: 100, now });
    const rows = [...stores.phases.rows(), ...stores.tickets.rows()];
    expect(new Set(rows.map(({ wbsCode }) => wbsCode)).size).toBe(110);
    expect(stores.phases.rows().some(({ parentPhase }) => parentPhase !== null)).toBe(true);
  });
});

describe('a state file', () => {
  it('brings every store back, and the counters', () => {
    const world = createWorld({ seed: 7, projects: 2, tickets: 20, now, clock });
    const gone = world.addTimeEntry('areyes', {
      chargeToId: 5001,
      timeStart: '2026-03-01T10:00:00Z',
      actualHours: 1,
    });
    world.deleteTimeEntry('areyes', gone.id);
    const text = toSnapshot(world);
    const back = fromSnapshot(text, clock);
    expect(toSnapshot(back)).toBe(text);
    back.editMember('areyes', 151, { firstName: 'Renamed' });
    back.editTicket('areyes', 5001, { summary: 'Renamed too' });
    const names = back.stores.scheduleEntries.rows().map(({ member }) => [member.id, member.name]);
    expect(names.filter(([id]) => id === 151).every(([, name]) => name === 'Renamed Lindqvist')).toBe(true);
    const next = back.addTimeEntry('areyes', {
      chargeToId: 5001,
      timeStart: '2026-03-01T10:00:00Z',
      actualHours: 1,
    });
    expect(next).toMatchObject({ id: gone.id + 1, ticket: { name: 'Renamed too' } });
  });

  it('of before these stores were there is read, and goes on', () => {
    const world = createWorld({
      seed: 7,
      projects: 1,
      tickets: 4,
      schedule: 0,
      time: 0,
      notes: 0,
      now,
      clock,
    });
    const { counters, stores, format } = JSON.parse(toSnapshot(world));
    const old = ['members', 'companies', 'boards', 'boardStatuses', 'projectStatuses', 'phaseStatuses'];
    const kept = [...old, 'projects', 'phases', 'tickets', 'serviceTickets'];
    const text = JSON.stringify({
      format,
      counters: { projects: counters.projects, phases: counters.phases, tickets: counters.tickets },
      stores: Object.fromEntries(kept.map((name) => [name, stores[name]])),
    });
    const back = fromSnapshot(text, clock);
    expect(back.stores.scheduleEntries.size).toBe(0);
    expect(back.stores.tickets.size).toBe(4);
    expect(back.addScheduleEntry('areyes', { objectId: 5001 })).toMatchObject({
      id: 1,
      type: { identifier: 'S' },
    });
    expect(back.addMember('areyes', { identifier: 'x', firstName: 'X', lastName: 'Y' }).id).toBe(163);
    expect(back.addTicket('areyes', { summary: 'Next', phase: 701 }).id).toBe(counters.tickets + 1);
  });

  it('does not bring rows of small tables back that somebody deleted', () => {
    const world = createWorld({ seed: 7, projects: 0, tickets: 0, now, clock });
    for (const id of [...world.stores.noteTypes.ids()]) world.deleteNoteType('areyes', id);
    expect(fromSnapshot(toSnapshot(world), clock).stores.noteTypes.size).toBe(0);
  });
});

describe('the company of the demo', () => {
  it.each(['alex', 'vera'])('%s of the Slack window manages open projects there', (name) => {
    const { stores } = createWorld({ ...demoWorld, now });
    const email = PEOPLE.find((person) => person.name === name)?.email;
    const members = stores.members.rows().filter(({ officeEmail }) => officeEmail === email);
    expect(members).toHaveLength(1);
    const managed = stores.projects
      .rows()
      .filter(({ manager, closedFlag }) => manager?.id === members[0]?.id && !closedFlag);
    expect(managed.length).toBeGreaterThan(1);
  });

  it('an address of somebody else changes nothing but that', () => {
    const { emails: _, ...size } = demoWorld;
    const own = toSnapshot(createWorld({ ...size, now, clock }));
    const given = toSnapshot(createWorld({ ...demoWorld, now, clock }));
    const back = given
      .replaceAll('vera.viewer@example.com', 'zmueller@msp.example')
      .replaceAll('alex.admin@example.com', 'areyes@msp.example');
    expect(given).not.toBe(own);
    expect(back).toBe(own);
  });
});
