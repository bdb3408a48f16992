import { make } from './dom.browser.js';
import { isWebAddress } from './mrkdwn.browser.js';

/**
 * A button, overflow menu or select. `act(element, option, control)` is called with what was pressed; `about` is
 * the text beside the element, for those who do not see it.
 */
export function renderInteractive(element, about, act) {
  const render = { button: renderButton, overflow: renderOverflow, static_select: renderSelect }[
    element.type
  ];
  return render ? render(element, about, act) : undefined;
}

function renderButton(element, _about, act) {
  const style = element.style ? `button ${element.style}` : 'button';
  const attributes = { class: style, type: 'button', 'data-action': element.action_id };
  const button = make(
    'button',
    { ...attributes, 'aria-label': element.accessibility_label },
    element.text.text,
  );
  button.addEventListener('click', () => {
    if (element.url) openAddress(element.url);
    act(element, undefined, button);
  });
  return button;
}

function renderSelect(element, about, act) {
  const placeholder = element.placeholder?.text ?? 'Choose an option';
  const label = about ? `${placeholder}: ${about}` : placeholder;
  const groups = element.option_groups?.map((group) =>
    make('optgroup', { label: group.label.text }, group.options.map(optionElement)),
  );
  const options = groups ?? element.options.map(optionElement);
  const first = make('option', { value: '', disabled: true, selected: !element.initial_option }, placeholder);
  const attributes = { class: 'select', 'aria-label': label, 'data-action': element.action_id };
  const select = make('select', attributes, element.initial_option ? options : [first, ...options]);
  if (element.initial_option) select.value = element.initial_option.value;
  select.addEventListener('change', () => act(element, select.value, select));
  return select;
}

function optionElement(option) {
  return make('option', { value: option.value }, option.text.text);
}

function renderOverflow(element, about, act) {
  const label = about ? `More actions: ${about}` : 'More actions';
  const button = make(
    'button',
    {
      class: 'button overflow',
      type: 'button',
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-label': label,
      'data-action': element.action_id,
    },
    make('span', { 'aria-hidden': 'true' }, '•••'),
  );
  const menu = make('div', { class: 'menu', role: 'menu', 'aria-label': label, hidden: true });
  menu.append(...element.options.map((option) => menuItem(option, element, act, button, menu)));
  const place = make('span', { class: 'overflow-place' }, button, menu);
  button.addEventListener('click', () => setOpen(place, menu.hidden));
  place.addEventListener('keydown', (event) => moveInMenu(event, place));
  place.addEventListener('focusout', (event) => {
    if (!place.contains(event.relatedTarget)) setOpen(place, false);
  });
  return place;
}

function menuItem(option, element, act, button, menu) {
  const description = option.description ? make('small', {}, option.description.text) : undefined;
  const item = make(
    'button',
    { type: 'button', class: 'menu-item', role: 'menuitem', tabindex: '-1' },
    option.text.text,
    description,
  );
  item.addEventListener('click', () => {
    menu.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    button.focus();
    if (option.url) openAddress(option.url);
    act(element, option.value, button);
  });
  return item;
}

function setOpen(place, isOpen) {
  const [button, menu] = place.children;
  if (menu.hidden === !isOpen) return;
  menu.hidden = !isOpen;
  button.setAttribute('aria-expanded', String(isOpen));
  if (!isOpen) return;
  const room = window.innerHeight - button.getBoundingClientRect().bottom;
  menu.classList.toggle('upwards', room < menu.offsetHeight + 100);
  menu.firstElementChild?.focus();
}

function moveInMenu(event, place) {
  const [button, menu] = place.children;
  if (menu.hidden) return;
  if (event.key === 'Escape') {
    setOpen(place, false);
    button.focus();
    return;
  }
  const items = [...menu.children];
  const now = items.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}

function openAddress(url) {
  if (isWebAddress(url)) window.open(url, '_blank', 'noreferrer');
}
