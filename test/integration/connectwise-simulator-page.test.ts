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
    ['recordType=TimeEntryFV&recid=1&companyName=acme', 200],
    ['recordType=ScheduleRecordFV&recid=1&companyName=acme', 200],
    ['recordType=TimeEntryFV&recid=999&companyName=acme', 404],
    ['recordType=ScheduleRecordFV&recid=999&companyName=acme', 404],
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

  it('shows what stands on a ticket, and lets people log time, plan and write', async () => {
    const { stores } = rig.world;
    const before = { time: stores.timeEntries.rows('ticket/id', 5002).length };
    await page.goto(`${rig.url}${OPEN_RECORD}?recordType=ServiceFV&recid=5002&companyName=acme`);
    await page.getByLabel('Hours worked').fill('1.5');
    await page.getByLabel('What was done').fill('Measured <twice>');
    await page.getByRole('button', { name: 'Log time' }).click();
    // Inside the dialog: the rest of the page is out of reach while it is open.
    await page.getByRole('dialog').getByText('Time logged by Ana Reyes.').waitFor();
    await page.getByRole('cell', { name: 'Measured <twice>' }).waitFor();
    expect(stores.timeEntries.rows('ticket/id', 5002)).toHaveLength(before.time + 1);
    const logged = stores.timeEntries.rows('ticket/id', 5002).at(-1);
    expect(logged).toMatchObject({
      actualHours: 1.5,
      timeStart: '2026-03-02T08:00:15Z',
      member: { identifier: 'areyes' },
    });
    await page.getByLabel('Note', { exact: true }).fill('Ask again');
    await page.getByLabel('Kind').selectOption('Resolution');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByRole('cell', { name: 'Ask again' }).waitFor();
    await page.getByLabel('Who').selectOption('pnair');
    await page.getByLabel('Day').fill('2026-03-09');
    await page.getByRole('button', { name: 'Add to the schedule' }).click();
    await page.getByText('Schedule entry added by Ana Reyes.').waitFor();
    const planned = stores.scheduleEntries.rows('objectid', 5002).at(-1);
    expect(planned).toMatchObject({ member: { identifier: 'pnair' }, dateEnd: '2026-03-09T12:00:00Z' });
    await page.getByRole('button', { name: `Remove schedule entry ${planned?.id}` }).click();
    await page.getByText(`Removed schedule entry ${planned?.id} by Ana Reyes.`).waitFor();
    expect(stores.scheduleEntries.get(planned?.id ?? 0)).toBeUndefined();
    rig.world.deleteTicket('tbecker', 5002);
    await page.getByRole('button', { name: 'Log time' }).click();
    await page.getByRole('dialog').getByText('Ticket 5002 not found').waitFor();
  });

  it('shows by itself what the API changed, and that it was the API', async () => {
    await page.goto(`${rig.url}${OPEN_RECORD}?recordType=ProjectHeaderFV&recid=101&companyName=acme`);
    await page.getByRole('heading', { name: 'Tickets' }).waitFor();
    const ops = [{ op: 'replace', path: 'summary', value: 'Changed by the keys' }];
    await rig.send('PATCH', '/project/tickets/5002', JSON.stringify(ops));
    const changed = page.getByRole('row').filter({ hasText: 'Changed by the keys' });
    await changed.getByRole('cell', { name: 'cwsync API' }).waitFor();
  });

  it('moves a ticket into another project', async () => {
    await page.goto(`${rig.url}${OPEN_RECORD}?recordType=ServiceFV&recid=5002&companyName=acme`);
    const target = rig.world.stores.phases.rows('projectid', 103)[0];
    await page.getByLabel('To project').selectOption('103');
    await page.getByLabel('To phase').selectOption(String(target?.id));
    await page.getByRole('button', { name: 'Move ticket' }).click();
    await page.getByText('Ticket 5002 moved by Ana Reyes.').waitFor();
    expect(rig.world.stores.tickets.get(5002)).toMatchObject({
      project: { id: 103 },
      phase: { id: target?.id },
    });
    await page.getByText('Project 103').first().waitFor();
  });

  it('opens the record of a time entry and of a schedule entry', async () => {
    const { stores } = rig.world;
    const time = stores.timeEntries.rows()[0];
    const open = (type: string, id: number | undefined) =>
      page.goto(`${rig.url}${OPEN_RECORD}?recordType=${type}&recid=${id}&companyName=acme`);
    await open('TimeEntryFV', time?.id);
    await page.getByRole('heading', { name: `Ticket ${time?.chargeToId}` }).waitFor();
    const activity = stores.scheduleEntries.rows().find(({ type }) => type.identifier === 'C');
    await open('ScheduleRecordFV', activity?.id);
    await page.getByText(`Schedule entry ${activity?.id} of activity ${activity?.objectId}`).waitFor();
    const service = stores.scheduleEntries.rows().find((one) => stores.serviceTickets.get(one.objectId));
    await open('ScheduleRecordFV', service?.id);
    await page.getByText(`Service ticket ${service?.objectId}`).waitFor();
    await page.getByRole('button', { name: 'Log time' }).click();
    await page.getByText('Time logged by Ana Reyes.').waitFor();
    expect(stores.timeEntries.rows('ticket/id', service?.objectId)).toHaveLength(1);
    expect(await page.getByRole('button', { name: 'Add note' }).count()).toBe(0);
  });

  it('takes any right away, and lets people work by themselves', async () => {
    await page.goto(rig.url);
    await page.getByText('Rights of the API').click();
    await page.getByRole('button', { name: 'Withhold time entries' }).click();
    await page.getByText('The API may not read time entries now.').waitFor();
    expect((await rig.get('/time/entries')).status).toBe(403);
    expect((await rig.get('/schedule/entries')).status).toBe(200);
    await page.getByRole('button', { name: 'Return time entries' }).click();
    await page.getByText('The API may read time entries again.').waitFor();
    expect((await rig.get('/time/entries')).status).toBe(200);
    await page.getByRole('button', { name: 'People work by themselves: off' }).click();
    await page.getByRole('button', { name: 'People work by themselves: on' }).waitFor();
    expect(rig.life.state().on).toBe(true);
  });

  it('says clearly that a record is not there', async () => {
    await page.goto(`${rig.url}${OPEN_RECORD}?recordType=ProjectHeaderFV&recid=999&companyName=acme`);
    await page.getByRole('heading', { name: 'Record not found' }).waitFor();
    await page.getByText('Project 999 not found.').waitFor();
  });
});
