import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type Rig, startRig } from './connectwise-simulator-rig.ts';

const OPEN_RECORD = '/v4_6_release/services/system_io/router/openrecord.rails';
let rig: Rig;

beforeEach(async () => {
  rig = await startRig({ world: { seed: 7, projects: 8, tickets: 6 } });
});
afterEach(() => rig.stop());

describe('addresses of records', () => {
  it.each([
    ['recordType=ProjectHeaderFV&recid=101&companyName=acme', 200],
    ['locale=en_US&recordType=ServiceFV&recid=5001&companyName=ACME', 200],
    ['recordType=ServiceFV&recid=5007&companyName=acme', 200],
    ['recordType=ProjectHeaderFV&recid=999&companyName=acme', 404],
    ['recordType=ServiceFV&recid=999&companyName=acme', 404],
    ['recordType=projectheaderfv&recid=101&companyName=acme', 404],
    ['recordType=ProjectHeaderFV&recid=101&companyName=other', 404],
    ['', 404],
  ])('%s: %i', async (query, status) => {
    const answer = await rig.raw(`${OPEN_RECORD}?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('is case-sensitive', async () => {
    const path = OPEN_RECORD.replace('openrecord', 'openRecord');
    expect((await rig.raw(`${path}?recordType=ProjectHeaderFV&recid=101&companyName=acme`)).status).toBe(404);
  });
});

describe('the page', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(() => page.close());

  it('filters projects, and shows what people typed as text', async () => {
    await page.goto(rig.url);
    await page.getByText('8 of 8 projects').waitFor();
    await page.getByLabel('Filter projects').fill('tailspin');
    await page.getByRole('link', { name: '<b>Network</b> &amp;' }).click();
    await page.getByRole('heading', { name: 'Tailspin Toys – <b>Network</b> &amp; Wi-Fi refresh' }).waitFor();
    expect(await page.locator('main b').count()).toBe(0);
  });

  it('opens the ticket of an address, and saves only what was changed, as the person chosen', async () => {
    await page.goto(`${rig.url}/`);
    await page.getByLabel('Acting as').selectOption('pnair');
    await page.goto(`${rig.url}${OPEN_RECORD}?recordType=ServiceFV&recid=5002&companyName=acme`);
    await page.getByLabel('Summary').fill('From the page <img src=x>');
    rig.world.editTicket('tbecker', 5002, { budgetHours: 77 });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Ticket 5002 saved by Priya Nair at 2026-03-02 09:30:15 UTC.').waitFor();
    await page.getByRole('button', { name: 'From the page <img src=x>' }).waitFor();
    expect(rig.world.stores.tickets.get(5002)).toMatchObject({
      summary: 'From the page <img src=x>',
      budgetHours: 77,
      _info: { updatedBy: 'pnair' },
    });
  });

  it('adds and deletes a ticket, and edits the project', async () => {
    await page.goto(`${rig.url}${OPEN_RECORD}?recordType=ProjectHeaderFV&recid=101&companyName=acme`);
    await page.getByRole('button', { name: 'Add ticket' }).click();
    await page.getByLabel('Summary').fill('Added on the page');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/saved by Ana Reyes/).waitFor();
    const added = rig.world.stores.tickets.rows().find((ticket) => ticket.summary === 'Added on the page');
    expect(added?.project.id).toBe(101);
    page.on('dialog', (dialog) => dialog.accept());
    await page.getByRole('button', { name: 'Added on the page' }).click();
    await page.getByRole('button', { name: 'Delete ticket' }).click();
    await page.getByText(`Ticket ${added?.id} deleted by Ana Reyes.`).waitFor();
    expect(rig.world.stores.tickets.get(added?.id ?? 0)).toBeUndefined();
    await page.getByRole('button', { name: 'Edit project' }).click();
    await page.getByLabel('Estimated end').fill('2020-01-01');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('the estimated end lies before the estimated start').waitFor();
    await page.getByLabel('Estimated end').fill('2030-01-01');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Project 101 saved by Ana Reyes').waitFor();
    expect(rig.world.stores.projects.get(101)?.estimatedEnd).toBe('2030-01-01T00:00:00Z');
  });

  it('takes rights and keys away, and gives them back', async () => {
    const status = async () => (await rig.get('/project/tickets')).status;
    await page.goto(rig.url);
    await page.getByRole('button', { name: 'Revoke right: tickets' }).click();
    await page.getByText('The API may not read tickets now.').waitFor();
    expect(await status()).toBe(403);
    await page.getByRole('button', { name: 'Keys refused: off' }).click();
    await page.getByText('The API keys are refused now.').waitFor();
    expect(await status()).toBe(401);
    await page.getByRole('button', { name: 'Keys refused: on' }).click();
    await page.getByText('The API keys work again.').waitFor();
    await page.getByRole('button', { name: 'Give it back' }).click();
    await page.getByText('The API may read tickets again.').waitFor();
    expect(await status()).toBe(200);
  });

  it('says clearly that a record is not there', async () => {
    await page.goto(`${rig.url}${OPEN_RECORD}?recordType=ProjectHeaderFV&recid=999&companyName=acme`);
    await page.getByRole('heading', { name: 'Record not found' }).waitFor();
    await page.getByText('Project 999 not found.').waitFor();
  });
});
