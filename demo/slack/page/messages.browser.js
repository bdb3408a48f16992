import { renderBlocks } from './blocks.browser.js';
import { clockTime, dayName } from './dates.browser.js';
import { make, putInOrder } from './dom.browser.js';
import { renderMrkdwn } from './text.browser.js';

const AT_BOTTOM_PX = 80;

/**
 * Shows the messages in the list. `hands`: {act(message, blockId, element, pressed, control),
 * ask(message, blockId, element, query), and for a conversation with threads replies(message) and
 * openThread(message)}. What did not change keeps its element, so that an open menu or the focus
 * survives a change elsewhere.
 */
export function showMessages(list, messages, view, hands) {
  const wasAtBottom = list.scrollHeight - list.scrollTop - list.clientHeight < AT_BOTTOM_PX;
  const old = new Map([...list.children].map((element) => [element.dataset.key, element]));
  let day = '';
  const wanted = messages.flatMap((message) => {
    const at = new Date(Number(message.ts) * 1000);
    const name = dayName(at, view.tz, view.now);
    const divider = name === day ? [] : [keep(old, `day ${name}`, () => dayDivider(name))];
    day = name;
    const replies = hands.replies?.(message) ?? 0;
    const key = `${view.person} ${replies} ${JSON.stringify(message)}`;
    return [...divider, keep(old, key, () => renderMessage(message, at, view, { ...hands, count: replies }))];
  });
  if (wanted.length === 0) wanted.push(keep(old, `empty ${view.person}`, emptyNote));
  putInOrder(list, wanted);
  if (wasAtBottom) list.scrollTop = list.scrollHeight;
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

function renderMessage(message, at, view, hands) {
  const author = view.author(message.user);
  const classes = message.ephemeral ? 'message ephemeral' : 'message';
  return make(
    'article',
    { class: classes, 'data-ts': message.ts, 'aria-label': `${author.name}, ${clockTime(at, view.tz)}` },
    message.ephemeral ? make('p', { class: 'only-you' }, '◉ Only visible to you') : undefined,
    avatar(author),
    make(
      'div',
      { class: 'message-body' },
      messageHead(author, at, view),
      renderBody(message, view, hands),
      renderFiles(message.files ?? []),
      threadButton(message, hands),
    ),
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

function renderBody(message, view, hands) {
  const edited = message.edited ? make('span', { class: 'edited' }, ' (edited)') : undefined;
  if (message.blocks.length === 0) {
    return make('div', { class: 'plain' }, renderMrkdwn(message.text, view), edited);
  }
  const blocks = renderBlocks(message, view, {
    act: (...pressed) => hands.act(message, ...pressed),
    ask: (...query) => hands.ask(message, ...query),
  });
  return make('div', { class: 'blocks' }, blocks, edited);
}

function renderFiles(files) {
  return files.map((file) => {
    // Only the path: the window may have been opened under another name of this machine.
    const href = new URL(file.url_private_download).pathname;
    const link = make('a', { href, download: file.name }, file.title);
    const isPicture = file.mimetype.startsWith('image/');
    return make(
      'div',
      { class: 'file' },
      '📄 ',
      link,
      make('small', {}, ` ${file.name}, ${sizeOf(file.size)}`),
      isPicture ? make('img', { src: href, alt: file.alt_txt ?? file.name }) : undefined,
    );
  });
}

function sizeOf(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`;
}

/** The words of an empty thread's button are drawn by the style sheet: they are no part of what is said. */
function threadButton(message, hands) {
  if (!hands.openThread || message.ephemeral) return undefined;
  const words = hands.count === 1 ? '1 reply' : `${hands.count} replies`;
  const button =
    hands.count > 0
      ? make('button', { type: 'button', class: 'replies' }, words)
      : make('button', { type: 'button', class: 'reply-in-thread', 'aria-label': 'Reply in thread' });
  button.addEventListener('click', () => hands.openThread(message));
  return button;
}

function avatar(author) {
  return make(
    'span',
    { class: `avatar ${author.look}`, 'aria-hidden': 'true' },
    author.look === 'bot' ? '⟳' : author.name.charAt(0),
  );
}
