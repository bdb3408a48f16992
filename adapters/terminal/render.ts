/**
 * Replies as plain text for people at a prompt and for scripts: no colours, no cursor movements, nothing that says
 * something by its place alone. Buttons become the commands that they stand for.
 */
import type { Action, Block, Reply, Text } from '../../src/ports/reply.ts';
import { harmlessLine } from './harmless.ts';
import { shellCommand, shellWords } from './shell.ts';
import { plainText, type Reader } from './text.ts';
import { padded, widthOf, wrapped } from './wrap.ts';

export type Screen = Reader & {
  /** Columns; undefined where lines are not to be broken, as in a pipe. */
  readonly width: number | undefined;
};

/** Labels of fields are not made longer than this for the sake of one long one. */
const labelsAtMost = 28;
const leastWidth = 20;

/** Without a line end behind the last line. Never empty. */
export function renderReply({ summary, blocks }: Reply, screen: Screen): string {
  const lines = blocks.flatMap((block) => {
    const rendered = renderBlock(block, screen);
    // A heading stands apart from what is before it.
    return block.block === 'heading' ? ['', ...rendered] : rendered;
  });
  const words = lines.join('\n').replace(/^\s*\n/u, '');
  return words.trim() === '' ? harmlessLine(summary) : words;
}

/** The paragraphs alone: how something goes on, in a line or two. */
export function renderParagraphs({ summary, blocks }: Reply, screen: Screen): string {
  const paragraphs = blocks.filter(({ block }) => block === 'text');
  return renderReply({ summary, blocks: paragraphs }, screen);
}

function renderBlock(block: Block, screen: Screen): readonly string[] {
  switch (block.block) {
    case 'heading':
      return heading(block.text);
    case 'text':
      return hanging('', plainText(block.text, screen), screen);
    case 'note':
      return hanging('  ', plainText(block.text, screen), screen);
    case 'fields':
      return fields(block, screen);
    case 'row':
      return row(block, screen);
    case 'actions':
      return actions(block.actions, screen);
    case 'filter':
      return filter(block, screen);
  }
}

function heading(text: string): readonly string[] {
  const line = harmlessLine(text);
  return [line, '-'.repeat(Math.max(3, widthOf(line)))];
}

/** All lines but the first are as far in as the first one's mark is wide. */
function hanging(mark: string, text: string, { width }: Screen): readonly string[] {
  const indent = widthOf(mark);
  const room = width === undefined ? undefined : Math.max(leastWidth, width - indent);
  const margin = ' '.repeat(indent);
  return wrapped(text, room).map((line, i) => `${i === 0 ? mark : margin}${line}`.trimEnd());
}

function fields({ fields: all }: Extract<Block, { block: 'fields' }>, screen: Screen): readonly string[] {
  const labels = all.map(({ label }) => `${harmlessLine(label)}:`);
  const room = Math.min(labelsAtMost, Math.max(0, ...labels.map(widthOf)));
  return all.flatMap(({ value }, i) =>
    hanging(`${padded(labels[i] ?? '', room)} `, plainText(value, screen), screen),
  );
}

function row({ lines, menu }: Extract<Block, { block: 'row' }>, screen: Screen): readonly string[] {
  const words = lines.flatMap((line: Text, i) =>
    hanging(i === 0 ? '* ' : '  ', plainText(line, screen), screen),
  );
  if (menu.length === 0) return words;
  const choices = menu.map(({ label, command }) => `${harmlessLine(label)}: ${shellWords(command)}`);
  return [...words, ...hanging('  > ', choices.join(' | '), screen)];
}

function actions(all: readonly Action[], screen: Screen): readonly string[] {
  return all.flatMap(({ label, command, style }) => {
    const careful = style === 'danger' ? ' (careful)' : '';
    return hanging('  > ', `${harmlessLine(label)}${careful}: ${shellCommand(command)}`, screen);
  });
}

function filter(
  { command, text, switches }: Extract<Block, { block: 'filter' }>,
  screen: Screen,
): readonly string[] {
  const value = text.value.trim() === '' ? 'nothing' : `“${harmlessLine(text.value)}”`;
  const each = switches.map(
    ({ name, label, on }) => `${harmlessLine(label)} ${on ? 'yes' : 'no'} (--${harmlessLine(name)})`,
  );
  const how = `${shellCommand(command)} [text] [switches]`;
  return hanging('  ', [`${harmlessLine(text.label)}: ${value}`, ...each, how].join(' | '), screen);
}
