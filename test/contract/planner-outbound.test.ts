/** What writing to ConnectWise keeps in the plan: each rule on the plan in memory and on the one in MongoDB. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlanKind, PlanRecord } from '../../src/domain/plan.ts';
import type { PlanMark, PlanNew, Planner, PlanPair } from '../../src/ports/planner.ts';
import {
  ann,
  create,
  day,
  line,
  type PlannerRig,
  page,
  plannerRigs,
  recordOf,
  seed,
  update,
  write,
} from './planner-rig.ts';

const delta = { kinds: ['delta'], prio: 2 } as const;
const stored = { result: 'stored', refused: 0 } as const;
const refusedOne = { result: 'stored', refused: 1 } as const;
const rejected = { at: day(4), fields: { summary: { value: 'x', words: 'Too long.' } } };
const intent = { at: day(4), naturalKey: '$order desks' };
const gone = { at: day(1), by: 'cwsync', reason: 'gone from ConnectWise' } as const;

describe.each(plannerRigs())('the plan $name', (rigs) => {
  let rig: PlannerRig;
  let planner: Planner;
  afterAll(() => rigs.end());
  beforeEach(async () => {
    rig = await rigs.make();
    planner = rig.planner;
  });

  async function seedOne(externalId: number, kind: PlanKind = 'task'): Promise<PlanRecord> {
    const [record] = await seed(planner, [create(externalId)], { kind });
    if (!record) throw new Error('not stored');
    return record;
  }
  const make = (part: Partial<PlanNew> = {}) =>
    planner.create(
      {
        ...{ kind: 'task', id: randomUUID(), projectId: 'p1', fields: { summary: '$new' } },
        ...{ by: ann, at: day(2), ...part },
      },
      delta,
    );
  async function made(part: Partial<PlanNew> = {}): Promise<PlanRecord> {
    const answer = await make(part);
    if (answer.result !== 'stored') throw new Error('not stored');
    return answer.record;
  }
  async function now({ kind, id }: PlanRecord): Promise<PlanRecord> {
    const [record] = await planner.recordsById(kind, [id]);
    if (!record) throw new Error(`no record ${id}`);
    return record;
  }
  async function mark(record: PlanRecord, one: PlanMark['mark']): Promise<PlanRecord> {
    const { id, version, kind, projectId } = await now(record);
    expect(await write(planner, { kind, projectId, mark: [{ id, version, mark: one }] })).toEqual(stored);
    return await now(record);
  }
  async function remove(record: PlanRecord): Promise<PlanRecord> {
    await planner.edit({ ...(await now(record)), change: 'delete', by: ann, at: day(2) }, delta);
    return await now(record);
  }
  const pairOf = ({ id, version }: PlanRecord, externalId: number): PlanPair => {
    const fields = { summary: `as made ${externalId}`, wbsCode: '1' };
    return { id, version, externalId, fields, base: { psa: fields, plan: fields } };
  };
  const ids = (records: readonly PlanRecord[]) => records.map(({ id }) => id);
  const edits = async () => (await planner.beginRun(page({ lane: 'notes' })))?.planSeq;

  it('a record made in the plan is stored, counted and asked for at once; an id that is there is taken', async () => {
    await rig.link('p1');
    const record = await made({ parentId: 'parent' });
    const { id } = record;
    expect(record).toEqual({
      ...{ id, kind: 'task', projectId: 'p1', parentId: 'parent', version: 1, fields: { summary: '$new' } },
      ...{ syncFence: 0, planSeq: 1, changedAt: day(2), changedBy: 'Ann' },
    });
    expect(await now(record)).toEqual(record);
    expect(await planner.editedSince('p1', 'task', 0, { limit: 9 })).toEqual([record]);
    expect(await make({ id, fields: {} })).toEqual({ result: 'taken' });
    expect(await now(record)).toEqual(record);
    expect(await edits()).toBe(1);
    expect(await rig.asked('p1')).toEqual({ times: 1, kinds: ['delta'] });
  });

  it('one that is made many times at once is made once; one in a project that does not sync is made', async () => {
    await rig.link('p1', 'disabled');
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 4 }, () => make({ id })));
    expect(answers.map(({ result }) => result).toSorted()).toEqual(['stored', 'taken', 'taken', 'taken']);
    expect(await edits()).toBe(1);
  });

  it('records are listed by id in pages, live ones of one project or all, and read by id, dead ones too', async () => {
    const [a, b, c] = [await seedOne(1), await made(), await made({ projectId: 'p2' })];
    const dead = await remove(await seedOne(2));
    await made({ kind: 'phase' });
    expect(ids(await planner.list('task', { limit: 9 }))).toEqual([a.id, b.id, c.id].toSorted());
    const [first, second] = [a.id, b.id].toSorted();
    expect(ids(await planner.list('task', { projectId: 'p1', limit: 1 }))).toEqual([first]);
    const rest = { projectId: 'p1', after: first ?? '', limit: 9 };
    expect(ids(await planner.list('task', rest))).toEqual([second]);
    const read = await planner.recordsById('task', [dead.id, c.id, 'none']);
    expect(ids(read).toSorted()).toEqual([dead.id, c.id].toSorted());
    expect(await planner.recordsById('phase', [a.id])).toEqual([]);
  });

  it('marks are set and taken away, raise the version, and are found', async () => {
    const before = await made();
    const both = { ...before, version: 3, syncFence: 1, intent, rejected };
    await mark(before, { intent });
    expect(await mark(before, { rejected })).toEqual(both);
    expect(await planner.openIntents('p1', 'task')).toEqual([both]);
    expect(await planner.openIntents('p2', 'task')).toEqual([]);
    expect(await planner.openIntents(null, 'task')).toEqual([both]);
    expect(await planner.rejectedIn('p1', 9)).toEqual([both]);
    const phase = await mark(await made({ kind: 'phase' }), { rejected });
    expect(ids(await planner.rejectedIn('p1', 9)).toSorted()).toEqual([before.id, phase.id].toSorted());
    expect(await planner.rejectedIn('p1', 1)).toHaveLength(1);
    expect(await planner.openIntents('p1', 'phase')).toEqual([]);
    expect(await planner.rejectedIn('p2', 9)).toEqual([]);
    const sent = { summary: '$x' };
    expect(await mark(before, { sent })).toEqual({ ...both, version: 4, sent });
    await mark(before, { intent: null });
    expect(await mark(before, { rejected: null })).toEqual({ ...before, version: 6, syncFence: 1, sent });
    await mark(before, { rejected });
    await mark(before, { intent });
    const gone = await remove(before);
    // What may be in ConnectWise is looked for, also where nobody wants it any more, and where somebody does again.
    expect(await planner.openIntents('p1', 'task')).toEqual([gone]);
    expect(ids(await planner.rejectedIn('p1', 9))).toEqual([phase.id]);
    await planner.restore('p1', 'task', before.id, ann, day(5));
    expect((await planner.openIntents('p1', 'task')).map(({ id, intent: open }) => [id, open])).toEqual([
      [before.id, intent],
    ]);
  });

  it('what there is to do is told by kind, of one project and after one edit, in one answer', async () => {
    const work = async (seq = 0, projectId = 'p1') =>
      Object.fromEntries(
        Object.entries(
          await planner.openWork(projectId, seq, ['unsettled', 'intent', 'frozen', 'edited', 'buried']),
        ).map(([what, kinds]) => [what, [...kinds]]),
      );
    const nothing = { unsettled: [], intent: [], frozen: [], edited: [], buried: [] };
    expect(await work()).toEqual(nothing);
    const task = await seedOne(1);
    const phase = await seedOne(2, 'phase');
    const event = await seedOne(3, 'event');
    await made({ projectId: 'p2' });
    expect([await work(), await work(0, 'p2')]).toEqual([nothing, { ...nothing, edited: ['task'] }]);
    await mark(task, { unsettled: { reason: 'it moved three times', runs: 2 } });
    await mark(task, { frozen: { at: day(1) } });
    await mark(phase, { intent });
    expect(await work()).toEqual({ ...nothing, unsettled: ['task'], frozen: ['task'], intent: ['phase'] });
    expect(await planner.openWork('p1', 0, ['intent', 'frozen'])).toMatchObject({
      intent: new Set(['phase']),
      frozen: new Set(['task']),
    });
    await remove(event);
    await made();
    expect(await work()).toMatchObject({ edited: ['task'], buried: ['event'] });
    expect([await work(1), await work(2)]).toMatchObject([
      { edited: ['task'], buried: [] },
      { edited: [], buried: [] },
    ]);
    await mark(event, { carried: 'ignored' });
    for (const one of [task, phase]) await remove(one);
    expect(await work()).toEqual({
      ...nothing,
      ...{ edited: ['task'], intent: ['phase'], buried: ['phase', 'task'] },
    });
  });

  it('what waits for a phase or a task is found by it, wherever it is named', async () => {
    const [phase, task] = [await seedOne(1, 'phase'), await seedOne(2)];
    const inside = [
      await made({ kind: 'phase', fields: { parentId: phase.id } }),
      await made({ fields: { phaseId: phase.id } }),
      await made({ kind: 'event', fields: {}, parentId: task.id }),
    ];
    await remove(await made({ fields: { phaseId: phase.id } }));
    await made({ projectId: 'p2', fields: { phaseId: phase.id } });
    await made({ kind: 'projectNote', fields: {} });
    const kinds = ['phase', 'task', 'event', 'timeLog', 'projectNote'] as const;
    const found = await Promise.all(
      kinds.map((kind) => planner.unpairedBelow('p1', kind, [phase.id, task.id])),
    );
    expect(found.flat()).toEqual(ids(inside));
    expect(await planner.unpairedBelow('p1', 'task', [])).toEqual([]);
  });

  it('an update takes away what was sent and carried out, and what is rejected only where it says so', async () => {
    const one = await remove(await seedOne(1));
    await mark(one, { rejected });
    await mark(one, { sent: { summary: 'x' } });
    const next = update(await mark(one, { carried: 'ignored' }), { summary: 'back' });
    await write(planner, { update: [next] });
    const back = await now(one);
    expect(back).toMatchObject({ rejected, fields: { summary: 'back' } });
    for (const name of ['sent', 'carried', 'deleted']) expect(back).not.toHaveProperty(name);
    await write(planner, { update: [{ ...update(back, {}), rejected: null }] });
    expect(await now(one)).not.toHaveProperty('rejected');
    await write(planner, { update: [{ ...update(await now(one), {}), rejected }] });
    expect(await now(one)).toMatchObject({ rejected });
  });

  it('a pair goes to the record as it was read, and takes away what waited for it', async () => {
    const before = await made();
    for (const one of [{ intent }, { rejected }, { unsettled: { reason: 'r', runs: 1 } }]) {
      await mark(before, one);
    }
    const pair = pairOf(await now(before), 7);
    const both = {
      pair: [
        { ...pair, line: line('made') },
        { ...pair, id: 'none', line: line('not') },
      ],
    };
    expect(await write(planner, both)).toEqual(refusedOne);
    expect(await recordOf(planner, 7)).toEqual({ ...before, ...pair, version: 5, syncFence: 1 });
    expect((await planner.glanceAt('task', [7]))[0]?.fingerprint).toBeDefined();
    expect(await rig.lines()).toEqual(['made']);
    expect(await write(planner, { pair: [pair] })).toEqual(refusedOne);
    await planner.beginRun(page({ fence: 2 }));
    const late = page({ pair: [pairOf(await now(before), 8)] });
    expect(await planner.apply(late)).toEqual({ result: 'stale' });
  });

  it('a pair that another record has is refused, and nothing else of the page is', async () => {
    await seedOne(1);
    const [a, b, c] = [await made(), await made(), await made()];
    const taken = { ...pairOf(a, 1), line: line('taken') };
    const twice = { ...pairOf(c, 2), line: line('twice') };
    const all = { create: [create(3), create(1)], pair: [taken, pairOf(b, 2), twice] };
    expect(await write(planner, all)).toEqual({ result: 'stored', refused: 3 });
    expect(await now(a)).toEqual(a);
    expect([(await recordOf(planner, 2)).id, (await recordOf(planner, 3)).version]).toEqual([b.id, 1]);
    expect(await now(c)).toEqual(c);
    expect(await rig.lines()).toEqual([]);
  });

  it('deletions in the plan are shown until a run has seen to them', async () => {
    const [a, b] = [await seedOne(1), await seedOne(2)];
    await remove(a);
    await remove(b);
    await remove(await made());
    const [bare] = await seed(planner, [create(3)]);
    await write(planner, { delete: [{ id: bare?.id ?? '', version: 1, deleted: gone }] });
    const since = async (seq: number, part = {}) =>
      ids(await planner.deletedInPlanSince('p1', 'task', seq, { limit: 9, ...part }));
    const [first, second] = [a.id, b.id].toSorted();
    expect(await since(0)).toEqual([first, second]);
    expect(await since(1)).toEqual([b.id]);
    expect(await since(0, { limit: 1 })).toEqual([first]);
    expect(await since(0, { after: first })).toEqual([second]);
    const base = { psa: { status: '$gone' }, plan: {} };
    const cancelled = await mark(a, { carried: 'cancelled', base });
    expect(cancelled).toMatchObject({ carried: 'cancelled', base, externalId: 1 });
    expect(await since(0)).toEqual([b.id]);
    await mark(b, { sent: { x: 1 } });
    const { externalId: _externalId, base: _base, ...rest } = await now(b);
    const { sent: _sent, ...bared } = rest;
    const deleted = { ...bared, version: 4, carried: 'deleted', formerExternalId: 2 };
    expect(await mark(b, { carried: 'deleted' })).toEqual(deleted);
    expect(await since(0)).toEqual([]);
    // The cancelled one is still there, and keeps its pair for good.
    await planner.purgeTombstones(day(28));
    expect(ids(await planner.recordsById('task', [a.id, b.id]))).toEqual([a.id]);
  });

  it('what is restored is to be made again; what is kept is not; what is released has no past', async () => {
    const one = await remove(await seedOne(1));
    for (const part of [{ rejected }, { intent }, { carried: 'deleted' }] as const) await mark(one, part);
    await planner.restore('p1', 'task', one.id, ann, day(3));
    const restored = await now(one);
    for (const name of ['carried', 'rejected', 'deleted', 'externalId']) {
      expect(restored).not.toHaveProperty(name);
    }
    expect(restored).toMatchObject({ intent });
    const two = await seedOne(2);
    for (const part of [{ sent: {} }, { frozen: { at: day(1) } }]) await mark(two, part);
    await planner.detachFrozen('p1', ann, day(3));
    expect(await now(two)).toMatchObject({ keptHere: true, formerExternalId: 2 });
    expect(await now(two)).not.toHaveProperty('sent');
    await remove(two);
    await planner.restore('p1', 'task', two.id, ann, day(3));
    expect(await now(two)).not.toHaveProperty('keptHere');
    const three = await seedOne(3);
    for (const part of [{ sent: {} }, { rejected }, { intent }]) await mark(three, part);
    expect(await planner.move(page({}), await now(three), 'p2')).toBe(true);
    expect(await now(three)).toMatchObject({ projectId: 'p2', sent: {}, rejected, intent });
    await planner.releasePairs('task', [three.id]);
    for (const name of ['sent', 'rejected', 'intent']) expect(await now(three)).not.toHaveProperty(name);
  });
});
