/** How wide text is in a terminal, and where its lines end. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** East Asian wide and full-width letters, and signs shown as pictures. */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f680}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})/u;
const widthless = /^\p{M}+$/u;

/** Where one of these is, letters have to be looked at one by one, which is slow. */
const unusual = /[\p{M}\p{Cf}\p{Emoji_Presentation}\u1100-\u1fff\u2e80-\uffff\u{10000}-\u{10ffff}]/u;

/** In columns. */
export function widthOf(text: string): number {
  if (!unusual.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += columnsOf(segment);
  return width;
}

function columnsOf(grapheme: string): number {
  if (widthless.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** Fills up with blanks. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/**
 * Lines of at most `width` columns, broken at blanks only: a word that is longer, an address perhaps, stays whole so
 * that it can be copied. Without a width nothing is broken.
 */
export function wrapped(text: string, width: number | undefined): readonly string[] {
  return text.split('\n').flatMap((line) => (width === undefined ? [line] : wrappedLine(line, width)));
}

function wrappedLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  let filled = 0;
  for (const word of line.split(' ')) {
    const columns = widthOf(word);
    if (current !== '' && filled + 1 + columns > width) {
      lines.push(current);
      current = word;
      filled = columns;
    } else {
      filled += columns + (current === '' ? 0 : 1);
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}
