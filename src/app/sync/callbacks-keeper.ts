/**
 * Keeps ConnectWise calling: registers what is missing, switches on again what ConnectWise switched off, and removes
 * what leads to an address that is cwsync's no more. Every process may do it, since each step can be done twice.
 *
 * These are writes to ConnectWise, if only to its settings, so they wait for the switch that allows writing. What is
 * refused is told by `doctor` and costs nothing but time: the scout sees every change as well.
 */
import { FailureError } from '../../domain/failure.ts';
import {
  type CallbackSubscription,
  type CallbackSubscriptions,
  type CallbackType,
  callbackTypes,
} from '../../ports/callbacks.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Gate, isShut } from '../../ports/gate.ts';
import type { Logger } from '../../ports/logger.ts';

export type KeepCallbacksDeps = {
  readonly subscriptions: CallbackSubscriptions;
  /** Where ConnectWise is to call. */
  readonly url: string;
  /** Whether cwsync may write to ConnectWise at all; asked before each write. */
  readonly mayWrite: () => Promise<boolean>;
  readonly gate: Pick<Gate, 'read'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
};

/** From one look to the next, in milliseconds: after all went well, after a refusal, after any other trouble. */
export const lookAgainMs = { fine: 86_400_000, refused: 3_600_000, trouble: 600_000 } as const;

export type SubscriptionPlan = {
  readonly register: readonly CallbackType[];
  readonly enable: readonly number[];
  readonly remove: readonly number[];
};

/** What is to be done so that there is one active entry of each type at the address, and no other of ours. */
export function planSubscriptions(ours: readonly CallbackSubscription[], url: string): SubscriptionPlan {
  const kept = new Map<string, CallbackSubscription>();
  for (const one of ours) {
    const wanted = one.url === url && callbackTypes.some((type) => type === one.type);
    if (wanted && !kept.has(one.type)) kept.set(one.type, one);
  }
  const stays = new Set([...kept.values()].map(({ id }) => id));
  return {
    register: callbackTypes.filter((type) => !kept.has(type)),
    enable: [...kept.values()].filter(({ inactive }) => inactive).map(({ id }) => id),
    remove: ours.filter(({ id }) => !stays.has(id)).map(({ id }) => id),
  };
}

/** @returns a job for the clock, to be run often: it looks seldom, but soon after it is allowed to */
export function callbackKeeper(deps: KeepCallbacksDeps): (signal: AbortSignal) => Promise<void> {
  const { gate, clock, logger, mayWrite } = deps;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let told: string | undefined;

  /** What stays the same is said once. */
  function tell(message: string, error?: unknown): void {
    if (message !== told) logger.warn(error === undefined ? {} : { err: error }, message);
    told = message;
  }

  /** @returns how it went; undefined where it was ended on the way */
  async function look(signal: AbortSignal): Promise<keyof typeof lookAgainMs | undefined> {
    try {
      if (!(await keepSubscriptions(deps, signal))) return undefined;
      told = undefined;
      return 'fine';
    } catch (error) {
      if (signal.aborted) return undefined;
      const refused = error instanceof FailureError && error.failure.code === 'cw.permission';
      const why = refused ? 'the API member may not do that (cwsync doctor)' : 'tried again later';
      tell(`callbacks could not be registered: ${why}`, error);
      return refused ? 'refused' : 'trouble';
    }
  }

  return async (signal) => {
    if (clock.monotonicMs() < notBeforeMs || isShut(await gate.read())) return;
    if (!(await mayWrite())) {
      tell('callbacks are not registered: they need Write to ConnectWise');
      return;
    }
    const went = await look(signal);
    if (went !== undefined) notBeforeMs = clock.monotonicMs() + lookAgainMs[went];
  };
}

/** @returns false where writing was switched off on the way */
async function keepSubscriptions(deps: KeepCallbacksDeps, signal: AbortSignal): Promise<boolean> {
  const { subscriptions, url, mayWrite, logger } = deps;
  const { register, enable, remove } = planSubscriptions(await subscriptions.list(signal), url);
  // What is stale goes last, so that there is never nothing.
  const writes = [
    ...register.map((type) => () => subscriptions.register(type, url, signal)),
    ...enable.map((id) => () => subscriptions.enable(id, signal)),
    ...remove.map((id) => () => subscriptions.remove(id, signal)),
  ];
  for (const write of writes) {
    if (!(await mayWrite())) return false;
    await write();
  }
  const counts = { registered: register.length, enabled: enable.length, removed: remove.length };
  if (writes.length > 0) logger.info(counts, 'callbacks of ConnectWise are in order');
  return true;
}
