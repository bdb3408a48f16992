/** What people type in Teams, with the mentions and entities that it puts in. */
import { type Activity, mentionsOf } from './payloads.ts';

const entities: { readonly [name: string]: string } = {
  nbsp: ' ',
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
};

/**
 * The words meant for the bot: what stands behind its mention, or else before it, without the slash command that
 * some type here as well.
 */
export function wordsForBot(activity: Activity): string {
  const text = activity.text ?? '';
  const own = mentionsOf(activity).find(({ mentioned }) => mentioned?.id === activity.recipient.id)?.text;
  const at = own ? text.indexOf(own) : -1;
  const before = at === -1 ? text : text.slice(0, at);
  const behind = own && at !== -1 ? text.slice(at + own.length) : '';
  const words = plainWords(behind);
  return (words === '' ? plainWords(before) : words).replace(/^\/?cwsync(?:\s+|$)/iu, '');
}

/** Mentions of others stay as the names that were chosen; in one pass, so that no entity is read twice. */
function plainWords(text: string): string {
  return text
    .replace(/<\/?at(?:\s[^<>]*)?>|<br\s*\/?>|&(nbsp|amp|lt|gt|quot|#39);/giu, (_, entity?: string) =>
      entity === undefined ? ' ' : (entities[entity.toLowerCase()] ?? ' '),
    )
    .trim();
}
