import { describe, expect, test } from 'vitest';
import { editsLookedAt } from '../../src/app/preview.ts';
import { valueWords } from '../../src/app/replies/sync-preview.ts';
import type { Fields, PlanRecord } from '../../src/domain/plan.ts';
import type { StatusMapping } from '../../src/domain/status-mapping.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { actionsOf, commandRig, testLinks, wordsOf } from '../support/command-rig.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const agreed: Fields = {
  summary: 'Order desks',
  status: { id: 1, name: 'New', category: 'Not Started' },
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
    base: { psa: { ...agreed, status: { id: 1, board: 5 } }, plan: agreed },
    syncFence: 1,
    planSeq: n + 1,
    changedAt: atMs(n),
    changedBy: 'Bob',
    ...part,
  };
}

const mapping = (...names: readonly ('New' | 'Done' | 'Dropped')[]): StatusMapping => {
  const all = [
    { id: 1, name: 'New', category: 'Not Started', setBy: 'cwsync' },
    { id: 2, name: 'Done', category: 'Complete', setBy: 'cwsync' },
    { id: 3, name: 'Dropped', category: 'Cancelled', setBy: 'cwsync' },
  ] as const;
  const statuses = all.filter(({ name }) => names.some((one) => one === name));
  const defaults = Object.fromEntries(statuses.map(({ id, category }) => [category, id]));
  return { of: 5, revision: 0, statuses, defaults };
};

async function rigOf(settings: Partial<Settings>, mapped: StatusMapping, records: readonly PlanRecord[]) {
  const reference = new FakeReferenceStore();
  await reference.saveMapping(mapped);
  const given = { settings: new FakeSettingsStore(settings), reference };
  const rig = commandRig([makeSyncTask({ link: { boardId: 5 } })], given);
  rig.planner.records.push(...records);
  return rig;
}

const rigWith = (...records: readonly PlanRecord[]) =>
  rigOf({ writeToConnectWise: true }, mapping('New', 'Done', 'Dropped'), records);
const dryRun = async (...records: readonly PlanRecord[]) =>
  await (await rigWith(...records)).say('sync #1042 --dry-run');

describe('sync --dry-run', () => {
  test('lists record, field, old and new value, and changes nothing', async () => {
    const rig = await rigWith(
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
    expect(words).toContain('Nothing was sent by this');
    expect(JSON.stringify(reply)).toContain(testLinks.record('ticket', 4001));
    expect(rig.store.triggered).toEqual([]);
    expect(rig.audited).toEqual([]);
  });

  test.each<[string, PlanRecord]>([
    ['a value that is as it was agreed', record(1, { budgetHours: 4 })],
    [
      'a status of the same category',
      record(1, { status: { id: 2, name: 'Open', category: 'Not Started' } }),
    ],
    ['a reference whose name alone differs', record(1, { owner: { id: 7, name: 'Ann Lee' } })],
    ['a record that the sync wrote', (({ planSeq: _, ...rest }) => rest)(record(1, { budgetHours: 9 }))],
    ['a field that never goes out', record(1, { actualHours: 9 })],
    ['one of another project', record(1, { budgetHours: 9 }, { projectId: 'p2' })],
  ])('%s is nothing to write', async (_, one) => {
    expect((await dryRun(one))?.summary).toBe(
      'Office move: the next sync would write nothing to ConnectWise',
    );
  });

  test('while writing is off it says that, and what would be written', async () => {
    const rig = await rigOf({}, mapping('New', 'Done'), [record(1, { budgetHours: 9 })]);
    const reply = await rig.say('sync #1042 --dry-run');
    expect(reply?.summary).toContain('with writing on, the next sync would change 1 field of 1 record in');
    expect(wordsOf(reply)).toContain('Write to ConnectWise is off, an admin turns it on');
  });

  test('tells what would be created, also in a phase that is made by the same sync, and why not', async () => {
    const made = (id: string, kind: PlanRecord['kind'], fields: Fields, parentId?: string): PlanRecord => {
      const { externalId: _, base: _base, ...rest } = record(1, {});
      return { ...rest, id, kind, fields, ...(parentId === undefined ? {} : { parentId }) };
    };
    const note = { text: 'Lift is broken' };
    const reply = await dryRun(
      made('phase', 'phase', { name: 'Moving' }),
      made('inside', 'task', { summary: 'Hire a van', phaseId: 'phase' }),
      made('outside', 'task', { summary: 'Loose end', phaseId: null }),
      made('note', 'ticketNote', note, 'inside'),
      made('lost', 'ticketNote', note, 'outside'),
    );
    expect(reply?.summary).toBe(
      'Office move: the next sync would create 3 records in ConnectWise; 2 records held back',
    );
    const words = wordsOf(reply);
    expect(words).toMatch(/Task “Hire a van” · new ticket · made .*\nis created in ConnectWise/u);
    expect(words).toMatch(/Task “Loose end” .*\nheld back: it is in no phase/u);
    expect(words).toContain('held back: its task is not in ConnectWise yet');
  });

  const deleted = (kind: PlanRecord['kind'] = 'task') =>
    record(1, {}, { kind, deleted: { at: atMs(5), by: 'Cleo', reason: 'deleted in the plan' } });

  test.each<[Partial<Settings>, StatusMapping, readonly PlanRecord[], string, string]>([
    [{}, mapping('New', 'Dropped'), [deleted()], 'cancel 1 record', 'its ticket is set to “Dropped”'],
    [
      {},
      mapping('New'),
      [deleted()],
      'write nothing',
      'no status that means “Cancelled”, so its ticket is left',
    ],
    [
      { planDeletionRule: 'ignore' },
      mapping('Dropped'),
      [deleted()],
      'write nothing',
      'its ticket is left alone',
    ],
    [
      { planDeletionRule: 'delete' },
      mapping('Dropped'),
      [deleted()],
      'delete 1 record',
      'its ticket is deleted',
    ],
    [
      { planDeletionRule: 'delete' },
      mapping('Dropped'),
      [deleted(), record(7, {}, { kind: 'timeLog', parentId: 'task-0001', planSeq: 0 })],
      'cancel 1 record',
      'time was logged on it, so its ticket is set to “Dropped”',
    ],
    [{}, mapping('New'), [deleted('event')], 'delete 1 record', 'it is deleted in ConnectWise'],
    [{}, mapping('New'), [deleted('phase')], 'delete 1 record', 'where nothing is in it, else left alone'],
  ])('what is deleted in the plan with %j', async (settings, mapped, records, summary, words) => {
    const rig = await rigOf({ ...settings, writeToConnectWise: true }, mapped, records);
    const reply = await rig.say('sync #1042 --dry-run');
    expect(reply?.summary).toContain(`the next sync would ${summary}`);
    expect(wordsOf(reply)).toContain(`deleted ${atMs(5).toISOString()} by Cleo\n`);
    expect(wordsOf(reply)).toContain(words);
  });

  test('another category goes out where the board has a status for it; what was refused says so', async () => {
    const status = { id: 2, name: 'Done', category: 'Complete' };
    expect(wordsOf(await dryRun(record(1, { status })))).toContain('status: New → Done');
    const blocked = record(1, { status: { id: 9, name: 'Stuck', category: 'Blocked' }, budgetHours: 6 });
    const refused = { value: 6, words: 'Too many hours' };
    const reply = await dryRun({ ...blocked, rejected: { at: atMs(0), fields: { budgetHours: refused } } });
    expect(reply?.summary).toContain('change 1 field of 1 record in ConnectWise; 1 record held back');
    expect(wordsOf(reply)).toContain('New → Stuck (held back: its board has no status that means “Blocked”');
    expect(wordsOf(reply)).toContain('4 → 6 (ConnectWise refused it before: Too many hours)');
  });

  test('one that waits for an answer is held back', async () => {
    const reply = await dryRun(record(1, { budgetHours: 9 }, { frozen: { at: atMs(0) } }));
    expect(reply?.summary).toContain('write nothing to ConnectWise; 1 record held back');
    expect(wordsOf(reply)).toContain(
      '(held back: it is gone from ConnectWise and waits for a person’s answer)',
    );
  });

  test('comes in pages, and says where it stops looking', async () => {
    const many = Array.from({ length: editsLookedAt + 1 }, (_, n) => record(n, { budgetHours: 9 }));
    const rig = await rigWith(...many);
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
    expect(wordsOf(await (await rigWith()).say('sync --misc --dry-run'))).toContain(
      'It is written: sync --misc',
    );
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
