import { type AppLink, interactionBase, responseAddress } from './app-link.ts';
import type { DeliveryResult } from './delivery.ts';
import { type Channel, type Person, TEAM } from './directory.ts';
import {
  type Element,
  type Entry,
  elementsOf,
  formOf,
  pick,
  readEntry,
  type StateValues,
  stateValues,
  withValue,
} from './elements.ts';
import { messageJson } from './message-json.ts';
import { optionsOf } from './option-check.ts';
import { viewJson } from './view-json.ts';
import type { View } from './view-store.ts';
import type { Block, Message } from './workspace.ts';

/** What a person presses, chooses or types (in an input that tells the app at once). */
export type Press = {
  readonly actionId: string;
  readonly blockId?: string | undefined;
  /** A button's value, when several buttons share the action id in different blocks. */
  readonly value?: string | undefined;
  /** The chosen option's value, or the id of a person or conversation. */
  readonly option?: string | null | undefined;
  /** The same for elements that take several: checkboxes and multi-selects. */
  readonly options?: readonly string[] | undefined;
  /** What is typed into an input with `dispatch_action`, ended by Enter. */
  readonly text?: string | undefined;
};

type Pressable = {
  readonly blocks: readonly Block[];
  /** Options that the app suggested, for an external menu. */
  readonly offered: (blockId: string, actionId: string) => readonly Element[];
};

/**
 * The action that this press makes, as it stands in a block_actions payload, or words for why it cannot be
 * pressed (no such element, several, no such option).
 */
export function resolvePress(where: Pressable, press: Press): Record<string, unknown> | string {
  const found = elementsOf(where.blocks).filter(({ element, blockId }) => matches(element, blockId, press));
  const [only, second] = found;
  if (!only) return `there is no element with action id ${press.actionId} that fits`;
  if (second) return `several elements have the action id ${press.actionId}; say blockId or value`;
  const { element, blockId, block } = only;
  if (block.type === 'input' && block.dispatch_action !== true) {
    return `the input ${press.actionId} tells the app nothing before it is submitted`;
  }
  const base = { type: element.type, action_id: element.action_id, block_id: blockId };
  if (element.type === 'button') {
    return { ...pick(element, ['text', 'value', 'style', 'url', 'confirm']), ...base };
  }
  if (element.type === 'overflow') {
    const option = optionsOf(element).find((other) => other.value === press.option);
    if (!option) return `the menu ${press.actionId} has no option with the value ${String(press.option)}`;
    return { ...pick(element, ['confirm']), ...base, selected_option: pick(option, ['text', 'value']) };
  }
  const entered = readEntry(element, entryOf(press), where.offered(blockId, press.actionId));
  if (typeof entered === 'string') return entered;
  const initial = formOf(element)?.initial ?? '';
  return { ...pick(element, ['placeholder', initial, 'confirm']), ...base, ...entered };
}

function entryOf(press: Press): Entry {
  return press.options ?? press.text ?? press.option ?? null;
}

function matches(element: Element, blockId: string, press: Press): boolean {
  if (element.action_id !== press.actionId) return false;
  if (press.blockId !== undefined && press.blockId !== blockId) return false;
  return press.value === undefined || element.value === press.value;
}

/** The action's value in the form of `state.values`; undefined for buttons and overflow menus. */
export function valueOfAction(action: Record<string, unknown>): Record<string, unknown> | undefined {
  const form = formOf(action);
  return form && { type: action.type, [form.field]: action[form.field] };
}

/** Delivers a press in a message to the app. One that is not acknowledged in time leaves a warning there. */
export async function deliverPress(
  link: AppLink,
  person: Person,
  channel: Channel,
  message: Message,
  pressed: { readonly action: Record<string, unknown>; readonly entered: StateValues },
): Promise<DeliveryResult['kind']> {
  const { workspace } = link;
  const { action, entered } = pressed;
  workspace.clearFailedPress(message.ts);
  const target = { channel: channel.id, user: person.id, origin: 'action', target: message.ts } as const;
  const url = workspace.openResponseUrl(target, TEAM.id);
  const payload = {
    ...interactionBase(link, 'block_actions', person),
    ...messageContext(message, channel),
    trigger_id: link.triggers.issue(person.id),
    response_url: responseAddress(link, url),
    actions: [{ ...action, action_ts: workspace.nextTs() }],
    state: { values: stateValues(message.blocks, withAction(entered, action)) },
  };
  const result = await link.delivery.deliver('interactive', payload);
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

/** What was entered, the action's own value included. */
function withAction(entered: StateValues, action: Record<string, unknown>): StateValues {
  const value = valueOfAction(action);
  return value ? withValue(entered, String(action.block_id), String(action.action_id), value) : entered;
}

/** Where in a message something happened, as payloads say it. */
export function messageContext(message: Message, channel: Channel): Record<string, unknown> {
  const isEphemeral = message.visibleTo !== undefined;
  return {
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: isEphemeral,
      ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
    },
    channel: {
      id: channel.id,
      name: channel.isPrivate && channel.kind === 'channel' ? 'privategroup' : channel.name,
    },
    // Slack leaves the message out when it is ephemeral.
    ...(!isEphemeral && { message: messageJson(message) }),
  };
}

/** Delivers a press in a modal or on the Home tab: with the view, without a response_url. */
export async function deliverViewPress(
  link: AppLink,
  person: Person,
  view: View,
  action: Record<string, unknown>,
): Promise<DeliveryResult['kind']> {
  const payload = {
    ...interactionBase(link, 'block_actions', person),
    container: { type: 'view', view_id: view.id },
    trigger_id: link.triggers.issue(person.id, view.id),
    view: viewJson(view, { state: true }),
    actions: [{ ...action, action_ts: link.workspace.nextTs() }],
  };
  const result = await link.delivery.deliver('interactive', payload);
  link.views.note(view.id, { trouble: result.kind === 'answered' ? null : TROUBLE });
  return result.kind;
}

/** What Slack tells a person in a view whose app did not answer. */
export const TROUBLE = 'We had some trouble connecting. Try again?';
