import { make } from './dom.browser.js';

/** A menu that asks the app for its options while one types: a combobox with a list below. */
export function renderExternal(element, about, described) {
  const isSeveral = element.type === 'multi_external_select';
  const placeholder = element.placeholder?.text ?? 'Type to search';
  const chosen = new Map(firstChoices(element, about).map((option) => [option.value, option.text.text]));
  const list = make('div', {
    class: 'menu suggestions',
    role: 'listbox',
    'aria-label': placeholder,
    hidden: true,
  });
  const naming = about.labelId
    ? { 'aria-labelledby': about.labelId }
    : { 'aria-label': about.name || placeholder };
  const control = make('input', {
    ...naming,
    ...described,
    class: 'text-field',
    type: 'text',
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-autocomplete': 'list',
    placeholder,
  });
  const chips = make('span', { class: 'chips' });
  const root = make('span', { class: 'external' }, chips, control, list);
  root.chosenOptions = () => [...chosen].map(([value, text]) => ({ value, text: { text } }));
  const read = () => (isSeveral ? [...chosen.keys()] : ([...chosen.keys()][0] ?? null));
  const show = () => {
    control.value = isSeveral ? '' : ([...chosen.values()][0] ?? '');
    if (isSeveral)
      chips.replaceChildren(...[...chosen].map(([value, text]) => chip(text, () => drop(value))));
  };
  const tell = () => {
    root.dataset.touched = 'yes';
    about.tell(isSeveral ? { options: read() } : { option: read() }, control);
  };
  const drop = (value) => {
    chosen.delete(value);
    show();
    tell();
  };
  const choose = (option) => {
    if (!isSeveral) chosen.clear();
    chosen.set(option.value, option.text.text);
    open(control, list, false);
    show();
    tell();
    control.focus();
  };
  const search = searcher(control, list, about, choose);
  control.addEventListener('input', () => {
    if (!isSeveral && chosen.size > 0) chosen.clear();
    void search(control.value);
  });
  // On coming here all options are shown, not those that fit what is chosen already.
  control.addEventListener('focus', (event) => {
    if (!root.contains(event.relatedTarget)) void search('');
  });
  control.addEventListener('keydown', (event) => moveInto(event, control, list));
  list.addEventListener('keydown', (event) => moveInto(event, control, list));
  root.addEventListener('focusout', (event) => {
    if (!root.contains(event.relatedTarget)) open(control, list, false);
  });
  show();
  return { root, control, read };
}

function firstChoices(element, about) {
  if (about.options !== undefined) return about.options;
  return [element.initial_option, element.initial_options].flat().filter(Boolean);
}

function chip(text, remove) {
  const button = make(
    'button',
    { type: 'button', class: 'chip', 'aria-label': `Remove ${text}` },
    `${text} ×`,
  );
  button.addEventListener('click', remove);
  return button;
}

/** Only the answer to the last question counts. */
function searcher(control, list, about, choose) {
  let asked = 0;
  return async (query) => {
    asked += 1;
    const mine = asked;
    const answer = await about.ask(query);
    if (mine !== asked || answer === undefined || document.activeElement !== control) return;
    list.replaceChildren(...entries(answer, choose));
    open(control, list, true);
  };
}

function entries(answer, choose) {
  if (answer.delivered === 'too-short') return [make('p', {}, 'Type more to search')];
  if (!answer.options) return [make('p', { role: 'alert' }, '⚠ No options could be loaded. Try again.')];
  if (answer.options.length === 0) return [make('p', {}, 'No results')];
  return answer.options.map((option) => {
    const item = make(
      'button',
      { type: 'button', class: 'menu-item', role: 'option', 'aria-selected': 'false', tabindex: '-1' },
      option.text.text,
    );
    item.addEventListener('click', () => choose(option));
    return item;
  });
}

function open(control, list, isOpen) {
  list.hidden = !isOpen;
  control.setAttribute('aria-expanded', String(isOpen));
}

function moveInto(event, control, list) {
  if (event.key === 'Escape' && !list.hidden) {
    event.preventDefault();
    event.stopPropagation();
    open(control, list, false);
    control.focus();
    return;
  }
  // Enter chooses; it does not submit.
  if (event.key === 'Enter' && event.target === control) event.preventDefault();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || list.hidden) return;
  event.preventDefault();
  const items = [...list.querySelectorAll('[role="option"]')];
  const now = items.indexOf(document.activeElement);
  items[(now + step + items.length) % items.length]?.focus();
}
