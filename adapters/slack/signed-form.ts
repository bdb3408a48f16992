/** Whether a request can be Slack's at all, before its body is read: who can sign is told by the signature alone. */
import type { IncomingHttpHeaders } from 'node:http';

/** Seconds that a request may be old, or ahead of our clock; Slack's own advice. */
const oldestSeconds = 300;

export function bearsSignature(headers: IncomingHttpHeaders, now: Date): boolean {
  const { 'x-slack-signature': signature, 'x-slack-request-timestamp': at } = headers;
  if (typeof signature !== 'string' || typeof at !== 'string') return false;
  if (!/^v0=[0-9a-f]{64}$/u.test(signature) || !/^\d{1,12}$/u.test(at)) return false;
  return Math.abs(now.getTime() / 1_000 - Number(at)) <= oldestSeconds;
}
