/** The Agents Playground in a browser, as a person sees and uses it: cards, their buttons, and the places to write. */
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { z } from 'zod';
import { kindOf, Usage } from './button-kinds.ts';
import { eventually, patienceMs } from './product-rig.ts';

type Words = string | RegExp;

const actionSchema = z.object({
  type: z.literal('Action.Execute'),
  verb: z.string(),
  data: z.looseObject({ command: z.string().optional(), form: z.string().optional() }),
});
const pressSchema = z.object({ value: z.object({ action: actionSchema }) });

function kindOfAction({ verb, data }: z.infer<typeof actionSchema>): string {
  return verb === 'command' && data.command !== undefined
    ? kindOf(data.command)
    : `${verb} ${data.form ?? ''}`.trim();
}

/** Every button in what the window was sent. */
function actionsIn(value: unknown): readonly z.infer<typeof actionSchema>[] {
  if (value === null || typeof value !== 'object') return [];
  const action = actionSchema.safeParse(value);
  return action.success ? [action.data] : Object.values(value).flatMap(actionsIn);
}

/** What the product shows: one card, or whichever of several that it may have answered in. */
export class Card {
  readonly #window: TeamsWindow;
  readonly #among: () => Promise<readonly Locator[]>;

  constructor(window: TeamsWindow, among: () => Promise<readonly Locator[]>) {
    this.#window = window;
    this.#among = among;
  }

  /** Waits for a card that says all of this; that one from then on. */
  async says(...words: readonly Words[]): Promise<Card> {
    const found = await eventually(async () => {
      const texts: string[] = [];
      for (const one of await this.#among()) {
        const text = (await one.textContent()) ?? '';
        texts.push(text);
        if (words.every((word) => (typeof word === 'string' ? text.includes(word) : word.test(text))))
          return one;
      }
      throw new Error(`“${words.join('”, “')}” is in none of:\n${texts.join('\n---\n')}`);
    });
    return new Card(this.#window, async () => [found]);
  }

  async root(): Promise<Locator> {
    const found = (await this.#among()).at(-1);
    if (!found) throw new Error('no card');
    return found;
  }

  async text(): Promise<string> {
    return (await (await this.root()).textContent()) ?? '';
  }

  async button(name: string): Promise<Locator> {
    return (await this.root()).getByRole('button', { name, exact: true }).first();
  }

  async has(name: string): Promise<boolean> {
    return await (await this.button(name)).isVisible();
  }

  async buttons(): Promise<readonly string[]> {
    return await (await this.root()).getByRole('button').allTextContents();
  }

  async field(label: string): Promise<Locator> {
    return (await this.root()).getByLabel(label);
  }

  /** Resolves with what may show the answer: this card, and what comes after. */
  async press(name: string): Promise<Card> {
    const root = await this.root();
    return await this.#window.answerTo(
      () => root.getByRole('button', { name, exact: true }).first().click(),
      root,
    );
  }

  /** Beside the line that says this, or in its menu. */
  async pick(line: Words, name: string): Promise<Card> {
    const root = await this.root();
    const behind = root.getByText(line).first().locator('xpath=following::button');
    return await this.#window.answerTo(async () => {
      const titles = await behind.evaluateAll((all) => all.map(({ title }) => title));
      const menu = titles.indexOf('More options');
      const beside = titles.indexOf(name);
      if (beside >= 0 && (menu < 0 || beside < menu)) return await behind.nth(beside).click();
      await behind.nth(menu).click();
      await this.#window.page.getByRole('menuitem', { name, exact: true }).click();
    }, root);
  }
}

/** One person at the window. */
export class TeamsWindow {
  readonly page: Page;
  readonly usage = new Usage();

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(patienceMs);
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        for (const action of actionsIn(JSON.parse(String(payload)).message)) {
          this.usage.offered.add(kindOfAction(action));
        }
      }),
    );
    page.on('request', (request) => {
      if (!request.url().endsWith('/invoke')) return;
      this.usage.pressed.add(kindOfAction(pressSchema.parse(request.postDataJSON()).value.action));
    });
  }

  static async open(browser: Browser, url: string): Promise<TeamsWindow> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1200 } });
    const window = new TeamsWindow(page);
    await eventually(() => page.goto(url));
    // It draws every message once more.
    await page.getByTitle('Toggle Log Panel').click();
    return window;
  }

  get cards(): Locator {
    return this.page.locator('.ac-adaptiveCard');
  }

  card(nth: number): Card {
    return new Card(this, async () => [this.cards.nth(nth)]);
  }

  /** Any that is shown, the newest first. */
  anywhere(): Card {
    return new Card(this, async () => (await this.cards.all()).toReversed());
  }

  async answerTo(act: () => Promise<void>, before?: Locator): Promise<Card> {
    const count = await this.cards.count();
    await act();
    return new Card(this, async () => [
      ...(before ? [before] : []),
      ...(await this.cards.all()).slice(count).toReversed(),
    ]);
  }

  /** Writes, and resolves with the answer. */
  async write(text: string): Promise<Card> {
    this.usage.wrote(text);
    const count = await this.cards.count();
    const answer = await this.answerTo(() => this.#type(text));
    await eventually(async () => expect(await this.cards.count()).toBeGreaterThan(count));
    return answer;
  }

  /** Writes what is answered in the place of something that is shown already. */
  async writeOnly(text: string): Promise<void> {
    this.usage.wrote(text);
    await this.#type(text);
  }

  async #type(text: string): Promise<void> {
    await this.page.locator('[role=textbox]').last().click();
    await this.page.keyboard.insertText(text);
    await this.page.keyboard.press('Enter');
  }

  async goTo(conversation: string): Promise<void> {
    await this.page.getByRole('treeitem', { name: conversation }).first().click();
  }

  /** Posts in the channel that is open, with a mention of the bot. */
  async mention(text: string): Promise<Card> {
    this.usage.wrote(text);
    return await this.answerTo(async () => {
      await this.page.locator('[role=textbox]').first().click();
      await this.page.keyboard.type('@cw');
      await this.page.getByRole('menuitem', { name: 'cwsync' }).click();
      await this.page.keyboard.insertText(` ${text}`);
      await this.page.getByRole('button', { name: 'Post' }).click();
    });
  }
}
