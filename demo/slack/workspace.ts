import { randomBytes } from 'node:crypto';

/** A Block Kit block as kept: already checked, ids filled in. */
export type Block = { readonly type: string; readonly block_id: string; readonly [key: string]: unknown };

export type Message = {
  /** Slack's id and time in one: seconds since 1970 with six decimals; unique in the workspace here. */
  readonly ts: string;
  readonly channel: string;
  /** Author: a person, the bot, or Slackbot. */
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly metadata?: unknown;
  /** ts of the message that began the thread; set on replies only. */
  readonly threadTs?: string;
  /** A reply that its author also sent to the channel. */
  readonly isBroadcast?: boolean;
  /** Ids of the files shown in it. */
  readonly files?: readonly string[];
  /** The sender's own id for it; people's messages have one. */
  readonly clientMsgId?: string;
  /** Set on an ephemeral message: the only person who sees it. */
  readonly visibleTo?: string;
  readonly edited?: { readonly user: string; readonly ts: string };
  /** A press in this message that the app did not acknowledge in time; shown until the next press. */
  readonly failedPress?: FailedPress;
};

type FailedPress = {
  readonly user: string;
  readonly blockId: string;
  readonly actionId: string;
  readonly error: 'operation_timeout' | 'dispatch_failed';
};

export type ResponseUrl = {
  /** The unguessable path, such as /commands/T0DEMO/1/…  */
  readonly path: string;
  readonly createdMs: number;
  readonly uses: number;
  readonly channel: string;
  readonly user: string;
  readonly origin: 'command' | 'action';
  /** ts of the message that replace_original and delete_original mean; null before there is one. */
  readonly target: string | null;
};

/** What of the messages outlives a restart. */
export type MessagesState = {
  readonly version: 1;
  readonly messages: readonly Message[];
  readonly responseUrls: readonly ResponseUrl[];
  readonly lastTsMicros: number;
  readonly sequence: number;
};

type Change = {
  readonly kind: 'posted' | 'edited' | 'removed';
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly visibleTo: string | null;
};

/** What was said, before and after; `before` is missing for a new message, `after` for a deleted one. */
export type Said = { readonly before?: Message; readonly after?: Message };

type Draft = Pick<Message, 'channel' | 'user' | 'text' | 'blocks'> &
  Partial<Pick<Message, 'metadata' | 'visibleTo' | 'threadTs' | 'isBroadcast' | 'files' | 'clientMsgId'>>;

const RESPONSE_URL_LIFE_MS = 30 * 60 * 1000;
/** Old addresses are kept for a day so that a late use is told "expired" rather than "unknown". */
const RESPONSE_URL_KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * The messages of the workspace and the response_urls handed out.
 * Unlike in Slack, ephemeral messages are kept and survive a reload and a restart here: the demo must be able
 * to show what happened before the restart.
 */
export class Workspace {
  readonly #clock: () => Date;
  readonly #listeners = new Set<(change: Change) => void>();
  #hearers: ((said: Said) => void)[] = [];
  #savers: (() => void)[] = [];
  #messages: Message[] = [];
  #urls = new Map<string, ResponseUrl>();
  #lastTsMicros = 0;
  #sequence = 0;

  constructor(clock: () => Date, restored?: MessagesState) {
    this.#clock = clock;
    if (!restored) return;
    this.#messages = [...restored.messages];
    this.#urls = new Map(restored.responseUrls.map((url) => [url.path, url]));
    this.#lastTsMicros = restored.lastTsMicros;
    this.#sequence = restored.sequence;
  }

  state(): MessagesState {
    return {
      version: 1,
      messages: this.#messages,
      responseUrls: [...this.#urls.values()],
      lastTsMicros: this.#lastTsMicros,
      sequence: this.#sequence,
    };
  }

  /** Tells of every visible change; returns the function that ends it. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told of everything that is said, edited or deleted; not of warnings on a message. */
  onSaid(hearer: (said: Said) => void): void {
    this.#hearers.push(hearer);
  }

  /** Called after every change worth saving, visible or not. */
  onDirty(saver: () => void): void {
    this.#savers.push(saver);
  }

  /** The next unused time stamp, never going back even when the clock does. */
  nextTs(): string {
    const now = this.#clock().getTime() * 1000;
    this.#lastTsMicros = Math.max(now, this.#lastTsMicros + 1);
    const seconds = Math.floor(this.#lastTsMicros / 1_000_000);
    return `${seconds}.${String(this.#lastTsMicros % 1_000_000).padStart(6, '0')}`;
  }

  post(draft: Draft): Message {
    const message: Message = { ...draft, ts: this.nextTs() };
    this.#messages.push(message);
    this.#announce('posted', message);
    this.#tell({ after: message });
    return message;
  }

  /** Replaces parts of a message; undefined when it does not exist. */
  edit(ts: string, changes: Partial<Omit<Message, 'ts' | 'channel' | 'user'>>): Message | undefined {
    const index = this.#messages.findIndex((message) => message.ts === ts);
    const before = this.#messages[index];
    if (!before) return undefined;
    const after: Message = { ...before, ...changes };
    this.#messages[index] = after;
    this.#announce('edited', after);
    if (after.text !== before.text || after.blocks !== before.blocks) this.#tell({ before, after });
    return after;
  }

  /** Takes the warning off a message; nothing happens when there is none. */
  clearFailedPress(ts: string): void {
    const index = this.#messages.findIndex((message) => message.ts === ts);
    const before = this.#messages[index];
    if (!before?.failedPress) return;
    const { failedPress: _gone, ...rest } = before;
    this.#messages[index] = rest;
    this.#announce('edited', rest);
  }

  remove(ts: string): boolean {
    const message = this.find(ts);
    if (!message) return false;
    this.#messages = this.#messages.filter((other) => other !== message);
    this.#announce('removed', message);
    this.#tell({ before: message });
    return true;
  }

  find(ts: string): Message | undefined {
    return this.#messages.find((message) => message.ts === ts);
  }

  /** What everybody sees in a thread below its first message, oldest first. */
  replies(threadTs: string): Message[] {
    return this.#messages.filter(
      (message) => message.threadTs === threadTs && message.visibleTo === undefined,
    );
  }

  /** A channel's messages that everybody in it sees, oldest first. */
  publicMessages(channel: string): Message[] {
    return this.#messages.filter((message) => message.channel === channel && message.visibleTo === undefined);
  }

  /** A channel's messages that this person sees, ephemeral ones included, oldest first. */
  messagesSeenBy(user: string, channel: string): Message[] {
    return this.#messages.filter((message) => message.channel === channel && isVisible(message, user));
  }

  /** Makes a new address on which the app may answer; its path cannot be guessed. */
  openResponseUrl(url: Omit<ResponseUrl, 'path' | 'createdMs' | 'uses'>, teamId: string): ResponseUrl {
    const now = this.#clock().getTime();
    this.#sequence += 1;
    for (const [path, old] of this.#urls) {
      if (now - old.createdMs > RESPONSE_URL_KEPT_MS) this.#urls.delete(path);
    }
    const folder = url.origin === 'command' ? 'commands' : 'actions';
    const path = `/${folder}/${teamId}/${this.#sequence}/${randomBytes(18).toString('base64url')}`;
    const made: ResponseUrl = { ...url, path, createdMs: now, uses: 0 };
    this.#urls.set(path, made);
    this.#save();
    return made;
  }

  responseUrl(path: string): ResponseUrl | undefined {
    return this.#urls.get(path);
  }

  isExpired(url: ResponseUrl): boolean {
    return this.#clock().getTime() - url.createdMs > RESPONSE_URL_LIFE_MS;
  }

  countUse(path: string): void {
    this.#changeUrl(path, (url) => ({ ...url, uses: url.uses + 1 }));
  }

  aimResponseUrl(path: string, target: string | null): void {
    this.#changeUrl(path, (url) => ({ ...url, target }));
  }

  #changeUrl(path: string, change: (url: ResponseUrl) => ResponseUrl): void {
    const url = this.#urls.get(path);
    if (!url) return;
    this.#urls.set(path, change(url));
    this.#save();
  }

  #announce(kind: Change['kind'], message: Message): void {
    const { ts, channel, user, visibleTo } = message;
    for (const listener of this.#listeners)
      listener({ kind, ts, channel, user, visibleTo: visibleTo ?? null });
    this.#save();
  }

  #tell(said: Said): void {
    for (const hearer of this.#hearers) hearer(said);
  }

  #save(): void {
    for (const saver of this.#savers) saver();
  }
}

export function isVisible(message: Message, user: string): boolean {
  return message.visibleTo === undefined || message.visibleTo === user;
}
