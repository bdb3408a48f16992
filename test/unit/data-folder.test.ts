/** The data of the embedded server: what is there is never taken for nothing. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDataFolder, prepareDataFolder } from '../../adapters/mongodb/embedded/data-folder.ts';

test('data that cannot be read are not removed to begin anew', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'cwsync-data-folder-'));
  try {
    const folder = await openDataFolder(dataDir);
    // Whoever runs the tests may read everything; what is no folder nobody can list.
    await writeFile(folder.db, 'customers');
    await expect(prepareDataFolder(folder)).rejects.toThrow(/ENOTDIR/u);
    expect(await readFile(folder.db, 'utf8')).toBe('customers');
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
