/** Typed parts as plain text. */
import type { Part, Text } from '../../src/ports/reply.ts';
import { harmlessLine, harmlessLines } from './harmless.ts';

export type Reader = {
  /** IANA name. */
  readonly timeZone: string;
  /** Of people, by `platform:tenant/user`, where they are known. */
  readonly names: ReadonlyMap<string, string>;
};

export function plainText(text: Text, reader: Reader): string {
  return text.map((part) => plainPart(part, reader)).join('');
}

function plainPart(part: Part, reader: Reader): string {
  switch (part.part) {
    case 'text':
    case 'strong':
      return harmlessLines(part.text);
    case 'name':
      return harmlessLine(part.text);
    case 'person':
      return personText(part.key, reader, part.name);
    case 'link':
      return linkText(part.label, part.url);
    case 'time':
      return timeText(part.at, part.form, reader);
  }
}

/** The key as well: names are not unique, and commands take the key. */
function personText(key: string, { names }: Reader, given?: string): string {
  const name = names.get(key) ?? given;
  const shown = harmlessLine(key);
  return name === undefined ? shown : `${harmlessLine(name)} (${shown})`;
}

function linkText(label: string, url: string): string {
  const address = harmlessLine(url);
  const words = harmlessLine(label);
  return words === address || words === '' ? address : `${words} (${address})`;
}

/** `2026-11-24 09:12`: the same everywhere, and sorts. */
function timeText(at: Date, form: 'date-and-time' | 'time', { timeZone }: Reader): string {
  const parts = formatOf(timeZone).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const time = `${of('hour')}:${of('minute')}`;
  return form === 'time' ? time : `${of('year')}-${of('month')}-${of('day')} ${time}`;
}

/** By time zone: one is slow to make. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(timeZone, made);
  return made;
}
