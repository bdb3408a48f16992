import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';

/** Nothing that would reach for a network, and no sandbox, which a container has no rights for. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium with a fresh profile. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: inject('chromiumPath'), args: flags });
}
