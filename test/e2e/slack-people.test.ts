/** Who gets what in the Slack window: a viewer, guests, people of another company, and each way in. */
import { describe, expect, it } from 'vitest';
import { imported, storedTask } from '../support/product-rig.ts';
import { slackSuite } from '../support/slack-suite.ts';
import { people } from '../support/slack-window.ts';

const suite = slackSuite('people', { projects: 4, tickets: 3, slackBy: 'socket' }, imported);
const refusal = 'cwsync answers members of this organisation only.';
const contoso = 'Contoso – Office 365 migration';

describe('Vera, who may only look', () => {
  it('is refused in words, with who may, whatever she writes', async () => {
    const vera = await suite.open('vera');
    for (const command of [
      'sync #101',
      'disable #101',
      'enable #101',
      'sync --misc',
      'worktype #101 default',
    ]) {
      const refused = await vera.write(`/cwsync ${command}`);
      await refused.says('needs the role operator; yours is viewer.', '@Alex Admin');
    }
    for (const command of ['archive #101', 'import #101', 'roles', 'audit', 'doctor']) {
      const refused = await vera.write(`/cwsync ${command}`);
      await refused.says('needs the role admin', 'yours is viewer', '@Alex Admin');
    }
    for (const command of ['settings', 'setup', 'integration disable', 'disconnect #101']) {
      await vera.writeOnly(`/cwsync ${command}`);
      await vera.modal.says('needs the role admin; yours is viewer.', '@Alex Admin');
      expect(await vera.modal.root.locator('#modal-submit').isVisible()).toBe(false);
      await vera.modal.dismiss();
    }
    expect((await storedTask(suite.rig.db, 101)).link.state).toBe('active');
  });

  it('sees no button that is not hers: in the list, on the card, in the log, on the Home tab', async () => {
    const vera = await suite.open('vera');
    const list = await vera.write('/cwsync status');
    await list.says('projects');
    expect(await list.menuOf(contoso)).toEqual(['Details', 'Logs']);
    const card = await vera.write('/cwsync status #101');
    await card.says('Idle');
    expect(await card.buttons()).toEqual([
      'Tasks',
      'Integration Log',
      'What the states mean',
      'Delta',
      'Comprehensive',
    ]);
    const home = await vera.openHome();
    await home.says('Projects in ConnectWise and their plans');
    expect(await home.buttons()).toEqual(['Reload', 'Logs', 'Help']);
    expect(await home.menuOf(contoso)).toEqual(['Details', 'Logs']);
    await home.press('Help');
    await vera.modal.says('Your role: viewer');
    await vera.modal.saysNothingOf('disable <project>', 'settings');
  });
});

describe('guests and people of another company', () => {
  it('get one polite refusal by command, in direct messages, by mention and on the Home tab', async () => {
    const gus = await suite.open('gus');
    const answer = await gus.write('/cwsync status');
    await answer.says(refusal, 'ask an admin for a role', '@Alex Admin', 'Only visible to you');
    await answer.saysNothingOf('Contoso', 'projects in');
    expect(await answer.buttons()).toEqual([]);
    const mentioned = await gus.write('@cwsync status');
    await mentioned.says(refusal, 'Only visible to you');
    await gus.openDirect();
    await (await gus.write('status')).says(refusal);
    const home = await gus.openHome();
    await home.says(refusal);
    await home.saysNothingOf('Contoso');
  });

  it('an old button gets the refusal as well', async () => {
    const alex = await suite.open('alex');
    // Gus reads along here, so it is asked first.
    const asked = await alex.write('/cwsync status #101 --here');
    await asked.says('guests read along', 'Nothing was shown to anybody yet.');
    await (await alex.write('/cwsync status #101 --here --outside')).says('Idle');
    const gus = await suite.open('gus');
    const card = await gus.told('Last Comprehensive Sync');
    for (const button of ['Refresh', 'Integration Log', 'Disable']) {
      await (await gus.pressForAnswer(card, button)).says(refusal);
    }
    await card.press('Disconnect');
    await gus.modal.says(refusal);
    await gus.modal.saysNothingOf('Contoso');
    await gus.modal.dismiss();
    expect((await storedTask(suite.rig.db, 101)).link.state).toBe('active');
  });

  it('a stranger in a shared channel gets it by mention, too', async () => {
    const sam = await suite.open('sam', 'C0SHARED');
    const answer = await sam.write('@cwsync status');
    await answer.says(refusal, 'Only visible to you');
    await answer.saysNothingOf('Contoso');
  });

  it('a guest whom an admin gave a role is answered like everybody', async () => {
    const alex = await suite.open('alex');
    const granted = await alex.write('/cwsync roles grant @gus viewer');
    await granted.says('Gus Guest', 'has the role viewer now', 'from outside your organisation');
    const gus = await suite.open('gus');
    await (await gus.write('/cwsync status')).says(contoso);
    await (await alex.write('/cwsync roles revoke @gus')).says('no role of their own now');
    await (await gus.write('/cwsync status')).says(refusal);
  });
});

describe('what others will see', () => {
  it('in a channel with people of another company --here asks first, and the default is no', async () => {
    const alex = await suite.open('alex', 'C0SHARED');
    const sam = await suite.open('sam', 'C0SHARED');
    const before = await sam.answersNow();
    const asked = await alex.write('/cwsync status --here');
    await asked.says('People outside your organisation will see this.', 'Nothing was shown to anybody yet.');
    expect(await asked.buttons()).toEqual(['Only to me', 'Show it here']);
    await asked.press('Only to me');
    await asked.says(contoso, 'Only visible to you');
    expect(await sam.answersNow()).toBe(before);
    const again = await alex.write('/cwsync status --here');
    await again.press('Show it here');
    await sam.told(contoso);
  });

  it('where cwsync is no member --here says how to invite it', async () => {
    const alex = await suite.open('alex', 'C0GENERAL');
    await (await alex.write('/cwsync status #101 --here')).says('/invite @cwsync');
  });
});

describe('the other ways to write', () => {
  it('a mention is answered for the asker, in a thread it is answered there', async () => {
    const alex = await suite.open('alex');
    const answer = await alex.write(`@cwsync status ${contoso}`);
    await answer.says('Last Comprehensive Sync', 'Only visible to you');
    await alex.writeOnly('Is Contoso in sync?');
    // So slow that it does not end before the first answer.
    await suite.rig.control('PUT', '/latency', { ms: 400 });
    const inThread = await alex.writeInThread('Is Contoso in sync?', '@cwsync sync #101 --now');
    await inThread.says(/In Queue|Syncing/u, 'Only visible to you');
    await suite.rig.control('PUT', '/latency', { ms: 0 });
    // Everybody sees the question, and the answer is for the one who asked.
    const vera = await suite.open('vera');
    await vera.page.getByText('Is Contoso in sync?').waitFor();
    await vera.openThread('Is Contoso in sync?');
    expect(await vera.page.getByText(/In Queue|Syncing|The delta sync ended/u).count()).toBe(0);
    // What only the asker sees in a thread cannot be edited later.
    await alex.openDirect();
    await alex.told(/in sync\. The delta sync ended/u);
  });

  it('direct messages need no command: words, a button, a sync that is edited to its end', async () => {
    const alex = await suite.open('alex', `D0${people.alex.slice(2)}`);
    const list = await alex.write('status');
    await list.says('projects', contoso);
    // The first words there bring the welcome as well.
    await alex.told('Hello!');
    const done = await alex.write('sync #101 --now');
    await done.says(/in sync\. The delta sync ended/u);
    await (await alex.write('/cwsync tasks #101')).says(/\d+ tasks? in \d+ phases?/u);
    await (await alex.write('what is going on')).has('Help');
  });
});
