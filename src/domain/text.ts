/**
 * The form in which names are compared: without case, accents and repeated blanks, and with plain quotes and
 * dashes for the typographic ones, which not every keyboard has. What a chat may or may not have escaped is one:
 * nobody tells `&amp;` in a name from an `&` that a platform made into that.
 */
export function searchForm(text: string): string {
  return text
    .replace(/&(?:amp;)+/gu, '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[\p{Pd}−]+/gu, '-')
    .replace(/[“”„‟«»″]/gu, '"')
    .replace(/[‘’‚‛′]/gu, "'")
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .trim();
}

/** At most `max` characters (code points), the cut marked with "…". */
export function cut(text: string, max: number): string {
  const points = Array.from(text);
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}
