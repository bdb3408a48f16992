import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageOf } from '../../src/app/commands/page-switch.ts';
import { parseCommand } from '../../src/app/commands/parse.ts';
import { commands } from '../../src/app/commands/registry.ts';

const parse = (text: string) => parseCommand(commands, text);

/** `name`, words and switches of what was understood; undefined otherwise. */
function understood(text: string) {
  const parsed = parse(text);
  if (parsed.result !== 'command') return undefined;
  return { name: parsed.command.name, ...parsed.invocation };
}

describe('what is understood', () => {
  test.each<[string, string, string[], object]>([
    ['', 'help', [], {}],
    ['   ', 'help', [], {}],
    ['STATUS', 'status', [], {}],
    ['Sync Office Move --NOW', 'sync', ['Office', 'Move'], { now: true }],
    ['sync –now “Office move”', 'sync', ['Office move'], { now: true }],
    ['logs --since 24H', 'logs', [], { since: '24H' }],
    ['logs --SINCE=24H', 'logs', [], { since: '24H' }],
    ['logs --since 1h --since 2h', 'logs', [], { since: '2h' }],
    ['logs #1042 --errors --requests', 'logs', ['#1042'], { errors: true, requests: true }],
    ["status O'Neill", 'status', ["O'Neill"], {}],
    ['status Contoso - Office', 'status', ['Contoso', '-', 'Office'], {}],
    ['status -- --odd', 'status', ['--odd'], {}],
    ['disable #1 because of "the customer"', 'disable', ['#1', 'because', 'of', 'the customer'], {}],
  ])('%j', (text, name, words, switches) => {
    expect(understood(text)).toEqual({ name, words, switches });
  });
});

describe('what is not', () => {
  test.each([
    ['sync #1 --fast', '--fast', 'unknown'],
    ['sync #1 --FAST', '--fast', 'unknown'],
    ['status --no-disabled', '--no-disabled', 'unknown'],
    ['status -d', '-d', 'unknown'],
    ['status --constructor', '--constructor', 'unknown'],
    ['status --toString', '--tostring', 'unknown'],
    ['status --__proto__', '--__proto__', 'unknown'],
    ['logs --since', '--since', 'value-missing'],
    ['logs --since=', '--since', 'value-missing'],
    ['logs --since --errors', '--since', 'value-missing'],
    ['logs --since -5', '--since', 'value-missing'],
    ['sync #1 --now=yes', '--now', 'value-unwanted'],
  ] as const)('%s: %s %s', (text, typed, problem) => {
    expect(parse(text)).toMatchObject({ result: 'bad-switch', typed, problem });
  });

  test.each([
    ['stauts', 'stauts'],
    ['constructor', 'constructor'],
    ['/cwsync status', '/cwsync'],
  ])('%s is no command', (text, typed) => {
    expect(parse(text)).toMatchObject({ result: 'unknown-command', typed });
  });

  test('a quote that is left open', () => {
    expect(parse('sync "Office move --now')).toEqual({
      result: 'unclosed-quote',
      rest: '"Office move --now',
    });
  });
});

test('whatever is typed is taken apart without an error', () => {
  const word = fc.oneof(
    fc.constantFrom('--since', '--page', '--errors', '--now', '-', '--', '-x', '=', '"', '--=', '--a=b'),
    fc.string({ unit: 'binary' }),
  );
  const typed = fc.tuple(fc.constantFrom(...commands.map(({ name }) => name)), fc.array(word));
  fc.assert(
    fc.property(typed, ([name, words]) => {
      expect(parse([name, ...words].join(' ')).result).toBeTypeOf('string');
    }),
    { numRuns: 500 },
  );
}, 30_000);

test.each([
  [undefined, 1],
  ['2', 2],
  ['0', 1],
  ['-3', 1],
  ['1.5', 1],
  ['many', 1],
  ['999999999', 1],
])('--page %s is page %i', (page, expected) => {
  expect(pageOf({ words: [], switches: { page } })).toBe(expected);
});
