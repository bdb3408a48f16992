/** What `doctor` and the health endpoints ask, in words and in yes or no. No secret is in any of it. */

export type Health = 'pass' | 'warn' | 'fail';

export type HealthResult = {
  readonly ok: Health;
  /** What was seen, one sentence for people. */
  readonly words: string;
  /** What to do about it; absent where nothing is to be done. */
  readonly next?: string;
};

export type HealthCheck = {
  readonly name: string;
  /** May reject: whoever runs it makes an answer of that, too. */
  run(signal: AbortSignal): Promise<HealthResult>;
};

/** What the database server says of itself. */
export type DatabaseFacts = {
  /** e.g. `8.0.4` */
  readonly version: string;
  readonly replicaSet: boolean;
  /** The server's clock. */
  readonly now: Date;
};

/** Every call rejects with the driver's error where the database does not answer. */
export type DatabaseHealth = {
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  facts(): Promise<DatabaseFacts>;
  /** Resolves when a document of its own was written and confirmed by most of the members. */
  tryWrite(): Promise<void>;
};

/** What the Redis server says of itself. Rejects where it does not answer, with words without its address. */
export type RedisHealth = () => Promise<{
  /** e.g. `7.2.4` */
  readonly version: string;
  /** Whether it may throw entries away when its memory is full. */
  readonly evicts: boolean;
}>;

export type ChatIdentity =
  | { readonly result: 'accepted'; readonly scopes: readonly string[] }
  /** By the platform's own word for it, e.g. `invalid_auth`. */
  | { readonly result: 'refused'; readonly reason: string }
  | { readonly result: 'no-answer' };

/** Whether a chat platform takes our token, and what it may do with it. */
export type ChatIdentityCheck = {
  identity(): Promise<ChatIdentity>;
};

/** Bytes of the file system that a folder is on, or would be made on. */
export type DiskSpace = (folder: string) => Promise<{ readonly freeBytes: number }>;

/** What everything else needs, by name; true where it works. */
export type Readiness = { readonly database: boolean; readonly worker: boolean; readonly chat: boolean };
