/** What people type, as Slack escapes it (`&amp;`, `<@U1|name>`, `<http://x|x>`), turned back into words. */

/** Other words in angles are somebody's own. */
const inAngles = /<([@#][A-Z0-9]+(?:\|[^<>]*)?|![^<>]+|[a-z][a-z+.-]*:[^<>]+)>|&(amp|lt|gt);/gu;
const entities: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>' };

/** A mention stays `<@U1>`, without the name: names change and are not unique. */
export function unescapeTyped(text: string): string {
  // In one pass: what an entity stands for is never read as markup.
  return text.replace(inAngles, (_, angled: string | undefined, entity: string | undefined) =>
    entity === undefined ? plainOf(angled ?? '') : (entities[entity] ?? ''),
  );
}

function plainOf(angled: string): string {
  const [target = '', label] = splitAt(angled, '|');
  if (target.startsWith('@')) return `<${target}>`;
  if (target.startsWith('#')) return label ? `#${unescapeTyped(label)}` : `<${target}>`;
  if (target.startsWith('!')) return label ? unescapeTyped(label) : `@${target.slice(1)}`;
  return unescapeTyped(label || target.replace(/^mailto:/u, ''));
}

function splitAt(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * The words meant for the bot: what stands behind its mention, or else before it, without the slash command that
 * some type here as well.
 * @param bot its user id; where it is not known yet, the first mention is taken for it
 */
export function wordsForBot(text: string, bot: string | undefined): string {
  const mention =
    bot === undefined ? /<@[A-Z0-9]+(?:\|[^<>]*)?>/u : new RegExp(`<@${bot}(?:\\|[^<>]*)?>`, 'u');
  const found = mention.exec(text);
  const before = found ? text.slice(0, found.index) : text;
  const behind = found ? text.slice(found.index + found[0].length) : '';
  const words = unescapeTyped(behind.trim() === '' ? before : behind).trim();
  return words.replace(/^\/cwsync(?:\s+|$)/iu, '');
}
