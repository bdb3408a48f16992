/** Keeps docs/faults.md as the table says; `npm test` holds the document to it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { faultsDocument, groups } from './cells.ts';
import { shortIds } from './short.ts';

it('docs/faults.md is the table', async () => {
  const ids = groups.flatMap(({ cells }) => cells.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  await writeFile(path.join(import.meta.dirname, '../../docs/faults.md'), faultsDocument(shortIds));
});
