/** docs/faults.md lists what `npm run faults` does, row by row, and each row has its test. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { faultsDocument, groups } from '../faults/cells.ts';
import { shortIds } from '../faults/short.ts';
import { readDocument } from '../support/documents.ts';

const folder = path.join(import.meta.dirname, '../faults');

it('is the table of the suite', () => {
  expect(readDocument('docs/faults.md')).toBe(faultsDocument(shortIds));
});

it('has each row of the short form', () => {
  const ids = groups.flatMap(({ cells }) => cells.map(({ id }) => id));
  expect(ids).toEqual(expect.arrayContaining([...shortIds]));
});

it('names a test file for each group, and each row by itself is played there', () => {
  const files = readdirSync(folder);
  for (const { file, cells } of groups) {
    expect(files).toContain(file);
    const source = readFileSync(path.join(folder, file), 'utf8');
    const played = [...source.matchAll(/\bcell\(\s*'([^']+)'/gu)].map(([, id]) => id);
    // Rows that are made of points and moments are played in a loop over the group itself.
    const alone = cells.filter(({ kill }) => !kill).map(({ id }) => id);
    expect(played.toSorted()).toEqual(alone.toSorted());
    if (alone.length < cells.length) expect(source).toContain(`of killCellsOf('${file}')`);
  }
});
