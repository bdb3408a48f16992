/** Typed parts as the markdown of a card's texts. */
import { cut } from '../../src/domain/text.ts';
import type { Part, Text } from '../../src/ports/reply.ts';

/** By `platform:tenant/user`; undefined for somebody who is not known. */
export type Names = (key: string) => string | undefined;
export const noNames: Names = () => undefined;

/** A text without a letter would not be shown at all. */
export const blank = '–';

/** Characters that mean something in markdown, HTML or the card's own functions, `{{DATE()}}`. */
const meaning = /[\\`*_{}[\]<>~&|#]/gu;
/** At the beginning of a text: a list, a quote, a rule. */
const atStart = /^(\s*)([-+=]|\d+(?=[.)]))/u;

/** Somebody else's words, shown literally: on one line, since a line end can begin a list. */
export function escapeText(text: string): string {
  const line = oneLine(text).replace(meaning, '\\$&');
  return line.replace(atStart, (_, before: string, mark: string) =>
    /^\d/u.test(mark) ? `${before}${mark}\\` : `${before}\\${mark}`,
  );
}

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ');

/** For places that know no markup: button labels, titles of inputs, summaries. */
export function plain(text: string, max: number): string {
  const line = oneLine(text).replaceAll('{{', '{ {').trim();
  return line === '' ? blank : cut(line.toWellFormed(), max);
}

/** At most `max` characters: raw text is cut before it is escaped, so that no link or date is cut in two. */
export function toMarkdown(text: Text, names: Names, max: number): string {
  let rendered = '';
  for (const part of text) {
    const piece = renderPart(part, names);
    const left = max - rendered.length;
    if (piece.length > left) return rendered + cutToFit(part, left);
    rendered += piece;
  }
  return rendered.trim() === '' ? blank : rendered;
}

function renderPart(part: Part, names: Names): string {
  switch (part.part) {
    case 'text':
      return part.text.split('\n').map(escapeText).join('\n\n');
    case 'name':
      return escapeText(part.text);
    case 'strong':
      return bold(part.text);
    case 'person':
      return escapeText(names(part.key) ?? part.key);
    case 'link':
      return `[${escapeText(part.label.trim() === '' ? blank : part.label)}](${encodeLink(part.url)})`;
    case 'time':
      return teamsTime(part.at, part.form);
  }
}

/** Between stars there is no blank at either end. */
function bold(text: string): string {
  const escaped = escapeText(text);
  return text.trim() === '' || text !== text.trim() ? escaped : `**${escaped}**`;
}

function encodeLink(url: string): string {
  return new URL(url).href
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')
    .replaceAll('{', '%7B')
    .replaceAll('}', '%7D');
}

/** Shown in the reader's own time zone. Milliseconds are not understood, nor is a format of `TIME`. */
function teamsTime(at: Date, form: 'date-and-time' | 'time'): string {
  const stamp = `${at.toISOString().slice(0, 19)}Z`;
  return form === 'time' ? `{{TIME(${stamp})}}` : `{{DATE(${stamp}, SHORT)}} {{TIME(${stamp})}}`;
}

function cutToFit(part: Part, max: number): string {
  if (part.part !== 'text' && part.part !== 'name' && part.part !== 'strong') return max > 0 ? '…' : '';
  let length = Math.min(Array.from(part.text).length, max);
  while (length > 0) {
    const piece = escapeText(cut(part.text, length));
    if (piece.length <= max) return piece;
    length -= Math.max(1, Math.ceil((piece.length - max) / 2));
  }
  return '';
}
