import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Redactor } from '../../adapters/http/redactor.ts';
import { type Heartbeat, heartbeatEveryMs, startHeartbeat } from '../../src/bootstrap/heartbeat.ts';
import type { Readiness } from '../../src/ports/health-checks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { HttpStandIn } from '../support/http-stand-in.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const path = '/ping/5f0c1b7e-secret';
const all: Readiness = { database: true, worker: true, chat: true };
let watcher: HttpStandIn;
let heartbeat: Heartbeat | undefined;
beforeEach(async () => {
  watcher = await HttpStandIn.start();
});
afterEach(async () => {
  await heartbeat?.stop();
  await watcher.stop();
});

function beating(readiness: () => Promise<Readiness>) {
  const clock = new HandClock();
  const logger = new RecordingLogger();
  const redactor = new Redactor();
  heartbeat = startHeartbeat(`${watcher.url}${path}`, { readiness, clock, logger, redactor });
  return { clock, logger, redactor };
}

it('asks once a minute while everything is alive', async () => {
  const { clock, logger } = beating(async () => all);
  expect(watcher.calls).toEqual([]);
  for (const minute of [1, 2, 3]) {
    watcher.expect({ path }, { text: 'OK' });
    await vi.waitFor(() => expect(clock.sleepers).toBe(1));
    await clock.advance(heartbeatEveryMs);
    await vi.waitFor(() => expect(watcher.calls).toHaveLength(minute));
  }
  expect(watcher.calls.map(({ method, headers }) => [method, headers['user-agent']])).toEqual(
    Array.from({ length: 3 }, () => ['GET', 'cwsync']),
  );
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  watcher.verify();
  expect(logger.lines).toEqual([]);
});

it.each(['database', 'worker', 'chat'] as const)(
  'is silent while %s is not alive, and says why',
  async (name) => {
    const { clock, logger } = beating(async () => ({ ...all, [name]: false }));
    await clock.advance(heartbeatEveryMs);
    await vi.waitFor(() => expect(clock.sleepers).toBe(1));
    expect(watcher.calls).toEqual([]);
    expect(logger.lines).toEqual([
      { level: 'warn', fields: { silent: [name] }, message: 'no heartbeat: not everything is alive' },
    ]);
  },
);

it('goes on after a refusal and after a connection that breaks, and keeps its address out of the log', async () => {
  const { clock, logger, redactor } = beating(async () => all);
  for (const reply of [{ status: 500, text: 'no' }, 'reset', { text: 'OK' }] as const) {
    watcher.expect({ path }, reply);
    await clock.advance(heartbeatEveryMs);
    await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  }
  watcher.verify();
  expect(logger.lines.map(({ fields }) => fields)).toEqual([{ status: 500 }, { fault: 'network' }]);
  expect(JSON.stringify(logger.lines)).not.toContain('5f0c1b7e');
  expect(redactor.redact(`GET ${path}`)).not.toContain('5f0c1b7e');
});

it('gives up a request that is under way when it stops', async () => {
  const { clock } = beating(async () => all);
  watcher.expect({ path }, 'silence');
  await clock.advance(heartbeatEveryMs);
  await vi.waitFor(() => expect(watcher.calls).toHaveLength(1));
  await heartbeat?.stop();
  watcher.verify();
});
