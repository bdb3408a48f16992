/** The Home tab and what opens from it, over Socket Mode, as admins use it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually, imported, storedTask } from '../support/product-rig.ts';
import { slackSuite } from '../support/slack-suite.ts';
import type { Shown, SlackWindow } from '../support/slack-window.ts';

const suite = slackSuite('home', { projects: 24, tickets: 3, slackBy: 'socket' }, async (rig) => {
  await imported(rig);
  // A second admin: whoever else there is.
  await rig.slack.as('U0ALEX').command('C0PROJECTS', '/cwsync roles grant @vera admin');
  await eventually(async () => {
    const granted = await rig.db.collection('audit_log').countDocuments({ outcome: 'role granted' });
    if (granted === 0) throw new Error('not granted yet');
  });
});

let alex: SlackWindow;
let home: Shown;
beforeEach(async () => {
  alex = await suite.open('alex');
  home = await alex.openHome();
});

const field = (label: string) => home.root.getByLabel(label);
const contoso = 'Contoso – Office 365 migration';

describe('the list', () => {
  it('shows the whole integration, paged by twenty, with when that was', async () => {
    await home.says('Projects in ConnectWise and their plans', /\d\d projects/u, /As of \d/u, 'page 1 of 2');
    await home.has('Reload', 'Logs', 'Settings', 'Help', 'Disable Integration');
    expect(await home.rows()).toBe(20);
    await home.press('Next ›');
    await home.says('page 2 of 2');
    expect(await home.rows()).toBeLessThan(20);
    await home.press('‹ Previous');
    await home.says('page 1 of 2');
  });

  it('is filtered on Enter, keeps what is typed, and remembers it for this person', async () => {
    await field('Quick Filter').fill('fabrikam');
    await field('Quick Filter').press('Enter');
    await home.says(/\d projects? matching/u);
    await field('Quick Filter').fill('#108');
    // Somebody else’s doing makes it be shown again meanwhile.
    await home.press('Reload');
    await home.says(/matching/u);
    expect(await field('Quick Filter').inputValue()).toBe('#108');
    await field('Quick Filter').press('Enter');
    await home.says('1 project matching');
    await alex.openChannel('projects');
    const old = suite.rig.slack.as('U0ALEX').home()?.hash;
    home = await alex.openHome();
    await eventually(() => expect(suite.rig.slack.as('U0ALEX').home()?.hash).not.toBe(old));
    await home.says('1 project matching');
    expect(await field('Quick Filter').inputValue()).toBe('#108');
    const vera = await suite.open('vera');
    await (await vera.openHome()).says('page 1 of 2');
    await field('Quick Filter').fill('');
    await field('Quick Filter').press('Enter');
    await home.says('page 1 of 2');
  });

  it('its boxes group by board and show what is hidden', async () => {
    await field('Group by Project Board').check();
    await home.root.getByRole('heading', { name: 'Cloud Projects', exact: true }).waitFor();
    await field('Group by Project Board').uncheck();
    await home.root
      .getByRole('heading', { name: 'Cloud Projects', exact: true })
      .waitFor({ state: 'detached' });
    await home.pick('#102', 'Disable');
    await alex.modal.says(/is disabled/u);
    await alex.modal.dismiss();
    await home.says('1 disabled not shown');
    await field('Show Disabled').check();
    await home.says(/Disabled by .*Alex/iu);
    await home.pick('#102', 'Enable');
    await alex.modal.says(/in sync\. The comprehensive sync ended/u);
    await alex.modal.dismiss();
    await field('Show Disabled').uncheck();
    await home.saysNothingOf('not shown');
  });
});

describe('a row', () => {
  it('its menu answers in a modal: details, logs, a sync to its end', async () => {
    expect(await home.menuOf(contoso)).toEqual(['Details', 'Sync', 'Logs', 'Disable', 'Disconnect']);
    await home.pick(contoso, 'Details');
    await alex.modal.says('Last Comprehensive Sync');
    await alex.modal.press('Tasks');
    await alex.modal.says(/\d+ tasks? in \d+ phases?/u);
    await alex.modal.dismiss();
    await home.pick(contoso, 'Logs');
    await alex.modal.says('Integration Log, Contoso');
    await alex.modal.dismiss();
    await home.pick(contoso, 'Sync');
    await alex.modal.says(/in sync\. The delta sync ended/u);
    await alex.modal.dismiss();
    await home.press('Reload');
    await home.says(/last sync Today [\d:]+ [AP]M \(delta\)/u);
  });

  it('Disconnect asks for the name, and a wrong one is refused under the field', async () => {
    await home.pick(contoso, 'Disconnect');
    const modal = await alex.modal.titled('⚠ Disconnect project');
    await modal.says('cannot be undone', contoso);
    await modal.fill('Name of the project', 'Contoso');
    await modal.submit();
    await modal.refuses('That is not its exact name');
    await modal.dismiss();
    expect((await storedTask(suite.rig.db, 101)).link.state).toBe('active');
  });
});

describe('the buttons of the page', () => {
  it('Logs and Help open beside it', async () => {
    await home.press('Logs');
    await alex.modal.says('Integration Log');
    await alex.modal.press('API Request Details');
    await alex.modal.says('API Request Details', 'GET');
    await alex.modal.dismiss();
    await home.press('Help');
    await alex.modal.says('You may write');
    await alex.modal.dismiss();
  });

  it('Settings are saved by Save alone; two admins at once, the second is told and asked again', async () => {
    await home.press('Settings');
    const mine = await alex.modal.titled('Advanced Settings');
    await mine.says('Miscellaneous Data Sync: last ran', 'Write to ConnectWise', 'Boards to sync');
    await mine.fill('Logs are kept for so many days', '45');

    const vera = await suite.open('vera');
    await (await vera.openHome()).press('Settings');
    const hers = await vera.modal.titled('Advanced Settings');
    await hers.fill('Auto-Disable after so many days', '7');
    await hers.submit();
    await hers.isGone();
    await vera.openDirect();
    await (await vera.told('Settings saved: 1 change.')).says('Auto-Disable', 'after 7 days');

    await mine.submit();
    await mine.says('Not saved yet.', 'vera saved settings', 'after you opened this', 'after 7 days');
    expect(await mine.value('Logs are kept for so many days')).toBe('45');
    expect(await mine.value('Auto-Disable after so many days')).toBe('7');
    await mine.submit();
    await mine.isGone();
    await alex.openDirect();
    await (await alex.told('Settings saved: 1 change.')).says('30 days', '45 days');
  });

  it('Settings refuse a channel where the bot is not', async () => {
    await home.press('Settings');
    const modal = await alex.modal.titled('Advanced Settings');
    await modal.says('Boards to sync');
    await modal.choose('Alert channels', 'general');
    await modal.submit();
    await modal.refuses(/not a member|cannot see/u);
    await modal.dismiss();
  });

  it('Disable Integration asks with the numbers, stops all, and Undo starts all again', async () => {
    await home.press('Disable Integration');
    const asked = await alex.modal.titled('⚠ Disable integration');
    await asked.says(/\d+ projects stop syncing, all at once\./u);
    await asked.fill('Reason', 'moving house');
    await asked.submit();
    await asked.isGone();
    await alex.openDirect();
    const done = await alex.told('The integration is disabled: moving house.');
    await done.says('projects stop syncing');
    await done.press('Undo');
    await done.says('Undone: the integration is enabled again.');
    home = await alex.openHome();
    // The page may be shown anew in this very moment, and a press on the old one means nothing: one presses again.
    await eventually(async () => {
      await home.press('Disable Integration');
      await asked.root.waitFor({ state: 'visible', timeout: 3_000 });
    });
    await asked.says('stop syncing, all at once');
    await asked.submit();
    await asked.isGone();
    await home.press('Reload');
    await home.says('Integration disabled');
    await home.press('Enable Integration');
    await alex.modal.says(/enabled/u);
    await alex.modal.dismiss();
    await home.has('Disable Integration');
  });
});

it('is brought up to date for those who look at it', async () => {
  await home.says('As of');
  // So that it need not be waited for: a page may be a minute old.
  const aMinuteLater = { $set: { dueAt: new Date(0) } };
  await suite.rig.slack.as('U0VERA').command('C0PROJECTS', '/cwsync disable #103 seen by others');
  await eventually(async () => {
    expect((await storedTask(suite.rig.db, 103)).link.state).toBe('disabled');
  });
  await suite.rig.db.collection('homes').updateMany({ dueAt: { $exists: true } }, aMinuteLater);
  await home.says('1 disabled not shown');
});
