import { afterEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/app/sync/run.ts';
import { type Outcome, runTask } from '../../src/app/sync/run-task.ts';
import { syncProject } from '../../src/app/sync/sync-project.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { type Failure, type FailureCode, FailureError, failureRules } from '../../src/domain/failure.ts';
import type { TaskKind } from '../../src/domain/sync-task.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds, noScope, RecordingLogger } from '../support/recording-logger.ts';
import { syncRig } from '../support/sync-rig.ts';

const leaseMs = 60_000;
const shutdown = new AbortController();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function rig(given: Parameters<typeof makeSyncTask>[0] = {}, tookOver = false) {
  const project = syncRig();
  const { clock } = project;
  const logger = new RecordingLogger();
  const reported: Failure[] = [];
  const begun: Run[] = [];
  /** What the circuit says, and what an own task comes to. */
  const world = {
    circuit: async (): Promise<boolean> => false,
    own: async (_run: Run): Promise<Outcome> => ({ watermarks: {} }),
  };
  const own = (run: Run): Promise<Outcome> => {
    begun.push(run);
    return world.own(run);
  };
  const ended: Parameters<Metrics['runEnded']>[0][] = [];
  const deps = {
    ...project.deps,
    logScope: noScope,
    metrics: { runEnded: (run: (typeof ended)[number]) => void ended.push(run) },
    runs: {
      project: (run: Run) => {
        begun.push(run);
        return syncProject(project.deps, run);
      },
      misc: own,
      scout: own,
      notes: own,
    },
    gate: new FakeGate(() => clock.now()),
    circuit: {
      report: (failure: Failure) => {
        reported.push(failure);
        return world.circuit();
      },
    },
    logger,
    leaseMs,
    toFailure: failureClassifier(countingIds()),
  };
  const claimed = {
    result: 'claimed',
    task: makeSyncTask({ state: 'syncing', ...given }),
    lease: { taskId: 't:p1', fence: 3 },
    tookOver,
  } as const;
  const run = (signal: AbortSignal = shutdown.signal) => runTask(deps, claimed, signal);
  return { ...project, logger, reported, begun, ended, world, claimed, run, deps };
}

test('a run that succeeds completes, with what it did in the log', async () => {
  const { psa, tasks, log, claimed, clock, run } = rig();
  await run();
  expect(tasks.ended).toMatchObject([
    {
      how: 'completed',
      lease: claimed.lease,
      finished: {
        mode: 'delta',
        runId: 'id-1',
        counts: { created: 6, requests: psa.asked.length },
        link: { projectName: 'Office move' },
        watermarks: { plan: 0, psa: { ticket: new Date('2026-01-05T09:00:00Z') } },
        readStart: new Date('2026-01-05T09:00:00Z'),
      },
    },
  ]);
  expect(tasks.ended[0]).not.toHaveProperty('finished.refused');
  expect(log.all.filter(({ action }) => action === 'finished')).toMatchObject([
    { severity: 'info', message: 'Delta sync of “Office move” finished: 6 created', mode: 'delta' },
  ]);
  expect(clock.sleepers).toBe(0);
});

test.each([
  [{ code: 'cw.unavailable' }, { action: 'failed', severity: 'warning', code: 'cw.unavailable' }],
  [{ code: 'cw.rejected' }, { action: 'failed', severity: 'error', code: 'cw.rejected' }],
  [undefined, { action: 'finished', severity: 'info' }],
] as const)('its end says how long it took, and why it failed: %j', async (failure, line) => {
  const { deps, claimed, clock, log } = rig();
  const project = async (): Promise<Outcome> => {
    await clock.advance(1_234);
    if (failure) throw new FailureError(failure);
    return { watermarks: {} };
  };
  await runTask({ ...deps, runs: { ...deps.runs, project } }, claimed, shutdown.signal);
  expect(log.all.at(-1)).toMatchObject({ ...line, durationMs: 1_234, mode: 'delta', projectId: 'p1' });
});

describe('what a run reads', () => {
  const claim = { want: 1, prio: 1, forceNow: false, suspects: [] } as const;
  test.each([
    ['delta', ['delta'], true],
    ['comprehensive', ['comprehensive'], true],
    ['comprehensive', ['delta', 'comprehensive'], true],
    ['comprehensive', ['delta'], false],
  ] as const)('%s: asked for %j, synced before: %s', async (mode, kinds, syncedBefore) => {
    const { lastSync, ...neverSynced } = makeSyncTask({ claimed: { ...claim, kinds } });
    const { deps, claimed, begun } = rig();
    const task = syncedBefore && lastSync ? { ...neverSynced, lastSync } : neverSynced;
    await runTask(deps, { ...claimed, task }, shutdown.signal);
    expect(begun).toMatchObject([{ mode, fence: 3 }]);
  });
});

describe('kinds that may not be read', () => {
  test('are said one by one with the end of the run, which completes', async () => {
    const { tasks, psa, log, run } = rig();
    psa.forbidden.add('timeEntry');
    psa.forbidden.add('projectNote');
    await run();
    expect(tasks.ended).toMatchObject([
      { how: 'completed', finished: { attention: { code: 'cw.permission', entity: 'timeEntry' } } },
    ]);
    const said = log.all.filter(({ severity }) => severity === 'error');
    expect(said).toMatchObject([{ action: 'skipped' }, { action: 'skipped' }]);
    expect(said.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^Time entries of “.+” were left as they are: the right to read them is missing/u,
      ),
      expect.stringMatching(
        /^Project notes of “.+” were left as they are: the right to read them is missing/u,
      ),
    ]);
  });
});

describe("the integration's own tasks", () => {
  const changes = (run: Run) => {
    run.tally.created = 2;
    return Promise.resolve({ watermarks: {} });
  };
  test.each([
    ['scout', false, []],
    ['notes', false, []],
    ['misc', false, ['“Office move”: nothing changed']],
    ['scout', true, ['“Office move”: 2 created']],
    ['notes', true, ['“Office move”: 2 created']],
    ['misc', true, ['“Office move”: 2 created']],
  ] as const)('%s, something changed: %s', async (kind: TaskKind, changed, messages) => {
    const { tasks, log, begun, world, run } = rig({ kind, projectId: kind });
    if (changed) world.own = changes;
    await run();
    expect(begun).toMatchObject([{ mode: 'delta', task: { kind } }]);
    expect(tasks.ended).toMatchObject([{ how: 'completed', finished: { mode: 'delta' } }]);
    expect(log.all.map(({ message }) => message)).toEqual(messages);
    expect(log.all.some((entry) => 'projectId' in entry || 'mode' in entry)).toBe(false);
  });
});

describe('a fault of the whole integration', () => {
  test('that a person must mend: handed back, and told by the circuit alone', async () => {
    const { tasks, psa, log, world, reported, run } = rig();
    world.circuit = async () => true;
    psa.beforeRequest = () => Promise.reject(new FailureError({ code: 'cw.auth' }));
    await run();
    expect(reported).toEqual([{ code: 'cw.auth' }]);
    expect(tasks.ended).toMatchObject([{ how: 'handed back', lease: { fence: 3 } }]);
    expect(log.all).toEqual([]);
  });

  test('that heals itself: the run is tried again after a while', async () => {
    const { tasks, psa, world, run } = rig();
    world.circuit = async () => true;
    psa.beforeRequest = () => Promise.reject(new FailureError({ code: 'cw.unavailable' }));
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'retried', failure: { code: 'cw.unavailable' } }]);
  });

  test('a shutdown while the circuit is asked hands the task back', async () => {
    const { tasks, psa, clock, world, log, run } = rig();
    const stopping = new AbortController();
    psa.beforeRequest = () => Promise.reject(new FailureError({ code: 'cw.unavailable' }));
    world.circuit = async () => {
      stopping.abort(new Error('shutting down'));
      await clock.advance(leaseMs / 4);
      psa.calls.at(-1)?.signal.throwIfAborted();
      return false;
    };
    await run(stopping.signal);
    expect(tasks.ended).toMatchObject([{ how: 'handed back' }]);
    expect(log.actions()).not.toContain('failed');
  });
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
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { level: 'error', fields: { reference: 'id-1', err: { message: 'password hunter2' } } },
    ]);
  });

  test('where the store fails, the run rejects and leaves no clock behind', async () => {
    const { tasks, clock, logger, ended, run } = rig();
    tasks.complete = () => Promise.reject(new Error('no database'));
    tasks.failToRetry = () => Promise.reject(new Error('no database either'));
    await expect(run()).rejects.toThrow('no database either');
    expect(logger.messages()).toContain('run could not be recorded');
    expect(ended).toEqual([]);
    expect(clock.sleepers).toBe(0);
  });
});

describe('what is counted of a run', () => {
  type Rig = ReturnType<typeof rig>;
  const fails = (code: FailureCode) => (r: Rig) => {
    r.psa.beforeRequest = () => Promise.reject(new FailureError({ code }));
  };
  test.each<[string, TaskKind, (rig: Rig) => void, string, string]>([
    ['that completes', 'project', () => {}, 'delta', 'completed'],
    ['of the integration itself', 'scout', () => {}, 'scout', 'completed'],
    ['that heals itself', 'project', fails('cw.unavailable'), 'delta', 'retry'],
    ['that a person must mend', 'project', fails('cw.rejected'), 'delta', 'needs_attention'],
    [
      'that the circuit stops',
      'project',
      (r) => {
        fails('cw.auth')(r);
        r.world.circuit = async () => true;
      },
      'delta',
      'handed_back',
    ],
    [
      'whose lease has run out',
      'project',
      ({ tasks }) => {
        tasks.complete = async () => false;
      },
      'delta',
      'lost',
    ],
  ])('%s', async (_name, kind, given, mode, result) => {
    const all = rig({ kind });
    given(all);
    const { clock, run, ended, logger, psa } = all;
    const { beforeRequest } = psa;
    psa.beforeRequest = async (...asked) => {
      await clock.advance(250);
      await beforeRequest?.(...asked);
    };
    await run();
    const durationMs = kind === 'scout' ? 0 : expect.any(Number);
    expect(ended).toEqual([{ mode, result, durationMs }]);
    if (kind === 'project') expect(ended[0]?.durationMs).toBeGreaterThanOrEqual(250);
    expect(logger.lines.at(-1)).toEqual({ level: 'debug', message: 'run ended', fields: ended[0] });
  });
});

describe('losses', () => {
  test.each([1, 2])('%i in a row: said so, and run again', async (lost) => {
    const { tasks, log, run } = rig({ lost, attempts: lost }, true);
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'completed' }]);
    expect(log.actions().filter((action) => action === 'taken up again')).toHaveLength(1);
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
      if (what === 'list phase') stopping.abort(new Error('shutting down'));
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
      if (what !== 'list ticket') return;
      tasks.onHeartbeat = async () => 'lost';
      await clock.advance(leaseMs / 4);
      throw new FailureError({ code: 'cw.unavailable' });
    };
    await run();
    expect(tasks.ended).toEqual([]);
  });

  test('a claim whose answer was on its way for as long as that is not begun upon', async () => {
    const { tasks, psa, clock, claimed, deps } = rig();
    const late = { ...claimed, askedAtMs: clock.monotonicMs() - leaseMs };
    await runTask(deps, late, new AbortController().signal);
    expect(psa.calls.filter(({ signal }) => !signal.aborted)).toEqual([]);
    expect(tasks.ended).toMatchObject([{ how: 'handed back' }]);
  });

  test('an unconfirmed lease aborts the request and is handed back where that still works', async () => {
    const { tasks, psa, clock, run } = rig();
    psa.beforeRequest = async (what) => {
      if (what !== 'list ticket') return;
      tasks.onHeartbeat = () => Promise.reject(new Error('no database'));
      await clock.advance(leaseMs);
      psa.calls.at(-1)?.signal.throwIfAborted();
    };
    await run();
    expect(tasks.ended).toMatchObject([{ how: 'handed back' }]);
  });
});
