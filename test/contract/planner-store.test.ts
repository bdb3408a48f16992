/** What runs write into the plan and read from it: each rule on the plan in memory and on the one in MongoDB. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fields, movedAway, planKinds } from '../../src/domain/plan.ts';
import type { PlanMark, Planner, RunFence } from '../../src/ports/planner.ts';
import {
  ann,
  changed,
  create,
  day,
  everything,
  externalIds,
  line,
  type PlannerRig,
  page,
  plannerRigs,
  recordOf,
  seed,
  update,
  write,
} from './planner-rig.ts';

const stored = { result: 'stored', refused: 0 } as const;
const stale = { result: 'stale' } as const;
const gone = { at: day(1), by: 'cwsync', reason: 'gone from ConnectWise' } as const;

describe.each(plannerRigs())('the plan $name', (rigs) => {
  let planner: Planner;
  let rig: PlannerRig;
  afterAll(() => rigs.end());
  beforeEach(async () => {
    rig = await rigs.make();
    ({ planner } = rig);
  });

  const run = (fence: number, part: Partial<RunFence> = {}): RunFence => ({
    projectId: 'p1',
    lane: 'project',
    fence,
    ...part,
  });
  const edit = async (externalId: number, fields: Fields = { summary: 'By hand' }) => {
    const { kind, id, version } = await recordOf(planner, externalId);
    const change = { kind, id, version, change: { fields }, by: ann, at: day(2) };
    return await planner.edit(change, { kinds: ['delta'], prio: 1 });
  };

  describe('beginRun', () => {
    it('shuts out the lower fence and answers it with nothing; the same fence goes on', async () => {
      expect(await planner.beginRun(run(5))).toEqual({ planSeq: 0 });
      expect(await planner.beginRun(run(4))).toBeUndefined();
      expect(await planner.beginRun(run(5))).toEqual({ planSeq: 0 });
      expect(await planner.beginRun(run(6))).toEqual({ planSeq: 0 });
      expect(await planner.beginRun(run(5))).toBeUndefined();
    });

    it('compares fences within a lane and a project only', async () => {
      await planner.beginRun(run(5));
      expect(await planner.beginRun(run(1, { lane: 'notes' }))).toEqual({ planSeq: 0 });
      expect(await planner.beginRun(run(1, { projectId: 'p2' }))).toEqual({ planSeq: 0 });
      expect(await planner.apply(page({ fence: 5, create: [create(1)] }))).toEqual(stored);
      expect(await planner.apply(page({ fence: 1, lane: 'notes', create: [create(2)] }))).toEqual(stored);
      expect(await planner.apply(page({ fence: 1, create: [create(3)] }))).toEqual(stale);
    });

    it('tells the count of plan edits of its project, which the sync itself never adds to', async () => {
      await seed(planner, [create(1), create(2)]);
      await seed(planner, [create(3)], { projectId: 'p2' });
      await write(planner, { update: [update(await recordOf(planner, 1), { summary: 'x' })] });
      expect(await planner.beginRun(run(2))).toEqual({ planSeq: 0 });
      await edit(1);
      await edit(2);
      expect(await planner.beginRun(run(3))).toEqual({ planSeq: 2 });
      expect(await planner.beginRun(run(1, { lane: 'notes' }))).toEqual({ planSeq: 2 });
      expect(await planner.beginRun(run(2, { projectId: 'p2' }))).toEqual({ planSeq: 0 });
    });

    it('gives one of many that begin at the same moment the last word', async () => {
      const fences = Array.from({ length: 12 }, (_, i) => i + 1);
      const begun = await Promise.all(fences.map((fence) => planner.beginRun(run(fence))));
      expect(begun[11]).toEqual({ planSeq: 0 });
      const wrote = await Promise.all(
        fences.map((fence) => planner.apply(page({ fence, create: [create(fence)] }))),
      );
      expect(wrote.map(({ result }) => result)).toEqual([...Array(11).fill('stale'), 'stored']);
      expect(externalIds(await planner.pairedInRange('p1', 'task', everything))).toEqual([12]);
    });
  });

  describe('apply', () => {
    it('stores new records with their pair, and changes them', async () => {
      const fields = { summary: '$summary', 'a.b': 1, nested: { $x: [1, { y: null }] } };
      const made = create(7, { fields, parentId: 'parent' });
      expect(await write(planner, { create: [made], fence: 4 })).toEqual(stored);
      const before = await recordOf(planner, 7);
      expect(before).toEqual({
        ...changed,
        id: made.id,
        projectId: 'p1',
        kind: 'task',
        version: 1,
        fields,
        externalId: 7,
        base: made.base,
        parentId: 'parent',
        syncFence: 4,
      });
      const next = { ...update(before, { summary: 'New' }), parentId: 'other' };
      expect(await write(planner, { update: [next], fence: 5 })).toEqual(stored);
      expect(await recordOf(planner, 7)).toEqual({
        ...before,
        version: 2,
        fields: next.fields,
        base: next.base,
        parentId: 'other',
        syncFence: 5,
        changedBy: 'Bob in ConnectWise',
      });
    });

    it('leaves who changed a record and its parent as they are where only the bases move', async () => {
      const [before] = await seed(planner, [create(7, { parentId: 'parent' })]);
      if (!before) throw new Error('not stored');
      const { changed: _changed, ...bases } = update(before, { summary: 'New' });
      await write(planner, { update: [bases] });
      expect(await recordOf(planner, 7)).toMatchObject({ ...changed, parentId: 'parent', version: 2 });
    });

    it('refuses a version that has moved on, and a repeat of its own write', async () => {
      const [read] = await seed(planner, [create(7)]);
      if (!read) throw new Error('not stored');
      await write(planner, { update: [update(read, { summary: 'first' })] });
      const second = page({ update: [update(read, { summary: 'second' })] });
      expect(await planner.apply(second)).toEqual({ result: 'stored', refused: 1 });
      expect(await recordOf(planner, 7)).toMatchObject({ version: 2, fields: { summary: 'first' } });
    });

    it('refuses what a person has edited since it was read', async () => {
      const [read] = await seed(planner, [create(7)]);
      if (!read) throw new Error('not stored');
      await edit(7);
      const over = page({
        update: [update(read, { summary: 'over it' })],
        delete: [{ id: read.id, version: 1, deleted: gone }],
        mark: [{ id: read.id, version: 1, mark: { frozen: { at: day(1) } } }],
      });
      expect(await planner.apply(over)).toEqual({ result: 'stored', refused: 3 });
      const { version, fields, deleted, frozen } = await recordOf(planner, 7);
      expect({ version, fields, deleted, frozen }).toEqual({ version: 2, fields: { summary: 'By hand' } });
    });

    it('makes no second pair of a ConnectWise record, in whatever project, and stores the rest of the page', async () => {
      const [first] = await seed(planner, [create(7)]);
      const again = { projectId: 'p2', create: [create(6), create(7), create(8), create(6)] };
      expect(await write(planner, again)).toEqual({ result: 'stored', refused: 2 });
      expect((await recordOf(planner, 7)).id).toBe(first?.id);
      expect([...(await planner.idsByExternalId('p2', 'task')).keys()].sort()).toEqual([6, 8]);
    });

    it('makes no second record of an id', async () => {
      const [first] = await seed(planner, [create(7)]);
      const again = [create(8, { id: first?.id ?? '' }), create(9)];
      expect(await write(planner, { create: again })).toEqual({ result: 'stored', refused: 1 });
      expect(externalIds(await planner.pairedInRange('p1', 'task', everything))).toEqual([7, 9]);
    });

    it('makes one pair where both lanes create the same page at the same time', async () => {
      const ids = Array.from({ length: 30 }, (_, i) => i + 1);
      const both = (['project', 'notes'] as const).map((lane) =>
        page({ lane, create: ids.map((id) => create(id)) }),
      );
      for (const one of both) await planner.beginRun(one);
      const applied = await Promise.all(both.map((one) => planner.apply(one)));
      const refused = applied.map((one) => (one.result === 'stored' ? one.refused : 'stale'));
      expect(refused.toSorted()).toEqual([0, 30]);
      expect(await planner.countPaired('p1', 'task')).toBe(30);
    });

    it('counts refusals of creations and changes of one page together', async () => {
      const [one, two] = await seed(planner, [create(1), create(2)], { fence: 3 });
      if (!one || !two) throw new Error('not stored');
      const mixed = page({
        fence: 3,
        create: [create(2), create(3)],
        update: [{ ...update(one, { summary: 'x' }), version: 9 }, update(two, { summary: 'changed' })],
      });
      expect(await planner.apply(mixed)).toEqual({ result: 'stored', refused: 2 });
      expect((await recordOf(planner, 2)).fields).toEqual({ summary: 'changed' });
      expect((await recordOf(planner, 3)).version).toBe(1);
    });

    it('stores pages of more than one chunk', async () => {
      const many = Array.from({ length: 1_205 }, (_, i) => create(i + 1));
      const records = await seed(planner, many);
      expect(await planner.countPaired('p1', 'task')).toBe(1_205);
      const updates = records.map((record) => update(record, { summary: 'again' }));
      expect(await planner.apply(page({ update: updates }))).toEqual(stored);
      const versions = (await planner.pairedInRange('p1', 'task', everything)).map(({ version }) => version);
      expect(new Set(versions)).toEqual(new Set([2]));
    });

    it('does nothing for an empty page', async () => {
      expect(await write(planner, {})).toEqual(stored);
    });

    it('writes nothing of a run that has not begun', async () => {
      expect(await planner.apply(page({ create: [create(1)] }))).toEqual(stale);
      expect(await planner.pairedByExternalId('task', [1])).toEqual([]);
    });

    it('writes nothing of any kind once a later run of the lane has begun', async () => {
      const before = await seed(planner, [create(1), create(2), create(3)], { fence: 5 });
      await planner.beginRun(run(6));
      const [one, two, three] = before;
      if (!one || !two || !three) throw new Error('not stored');
      const late: Parameters<typeof page>[0][] = [
        { create: [create(4)] },
        { update: [update(one, { summary: 'late' })] },
        { delete: [{ id: two.id, version: 1, deleted: gone }] },
        { mark: [{ id: three.id, version: 1, mark: { frozen: { at: day(1) } } }] },
      ];
      for (const part of late) expect(await planner.apply(page({ fence: 5, ...part }))).toEqual(stale);
      expect(await planner.pairedByExternalId('task', [1, 2, 3, 4])).toEqual(before);
    });

    it('writes no record of another project: its fence does not compare', async () => {
      const [there] = await seed(planner, [create(1)], { projectId: 'p2' });
      if (!there) throw new Error('not stored');
      const across = await write(planner, { update: [update(there, { summary: 'across' })] });
      expect(across).toEqual({ result: 'stored', refused: 1 });
      expect(await recordOf(planner, 1)).toEqual(there);
    });

    it('sets a fence of its own in each lane', async () => {
      await seed(planner, [create(1)], { fence: 9, lane: 'notes', kind: 'ticketNote' });
      const note = async () => await recordOf(planner, 1, 'ticketNote');
      expect(await note()).toMatchObject({ version: 1, syncFence: 0 });
      const byProject = {
        kind: 'ticketNote',
        fence: 2,
        update: [update(await note(), { text: 'a' })],
      } as const;
      expect(await write(planner, byProject)).toEqual(stored);
      expect(await note()).toMatchObject({ version: 2, syncFence: 2 });
      const byNotes = {
        kind: 'ticketNote',
        lane: 'notes',
        fence: 10,
        update: [update(await note(), { text: 'b' })],
      } as const;
      expect(await write(planner, byNotes)).toEqual(stored);
      expect(await note()).toMatchObject({ version: 3, syncFence: 2, fields: { text: 'b' } });
    });
  });

  describe('marks and tombstones', () => {
    const unsettled = { reason: 'it moved three times', runs: 2 } as const;
    beforeEach(async () => {
      await seed(planner, [create(1), create(2), create(3)]);
    });
    const marked = async (externalId: number, mark: PlanMark['mark']) => {
      const { id, version } = await recordOf(planner, externalId);
      return await write(planner, { mark: [{ id, version, mark }] });
    };
    const bury = async (externalId: number) => {
      const { id, version } = await recordOf(planner, externalId);
      return await write(planner, { delete: [{ id, version, deleted: gone }] });
    };

    it('set one field, raise the version, and are found', async () => {
      const before = await recordOf(planner, 1);
      expect(await marked(1, { unsettled })).toEqual(stored);
      expect(await recordOf(planner, 1)).toEqual({ ...before, version: 2, unsettled });
      expect(await marked(1, { frozen: { at: day(1) } })).toEqual(stored);
      const both = { ...before, version: 3, unsettled, frozen: { at: day(1) } };
      expect(await planner.unsettled('p1', 'task')).toEqual([both]);
      expect(await planner.frozen('p1', 'task')).toEqual([both]);
      expect(await planner.frozen('p1', 'phase')).toEqual([]);
      expect(await planner.unsettled('p2', 'task')).toEqual([]);
      expect(await marked(1, { frozen: null })).toEqual(stored);
      expect(await recordOf(planner, 1)).toEqual({ ...before, version: 4, unsettled });
      expect(await planner.frozen('p1', 'task')).toEqual([]);
    });

    it('go with an update, a frozen one that was answered too', async () => {
      await marked(1, { unsettled });
      await marked(1, { frozen: { at: day(1) } });
      await planner.approveFrozen('p1', ann);
      await bury(2);
      const both = [await recordOf(planner, 1), await recordOf(planner, 2)];
      await write(planner, { update: both.map((one) => update(one, { summary: 'back' })) });
      for (const id of [1, 2]) {
        const { unsettled, frozen, deleted, fields } = await recordOf(planner, id);
        expect({ unsettled, frozen, deleted, fields }).toEqual({ fields: { summary: 'back' } });
      }
    });

    it('a tombstone keeps its pair and is shown to a run that looks for it, with no other marks', async () => {
      await marked(2, { unsettled });
      await marked(2, { frozen: { at: day(1) } });
      const { unsettled: _unsettled, frozen: _frozen, ...before } = await recordOf(planner, 2);
      expect(await bury(2)).toEqual(stored);
      const buried = { ...before, version: 4, deleted: gone };
      expect(await recordOf(planner, 2)).toEqual(buried);
      expect(await planner.pairedInRange('p1', 'task', { after: 1, to: 2 })).toEqual([buried]);
      expect(await write(planner, { create: [create(2)] })).toEqual({ result: 'stored', refused: 1 });
    });

    it('a tombstone is shown nowhere else', async () => {
      await edit(2);
      const phases = await seed(planner, [create(9)], { kind: 'phase' });
      const deleted = phases.map(({ id, version }) => ({ id, version, deleted: gone }));
      await write(planner, { kind: 'phase', delete: deleted });
      await bury(2);
      // However it came by them.
      await marked(2, { unsettled });
      await marked(2, { frozen: { at: day(1) } });
      expect(await planner.phases('p1')).toEqual([]);
      const { tasks, total } = await planner.tasks('p1', { offset: 0, limit: 10 });
      expect([externalIds(tasks).toSorted(), total]).toEqual([[1, 3], 2]);
      expect(await planner.counts('p1')).toMatchObject({ task: 2, phase: 0 });
      expect([...(await planner.idsByExternalId('p1', 'task')).keys()].toSorted()).toEqual([1, 3]);
      expect(await planner.countPaired('p1', 'task')).toBe(2);
      expect(await planner.editedSince('p1', 'task', 0, { limit: 10 })).toEqual([]);
      expect(await planner.unsettled('p1', 'task')).toEqual([]);
      expect(await planner.frozen('p1', 'task')).toEqual([]);
    });

    it('are counted by period where they are gone from ConnectWise or moved away', async () => {
      const [one, two, three] = await planner.pairedInRange('p1', 'task', everything);
      if (!one || !two || !three) throw new Error('not stored');
      await write(planner, {
        delete: [
          { id: one.id, version: 1, deleted: { ...gone, at: day(3), reason: movedAway } },
          { id: two.id, version: 1, deleted: { ...gone, at: day(5) } },
          { id: three.id, version: 1, deleted: { ...gone, at: day(5), reason: 'deleted in the plan' } },
        ],
      });
      await seed(planner, [create(4)]);
      await seed(planner, [create(5)], { projectId: 'p2' });
      expect(await planner.deletedSince('p1', 'task', day(3))).toEqual({ deleted: 2, live: 1 });
      expect(await planner.deletedSince('p1', 'task', day(4))).toEqual({ deleted: 1, live: 1 });
      expect(await planner.deletedSince('p1', 'task', day(6))).toEqual({ deleted: 0, live: 1 });
      expect(await planner.deletedSince('p1', 'phase', day(1))).toEqual({ deleted: 0, live: 0 });
    });
  });

  describe('what the log says of writes', () => {
    const one = (externalId: number, words: string) => ({ ...create(externalId), line: line(words) });

    it('is stored with those that are stored, and not with those that are refused', async () => {
      const [a, b, c, d, e] = await seed(
        planner,
        [1, 2, 3, 4, 5].map((id) => create(id)),
      );
      if (!a || !b || !c || !d || !e) throw new Error('not stored');
      await write(planner, { update: [update(b, { summary: 'meanwhile' })] });
      const unsettled = { unsettled: { reason: 'r', runs: 1 } };
      const applied = await write(planner, {
        create: [one(6, 'made'), one(1, 'taken')],
        update: [
          { ...update(a, { summary: 'x' }), line: line('updated') },
          { ...update(b, { summary: 'y' }), line: line('too late') },
          update(e, { summary: 'without a word' }),
        ],
        delete: [{ id: c.id, version: 1, deleted: gone, line: line('deleted') }],
        mark: [
          { id: d.id, version: 1, mark: unsettled, line: line('marked') },
          { id: 'none', version: 1, mark: unsettled, line: line('nowhere') },
        ],
        lines: [line('of all')],
      });
      expect(applied).toEqual({ result: 'stored', refused: 3 });
      expect(await rig.lines()).toEqual(['deleted', 'made', 'marked', 'of all', 'updated']);
      expect(await recordOf(planner, 6)).not.toHaveProperty('line');
      expect(await recordOf(planner, 1)).not.toHaveProperty('line');
    });

    it('is nothing where a later run has begun, or where a later one wrote the record', async () => {
      const [a] = await seed(planner, [create(1)], { fence: 3 });
      if (!a) throw new Error('not stored');
      const late = { ...update(a, { summary: 'x' }), line: line('late') };
      expect(await planner.apply(page({ fence: 2, update: [late], lines: [line('of all')] }))).toEqual(stale);
      const elsewhere = { ...update(a, { summary: 'x' }), line: line('elsewhere') };
      expect(await write(planner, { projectId: 'p2', update: [elsewhere] })).toEqual({
        ...stored,
        refused: 1,
      });
      expect(await rig.lines()).toEqual([]);
    });

    it('of a move is stored with it', async () => {
      const [a] = await seed(planner, [create(1)]);
      if (!a) throw new Error('not stored');
      expect(await planner.move(page({}), { ...a, version: 7 }, 'p2', line('not moved'))).toBe(false);
      expect(await planner.move(page({}), a, 'p2', line('moved'))).toBe(true);
      expect(await rig.lines()).toEqual(['moved']);
    });

    it('of more records than one transaction writes is all of it, and once what is said of all', async () => {
      const many = Array.from({ length: 1_001 }, (_, n) => one(n + 1, 'made'));
      await write(planner, { create: many, lines: [line('of all')] });
      expect(await rig.lines()).toHaveLength(1_002);
    });
  });

  describe('what stood on tasks that a run took out', () => {
    const due = (page = { limit: 9 } as { after?: string; limit: number }) =>
      planner.tasksLeavingChildren('p1', page);
    const bury = async (externalId: number, reason: 'gone from ConnectWise' | 'deleted in the plan') => {
      const { id, version } = await recordOf(planner, externalId);
      await write(planner, { delete: [{ id, version, deleted: { ...gone, reason } }] });
      return id;
    };

    it('is to be judged until a run says that it did, of each project by itself', async () => {
      await seed(planner, [create(1), create(2), create(3)]);
      await seed(planner, [create(4)], { projectId: 'p2' });
      expect(await due()).toEqual([]);
      const ids = [await bury(1, 'gone from ConnectWise'), await bury(2, 'gone from ConnectWise')].toSorted();
      expect(await due()).toEqual(ids);
      const [first, second] = ids;
      expect(await due({ limit: 1 })).toEqual([first]);
      expect(await due({ after: first ?? '', limit: 9 })).toEqual([second]);
      expect(await planner.tasksLeavingChildren('p2', { limit: 9 })).toEqual([]);
      expect(await planner.childrenJudged(page({}), [first ?? ''])).toBe(true);
      expect(await due()).toEqual([second]);
      expect(await planner.childrenJudged(page({ projectId: 'p2' }), ids)).toBe(true);
      await planner.beginRun(page({ fence: 2 }));
      expect(await planner.childrenJudged(page({ fence: 1 }), ids)).toBe(false);
      expect(await due()).toEqual([second]);
      expect(await recordOf(planner, 1)).not.toHaveProperty('childrenDue');
    });

    it('is not of those that a person deleted, that came back, or that were restored', async () => {
      await seed(planner, [create(1), create(2), create(3)]);
      await bury(1, 'deleted in the plan');
      await bury(2, 'gone from ConnectWise');
      const third = await bury(3, 'gone from ConnectWise');
      await write(planner, { update: [update(await recordOf(planner, 2), { summary: 'back' })] });
      expect(await due()).toEqual([third]);
      await planner.restore('p1', 'task', third, ann, day(3));
      expect(await due()).toEqual([]);
    });

    it('are the live paired records of that kind', async () => {
      const [one, two] = await seed(planner, [create(1), create(2)]);
      if (!one || !two) throw new Error('not stored');
      const parentId = one.id;
      const event = { kind: 'event' } as const;
      const [dead] = await seed(
        planner,
        [create(11, { parentId }), create(13, { parentId }), create(12, { parentId })],
        event,
      );
      await seed(planner, [create(14, { parentId: two.id }), create(15)], event);
      await seed(planner, [create(16, { parentId })], { kind: 'timeLog' });
      await write(planner, { ...event, delete: [{ id: dead?.id ?? '', version: 1, deleted: gone }] });
      expect(await planner.childrenOf('p1', 'event', [one.id])).toEqual([12, 13]);
      expect(await planner.childrenOf('p1', 'event', [one.id, two.id])).toEqual([12, 13, 14]);
      expect(await planner.childrenOf('p2', 'event', [one.id])).toEqual([]);
      expect(await planner.childrenOf('p1', 'event', [])).toEqual([]);
    });
  });

  describe('move', () => {
    it('takes what belongs to a task along, tombstones included, and begins its fences again', async () => {
      const [task] = await seed(planner, [create(1), create(2)], { fence: 7 });
      if (!task) throw new Error('not stored');
      const child = { parentId: task.id };
      const kinds = ['event', 'timeLog', 'ticketNote'] as const;
      for (const kind of kinds) {
        await seed(planner, [create(1, child), create(2, { parentId: 'other' })], { kind, fence: 7 });
      }
      const event = await recordOf(planner, 1, 'event');
      const dead = { id: event.id, version: 1, deleted: gone };
      await write(planner, { kind: 'event', fence: 7, delete: [dead] });

      expect(await planner.move(run(7), task, 'p2')).toBe(true);
      expect(await recordOf(planner, 1)).toEqual({ ...task, projectId: 'p2', version: 2, syncFence: 0 });
      for (const kind of kinds) {
        expect(await recordOf(planner, 1, kind)).toMatchObject({ projectId: 'p2', syncFence: 0 });
        expect(await recordOf(planner, 2, kind)).toMatchObject({ projectId: 'p1', syncFence: 7, version: 1 });
      }
      expect(await recordOf(planner, 1, 'event')).toMatchObject({ version: 3, deleted: gone });
      expect(await recordOf(planner, 2)).toMatchObject({ projectId: 'p1', version: 1 });
      const there = {
        projectId: 'p2',
        fence: 1,
        update: [update(await recordOf(planner, 1), { summary: 'p2' })],
      };
      expect(await write(planner, there)).toEqual(stored);
    });

    it('is done by a run of either project', async () => {
      const [task] = await seed(planner, [create(1)], { fence: 7 });
      if (!task) throw new Error('not stored');
      await planner.beginRun(run(2, { projectId: 'p2' }));
      expect(await planner.move(run(2, { projectId: 'p2' }), task, 'p2')).toBe(true);
      expect(await recordOf(planner, 1)).toMatchObject({ projectId: 'p2', syncFence: 0 });
    });

    it('is not done by a run that is stale, nor of a record that somebody wrote or moved since', async () => {
      const [task] = await seed(planner, [create(1)], { fence: 7 });
      if (!task) throw new Error('not stored');
      await seed(planner, [create(5, { parentId: task.id })], { kind: 'event', fence: 7 });
      expect(await planner.move(run(6), task, 'p2')).toBe(false);
      expect(await planner.move(run(1, { projectId: 'p2' }), task, 'p2')).toBe(false);
      expect(await planner.move(run(7), { ...task, version: 2 }, 'p2')).toBe(false);
      expect(await planner.move(run(7), { ...task, projectId: 'p3' }, 'p2')).toBe(false);
      expect(await recordOf(planner, 1)).toEqual(task);
      expect(await recordOf(planner, 5, 'event')).toMatchObject({ projectId: 'p1', version: 1 });
      // Nothing that was not done is counted.
      expect(await planner.beginRun(run(2, { projectId: 'p2' }))).toEqual({ planSeq: 0 });
    });

    it('lets an edit that was not read yet be read in the other project, whose count is another', async () => {
      await seed(planner, [create(1), create(2)]);
      await seed(planner, [create(3)], { projectId: 'p2' });
      await edit(1);
      for (let i = 0; i < 4; i += 1) await edit(3);
      const begun = await planner.beginRun(run(2, { projectId: 'p2' }));
      await planner.move(run(1), await recordOf(planner, 1), 'p2');
      await planner.move(run(1), await recordOf(planner, 2), 'p2');
      const unread = await planner.editedSince('p2', 'task', begun?.planSeq ?? 0, { limit: 9 });
      expect(externalIds(unread)).toEqual([1]);
      expect(await recordOf(planner, 2)).not.toHaveProperty('planSeq');
    });
  });

  describe('reading', () => {
    it('gives the pairs of a range, without its start and with its end, in order of external id', async () => {
      await seed(
        planner,
        [5, 1, 4, 2, 3].map((id) => create(id)),
      );
      await seed(planner, [create(6)], { projectId: 'p2' });
      const range = async (after: number, to: number) =>
        externalIds(await planner.pairedInRange('p1', 'task', { after, to }));
      expect(await range(1, 4)).toEqual([2, 3, 4]);
      expect(await range(0, Number.MAX_SAFE_INTEGER)).toEqual([1, 2, 3, 4, 5]);
      expect(await range(5, 6)).toEqual([]);
    });

    it('gives of a range only what belongs to the parents that were named', async () => {
      const made = ['a', 'b', 'a', 'c'].map((parentId, i) => create(i + 1, { parentId }));
      await seed(planner, [...made, create(5)], { kind: 'event' });
      const of = async (...parents: string[]) =>
        externalIds(await planner.pairedInRange('p1', 'event', { after: 1, to: 9 }, parents));
      expect(await of('a', 'c')).toEqual([3, 4]);
      expect(await of('b')).toEqual([2]);
      expect(await of()).toEqual([]);
    });

    it('finds pairs by external id in every project, of one kind', async () => {
      await seed(planner, [create(1)]);
      await seed(planner, [create(2)], { projectId: 'p2' });
      await seed(planner, [create(3)], { kind: 'phase' });
      const found = await planner.pairedByExternalId('task', [1, 2, 3, 4]);
      expect(found.map(({ externalId, projectId }) => [externalId, projectId]).sort()).toEqual([
        [1, 'p1'],
        [2, 'p2'],
      ]);
      expect(await planner.pairedByExternalId('task', [])).toEqual([]);
    });

    it('knows the plan ids of a project by external id', async () => {
      const made = [create(1), create(2)];
      await seed(planner, made, { kind: 'phase' });
      await seed(planner, [create(3)], { kind: 'phase', projectId: 'p2' });
      expect(await planner.idsByExternalId('p1', 'phase')).toEqual(
        new Map(made.map((one) => [one.externalId, one.id])),
      );
      expect(await planner.countPaired('p1', 'phase')).toBe(2);
    });

    it('orders by wbs code as people count, 1.2 before 1.10, and those without a code last', async () => {
      const codes = ['1.10', null, '2', '1.2', '10', '1', '1.2.1'];
      const made = codes.map((wbsCode, i) => create(i + 1, { fields: { wbsCode } }));
      await seed(planner, made, { kind: 'phase' });
      await seed(
        planner,
        made.map((one) => ({ ...one, id: randomUUID() })),
      );
      const inOrder = ['1', '1.2', '1.2.1', '1.10', '2', '10', null];
      expect((await planner.phases('p1')).map(({ fields }) => fields.wbsCode)).toEqual(inOrder);
      const { tasks } = await planner.tasks('p1', { offset: 0, limit: 50 });
      expect(tasks.map(({ fields }) => fields.wbsCode)).toEqual(inOrder);
    });

    it('moves a record whose wbs code changed, on either side', async () => {
      const codes = ['1', '2', '3'];
      await seed(
        planner,
        codes.map((wbsCode, i) => create(i + 1, { fields: { wbsCode } })),
      );
      const order = async () => externalIds((await planner.tasks('p1', { offset: 0, limit: 50 })).tasks);
      await write(planner, { update: [update(await recordOf(planner, 1), { wbsCode: '4' })] });
      expect(await order()).toEqual([2, 3, 1]);
      await edit(2, { wbsCode: '5' });
      expect(await order()).toEqual([3, 1, 2]);
    });

    it('gives tasks in pages that join without gap or repeat, also where codes are the same', async () => {
      await seed(
        planner,
        Array.from({ length: 7 }, (_, i) => create(i + 1, { fields: { wbsCode: '1' } })),
      );
      const ids: (number | undefined)[] = [];
      for (const offset of [0, 3, 6, 9]) {
        const { tasks, total } = await planner.tasks('p1', { offset, limit: 3 });
        expect(total).toBe(7);
        ids.push(...externalIds(tasks));
      }
      expect(ids.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    });

    it('keeps the kinds apart', async () => {
      for (const kind of planKinds) {
        expect(await write(planner, { kind, create: [create(1)] })).toEqual(stored);
        expect(await planner.pairedByExternalId(kind, [1])).toMatchObject([{ kind, externalId: 1 }]);
      }
      const one = Object.fromEntries(planKinds.map((kind) => [kind, 1]));
      expect(await planner.counts('p1')).toEqual(one);
      expect(await planner.counts('p2')).toEqual(Object.fromEntries(planKinds.map((kind) => [kind, 0])));
    });
  });
});
