/** What the clock and the scout ask for, against a real MongoDB server. */
import { describe, expect, it } from 'vitest';
import { noCounts } from '../support/make-sync-task.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import {
  ann,
  byClock,
  coolDownMs,
  eachTestHasAQueue,
  finishedLink,
  forced,
  leaseMs,
  noRight,
  Queue,
  unavailable,
} from './sync-task-rig.ts';

let fresh: FreshDatabase;
let queue: Queue;
eachTestHasAQueue((made, database) => {
  queue = made;
  fresh = database;
});

const minute = 60_000;
const hour = 60 * minute;
const schedule = {
  comprehensiveMs: 4 * hour,
  miscMs: 4 * hour,
  scoutMs: minute,
  notesMs: 5 * minute,
  comprehensiveRequestsPerSecond: 4,
};
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** From the server's time of the last write, in milliseconds. */
async function inMs(id: string, field: 'clockAt' | 'lateAt' | 'wakeAt'): Promise<number | undefined> {
  const raw = await queue.raw(id);
  const at = raw[field];
  return at && at.getTime() - raw.serverTime.getTime();
}

async function setTurn(id: string, agoMs: number): Promise<void> {
  const { serverTime } = await queue.raw(id);
  const clockAt = new Date(serverTime.getTime() - agoMs);
  await fresh.db.collection<{ _id: string }>('sync_tasks').updateOne({ _id: id }, { $set: { clockAt } });
}

describe('the first turn of a project', () => {
  it('is somewhere in the interval, always the same for an id, and asks for nothing', async () => {
    const ids: string[] = [];
    for (const _ of times(40, () => 0)) ids.push(await queue.linked());
    expect((await queue.raw(ids[0] ?? '')).clockAt).toBeUndefined();
    expect(await queue.tasks.tick(schedule)).toEqual({
      comprehensives: 0,
      aged: 0,
      intervalMs: schedule.comprehensiveMs,
    });
    const turns: number[] = [];
    for (const id of ids) {
      expect(await queue.raw(id)).toMatchObject({ want: 1 });
      turns.push((await inMs(id, 'clockAt')) ?? -1);
    }
    const late = turns.filter((turn) => turn > schedule.comprehensiveMs / 2).length;
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...turns)).toBeLessThanOrEqual(schedule.comprehensiveMs + minute);
    expect(late).toBeGreaterThan(8);
    expect(late).toBeLessThan(32);
  });

  it('is reckoned anew where it is enabled again, with when it would be late', async () => {
    const id = await queue.idle();
    await queue.tasks.tick(schedule);
    const { clockAt } = await queue.raw(id);
    await queue.tasks.disable(id, ann);
    queue.advance(90 * 24 * hour);
    await queue.tasks.enable(id, ann);
    const enabled = await queue.raw(id);
    expect(enabled).not.toHaveProperty('clockAt');
    expect(enabled).not.toHaveProperty('lateAt');
    expect(await queue.tasks.tick(schedule)).toMatchObject({ comprehensives: 0 });
    const ticked = await queue.raw(id);
    expect(ticked.clockAt?.getTime()).toBeGreaterThan((clockAt?.getTime() ?? 0) + 80 * 24 * hour);
    expect(ticked.lateAt?.getTime()).toBeGreaterThan(enabled.serverTime.getTime() + 7 * hour);
  });
});

describe('a comprehensive turn', () => {
  it('asks for a comprehensive sync by the clock, and the next comes after the interval, a tenth more or less', async () => {
    const ids: string[] = [];
    for (const _ of times(20, () => 0)) ids.push(await queue.idle());
    await queue.tasks.tick(schedule);
    for (const id of ids) await setTurn(id, 1_000);
    expect(await queue.tasks.tick(schedule)).toMatchObject({ comprehensives: 20 });
    const next: number[] = [];
    for (const id of ids) {
      expect(await queue.raw(id)).toMatchObject({
        state: 'requested',
        want: 2,
        kinds: ['comprehensive'],
        prio: 0,
        forceNow: false,
      });
      next.push((await inMs(id, 'clockAt')) ?? -1);
    }
    expect(Math.min(...next)).toBeGreaterThanOrEqual(0.9 * schedule.comprehensiveMs - 1);
    expect(Math.max(...next)).toBeLessThanOrEqual(1.1 * schedule.comprehensiveMs + 1);
    expect(new Set(next).size).toBeGreaterThan(15);
    expect(await queue.tasks.tick(schedule)).toMatchObject({ comprehensives: 0 });
  });

  it('is taken by one of many processes', async () => {
    const id = await queue.idle();
    await queue.tasks.tick(schedule);
    await setTurn(id, 1_000);
    const ticks = await Promise.all(times(8, () => queue.tasks.tick(schedule)));
    expect(ticks.map(({ comprehensives }) => comprehensives).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    expect((await queue.raw(id)).want).toBe(2);
  });

  it('keeps to the cool-down and to a back-off, and counts as any trigger during a run', async () => {
    const cooling = await queue.idle({ inCoolDown: true });
    const { task: failing, lease } = await queue.syncing();
    await queue.tasks.failToRetry(lease, unavailable, { delayMs: 90_000, countsAttempt: true });
    const { task: running } = await queue.syncing();
    await queue.tasks.tick(schedule);
    const before = await queue.raw(failing.id);
    for (const id of [cooling, failing.id, running.id]) await setTurn(id, 1_000);
    await queue.tasks.tick(schedule);
    const cooled = await queue.raw(cooling);
    expect(cooled).toMatchObject({ state: 'requested', wakeAt: cooled.coolUntil });
    expect(await queue.raw(failing.id)).toMatchObject({ want: 2, wakeAt: before.wakeAt });
    expect(await queue.raw(running.id)).toMatchObject({
      state: 'syncing',
      want: 2,
      next: 0,
      kinds: ['comprehensive'],
    });
  });

  it('is not that of a project that is not active, or of another integration', async () => {
    const disabled = await queue.idle();
    const other = new Queue(fresh.db);
    const foreign = await other.idle();
    await queue.tasks.tick(schedule);
    await other.tasks.tick(schedule);
    await setTurn(disabled, hour);
    await setTurn(foreign, hour);
    await queue.tasks.disable(disabled, ann);
    const before = [await queue.raw(disabled), await other.raw(foreign)];
    expect(await queue.tasks.tick(schedule)).toMatchObject({ comprehensives: 0 });
    expect([await queue.raw(disabled), await other.raw(foreign)]).toEqual(before);
  });

  it('comes later where all together would cost more than their share', async () => {
    const { lease } = await queue.syncing();
    await queue.completed(lease, { counts: { ...noCounts, requests: 992 } });
    await queue.linked();
    const stopped = await queue.linked();
    await queue.tasks.disable(stopped, ann);
    const tight = { ...schedule, comprehensiveMs: minute, comprehensiveRequestsPerSecond: 10 };
    // 992 and 8 for the one that was never read.
    expect(await queue.tasks.tick(tight)).toMatchObject({ intervalMs: 100_000 });
    expect(await queue.tasks.tick({ ...tight, comprehensiveMs: hour })).toMatchObject({ intervalMs: hour });
  });
});

describe('late', () => {
  it('is a project without a success in two intervals of the last turn', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.tick(schedule);
    await queue.completed(lease);
    expect(await inMs(task.id, 'lateAt')).toBe(2 * schedule.comprehensiveMs);
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    const { lateAt } = await queue.raw(task.id);
    await queue.tasks.failToPerson(second.lease, noRight);
    expect((await queue.raw(task.id)).lateAt).toEqual(lateAt);
  });

  it('is said of none that the clock does not know yet, and of no own task', async () => {
    const { lease } = await queue.syncing();
    expect(await queue.completed(lease)).not.toHaveProperty('lateAt');
    await queue.tasks.ensureOwnTasks();
    await queue.tasks.tick(schedule);
    const scout = await queue.claimed(undefined, 'w', 'scout');
    expect(await queue.completed(scout.lease)).not.toHaveProperty('lateAt');
  });
});

describe("a turn of the integration's own tasks", () => {
  const own = (kind: 'misc' | 'scout' | 'notes') => queue.taskId(kind);
  async function finishOwn(kind: 'misc' | 'scout' | 'notes'): Promise<void> {
    const { lease } = await queue.claimed(own(kind), 'w', kind);
    await queue.completed(lease);
  }

  it('comes after the interval of each, and asks once', async () => {
    await queue.tasks.ensureOwnTasks();
    await queue.tasks.tick(schedule);
    expect(await queue.raw(own('notes'))).toMatchObject({ state: 'requested', want: 1, kinds: ['delta'] });
    for (const kind of ['misc', 'scout', 'notes'] as const) await finishOwn(kind);
    await queue.tasks.tick(schedule);
    for (const kind of ['misc', 'scout', 'notes'] as const)
      expect((await queue.raw(own(kind))).state).toBe('idle');
    queue.advance(minute + 1_000);
    await Promise.all([queue.tasks.tick(schedule), queue.tasks.tick(schedule)]);
    expect(await queue.raw(own('scout'))).toMatchObject({
      state: 'requested',
      want: 2,
      kinds: ['delta'],
      prio: 0,
    });
    expect((await queue.raw(own('notes'))).state).toBe('idle');
    queue.advance(5 * minute);
    await queue.tasks.tick(schedule);
    expect(await queue.raw(own('notes'))).toMatchObject({ state: 'requested', want: 2 });
    queue.advance(4 * hour);
    await queue.tasks.tick(schedule);
    expect(await queue.raw(own('misc'))).toMatchObject({
      state: 'requested',
      want: 2,
      kinds: ['comprehensive'],
    });
    expect(await inMs(own('misc'), 'clockAt')).toBe(schedule.miscMs);
  });

  it('does nothing to a scout or notes that is not idle, and counts for misc', async () => {
    await queue.tasks.ensureOwnTasks();
    await queue.tasks.tick(schedule);
    await queue.claimed(own('notes'), 'w', 'notes');
    queue.advance(5 * hour);
    const before = [await queue.raw(own('scout')), await queue.raw(own('notes'))];
    await queue.tasks.tick(schedule);
    expect([await queue.raw(own('scout')), await queue.raw(own('notes'))]).toEqual(before);
    expect(await queue.raw(own('misc'))).toMatchObject({ want: 2 });
    await finishOwn('scout');
    await queue.tasks.tick(schedule);
    expect(await queue.raw(own('scout'))).toMatchObject({ state: 'requested', want: 2 });
  });
});

describe('ageing', () => {
  it('puts what has been due for ten minutes in line with changes, and never with people', async () => {
    const id = await queue.linked();
    queue.advance(9 * minute);
    const younger = await queue.linked();
    expect(await queue.tasks.tick(schedule)).toMatchObject({ aged: 0 });
    queue.advance(2 * minute);
    const before = await queue.raw(id);
    expect(await queue.tasks.tick(schedule)).toMatchObject({ aged: 1 });
    const after = await queue.raw(id);
    expect(after).toMatchObject({ prio: 1, want: 1, wakeAt: before.wakeAt, kinds: before.kinds });
    expect((await queue.raw(younger)).prio).toBe(0);
    queue.advance(5 * hour);
    await queue.tasks.tick({ ...schedule, comprehensiveMs: 99 * hour });
    expect((await queue.raw(id)).prio).toBe(1);
  });

  it('shortens no cool-down, and leaves a run alone', async () => {
    const cooling = await queue.idle({ inCoolDown: true });
    await queue.tasks.trigger(cooling, byClock);
    const { wakeAt } = await queue.raw(cooling);
    const { task } = await queue.syncing();
    queue.advance(coolDownMs + 5 * minute);
    expect(await queue.tasks.tick(schedule)).toMatchObject({ aged: 0 });
    expect(await queue.raw(cooling)).toMatchObject({ prio: 0, wakeAt });
    expect((await queue.raw(task.id)).prio).toBe(0);
  });
});

describe('changes that the scout saw', () => {
  const cw = (seconds: number) => new Date(Date.UTC(2026, 0, 5, 12, 0, seconds));
  const margin = 5_000;
  const changed = async (externalId: number, lastUpdated: Date) =>
    (await queue.tasks.triggerChanged([{ externalId, lastUpdated }], margin)).triggered;

  /** Its last run began to read at `cw(100)`. */
  async function read(externalId: number): Promise<string> {
    const { task, lease } = await queue.syncing({ externalId });
    await queue.completed(lease, { readStart: cw(100) });
    queue.advance(coolDownMs + 1_000);
    return task.id;
  }

  it('trigger a delta where the last completed run began to read before them, or hardly later', async () => {
    const id = await read(7);
    const before = await queue.raw(id);
    expect(await changed(7, cw(94))).toBe(0);
    expect(await queue.raw(id)).toEqual(before);
    expect(await changed(7, cw(95))).toBe(1);
    expect(await queue.raw(id)).toMatchObject({ state: 'requested', want: 2, kinds: ['delta'], prio: 1 });
  });

  it('are held against the run in hand where that has begun to read', async () => {
    const id = await read(7);
    await queue.tasks.trigger(id, byClock);
    const { lease } = await queue.claimed(id);
    expect(await changed(7, cw(150))).toBe(1);
    await queue.tasks.heartbeat(lease, { readStart: cw(200) });
    expect(await changed(7, cw(150))).toBe(0);
    expect(await changed(7, cw(196))).toBe(1);
    expect(await queue.raw(id)).toMatchObject({ state: 'syncing', want: 4, next: 1, kinds: ['delta'] });
  });

  it('are held against the last completed run again where the one in hand failed', async () => {
    const id = await read(7);
    await queue.tasks.trigger(id, byClock);
    const { lease } = await queue.claimed(id);
    await queue.tasks.heartbeat(lease, { readStart: cw(200) });
    await queue.tasks.failToPerson(lease, noRight);
    expect(await changed(7, cw(150))).toBe(1);
  });

  it('always trigger where nothing is known of any run', async () => {
    await queue.syncing({ externalId: 7 });
    expect(await changed(7, cw(0))).toBe(1);
  });

  it('are done with, whatever was seen of them again, once a run began later', async () => {
    const id = await read(7);
    expect(await changed(7, cw(120))).toBe(1);
    const { lease } = await queue.claimed(id);
    await queue.completed(lease, { readStart: cw(130) });
    expect(await changed(7, cw(120))).toBe(0);
  });

  it('count each project once by its latest, and name whom nobody knows', async () => {
    const id = await read(7);
    await read(8);
    const answer = await queue.tasks.triggerChanged(
      [
        { externalId: 7, lastUpdated: cw(300) },
        { externalId: 99, lastUpdated: cw(300) },
        { externalId: 7, lastUpdated: cw(1) },
        { externalId: 8, lastUpdated: cw(1) },
        { externalId: 99, lastUpdated: cw(301) },
        { externalId: 98, lastUpdated: cw(1) },
      ],
      margin,
    );
    expect(answer).toEqual({ triggered: 1, unknown: [99, 98] });
    expect((await queue.raw(id)).want).toBe(2);
    expect(await queue.tasks.triggerChanged([], margin)).toEqual({ triggered: 0, unknown: [] });
  });

  it.each(['disable', 'archive', 'disconnect'] as const)(
    'of a project after a %s are known and trigger nothing',
    async (how) => {
      const id = await read(7);
      await queue.tasks[how](id, ann);
      const before = await queue.raw(id);
      const answer = await queue.tasks.triggerChanged([{ externalId: 7, lastUpdated: cw(300) }], margin);
      expect(answer).toEqual({ triggered: 0, unknown: [] });
      expect(await queue.raw(id)).toEqual(before);
    },
  );

  it('trigger the task that was imported again, and not the one that was disconnected', async () => {
    const old = await read(7);
    await queue.tasks.disconnect(old, ann);
    const again = await read(7);
    expect(await changed(7, cw(300))).toBe(1);
    expect([(await queue.raw(old)).state, (await queue.raw(again)).state]).toEqual(['idle', 'requested']);
  });

  it('are no matter of own tasks or of another integration', async () => {
    await queue.tasks.ensureOwnTasks();
    await new Queue(fresh.db).linked({ externalId: 7 });
    const answer = await queue.tasks.triggerChanged(
      [
        { externalId: 0, lastUpdated: cw(300) },
        { externalId: 7, lastUpdated: cw(300) },
      ],
      margin,
    );
    expect(answer).toEqual({ triggered: 0, unknown: [0, 7] });
  });
});

describe('a trigger of all', () => {
  it('asks every active project, or those of a board, and nobody else', async () => {
    const a = await queue.linked({ board: 'Same name', boardId: 7 });
    const b = await queue.linked({ board: 'Same name', boardId: 8 });
    const stopped = await queue.linked({ board: 'Same name', boardId: 7 });
    await queue.tasks.disable(stopped, ann);
    await queue.tasks.ensureOwnTasks();
    const foreign = new Queue(fresh.db);
    const other = await foreign.linked();
    const wanted = { kinds: ['comprehensive'], prio: 1 } as const;
    expect(await queue.tasks.triggerAll(wanted, 7)).toBe(1);
    expect(await queue.tasks.triggerAll(wanted)).toBe(2);
    const wants = [];
    for (const id of [a, b, stopped, queue.taskId('misc'), other]) wants.push((await queue.raw(id)).want);
    expect(wants).toEqual([3, 2, 1, 1, 1]);
    expect(await queue.raw(b)).toMatchObject({ prio: 1, kinds: ['comprehensive'] });
  });

  it('asks those whose board nobody knows yet, until a run has told it; one on no board is on none of them', async () => {
    const { lease, task } = await queue.syncing();
    const without = await queue.linked({ board: null, boardId: null });
    const wanted = { kinds: ['comprehensive'], prio: 1 } as const;
    expect(await queue.tasks.triggerAll(wanted, 7)).toBe(1);
    expect(await queue.raw(task.id)).toMatchObject({ want: 2 });
    const link = { ...finishedLink, boardId: 8 };
    expect(await queue.completed(lease, { link })).toMatchObject({ link: { boardId: 8 } });
    expect(await queue.tasks.triggerAll(wanted, 7)).toBe(0);
    expect(await queue.tasks.triggerAll(wanted, 8)).toBe(1);
    expect(await queue.raw(without)).toMatchObject({ want: 1, link: { boardId: null } });
  });
});

it('forgets no turn while a run of the project is lost', async () => {
  const { task } = await queue.syncing();
  await queue.tasks.tick(schedule);
  await setTurn(task.id, 1_000);
  queue.advance(leaseMs + 1_000);
  await queue.tasks.tick(schedule);
  const second = await queue.claimed(task.id);
  expect(second.task.claimed).toMatchObject({ want: 2, kinds: ['comprehensive'] });
  expect(await queue.completed(second.lease, { link: finishedLink })).toMatchObject({
    state: 'idle',
    done: 2,
  });
});
