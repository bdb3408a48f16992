import { describe, expect, it, test } from 'vitest';
import { Redactor, redactedMark } from '../../adapters/http/redactor.ts';

const secret = 'p+ri/v"ä te-Key42';
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

describe('Redactor', () => {
  const redactor = new Redactor();
  redactor.register(secret);

  test.each([
    ['plain', `key ${secret} end`],
    ['in JSON', JSON.stringify({ key: secret })],
    ['in a URL', `?q=${encodeURIComponent(secret)}`],
    [
      'in a URL with small hex digits',
      `?q=${encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase())}`,
    ],
    [
      'in a form',
      `q=${new URLSearchParams({ secret }).get('secret')}&r=${encodeURIComponent(secret).replaceAll('%20', '+')}`,
    ],
    ['in base64', `Basic ${base64(secret)}`],
    ['in hex', `key ${Buffer.from(secret, 'utf8').toString('hex').toUpperCase()} end`],
    ['in base64url', Buffer.from(secret, 'utf8').toString('base64url')],
    ['in base64 in a URL', encodeURIComponent(base64(secret))],
  ])('finds it %s', (_name, text) => {
    const redacted = redactor.redact(text);
    expect(redacted).toContain(redactedMark);
    expect(redacted).not.toContain(secret);
    expect(redacted).not.toContain(base64(secret).slice(4, 16));
  });

  test.each([0, 1, 2, 3, 4, 5])('finds it in base64 of a longer text, %i characters in', (offset) => {
    const basic = base64(`${'acme+public:'.slice(0, offset)}${secret}`);
    const left = redactor.redact(`Basic ${basic}`).replace(redactedMark, '');
    // What remains is what stood before it and at most the character shared with it on each side.
    expect(left.length - 'Basic '.length).toBeLessThanOrEqual(Math.ceil((offset * 8) / 6) + 4);
    expect(Buffer.from(left.replace('Basic ', ''), 'base64').toString()).not.toContain('te-Key');
  });

  it('finds the longer of two secrets first and every occurrence', () => {
    const two = new Redactor();
    two.register('acme');
    two.register('acme+public:private');
    expect(two.redact('acme+public:private acme ACME x')).toBe(
      `${redactedMark} ${redactedMark} ${redactedMark} x`,
    );
  });

  it('changes nothing without secrets, and refuses an empty one', () => {
    expect(new Redactor().redact('as it was')).toBe('as it was');
    expect(() => new Redactor().register('')).toThrow(RangeError);
  });
});
