/** A start that cannot be: one clear line that says what to do, and code 1. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { claimDataFolder, openDataFolder } from '../../adapters/mongodb/embedded/data-folder.ts';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import { startSurroundings } from '../support/product-rig.ts';

let product: ProductProcess | undefined;
afterEach(async () => {
  await product?.kill();
  product = undefined;
});

describe('a start that cannot be', () => {
  it('port in use: one clear line, code 1', async () => {
    const rig = await startSurroundings({ projects: 1, tickets: 1 });
    const other = createServer();
    try {
      await new Promise<void>((resolve) => other.listen(rig.port, '127.0.0.1', resolve));
      // Nobody is an admin, and no code is shown for a start that fails.
      product = startProductProcess({ ...rig.env, CWSYNC_ADMINS: '' });
      expect(await product.ended()).toEqual({ code: 1, signal: null });
      expect(linesAbout(product)).toEqual([
        `Port ${rig.port} is in use by another program. Stop it, or set PORT to another one.`,
      ]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
      await rig.stop();
    }
  });

  it('data folder in use: one clear line with who uses it, code 1', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'cwsync-in-use-'));
    const release = await claimDataFolder(await openDataFolder(folder));
    try {
      const { PATH, HOME, CWSYNC_MONGOD } = process.env;
      product = startProductProcess({ PATH, HOME, CWSYNC_MONGOD, CWSYNC_DATA_DIR: folder, PORT: '0' });
      expect(await product.ended()).toEqual({ code: 1, signal: null });
      const said = linesAbout(product).at(-1);
      expect(said).toMatch(new RegExp(`data folder in use by process ${process.pid} `, 'u'));
      expect(said).toMatch(/set CWSYNC_DATA_DIR to another folder/u);
      expect(product.output()).not.toMatch(/\n\s+at /u);
    } finally {
      await release();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('a setting that is wrong: says which, and not its value', async () => {
    product = startProductProcess({ PATH: process.env.PATH, MONGODB_URI: 'my-secret-address', PORT: 'x' });
    expect(await product.ended()).toEqual({ code: 1, signal: null });
    expect(product.output()).toMatch(/MONGODB_URI must begin with mongodb:\/\//u);
    expect(product.output()).toMatch(/PORT must be a port number/u);
    expect(product.output()).not.toContain('my-secret-address');
  });
});

/** What it said, without its progress and what is well. */
function linesAbout(process: ProductProcess): string[] {
  return process
    .output()
    .split('\n')
    .filter((line) => line !== '' && !/^(?:migrating the database|✓)/u.test(line));
}
