import { expect, test } from 'vitest';
import { formReply } from '../../src/bootstrap/terminal-forms.ts';
import { actionsOf, wordsOf } from '../support/command-rig.ts';
import { extremeForms } from '../support/extreme-replies.ts';

const invocation = { words: ['write', 'on'], switches: {} };
const told = (form: string) => {
  const found = extremeForms('Cloud').find((one) => one.form === form);
  if (!found) throw new Error(`no form ${form}`);
  return formReply(found, { name: 'settings', invocation });
};

test('writing is turned on in a terminal by --confirm, once the numbers were shown', () => {
  const reply = told('write-switch');
  expect(reply.unclear).toBe(true);
  expect(wordsOf(reply)).toContain(
    'Turning on Write to ConnectWise would change nothing of what was looked at',
  );
  expect(actionsOf(reply).map(({ command }) => command)).toEqual(['settings "write" "on" --confirm']);
});

test.each([
  ['settings', 'Write to ConnectWise', 'Changed in chat'],
  ['statuses', 'Not Started is written as', 'Changed in chat'],
  ['plan-task', 'Owner', 'edited in chat'],
])('the form %s is shown with what stands in it, and where it is changed', (form, field, how) => {
  const reply = told(form);
  expect(reply.unclear).toBeUndefined();
  expect(wordsOf(reply)).toContain(field);
  expect(wordsOf(reply)).toContain(how);
});

test('a new task is made in chat', () => {
  expect(told('new-task').unclear).toBe(true);
});

test('a push shows in a terminal what will be made and what is missing, and how it is confirmed', () => {
  const reply = told('push-project');
  expect(reply.unclear).toBe(true);
  expect(wordsOf(reply)).toContain('Company: Cloud');
  expect(wordsOf(reply)).toContain('--board, --company, --start and --end');
  expect(actionsOf(reply).map(({ command }) => command)).toEqual(['settings "write" "on" --confirm']);
});
