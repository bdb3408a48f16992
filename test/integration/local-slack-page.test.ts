import type { KnownBlock } from '@slack/types';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { plain, type Rig, say, section, startRig, texts } from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
let browser: Browser;
let rig: Rig;
let page: Page;
let pageErrors: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  rig = await startRig({ deadlineMs: 1000 });
  page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  pageErrors = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  await page.goto(rig.slack.url);
  await page.getByText('Nothing here yet').waitFor();
});
afterEach(async () => {
  await page.close();
  await rig.stop();
  expect(pageErrors).toEqual([]);
});

const button = (name: string, fields: Record<string, unknown> = {}) => ({
  type: 'button' as const,
  action_id: name.toLowerCase(),
  text: plain(name),
  ...fields,
});
const option = (name: string) => ({ text: plain(name), value: name.toLowerCase() });

async function post(blocks: KnownBlock[], text = 'fallback'): Promise<string> {
  const posted = await rig.app.client.chat.postMessage({ channel: CHANNEL, text, blocks });
  return posted.ts ?? '';
}

function typeMessage(text: string): Promise<void> {
  return page.getByRole('textbox', { name: 'Message' }).fill(text);
}

describe('the page', () => {
  it('types a command, shows the answer to the asker alone, presses and shows what comes of it', async () => {
    const list = [section('*Office move*'), { type: 'actions' as const, elements: [button('Next')] }];
    rig.app.command('/cwsync', ({ ack }) => ack({ text: 'list', blocks: list }));
    rig.app.action('next', async ({ ack, respond }) => {
      await ack();
      await respond({ replace_original: true, text: 'page 2' });
    });
    await typeMessage('/cwsync status');
    await page.keyboard.press('Enter');
    const log = page.getByRole('log');
    await log.getByText('Office move').waitFor();
    expect(await log.getByText('Only visible to you').count()).toBe(1);
    await log.getByRole('button', { name: 'Next' }).click();
    await log.getByText('page 2').waitFor();
    expect(await log.getByText('Office move').count()).toBe(0);
    await page.getByLabel('Act as').selectOption({ label: 'Vera (viewer)' });
    await page.getByText('Nothing here yet').waitFor();
  });

  it('chooses from an overflow menu with the keyboard, and the menu outlives a message elsewhere', async () => {
    const chosen: unknown[] = [];
    rig.app.action('row', async ({ ack, action }) => {
      chosen.push(action.type === 'overflow' && action.selected_option.value);
      await ack();
    });
    const menu = { type: 'overflow', action_id: 'row', options: [option('Sync'), option('Logs')] };
    await post([section('Contoso – Office move', menu)]);
    await page.getByRole('button', { name: 'More actions: Contoso – Office move' }).click();
    await say(rig.slack, 'U0VERA', CHANNEL, 'hello');
    await page.getByText('hello').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await vi.waitFor(() => expect(chosen).toEqual(['logs']));
    expect(await page.getByRole('menu').count()).toBe(0);
  });

  it('chooses from a select', async () => {
    const chosen: unknown[] = [];
    rig.app.action('board', async ({ ack, action }) => {
      chosen.push(action.type === 'static_select' && action.selected_option.value);
      await ack();
    });
    const select = {
      type: 'static_select' as const,
      action_id: 'board',
      placeholder: plain('All boards'),
      options: [option('Managed'), option('Projects')],
    };
    await post([{ type: 'actions', elements: [select] }]);
    await page.getByRole('combobox', { name: 'All boards' }).selectOption('projects');
    await vi.waitFor(() => expect(chosen).toEqual(['projects']));
  });

  it('asks first where the element says so', async () => {
    const pressed: string[] = [];
    rig.app.action(/./, async ({ ack, action }) => {
      if ('action_id' in action) pressed.push(action.action_id);
      await ack();
    });
    const confirm = {
      title: plain('Sure?'),
      text: plain('41 stop.'),
      confirm: plain('Stop'),
      deny: plain('Keep'),
    };
    const danger = button('Disable', { confirm, style: 'danger' });
    await post([{ type: 'actions', elements: [danger, button('Next')] }]);
    const dialog = page.getByRole('dialog', { name: 'Sure?' });
    await page.getByRole('button', { name: 'Disable' }).click();
    await dialog.getByRole('button', { name: 'Keep' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await vi.waitFor(() => expect(pressed).toContain('next'));
    await page.getByRole('button', { name: 'Disable' }).click();
    await dialog.getByRole('button', { name: 'Stop' }).click();
    await vi.waitFor(() => expect(pressed).toContain('disable'));
    expect(pressed).toEqual(['next', 'disable']);
  });

  it('warns of a press that the app did not acknowledge', async () => {
    rig.app.action('next', () => new Promise(() => {}));
    await post([{ type: 'actions', elements: [button('Next')] }]);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('alert').getByText('cwsync did not answer in time').waitFor();
  });

  it('shows edits and marks them, and marks conversations with something new', async () => {
    const { ts = '' } = await rig.app.client.chat.postMessage({ channel: CHANNEL, text: 'first' });
    await page.getByText('first').waitFor();
    await rig.app.client.chat.update({ channel: CHANNEL, ts, text: 'second' });
    await page.getByText('second (edited)').waitFor();
    await rig.app.client.chat.postMessage({ channel: 'U0VERA', text: 'not for Alex' });
    await rig.app.client.chat.postMessage({ channel: 'U0ALEX', text: 'for Alex' });
    await page.getByLabel('new messages').waitFor();
    await page.getByRole('button', { name: 'cwsync' }).click();
    await page.getByText('for Alex', { exact: true }).waitFor();
    expect(await page.getByText('not for Alex').count()).toBe(0);
  });

  it('shows what people write as text, never as HTML or as a script’s address', async () => {
    await typeMessage('<img src=x onerror="document.title=1"> & <script>');
    await page.keyboard.press('Enter');
    await page.getByText('<img src=x onerror="document.title=1"> & <script>').waitFor();
    await post([section('<javascript:alert(1)|press me>')]);
    await page.getByText('press me').waitFor();
    await post([{ type: 'header', text: plain('A <u>header</u>') }]);
    await page.getByRole('heading', { name: 'A <u>header</u>' }).waitFor();
    expect(await page.getByRole('log').locator('img, script, a, u').count()).toBe(0);
    expect(await texts(rig.slack, 'U0VERA', CHANNEL)).toHaveLength(3);
  });

  it('renders dates in the time zone of the person', async () => {
    const format = '<!date^1795511520^{date_num} {time}|fallback> <!date^1795511520^{nonsense}|fallback>';
    await post([section(format)]);
    await page.getByText('2026-11-24 10:12 AM fallback').waitFor();
    await page.getByLabel('Act as').selectOption('U0VERA');
    await page.getByText('2026-11-24 4:12 AM fallback').waitFor();
  });

  it('renders mrkdwn and rich text', async () => {
    await post([
      section(
        '*b* _i_ ~s~ `c*d*` 2*3*4 snake_case_name <https://x.example/a_b_c|a *label*> &lt;@U0ALEX&gt; <@U0ALEX>',
      ),
      section('```\npre <https://x.example>\n```after'),
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_list',
            style: 'ordered',
            elements: [
              {
                type: 'rich_text_section',
                elements: [{ type: 'text', text: 'first', style: { bold: true } }],
              },
            ],
          },
        ],
      },
    ]);
    const body = page.getByRole('log').locator('.section-body').first();
    await body.waitFor();
    expect(await body.evaluate((element) => element.textContent)).toBe(
      'b i s c*d* 2*3*4 snake_case_name a *label* <@U0ALEX> @Alex Admin',
    );
    const tags = await body.evaluate((element) =>
      [...element.querySelectorAll('*')].map((inner) => inner.localName),
    );
    expect(tags).toEqual(['div', 'b', 'i', 's', 'code', 'a', 'span']);
    expect(await page.locator('.section-body pre').textContent()).toBe('pre https://x.example');
    expect(await page.locator('.rich-text ol > li b').textContent()).toBe('first');
  });

  it('says when the local Slack is gone', async () => {
    await rig.slack.stop();
    await page.getByText('Connection lost').waitFor();
  });
});
