/**
 * What people type, before any grammar: chat clients turn quotes and dashes into typographic ones and put
 * blanks of other kinds between words, and what is pasted brings the marks of its look along.
 */

const doubleQuotes = /[“”„‟«»″]/gu;
const dashesBeforeAWord = /(^|\s)(?:[–—−]|--)-?(?=\p{L})/gu;
/** Marks of bold, slanted and code words around a word, or around words that belong together. */
const marksAround =
  /(?<=^|[\s"])([`*_]{1,3})(?=[\p{L}\p{N}#])([^`*_"]*[^`*_"\s])\1(?:[.,;:!?]+(?=\s|$)|(?=[\s"]|$))/gu;
const pointAfterLastNumber = /(?<=(?:^|\s)#?\d+)[.,;:!?]+$/u;
const oddBlanks = /(?:&nbsp;|[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff])/gu;

export function normaliseTyped(text: string): string {
  return text
    .replace(oddBlanks, ' ')
    .replace(doubleQuotes, '"')
    .replace(dashesBeforeAWord, '$1--')
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(marksAround, '$2')
    .replace(pointAfterLastNumber, '');
}

export type Words =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly unclosed: string };

/**
 * Splits normalised text into words; "double quotes" keep blanks together and `\"` is a quote inside them.
 * An apostrophe is an ordinary character: names such as O'Neill need no quoting.
 */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    const word = /^(?:[^\s"]|"(?:[^"\\]|\\.)*")+/u.exec(rest)?.[0];
    if (word === undefined || startsQuote(rest.slice(word.length))) return { ok: false, unclosed: rest };
    words.push(unquote(word));
    rest = rest.slice(word.length).trimStart();
  }
  return { ok: true, words };
}

function startsQuote(rest: string): boolean {
  return rest.startsWith('"');
}

function unquote(word: string): string {
  return word.replace(/"((?:[^"\\]|\\.)*)"/gu, (_, inner: string) => inner.replace(/\\(["\\])/gu, '$1'));
}

/** Puts a name into quotes so that `splitWords` gives it back as one word. */
export function quote(text: string): string {
  return `"${text.replace(/\s+/gu, ' ').replace(/["\\]/gu, '\\$&')}"`;
}
