import { checkList, checkShape, checkString, type Problems } from './block-problems.ts';
import { isObject } from './json-object.ts';

type Rule = { readonly required: readonly string[]; readonly optional?: readonly string[] };

/** What stands inside a line of rich text, and which properties each kind has. */
const INLINE: Readonly<Record<string, Rule>> = {
  text: { required: ['text'], optional: ['style'] },
  link: { required: ['url'], optional: ['text', 'style', 'unsafe'] },
  user: { required: ['user_id'], optional: ['style'] },
  channel: { required: ['channel_id'], optional: ['style'] },
  emoji: { required: ['name'], optional: ['unicode', 'skin_tone', 'style'] },
  date: { required: ['timestamp', 'format'], optional: ['url', 'fallback', 'style'] },
  broadcast: { required: ['range'], optional: ['style'] },
};

const PARTS: Readonly<Record<string, Rule>> = {
  rich_text_section: { required: ['elements'] },
  rich_text_preformatted: { required: ['elements'], optional: ['border', 'language'] },
  rich_text_quote: { required: ['elements'], optional: ['border'] },
  rich_text_list: { required: ['elements', 'style'], optional: ['indent', 'offset', 'border'] },
};

/** No count is documented for rich text; the bound only stops what no message could hold. */
const MOST_ELEMENTS = 1000;
const MOST_CHARACTERS = 40_000;

/** Checks the inside of a rich_text block: sections, lists, preformatted text and quotes. */
export function checkRichText(problems: Problems, pointer: string, block: Record<string, unknown>): void {
  checkShape(problems, pointer, block, { required: ['elements'], optional: ['block_id'] });
  if (block.elements === undefined) return;
  const parts = checkList(problems, `${pointer}/elements`, block.elements, MOST_ELEMENTS) ?? [];
  for (const [index, part] of parts.entries()) checkPart(problems, `${pointer}/elements/${index}`, part);
}

function checkPart(problems: Problems, pointer: string, part: unknown): void {
  const type = isObject(part) ? String(part.type) : 'none';
  const rule = PARTS[type];
  if (!isObject(part) || !rule) {
    problems.add(`${pointer}/type`, `unsupported type: ${type}`);
    return;
  }
  checkShape(problems, pointer, part, rule);
  if (part.elements === undefined) return;
  const children = checkList(problems, `${pointer}/elements`, part.elements, MOST_ELEMENTS) ?? [];
  for (const [index, child] of children.entries()) {
    const place = `${pointer}/elements/${index}`;
    if (type === 'rich_text_list') checkListItem(problems, place, child);
    else checkInline(problems, place, child);
  }
}

function checkListItem(problems: Problems, pointer: string, item: unknown): void {
  const type = isObject(item) ? String(item.type) : 'none';
  if (type === 'rich_text_section') checkPart(problems, pointer, item);
  else problems.add(`${pointer}/type`, `unsupported type: ${type}`);
}

function checkInline(problems: Problems, pointer: string, element: unknown): void {
  const type = isObject(element) ? String(element.type) : 'none';
  const rule = INLINE[type];
  if (!isObject(element) || !rule) {
    problems.add(`${pointer}/type`, `unsupported type: ${type}`);
    return;
  }
  checkShape(problems, pointer, element, rule);
  checkString(problems, `${pointer}/text`, element.text, MOST_CHARACTERS);
}
