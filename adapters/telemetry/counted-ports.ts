/** Ports that count what goes through them, so that neither side need know of it. */
import type { Platform } from '../../src/domain/person.ts';
import type { ChatDelivery, Delivered } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { MessagePurpose, Metrics, RequestOutcome } from '../../src/ports/metrics.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import type { RequestLog, RequestRecord } from '../../src/ports/request-log.ts';

/** Every attempt of every request ends in the log, with how it went. */
export function countedRequestLog(log: RequestLog, metrics: Pick<Metrics, 'requestEnded'>): RequestLog {
  return {
    async record(entry) {
      const { method, durationMs } = entry;
      metrics.requestEnded({ writes: method !== 'GET', outcome: outcomeOf(entry), durationMs });
      await log.record(entry);
    },
  };
}

/** By the log's own codes of exchanges that brought no answer to be read; else the class of the status. */
const faults: { readonly [code: string]: RequestOutcome } = {
  'time-out': 'time_out',
  network: 'network',
  'too-large': 'unreadable',
  redirected: 'unreadable',
  cancelled: 'cancelled',
};

export function outcomeOf({
  status,
  errorCode,
}: Pick<RequestRecord, 'status' | 'errorCode'>): RequestOutcome {
  const fault = errorCode === undefined ? undefined : faults[errorCode];
  if (fault) return fault;
  if (status === undefined) return 'network';
  if (status === 429) return '429';
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
  return status >= 300 ? '3xx' : '2xx';
}

export function countedBudget(
  budget: RequestBudget,
  metrics: Pick<Metrics, 'turnWaitedFor'>,
  clock: Pick<Clock, 'monotonicMs'>,
): RequestBudget {
  return {
    async acquire(ask) {
      const began = clock.monotonicMs();
      try {
        return await budget.acquire(ask);
      } finally {
        metrics.turnWaitedFor(clock.monotonicMs() - began);
      }
    },
    limited: (pauseMs) => budget.limited(pauseMs),
  };
}

export function countedDelivery(
  delivery: ChatDelivery,
  purpose: MessagePurpose,
  metrics: Pick<Metrics, 'messageSent'>,
  clock: Pick<Clock, 'monotonicMs'>,
): ChatDelivery {
  async function counted(platform: Platform, send: () => Promise<Delivered>): Promise<Delivered> {
    const began = clock.monotonicMs();
    let result: Delivered['result'] = 'failed';
    try {
      const delivered = await send();
      result = delivered.result;
      return delivered;
    } finally {
      if (platform !== 'terminal')
        metrics.messageSent({ platform, purpose, result, durationMs: clock.monotonicMs() - began });
    }
  }
  return {
    send: (handle, reply) => counted(handle.platform, () => delivery.send(handle, reply)),
    post: (to, ...rest) => counted(to.platform, () => delivery.post(to, ...rest)),
    openForm: (opener, form) => delivery.openForm(opener, form),
    fillForm: (opened, form) => delivery.fillForm(opened, form),
  };
}
