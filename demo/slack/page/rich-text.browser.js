import { make } from './dom.browser.js';
import { renderChannel, renderDate, renderLink, renderUser } from './text.browser.js';

/** A rich_text block: sections, lists, preformatted text, quotes. Neighbouring lists nest by their indent. */
export function renderRichText(block, view) {
  return make(
    'div',
    { class: 'rich-text' },
    block.elements.map((part) => PARTS[part.type](part, view)),
  );
}

const PARTS = {
  rich_text_section: (part, view) => make('div', {}, renderInlines(part.elements, view)),
  rich_text_preformatted: (part, view) => make('pre', {}, renderInlines(part.elements, view)),
  rich_text_quote: (part, view) => make('blockquote', {}, renderInlines(part.elements, view)),
  rich_text_list: renderList,
};

function renderList(part, view) {
  const items = part.elements.map((item) => make('li', {}, renderInlines(item.elements, view)));
  const tag = part.style === 'ordered' ? 'ol' : 'ul';
  const start = tag === 'ol' && part.offset ? part.offset + 1 : undefined;
  const list = make(tag, { start }, items);
  list.style.marginLeft = `${(part.indent ?? 0) * 24}px`;
  return list;
}

const INLINES = {
  text: (element) => element.text,
  link: (element) => renderLink(element.url, [element.text ?? element.url]),
  user: (element, view) => renderUser(element.user_id, view),
  channel: (element, view) => renderChannel(element.channel_id, view),
  emoji: (element) => (element.unicode ? fromCodePoints(element.unicode) : `:${element.name}:`),
  date: (element, view) =>
    renderDate(
      { unix: element.timestamp, format: element.format, url: element.url, fallback: element.fallback },
      view,
    ),
  broadcast: (element) => make('span', { class: 'mention loud' }, `@${element.range}`),
};

function renderInlines(elements, view) {
  return elements.map((element) => styled(INLINES[element.type](element, view), element.style ?? {}));
}

const STYLES = { bold: 'b', italic: 'i', strike: 's', code: 'code' };

function styled(content, style) {
  return Object.entries(STYLES)
    .filter(([name]) => style[name])
    .reduce((inner, [, tag]) => make(tag, {}, inner), content);
}

function fromCodePoints(unicode) {
  return String.fromCodePoint(...unicode.split('-').map((code) => Number.parseInt(code, 16)));
}
