import { type Channel, PEOPLE } from './directory.ts';

/**
 * As Slack sends what is typed behind a command (with should_escape): @name and #channel as <@U…|name> and
 * <#C…|name>, and the three characters that Slack escapes in all text.
 */
export function encodeTyped(text: string, channels: readonly Channel[]): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(^|\s)@([\w.-]+)/g, (whole, before: string, name: string) => {
      const person = PEOPLE.find((other) => other.name === name.toLowerCase());
      return person ? `${before}<@${person.id}|${person.name}>` : whole;
    })
    .replace(/(^|\s)#([\w-]+)/g, (whole, before: string, name: string) => {
      const channel = channels.find((other) => other.kind === 'channel' && other.name === name.toLowerCase());
      return channel ? `${before}<#${channel.id}|${channel.name}>` : whole;
    });
}

/** A posted message: the same, with mentions as <@U…>. */
export function encodeMessage(text: string, channels: readonly Channel[]): string {
  return encodeTyped(text, channels).replace(/<@(\w+)\|[^>]*>/g, '<@$1>');
}

/** What Slack makes of a person's text: a rich_text block with its mentions as elements of their own. */
export function richTextOf(text: string): Record<string, unknown> {
  const elements = text
    .split(/(<[@#]\w+(?:\|[^>]*)?>)/)
    .filter((piece) => piece !== '')
    .map(inlineOf);
  return {
    type: 'rich_text',
    block_id: 'typed',
    elements: [{ type: 'rich_text_section', elements }],
  };
}

function inlineOf(piece: string): Record<string, unknown> {
  const [, sign, id] = /^<([@#])(\w+)/.exec(piece) ?? [];
  if (sign === '@') return { type: 'user', user_id: id };
  if (sign === '#') return { type: 'channel', channel_id: id };
  const plain = piece.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return { type: 'text', text: plain };
}
