import { make } from './dom.browser.js';
import { isWebAddress } from './mrkdwn.browser.js';

/**
 * A button or overflow menu. `act(element, pressed, control)` is called with what was pressed, such as
 * {option: 'sync'}; `about` is the text beside the element, for those who do not see it.
 */
export function renderPressable(element, about, act) {
  return element.type === 'button' ? renderButton(element, act) : renderOverflow(element, about, act);
}

function renderButton(element, act) {
  const style = element.style ? `button ${element.style}` : 'button';
  const attributes = { class: style, type: 'button', 'data-action': element.action_id };
  const button = make(
    'button',
    { ...attributes, 'aria-label': element.accessibility_label },
    element.text.text,
  );
  button.addEventListener('click', () => {
    if (element.url) openAddress(element.url);
    act(element, {}, button);
  });
  return button;
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
    act(element, { option: option.value }, button);
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
