/** The pieces that cards are made of, each within its limit. */
import type { Action, Text } from '../../src/ports/reply.ts';
import { limits } from './limits.ts';
import { type Names, plain, toMarkdown } from './text.ts';

/** An element of an Adaptive Card. */
export type Element = { readonly type: string; readonly [property: string]: unknown };
export type Card = {
  readonly type: 'AdaptiveCard';
  readonly version: '1.5';
  readonly body: readonly Element[];
  readonly [property: string]: unknown;
};

/** What stands in everything that a card can be made of. */
export type Context = {
  readonly names: Names;
  /** Whether the card is somebody's standing page: presses on it are told apart by it. */
  readonly home?: boolean;
};

/** What a press on a button says. */
export const verbs = { command: 'command', filter: 'filter', form: 'form', cancel: 'cancel' } as const;

export function paragraph(text: Text, { names }: Context, more: object = {}): Element {
  return { type: 'TextBlock', text: toMarkdown(text, names, limits.text), wrap: true, ...more };
}

export function small(text: Text, context: Context): Element {
  return paragraph(text, context, { isSubtle: true, size: 'Small' });
}

export function heading(text: string, context: Context): Element {
  const part = { part: 'name', text: plain(text, limits.heading) } as const;
  return paragraph([part], context, { size: 'Large', weight: 'Bolder', style: 'heading' });
}

export function execute(verb: string, title: string, data: object, more: object = {}): Element {
  return { type: 'Action.Execute', title: plain(title, limits.button), verb, data, ...more };
}

/** Buttons, so many beside each other; none where nothing is left of them. */
export function buttons(actions: readonly Action[], context: Context): Element[] {
  const shown = actions.slice(0, limits.actions).map((action) => button(action, context));
  const rows = Math.ceil(shown.length / limits.actionsInARow);
  return Array.from({ length: rows }, (_, n) => {
    const from = n * limits.actionsInARow;
    return { type: 'ActionSet', actions: shown.slice(from, from + limits.actionsInARow) };
  });
}

/** A few buttons, and a menu with the others: what can be done about one line of a list. */
export function menu(actions: readonly Action[], context: Context): Element[] {
  const shown = actions
    .slice(0, limits.actionsInARow)
    .map((action, n) => button(action, context, n < limits.besideARow ? {} : { mode: 'secondary' }));
  return shown.length === 0 ? [] : [{ type: 'ActionSet', actions: shown }];
}

function button({ label, command, style }: Action, { home }: Context, more: object = {}): Element {
  const data = { command, ...(home ? { home } : {}) };
  const styled = style === undefined ? {} : { style: style === 'primary' ? 'positive' : 'destructive' };
  // What is not filled in elsewhere on the card must not hold a button up.
  return execute(verbs.command, label, data, { associatedInputs: 'none', ...styled, ...more });
}

const bytesOf = (elements: readonly Element[]): number =>
  elements.reduce((sum, element) => sum + Buffer.byteLength(JSON.stringify(element)) + 1, 0);

/** As many as fit into so many bytes; in the place of what is left out of a list stands how many they are. */
function withinBytes(elements: readonly Element[], most: number, context: Context): Element[] {
  if (bytesOf(elements) <= most) return [...elements];
  const tail = behindTheList(elements);
  const list = elements.slice(0, elements.length - tail.length);
  const room = most - roomForTheNote - bytesOf(tail);
  let sum = 0;
  const tooMuch = list.findIndex((element) => {
    sum += bytesOf([element]);
    return sum > room;
  });
  const kept = tooMuch === -1 ? list.length : tooMuch;
  const words = `… and ${list.length - kept} more.`;
  return [...list.slice(0, kept), small([{ part: 'text', text: words }], context), ...tail];
}

/** In bytes. */
const roomForTheNote = 200;
const mostOfTheTail = 8_000;

/** The buttons and words below a list, by which one gets at the rest of it. */
function behindTheList(elements: readonly Element[]): readonly Element[] {
  const last = elements.findLastIndex(({ type }) => type === 'Container');
  const tail = last === -1 ? [] : elements.slice(last + 1);
  return bytesOf(tail) <= mostOfTheTail ? tail : [];
}

export function cardOf(body: readonly Element[], summary: string, context: Context): Card {
  const words = plain(summary, limits.summary);
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.5',
    fallbackText: words,
    speak: plain(summary.replace(/[<>&]/gu, ' '), limits.summary),
    msteams: { width: 'Full' },
  } as const;
  const around = Buffer.byteLength(JSON.stringify(card)) + 20;
  return { ...card, body: withinBytes(body, limits.cardBytes - around, context) };
}
