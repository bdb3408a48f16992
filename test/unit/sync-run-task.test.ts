import { afterEach, describe, expect, test } from 'vitest';
import { runTask } from '../../src/app/sync/run-task.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { type FailureCode, FailureError, failureRules } from '../../src/domain/failure.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';
import { syncRig } from '../support/sync-rig.ts';

const leaseMs = 60_000;
const shutdown = new AbortController();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function rig(given: Parameters<typeof makeSyncTask>[0] = {}, tookOver = false) {
  const project = syncRig();
  const tasks = new FakeSyncTasks();
  const logger = new RecordingLogger();
  const toFailure = failureClassifier(countingIds());
  const deps = { ...project.deps, tasks, logger, leaseMs, toFailure };
  const claimed = {
    result: 'claimed',
    task: makeSyncTask({ state: 'syncing', ...given }),
    lease: { taskId: 't:p1', fence: 3 },
    tookOver,
  } as const;
  const run = (signal: AbortSignal = shutdown.signal) => runTask(deps, claimed, signal);
  return { ...project, tasks, logger, claimed, run, deps };
}

test('a run that succeeds completes, with what it did in the log', async () => {
  const { tasks, log, claimed, clock, run } = rig();
  await run();
  expect(tasks.ended).toMatchObject([
    {
      how: 'completed',
      lease: claimed.lease,
      finished: { mode: 'comprehensive', counts: { created: 6 }, link: { projectName: 'Office move' } },
    },
  ]);
  expect(log.all.at(-1)).toMatchObject({
    action: 'finished',
    severity: 'info',
    message: expect.stringMatching(/finished: 6 created$/u),
  });
  expect(clock.sleepers).toBe(0);
});

test('records that ConnectWise does not show any more are a warning with what it means', async () => {
  const { tasks, psa, log, run } = rig();
  await run();
  psa.ticketsShown = [];
  await run();
  expect(log.all.at(-1)).toMatchObject({ action: 'finished', severity: 'warning' });
  expect(log.all.at(-1)?.message).toContain('3 no longer in ConnectWise, kept in the plan');
  expect(tasks.ended).toHaveLength(2);
});

describe('failures', () => {
  test.each(Object.keys(failureRules) as FailureCode[])('%s', async (code) => {
    const { tasks, psa, log, clock, run } = rig({ attempts: 1 });
    psa.beforeRequest = () => Promise.reject(new FailureError({ code }));
    await run();
    const { heals, next, side } = failureRules[code];
    const [ended] = tasks.ended;
    expect(ended?.how).toBe(heals === 'no' ? 'to a person' : 'retried');
    if (ended?.how === 'retried') {
      expect(ended.retry).toEqual({
        action: 'retry',
        delayMs: 10_000,
        countsAttempt: code !== 'cw.rate-limited',
      });
    }
    const entry = log.all.at(-1);
    expect(entry).toMatchObject({ action: 'failed', next });
    expect(entry?.severity).toBe(heals === 'yes' ? 'warning' : 'error');
    expect(entry?.message).toContain(`(${code}, ${side})`);
    expect(clock.sleepers).toBe(0);
  });

  test('the pause that ConnectWise asks for is kept', async () => {
    const { tasks, psa, run } = rig();
    psa.beforeRequest = () =>
      Promise.reject(new FailureError({ code: 'cw.rate-limited', retryAfterMs: 77_000 }));
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'retried', retry: { delayMs: 77_000, countsAttempt: false } }]);
  });

  test('what nobody foresaw is internal, and its text goes nowhere that people read', async () => {
    const { tasks, psa, log, logger, run } = rig();
    psa.beforeRequest = () => Promise.reject(new Error('password hunter2'));
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'retried', failure: { code: 'internal', reference: 'id-1' } }]);
    expect(JSON.stringify([tasks.ended, log.all])).not.toContain('hunter2');
    // The operator finds the error itself under the id that people are shown.
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { reference: 'id-1', err: { message: 'password hunter2' } } },
    ]);
  });

  test('where the store fails, the run rejects and leaves no clock behind', async () => {
    const { tasks, clock, run } = rig();
    tasks.complete = () => Promise.reject(new Error('no database'));
    tasks.failToRetry = () => Promise.reject(new Error('no database either'));
    await expect(run()).rejects.toThrow('no database either');
    expect(clock.sleepers).toBe(0);
  });
});

describe('losses', () => {
  test.each([1, 2])('%i in a row: said so, and run again', async (lost) => {
    const { tasks, log, run } = rig({ lost, attempts: lost }, true);
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'completed' }]);
    expect(log.all[0]).toMatchObject({ action: 'taken up again', severity: 'warning' });
  });

  test.each([3, 4])('%i in a row: not run, but backed off', async (lost) => {
    const { tasks, psa, planner, run } = rig({ lost, attempts: lost }, true);
    await run();
    expect(tasks.ended).toMatchObject([
      { how: 'retried', failure: { code: 'sync.lost' }, retry: { delayMs: 2_500 * 2 ** (lost + 1) } },
    ]);
    expect(psa.calls).toEqual([]);
    expect(planner.records).toEqual([]);
  });
});

describe('letting go', () => {
  test('at a shutdown the task is handed back, and nothing is logged as failed', async () => {
    const { tasks, psa, log, run } = rig();
    const stopping = new AbortController();
    psa.beforeRequest = (what) => {
      if (what === 'phases') stopping.abort(new Error('shutting down'));
    };
    await run(stopping.signal);
    expect(tasks.ended).toMatchObject([{ how: 'handed back', lease: { fence: 3 } }]);
    expect(log.actions()).not.toContain('failed');
  });

  test('a project that was disabled meanwhile is handed back', async () => {
    const { tasks, run } = rig();
    tasks.onHeartbeat = async () => 'disabled';
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'handed back' }]);
  });

  test('a lost lease is not given back: it is somebody else’s by now', async () => {
    const { tasks, planner, log, run } = rig();
    tasks.onHeartbeat = async () => 'lost';
    await run();
    expect(tasks.ended).toEqual([]);
    expect(planner.records).toEqual([]);
    expect(log.actions()).not.toContain('failed');
  });

  test('a lease lost during a request is no failure of ConnectWise', async () => {
    const { tasks, psa, clock, run } = rig();
    psa.beforeRequest = async (what) => {
      if (what !== 'tickets') return;
      tasks.onHeartbeat = async () => 'lost';
      await clock.advance(leaseMs / 4);
      throw new FailureError({ code: 'cw.unavailable' });
    };
    await run();
    expect(tasks.ended).toEqual([]);
  });

  test('an unconfirmed lease aborts the request and is handed back where that still works', async () => {
    const { tasks, psa, clock, run } = rig();
    psa.beforeRequest = async (what) => {
      if (what !== 'tickets') return;
      tasks.onHeartbeat = () => Promise.reject(new Error('no database'));
      await clock.advance(leaseMs);
      psa.calls.at(-1)?.signal.throwIfAborted();
    };
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'handed back' }]);
  });
});
