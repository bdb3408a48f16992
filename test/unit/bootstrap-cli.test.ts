import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../src/app/commands/parse.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { optionsOf } from '../../src/app/commands/share.ts';
import { parseCli, terminalSwitches, usage } from '../../src/bootstrap/cli.ts';
import { terminalCommands } from '../../src/bootstrap/terminal-commands.ts';
import { splitWords } from '../../src/domain/typed-text.ts';

describe('the command line', () => {
  test.each([
    [[], 'start'],
    [['start'], 'start'],
    [['doctor'], 'doctor'],
    [['DOCTOR'], 'doctor'],
    [['probe'], 'probe'],
    [['help'], 'help'],
    [['help', 'doctor'], 'help'],
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['doctor', '--help'], 'help'],
    [['--version'], 'version'],
    [['version'], 'version'],
  ])('%j: %s', (args, command) => {
    expect(parseCli(args)).toEqual({ command });
  });

  const oneFile = (command: string) => ({
    command: 'wrong',
    words: `${command} takes one file: npx cwsync ${command} cwsync.backup`,
  });
  test.each([
    [['backup', 'a b'], { command: 'backup', file: 'a b' }],
    [['backup', '--help'], { command: 'help' }],
    [['restore-backup', 'a'], { command: 'restore-backup', file: 'a', replace: false }],
    [['restore-backup', '--replace', 'a'], { command: 'restore-backup', file: 'a', replace: true }],
    [['backup'], oneFile('backup')],
    [['backup', 'a', 'b'], oneFile('backup')],
    [['restore-backup', '--replace'], oneFile('restore-backup')],
    [['backup', 'a', '--replace'], { command: 'wrong', words: 'There is no switch --replace.' }],
    [['restore-backup', 'a', '--yes'], { command: 'wrong', words: 'There is no switch --yes.' }],
    [['backup', 'a', '--json'], { command: 'wrong', words: 'backup takes a file.', json: true }],
  ])('%j', (args, cli) => {
    expect(parseCli(args)).toEqual(cli);
  });

  test.each([
    [['doktor'], 'There is no command “doktor”. Did you mean doctor?'],
    [['prob'], 'There is no command “prob”. Did you mean probe?'],
    [['frobnicate'], 'There is no command “frobnicate”.'],
    [['doctor', 'now'], 'doctor takes nothing more.'],
    [['--verbose'], 'There is no switch --verbose.'],
    [['x'.repeat(400)], `There is no command “${'x'.repeat(40)}”.`],
  ])('%j is not understood', (args, words) => {
    expect(parseCli(args)).toEqual({ command: 'wrong', words });
  });

  const chat = (text: string, given: object = {}) => ({
    command: 'chat',
    text,
    json: false,
    wait: true,
    ...given,
  });

  test.each([
    [['status'], chat('"status"')],
    [['STATUS', '--problems'], chat('"STATUS" "--problems"')],
    [['sync', 'Contoso – “Office” move', '--now'], chat('"sync" "Contoso – \\"Office\\" move" "--now"')],
    [['sync', '#1042', '--no-wait'], chat('"sync" "#1042"', { wait: false })],
    [['--json', 'status', ''], chat('"status"', { json: true })],
    [['status', '--', '--json'], chat('"status" "--" "--json"')],
    [['help', 'sync'], chat('"help" "sync"', { wait: false })],
    [['sync', '--help'], chat('"help" "sync"', { wait: false })],
    [['doctor', '--json'], { command: 'doctor', json: true }],
    [['start', '--json'], { command: 'wrong', words: 'start takes nothing more.', json: true }],
    [['start', '--no-wait'], { command: 'wrong', words: 'start takes nothing more.' }],
    [
      ['report', '--out', 'a.png', '7d'],
      { command: 'chat', text: '"report" "7d"', json: false, wait: true, out: 'a.png' },
    ],
    [['report', '--out=b c'], { command: 'chat', text: '"report"', json: false, wait: true, out: 'b c' }],
    [['report', '--out', '--json'], { command: 'wrong', words: expect.stringContaining('--out takes') }],
    [['start', '--out', 'x'], { command: 'wrong', words: 'start takes nothing more.' }],
    [['statsu', '--json'], { command: 'wrong', words: expect.stringContaining('mean status?'), json: true }],
    [['home'], { command: 'wrong', words: expect.stringContaining('no command “home”') }],
  ])('%j', (args, cli) => {
    expect(parseCli(args)).toEqual(cli);
  });

  test.each(commands.filter(({ hidden }) => !hidden).map((command) => [command.name, command] as const))(
    '%s of chat can be written in a terminal, as every one of its examples',
    (name, command) => {
      expect(usage).toContain(name);
      for (const example of command.examples) {
        const split = splitWords(example);
        const cli = parseCli(split.ok ? split.words : []);
        // Two are the program's own, and do the same.
        if (name === 'doctor' || example === 'help') {
          expect(cli).toEqual({ command: name });
          continue;
        }
        const parsed = cli.command === 'chat' ? parseCommand(terminalCommands, cli.text) : undefined;
        expect(parsed).toEqual(parseCommand(commands, example));
        expect(parsed).toMatchObject({ result: 'command', command: { name } });
      }
    },
  );

  test('no command of chat has a switch that is one of the terminal', () => {
    const taken = commands.flatMap((command) => Object.keys(optionsOf(command)).map((name) => `--${name}`));
    expect(taken.filter((name) => terminalSwitches.some((one) => one === name))).toEqual([]);
  });

  test('help names every command', () => {
    for (const name of ['start', 'doctor', 'probe', 'backup', 'restore-backup', 'help', 'version'])
      expect(usage).toMatch(`\n  ${name} `);
  });
});
