import { timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AUTH_METHODS } from './api-auth.ts';
import { type ApiAnswer, type ApiCall, type ApiMethod, apiError, textArg } from './api-call.ts';
import { CHAT_METHODS } from './api-chat.ts';
import { CONVERSATION_METHODS } from './api-conversations.ts';
import { FILE_METHODS } from './api-files.ts';
import { USER_METHODS } from './api-users.ts';
import { VIEW_METHODS } from './api-views.ts';
import type { AppLink } from './app-link.ts';
import type { WebApiFault } from './faults.ts';
import { type Exchange, sendJson, sendText } from './http-exchange.ts';
import { parseJsonObject } from './json-object.ts';
import type { PostLimit } from './post-limit.ts';
import { missingScope } from './scopes.ts';

const METHODS: Readonly<Record<string, ApiMethod>> = {
  ...AUTH_METHODS,
  ...CHAT_METHODS,
  ...CONVERSATION_METHODS,
  ...FILE_METHODS,
  ...USER_METHODS,
  ...VIEW_METHODS,
};

/** The one method of the app's own token; all others take the bot's. */
const SOCKET_METHOD = 'apps.connections.open';

export type WebApiContext = {
  readonly link: AppLink;
  readonly botToken: string;
  /** The token with `connections:write`. */
  readonly appToken: string;
  readonly newSocketAddress: () => string;
  readonly postLimit: PostLimit;
};

/** Answers one Web API request, /api/<method>. Refusals are HTTP 200 with `ok: false`, as in Slack. */
export async function handleWebApi(context: WebApiContext, exchange: Exchange): Promise<void> {
  const method = exchange.url.pathname.slice('/api/'.length);
  const args = readArgs(exchange);
  const { link } = context;
  const fault = link.faults.takeWebApi(method);
  if (fault?.kind === 'slow') await delay(fault.delayMs);
  else if (fault && fault.kind !== 'lost-answer') return suffer(fault, exchange);
  const waitSeconds = context.postLimit.take(method, String(args.channel));
  if (waitSeconds !== undefined) return sendRateLimited(exchange, waitSeconds);
  const token = bearerOf(exchange) ?? (typeof args.token === 'string' ? args.token : undefined);
  const body = answer(context, method, args, token);
  if (fault?.kind === 'lost-answer') exchange.response.destroy();
  else sendJson(exchange.response, 200, body, { 'x-oauth-scopes': scopesOf(context, token).join(',') });
}

function scopesOf(context: WebApiContext, token: string | undefined): readonly string[] {
  const isApp = token !== undefined && isSame(token, context.appToken);
  return isApp ? ['connections:write'] : context.link.faults.scopes();
}

function answer(
  context: WebApiContext,
  method: string,
  args: Record<string, unknown>,
  token: string | undefined,
): ApiAnswer {
  const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (!run) return apiError('unknown_method');
  const { link, newSocketAddress } = context;
  const call: ApiCall = { ...link, args, newSocketAddress };
  if (method === 'api.test') return run(call);
  return refusedToken(context, method, token) ?? refusedScope(call, method) ?? run(call);
}

function refusedToken(
  context: WebApiContext,
  method: string,
  token: string | undefined,
): ApiAnswer | undefined {
  if (token === undefined || token === '') return apiError('not_authed');
  const isApp = isSame(token, context.appToken);
  if (!isApp && !isSame(token, context.botToken)) return apiError('invalid_auth');
  const revoked = context.link.faults.tokenError();
  if (revoked !== undefined) return apiError(revoked);
  return isApp === (method === SOCKET_METHOD) ? undefined : apiError('not_allowed_token_type');
}

function refusedScope(call: ApiCall, method: string): ApiAnswer | undefined {
  const scopes = call.faults.scopes();
  const id = textArg(call, 'channel');
  const channel = call.roster.channel(id) ?? call.roster.directChannelOf(id);
  const needed = missingScope(method, scopes, { channel, types: textArg(call, 'types') });
  return needed === undefined
    ? undefined
    : { ok: false, error: 'missing_scope', needed, provided: scopes.join(',') };
}

type Refusing = Exclude<WebApiFault, { kind: 'slow' | 'lost-answer' }>;

function suffer(fault: Refusing, exchange: Exchange): void {
  if (fault.kind === 'rate-limited') sendRateLimited(exchange, fault.retryAfterSeconds);
  else if (fault.kind === 'error') sendJson(exchange.response, 200, { ok: false, error: fault.error });
  else sendText(exchange.response, fault.status, 'local Slack: server error on purpose');
}

function sendRateLimited(exchange: Exchange, seconds: number): void {
  sendJson(exchange.response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(seconds) });
}

function readArgs(exchange: Exchange): Record<string, unknown> {
  const query = Object.fromEntries(exchange.url.searchParams);
  const isJson = exchange.headers['content-type']?.includes('application/json') ?? false;
  const body = isJson
    ? (parseJsonObject(exchange.body) ?? {})
    : Object.fromEntries(new URLSearchParams(exchange.body));
  return { ...query, ...body };
}

export function bearerOf(exchange: Exchange): string | undefined {
  return /^Bearer (.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];
}

export function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
