import type { AppLink } from './app-link.ts';
import { BOT_USER, OTHER_BOT } from './directory.ts';
import { announceToApp } from './events.ts';
import type { Faults } from './faults.ts';
import type { DisconnectReason, SocketHub } from './socket-hub.ts';
import { encodeMessage } from './typed-text.ts';

/** What happens to the workspace and its connections without a person's hand in the window. */
export class Knobs {
  readonly #link: AppLink;
  readonly #sockets: SocketHub;

  constructor(link: AppLink, sockets: SocketHub) {
    this.#link = link;
    this.#sockets = sockets;
  }

  /** Replaces all faults; `{}` ends them. */
  setFaults(faults: Faults): void {
    this.#link.faults.set(faults);
  }

  /** @throws when there is no such channel; so do the next two. */
  inviteBot(channelId: string): void {
    this.#link.roster.invite(channelId, BOT_USER);
  }

  removeBot(channelId: string): void {
    this.#link.roster.remove(channelId, BOT_USER);
  }

  archive(channelId: string, isArchived = true): void {
    this.#link.roster.setArchived(channelId, isArchived);
  }

  /** Another app's bot writes, and mentions ours where the text has @cwsync. Resolves with the message's ts. */
  async otherBotSays(channelId: string, typed: string, threadTs?: string): Promise<string> {
    const channel = this.#link.roster.channel(channelId);
    if (!channel) throw new Error(`the local Slack has no channel ${channelId}`);
    const message = this.#link.workspace.post({
      channel: channelId,
      user: OTHER_BOT.user,
      text: encodeMessage(typed, this.#link.roster.channels()),
      blocks: [],
      ...(threadTs !== undefined && { threadTs }),
    });
    await announceToApp(this.#link, channel, message);
    return message.ts;
  }

  /** Sends the last event once more: the same event_id, as retry 1. */
  repeatEvent(): Promise<void> {
    return this.#link.events.repeatLast();
  }

  /** Sockets that the app has open now. */
  socketCount(): number {
    return this.#sockets.size;
  }

  /** Slack asks the app to connect anew, with this reason, and closes the sockets. */
  disconnectSockets(reason: DisconnectReason): void {
    this.#sockets.disconnect(reason);
  }

  /** False: somebody turns Socket Mode off; every socket, old and new, hears `link_disabled` and is closed. */
  setSocketMode(isOn: boolean): void {
    this.#sockets.enable(isOn);
  }

  /** Every socket breaks without a word. */
  dropSockets(): void {
    this.#sockets.drop();
  }

  /** True: sockets stay open, and nothing comes through them, pings and pongs included. */
  stallSockets(isStalled: boolean): void {
    this.#sockets.stall(isStalled);
  }
}
