import { checkImageElement, checkInteractive, isInteractiveType, type Place } from './block-elements.ts';
import { checkList, checkShape, checkString, checkText, Problems } from './block-problems.ts';
import { ELEMENT_LIMITS } from './element-limits.ts';
import { isObject } from './json-object.ts';
import { checkRichText } from './rich-text-check.ts';

/** Slack's limits of blocks, in characters or items. */
const BLOCK_LIMITS = {
  sectionText: 3000,
  fields: 10,
  fieldText: 2000,
  headerText: 150,
  actionsElements: 25,
  contextElements: 10,
  contextText: 3000,
  label: 2000,
  hint: 2000,
} as const;

type BlockCheck = (problems: Problems, pointer: string, block: Record<string, unknown>) => void;

const BLOCKS: Readonly<Record<string, BlockCheck>> = {
  section: checkSection,
  actions: checkActions,
  context: checkContext,
  header: checkHeader,
  divider: (problems, pointer, block) => {
    checkShape(problems, pointer, block, { optional: ['block_id'] });
  },
  image: checkImageBlock,
  rich_text: checkRichText,
  input: checkInput,
};

/** Where blocks stand: how many there may be, and how a pointer to them begins. */
type Surface = { readonly most: number; readonly pointer: string };
export const MESSAGE_SURFACE: Surface = { most: 50, pointer: '/blocks' };
export const VIEW_SURFACE: Surface = { most: 100, pointer: '/view/blocks' };

/**
 * What Slack would say against the blocks of a message or view, in its words; an empty list when nothing.
 * The first failing property of the first block comes first, as in Slack's answer.
 */
export function blockProblems(blocks: readonly unknown[], surface: Surface): string[] {
  const problems = new Problems();
  if (blocks.length > surface.most) {
    problems.add(surface.pointer, `no more than ${surface.most} items allowed`);
  }
  const seenBlockIds = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    const pointer = `${surface.pointer}/${index}`;
    const check = isObject(block) ? BLOCKS[String(block.type)] : undefined;
    if (!isObject(block) || !check) {
      problems.add(`${pointer}/type`, `unsupported type: ${isObject(block) ? String(block.type) : 'none'}`);
      continue;
    }
    check(problems, pointer, block);
    checkBlockId(problems, pointer, block.block_id, seenBlockIds);
  }
  return problems.found;
}

function checkBlockId(problems: Problems, pointer: string, id: unknown, seen: Set<string>): void {
  checkString(problems, `${pointer}/block_id`, id, ELEMENT_LIMITS.id);
  if (typeof id !== 'string') return;
  if (seen.has(id)) problems.add(`${pointer}/block_id`, `\`block_id\` "${id}" already exists`);
  seen.add(id);
}

function checkSection(problems: Problems, pointer: string, block: Record<string, unknown>): void {
  checkShape(problems, pointer, block, { optional: ['block_id', 'text', 'fields', 'accessory', 'expand'] });
  if (block.text === undefined && block.fields === undefined) {
    problems.add(pointer, 'must define either `text` or `fields`');
  }
  checkText(problems, `${pointer}/text`, block.text, { max: BLOCK_LIMITS.sectionText });
  if (block.fields !== undefined) {
    const fields = checkList(problems, `${pointer}/fields`, block.fields, BLOCK_LIMITS.fields) ?? [];
    for (const [index, field] of fields.entries()) {
      checkText(problems, `${pointer}/fields/${index}`, field, { max: BLOCK_LIMITS.fieldText });
    }
  }
  if (block.accessory !== undefined) checkAccessory(problems, `${pointer}/accessory`, block.accessory);
}

function checkAccessory(problems: Problems, pointer: string, value: unknown): void {
  if (!isObject(value)) {
    problems.add(pointer, 'must be an object');
    return;
  }
  if (value.type === 'image') {
    checkImageElement(problems, pointer, value);
    return;
  }
  checkInteractive(problems, pointer, value, alone('section'));
}

function alone(place: Place): { readonly place: Place; readonly seenActionIds: Set<string> } {
  return { place, seenActionIds: new Set() };
}

function checkInput(problems: Problems, pointer: string, block: Record<string, unknown>): void {
  checkShape(problems, pointer, block, {
    required: ['label', 'element'],
    optional: ['block_id', 'hint', 'optional', 'dispatch_action'],
  });
  checkText(problems, `${pointer}/label`, block.label, { max: BLOCK_LIMITS.label, plainOnly: true });
  checkText(problems, `${pointer}/hint`, block.hint, { max: BLOCK_LIMITS.hint, plainOnly: true });
  if (block.element === undefined) return;
  if (isObject(block.element)) {
    checkInteractive(problems, `${pointer}/element`, block.element, alone('input'));
  } else {
    problems.add(`${pointer}/element`, 'must be an object');
  }
}

function checkActions(problems: Problems, pointer: string, block: Record<string, unknown>): void {
  checkShape(problems, pointer, block, { required: ['elements'], optional: ['block_id'] });
  if (block.elements === undefined) return;
  const place = `${pointer}/elements`;
  const elements = checkList(problems, place, block.elements, BLOCK_LIMITS.actionsElements) ?? [];
  const context = alone('actions');
  for (const [index, element] of elements.entries()) {
    if (isObject(element)) checkInteractive(problems, `${place}/${index}`, element, context);
    else problems.add(`${place}/${index}`, 'must be an object');
  }
}

function checkContext(problems: Problems, pointer: string, block: Record<string, unknown>): void {
  checkShape(problems, pointer, block, { required: ['elements'], optional: ['block_id'] });
  if (block.elements === undefined) return;
  const place = `${pointer}/elements`;
  const elements = checkList(problems, place, block.elements, BLOCK_LIMITS.contextElements) ?? [];
  for (const [index, element] of elements.entries()) {
    const type = isObject(element) ? element.type : undefined;
    if (type === 'image') checkImageElement(problems, `${place}/${index}`, element);
    else if (isInteractiveType(type))
      problems.add(`${place}/${index}/type`, `unsupported type: ${String(type)}`);
    else checkText(problems, `${place}/${index}`, element, { max: BLOCK_LIMITS.contextText });
  }
}

function checkHeader(problems: Problems, pointer: string, block: Record<string, unknown>): void {
  checkShape(problems, pointer, block, { required: ['text'], optional: ['block_id'] });
  checkText(problems, `${pointer}/text`, block.text, { max: BLOCK_LIMITS.headerText, plainOnly: true });
}

function checkImageBlock(problems: Problems, pointer: string, block: Record<string, unknown>): void {
  checkShape(problems, pointer, block, {
    required: ['image_url', 'alt_text'],
    optional: ['block_id', 'title'],
  });
  checkString(problems, `${pointer}/image_url`, block.image_url, ELEMENT_LIMITS.url);
  checkString(problems, `${pointer}/alt_text`, block.alt_text, ELEMENT_LIMITS.imageAltText);
  checkText(problems, `${pointer}/title`, block.title, { max: ELEMENT_LIMITS.imageTitle, plainOnly: true });
}
