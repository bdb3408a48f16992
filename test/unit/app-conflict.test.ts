import { describe, expect, test } from 'vitest';
import type { Fields, PlanRecord } from '../../src/domain/plan.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const due = (text: string | null) => ({ start: null, due: text === null ? null : `${text}T00:00:00Z` });
const entry = (given: Partial<LogEntry> = {}): LogEntry => ({
  ...{
    at: atMs(0),
    severity: 'warning',
    action: 'conflict',
    message: 'Task “Order desks” was edited on both sides',
  },
  ...{ direction: 'to ConnectWise', projectId: 'p1', entity: 'task', planId: 'task-1', externalId: 4_711 },
  conflicts: [{ field: 'dates', plan: due('2026-02-01'), psa: due('2026-02-09'), took: 'connectwise' }],
  ...given,
});

async function rigWith(one: LogEntry, fields: Fields, part: Partial<PlanRecord> = {}) {
  const settings = new FakeSettingsStore({ writeToConnectWise: true });
  const rig = commandRig([makeSyncTask()], { settings });
  await rig.log.append([one]);
  rig.planner.records.push({
    ...{ id: 'task-1', projectId: 'p1', kind: 'task', version: 3, externalId: 4_711, syncFence: 1 },
    ...{ fields: { summary: 'Order desks', ...fields }, base: { psa: {}, plan: {} } },
    ...{ changedAt: atMs(7), changedBy: 'Bob', ...part },
  });
  const now = () => rig.planner.records[0];
  const detail = (userId?: string) => rig.say('logs --entry 0', userId);
  const press = async (label: string, from = detail()) => {
    const action = actionsOf(await from).find((one) => one.label === label);
    return await rig.say(action?.command ?? `no ${label}`);
  };
  return { ...rig, now, detail, press };
}

describe('a conflict in the log', () => {
  test('shows both values; its button applies the other one, as an edit of the plan', async () => {
    const rig = await rigWith(entry(), { dates: due('2026-02-09') });
    const words = wordsOf(await rig.detail());
    expect(words).toContain(
      'dates: ConnectWise’s value was taken\nplan: due 2026-02-01\nConnectWise: due 2026-02-09',
    );
    const reply = await rig.press('Apply the plan’s');
    expect(wordsOf(reply)).toContain('dates: due 2026-02-09 → due 2026-02-01');
    expect(wordsOf(reply)).toContain('goes to ConnectWise with the next sync');
    expect(rig.now()).toMatchObject({
      version: 4,
      fields: { dates: due('2026-02-01') },
      changedBy: 'The operator',
    });
    expect(rig.planner.triggered).toEqual([{ projectId: 'p1', kinds: ['delta'], prio: 2 }]);
    expect(rig.audited).toMatchObject([{ outcome: 'plan edited', after: 'dates: due 2026-02-01' }]);
    expect((await rig.press('Apply the plan’s'))?.summary).toContain('It is so already');
    expect(rig.now()?.version).toBe(4);
  });

  test('where the plan’s was taken, ConnectWise’s is the other one', async () => {
    const conflicts = [{ field: 'summary', plan: 'Desks', psa: 'Tables', took: 'plan' }] as const;
    const rig = await rigWith(entry({ conflicts }), { summary: 'Desks' });
    await rig.press('Apply ConnectWise’s');
    expect(rig.now()?.fields.summary).toBe('Tables');
  });

  test('asks again where the value has changed since, with what it is now, and once more where that has', async () => {
    const rig = await rigWith(entry(), { dates: due('2026-03-01') });
    const asked = await rig.press('Apply the plan’s');
    expect(asked?.unclear).toBe(true);
    expect(wordsOf(asked)).toContain(`Now: due 2026-03-01, changed ${atMs(7).toISOString()} by Bob`);
    expect(rig.now()?.version).toBe(3);
    const other = { ...(rig.now() as PlanRecord), version: 4, fields: { dates: due('2026-04-01') } };
    rig.planner.records[0] = other;
    const again = await rig.press('Apply all the same', Promise.resolve(asked));
    expect(wordsOf(again)).toContain('Now: due 2026-04-01');
    expect(rig.now()?.version).toBe(4);
    await rig.press('Apply all the same', Promise.resolve(again));
    expect(rig.now()?.fields.dates).toEqual(due('2026-02-01'));
  });

  test('a version that the sync moved in this moment is tried again; a value that changed is not overwritten', async () => {
    const rig = await rigWith(entry(), { dates: due('2026-02-09') });
    const edit = rig.planner.edit.bind(rig.planner);
    let meanwhile: Fields | undefined = {};
    rig.planner.edit = async (...args) => {
      const before = rig.now() as PlanRecord;
      if (meanwhile)
        rig.planner.records[0] = {
          ...before,
          version: before.version + 1,
          fields: { ...before.fields, ...meanwhile },
        };
      meanwhile = undefined;
      return await edit(...args);
    };
    await rig.press('Apply the plan’s');
    expect(rig.now()?.fields.dates).toEqual(due('2026-02-01'));
    rig.planner.records[0] = { ...(rig.now() as PlanRecord), fields: { dates: due('2026-02-09') } };
    meanwhile = { dates: due('2026-05-01') };
    expect(wordsOf(await rig.press('Apply the plan’s'))).toContain('Now: due 2026-05-01');
    expect(rig.now()?.fields.dates).toEqual(due('2026-05-01'));
  });

  test.each<[string, Partial<PlanRecord>, Partial<LogEntry>]>([
    ['whose record is gone', { deleted: { at: atMs(0), by: 'Bo', reason: 'deleted in the plan' } }, {}],
    ['whose record waits for an answer', { frozen: { at: atMs(0) } }, {}],
    [
      'of a field that never goes out',
      {},
      { conflicts: [{ field: 'closed', plan: true, psa: false, took: 'plan' }] },
    ],
    ['of a record that is not there', { id: 'other' }, {}],
  ])('one %s has no button', async (_, part, given) => {
    const rig = await rigWith(entry(given), { closed: true }, part);
    expect(actionsOf(await rig.detail()).filter(({ command }) => command.includes('--take'))).toEqual([]);
    const reply = await rig.say('logs --entry 0 --take closed');
    expect(reply?.summary).toMatch(/not in the log|no longer there|cannot be applied|so already/u);
    expect(rig.planner.triggered).toEqual([]);
  });

  test('viewers have no button, and a value that ConnectWise cannot hold is refused', async () => {
    const conflicts = [
      { field: 'summary', plan: 'x'.repeat(101), psa: 'Tables', took: 'connectwise' },
    ] as const;
    const rig = await rigWith(entry({ conflicts }), { summary: 'Tables' });
    expect(actionsOf(await rig.detail('viewer')).map(({ label }) => label)).not.toContain('Apply the plan’s');
    expect((await rig.say('logs --entry 0 --take summary', 'viewer'))?.summary).toContain(
      'needs the role operator',
    );
    expect(wordsOf(await rig.press('Apply the plan’s'))).toContain('ConnectWise holds at most 100.');
    expect(rig.now()?.version).toBe(3);
  });
});

describe('what ConnectWise did not take', () => {
  const { conflicts: _, ...rest } = entry({
    action: 'rejected',
    severity: 'error',
    next: 'Change the value.',
  });
  const refused = (value: string | null, words: string) => ({
    at: atMs(0),
    fields: { summary: { value, words } },
  });

  test('is told in its own words, with the next step', async () => {
    const rig = await rigWith(rest, {}, { rejected: refused('Order desks', 'Summary is locked.') });
    const reply = await rig.detail();
    expect(wordsOf(reply)).toContain('summary Order desks: Summary is locked.');
    expect(wordsOf(reply)).toContain('What to do: Change the value.');
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(
      expect.arrayContaining(['tasks #1042 --edit "task-1"', 'sync #1042 --now']),
    );
  });

  test('says what has changed or was settled since', async () => {
    const rig = await rigWith(rest, {}, { rejected: refused('Order chairs', 'Summary is locked.') });
    expect(wordsOf(await rig.detail())).toContain('(changed since: the next sync tries it again)');
    const settled = await rigWith(rest, {});
    expect(wordsOf(await settled.detail())).toContain('It is settled by now');
  });
});
