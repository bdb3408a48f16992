/** What is asked for on the command line: the program's own commands, and every command of chat. */
import { distance } from 'fastest-levenshtein';
import { normaliseTyped, quote } from '../domain/typed-text.ts';
import { terminalCommands } from './terminal-commands.ts';

type OwnCommand = 'start' | 'doctor' | 'probe' | 'help' | 'version';

export type Cli =
  | { readonly command: 'start' }
  | { readonly command: 'probe' }
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'doctor'; readonly json?: true }
  /** One of chat's; `text` is what would be typed there. */
  | { readonly command: 'chat'; readonly text: string; readonly json: boolean; readonly wait: boolean }
  /** Not understood: words for the person, and the nearest command where there is one. */
  | { readonly command: 'wrong'; readonly words: string; readonly json?: true };

/** Exit codes: everything went well; something failed; the command line was not understood; Ctrl-C. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const ownCommands: readonly OwnCommand[] = ['start', 'doctor', 'probe', 'help', 'version'];
/** More letters apart than this, and it is no mistyping. */
const farthest = 3;
/** Switches of the terminal itself: no command of chat has one of these names. */
export const terminalSwitches = ['--json', '--no-wait', '--help', '-h', '--version'] as const;

const shown = terminalCommands.filter(({ hidden, name }) => !hidden && name !== 'help' && name !== 'doctor');
const longestName = Math.max(...shown.map(({ name }) => name.length));

export const usage = `cwsync keeps ConnectWise projects and their plans in step, steered from chat.

Usage: npx cwsync [command]

  start      run it until Ctrl-C (the same as npm start, and what happens without a command)
  doctor     check keys, rights, clocks, chat, database, disk and worker, and say what to do
  probe      look, reading only, at how this ConnectWise behaves where its documents are silent
  help       this text (--help, -h); with a command or topic of chat, that
  version    the version (--version)

Every command of chat, answered in plain text while cwsync runs elsewhere:

${shown.map(({ name, usage: written }) => `  ${name.padEnd(longestName)}  ${written}`).join('\n')}

  --json      the answer as one line of JSON
  --no-wait   what syncs is asked for, and not waited for

A project is named by its external id, 1042 or "#1042", its name or a part of it.
Settings come from the environment and from .env in this folder; .env.example tells what there is.
Exit code: 0 done, 1 something failed or was refused, 2 not understood and nothing done, 130 Ctrl-C.
`;

/** @param args what stands behind the name of the program */
export function parseCli(args: readonly string[]): Cli {
  const { words, has } = splitSwitches(args);
  const json = has('--json');
  const wrong = (problem: string): Cli => ({
    command: 'wrong',
    words: problem,
    ...(json ? { json: true } : {}),
  });
  const [first, ...rest] = words;
  if (has('--version')) return { command: 'version' };
  if (first?.startsWith('-')) return wrong(`There is no switch ${first.slice(0, 40)}.`);
  const name = first?.toLowerCase() ?? (has('--help') || has('-h') ? 'help' : 'start');
  const own = ownCommands.find((command) => command === name);
  const asksForHelp = has('--help') || has('-h') || own === 'help';
  if (asksForHelp) return helpOn(own === 'help' ? rest : words, json);
  if (own) return ownCommand(own, rest, { json, noWait: has('--no-wait') }, wrong);
  if (!terminalCommands.some((command) => command.name === name)) return wrong(unknown(first ?? ''));
  return { command: 'chat', text: typedText(words), json, wait: !has('--no-wait') };
}

/** A word behind `--` is never a switch of the terminal. */
function splitSwitches(args: readonly string[]) {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  const isSwitch = (word: string) => terminalSwitches.some((name) => name === word);
  return {
    words: [...before.filter((word) => !isSwitch(word)), ...args.slice(before.length)],
    has: (name: (typeof terminalSwitches)[number]) => before.includes(name),
  };
}

function ownCommand(
  command: Exclude<OwnCommand, 'help'>,
  rest: readonly string[],
  { json, noWait }: { readonly json: boolean; readonly noWait: boolean },
  wrong: (words: string) => Cli,
): Cli {
  const switchTyped = rest.find((word) => word.startsWith('-'));
  if (switchTyped !== undefined) return wrong(`There is no switch ${switchTyped.slice(0, 40)}.`);
  if (rest.length > 0 || noWait) return wrong(`${command} takes nothing more.`);
  if (command === 'doctor') return { command, ...(json ? { json: true } : {}) };
  return json ? wrong(`${command} takes nothing more.`) : { command };
}

/** On a command of the program itself there is nothing more to say than the usage does. */
function helpOn(words: readonly string[], json: boolean): Cli {
  const [about] = words;
  if (about === undefined || ownCommands.some((name) => name === about.toLowerCase()))
    return { command: 'help' };
  return { command: 'chat', text: typedText(['help', about]), json, wait: false };
}

/**
 * The words as they would be typed in chat, each as one. What chat clients do to quotes is undone first: it would
 * take a word apart that the shell kept together.
 */
function typedText(words: readonly string[]): string {
  return words
    .map(normaliseTyped)
    .filter((word) => word !== '')
    .map(quote)
    .join(' ');
}

function unknown(typed: string): string {
  const name = typed.slice(0, 40);
  const [near] = [...ownCommands, ...shown.map((command) => command.name)]
    .map((known) => ({ known, far: distance(known, name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  const hint = near && near.far <= farthest ? ` Did you mean ${near.known}?` : '';
  return `There is no command “${name}”.${hint}`;
}
