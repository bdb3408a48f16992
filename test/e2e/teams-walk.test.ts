/** The product in the Microsoft 365 Agents Playground, as two people use it in Teams: every command and every button. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Playground,
  type PlaygroundPerson,
  playgroundPeople,
  playgroundTenant,
  startPlayground,
} from '../../demo/teams/start-playground.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { launchBrowser } from '../support/browser.ts';
import { freePort, imported, type ProductRig, startProductRig, storedTask } from '../support/product-rig.ts';
import { type Card, TeamsWindow } from '../support/teams-window.ts';

const pictures = path.join(import.meta.dirname, '../../test-output/teams-window');

vi.setConfig({ testTimeout: 90_000 });

let browser: Browser;
let rig: ProductRig;
const playgrounds: Playground[] = [];
let alex: TeamsWindow;
let vera: TeamsWindow | undefined;

beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  [browser, rig] = await Promise.all([
    launchBrowser(),
    startProductRig({
      projects: 14,
      tickets: 12,
      env: {
        CWSYNC_TEAMS_ANONYMOUS: 'true',
        TEAMS_TENANT_ID: playgroundTenant,
        CWSYNC_ADMINS: `teams:${playgroundTenant}/${playgroundPeople.alex}`,
      },
    }),
  ]);
  await imported(rig);
  alex = await windowOf('alex');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  for (const playground of playgrounds) await playground.stop();
  await rig?.stop();
});
afterEach(async ({ task }) => {
  const name = task.name.replace(/[^\p{L}\d]+/gu, '-');
  await (vera ?? alex).page.screenshot({ path: path.join(pictures, `${name}.png`) });
});

async function windowOf(person: PlaygroundPerson): Promise<TeamsWindow> {
  const playground = await startPlayground({
    endpoint: `http://127.0.0.1:${rig.port}/api/messages`,
    port: await freePort(),
    folder: path.join(pictures, person),
    person,
  });
  playgrounds.push(playground);
  return await TeamsWindow.open(browser, playground.url);
}

const contoso = 'Contoso – Office 365 migration';
const home = () => alex.card(0);
const says = async (text: string, ...words: readonly (string | RegExp)[]): Promise<Card> =>
  await (await alex.write(text)).says(...words);
const stateOf = async (id: number) => (await storedTask(rig.db, id)).link.state;

/** Open projects with their tickets, those with the most first. */
function projectsBySize() {
  const { projects, tickets } = rig.connectWise.world.stores;
  const open = projects.rows().filter(({ closedFlag, id }) => !closedFlag && id !== 101);
  return open
    .map((project) => ({
      ...project,
      tickets: tickets.rows().filter((one) => one.project.id === project.id),
    }))
    .toSorted((a, b) => b.tickets.length - a.tickets.length);
}

// In this order: most begin where the one before has ended.

describe('the standing page', () => {
  it('comes with the welcome, and is narrowed, grouped and turned in its place', async () => {
    await alex.anywhere().says('Hello! cwsync keeps your ConnectWise projects');
    await home().says(/\d\d projects/u, 'page 1 of 2');
    await (await home().press('Next ›')).says('page 2 of 2');
    await (await home().press('‹ Previous')).says('page 1 of 2');
    await (await home().root()).getByRole('textbox').fill('consolidation');
    await (await home().press('Apply')).says('1 project matching');
    await (await home().root()).getByRole('textbox').fill('');
    await (await home().field('Group by Project Board')).check();
    await (await home().press('Apply')).says('page 1 of 2', 'Cloud Projects');
    await (await home().press('Reload')).says('page 1 of 2');
  });

  it('leads to the logs, to help, to one project, and syncs it, told in one message to its end', async () => {
    await (await home().press('Logs')).says('Integration Log');
    await (await home().press('Help')).says('You may write');
    const details = await (await home().pick(contoso, 'Details')).says('Last Comprehensive Sync');
    const count = await alex.cards.count();
    await (await home().pick(contoso, 'Sync')).says(contoso, /in sync\. The delta sync ended at/u);
    expect(await alex.cards.count()).toBe(count + 1);
    await (await home().pick(contoso, 'Logs')).says('Integration Log, Contoso');
    await (await details.press('Refresh')).says(asked);
  });

  it('asks before everything stops; Undo and Enable start it again', async () => {
    const asked = await (await home().press('Disable Integration')).says(/\d+ projects stop syncing/u);
    await asked.press('Cancel');
    const again = await (await home().press('Disable Integration')).says('stop syncing, all at once');
    const done = await (await again.press('Disable')).says('The integration is disabled');
    await (await done.press('Undo')).says('Undone: the integration is enabled again.');
  });
});

const asked = /in sync\.|Requested|Syncing|In Queue/u;

describe('the list and one project', () => {
  it('the list is paged; a row opens its card, which leads everywhere', async () => {
    const list = await says('status', '13 projects', 'Next ›');
    const second = await (await list.press('Next ›')).says('Page 2 of 2');
    const first = await (await second.press('‹ Previous')).says('Page 1 of 2');
    const card = await (await first.pick(contoso, 'Details')).says('Last Comprehensive Sync');
    const tasks = await (await card.press('Tasks')).says(/\d+ tasks? in \d+ phases?/u);
    const again = await (await tasks.press('Details')).says('Last Comprehensive Sync');
    await (await again.press('What the states mean')).says('Sync Status and health');
    await (await (await says('status #101', contoso)).press('Delta')).says('Delta sync');
    await (await (await says('status #101', contoso)).press('Comprehensive')).says('Comprehensive sync');
    await (await (await says('status #101', contoso)).press('Integration Log')).says(
      'Integration Log, Contoso',
    );
  });

  it('tasks are paged, and an empty list shows all again', async () => {
    const tasks = await says(`tasks #${projectsBySize()[0]?.id}`, /page 1 of \d/u);
    const next = await (await tasks.press('Next ›')).says('page 2 of');
    await (await next.press('‹ Previous')).says('page 1 of');
    await says('status --by-board --disabled --archived', 'Cloud Projects');
    const none = await says('status --problems', '0 projects matching');
    await (await none.press('Show all projects')).says('13 projects');
  });

  it('sync in full, at once, of the set-up tables, as a preview, and without saying of what', async () => {
    await says('sync #101 --full', asked);
    await says('sync --misc', /set-up tables|Requested|Syncing|In Queue/u);
    await says('sync #103 --dry-run', 'would write nothing to ConnectWise');
    await (await (await says('sync', 'Which project?')).press('Show projects')).says('13 projects');
    const nearest = await says('sync Contosso – Office 365 migratoin', 'No project matches');
    await (await nearest.press(contoso)).says(asked);
  });

  it('disable and archive, each with its way back', async () => {
    const menu = await says('status', '13 projects');
    const disabled = await (await menu.pick('#102', 'Disable')).says('is disabled');
    await (await disabled.press('Undo')).says('Undone:');
    const again = await says('disable #102 for longer', 'is disabled: for longer');
    await (await again.press('Enable')).says(asked);
    const archived = await says('archive #104 it is over', 'archived');
    const out = await (await archived.press('Unarchive')).says('is out of the archive');
    await (await out.press('Enable')).says(asked);
    await says('archive #106', 'archived');
    await says('unarchive #106', 'stays disabled');
    await says('enable #106', asked);
  });

  it('disconnects where the exact name is typed', async () => {
    const { projectName } = (await storedTask(rig.db, 107)).link;
    const form = await says('disconnect #107', 'cannot be undone');
    await (await form.field('Name of the project')).fill('Tailspin');
    const refused = await (await form.press('Disconnect')).says('That is not its exact name');
    expect(await stateOf(107)).toBe('active');
    await (await refused.field('Name of the project')).fill(projectName);
    const done = await (await refused.press('Disconnect')).says('is disconnected for good.');
    expect(await stateOf(107)).toBe('disconnected');
    await (await done.press('Logs')).says('Integration Log');
    const anew = await says('import #107', 'was disconnected before. Import it again?');
    await (await anew.press('Look at the old one')).says('no, disconnected for good');
    const asks = await says('import #107', 'was disconnected before. Import it again?');
    await (await asks.press('Import as a new plan project')).says('this is a new plan project');
  });

  it('work types, and an import of what is linked already', async () => {
    const set = await says('worktype #101 trav', 'The work type of', 'Travel');
    await (await set.press('Details')).says(/Work Type\s*Travel/u);
    const unclear = await says('worktype #101 Sleeping', 'ConnectWise has no work type “Sleeping”');
    const [nearest = ''] = await unclear.buttons();
    await (await unclear.press(nearest)).says('The work type of');
    await (await (await says('import #101', 'is linked already')).press('Details')).says(contoso);
  });
});

describe('logs', () => {
  it('lead to older entries, to all about one, to requests and to a file', async () => {
    const log = await says('logs', 'Integration Log');
    const older = await (await log.press('Older ›')).says('‹ Newer');
    const requests = await (await older.press('API Request Details')).says(/GET .*\/project\//u);
    await (await requests.press('Integration Log')).says('created');
    await (await (await says('logs #101', 'Contoso')).press('Export')).says('as a CSV file');
    const entry = await (await (await says('logs #101', 'Contoso')).pick('finished', 'All about it')).says(
      'Integration Log entry',
    );
    await (await entry.press('Logs of the project')).says('Integration Log, Contoso');
    await (await (await says('logs', 'Integration Log')).press('The project')).says(
      'Last Comprehensive Sync',
    );
    const request = await (
      await (await says('logs #101 --requests', 'API Request Details')).pick('/project/', 'All about it')
    ).says('HTTP 200');
    await (await request.press('Logs of all projects')).says('API Request Details');
    await (await (await says('logs --requests', 'API Request Details')).press('Export')).says(
      'as a CSV file',
    );
  });
});

describe('what is asked of cwsync itself', () => {
  it('help, its topics, and words that are no command', async () => {
    const help = await says('help', 'You may write');
    await (await help.press('Status')).says('13 projects');
    for (const [button, words] of [
      ['Needs attention', 'matching'],
      ['Integration', 'The integration is enabled'],
      ['What the states mean', 'Sync Status and health'],
    ] as const) {
      await (await (await says('help', 'You may write')).press(button)).says(words);
    }
    await (await (await says('help logs', 'Integration Log')).press('Only problems')).says('log');
    await (await (await says('help states', 'health')).press('Late')).says('matching');
    await (await (await says('help disconnect', 'How to archive')).press('How to disable')).says(
      'Needs the role',
    );
    const unknown = await says('help stauts', 'Did you mean status?');
    await (await unknown.press('Help on status')).says('Needs the role viewer.');
    await (
      await (await says('how is it all going', 'not understood')).press('My projects with problems')
    ).says(/e-mail|of yours/u);
  });

  it('follow, doctor, audit, integration, and commands that have no business here', async () => {
    const followed = await says('follow #101', 'You follow');
    await (await followed.press('Unfollow')).says('You no longer follow');
    await (await (await says('follow', 'You follow nothing yet.')).press('Follow my projects')).says(
      /e-mail|your own projects/u,
    );
    await (await says('follow mine --as areyes', 'You follow your own projects.')).press('Unfollow');
    await says('unfollow mine', /no longer|do not follow/u);
    await (await (await says('doctor', '✓ OK: ')).press('Check again')).says('✓ OK: ');
    for (const command of ['token list', 'tokens']) await says(command, 'No token opens the HTTP API.');
    const audit = await says('audit', 'Who did what');
    await (await audit.press('Older ›')).says('Who did what');
    await says('integration', 'The integration is enabled');
    await says('claim WRNG-CODE', 'There is an admin already');
    await says('undo nothing', 'There is nothing to undo here.');
    await says('setup', '1 of 5: ConnectWise').then((form) => form.press('Cancel'));
    await alex.writeOnly('home');
  });

  it('settings are a form: what is wrong is refused at its field, and what is right is saved', async () => {
    const form = await says('settings', 'Advanced Settings');
    const days = await form.field('Logs are kept for so many days');
    await days.fill('');
    const refused = await (await form.press('Save')).says('A whole number from 1 to 3650.');
    await days.fill('45');
    // The words go when the field is left, and the button moves.
    await alex.page.keyboard.press('Tab');
    await alex.page.getByText('A whole number from 1 to 3650.').waitFor({ state: 'hidden' });
    const saved = await (await refused.press('Save')).says('Settings saved: 1 change.');
    const stored = await rig.db.collection<{ retentionDays: number }>('settings').findOne({});
    expect(JSON.stringify(stored)).toContain('"retentionDays":45');
    await (await saved.press('Undo')).says('Undone');
  });
});

describe('what is gone from ConnectWise', () => {
  it('can be had back; where it is much, somebody answers first', async () => {
    const [most, next] = projectsBySize();
    const { world } = rig.connectWise;
    const [one] = next?.tickets ?? [];
    world.deleteTicket('areyes', one?.id ?? 0);
    await says(`sync #${next?.id} --full`, /in sync\..*\d deleted/su);
    const gone = await says(`restore #${next?.id}`, /deleted records?, newest first/u);
    const back = await (await gone.press('Restore')).says('is back in the plan of');
    await (await back.press('Deleted records')).says(/deleted records?, newest first/u);

    for (const { id } of most?.tickets ?? []) world.deleteTicket('areyes', id);
    const waits = await says(`sync #${most?.id} --full`, 'Nothing was deleted yet');
    const form = await (await waits.press((await applyLabel(waits)) ?? 'Apply')).says('Apply deletions');
    await form.press('Cancel');
    await (await (await says(`deletions #${most?.id}`, 'Nothing was deleted yet.')).press('Keep')).says(
      'in the plan.',
    );
  });
});

async function applyLabel(card: Card): Promise<string | undefined> {
  return /Apply \d+ deletions?/u.exec(await card.text())?.[0];
}

describe('a failure', () => {
  it('is told in the channel that asked for it, seen to by its buttons, and told to be over', async () => {
    await alex.goTo('Projects');
    await (await alex.mention('alerts here')).says('Alert channels: none → #Acme › Projects');
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    await alex.mention('sync #103 --now');
    const alert = await alex.anywhere().says('cw.permission', 'Needs attention');
    await (await alert.press('Acknowledge')).says('Acknowledged by');
    await alex.goTo('Personal Chat');
    await (await (await says('incidents', 'Acknowledged by')).pick('Acknowledged by', 'Snooze 1 h')).says(
      /snoozed/iu,
    );
    await (await (await says('incidents', 'Acknowledged by')).pick('Acknowledged by', 'Snooze 4 h')).says(
      /snoozed/iu,
    );
    await (await (await says('incidents', 'Snoozed')).pick('Acknowledged by', 'Snooze 1 day')).says(
      /snoozed/iu,
    );
    await (await (await says('incidents', 'Snoozed')).pick('Acknowledged by', 'Logs')).says(
      'Integration Log',
    );
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    await (await (await says('incidents', 'Acknowledged by')).pick('Acknowledged by', 'Sync now')).says(
      asked,
    );
    await alex.goTo('Projects');
    await alex.anywhere().says('Recovered after');
    await alex.goTo('Personal Chat');
    await (await says('alerts list', '1 alert channel')).root();
  });
});

describe('Vera, who may only look', () => {
  it('is refused by role, with who has it, and sees no button that is not hers', async () => {
    vera = await windowOf('vera');
    await vera.anywhere().says('Your role: viewer');
    for (const { name, role } of commands.filter(({ role }) => role !== 'viewer')) {
      if (name === 'claim' || name === 'undo') continue;
      await (await vera.write(name)).says(`${name} needs the role ${role}; yours is viewer.`, 'Alex Wilber');
    }
    const card = await (await vera.write('status #101')).says(contoso);
    expect(await card.buttons()).toEqual([
      'Tasks',
      'Integration Log',
      'What the states mean',
      'Delta',
      'Comprehensive',
    ]);
    await says(
      `roles grant teams:${playgroundTenant}/${playgroundPeople.vera} operator`,
      'has the role operator now',
    );
    await (await vera.write('sync #105 --now')).says(asked);
    await (await (await says('roles', 'Vera Vogel')).pick('Vera Vogel', 'Take the role away')).says(
      'no role of their own now',
    );
    await (await vera.write('sync #105')).says('needs the role operator');
  });
});

it('no command of the product was left out', async () => {
  // Beside the pictures, for whoever looks for a button that nobody pressed.
  await writeFile(path.join(pictures, 'unpressed.txt'), alex.usage.unpressed().join('\n'));
  expect(alex.usage.unwritten()).toEqual([]);
});
