import { createHmac } from 'node:crypto';

export type Delivery = {
  /** Where the app listens, such as http://127.0.0.1:3000/slack/events. */
  readonly eventsUrl: string;
  readonly signingSecret: string;
  readonly clock: () => Date;
  /** How long the app has for its answer, in ms; Slack gives 3,000. */
  readonly deadlineMs: number;
};

export type DeliveryResult =
  | { readonly kind: 'answered'; readonly body: string; readonly isJson: boolean }
  /** No answer within the deadline. */
  | { readonly kind: 'operation_timeout' }
  /** Not reachable, or answered with another status than 200. */
  | { readonly kind: 'dispatch_failed' };

/** Posts a form (slash commands and interactions) to the app, signed as Slack signs. */
export function deliverForm(delivery: Delivery, form: Record<string, string>): Promise<DeliveryResult> {
  return deliver(delivery, 'application/x-www-form-urlencoded', new URLSearchParams(form).toString());
}

/** Posts JSON (events) to the app, signed as Slack signs. */
export function deliverJson(delivery: Delivery, body: unknown): Promise<DeliveryResult> {
  return deliver(delivery, 'application/json', JSON.stringify(body));
}

async function deliver(delivery: Delivery, contentType: string, body: string): Promise<DeliveryResult> {
  const timestamp = String(Math.floor(delivery.clock().getTime() / 1000));
  try {
    const response = await fetch(delivery.eventsUrl, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': sign(delivery.signingSecret, timestamp, body),
      },
      body,
      signal: AbortSignal.timeout(delivery.deadlineMs),
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

/** Slack's signature, version 0: HMAC-SHA256 over version, time and body. */
function sign(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}
