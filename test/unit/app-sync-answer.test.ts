import { describe, expect, test } from 'vitest';
import { acceptedReply, endedReply } from '../../src/app/replies/sync-answer.ts';
import { actionsOf, wordsOf } from '../support/command-rig.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const counts = { created: 0, updated: 2, skipped: 0, conflicts: 0 };
const lastSync = {
  at: atMs(9_000),
  startedAt: atMs(5_000),
  mode: 'comprehensive',
  runId: 'r',
  counts,
} as const;
const now = atMs(10_000);

describe('the end of a sync', () => {
  test('that began after it was asked for', () => {
    const reply = endedReply({ task: makeSyncTask({ lastSync }), now }, atMs(4_000), true);
    expect(wordsOf(reply)).toContain('in 4 s: 2 updated');
    expect(wordsOf(reply)).not.toContain('already under way');
  });

  test('that was under way already: it may have missed what was changed since', () => {
    const reply = endedReply({ task: makeSyncTask({ lastSync }), now }, atMs(6_000), true);
    expect(wordsOf(reply)).toContain('already under way');
    expect(wordsOf(reply)).toContain('sync again for that');
  });
});

describe('a sync that waits', () => {
  const waiting = { state: 'requested', wakeAt: atMs(60_000) } as const;

  test('for the cool-down says why, and can be started at once', () => {
    const reply = acceptedReply({ task: makeSyncTask(waiting), now });
    expect(wordsOf(reply)).toContain('there is a pause between two syncs');
    expect(actionsOf(reply).map(({ command }) => command)).toContain('sync #1042 --now');
  });

  test('after a failure does not blame the cool-down', () => {
    const failure = { code: 'cw.unavailable', at: atMs(0) } as const;
    const reply = acceptedReply({ task: makeSyncTask({ ...waiting, failure }), now });
    expect(wordsOf(reply)).not.toContain('pause');
  });

  test('only for its turn has nothing to start', () => {
    const reply = acceptedReply({ task: makeSyncTask({ ...waiting, wakeAt: atMs(0) }), now });
    expect(actionsOf(reply).map(({ label }) => label)).toEqual(['Details']);
  });
});
