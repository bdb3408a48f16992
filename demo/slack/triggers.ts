import { randomBytes } from 'node:crypto';

const LIFE_MS = 3000;

type Trigger = {
  readonly user: string;
  readonly issuedMs: number;
  /** The view in which the person acted, for views.push. */
  readonly viewId: string | undefined;
  readonly isUsed: boolean;
};

type Exchanged = Pick<Trigger, 'user' | 'viewId'> | { readonly error: string };

/** The trigger ids handed out: each lives 3 s and opens one modal. */
export class Triggers {
  readonly #clock: () => Date;
  readonly #issued = new Map<string, Trigger>();

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  issue(user: string, viewId?: string): string {
    const issuedMs = this.#clock().getTime();
    const id = `${issuedMs}.1000.${randomBytes(16).toString('hex')}`;
    this.#issued.set(id, { user, issuedMs, viewId, isUsed: false });
    return id;
  }

  /** Uses a trigger id up, or says with Slack's error code why it is worth nothing. */
  exchange(id: string): Exchanged {
    const trigger = this.#issued.get(id);
    if (!trigger) return { error: 'invalid_trigger_id' };
    if (trigger.isUsed) return { error: 'exchanged_trigger_id' };
    if (this.#clock().getTime() - trigger.issuedMs > LIFE_MS) return { error: 'expired_trigger_id' };
    this.#issued.set(id, { ...trigger, isUsed: true });
    return trigger;
  }
}
