import { describe, expect, test } from 'vitest';
import type { LinkState } from '../../src/domain/sync-task.ts';
import { defaultSettings } from '../../src/ports/settings.ts';
import { actionsOf, wordsOf } from '../support/command-rig.ts';
import { doorsRig } from '../support/doors-rig.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';

const bo = { id: 'slack:T1/bo', name: 'Bo' };
const alertChannels = [{ platform: 'slack', tenant: 'T1', conversation: 'C7' }] as const;

function rigWith(state: LinkState = 'active') {
  const settings = new FakeSettingsStore({ alertChannels });
  const rig = doorsRig([makeSyncTask({ link: { state } })], { settings });
  return { ...rig, settings, linkOf: () => rig.store.tasks.get('t:p1')?.link };
}

/** Does it, and gives what the button Undo of its answer means. */
async function undoOf(rig: ReturnType<typeof rigWith>, text: string): Promise<string> {
  const reply = await rig.say(text, 'admin');
  const undo = actionsOf(reply).find(({ label }) => label === 'Undo');
  if (!undo) throw new Error(`no Undo under: ${wordsOf(reply)}`);
  expect(wordsOf(reply)).toContain('Undo: within 10 min.');
  return undo.command;
}

const changes: readonly (readonly [LinkState, string, LinkState])[] = [
  ['active', 'disable #1042 on hold', 'disabled'],
  ['active', 'archive #1042', 'archived'],
  ['disabled', 'archive #1042 over', 'archived'],
];

describe('a project', () => {
  test.each(changes)('that was %s, after %s, goes back', async (from, text, to) => {
    const rig = rigWith(from);
    const undo = await undoOf(rig, text);
    expect(rig.linkOf()?.state).toBe(to);
    const reply = await rig.say(undo, 'admin');
    expect(reply?.summary).toBe(`Undone: Office move is ${from === 'active' ? 'enabled' : from} again.`);
    expect(rig.linkOf()?.state).toBe(from);
    expect(rig.store.triggered).toHaveLength(from === 'active' ? 1 : 0);
    expect(rig.audited.at(-1)).toMatchObject({
      command: 'undo',
      projectId: 'p1',
      before: to,
      after: from,
      outcome: `undone: ${to}`,
    });
    expect(rig.log.all.at(-1)).toMatchObject({ projectId: 'p1' });
    expect((await rig.say(undo, 'admin'))?.summary).toBe(
      `Undone already by The admin: Office move was ${to}.`,
    );
    expect(rig.linkOf()?.state).toBe(from);
  });

  test('that was changed again since stays as it is, also where it looks the same', async () => {
    const rig = rigWith();
    const undo = await undoOf(rig, 'disable #1042');
    await rig.store.enable('t:p1', bo);
    rig.store.now = new Date(rig.store.now.getTime() + 1_000);
    const enabled = await rig.say(undo, 'admin');
    expect(enabled?.summary).toBe('Not undone: it has changed since Office move was disabled.');
    expect(wordsOf(enabled)).toContain('It is active now, by Bo');
    await rig.store.disable('t:p1', bo, 'mine');
    expect(wordsOf(await rig.say(undo, 'admin'))).toContain('It is disabled now, by Bo');
    expect(rig.linkOf()).toMatchObject({ state: 'disabled', changed: { reason: 'mine' } });
    expect(rig.audited.at(-1)).toMatchObject({ projectId: 'p1', outcome: 'refused: changed since' });
  });

  test('of which nobody knows any more is said to be gone', async () => {
    const rig = rigWith();
    const undo = await undoOf(rig, 'disable #1042');
    rig.store.tasks.clear();
    expect(wordsOf(await rig.say(undo, 'admin'))).toContain('It is gone.');
  });

  test('that two press at the same time goes back once', async () => {
    const rig = rigWith();
    const undo = await undoOf(rig, 'disable #1042');
    const said = await Promise.all([rig.say(undo, 'admin'), rig.say(undo, 'operator')]);
    expect(said.filter((reply) => reply?.summary.startsWith('Undone:'))).toHaveLength(1);
    expect(rig.store.triggered).toHaveLength(1);
  });
});

describe('who, and until when', () => {
  test.each([
    ['disable #1042', 'operator', true],
    ['archive #1042', 'operator', false],
    ['integration disable --confirm', 'operator', false],
    ['disable #1042', 'viewer', false],
  ])('%s is undone by the %s: %s', async (text, role, allowed) => {
    const rig = rigWith();
    const undo = await undoOf(rig, text);
    const reply = await rig.say(undo, role);
    expect(reply?.summary.startsWith('Undone')).toBe(allowed);
    expect(rig.linkOf()?.state === 'active' && rig.gate.enabled).toBe(allowed);
    if (!allowed) {
      expect(reply?.summary).toContain('needs the role');
      expect(rig.audited.at(-1)?.outcome).toBe(`refused: role ${role}`);
    }
  });

  test('after ten minutes it is too late', async () => {
    const rig = rigWith();
    const undo = await undoOf(rig, 'disable #1042');
    await rig.clock.advance(600_000);
    expect((await rig.say(undo, 'admin'))?.summary).toBe(
      'Too late to undo that Office move was disabled: 10 min are over.',
    );
    expect(rig.linkOf()?.state).toBe('disabled');
  });

  test.each(['undo', 'undo nonsense', 'undo undo-1 undo-2'])('%s is nothing to undo', async (text) => {
    expect((await rigWith().say(text, 'admin'))?.summary).toBe('There is nothing to undo here.');
  });

  test.each(['enable #1042', 'disconnect #1042 --confirm "Office move"'])('%s carries none', async (text) => {
    const reply = await rigWith('disabled').say(text, 'admin');
    expect(actionsOf(reply).map(({ label }) => label)).not.toContain('Undo');
  });

  test('what was done is done, also where its undoing cannot be kept', async () => {
    const lost = () => Promise.reject(new Error('no database'));
    const rig = doorsRig([makeSyncTask()], { undo: { keep: lost, find: lost, take: lost } });
    const reply = await rig.say('disable #1042', 'admin');
    expect(reply?.summary).toBe('Office move is disabled.');
    expect(actionsOf(reply).map(({ label }) => label)).toEqual(['Enable']);
    expect(rig.logger.messages()).toEqual(['what was done cannot be undone by a button']);
  });
});

describe('the integration', () => {
  test('is enabled again, and what changed meanwhile is looked for', async () => {
    const rig = rigWith();
    rig.store.put(makeSyncTask({ id: 't:scout', kind: 'scout', link: { externalId: 0 } }));
    const undo = await undoOf(rig, 'integration disable --confirm noon');
    expect((await rig.say(undo, 'admin'))?.summary).toBe('Undone: the integration is enabled again.');
    expect(rig.gate.enabled).toBe(true);
    expect(rig.store.triggered).toMatchObject([{ taskId: 't:scout' }]);
    expect(rig.audited.at(-1)).toMatchObject({ target: 'integration', after: 'enabled' });
  });

  test('that was switched again since stays as it is', async () => {
    const rig = rigWith();
    const undo = await undoOf(rig, 'integration disable --confirm');
    await rig.gate.setEnabled(true, bo);
    await rig.clock.advance(1_000);
    await rig.gate.setEnabled(false, bo, 'mine');
    expect((await rig.say(undo, 'admin'))?.summary).toBe(
      'Not undone: it has changed since the integration was disabled.',
    );
    expect(rig.gate.changed).toMatchObject({ reason: 'mine' });
  });
});

test('settings that somebody saved since stay as they are', async () => {
  const rig = rigWith();
  const id = await rig.deps.undo.keep(
    {
      step: { undo: 'settings', revision: 1, before: defaultSettings },
      role: 'admin',
      what: 'the settings were changed',
    },
    600_000,
  );
  await rig.settings.save({ ...defaultSettings, retentionDays: 5 }, 0, bo);
  await rig.settings.save({ ...defaultSettings, retentionDays: 6 }, 1, bo);
  const reply = await rig.say(`undo ${id}`, 'admin');
  expect(reply?.summary).toBe('Not undone: it has changed since the settings were changed.');
  expect(wordsOf(reply)).toContain('Bo saved them 2026-01-05T00:00:00.000Z');
  expect((await rig.settings.read()).retentionDays).toBe(6);
});

describe('the alert channels', () => {
  const told = (rig: ReturnType<typeof rigWith>) => rig.delivery.posted.map(({ reply }) => reply.summary);

  test('hear in one line who did what and why, after the asker', async () => {
    const rig = rigWith();
    await rig.typed('disable #1042 on hold');
    await rig.typed('undo undo-1');
    await rig.typed('archive #1042');
    expect(told(rig)).toEqual([
      'The admin disabled Office move (#1042): on hold',
      'The admin enabled Office move (#1042) again (undo).',
      'The admin archived Office move (#1042). No reason was given.',
    ]);
    expect(rig.delivery.posted[0]).toMatchObject({
      to: { platform: 'slack', tenant: 'T1', conversation: 'C7' },
      key: 'announcement:e1',
    });
    const [line] = rig.delivery.posted[1]?.reply.blocks ?? [];
    expect(line).toMatchObject({
      text: expect.arrayContaining([{ part: 'person', key: 'slack:T1/admin', name: 'The admin' }]),
    });
  });

  test('hear that what was disabled is enabled again', async () => {
    const rig = rigWith();
    await rig.typed('disable #1042 on hold');
    await rig.typed('enable #1042');
    await rig.typed('enable #1042');
    await rig.typed('integration disable --confirm maintenance');
    await rig.typed('integration enable');
    await rig.typed('integration enable');
    expect(told(rig)).toEqual([
      'The admin disabled Office move (#1042): on hold',
      'The admin enabled Office move (#1042).',
      'The admin disabled the integration. 1 project stops syncing. Reason: maintenance',
      'The admin enabled the integration: 1 project may sync again.',
    ]);
  });

  test.each(['status', 'disable #9999', 'sync #1042'])('hear nothing of %s', async (text) => {
    const rig = rigWith('disabled');
    await rig.typed(text);
    expect(told(rig)).toEqual([]);
  });

  test('that cannot be told are for the process log only', async () => {
    const rig = rigWith();
    rig.delivery.onPost = () => Promise.reject(new Error('down'));
    await rig.typed('disable #1042');
    rig.delivery.onPost = async () => ({ result: 'gone', reason: 'channel_not_found' });
    await rig.typed('undo undo-1');
    expect(rig.delivery.sent.map(({ reply }) => reply.summary)).toEqual([
      'Office move is disabled.',
      'Undone: Office move is enabled again.',
    ]);
    expect(rig.logger.messages()).toEqual([
      'a change could not be announced',
      'a change could not be announced',
    ]);
  });
});
