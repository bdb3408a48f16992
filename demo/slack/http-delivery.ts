import { createHmac } from 'node:crypto';
import type { Delivery, DeliveryKind, DeliveryResult, Retry } from './delivery.ts';

export type HttpDeliveryOptions = {
  /** Where the app listens, such as http://127.0.0.1:3000/slack/events. */
  readonly eventsUrl: string;
  readonly signingSecret: string;
  readonly clock: () => Date;
  /** How long the app has for its answer, in ms; Slack gives 3,000. */
  readonly deadlineMs: number;
};

/** Posts to the app, signed as Slack signs: commands and interactions as forms, events as JSON. */
export function httpDelivery(options: HttpDeliveryOptions): Delivery {
  return {
    deliver: (kind, payload, retry) => deliver(options, encode(kind, payload), retry),
  };
}

type Body = { readonly type: string; readonly text: string };

function encode(kind: DeliveryKind, payload: Record<string, unknown>): Body {
  if (kind === 'events_api') return { type: 'application/json', text: JSON.stringify(payload) };
  const form =
    kind === 'slash_commands'
      ? Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]))
      : { payload: JSON.stringify(payload) };
  return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
}

async function deliver(
  options: HttpDeliveryOptions,
  body: Body,
  retry: Retry | undefined,
): Promise<DeliveryResult> {
  const timestamp = String(Math.floor(options.clock().getTime() / 1000));
  try {
    const response = await fetch(options.eventsUrl, {
      method: 'POST',
      headers: {
        'content-type': body.type,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': sign(options.signingSecret, timestamp, body.text),
        ...(retry && { 'x-slack-retry-num': String(retry.num), 'x-slack-retry-reason': httpReason(retry) }),
      },
      body: body.text,
      signal: AbortSignal.timeout(options.deadlineMs),
    });
    const text = await response.text();
    if (response.status !== 200) return { kind: 'dispatch_failed' };
    const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
    return { kind: 'answered', body: text, isJson };
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    return { kind: isTimeout ? 'operation_timeout' : 'dispatch_failed' };
  }
}

function httpReason(retry: Retry): string {
  return retry.reason === 'timeout' ? 'http_timeout' : retry.reason;
}

/** Slack's signature, version 0: HMAC-SHA256 over version, time and body. */
function sign(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}
