/** Set-up from its command to the start of the import, as an adapter sees it. */
import { describe, expect, test } from 'vitest';
import { setupFacts } from '../../src/app/setup-facts.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { type Failure, FailureError } from '../../src/domain/failure.ts';
import { psaRights, type ReadKind } from '../../src/domain/psa-rights.ts';
import { itself } from '../../src/domain/sync-task.ts';
import type { Form, FormAnswer } from '../../src/ports/form.ts';
import type { BoardSeen, PsaAccess, ReadRight } from '../../src/ports/psa-access.ts';
import { wordsOf } from '../support/command-rig.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { FakeLinkedBoards } from '../support/fake-linked-boards.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds } from '../support/recording-logger.ts';
import { setupRig, wordsOfForm } from '../support/setup-rig.ts';

const allowed = (Object.keys(psaRights) as ReadKind[]).map(
  (kind): ReadRight => ({ kind, right: psaRights[kind], state: 'allowed' }),
);
const boards: readonly BoardSeen[] = [
  { id: 3, name: 'Projects – “North”', openProjects: 200 },
  { id: 7, name: 'Internal', openProjects: 12 },
  { id: 9, name: 'Empty', openProjects: 0 },
];

class FakeAccess implements PsaAccess {
  rightsNow: readonly ReadRight[] = allowed;
  boardsNow: readonly BoardSeen[] = boards;
  skew = 0;
  failure: Failure | undefined;
  readonly asked: string[] = [];
  /** What an answer waits for. */
  before: () => Promise<void> = async () => {};

  async info() {
    await this.#ask('info');
    return { version: 'v2025.8', clockSkewMs: this.skew };
  }
  async rights() {
    await this.#ask('rights');
    return this.rightsNow;
  }
  async boards() {
    await this.#ask('boards');
    return this.boardsNow;
  }
  async openProjects(chosen: readonly number[]) {
    await this.#ask(`openProjects ${chosen.join()}`);
    return { projects: chosen.length === 0 ? 0 : 212, tickets: 48_000 };
  }

  async #ask(what: string) {
    this.asked.push(what);
    await this.before();
    if (this.failure) throw new FailureError(this.failure);
  }
}

const loaded = makeSyncTask({ id: 't:misc', kind: 'misc', projectId: 'misc', link: { externalId: 0 } });
const { lastSync: _none, ...never } = loaded;

function setUp(misc = loaded, given: Parameters<typeof setupRig>[1] = {}) {
  const access = new FakeAccess();
  const clock = new HandClock();
  const toFailure = failureClassifier(countingIds());
  const directory = new FakeDirectory();
  const settings = new FakeSettingsStore();
  const facts = setupFacts({ access, perSecond: 8, clock, toFailure });
  const rig = setupRig([misc], { setupFacts: facts, clock, directory, settings, ...given });
  /** The form that is shown last. */
  const shown = (): Form => {
    const form = rig.forms.at(-1);
    if (!form) throw new Error('no form was opened');
    return form;
  };
  const next = async (form: Form, values = {}): Promise<Form> =>
    formOf(await rig.submit(form, values)) ?? form;
  return { ...rig, access, clock, directory, settings, shown, next };
}

function formOf(answer: FormAnswer): Form | undefined {
  return answer.result === 'replaced' ? answer.form : undefined;
}

/** To the last step, with these boards. */
async function toAlerts(rig: ReturnType<typeof setUp>, chosen: readonly string[] = ['3', '7']) {
  await rig.write('setup boards', 'admin');
  const cost = await rig.next(rig.shown(), { boards: chosen, new: ['link'] });
  return await rig.next(cost);
}

describe('the five steps', () => {
  test('lead from the connection to the import, and say what they do', async () => {
    const rig = setUp();
    await rig.write('setup', 'admin');
    expect(rig.forms[0]?.title).toBe('Set up');
    const connection = rig.shown();
    expect(wordsOfForm(connection)).toContain('ConnectWise is reached: psa.example, version v2025.8');
    expect(wordsOfForm(connection)).toContain('All 17 kinds of records can be read.\n[Next]');
    const data = await rig.next(connection);
    expect(wordsOfForm(data)).toContain(`were loaded ${atMs(-60_000).toISOString()}`);
    const choose = await rig.next(data, { load: [] });
    expect(wordsOfForm(choose)).toContain(
      'Projects – “North” (200 open projects), Internal (12 open projects)',
    );
    expect(choose.fields).toMatchObject([
      {},
      { id: 'boards', values: [] },
      { id: 'new', values: ['link'] },
      { field: 'actions' },
    ]);
    const cost = await rig.next(choose, { boards: ['3', '7'], new: ['link'] });
    expect(wordsOfForm(cost)).toContain('212 open projects, about 1,900 requests, about 4 minutes.');
    expect(wordsOfForm(cost)).toContain('Boards: Projects – “North”, Internal');
    const alerts = await rig.next(cost);
    expect(alerts.fields).toMatchObject([
      {},
      { field: 'conversations', values: ['C1'] },
      {},
      { field: 'actions' },
    ]);
    expect(await rig.settings.read()).toMatchObject({ revision: 0, boards: [] });
    expect(rig.store.triggered).toEqual([]);

    const end = await rig.submit(alerts, { channels: ['C1', 'C2'] });
    expect(end).toMatchObject({
      result: 'closed',
      reply: { summary: 'Saved. The first import starts now.' },
    });
    expect(await rig.settings.read()).toMatchObject({
      revision: 1,
      boards: [3, 7],
      linkNewProjects: true,
      alertChannels: [
        { platform: 'slack', tenant: 'T1', conversation: 'C1' },
        { platform: 'slack', tenant: 'T1', conversation: 'C2' },
      ],
      autoDisableDays: 90,
    });
    const trigger = { kinds: ['comprehensive'], prio: 2, forceNow: true };
    expect(rig.store.triggered).toEqual([{ taskId: 't:misc', trigger }]);
    expect(rig.firstImport.open).toMatchObject([
      { person: rig.personNamed('admin'), ticket: loaded.want + 1 },
    ]);
    expect(rig.audited).toMatchObject([
      { command: 'setup', target: 'setup', outcome: 'saved, first import asked for' },
    ]);
    expect(rig.audited[0]?.after).toContain('board 3, board 7; new projects by themselves; 2 alert channels');
  });

  test.each([
    ['setup data', '2 of 5: Set-up data'],
    ['setup 3', '3 of 5: Boards to sync'],
    ['setup alerts', '5 of 5: Alerts'],
  ])('%s begins there', async (text, title) => {
    const rig = setUp();
    await rig.write(text, 'admin');
    expect(rig.shown().title).toBe(title);
  });

  test('the last step alone does not save a set-up without boards', async () => {
    const rig = setUp();
    await rig.write('setup alerts', 'admin');
    expect((await rig.next(rig.shown(), { channels: ['C1'] })).title).toBe('3 of 5: Boards to sync');
    expect((await rig.settings.read()).revision).toBe(0);
  });

  test('an unknown step names those there are', async () => {
    const rig = setUp();
    await rig.write('setup colours', 'admin');
    expect(rig.sent[0]?.summary).toContain('connection, data, boards, cost, alerts');
    expect(rig.forms).toEqual([]);
  });

  test('done again it begins with what was chosen, and a button of the cost with what is being chosen', async () => {
    const rig = setUp();
    await rig.submit(await toAlerts(rig, ['7']), {});
    await rig.write('setup boards', 'admin');
    expect(rig.shown().fields).toMatchObject([{}, { values: ['7'] }, {}, {}]);
    await rig.write('setup boards --chosen 3,9', 'admin');
    expect(rig.shown().fields).toMatchObject([{}, { values: ['3', '9'] }, {}, {}]);
  });

  test('each step but the first leads back, and nothing that was chosen is lost on the way', async () => {
    const rig = setUp();
    const back = (form: Form) =>
      form.fields.flatMap((field) => (field.field === 'actions' ? field.actions : []))[0]?.command;
    await rig.write('setup', 'admin');
    expect(back(rig.shown())).toBeUndefined();
    await rig.write('setup boards', 'admin');
    const alerts = await rig.next(await rig.next(rig.shown(), { boards: ['7', '9'], new: [] }));
    const titles = [];
    for (let form = alerts; ; form = rig.shown()) {
      titles.push(form.title.slice(0, 1));
      const before = back(form);
      if (before === undefined) break;
      await rig.write(before, 'admin', { place: { kind: 'direct', id: 'D1' } });
    }
    expect(titles).toEqual(['5', '4', '3', '2', '1']);
    const choose = await rig.next(await rig.next(rig.shown()), { load: [] });
    expect(choose.fields).toMatchObject([{}, { values: ['7', '9'] }, { values: [] }, {}]);
    const again = await rig.next(await rig.next(choose, { boards: ['7', '9'], new: [] }));
    expect(again.fields).toMatchObject([{}, { values: ['C1'] }, {}, {}]);
  });

  test('who went back is told all the same that somebody else saved meanwhile', async () => {
    const rig = setUp();
    const alerts = await toAlerts(rig, ['3']);
    const [back] = alerts.fields.flatMap((field) => (field.field === 'actions' ? field.actions : []));
    const { revision, ...others } = await rig.settings.read();
    await rig.settings.save({ ...others, boards: [9] }, revision, itself);
    await rig.write(back?.command ?? '', 'admin');
    const once = await rig.next(rig.shown());
    const told = formOf(await rig.submit(once, { channels: ['C2'] })) as Form;
    expect(wordsOfForm(told)).toContain('Somebody saved settings meanwhile');
  });

  test('the longest choice fits into the button that leads back', async () => {
    const rig = setUp();
    await rig.write('setup boards', 'admin');
    const most = Array.from({ length: 150 }, (_, n) => String(2_147_483_000 + n));
    const cost = await rig.next(rig.shown(), { boards: most });
    const [back] = cost.fields.flatMap((field) => (field.field === 'actions' ? field.actions : []));
    expect(back?.command.length).toBeLessThanOrEqual(1_900);
  });

  test('where no form opens there is a button for it', async () => {
    const rig = setUp();
    await rig.doors.request({
      id: 'typed',
      person: rig.personNamed('admin'),
      text: 'setup',
      handle: { platform: 'slack' },
      place: { kind: 'direct', id: 'D1' },
    });
    expect(wordsOf(rig.sent[0])).toContain('[1 of 5: ConnectWise]');
  });

  test.each(['viewer', 'operator'])('a %s neither opens nor submits it', async (role) => {
    const rig = setUp();
    const alerts = await toAlerts(rig);
    const answer = await rig.submit(alerts, {}, role);
    expect(wordsOfForm(formOf(answer) as Form)).toContain('This needs the role admin.');
    expect((await rig.settings.read()).revision).toBe(0);
    await rig.write('setup', role);
    expect(wordsOfForm(rig.shown())).toContain(`setup needs the role admin; yours is ${role}.`);
  });
});

describe('the connection', () => {
  test('names the rights that are missing, what to do, and what could not be tried', async () => {
    const rig = setUp();
    rig.access.rightsNow = allowed.map((one) => {
      if (one.kind === 'timeEntry') return { ...one, state: 'missing' };
      return one.kind === 'phase' ? { ...one, state: 'untested' } : one;
    });
    await rig.write('setup', 'admin');
    const words = wordsOfForm(rig.shown());
    expect(words).toContain('15 of 17 kinds of records can be read');
    expect(words).toContain('✕ time entries: Time & Expense › Time Entry, Inquire Level All');
    expect(words).toContain('there is no record of them to ask for: phases.');
    expect(words).toContain('[Next]');
  });

  test.each([
    [90_000, 'ConnectWise’s clock is 2 min ahead of this machine’s'],
    [-3_600_000, 'ConnectWise’s clock is 60 min behind this machine’s'],
  ])('a clock that is %d ms off is told', async (skew, words) => {
    const rig = setUp();
    rig.access.skew = skew;
    await rig.write('setup', 'admin');
    expect(wordsOfForm(rig.shown())).toContain(words);
  });

  test('refused keys: what to do, and it is looked at again on the press', async () => {
    const rig = setUp();
    rig.access.failure = { code: 'cw.auth' };
    await rig.gate.trip({ code: 'cw.auth' }, undefined);
    await rig.write('setup', 'admin');
    const refused = rig.shown();
    expect(wordsOfForm(refused)).toMatch(
      /ConnectWise refused the API keys.*An admin checks.*\[Check again\]/su,
    );
    expect(wordsOfForm(await rig.next(refused))).toContain('ConnectWise refused the API keys');
    expect(rig.access.asked).toEqual(['info', 'info']);
    expect(rig.gate.circuit?.probeAt).toBeUndefined();
    rig.access.failure = undefined;
    expect(wordsOfForm(await rig.next(refused))).toContain('ConnectWise is reached');
    // What was refused goes on by itself.
    expect(rig.gate.circuit?.probeAt).toBeDefined();
  });

  test('absent keys: their names and whose job it is, and nothing to submit', async () => {
    const installation = {
      defaultRole: 'viewer',
      missing: ['ConnectWise needs X'],
    } as const;
    const rig = setupRig([], { installation });
    await rig.write('setup', 'admin');
    const form = rig.forms.at(-1) as Form;
    expect(form.submit).toBeUndefined();
    expect(wordsOfForm(form)).toContain('ConnectWise needs X.');
  });

  test('an answer that is slow is shown with the next press, and asked for once', async () => {
    const rig = setUp();
    await rig.write('setup data', 'admin');
    const gates = [Promise.withResolvers<void>()];
    rig.access.before = () => gates[0]?.promise ?? Promise.resolve();
    const answer = rig.next(rig.shown());
    await rig.clock.advance(1_200);
    const waiting = await answer;
    expect(wordsOfForm(waiting)).toContain('has not answered yet');
    expect(waiting.submit).toBe('Show it');
    gates[0]?.resolve();
    expect((await rig.next(waiting)).title).toBe('3 of 5: Boards to sync');
    expect(rig.access.asked).toEqual(['boards']);
    expect(rig.clock.sleepers).toBe(0);
  });

  test('one that never comes is ended, and told', async () => {
    const rig = setUp();
    await rig.write('setup data', 'admin');
    rig.access.before = () => new Promise(() => {});
    const hanging = rig.access.boards;
    rig.access.boards = (...args: readonly unknown[]) => {
      const [signal] = args as [AbortSignal];
      const ended = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      return Promise.race([hanging.call(rig.access), ended]);
    };
    const answer = rig.next(rig.shown());
    await rig.clock.advance(1_200);
    const waiting = await answer;
    await rig.clock.advance(20_000);
    expect(wordsOfForm(await rig.next(waiting))).toContain('ConnectWise did not answer');
  });
});

describe('the set-up data', () => {
  test('are loaded by the button, and what runs is shown', async () => {
    const rig = setUp(never);
    await rig.write('setup data', 'admin');
    expect(wordsOfForm(rig.shown())).toMatch(/not loaded yet.*\[Load now\]/su);
    const loading = await rig.next(rig.shown());
    expect(rig.store.triggered).toHaveLength(1);
    expect(wordsOfForm(loading)).toMatch(/are being loaded: In Queue.*\[Look again\]/su);
    expect(wordsOfForm(await rig.next(loading))).toContain('are being loaded');
    expect(rig.store.triggered).toHaveLength(1);
    rig.store.put(loaded);
    expect(wordsOfForm(await rig.next(loading))).toMatch(/were loaded.*\[Next\]/su);
  });

  test('are loaded again where that is ticked', async () => {
    const rig = setUp();
    await rig.write('setup data', 'admin');
    expect(wordsOfForm(await rig.next(rig.shown(), { load: ['again'] }))).toContain('are being loaded');
    expect(rig.store.triggered).toHaveLength(1);
  });

  test('before the background worker has begun: what to look at', async () => {
    const rig = setUp(makeSyncTask());
    await rig.write('setup data', 'admin');
    expect(wordsOfForm(rig.shown())).toMatch(/background worker has not begun.*\[Look again\]/su);
  });

  test('that failed say why', async () => {
    const failure = { code: 'cw.permission', entity: 'company' } as const;
    const rig = setUp({ ...never, needsAttention: { since: atMs(0), failure } });
    await rig.write('setup data', 'admin');
    expect(wordsOfForm(rig.shown())).toContain('Companies › Company Maintenance');
  });
});

describe('the boards', () => {
  test('at least one, and no more than the form can carry', async () => {
    const rig = setUp();
    await rig.write('setup boards', 'admin');
    const none = await rig.submit(rig.shown(), { boards: [] });
    expect(none).toEqual({ result: 'errors', errors: { boards: 'Choose at least one board.' } });
    const many = Array.from({ length: 151 }, (_, n) => String(n + 1));
    expect(await rig.submit(rig.shown(), { boards: many })).toMatchObject({ result: 'errors' });
    const most = Array.from({ length: 150 }, (_, n) => String(2_147_483_000 + n));
    const cost = await rig.next(rig.shown(), { boards: most });
    expect(cost.context.length).toBeLessThanOrEqual(2_000);
  });

  test('are found by a part of their name, without accents', async () => {
    const rig = setUp();
    const person = rig.personNamed('admin');
    const suggest = (typed: string, who = person) =>
      rig.doors.suggest({ person: who, form: 'setup', field: 'boards', typed });
    expect(await suggest('"NORTH')).toEqual([
      { value: '3', label: 'Projects – “North”', hint: '200 open projects' },
    ]);
    expect(await suggest('')).toHaveLength(3);
    expect(await suggest('zzz')).toEqual([]);
    expect(await suggest('', rig.personNamed('viewer'))).toEqual([]);
    rig.access.boardsNow = Array.from({ length: 150 }, (_, id) => ({ id, name: `B${id}`, openProjects: 0 }));
    await rig.write('setup boards', 'admin');
    expect(await suggest('b')).toHaveLength(100);
  });

  test('where the installation took all, all are chosen', async () => {
    const rig = setUp(loaded, { settings: new FakeSettingsStore({ boards: 'all' }) });
    await rig.write('setup boards', 'admin');
    expect(rig.shown().fields).toMatchObject([{}, { values: ['3', '7', '9'] }, {}, {}]);
  });

  test('none at all says what to do', async () => {
    const rig = setUp();
    rig.access.boardsNow = [];
    await rig.write('setup boards', 'admin');
    expect(wordsOfForm(rig.shown())).toContain('shows no project board');
  });
});

describe('saving', () => {
  test('somebody else saved meanwhile: nothing is lost, it is told and asked again', async () => {
    const rig = setUp();
    const alerts = await toAlerts(rig, ['3']);
    const { revision, ...others } = await rig.settings.read();
    await rig.settings.save({ ...others, boards: [9], retentionDays: 7 }, revision, itself);
    const again = formOf(await rig.submit(alerts, { channels: ['C2'] })) as Form;
    expect(wordsOfForm(again)).toContain('Somebody saved settings meanwhile: boards: board 9;');
    expect(again.fields).toContainEqual(expect.objectContaining({ id: 'channels', values: ['C2'] }));
    expect(await rig.settings.read()).toMatchObject({ revision: 1, boards: [9] });
    expect(rig.store.triggered).toEqual([]);
    expect(await rig.submit(again, { channels: ['C2'] })).toMatchObject({ result: 'closed' });
    expect(await rig.settings.read()).toMatchObject({ revision: 2, boards: [3], retentionDays: 7 });
  });

  test('what is open now is imported, also on boards that were imported before', async () => {
    const linkedBoards = new FakeLinkedBoards();
    await linkedBoards.store([3, 7]);
    const rig = setUp(loaded, { linkedBoards });
    await rig.submit(await toAlerts(rig), {});
    expect(await linkedBoards.read()).toEqual([]);
  });

  test('submitted twice it is saved once, and the second is told the same', async () => {
    const rig = setUp();
    const alerts = await toAlerts(rig);
    await rig.submit(alerts, { channels: ['C1'] });
    expect(await rig.submit(alerts, { channels: ['C1'] })).toMatchObject({ result: 'closed' });
    expect((await rig.settings.read()).revision).toBe(1);
  });

  test('channels of another platform or organisation stay', async () => {
    const elsewhere = [
      { platform: 'teams', tenant: 'x', conversation: '19:a' },
      { platform: 'slack', tenant: 'T2', conversation: 'C9' },
    ] as const;
    const here = { platform: 'slack', tenant: 'T1', conversation: 'C5' } as const;
    const settings = new FakeSettingsStore({ alertChannels: [...elsewhere, here] });
    const rig = setUp(loaded, { settings });
    const alerts = await toAlerts(rig);
    expect(alerts.fields).toMatchObject([{}, { values: ['C5'] }, {}, {}]);
    await rig.submit(alerts, { channels: [] });
    expect((await settings.read()).alertChannels).toEqual(elsewhere);
  });

  test.each([
    [{ member: false }, 'cwsync is not a member of #C1: write /invite @cwsync there'],
    [{ archived: true }, '#C1 is archived'],
    [{ external: true }, '#C1: People outside your organisation will see this.'],
    [{ direct: true }, 'Direct messages are no alert channel'],
    [undefined, 'cwsync cannot see one of these channels'],
  ])('a channel that is %j is refused in its field', async (facts, words) => {
    const rig = setUp();
    rig.directory.conversations.set('C1', facts);
    const answer = await rig.submit(await toAlerts(rig), { channels: ['C1'] });
    expect(answer).toMatchObject({ result: 'errors', errors: { channels: expect.stringContaining(words) } });
    expect((await rig.settings.read()).revision).toBe(0);
  });

  test('a channel with guests, or of which nobody tells anything, is refused; one that stands is not asked for', async () => {
    const standing = { platform: 'slack', tenant: 'T1', conversation: 'C5' } as const;
    const rig = setUp(loaded, { settings: new FakeSettingsStore({ alertChannels: [standing] }) });
    rig.directory.conversations.set('C5', { external: true });
    rig.directory.withGuests.set('C1', true);
    const alerts = await toAlerts(rig);
    const refused = (words: string) => ({
      result: 'errors',
      errors: { channels: expect.stringContaining(words) },
    });
    expect(await rig.submit(alerts, { channels: ['C5', 'C1'] })).toMatchObject(refused('guests read along'));
    const look = rig.directory.conversation.bind(rig.directory);
    rig.directory.conversation = () => Promise.reject(new Error('missing_scope'));
    expect(await rig.submit(alerts, { channels: ['C1'] })).toMatchObject(refused('press again in a minute'));
    rig.directory.conversation = look;
    expect(await rig.submit(alerts, { channels: ['C5'] })).toMatchObject({ result: 'closed' });
  });

  test('without the background worker it is saved, and said', async () => {
    const rig = setUp(makeSyncTask());
    const answer = await rig.submit(await toAlerts(rig), {});
    expect(answer).toMatchObject({
      reply: { summary: expect.stringContaining('as soon as the background worker') },
    });
    expect((await rig.settings.read()).revision).toBe(1);
    expect(rig.firstImport.open).toEqual([]);
  });

  test.each([
    '',
    'null',
    '[]',
    '["alerts"]',
    '["boss",0,0,1,"",""]',
    '{"step":"alerts"}',
    '["alerts",0,"x",1,"",""]',
  ])('a context that is not ours, %j, does nothing', async (context) => {
    const rig = setUp();
    const form = { form: 'setup', title: '', fields: [], context } as const;
    const answer = await rig.submit(form, { channels: ['C1'] });
    expect(wordsOfForm(formOf(answer) as Form)).toContain('out of date');
    expect((await rig.settings.read()).revision).toBe(0);
  });
});
