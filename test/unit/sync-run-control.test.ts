import { afterEach, describe, expect, test } from 'vitest';
import { type RunControl, RunStopped, startRunControl } from '../../src/app/sync/run-control.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const leaseMs = 60_000;
const lease = { taskId: 't:p1', fence: 7 };
const at = (doneCount: number) => ({ phase: 'tickets', doneCount, totalCount: 100 });

const controls: RunControl[] = [];
afterEach(() => {
  for (const control of controls.splice(0)) control.end();
});

function rig() {
  const clock = new HandClock();
  const tasks = new FakeSyncTasks();
  const logger = new RecordingLogger();
  const shutdown = new AbortController();
  const control = startRunControl({ tasks, lease, clock, logger, leaseMs, shutdown: shutdown.signal });
  controls.push(control);
  const stoppedFor = async (): Promise<string | undefined> => {
    try {
      await control.checkpoint(at(99));
      return undefined;
    } catch (error) {
      return error instanceof RunStopped ? error.reason : String(error);
    }
  };
  return { clock, tasks, logger, shutdown, control, stoppedFor };
}

describe('the heartbeat', () => {
  test('comes four times a lease, for as long as the run lasts', async () => {
    const { clock, tasks, control } = rig();
    await clock.advance(leaseMs);
    expect(tasks.heartbeats).toBe(4);
    expect(control.signal.aborted).toBe(false);
    control.end();
    await clock.advance(leaseMs);
    expect(tasks.heartbeats).toBe(4);
    expect(clock.sleepers).toBe(0);
  });

  test('one that finds the lease lost aborts at once', async () => {
    const { clock, tasks, control, stoppedFor } = rig();
    tasks.onHeartbeat = async () => 'lost';
    await clock.advance(leaseMs / 4);
    expect(control.signal.reason).toMatchObject({ reason: 'lease-lost' });
    expect(await stoppedFor()).toBe('lease-lost');
    const beats = tasks.heartbeats;
    await clock.advance(leaseMs);
    expect(tasks.heartbeats).toBe(beats);
  });

  test('without confirmation for two thirds of the lease the run stops itself', async () => {
    const { clock, tasks, control, logger } = rig();
    tasks.onHeartbeat = () => Promise.reject(new Error('no database'));
    await clock.advance(39_999);
    expect(control.signal.aborted).toBe(false);
    await clock.advance(2);
    expect(control.signal.reason).toMatchObject({ reason: 'unconfirmed' });
    expect(logger.messages()).toEqual(['heartbeat failed', 'heartbeat failed']);
  });

  test('one that hangs does not keep the run from stopping itself', async () => {
    const { clock, tasks, control } = rig();
    let answer: (state: 'active') => void = () => {};
    tasks.onHeartbeat = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    await clock.advance(40_000);
    expect(control.signal.reason).toMatchObject({ reason: 'unconfirmed' });
    answer('active');
  });

  test('a confirmation counts from when it was asked for, not from when it came', async () => {
    const { clock, tasks, control } = rig();
    let answer: (state: 'active') => void = () => {};
    tasks.onHeartbeat = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    await clock.advance(30_000);
    answer('active');
    tasks.onHeartbeat = () => Promise.reject(new Error('no database'));
    await clock.advance(24_999);
    expect(control.signal.aborted).toBe(false);
    await clock.advance(2);
    expect(control.signal.reason).toMatchObject({ reason: 'unconfirmed' });
  });

  test('a confirmation after failures counts again', async () => {
    const { clock, tasks, control } = rig();
    tasks.onHeartbeat = () => Promise.reject(new Error('no database'));
    await clock.advance(leaseMs / 4);
    tasks.onHeartbeat = async () => 'active';
    await clock.advance(leaseMs * 2);
    expect(control.signal.aborted).toBe(false);
  });
});

describe('a checkpoint', () => {
  test('passes while nothing is wrong, and reports progress at most once a second', async () => {
    const { clock, tasks, control } = rig();
    for (let n = 0; n < 5; n += 1) {
      await control.checkpoint(at(n));
      await clock.advance(400);
    }
    expect(tasks.progress.map(({ doneCount }) => doneCount)).toEqual([0, 3]);
  });

  test('stops a run whose project is not active any more, without aborting what is in hand', async () => {
    const { clock, tasks, control, stoppedFor } = rig();
    tasks.onHeartbeat = async () => 'disabled';
    await clock.advance(leaseMs / 4);
    expect(control.signal.aborted).toBe(false);
    expect(await stoppedFor()).toBe('not-active');
  });

  test('sees by its own report that the project is not active', async () => {
    const { tasks, stoppedFor } = rig();
    tasks.onHeartbeat = async () => 'archived';
    expect(await stoppedFor()).toBe('not-active');
  });

  test('finds the lease lost by its own report', async () => {
    const { tasks, control, stoppedFor } = rig();
    tasks.onHeartbeat = async () => 'lost';
    expect(await stoppedFor()).toBe('lease-lost');
    expect(control.signal.aborted).toBe(true);
  });

  test('stops at a shutdown, without aborting what is in hand', async () => {
    const { shutdown, control, stoppedFor } = rig();
    expect(await stoppedFor()).toBeUndefined();
    shutdown.abort(new Error('shutting down'));
    expect(control.signal.aborted).toBe(false);
    expect(await stoppedFor()).toBe('shutdown');
  });

  test('a run that reaches no checkpoint in time is cut short at a shutdown, to be handed back', async () => {
    const { clock, shutdown, control } = rig();
    shutdown.abort(new Error('shutting down'));
    await clock.advance(2_999);
    expect(control.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(control.signal.reason).toMatchObject({ reason: 'shutdown' });
  });

  test('one that ends before is left alone', async () => {
    const { clock, shutdown, control } = rig();
    control.end();
    shutdown.abort(new Error('shutting down'));
    await clock.advance(60_000);
    expect(control.signal.aborted).toBe(false);
    expect(clock.sleepers).toBe(0);
  });

  test('fails where the database does not answer', async () => {
    const { tasks, stoppedFor } = rig();
    tasks.onHeartbeat = () => Promise.reject(new Error('no database'));
    expect(await stoppedFor()).toBe('Error: no database');
  });
});
