import { describe, expect, test } from 'vitest';
import { editsLookedAt } from '../../src/app/preview.ts';
import { valueWords } from '../../src/app/replies/sync-preview.ts';
import type { Fields, PlanRecord } from '../../src/domain/plan.ts';
import { actionsOf, commandRig, testLinks, wordsOf } from '../support/command-rig.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const agreed: Fields = {
  summary: 'Order desks',
  status: { id: 1, name: 'New', category: 'Ready' },
  owner: { id: 7, name: 'Ann' },
  dates: { start: null, due: '2026-02-01T00:00:00Z' },
  budgetHours: 4,
};

function record(n: number, edited: Fields, part: Partial<PlanRecord> = {}): PlanRecord {
  return {
    id: `task-${String(n).padStart(4, '0')}`,
    projectId: 'p1',
    kind: 'task',
    version: 2,
    externalId: 4_000 + n,
    fields: { ...agreed, ...edited },
    base: { psa: agreed, plan: agreed },
    syncFence: 1,
    planSeq: n + 1,
    changedAt: atMs(n),
    changedBy: 'Bob',
    ...part,
  };
}

function rigWith(...records: readonly PlanRecord[]) {
  const rig = commandRig([makeSyncTask()]);
  rig.planner.records.push(...records);
  return rig;
}

describe('sync --dry-run', () => {
  test('lists record, field, old and new value, and changes nothing', async () => {
    const rig = rigWith(
      record(1, { budgetHours: 6, dates: { start: null, due: '2026-02-09T00:00:00Z' }, owner: null }),
    );
    const reply = await rig.say('sync #1042 --dry-run');
    expect(reply?.summary).toBe(
      'Office move: the next sync would change 3 fields of 1 record in ConnectWise',
    );
    const words = wordsOf(reply);
    expect(words).toContain('Task “Order desks” · ticket #4001 · edited 2026-01-05T00:00:00.001Z by Bob');
    expect(words).toContain('owner: Ann → nothing\n');
    expect(words).toContain('dates: due 2026-02-01 → due 2026-02-09\n');
    expect(words).toContain('budget hours: 4 → 6');
    expect(words).toContain('Nothing is sent');
    expect(JSON.stringify(reply)).toContain(testLinks.record('ticket', 4001));
    expect(rig.store.triggered).toEqual([]);
    expect(rig.audited).toEqual([]);
  });

  test.each<[string, PlanRecord]>([
    ['a value that is as it was agreed', record(1, { budgetHours: 4 })],
    ['a status of the same category', record(1, { status: { id: 2, name: 'Open', category: 'Ready' } })],
    ['a reference whose name alone differs', record(1, { owner: { id: 7, name: 'Ann Lee' } })],
    ['a record that the sync wrote', (({ planSeq: _, ...rest }) => rest)(record(1, { budgetHours: 9 }))],
    ['one that waits for an answer', record(1, { budgetHours: 9 }, { frozen: { at: atMs(0) } })],
    ['one of another project', record(1, { budgetHours: 9 }, { projectId: 'p2' })],
  ])('%s is nothing to write', async (_, one) => {
    expect((await rigWith(one).say('sync #1042 --dry-run'))?.summary).toBe(
      'Office move: the next sync would write nothing to ConnectWise',
    );
  });

  test('another category is; what is in the plan only is told apart', async () => {
    const { externalId: _, base: _base, ...planOnly } = record(2, {});
    const status = { id: 2, name: 'Done', category: 'Complete' };
    const words = wordsOf(await rigWith(record(1, { status }), planOnly).say('sync #1042 --dry-run'));
    expect(words).toContain('status: New → Done');
    expect(words).toContain('1 edited record in the plan only');
  });

  test('comes in pages, and says where it stops looking', async () => {
    const many = Array.from({ length: editsLookedAt + 1 }, (_, n) => record(n, { budgetHours: 9 }));
    const rig = rigWith(...many);
    const first = await rig.say('sync #1042 --dry-run');
    expect(first?.summary).toContain('500 fields of 500 records');
    expect(first?.blocks.filter(({ block }) => block === 'row')).toHaveLength(10);
    expect(wordsOf(first)).toContain('Only the first 500 edited records of each kind were looked at.');
    const [next] = actionsOf(first);
    expect(next?.command).toBe('sync #1042 --dry-run --page 2');
    expect(wordsOf(await rig.say(next?.command ?? ''))).toContain('Page 2 of 50.');
    expect(wordsOf(await rig.say('sync #1042 --dry-run --page 99'))).toContain('Page 50 of 50.');
  });

  test('is no part of the miscellaneous data sync', async () => {
    expect(wordsOf(await rigWith().say('sync --misc --dry-run'))).toContain('It is written: sync --misc');
  });
});

test.each([
  [null, 'nothing'],
  ['', 'nothing'],
  [true, 'yes'],
  [4.5, '4.5'],
  ['2026-02-01T00:00:00Z', '2026-02-01'],
  ['2026-02-01T09:30:00Z', '2026-02-01T09:30:00Z'],
  [[], 'nothing'],
  [['ann', 'bob'], 'ann, bob'],
  [{ id: 3, name: null }, '#3'],
  [{ kind: 'ticket', id: null, lagDays: 2 }, 'kind ticket, lag days 2'],
  [{ start: null, end: null }, 'nothing'],
  ['x'.repeat(500), `${'x'.repeat(149)}…`],
])('the value %j in words: %s', (value, words) => {
  expect(valueWords(value)).toBe(words);
});
