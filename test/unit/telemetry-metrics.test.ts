/** What threads count, as one text that Prometheus reads. */
import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../adapters/telemetry/counted-metrics.ts';
import {
  countedBudget,
  countedDelivery,
  countedRequestLog,
  outcomeOf,
} from '../../adapters/telemetry/counted-ports.ts';
import { exposition } from '../../adapters/telemetry/exposition.ts';
import { allMetrics } from '../../adapters/telemetry/metric-table.ts';
import { processMetrics } from '../../adapters/telemetry/process-metrics.ts';
import { watchMetrics } from '../../adapters/telemetry/watch-metrics.ts';
import { answerMetrics, threadMetrics } from '../../src/bootstrap/thread-metrics.ts';
import type { ChatDelivery, Delivered } from '../../src/ports/chat.ts';
import { runModeOf } from '../../src/ports/metrics.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import type { WatchFacts } from '../../src/ports/watch.ts';
import { HandClock } from '../support/hand-clock.ts';
import { sampleOf, samplesIn } from '../support/prometheus-text.ts';

const quiet = { requested: 0, in_queue: 0, syncing: 0, lagMs: 0 };
const facts: WatchFacts = {
  queue: {
    project: { requested: 5, in_queue: 2, syncing: 3, lagMs: 61_500 },
    misc: quiet,
    scout: quiet,
    notes: quiet,
  },
  projects: { active: 40, disabled: 3, archived: 2, disconnected: 1 },
  needAttention: 4,
  late: 2,
  slotsUsed: 3,
  budget: { inFlight: 4, waiting: 2, share: 0.5, pausedMs: 1_500 },
  enabled: true,
  circuitOpenMs: 0,
  incidents: { open: 6, messages: 7, lagMs: 250, untoldMs: 90_000, blockedPlaces: 1 },
  silentMs: { worker: 4_000 },
};

async function everything() {
  const counts = createMetrics();
  counts.watchThread('main');
  const requests = { perSecond: 8, atOnce: 4 };
  const own = processMetrics({ version: '1.2.3', role: 'all', slots: 4, requests });
  const looked = await watchMetrics({ facts, roundTripMs: 2 });
  return await exposition([await counts.dump(), await own(), looked]);
}

describe('the text', () => {
  test('has every metric of the table, each with its type and help, and no other', async () => {
    const { text, contentType } = await everything();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)].map(([, name, type]) => [name, type]);
    const expected = allMetrics.map(({ name, type }) => [name, type]);
    expect(types.toSorted()).toEqual(expected.toSorted());
    for (const { name, help } of allMetrics) expect(text).toContain(`# HELP ${name} ${help}`);
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/u);
  });

  test('has no label and no value of one beside those of the table', async () => {
    const table = new Map(allMetrics.map((metric) => [metric.name, metric]));
    for (const { name, labels } of samplesIn((await everything()).text)) {
      const metric = table.get(name) ?? table.get(name.replace(/_(?:bucket|sum|count)$/u, ''));
      const { le: _bound, ...own } = labels;
      expect(Object.keys(own).toSorted(), name).toEqual(Object.keys(metric?.labels ?? {}).toSorted());
      for (const [label, value] of Object.entries(own)) {
        const values = metric?.labels[label];
        if (values !== 'any') expect(values, `${name} ${label}`).toContain(value);
      }
    }
  });

  test('tells spans in seconds, and what the database says', async () => {
    const of = sampleOf((await everything()).text);
    expect(of('cwsync_queue_tasks', { kind: 'project', state: 'in_queue' })).toBe(2);
    expect(of('cwsync_queue_lag_seconds', { kind: 'project' })).toBe(61.5);
    expect(of('cwsync_projects', { state: 'archived' })).toBe(2);
    expect(of('cwsync_request_budget_pause_seconds')).toBe(1.5);
    expect(of('cwsync_alert_untold_seconds')).toBe(90);
    expect(of('cwsync_beat_age_seconds', { half: 'worker' })).toBe(4);
    expect(of('cwsync_beat_age_seconds', { half: 'bot' })).toBeUndefined();
    expect(of('cwsync_circuit_open')).toBe(0);
    expect(of('cwsync_database_up')).toBe(1);
    expect(of('cwsync_database_round_trip_seconds')).toBe(0.002);
    expect(of('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(of('process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1_000);
    expect(of('cwsync_request_budget_limit_requests_per_second')).toBe(8);
    // A loop that is not held up is late by next to nothing, whatever it is looked at by.
    expect(of('cwsync_event_loop_delay_seconds', { thread: 'main', quantile: '0.5' })).toBeLessThan(0.02);
  });

  test('of a database that does not answer says only that', async () => {
    const { text } = await exposition([await watchMetrics({})]);
    expect(samplesIn(text)).toEqual([{ name: 'cwsync_database_up', labels: {}, value: 0 }]);
  });
});

describe('what is counted', () => {
  const clock = new HandClock();
  const request: RequestRecord = {
    at: new Date(0),
    method: 'GET',
    path: '/project/tickets?conditions=summary like "Contoso"',
    durationMs: 120,
    attempt: 1,
    requestId: 'r-1',
  };

  test('runs, requests, waits and messages, by what they came to', async () => {
    const counts = createMetrics();
    counts.runEnded({ mode: 'delta', result: 'retry', durationMs: 3_000 });
    const kept: RequestRecord[] = [];
    const log = countedRequestLog({ record: async (entry) => void kept.push(entry) }, counts);
    await log.record({ ...request, status: 200 });
    await log.record({ ...request, method: 'PATCH', status: 409 });
    const budget = countedBudget(
      {
        acquire: async () => {
          await clock.advance(1_200);
          return { kind: 'paused', remainingMs: 5 };
        },
        limited: () => {},
      },
      counts,
      clock,
    );
    const ask = { priority: 0, maxPauseMs: 0, signal: new AbortController().signal };
    expect(await budget.acquire(ask)).toEqual({ kind: 'paused', remainingMs: 5 });
    const of = sampleOf((await exposition([await counts.dump()])).text);
    expect(kept).toHaveLength(2);
    expect(of('cwsync_runs_total', { mode: 'delta', result: 'retry' })).toBe(1);
    expect(of('cwsync_runs_total', { mode: 'delta', result: 'completed' })).toBe(0);
    expect(of('cwsync_run_duration_seconds_sum', { mode: 'delta' })).toBe(3);
    expect(of('cwsync_connectwise_requests_total', { kind: 'read', outcome: '2xx' })).toBe(1);
    expect(of('cwsync_connectwise_requests_total', { kind: 'write', outcome: '4xx' })).toBe(1);
    expect(of('cwsync_connectwise_request_duration_seconds_sum')).toBeCloseTo(0.24);
    expect(of('cwsync_connectwise_turn_wait_seconds_sum')).toBe(1.2);
  });

  test('messages by purpose, also those whose sending throws', async () => {
    const counts = createMetrics();
    const results: (Delivered | Error)[] = [
      { result: 'sent', handle: { platform: 'slack' } },
      { result: 'gone', reason: 'not_in_channel' },
      new Error('away'),
    ];
    const send = async (): Promise<Delivered> => {
      const next = results.shift();
      if (!next || next instanceof Error) throw next;
      return next;
    };
    const inner: ChatDelivery = {
      send,
      post: send,
      openForm: async () => undefined,
      fillForm: async () => true,
    };
    const delivery = countedDelivery(inner, 'alert', counts, clock);
    const reply = { summary: 'Contoso is late', blocks: [] };
    await delivery.post({ platform: 'slack', tenant: 'T1', conversation: 'C1' }, reply, 'key');
    await delivery.send({ platform: 'teams' }, reply);
    await expect(delivery.send({ platform: 'slack' }, reply)).rejects.toThrow('away');
    const { text } = await exposition([await counts.dump()]);
    const counted = samplesIn(text)
      .filter(({ name, value }) => name === 'cwsync_chat_messages_total' && value > 0)
      .map(({ labels, value }) => [labels.platform, labels.purpose, labels.result, value]);
    expect(counted.toSorted()).toEqual([
      ['slack', 'alert', 'failed', 1],
      ['slack', 'alert', 'sent', 1],
      ['teams', 'alert', 'gone', 1],
    ]);
    expect(text).not.toContain('Contoso');
  });

  test.each([
    [{ status: 204 }, '2xx'],
    [{ status: 304 }, '3xx'],
    [{ status: 404, errorCode: 'NotFound' }, '4xx'],
    [{ status: 429 }, '429'],
    [{ status: 503 }, '5xx'],
    [{ errorCode: 'time-out' }, 'time_out'],
    [{ status: 200, errorCode: 'time-out' }, 'time_out'],
    [{ errorCode: 'network' }, 'network'],
    [{ status: 200, errorCode: 'too-large' }, 'unreadable'],
    [{ errorCode: 'cancelled' }, 'cancelled'],
    [{}, 'network'],
  ] as const)('a request that ended as %j: %s', (entry, outcome) => {
    expect(outcomeOf(entry)).toBe(outcome);
  });

  test('a run of a project is told by what it reads, others by what they are', () => {
    expect(runModeOf({ kind: 'project' }, 'comprehensive')).toBe('comprehensive');
    expect(runModeOf({ kind: 'scout' }, 'delta')).toBe('scout');
  });
});

describe('the counts of the background thread', () => {
  const completed = { mode: 'delta', result: 'completed', durationMs: 1_000 } as const;

  function rig() {
    const clock = new HandClock();
    const thread = threadMetrics(clock);
    /** What the thread answers with; undefined while it hangs or is not there. */
    let counts: ReturnType<typeof createMetrics> | undefined = createMetrics();
    const ask = (message: string): boolean => {
      if (!counts) return false;
      void answerMetrics(message, counts.dump, (answer) => thread.hear(structuredClone(answer)));
      return true;
    };
    async function runs(): Promise<number | undefined> {
      const of = sampleOf((await exposition(await thread.dumps(ask))).text);
      return of('cwsync_runs_total', { mode: 'delta', result: 'completed' });
    }
    const start = () => {
      counts = createMetrics();
      return counts;
    };
    const crash = () => {
      counts = undefined;
      thread.gone();
    };
    return { clock, thread, runs, start, crash, first: counts };
  }

  test('go on over a crash, and never fall', async () => {
    const { thread, runs, first, start, crash } = rig();
    for (const _ of [1, 2, 3]) first.runEnded(completed);
    thread.hear('beat');
    expect(await runs()).toBe(3);
    crash();
    expect(await runs(), 'before it has told anything').toBe(3);
    const second = start();
    second.runEnded(completed);
    expect(await runs()).toBe(4);
    crash();
    start().runEnded(completed);
    expect(await runs()).toBe(5);
  });

  test('of one that hangs are those that it told last, and nobody waits long', async () => {
    const { clock, thread, runs, first } = rig();
    first.runEnded(completed);
    expect(await runs()).toBe(1);
    const silent = thread.dumps(() => true);
    await clock.advance(500);
    const of = sampleOf((await exposition(await silent)).text);
    expect(of('cwsync_runs_total', { mode: 'delta', result: 'completed' })).toBe(1);
    expect(clock.sleepers).toBe(0);
  });

  test('of a process without one are none', async () => {
    const { thread } = rig();
    expect(await thread.dumps(() => false)).toEqual([]);
  });

  test('what a thread was like goes with it', async () => {
    const { thread, runs, first, crash } = rig();
    first.watchThread('sync');
    await runs();
    crash();
    const { text } = await exposition(await thread.dumps(() => false));
    expect(text).not.toContain('cwsync_heap_used_bytes');
    expect(text).toContain('cwsync_runs_total');
  });
});
