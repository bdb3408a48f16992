/** What a list is narrowed by: a text and checkboxes, and the command that any change of them means. */
import type { KnownBlock } from '@slack/types';
import { z } from 'zod';
import { normaliseTyped, quote } from '../../src/domain/typed-text.ts';
import type { Block } from '../../src/ports/reply.ts';
import { choice, plain } from './elements.ts';
import { limits } from './limits.ts';
import { fitting } from './text.ts';

/** A change of any of a filter's elements. */
export const filterAction = /^filter:/u;
const textAction = 'filter:text';
const switchesAction = 'filter:switches';
const textBlock = 'filter-text:';
const switchesBlock = 'filter-switches:';

type Filter = Extract<Block, { block: 'filter' }>;

/**
 * The ids stay the same when the list is shown again, so that what is being typed is not lost. They carry the
 * command: Slack sends them with the press and keeps nothing else for a message.
 */
export function filterBlocks({ command, text, switches }: Filter): KnownBlock[] {
  const longest = limits.id - switchesBlock.length;
  if (command.length > longest) throw new RangeError(`a filter's command of ${command.length} characters`);
  const input: KnownBlock = {
    type: 'input',
    block_id: `${textBlock}${command}`,
    dispatch_action: true,
    optional: true,
    label: plain(text.label, limits.label),
    element: {
      type: 'plain_text_input',
      action_id: textAction,
      dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] },
      ...(text.value.trim() === '' ? {} : { initial_value: fitting(text.value, limits.inputText) }),
    },
  };
  if (switches.length === 0) return [input];
  const shown = switches.slice(0, limits.checkboxes);
  const option = ({ name, label }: Filter['switches'][number]) => choice({ value: name, label });
  const on = shown.filter((one) => one.on).map(option);
  const boxes = {
    type: 'checkboxes',
    action_id: switchesAction,
    options: shown.map(option),
    ...(on.length > 0 ? { initial_options: on } : {}),
  } as const;
  return [input, { type: 'actions', block_id: `${switchesBlock}${command}`, elements: [boxes] }];
}

const element = z.object({
  value: z.string().nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
});
const values = z.record(z.string(), z.record(z.string(), element));

/** The command with the switches that are on and the text, quoted, behind it; undefined for what is no filter. */
export function filterCommand(blockId: string, state: unknown): string | undefined {
  const prefix = [textBlock, switchesBlock].find((one) => blockId.startsWith(one));
  if (prefix === undefined) return undefined;
  const command = blockId.slice(prefix.length);
  const parsed = values.safeParse(state);
  const shown = parsed.success ? parsed.data : {};
  const typed = normaliseTyped(shown[`${textBlock}${command}`]?.[textAction]?.value ?? '');
  const on = shown[`${switchesBlock}${command}`]?.[switchesAction]?.selected_options ?? [];
  const words = [command, ...on.map(({ value }) => `--${value}`), ...(typed === '' ? [] : [quote(typed)])];
  return words.join(' ');
}
