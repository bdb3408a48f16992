import { FailureError } from '../../domain/failure.ts';
import {
  type CallbackSubscription,
  type CallbackSubscriptions,
  callbackTypes,
} from '../../ports/callbacks.ts';
import type { HealthCheck, HealthResult } from '../../ports/health-checks.ts';

export type CallbackCheckDeps = {
  /** Where ConnectWise is to call; undefined where no public address is set. */
  readonly callbackUrl: string | undefined;
  /** Absent while ConnectWise is not configured. */
  readonly subscriptions: Pick<CallbackSubscriptions, 'list'> | undefined;
  readonly mayWrite: () => Promise<boolean>;
};

const name = 'ConnectWise callbacks';
const meanwhile = 'cwsync asks ConnectWise for what changed';

/** Whatever is wrong with them is a warning: every change is seen without them, too, only later. */
export function callbackCheck({ callbackUrl, subscriptions, mayWrite }: CallbackCheckDeps): HealthCheck {
  return {
    name,
    async run(signal) {
      if (callbackUrl === undefined || subscriptions === undefined) {
        return { ok: 'pass', words: `Off: no PUBLIC_URL is set, so ${meanwhile}.` };
      }
      const ours = await subscriptions.list(signal).catch(refused);
      if (ours === 'refused') return { ...notAllowed, next: giveTheRight };
      return resultOf(ours, callbackUrl, await mayWrite());
    },
  };
}

const total = callbackTypes.length;
const giveTheRight =
  'Ask a ConnectWise admin to give the security role of the API member System › Table Setup, with Inquire, Add, Edit and Delete › All.';
const notAllowed = {
  ok: 'warn',
  words: `The API member may not see the callbacks; meanwhile ${meanwhile}.`,
} as const;

function refused(error: unknown): 'refused' {
  if (error instanceof FailureError && error.failure.code === 'cw.permission') return 'refused';
  throw error;
}

function resultOf(ours: readonly CallbackSubscription[], url: string, allowed: boolean): HealthResult {
  const here = ours.filter((one) => one.url === url && callbackTypes.some((type) => type === one.type));
  const active = new Set(here.filter(({ inactive }) => !inactive).map(({ type }) => type));
  if (active.size === total) return { ok: 'pass', words: `Active: ${total} of ${total}.` };
  const words = `Active: ${active.size} of ${total}.`;
  if (!allowed) {
    const off = `${words} They need Write to ConnectWise, which is off; meanwhile ${meanwhile}.`;
    return { ok: 'pass', words: off };
  }
  const disabled = here.filter(({ type, inactive }) => inactive && !active.has(type));
  if (disabled.length > 0) {
    return {
      ok: 'warn',
      words: `${words} ${disabledWords(disabled)}`,
      next: `Look whether ConnectWise can reach ${new URL(url).origin}: it gives up after 3 days of failure. cwsync switches them on again at its start and once a day.`,
    };
  }
  return {
    ok: 'warn',
    words: `${words} Missing: ${callbackTypes.filter((type) => !active.has(type)).join(', ')}.`,
    next: `cwsync registers them within an hour. Where it stays so: ${giveTheRight}`,
  };
}

function disabledWords(disabled: readonly CallbackSubscription[]): string {
  const types = disabled.map(({ type }) => type).join(', ');
  const times = disabled.flatMap(({ changedAt }) => changedAt?.getTime() ?? []);
  const since =
    times.length === 0
      ? ''
      : ` since ${new Date(Math.min(...times)).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `Disabled by ConnectWise${since}: ${types}.`;
}
