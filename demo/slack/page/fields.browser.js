import { make } from './dom.browser.js';
import { renderExternal } from './external.browser.js';

/**
 * What a person fills in: text, numbers, menus, boxes. Every field's root element carries `fieldBlock`, `fieldAction`
 * and `readField()`, which gives what it holds: a text or value, a list of values, or null.
 *
 * `about`: {blockId, labelId (of the visible label) or name (for those who do not see), value (what it shows at first;
 * undefined: the element's own), options (those of an external menu's value), isOptional, noteIds, isWrong, view,
 * tell(pressed, control) for what the app may hear of, ask(query) for the options of an external menu}.
 */
export function renderField(element, about) {
  const render = FIELDS[element.type];
  if (!render) return undefined;
  const { root, control, read } = render(element, about);
  root.fieldBlock = about.blockId;
  root.fieldAction = element.action_id;
  root.readField = read;
  root.dataset.action = element.action_id;
  root.dataset.field = element.type;
  const touch = () => {
    root.dataset.touched = 'yes';
  };
  root.addEventListener('input', touch);
  root.addEventListener('change', touch);
  if (element.focus_on_load) control.autofocus = true;
  return root;
}

export function isField(element) {
  return Object.hasOwn(FIELDS, element.type);
}

/** All fields below an element with what they hold. */
export function readFields(place) {
  return [...place.querySelectorAll('[data-field]')].map((root) => ({
    blockId: root.fieldBlock,
    actionId: root.fieldAction,
    value: root.readField(),
  }));
}

function naming(about, element) {
  const name = about.name ?? element.placeholder?.text;
  return about.labelId ? { 'aria-labelledby': about.labelId } : { 'aria-label': name };
}

function describing(about) {
  return {
    'aria-describedby': about.noteIds || undefined,
    'aria-invalid': about.isWrong ? 'true' : undefined,
  };
}

function whole(control, read) {
  return { root: control, control, read };
}

function renderText(element, about) {
  const tag = element.multiline ? 'textarea' : 'input';
  const control = make(tag, {
    ...naming(about, element),
    ...describing(about),
    class: 'text-field',
    type: element.multiline ? undefined : 'text',
    rows: element.multiline ? 4 : undefined,
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
  });
  control.value = about.value ?? element.initial_value ?? '';
  listen(control, element, about);
  return whole(control, () => (control.value === '' ? null : control.value));
}

function renderNumber(element, about) {
  const control = make('input', {
    ...naming(about, element),
    ...describing(about),
    class: 'text-field',
    type: 'number',
    step: element.is_decimal_allowed ? 'any' : '1',
    placeholder: element.placeholder?.text,
  });
  control.value = about.value ?? element.initial_value ?? '';
  listen(control, element, about);
  return whole(control, () => (control.value === '' ? null : control.value));
}

/** Enter tells the app where the input says so; it never submits the form by itself. */
function listen(control, element, about) {
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  control.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || element.multiline) return;
    event.preventDefault();
    if (triggers.includes('on_enter_pressed')) about.tell({ text: control.value }, control);
  });
  if (triggers.includes('on_character_entered')) {
    control.addEventListener('input', () => about.tell({ text: control.value }, control));
  }
}

function optionElement(option) {
  return make('option', { value: option.value }, option.text.text);
}

/** A menu of fixed options; the placeholder stands first while nothing is chosen, and takes a choice away. */
function renderSelect(element, about) {
  const groups = element.option_groups?.map((group) =>
    make('optgroup', { label: group.label.text }, group.options.map(optionElement)),
  );
  return menu(element, about, groups ?? element.options.map(optionElement), element.initial_option?.value);
}

function menu(element, about, options, initial) {
  const placeholder = element.placeholder?.text ?? 'Choose an option';
  const value = about.value === undefined ? initial : about.value;
  const attributes = { class: 'select', ...describing(about), ...menuNaming(about, placeholder) };
  const first = make('option', { value: '', disabled: !about.isOptional && !value }, placeholder);
  const control = make('select', attributes, initial && !about.isOptional ? options : [first, ...options]);
  control.value = value ?? '';
  control.addEventListener('change', () => about.tell({ option: control.value || null }, control));
  return whole(control, () => control.value || null);
}

function menuNaming(about, placeholder) {
  if (about.labelId) return { 'aria-labelledby': about.labelId };
  return { 'aria-label': about.name ? `${placeholder}: ${about.name}` : placeholder };
}

function renderMultiSelect(element, about) {
  const options = (element.options ?? element.option_groups.flatMap((group) => group.options)).map(
    optionElement,
  );
  return severalOf(
    element,
    about,
    options,
    element.initial_options?.map((option) => option.value),
  );
}

function severalOf(element, about, options, initial) {
  const placeholder = element.placeholder?.text ?? 'Choose options';
  const attributes = { class: 'select several', multiple: true, size: Math.min(options.length, 6) };
  const control = make(
    'select',
    { ...attributes, ...describing(about), ...menuNaming(about, placeholder) },
    options,
  );
  const chosen = new Set(about.value ?? initial ?? []);
  for (const option of control.options) option.selected = chosen.has(option.value);
  const read = () => [...control.selectedOptions].map((option) => option.value);
  control.addEventListener('change', () => about.tell({ options: read() }, control));
  return whole(control, read);
}

function renderBoxes(element, about) {
  const isRadio = element.type === 'radio_buttons';
  const initial = isRadio ? [element.initial_option] : (element.initial_options ?? []);
  const first = initial.filter(Boolean).map((option) => option.value);
  const chosen = new Set(about.value === undefined ? first : [about.value].flat());
  const group = `${about.blockId}-${element.action_id}`;
  const controls = [];
  const lines = element.options.map((option) => {
    const type = isRadio ? 'radio' : 'checkbox';
    const control = make('input', { type, name: group, value: option.value });
    control.checked = chosen.has(option.value);
    controls.push(control);
    const more = option.description ? make('small', {}, option.description.text) : undefined;
    return make('label', { class: 'box' }, control, make('span', {}, option.text.text, more));
  });
  const role = isRadio ? 'radiogroup' : 'group';
  const root = make('div', { class: 'boxes', role, ...naming(about, element), ...describing(about) }, lines);
  const values = () => controls.filter((control) => control.checked).map((control) => control.value);
  const read = () => (isRadio ? (values()[0] ?? null) : values());
  root.addEventListener('change', (event) =>
    about.tell(isRadio ? { option: read() } : { options: read() }, event.target),
  );
  return { root, control: controls[0], read };
}

/** Menus whose entries Slack itself makes, from what this person can see. */
function listMenu(entries, initialName) {
  return (element, about) => {
    const options = entries(about.view, element).map(({ id, name }) => make('option', { value: id }, name));
    const initial = element[initialName];
    return element.type.startsWith('multi_')
      ? severalOf(element, about, options, initial)
      : menu(element, about, options, initial);
  };
}

const people = (view) => view.people;
const conversations = (view, { filter }) =>
  view.conversations.filter((one) => !filter?.include || filter.include.includes(one.kind));
const channels = (view) => view.conversations.filter((one) => one.isPublic);

const FIELDS = {
  plain_text_input: renderText,
  number_input: renderNumber,
  static_select: renderSelect,
  multi_static_select: renderMultiSelect,
  checkboxes: renderBoxes,
  radio_buttons: renderBoxes,
  users_select: listMenu(people, 'initial_user'),
  multi_users_select: listMenu(people, 'initial_users'),
  conversations_select: listMenu(conversations, 'initial_conversation'),
  multi_conversations_select: listMenu(conversations, 'initial_conversations'),
  channels_select: listMenu(channels, 'initial_channel'),
  multi_channels_select: listMenu(channels, 'initial_channels'),
  external_select: (element, about) => renderExternal(element, about, describing(about)),
  multi_external_select: (element, about) => renderExternal(element, about, describing(about)),
};
