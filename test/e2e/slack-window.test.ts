/** The product as people use it: the Slack window and the simulator's page in a browser. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import {
  eventually,
  imported,
  type ProductRig,
  patienceMs,
  startProductRig,
} from '../support/product-rig.ts';

const pictures = path.join(import.meta.dirname, '../../test-output/slack-window');

let browser: Browser;
let rig: ProductRig;
let page: Page;
let pageErrors: string[];

beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  [browser, rig] = await Promise.all([
    launchBrowser(),
    // So slow that a sync can be watched.
    startProductRig({ projects: 12, tickets: 12, latencyMs: 100 }),
  ]);
  await imported(rig);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await rig?.stop();
});

beforeEach(async () => {
  page = await openPage(`${rig.slack.url}/#U0ALEX/C0PROJECTS`);
  await messagesShown();
});
afterEach(async ({ task }) => {
  const name = task.name.replace(/[^\p{L}\d]+/gu, '-');
  await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  await page.close();
  expect(pageErrors).toEqual([]);
});

async function openPage(address: string): Promise<Page> {
  const opened = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
  opened.setDefaultTimeout(patienceMs);
  pageErrors = [];
  opened.on('pageerror', (error) => pageErrors.push(error.message));
  await opened.goto(address);
  return opened;
}

/** The window fetches its messages after it is drawn; what is counted before would be counted wrong. */
const messagesShown = () => page.getByRole('log').locator('article, .empty').first().waitFor();

const answers = () => page.getByRole('log').getByRole('article').filter({ hasText: 'APP' });
const last = () => answers().last();

/** Types a command and resolves with the message that answers it. */
async function type(text: string): Promise<Locator> {
  const before = await answers().count();
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
  await eventually(async () => expect(await answers().count()).toBeGreaterThan(before));
  return answers().nth(before);
}

const until = (answer: Locator, words: string | RegExp) => answer.getByText(words).first().waitFor();

/** Opens the menu beside the project's name and picks from it. */
async function pick(answer: Locator, project: string, entry: string): Promise<void> {
  await answer.getByRole('button', { name: `More actions: ${project}` }).click();
  await answer.getByRole('menuitem', { name: entry, exact: true }).click();
}

async function actAs(person: string): Promise<void> {
  await page.getByLabel('Act as').selectOption({ label: person });
  await messagesShown();
}

describe('looking', () => {
  it('help says what one may write, one’s role and who the admins are', async () => {
    const answer = await type('/cwsync help');
    for (const words of [
      'sync <project>',
      'status --problems',
      'You may write: status, sync, tasks',
      'Your role: admin',
    ]) {
      await until(answer, words);
    }
    await until(answer, 'Only visible to you');
    await until(await type('/cwsync help sync'), 'Needs the role operator');
  });

  it('the list is filtered, and leads to a project by its menu', async () => {
    const list = await type('/cwsync status');
    await until(list, '11 projects');
    // One more than a page has, and no page for it alone.
    expect(await list.getByRole('button', { name: 'More actions' }).count()).toBe(11);
    expect(await list.getByRole('button', { name: 'Next' }).count()).toBe(0);
    const filtered = await type('/cwsync status fabrikam');
    await until(filtered, '2 projects matching');
    expect(await filtered.getByRole('button', { name: 'More actions' }).count()).toBe(2);
    await pick(filtered, 'Fabrikam – ISO 27001 readiness', 'Details');
    await until(filtered, 'Last Comprehensive Sync');
  });

  it('the project card shows its state, its times and a link to ConnectWise', async () => {
    const card = await type('/cwsync status contoso');
    await card.getByRole('heading', { name: 'Contoso – Office 365 migration' }).waitFor();
    for (const words of ['Sync Status', 'Idle', 'Healthy', 'Last Sync Completed', 'Last Delta Sync']) {
      await until(card, words);
    }
    const href = await card.getByRole('link', { name: '#101' }).getAttribute('href');
    const project = await openPage(href ?? '');
    await project.getByRole('heading', { name: 'Contoso – Office 365 migration' }).waitFor();
    await project.close();
    for (const name of ['Refresh', 'Tasks', 'Integration Log', 'Disable', 'Disconnect']) {
      expect(await card.getByRole('button', { name, exact: true }).count()).toBe(1);
    }
  });

  it('the logs of both kinds lead to older entries', async () => {
    const log = await type('/cwsync logs');
    await log.getByRole('heading', { name: 'Integration Log' }).waitFor();
    const newest = await log.textContent();
    await log.getByRole('button', { name: 'Older' }).click();
    await log.getByRole('button', { name: 'Newer' }).waitFor();
    expect(await log.textContent()).not.toBe(newest);
    await log.getByRole('button', { name: 'API Request Details' }).click();
    await log.getByRole('heading', { name: 'API Request Details' }).waitFor();
    await until(log, /GET .*\/project\/tickets/u);
    await log.getByRole('button', { name: 'Older' }).click();
    await log.getByRole('button', { name: 'Newer' }).waitFor();
    await log.getByRole('button', { name: 'Integration Log' }).click();
    await log.getByRole('heading', { name: 'Integration Log' }).waitFor();
  });
});

describe('syncing', () => {
  it('sync tells in one message that it was accepted, runs and ended', async () => {
    await rig.control('PUT', '/latency', { ms: 700 });
    const answer = await type('/cwsync sync "Contoso – Office 365 migration"');
    await until(answer, /Syncing \(delta\)/u);
    await rig.control('PUT', '/latency', { ms: 100 });
    await until(answer, /in sync\. The delta sync ended at .*nothing changed/u);
    await answer.getByRole('button', { name: 'Tasks' }).click();
    await until(answer, /\d+ tasks in \d+ phases/u);
  });

  it('an edit on the simulator’s page is seen with tasks after the next sync, with who made it', async () => {
    const summary = `Edited by hand: café & <i>“cables”</i> 🧵`;
    const simulator = await openPage(`${rig.connectWise.url}/#/project/101`);
    await simulator.getByRole('table').last().getByRole('button').first().click();
    const editor = simulator.getByRole('dialog');
    await editor.getByLabel('Summary').fill(summary);
    await editor.getByRole('button', { name: 'Save' }).click();
    await simulator.getByText(/Ticket \d+ saved by Ana Reyes/u).waitFor();
    await simulator.close();
    const card = await type('/cwsync status contoso');
    await card.getByRole('button', { name: 'Refresh', exact: true }).click();
    await until(card, /in sync\..*1 updated/u);
    const tasks = await type('/cwsync tasks contoso');
    await until(tasks, summary);
    await until(tasks, /changed Today .* by .*(?:Ana Reyes|areyes)/u);
    await until(await type('/cwsync logs contoso'), /Task .*updated: summary/u);
  });

  it('disable stops a project with a reason, and enable syncs it again', async () => {
    const answer = await type(
      '/cwsync disable "Northwind Traders – Server consolidation" waiting for <the> customer',
    );
    await until(answer, 'waiting for <the> customer');
    await until(await type('/cwsync status'), '1 disabled not shown');
    const card = await type('/cwsync status northwind --disabled');
    await until(card, /Disabled by alex, .*waiting for <the> customer/iu);
    expect(await card.getByRole('button', { name: 'Refresh', exact: true }).count()).toBe(0);
    await until(await type('/cwsync sync northwind'), 'it cannot be synced');
    await last().getByRole('button', { name: 'Enable' }).click();
    await until(last(), /in sync\. The comprehensive sync ended/u);
    await until(await type('/cwsync status northwind'), 'Healthy');
  });
});

describe('as Vera, who may only look', () => {
  beforeEach(() => actAs('Vera (viewer)'));

  it('is refused with who may, and sees no button for what is forbidden', async () => {
    const refused = await type('/cwsync sync contoso');
    await until(refused, /needs the role operator; yours is viewer/u);
    await until(refused, '@Alex Admin');
    const card = await type('/cwsync status contoso');
    await card.getByRole('button', { name: 'Tasks' }).waitFor();
    for (const name of ['Refresh', 'Disable', 'Enable', 'Disconnect', 'Retry now']) {
      expect(await card.getByRole('button', { name, exact: true }).count()).toBe(0);
    }
    const list = await type('/cwsync status');
    await list.getByRole('button', { name: 'More actions' }).first().click();
    expect(await list.getByRole('menuitem').allTextContents()).toEqual(['Details', 'Logs']);
    const help = await type('/cwsync help');
    expect(await help.textContent()).not.toContain('disable <project>');
  });
});

describe('what people get wrong', () => {
  it('an unknown project gets the nearest names, several a choice with buttons', async () => {
    const nearest = await type('/cwsync sync Contosso – Office 365 migratoin');
    await until(nearest, /No project matches/u);
    await nearest.getByRole('button', { name: 'Contoso – Office 365 migration' }).click();
    await until(last(), /Contoso – Office 365 migration.*in sync\./su);
    const several = await type('/cwsync tasks fabrikam');
    await until(several, '2 projects match');
    await several.getByRole('button', { name: 'Fabrikam – ISO 27001 readiness' }).click();
    await until(several, /\d+ tasks? in \d+ phases?/u);
  });

  it('an unclosed quote and an unknown command are told apart, with what to write', async () => {
    await until(await type('/cwsync sync "Contoso'), /quote is opened and not closed/u);
    const unknown = await type('/cwsync snyc contoso');
    await until(unknown, 'Did you mean sync?');
    await until(await type('/cwsync sync contoso --fast'), /does not know/u);
  });

  it('a filter full of regex characters is a text like any other', async () => {
    const typed = ['.*+?^', '$', '{}()|[]\\'].join('');
    const none = await type(`/cwsync status ${typed}`);
    await until(none, `No project matches ${typed}`);
    const some = await type('/cwsync status &amp;');
    await until(some, 'Tailspin Toys');
  });

  it('smart quotes and long dashes are understood', async () => {
    const quoted = await type('/cwsync status “Contoso – Office 365 migration”');
    await quoted.getByRole('heading', { name: 'Contoso – Office 365 migration' }).waitFor();
    const dashed = await type('/cwsync logs —errors —since 1h');
    await dashed.getByRole('heading', { name: 'Integration Log' }).waitFor();
  });
});

describe('names that are not nice', () => {
  const names: readonly (readonly [number, string])[] = [
    [102, 'Müller & Söhne – Überführung der Büroserver nach Österreich'],
    [104, '🚀 Fourth Coffee – Teams telephony go-live ☕️'],
    [105, 'Fabrikam – tell @channel before the cut-over'],
    [107, 'Tailspin Toys – <b>Network</b> &amp; Wi-Fi refresh'],
    [
      109,
      'Consolidated Messenger – moving mail, files, phones and printers of nine offices to the shared cloud',
    ],
    [111, 'שדרוג רשת ומעבר לענן – ירושלים'],
  ];

  it('are shown as they are, in the list, on the card and in an answer', async () => {
    const list = await type('/cwsync status');
    await until(list, '11 projects');
    const shown = await list.textContent();
    for (const [id, name] of names) {
      expect(shown).toContain(name);
      const card = await type(`/cwsync status ${name}`);
      await card.getByRole('link', { name: `#${id}` }).waitFor();
      await card.getByRole('heading', { name, exact: true }).waitFor();
    }
    const answer = await type('/cwsync sync #107');
    await until(answer, /in sync\./u);
    expect(await answer.textContent()).toContain('Tailspin Toys – <b>Network</b> &amp; Wi-Fi refresh');
    expect(await page.getByRole('log').locator('img, script').count()).toBe(0);
  });

  it('a new name of ConnectWise’s longest, 100 characters, is kept whole', async () => {
    const name = `${'Ω'.repeat(49)} ${'🧑‍🚀'.repeat(10)}`.slice(0, 100);
    await rig.control('PATCH', '/projects/112', { as: 'areyes', changes: { name } });
    await until(await type('/cwsync sync #112'), /in sync\..*updated/su);
    const card = await type('/cwsync status #112');
    await card.getByRole('heading', { name, exact: true }).waitFor();
  });

  it('a name and a filter of 200 characters are cut where they are shown', async () => {
    const { projects } = rig.connectWise.world.stores;
    const project = projects.get(108);
    if (!project) throw new Error('the world has no project 108');
    // Longer than ConnectWise takes today.
    projects.put({ ...project, name: `${'very '.repeat(39)}long!` });
    await until(await type('/cwsync sync #108'), /in sync\..*updated/su);
    await until(await type('/cwsync status #108'), /^(?:very )+v?e?r?y?…$/u);
    await until(await type(`/cwsync sync ${'x'.repeat(200)}`), /No project matches “x+…”/u);
    await until(await type(`/cwsync status ${'x'.repeat(200)}`), 'No project matches');
  });
});
