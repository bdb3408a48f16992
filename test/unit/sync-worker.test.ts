import { afterEach, describe, expect, test } from 'vitest';
import { pollingDispatcher } from '../../src/app/sync/polling-dispatcher.ts';
import { type ClaimedTask, runWorker } from '../../src/app/sync/worker.ts';
import type { ClaimLane } from '../../src/ports/sync-task-store.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';

const pollMs = 2_000;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function claim(n: number): ClaimedTask {
  const task = makeSyncTask({ id: `t:p${n}`, projectId: `p${n}`, state: 'syncing' });
  return { result: 'claimed', task, lease: { taskId: task.id, fence: n }, tookOver: false };
}

type Run = {
  readonly id: string;
  readonly shutdown: AbortSignal;
  readonly renewSlot: (() => Promise<boolean>) | undefined;
  end(error?: Error): void;
};

/** A worker whose runs last until the test ends them. */
function rig(given: { total?: number; forPeople?: number; perWorker?: number; random?: number } = {}) {
  const clock = new HandClock();
  const tasks = new FakeSyncTasks();
  const gate = new FakeGate(() => clock.now());
  const logger = new RecordingLogger();
  const shutdown = new AbortController();
  const runs: Run[] = [];
  let over = false;
  const deps = {
    tasks,
    gate,
    clock,
    logger,
    ids: countingIds(given.random ?? 0.5),
    runTask: ({ task }: ClaimedTask, signal: AbortSignal, renewSlot?: () => Promise<boolean>) =>
      new Promise<void>((resolve, reject) => {
        const run: Run = {
          id: task.id,
          shutdown: signal,
          renewSlot,
          end(error) {
            runs.splice(runs.indexOf(run), 1);
            if (error) reject(error);
            else resolve();
          },
        };
        runs.push(run);
      }),
  };
  function start(): void {
    const { total = 4, forPeople = 1, perWorker = total } = given;
    const slots = { total, forPeople, perWorker };
    const dispatcher = pollingDispatcher(deps, pollMs);
    const ended = runWorker(
      { ...deps, dispatcher },
      { owner: 'worker-1', slots, pollMs, shutdown: shutdown.signal },
    ).then(() => {
      over = true;
    });
    stops.push(async () => {
      shutdown.abort(new Error('over'));
      while (!over) {
        for (const run of [...runs]) run.end();
        await clock.advance(0);
      }
      await ended;
    });
  }
  const running = () => runs.map(({ id }) => id);
  /** How often it has looked at the queue. */
  const looks = () => tasks.claimedLanes.filter((lane) => lane === 'projects').length;
  const changed = () => {
    for (const wake of tasks.watchers) wake();
  };
  return { clock, tasks, gate, logger, shutdown, runs, running, looks, changed, start, isOver: () => over };
}

describe('places for projects', () => {
  test('no more than there are, and a freed one is used at once', async () => {
    const { tasks, clock, runs, running, start } = rig({ total: 2, forPeople: 0 });
    tasks.claims.push(claim(1), claim(2), claim(3));
    start();
    await clock.advance(10 * pollMs);
    expect(running()).toEqual(['t:p1', 't:p2']);
    runs[0]?.end();
    await clock.advance(0);
    await clock.advance(0);
    expect(running()).toEqual(['t:p2', 't:p3']);
  });

  test('no more than one worker is to take, own tasks not counted, and a freed one is used at once', async () => {
    const { tasks, clock, runs, running, start } = rig({ perWorker: 1 });
    tasks.claims.push(claim(1), claim(2));
    tasks.ownClaims.scout.push(claim(3));
    start();
    await clock.advance(10 * pollMs);
    expect(running().toSorted()).toEqual(['t:p1', 't:p3']);
    expect(tasks.slotCalls).toHaveLength(1);
    runs.find(({ id }) => id === 't:p1')?.end();
    await clock.advance(0);
    await clock.advance(0);
    expect(running().toSorted()).toEqual(['t:p2', 't:p3']);
  });

  test('one is kept for what a person waits for', async () => {
    const { tasks, clock, start, running } = rig({ total: 3, forPeople: 1 });
    tasks.claims.push(claim(1), claim(2), claim(3), claim(4));
    start();
    await clock.advance(0);
    expect(running()).toEqual(['t:p1', 't:p2', 't:p3']);
    const lanes = tasks.claimedLanes.filter((lane) => lane === 'projects' || lane === 'people');
    expect(lanes).toEqual(['projects', 'projects', 'people']);
  });

  test('is not asked for a person where every project was seen to be at rest', async () => {
    const { tasks, clock, start } = rig();
    start();
    await clock.advance(0);
    expect(tasks.claimedLanes).not.toContain('people');
  });

  test('is taken before the claim and given back when nothing was due', async () => {
    const { tasks, clock, start } = rig();
    const slotsAtClaim: number[] = [];
    const claimed = tasks.claim.bind(tasks);
    tasks.claim = (owner, lane) => {
      if (lane === 'projects') slotsAtClaim.push(tasks.slots.size);
      return claimed(owner, lane);
    };
    start();
    await clock.advance(0);
    expect(slotsAtClaim).toEqual([1]);
    expect(tasks.slots.size).toBe(0);
  });

  test('is given back when the run has ended, however it ended, and when the claim failed', async () => {
    const { tasks, clock, runs, start } = rig();
    tasks.claims.push(claim(1), claim(2), new Error('away'));
    start();
    await clock.advance(0);
    expect(tasks.slots.size).toBe(2);
    runs[0]?.end();
    runs[0]?.end(new Error('away'));
    await clock.advance(0);
    await clock.advance(0);
    expect(tasks.slots.size).toBe(0);
  });

  test('goes to the run as something to renew; the lost one is said to be lost', async () => {
    const { tasks, clock, runs, start } = rig();
    tasks.claims.push(claim(1));
    start();
    await clock.advance(0);
    expect(await runs[0]?.renewSlot?.()).toBe(true);
    tasks.slotsAreKept = false;
    expect(await runs[0]?.renewSlot?.()).toBe(false);
  });

  test('where other processes have them all nothing is claimed, and it asks again every poll', async () => {
    const { tasks, clock, running, start } = rig();
    tasks.slotLimit = 0;
    tasks.claims.push(claim(1));
    start();
    await clock.advance(10 * pollMs);
    expect(running()).toEqual([]);
    expect(tasks.claimedLanes).not.toContain('projects');
    expect(tasks.slotCalls.length).toBeGreaterThanOrEqual(18);
    tasks.slotLimit = 4;
    await clock.advance(pollMs);
    expect(running()).toEqual(['t:p1']);
  });

  test('one that cannot be given back does not stop the worker', async () => {
    const { tasks, clock, running, logger, start } = rig();
    tasks.releaseSlot = () => Promise.reject(new Error('away'));
    start();
    await clock.advance(0);
    tasks.claims.push(claim(1));
    await clock.advance(pollMs);
    expect(running()).toEqual(['t:p1']);
    expect(logger.messages()).toContain('slot could not be given back');
  });

  test('an expired lease put to rest takes no place and no wait', async () => {
    const { tasks, clock, running, start } = rig();
    tasks.claims.push({ result: 'put-to-rest' }, { result: 'put-to-rest' }, claim(1));
    start();
    await clock.advance(0);
    expect(running()).toEqual(['t:p1']);
    expect(tasks.slots.size).toBe(1);
  });
});

describe('the integration’s own tasks', () => {
  const own: readonly Exclude<ClaimLane, 'projects' | 'people'>[] = ['misc', 'scout', 'notes'];

  test('one of each runs beside the projects, without a place', async () => {
    const { tasks, clock, runs, running, start } = rig({ total: 2, forPeople: 0 });
    tasks.claims.push(claim(1), claim(2));
    for (const [i, lane] of own.entries()) tasks.ownClaims[lane].push(claim(10 + i), claim(20 + i));
    start();
    await clock.advance(10 * pollMs);
    expect(running().toSorted()).toEqual(['t:p1', 't:p10', 't:p11', 't:p12', 't:p2']);
    expect(tasks.slots.size).toBe(2);
    const scout = runs.find(({ id }) => id === 't:p11');
    expect(scout?.renewSlot).toBeUndefined();
    scout?.end();
    await clock.advance(0);
    await clock.advance(0);
    expect(running()).toContain('t:p21');
  });
});

describe('the gate', () => {
  test('while it is shut nothing is claimed, and it is looked at once a poll', async () => {
    const { tasks, gate, clock, running, start } = rig();
    await gate.trip({ code: 'cw.unavailable' }, 5_000);
    tasks.claims.push(claim(1));
    tasks.ownClaims.scout.push(claim(2));
    start();
    await clock.advance(10 * pollMs);
    expect(tasks.claimedBy).toEqual([]);
    expect(tasks.slotCalls).toEqual([]);
    expect(gate.reads).toBeLessThanOrEqual(12);
    gate.circuit = undefined;
    await clock.advance(pollMs);
    expect(running()).toHaveLength(2);
  });

  test('switched off is shut too; a change in the queue has it looked at', async () => {
    const { tasks, gate, clock, running, changed, start } = rig();
    gate.enabled = false;
    tasks.claims.push(claim(1));
    start();
    await clock.advance(100);
    expect(running()).toEqual([]);
    gate.enabled = true;
    changed();
    await clock.advance(0);
    expect(running()).toEqual(['t:p1']);
  });
});

describe('waiting', () => {
  test.each([
    [0, 1_600],
    [0.5, 2_000],
    [0.999, 2_399],
  ])('with nothing due it asks again after the poll, ± 20 %% (%d: %i ms)', async (random, waitMs) => {
    const { clock, looks, start } = rig({ random });
    start();
    await clock.advance(waitMs - 1);
    expect(looks()).toBe(1);
    await clock.advance(2);
    expect(looks()).toBe(2);
  });

  test('once the stream of changes has been open for a while it asks every 30 s', async () => {
    const { clock, looks, start } = rig();
    start();
    await clock.advance(3 * pollMs);
    const before = looks();
    await clock.advance(29_000);
    expect(looks()).toBeLessThanOrEqual(before + 1);
    await clock.advance(10 * 60_000);
    expect(looks()).toBeGreaterThanOrEqual(before + 18);
    expect(looks()).toBeLessThanOrEqual(before + 22);
  });

  test('a change in the queue is seen at once', async () => {
    const { tasks, clock, running, changed, start } = rig();
    start();
    await clock.advance(60_000);
    tasks.claims.push(claim(1));
    changed();
    await clock.advance(0);
    expect(running()).toEqual(['t:p1']);
  });

  test('a thousand changes are looked at a few times, and the last of them too', async () => {
    const { tasks, clock, running, looks, changed, start } = rig();
    start();
    await clock.advance(60_000);
    const before = looks();
    for (let n = 0; n < 1_000; n += 1) {
      changed();
      if (n % 10 === 0) await clock.advance(1);
    }
    tasks.claims.push(claim(1));
    changed();
    await clock.advance(60);
    expect(running()).toEqual(['t:p1']);
    expect(looks() - before).toBeLessThanOrEqual(8);
  });

  test('without a stream of changes it polls, says so once, and tries to open it again', async () => {
    const { tasks, clock, logger, looks, start } = rig();
    const watch = tasks.watch.bind(tasks);
    let opened = 0;
    tasks.watch = () => {
      opened += 1;
      return Promise.reject(new Error('not allowed'));
    };
    start();
    await clock.advance(60_000);
    expect(looks()).toBeGreaterThanOrEqual(25);
    expect(opened).toBeGreaterThanOrEqual(25);
    expect(logger.messages()).toEqual(['no stream of changes: polling only']);
    tasks.watch = watch;
    await clock.advance(pollMs);
    expect(tasks.watchers.size).toBe(1);
  });

  test('it wakes when the next task is due', async () => {
    const { tasks, clock, running, start } = rig();
    tasks.nextWakeAt = atMs(700);
    start();
    await clock.advance(699);
    tasks.now = atMs(700);
    tasks.nextWakeAt = undefined;
    tasks.claims.push(claim(1));
    expect(running()).toEqual([]);
    await clock.advance(1);
    expect(running()).toEqual(['t:p1']);
  });

  test('a task due later than the poll does not put the poll off', async () => {
    const { tasks, clock, looks, start } = rig();
    tasks.nextWakeAt = atMs(3_600_000);
    start();
    await clock.advance(pollMs);
    expect(looks()).toBe(2);
  });

  test('a time that is past already does not make it spin', async () => {
    const { tasks, clock, looks, start } = rig();
    tasks.nextWakeAt = atMs(-5_000);
    start();
    await clock.advance(1_000);
    expect(looks()).toBeLessThanOrEqual(42);
  });
});

describe('a database that is away', () => {
  test('said once, asked again every poll, and it goes on', async () => {
    const { tasks, clock, running, logger, start } = rig();
    tasks.claims.push(new Error('away'), new Error('away'), new Error('away'), claim(1));
    start();
    await clock.advance(3 * pollMs + 1);
    expect(running()).toEqual(['t:p1']);
    expect(logger.messages()).toEqual([
      'cannot claim: the database does not answer',
      'database answers again',
    ]);
  });

  test('a gate that cannot be read lets nothing through', async () => {
    const { tasks, gate, clock, start } = rig();
    gate.fault = new Error('away');
    tasks.claims.push(claim(1));
    start();
    await clock.advance(10 * pollMs);
    expect(tasks.claimedBy).toEqual([]);
  });

  test('one lane that fails takes no other with it', async () => {
    const { tasks, clock, running, start } = rig();
    tasks.ownClaims.misc.push(new Error('away'));
    tasks.claims.push(claim(1));
    start();
    await clock.advance(0);
    expect(running()).toEqual(['t:p1']);
  });

  test('a run that cannot be recorded frees its place', async () => {
    const { tasks, clock, runs, running, start } = rig({ total: 1, forPeople: 0 });
    tasks.claims.push(claim(1), claim(2));
    start();
    await clock.advance(0);
    runs[0]?.end(new Error('away'));
    await clock.advance(0);
    await clock.advance(0);
    expect(running()).toEqual(['t:p2']);
  });
});

describe('shutdown', () => {
  test('claims nothing more, tells the runs in hand, and waits for them', async () => {
    const { tasks, clock, shutdown, runs, changed, start, isOver } = rig();
    tasks.claims.push(claim(1), claim(2));
    start();
    await clock.advance(0);
    const asked = tasks.claimedBy.length;
    tasks.claims.push(claim(3));
    tasks.ownClaims.scout.push(claim(4));
    shutdown.abort(new Error('shutting down'));
    changed();
    await clock.advance(10 * pollMs);
    expect(runs.map((run) => run.shutdown.aborted)).toEqual([true, true]);
    expect(isOver()).toBe(false);
    runs[0]?.end();
    await clock.advance(0);
    expect(isOver()).toBe(false);
    runs[0]?.end();
    await clock.advance(0);
    await clock.advance(0);
    expect(isOver()).toBe(true);
    expect(tasks.claimedBy).toHaveLength(asked);
    expect(tasks.slots.size).toBe(0);
  });

  test('ends at once while it only waits', async () => {
    const { clock, tasks, shutdown, start, isOver } = rig();
    start();
    await clock.advance(10);
    shutdown.abort(new Error('shutting down'));
    await clock.advance(0);
    expect(isOver()).toBe(true);
    expect(clock.sleepers).toBe(0);
    expect(tasks.watchers.size).toBe(0);
  });
});
