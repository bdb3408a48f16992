import { describe, expect, test } from 'vitest';
import { deletedInPlan, goneFromPsa, type PlanRecord } from '../../src/domain/plan.ts';
import type { LinkState, SyncTask } from '../../src/domain/sync-task.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords } from '../support/doors-rig.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const question = { code: 'plan.mass-deletion', message: '12 tickets are gone.' } as const;
const asked = makeSyncTask({ needsAttention: { since: atMs(0), failure: question } });

function record(n: number, given: Partial<PlanRecord> = {}): PlanRecord {
  return {
    id: `task-${n}`,
    projectId: 'p1',
    kind: 'task',
    version: 1,
    fields: { summary: `Desk ${n}` },
    externalId: 4_000 + n,
    base: { psa: {}, plan: {} },
    syncFence: 1,
    changedAt: atMs(0),
    changedBy: 'Bob',
    ...given,
  };
}

const frozen = (n: number, approvedBy?: string): PlanRecord =>
  record(n, { frozen: { at: atMs(0), ...(approvedBy === undefined ? {} : { approvedBy }) } });
const dead = (n: number): PlanRecord =>
  record(n, { deleted: { at: atMs(n * 60_000), by: 'cwsync', reason: goneFromPsa } });
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

function rigWith(records: readonly PlanRecord[], task: SyncTask = asked) {
  const rig = commandRig([task]);
  rig.planner.records.push(...records);
  return rig;
}

describe('deletions', () => {
  test('lists what waits: ten names, how many more, and both answers with their number', async () => {
    const rig = rigWith(range(12).map((n) => frozen(n)));
    const reply = await rig.say('deletions #1042');
    expect(reply?.summary).toBe('Office move: 12 records gone from ConnectWise wait for your answer');
    const words = wordsOf(reply);
    expect(words).toContain('Task “Desk 10” · #4010');
    expect(words).not.toContain('Desk 11');
    expect(words).toContain('… and 2 more.');
    expect(actionsOf(reply).slice(0, 2)).toMatchObject([
      { label: 'Apply 12 deletions', command: 'deletions #1042 apply' },
      { label: 'Keep', command: 'deletions #1042 keep' },
    ]);
    expect(rig.audited).toEqual([]);
  });

  test('only what nobody has answered counts', async () => {
    const rig = rigWith([frozen(1), frozen(2, 'Ann'), record(3)]);
    const reply = await rig.say('deletions #1042');
    expect(reply?.summary).toContain('1 record gone from ConnectWise waits');
    expect(wordsOf(reply)).toContain('1 deletion decided by Ann');
    expect(actionsOf(reply)[0]?.label).toBe('Apply 1 deletion');
  });

  test('apply: marks them, asks for a whole sync at once for the asker, audits and logs', async () => {
    const rig = rigWith([frozen(1), frozen(2), record(3)]);
    expect(await rig.say('deletions #1042 apply --confirm')).toBeUndefined();
    expect(rig.planner.records.map(({ frozen: mark }) => mark?.approvedBy)).toEqual([
      'The operator',
      'The operator',
      undefined,
    ]);
    expect(rig.store.triggered).toMatchObject([
      {
        taskId: 't:p1',
        trigger: { kinds: ['comprehensive'], prio: 2, forceNow: true },
        interaction: { person: { userId: 'operator' } },
      },
    ]);
    expect(rig.audited).toMatchObject([
      { command: 'deletions', before: '2 waiting', after: '2 to be deleted', outcome: 'deletions applied' },
    ]);
    expect(rig.log.all).toMatchObject([{ action: 'approved', projectId: 'p1' }]);
  });

  test('apply asks first, with the numbers as they are, their kinds and some names', async () => {
    const rig = doorsRig([asked]);
    rig.planner.records.push(
      ...range(11).map((n) => frozen(n)),
      record(20, { kind: 'phase', frozen: { at: atMs(0) } }),
    );
    const form = await rig.form('deletions #1042 apply', 'operator');
    expect(rig.delivery.opened.map(({ title }) => title)).toEqual(['Apply deletions']);
    expect(form).toMatchObject({ form: 'mass-deletion', submit: 'Apply 12 deletions', danger: true });
    const words = formWords(form);
    expect(words).toContain(
      'Office move: 12 records gone from ConnectWise leave the plan: 1 phase, 11 tasks.',
    );
    expect(words).toContain('Desk 9');
    expect(words).toContain('… and 2 more.');
    expect(rig.store.triggered).toEqual([]);

    expect(await rig.submit(form, {}, 'operator')).toEqual({ result: 'closed' });
    expect(rig.followings()).toBe(1);
    expect(rig.store.triggered).toMatchObject([
      { trigger: { kinds: ['comprehensive'] }, interaction: { person: { userId: 'operator' } } },
    ]);
    expect(rig.audited).toMatchObject([{ command: 'mass-deletion', projectId: 'p1', before: '12 waiting' }]);
    const again = await rig.submit(form, {}, 'operator');
    expect(again).toMatchObject({ reply: { summary: 'Office move: no deletions wait for an answer.' } });
    expect(rig.store.triggered).toHaveLength(1);
  });

  test('what was agreed to is what was shown: other numbers are shown again', async () => {
    const rig = doorsRig([asked]);
    rig.planner.records.push(frozen(1));
    const form = await rig.form('deletions #1042 apply', 'operator');
    rig.planner.records.push(frozen(2));
    const answer = await rig.submit(form, {}, 'operator');
    expect(answer.result === 'replaced' && formWords(answer.form)).toContain('the numbers have changed');
    expect(rig.store.triggered).toEqual([]);
    const second = answer.result === 'replaced' ? await rig.submit(answer.form, {}, 'operator') : answer;
    expect(second.result).toBe('closed');
    expect(rig.store.triggered).toHaveLength(1);
  });

  test.each<[string, string, LinkState, string]>([
    ['a viewer', 'viewer', 'active', 'This needs the role operator.'],
    ['somebody who did not open it', 'admin', 'active', 'opened by somebody else'],
    ['a project that was disconnected meanwhile', 'operator', 'disconnected', 'no longer synced'],
  ])('nothing is deleted for %s', async (_, userId, state, words) => {
    const rig = doorsRig([asked]);
    rig.planner.records.push(frozen(1));
    const form = await rig.form('deletions #1042 apply', 'operator');
    rig.store.put({ ...asked, link: { ...asked.link, state } });
    const answer = await rig.submit(form, {}, userId);
    expect(answer.result === 'replaced' && formWords(answer.form)).toContain(words);
    expect(rig.planner.records[0]?.frozen?.approvedBy).toBeUndefined();
  });

  test('keep: they lose their pair and stay, a delta follows, audited and logged', async () => {
    const rig = rigWith([frozen(1), frozen(2)]);
    const reply = await rig.say('deletions "Office move" KEEP');
    expect(reply?.summary).toBe('2 records of Office move stay in the plan.');
    expect(rig.planner.records.map(({ externalId, frozen: mark }) => [externalId, mark])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(rig.store.triggered).toMatchObject([{ trigger: { kinds: ['delta'], prio: 2 } }]);
    expect(rig.audited).toMatchObject([{ after: '2 kept', outcome: 'records kept' }]);
    expect(rig.log.all).toMatchObject([{ action: 'kept' }]);
  });

  test.each(['apply', 'keep'])(
    '%s a second time finds nothing to answer and does nothing',
    async (answer) => {
      const rig = rigWith([frozen(1, 'Ann')]);
      const reply = await rig.say(`deletions #1042 ${answer}`);
      expect(reply?.summary).toBe('Office move: no deletions wait for an answer.');
      expect(wordsOf(reply)).toContain('1 deletion decided by Ann: the next sync carries them out.');
      expect(rig.store.triggered).toEqual([]);
      expect(rig.audited).toEqual([]);
    },
  );

  test('a project that does not sync is told when they are deleted', async () => {
    const { link } = asked;
    const rig = rigWith([frozen(1)], { ...asked, link: { ...link, state: 'disabled' } });
    const reply = await rig.say('deletions #1042 apply --confirm');
    expect(wordsOf(reply)).toContain('does not sync at present');
  });

  test('a project whose name ends like an answer is only looked at', async () => {
    const rig = rigWith([frozen(1)], makeSyncTask({ link: { projectName: 'Castle keep' } }));
    const reply = await rig.say('deletions castle keep');
    expect(reply?.summary).toContain('Castle keep: 1 record gone');
    expect(rig.planner.records[0]?.externalId).toBe(4_001);
  });

  test.each(['deletions #1042 maybe', 'deletions #1042 apply keep'])('%s is no answer', async (text) => {
    const rig = rigWith([frozen(1)]);
    expect((await rig.say(text))?.summary).toBe('The answer is apply or keep.');
    expect(rig.audited).toEqual([]);
  });

  test('the card and the list offer the answers, with the number', async () => {
    const rig = rigWith(range(12).map((n) => frozen(n)));
    for (const text of ['status #1042', 'status']) {
      expect(actionsOf(await rig.say(text)).map(({ label }) => label)).toContain('Apply 12 deletions');
    }
    expect(wordsOf(await rig.say('status #1042'))).toContain(
      '12 records gone from ConnectWise wait for an answer.',
    );
  });

  test('where no question was asked nothing is looked for', async () => {
    const rig = rigWith([frozen(1)], makeSyncTask());
    expect(actionsOf(await rig.say('status #1042')).map(({ label }) => label)).not.toContain('Keep');
  });
});

describe('restore', () => {
  test('lists what left the plan, newest first, ten a page, each with its button', async () => {
    const rig = rigWith(range(12).map(dead));
    const reply = await rig.say('restore #1042');
    expect(reply?.summary).toBe('Office move: 12 deleted records can be restored');
    const rows = (reply?.blocks ?? []).filter(({ block }) => block === 'row');
    expect(rows).toHaveLength(10);
    expect(wordsOf({ summary: '', blocks: rows.slice(0, 1) }).trim()).toBe(
      'Task “Desk 12”\ngone from ConnectWise · 2026-01-05T00:12:00.000Z · by cwsync',
    );
    expect(actionsOf(reply)[0]).toEqual({ label: 'Restore', command: 'restore #1042 task-12' });
    expect(actionsOf(reply).map(({ command }) => command)).toContain('restore #1042 --page 2');
    expect(wordsOf(reply)).toContain('lives in the plan only');
    expect(wordsOf(await rig.say('restore #1042 --page 9'))).toContain('Desk 1”');
  });

  test('the button takes it back, says what that means, audits and logs', async () => {
    const rig = rigWith([dead(1), dead(2)]);
    const reply = await rig.say('restore #1042 task-1');
    expect(reply?.summary).toBe('Task “Desk 1” is back in the plan of Office move.');
    expect(wordsOf(reply)).toContain('lives in the plan only until Write to ConnectWise is on');
    expect(rig.store.triggered).toMatchObject([
      { taskId: 't:p1', trigger: { kinds: ['delta'], suspects: [] } },
    ]);
    const [first, second] = rig.planner.records;
    expect(first).toMatchObject({ changedBy: 'The operator', formerExternalId: 4_001 });
    expect(first?.deleted).toBeUndefined();
    expect(second?.deleted).toBeDefined();
    expect(rig.audited).toMatchObject([
      { command: 'restore', before: goneFromPsa, after: 'in the plan', outcome: 'restored' },
    ]);
    expect(rig.log.all).toMatchObject([
      { action: 'restored', entity: 'task', planId: 'task-1', projectId: 'p1' },
    ]);
  });

  test('what was deleted in the plan is tied to its ConnectWise record again, and looked for there', async () => {
    const deleted = { at: atMs(0), by: 'Ann', reason: deletedInPlan } as const;
    const rig = rigWith([record(1, { deleted })]);
    const reply = await rig.say('restore #1042 task-1');
    expect(wordsOf(reply)).toContain('tied to its ConnectWise record again');
    expect(wordsOf(reply)).not.toContain('lives in the plan only');
    expect(rig.planner.records[0]).toMatchObject({ externalId: 4_001, base: {} });
    expect(rig.planner.records[0]).not.toHaveProperty('deleted');
    const suspects = [{ kind: 'ticket', id: 4_001 }];
    expect(rig.store.triggered).toMatchObject([{ taskId: 't:p1', trigger: { kinds: ['delta'], suspects } }]);
    expect(rig.log.all[0]?.message).toContain('it is synced again');
  });

  test.each(['restore #1042 task-3', 'restore #1042 task-1 task-2', 'restore #1042 nonsense'])(
    '%s is no deleted record: nothing changes',
    async (text) => {
      const rig = rigWith([dead(1), dead(2), record(3)]);
      expect((await rig.say(text))?.summary).toContain('no such deleted record');
      expect(rig.planner.records.filter(({ deleted }) => deleted)).toHaveLength(2);
      expect(rig.audited).toEqual([]);
    },
  );

  test('finds one that stands far behind', async () => {
    const rig = rigWith(range(1_100).map(dead));
    expect((await rig.say('restore #1042 task-1'))?.summary).toContain('is back in the plan');
  });

  test('an empty list says so', async () => {
    expect(wordsOf(await rigWith([]).say('restore #1042'))).toContain(
      'Nothing left the plan in the last 30 days.',
    );
  });
});
