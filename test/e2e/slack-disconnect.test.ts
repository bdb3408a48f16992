/** What cannot be undone, in the Slack window: asked for by name, done once, and said wherever an old button is left. */
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually, imported, storedTask } from '../support/product-rig.ts';
import { slackSuite } from '../support/slack-suite.ts';
import type { SlackWindow } from '../support/slack-window.ts';

const suite = slackSuite('disconnect', { projects: 8, tickets: 3 }, imported);
let alex: SlackWindow;
beforeEach(async () => {
  alex = await suite.open('alex');
});

const stateOf = async (id: number) => (await storedTask(suite.rig.db, id)).link.state;

describe('Disconnect', () => {
  it('shows what stays, refuses a wrong name under the field, keeps it, and does it for the right one', async () => {
    const name = 'Müller & Söhne – Überführung der Büroserver nach Österreich';
    const old = await alex.write('/cwsync status #102');
    const listed = await alex.write('/cwsync status');
    const card = await alex.write('/cwsync status #102');
    await card.says('Idle');
    await card.press('Disconnect');
    const modal = await alex.modal.titled('⚠ Disconnect project');
    await modal.says('cannot be undone', /\d+ phases?, \d+ tasks?/u, name, 'disable or archive it instead');
    await modal.fill('Name of the project', 'muller & sohne');
    await modal.submit();
    await modal.refuses(`That is not its exact name: ${name}`);
    expect(await modal.value('Name of the project')).toBe('muller & sohne');
    expect(await stateOf(102)).toBe('active');

    // As a keyboard types it: blanks of other kinds and more of them.
    await modal.fill('Name of the project', ` ${name.replaceAll(' ', '\u00a0 ')}`);
    await modal.submit();
    await modal.isGone();
    const done = await alex.told(`${name} is disconnected for good.`);
    await done.says('Its plan stays and can be edited');
    await done.hasNone('Undo', 'Enable');
    expect(await stateOf(102)).toBe('disconnected');

    await old.press('Refresh');
    await old.says(/No project matches “#102”|disconnected/u, /for good|disconnected/u);
    await listed.pick('#102', 'Sync');
    await listed.says(/disconnected/u);
    const after = await alex.write('/cwsync status #102 --disabled');
    await after.says('no, disconnected for good', 'Disconnected by alex');
    await after.has('Tasks', 'Integration Log');
    await after.hasNone('Refresh', 'Sync', 'Enable', 'Disable', 'Disconnect');
  });

  it('a form that is submitted after its project is gone says so', async () => {
    const vera = await suite.open('vera');
    await alex.writeOnly('/cwsync disconnect #101');
    const modal = await alex.modal.titled('⚠ Disconnect project');
    await modal.says('Contoso – Office 365 migration');
    await suite.rig.db
      .collection('sync_tasks')
      .updateOne({ 'link.externalId': 101 }, { $set: { 'link.state': 'disconnected' } });
    await modal.fill('Name of the project', 'whatever');
    await modal.submit();
    await modal.isGone();
    await alex.told('Contoso – Office 365 migration is disconnected already.');
    expect(await vera.answersNow()).toBe(0);
  });

  it('typed with a wrong name it shows what it means, and the way that is less than that', async () => {
    const asked = await alex.write('/cwsync disconnect #103 --confirm "New office"');
    await asked.says('Not disconnected: that is not its exact name.', 'To confirm, write:');
    await asked.has('Disable', 'Archive', 'Details');
    expect(await stateOf(103)).toBe('active');
  });
});

describe('an import of what was disconnected', () => {
  it('warns and makes a new plan project beside the old one', async () => {
    const answer = await alex.write('/cwsync import #102');
    await answer.says('was disconnected before. Import it again?', 'cannot be taken back');
    await answer.press('Import as a new plan project');
    const done = await alex.told('this is a new plan project');
    await done.says('was disconnected before: this is a new plan project.', 'The plan from before stays');
    await eventually(async () => {
      const tasks = suite.rig.db.collection('sync_tasks');
      expect(await tasks.countDocuments({ 'link.externalId': 102, 'link.state': 'active' })).toBe(1);
    });
  });
});

describe('a button', () => {
  it('that is pressed twice makes one sync, told in one message', async () => {
    const card = await alex.write('/cwsync status #104');
    await card.says('Idle');
    await card.button('Refresh').dblclick();
    await card.says(/in sync\. The delta sync ended/u);
    const finished = { action: 'finished', projectId: (await storedTask(suite.rig.db, 104)).projectId };
    const runs = await suite.rig.db.collection('integration_log').countDocuments(finished);
    expect(runs).toBeLessThanOrEqual(3);
    expect(await alex.page.locator('.press-failed').count()).toBe(0);
  });

  it('in everybody’s message is checked for who presses it, and leaves the message as it is', async () => {
    const shared = await alex.write('/cwsync status #104 --here --outside');
    await shared.says('Idle');
    await shared.saysNothingOf('Only visible to you');
    const vera = await suite.open('vera');
    const seen = await vera.told('Last Comprehensive Sync');
    const before = await seen.text();
    const refused = await vera.pressForAnswer(seen, 'Disable');
    await refused.says(
      'disable needs the role operator; yours is viewer.',
      '@Alex Admin',
      'Only visible to you',
    );
    expect(await seen.text()).toBe(before);
    const log = await vera.pressForAnswer(seen, 'Integration Log');
    await log.says('Integration Log,', 'Only visible to you');
    await seen.press('Disconnect');
    await vera.modal.says('disconnect needs the role admin; yours is viewer.');
    await vera.modal.dismiss();
    expect(await stateOf(104)).toBe('active');
  });

  it('Undo does nothing once it was changed again, and says so', async () => {
    const done = await alex.write('/cwsync disable #105 by hand');
    await done.says('disabled: by hand');
    await (await alex.write('/cwsync enable #105')).says(/in sync\. The comprehensive sync ended/u);
    await (await alex.write('/cwsync disable #105 for a better reason')).says('better reason');
    await done.press('Undo');
    await done.says('Not undone: it has changed since', 'It is disabled now, by alex');
    expect(await stateOf(105)).toBe('disabled');
    await done.hasNone('Undo');
  });
});
