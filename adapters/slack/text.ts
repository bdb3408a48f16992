import { cut } from '../../src/domain/text.ts';
import type { Part, Text } from '../../src/ports/reply.ts';

/** The three characters that mean something in Slack's markup: escaped, `<!channel>` in a name stays text. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** At most `max` as limits count, where an emoji is two; no emoji is cut in two. */
export function cutPlain(text: string, max: number): string {
  let points = Math.min(Array.from(text).length, max);
  let piece = cut(text, points);
  while (piece.length > max) {
    points -= Math.ceil((piece.length - max) / 2);
    piece = cut(text, points);
  }
  return piece;
}

/** What fits of a value that comes back as it is: without a mark where it is cut, and no emoji cut in two. */
export function fitting(text: string, max: number): string {
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/u, '');
}

/** Slack refuses an empty text. */
const blank = '–';

/**
 * Typed parts as mrkdwn of at most `max` characters. Raw text is cut before it is escaped, so that no entity,
 * link or date is ever cut in two.
 */
export function toMrkdwn(text: Text, max: number): string {
  let rendered = '';
  for (const part of text) {
    const piece = renderPart(part);
    const left = max - rendered.length;
    if (piece.length <= left) {
      rendered += piece;
      continue;
    }
    return rendered + cutToFit(part, left);
  }
  return rendered.trim() === '' ? blank : rendered;
}

function renderPart(part: Part): string {
  switch (part.part) {
    case 'text':
    case 'name':
      return escapeText(part.text);
    case 'strong':
      return bold(part.text);
    case 'person':
      return mention(part.key, part.name);
    case 'link':
      // A `|` or `>` would end the link; Slack knows no escape for the bar.
      return `<${encodeLink(part.url)}|${escapeText(part.label.replaceAll('|', '¦'))}>`;
    case 'time':
      return slackDate(part.at, timeFormat(part));
  }
}

/** Someone of this platform is shown by name, anybody else by the name that is given or by their key. */
function mention(key: string, name = key): string {
  const user = /^slack:[A-Z0-9]+\/([A-Z0-9]+)$/u.exec(key)?.[1];
  return user === undefined ? escapeText(name) : `<@${user}>`;
}

/** A text with a star in it cannot be put between stars. */
function bold(text: string): string {
  const escaped = escapeText(text);
  return text.trim() === '' || text.includes('*') || text !== text.trim() ? escaped : `*${escaped}*`;
}

function encodeLink(url: string): string {
  return new URL(url).href.replaceAll('|', '%7C').replaceAll('>', '%3E').replaceAll('<', '%3C');
}

/** Slack says “Today” with a capital letter: after “since” the date itself is said, behind the time. */
function timeFormat({ form, inSentence }: Extract<Part, { part: 'time' }>): string {
  if (form === 'time') return '{time}';
  return inSentence ? '{time} on {date_short}' : '{date_short_pretty} {time}';
}

/** Shown in the reader's own time zone; the fallback is for clients that cannot. */
function slackDate(at: Date, format: string): string {
  const fallback = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(at.getTime() / 1_000)}^${format}|${fallback}>`;
}

function cutToFit(part: Part, max: number): string {
  if (part.part !== 'text' && part.part !== 'name' && part.part !== 'strong') return max > 0 ? '…' : '';
  let length = Math.min(Array.from(part.text).length, max);
  while (length > 0) {
    const piece = escapeText(cut(part.text, length));
    if (piece.length <= max) return piece;
    length -= Math.max(1, Math.ceil((piece.length - max) / 5));
  }
  return '';
}
