import { randomBytes } from 'node:crypto';
import type { Delivery, Retry } from './delivery.ts';
import { APP_ID, BOT_USER, LEGACY_TOKEN, TEAM } from './directory.ts';
import type { FaultBoard } from './faults.ts';

/** Slack tries again almost at once, after a minute and after five. */
const RETRIES_MS: readonly number[] = [0, 60_000, 300_000];

export type EventDeskOptions = {
  readonly delivery: Delivery;
  readonly faults: FaultBoard;
  readonly clock: () => Date;
  /** Waits before each repeat of an event that the app did not acknowledge, in ms. */
  readonly retriesMs?: readonly number[] | undefined;
};

/** Sends events to the app, and sends them again as Slack does. */
export class EventDesk {
  readonly #options: EventDeskOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #last: Record<string, unknown> | undefined;

  constructor(options: EventDeskOptions) {
    this.#options = options;
  }

  /**
   * Sends one event; resolves when the app has answered it or not. Repeats go on behind the caller's back.
   * @param isShared whether it happened in a channel shared with another company.
   */
  async send(event: Record<string, unknown>, isShared = false): Promise<void> {
    const payload = this.#envelope(event, isShared);
    this.#last = payload;
    await this.#attempt(payload, 0);
    if (this.#options.faults.areEventsDoubled()) await this.#deliver(payload, { num: 1, reason: 'timeout' });
  }

  /**
   * Sends the last event once more, as a repeat of it: the same event_id, with retry number 1.
   * @throws when no event was sent yet.
   */
  async repeatLast(): Promise<void> {
    if (!this.#last) throw new Error('no event was sent yet');
    await this.#deliver(this.#last, { num: 1, reason: 'timeout' });
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #attempt(payload: Record<string, unknown>, count: number, before?: Retry['reason']): Promise<void> {
    const result = await this.#deliver(payload, before && { num: count, reason: before });
    const wait = (this.#options.retriesMs ?? RETRIES_MS)[count];
    if (result === 'answered' || wait === undefined) return;
    const reason = result === 'operation_timeout' ? 'timeout' : 'http_error';
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#attempt(payload, count + 1, reason);
    }, wait);
    timer.unref();
    this.#timers.add(timer);
  }

  async #deliver(payload: Record<string, unknown>, retry: Retry | undefined): Promise<string> {
    const { kind } = await this.#options.delivery.deliver('events_api', payload, retry);
    return kind;
  }

  #envelope(event: Record<string, unknown>, isShared: boolean): Record<string, unknown> {
    const team = this.#options.faults.foreignTeam() ?? TEAM.id;
    return {
      token: LEGACY_TOKEN,
      team_id: team,
      context_team_id: team,
      context_enterprise_id: null,
      api_app_id: APP_ID,
      event,
      type: 'event_callback',
      event_id: `Ev${randomBytes(6).toString('hex').toUpperCase()}`,
      event_time: Math.floor(this.#options.clock().getTime() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: team,
          user_id: BOT_USER,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: isShared,
      event_context: randomBytes(8).toString('base64url'),
    };
  }
}
