/** A file of browser tests: one product and one browser for all of them, a picture of every window after each. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './browser.ts';
import { Usage } from './button-kinds.ts';
import { type ProductRig, type SurroundingsOptions, startProductRig } from './product-rig.ts';
import { people, SlackWindow, type Who } from './slack-window.ts';

const allPictures = path.join(import.meta.dirname, '../../test-output/slack-window');

export type SlackSuite = {
  readonly rig: ProductRig;
  /** What was written in all windows. */
  readonly usage: Usage;
  /** A window of one's own for this test. */
  open(who: Who, channel?: string): Promise<SlackWindow>;
};

/** @param ready what must be so before the first test */
export function slackSuite(
  name: string,
  options: SurroundingsOptions,
  ready: (rig: ProductRig) => Promise<void>,
): SlackSuite {
  const pictures = path.join(allPictures, name);
  let browser: Browser;
  let rig: ProductRig;
  let windows: SlackWindow[] = [];
  const usage = new Usage();

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true });
    [browser, rig] = await Promise.all([launchBrowser(), startProductRig(options)]);
    await ready(rig);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rig?.stop();
  });
  afterEach(async ({ task }) => {
    const shown = windows;
    windows = [];
    const title = task.name.replace(/[^\p{L}\d]+/gu, '-');
    for (const [i, { page }] of shown.entries()) {
      await page.screenshot({ path: path.join(pictures, `${title}${i === 0 ? '' : `-${i + 1}`}.png`) });
      await page.close();
    }
    for (const user of Object.values(people)) {
      const person = rig.slack.as(user);
      if (person.modal()) await person.close({ all: true });
    }
    expect(shown.flatMap(({ errors }) => errors)).toEqual([]);
  });

  return {
    get rig() {
      return rig;
    },
    usage,
    async open(who, channel) {
      const window = await SlackWindow.open(browser, rig.slack.url, who, channel, usage);
      windows.push(window);
      return window;
    },
  };
}
