import { renderBlocks } from './blocks.browser.js';
import { clockTime, dayName } from './dates.browser.js';
import { make } from './dom.browser.js';
import { renderMrkdwn } from './text.browser.js';

const AT_BOTTOM_PX = 80;

/**
 * Shows the messages in the list. What did not change keeps its element, so that an open menu or the focus
 * survives a change elsewhere.
 */
export function showMessages(list, messages, view, act) {
  const wasAtBottom = list.scrollHeight - list.scrollTop - list.clientHeight < AT_BOTTOM_PX;
  const old = new Map([...list.children].map((element) => [element.dataset.key, element]));
  let day = '';
  const wanted = messages.flatMap((message) => {
    const at = new Date(Number(message.ts) * 1000);
    const name = dayName(at, view.tz, view.now);
    const divider = name === day ? [] : [keep(old, `day ${name}`, () => dayDivider(name))];
    day = name;
    const key = `${view.person} ${JSON.stringify(message)}`;
    return [...divider, keep(old, key, () => renderMessage(message, at, view, act))];
  });
  if (wanted.length === 0) wanted.push(keep(old, `empty ${view.person}`, emptyNote));
  putInOrder(list, wanted);
  if (wasAtBottom) list.scrollTop = list.scrollHeight;
}

/** Touches only what is new or gone: an element that is taken out and put back loses the focus. */
function putInOrder(list, wanted) {
  const staying = new Set(wanted);
  for (const element of [...list.children]) {
    if (!staying.has(element)) element.remove();
  }
  for (const [index, element] of wanted.entries()) {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  }
}

function keep(old, key, build) {
  const kept = old.get(key);
  if (kept) return kept;
  const element = build();
  element.dataset.key = key;
  return element;
}

function dayDivider(name) {
  return make('div', { class: 'day' }, make('span', {}, name));
}

function emptyNote() {
  return make(
    'p',
    { class: 'empty' },
    'Nothing here yet. Type ',
    make('code', {}, '/cwsync help'),
    ' below to begin.',
  );
}

function renderMessage(message, at, view, act) {
  const author = view.author(message.user);
  const classes = message.ephemeral ? 'message ephemeral' : 'message';
  return make(
    'article',
    { class: classes, 'data-ts': message.ts, 'aria-label': `${author.name}, ${clockTime(at, view.tz)}` },
    message.ephemeral ? make('p', { class: 'only-you' }, '◉ Only visible to you') : undefined,
    avatar(author),
    make('div', { class: 'message-body' }, messageHead(author, at, view), renderBody(message, view, act)),
  );
}

function messageHead(author, at, view) {
  return make(
    'div',
    { class: 'message-head' },
    make('b', { class: 'author' }, author.name),
    author.isApp ? make('span', { class: 'app-badge' }, 'APP') : undefined,
    make('time', { datetime: at.toISOString() }, clockTime(at, view.tz)),
  );
}

function renderBody(message, view, act) {
  const edited = message.edited ? make('span', { class: 'edited' }, ' (edited)') : undefined;
  if (message.blocks.length === 0) {
    return make('div', { class: 'plain' }, renderMrkdwn(message.text, view), edited);
  }
  const blocks = renderBlocks(message, view, (blockId, element, option, control) =>
    act(message, blockId, element, option, control),
  );
  return make('div', { class: 'blocks' }, blocks, edited);
}

function avatar(author) {
  return make(
    'span',
    { class: `avatar ${author.look}`, 'aria-hidden': 'true' },
    author.look === 'bot' ? '⟳' : author.name.charAt(0),
  );
}
