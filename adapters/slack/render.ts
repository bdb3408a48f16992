/** Replies as messages and as the Home tab. */
import type { HomeView, KnownBlock } from '@slack/types';
import { cut } from '../../src/domain/text.ts';
import type { Block, Reply, Text } from '../../src/ports/reply.ts';
import { buttons, menuOptions, mrkdwn, plain, section, small, withinBytes, withinLimit } from './elements.ts';
import { filterBlocks } from './filter.ts';
import { limits } from './limits.ts';
import { escapeText } from './text.ts';

export type SlackMessage = { readonly text: string; readonly blocks: KnownBlock[] };

export function renderReply(reply: Reply): SlackMessage {
  const blocks = renderBlocks(reply.blocks);
  // An escaped character is five at most.
  const text = escapeText(cut(reply.summary, limits.messageText / 5));
  return { text, blocks: withinLimit(blocks, limits.blocks) };
}

const besideBlock = 'beside:';

/** A message that stays as it is though somebody presses in it, also in direct messages. */
export function answeredBeside({ text, blocks }: SlackMessage): SlackMessage {
  return { text, blocks: blocks.map((block, at) => ({ ...block, block_id: `${besideBlock}${at}` })) };
}

export function isAnsweredBeside(blockId: string): boolean {
  return blockId.startsWith(besideBlock);
}

export function renderHome(reply: Reply): HomeView {
  return { type: 'home', callback_id: 'home', blocks: viewBlocks(renderBlocks(reply.blocks)) };
}

/** Of a modal or the Home tab, which may be larger than messages. */
export function viewBlocks(blocks: readonly KnownBlock[]): KnownBlock[] {
  return withinBytes(withinLimit(blocks, limits.viewBlocks), limits.viewBytes - roomForTheRest);
}

/** Title, metadata and ids of a view, in bytes. */
const roomForTheRest = 15_000;

export function renderBlocks(blocks: readonly Block[]): KnownBlock[] {
  return blocks.flatMap((block, index) => renderBlock(block, index));
}

function renderBlock(block: Block, index: number): KnownBlock[] {
  switch (block.block) {
    case 'heading':
      return [{ type: 'header', text: plain(block.text, limits.headerText) }];
    case 'text':
      return [section(block.text)];
    case 'note':
      return [small(block.text)];
    case 'fields':
      return renderFields(block);
    case 'filter':
      return filterBlocks(block);
    case 'row':
      return [renderRow(block, index)];
    case 'actions':
      return buttons(block.actions, index);
  }
}

function renderFields({ fields }: Extract<Block, { block: 'fields' }>): KnownBlock[] {
  if (fields.length === 0) return [];
  const shown = fields.slice(0, limits.fields).map(({ label, value }) => {
    const labelled: Text = [{ part: 'strong', text: label }, { part: 'text', text: '\n' }, ...value];
    return mrkdwn(labelled, limits.fieldText);
  });
  return [{ type: 'section', fields: shown }];
}

function renderRow(row: Extract<Block, { block: 'row' }>, index: number): KnownBlock {
  const lines: Text = row.lines.flatMap((line, i) =>
    i === 0 ? line : [{ part: 'text', text: '\n' } as const, ...line],
  );
  const text = mrkdwn(lines, limits.sectionText);
  const options = menuOptions(row.menu);
  if (options.length === 0) return { type: 'section', text };
  return {
    type: 'section',
    text,
    accessory: { type: 'overflow', action_id: `command:${index}`, options },
  };
}
