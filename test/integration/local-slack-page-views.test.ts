import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { BlockAction } from '@slack/bolt';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { input, modal, plain, type Rig, section, startRig } from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
const pictures = path.join(import.meta.dirname, '../../test-output/slack-views');
let browser: Browser;
let rig: Rig;
let page: Page;
let pageErrors: string[];

beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  rig = await startRig({ deadlineMs: 1000 });
  rig.app.event(/.*/, async () => {});
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.setDefaultTimeout(10_000);
  pageErrors = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  await page.goto(`${rig.slack.url}/#U0ALEX/${CHANNEL}`);
  await page.getByText('Nothing here yet').waitFor();
});
afterEach(async ({ task }) => {
  await page.screenshot({ path: path.join(pictures, `${task.name.replace(/[^\p{L}\d]+/gu, '-')}.png`) });
  await page.close();
  await rig.stop();
  expect(pageErrors).toEqual([]);
});

const option = (name: string) => ({ text: plain(name), value: name.toLowerCase() });
const button = (name: string) => ({ type: 'button', action_id: name.toLowerCase(), text: plain(name) });
const text = { type: 'plain_text_input', action_id: 'f' };

/** Types a command that opens this modal, and resolves with the dialog. */
async function open(view: ReturnType<typeof modal>): Promise<Locator> {
  rig.app.command('/cwsync', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view });
  });
  await page.getByRole('textbox', { name: 'Message' }).fill('/cwsync settings');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: view.title.text });
  await dialog.waitFor();
  return dialog;
}

function submissions(): unknown[] {
  const values: unknown[] = [];
  rig.app.view(/.*/, async ({ ack, view }) => {
    values.push(view.state.values);
    await ack();
  });
  return values;
}

describe('a modal', () => {
  it('is filled in by label and keyboard, and submitted', async () => {
    const sent = submissions();
    rig.app.options('board', ({ ack, options }) =>
      ack({
        options: ['Managed', 'Projects'].map(option).filter((one) => one.value.includes(options.value)),
      }),
    );
    const options = ['One', 'Two', 'Three'].map(option);
    const dialog = await open(
      modal([
        input('Reason', text, { hint: plain('Shown to everybody') }),
        input('Notes', { ...text, multiline: true }, { optional: true }),
        input('Minutes', { type: 'number_input', action_id: 'f', is_decimal_allowed: false }),
        input('Level', { type: 'static_select', action_id: 'f', options }),
        input('Kinds', { type: 'checkboxes', action_id: 'f', options }),
        input('Way', { type: 'radio_buttons', action_id: 'f', options }),
        input('Several', { type: 'multi_static_select', action_id: 'f', options }),
        input('Board', { type: 'external_select', action_id: 'board', min_query_length: 0 }),
        input('Owner', { type: 'users_select', action_id: 'f' }),
        input('Alerts', {
          type: 'conversations_select',
          action_id: 'f',
          filter: { include: ['public', 'private'] },
        }),
        input('Anywhere', { type: 'conversations_select', action_id: 'f' }, { optional: true }),
      ]),
    );
    const reason = dialog.getByRole('textbox', { name: 'Reason' });
    expect(await reason.evaluate((element) => element.matches(':focus'))).toBe(true);
    await reason.fill('because');
    await dialog.getByRole('textbox', { name: 'Notes' }).fill('two\nlines');
    await dialog.getByRole('spinbutton', { name: 'Minutes' }).fill('15');
    await dialog.getByRole('combobox', { name: 'Level' }).selectOption('two');
    await dialog.getByRole('checkbox', { name: 'One' }).check();
    await dialog.getByRole('checkbox', { name: 'Three' }).check();
    await dialog.getByRole('radio', { name: 'Two' }).check();
    await dialog.getByRole('listbox', { name: 'Several' }).selectOption(['one', 'two']);
    await dialog.getByRole('combobox', { name: 'Board' }).fill('proj');
    await dialog.getByRole('option', { name: 'Projects', exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await dialog.getByRole('combobox', { name: 'Owner' }).selectOption({ label: 'Vera Viewer' });
    const offered = (name: string) =>
      dialog.getByRole('combobox', { name }).locator('option').allTextContents();
    expect(await offered('Anywhere')).toContain('cwsync');
    expect(await offered('Alerts')).not.toContain('cwsync');
    await dialog.getByRole('combobox', { name: 'Alerts' }).selectOption({ label: 'operations' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(sent).toMatchObject([
      {
        Reason: { f: { value: 'because' } },
        Notes: { f: { value: 'two\nlines' } },
        Minutes: { f: { value: '15' } },
        Level: { f: { selected_option: { value: 'two' } } },
        Kinds: { f: { selected_options: [{ value: 'one' }, { value: 'three' }] } },
        Way: { f: { selected_option: { value: 'two' } } },
        Several: { f: { selected_options: [{ value: 'one' }, { value: 'two' }] } },
        Board: { board: { selected_option: { value: 'projects' } } },
        Owner: { f: { selected_user: 'U0VERA' } },
        Alerts: { f: { selected_conversation: 'C0OPS' } },
      },
    ]);
  });

  it('keeps the focus inside, and Escape cancels it', async () => {
    const closed = vi.fn();
    rig.app.view({ type: 'view_closed', callback_id: /.*/ }, async ({ ack }) => {
      closed();
      await ack();
    });
    const dialog = await open(modal([input('Reason', text)], { notify_on_close: true }));
    for (let count = 0; count < 12; count += 1) {
      await page.keyboard.press('Tab');
      const isInside = await dialog.evaluate((element) => {
        // Between two rounds the browser's own bar has the focus, which is no element of the page.
        return (
          element.ownerDocument.activeElement === element.ownerDocument.body ||
          element.matches(':focus-within')
        );
      });
      expect(isInside).toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1));
  });

  it('shows errors under fields, Slack’s and the app’s, and keeps what was typed', async () => {
    rig.app.view(/.*/, ({ ack }) =>
      ack({ response_action: 'errors', errors: { Name: 'That is not the name.' } } as never),
    );
    const dialog = await open(modal([input('Name', text), input('Notes', text, { optional: true })]));
    await dialog.getByRole('textbox', { name: 'Notes' }).fill('some notes');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('Please complete this required field.').waitFor();
    const name = dialog.getByRole('textbox', { name: 'Name' });
    await name.fill('Contoso');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('That is not the name.').waitFor();
    expect(await name.inputValue()).toBe('Contoso');
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    expect(await dialog.getByRole('textbox', { name: 'Notes' }).inputValue()).toBe('some notes');
  });

  it('says that the app did not answer, and stays', async () => {
    rig.app.view(/.*/, () => new Promise<void>(() => {}));
    const dialog = await open(modal([input('Name', text)]));
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Contoso');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('We had some trouble connecting. Try again?').waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Contoso');
  });

  it('is filled by an update while one types, and another is put on top', async () => {
    rig.app.action('more', async ({ ack, body, client }) => {
      await ack();
      const pushed = modal([section('On top')], { title: plain('Second'), submit: undefined });
      await client.views.push({ trigger_id: (body as BlockAction).trigger_id, view: pushed });
    });
    const dialog = await open(modal([section('Loading…'), input('Name', text)]));
    await dialog.getByRole('textbox', { name: 'Name' }).fill('typed');
    const more = { type: 'actions', elements: [button('More')] };
    const view = modal([section('41 projects'), input('Name', text), more]);
    await rig.app.client.views.update({ view_id: rig.slack.as('U0ALEX').modal()?.id ?? '', view });
    await dialog.getByText('41 projects').waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('typed');
    await dialog.getByRole('button', { name: 'More' }).click();
    const second = page.getByRole('dialog', { name: 'Second' });
    await second.getByText('On top').waitFor();
    await second.getByRole('button', { name: 'Back' }).click();
    await dialog.getByText('41 projects').waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('typed');
    await dialog.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });
});

describe('the Home tab', () => {
  it('is opened, filtered by Enter, and keeps what one types over a new publication', async () => {
    const filters: unknown[] = [];
    const home = (line: string) => ({
      type: 'home' as const,
      blocks: [
        input('Filter', text, { dispatch_action: true, optional: true }),
        {
          type: 'actions',
          block_id: 'row',
          elements: [{ type: 'checkboxes', action_id: 'kinds', options: [option('Disabled')] }],
        },
        section(line, { type: 'overflow', action_id: 'row', options: [option('Sync'), option('Logs')] }),
      ] as never,
    });
    const publish = (line: string) => rig.app.client.views.publish({ user_id: 'U0ALEX', view: home(line) });
    rig.app.event('app_home_opened', async () => {
      await publish('41 projects');
    });
    const chosen: unknown[] = [];
    rig.app.action('f', async ({ ack, body }) => {
      await ack();
      filters.push((body as BlockAction).actions[0]);
      await publish('2 projects');
    });
    rig.app.action(/kinds|row/, async ({ ack, body }) => {
      await ack();
      chosen.push((body as BlockAction).view?.state.values, (body as BlockAction).actions[0]);
    });
    await page.getByRole('button', { name: 'Home' }).click();
    const tab = page.getByRole('region', { name: 'Home tab' });
    await tab.getByText('41 projects').waitFor();
    await tab.getByRole('textbox', { name: 'Filter' }).fill('contoso');
    await page.keyboard.press('Enter');
    await tab.getByText('2 projects').waitFor();
    expect(filters).toMatchObject([{ type: 'plain_text_input', value: 'contoso' }]);
    expect(await tab.getByRole('textbox', { name: 'Filter' }).inputValue()).toBe('contoso');
    await tab.getByRole('checkbox', { name: 'Disabled' }).check();
    await tab.getByRole('button', { name: 'More actions: 2 projects' }).click();
    await tab.getByRole('menuitem', { name: 'Logs' }).click();
    await vi.waitFor(() => expect(chosen).toHaveLength(4));
    expect(chosen).toMatchObject([
      { Filter: { f: { value: 'contoso' } }, row: { kinds: { selected_options: [{ value: 'disabled' }] } } },
      { type: 'checkboxes' },
      {},
      { type: 'overflow', selected_option: { value: 'logs' } },
    ]);
    await page.getByLabel('Act as').selectOption({ label: 'Vera (viewer)' });
    await page.getByText('published no Home tab for you yet').waitFor();
  });
});

describe('threads, files and people', () => {
  it('a thread opens beside the conversation, with replies of both and a box to answer', async () => {
    const { ts = '' } = await rig.app.client.chat.postMessage({ channel: CHANNEL, text: 'It failed' });
    await page.getByText('It failed').waitFor();
    await page.getByRole('button', { name: 'Reply in thread' }).focus();
    await page.keyboard.press('Enter');
    const thread = page.getByRole('complementary', { name: 'Thread' });
    await thread.getByRole('textbox', { name: 'Reply' }).fill('Why?');
    await page.keyboard.press('Enter');
    await thread.getByText('Why?').waitFor();
    await rig.app.client.chat.postMessage({ channel: CHANNEL, text: 'It recovered', thread_ts: ts });
    await thread.getByText('It recovered').waitFor();
    await page.getByRole('log').getByRole('button', { name: '2 replies' }).waitFor();
    expect(await page.getByRole('log').getByRole('article').count()).toBe(1);
    await thread.getByRole('button', { name: 'Close thread' }).click();
    await thread.waitFor({ state: 'hidden' });
  });

  it('a file is downloaded from the message that shows it', async () => {
    await rig.app.client.files.uploadV2({
      channel_id: CHANNEL,
      initial_comment: 'Here it is',
      file: Buffer.from('a,b\n1,2\n'),
      filename: 'export.csv',
      title: 'Export',
    });
    await page.getByText('Here it is').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('export.csv');
    const stream = await download.createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('a,b\n1,2\n');
  });

  it('one acts as a guest or a stranger, each with their own channels', async () => {
    const channels = () => page.getByRole('list', { name: 'Channels' }).getByRole('button').allTextContents();
    const picker = page.getByLabel('Act as');
    expect(await picker.getByRole('option').allTextContents()).toEqual([
      'Alex (admin)',
      'Vera (viewer)',
      'Gus (guest)',
      'Solveig (single-channel guest)',
      'Sam (stranger)',
    ]);
    await picker.selectOption({ label: 'Solveig (single-channel guest)' });
    expect(await channels()).toEqual(['#projects']);
    await picker.selectOption({ label: 'Sam (stranger)' });
    expect(await channels()).toEqual(['#shared']);
    await page.getByRole('textbox', { name: 'Message' }).fill('/cwsync status');
    await page.keyboard.press('Enter');
    await page.getByText('is not a valid command').waitFor();
  });

  it('shows at once that the bot was invited and that a channel was archived', async () => {
    await page.getByRole('button', { name: 'secret' }).click();
    await page.getByText('cwsync is not a member here').waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('/invite @cwsync');
    await page.keyboard.press('Enter');
    await page.getByText('cwsync is one of them').waitFor();
    rig.slack.knobs.archive('C0SECRET');
    await page.getByText('This channel is archived').waitFor();
  });
});
