import { describe, expect, test } from 'vitest';
import type { PsaKind } from '../../src/domain/psa-records.ts';
import {
  makePsaPhase,
  makePsaProject,
  makePsaProjectNote,
  makePsaScheduleEntry,
  makePsaTeamMember,
  makePsaTicket,
  makePsaTimeEntry,
} from '../support/make-psa-records.ts';
import { nothing, pairedWith, type SyncRig, syncRig } from '../support/sync-rig.ts';

const minutes = 60_000;

/** One record of every kind beside the tickets of the rig. */
function everyKind(settings: Parameters<typeof syncRig>[0] = {}): SyncRig {
  const rig = syncRig(settings);
  rig.psa.records.scheduleEntry = [makePsaScheduleEntry()];
  rig.psa.records.timeEntry = [makePsaTimeEntry()];
  rig.psa.records.projectNote = [makePsaProjectNote()];
  rig.psa.records.teamMember = [makePsaTeamMember()];
  return rig;
}

/** Remembers from when on each kind is asked for. */
function listening(rig: SyncRig) {
  const asked = new Map<string, Date | undefined>();
  const list = rig.psa.list.bind(rig.psa);
  rig.psa.list = (kind, scope, call, since) => {
    asked.set(kind, since);
    return list(kind, scope, call, since);
  };
  return asked;
}

describe('every kind', () => {
  test('is read in order, parents before children, and tied to them', async () => {
    const rig = everyKind();
    const { asked } = await rig.sync();
    expect([...new Set(asked)]).toEqual([
      'project',
      'list phase',
      'list ticket',
      'list scheduleEntry',
      'list timeEntry',
      'list projectNote',
      'list teamMember',
      'list ticketNote',
    ]);
    const task = pairedWith(rig, 'task', 4711);
    expect(pairedWith(rig, 'event', 7001)).toMatchObject({ parentId: task.id, fields: { taskId: task.id } });
    expect(pairedWith(rig, 'timeLog', 8001)).toMatchObject({
      parentId: task.id,
      fields: { taskId: task.id, phaseId: pairedWith(rig, 'phase', 201).id },
    });
    expect(pairedWith(rig, 'projectNote', 9001).fields.text).toBe('Landlord agreed');
    expect(pairedWith(rig, 'teamMember', 6001).fields.member).toEqual({ id: 5, name: 'Maria Lopez' });
  });

  test.each(['event', 'timeLog', 'projectNote', 'teamMember'] as const)(
    'an unchanged %s is neither written nor told again',
    async (kind) => {
      const rig = everyKind();
      await rig.sync();
      const before = structuredClone(rig.planner.of(kind));
      expect((await rig.sync()).counts).toEqual(nothing);
      expect(rig.planner.of(kind)).toEqual(before);
    },
  );

  test('an entry that gets another ticket gets another task', async () => {
    const rig = everyKind();
    await rig.sync();
    rig.change('scheduleEntry', 7001, { objectId: 4712 });
    rig.change('timeEntry', 8001, { ticketId: 4712 });
    await rig.sync('delta');
    const other = pairedWith(rig, 'task', 4712).id;
    expect(pairedWith(rig, 'event', 7001)).toMatchObject({ parentId: other, fields: { taskId: other } });
    expect(pairedWith(rig, 'timeLog', 8001)).toMatchObject({ parentId: other, fields: { taskId: other } });
    expect((await rig.sync()).counts).toEqual(nothing);
  });
});

describe('from when on a delta reads', () => {
  const kinds = ['phase', 'ticket', 'scheduleEntry', 'timeEntry', 'projectNote'] as const;

  test('two minutes before the first answer of the last reading, each kind for itself', async () => {
    const rig = everyKind();
    rig.psa.pageSize = 1;
    rig.psa.records.timeEntry = [makePsaTimeEntry(), makePsaTimeEntry({ id: 8002 })];
    const first = new Map<string, Date>();
    rig.psa.beforeRequest = (what) => {
      rig.later(7);
      const now = rig.psa.date;
      if (now && !first.has(what)) first.set(what, now);
    };
    const { watermarks } = await rig.sync();
    expect(watermarks.psa?.project).toEqual(first.get('project'));
    const since = listening(rig);
    await rig.sync('delta');
    for (const kind of kinds) {
      const began = first.get(`list ${kind}`);
      expect(watermarks.psa?.[kind]).toEqual(began);
      expect(since.get(kind)).toEqual(new Date((began?.getTime() ?? 0) - 2 * minutes));
    }
    expect(new Set(first.values()).size).toBe(first.size);
  });

  test('a comprehensive sync reads everything, and so does a delta of a kind that was never read', async () => {
    const rig = everyKind();
    const since = listening(rig);
    await rig.sync('delta');
    await rig.sync('comprehensive');
    expect([...since.values()].every((from) => from === undefined)).toBe(true);
    expect(since.size).toBeGreaterThan(kinds.length);
  });

  test('a delta leaves alone what is older, and misses nothing of the two minutes before', async () => {
    const rig = everyKind();
    rig.later(60);
    await rig.sync();
    const stamped = (ms: number) => new Date((rig.psa.date?.getTime() ?? 0) - ms).toISOString();
    rig.psa.records.ticket = [
      makePsaTicket({ id: 4711, summary: 'Older', lastUpdated: stamped(2 * minutes + 1_000) }),
      makePsaTicket({ id: 4712, summary: 'Just', lastUpdated: stamped(2 * minutes) }),
    ];
    await rig.sync('delta');
    expect(pairedWith(rig, 'task', 4711).fields.summary).toBe('Order desks');
    expect(pairedWith(rig, 'task', 4712).fields.summary).toBe('Just');
    expect(pairedWith(rig, 'task', 4713)).not.toHaveProperty('deleted');
  });

  test.each([
    ['never', () => null],
    ['not at first', (asked: number) => (asked % 2 === 1 ? null : new Date('2026-01-05T12:00:00Z'))],
  ] as const)(
    'ConnectWise says the time %s: no watermark moves, and everything is read',
    async (_, dateAt) => {
      const rig = everyKind();
      rig.psa.pageSize = 1;
      rig.psa.idsPerRequest = 1;
      rig.psa.records.ticket = [makePsaTicket(), makePsaTicket({ id: 4712 })];
      rig.psa.records.scheduleEntry = [
        makePsaScheduleEntry(),
        makePsaScheduleEntry({ id: 7002, objectId: 4712 }),
      ];
      rig.psa.records.timeEntry = [makePsaTimeEntry(), makePsaTimeEntry({ id: 8002 })];
      rig.psa.records.projectNote = [makePsaProjectNote(), makePsaProjectNote({ id: 9002 })];
      const asked = new Map<string, number>();
      rig.psa.beforeRequest = (what) => {
        asked.set(what, (asked.get(what) ?? 0) + 1);
        rig.psa.date = dateAt(asked.get(what) ?? 0);
      };
      const first = await rig.sync();
      expect(first).not.toHaveProperty('readStart');
      expect(first.watermarks).toEqual({ plan: 0, psa: {} });
      expect(first.counts.created).toBeGreaterThan(8);
      asked.clear();
      expect((await rig.sync('delta')).counts).toEqual(nothing);
    },
  );
});

describe('a kind that may not be read', () => {
  const cases: readonly (readonly [PsaKind, readonly string[]])[] = [
    ['phase', ['task', 'event', 'timeLog', 'projectNote', 'teamMember']],
    ['ticket', ['phase', 'timeLog', 'projectNote', 'teamMember']],
    ['scheduleEntry', ['phase', 'task', 'timeLog', 'projectNote', 'teamMember']],
    ['timeEntry', ['phase', 'task', 'event', 'projectNote', 'teamMember']],
    ['projectNote', ['phase', 'task', 'event', 'timeLog', 'teamMember']],
    ['teamMember', ['phase', 'task', 'event', 'timeLog', 'projectNote']],
  ];

  test.each(cases)('%s, from the first sync on: all others are there', async (forbidden, others) => {
    const rig = everyKind();
    rig.psa.forbidden.add(forbidden);
    const { attention, refused, watermarks, asked } = await rig.sync();
    expect(attention).toEqual({ code: 'cw.permission', entity: forbidden });
    expect(refused).toEqual([attention]);
    // It is not tried again in the run, neither for what names it nor for what is looked for by id.
    expect(asked.filter((what) => what.endsWith(` ${forbidden}`))).toEqual([`list ${forbidden}`]);
    expect(watermarks.psa).not.toHaveProperty(forbidden);
    for (const kind of others) {
      expect(rig.planner.of(kind as 'task').length, kind).toBeGreaterThan(0);
    }
  });

  test.each(cases)(
    '%s, later on: it keeps its records and its watermark, the rest goes on',
    async (forbidden) => {
      const rig = everyKind();
      await rig.sync();
      const before = rig.taskOf().watermarks.psa;
      const records = structuredClone(rig.planner.records);
      rig.later(60);
      rig.psa.forbidden.add(forbidden);
      const { refused, counts } = await rig.sync();
      expect(refused).toMatchObject([{ entity: forbidden }]);
      expect(counts).toEqual(nothing);
      expect(rig.planner.records).toEqual(records);
      const after = rig.taskOf().watermarks.psa;
      const moved = Object.keys(after ?? {}).filter(
        (kind) => after?.[kind as PsaKind]?.getTime() !== before?.[kind as PsaKind]?.getTime(),
      );
      expect(moved.toSorted()).toEqual(
        ['project', ...cases.map(([kind]) => kind)].filter((kind) => kind !== forbidden).toSorted(),
      );
      expect(rig.taskOf().needsAttention?.failure.entity).toBe(forbidden);
      rig.psa.forbidden.clear();
      await rig.sync();
      expect(rig.taskOf()).not.toHaveProperty('needsAttention');
    },
  );

  test('a right that is taken away between two pages: what was read is kept, nothing is taken for gone', async () => {
    const rig = everyKind();
    await rig.sync();
    rig.change('ticket', 4711, { summary: 'On the first page' });
    rig.psa.pageSize = 1;
    let asked = 0;
    rig.psa.beforeRequest = (what) => {
      if (what === 'list ticket') asked += 1;
      if (asked === 2) rig.psa.forbidden.add('ticket');
    };
    rig.remove('ticket', 4712);
    expect((await rig.sync()).attention).toMatchObject({ entity: 'ticket' });
    expect(pairedWith(rig, 'task', 4711).fields.summary).toBe('On the first page');
    expect(rig.planner.records.filter(({ deleted }) => deleted)).toEqual([]);
  });

  test('phases that may not be read are asked for once more, not with every page of tickets', async () => {
    const rig = everyKind();
    rig.psa.pageSize = 1;
    rig.psa.forbidden.add('phase');
    const { asked } = await rig.sync();
    expect(asked.filter((what) => what.endsWith(' phase'))).toEqual(['list phase']);
    expect(pairedWith(rig, 'task', 4711).fields.phaseId).toBeNull();
    rig.psa.forbidden.clear();
    await rig.sync();
    expect(pairedWith(rig, 'task', 4711).fields.phaseId).toBe(pairedWith(rig, 'phase', 201).id);
  });

  test('the team: said until it could be read again, also by a delta that had no reason to', async () => {
    const rig = everyKind();
    rig.psa.forbidden.add('teamMember');
    await rig.sync();
    rig.later(60);
    const delta = await rig.sync('delta');
    expect(delta.asked).not.toContain('list teamMember');
    expect(delta.refused).toEqual([]);
    expect(delta.attention).toMatchObject({ code: 'cw.permission', entity: 'teamMember' });
    rig.psa.forbidden.clear();
    expect((await rig.sync('delta')).attention).toMatchObject({ entity: 'teamMember' });
    expect(await rig.sync()).not.toHaveProperty('attention');
  });
});

describe('parents that are not there yet', () => {
  test('a time entry brings its ticket in, and the ticket its phase', async () => {
    const rig = everyKind();
    await rig.sync();
    const old = { lastUpdated: '2020-01-01T00:00:00Z' };
    rig.later(60);
    rig.psa.records.phase = [...rig.psa.records.phase, makePsaPhase({ ...old, id: 210, name: 'Old' })];
    const ticket = makePsaTicket({ ...old, id: 4800, phase: { id: 210, name: 'Old' } });
    rig.psa.records.ticket = [...rig.psa.records.ticket, ticket];
    const stamp = { lastUpdated: rig.psa.date?.toISOString() ?? null };
    rig.psa.records.timeEntry = [makePsaTimeEntry({ ...stamp, id: 8010, ticketId: 4800 })];
    const { asked, counts } = await rig.sync('delta');
    expect(asked.filter((what) => what.startsWith('byIds'))).toEqual(['byIds ticket', 'byIds phase']);
    expect(counts).toEqual({ ...nothing, created: 3 });
    const task = pairedWith(rig, 'task', 4800);
    expect(task.fields.phaseId).toBe(pairedWith(rig, 'phase', 210).id);
    expect(pairedWith(rig, 'timeLog', 8010)).toMatchObject({ parentId: task.id });
    expect(asked).toContain('list ticketNote');
  });

  test.each([
    ['of another project', { project: { id: 77, name: 'Elsewhere' } }],
    ['of no project', { project: null }],
  ])('a ticket %s is not brought in', async (_, given) => {
    const rig = everyKind();
    rig.psa.records.ticket = [...rig.psa.records.ticket, makePsaTicket({ id: 4800, ...given })];
    rig.psa.records.timeEntry = [makePsaTimeEntry({ ticketId: 4800 })];
    await rig.sync();
    expect(rig.planner.of('task').map(({ externalId }) => externalId)).toEqual([4711, 4712, 4713]);
    expect(pairedWith(rig, 'timeLog', 8001)).not.toHaveProperty('parentId');
    expect(pairedWith(rig, 'timeLog', 8001).fields.taskId).toBeNull();
  });

  test('a time entry without a ticket hangs on the project', async () => {
    const rig = everyKind();
    rig.psa.records.timeEntry = [makePsaTimeEntry({ ticketId: null })];
    const { asked } = await rig.sync();
    expect(asked).not.toContain('byIds ticket');
    expect(pairedWith(rig, 'timeLog', 8001)).not.toHaveProperty('parentId');
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test('time on a task that was deleted in the plan stays with it, and asks for nothing', async () => {
    const rig = everyKind();
    await rig.sync();
    const { id, version } = pairedWith(rig, 'task', 4711);
    const by = { id: 'x', name: 'Ann' };
    const edit = { kind: 'task', id, version, change: 'delete', by, at: rig.clock.now() } as const;
    await rig.planner.edit(edit, { kinds: ['delta'], prio: 1 });
    const { asked, counts } = await rig.sync();
    expect(counts).toEqual(nothing);
    expect(asked).not.toContain('byIds ticket');
    expect(pairedWith(rig, 'timeLog', 8001).fields.taskId).toBe(id);
    expect(pairedWith(rig, 'event', 7001)).not.toHaveProperty('deleted');
  });
});

describe('schedule entries', () => {
  /** Tickets 1 to n, with an entry each and some that are none of the project's. */
  function scheduled(tickets: number, idsPerRequest: number): SyncRig {
    const rig = syncRig();
    const ids = Array.from({ length: tickets }, (_, at) => at + 1);
    rig.psa.idsPerRequest = idsPerRequest;
    rig.psa.records.ticket = ids.map((id) => makePsaTicket({ id, phase: null }));
    rig.psa.records.scheduleEntry = [
      ...ids.map((id) => makePsaScheduleEntry({ id: 100 - id, objectId: id })),
      makePsaScheduleEntry({ id: 200, objectId: 999 }),
      // An activity of the same number.
      makePsaScheduleEntry({ id: 201, objectId: 1, onTicket: false }),
      makePsaScheduleEntry({ id: 202, objectId: null }),
    ];
    return rig;
  }
  /** How often the entries were asked for, with tickets and over the whole integration. */
  function ways(rig: SyncRig) {
    const scopes: string[] = [];
    const list = rig.psa.list.bind(rig.psa);
    rig.psa.list = (kind, scope, call, since) => {
      if (kind === 'scheduleEntry') scopes.push(scope.tickets ? `of ${scope.tickets.join(' ')}` : 'all');
      return list(kind, scope, call, since);
    };
    return scopes;
  }
  const events = (rig: SyncRig) =>
    rig.planner
      .of('event')
      .map(({ externalId }) => externalId)
      .toSorted();

  test.each([
    ['one part', 3, 3, ['of 1 2 3']],
    ['parts', 4, 2, ['of 1 2', 'of 3 4']],
    ['as many parts as are asked for', 3, 1, ['of 1', 'of 2', 'of 3']],
  ] as const)('are asked for by tickets: %s', async (_, tickets, perRequest, expected) => {
    const rig = scheduled(tickets, perRequest);
    const scopes = ways(rig);
    await rig.sync();
    expect(scopes).toEqual(expected);
    expect(events(rig)).toHaveLength(tickets);
    rig.later(60);
    await rig.sync('delta');
    expect(scopes.slice(expected.length)).toEqual(expected);
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test('of too many tickets are read over the whole integration by a delta, and filtered', async () => {
    const rig = scheduled(4, 1);
    await rig.sync();
    const scopes = ways(rig);
    rig.change('scheduleEntry', 96, { hours: 5 });
    rig.change('scheduleEntry', 200, { hours: 5 });
    rig.change('scheduleEntry', 201, { hours: 5 });
    const { asked } = await rig.sync('delta');
    expect(asked).not.toContain('count scheduleEntry');
    expect(scopes).toEqual(['all']);
    expect(pairedWith(rig, 'event', 96).fields.slot).toMatchObject({ hours: 5 });
    expect(events(rig)).toEqual([96, 97, 98, 99]);
  });

  test.each([
    ['few', 0, ['all']],
    ['exactly as dear either way', 1_000 - 7, ['all']],
    ['many', 1_000 - 6, ['of 1', 'of 2', 'of 3', 'of 4']],
  ] as const)('a full reading goes the cheaper way: %s entries in all', async (_, more, expected) => {
    const rig = scheduled(4, 1);
    rig.psa.pageSize = 2_000;
    const others = Array.from({ length: more }, (_one, at) =>
      makePsaScheduleEntry({ id: 1_000 + at, objectId: 50_000 }),
    );
    rig.psa.records.scheduleEntry = [...rig.psa.records.scheduleEntry, ...others];
    const scopes = ways(rig);
    await rig.sync();
    expect(scopes).toEqual(expected);
    expect(events(rig)).toEqual([96, 97, 98, 99]);
  });

  test.each([1, 3])('one that is gone is found, %i tickets in a part', async (perRequest) => {
    const rig = scheduled(4, perRequest);
    await rig.sync();
    rig.remove('scheduleEntry', 98);
    expect((await rig.sync()).counts).toEqual({ ...nothing, deleted: 1 });
    expect(pairedWith(rig, 'event', 98).deleted?.reason).toBe('gone from ConnectWise');
  });

  const undated = { start: null, end: null, hours: null };
  test.each([
    [false, undated, 0],
    [false, { ...undated, hours: 0 }, 0],
    [false, { ...undated, hours: 1 }, 1],
    [false, { ...undated, start: '2026-01-12T13:00:00Z' }, 1],
    [false, { ...undated, end: '2026-01-12T13:00:00Z' }, 1],
    [true, undated, 1],
  ])('without dates, by the setting (%s): %j', async (imported, given, count) => {
    const rig = everyKind({ importUndatedScheduleEntries: imported });
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry(given)];
    await rig.sync();
    expect(rig.planner.of('event')).toHaveLength(count);
  });

  test.each(['delta', 'comprehensive'] as const)(
    'one that loses its dates stays in step: %s',
    async (mode) => {
      const rig = everyKind();
      await rig.sync();
      rig.change('scheduleEntry', 7001, undated);
      expect((await rig.sync(mode)).counts).toEqual({ ...nothing, updated: 1 });
      expect(pairedWith(rig, 'event', 7001).fields.slot).toMatchObject({ start: null, hours: null });
      expect((await rig.sync()).counts).toEqual(nothing);
    },
  );
});

describe('the team', () => {
  async function quiet(): Promise<SyncRig> {
    const rig = everyKind();
    await rig.sync();
    rig.later(60);
    return rig;
  }

  test('a delta reads it where an entry names somebody who is not on it', async () => {
    const rig = await quiet();
    rig.psa.records.teamMember = [
      ...rig.psa.records.teamMember,
      makePsaTeamMember({ id: 6002, member: { id: 6, name: 'Ben' } }),
    ];
    rig.change('scheduleEntry', 7001, { hours: 3 });
    expect((await rig.sync('delta')).asked).not.toContain('list teamMember');
    rig.later(60);
    rig.change('scheduleEntry', 7001, { member: { id: 6, name: 'Ben' } });
    expect((await rig.sync('delta')).asked).toContain('list teamMember');
    expect(rig.planner.of('teamMember')).toHaveLength(2);
    rig.later(60);
    rig.change('scheduleEntry', 7001, { hours: 4 });
    expect((await rig.sync('delta')).asked).not.toContain('list teamMember');
  });

  test('not for an entry without a person, nor for one of something else', async () => {
    const rig = await quiet();
    rig.change('scheduleEntry', 7001, { member: null });
    rig.psa.records.scheduleEntry = [
      ...rig.psa.records.scheduleEntry,
      makePsaScheduleEntry({
        id: 7002,
        onTicket: false,
        member: { id: 9, name: 'X' },
        lastUpdated: '2027-01-01T00:00:00Z',
      }),
    ];
    expect((await rig.sync('delta')).asked).not.toContain('list teamMember');
  });

  test('somebody who left the team and is planned again', async () => {
    const rig = await quiet();
    rig.psa.records.teamMember = [];
    await rig.sync();
    expect(pairedWith(rig, 'teamMember', 6001).deleted).toBeDefined();
    rig.psa.records.teamMember = [makePsaTeamMember()];
    rig.later(60);
    rig.change('scheduleEntry', 7001, { hours: 4 });
    expect((await rig.sync('delta')).asked).toContain('list teamMember');
    expect(pairedWith(rig, 'teamMember', 6001)).not.toHaveProperty('deleted');
  });
});

describe('what a status means', () => {
  const ticket = (id: number, name: string) => makePsaTicket({ status: { id, name } });
  type Category = 'Not Started' | 'In Progress' | 'Complete';

  async function mapped(
    rig: SyncRig,
    of: number | 'projects',
    revision: number,
    statuses: Record<number, Category>,
  ) {
    const listed = Object.entries(statuses).map(
      ([id, category]) => ({ id: Number(id), name: `Status ${id}`, category, setBy: 'ann' }) as const,
    );
    expect(await rig.reference.saveMapping({ of, revision, statuses: listed, defaults: {} })).toBe(true);
  }
  const shown = (rig: SyncRig) => pairedWith(rig, 'task', 4711).fields.status;

  test('its category is the plan’s; without a mapping it has not begun', async () => {
    const rig = syncRig();
    rig.psa.records.ticket = [ticket(3, 'Doing')];
    await rig.sync();
    expect(shown(rig)).toEqual({ id: 3, name: 'Doing', category: 'Not Started' });
    await mapped(rig, 7, 0, { 3: 'In Progress' });
    await mapped(rig, 'projects', 0, { 1: 'In Progress' });
    expect((await rig.sync()).counts).toEqual({ ...nothing, updated: 2 });
    expect(shown(rig)).toEqual({ id: 3, name: 'Doing', category: 'In Progress' });
    expect(pairedWith(rig, 'project', 1042).fields.status).toEqual({
      id: 1,
      name: 'Open',
      category: 'In Progress',
    });
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test('another meaning does not overwrite an edit of the plan', async () => {
    const rig = syncRig();
    rig.psa.records.ticket = [ticket(3, 'Doing')];
    await mapped(rig, 7, 0, { 3: 'In Progress' });
    await rig.sync();
    const edited = { id: 3, name: 'Doing', category: 'Complete' };
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { status: edited });
    await mapped(rig, 7, 1, { 3: 'Not Started' });
    expect((await rig.sync()).counts).toEqual(nothing);
    expect(shown(rig)).toEqual(edited);
  });

  test('another board means by its own mapping', async () => {
    const rig = syncRig();
    await mapped(rig, 7, 0, { 3: 'In Progress' });
    await mapped(rig, 8, 0, { 3: 'Complete' });
    rig.psa.records.ticket = [ticket(3, 'Doing')];
    await rig.sync();
    rig.psa.records.ticket = [
      makePsaTicket({ status: { id: 3, name: 'Doing' }, board: { id: 8, name: 'Other' } }),
    ];
    await rig.sync();
    expect(shown(rig)).toMatchObject({ category: 'Complete' });
  });

  test('one that is renamed in ConnectWise is no change: an edit of the plan survives it', async () => {
    const rig = syncRig();
    rig.psa.records.ticket = [ticket(3, 'New')];
    await rig.sync();
    rig.psa.records.ticket = [ticket(3, 'Fresh')];
    expect((await rig.sync()).counts.conflicts).toBe(0);
    expect(shown(rig)).toMatchObject({ id: 3, name: 'Fresh' });
    const edited = { id: 4, name: 'Done', category: 'Complete' };
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, { status: edited });
    rig.psa.records.ticket = [ticket(3, 'Newest')];
    expect((await rig.sync()).counts).toEqual(nothing);
    expect(shown(rig)).toEqual(edited);
    rig.psa.records.ticket = [ticket(5, 'Closed')];
    expect((await rig.sync()).counts.conflicts).toBe(1);
  });

  test('the same category by another status on both sides is no conflict', async () => {
    const rig = syncRig();
    await mapped(rig, 7, 0, { 3: 'Not Started', 5: 'Complete', 6: 'Complete' });
    rig.psa.records.ticket = [ticket(3, 'New')];
    await rig.sync();
    rig.planner.editByPerson(pairedWith(rig, 'task', 4711).id, {
      status: { id: 6, name: 'Done', category: 'Complete' },
    });
    rig.psa.records.ticket = [ticket(5, 'Closed')];
    expect((await rig.sync()).counts.conflicts).toBe(0);
    expect(shown(rig)).toEqual({ id: 5, name: 'Closed', category: 'Complete' });
  });
});

test('a project note and the project itself are merged in a delta as well', async () => {
  const rig = everyKind();
  await rig.sync();
  rig.later(60);
  rig.psa.projects = [makePsaProject({ name: 'Office move, phase two' })];
  rig.change('projectNote', 9001, { text: 'Landlord signed' });
  const { link, counts } = await rig.sync('delta');
  expect(link?.projectName).toBe('Office move, phase two');
  expect(counts).toEqual({ ...nothing, updated: 2 });
});
