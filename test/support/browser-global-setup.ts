import Chromium from '@sparticuz/chromium';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the Chromium that the browser tests start. */
    chromiumPath: string;
  }
}

/** Vitest loads this file once for each project that asks for it. */
const KEY = Symbol.for('cwsync.test-chromium');
const globals = globalThis as { [KEY]?: Promise<string> };

/**
 * The package unpacks its browser on the first call and takes the file for complete as soon as it exists: two test
 * files that start at once would start half a browser.
 */
export async function setup(project: TestProject): Promise<void> {
  globals[KEY] ??= Promise.resolve(process.env.CHROMIUM_PATH ?? Chromium.executablePath());
  project.provide('chromiumPath', await globals[KEY]);
}
