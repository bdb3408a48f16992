import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataFolder, readCredentials, readServerRecord } from './data-folder.ts';
import { uriOf } from './start-embedded.ts';

/**
 * The address of the embedded server that another process of cwsync runs on this data folder: for a look at it,
 * with nothing started, claimed or changed. Undefined where none runs. It holds the password.
 */
export async function runningEmbeddedUri(dataDir: string): Promise<string | undefined> {
  const there = await stat(join(dataDir, 'mongodb')).then(
    () => true,
    () => false,
  );
  if (!there) return undefined;
  const folder = await openDataFolder(dataDir);
  const [record, credentials] = await Promise.all([readServerRecord(folder), readCredentials(folder)]);
  return record?.pid === undefined || !credentials ? undefined : uriOf(record.port, credentials);
}
