import { isInteractiveType } from './block-elements.ts';
import { isObject } from './json-object.ts';
import { optionsOf } from './option-check.ts';

export type Element = Record<string, unknown>;
export type Found = {
  readonly element: Element;
  readonly blockId: string;
  readonly block: Readonly<Record<string, unknown>>;
};

/** Interactive elements of blocks, with the block they stand in. */
export function elementsOf(blocks: readonly Readonly<Record<string, unknown>>[]): Found[] {
  return blocks.flatMap((block) =>
    candidates(block)
      .filter(isObject)
      .filter((element) => isInteractiveType(element.type))
      .map((element) => ({ element, block, blockId: String(block.block_id) })),
  );
}

function candidates(block: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (block.type === 'input') return [block.element];
  return block.type === 'actions' && Array.isArray(block.elements) ? block.elements : [block.accessory];
}

/** How an element's value stands in `state.values`, by its type; buttons and overflow menus have none. */
type ValueForm = {
  readonly field: string;
  readonly shape: 'text' | 'option' | 'options' | 'id' | 'ids';
  readonly initial: string;
};

const TEXT = { field: 'value', shape: 'text', initial: 'initial_value' } as const;
const OPTION = { field: 'selected_option', shape: 'option', initial: 'initial_option' } as const;
const OPTIONS = { field: 'selected_options', shape: 'options', initial: 'initial_options' } as const;

const FORMS: Readonly<Record<string, ValueForm>> = {
  plain_text_input: TEXT,
  number_input: TEXT,
  static_select: OPTION,
  external_select: OPTION,
  radio_buttons: OPTION,
  multi_static_select: OPTIONS,
  multi_external_select: OPTIONS,
  checkboxes: OPTIONS,
  users_select: { field: 'selected_user', shape: 'id', initial: 'initial_user' },
  conversations_select: { field: 'selected_conversation', shape: 'id', initial: 'initial_conversation' },
  channels_select: { field: 'selected_channel', shape: 'id', initial: 'initial_channel' },
  multi_users_select: { field: 'selected_users', shape: 'ids', initial: 'initial_users' },
  multi_conversations_select: {
    field: 'selected_conversations',
    shape: 'ids',
    initial: 'initial_conversations',
  },
  multi_channels_select: { field: 'selected_channels', shape: 'ids', initial: 'initial_channels' },
};

export function formOf(element: Element): ValueForm | undefined {
  return FORMS[String(element.type)];
}

/** A value as it stands in `state.values`, such as `{type: 'plain_text_input', value: 'x'}`. */
export type StateValue = Readonly<Record<string, unknown>>;
/** By block id, then by action id. */
export type StateValues = Readonly<Record<string, Readonly<Record<string, StateValue>>>>;

/** Slack's `state.values`: what was entered, else what the element shows at first. */
export function stateValues(
  blocks: readonly Readonly<Record<string, unknown>>[],
  entered: StateValues,
): StateValues {
  const values: Record<string, Record<string, StateValue>> = {};
  for (const { element, blockId } of elementsOf(blocks)) {
    const form = formOf(element);
    if (!form) continue;
    const actionId = String(element.action_id);
    values[blockId] ??= {};
    values[blockId][actionId] = entered[blockId]?.[actionId] ?? initialValue(element, form);
  }
  return values;
}

function initialValue(element: Element, form: ValueForm): StateValue {
  const isList = form.shape === 'options' || form.shape === 'ids';
  return { type: element.type, [form.field]: element[form.initial] ?? (isList ? [] : null) };
}

export function withValue(
  values: StateValues,
  blockId: string,
  actionId: string,
  value: StateValue,
): StateValues {
  return { ...values, [blockId]: { ...values[blockId], [actionId]: value } };
}

/** What a person enters: a text, an option's value or an id; several of them; null takes it away. */
export type Entry = string | readonly string[] | null;

/**
 * An entry in the form of `state.values`, or words for why it is not possible.
 * @param offered options that the app suggested for an external menu.
 */
export function readEntry(element: Element, entry: Entry, offered: readonly Element[]): StateValue | string {
  const form = formOf(element);
  if (!form) return `a ${String(element.type)} has no value`;
  const isList = form.shape === 'options' || form.shape === 'ids';
  if (isList !== Array.isArray(entry)) {
    if (entry !== null || isList)
      return `${String(element.action_id)} takes ${isList ? 'a list' : 'one value'}`;
  }
  const value = form.shape === 'option' || form.shape === 'options' ? choose(element, entry, offered) : entry;
  if (typeof value === 'string' && form.shape === 'option') return value;
  if (typeof value === 'string' && form.shape === 'options') return value;
  return { type: element.type, [form.field]: value === '' ? null : value };
}

function choose(element: Element, entry: Entry, offered: readonly Element[]): unknown {
  if (entry === null) return null;
  const known = [...optionsOf(element), ...offered, ...initialOptions(element)];
  const find = (value: string) => known.find((option) => option.value === value);
  const missing = [entry].flat().find((value) => !find(value));
  if (missing !== undefined) return `${String(element.action_id)} has no option with the value ${missing}`;
  return typeof entry === 'string' ? shown(find(entry)) : entry.map((value) => shown(find(value)));
}

function initialOptions(element: Element): Element[] {
  return [element.initial_option, element.initial_options].flat().filter(isObject);
}

/** Slack repeats an option's text, value and description. */
function shown(option: Element | undefined): Element {
  return pick(option ?? {}, ['text', 'value', 'description']);
}

export function pick(source: Element, names: readonly string[]): Element {
  return Object.fromEntries(
    names.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]),
  );
}
