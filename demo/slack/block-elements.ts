import {
  checkList,
  checkOneOf,
  checkShape,
  checkString,
  checkText,
  type Problems,
} from './block-problems.ts';
import { ELEMENT_LIMITS } from './element-limits.ts';
import { checkNumberInput, checkTextInput } from './input-elements.ts';
import { checkInitial, checkOption, checkOptionGroups, checkOptions, SELECT_RULE } from './option-check.ts';

type ElementCheck = (problems: Problems, pointer: string, element: Record<string, unknown>) => void;
/** Where an element may stand: beside a section, among actions, or in an input block. */
export type Place = 'section' | 'actions' | 'input';
type Kind = { readonly check: ElementCheck; readonly places: readonly Place[] };

const EVERYWHERE: readonly Place[] = ['section', 'actions', 'input'];
const PRESSED: readonly Place[] = ['section', 'actions'];
const SEVERAL: readonly Place[] = ['section', 'input'];

/**
 * The interactive elements that the local Slack shows, and where Slack takes them. Slack knows more of them (date
 * pickers, file inputs …): those are refused here rather than shown as nothing.
 */
const INTERACTIVE: Readonly<Record<string, Kind>> = {
  button: { check: checkButton, places: PRESSED },
  overflow: { check: checkOverflow, places: PRESSED },
  static_select: { check: checkStaticSelect, places: EVERYWHERE },
  external_select: { check: checkExternalSelect, places: EVERYWHERE },
  users_select: { check: listCheck('initial_user'), places: EVERYWHERE },
  conversations_select: { check: listCheck('initial_conversation', ['filter']), places: EVERYWHERE },
  channels_select: { check: listCheck('initial_channel'), places: EVERYWHERE },
  multi_static_select: { check: checkStaticSelect, places: SEVERAL },
  multi_external_select: { check: checkExternalSelect, places: SEVERAL },
  multi_users_select: { check: listCheck('initial_users'), places: SEVERAL },
  multi_conversations_select: { check: listCheck('initial_conversations', ['filter']), places: SEVERAL },
  multi_channels_select: { check: listCheck('initial_channels'), places: SEVERAL },
  checkboxes: { check: boxesCheck('initial_options'), places: EVERYWHERE },
  radio_buttons: { check: boxesCheck('initial_option'), places: EVERYWHERE },
  plain_text_input: { check: checkTextInput, places: ['input'] },
  number_input: { check: checkNumberInput, places: ['input'] },
};

/** Checks an interactive element, that it may stand here, and that its action_id is new in this block. */
export function checkInteractive(
  problems: Problems,
  pointer: string,
  element: Record<string, unknown>,
  context: { readonly place: Place; readonly seenActionIds: Set<string> },
): void {
  const kind = isInteractiveType(element.type) ? INTERACTIVE[String(element.type)] : undefined;
  if (!kind?.places.includes(context.place)) {
    problems.add(`${pointer}/type`, `unsupported type: ${String(element.type)}`);
    return;
  }
  kind.check(problems, pointer, element);
  checkString(problems, `${pointer}/action_id`, element.action_id, ELEMENT_LIMITS.id);
  checkText(problems, `${pointer}/placeholder`, element.placeholder, {
    max: ELEMENT_LIMITS.placeholder,
    plainOnly: true,
  });
  checkConfirm(problems, `${pointer}/confirm`, element.confirm);
  if (typeof element.action_id !== 'string') return;
  if (context.seenActionIds.has(element.action_id)) {
    problems.add(`${pointer}/action_id`, `\`action_id\` "${element.action_id}" already exists`);
  }
  context.seenActionIds.add(element.action_id);
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

/** What every menu may have. */
const MENU_FIELDS = ['action_id', 'placeholder', 'confirm', 'focus_on_load'];

function isSeveral(element: Record<string, unknown>): boolean {
  return String(element.type).startsWith('multi_');
}

function menuFields(element: Record<string, unknown>, extra: readonly string[]): { optional: string[] } {
  return { optional: [...MENU_FIELDS, ...extra, ...(isSeveral(element) ? ['max_selected_items'] : [])] };
}

function checkStaticSelect(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  const initial = isSeveral(element) ? 'initial_options' : 'initial_option';
  checkShape(problems, pointer, element, menuFields(element, ['options', 'option_groups', initial]));
  if ((element.options === undefined) === (element.option_groups === undefined)) {
    problems.add(pointer, 'must define either `options` or `option_groups`');
    return;
  }
  if (element.options !== undefined)
    checkOptions(problems, `${pointer}/options`, element.options, SELECT_RULE);
  else checkOptionGroups(problems, `${pointer}/option_groups`, element.option_groups, SELECT_RULE);
  checkInitial(problems, pointer, element);
}

function checkExternalSelect(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  const initial = isSeveral(element) ? 'initial_options' : 'initial_option';
  checkShape(problems, pointer, element, menuFields(element, ['min_query_length', initial]));
  const single = element.initial_option;
  if (single !== undefined) checkOption(problems, `${pointer}/initial_option`, single, SELECT_RULE);
  checkOptions(problems, `${pointer}/initial_options`, element.initial_options, SELECT_RULE);
}

/** A menu whose entries Slack itself makes: people, conversations, channels. */
function listCheck(initial: string, extra: readonly string[] = []): ElementCheck {
  return (problems, pointer, element) => {
    checkShape(problems, pointer, element, menuFields(element, [initial, ...extra]));
    const value = element[initial];
    if (value !== undefined && isSeveral(element)) {
      checkList(problems, `${pointer}/${initial}`, value, ELEMENT_LIMITS.selectOptions);
    } else {
      checkString(problems, `${pointer}/${initial}`, value, ELEMENT_LIMITS.id);
    }
  };
}

function boxesCheck(initial: 'initial_option' | 'initial_options'): ElementCheck {
  return (problems, pointer, element) => {
    checkShape(problems, pointer, element, {
      required: ['options'],
      optional: ['action_id', 'confirm', 'focus_on_load', initial],
    });
    const rule = { max: ELEMENT_LIMITS.boxes, value: ELEMENT_LIMITS.selectValue, url: false, mrkdwn: true };
    checkOptions(problems, `${pointer}/options`, element.options, rule);
    checkInitial(problems, pointer, element);
  };
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
