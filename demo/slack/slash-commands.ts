import { type AppLink, responseAddress, teamFor } from './app-link.ts';
import { applyAppMessage } from './app-message.ts';
import type { DeliveryResult } from './delivery.ts';
import {
  APP_ID,
  type Channel,
  COMMAND,
  LEGACY_TOKEN,
  PEOPLE,
  type Person,
  SLACKBOT,
  TEAM,
} from './directory.ts';
import { parseJsonObject } from './json-object.ts';
import { encodeTyped } from './typed-text.ts';

/** Delivers what a person typed after a slash and shows the answer, or Slack's own words when there is none. */
export async function runSlashCommand(
  link: AppLink,
  person: Person,
  channel: Channel,
  typed: string,
): Promise<DeliveryResult['kind']> {
  const [, command = '', text = ''] = /^(\S+)\s*([\s\S]*)$/.exec(typed) ?? [];
  const own = OWN_COMMANDS[command];
  if (own) {
    slackbotSays(link, person, channel, own(link, channel, text));
    return 'answered';
  }
  // People of another company see the app in the shared channel, but cannot use its commands.
  if (command !== COMMAND || person.teamId !== TEAM.id) {
    slackbotSays(link, person, channel, `\`${command}\` is not a valid command.`);
    return 'dispatch_failed';
  }
  const target = { channel: channel.id, user: person.id, origin: 'command', target: null } as const;
  const url = link.workspace.openResponseUrl(target, TEAM.id);
  const team = teamFor(link, person);
  const result = await link.delivery.deliver('slash_commands', {
    token: LEGACY_TOKEN,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: channel.isPrivate && channel.kind === 'channel' ? 'privategroup' : channel.name,
    user_id: person.id,
    user_name: person.name,
    command,
    text: encodeTyped(text.trimEnd(), link.roster.channels()),
    api_app_id: APP_ID,
    is_enterprise_install: 'false',
    response_url: responseAddress(link, url),
    trigger_id: link.triggers.issue(person.id),
  });
  const error = result.kind === 'answered' ? showAnswer(link, url.path, result) : result.kind;
  if (error) slackbotSays(link, person, channel, `${command} failed with the error "${error}"`);
  return result.kind;
}

type OwnCommand = (link: AppLink, channel: Channel, text: string) => string;

/** Slack's own commands, with what they answer. */
const OWN_COMMANDS: Readonly<Record<string, OwnCommand>> = {
  '/invite': (link, channel, text) => {
    const user = mentioned(text);
    if (!user || channel.kind === 'im') return 'Nobody was invited. Write /invite @name in a channel.';
    link.roster.invite(channel.id, user.id);
    return `<@${user.id}> was added to #${channel.name}.`;
  },
  '/remove': (link, channel, text) => {
    const user = mentioned(text);
    if (!user || channel.kind === 'im') return 'Nobody was removed. Write /remove @name in a channel.';
    link.roster.remove(channel.id, user.id);
    return `<@${user.id}> was removed from #${channel.name}.`;
  },
};

function mentioned(text: string): Person | undefined {
  const name = /^@([\w.-]+)/.exec(text.trim())?.[1]?.toLowerCase();
  return PEOPLE.find((person) => person.name === name);
}

/** Shows the acknowledgement's body, if it has one; returns Slack's error code when it cannot be shown. */
function showAnswer(
  link: AppLink,
  path: string,
  answer: { readonly body: string; readonly isJson: boolean },
): string | undefined {
  if (answer.body.trim() === '') return undefined;
  const url = link.workspace.responseUrl(path);
  const message = answer.isJson ? parseJsonObject(answer.body) : { text: answer.body };
  if (!url || !message) return 'invalid_payload';
  if (Object.keys(message).length === 0) return undefined;
  return applyAppMessage(link.workspace, url, message, { mayReplace: false })?.error;
}

/** A line that only this person sees. */
export function slackbotSays(
  link: AppLink,
  person: Person,
  channel: Channel,
  text: string,
  threadTs?: string,
): void {
  const draft = { channel: channel.id, user: SLACKBOT, text, blocks: [], visibleTo: person.id };
  link.workspace.post({ ...draft, ...(threadTs !== undefined && { threadTs }) });
}
