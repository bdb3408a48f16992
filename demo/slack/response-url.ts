import { applyAppMessage } from './app-message.ts';
import type { FaultBoard } from './faults.ts';
import { type Exchange, sendJson } from './http-exchange.ts';
import { parseJsonObject } from './json-object.ts';
import type { Workspace } from './workspace.ts';

/** How often an app may answer on one address. */
const MOST_USES = 5;

/** Answers a POST to a response_url. Every accepted message is one use; refused ones are not counted. */
export function handleResponseUrl(workspace: Workspace, faults: FaultBoard, exchange: Exchange): void {
  const failure = useResponseUrl(workspace, faults, exchange);
  if (failure) sendJson(exchange.response, failure.status, { ok: false, error: failure.error });
  else sendJson(exchange.response, 200, { ok: true });
}

type Failure = { readonly status: number; readonly error: string };

function useResponseUrl(workspace: Workspace, faults: FaultBoard, exchange: Exchange): Failure | undefined {
  const status = faults.takeResponseUrl();
  if (status !== undefined) return { status, error: 'internal_error' };
  const url = workspace.responseUrl(exchange.url.pathname);
  if (!url) return { status: 404, error: 'no_service' };
  if (workspace.isExpired(url)) return { status: 404, error: 'expired_url' };
  if (url.uses >= MOST_USES) return { status: 404, error: 'used_url' };
  if (faults.isGone(url.channel)) return { status: 404, error: 'channel_not_found' };
  const message = readMessage(exchange);
  if (!message) return { status: 400, error: 'invalid_payload' };
  const mayReplace = url.origin === 'action' || !faults.isCommandReplaceIgnored();
  const refusal = applyAppMessage(workspace, url, message, { mayReplace });
  if (refusal) return { status: 400, error: refusal.error };
  workspace.countUse(url.path);
  return undefined;
}

/** The body: JSON, or a form with the JSON in its field `payload`. */
function readMessage(exchange: Exchange): Record<string, unknown> | undefined {
  if (exchange.method !== 'POST') return undefined;
  const direct = parseJsonObject(exchange.body);
  return direct ?? parseJsonObject(new URLSearchParams(exchange.body).get('payload') ?? '');
}
