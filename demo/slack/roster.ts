import { type Channel, FIRST_CHANNELS } from './directory.ts';

export type RosterState = Readonly<
  Record<string, { readonly members: readonly string[]; readonly isArchived: boolean }>
>;

/** The conversations and who is in them: people invite the bot, throw it out, and archive channels. */
export class Roster {
  readonly #channels: Map<string, Channel>;
  #listeners: ((channel: Channel) => void)[] = [];

  constructor(restored: RosterState = {}) {
    this.#channels = new Map(
      FIRST_CHANNELS.map((channel) => [channel.id, { ...channel, ...restored[channel.id] }]),
    );
  }

  state(): RosterState {
    return Object.fromEntries(
      this.channels().map(({ id, members, isArchived }) => [id, { members, isArchived }]),
    );
  }

  onChange(listener: (channel: Channel) => void): void {
    this.#listeners.push(listener);
  }

  channels(): Channel[] {
    return [...this.#channels.values()];
  }

  channel(id: string): Channel | undefined {
    return this.#channels.get(id);
  }

  /** The direct conversation between a person and the bot; undefined for bots and unknown people. */
  directChannelOf(personId: string): Channel | undefined {
    return this.channels().find((channel) => channel.kind === 'im' && channel.members[0] === personId);
  }

  invite(channelId: string, user: string): void {
    this.#change(channelId, ({ members }) => ({ members: [...new Set([...members, user])] }));
  }

  remove(channelId: string, user: string): void {
    this.#change(channelId, ({ members }) => ({ members: members.filter((member) => member !== user) }));
  }

  setArchived(channelId: string, isArchived: boolean): void {
    this.#change(channelId, () => ({ isArchived }));
  }

  /** @throws when there is no such channel. */
  #change(channelId: string, change: (channel: Channel) => Partial<Channel>): void {
    const before = this.#channels.get(channelId);
    if (!before) throw new Error(`the local Slack has no channel ${channelId}`);
    const after = { ...before, ...change(before) };
    this.#channels.set(channelId, after);
    for (const listener of this.#listeners) listener(after);
  }
}
