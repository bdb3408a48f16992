import type { KnownBlock, PlainTextElement, PlainTextOption } from '@slack/types';
import { cut } from '../../src/domain/text.ts';
import type { Action, Block, Reply, Text } from '../../src/ports/reply.ts';
import { limits } from './limits.ts';
import { cutPlain, escapeText, toMrkdwn } from './text.ts';

export type SlackMessage = { readonly text: string; readonly blocks: KnownBlock[] };

/** Every button and menu entry carries the command that it stands for; their ids only have to differ. */
export const commandAction = /^command:/u;

export function renderReply(reply: Reply): SlackMessage {
  const blocks = reply.blocks.map((block, index) => renderBlock(block, index));
  return { text: escapeText(cut(reply.summary, limits.messageText / 5)), blocks: withinLimit(blocks) };
}

function withinLimit(blocks: KnownBlock[]): KnownBlock[] {
  if (blocks.length <= limits.blocks) return blocks;
  const rest = blocks.length - limits.blocks + 1;
  const elements = [mrkdwn([{ part: 'text', text: `… and ${rest} more.` }], limits.contextText)];
  const more: KnownBlock = { type: 'context', elements };
  return [...blocks.slice(0, limits.blocks - 1), more];
}

function renderBlock(block: Block, index: number): KnownBlock {
  switch (block.block) {
    case 'heading':
      return { type: 'header', text: plain(block.text, limits.headerText) };
    case 'text':
      return { type: 'section', text: mrkdwn(block.text, limits.sectionText) };
    case 'note':
      return { type: 'context', elements: [mrkdwn(block.text, limits.contextText)] };
    case 'fields':
      return {
        type: 'section',
        fields: block.fields.slice(0, limits.fields).map(({ label, value }) => {
          const labelled: Text = [{ part: 'strong', text: label }, { part: 'text', text: '\n' }, ...value];
          return mrkdwn(labelled, limits.fieldText);
        }),
      };
    case 'row':
      return renderRow(block, index);
    case 'actions':
      return {
        type: 'actions',
        elements: block.actions
          .slice(0, limits.actionElements)
          .map((action, at) => button(action, index, at)),
      };
  }
}

function renderRow(row: Extract<Block, { block: 'row' }>, index: number): KnownBlock {
  const lines: Text = row.lines.flatMap((line, i) =>
    i === 0 ? line : [{ part: 'text', text: '\n' } as const, ...line],
  );
  const section = { type: 'section', text: mrkdwn(lines, limits.sectionText) } as const;
  if (row.menu.length === 0) return section;
  const options = row.menu.slice(0, limits.overflowOptions).map(menuOption);
  return { ...section, accessory: { type: 'overflow', action_id: `command:${index}`, options } };
}

function menuOption(action: Action): PlainTextOption {
  return { text: plain(action.label, limits.optionText), value: action.command };
}

function button(action: Action, index: number, at: number) {
  return {
    type: 'button',
    action_id: `command:${index}:${at}`,
    text: plain(action.label, limits.buttonText),
    value: action.command.slice(0, limits.buttonValue),
    ...(action.style ? { style: action.style } : {}),
  } as const;
}

function plain(text: string, max: number): PlainTextElement {
  return { type: 'plain_text', text: cutPlain(text.trim() === '' ? '–' : text, max), emoji: false };
}

/** `verbatim`: nothing in a name becomes a link, a channel or a mention by itself. */
function mrkdwn(text: Text, max: number) {
  return { type: 'mrkdwn', text: toMrkdwn(text, max), verbatim: true } as const;
}
