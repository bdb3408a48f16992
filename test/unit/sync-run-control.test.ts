import { afterEach, describe, expect, test } from 'vitest';
import { type RunControl, RunStopped, startRunControl } from '../../src/app/sync/run-control.ts';
import { FakeGate } from '../support/fake-gate.ts';
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

function rig(given: { readonly renewSlot?: () => Promise<boolean>; readonly claimAskedAtMs?: number } = {}) {
  const clock = new HandClock();
  const gate = new FakeGate(() => clock.now());
  let stuck = 0;
  const tasks = new FakeSyncTasks();
  const logger = new RecordingLogger();
  const shutdown = new AbortController();
  const onStuck = () => {
    stuck += 1;
  };
  const options = {
    tasks,
    gate,
    lease,
    clock,
    logger,
    leaseMs,
    shutdown: shutdown.signal,
    onStuck,
    ...given,
  };
  const control = startRunControl(options);
  controls.push(control);
  const stoppedFor = async (): Promise<string | undefined> => {
    try {
      await control.checkpoint(at(99));
      return undefined;
    } catch (error) {
      return error instanceof RunStopped ? error.reason : String(error);
    }
  };
  return { clock, tasks, gate, logger, shutdown, control, stoppedFor, timesStuck: () => stuck };
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

  test('a claim counts from when it was sent, too: its answer may have been long on its way', async () => {
    const claimAskedAtMs = new HandClock().monotonicMs() - 30_000;
    const { clock, tasks, control } = rig({ claimAskedAtMs });
    tasks.onHeartbeat = () => Promise.reject(new Error('no database'));
    await clock.advance(9_999);
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

  test('looks at the gate once a second at most, and stops where it is shut, to be handed back', async () => {
    const { clock, gate, control, stoppedFor } = rig();
    for (let n = 0; n < 20; n += 1) {
      await control.checkpoint(at(n));
      await clock.advance(100);
    }
    expect(gate.reads).toBe(2);
    await gate.trip({ code: 'cw.unavailable' }, 5_000);
    await clock.advance(1_000);
    expect(await stoppedFor()).toBe('gate-shut');
    expect(control.signal.aborted).toBe(false);
  });

  test('stops where the integration is switched off', async () => {
    const { gate, stoppedFor } = rig();
    gate.enabled = false;
    expect(await stoppedFor()).toBe('gate-shut');
  });

  test('a project that is not active stops for that, whatever the gate says', async () => {
    const { gate, tasks, stoppedFor } = rig();
    gate.enabled = false;
    tasks.onHeartbeat = async () => 'disabled';
    expect(await stoppedFor()).toBe('not-active');
  });
});

describe('the start of reading', () => {
  const early = new Date('2026-01-05T08:00:00Z');

  test('is stored at once, and once', async () => {
    const { tasks, control } = rig();
    await control.setReadStart(early);
    await control.setReadStart(new Date('2026-01-05T09:00:00Z'));
    expect(tasks.readStarts).toEqual([early]);
  });

  test('finds the lease lost', async () => {
    const { tasks, control } = rig();
    tasks.onHeartbeat = async () => 'lost';
    await expect(control.setReadStart(early)).rejects.toMatchObject({ reason: 'lease-lost' });
    expect(control.signal.aborted).toBe(true);
  });

  test('is not stored by a run that may write no more', async () => {
    const { clock, tasks, control } = rig();
    tasks.onHeartbeat = async () => 'lost';
    await clock.advance(leaseMs / 4);
    await expect(control.setReadStart(early)).rejects.toMatchObject({ reason: 'lease-lost' });
    expect(tasks.readStarts).toEqual([]);
  });
});

describe('the place among all runs', () => {
  test('is renewed with each heartbeat', async () => {
    let renewed = 0;
    const renewSlot = async () => {
      renewed += 1;
      return true;
    };
    const { clock, control } = rig({ renewSlot });
    await clock.advance(leaseMs);
    expect(renewed).toBe(4);
    control.end();
    await clock.advance(leaseMs);
    expect(renewed).toBe(4);
  });

  test.each([
    ['lost', async () => false],
    ['not answered for', () => Promise.reject(new Error('away'))],
    ['hanging', () => new Promise<boolean>(() => {})],
  ])('%s, it does not touch the lease', async (_how, renewSlot) => {
    const { clock, tasks, control } = rig({ renewSlot });
    await clock.advance(2 * leaseMs);
    expect(tasks.heartbeats).toBe(8);
    expect(control.signal.aborted).toBe(false);
  });
});

describe('a run that is stuck', () => {
  const quarter = 15 * 60_000;

  test('is cut short after a quarter of an hour without a checkpoint', async () => {
    const { clock, control } = rig();
    await clock.advance(quarter - 1);
    await control.checkpoint(at(1));
    await clock.advance(quarter - 1);
    expect(control.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(control.signal.reason).toMatchObject({ reason: 'no-progress' });
  });

  test('and does not end within a lease after that: its thread is given up', async () => {
    const { clock, logger, timesStuck } = rig();
    await clock.advance(quarter + leaseMs - 1);
    expect(timesStuck()).toBe(0);
    await clock.advance(1);
    expect(timesStuck()).toBe(1);
    expect(logger.messages()).toEqual(['a run hears nothing any more']);
    await clock.advance(10 * leaseMs);
    expect(timesStuck()).toBe(1);
  });

  test('and hears its signal: nobody is told', async () => {
    const { clock, control, timesStuck } = rig();
    await clock.advance(quarter + 1_000);
    control.end();
    await clock.advance(10 * leaseMs);
    expect(timesStuck()).toBe(0);
    expect(clock.sleepers).toBe(0);
  });

  test('the same for one that lost its lease', async () => {
    const { clock, tasks, timesStuck } = rig();
    tasks.onHeartbeat = async () => 'lost';
    await clock.advance(leaseMs / 4 + leaseMs);
    expect(timesStuck()).toBe(1);
  });
});
