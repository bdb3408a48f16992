import { afterEach, describe, expect, test } from 'vitest';
import { createCircuit } from '../../src/app/sync/circuit.ts';
import { setIntegration } from '../../src/app/sync/integration-switch.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { type Failure, type FailureCode, FailureError } from '../../src/domain/failure.ts';
import type { PsaCall } from '../../src/ports/psa.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';

const minute = 60_000;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function rig(random = 0) {
  const clock = new HandClock();
  const gate = new FakeGate(() => clock.now());
  const log = new FakeLogStore();
  const logger = new RecordingLogger();
  const tasks = new FakeSyncTasks(makeSyncTask({ id: 't:scout', kind: 'scout', projectId: 'scout' }));
  const ids = countingIds(random);
  const asked: PsaCall[] = [];
  const psa = {
    /** What ConnectWise says of itself; undefined while it answers. */
    answer: undefined as FailureCode | Error | 'hangs' | undefined,
    async systemInfo(call: PsaCall) {
      asked.push(call);
      const { answer } = psa;
      if (answer === undefined) return { version: null };
      if (answer instanceof Error) throw answer;
      if (answer !== 'hangs') throw new FailureError({ code: answer });
      return await new Promise<never>((_, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason), { once: true });
      });
    },
  };
  const deps = {
    gate,
    psa,
    log,
    logger,
    tasks,
    tenantId: 't',
    clock,
    ids,
    toFailure: failureClassifier(ids),
  };
  const circuit = createCircuit(deps);
  const alive = new AbortController();
  const report = (code: FailureCode, signal = alive.signal) => circuit.report({ code }, signal);
  function keepProbing(): AbortController {
    const shutdown = new AbortController();
    const ended = circuit.keepProbing('w1', shutdown.signal);
    stops.push(async () => {
      shutdown.abort(new Error('over'));
      await ended;
    });
    return shutdown;
  }
  return { clock, gate, log, logger, tasks, psa, asked, deps, circuit, report, keepProbing };
}

const down: Failure = { code: 'cw.unavailable' };

describe('a failed run', () => {
  test('keys refused: shut at once without a probe, told once however many runs tell it', async () => {
    const { gate, log, asked, report } = rig();
    expect(await Promise.all([report('cw.auth'), report('cw.auth'), report('cw.auth')])).toEqual([
      true,
      true,
      true,
    ]);
    expect(gate.circuit).toMatchObject({ failure: { code: 'cw.auth' }, probes: 0 });
    expect(gate.circuit?.probeAt).toBeUndefined();
    expect(asked).toEqual([]);
    expect(log.all).toHaveLength(1);
    expect(log.all[0]).toMatchObject({ severity: 'error', action: 'failed', direction: 'none' });
    expect(log.all[0]?.message).toContain('cw.auth');
    expect(log.all[0]?.next).toContain('admin');
  });

  test('no answer in one project while ConnectWise itself answers stops nobody else', async () => {
    const { gate, log, asked, report } = rig();
    expect(await report('cw.unavailable')).toBe(false);
    expect(asked).toHaveLength(1);
    expect(gate.circuit).toBeUndefined();
    expect(log.all).toEqual([]);
  });

  test.each([
    [0, 2_500],
    [0.999, 4_997],
  ])(
    'no answer from ConnectWise itself either: shut, asked again after a while (%d: %i ms)',
    async (random, ms) => {
      const { gate, clock, log, psa, report } = rig(random);
      psa.answer = 'cw.unavailable';
      expect(await report('cw.unavailable')).toBe(true);
      expect((gate.circuit?.probeAt?.getTime() ?? 0) - clock.now().getTime()).toBe(ms);
      expect(log.all).toMatchObject([{ severity: 'warning' }]);
    },
  );

  test('several at once ask ConnectWise once and tell it once', async () => {
    const { log, psa, asked, report } = rig();
    psa.answer = 'cw.unavailable';
    const told = await Promise.all([1, 2, 3].map(() => report('cw.unavailable')));
    expect(told).toEqual([true, true, true]);
    expect(asked).toHaveLength(1);
    expect(log.all).toHaveLength(1);
  });

  test('one whose signal ends while it asks does not end the asking of the others', async () => {
    const { psa, asked, report } = rig();
    const lost = new AbortController();
    psa.answer = 'hangs';
    const first = report('cw.unavailable', lost.signal);
    const second = report('cw.unavailable');
    psa.answer = 'cw.unavailable';
    lost.abort(new Error('lease lost'));
    await expect(first).rejects.toThrow('lease lost');
    expect(await second).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test('no answer, and then the keys refused: it waits for a person', async () => {
    const { gate, psa, report } = rig();
    psa.answer = 'cw.auth';
    expect(await report('cw.unavailable')).toBe(true);
    expect(gate.circuit).toMatchObject({ failure: { code: 'cw.auth' } });
    expect(gate.circuit?.probeAt).toBeUndefined();
  });

  test('ConnectWise that says nothing at all counts as down', async () => {
    const { clock, gate, psa, report } = rig();
    psa.answer = 'hangs';
    const told = report('cw.unavailable');
    await clock.advance(minute);
    expect(await told).toBe(true);
    expect(gate.circuit).toMatchObject({ failure: down });
    expect(clock.sleepers).toBe(0);
  });

  test.each([
    'cw.rate-limited',
    'cw.permission',
    'cw.project-missing',
    'internal',
    'store.unavailable',
  ] as const)('%s never shuts it', async (code) => {
    const { gate, psa, asked, report } = rig();
    psa.answer = 'cw.unavailable';
    expect(await report(code)).toBe(false);
    expect(asked).toEqual([]);
    expect(gate.circuit).toBeUndefined();
  });

  test.each(['cw.rate-limited', 'cw.permission', 'internal'] as const)(
    'no answer in a project where ConnectWise itself says %s shuts nothing',
    async (code) => {
      const { gate, psa, report } = rig();
      psa.answer = code;
      expect(await report('cw.unavailable')).toBe(false);
      expect(gate.circuit).toBeUndefined();
    },
  );
});

describe('probing', () => {
  test('asks after 5 s doubling to 15 min while ConnectWise does not answer', async () => {
    const { clock, gate, psa, asked, keepProbing } = rig(1);
    psa.answer = 'cw.unavailable';
    await gate.trip(down, 5_000);
    keepProbing();
    const askedAt: number[] = [];
    for (let second = 0; second < 3_600; second += 1) {
      const before = asked.length;
      await clock.advance(1_000);
      if (asked.length > before) askedAt.push(clock.monotonicMs());
    }
    const gaps = askedAt.slice(1).map((at, i) => Math.round((at - (askedAt[i] ?? 0)) / 1_000));
    expect(gaps.slice(0, 7)).toEqual([10, 20, 40, 80, 160, 320, 640]);
    expect(gaps.slice(7)).toEqual([900, 900]);
    expect(gate.circuit?.probes).toBe(askedAt.length);
  });

  test('closes when ConnectWise answers, says for how long it did not, and has the scout look', async () => {
    const { clock, gate, log, tasks, keepProbing } = rig();
    await gate.trip(down, 0);
    await clock.advance(12 * minute);
    keepProbing();
    await clock.advance(0);
    expect(gate.circuit).toBeUndefined();
    expect(log.all).toMatchObject([{ severity: 'info', action: 'taken up again' }]);
    expect(log.all[0]?.message).toContain('ConnectWise answers again after 12 min');
    expect(tasks.triggered).toMatchObject([
      { taskId: 't:scout', trigger: { kinds: ['delta'], forceNow: true } },
    ]);
  });

  test.each(['cw.rate-limited', 'cw.permission'] as const)('%s is an answer', async (code) => {
    const { clock, gate, psa, keepProbing } = rig();
    psa.answer = code;
    await gate.trip(down, 0);
    keepProbing();
    await clock.advance(0);
    expect(gate.circuit).toBeUndefined();
  });

  test.each(['cw.unexpected-response', 'cw.project-missing', 'cw.rejected'] as const)(
    '%s from that address is none',
    async (code) => {
      const { clock, gate, psa, keepProbing } = rig();
      psa.answer = code;
      await gate.trip(down, 0);
      keepProbing();
      await clock.advance(0);
      expect(gate.circuit).toMatchObject({ failure: { code }, probes: 1 });
    },
  );

  test('a fault on our side leaves what is known of ConnectWise, and asks again', async () => {
    const { clock, gate, psa, asked, keepProbing } = rig();
    psa.answer = new TypeError('ours');
    await gate.trip(down, 0);
    keepProbing();
    await clock.advance(0);
    expect(gate.circuit).toMatchObject({ failure: down, probes: 1 });
    await clock.advance(minute);
    expect(asked.length).toBeGreaterThan(1);
  });

  test('keys refused by now: it waits for a person, told once, and asks again when one asks', async () => {
    const { clock, gate, log, psa, asked, keepProbing } = rig();
    psa.answer = 'cw.auth';
    await gate.trip(down, 0);
    keepProbing();
    await clock.advance(60 * minute);
    expect(asked).toHaveLength(1);
    expect(gate.circuit).toMatchObject({ failure: { code: 'cw.auth' } });
    expect(gate.circuit?.probeAt).toBeUndefined();
    expect(log.all).toMatchObject([{ severity: 'error' }]);
    await gate.probeNow();
    await clock.advance(2_000);
    expect(asked).toHaveLength(2);
    expect(log.all).toHaveLength(1);
    psa.answer = undefined;
    await gate.probeNow();
    await clock.advance(2_000);
    expect(gate.circuit).toBeUndefined();
  });

  test('a probe that hangs is given up within its lease', async () => {
    const { clock, gate, psa, keepProbing } = rig();
    psa.answer = 'hangs';
    await gate.trip(down, 0);
    keepProbing();
    await clock.advance(59_000);
    expect(gate.circuit).toMatchObject({ failure: down, probes: 1 });
  });

  test('is left to whoever makes it', async () => {
    const { clock, gate, asked, keepProbing } = rig();
    await gate.trip(down, 0);
    await gate.takeProbe('another', minute);
    keepProbing();
    await clock.advance(59_000);
    expect(asked).toEqual([]);
    await clock.advance(3_000);
    expect(asked).toHaveLength(1);
  });

  test('asks nothing while the integration is switched off', async () => {
    const { clock, gate, asked, keepProbing } = rig();
    await gate.trip(down, 0);
    await gate.setEnabled(false, { id: 'a', name: 'Ann' });
    keepProbing();
    await clock.advance(5 * minute);
    expect(asked).toEqual([]);
    await gate.setEnabled(true, { id: 'a', name: 'Ann' });
    await clock.advance(2_000);
    expect(asked).toHaveLength(1);
  });

  test('asks nothing while all is well', async () => {
    const { clock, asked, log, keepProbing } = rig();
    keepProbing();
    await clock.advance(60 * minute);
    expect(asked).toEqual([]);
    expect(log.all).toEqual([]);
  });

  test('goes on when the database was away, which is said once', async () => {
    const { clock, gate, logger, keepProbing } = rig();
    await gate.trip(down, 0);
    gate.fault = new Error('away');
    keepProbing();
    await clock.advance(minute);
    expect(logger.messages()).toEqual(['the gate could not be looked at']);
    gate.fault = undefined;
    await clock.advance(2_000);
    expect(gate.circuit).toBeUndefined();
  });

  test('a shutdown ends it at once, in the middle of a probe too, which changes nothing', async () => {
    const { clock, gate, psa, keepProbing } = rig();
    psa.answer = 'hangs';
    await gate.trip(down, 0);
    const shutdown = keepProbing();
    await clock.advance(0);
    shutdown.abort(new Error('shutting down'));
    await clock.advance(0);
    expect(clock.sleepers).toBe(0);
    expect(gate.circuit).toMatchObject({ failure: down, probes: 0 });
  });
});

describe('the switch', () => {
  const ann = { id: 'slack:T1/U1', name: 'Ann' };

  test('off is told with who and why, and asks for nothing', async () => {
    const { deps, gate, log, tasks } = rig();
    expect(await setIntegration(deps, false, ann, 'move of servers')).toBe(true);
    expect(gate.enabled).toBe(false);
    expect(log.all).toMatchObject([{ action: 'disabled', direction: 'none' }]);
    expect(log.all[0]?.message).toBe('The integration was disabled by Ann: move of servers');
    expect(tasks.triggered).toEqual([]);
  });

  test('on again has the scout look at once', async () => {
    const { deps, gate, log, tasks } = rig();
    await gate.setEnabled(false, ann);
    expect(await setIntegration(deps, true, ann)).toBe(true);
    expect(log.all).toMatchObject([{ action: 'enabled', message: 'The integration was enabled by Ann' }]);
    expect(tasks.triggered).toMatchObject([{ taskId: 't:scout', trigger: { forceNow: true } }]);
  });

  test.each([true, false])('as it stands already: nothing is told (%s)', async (enabled) => {
    const { deps, gate, log, tasks } = rig();
    gate.enabled = enabled;
    expect(await setIntegration(deps, enabled, ann)).toBe(false);
    expect(log.all).toEqual([]);
    expect(tasks.triggered).toEqual([]);
  });
});
