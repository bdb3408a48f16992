import { createHash, timingSafeEqual } from 'node:crypto';
import { answerCallbacks, CALLBACK_KIND } from '../callbacks/answer-callbacks.ts';
import type { CallbackEntries } from '../callbacks/entries.ts';
import { ConditionsError } from '../query/condition-tokens.ts';
import type { Switches } from '../switches.ts';
import type { Row } from '../world/record-store.ts';
import type { World } from '../world/world.ts';
import { answerDelete, answerEdit, answerPost, type WriteOrder, writesOf } from '../write/answer-write.ts';
import type { Notice } from '../write/write-kind.ts';
import {
  ApiError,
  badConditions,
  cannotRoute,
  forbidden,
  jsonReply,
  methodNotAllowed,
  type Reply,
  recordMissing,
  routeMissing,
  unauthorized,
  unsupportedMediaType,
} from './errors.ts';
import { type Entity, findTarget, type Right, storeOf, type Target, type WithheldWrite } from './kinds.ts';
import { countMatches, type ListQuery, listPage, shower } from './list.ts';
import { readSearchBody } from './search-body.ts';

export type Credentials = {
  readonly companyId: string;
  readonly publicKey: string;
  readonly privateKey: string;
  readonly clientId: string;
};

/** The tenant as one request finds it. */
export type Tenant = {
  readonly world: World;
  readonly credentials: Credentials;
  readonly switches: Switches;
  /** What it may not even read. */
  readonly withheld: ReadonlySet<Entity>;
  readonly withheldWrites: ReadonlySet<WithheldWrite>;
  /** Told of every message to somebody outside that a write would have sent. */
  readonly onNotice: (notice: Notice) => void;
  readonly callbackEntries: CallbackEntries;
  /** With its trailing slash, as the look-up gives it: `v2025_1/`. */
  readonly codebase: string;
  /** The codebase that the tenant started with: another one now means that it was upgraded. */
  readonly firstCodebase: string;
};

export type ApiRequest = {
  readonly method: string;
  /** Absolute, so that links can be made from it. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** Version of the API that the simulator speaks, for the header `api-current-version`. */
export const API_VERSION = '2025.8';
const ALIAS = 'v4_6_release';
const API_PATH = /^\/([^/]+)\/+apis\/3\.0(\/.*)?$/;

function sameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function basicOf(credentials: Credentials): string {
  const { companyId, publicKey, privateKey } = credentials;
  return `Basic ${Buffer.from(`${companyId}+${publicKey}:${privateKey}`).toString('base64')}`;
}

function authenticate({ credentials, switches }: Tenant, headers: ApiRequest['headers']): void {
  if (!sameSecret(String(headers.authorization ?? ''), basicOf(credentials))) {
    throw new ApiError(unauthorized(switches.badKeysBody, switches));
  }
  if (!sameSecret(String(headers.clientid ?? '').toLowerCase(), credentials.clientId.toLowerCase())) {
    throw new ApiError(unauthorized(switches.badClientIdBody, switches));
  }
}

function outdated(answer: Switches['oldCodebase']): Reply {
  return answer === 'not-found' ? routeMissing() : cannotRoute();
}

/** The path below `/apis/3.0`. Throws the answer for a codebase that is not, or no longer, this tenant's. */
function route(tenant: Tenant, path: string): string {
  const match = API_PATH.exec(path);
  const codebase = match?.[1];
  if (!match || !codebase) throw new ApiError(routeMissing());
  const rest = match[2] ?? '/';
  if (rest.includes('/apis/3.0')) throw new ApiError(cannotRoute());
  if (`${codebase}/` === tenant.codebase) return rest;
  const upgraded = tenant.codebase !== tenant.firstCodebase;
  if (codebase === ALIAS) {
    const { aliasAfterUpgrade } = tenant.switches;
    if (!upgraded || aliasAfterUpgrade === 'works') return rest;
    throw new ApiError(outdated(aliasAfterUpgrade));
  }
  if (`${codebase}/` === tenant.firstCodebase) throw new ApiError(outdated(tenant.switches.oldCodebase));
  throw new ApiError(cannotRoute());
}

function systemInfo(): Reply {
  return jsonReply(200, {
    version: 'v2025.1.108421',
    isCloud: true,
    serverTimeZone: 'Eastern Standard Time',
    licenseBits: [],
    cloudRegion: 'NA',
  });
}

function listQuery(tenant: Tenant, target: Target, request: ApiRequest): ListQuery {
  const { searchParams } = request.url;
  const text = (name: string) => searchParams.get(name) ?? '';
  return {
    kind: target.kind,
    store: storeOf(target.kind, tenant.world.stores),
    parentId: target.parentId,
    conditions: text('conditions'),
    childConditions: text('childConditions'),
    customFieldConditions: text('customFieldConditions'),
    orderBy: text('orderBy'),
    fields: text('fields'),
    page: text('page'),
    pageSize: text('pageSize'),
    pageId: text('pageId'),
    forwardOnly: String(request.headers['pagination-type'] ?? '').toLowerCase() === 'forward-only',
    url: request.url,
    // The codebase ends in a slash and so did the vendor's own addresses: the two slashes are seen in the wild.
    apiRoot: `${request.url.origin}/${tenant.codebase}/apis/3.0`,
    switches: tenant.switches,
  };
}

function searchQuery(query: ListQuery, tenant: Tenant, request: ApiRequest): ListQuery {
  requireJson(tenant, request);
  return { ...query, ...readSearchBody(request.body, tenant.switches) };
}

/** The record of the address. Throws the answer when it is not there. */
function storedRow({ kind, store, parentId }: ListQuery, id: number): Row {
  const row = store.get(id);
  const ids = kind.parent && parentId !== null ? store.idsWhere(kind.parent.index, parentId) : null;
  if (!row || (ids && !ids.includes(id))) throw new ApiError(recordMissing(kind.label, id));
  return row;
}

function shownRow(query: ListQuery, row: Row): unknown {
  return shower(query)(query.kind.view ? query.kind.view(row) : row);
}

const WRITE_RIGHTS: Readonly<Record<string, Exclude<Right, 'inquire'>>> = {
  POST: 'add',
  PATCH: 'edit',
  PUT: 'edit',
  DELETE: 'delete',
};

/** The methods that an address takes, the reading one first. */
function methodsOf({ kind, action }: Target): readonly string[] {
  if (action.kind === 'search') return ['POST'];
  if (!writesOf(kind) || action.kind === 'count') return ['GET'];
  return action.kind === 'list' ? ['GET', 'POST'] : ['GET', 'PATCH', 'PUT', 'DELETE'];
}

function requireJson({ switches }: Tenant, request: ApiRequest): void {
  if (/\bjson\b/i.test(String(request.headers['content-type'] ?? ''))) return;
  throw new ApiError(unsupportedMediaType(switches));
}

/** A change of records. `writes` says how those of the target are written. */
function answerChange(
  tenant: Tenant,
  target: Target,
  request: ApiRequest,
  writes: WriteOrder['writes'],
): Reply {
  const { world, switches, onNotice } = tenant;
  const right = WRITE_RIGHTS[request.method] ?? 'edit';
  if (tenant.withheldWrites.has(`${target.kind.entity}:${right}`)) return forbidden(switches);
  requireParent(tenant, target);
  const query = listQuery(tenant, target, request);
  const order: WriteOrder = {
    world,
    switches,
    writes,
    parentId: target.parentId,
    body: request.body,
    onNotice,
    show: (row) => shownRow(query, row),
  };
  if (request.method !== 'DELETE') requireJson(tenant, request);
  if (target.action.kind !== 'one') return answerPost(order);
  const row = storedRow(query, target.action.id);
  if (request.method === 'DELETE') return answerDelete(order, row.id);
  return answerEdit(order, request.method === 'PUT' ? 'PUT' : 'PATCH', row);
}

function requireParent(tenant: Tenant, { kind, parentId }: Target): void {
  if (!kind.parent || parentId === null) return;
  if (tenant.world.stores[kind.parent.store].get(parentId)) return;
  throw new ApiError(recordMissing(kind.parent.label, parentId));
}

/** A missing right is a plain 403, or makes the records look as if they were not there. */
function withheldReply({ switches }: Tenant, { kind, action }: Target, writes: boolean): Reply {
  const lists = action.kind === 'list' || action.kind === 'search';
  if (switches.missingRight === '403' || (writes && lists)) return forbidden(switches);
  if (action.kind === 'one') return recordMissing(kind.label, action.id);
  return action.kind === 'count' ? jsonReply(200, { count: 0 }) : jsonReply(200, []);
}

function answerTarget(tenant: Tenant, target: Target, request: ApiRequest): Reply {
  const { kind, action } = target;
  const allowed = methodsOf(target);
  if (!allowed.includes(request.method)) return methodNotAllowed(allowed.join(', '), tenant.switches);
  const writes = request.method === allowed[0] ? undefined : writesOf(kind);
  if (tenant.withheld.has(kind.entity)) return withheldReply(tenant, target, writes !== undefined);
  if (writes) return answerChange(tenant, target, request, writes);
  requireParent(tenant, target);
  const query = listQuery(tenant, target, request);
  switch (action.kind) {
    case 'one':
      return jsonReply(200, shownRow(query, storedRow(query, action.id)));
    case 'count':
      return countMatches(query);
    case 'list':
      return listPage(query);
    case 'search':
      return listPage(searchQuery(query, tenant, request));
  }
}

function callbackReply(tenant: Tenant, request: ApiRequest, path: string): Reply {
  const { method, body } = request;
  const { callbackEntries: entries } = tenant;
  if (method === 'POST' || method === 'PATCH' || method === 'PUT') requireJson(tenant, request);
  const target = { kind: CALLBACK_KIND, parentId: null, action: { kind: 'list' } } as const;
  const query = { ...listQuery(tenant, target, request), store: entries.store };
  const rest = path.slice(CALLBACK_KIND.path.length).replace(/\/$/, '');
  return answerCallbacks({ ...tenant, entries }, { method, rest, body, query });
}

function answerOrThrow(tenant: Tenant, request: ApiRequest): Reply {
  const path = route(tenant, request.url.pathname);
  authenticate(tenant, request.headers);
  if (path === '/system/info') {
    return request.method === 'GET' ? systemInfo() : methodNotAllowed('GET', tenant.switches);
  }
  if (/^\/system\/callbacks(?:\/|$)/.test(path)) return callbackReply(tenant, request, path);
  const target = findTarget(path);
  return target ? answerTarget(tenant, target, request) : routeMissing();
}

/** Answers one request to `/{codebase}/apis/3.0/...`. */
export function answerApi(tenant: Tenant, request: ApiRequest): Reply {
  try {
    return answerOrThrow(tenant, request);
  } catch (error) {
    if (error instanceof ApiError) return error.reply;
    if (error instanceof ConditionsError) return badConditions(error.message, tenant.switches);
    throw error;
  }
}

/** The codebase look-up, which needs no keys: JSON `null`, with status 200, for an unknown company. */
export function answerCompanyInfo(tenant: Tenant, companyId: string): Reply {
  const { credentials, codebase, switches } = tenant;
  if (companyId.toLowerCase() !== credentials.companyId.toLowerCase()) return jsonReply(200, null);
  const code = codebase.slice(0, -1);
  return jsonReply(200, {
    CompanyName: credentials.companyId,
    Codebase: codebase,
    VersionCode: code.replace('_', '.'),
    VersionNumber: 'v4.6.108421',
    CompanyID: credentials.companyId,
    IsCloud: switches.isCloudSpelling === 'text' ? 'True' : true,
  });
}
