/**
 * Somebody else's words must not steer the terminal they are shown in: escape sequences, cursor movements, titles,
 * and marks that turn the direction of writing round. What is taken out leaves a sign that something was there.
 */

const deleted = 0x7f;
/** Line and paragraph separators, and marks of direction. */
const steering = /[\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const controls = /\p{Cc}/gu;

/** One line: line ends and tabs become blanks. */
export function harmlessLine(text: string): string {
  return harmless(text.replace(/\s*[\r\n\t]+\s*/gu, ' '));
}

/** Line ends stay. */
export function harmlessLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/u)
    .map((line) => harmless(line.replaceAll('\t', '  ')))
    .join('\n');
}

function harmless(text: string): string {
  return text.toWellFormed().replace(controls, picture).replace(steering, '\ufffd');
}

/** The picture that Unicode has of it, e.g. ␛; those of the second block have none. */
function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCodePoint(0x24_00 + code);
  return code === deleted ? '\u2421' : '\ufffd';
}
