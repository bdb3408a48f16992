import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/domain/failure.ts';
import {
  changesInWords,
  closedInWords,
  comprehensiveIntervalMs,
  health,
  modeOf,
  type SyncTask,
  syncStatus,
} from '../../src/domain/sync-task.ts';
import { atMs, makeSyncTask, noCounts, testStart } from '../support/make-sync-task.ts';

const now = testStart;
const failure: Failure & { readonly at: Date } = { code: 'cw.unavailable', at: atMs(-1_000) };
const changed = { by: { id: 'slack:T/U', name: 'Ann' }, at: atMs(-5_000), reason: 'on hold' };

function neverSynced(given: Parameters<typeof makeSyncTask>[0]): SyncTask {
  const { lastSync: _, ...task } = makeSyncTask(given);
  return task;
}

describe('syncStatus', () => {
  const claimed = { want: 2, kinds: ['comprehensive'], prio: 2, forceNow: false, suspects: [] } as const;
  const progress = { phase: 'tickets', doneCount: 120, totalCount: 312 };
  test.each<[string, Parameters<typeof makeSyncTask>[0], ReturnType<typeof syncStatus>]>([
    ['idle', {}, { word: 'Idle' }],
    [
      'requested for later',
      { state: 'requested', wakeAt: atMs(1) },
      { word: 'Requested', startsAt: atMs(1) },
    ],
    ['due this very moment', { state: 'requested', wakeAt: now }, { word: 'In Queue', takenUpAgain: false }],
    ['overdue', { state: 'requested', wakeAt: atMs(-1) }, { word: 'In Queue', takenUpAgain: false }],
    [
      'running',
      { state: 'syncing', wakeAt: atMs(60_000), startedAt: atMs(-9), claimed, progress },
      { word: 'Syncing', since: atMs(-9), mode: 'comprehensive', progress },
    ],
    [
      'running without progress yet',
      { state: 'syncing', wakeAt: atMs(1), startedAt: atMs(-9), claimed: { ...claimed, kinds: ['delta'] } },
      { word: 'Syncing', since: atMs(-9), mode: 'delta' },
    ],
    [
      'a lease that ran out',
      { state: 'syncing', wakeAt: now, claimed },
      { word: 'In Queue', takenUpAgain: true },
    ],
  ])('%s', (_, task, expected) => {
    expect(syncStatus(makeSyncTask(task), now)).toEqual(expected);
  });

  test('comprehensive covers delta', () => {
    expect(modeOf(['delta', 'comprehensive'])).toBe('comprehensive');
    expect(modeOf(['delta'])).toBe('delta');
  });
});

describe('health', () => {
  const attention = { since: atMs(-2_000), failure };
  const everything = { failure, needsAttention: attention, attempts: 3 };

  test.each([
    ['Disconnected', 'disconnected'],
    ['Archived', 'archived'],
    ['Disabled', 'disabled'],
  ] as const)('%s comes before every failure', (word, state) => {
    expect(health(makeSyncTask({ ...everything, link: { state, changed } }))).toEqual({ word, changed });
    expect(health(makeSyncTask({ ...everything, link: { state } }))).toEqual({ word });
  });

  test('Needs attention comes before Retrying and First import', () => {
    expect(health(neverSynced(everything))).toEqual({
      word: 'Needs attention',
      since: attention.since,
      failure,
    });
  });

  test('Retrying comes before First import and Healthy, with the attempt and when it goes on', () => {
    const retrying = { failure, attempts: 2, state: 'requested', wakeAt: atMs(5_000) } as const;
    const expected = { word: 'Retrying', attempt: 2, failure, nextAt: atMs(5_000) };
    expect(health(neverSynced(retrying))).toEqual(expected);
    expect(health(makeSyncTask(retrying))).toEqual(expected);
  });

  test('while the next attempt runs nothing is said of when it starts', () => {
    const task = makeSyncTask({ failure, attempts: 2, state: 'syncing', wakeAt: atMs(60_000) });
    expect(health(task)).toEqual({ word: 'Retrying', attempt: 2, failure });
  });

  test('First import until the first success, then Healthy', () => {
    expect(health(neverSynced({}))).toEqual({ word: 'First import' });
    expect(health(makeSyncTask())).toEqual({ word: 'Healthy' });
  });

  test('Late comes after First import, from the moment that was set', () => {
    const late = { lateAt: atMs(-1) };
    expect(health(makeSyncTask(late), { now })).toEqual({ word: 'Late', since: atMs(-1) });
    expect(health(makeSyncTask({ lateAt: now }), { now })).toEqual({ word: 'Healthy' });
    expect(health(makeSyncTask(), { now })).toEqual({ word: 'Healthy' });
    expect(health(neverSynced(late), { now })).toEqual({ word: 'First import' });
    expect(health(makeSyncTask({ ...late, ...everything }), { now }).word).toBe('Needs attention');
    expect(health(makeSyncTask({ ...late, failure }), { now }).word).toBe('Retrying');
    expect(health(makeSyncTask({ ...late, link: { state: 'disabled' } }), { now }).word).toBe('Disabled');
    // Without the database's clock nothing can be said of time.
    expect(health(makeSyncTask(late))).toEqual({ word: 'Healthy' });
  });

  test('Integration disabled comes before everything', () => {
    const off = { integrationEnabled: false };
    const task = makeSyncTask({ ...everything, link: { state: 'disconnected', changed } });
    expect(health(task, off)).toEqual({ word: 'Integration disabled' });
    expect(health(task, { integrationEnabled: true }).word).toBe('Disconnected');
  });
});

test('the comprehensive interval is what is set, or as long as all of them take within their share', () => {
  const schedule = { comprehensiveMs: 60_000, comprehensiveRequestsPerSecond: 4 };
  expect(comprehensiveIntervalMs(schedule, 0)).toBe(60_000);
  expect(comprehensiveIntervalMs(schedule, 240)).toBe(60_000);
  expect(comprehensiveIntervalMs(schedule, 241)).toBe(60_250);
});

test.each([
  [86_400_000, '1 day'],
  [90 * 86_400_000, '90 days'],
  [90.9 * 86_400_000, '90 days'],
])('closed for %d ms in words', (ms, words) => {
  expect(closedInWords(ms)).toBe(`closed in ConnectWise for ${words}`);
});

test.each([
  [{ requests: 9 }, 'nothing changed'],
  [{ created: 3, updated: 1 }, '3 created, 1 updated'],
  [{ created: 3, deleted: 2 }, '3 created, 2 deleted'],
  [{ updated: 2, conflicts: 1 }, '2 updated, 1 of them edited on both sides'],
  [{ skipped: 4 }, '4 skipped'],
])('%j in words', (counts, words) => {
  expect(changesInWords({ ...noCounts, ...counts })).toBe(words);
});
