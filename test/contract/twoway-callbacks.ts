/**
 * Callbacks in a history: what ConnectWise tells of each change, in its own words, to the door that takes them; on
 * the way some are lost, come twice, or come after one that was sent later.
 */

import { callbackOf, readMessage } from '../../adapters/connectwise/callbacks/message.ts';
import type { CallbackEntry } from '../../demo/connectwise/callbacks/entries.ts';
import { concerns, messageBody } from '../../demo/connectwise/callbacks/message.ts';
import { DEFAULT_SWITCHES } from '../../demo/connectwise/switches.ts';
import type { World } from '../../demo/connectwise/world/world.ts';
import type { WorldChange } from '../../demo/connectwise/world/world-core.ts';
import { callbackDoor } from '../../src/app/sync/callbacks.ts';
import type { Callback, CallbackDoor } from '../../src/ports/callbacks.ts';
import type { EngineRig } from '../support/engine-rig.ts';

const types = ['project', 'ticket', 'schedule', 'time'];
const apiMember = DEFAULT_SWITCHES.apiMember;

/** As cwsync registers them: one for all records of a type, silent about its own writes. */
const entries = types.map((type, index): CallbackEntry => {
  const info = { lastUpdated: '', updatedBy: apiMember, dateEntered: '', enteredBy: apiMember };
  return {
    ...{ id: index + 1, description: '', url: 'http://127.0.0.1/', objectId: 1, type, level: 'owner' },
    ...{ memberId: 1, payloadVersion: '3.0.0', inactiveFlag: false, isSoapCallbackFlag: false },
    ...{ isSelfSuppressedFlag: true, _info: info },
  };
});

const sender = {
  origin: 'http://127.0.0.1',
  codebase: 'v2025_1',
  companyId: 'acme',
  keyUrl: 'http://127.0.0.1/keys',
  switches: DEFAULT_SWITCHES,
};

/** What happens to the next messages on the way. */
export const oddities = ['lost', 'twice', 'late'] as const;
export type Oddity = (typeof oddities)[number];

export class HistoryCallbacks {
  readonly #world: World;
  readonly #door: CallbackDoor;
  readonly #shutdown = new AbortController();
  readonly #waiting: Callback[] = [];
  readonly #next = { lost: 0, twice: 0, late: 0 };
  /** Of those that were to come late. */
  #held: Callback[] = [];
  /** What really happened to messages. */
  readonly had = new Set<Oddity>();
  delivered = 0;

  constructor({ tenantId, stores, time, logger, world }: EngineRig) {
    this.#world = world;
    const { tasks, planner } = stores;
    const shutdown = this.#shutdown.signal;
    this.#door = callbackDoor({ tenantId, tasks, planner, clock: time.clock, logger, shutdown });
    world.onChange((change) => this.#tell(change));
  }

  stop(): void {
    this.#shutdown.abort();
  }

  /** So many of the next messages. */
  strike(oddity: Oddity, times: number): void {
    this.#next[oddity] = times;
  }

  endOddities(): void {
    for (const oddity of oddities) this.#next[oddity] = 0;
  }

  #tell(change: WorldChange): void {
    const row = this.#world.stores[change.store].get(change.id);
    for (const entry of entries) {
      if (!concerns(entry, change, row)) continue;
      const message = readMessage(Buffer.from(messageBody(entry, change, row, sender)));
      const callback = message && callbackOf(message);
      if (callback) this.#send(callback);
    }
  }

  #send(callback: Callback): void {
    if (this.#strikes('lost')) return;
    const copies = this.#strikes('twice') ? [callback, callback] : [callback];
    if (this.#strikes('late')) this.#held.push(...copies);
    else this.#waiting.push(...copies);
  }

  #strikes(oddity: Oddity): boolean {
    if (this.#next[oddity] === 0) return false;
    this.#next[oddity] -= 1;
    this.had.add(oddity);
    return true;
  }

  /** Hands over what has been sent: a late one behind those that were sent since. */
  async deliver(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const messages = [...this.#waiting.splice(0), ...this.#held.splice(0)];
    this.delivered += messages.length;
    await Promise.all(messages.map((message) => this.#door.take(message)));
  }

  /** Nothing follows that a late one could come after. */
  async deliverAll(): Promise<void> {
    this.#waiting.push(...this.#held.splice(0));
    await this.deliver();
  }
}
