import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/domain/failure.ts';
import type { PsaTableRow } from '../../src/domain/psa-records.ts';
import type { Form, FormAnswer } from '../../src/ports/form.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { actionsOf, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords, valuesOf } from '../support/doors-rig.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const misc = makeSyncTask({
  id: 't:misc',
  kind: 'misc',
  projectId: 'misc',
  link: { externalId: 0, projectName: 'Miscellaneous data' },
});
const bo = { id: 'slack:T1/bo', name: 'Bo' };

async function reference() {
  const store = new FakeReferenceStore();
  const row = (id: number, name: string, inactive = false): PsaTableRow => ({
    id,
    name,
    identifier: null,
    inactive,
    details: {},
    lastUpdated: null,
    updatedBy: null,
  });
  const read = { token: 'run' };
  await store.storePage('board', [row(3, 'Cloud'), row(7, 'Cabling'), row(8, 'Old', true)], read);
  await store.storePage('workType', [row(1, 'Consulting'), row(2, 'Travel time')], read);
  await store.storePage('member', [row(11, 'Ann Lee'), row(12, 'Ann Hart', true)], read);
  return store;
}

async function rigWith(seed: Partial<Settings> = {}, given: Parameters<typeof doorsRig>[1] = {}) {
  const settings = new FakeSettingsStore(seed);
  const rig = doorsRig([makeSyncTask(), misc], { settings, reference: await reference(), ...given });
  return { ...rig, settings };
}

const closed = (answer: FormAnswer) => (answer.result === 'closed' ? answer.reply : undefined);
const replaced = (answer: FormAnswer): Form => {
  if (answer.result !== 'replaced') throw new Error(`not replaced but ${answer.result}`);
  return answer.form;
};
const field = (form: Form, id: string) => form.fields.find((one) => 'id' in one && one.id === id);

describe('the form', () => {
  test('opens at once, before anything is read, and is filled with what is set', async () => {
    const rig = await rigWith({ boards: [7], autoDisableDays: null, defaultWorkType: 2 });
    const form = await rig.form('settings');
    expect(rig.delivery.opened.map(({ title }) => title)).toEqual(['Advanced Settings']);
    expect(form).toMatchObject({ form: 'settings', title: 'Advanced Settings', submit: 'Save' });
    expect(valuesOf(form)).toEqual({
      boards: ['7'],
      writing: [],
      'conflict-winner': 'connectwise',
      'plan-deletion': 'cancel',
      linking: ['linkNewProjects'],
      reading: [],
      'auto-disable': [],
      'auto-disable-days': '90',
      'work-type': '2',
      'alert-channels': [],
      'retention-days': '30',
    });
    const words = formWords(form);
    expect(words).toContain('Miscellaneous Data Sync: last ran 2026-01-04T23:59:00.000Z.');
    expect(words).toContain('[Sync now]');
    expect(field(form, 'writing')).toMatchObject({
      options: [{ label: 'Write to ConnectWise' }],
      values: [],
    });
    expect(form.context.length).toBeLessThan(2_000);
    expect(rig.delivery.sent).toEqual([]);
  });

  test('offers the boards in use, with their number of open projects where ConnectWise tells it', async () => {
    const project = (id: number, board: number) => ({
      id,
      name: null,
      company: null,
      board: { id: board, name: null },
    });
    const imports = {
      link: () => Promise.reject(new Error('not asked for')),
      openProjects: async () => [project(1, 7), project(2, 7), project(3, 9)],
    };
    const options = (form: Form) => {
      const boards = field(form, 'boards');
      return boards?.field === 'choices' ? boards.options.map(({ label, hint }) => [label, hint]) : [];
    };
    expect(options(await (await rigWith({}, { imports })).form('settings'))).toEqual([
      ['All boards', 'Also those that are made later'],
      ['Cabling', '2 open projects'],
      ['Cloud', '0 open projects'],
    ]);
    const down = {
      ...imports,
      openProjects: () => Promise.reject(new FailureError({ code: 'cw.unavailable' })),
    };
    expect(options(await (await rigWith({}, { imports: down })).form('settings'))[1]).toEqual([
      'Cabling',
      undefined,
    ]);
    const chosen = await (await rigWith({ boards: [8, 99] })).form('settings');
    expect(options(chosen)).toContainEqual(['Old', 'Inactive in ConnectWise']);
    expect(options(chosen)).toContainEqual(['Board #99', 'Not in ConnectWise']);
  });

  test('a count that does not come in time is left out', async () => {
    const imports = {
      link: () => Promise.reject(new Error('not asked for')),
      openProjects: () => new Promise<never>(() => {}),
    };
    const rig = await rigWith({}, { imports });
    const shown = rig.form('settings');
    await rig.clock.advance(3_000);
    expect(formWords(await shown)).toContain('Boards to sync');
  });

  test('before anything was read from ConnectWise it says so, and saving keeps what is set', async () => {
    const rig = await rigWith({ defaultWorkType: null }, { reference: new FakeReferenceStore() });
    const form = await rig.form('settings');
    expect(formWords(form)).toContain('Boards to sync: none is known yet.');
    const answer = await rig.submit(form, { ...valuesOf(form), 'retention-days': '7' });
    expect(closed(answer)?.summary).toBe('Settings saved: 1 change.');
  });

  test('typed where no form can be opened, a button is given', async () => {
    const rig = await rigWith();
    await rig.typed('settings');
    expect(actionsOf(rig.delivery.sent[0]?.reply)).toMatchObject([
      { label: 'Advanced Settings', command: 'settings' },
    ]);
  });

  test('boards and work types are looked for as one types, by admins only', async () => {
    const { doors } = await rigWith();
    const ask = (userId: string, name: string, typed: string) =>
      doors.suggest({
        person: { platform: 'slack', tenant: 'T1', userId, name: userId },
        form: 'settings',
        field: name,
        typed,
      });
    expect((await ask('admin', 'boards', 'CLÓU')).map(({ label }) => label)).toEqual(['Cloud']);
    expect((await ask('admin', 'work-type', 'trav')).map(({ value }) => value)).toEqual(['2']);
    expect((await ask('admin', 'boards~4', 'cab')).map(({ label }) => label)).toEqual(['Cabling']);
    expect(await ask('admin', 'retention-days', '')).toEqual([]);
    expect(await ask('operator', 'boards', '')).toEqual([]);
  });
});

describe('saving', () => {
  test('stores what was changed, tells it, audits it, announces it, and can be undone', async () => {
    const alertChannels = [{ platform: 'teams', tenant: 'x', conversation: 'y' }] as const;
    const rig = await rigWith({ boardWorkTypes: { 3: 1 }, alertChannels });
    const form = await rig.form('settings');
    expect((await rig.settings.read()).revision).toBe(0);
    const answer = await rig.submit(form, {
      boards: ['7', '3'],
      linking: [],
      reading: ['syncUserStatus'],
      'auto-disable': ['on'],
      'auto-disable-days': ' 030 ',
      'work-type': '1',
      'alert-channels': ['C7'],
      'retention-days': '60',
    });
    expect(await rig.settings.read()).toEqual({
      boards: [3, 7],
      linkNewProjects: false,
      importUndatedScheduleEntries: false,
      syncUserStatus: true,
      autoDisableDays: 30,
      retentionDays: 60,
      alertChannels: [...alertChannels, { platform: 'slack', tenant: 'T1', conversation: 'C7' }],
      defaultWorkType: 1,
      boardWorkTypes: { 3: 1 },
      writeToConnectWise: false,
      conflictWinner: 'connectwise',
      planDeletionRule: 'cancel',
      revision: 1,
      changed: { by: { id: 'slack:T1/admin', name: 'The admin' }, at: expect.any(Date) },
    });
    const words = wordsOf(closed(answer));
    expect(words).toContain('Settings saved: 7 changes.');
    expect(words).toContain('Boards to sync: none → Cloud, Cabling');
    expect(words).toContain('Auto-Disable: after 90 days → after 30 days');
    expect(words).toContain('Default work type: none → Consulting');
    expect(rig.audited).toMatchObject([
      { command: 'settings', target: 'settings', after: expect.stringContaining('Logs are kept: 60 days') },
    ]);
    expect(rig.delivery.posted.map(({ to }) => to)).toEqual([
      { platform: 'teams', tenant: 'x', conversation: 'y' },
      { platform: 'slack', tenant: 'T1', conversation: 'C7' },
    ]);
    expect(rig.delivery.posted[0]?.reply.summary).toContain(
      'The admin changed the settings. Boards to sync: none →',
    );
    expect(rig.store.triggered).toMatchObject([{ taskId: 't:misc', trigger: { forceNow: true } }]);

    const undo = actionsOf(closed(answer)).find(({ label }) => label === 'Undo');
    await rig.typed(undo?.command ?? '');
    expect(rig.delivery.sent.at(-1)?.reply.summary).toBe('Undone: the settings are as they were before.');
    expect(await rig.settings.read()).toMatchObject({
      boards: [],
      retentionDays: 30,
      alertChannels,
      revision: 2,
    });
  });

  test('nothing that was changed is nothing to tell', async () => {
    const rig = await rigWith({ boards: [7, 3] });
    const form = await rig.form('settings');
    const answer = await rig.submit(form, { ...valuesOf(form), boards: ['3', '7'] });
    expect(closed(answer)?.summary).toBe('Nothing was changed: the settings stay as they were.');
    expect(rig.audited).toEqual([]);
    expect((await rig.settings.read()).revision).toBe(0);
  });

  test('all boards, as the installation chose, stay all until that is changed', async () => {
    const rig = await rigWith({ boards: 'all' });
    const form = await rig.form('settings');
    expect(valuesOf(form).boards).toEqual(['all']);
    await rig.submit(form, { ...valuesOf(form), 'retention-days': '5' });
    expect((await rig.settings.read()).boards).toBe('all');
    expect(rig.store.triggered).toEqual([]);
    const again = await rig.form('settings');
    await rig.submit(again, { ...valuesOf(again), boards: ['3'] });
    expect((await rig.settings.read()).boards).toEqual([3]);
    expect(rig.store.triggered).toHaveLength(1);
  });

  test.each([
    ['auto-disable-days', { 'auto-disable': ['on'], 'auto-disable-days': '0' }, 'A whole number of days'],
    ['auto-disable-days', { 'auto-disable': ['on'], 'auto-disable-days': '' }, 'A whole number of days'],
    ['retention-days', { 'retention-days': '4000' }, 'from 1 to 3,650'],
    ['retention-days', { 'retention-days': '1.5' }, 'from 1 to 3,650'],
    ['boards', { boards: ['all', '3'] }, 'not both'],
  ])('%s is refused under its field: %j', async (id, change, words) => {
    const rig = await rigWith();
    const form = await rig.form('settings');
    const answer = await rig.submit(form, { ...valuesOf(form), ...change });
    expect(answer).toEqual({ result: 'errors', errors: { [id]: expect.stringContaining(words) } });
    expect((await rig.settings.read()).revision).toBe(0);
  });

  test.each([
    [undefined, 'cannot see'],
    [{ member: false }, 'not a member of #C9'],
    [{ archived: true }, '#C9 is archived'],
    [{ external: true }, 'People outside your organisation'],
    [{ direct: true }, 'Direct messages are no alert channel'],
  ])('a channel that is %j is refused; one that stands already is not looked at', async (facts, words) => {
    const directory = new FakeDirectory();
    directory.conversations.set('C9', facts);
    const rig = await rigWith({}, { directory });
    const form = await rig.form('settings');
    const answer = await rig.submit(form, { ...valuesOf(form), 'alert-channels': ['C9'] });
    expect(answer).toEqual({
      result: 'errors',
      errors: { 'alert-channels': expect.stringContaining(words) },
    });
    const standing = { platform: 'slack', tenant: 'T1', conversation: 'C9' } as const;
    const other = await rigWith({ alertChannels: [standing] }, { directory });
    const shown = await other.form('settings');
    expect((await other.submit(shown, { ...valuesOf(shown), 'retention-days': '9' })).result).toBe('closed');
  });

  test('a channel with guests, or of which nobody tells anything, is refused, and what was typed is kept', async () => {
    const directory = new FakeDirectory();
    directory.withGuests.set('C9', true);
    const rig = await rigWith({}, { directory });
    const form = await rig.form('settings');
    const submitted = () => rig.submit(form, { ...valuesOf(form), 'alert-channels': ['C9'] });
    const refused = (words: string) => ({
      result: 'errors',
      errors: { 'alert-channels': expect.stringContaining(words) },
    });
    expect(await submitted()).toEqual(refused('guests read along. To alert there all the same, write there'));
    directory.conversation = () => Promise.reject(new Error('down'));
    expect(await submitted()).toEqual(refused('press again in a minute'));
    expect((await rig.settings.read()).revision).toBe(0);
  });

  test('a change of alert channels is told by their names, in the old ones as well', async () => {
    const old = { platform: 'slack', tenant: 'T1', conversation: 'C7' } as const;
    const directory = new FakeDirectory();
    directory.conversations.set('C7', { name: 'old' });
    directory.conversations.set('C9', { name: 'new' });
    const rig = await rigWith({ alertChannels: [old] }, { directory });
    const form = await rig.form('settings');
    const answer = await rig.submit(form, { ...valuesOf(form), 'alert-channels': ['C9'] });
    expect(wordsOf(closed(answer))).toContain('Alert channels: #old → #new');
    const told = rig.delivery.posted.map(({ to, reply }) => [
      'conversation' in to && to.conversation,
      reply.summary,
    ]);
    const line = 'The admin changed the settings. Alert channels: #old → #new';
    expect(told.toSorted()).toEqual([
      ['C7', line],
      ['C9', line],
    ]);
  });

  test('where the sync that links projects cannot be asked for, they are saved and that is said', async () => {
    const settings = new FakeSettingsStore();
    const rig = doorsRig([], { settings, reference: await reference() });
    const form = await rig.form('settings');
    const answer = await rig.submit(form, { ...valuesOf(form), boards: ['3'] });
    expect(wordsOf(closed(answer))).toContain('could not be asked for: press Sync now');
    expect((await settings.read()).boards).toEqual([3]);
  });
});

describe('two admins at the same time', () => {
  test('the second is told who changed what, keeps their own values, and is asked again', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings');
    const { revision, ...before } = await rig.settings.read();
    await rig.settings.save(
      { ...before, retentionDays: 14, autoDisableDays: null, boards: [3] },
      revision,
      bo,
    );
    const values = { ...valuesOf(form), 'retention-days': '60', boards: [] };
    const again = replaced(await rig.submit(form, values));
    const words = formWords(again);
    expect(words).toContain(
      'Not saved yet. Bo saved settings 2026-01-05T00:00:00.000Z, after you opened this.',
    );
    expect(words).toContain('Logs are kept: now 14 days; yours: 60 days');
    expect(words).toContain('Auto-Disable: now off');
    expect(words).toContain('Boards to sync: now Cloud');
    // Their own values; what they left alone is what it is by now.
    // Under ids of their own: a platform would keep what stood under the old ones.
    expect(valuesOf(again)).toMatchObject({
      'retention-days~1': '60',
      'auto-disable~1': [],
      'boards~1': ['3'],
    });
    const wrong = await rig.submit(again, { ...valuesOf(again), 'retention-days~1': '0' });
    expect(wrong).toMatchObject({ result: 'errors', errors: { 'retention-days~1': expect.any(String) } });
    expect((await rig.settings.read()).retentionDays).toBe(14);

    const saved = closed(await rig.submit(again, valuesOf(again)));
    expect(wordsOf(saved)).toContain('Logs are kept: 14 days → 60 days');
    expect(await rig.settings.read()).toMatchObject({
      retentionDays: 60,
      autoDisableDays: null,
      boards: [3],
    });
  });

  test('also where the other one saves between the look and the write', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings');
    rig.settings.beforeSave = async () => {
      rig.settings.beforeSave = () => {};
      const { revision, ...before } = await rig.settings.read();
      await rig.settings.save({ ...before, retentionDays: 14 }, revision, bo);
    };
    const again = replaced(await rig.submit(form, { ...valuesOf(form), 'auto-disable': [] }));
    expect(formWords(again)).toContain('Logs are kept: now 14 days');
    expect((await rig.settings.read()).autoDisableDays).toBe(90);
  });

  test('one’s own submission that comes twice is saved once', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings');
    const values = { ...valuesOf(form), 'retention-days': '60' };
    await rig.submit(form, values);
    expect(closed(await rig.submit(form, values))?.summary).toBe('These settings are saved already.');
    expect((await rig.settings.read()).revision).toBe(1);
    expect(rig.audited).toHaveLength(1);
  });

  test.each([
    [
      'opened by somebody else',
      (form: Form) => ({ ...form, context: form.context.replace('T1/admin', 'T1/another') }),
    ],
    ['that is none of ours', (form: Form) => ({ ...form, context: 'nonsense' })],
  ])('a form %s saves nothing', async (_, made) => {
    const rig = await rigWith();
    const form = await rig.form('settings');
    const answer = await rig.submit(made(form), { ...valuesOf(form), 'retention-days': '60' });
    expect(formWords(replaced(answer))).toContain('opened by somebody else');
    expect((await rig.settings.read()).revision).toBe(0);
  });

  test('an operator who submits it is refused', async () => {
    const rig = await rigWith();
    const form = await rig.form('settings');
    const answer = await rig.submit(form, { ...valuesOf(form), 'retention-days': '60' }, 'operator');
    expect(formWords(replaced(answer))).toContain('This needs the role admin.');
    expect((await rig.settings.read()).revision).toBe(0);
  });
});

describe('writing to ConnectWise', () => {
  /** Edited in one project; the other one has none. */
  async function rigWithEdits(seed: Partial<Settings> = {}) {
    const rig = await rigWith(seed);
    const link = { externalId: 77, projectName: 'Other' };
    rig.store.tasks.set('t:p2', makeSyncTask({ id: 't:p2', projectId: 'p2', link }));
    const off = { externalId: 78, projectName: 'Off', state: 'disabled' } as const;
    rig.store.tasks.set('t:p3', makeSyncTask({ id: 't:p3', projectId: 'p3', link: off }));
    const fields = { summary: 'Order desks', budgetHours: 4 };
    const edited = [
      ['p1', 'task'],
      ['p1', 'task'],
      ['p1', 'phase'],
      ['p3', 'task'],
    ] as const;
    for (const [n, [projectId, kind]] of edited.entries()) {
      rig.planner.records.push({
        ...{ id: `r${n}`, projectId, kind, version: 1, externalId: n + 1, syncFence: 1, planSeq: 1 },
        ...{ fields: { ...fields, budgetHours: 6 }, base: { psa: fields, plan: fields } },
        ...{ changedAt: atMs(0), changedBy: 'Bob' },
      });
    }
    return rig;
  }
  test('in the form: nothing is saved before the numbers were seen, and then everything that was typed', async () => {
    const rig = await rigWithEdits();
    const form = await rig.form('settings');
    const values = { ...valuesOf(form), writing: ['on'], 'conflict-winner': 'plan', 'retention-days': '60' };
    const asked = replaced(await rig.submit(form, values));
    expect((await rig.settings.read()).revision).toBe(0);
    expect(asked).toMatchObject({ title: 'Advanced Settings', submit: 'Save and turn on', danger: true });
    expect(formWords(asked)).toContain(
      'Turning on Write to ConnectWise would change 1 phase and 2 tickets in 1',
    );
    expect(valuesOf(asked)).toEqual(values);
    expect(asked.context.length).toBeLessThan(2_000);
    const saved = closed(await rig.submit(asked, valuesOf(asked)));
    expect(wordsOf(saved)).toContain('Write to ConnectWise: off → on');
    expect(wordsOf(saved)).toContain('Every active project is compared in full now');
    const { writeToConnectWise, conflictWinner, retentionDays } = await rig.settings.read();
    expect([writeToConnectWise, conflictWinner, retentionDays]).toEqual([true, 'plan', 60]);
    const everyProject = [{ trigger: { kinds: ['comprehensive'], prio: 1 } }];
    expect(rig.store.triggeredAll).toEqual(everyProject);
    // On already: it is not asked again.
    const again = await rig.form('settings');
    expect((await rig.submit(again, { ...valuesOf(again), 'plan-deletion': 'ignore' })).result).toBe(
      'closed',
    );
    expect((await rig.settings.read()).planDeletionRule).toBe('ignore');
    expect(rig.store.triggeredAll).toEqual(everyProject);
  });

  test('settings write on asks with the numbers, is undone, and off takes effect at once', async () => {
    const rig = await rigWithEdits();
    const form = await rig.form('settings write on');
    expect(rig.delivery.opened.map(({ title }) => title)).toEqual(['Write to ConnectWise']);
    expect(formWords(form)).toContain('would change 1 phase and 2 tickets in 1 project.');
    expect((await rig.settings.read()).writeToConnectWise).toBe(false);
    const other = { ...form, context: form.context.replace('T1/admin', 'T1/another') };
    expect((await rig.submit(other, {})).result).toBe('replaced');
    const reply = closed(await rig.submit(form, {}));
    expect(wordsOf(reply)).toContain('Write to ConnectWise: off → on');
    expect((await rig.settings.read()).writeToConnectWise).toBe(true);
    const [undo] = actionsOf(reply).filter(({ label }) => label === 'Undo');
    expect((await rig.say(undo?.command ?? '', 'admin'))?.summary).toContain('Undone');
    expect((await rig.settings.read()).writeToConnectWise).toBe(false);

    await rig.say('settings write on --confirm', 'admin');
    expect((await rig.settings.read()).writeToConnectWise).toBe(true);
    const off = await rig.say('settings write off', 'admin');
    expect(wordsOf(off)).toContain('Nothing more is written to ConnectWise from this moment on.');
    expect((await rig.settings.read()).writeToConnectWise).toBe(false);
    expect(rig.audited.map(({ after }) => after)).toContain('Write to ConnectWise: off');
    expect(wordsOf(await rig.say('settings write off', 'admin'))).toContain('it is so already');
    expect(wordsOf(await rig.say('settings write', 'admin'))).toContain('settings write <on or off>');
  });

  test('where not everything could be looked at in time, the numbers are the least', async () => {
    const rig = await rigWithEdits();
    for (let n = 0; n < 9; n += 1) {
      const id = `t:q${n}`;
      rig.store.tasks.set(id, makeSyncTask({ id, projectId: `q${n}`, link: { externalId: 900 + n } }));
    }
    let ms = 0;
    rig.clock.monotonicMs = () => (ms += 400);
    const form = await rig.form('settings write on');
    expect(formWords(form)).toContain('would change at least 1 phase and 2 tickets in at least 1 project.');
  });

  test('the header says Read only while it is off, and only then', async () => {
    const rig = await rigWithEdits();
    for (const page of ['status', 'home']) {
      expect(wordsOf(await rig.say(page, 'viewer'))).toContain('Read only');
    }
    await rig.say('settings write on --confirm', 'admin');
    for (const page of ['status', 'home']) {
      expect(wordsOf(await rig.say(page, 'viewer'))).not.toContain('Read only');
    }
  });
});

describe('settings worktype', () => {
  test.each([
    ['settings worktype cloud travel time', { 3: 2 }],
    ['settings worktype #7 Consulting', { 3: 1, 7: 1 }],
    ['settings worktype "Cloud" default', {}],
  ])('%s', async (text, boardWorkTypes) => {
    const rig = await rigWith({ boardWorkTypes: { 3: 1 } });
    expect((await rig.say(text, 'admin'))?.summary).toBe('Settings saved: 1 change.');
    expect((await rig.settings.read()).boardWorkTypes).toEqual(boardWorkTypes);
    expect(rig.audited).toMatchObject([{ outcome: 'settings changed' }]);
  });

  test.each([
    ['settings worktype', 'The boards: Cloud, Cabling, Old'],
    ['settings worktype nowhere Consulting', 'The boards: Cloud, Cabling, Old'],
    ['settings worktype Cloud nothing', 'The work types: Consulting, Travel time'],
    ['settings nonsense', 'takes worktype, member, write or statuses'],
  ])('%s is told how it is written', async (text, words) => {
    const rig = await rigWith();
    expect(wordsOf(await rig.say(text, 'admin'))).toContain(words);
    expect((await rig.settings.read()).revision).toBe(0);
  });

  test('is tried again upon what somebody else saved at the same moment', async () => {
    const rig = await rigWith();
    rig.settings.beforeSave = async () => {
      rig.settings.beforeSave = () => {};
      const { revision, ...before } = await rig.settings.read();
      await rig.settings.save({ ...before, retentionDays: 14 }, revision, bo);
    };
    await rig.say('settings worktype cloud consulting', 'admin');
    expect(await rig.settings.read()).toMatchObject({ retentionDays: 14, boardWorkTypes: { 3: 1 } });
  });
});

describe('settings member', () => {
  test('sets it here, whatever ConnectWise says, and audits it', async () => {
    const rig = await rigWith();
    const reply = await rig.say('settings member ann lee inactive', 'admin');
    expect(reply?.summary).toBe('Ann Lee is inactive now, whatever ConnectWise says.');
    expect((await rig.deps.reference.rows('member'))[0]).toMatchObject({ id: 11, statusHere: 'inactive' });
    expect(rig.audited).toMatchObject([
      { target: 'member Ann Lee (#11)', before: 'active', after: 'inactive' },
    ]);
    expect((await rig.say('settings member #12 inactive', 'admin'))?.summary).toBe(
      'Ann Hart is inactive already.',
    );
  });

  test('while ConnectWise’s word counts it is refused with what to do', async () => {
    const rig = await rigWith({ syncUserStatus: true });
    const reply = await rig.say('settings member ann lee inactive', 'admin');
    expect(wordsOf(reply)).toContain('switch Sync User Status off in the settings first');
    expect((await rig.deps.reference.rows('member'))[0]?.statusHere).toBeUndefined();
    expect(rig.audited).toMatchObject([{ outcome: 'refused: Sync User Status is on' }]);
  });

  test.each([
    [
      'settings member ann inactive',
      '2 members match “ann”. Which one?',
      ['settings member #11 inactive', 'settings member #12 inactive'],
    ],
    ['settings member nobody inactive', 'No member matches “nobody”.', []],
    ['settings member ann', 'Whose status, and active or inactive?', []],
    ['settings member inactive', 'Whose status, and active or inactive?', []],
  ])('%s', async (text, summary, commands) => {
    const reply = await (await rigWith()).say(text, 'admin');
    expect(reply?.summary).toBe(summary);
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(commands);
  });
});

test('the time of the last miscellaneous data sync is that of the store, or never', async () => {
  const { lastSync: _none, ...never } = misc;
  const rig = doorsRig([never], { settings: new FakeSettingsStore(), reference: await reference() });
  expect(formWords(await rig.form('settings'))).toContain('Miscellaneous Data Sync: never ran yet.');
  expect(misc.lastSync?.at).toEqual(atMs(-60_000));
});
