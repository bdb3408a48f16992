import { CHANNELS, PEOPLE } from './directory.ts';

/** Turns @name and #channel as typed into Slack's <@U…|name> and <#C…|name> (a command with should_escape). */
export function encodeTyped(text: string): string {
  return text
    .replace(/(^|\s)@([\w.-]+)/g, (whole, before: string, name: string) => {
      const person = PEOPLE.find((other) => other.name === name.toLowerCase());
      return person ? `${before}<@${person.id}|${person.name}>` : whole;
    })
    .replace(/(^|\s)#([\w-]+)/g, (whole, before: string, name: string) => {
      const channel = CHANNELS.find((other) => other.kind === 'channel' && other.name === name.toLowerCase());
      return channel ? `${before}<#${channel.id}|${channel.name}>` : whole;
    });
}

/** A posted message: mentions as <@U…>, and the three characters that Slack escapes in message text. */
export function encodeMessage(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return encodeTyped(escaped).replace(/<@(\w+)\|[^>]*>/g, '<@$1>');
}
