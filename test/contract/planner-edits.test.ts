/** What people write into the plan, and what is kept for them: each rule on both plans. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { goneFromPsa, type PairedRecord, type PlanKind, type PlanRecord } from '../../src/domain/plan.ts';
import type { PlanEdit, PlanMark, Planner } from '../../src/ports/planner.ts';
import {
  ann,
  create,
  day,
  everything,
  externalIds,
  type PlannerRig,
  plannerRigs,
  recordOf,
  seed,
  update,
  write,
} from './planner-rig.ts';

const gone = { at: day(1), by: 'cwsync', reason: goneFromPsa } as const;
const delta = { kinds: ['delta'], prio: 2 } as const;

describe.each(plannerRigs())('the plan $name', (rigs) => {
  let rig: PlannerRig;
  let planner: Planner;
  afterAll(() => rigs.end());
  beforeEach(async () => {
    rig = await rigs.make();
    planner = rig.planner;
  });

  async function seedOne(
    externalId: number,
    part: Parameters<typeof create>[1] = {},
    kind: PlanKind = 'task',
  ) {
    const [record] = await seed(planner, [create(externalId, part)], { kind });
    if (!record) throw new Error('not stored');
    return record;
  }

  function editOf(record: PlanRecord, change: PlanEdit['change']): PlanEdit {
    const { kind, id, version } = record;
    return { kind, id, version, change, by: ann, at: day(2) };
  }

  const edit = (record: PlanRecord, change: PlanEdit['change']) =>
    planner.edit(editOf(record, change), delta);

  async function bury(record: PlanRecord, at = day(1)): Promise<void> {
    const { id, version, kind, projectId } = record;
    await write(planner, { kind, projectId, delete: [{ id, version, deleted: { ...gone, at } }] });
  }

  async function mark({ id, version, kind }: PlanRecord, one: PlanMark['mark']): Promise<void> {
    await write(planner, { kind, mark: [{ id, version, mark: one }] });
  }

  const editsSoFar = async (projectId = 'p1') =>
    (await planner.beginRun({ projectId, lane: 'notes', fence: 1 }))?.planSeq;

  describe('an edit', () => {
    it('changes its fields only, says who and when, and takes the next place in the count', async () => {
      const before = await seedOne(1, { fields: { summary: 'Order desks', closed: false, 'a.b': 1 } });
      const change = { fields: { summary: '$summary', 'a.b': { $x: 2 } } } as const;
      const record = {
        ...before,
        version: 2,
        fields: { summary: '$summary', closed: false, 'a.b': { $x: 2 } },
        planSeq: 1,
        changedAt: day(2),
        changedBy: 'Ann',
      };
      expect(await edit(before, change)).toEqual({ result: 'stored', record });
      expect(await recordOf(planner, 1)).toEqual(record);
      expect(await editsSoFar()).toBe(1);
    });

    it('triggers the sync of its project, and of no other', async () => {
      await rig.link('p1');
      await rig.link('p2');
      await edit(await seedOne(1), { fields: { summary: 'x' } });
      expect(await rig.asked('p1')).toEqual({ times: 1, kinds: ['delta'] });
      expect(await rig.asked('p2')).toEqual({ times: 0, kinds: [] });
    });

    it('is stored though its project does not sync', async () => {
      await rig.link('p1', 'disabled');
      const record = await seedOne(1);
      expect(await edit(record, { fields: { summary: 'x' } })).toMatchObject({ result: 'stored' });
      expect(await editsSoFar()).toBe(1);
    });

    it('of what somebody else wrote since is refused with what is there now, and counts and triggers nothing', async () => {
      await rig.link('p1');
      const read = await seedOne(1);
      await write(planner, { update: [update(read, { summary: 'from ConnectWise' })] });
      const now = await recordOf(planner, 1);
      expect(await edit(read, { fields: { summary: 'x' } })).toEqual({ result: 'conflict', record: now });
      expect(await edit(read, 'delete')).toEqual({ result: 'conflict', record: now });
      expect(await recordOf(planner, 1)).toEqual(now);
      expect(await editsSoFar()).toBe(0);
      expect((await rig.asked('p1')).times).toBe(0);
    });

    it('of what is not there, or no longer part of the plan, is missing', async () => {
      const record = await seedOne(1);
      expect(await edit({ ...record, id: 'none' }, 'delete')).toEqual({ result: 'missing' });
      expect(await edit({ ...record, kind: 'phase' }, 'delete')).toEqual({ result: 'missing' });
      await bury(record);
      expect(await edit({ ...record, version: 2 }, { fields: {} })).toEqual({ result: 'missing' });
      expect(await editsSoFar()).toBe(0);
    });

    it('that deletes leaves a tombstone with its pair, and counts and triggers like any other', async () => {
      await rig.link('p1');
      const before = await seedOne(1);
      const deleted = { at: day(2), by: 'Ann', reason: 'deleted in the plan' };
      const record = { ...before, version: 2, planSeq: 1, deleted, changedAt: day(2), changedBy: 'Ann' };
      expect(await edit(before, 'delete')).toEqual({ result: 'stored', record });
      expect(await recordOf(planner, 1)).toEqual(record);
      expect((await rig.asked('p1')).times).toBe(1);
    });

    it('made by many at once is stored once, and each place is given once', async () => {
      await rig.link('p1');
      const records = await seed(planner, [create(1), create(2), create(3)]);
      const tried = await Promise.all(
        [...records, ...records].map((record) => edit(record, { fields: { summary: 'x' } })),
      );
      expect(tried.filter(({ result }) => result === 'stored')).toHaveLength(3);
      const edited = await planner.editedSince('p1', 'task', 0, { limit: 9 });
      expect(edited.map(({ planSeq }) => planSeq).toSorted()).toEqual([1, 2, 3]);
      expect((await rig.asked('p1')).times).toBe(3);
    });

    it('is not lost to a run that writes the same records at the same time', async () => {
      const records = await seed(
        planner,
        Array.from({ length: 20 }, (_, i) => create(i + 1)),
      );
      const [, ...edits] = await Promise.all([
        write(planner, { update: records.map((record) => update(record, { summary: 'run' })) }),
        ...records.map((record) => edit(record, { fields: { by: 'Ann' } })),
      ]);
      const now = await planner.pairedInRange('p1', 'task', everything);
      expect(now.map(({ version }) => version)).toEqual(records.map(() => 2));
      const byAnn = now.map(({ fields }) => fields.by === 'Ann');
      expect(byAnn).toEqual(edits.map((one) => 'result' in one && one.result === 'stored'));
    });
  });

  describe('editedSince', () => {
    it('shows what came after a place in the count, in pages in order of id', async () => {
      const records = await seed(
        planner,
        Array.from({ length: 6 }, (_, i) => create(i + 1)),
      );
      for (const record of records) await edit(record, { fields: { summary: 'x' } });
      const pages: string[][] = [];
      let after: string | undefined;
      do {
        const found = await planner.editedSince('p1', 'task', 1, { limit: 2, ...(after ? { after } : {}) });
        pages.push(found.map(({ id }) => id));
        after = found.at(-1)?.id;
      } while (after);
      expect(pages.map(({ length }) => length)).toEqual([2, 2, 1, 0]);
      const expected = records.slice(1).map(({ id }) => id);
      expect(pages.flat()).toEqual(expected.toSorted());
    });

    it('does not show what the sync wrote, nor other kinds and projects', async () => {
      const [one] = await seed(planner, [create(1), create(2)]);
      if (!one) throw new Error('not stored');
      await edit(await seedOne(3, {}, 'phase'), { fields: { name: 'x' } });
      await edit(one, { fields: { summary: 'x' } });
      await write(planner, { update: [update(await recordOf(planner, 1), { summary: 'back' })] });
      await mark(await recordOf(planner, 2), { unsettled: { reason: 'r', runs: 1 } });
      const shown = await planner.editedSince('p1', 'task', 1, { limit: 9 });
      expect(externalIds(shown)).toEqual([1]);
      expect(shown).toMatchObject([{ planSeq: 2, version: 3 }]);
      expect(await planner.editedSince('p1', 'task', 2, { limit: 9 })).toEqual([]);
      expect(await planner.editedSince('p2', 'task', 0, { limit: 9 })).toEqual([]);
    });
  });

  describe('restore', () => {
    it('takes a tombstone back without its pair, which is remembered', async () => {
      const before = await seedOne(1);
      await bury(before);
      const { externalId, base: _base, ...rest } = before;
      expect(await planner.restore('p1', 'task', before.id, ann, day(3))).toBe(true);
      const { tasks } = await planner.tasks('p1', { offset: 0, limit: 9 });
      const restored = {
        ...rest,
        version: 3,
        formerExternalId: externalId,
        planSeq: 1,
        changedAt: day(3),
        changedBy: 'Ann',
      };
      expect(tasks).toEqual([restored]);
      expect(await planner.editedSince('p1', 'task', 0, { limit: 9 })).toEqual([restored]);
      expect(await editsSoFar()).toBe(1);
      expect(await planner.pairedByExternalId('task', [1])).toEqual([]);
      expect(await planner.countPaired('p1', 'task')).toBe(0);
      expect(await planner.formerlyPaired('p1', 'task', [1, 2])).toEqual(
        new Map([[1, { id: before.id, version: 3 }]]),
      );
      expect(await planner.formerlyPaired('p1', 'phase', [1])).toEqual(new Map());
      // What another project keeps as its own keeps nothing out of this one.
      expect(await planner.formerlyPaired('p2', 'task', [1])).toEqual(new Map());
      expect((await planner.tombstones('p1', { offset: 0, limit: 9 })).total).toBe(0);
    });

    it('of what was deleted in the plan pairs it as it was', async () => {
      const before = await seedOne(1, { fields: { phaseId: null } });
      await edit(before, 'delete');
      expect(await planner.restore('p1', 'task', before.id, ann, day(3))).toBe(true);
      const restored = { ...before, version: 3, planSeq: 2, changedAt: day(3), changedBy: 'Ann' };
      expect(await recordOf(planner, 1)).toEqual(restored);
      expect(await planner.countPaired('p1', 'task')).toBe(1);
      expect(await planner.formerlyPaired('p1', 'task', [1])).toEqual(new Map());
      const [glance] = await planner.glanceAt('task', [1]);
      expect(glance?.fingerprint).toBeDefined();
    });

    it('pairs a child that was deleted in the plan, and not the parent that is gone from ConnectWise', async () => {
      const phase = await seedOne(1, {}, 'phase');
      const task = await seedOne(2, { fields: { phaseId: phase.id } });
      await edit(task, 'delete');
      await bury(phase);
      expect(await planner.restore('p1', 'task', task.id, ann, day(3))).toBe(true);
      expect(await recordOf(planner, 2)).not.toHaveProperty('deleted');
      expect(await planner.phases('p1')).toMatchObject([{ id: phase.id, formerExternalId: 1 }]);
      expect(await planner.pairedByExternalId('phase', [1])).toEqual([]);
    });

    it('remembers the pair of a record that was restored before', async () => {
      const before = await seedOne(1);
      await bury(before);
      await planner.restore('p1', 'task', before.id, ann, day(3));
      await edit({ ...before, version: 3 }, 'delete');
      expect(await planner.restore('p1', 'task', before.id, ann, day(3))).toBe(true);
      expect([...(await planner.formerlyPaired('p1', 'task', [1])).keys()]).toEqual([1]);
    });

    it('lets it be remembered that the record shows up again was said, until another pair is given up', async () => {
      const before = await seedOne(1);
      await bury(before);
      await planner.restore('p1', 'task', before.id, ann, day(3));
      await write(planner, {
        mark: [{ id: before.id, version: 3, mark: { formerSaid: '2026-01-05T09:00:00Z' } }],
      });
      const said = new Map([[1, { id: before.id, version: 4, formerSaid: '2026-01-05T09:00:00Z' }]]);
      expect(await planner.formerlyPaired('p1', 'task', [1])).toEqual(said);
      const { tasks } = await planner.tasks('p1', { offset: 0, limit: 9 });
      expect(tasks).toMatchObject([{ version: 4, formerExternalId: 1 }]);
      await edit({ ...before, version: 4 }, 'delete');
      await planner.restore('p1', 'task', before.id, ann, day(3));
      const anew = new Map([[1, { id: before.id, version: 6 }]]);
      expect(await planner.formerlyPaired('p1', 'task', [1])).toEqual(anew);
    });

    it('does nothing where there is no such tombstone', async () => {
      const record = await seedOne(1);
      expect(await planner.restore('p1', 'task', record.id, ann, day(3))).toBe(false);
      expect(await planner.restore('p1', 'task', 'none', ann, day(3))).toBe(false);
      await bury(record);
      expect(await planner.restore('p2', 'task', record.id, ann, day(3))).toBe(false);
      expect(await planner.restore('p1', 'phase', record.id, ann, day(3))).toBe(false);
      expect(await recordOf(planner, 1)).toMatchObject({ version: 2, deleted: gone });
      expect(await editsSoFar()).toBe(0);
    });

    it('of a child takes the tombstones that it hangs on back as well, and no other child of theirs', async () => {
      const outer = await seedOne(1, {}, 'phase');
      const inner = await seedOne(2, { fields: { parentId: outer.id } }, 'phase');
      const task = await seedOne(3, { fields: { phaseId: inner.id } });
      const other = await seedOne(4, { fields: { phaseId: inner.id } });
      const note = await seedOne(5, { parentId: task.id }, 'ticketNote');
      const event = await seedOne(6, { parentId: task.id }, 'event');
      for (const record of [outer, inner, task, other, note, event]) await bury(record);
      expect(await planner.restore('p1', 'ticketNote', note.id, ann, day(3))).toBe(true);
      expect(await planner.counts('p1')).toMatchObject({ phase: 2, task: 1, ticketNote: 1, event: 0 });
      const { records } = await planner.tombstones('p1', { offset: 0, limit: 9 });
      expect(new Set(records.map(({ id }) => id))).toEqual(new Set([other.id, event.id]));
    });

    it('ends where phases were put into each other', async () => {
      const a = await seedOne(1, {}, 'phase');
      const b = await seedOne(2, { fields: { parentId: a.id } }, 'phase');
      await write(planner, { kind: 'phase', update: [update(a, { parentId: b.id })] });
      await bury(await recordOf(planner, 1, 'phase'));
      await bury(b);
      expect(await planner.restore('p1', 'phase', a.id, ann, day(3))).toBe(true);
      expect(await planner.counts('p1')).toMatchObject({ phase: 2 });
    });

    it('of a task leaves what belonged to it', async () => {
      const task = await seedOne(3);
      const note = await seedOne(5, { parentId: task.id }, 'ticketNote');
      await bury(note);
      await bury(task);
      await planner.restore('p1', 'task', task.id, ann, day(3));
      expect(await planner.counts('p1')).toMatchObject({ task: 1, ticketNote: 0 });
    });
  });

  describe('frozen records', () => {
    let frozen: PairedRecord;
    beforeEach(async () => {
      frozen = await seedOne(1);
      await mark(frozen, { frozen: { at: day(1) } });
      await mark(await seedOne(2, {}, 'event'), { frozen: { at: day(1) } });
      await seedOne(3);
      await seed(planner, [create(4)], { projectId: 'p2' });
      const other = await recordOf(planner, 4);
      const inOther = { id: other.id, version: 1, mark: { frozen: { at: day(1) } } } as const;
      await write(planner, { projectId: 'p2', mark: [inOther] });
    });

    it('that are kept lose their pair, stay in the plan, and are no plan edit', async () => {
      expect(await planner.detachFrozen('p1', ann, day(3))).toBe(2);
      const { externalId: _externalId, base: _base, ...rest } = frozen;
      const kept = {
        ...{ ...rest, version: 3, formerExternalId: 1, keptHere: true },
        ...{ changedAt: day(3), changedBy: 'Ann' },
      };
      const { tasks } = await planner.tasks('p1', { offset: 0, limit: 9 });
      expect(tasks.find(({ id }) => id === frozen.id)).toEqual(kept);
      expect(await planner.pairedByExternalId('task', [1, 3])).toHaveLength(1);
      expect(await planner.formerlyPaired('p1', 'task', [1])).toEqual(
        new Map([[1, { id: frozen.id, version: frozen.version + 2 }]]),
      );
      expect(await planner.frozen('p1', 'event')).toEqual([]);
      expect(await planner.frozen('p2', 'task')).toHaveLength(1);
      expect(await editsSoFar()).toBe(0);
      expect(await planner.detachFrozen('p1', ann, day(3))).toBe(0);
    });

    it('that are to be deleted say who said so, once; a run that read them before reads them again', async () => {
      const before = await recordOf(planner, 1);
      expect(await planner.approveFrozen('p1', ann)).toBe(2);
      expect(await planner.frozen('p1', 'task')).toEqual([
        { ...before, version: 3, frozen: { at: day(1), approvedBy: 'Ann' } },
      ]);
      const late = { id: before.id, version: before.version, mark: { frozen: null } } as const;
      expect(await write(planner, { mark: [late] })).toEqual({ result: 'stored', refused: 1 });
      expect(await planner.approveFrozen('p1', { ...ann, name: 'Bob' })).toBe(0);
      const [other] = await planner.frozen('p2', 'task');
      expect(other?.frozen).toEqual({ at: day(1) });
    });

    it('that became tombstones are left to that', async () => {
      await edit(await recordOf(planner, 1), 'delete');
      expect(await planner.approveFrozen('p1', ann)).toBe(1);
      expect(await planner.detachFrozen('p1', ann, day(3))).toBe(1);
      expect(await recordOf(planner, 1)).toMatchObject({ externalId: 1 });
    });
  });

  describe('tombstones', () => {
    it('are listed newest first over all kinds, in pages, of one project', async () => {
      const ages = { task: 1, phase: 4, event: 3, ticketNote: 2 } as const;
      for (const [kind, age] of Object.entries(ages) as [PlanKind, number][]) {
        await bury(await seedOne(1, {}, kind), day(age));
        await seedOne(2, {}, kind);
      }
      await seed(planner, [create(9)], { projectId: 'p2' });
      await bury(await recordOf(planner, 9));
      const kinds = async (offset: number) => {
        const { records, total } = await planner.tombstones('p1', { offset, limit: 3 });
        return [records.map(({ kind }) => kind), total];
      };
      expect(await kinds(0)).toEqual([['phase', 'event', 'ticketNote'], 4]);
      expect(await kinds(3)).toEqual([['task'], 4]);
      expect(await kinds(6)).toEqual([[], 4]);
    });

    it('of one moment come in pages without gap or repeat', async () => {
      for (let i = 1; i <= 5; i += 1) await bury(await seedOne(i, {}, i % 2 ? 'task' : 'phase'));
      const ids: string[] = [];
      for (const offset of [0, 2, 4]) {
        const { records } = await planner.tombstones('p1', { offset, limit: 2 });
        ids.push(...records.map(({ id }) => id));
      }
      expect(new Set(ids).size).toBe(5);
    });

    it('older than asked go for good, of all kinds; the others and all that lives stay', async () => {
      const [old, young, alive] = [await seedOne(1), await seedOne(2), await seedOne(3)];
      await bury(old, day(1));
      await bury(young, day(3));
      await bury(await seedOne(4, {}, 'timeLog'), day(1));
      expect(await planner.purgeTombstones(day(3))).toBe(2);
      expect(externalIds(await planner.pairedInRange('p1', 'task', everything))).toEqual([2, 3]);
      expect(await planner.purgeTombstones(day(3))).toBe(0);
      expect(await planner.restore('p1', 'task', old.id, ann, day(9))).toBe(false);
      expect(alive.id).toBe((await recordOf(planner, 3)).id);
    });

    it('of what was deleted in the plan stay while ConnectWise has the record: it would come back by itself', async () => {
      const [task, unpaired] = [await seedOne(1), await seedOne(2)];
      await edit(task, 'delete');
      await bury(unpaired);
      await planner.restore('p1', 'task', unpaired.id, ann, day(1));
      await edit({ ...unpaired, version: 3 }, 'delete');
      expect(await planner.purgeTombstones(day(20))).toBe(1);
      expect(externalIds((await planner.tombstones('p1', { offset: 0, limit: 9 })).records)).toEqual([1]);
      await bury(await recordOf(planner, 1));
      expect(await planner.purgeTombstones(day(20))).toBe(1);
    });
  });

  describe('whose notes are read next', () => {
    const next = async (limit = 9, unreadSince: Date | null = day(28)) => {
      const tasks = await planner.tasksToReadNotesOf(limit, unreadSince);
      return tasks.map(({ externalId, notesDue }) => (notesDue ? `${externalId} due` : `${externalId}`));
    };
    const idOf = async (externalId: number) => (await recordOf(planner, externalId)).id;

    it('the due ones, latest first, then the open ones that were read longest ago or never', async () => {
      for (const id of [1, 2, 3, 4, 5]) await seedOne(id, { fields: { closed: id === 5 } });
      await planner.markNotesRead([await idOf(3)], day(2));
      await planner.markNotesRead([await idOf(4)], day(1));
      await planner.markNotesDue([await idOf(1)], day(3));
      await planner.markNotesDue([await idOf(5)], day(4));
      expect(await next()).toEqual(['5 due', '1 due', '2', '4', '3']);
      expect(await next(3)).toEqual(['5 due', '1 due', '2']);
      expect(await next(1)).toEqual(['5 due']);
      await planner.markNotesRead([await idOf(1), await idOf(5)], day(5));
      expect(await next()).toEqual(['2', '4', '3', '1']);
      expect(await next(9, day(2))).toEqual(['2', '4']);
      expect(await next(9, null)).toEqual([]);
    });

    it('one that became due again after its reading began is still due', async () => {
      await seedOne(1);
      await planner.markNotesDue([await idOf(1)], day(3));
      await planner.markNotesRead([await idOf(1)], day(2));
      expect(await next()).toEqual(['1 due']);
      await planner.markNotesDue([await idOf(1)], day(1));
      await planner.markNotesRead([await idOf(1)], day(2));
      expect(await next()).toEqual(['1 due']);
      await planner.markNotesRead([await idOf(1)], day(3));
      expect(await next()).toEqual(['1']);
    });

    it('only paired tasks that live, of every project', async () => {
      const [buried, restored] = [await seedOne(1), await seedOne(2)];
      await seed(planner, [create(3)], { projectId: 'p2' });
      await seedOne(4, {}, 'phase');
      await planner.markNotesDue([buried.id, restored.id], day(3));
      await bury(buried);
      await bury(restored);
      await planner.restore('p1', 'task', restored.id, ann, day(3));
      expect(await next()).toEqual(['3']);
    });

    it('marks are of no version, and not part of the record', async () => {
      const before = await seedOne(1, { fields: { closed: null } });
      await planner.markNotesDue([before.id], day(3));
      await planner.markNotesRead([before.id], day(2));
      await planner.markNotesDue([], day(3));
      expect(await recordOf(planner, 1)).toEqual(before);
      expect(await planner.tasksToReadNotesOf(1, null)).toEqual([{ ...before, notesDue: true }]);
    });
  });
});
