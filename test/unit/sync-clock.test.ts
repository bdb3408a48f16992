import { afterEach, describe, expect, test } from 'vitest';
import { keepTime } from '../../src/app/sync/clock.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';

const tickMs = 10_000;
const hour = 3_600_000;
const day = 24 * hour;
const schedule = {
  comprehensiveMs: 4 * hour,
  miscMs: 4 * hour,
  scoutMs: 60_000,
  notesMs: 60_000,
  comprehensiveRequestsPerSecond: 4,
};
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function rig(settings: ConstructorParameters<typeof FakeSettingsStore>[0] = {}, random = 1) {
  const clock = new HandClock();
  const tasks = new FakeSyncTasks();
  const log = new FakeLogStore();
  const logger = new RecordingLogger();
  // The database server is a day ahead of this host.
  const gate = new FakeGate(() => new Date(clock.now().getTime() + day));
  const purged: Date[] = [];
  const forgotten: number[] = [];
  const deps = {
    tasks,
    log,
    logger,
    clock,
    gate,
    ids: countingIds(random),
    settings: new FakeSettingsStore(settings),
    planner: {
      purgeTombstones: async (olderThan: Date) => {
        purged.push(olderThan);
        return 0;
      },
    },
    seen: {
      forget: async (olderThanMs: number) => {
        forgotten.push(olderThanMs);
        return 0;
      },
    },
  };
  function start() {
    const shutdown = new AbortController();
    const ended = keepTime(deps, { schedule, tickMs, shutdown: shutdown.signal });
    const stop = async () => {
      shutdown.abort(new Error('over'));
      await ended;
    };
    stops.push(stop);
    return stop;
  }
  return { clock, tasks, log, logger, deps, purged, forgotten, start };
}

describe('turns of the clock', () => {
  test('begin at once, after the integration’s own tasks were made, and go on', async () => {
    const { clock, tasks, start } = rig();
    start();
    await clock.advance(0);
    expect(tasks.ownTasksEnsured).toBe(1);
    expect(tasks.ticks).toEqual([schedule]);
    await clock.advance(60_000);
    expect(tasks.ticks).toHaveLength(7);
    expect(tasks.ownTasksEnsured).toBe(1);
  });

  test('come a little earlier by chance, never later', async () => {
    const { clock, tasks, deps, start } = rig({}, 0);
    start();
    await clock.advance(8 * tickMs);
    expect(tasks.ticks).toHaveLength(11);
    let n = 0;
    deps.ids.random = () => {
      n += 1;
      return (n * 0.618) % 1;
    };
    for (let turns = 0; turns < 20; turns += 1) {
      const before = tasks.ticks.length;
      await clock.advance(tickMs);
      expect(tasks.ticks.length).toBeGreaterThan(before);
    }
  });

  test('end at once with the process', async () => {
    const { clock, tasks, start } = rig();
    const stop = start();
    await clock.advance(0);
    await stop();
    await clock.advance(hour);
    expect(tasks.ticks).toHaveLength(1);
    expect(clock.sleepers).toBe(0);
  });
});

describe('once an hour', () => {
  test('projects closed for long are switched off, each with its line', async () => {
    const { clock, tasks, log, start } = rig({ autoDisableDays: 7 });
    const link = {
      projectName: 'Old',
      externalId: 77,
      changed: {
        by: { id: 'cwsync', name: 'cwsync' },
        at: atMs(0),
        reason: 'closed in ConnectWise for 7 days',
      },
    };
    tasks.switchedOff.push(makeSyncTask({ projectId: 'p7', link }), makeSyncTask({ projectId: 'p8' }));
    start();
    await clock.advance(59 * 60_000);
    expect(tasks.autoDisables).toEqual([7 * day]);
    expect(log.all).toHaveLength(2);
    expect(log.all[0]).toMatchObject({
      action: 'disabled',
      severity: 'info',
      message: '“Old” was disabled by itself: closed in ConnectWise for 7 days',
      projectId: 'p7',
      externalId: 77,
    });
    await clock.advance(2 * 60_000);
    expect(tasks.autoDisables).toHaveLength(2);
    expect(log.all).toHaveLength(2);
  });

  test('none is where the setting is off', async () => {
    const { clock, tasks, start } = rig({ autoDisableDays: null });
    start();
    await clock.advance(5 * hour);
    expect(tasks.autoDisables).toEqual([]);
  });

  test('what is old is removed, by the database server’s clock', async () => {
    const { clock, log, purged, forgotten, start } = rig({ retentionDays: 10 });
    start();
    await clock.advance(0);
    expect(log.retained).toEqual([atMs(day - 10 * day)]);
    expect(purged).toEqual([atMs(day - 30 * day)]);
    expect(forgotten).toEqual([day]);
    await clock.advance(10 * hour);
    expect(purged).toHaveLength(11);
  });
});

describe('a job that takes very long', () => {
  test('does not hold up the turns of the clock, and is not begun a second time meanwhile', async () => {
    const { clock, tasks, deps, start } = rig();
    let begun = 0;
    const slow = Promise.withResolvers<number>();
    deps.planner.purgeTombstones = async () => {
      begun += 1;
      return await slow.promise;
    };
    start();
    await clock.advance(2 * hour);
    expect(tasks.ticks.length).toBeGreaterThan(700);
    expect(begun).toBe(1);
    slow.resolve(0);
    await clock.advance(hour);
    expect(begun).toBe(2);
  });

  test('is told of a shutdown, and what would come after it is left to the next start', async () => {
    const { clock, log, purged, forgotten, start } = rig();
    const removing = Promise.withResolvers<AbortSignal | undefined>();
    log.retain = async ({ stop }) => {
      removing.resolve(stop);
      await new Promise((resolve) => stop?.addEventListener('abort', resolve, { once: true }));
      return 0;
    };
    const stop = start();
    await clock.advance(0);
    expect((await removing.promise)?.aborted).toBe(false);
    await stop();
    expect([purged, forgotten]).toEqual([[], []]);
    expect(clock.sleepers).toBe(0);
  });
});

describe('a database that is away', () => {
  test('is said once for each job, and what was missed is done when it is back', async () => {
    const { clock, tasks, logger, deps, purged, start } = rig();
    let away = true;
    tasks.onTick = async () => {
      if (away) throw new Error('away');
      return { comprehensives: 0, aged: 0, intervalMs: 1 };
    };
    deps.settings.read = async () => {
      if (away) throw new Error('away');
      return { ...(await new FakeSettingsStore().read()) };
    };
    start();
    await clock.advance(10 * tickMs);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
    expect(purged).toEqual([]);
    away = false;
    await clock.advance(tickMs);
    expect(purged).toHaveLength(1);
    away = true;
    await clock.advance(tickMs);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(4);
  });

  test('own tasks that could not be made are made before the first turn', async () => {
    const { clock, tasks, start } = rig();
    const make = tasks.ensureOwnTasks.bind(tasks);
    tasks.ensureOwnTasks = () => Promise.reject(new Error('away'));
    start();
    await clock.advance(2 * tickMs);
    expect(tasks.ticks).toEqual([]);
    tasks.ensureOwnTasks = make;
    await clock.advance(tickMs);
    expect(tasks.ownTasksEnsured).toBe(1);
    expect(tasks.ticks).toHaveLength(1);
  });
});
