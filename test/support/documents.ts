/** Documents as tests read them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');

export const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/slack.md',
  'docs/teams.md',
  'docs/connectwise.md',
  'docs/using.md',
  'docs/operate.md',
  'docs/container.md',
  'docs/upgrade.md',
  'docs/monitor.md',
  'docs/api.md',
] as const;
export type DocumentPath = (typeof documents)[number];

export function readDocument(file: DocumentPath | '.env.example' | 'docs/faults.md'): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Rows of the table under these headings, cell by cell, as they are written but for the escape of `|`. */
export function tableUnder(text: string, headings: readonly string[]): readonly (readonly string[])[] {
  const lines = text.split('\n').map((line) => line.trim());
  const head = lines.findIndex((line) => cellsOf(line).join('|') === headings.join('|'));
  if (head < 0) throw new Error(`no table with the headings ${headings.join(', ')}`);
  const rows: (readonly string[])[] = [];
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(cellsOf(line));
  }
  return rows;
}

function cellsOf(line: string): readonly string[] {
  if (!line.startsWith('|')) return [];
  const cells = line.slice(1, -1).split(/(?<!\\)\|/u);
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** What stands between backticks in a cell, or the cell. */
export function unquoted(cell: string): string {
  return /^`(.*)`$/u.exec(cell)?.[1] ?? cell;
}

/** Targets of links to files of the repository, from the document's own folder, without what stands behind `#`. */
export function fileLinks(file: DocumentPath): readonly string[] {
  const found = [...readDocument(file).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/gu)];
  return found.map(([, target = '']) => path.join(root, path.dirname(file), target));
}
