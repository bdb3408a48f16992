import type { FaultBoard } from './faults.ts';

type Bucket = { readonly left: number; readonly atMs: number };

/** Slack's limit of chat.postMessage, about one a second in a channel after a short burst; off by default. */
export class PostLimit {
  readonly #faults: FaultBoard;
  readonly #clock: () => Date;
  readonly #buckets = new Map<string, Bucket>();

  constructor(faults: FaultBoard, clock: () => Date) {
    this.#faults = faults;
    this.#clock = clock;
  }

  /** Counts a call; seconds to wait when it is one too many. */
  take(method: string, channel: string): number | undefined {
    const burst = this.#faults.postBurst();
    if (burst === undefined || method !== 'chat.postMessage') return undefined;
    const nowMs = this.#clock().getTime();
    const before = this.#buckets.get(channel) ?? { left: burst, atMs: nowMs };
    const left = Math.min(burst, before.left + (nowMs - before.atMs) / 1000);
    this.#buckets.set(channel, { left: left < 1 ? left : left - 1, atMs: nowMs });
    return left < 1 ? Math.max(1, Math.ceil(1 - left)) : undefined;
  }
}
