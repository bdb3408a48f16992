import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { normaliseTyped, splitWords } from '../../domain/typed-text.ts';
import type { Command, Invocation } from './command.ts';
import { optionsOf } from './share.ts';

export type Parsed =
  | { readonly result: 'command'; readonly command: Command; readonly invocation: Invocation }
  /** The rest is everything behind the first word, as typed. */
  | { readonly result: 'unknown-command'; readonly typed: string; readonly rest: string }
  | { readonly result: 'unclosed-quote'; readonly rest: string }
  | {
      readonly result: 'bad-switch';
      readonly command: Command;
      readonly typed: string;
      readonly problem: 'unknown' | 'value-missing' | 'value-unwanted';
    };

/** Takes typed words apart. Nothing typed means `help`. */
export function parseCommand(commands: readonly Command[], text: string): Parsed {
  const normalised = normaliseTyped(text);
  const split = splitWords(normalised);
  if (!split.ok) return { result: 'unclosed-quote', rest: split.unclosed };
  const [first = 'help', ...rest] = split.words;
  const name = first.toLowerCase();
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) return { result: 'unknown-command', typed: first, rest: withoutFirst(normalised) };
  const args = rest.map(lowerSwitch);
  const options = optionsOf(command);
  const problem = switchProblem(options, args);
  if (problem) return { result: 'bad-switch', command, ...problem };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const switches = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, single(value)]));
  return { result: 'command', command, invocation: { words: positionals, switches } };
}

/** Quotes and all, so that it can be typed again. */
function withoutFirst(normalised: string): string {
  return normalised.replace(/^(?:[^\s"]|"(?:[^"\\]|\\.)*")+\s*/u, '');
}

function lowerSwitch(word: string): string {
  return word.replace(/^--[^=]+/u, (name) => name.toLowerCase());
}

function single(value: unknown): string | boolean | undefined {
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
}

/** Looked for before `parseArgs` does, whose errors are made for programmers. */
function switchProblem(options: ParseArgsOptionsConfig, args: string[]) {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!option) return { typed: token.rawName, problem: 'unknown' } as const;
    if (option.type === 'string' && lacksValue(token)) {
      return { typed: token.rawName, problem: 'value-missing' } as const;
    }
    if (option.type === 'boolean' && token.value !== undefined) {
      return { typed: token.rawName, problem: 'value-unwanted' } as const;
    }
  }
  return undefined;
}

/** In `--since --errors` the second word is a switch of its own, not the value of the first. */
function lacksValue({ value, inlineValue }: LongOption): boolean {
  return value === undefined || value === '' || (inlineValue !== true && /^-./u.test(value));
}

type LongOption = { readonly value: string | undefined; readonly inlineValue: boolean | undefined };
