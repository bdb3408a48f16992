import { describe, expect, test } from 'vitest';
import { gateLines, gateSummary } from '../../src/app/replies/gate-words.ts';
import { statusListReply } from '../../src/app/replies/status-list.ts';
import type { GateState } from '../../src/ports/gate.ts';
import { actionsOf, commandRig, openGate, testLinks, wordsOf } from '../support/command-rig.ts';
import { doorsRig, formWords, valuesOf } from '../support/doors-rig.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { atMs, makeSyncTask, testStart } from '../support/make-sync-task.ts';

const now = testStart;
const ann = { id: 'slack:T1/ann', name: 'Ann' };
const linesOf = (gate: GateState): string =>
  gateLines(gate)
    .map((line) => wordsOf({ summary: '', blocks: [{ block: 'text', text: line }] }).trim())
    .join('\n');

const down = { failure: { code: 'cw.unavailable' }, since: atMs(-60_000), probes: 2 } as const;
const refused = { failure: { code: 'cw.auth' }, since: atMs(-60_000), probes: 0 } as const;

describe('why nothing syncs', () => {
  test('nothing is said while everything may sync', () => {
    expect(gateLines(openGate)).toEqual([]);
    expect(gateSummary(openGate)).toBeUndefined();
  });

  test.each<[string, GateState, string, string]>([
    [
      'switched off: by whom, since when, why',
      { now, enabled: false, changed: { by: ann, at: atMs(-1_000), reason: 'maintenance' } },
      'Integration disabled by Ann since 2026-01-04T23:59:59.000Z: maintenance. No project syncs until an admin writes: integration enable.',
      'integration disabled',
    ],
    [
      'no answer: since when, and when it is asked again',
      { now, enabled: true, circuit: { ...down, probeAt: atMs(30_000) } },
      'ConnectWise does not answer since 2026-01-04T23:59:00.000Z, next look at 2026-01-05T00:00:30.000Z. No project syncs until then.',
      'ConnectWise does not answer',
    ],
    [
      'no answer, and the look is due',
      { now, enabled: true, circuit: { ...down, probeAt: now } },
      'ConnectWise does not answer since 2026-01-04T23:59:00.000Z, looked at again right now. No project syncs until then.',
      'ConnectWise does not answer',
    ],
    [
      'refused keys wait for a person',
      { now, enabled: true, circuit: refused },
      'ConnectWise refuses the API keys since 2026-01-04T23:59:00.000Z. An admin checks the keys of the API member, then writes: integration check. No project syncs until then.',
      'ConnectWise refuses the API keys',
    ],
    [
      'refused keys, in ConnectWise’s own words',
      {
        now,
        enabled: true,
        circuit: { ...refused, failure: { code: 'cw.auth', vendorMessage: 'Expired.' } },
      },
      'ConnectWise refuses the API keys since 2026-01-04T23:59:00.000Z. An admin checks the keys of the API member, then writes: integration check. No project syncs until then. ConnectWise says: Expired.',
      'ConnectWise refuses the API keys',
    ],
    [
      'both: no look is promised that is not made while it is off',
      { now, enabled: false, circuit: { ...down, probeAt: atMs(30_000) } },
      'Integration disabled. No project syncs until an admin writes: integration enable.\nConnectWise does not answer since 2026-01-04T23:59:00.000Z. No project syncs until then.',
      'integration disabled',
    ],
  ])('%s', (_, gate, lines, summary) => {
    expect(linesOf(gate)).toBe(lines);
    expect(gateSummary(gate)).toBe(summary);
  });
});

describe('integration', () => {
  const projects = [
    makeSyncTask(),
    makeSyncTask({ id: 't:p2', link: { externalId: 2, projectName: 'Two' } }),
    makeSyncTask({ id: 't:p3', link: { externalId: 3, projectName: 'Three', state: 'disabled' } }),
  ];

  test('shows the state to a viewer, without a way to change it', async () => {
    const rig = commandRig(projects);
    const open = await rig.say('integration', 'viewer');
    expect(open?.summary).toBe('The integration is enabled and ConnectWise answers: 2 projects may sync.');
    rig.gate.enabled = false;
    rig.gate.changed = { by: ann, at: now };
    const shut = await rig.say('integration', 'viewer');
    expect(wordsOf(shut)).toContain('Integration disabled by Ann');
    expect(actionsOf(shut).map(({ label }) => label)).toEqual(['Status', 'Logs']);
    const forAdmin = actionsOf(await rig.say('integration', 'admin')).map(({ command }) => command);
    expect(forAdmin).toContain('integration enable');
  });

  test('disable: says how many stop, keeps every project’s own state, and is audited and logged once', async () => {
    const rig = commandRig(projects);
    const reply = await rig.say('integration disable --confirm maintenance until noon', 'admin');
    expect(reply?.summary).toBe(
      'The integration is disabled: maintenance until noon. 2 projects stop syncing.',
    );
    expect(actionsOf(reply)).toEqual([
      { label: 'Enable integration', command: 'integration enable' },
      { label: 'Undo', command: 'undo undo-1' },
    ]);
    expect(rig.gate.enabled).toBe(false);
    expect(rig.gate.changed).toMatchObject({ by: { name: 'The admin' }, reason: 'maintenance until noon' });
    expect([...rig.store.tasks.values()]).toEqual(projects);
    expect(rig.audited).toMatchObject([
      { command: 'integration', target: 'integration', before: 'enabled', after: 'disabled' },
    ]);
    expect(rig.log.all.map(({ action }) => action)).toEqual(['disabled']);
  });

  test.each(['integration disable', 'integration disable maintenance until noon'])(
    '%s asks first, with how many projects stop, and changes nothing',
    async (text) => {
      const rig = doorsRig(projects);
      const form = await rig.form(text);
      expect(rig.delivery.opened.map(({ title }) => title)).toEqual(['Disable integration']);
      expect(form).toMatchObject({ form: 'disable-integration', danger: true });
      expect(formWords(form)).toContain('2 projects stop syncing, all at once.');
      expect(valuesOf(form)).toEqual({ reason: text.replace(/^integration disable ?/u, '') });
      expect(rig.gate.enabled).toBe(true);
      await rig.typed(text);
      expect(actionsOf(rig.delivery.sent[0]?.reply)).toMatchObject([
        { label: 'Disable integration', command: text },
      ]);
      expect(rig.gate.enabled).toBe(true);
      expect(rig.audited).toEqual([]);
    },
  );

  test('the form disables it, with the reason that was typed in it; twice is told as what it is', async () => {
    const alertChannels = [{ platform: 'slack', tenant: 'T1', conversation: 'C7' }] as const;
    const rig = doorsRig(projects, { settings: new FakeSettingsStore({ alertChannels }) });
    const form = await rig.form('integration disable');
    const answer = await rig.submit(form, { reason: '  moving house ' });
    expect(answer).toMatchObject({
      result: 'closed',
      reply: { summary: 'The integration is disabled: moving house. 2 projects stop syncing.' },
    });
    expect(rig.gate.changed).toMatchObject({ by: { name: 'The admin' }, reason: 'moving house' });
    expect(rig.delivery.posted.map(({ reply }) => reply.summary)).toEqual([
      'The admin disabled the integration. 2 projects stop syncing. Reason: moving house',
    ]);
    expect(await rig.submit(form, { reason: '' })).toMatchObject({
      reply: { summary: 'The integration is disabled already.' },
    });
    expect(rig.delivery.posted).toHaveLength(1);
    expect(rig.audited.map(({ outcome }) => outcome)).toEqual([
      'disabled: moving house; 2 projects stopped',
      'refused: disabled already',
    ]);
  });

  test.each([
    ['an operator', 'operator', 'This needs the role admin.'],
    ['another admin than who opened it', 'nobody-else', 'opened by somebody else'],
  ])('the form does nothing for %s', async (_, userId, words) => {
    const roles = {
      ...commandRig([]).deps.roles,
      roleOf: async () => (userId === 'operator' ? 'operator' : 'admin'),
    } as const;
    const opened = await doorsRig(projects).form('integration disable');
    const rig = doorsRig(projects, { roles });
    const answer = await rig.submit(opened, { reason: '' }, userId);
    expect(answer.result === 'replaced' && formWords(answer.form)).toContain(words);
    expect(rig.gate.enabled).toBe(true);
  });

  test('enable: the changes of the time without syncs are looked for at once', async () => {
    const rig = commandRig([
      ...projects,
      makeSyncTask({ id: 't:scout', kind: 'scout', link: { externalId: 0 } }),
    ]);
    await rig.say('integration disable --confirm', 'admin');
    const reply = await rig.say('integration enable', 'admin');
    expect(reply?.summary).toBe('The integration is enabled: 2 projects may sync again.');
    expect(rig.store.triggered).toMatchObject([
      { taskId: 't:scout', trigger: { kinds: ['delta'], forceNow: true } },
    ]);
    expect(rig.audited.map(({ outcome }) => outcome)).toEqual(['disabled; 2 projects stopped', 'enabled']);
  });

  test.each([
    ['integration enable', 'The integration is enabled already.', 'refused: enabled already'],
    ['integration check', 'ConnectWise answers: there is nothing to check.', 'checked: answers'],
  ])('%s changes nothing where there is nothing to change', async (text, summary, outcome) => {
    const rig = commandRig(projects);
    expect((await rig.say(text, 'admin'))?.summary).toBe(summary);
    expect(rig.audited).toMatchObject([{ outcome }]);
    expect(rig.store.triggered).toEqual([]);
  });

  test('check: the next look is made now', async () => {
    const rig = commandRig(projects);
    await rig.gate.trip({ code: 'cw.auth' }, undefined);
    const reply = await rig.say('integration check', 'admin');
    expect(reply?.summary).toBe('ConnectWise is looked at now.');
    expect(rig.gate.circuit?.probeAt).toEqual(rig.clock.now());
    expect(rig.audited).toMatchObject([{ outcome: 'check asked for' }]);
  });

  test('check: while it is off nothing is asked, and that is said', async () => {
    const rig = commandRig(projects);
    await rig.gate.trip({ code: 'cw.unavailable' }, 60_000);
    const due = rig.gate.circuit?.probeAt;
    await rig.say('integration disable --confirm', 'admin');
    const reply = await rig.say('integration check', 'admin');
    expect(wordsOf(reply)).toContain('Integration disabled by The admin');
    expect(rig.gate.circuit?.probeAt).toEqual(due);
  });

  test('another word is told what there is', async () => {
    const reply = await commandRig(projects).say('integration stop', 'admin');
    expect(reply?.summary).toBe('integration takes enable, disable or check.');
  });
});

describe('the list', () => {
  const view = {
    list: {
      tasks: [makeSyncTask({ needsAttention: { since: now, failure: { code: 'cw.rejected' } } })],
      total: 1,
      needAttention: 0,
      attention: [],
      hidden: { disabled: 0, disconnected: 0, archived: 0 },
      linked: 1,
      importing: { left: 0, of: 1, needAttention: 0 },
      now,
    },
    reader: { role: 'viewer', helpers: [] } as const,
    places: new Map<string, number>(),
    waiting: new Map<string, number>(),
    gate: openGate,
    readOnly: true,
    links: testLinks,
    page: 1,
    wish: {},
  };

  test('names what keeps everything from syncing, in the header and in its summary; each project says so too', () => {
    const gate = { now, enabled: false, changed: { by: ann, at: now } };
    const reply = statusListReply({ ...view, gate });
    expect(reply.summary).toBe('1 project; integration disabled');
    expect(wordsOf(reply)).toContain('⚠ Integration disabled by Ann');
    expect(wordsOf(reply)).toContain('‖ Integration disabled\n');
    expect(wordsOf(reply)).not.toContain('Needs attention');
  });

  test('tells how far the first import is, until it is over', () => {
    const pace = { since: atMs(-60_000), imported: 12 };
    const importing = { left: 92, of: 212, needAttention: 3, pace };
    const reply = statusListReply({ ...view, list: { ...view.list, importing } });
    expect(wordsOf(reply)).toContain(
      'First import: 120 of 212 projects, about 7 min left, 3 need attention.',
    );
    expect(wordsOf(statusListReply(view))).not.toContain('First import');
  });

  test('tells how often everything is compared, as it really is', () => {
    const list = { ...view.list, comprehensiveMs: 6 * 3_600_000 };
    expect(wordsOf(statusListReply({ ...view, list }))).toContain('compared in full about every 6 h.');
    expect(wordsOf(statusListReply(view))).not.toContain('compared in full');
  });

  test('a question that waits has its two answers in the row', () => {
    const reply = statusListReply({ ...view, waiting: new Map([['t:p1', 140]]) });
    expect(actionsOf(reply).map(({ label, command }) => [label, command])).toEqual([
      ['Details', 'status #1042'],
      ['Apply 140 deletions', 'deletions #1042 apply'],
      ['Keep', 'deletions #1042 keep'],
      ['Logs', 'logs #1042'],
      ['Logs', 'logs'],
    ]);
  });
});
