/** A conditions string that cannot be read; the message says what is wrong and where. */
export class ConditionsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConditionsError';
  }
}

export type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'datetime'; readonly value: number }
  | { readonly kind: 'symbol'; readonly text: string };

const BLANK = /\s*/y;
const WORD = /[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*/y;
const NUMBER = /-?\d+(?:\.\d+)?(?![\w.])/y;
const DATETIME = /\[([^\]]*)\]/y;
const STRING = /"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'/y;
const SYMBOL = /!=|<=|>=|[=<>(),]/y;
const DATE_TEXT = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

/** Milliseconds since 1970. Without an offset the time is UTC. */
function readDatetime(text: string): number {
  const parts = DATE_TEXT.exec(text.trim());
  const hasTime = /[T ]\d/.test(text);
  const zoned = parts?.[1] || !hasTime ? text.trim() : `${text.trim()}Z`;
  const value = parts ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN;
  if (Number.isNaN(value)) throw new ConditionsError(`[${text}] is not a date`);
  return value;
}

function readToken(text: string, position: number): { token: Token; length: number } {
  const word = matchAt(WORD, text, position);
  if (word) return { token: { kind: 'word', text: word[0] }, length: word[0].length };
  const quoted = matchAt(STRING, text, position);
  if (quoted) {
    const inner = (quoted[1] ?? quoted[2] ?? '').replace(/\\([\s\S])/g, '$1');
    return { token: { kind: 'string', text: inner }, length: quoted[0].length };
  }
  const number = matchAt(NUMBER, text, position);
  if (number) return { token: { kind: 'number', value: Number(number[0]) }, length: number[0].length };
  const datetime = matchAt(DATETIME, text, position);
  if (datetime) {
    return {
      token: { kind: 'datetime', value: readDatetime(datetime[1] ?? '') },
      length: datetime[0].length,
    };
  }
  const symbol = matchAt(SYMBOL, text, position);
  if (symbol) return { token: { kind: 'symbol', text: symbol[0] }, length: symbol[0].length };
  throw new ConditionsError(`cannot read "${text.slice(position, position + 20)}" at ${position}`);
}

export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let position = matchAt(BLANK, text, 0)?.[0].length ?? 0;
  while (position < text.length) {
    const { token, length } = readToken(text, position);
    tokens.push(token);
    position += length;
    position += matchAt(BLANK, text, position)?.[0].length ?? 0;
  }
  return tokens;
}
