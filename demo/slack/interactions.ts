import { type AppLink, responseAddress, triggerId } from './app-link.ts';
import { isInteractiveType, optionsOf } from './block-elements.ts';
import { type DeliveryResult, deliverForm } from './delivery.ts';
import { APP_ID, type Channel, LEGACY_TOKEN, type Person, TEAM } from './directory.ts';
import { isObject } from './json-object.ts';
import { messageJson } from './message-json.ts';
import type { Message } from './workspace.ts';

/** What a person presses: the element, and for a menu the value of the chosen option. */
type Press = {
  readonly actionId: string;
  readonly blockId?: string | undefined;
  /** A button's value, when several buttons share the action id in different blocks. */
  readonly value?: string | undefined;
  /** The chosen option's value; required for overflow menus and selects. */
  readonly option?: string | undefined;
};

type Element = Record<string, unknown>;
type Found = { readonly element: Element; readonly blockId: string };

/**
 * The action that this press makes, as it stands in a block_actions payload, or words for why it cannot be
 * pressed (no such element, several, no such option).
 */
export function resolvePress(message: Message, press: Press): Record<string, unknown> | string {
  const found = elementsOf(message).filter(({ element, blockId }) => matches(element, blockId, press));
  const [only, second] = found;
  if (!only) return `the message has no element with action id ${press.actionId} that fits`;
  if (second) return `several elements have the action id ${press.actionId}; say blockId or value`;
  const { element, blockId } = only;
  if (element.type === 'button')
    return { ...pick(element, ['text', 'value', 'style', 'url', 'confirm']), ...base(element, blockId) };
  const option = optionsOf(element).find((other) => other.value === press.option);
  if (!option) return `the menu ${press.actionId} has no option with the value ${String(press.option)}`;
  return {
    ...pick(element, ['placeholder', 'initial_option', 'confirm']),
    ...base(element, blockId),
    selected_option: pick(option, ['text', 'value']),
  };
}

/** Delivers a press to the app. A press that is not acknowledged in time leaves a warning on the message. */
export async function deliverPress(
  link: AppLink,
  person: Person,
  channel: Channel,
  message: Message,
  action: Record<string, unknown>,
): Promise<DeliveryResult['kind']> {
  const { workspace } = link;
  workspace.clearFailedPress(message.ts);
  const target = { channel: channel.id, user: person.id, origin: 'action', target: message.ts } as const;
  const url = workspace.openResponseUrl(target, TEAM.id);
  const payload = {
    ...envelope(link, person, channel, message),
    response_url: responseAddress(link, url),
    actions: [{ ...action, action_ts: workspace.nextTs() }],
    state: { values: stateValues(message, action) },
  };
  const result = await deliverForm(link.delivery, { payload: JSON.stringify(payload) });
  if (result.kind !== 'answered') {
    workspace.edit(message.ts, {
      failedPress: {
        user: person.id,
        blockId: String(action.block_id),
        actionId: String(action.action_id),
        error: result.kind,
      },
    });
  }
  return result.kind;
}

function envelope(
  link: AppLink,
  person: Person,
  channel: Channel,
  message: Message,
): Record<string, unknown> {
  const isEphemeral = message.visibleTo !== undefined;
  return {
    type: 'block_actions',
    user: { id: person.id, username: person.name, name: person.name, team_id: TEAM.id },
    api_app_id: APP_ID,
    token: LEGACY_TOKEN,
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: isEphemeral,
    },
    trigger_id: triggerId(link),
    team: { id: TEAM.id, domain: TEAM.domain },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel.id, name: channel.name },
    // Slack leaves the message out when it is ephemeral.
    ...(!isEphemeral && { message: messageJson(message) }),
  };
}

/** Elements that carry an action_id, with the block they stand in. */
function elementsOf(message: Message): Found[] {
  return message.blocks.flatMap((block) => {
    const elements =
      block.type === 'actions' && Array.isArray(block.elements) ? block.elements : [block.accessory];
    return elements
      .filter(isObject)
      .filter((element) => isInteractiveType(element.type))
      .map((element) => ({ element, blockId: block.block_id }));
  });
}

function matches(element: Element, blockId: string, press: Press): boolean {
  if (element.action_id !== press.actionId) return false;
  if (press.blockId !== undefined && press.blockId !== blockId) return false;
  return press.value === undefined || element.value === press.value;
}

/** What selects show, by block and action: the pressed one's new choice, the others' initial one. */
function stateValues(message: Message, action: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, Record<string, unknown>> = {};
  for (const { element, blockId } of elementsOf(message)) {
    if (element.type !== 'static_select') continue;
    const isPressed = blockId === action.block_id && element.action_id === action.action_id;
    const selected = isPressed ? action.selected_option : (element.initial_option ?? null);
    values[blockId] ??= {};
    values[blockId][String(element.action_id)] = { type: 'static_select', selected_option: selected };
  }
  return values;
}

function base(element: Element, blockId: string): Record<string, unknown> {
  return { type: element.type, action_id: element.action_id, block_id: blockId };
}

function pick(source: Element, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]),
  );
}
