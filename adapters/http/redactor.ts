/**
 * Keeps secrets out of logs, errors and stored bodies. A secret is registered once, where the configuration is
 * read; after that its plain, URL-encoded, JSON-escaped, hex and base64 forms are replaced in every text.
 *
 * The base64 form is the hard one: a Basic header is base64 of `company+public:private`, so the private key does
 * not stand in it at a known offset. For each of the three possible offsets the characters that depend on the
 * secret alone are looked for, which finds it inside any longer base64 text.
 */

export const redactedMark = '[redacted]';

/** Shorter base64 fragments would match ordinary words. */
const shortestFragment = 8;

export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** @throws RangeError for an empty secret, which would redact everything */
  register(secret: string): void {
    if (secret.length === 0) throw new RangeError('an empty string cannot be redacted');
    for (const form of formsOf(secret)) this.#forms.add(form);
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(longestFirst.map(escapeForPattern).join('|'), 'gi');
  }

  /** The text with every registered secret replaced. Redact before cutting, else half a secret may stay. */
  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, redactedMark);
  }
}

function formsOf(secret: string): string[] {
  const plain = [secret, JSON.stringify(secret).slice(1, -1)];
  const hex = Buffer.from(secret, 'utf8').toString('hex');
  const base64 = base64Forms(secret);
  const encoded = [...plain, ...base64].map((form) => encodeURIComponent(form));
  const formEncoded = encoded.map((form) => form.replaceAll('%20', '+'));
  return [...plain, hex, ...base64, ...encoded, ...formEncoded];
}

function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const forms = [bytes.toString('base64')];
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const own = shifted.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    if (own.length >= shortestFragment) forms.push(own);
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')]);
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
