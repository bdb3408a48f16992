import { randomUUID } from 'node:crypto';
import type { AppLink } from './app-link.ts';
import type { DeliveryResult } from './delivery.ts';
import { type Channel, type Person, personById } from './directory.ts';
import { type Entry, elementsOf, type Found, readEntry, type StateValues, withValue } from './elements.ts';
import { announceChange, announceOpened, announceToApp } from './events.ts';
import {
  deliverPress,
  deliverViewPress,
  messageContext,
  type Press,
  resolvePress,
  valueOfAction,
} from './interactions.ts';
import { runSlashCommand, slackbotSays } from './slash-commands.ts';
import { closeView, type Submitted, submitView } from './submissions.ts';
import { offerKey, type Suggested, suggest } from './suggestions.ts';
import { encodeMessage } from './typed-text.ts';
import { viewJson } from './view-json.ts';
import type { View } from './view-store.ts';
import { isVisible, type Message } from './workspace.ts';

/** What a person cannot do in the window: act on what they do not see (404), or on what is not so (409). */
export class WindowRefusal extends Error {
  readonly status: 404 | 409;

  constructor(status: 404 | 409, words: string) {
    super(words);
    this.name = 'WindowRefusal';
    this.status = status;
  }
}

/** What is entered into a field of a view; `blockId` only where several have the action id. */
export type FieldEntry = {
  readonly actionId: string;
  readonly blockId?: string | undefined;
  readonly value: Entry;
};

type InThread = { readonly threadTs?: string | undefined };
type Delivered = DeliveryResult['kind'];

/**
 * One person at the window: what they see, type, press and fill in. Everything resolves when the app has answered
 * or its time is up; whatever the app does after that comes later.
 * Methods throw a WindowRefusal for what a person could not do.
 */
export class PersonInWindow {
  readonly #link: AppLink;
  readonly #person: Person;

  /** @throws WindowRefusal when there is no such person. */
  constructor(link: AppLink, userId: string) {
    const person = personById(userId);
    if (!person || person.isBot) throw new WindowRefusal(404, 'no such person');
    this.#link = link;
    this.#person = person;
  }

  /** What this person sees in a conversation, replies in threads and ephemeral messages included, oldest first. */
  messages(channelId: string): readonly Message[] {
    return this.#link.workspace.messagesSeenBy(this.#person.id, this.#channel(channelId).id);
  }

  /** What stands in this person's direct messages with the app. */
  directMessages(): readonly Message[] {
    return this.messages(this.#direct().id);
  }

  /** Types into a conversation: a message, or a command when it begins with a slash. */
  async say(
    channelId: string,
    typed: string,
    where: InThread = {},
  ): Promise<{ readonly ts?: string; readonly delivered?: Delivered }> {
    if (!typed.startsWith('/')) return { ts: await this.write(channelId, typed, where) };
    if (where.threadTs === undefined) return { delivered: await this.command(channelId, typed) };
    const [command] = typed.split(/\s/);
    const words = `${command} is not supported in threads. Sorry!`;
    slackbotSays(this.#link, this.#person, this.#channel(channelId), words, where.threadTs);
    return { delivered: 'dispatch_failed' };
  }

  /** Posts a message; @name and #name become mentions. Resolves with its ts. */
  async write(channelId: string, typed: string, where: InThread = {}): Promise<string> {
    const channel = this.#writable(channelId);
    const { threadTs } = where;
    if (threadTs !== undefined && this.#message(threadTs).channel !== channel.id) {
      throw new WindowRefusal(404, 'there is no such thread in this conversation');
    }
    const message = this.#link.workspace.post({
      channel: channel.id,
      user: this.#person.id,
      text: encodeMessage(typed, this.#link.roster.channels()),
      blocks: [],
      clientMsgId: randomUUID(),
      ...(threadTs !== undefined && { threadTs }),
    });
    await announceToApp(this.#link, channel, message);
    return message.ts;
  }

  /** Types a slash command, such as `/cwsync status`. */
  command(channelId: string, typed: string): Promise<Delivered> {
    return runSlashCommand(this.#link, this.#person, this.#writable(channelId), typed);
  }

  /** Writes to the app directly. Resolves with the message's ts. */
  sendDirect(typed: string, where: InThread = {}): Promise<string> {
    return this.write(this.#direct().id, typed, where);
  }

  /** Writes `@cwsync …` in a channel or in a thread there. Resolves with the message's ts. */
  mention(channelId: string, typed: string, where: InThread = {}): Promise<string> {
    return this.write(channelId, `@cwsync ${typed}`, where);
  }

  /** Edits a message of one's own; in direct messages the app hears of it. */
  async edit(ts: string, typed: string): Promise<void> {
    const before = this.#ownMessage(ts);
    const { roster, workspace } = this.#link;
    const edited = { user: this.#person.id, ts: workspace.nextTs() };
    const after = workspace.edit(ts, { text: encodeMessage(typed, roster.channels()), edited });
    if (after) await announceChange(this.#link, this.#channel(before.channel), { before, after });
  }

  /** Deletes a message of one's own. */
  async delete(ts: string): Promise<void> {
    const before = this.#ownMessage(ts);
    this.#link.workspace.remove(ts);
    await announceChange(this.#link, this.#channel(before.channel), { before });
  }

  /** Presses a button, or chooses in a menu, of a message; `entries` say what its other fields hold. */
  press(messageTs: string, press: Press, entries: readonly FieldEntry[] = []): Promise<Delivered> {
    const message = this.#message(messageTs);
    const action = resolvePress(this.#pressable(message.ts, message.blocks), press);
    if (typeof action === 'string') throw new WindowRefusal(409, action);
    const entered = this.#withEntries(message.ts, message.blocks, {}, entries);
    const channel = this.#channel(message.channel);
    return deliverPress(this.#link, this.#person, channel, message, { action, entered });
  }

  /** Opens the app's Home tab; what is published then is read with `home()`. */
  openHome(): Promise<void> {
    return announceOpened(this.#link, this.#person, 'home');
  }

  /** Opens the direct messages, which the app hears of as well. */
  openMessages(): Promise<void> {
    return announceOpened(this.#link, this.#person, 'messages');
  }

  /** The Home tab as last published for this person. */
  home(): View | undefined {
    return this.#link.views.home(this.#person.id);
  }

  /** Open modals, the one on top last. */
  modals(): readonly View[] {
    return this.#link.views.stack(this.#person.id);
  }

  /** The modal on top. */
  modal(): View | undefined {
    return this.modals().at(-1);
  }

  /** Fills in fields of the modal on top or of the Home tab, without telling the app. */
  enter(viewId: string, entries: readonly FieldEntry[]): View {
    const view = this.#view(viewId);
    if (entries.length === 0) return view;
    const entered = this.#withEntries(view.id, view.blocks, view.entered, entries);
    return this.#link.views.note(view.id, { entered }) ?? view;
  }

  /** Presses or chooses in the modal on top or on the Home tab. What was entered before goes with it. */
  pressInView(viewId: string, press: Press): Promise<Delivered> {
    const view = this.#view(viewId);
    const action = resolvePress(this.#pressable(view.id, view.blocks), press);
    if (typeof action === 'string') throw new WindowRefusal(409, action);
    const value = valueOfAction(action);
    const entered =
      value && withValue(view.entered, String(action.block_id), String(action.action_id), value);
    const now = entered && this.#link.views.note(view.id, { entered });
    return deliverViewPress(this.#link, this.#person, now ?? view, action);
  }

  /** Presses the submit button of the modal on top, after filling these fields in. */
  submit(entries: readonly FieldEntry[] = []): Promise<Submitted> {
    const top = this.modal();
    if (!top) throw new WindowRefusal(404, 'this person has no modal open');
    if (!top.submit) throw new WindowRefusal(409, 'this modal has no submit button');
    return submitView(this.#link, this.#person, this.enter(top.id, entries));
  }

  /** Closes the modal on top by Cancel, or by the × all of them. */
  async close(options: { readonly all?: boolean | undefined } = {}): Promise<void> {
    const top = this.modal();
    if (!top) throw new WindowRefusal(404, 'this person has no modal open');
    await closeView(this.#link, this.#person, top, options.all === true);
  }

  /** Types into an external menu of a view (by its id) or message (by its ts), and resolves with what it offers. */
  async suggest(
    placeId: string,
    query: { readonly blockId?: string | undefined; readonly actionId: string; readonly value: string },
  ): Promise<Suggested> {
    const place = this.#place(placeId);
    const { blockId } = this.#field(place.blocks, query);
    const suggested = await suggest(this.#link, this.#person, place, { ...query, blockId });
    if (!suggested) throw new WindowRefusal(409, 'this menu does not ask the app');
    return suggested;
  }

  #place(id: string) {
    if (id.startsWith('V')) {
      const view = this.#view(id);
      const container = { type: 'view', view_id: view.id };
      return { id, blocks: view.blocks, context: { container, view: viewJson(view, { state: true }) } };
    }
    const message = this.#message(id);
    const context = messageContext(message, this.#channel(message.channel));
    return { id, blocks: message.blocks, context };
  }

  #pressable(placeId: string, blocks: Message['blocks']) {
    const offered = (blockId: string, actionId: string) =>
      this.#link.views.offered(offerKey(placeId, blockId, actionId));
    return { blocks, offered };
  }

  #withEntries(
    placeId: string,
    blocks: Message['blocks'],
    before: StateValues,
    entries: readonly FieldEntry[],
  ): StateValues {
    let values = before;
    for (const entry of entries) {
      const { element, blockId } = this.#field(blocks, entry);
      const offered = this.#link.views.offered(offerKey(placeId, blockId, entry.actionId));
      const value = readEntry(element, entry.value, offered);
      if (typeof value === 'string') throw new WindowRefusal(409, value);
      values = withValue(values, blockId, entry.actionId, value);
    }
    return values;
  }

  #field(blocks: Message['blocks'], { actionId, blockId }: Omit<FieldEntry, 'value'>): Found {
    const [only, second] = elementsOf(blocks).filter(
      (found) => found.element.action_id === actionId && (blockId === undefined || blockId === found.blockId),
    );
    if (only && !second) return only;
    const words = only ? 'several fields have' : 'no field has';
    throw new WindowRefusal(409, `${words} the action id ${actionId}`);
  }

  #view(id: string): View {
    const view = this.#link.views.find(id);
    if (view?.user !== this.#person.id) throw new WindowRefusal(404, 'this person sees no such view');
    if (view.type === 'modal' && view.id !== this.modal()?.id) {
      throw new WindowRefusal(409, 'another modal lies on this one');
    }
    return view;
  }

  #message(ts: string): Message {
    const message = this.#link.workspace.find(ts);
    const isSeen = message && isVisible(message, this.#person.id);
    if (!isSeen) throw new WindowRefusal(404, 'this person sees no such message');
    this.#channel(message.channel);
    return message;
  }

  #ownMessage(ts: string): Message {
    const message = this.#message(ts);
    if (message.user !== this.#person.id) throw new WindowRefusal(409, 'this message is by somebody else');
    return message;
  }

  #channel(id: string): Channel {
    const channel = this.#link.roster.channel(id);
    if (!channel?.members.includes(this.#person.id)) {
      throw new WindowRefusal(404, 'this person is in no such channel');
    }
    return channel;
  }

  #writable(id: string): Channel {
    const channel = this.#channel(id);
    if (channel.isArchived) throw new WindowRefusal(409, 'this channel is archived');
    return channel;
  }

  #direct(): Channel {
    const channel = this.#link.roster.directChannelOf(this.#person.id);
    if (!channel) throw new WindowRefusal(404, 'this person has no direct messages with the app');
    return channel;
  }
}
