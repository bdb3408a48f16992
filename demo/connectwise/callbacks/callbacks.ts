/**
 * Tells others of changes of the tenant, as ConnectWise does: a signed POST for each, 5 s for the answer, two more
 * tries after 404, 409, 419 and 429 only, and after three days without a success no more.
 */
import type { VirtualClock } from '../control/virtual-clock.ts';
import type { Switches } from '../switches.ts';
import type { Row } from '../world/record-store.ts';
import { DAY_MS } from '../world/timestamps.ts';
import type { World } from '../world/world.ts';
import type { WorldChange } from '../world/world-core.ts';
import { CallbackEntries, type CallbackEntry } from './entries.ts';
import { Knobs } from './knobs.ts';
import { concerns, messageBody } from './message.ts';
import { SigningKeys } from './signing.ts';
import { Timers } from './timers.ts';

export type Delivery = {
  readonly entryId: number;
  readonly type: string;
  readonly action: WorldChange['action'];
  readonly recordId: number;
  /** 1 to 3; 0 for one that was dropped. */
  readonly attempt: number;
  readonly outcome: number | 'time-out' | 'no-connection' | 'dropped';
  /** By the simulator's clock. */
  readonly at: string;
};

type Message = { readonly entry: CallbackEntry; readonly change: WorldChange; readonly body: string };

/** Of what is not in the tenant itself. */
export type CallbackSurroundings = {
  readonly switches: Switches;
  readonly codebase: string;
  readonly credentials: { readonly companyId: string };
};

const TIME_OUT_MS = 5_000;
/** Before the second try and the third. */
const RETRY_AFTER_MS: readonly number[] = [2_000, 4_000];
const RETRIED: readonly number[] = [404, 409, 419, 429];
const DISABLED_AFTER_MS = 3 * DAY_MS;
/** A message that waits to be overtaken waits no longer than this. */
const OVERTAKEN_WITHIN_MS = 1_000;
const AT_ONCE = 20;
const DELIVERIES_KEPT = 10_000;

export class Callbacks {
  readonly entries = new CallbackEntries();
  readonly keys = new SigningKeys();
  readonly knobs = new Knobs();
  /** Of the simulator itself, as the keys are fetched from there. */
  origin = 'http://127.0.0.1';
  readonly #world: World;
  readonly #surroundings: () => CallbackSurroundings;
  readonly #timers: Timers;
  readonly #failingSince = new Map<number, number>();
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #stopping = new AbortController();
  #deliveries: Delivery[] = [];
  #held: Message[] = [];
  #active = 0;

  constructor(world: World, virtualClock: VirtualClock | null, surroundings: () => CallbackSurroundings) {
    this.#world = world;
    this.#surroundings = surroundings;
    this.#timers = new Timers(virtualClock);
    world.onChange((change) => this.#tell(change));
  }

  deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  keyUrl(): string {
    const { codebase, credentials } = this.#surroundings();
    return this.keys.address(this.origin, codebase, credentials.companyId);
  }

  stop(): void {
    this.#stopping.abort();
    this.#timers.stop();
    this.#queue.length = 0;
  }

  #tell(change: WorldChange): void {
    const row: Row | undefined = this.#world.stores[change.store].get(change.id);
    const { switches, codebase, credentials } = this.#surroundings();
    const { companyId } = credentials;
    for (const entry of this.entries.rows()) {
      if (!concerns(entry, change, row)) continue;
      const sender = { origin: this.origin, codebase, companyId, keyUrl: this.keyUrl(), switches };
      this.#send({ entry, change, body: messageBody(entry, change, row, sender) });
    }
  }

  /** As the knobs say: not at all, twice, or after the next one. */
  #send(message: Message): void {
    if (this.knobs.strikes('drop')) {
      this.#note(message, 0, 'dropped');
      return;
    }
    const copies = this.knobs.strikes('duplicate') ? [message, message] : [message];
    if (this.knobs.strikes('reorder')) {
      this.#held.push(...copies);
      this.#timers.after(OVERTAKEN_WITHIN_MS, () => this.#letGo());
      return;
    }
    const overtaken = this.#takeHeld();
    for (const [at, copy] of copies.entries()) this.#post(copy, at === 0 ? overtaken : []);
  }

  #letGo(): void {
    for (const message of this.#takeHeld()) this.#post(message);
  }

  #takeHeld(): readonly Message[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** @param then what goes out when this one has been answered */
  #post(message: Message, then: readonly Message[] = []): void {
    const { delayMs } = this.knobs;
    const start = () =>
      this.#enqueue(async () => {
        await this.#attempt(message, 1);
        for (const later of then) this.#post(later);
      });
    if (delayMs > 0) this.#timers.after(delayMs, start);
    else start();
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue.push(work);
    this.#goOn();
  }

  #goOn(): void {
    while (this.#active < AT_ONCE) {
      const work = this.#queue.shift();
      if (!work) return;
      this.#active += 1;
      // It rejects only when the simulator stops.
      void work()
        .catch(() => {})
        .finally(() => {
          this.#active -= 1;
          this.#goOn();
        });
    }
  }

  async #attempt(message: Message, attempt: number): Promise<void> {
    const outcome = await this.#request(message);
    this.#note(message, attempt, outcome);
    const waitMs = RETRY_AFTER_MS[attempt - 1];
    if (typeof outcome === 'number' && RETRIED.includes(outcome) && waitMs !== undefined) {
      this.#timers.after(waitMs, () => this.#enqueue(() => this.#attempt(message, attempt + 1)));
      return;
    }
    this.#judge(message.entry.id, typeof outcome === 'number' && outcome >= 200 && outcome <= 299);
  }

  async #request({ entry, change, body }: Message): Promise<Delivery['outcome']> {
    const late = new AbortController();
    const forget = this.#timers.after(TIME_OUT_MS, () => late.abort());
    try {
      const response = await fetch(`${entry.url}${change.id}&action=${change.action}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'x-content-signature': this.keys.sign(body) },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([late.signal, this.#stopping.signal]),
      });
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      if (late.signal.aborted) return 'time-out';
      if (error instanceof TypeError) return 'no-connection';
      throw error;
    } finally {
      forget();
    }
  }

  /** Of one message, when its last attempt is over. */
  #judge(entryId: number, succeeded: boolean): void {
    const now = this.#world.clock().getTime();
    const entry = this.entries.store.get(entryId);
    if (succeeded || !entry) {
      this.#failingSince.delete(entryId);
      return;
    }
    const since = this.#failingSince.get(entryId) ?? now;
    this.#failingSince.set(entryId, since);
    if (entry.inactiveFlag || now - since < DISABLED_AFTER_MS) return;
    const { apiMember } = this.#surroundings().switches;
    this.#failingSince.delete(entryId);
    this.entries.store.put({
      ...entry,
      inactiveFlag: true,
      _info: this.#world.stamped(entry._info, apiMember),
    });
  }

  #note({ entry, change }: Message, attempt: number, outcome: Delivery['outcome']): void {
    const at = this.#world.clock().toISOString();
    const { action, id: recordId } = change;
    this.#deliveries.push({ entryId: entry.id, type: entry.type, action, recordId, attempt, outcome, at });
    if (this.#deliveries.length > DELIVERIES_KEPT)
      this.#deliveries = this.#deliveries.slice(-DELIVERIES_KEPT / 2);
  }
}
