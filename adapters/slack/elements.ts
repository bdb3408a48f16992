/** The pieces that messages, the Home tab and modals are made of, each within its limit. */
import type { KnownBlock, MrkdwnElement, Option, PlainTextElement, PlainTextOption } from '@slack/types';
import type { Option as Choice } from '../../src/ports/form.ts';
import type { Action, Text } from '../../src/ports/reply.ts';
import { limits } from './limits.ts';
import { cutPlain, toMrkdwn } from './text.ts';

/** Every button and menu entry carries the command that it stands for; their ids only have to differ. */
export const commandAction = /^command:/u;

/** Slack refuses an empty text. */
const blank = '–';

export function plain(text: string, max: number): PlainTextElement {
  return { type: 'plain_text', text: cutPlain(text.trim() === '' ? blank : text, max), emoji: false };
}

/** `verbatim`: nothing in a name becomes a link, a channel or a mention by itself. */
export function mrkdwn(text: Text, max: number): MrkdwnElement {
  return { type: 'mrkdwn', text: toMrkdwn(text, max), verbatim: true };
}

export function section(text: Text): KnownBlock {
  return { type: 'section', text: mrkdwn(text, limits.sectionText) };
}

export function small(text: Text): KnownBlock {
  return { type: 'context', elements: [mrkdwn(text, limits.contextText)] };
}

/** Buttons; none where nothing is left of them, since Slack refuses an empty row. */
export function buttons(actions: readonly Action[], at: number): KnownBlock[] {
  // A command that is cut is another command: one that does not fit has no button. It can be typed.
  const fitting = actions.filter(({ command }) => command.length <= limits.buttonValue);
  if (fitting.length === 0) return [];
  const elements = fitting.slice(0, limits.actionElements).map(
    (action, n) =>
      ({
        type: 'button',
        action_id: `command:${at}:${n}`,
        text: plain(action.label, limits.buttonText),
        value: action.command,
        ...(action.style ? { style: action.style } : {}),
      }) as const,
  );
  return [{ type: 'actions', elements }];
}

/** What the entries of a row's menu are; those whose command does not fit are left out. */
export function menuOptions(menu: readonly Action[]): PlainTextOption[] {
  return menu
    .filter(({ command }) => command.length <= limits.overflowValue)
    .slice(0, limits.overflowOptions)
    .map(({ label, command }) => ({ text: plain(label, limits.optionText), value: command }));
}

/**
 * One choice of a select or of checkboxes.
 * @throws RangeError for a value that does not fit: cut, it would mean something else
 */
export function choice({ value, label, hint }: Choice): Option & PlainTextOption {
  if (value.length > limits.optionValue) throw new RangeError(`a choice of ${value.length} characters`);
  return {
    text: plain(label, limits.optionText),
    value,
    ...(hint ? { description: plain(hint, limits.optionText) } : {}),
  };
}

/** As many as may be shown; the last one says how many are left out. */
export function withinLimit(blocks: readonly KnownBlock[], most: number): KnownBlock[] {
  if (blocks.length <= most) return [...blocks];
  return [...blocks.slice(0, most - 1), leftOut(blocks.length - most + 1)];
}

/** A whole view may only be so large; what is too much is left out from its end. */
export function withinBytes(blocks: readonly KnownBlock[], most: number): KnownBlock[] {
  const sizes = blocks.map((block) => Buffer.byteLength(JSON.stringify(block)) + 1);
  let sum = 0;
  const fitting = sizes.findIndex((size) => {
    sum += size;
    return sum > most;
  });
  if (fitting === -1) return [...blocks];
  const kept = Math.max(0, fitting - 1);
  return [...blocks.slice(0, kept), leftOut(blocks.length - kept)];
}

function leftOut(count: number): KnownBlock {
  return small([{ part: 'text', text: `… and ${count} more.` }]);
}
