import { afterEach, describe, expect, test } from 'vitest';
import { runWorker } from '../../src/app/sync/worker.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import type { Claimed } from '../../src/ports/sync-task-store.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';
import { syncRig } from '../support/sync-rig.ts';

const pollMs = 2_000;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function claim(n: number): Claimed {
  const task = makeSyncTask({ id: `t:p${n}`, projectId: `p${n}`, state: 'syncing' });
  return { result: 'claimed', task, lease: { taskId: task.id, fence: n }, tookOver: false };
}

/** A worker whose runs wait inside ConnectWise until the test lets them go on, in the order they came. */
function rig(slots: number, random = 0.5) {
  const project = syncRig();
  const tasks = new FakeSyncTasks();
  const logger = new RecordingLogger();
  const shutdown = new AbortController();
  const held: (() => void)[] = [];
  project.psa.beforeRequest = (what) =>
    what === 'project' ? new Promise<void>((resolve) => held.push(resolve)) : undefined;
  const ids = countingIds(random);
  const deps = { ...project.deps, ids, tasks, logger, leaseMs: 60_000, toFailure: failureClassifier(ids) };
  let over = false;
  const start = (): void => {
    const options = { owner: 'worker-1', slots, pollMs, shutdown: shutdown.signal };
    const ended = runWorker(deps, options).then(() => {
      over = true;
    });
    stops.push(async () => {
      shutdown.abort(new Error('over'));
      while (!over) {
        for (const release of held.splice(0)) release();
        await project.clock.advance(0);
      }
      await ended;
    });
  };
  const letGo = async (): Promise<void> => {
    held.shift()?.();
    await project.clock.advance(0);
    await project.clock.advance(0);
  };
  return { ...project, tasks, logger, shutdown, held, start, letGo, isOver: () => over };
}

describe('slots', () => {
  test('no more than there are, and a freed one is filled at once', async () => {
    const { tasks, clock, held, start, letGo } = rig(2);
    tasks.claims.push(claim(1), claim(2), claim(3));
    start();
    await clock.advance(10 * pollMs);
    expect(held).toHaveLength(2);
    expect(tasks.claims).toHaveLength(1);
    await letGo();
    expect(tasks.ended).toHaveLength(1);
    expect(tasks.claims).toHaveLength(0);
    expect(held).toHaveLength(2);
  });

  test('the last one takes only what a person waits for', async () => {
    const { tasks, clock, start } = rig(3);
    tasks.claims.push(claim(1), claim(2), claim(3));
    start();
    await clock.advance(0);
    expect(tasks.claimedForPeople.slice(0, 3)).toEqual([false, false, true]);
  });

  test('an expired lease put to rest takes no slot and no wait', async () => {
    const { tasks, clock, held, start } = rig(1);
    tasks.claims.push({ result: 'put-to-rest' }, { result: 'put-to-rest' }, claim(1));
    start();
    await clock.advance(0);
    expect(held).toHaveLength(1);
  });
});

describe('waiting', () => {
  test.each([
    [0, 1_600],
    [0.5, 2_000],
    [0.999, 2_399],
  ])('with nothing due it asks again after the poll, ± 20 %% (%d: %i ms)', async (random, waitMs) => {
    const { tasks, clock, start } = rig(1, random);
    start();
    await clock.advance(waitMs - 1);
    expect(tasks.claimedBy).toHaveLength(1);
    await clock.advance(2);
    expect(tasks.claimedBy).toEqual(['worker-1', 'worker-1']);
  });

  test('it wakes when the next task is due', async () => {
    const { tasks, clock, start } = rig(1);
    tasks.nextWakeAt = atMs(700);
    start();
    await clock.advance(699);
    expect(tasks.claimedBy).toHaveLength(1);
    tasks.now = atMs(700);
    tasks.nextWakeAt = undefined;
    tasks.claims.push(claim(1));
    await clock.advance(1);
    expect(tasks.ended.length + tasks.claimedBy.length).toBeGreaterThan(1);
  });

  test('a task due later than the poll does not put the poll off', async () => {
    const { tasks, clock, start } = rig(1);
    tasks.nextWakeAt = atMs(3_600_000);
    start();
    await clock.advance(pollMs);
    expect(tasks.claimedBy).toHaveLength(2);
  });

  test('a time that is past already does not make it spin', async () => {
    const { tasks, clock, start } = rig(1);
    tasks.nextWakeAt = atMs(-5_000);
    start();
    await clock.advance(10);
    expect(tasks.claimedBy.length).toBeLessThanOrEqual(12);
  });
});

describe('a database that is away', () => {
  test('said once, asked again every poll, and it goes on', async () => {
    const { tasks, clock, held, logger, start } = rig(1);
    tasks.claims.push(new Error('away'), new Error('away'), new Error('away'), claim(1));
    start();
    await clock.advance(3 * pollMs + 1);
    expect(held).toHaveLength(1);
    expect(logger.messages()).toEqual([
      'cannot claim: the database does not answer',
      'database answers again',
    ]);
  });

  test('a run that cannot be recorded frees its slot', async () => {
    const { tasks, clock, held, logger, start, letGo } = rig(1);
    tasks.complete = () => Promise.reject(new Error('away'));
    tasks.failToRetry = () => Promise.reject(new Error('away'));
    tasks.claims.push(claim(1), claim(2));
    start();
    await clock.advance(0);
    await letGo();
    expect(held).toHaveLength(1);
    expect(logger.messages()).toContain('run could not be recorded');
  });
});

describe('shutdown', () => {
  test('claims nothing more, waits for the runs in hand, and they are handed back', async () => {
    const { tasks, clock, shutdown, start, letGo, isOver } = rig(2);
    tasks.claims.push(claim(1), claim(2));
    start();
    await clock.advance(0);
    const asked = tasks.claimedBy.length;
    tasks.claims.push(claim(3));
    shutdown.abort(new Error('shutting down'));
    await clock.advance(10 * pollMs);
    expect(isOver()).toBe(false);
    await letGo();
    expect(isOver()).toBe(false);
    await letGo();
    expect(isOver()).toBe(true);
    expect(tasks.claimedBy).toHaveLength(asked);
    expect(tasks.ended.map(({ how }) => how)).toEqual(['handed back', 'handed back']);
  });

  test('ends at once while it only waits', async () => {
    const { clock, shutdown, start, isOver } = rig(1);
    start();
    await clock.advance(10);
    shutdown.abort(new Error('shutting down'));
    await clock.advance(0);
    expect(isOver()).toBe(true);
    expect(clock.sleepers).toBe(0);
  });
});
