/** Replies as cards. */
import type { Block, Reply, ReplyFile, Text } from '../../src/ports/reply.ts';
import {
  buttons,
  type Card,
  type Context,
  cardOf,
  type Element,
  heading,
  menu,
  paragraph,
  small,
} from './elements.ts';
import { filterElements } from './filter.ts';
import { limits } from './limits.ts';
import { blank, plain, toMarkdown } from './text.ts';

export function renderReply(reply: Reply, context: Context): Card {
  const [first = [], ...others] = reply.blocks.map((block) => renderBlock(block, context));
  // Below the heading: what is looked at before it is read.
  const body = [...first, ...picture(reply.file), ...others.flat()];
  const said = [{ part: 'text', text: reply.summary }] as const;
  return cardOf(body.length > 0 ? body : [paragraph(said, context)], reply.summary, context);
}

/** Opens at its own size when it is pressed. */
function picture(file: ReplyFile | undefined): Element[] {
  if (file?.alt === undefined || file.url === undefined) return [];
  const { url } = file;
  const altText = plain(file.alt, limits.altText);
  return [{ type: 'Image', url, altText, size: 'Stretch', msTeams: { allowExpand: true } }];
}

function renderBlock(block: Block, context: Context): Element[] {
  switch (block.block) {
    case 'heading':
      return [heading(block.text, context)];
    case 'text':
      return [paragraph(block.text, context)];
    case 'note':
      return [small(block.text, context)];
    case 'fields':
      return renderFields(block, context);
    case 'filter':
      return filterElements(block, context);
    case 'row':
      return [renderRow(block, context)];
    case 'actions':
      return buttons(block.actions, context);
  }
}

function renderFields({ fields }: Extract<Block, { block: 'fields' }>, { names }: Context): Element[] {
  if (fields.length === 0) return [];
  const facts = fields.slice(0, limits.facts).map(({ label, value }) => ({
    title: plain(label, limits.label),
    value: toMarkdown(value, names, limits.text),
  }));
  return [{ type: 'FactSet', facts }];
}

function renderRow({ lines, menu: actions }: Extract<Block, { block: 'row' }>, context: Context): Element {
  const shown: readonly Text[] = lines.length > 0 ? lines : [[{ part: 'text', text: blank }]];
  const texts = shown.map((line, n) => paragraph(line, context, n === 0 ? {} : { spacing: 'None' }));
  return { type: 'Container', separator: true, items: [...texts, ...menu(actions, context)] };
}

/** Every `platform:tenant/user` that stands in a reply, once. */
export function peopleIn(value: unknown): readonly string[] {
  const keys = new Set<string>();
  collect(value, keys);
  return [...keys];
}

function collect(value: unknown, keys: Set<string>): void {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
  const { part, key } = value as { readonly part?: unknown; readonly key?: unknown };
  if (part === 'person' && typeof key === 'string') keys.add(key);
  for (const inner of Object.values(value)) collect(inner, keys);
}
