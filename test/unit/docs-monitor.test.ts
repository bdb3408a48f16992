/** docs/monitor.md names every item of the original monitor once, with commands and tests that there are. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../src/app/commands/parse.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { terminalCommands } from '../../src/bootstrap/terminal-commands.ts';
import { readDocument, tableUnder } from '../support/documents.ts';

const root = path.join(import.meta.dirname, '../..');
const headings = [
  '#',
  'item',
  'command',
  'place',
  'shown in Slack by',
  'shown in Teams by',
  'in a terminal',
  'shown there by',
];
const [, ofAll = '', ofOne = '', differences = ''] = readDocument('docs/monitor.md').split(/^## /mu);

/** From `a` on. */
const letters = (count: number) => Array.from({ length: count }, (_, n) => String.fromCharCode(97 + n));
const codeIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/gu)].map(([, code = '']) => code);

function problemsOfTest(cell: string): readonly string[] {
  const [, file = '', title = ''] = /^`(test\/[^`]+\.test\.ts)`: (.+)$/u.exec(cell) ?? [];
  if (file === '') return [`no test is named: ${cell}`];
  const source = readFileSync(path.join(root, file), 'utf8');
  const titles = [...source.matchAll(/\b(?:test|it)(?:\.each\([\s\S]*?\))?\(\s*'([^'\n]+)',/gu)].map(
    ([, found]) => found,
  );
  return titles.includes(title) ? [] : [`${file} has no test “${title}”`];
}

/** Placeholders stand for a word. */
function problemsOfCommands(cell: string, known: typeof commands): readonly string[] {
  const typed = codeIn(cell).map((code) => code.replaceAll(/<[^>]+>/gu, 'x'));
  const wrong = typed.filter((text) => parseCommand(known, text).result !== 'command');
  return typed.length === 0 ? [`no command: ${cell}`] : wrong;
}

describe.each([
  ['all projects', ofAll, letters(18)],
  ['one project', ofOne, letters(12)],
])('%s', (_, section, items) => {
  const rows = tableUnder(section, headings);

  test('every item is there once, in order, with a name and a place', () => {
    expect(rows.map(([letter]) => letter)).toEqual(items);
    expect(rows.filter((row) => row.length !== headings.length || row.includes(''))).toEqual([]);
  });

  test('the commands are those of chat, and of the terminal', () => {
    const wrong = rows.flatMap(([, , inChat = '', , , , inTerminal = '']) => [
      ...problemsOfCommands(inChat, commands),
      ...problemsOfCommands(inTerminal, terminalCommands),
    ]);
    expect(wrong).toEqual([]);
  });

  test('the tests are there under these names', () => {
    const wrong = rows.flatMap(([, , , , slack = '', teams = '', , terminal = '']) =>
      [slack, teams, terminal].flatMap(problemsOfTest),
    );
    expect(wrong).toEqual([]);
  });
});

test('what the two chats do not show alike is explained, and shown by a test', () => {
  const rows = tableUnder(differences, ['what', 'in Slack', 'in Teams', 'why', 'shown by']);
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.filter((row) => row.length !== 5 || row.includes(''))).toEqual([]);
  expect(rows.flatMap(([, , , , shown = '']) => problemsOfTest(shown))).toEqual([]);
});
