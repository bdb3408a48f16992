/** What a button means, as it is typed after a prompt. */
import { splitWords } from '../../src/domain/typed-text.ts';
import { harmlessLine } from './harmless.ts';

/** @param command the words of chat, e.g. `sync #1042 --now` */
export function shellCommand(command: string): string {
  return `npx cwsync ${shellWords(command)}`;
}

/** Without the program before it. */
export function shellWords(command: string): string {
  const split = splitWords(command);
  const words = split.ok ? split.words : [command];
  return words.map(shellWord).join(' ');
}

/** For POSIX shells; what needs no more than double quotes is read by others as well. */
function shellWord(typed: string): string {
  const word = harmlessLine(typed);
  if (/^[\w\-./:=@,+]+$/u.test(word)) return word;
  return /["$`\\!]/u.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
}
