import { formatDate } from './dates.browser.js';
import { make } from './dom.browser.js';
import { isWebAddress, parseMrkdwn } from './mrkdwn.browser.js';

/** A plain_text or mrkdwn text object as nodes. */
export function renderTextObject(object, view) {
  if (object.type === 'plain_text') return [object.text];
  return renderMrkdwn(object.text, view, { verbatim: object.verbatim === true });
}

/** mrkdwn as nodes; `view` gives people, channels, time zone and the present time. */
export function renderMrkdwn(text, view, options = {}) {
  return parseMrkdwn(text, options).map((node) => renderNode(node, view));
}

export function renderUser(id, view, fallback) {
  return make('span', { class: 'mention' }, `@${view.personName(id) ?? fallback ?? id}`);
}

export function renderChannel(id, view, fallback) {
  return make('span', { class: 'mention' }, `#${view.channelName(id) ?? fallback ?? id}`);
}

export function renderLink(url, children) {
  if (!isWebAddress(url)) return make('span', {}, children);
  return make('a', { href: url, target: '_blank', rel: 'noreferrer noopener' }, children);
}

export function renderDate(date, view) {
  const text = formatDate(date.unix, date.format, view.tz, view.now) || date.fallback || '';
  const at = new Date(date.unix * 1000);
  const iso = Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  const time = make('time', { datetime: iso, title: `${iso ?? ''}, shown in ${view.tz}` }, text);
  return date.url ? renderLink(date.url, [time]) : time;
}

const RENDERERS = {
  text: (node) => document.createTextNode(node.text),
  break: () => make('br'),
  code: (node) => make('code', {}, node.text),
  pre: (node) => make('pre', {}, node.text),
  bold: (node, view) => make('b', {}, renderAll(node.children, view)),
  italic: (node, view) => make('i', {}, renderAll(node.children, view)),
  strike: (node, view) => make('s', {}, renderAll(node.children, view)),
  quote: (node, view) => make('blockquote', {}, renderAll(node.children, view)),
  link: (node) => renderLink(node.url, [node.text]),
  user: (node, view) => renderUser(node.id, view, node.text),
  channel: (node, view) => renderChannel(node.id, view, node.text),
  broadcast: (node) => make('span', { class: 'mention loud' }, node.text),
  date: renderDate,
};

function renderNode(node, view) {
  return RENDERERS[node.type](node, view);
}

function renderAll(nodes, view) {
  return nodes.map((node) => renderNode(node, view));
}
