import { timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AUTH_METHODS } from './api-auth.ts';
import { type ApiAnswer, type ApiCall, type ApiMethod, apiError } from './api-call.ts';
import { CHAT_METHODS } from './api-chat.ts';
import { CONVERSATION_METHODS } from './api-conversations.ts';
import { USER_METHODS } from './api-users.ts';
import type { FaultBoard, WebApiFault } from './faults.ts';
import { type Exchange, sendJson, sendText } from './http-exchange.ts';
import { parseJsonObject } from './json-object.ts';
import type { Workspace } from './workspace.ts';

const METHODS: Readonly<Record<string, ApiMethod>> = {
  ...AUTH_METHODS,
  ...CHAT_METHODS,
  ...CONVERSATION_METHODS,
  ...USER_METHODS,
};

/** Scopes that the demo app was installed with, as Slack tells them with every answer. */
const SCOPES = [
  'commands',
  'chat:write',
  'im:write',
  'im:history',
  'app_mentions:read',
  'users:read',
  'users:read.email',
  'channels:read',
  'groups:read',
  'channels:history',
  'groups:history',
  'files:write',
].join(',');

type WebApiContext = {
  readonly workspace: Workspace;
  readonly faults: FaultBoard;
  readonly botToken: string;
  readonly url: string;
  readonly clock: () => Date;
};

/** Answers one Web API request, /api/<method>. Refusals are HTTP 200 with `ok: false`, as in Slack. */
export async function handleWebApi(context: WebApiContext, exchange: Exchange): Promise<void> {
  const method = exchange.url.pathname.slice('/api/'.length);
  const fault = context.faults.takeWebApi(method);
  if (fault && (await suffer(fault, exchange))) return;
  const args = readArgs(exchange);
  const token = bearerOf(exchange) ?? (typeof args.token === 'string' ? args.token : undefined);
  sendJson(exchange.response, 200, answer(context, method, args, token), { 'x-oauth-scopes': SCOPES });
}

function answer(
  context: WebApiContext,
  method: string,
  args: Record<string, unknown>,
  token: string | undefined,
): ApiAnswer {
  const run = METHODS[method];
  if (!run) return apiError('unknown_method', unfinished(method));
  if (method !== 'api.test') {
    if (token === undefined || token === '') return apiError('not_authed');
    if (!isSame(token, context.botToken)) return apiError('invalid_auth');
  }
  const call: ApiCall = { ...context, args };
  return run(call);
}

/** Slack knows these methods; the local one says plainly that it does not. */
function unfinished(method: string): string[] {
  return method.startsWith('views.')
    ? [`the local Slack has no ${method}: it shows no modals and no Home tab`]
    : [];
}

/** True when the fault has answered the request. */
async function suffer(fault: WebApiFault, exchange: Exchange): Promise<boolean> {
  if (fault.kind === 'slow') {
    await delay(fault.delayMs);
    return false;
  }
  if (fault.kind === 'server-error') {
    sendText(exchange.response, fault.status, 'local Slack: server error on purpose');
    return true;
  }
  const headers = { 'retry-after': String(fault.retryAfterSeconds) };
  sendJson(exchange.response, 429, { ok: false, error: 'ratelimited' }, headers);
  return true;
}

function readArgs(exchange: Exchange): Record<string, unknown> {
  const query = Object.fromEntries(exchange.url.searchParams);
  const isJson = exchange.headers['content-type']?.includes('application/json') ?? false;
  const body = isJson
    ? (parseJsonObject(exchange.body) ?? {})
    : Object.fromEntries(new URLSearchParams(exchange.body));
  return { ...query, ...body };
}

function bearerOf(exchange: Exchange): string | undefined {
  return /^Bearer (.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
