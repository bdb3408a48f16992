import type { Action, Block, Part, Reply, Text } from '../../ports/reply.ts';

export const text = (words: string): Part => ({ part: 'text', text: words });
export const strong = (words: string): Part => ({ part: 'strong', text: words });
export const name = (words: string): Part => ({ part: 'name', text: words });
export const person = (key: string): Part => ({ part: 'person', key });
/** Somebody who did something, whose name is known should the reader's platform not know them. */
export const personNamed = (key: string, shown: string): Part => ({ part: 'person', key, name: shown });
export const link = (label: string, url: string): Part => ({ part: 'link', label, url });
export const dateAndTime = (at: Date): Part => ({ part: 'time', at, form: 'date-and-time' });
/** The same behind a word such as since, until or from. */
export const moment = (at: Date): Part => ({ part: 'time', at, form: 'date-and-time', inSentence: true });
export const timeOfDay = (at: Date): Part => ({ part: 'time', at, form: 'time' });

export const paragraph = (...parts: Text): Block => ({ block: 'text', text: parts });
export const note = (...parts: Text): Block => ({ block: 'note', text: parts });
export const buttons = (...actions: readonly Action[]): Block => ({ block: 'actions', actions });

/** A short answer: one paragraph, what to do next, and buttons. */
export function notice(summary: string, next?: string | Text, actions: readonly Action[] = []): Reply {
  const blocks: Block[] = [paragraph(text(summary))];
  if (next !== undefined) blocks.push(note(...(typeof next === 'string' ? [text(next)] : next)));
  if (actions.length > 0) blocks.push(buttons(...actions));
  return { summary, blocks };
}

/** A notice that asks back, or says how it is written: nothing was done. */
export function askBack(summary: string, next?: string | Text, actions: readonly Action[] = []): Reply {
  return { ...notice(summary, next, actions), unclear: true };
}

/** People one after another, the first few by name. */
export function people(keys: readonly string[], nobody: string): Text {
  if (keys.length === 0) return [text(nobody)];
  const named = joined(
    keys.slice(0, peopleAtMost).map((key) => [person(key)]),
    ', ',
  );
  const more = keys.length - peopleAtMost;
  return more > 0 ? [...named, text(` and ${more} more`)] : named;
}

const peopleAtMost = 8;

/** Joins lists of parts with a separator. */
export function joined(items: readonly Text[], separator: string): Text {
  return items.flatMap((item, i) => (i === 0 ? item : [text(separator), ...item]));
}

/** `1 task`, `12 tasks`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** `45 s`, `4 min`, `2 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Buttons that turn the pages of a list. */
/** @param restAtMost so many rows more are shown on the last page rather than on one of their own */
export function pagesOf(total: number, perPage: number, restAtMost: number): number {
  return Math.max(1, Math.ceil((total - restAtMost) / perPage));
}

export function pager(
  command: (page: number) => string,
  page: number,
  pages: number,
  labels: { readonly before: string; readonly after: string } = { before: '‹ Previous', after: 'Next ›' },
): readonly Action[] {
  const actions: Action[] = [];
  if (page > 1) actions.push({ label: labels.before, command: command(page - 1) });
  if (page < pages) actions.push({ label: labels.after, command: command(page + 1) });
  return actions;
}
