/** First contact: one welcome for each person, ever. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/app/commands/command.ts';
import { commands } from '../../src/app/commands/registry.ts';
import type { Place } from '../../src/ports/chat.ts';
import { actionsOf, wordsOf } from '../support/command-rig.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { setupRig } from '../support/setup-rig.ts';

const direct: Place = { kind: 'direct', id: 'D1' };
const home: Place = { kind: 'home' };

/** With every command that the welcome has a button for. */
function welcoming(tasks = [makeSyncTask()], given: Parameters<typeof setupRig>[1] = {}) {
  const [status] = commands;
  const known = commands.filter(({ name }) => !['status', 'follow'].includes(name));
  const withMine: Command = { ...(status as Command), options: { mine: { type: 'boolean' } } };
  const follow: Command = { ...(status as Command), name: 'follow', options: {} };
  return setupRig(tasks, { commands: [withMine, follow, ...known], ...given });
}

describe('a welcome', () => {
  test.each([direct, home])('comes with the first thing said in %j, and never again', async (place) => {
    const rig = welcoming();
    await rig.write('help', 'viewer', { place });
    expect(rig.posted).toMatchObject([
      { to: { platform: 'slack', tenant: 'T1', user: 'viewer' }, key: 'welcome:slack:T1/viewer' },
    ]);
    const [{ reply }] = rig.posted as [(typeof rig.posted)[0]];
    expect(actionsOf(reply).map(({ command }) => command)).toEqual([
      'status',
      'status --mine',
      'help',
      'follow mine',
    ]);
    expect(wordsOf(reply)).toContain('Your role: viewer.');
    await rig.write('help', 'viewer', { place });
    expect(rig.posted).toHaveLength(1);
    // The answer came all the same, each time.
    expect(rig.sent).toHaveLength(2);
    await rig.write('help', 'admin', { place });
    expect(rig.posted).toHaveLength(2);
  });

  test('promises a sync only to those who may ask for one', async () => {
    const wordsFor = async (role: string) => {
      const rig = welcoming();
      await rig.write('help', role, { place: home });
      return wordsOf(rig.posted[0]?.reply);
    };
    expect(await wordsFor('viewer')).not.toContain('sync one now');
    expect(await wordsFor('operator')).toContain('you can sync one now');
  });

  test('does not come to where others read', async () => {
    const rig = welcoming();
    await rig.write('help', 'viewer');
    expect(rig.posted).toEqual([]);
  });

  test('offers Set up to an admin before set-up, and to nobody else', async () => {
    const buttonsFor = async (role: string, tasks = [makeSyncTask()]) => {
      const rig = welcoming(tasks);
      await rig.write('help', role, { place: home });
      return actionsOf(rig.posted[0]?.reply).map(({ command }) => command);
    };
    expect(await buttonsFor('admin', [])).toContain('setup');
    expect(await buttonsFor('admin')).not.toContain('setup');
    expect(await buttonsFor('operator', [])).not.toContain('setup');
  });

  test('leaves out buttons of commands that are not there', async () => {
    const rig = setupRig([makeSyncTask()]);
    await rig.write('help', 'viewer', { place: home });
    for (const { command } of actionsOf(rig.posted[0]?.reply)) {
      await rig.write(command, 'viewer', { place: home });
      expect(wordsOf(rig.sent.at(-1))).not.toMatch(/no command|does not know/u);
    }
  });

  test('is not for guests', async () => {
    const directory = new FakeDirectory();
    directory.people.set('nobody', { guest: true });
    const rig = welcoming([], { directory });
    await rig.write('help', 'nobody', { place: direct });
    expect(rig.posted).toEqual([]);
  });

  test('that could not be delivered is tried again; where nobody can be reached it is not', async () => {
    const rig = welcoming();
    rig.post.answer = () => ({ result: 'failed', reason: 'busy' });
    await rig.write('help', 'viewer', { place: direct });
    rig.post.answer = () => {
      throw new Error('broken');
    };
    await rig.write('help', 'viewer', { place: direct });
    rig.post.answer = () => ({ result: 'gone', reason: 'cannot_dm_bot' });
    await rig.write('help', 'viewer', { place: direct });
    await rig.write('help', 'viewer', { place: direct });
    expect(rig.posted).toHaveLength(3);
    expect(rig.sent).toHaveLength(4);
  });
});
