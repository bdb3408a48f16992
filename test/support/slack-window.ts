/** The Slack window in a browser, as a person sees and uses it. */
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Usage } from './button-kinds.ts';
import { eventually, patienceMs } from './product-rig.ts';

type Words = string | RegExp;

/** Something that the product shows: a message, a modal, or the Home tab. */
export class Shown {
  readonly root: Locator;

  constructor(root: Locator) {
    this.root = root;
  }

  /** Waits until each of these stands there. */
  async says(...words: readonly Words[]): Promise<this> {
    for (const one of words) {
      await eventually(async () => {
        const text = await this.text();
        const found = typeof one === 'string' ? text.includes(one) : one.test(text);
        if (!found) throw new Error(`“${one}” is not in what is shown:\n${text}`);
      });
    }
    return this;
  }

  /** At this moment; wait for what must be there first. */
  async saysNothingOf(...words: readonly string[]): Promise<void> {
    const text = await this.text();
    for (const one of words) expect(text).not.toContain(one);
  }

  async text(): Promise<string> {
    return (await this.root.textContent()) ?? '';
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  async press(name: string): Promise<void> {
    await this.button(name).first().click();
  }

  /** The buttons in its blocks, without those of the window itself. */
  async buttons(): Promise<readonly string[]> {
    return await this.root.locator('.block-actions button').allTextContents();
  }

  async has(...names: readonly string[]): Promise<void> {
    const shown = await this.buttons();
    for (const name of names) expect(shown).toContain(name);
  }

  async hasNone(...names: readonly string[]): Promise<void> {
    const shown = await this.buttons();
    for (const name of names) expect(shown).not.toContain(name);
  }

  /** How many rows have a menu. */
  async rows(): Promise<number> {
    return await this.root.getByRole('button', { name: 'More actions' }).count();
  }

  /** What the menu of the row of this project offers. */
  async menuOf(row: Words): Promise<readonly string[]> {
    await this.#menuButton(row).click();
    const entries = await this.root.getByRole('menuitem').allTextContents();
    await this.root.page().keyboard.press('Escape');
    return entries;
  }

  async pick(row: Words, entry: string): Promise<void> {
    await this.#menuButton(row).click();
    await this.root.getByRole('menuitem', { name: entry, exact: true }).click();
  }

  #menuButton(row: Words): Locator {
    return this.root
      .locator('.block-section', { hasText: row })
      .getByRole('button', { name: 'More actions' })
      .first();
  }
}

/** What a person fills in; its fields are found by their labels. */
export class Modal extends Shown {
  async title(): Promise<string> {
    return (await this.root.getByRole('heading').first().textContent()) ?? '';
  }

  async titled(title: Words): Promise<this> {
    await this.root.getByRole('heading', { name: title }).first().waitFor();
    return this;
  }

  async fill(label: Words, text: string): Promise<void> {
    await this.root.getByLabel(label).fill(text);
  }

  async value(label: Words): Promise<string> {
    return await this.root.getByLabel(label).inputValue();
  }

  async tick(label: Words, on = true): Promise<void> {
    await this.root.getByLabel(label).setChecked(on);
  }

  async choose(label: Words, ...options: readonly string[]): Promise<void> {
    await this.root.getByLabel(label).selectOption(options.map((one) => ({ label: one })));
  }

  async chosen(label: Words): Promise<readonly string[]> {
    return await this.root.getByLabel(label).locator('option:checked').allTextContents();
  }

  /** The words under a field that is refused. */
  async refuses(words: Words): Promise<void> {
    await this.root.locator('.input-error', { hasText: words }).waitFor();
  }

  async submit(): Promise<void> {
    await this.root.locator('#modal-submit').click();
  }

  async dismiss(): Promise<void> {
    await this.root.getByRole('button', { name: 'Dismiss' }).click();
    await this.isGone();
  }

  async isGone(): Promise<void> {
    await this.root.waitFor({ state: 'hidden' });
  }
}

export const people = {
  alex: 'U0ALEX',
  vera: 'U0VERA',
  gus: 'U0GUS',
  sam: 'U0SAM',
} as const;
export type Who = keyof typeof people;

/** One person at the window. */
export class SlackWindow {
  readonly page: Page;
  /** What went wrong in the page itself. */
  readonly errors: string[] = [];
  readonly #usage: Usage | undefined;

  constructor(page: Page, usage?: Usage) {
    this.page = page;
    this.#usage = usage;
    page.setDefaultTimeout(patienceMs);
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  static async open(
    browser: Browser,
    url: string,
    who: Who,
    channel = 'C0PROJECTS',
    usage?: Usage,
  ): Promise<SlackWindow> {
    const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
    const window = new SlackWindow(page, usage);
    await page.goto(`${url}/#${people[who]}/${channel}`);
    await window.#messagesShown();
    return window;
  }

  async openChannel(name: string): Promise<void> {
    await this.#goTo(name);
    await this.#messagesShown();
  }

  async openDirect(): Promise<void> {
    await this.#goTo('cwsync');
    await this.#messagesShown();
  }

  /** Resolves as soon as something is published there. */
  async openHome(): Promise<Shown> {
    await this.#goTo('Home');
    await this.home.root.locator('.block-section').first().waitFor();
    return this.home;
  }

  get home(): Shown {
    return new Shown(this.page.locator('#home'));
  }

  get modal(): Modal {
    return new Modal(this.page.locator('#modal'));
  }

  /** Writes, and resolves with the message that answers. */
  async write(text: string): Promise<Shown> {
    return await this.#answerTo(() => this.#type('Message', text), this.#answers());
  }

  /** Writes what is answered by a modal, or not at all. */
  async writeOnly(text: string): Promise<void> {
    await this.#type('Message', text);
  }

  /** Presses, and resolves with the new message that answers. */
  async pressForAnswer(shown: Shown, button: string): Promise<Shown> {
    return await this.#answerTo(() => shown.press(button), this.#answers());
  }

  /** Writes into the thread below the message that says this, and resolves with the answer there. */
  async writeInThread(below: string, text: string): Promise<Shown> {
    await this.openThread(below);
    return await this.#answerTo(() => this.#type('Reply', text), this.#answers('#thread-messages'));
  }

  async openThread(below: string): Promise<void> {
    const message = this.page.locator('#messages article', { hasText: below }).last();
    await message.hover();
    await message.locator('.replies, .reply-in-thread').click();
    await this.page.locator('#thread-messages article').first().waitFor();
  }

  /** The last message of the product here that says this. */
  async told(words: Words): Promise<Shown> {
    const found = this.#answers().filter({ hasText: words }).last();
    await found.waitFor();
    return await byTs(found);
  }

  async answersNow(): Promise<number> {
    return await this.#answers().count();
  }

  #answers(place = '#messages'): Locator {
    return this.page.locator(`${place} article`, { has: this.page.locator('.app-badge') });
  }

  async #answerTo(act: () => Promise<void>, answers: Locator): Promise<Shown> {
    const before = await answers.count();
    await act();
    await answers.nth(before).waitFor();
    return await byTs(answers.nth(before));
  }

  async #type(box: 'Message' | 'Reply', text: string): Promise<void> {
    this.#usage?.wrote(text.replace(/^(?:\/|@)cwsync /u, ''));
    const field = this.page.getByRole('textbox', { name: box, exact: true });
    await field.fill(text);
    await field.press('Enter');
  }

  async #goTo(name: string): Promise<void> {
    await this.page.getByRole('navigation').getByRole('button', { name }).click();
  }

  /** The window fetches its messages after it is drawn; what is counted before would be counted wrong. */
  #messagesShown(): Promise<void> {
    return this.page.locator('#messages').locator('article, .empty').first().waitFor();
  }
}

/** By what stays when the message is edited, and when others come before or after it. */
async function byTs(article: Locator): Promise<Shown> {
  const ts = await article.getAttribute('data-ts');
  const place = article.page().locator('#messages, #thread-messages');
  return new Shown(place.locator(`article[data-ts="${ts}"]`).last());
}
