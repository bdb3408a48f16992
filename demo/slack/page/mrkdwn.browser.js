/**
 * Slack's mrkdwn as a tree. The text comes escaped (&amp; &lt; &gt;), with <…> for links, mentions and dates;
 * formatting marks count only at the edges of words: 2*3*4 stays as it is.
 *
 * Nodes: {type: 'text', text}, {type: 'bold' | 'italic' | 'strike' | 'quote', children}, {type: 'code' | 'pre', text},
 * {type: 'link', url, text}, {type: 'user', id, text}, {type: 'channel', id, text}, {type: 'broadcast', text},
 * {type: 'date', unix, format, url, fallback}, {type: 'break'}.
 */

/**
 * @param {string} text
 * @param {{verbatim?: boolean}} options verbatim: addresses and #names are not made into links
 */
export function parseMrkdwn(text, options = {}) {
  return splitPre(text).flatMap((piece) =>
    piece.pre ? [{ type: 'pre', text: unescapeText(plainOf(piece.text)) }] : parseLines(piece.text, options),
  );
}

export function unescapeText(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Cuts at ```…```. One line break on each side of the marks, inside and outside, belongs to them. */
function splitPre(text) {
  return text
    .split(/\n?```\n?([\s\S]+?)\n?```\n?/)
    .map((piece, index) => ({ text: piece, pre: index % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}

function parseLines(text, options) {
  const nodes = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) nodes.push({ type: 'quote', children: parseInline(quoted[1], options) });
    else nodes.push(...parseInline(line, options), ...(index < lines.length - 1 ? [{ type: 'break' }] : []));
  }
  return nodes;
}

/** In order of strength: code keeps everything in it as it is, then <…>, then the marks around words. */
function parseInline(text, options) {
  const code = /`([^`\n]+)`/.exec(text);
  if (code) return around(text, code, { type: 'code', text: unescapeText(plainOf(code[1])) }, options);
  const marked = firstMark(text);
  if (marked) {
    const node = { type: marked.type, children: parseInline(marked.match[2], options) };
    const start = marked.match.index + marked.match[1].length;
    const end = marked.match.index + marked.match[0].length;
    return [...parseInline(text.slice(0, start), options), node, ...parseInline(text.slice(end), options)];
  }
  const token = /<([^<>\n]+)>/.exec(text);
  if (token) return around(text, token, tokenNode(token[1]), options);
  return linkify(text, options);
}

function around(text, match, node, options) {
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  return [...parseInline(before, options), node, ...parseInline(after, options)];
}

const MARKS = [
  { type: 'bold', pattern: mark('*') },
  { type: 'italic', pattern: mark('_') },
  { type: 'strike', pattern: mark('~') },
];

/** A pair of marks with no blank inside at the edges, and no letter or digit touching it outside. */
function mark(sign) {
  const s = sign === '*' ? '\\*' : sign;
  return new RegExp(
    `(^|[^\\p{L}\\p{N}${s}<|])${s}((?![\\s${s}])[^${s}\\n]*?[^\\s${s}]|[^\\s${s}])${s}(?![\\p{L}\\p{N}${s}])`,
    'u',
  );
}

function firstMark(text) {
  const masked = maskTokens(text);
  const found = MARKS.map(({ type, pattern }) => ({ type, match: pattern.exec(masked) })).filter(
    ({ match }) => match,
  );
  found.sort(
    (left, right) => left.match.index - right.match.index || right.match[0].length - left.match[0].length,
  );
  const first = found[0];
  if (!first) return undefined;
  const start = first.match.index + first.match[1].length + 1;
  first.match[2] = text.slice(start, start + first.match[2].length);
  return first;
}

/** Hides what stands in <…>, so that an underscore in an address is not a mark. Keeps every place. */
function maskTokens(text) {
  return text.replace(/<[^<>\n]+>/g, (token) => '\u0001'.repeat(token.length));
}

/** What code shows of a <…> in it: its label, else its address. */
function plainOf(text) {
  return text.replace(/<([^<>\n]+)>/g, (_token, inner) => inner.split('|').at(-1));
}

function tokenNode(inner) {
  const [target, ...rest] = inner.split('|');
  const label = rest.length > 0 ? unescapeText(rest.join('|')) : undefined;
  if (target.startsWith('@')) return { type: 'user', id: target.slice(1), text: label };
  if (target.startsWith('#')) return { type: 'channel', id: target.slice(1), text: label };
  if (target.startsWith('!date^')) return dateNode(target, label);
  if (target.startsWith('!'))
    return { type: 'broadcast', text: `@${label ?? target.slice(1).split('^')[0]}` };
  const url = unescapeText(target);
  if (isWebAddress(url)) return { type: 'link', url, text: label ?? url };
  return { type: 'text', text: `<${unescapeText(inner)}>` };
}

function dateNode(target, fallback) {
  const [, unix, format = '', url] = target.split('^');
  return { type: 'date', unix: Number(unix), format: unescapeText(format), url, fallback: fallback ?? '' };
}

/** Only these become links: a javascript: address in a message stays text. */
export function isWebAddress(url) {
  return /^(?:https?:\/\/|mailto:|tel:)/i.test(url);
}

function linkify(text, options) {
  if (text === '') return [];
  if (options.verbatim) return [{ type: 'text', text: unescapeText(text) }];
  return text
    .split(/(https?:\/\/[^\s<>]*[^\s<>.,;:!?)'"])/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const plain = unescapeText(piece);
      return /^https?:\/\//.test(piece)
        ? { type: 'link', url: plain, text: plain }
        : { type: 'text', text: plain };
    });
}
