import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText } from '../../adapters/slack/text.ts';
import { unescapeTyped, wordsForBot } from '../../adapters/slack/typed.ts';

describe('unescapeTyped', () => {
  test.each([
    ['status A &amp; B', 'status A & B'],
    ['a &lt;b&gt;', 'a <b>'],
    ['&amp;lt;', '&lt;'],
    ['roles grant <@U123|alex> admin', 'roles grant <@U123> admin'],
    ['<@U123>', '<@U123>'],
    ['in <#C1|general> or <#C2>', 'in #general or <#C2>'],
    ['<!here> <!subteam^S1|@team>', '@here @team'],
    ['<http://x.example|x.example>', 'x.example'],
    ['<https://x.example/?a=1&amp;b=2>', 'https://x.example/?a=1&b=2'],
    ['<mailto:a@b.example|a@b.example> <mailto:c@d.example>', 'a@b.example c@d.example'],
    ['a < b > c, 1<2, <x>', 'a < b > c, 1<2, <x>'],
    ['&quot; &nbsp;', '&quot; &nbsp;'],
  ])('%s', (given, expected) => {
    expect(unescapeTyped(given)).toBe(expected);
  });

  test('gives back whatever Slack has escaped', () => {
    const text = fc.string({
      unit: fc.constantFrom('&', '<', '>', '@', 'U', '1', '|', 'a:', ';', 'amp', ' '),
    });
    fc.assert(
      fc.property(text, (words) => {
        expect(unescapeTyped(escapeText(words))).toBe(words);
      }),
    );
  });
});

describe('wordsForBot', () => {
  test.each([
    ['status', 'UBOT', 'status'],
    ['<@UBOT> status', 'UBOT', 'status'],
    ['<@UBOT|cwsync>   status "a b"', 'UBOT', 'status "a b"'],
    ['please <@UBOT> roles grant <@U2> admin', 'UBOT', 'roles grant <@U2> admin'],
    ['status <@UBOT>', 'UBOT', 'status'],
    ['<@UBOT>', 'UBOT', ''],
    ['<@U2> status', 'UBOT', '<@U2> status'],
    ['<@UX> status', undefined, 'status'],
    ['/cwsync status', 'UBOT', 'status'],
    ['/CWSYNC', 'UBOT', ''],
    ['/cwsyncs', 'UBOT', '/cwsyncs'],
  ])('%j of %s', (text, bot, expected) => {
    expect(wordsForBot(text, bot)).toBe(expected);
  });
});
