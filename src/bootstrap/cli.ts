/** What is asked for on the command line: the program's own commands, and every command of chat. */
import { distance } from 'fastest-levenshtein';
import { normaliseTyped, quote } from '../domain/typed-text.ts';
import { terminalCommands } from './terminal-commands.ts';

type OwnCommand = 'start' | 'doctor' | 'probe' | 'backup' | 'restore-backup' | 'help' | 'version';

export type Cli =
  | { readonly command: 'start' }
  | { readonly command: 'probe' }
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'doctor'; readonly json?: true }
  | { readonly command: 'backup'; readonly file: string }
  | { readonly command: 'restore-backup'; readonly file: string; readonly replace: boolean }
  /** One of chat's; `text` is what would be typed there. */
  | {
      readonly command: 'chat';
      readonly text: string;
      readonly json: boolean;
      readonly wait: boolean;
      /** Where the file of the answer is to be written. */
      readonly out?: string;
    }
  /** Not understood: words for the person, and the nearest command where there is one. */
  | { readonly command: 'wrong'; readonly words: string; readonly json?: true };

/** Exit codes: everything went well; something failed; the command line was not understood; Ctrl-C. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const ownCommands: readonly OwnCommand[] = [
  'start',
  'doctor',
  'probe',
  'backup',
  'restore-backup',
  'help',
  'version',
];
/** More letters apart than this, and it is no mistyping. */
const farthest = 3;
/** Switches of the terminal itself: no command of chat has one of these names. */
export const terminalSwitches = ['--json', '--no-wait', '--out', '--help', '-h', '--version'] as const;

const shown = terminalCommands.filter(({ hidden, name }) => !hidden && name !== 'help' && name !== 'doctor');
const longestName = Math.max(...shown.map(({ name }) => name.length));

export const usage = `cwsync keeps ConnectWise projects and their plans in step, steered from chat.

Usage: npx cwsync [command]

  start      run it until Ctrl-C (the same as npm start, and what happens without a command)
  doctor     check keys, rights, clocks, chat, database, disk and worker, and say what to do
  probe      look, reading only, at how this ConnectWise behaves where its documents are silent
  backup <file>    all of the database into a new file, also while it runs
  restore-backup <file>    a backup in the place of an empty database; --replace removes what is there first
  help       this text (--help, -h); with a command or topic of chat, that
  version    the version (--version)

Every command of chat, answered in plain text while cwsync runs elsewhere:

${shown.map(({ name, usage: written }) => `  ${name.padEnd(longestName)}  ${written}`).join('\n')}

  --json      the answer as one line of JSON
  --no-wait   what syncs is asked for, and not waited for
  --out FILE  where the file of a report or export is written; one that is there is left alone

A project is named by its external id, 1042 or "#1042", its name or a part of it.
Settings come from the environment and from .env in this folder; .env.example tells what there is.
Exit code: 0 done, 1 something failed or was refused, 2 not understood and nothing done, 130 Ctrl-C.
`;

/** @param args what stands behind the name of the program */
export function parseCli(args: readonly string[]): Cli {
  const { words, has, out } = splitSwitches(args);
  const json = has('--json');
  const wrong = (problem: string): Cli => ({
    command: 'wrong',
    words: problem,
    ...(json ? { json: true } : {}),
  });
  if (out === '') return wrong('--out takes the name of a file: --out report.png.');
  const [first, ...rest] = words;
  if (has('--version')) return { command: 'version' };
  if (first?.startsWith('-')) return wrong(`There is no switch ${first.slice(0, 40)}.`);
  const name = first?.toLowerCase() ?? (has('--help') || has('-h') ? 'help' : 'start');
  const own = ownCommands.find((command) => command === name);
  const asksForHelp = has('--help') || has('-h') || own === 'help';
  if (asksForHelp) return helpOn(own === 'help' ? rest : words, json);
  if (own) return ownCommand(own, rest, { json, more: has('--no-wait') || out !== undefined }, wrong);
  if (!terminalCommands.some((command) => command.name === name)) return wrong(unknown(first ?? ''));
  const chat = { command: 'chat', text: typedText(words), json, wait: !has('--no-wait') } as const;
  return out === undefined ? chat : { ...chat, out };
}

/** A word behind `--` is never a switch of the terminal. */
function splitSwitches(args: readonly string[]) {
  const end = args.indexOf('--');
  const { rest: before, out } = withoutOut(end < 0 ? args : args.slice(0, end));
  const behind = end < 0 ? [] : args.slice(end);
  const isSwitch = (word: string) => terminalSwitches.some((name) => name === word);
  return {
    words: [...before.filter((word) => !isSwitch(word)), ...behind],
    has: (name: (typeof terminalSwitches)[number]) => before.includes(name),
    out,
  };
}

/** `--out` and what it is given, wherever they stand: empty where it is given nothing. */
function withoutOut(args: readonly string[]): { readonly rest: readonly string[]; readonly out?: string } {
  const at = args.findIndex((word) => word === '--out' || word.startsWith('--out='));
  const found = args[at];
  if (found === undefined) return { rest: args };
  if (found !== '--out') return { rest: args.toSpliced(at, 1), out: found.slice('--out='.length) };
  const given = args[at + 1] ?? '';
  return { rest: args.toSpliced(at, 2), out: given.startsWith('-') ? '' : given };
}

function ownCommand(
  command: Exclude<OwnCommand, 'help'>,
  rest: readonly string[],
  { json, more }: { readonly json: boolean; readonly more: boolean },
  wrong: (words: string) => Cli,
): Cli {
  if (command === 'backup' || command === 'restore-backup') {
    return json || more ? wrong(`${command} takes a file.`) : backupCommand(command, rest, wrong);
  }
  const switchTyped = rest.find((word) => word.startsWith('-'));
  if (switchTyped !== undefined) return wrong(`There is no switch ${switchTyped.slice(0, 40)}.`);
  if (rest.length > 0 || more) return wrong(`${command} takes nothing more.`);
  if (command === 'doctor') return { command, ...(json ? { json: true } : {}) };
  return json ? wrong(`${command} takes nothing more.`) : { command };
}

function backupCommand(
  command: 'backup' | 'restore-backup',
  words: readonly string[],
  wrong: (words: string) => Cli,
): Cli {
  const replace = command === 'restore-backup' && words.includes('--replace');
  const rest = replace ? words.filter((word) => word !== '--replace') : words;
  const switchTyped = rest.find((word) => word.startsWith('-'));
  if (switchTyped !== undefined) return wrong(`There is no switch ${switchTyped.slice(0, 40)}.`);
  const [file, ...more] = rest;
  if (file === undefined || file === '' || more.length > 0) {
    return wrong(`${command} takes one file: npx cwsync ${command} cwsync.backup`);
  }
  return command === 'backup' ? { command, file } : { command, file, replace };
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
