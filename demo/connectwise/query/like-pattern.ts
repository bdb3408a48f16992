function escapeCharacter(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}

/**
 * SQL's LIKE as a regular expression over the whole text: `*` and `%` stand for anything, `[abc]` for one of
 * these characters, so that `[[]x]` is how a literal `[x]` is written.
 */
export function likePattern(text: string, caseSensitive: boolean): RegExp {
  let source = '';
  for (let position = 0; position < text.length; position += 1) {
    const character = text.charAt(position);
    const end = character === '[' ? text.indexOf(']', position + 1) : -1;
    if (end > position + 1) {
      source += `[${[...text.slice(position + 1, end)].map(escapeCharacter).join('')}]`;
      position = end;
    } else if (character === '*' || character === '%') source += '[\\s\\S]*';
    else source += escapeCharacter(character);
  }
  return new RegExp(`^${source}$`, caseSensitive ? '' : 'i');
}
