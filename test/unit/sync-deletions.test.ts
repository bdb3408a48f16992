import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/domain/failure.ts';
import type { PsaKind } from '../../src/domain/psa-records.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import {
  makePsaPhase,
  makePsaProjectNote,
  makePsaScheduleEntry,
  makePsaTeamMember,
  makePsaTicket,
  makePsaTicketNote,
  makePsaTimeEntry,
} from '../support/make-psa-records.ts';
import { nothing, pairedWith, type SyncRig, syncRig } from '../support/sync-rig.ts';

const ann: Actor = { id: 'slack:t/ann', name: 'Ann' };
const gone = 'gone from ConnectWise';
const dayMs = 24 * 3_600_000;

/** Some tickets, and one record of every other kind on the first of them. */
function rigOf(tickets: number): SyncRig {
  const rig = syncRig();
  rig.psa.pageSize = 100;
  rig.psa.records.ticket = Array.from({ length: tickets }, (_, at) =>
    makePsaTicket({ id: at + 1, phase: null }),
  );
  rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ objectId: 1 })];
  rig.psa.records.timeEntry = [makePsaTimeEntry({ ticketId: 1 })];
  rig.psa.records.projectNote = [makePsaProjectNote()];
  rig.psa.records.ticketNote = [makePsaTicketNote({ ticketId: 1 })];
  rig.psa.records.teamMember = [makePsaTeamMember()];
  return rig;
}
const buried = (rig: SyncRig) => rig.planner.records.filter(({ deleted }) => deleted).length;
const frozen = (rig: SyncRig) => rig.planner.records.filter((record) => record.frozen).length;
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

async function deleteInPlan(rig: SyncRig, externalId: number): Promise<void> {
  const { id, version } = pairedWith(rig, 'task', externalId);
  const edit = { kind: 'task', id, version, change: 'delete', by: ann, at: rig.clock.now() } as const;
  await rig.planner.edit(edit, { kinds: ['delta'], prio: 1 });
}

describe('a record that is gone', () => {
  const cases = [
    ['phase', 'phase', 202],
    ['task', 'ticket', 2],
    ['event', 'scheduleEntry', 7001],
    ['timeLog', 'timeEntry', 8001],
    ['projectNote', 'projectNote', 9001],
    ['teamMember', 'teamMember', 6001],
  ] as const;

  test.each(cases)(
    '%s: looked for by id, then once more alone, and then a tombstone',
    async (kind, psaKind, id) => {
      const rig = rigOf(3);
      await rig.sync();
      rig.psa.records.scheduleEntry = [
        ...rig.psa.records.scheduleEntry,
        makePsaScheduleEntry({ id: 1, objectId: 9 }),
      ];
      rig.psa.records.timeEntry = [...rig.psa.records.timeEntry, makePsaTimeEntry({ id: 1, projectId: 9 })];
      rig.remove(psaKind, id);
      const { asked, counts } = await rig.sync();
      const steps = asked.filter((what) => !what.startsWith('list'));
      const counted = ['ticket', 'scheduleEntry', 'timeEntry'].includes(psaKind) ? [`count ${psaKind}`] : [];
      expect(steps).toEqual(['project', `byIds ${psaKind}`, ...counted, 'project', `isMissing ${psaKind}`]);
      expect(counts).toEqual({ ...nothing, deleted: 1 });
      const record = pairedWith(rig, kind, id);
      expect(record.deleted).toEqual({ at: rig.clock.now(), by: 'cwsync', reason: gone });
      expect(rig.log.all).toMatchObject([
        { action: 'deleted', severity: 'info', planId: record.id, externalId: id },
      ]);
      expect(rig.log.all[0]?.message).toContain(
        'it is gone from ConnectWise. It can be restored for 30 days',
      );
      expect((await rig.sync()).counts).toEqual(nothing);
    },
  );

  test.each([1, 2, 3])('wherever it stood: ticket %i of three', async (id) => {
    const rig = rigOf(3);
    rig.psa.pageSize = 1;
    rig.psa.records.scheduleEntry = [];
    rig.psa.records.timeEntry = [];
    rig.psa.records.ticketNote = [];
    await rig.sync();
    rig.remove('ticket', id);
    expect((await rig.sync()).counts).toEqual({ ...nothing, deleted: 1 });
  });

  test('a delta does not look for what it does not show', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.later(60);
    rig.remove('ticket', 2);
    const { asked } = await rig.sync('delta');
    expect(asked).not.toContain('byIds ticket');
    expect(buried(rig)).toBe(0);
  });

  test.each(cases)('a suspected %s is looked for by a delta', async (kind, psaKind, id) => {
    const rig = rigOf(3);
    await rig.sync();
    rig.later(60);
    rig.psa.records.scheduleEntry = [
      ...rig.psa.records.scheduleEntry,
      makePsaScheduleEntry({ id: 1, objectId: 9 }),
    ];
    rig.psa.records.timeEntry = [...rig.psa.records.timeEntry, makePsaTimeEntry({ id: 1, projectId: 9 })];
    rig.remove(psaKind, id);
    await rig.sync('delta', { suspects: [{ kind: psaKind, id }] });
    expect(pairedWith(rig, kind, id).deleted?.reason).toBe(gone);
  });

  test.each([2, 999])('a suspect that is there, or that nobody knows, is left alone: %i', async (id) => {
    const rig = rigOf(3);
    await rig.sync();
    expect((await rig.sync('delta', { suspects: [{ kind: 'ticket', id }] })).counts).toEqual(nothing);
    expect(buried(rig)).toBe(0);
  });

  test('a batch that leaves it out is not believed alone', async () => {
    const rig = rigOf(3);
    await rig.sync();
    const { byIds, list } = rig.psa;
    rig.psa.list = (kind, scope, call, since) => {
      const all = rig.psa.records.ticket;
      rig.psa.records.ticket = all.filter(({ id }) => kind !== 'ticket' || id !== 2);
      const pages = list.call(rig.psa, kind, scope, call, since) as ReturnType<
        typeof rig.psa.list<typeof kind>
      >;
      return (async function* () {
        for await (const page of pages) yield page;
        rig.psa.records.ticket = all;
      })();
    };
    rig.psa.byIds = async (kind, ids, scope, call) => {
      const page = await byIds.call(rig.psa, kind, ids, scope, call);
      return { ...page, items: [] } as never;
    };
    const { asked } = await rig.sync();
    expect(asked).toContain('isMissing ticket');
    expect(buried(rig)).toBe(0);
  });

  test('one that cannot be read by id either counts as shown', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.remove('ticket', 2);
    const { byIds } = rig.psa;
    rig.psa.byIds = async (kind, ids, scope, call) => {
      const page = await byIds.call(rig.psa, kind, ids, scope, call);
      return { ...page, skipped: [{ id: 2, reason: 'broken' }] } as never;
    };
    await rig.sync();
    expect(buried(rig)).toBe(0);
  });

  test('its events, logs and notes are looked for with it', async () => {
    const rig = rigOf(3);
    await rig.sync();
    for (const id of [2, 3])
      await rig.planner.markNotesRead([pairedWith(rig, 'task', id).id], rig.clock.now());
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ id: 1, objectId: 99 })];
    rig.remove('ticket', 1);
    rig.remove('ticketNote', 9501);
    // Time outlives its ticket in ConnectWise: it is asked for, and stays.
    const { counts, asked } = await rig.sync('delta', { suspects: [{ kind: 'ticket', id: 1 }] });
    expect(counts).toEqual({ ...nothing, deleted: 3 });
    expect(asked).toEqual(
      expect.arrayContaining(['byIds scheduleEntry', 'byIds timeEntry', 'byIds ticketNote']),
    );
    expect(pairedWith(rig, 'event', 7001).deleted?.reason).toBe(gone);
    expect(pairedWith(rig, 'ticketNote', 9501).deleted?.reason).toBe(gone);
    expect(pairedWith(rig, 'timeLog', 8001)).not.toHaveProperty('deleted');
  });

  test('one that somebody edits in the very moment is neither said to be deleted nor counted', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.remove('ticket', 2);
    rig.remove('ticket', 3);
    rig.planner.beforeApply = (page) => {
      if (page.delete) rig.planner.editByPerson(pairedWith(rig, 'task', 2).id, { summary: 'Still mine' });
    };
    expect((await rig.sync()).counts).toEqual({ ...nothing, deleted: 1 });
    expect(rig.log.all.map(({ externalId }) => externalId)).toEqual([3]);
    expect(pairedWith(rig, 'task', 2)).not.toHaveProperty('deleted');
    rig.planner.beforeApply = () => {};
    await rig.sync();
    expect(pairedWith(rig, 'task', 2).deleted?.reason).toBe(gone);
  });

  test('the project is looked at once, however many kinds have lost something', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.remove('phase', 202);
    rig.remove('ticket', 2);
    rig.remove('projectNote', 9001);
    const { asked, counts } = await rig.sync();
    expect(counts.deleted).toBe(3);
    expect(asked.filter((what) => what === 'project')).toHaveLength(2);
  });

  test('a later run that begins meanwhile stops this one', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.remove('ticket', 2);
    rig.psa.beforeRequest = async (what) => {
      if (what === 'isMissing ticket')
        await rig.planner.beginRun({ projectId: 'p1', lane: 'project', fence: 99 });
    };
    await expect(rig.sync()).rejects.toMatchObject({ reason: 'lease-lost' });
    expect(buried(rig)).toBe(0);
  });
});

describe('a process that is killed right after a write', () => {
  /** Its log says nothing more from then on. */
  function killedAfter(rig: SyncRig, write: 'apply' | 'move'): void {
    const done = rig.planner[write].bind(rig.planner) as (...asked: readonly unknown[]) => Promise<unknown>;
    Object.assign(rig.planner, {
      [write]: async (...asked: readonly unknown[]) => {
        await done(...asked);
        rig.log.append = () => Promise.reject(new Error('killed'));
        throw new Error('killed');
      },
    });
  }

  test.each([
    ['deleted', (rig: SyncRig) => rig.remove('ticket', 2), 'apply'],
    ['frozen', (rig: SyncRig) => rig.remove('ticket', ...upTo(12)), 'apply'],
    ['updated', (rig: SyncRig) => rig.change('ticket', 2, { summary: 'Other' }), 'apply'],
    ['moved', (rig: SyncRig) => rig.change('ticket', 2, { project: { id: 1043, name: 'B' } }), 'move'],
  ] as const)('has told of what was %s', async (action, happens, write) => {
    const rig = rigOf(14);
    rig.link('p2', 1043);
    await rig.sync();
    happens(rig);
    killedAfter(rig, write);
    await expect(rig.sync()).rejects.toThrow('killed');
    expect(rig.log.actions()).toEqual([action]);
  });
});

describe('what stood on a ticket that is gone', () => {
  /** A ticket that is gone with its event, and time that outlives it. */
  async function goneTicket(): Promise<SyncRig> {
    const rig = rigOf(3);
    rig.psa.records.ticketNote = [];
    await rig.sync();
    rig.remove('ticket', 1);
    rig.remove('scheduleEntry', 7001);
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ id: 1, objectId: 99 })];
    return rig;
  }
  const looks = (asked: readonly string[]) =>
    asked.filter((what) => what === 'byIds timeEntry' || what === 'byIds scheduleEntry');

  test('is judged once, and not again with every whole reading', async () => {
    const rig = await goneTicket();
    expect(looks((await rig.sync()).asked)).toHaveLength(2);
    rig.planner.tombstones = () => Promise.reject(new Error('all tombstones were read'));
    rig.planner.childrenOf = () => Promise.reject(new Error('all children were read'));
    expect(looks((await rig.sync()).asked)).toEqual([]);
  });

  test.each(['byIds scheduleEntry', 'byIds timeEntry'])(
    'is judged by the next whole reading where a run ends at %s',
    async (at) => {
      const rig = await goneTicket();
      rig.psa.beforeRequest = (what) => {
        if (what === at) throw new FailureError({ code: 'cw.unavailable' });
      };
      await expect(rig.sync()).rejects.toThrow('cw.unavailable');
      expect(pairedWith(rig, 'task', 1).deleted).toBeDefined();
      rig.psa.beforeRequest = () => {};
      expect(looks((await rig.sync()).asked)).toEqual(
        at === 'byIds scheduleEntry' ? ['byIds scheduleEntry'] : [],
      );
      // Time was read by its project meanwhile: it stands on no ticket any more.
      expect(pairedWith(rig, 'timeLog', 8001)).not.toHaveProperty('parentId');
      expect(pairedWith(rig, 'event', 7001).deleted?.reason).toBe(gone);
      expect(looks((await rig.sync()).asked)).toEqual([]);
    },
  );

  test('is judged once the right to see it is back', async () => {
    const rig = await goneTicket();
    rig.psa.forbidden.add('scheduleEntry');
    await rig.sync();
    expect(pairedWith(rig, 'event', 7001)).not.toHaveProperty('deleted');
    rig.psa.forbidden.delete('scheduleEntry');
    await rig.sync();
    expect(pairedWith(rig, 'event', 7001).deleted?.reason).toBe(gone);
  });

  test('and is edited in the very moment is judged by the next whole reading', async () => {
    const rig = await goneTicket();
    rig.psa.records.ticketNote = [makePsaTicketNote({ ticketId: 2 })];
    rig.later(60);
    rig.change('ticket', 2, { summary: 'Read its notes' });
    await rig.sync('delta');
    const note = pairedWith(rig, 'ticketNote', 9501);
    rig.remove('ticketNote', 9501);
    rig.remove('ticket', 2);
    rig.planner.beforeApply = (page) => {
      if (page.kind === 'ticketNote' && page.delete) rig.planner.editByPerson(note.id, { text: 'mine' });
    };
    await rig.sync();
    expect(pairedWith(rig, 'ticketNote', 9501)).not.toHaveProperty('deleted');
    rig.planner.beforeApply = () => {};
    await rig.sync();
    expect(pairedWith(rig, 'ticketNote', 9501).deleted?.reason).toBe(gone);
  });

  test('of more tickets than stand in one query', async () => {
    const rig = syncRig();
    rig.psa.pageSize = 10_000;
    rig.psa.records.ticket = upTo(3_000).map((id) => makePsaTicket({ id, phase: null }));
    rig.psa.records.scheduleEntry = upTo(600).map((id) => makePsaScheduleEntry({ id, objectId: id }));
    await rig.sync();
    rig.remove('ticket', ...upTo(600));
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ id: 9_000, objectId: 9_000 })];
    const childrenOf = rig.planner.childrenOf.bind(rig.planner);
    const pages: number[] = [];
    rig.planner.childrenOf = async (projectId, kind, ids) => {
      if (kind === 'event') pages.push(ids.length);
      return await childrenOf(projectId, kind, ids);
    };
    const { attention } = await rig.sync();
    expect(pages).toEqual([500, 100]);
    expect(attention?.message).toContain('600 schedule entries');
  });
});

describe('what only looks like deletion', () => {
  test('the project itself is gone: that is another failure, and deletes nothing', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.remove('ticket', 2);
    let asked = 0;
    rig.psa.beforeRequest = (what) => {
      if (what === 'project') asked += 1;
      if (asked === 2) throw new FailureError({ code: 'cw.project-missing' });
    };
    await expect(rig.sync()).rejects.toMatchObject({ failure: { code: 'cw.project-missing' } });
    expect(buried(rig)).toBe(0);
  });

  test.each(['ticket', 'scheduleEntry', 'timeEntry'] as const)(
    'not a single %s in the whole integration: a right is gone, and nothing is deleted',
    async (psaKind) => {
      const rig = rigOf(1);
      await rig.sync();
      rig.later(60);
      rig.remove(psaKind, 1, 7001, 8001);
      const { attention, watermarks, counts, asked } = await rig.sync();
      expect(attention).toMatchObject({ code: 'cw.permission', entity: psaKind });
      expect(attention?.message).toContain('not a single');
      expect(watermarks.psa).not.toHaveProperty(psaKind);
      expect(asked).not.toContain(`isMissing ${psaKind}`);
      expect(counts).toEqual(nothing);
      expect(buried(rig) + frozen(rig)).toBe(0);
    },
  );

  test.each(['byIds ticket', 'count ticket', 'isMissing ticket'])('a 403 to %s', async (when) => {
    const rig = rigOf(3);
    await rig.sync();
    const before = rig.taskOf().watermarks.psa?.ticket;
    rig.later(60);
    rig.remove('ticket', 2);
    rig.remove('projectNote', 9001);
    rig.psa.beforeRequest = (what) => {
      if (what === when) throw new FailureError({ code: 'cw.permission', entity: 'ticket' });
    };
    const { attention, refused } = await rig.sync();
    expect(attention).toMatchObject({ code: 'cw.permission', entity: 'ticket' });
    expect(refused).toHaveLength(1);
    expect(pairedWith(rig, 'task', 2)).not.toHaveProperty('deleted');
    expect(rig.taskOf().watermarks.psa?.ticket).toEqual(before);
    // The other kinds go on.
    expect(pairedWith(rig, 'projectNote', 9001).deleted).toBeDefined();
  });

  test('a reading that broke off shows nothing to be gone', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.remove('ticket', 1, 2, 3);
    rig.psa.beforeRequest = (what) => {
      if (what === 'list timeEntry') throw new FailureError({ code: 'cw.unavailable' });
    };
    await expect(rig.sync()).rejects.toThrow('cw.unavailable');
    expect(buried(rig)).toBe(0);
  });
});

describe('a kind that cannot be counted and shows nothing at all any more', () => {
  /** Two of each, which is far too few for unusually many. */
  async function two(): Promise<SyncRig> {
    const rig = rigOf(3);
    rig.psa.records.projectNote = [makePsaProjectNote(), makePsaProjectNote({ id: 9002 })];
    rig.psa.records.teamMember = [makePsaTeamMember(), makePsaTeamMember({ id: 6002 })];
    await rig.sync();
    return rig;
  }
  const hidden = [
    ['phase', 'phase', [201, 202]],
    ['projectNote', 'projectNote', [9001, 9002]],
    ['teamMember', 'teamMember', [6001, 6002]],
  ] as const;

  test.each(hidden)('%s: waits for a person, however few they are', async (kind, psaKind, ids) => {
    const rig = await two();
    rig.remove(psaKind, ...ids);
    const { attention, counts } = await rig.sync();
    expect(attention).toMatchObject({ code: 'plan.mass-deletion', entity: psaKind });
    expect(counts).toEqual(nothing);
    expect([buried(rig), frozen(rig)]).toEqual([0, 2]);
    await rig.planner.approveFrozen('p1', ann);
    expect((await rig.sync()).counts.deleted).toBe(2);
    expect(pairedWith(rig, kind, ids[0]).deleted).toMatchObject({ by: 'Ann' });
  });

  test.each(hidden)('%s: as it was once the right is back', async (_, psaKind, ids) => {
    const rig = await two();
    const before = rig.psa.records[psaKind];
    rig.remove(psaKind, ...ids);
    await rig.sync();
    Object.assign(rig.psa.records, { [psaKind]: before });
    expect(await rig.sync()).not.toHaveProperty('attention');
    expect([buried(rig), frozen(rig)]).toEqual([0, 0]);
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test.each(hidden)('%s: one after the other is no such case', async (kind, psaKind, [first, second]) => {
    const rig = await two();
    for (const id of [first, second]) {
      rig.remove(psaKind, id);
      expect(await rig.sync()).not.toHaveProperty('attention');
      expect(pairedWith(rig, kind, id).deleted?.reason).toBe(gone);
    }
  });

  test.each([1, 2])(
    'of %i phases that tickets still name: a right is gone, and nothing waits',
    async (phases) => {
      const rig = rigOf(3);
      rig.psa.records.phase = rig.psa.records.phase.slice(0, phases);
      rig.change('ticket', 1, { phase: { id: 201, name: 'Plan' } });
      await rig.sync();
      const named = pairedWith(rig, 'task', 1).fields.phaseId;
      rig.remove('phase', 201, 202);
      const { attention, watermarks } = await rig.sync();
      expect(attention).toMatchObject({ code: 'cw.permission', entity: 'phase' });
      expect(watermarks.psa).not.toHaveProperty('phase');
      expect([buried(rig), frozen(rig)]).toEqual([0, 0]);
      expect(pairedWith(rig, 'task', 1).fields.phaseId).toBe(named);
    },
  );
});

describe('one that shows up again', () => {
  test.each(['delta', 'comprehensive'] as const)('revives its tombstone: %s', async (mode) => {
    const rig = rigOf(3);
    await rig.sync();
    const before = pairedWith(rig, 'task', 2);
    rig.remove('ticket', 2);
    await rig.sync();
    const stamp = rig.psa.date?.toISOString() ?? null;
    rig.psa.records.ticket = [
      ...rig.psa.records.ticket,
      makePsaTicket({ id: 2, phase: null, lastUpdated: stamp }),
    ];
    expect((await rig.sync(mode)).counts).toEqual({ ...nothing, updated: 1 });
    expect(rig.log.all).toMatchObject([{ action: 'restored', severity: 'info', planId: before.id }]);
    expect(pairedWith(rig, 'task', 2)).toMatchObject({ id: before.id, fields: before.fields });
    expect(pairedWith(rig, 'task', 2)).not.toHaveProperty('deleted');
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test('one that was restored here as a record of its own is said, not imported', async () => {
    const rig = rigOf(3);
    await rig.sync();
    rig.remove('ticket', 2);
    await rig.sync();
    const { id } = pairedWith(rig, 'task', 2);
    await rig.planner.restore('p1', 'task', id, ann, rig.clock.now());
    rig.later(60);
    await rig.sync();
    rig.later(60);
    const stamp = rig.psa.date?.toISOString() ?? null;
    rig.psa.records.ticket = [
      ...rig.psa.records.ticket,
      makePsaTicket({ id: 2, phase: null, lastUpdated: stamp }),
    ];
    await rig.sync('delta');
    expect(rig.log.all).toMatchObject([{ action: 'skipped', externalId: 2 }]);
    expect(rig.planner.of('task')).toHaveLength(3);
    expect((await rig.sync()).counts).toEqual(nothing);
    expect(rig.log.all).toEqual([]);
  });

  test.each([
    ['restored', 'comprehensive', 'delta'],
    ['restored', 'delta', 'comprehensive'],
    ['detached', 'comprehensive', 'comprehensive'],
  ] as const)('%s, it is said by a %s sync, and not again by a %s one', async (how, first, second) => {
    const rig = rigOf(14);
    Object.assign(rig.psa.records, { scheduleEntry: [], timeEntry: [], ticketNote: [] });
    await rig.sync();
    const { id } = pairedWith(rig, 'task', 2);
    rig.remove('ticket', ...(how === 'restored' ? [2] : upTo(12)));
    await rig.sync();
    if (how === 'restored') await rig.planner.restore('p1', 'task', id, ann, rig.clock.now());
    else await rig.planner.detachFrozen('p1', ann, rig.clock.now());
    const stamp = rig.psa.date?.toISOString() ?? null;
    const back = makePsaTicket({ id: 2, phase: null, lastUpdated: stamp });
    rig.psa.records.ticket = [...rig.psa.records.ticket, back];
    expect((await rig.sync(first)).counts).toEqual({ ...nothing, skipped: 1 });
    const skipped = () => rig.log.all.filter(({ action }) => action === 'skipped');
    expect(skipped()).toMatchObject([{ externalId: 2 }]);
    rig.later(60);
    const before = structuredClone(rig.planner.records);
    expect((await rig.sync(second)).counts).toEqual(nothing);
    expect(rig.log.all).toEqual([]);
    expect(rig.planner.records).toEqual(before);
    // Somebody edits it there: that is a change which does not get here.
    rig.change('ticket', 2, { summary: 'Other one' });
    await rig.sync('delta');
    expect(rig.log.all).toMatchObject([{ action: 'skipped', externalId: 2 }]);
  });

  test('is said once though somebody edits the plan’s own in the very moment', async () => {
    const rig = rigOf(3);
    await rig.sync();
    const { id } = pairedWith(rig, 'task', 2);
    rig.remove('ticket', 2);
    await rig.sync();
    await rig.planner.restore('p1', 'task', id, ann, rig.clock.now());
    rig.psa.records.ticket = [...rig.psa.records.ticket, makePsaTicket({ id: 2, phase: null })];
    rig.planner.beforeApply = () => {
      rig.planner.beforeApply = () => {};
      rig.planner.editByPerson(id, { summary: 'Mine' });
    };
    expect((await rig.sync()).counts).toEqual({ ...nothing, skipped: 1 });
    expect(rig.log.actions().filter((action) => action === 'skipped')).toHaveLength(1);
    await rig.sync();
    expect(rig.log.actions()).not.toContain('skipped');
  });

  test('tickets of a phase that the plan keeps as its own have no phase here, and it is not asked for', async () => {
    const rig = rigOf(1);
    await rig.sync();
    rig.remove('phase', 202);
    await rig.sync();
    await rig.planner.restore('p1', 'phase', pairedWith(rig, 'phase', 202).id, ann, rig.clock.now());
    rig.psa.records.phase = [...rig.psa.records.phase, makePsaPhase({ id: 202 })];
    rig.change('ticket', 1, { phase: { id: 202, name: 'Do' } });
    const { asked } = await rig.sync();
    expect(asked).not.toContain('byIds phase');
    expect(pairedWith(rig, 'task', 1).fields.phaseId).toBeNull();
    expect((await rig.sync()).counts).toEqual(nothing);
  });
});

describe('deleted in the plan', () => {
  test.each(['delta', 'comprehensive'] as const)(
    'it stays so as long as ConnectWise shows what it showed: %s',
    async (mode) => {
      const rig = rigOf(3);
      await rig.sync();
      await deleteInPlan(rig, 2);
      expect((await rig.sync(mode)).counts).toEqual(nothing);
      expect(pairedWith(rig, 'task', 2).deleted).toMatchObject({ by: 'Ann', reason: 'deleted in the plan' });
    },
  );

  test('edited in ConnectWise since, the edit wins and the record returns', async () => {
    const rig = rigOf(3);
    await rig.sync();
    await deleteInPlan(rig, 2);
    rig.change('ticket', 2, { summary: 'Needed after all' });
    expect((await rig.sync('delta')).counts).toEqual({ ...nothing, updated: 1 });
    expect(rig.log.all).toMatchObject([{ action: 'restored', severity: 'warning' }]);
    expect(rig.log.all[0]?.message).toContain(
      'was deleted in the plan by Ann and edited in ConnectWise since',
    );
    expect(pairedWith(rig, 'task', 2).fields.summary).toBe('Needed after all');
    expect(pairedWith(rig, 'task', 2)).not.toHaveProperty('deleted');
  });
});

describe('deleted in the plan and restored', () => {
  async function restored(meanwhile: (rig: SyncRig) => void = () => {}): Promise<SyncRig> {
    const rig = rigOf(3);
    await rig.sync();
    const { id } = pairedWith(rig, 'task', 2);
    await deleteInPlan(rig, 2);
    rig.later(60);
    meanwhile(rig);
    await rig.sync('delta');
    await rig.planner.restore('p1', 'task', id, ann, rig.clock.now());
    expect(rig.planner.records.find((record) => record.id === id)).not.toHaveProperty('deleted');
    return rig;
  }

  test('it is synced with its ConnectWise record as before, and not a second one', async () => {
    const rig = await restored();
    expect((await rig.sync()).counts).toEqual(nothing);
    rig.later(60);
    rig.change('ticket', 2, { summary: 'Edited later' });
    expect((await rig.sync('delta')).counts).toEqual({ ...nothing, updated: 1 });
    expect(pairedWith(rig, 'task', 2).fields.summary).toBe('Edited later');
    expect(rig.planner.of('task')).toHaveLength(3);
  });

  test('its record is gone by now: that is found by its id', async () => {
    const rig = await restored((one) => one.remove('ticket', 2));
    await rig.sync('delta', { suspects: [{ kind: 'ticket', id: 2 }] });
    expect(pairedWith(rig, 'task', 2).deleted?.reason).toBe(gone);
  });
});

describe('the guard', () => {
  test.each([
    ['ten of a few', 12, 10, false],
    ['eleven of a few', 12, 11, true],
    ['a fifth', 55, 11, false],
    ['just more than a fifth', 54, 11, true],
    ['many of very many', 100, 20, false],
    ['more of very many', 100, 21, true],
  ])('%s: %i tickets, %i gone: %s', async (_, tickets, count, asks) => {
    const rig = rigOf(tickets);
    rig.psa.records.scheduleEntry = [];
    rig.psa.records.timeEntry = [];
    rig.psa.records.ticketNote = [];
    await rig.sync();
    rig.remove('ticket', ...upTo(count));
    const { counts, attention, asked } = await rig.sync();
    expect(counts.deleted).toBe(asks ? 0 : count);
    expect([buried(rig), frozen(rig)]).toEqual(asks ? [0, count] : [count, 0]);
    expect(attention?.code).toBe(asks ? 'plan.mass-deletion' : undefined);
    expect(asked.includes('isMissing ticket')).toBe(!asks);
  });

  test('what was deleted within the last 24 hours counts, what came before does not', async () => {
    const outcomes: boolean[] = [];
    for (const waited of [dayMs, dayMs + 1]) {
      const rig = rigOf(30);
      await rig.sync();
      rig.remove('ticket', ...upTo(6));
      await rig.sync();
      expect(rig.planner.of('task').filter(({ deleted }) => deleted)).toHaveLength(6);
      await rig.clock.advance(waited);
      rig.remove('ticket', 7, 8, 9, 10, 11);
      outcomes.push((await rig.sync()).attention?.code === 'plan.mass-deletion');
    }
    expect(outcomes).toEqual([true, false]);
  });

  /** Twelve of fourteen tickets gone and waiting for an answer. */
  async function waiting(): Promise<SyncRig> {
    const rig = rigOf(14);
    rig.psa.records.scheduleEntry = [makePsaScheduleEntry({ objectId: 14 })];
    rig.psa.records.timeEntry = [];
    rig.psa.records.ticketNote = [];
    await rig.sync();
    rig.remove('ticket', ...upTo(12));
    await rig.sync();
    expect(frozen(rig)).toBe(12);
    return rig;
  }

  test('says so once, with some of the names', async () => {
    const rig = await waiting();
    expect(rig.log.all).toMatchObject([{ action: 'frozen', severity: 'error', entity: 'task' }]);
    expect(rig.log.all[0]?.message).toContain('12 of 14 tickets are gone');
    expect(rig.log.all[0]?.message).toMatch(/(Task “Order desks”, ){4}Task “Order desks” …/u);
    await rig.sync();
    expect(rig.log.all).toEqual([]);
  });

  test.each(['delta', 'comprehensive'] as const)(
    'the question stays open and nothing is touched: %s',
    async (mode) => {
      const rig = await waiting();
      const before = structuredClone(rig.planner.records);
      rig.later(60);
      const { attention, counts } = await rig.sync(mode);
      expect(attention).toMatchObject({ code: 'plan.mass-deletion', entity: 'ticket' });
      expect(attention?.message).toContain('12 tickets are gone');
      expect(counts).toEqual(nothing);
      expect(rig.planner.records).toEqual(before);
    },
  );

  test('the question survives another failure that took its place', async () => {
    const rig = await waiting();
    const since = rig.clock.now();
    rig.tasks.put({ ...rig.taskOf(), needsAttention: { since, failure: { code: 'cw.project-missing' } } });
    expect((await rig.sync('delta')).attention?.code).toBe('plan.mass-deletion');
  });

  test('further ones that go meanwhile are counted together with those that wait', async () => {
    const rig = await waiting();
    rig.remove('ticket', 13);
    expect((await rig.sync()).attention?.message).toContain('13 tickets are gone');
    expect(frozen(rig)).toBe(13);
    expect(buried(rig)).toBe(0);
  });

  test('“apply” looks for each again, and deletes those that are still gone', async () => {
    const rig = await waiting();
    rig.later(60);
    // Back, but with an old stamp: no delta shows it.
    rig.psa.records.ticket = [...rig.psa.records.ticket, makePsaTicket({ id: 5, phase: null })];
    await rig.planner.approveFrozen('p1', ann);
    const answered = await rig.sync('delta');
    expect(answered.counts).toEqual({ ...nothing, deleted: 11 });
    expect(answered.asked.filter((what) => what === 'isMissing ticket')).toHaveLength(11);
    expect(answered).not.toHaveProperty('attention');
    expect(pairedWith(rig, 'task', 5)).not.toHaveProperty('frozen');
    expect(pairedWith(rig, 'task', 5)).not.toHaveProperty('deleted');
    expect(pairedWith(rig, 'task', 1).deleted).toMatchObject({ by: 'Ann', reason: gone });
    expect(rig.log.all[0]?.message).toContain('Ann decided so, it is gone from ConnectWise');
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test('“apply” while another failure has taken the place of the question', async () => {
    const rig = await waiting();
    await rig.planner.approveFrozen('p1', ann);
    const since = rig.clock.now();
    rig.tasks.put({ ...rig.taskOf(), needsAttention: { since, failure: { code: 'cw.project-missing' } } });
    expect((await rig.sync('delta')).counts.deleted).toBe(12);
  });

  test('“apply” to one that is edited in the very moment: not asked again, but applied by the next whole reading', async () => {
    const rig = await waiting();
    await rig.planner.approveFrozen('p1', ann);
    rig.planner.beforeApply = (page) => {
      if (page.delete) rig.planner.editByPerson(pairedWith(rig, 'task', 2).id, { summary: 'Still mine' });
      rig.planner.beforeApply = () => {};
    };
    const answered = await rig.sync('delta');
    expect(answered.counts.deleted).toBe(11);
    expect(answered).not.toHaveProperty('attention');
    expect((await rig.sync()).counts.deleted).toBe(1);
  });

  test('“apply” believes no batch alone', async () => {
    const rig = await waiting();
    await rig.planner.approveFrozen('p1', ann);
    rig.psa.isMissing = async () => false;
    rig.later(60);
    expect((await rig.sync('delta')).counts.deleted).toBe(0);
    expect(frozen(rig)).toBe(0);
  });

  test('“keep” leaves them in the plan, and they are never imported again', async () => {
    const rig = await waiting();
    const ids = rig.planner.of('task').map(({ id }) => id);
    await rig.planner.detachFrozen('p1', ann, rig.clock.now());
    expect(await rig.sync('delta')).not.toHaveProperty('attention');
    rig.later(60);
    await rig.sync();
    const stamp = rig.psa.date?.toISOString() ?? null;
    rig.psa.records.ticket = [
      ...rig.psa.records.ticket,
      makePsaTicket({ id: 5, phase: null, lastUpdated: stamp }),
    ];
    expect((await rig.sync('delta')).counts).toEqual({ ...nothing, skipped: 1 });
    expect(rig.log.all).toMatchObject([{ action: 'skipped', externalId: 5 }]);
    rig.later(60);
    await rig.sync('delta');
    await rig.sync();
    expect(rig.log.all).toEqual([]);
    expect(rig.planner.of('task').map(({ id }) => id)).toEqual(ids);
  });

  test('those that show up again are as they were, without an answer', async () => {
    const rig = await waiting();
    rig.psa.records.ticket = upTo(14).map((id) => makePsaTicket({ id, phase: null }));
    expect(await rig.sync()).not.toHaveProperty('attention');
    expect(frozen(rig)).toBe(0);
    expect((await rig.sync()).counts).toEqual(nothing);
  });

  test('a kind that asks does not keep another one from its own deletions, nor hides a refused one for ever', async () => {
    const rig = await waiting();
    rig.remove('projectNote', 9001);
    rig.psa.forbidden.add('timeEntry');
    expect((await rig.sync()).attention?.code).toBe('plan.mass-deletion');
    expect(pairedWith(rig, 'projectNote', 9001).deleted).toBeDefined();
    await rig.planner.detachFrozen('p1', ann, rig.clock.now());
    expect((await rig.sync()).attention).toMatchObject({ code: 'cw.permission', entity: 'timeEntry' });
  });
});

test('every kind that may be refused while it is looked for keeps its records', async () => {
  for (const psaKind of [
    'phase',
    'scheduleEntry',
    'timeEntry',
    'projectNote',
    'teamMember',
  ] satisfies PsaKind[]) {
    const rig = rigOf(1);
    await rig.sync();
    rig.remove(psaKind, 202, 7001, 8001, 9001, 6001);
    rig.psa.beforeRequest = (what) => {
      if (what === `byIds ${psaKind}`) throw new FailureError({ code: 'cw.permission' });
    };
    expect((await rig.sync()).attention).toEqual({ code: 'cw.permission', entity: psaKind });
    expect(buried(rig)).toBe(0);
  }
});
