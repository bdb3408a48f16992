import { describe, expect, test } from 'vitest';
import { createTally, type Run } from '../../src/app/sync/run.ts';
import { syncNotes } from '../../src/app/sync/ticket-notes.ts';
import { FailureError } from '../../src/domain/failure.ts';
import type { PlanPage } from '../../src/ports/planner.ts';
import { makePsaTicket, makePsaTicketNote } from '../support/make-psa-records.ts';
import { makeSyncTask, testStart } from '../support/make-sync-task.ts';
import { pairedWith, type SyncRig, syncRig } from '../support/sync-rig.ts';

/** Also what was read in this very moment counts as long ago. */
const share = { due: 30, sweep: 2, againAfterMs: -1 };

/** Tickets 1 to n, each with one note. */
function noted(tickets: number): SyncRig {
  const rig = syncRig();
  const ids = Array.from({ length: tickets }, (_, at) => at + 1);
  rig.psa.pageSize = 100;
  rig.psa.records.ticket = ids.map((id) => makePsaTicket({ id, phase: null }));
  rig.psa.records.ticketNote = ids.map((id) => makePsaTicketNote({ id: 100 + id, ticketId: id }));
  return rig;
}

/** One run of the task that reads notes. */
async function readNotes(rig: SyncRig, given: Partial<typeof share> = {}, fence = 1) {
  const task = makeSyncTask({ id: 't:notes', kind: 'notes', projectId: 'notes' });
  const run: Run = {
    runId: 'notes-run',
    mode: 'delta',
    task,
    fence,
    control: rig.controlOf(),
    startedAt: testStart,
    tally: createTally(),
  };
  const before = rig.psa.asked.length;
  const done = await syncNotes(rig.deps, run, { ...share, ...given });
  return { ...done, tally: run.tally, asked: rig.psa.asked.slice(before) };
}
const read = (rig: SyncRig) => rig.planner.of('ticketNote').map(({ externalId }) => externalId);
const dueTasks = async (rig: SyncRig) =>
  (await rig.planner.tasksToReadNotesOf(1_000, null)).filter(({ notesDue }) => notesDue);

describe("in a project's own run", () => {
  test('notes of the tickets that are new or changed are read, tied to their task', async () => {
    const rig = noted(2);
    await rig.sync();
    expect(pairedWith(rig, 'ticketNote', 101)).toMatchObject({
      parentId: pairedWith(rig, 'task', 1).id,
      fields: { taskId: pairedWith(rig, 'task', 1).id, text: 'Delivery on Friday' },
    });
    expect(await dueTasks(rig)).toEqual([]);
    expect((await rig.sync()).asked).not.toContain('list ticketNote');
    rig.later(60);
    // A new note stamps its ticket, of which the plan sees nothing else.
    rig.change('ticket', 2, {});
    rig.psa.records.ticketNote = [...rig.psa.records.ticketNote, makePsaTicketNote({ id: 300, ticketId: 2 })];
    const delta = await rig.sync('delta');
    expect(delta.asked.filter((what) => what === 'list ticketNote')).toHaveLength(1);
    expect(delta.counts).toMatchObject({ created: 1, updated: 0 });
    expect(read(rig)).toEqual([101, 102, 300]);
  });

  test('of at most twenty; the rest is due, and read by the run for notes', async () => {
    const rig = noted(23);
    const { asked } = await rig.sync();
    expect(asked.filter((what) => what === 'list ticketNote')).toHaveLength(20);
    expect((await dueTasks(rig)).map(({ externalId }) => externalId)).toEqual([21, 22, 23]);
    const { tally } = await readNotes(rig);
    expect(tally.created).toBe(3);
    expect(read(rig)).toHaveLength(23);
    expect(await dueTasks(rig)).toEqual([]);
  });

  test('of one ticket that nobody understands are passed over and said; the others are read', async () => {
    const rig = noted(3);
    let asked = 0;
    rig.psa.beforeRequest = (what) => {
      if (what !== 'list ticketNote') return;
      asked += 1;
      if (asked === 2) throw new FailureError({ code: 'cw.unexpected-response' });
    };
    const { attention } = await rig.sync();
    expect(attention).toBeUndefined();
    expect(read(rig)).toHaveLength(2);
    expect(await dueTasks(rig)).toEqual([]);
    expect(rig.log.all.filter(({ action }) => action === 'skipped')).toMatchObject([
      { message: expect.stringMatching(/^The notes of Task .* could not be read/u), severity: 'warning' },
    ]);
  });

  test('that always take too long stay due and leave the project in step; the run for notes goes round them', async () => {
    const rig = noted(2);
    rig.psa.beforeRequest = (what) => {
      if (what === 'list ticketNote') throw new FailureError({ code: 'cw.unavailable' });
    };
    await rig.sync();
    expect(await dueTasks(rig)).toHaveLength(2);
    await expect(readNotes(rig)).rejects.toThrow('cw.unavailable');
    expect(await dueTasks(rig)).toHaveLength(1);
  });

  test('a first import reads none: they are all due, so that the project is there sooner', async () => {
    const rig = noted(3);
    const [task] = [...rig.tasks.tasks.values()];
    if (!task) throw new Error('there is no task');
    const { lastSync: _none, ...never } = task;
    rig.tasks.put(never);
    const first = await rig.sync();
    expect(first.asked).not.toContain('list ticketNote');
    expect(await dueTasks(rig)).toHaveLength(3);
  });

  test('a run that fails before it comes to them leaves them due', async () => {
    const rig = noted(3);
    rig.psa.beforeRequest = (what) => {
      if (what === 'list timeEntry') throw new Error('down');
    };
    await expect(rig.sync()).rejects.toThrow('down');
    expect(await dueTasks(rig)).toHaveLength(3);
  });

  test('may not be read: the run goes on, they stay due, and it is said', async () => {
    const rig = noted(3);
    rig.psa.forbidden.add('ticketNote');
    const { attention, asked } = await rig.sync();
    expect(attention).toEqual({ code: 'cw.permission', entity: 'ticketNote' });
    expect(asked.filter((what) => what === 'list ticketNote')).toHaveLength(1);
    expect(await dueTasks(rig)).toHaveLength(3);
  });

  test('what becomes due while they are read stays due', async () => {
    const rig = noted(1);
    rig.psa.beforeRequest = async (what) => {
      if (what !== 'list ticketNote') return;
      await rig.clock.advance(1_000);
      await rig.planner.markNotesDue([pairedWith(rig, 'task', 1).id], rig.clock.now());
    };
    await rig.sync();
    expect(await dueTasks(rig)).toHaveLength(1);
  });

  test('notes on many pages, one that cannot be read among them', async () => {
    const rig = noted(1);
    rig.psa.pageSize = 2;
    rig.psa.records.ticketNote = [1, 2, 3].map((id) => makePsaTicketNote({ id, ticketId: 1 }));
    await rig.sync();
    rig.remove('ticketNote', 3);
    rig.psa.skipped.ticketNote = [{ id: 3, reason: 'broken' }];
    rig.change('ticket', 1, {});
    await rig.sync('delta');
    expect(rig.planner.of('ticketNote').every(({ deleted }) => !deleted)).toBe(true);
  });
});

describe('notes that are gone', () => {
  test('become tombstones after their ticket was read in full', async () => {
    const rig = noted(2);
    await rig.sync();
    rig.remove('ticketNote', 101);
    rig.change('ticket', 1, {});
    const { counts, asked } = await rig.sync('delta');
    expect(counts).toMatchObject({ deleted: 1 });
    expect(asked.filter((what) => what.startsWith('isMissing'))).toEqual([
      'isMissing ticket',
      'isMissing ticketNote',
    ]);
    expect(pairedWith(rig, 'ticketNote', 101).deleted?.reason).toBe('gone from ConnectWise');
    expect(pairedWith(rig, 'ticketNote', 102)).not.toHaveProperty('deleted');
  });

  test('with their ticket are left to the sync of the project', async () => {
    const rig = noted(2);
    await rig.sync();
    await rig.planner.markNotesDue([pairedWith(rig, 'task', 1).id], rig.clock.now());
    rig.remove('ticket', 1);
    rig.remove('ticketNote', 101);
    await readNotes(rig);
    expect(pairedWith(rig, 'ticketNote', 101)).not.toHaveProperty('deleted');
    await rig.sync();
    expect(pairedWith(rig, 'ticketNote', 101).deleted?.reason).toBe('gone from ConnectWise');
  });

  test.each(['project', 'notes'] as const)('unusually many wait for an answer: the %s run', async (lane) => {
    const rig = noted(1);
    rig.psa.records.ticketNote = Array.from({ length: 20 }, (_, at) =>
      makePsaTicketNote({ id: at + 1, ticketId: 1 }),
    );
    await rig.sync();
    rig.psa.records.ticketNote = [];
    rig.tasks.triggered.length = 0;
    if (lane === 'notes') {
      await rig.planner.markNotesDue([pairedWith(rig, 'task', 1).id], rig.clock.now());
      await readNotes(rig);
      expect(rig.tasks.triggered).toMatchObject([
        { taskId: 't:p1', trigger: { kinds: ['comprehensive'], prio: 1 } },
      ]);
    } else {
      rig.change('ticket', 1, {});
      const { attention } = await rig.sync('delta');
      expect(attention).toMatchObject({ code: 'plan.mass-deletion', entity: 'ticketNote' });
      expect(attention?.message).toContain('20 ticket notes are gone');
    }
    expect(rig.planner.of('ticketNote').every(({ frozen, deleted }) => frozen && !deleted)).toBe(true);
    expect((await rig.sync()).attention).toMatchObject({ code: 'plan.mass-deletion', entity: 'ticketNote' });
  });
});

describe('the run for notes', () => {
  test('reads what is due, latest first, within its share', async () => {
    const rig = noted(4);
    await rig.sync();
    for (const id of [3, 1, 2]) {
      await rig.clock.advance(1_000);
      await rig.planner.markNotesDue([pairedWith(rig, 'task', id).id], rig.clock.now());
    }
    await readNotes(rig, { due: 2 });
    expect((await dueTasks(rig)).map(({ externalId }) => externalId)).toEqual([3]);
  });

  test('goes round the open tickets, the longest unread first, where none is due', async () => {
    const rig = noted(5);
    rig.psa.records.ticket = rig.psa.records.ticket.map((one) =>
      one.id === 2 ? { ...one, closed: true } : one,
    );
    await rig.sync();
    await rig.clock.advance(1_000);
    const asked: (number | undefined)[] = [];
    const list = rig.psa.list.bind(rig.psa);
    rig.psa.list = (kind, scope, call, since) => {
      asked.push(scope.ticket);
      return list(kind, scope, call, since);
    };
    await readNotes(rig);
    await rig.clock.advance(1_000);
    await readNotes(rig);
    expect(asked.toSorted()).toEqual([1, 3, 4, 5]);
    await rig.clock.advance(1_000);
    await readNotes(rig);
    expect(asked.slice(4)).toEqual(asked.slice(0, 2));
  });

  test.each(['disabled', 'archived', 'disconnected'] as const)(
    'skips a project that is %s',
    async (state) => {
      const rig = noted(2);
      await rig.sync();
      rig.link('p1', 1042, state);
      await rig.planner.markNotesDue(
        rig.planner.of('task').map(({ id }) => id),
        rig.clock.now(),
      );
      const { asked, tally } = await readNotes(rig);
      expect(asked).toEqual([]);
      expect(tally.requests).toBe(0);
      expect(await dueTasks(rig)).toEqual([]);
    },
  );

  test('stops where notes may not be read, with the tickets still due', async () => {
    const rig = noted(3);
    await rig.sync();
    await rig.planner.markNotesDue(
      rig.planner.of('task').map(({ id }) => id),
      rig.clock.now(),
    );
    rig.psa.forbidden.add('ticketNote');
    const { attention, asked, watermarks } = await readNotes(rig);
    expect(attention).toEqual({ code: 'cw.permission', entity: 'ticketNote' });
    expect(watermarks).toEqual({});
    expect(asked).toHaveLength(1);
    expect(await dueTasks(rig)).toHaveLength(3);
    rig.psa.forbidden.clear();
    expect(await readNotes(rig)).not.toHaveProperty('attention');
  });

  test('a later run for notes has begun: the older one stops; a run of the project does not matter', async () => {
    const rig = noted(1);
    await rig.sync();
    await rig.planner.beginRun({ projectId: 'p1', lane: 'project', fence: 500 });
    rig.change('ticketNote', 101, { text: 'Delivery on Monday' });
    await readNotes(rig, {}, 7);
    expect(pairedWith(rig, 'ticketNote', 101).fields.text).toBe('Delivery on Monday');
    await rig.planner.beginRun({ projectId: 'p1', lane: 'notes', fence: 8 });
    await expect(readNotes(rig, {}, 7)).rejects.toMatchObject({ reason: 'lease-lost' });
  });

  test('a note that is edited again and again leaves its ticket due', async () => {
    const rig = noted(1);
    await rig.sync();
    rig.change('ticketNote', 101, { text: 'Delivery on Monday' });
    rig.planner.beforeApply = ({ mark }: PlanPage) => {
      if (!mark) rig.planner.editByPerson(pairedWith(rig, 'ticketNote', 101).id, { flag: 1 });
    };
    await readNotes(rig);
    expect(await dueTasks(rig)).toHaveLength(1);
    rig.planner.beforeApply = () => {};
    await readNotes(rig);
    expect(await dueTasks(rig)).toEqual([]);
    expect(pairedWith(rig, 'ticketNote', 101).fields.text).toBe('Delivery on Monday');
  });

  test('several projects in one run, each begun once', async () => {
    const rig = noted(2);
    rig.link('p2', 1043);
    rig.psa.records.ticket = [
      ...rig.psa.records.ticket,
      makePsaTicket({ id: 50, phase: null, project: { id: 1043, name: 'B' } }),
    ];
    await rig.sync();
    await rig.sync('comprehensive', { projectId: 'p2' });
    rig.change('ticketNote', 101, { text: 'One' });
    rig.change('ticketNote', 102, { text: 'Two' });
    rig.psa.records.ticketNote = [
      ...rig.psa.records.ticketNote,
      makePsaTicketNote({ id: 999, ticketId: 50 }),
    ];
    let begun = 0;
    const beginRun = rig.planner.beginRun.bind(rig.planner);
    rig.planner.beginRun = (run) => {
      begun += 1;
      return beginRun(run);
    };
    const { tally } = await readNotes(rig, { sweep: 10 });
    expect(begun).toBe(2);
    expect(tally).toMatchObject({ created: 1, updated: 2 });
    expect(pairedWith(rig, 'ticketNote', 999).projectId).toBe('p2');
  });
});
