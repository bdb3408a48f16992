import { describe, expect, test } from 'vitest';
import { acceptedReply, endedReply, startedReply } from '../../src/app/replies/sync-answer.ts';
import { actionsOf, openGate, wordsOf } from '../support/command-rig.ts';
import { atMs, makeSyncTask, noCounts } from '../support/make-sync-task.ts';

const counts = { ...noCounts, updated: 2 };
const lastSync = {
  at: atMs(9_000),
  startedAt: atMs(5_000),
  mode: 'comprehensive',
  runId: 'r',
  counts,
} as const;
const now = atMs(10_000);
const gate = openGate;

describe('the end of a sync', () => {
  test('that began after it was asked for', () => {
    const reply = endedReply({ task: makeSyncTask({ lastSync }), now, gate }, atMs(4_000), true);
    expect(wordsOf(reply)).toContain('in 4 s: 2 updated');
    expect(wordsOf(reply)).not.toContain('already under way');
  });

  test('that was under way already: it may have missed what was changed since', () => {
    const reply = endedReply({ task: makeSyncTask({ lastSync }), now, gate }, atMs(6_000), true);
    expect(wordsOf(reply)).toContain('already under way');
    expect(wordsOf(reply)).toContain('sync again for that');
  });
});

describe('an end that leaves something to a person', () => {
  const since = atMs(9_000);
  test('a question has its two answers; what the run did is told too', () => {
    const failure = { code: 'plan.mass-deletion', message: '140 tickets are gone.' } as const;
    const task = makeSyncTask({ lastSync, needsAttention: { since, failure } });
    const reply = endedReply({ task, now, gate, waiting: 140 }, atMs(4_000), true);
    expect(reply.summary).toBe('Office move: synced, but needs attention');
    expect(wordsOf(reply)).toContain('the sync ended: 2 updated.');
    expect(actionsOf(reply).map(({ label }) => label)).toEqual([
      'Apply 140 deletions',
      'Keep',
      'Details',
      'Logs',
    ]);
  });

  test('a kind that may not be read names the right', () => {
    const failure = { code: 'cw.permission', entity: 'scheduleEntry' } as const;
    const task = makeSyncTask({ lastSync, needsAttention: { since, failure } });
    const words = wordsOf(endedReply({ task, now, gate }, atMs(4_000), true));
    expect(words).toContain('The right to look at: Service Desk › Resource Scheduling, Inquire Level All.');
  });
});

describe('a comprehensive sync', () => {
  const cost = { tickets: 312, requestsPerSecond: 8 };
  const task = makeSyncTask({
    kinds: ['comprehensive'],
    comprehensiveRequests: 15,
    state: 'requested',
    wakeAt: now,
  });

  test('says first what it costs, by the last one', () => {
    const words =
      'A comprehensive sync: 312 tickets, about 15 requests, about 2 s. It deletes nothing unless';
    expect(wordsOf(acceptedReply({ task, now, gate, cost }))).toContain(words);
    expect(wordsOf(startedReply({ task, now, gate, cost }))).toContain(words);
  });

  test('says nothing of a cost that is not known, or of one that a delta does not have', () => {
    const { comprehensiveRequests: _, ...unknown } = task;
    expect(wordsOf(acceptedReply({ task: unknown, now, gate, cost }))).not.toContain('requests');
    expect(wordsOf(acceptedReply({ task, now, gate }))).not.toContain('requests');
  });
});

describe('a pause that ConnectWise asked for', () => {
  const failure = { code: 'cw.rate-limited', retryAfterMs: 60_000, at: atMs(0) } as const;
  const task = makeSyncTask({ failure, state: 'requested', wakeAt: now });

  test('is not skipped by asking at once: the answer names its end', () => {
    const words = 'nothing is asked of it before 2026-01-05T00:01:00.000Z.';
    expect(wordsOf(acceptedReply({ task, now, gate }))).toContain(words);
    expect(wordsOf(startedReply({ task, now, gate }))).toContain(words);
  });

  test('that is over is not told', () => {
    expect(wordsOf(acceptedReply({ task, now: atMs(60_000), gate }))).not.toContain('pause');
  });
});

describe('a sync that waits', () => {
  const waiting = { state: 'requested', wakeAt: atMs(60_000) } as const;

  test('for the cool-down says why, and can be started at once', () => {
    const reply = acceptedReply({ task: makeSyncTask(waiting), now, gate });
    expect(wordsOf(reply)).toContain('there is a pause between two syncs');
    expect(actionsOf(reply).map(({ command }) => command)).toContain('sync #1042 --now');
  });

  test('after a failure does not blame the cool-down', () => {
    const failure = { code: 'cw.unavailable', at: atMs(0) } as const;
    const reply = acceptedReply({ task: makeSyncTask({ ...waiting, failure }), now, gate });
    expect(wordsOf(reply)).not.toContain('pause');
  });

  test('only for its turn has nothing to start', () => {
    const reply = acceptedReply({ task: makeSyncTask({ ...waiting, wakeAt: atMs(0) }), now, gate });
    expect(actionsOf(reply).map(({ label }) => label)).toEqual(['Details', 'Logs']);
  });
});
