/** The product in the Microsoft 365 Agents Playground, as a person uses it in Teams. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Playground,
  playgroundPeople,
  playgroundTenant,
  startPlayground,
} from '../../demo/teams/start-playground.ts';
import { launchBrowser } from '../support/browser.ts';
import {
  eventually,
  freePort,
  imported,
  type ProductRig,
  patienceMs,
  startProductRig,
} from '../support/product-rig.ts';

const pictures = path.join(import.meta.dirname, '../../test-output/teams-window');

let browser: Browser;
let rig: ProductRig;
let playground: Playground;
let page: Page;

beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  [browser, rig] = await Promise.all([
    launchBrowser(),
    startProductRig({
      projects: 12,
      tickets: 12,
      latencyMs: 50,
      env: {
        CWSYNC_TEAMS_ANONYMOUS: 'true',
        TEAMS_TENANT_ID: playgroundTenant,
        CWSYNC_ADMINS: `slack:T0DEMO/U0ALEX,teams:${playgroundTenant}/${playgroundPeople.alex}`,
      },
    }),
  ]);
  await imported(rig);
  playground = await startPlayground({
    endpoint: `http://127.0.0.1:${rig.port}/api/messages`,
    port: await freePort(),
    folder: path.join(pictures, 'playground'),
  });
  page = await browser.newPage({ viewport: { width: 1400, height: 1200 } });
  page.setDefaultTimeout(patienceMs);
  await eventually(() => page.goto(playground.url));
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await playground?.stop();
  await rig?.stop();
});

const picture = (name: string) => page.screenshot({ path: path.join(pictures, `${name}.png`) });

const answers = () => page.locator('.ac-adaptiveCard');
const last = () => answers().last();

/** Types a command and resolves with the card that answers it. */
async function type(text: string): Promise<Locator> {
  const before = await answers().count();
  await page.locator('[role=textbox]').last().click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
  await eventually(async () => expect(await answers().count()).toBeGreaterThan(before));
  return last();
}

const until = (answer: Locator, words: string | RegExp) => answer.getByText(words).first().waitFor();

it('greets whoever comes first, with their standing page', async () => {
  await until(page.locator('body'), 'Hello! cwsync keeps your ConnectWise projects');
  await until(answers().first(), '11 projects');
  await picture('first-contact');
});

it('narrows the standing page in its place', async () => {
  const home = answers().first();
  await home.getByRole('textbox').fill('consolidation');
  await home.getByRole('button', { name: 'Apply' }).click();
  await until(home, '1 project matching');
  await picture('filtered');
});

it('syncs by a button of the page, told in one message to its end', async () => {
  const count = await answers().count();
  await answers().first().getByRole('button', { name: 'Sync', exact: true }).click();
  await eventually(async () => expect(await answers().count()).toBe(count + 1));
  await until(last(), /in sync\. The delta sync ended at/u);
  expect(await answers().count()).toBe(count + 1);
  await picture('synced');
});

it('shows the list, and one project in its place', async () => {
  await until(await type('status'), 'Narrow it down');
  await picture('status');
  await last().getByRole('button', { name: 'Details' }).first().click();
  await until(last(), 'Last Comprehensive Sync');
});

it('opens the settings as a form, refuses what is wrong at its field, and saves what is right', async () => {
  const form = await type('settings');
  await until(form, 'Advanced Settings');
  const days = last().getByLabel('Logs are kept for so many days');
  await days.fill('');
  await last().getByRole('button', { name: 'Save' }).click();
  await until(last(), 'A whole number from 1 to 3650.');
  await picture('settings-refused');
  await days.fill('45');
  // The words go when the field is left, and the button moves.
  await page.keyboard.press('Tab');
  await last().getByText('A whole number from 1 to 3650.').waitFor({ state: 'hidden' });
  await picture('settings');
  await last().getByRole('button', { name: 'Save' }).click();
  await until(last(), /Settings saved/u);
  await picture('settings-saved');
  const stored = await rig.db.collection<{ retentionDays: number }>('settings').findOne({});
  expect(JSON.stringify(stored)).toContain('"retentionDays":45');
});
