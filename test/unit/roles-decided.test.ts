/** Who may do what is decided by one rule, `mayDo`, and only where people and programs come in. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const files = ['src', 'adapters'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const withMatch = (pattern: RegExp) => files.filter((file) => pattern.test(textOf(file))).toSorted();

test('where the rule decides, and where it only says what is shown', () => {
  const decide = [
    'adapters/api/exchange.ts', // programs, by their token
    'src/app/chat-doors.ts', // forms, and what is looked for in their fields
    'src/app/commands/dispatch.ts', // commands and buttons, which are commands
    'src/app/commands/undo.ts', // the role that what is undone needed
  ];
  const show = [
    'src/app/commands/project-list.ts',
    'src/app/replies/help.ts',
    'src/app/replies/project-rows.ts',
    'src/app/replies/welcome.ts',
  ];
  const asking = withMatch(/\bmayDo\(/u).filter((file) => file !== 'src/domain/roles.ts');
  expect(asking).toEqual([...decide, ...show].toSorted());
});

test('nobody compares with a role by its name', () => {
  expect(withMatch(/[!=]==?\s*'(?:viewer|operator|admin)'|\broles\.indexOf/u)).toEqual([
    'adapters/mongodb/people-stores.ts', // the last admin stays one
    'src/app/replies/setup.ts', // whom the next step is said to
    'src/domain/roles.ts', // the rule
  ]);
});
