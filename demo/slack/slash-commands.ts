import { type AppLink, responseAddress, triggerId } from './app-link.ts';
import { applyAppMessage } from './app-message.ts';
import { type DeliveryResult, deliverForm } from './delivery.ts';
import { APP_ID, type Channel, COMMAND, LEGACY_TOKEN, type Person, SLACKBOT, TEAM } from './directory.ts';
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
  if (command !== COMMAND) {
    slackbotSays(link, person, channel, `\`${command}\` is not a valid command.`);
    return 'dispatch_failed';
  }
  const target = { channel: channel.id, user: person.id, origin: 'command', target: null } as const;
  const url = link.workspace.openResponseUrl(target, TEAM.id);
  const result = await deliverForm(link.delivery, {
    token: LEGACY_TOKEN,
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: person.id,
    user_name: person.name,
    command,
    text: encodeTyped(text.trimEnd()),
    api_app_id: APP_ID,
    is_enterprise_install: 'false',
    response_url: responseAddress(link, url),
    trigger_id: triggerId(link),
  });
  const error = result.kind === 'answered' ? showAnswer(link, url.path, result) : result.kind;
  if (error) slackbotSays(link, person, channel, `${command} failed with the error "${error}"`);
  return result.kind;
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

function slackbotSays(link: AppLink, person: Person, channel: Channel, text: string): void {
  link.workspace.post({ channel: channel.id, user: SLACKBOT, text, blocks: [], visibleTo: person.id });
}
