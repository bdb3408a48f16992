import {
  checkList,
  checkOneOf,
  checkShape,
  checkString,
  checkText,
  type Problems,
} from './block-problems.ts';
import { isObject } from './json-object.ts';

/** Slack's limits of interactive elements in messages, in characters or items. */
export const ELEMENT_LIMITS = {
  id: 255,
  buttonText: 75,
  buttonValue: 2000,
  url: 3000,
  overflowOptions: 5,
  overflowValue: 150,
  selectOptions: 100,
  selectGroups: 100,
  selectValue: 75,
  optionText: 75,
  placeholder: 150,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  imageAltText: 2000,
  imageTitle: 2000,
} as const;

type ElementCheck = (problems: Problems, pointer: string, element: Record<string, unknown>) => void;

/**
 * The interactive elements that the local Slack shows. Slack knows more of them (date pickers, external
 * selects …): those are refused here rather than shown as nothing.
 */
const INTERACTIVE: Readonly<Record<string, ElementCheck>> = {
  button: checkButton,
  overflow: checkOverflow,
  static_select: checkStaticSelect,
};

/** Checks a button, overflow menu or select, and that its action_id is new in this block. */
export function checkInteractive(
  problems: Problems,
  pointer: string,
  element: Record<string, unknown>,
  seenActionIds: Set<string>,
): void {
  const check = INTERACTIVE[String(element.type)];
  if (!check) {
    problems.add(`${pointer}/type`, `unsupported type: ${String(element.type)}`);
    return;
  }
  check(problems, pointer, element);
  checkString(problems, `${pointer}/action_id`, element.action_id, ELEMENT_LIMITS.id);
  checkConfirm(problems, `${pointer}/confirm`, element.confirm);
  if (typeof element.action_id !== 'string') return;
  if (seenActionIds.has(element.action_id)) {
    problems.add(`${pointer}/action_id`, `\`action_id\` "${element.action_id}" already exists`);
  }
  seenActionIds.add(element.action_id);
}

export function isInteractiveType(type: unknown): boolean {
  return typeof type === 'string' && Object.hasOwn(INTERACTIVE, type);
}

/** Checks an image, as a block's accessory or in a context. */
export function checkImageElement(problems: Problems, pointer: string, value: unknown): void {
  const image = checkShape(problems, pointer, value, { required: ['image_url', 'alt_text'] });
  if (!image) return;
  checkString(problems, `${pointer}/image_url`, image.image_url, ELEMENT_LIMITS.url);
  checkString(problems, `${pointer}/alt_text`, image.alt_text, ELEMENT_LIMITS.imageAltText);
}

function checkButton(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  checkShape(problems, pointer, element, {
    required: ['text'],
    optional: ['action_id', 'url', 'value', 'style', 'confirm', 'accessibility_label'],
  });
  checkText(problems, `${pointer}/text`, element.text, { max: ELEMENT_LIMITS.buttonText, plainOnly: true });
  checkString(problems, `${pointer}/value`, element.value, ELEMENT_LIMITS.buttonValue);
  checkString(problems, `${pointer}/url`, element.url, ELEMENT_LIMITS.url);
  checkString(
    problems,
    `${pointer}/accessibility_label`,
    element.accessibility_label,
    ELEMENT_LIMITS.buttonText,
  );
  checkOneOf(problems, `${pointer}/style`, element.style, ['primary', 'danger']);
}

function checkOverflow(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  checkShape(problems, pointer, element, { required: ['options'], optional: ['action_id', 'confirm'] });
  const rule = { max: ELEMENT_LIMITS.overflowOptions, value: ELEMENT_LIMITS.overflowValue, url: true };
  checkOptions(problems, `${pointer}/options`, element.options, rule);
}

function checkStaticSelect(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  checkShape(problems, pointer, element, {
    optional: [
      'action_id',
      'placeholder',
      'options',
      'option_groups',
      'initial_option',
      'confirm',
      'focus_on_load',
    ],
  });
  checkText(problems, `${pointer}/placeholder`, element.placeholder, {
    max: ELEMENT_LIMITS.placeholder,
    plainOnly: true,
  });
  const rule = { max: ELEMENT_LIMITS.selectOptions, value: ELEMENT_LIMITS.selectValue, url: false };
  if ((element.options === undefined) === (element.option_groups === undefined)) {
    problems.add(pointer, 'must define either `options` or `option_groups`');
    return;
  }
  if (element.options !== undefined) checkOptions(problems, `${pointer}/options`, element.options, rule);
  else checkOptionGroups(problems, `${pointer}/option_groups`, element.option_groups, rule);
  checkInitialOption(problems, pointer, element);
}

type OptionRule = { readonly max: number; readonly value: number; readonly url: boolean };

function checkOptionGroups(problems: Problems, pointer: string, value: unknown, rule: OptionRule): void {
  const groups = checkList(problems, pointer, value, ELEMENT_LIMITS.selectGroups) ?? [];
  for (const [index, item] of groups.entries()) {
    const group = checkShape(problems, `${pointer}/${index}`, item, { required: ['label', 'options'] });
    if (!group) continue;
    const label = { max: ELEMENT_LIMITS.optionText, plainOnly: true };
    checkText(problems, `${pointer}/${index}/label`, group.label, label);
    checkOptions(problems, `${pointer}/${index}/options`, group.options, rule);
  }
}

function checkOptions(problems: Problems, pointer: string, value: unknown, rule: OptionRule): void {
  if (value === undefined) return;
  const options = checkList(problems, pointer, value, rule.max) ?? [];
  for (const [index, item] of options.entries()) checkOption(problems, `${pointer}/${index}`, item, rule);
}

function checkOption(problems: Problems, pointer: string, value: unknown, rule: OptionRule): void {
  const option = checkShape(problems, pointer, value, {
    required: ['text', 'value'],
    optional: ['description', ...(rule.url ? ['url'] : [])],
  });
  if (!option) return;
  const text = { max: ELEMENT_LIMITS.optionText, plainOnly: true };
  checkText(problems, `${pointer}/text`, option.text, text);
  checkText(problems, `${pointer}/description`, option.description, text);
  checkString(problems, `${pointer}/value`, option.value, rule.value);
  checkString(problems, `${pointer}/url`, option.url, ELEMENT_LIMITS.url);
}

function checkInitialOption(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  const initial = element.initial_option;
  if (initial === undefined) return;
  const value = isObject(initial) ? initial.value : undefined;
  if (!optionsOf(element).some((option) => option.value === value)) {
    problems.add(`${pointer}/initial_option`, 'initial_option must be one of the options');
  }
}

/** All options of an overflow menu or select, those of its groups included. */
export function optionsOf(element: Record<string, unknown>): Record<string, unknown>[] {
  const groups = Array.isArray(element.option_groups) ? element.option_groups.filter(isObject) : [];
  const lists = [element.options, ...groups.map((group) => group.options)];
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
}

function checkConfirm(problems: Problems, pointer: string, value: unknown): void {
  if (value === undefined) return;
  const confirm = checkShape(problems, pointer, value, {
    required: ['title', 'text', 'confirm', 'deny'],
    optional: ['style'],
  });
  if (!confirm) return;
  const button = { max: ELEMENT_LIMITS.confirmButton, plainOnly: true };
  checkText(problems, `${pointer}/title`, confirm.title, {
    max: ELEMENT_LIMITS.confirmTitle,
    plainOnly: true,
  });
  checkText(problems, `${pointer}/text`, confirm.text, { max: ELEMENT_LIMITS.confirmText });
  checkText(problems, `${pointer}/confirm`, confirm.confirm, button);
  checkText(problems, `${pointer}/deny`, confirm.deny, button);
  checkOneOf(problems, `${pointer}/style`, confirm.style, ['primary', 'danger']);
}
