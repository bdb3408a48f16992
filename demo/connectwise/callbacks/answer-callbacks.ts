import { z } from 'zod';
import {
  badBody,
  jsonReply,
  methodNotAllowed,
  type Reply,
  recordMissing,
  routeMissing,
} from '../api/errors.ts';
import type { Kind } from '../api/kinds.ts';
import { countMatches, type ListQuery, listPage, shower } from '../api/list.ts';
import type { Switches } from '../switches.ts';
import type { World } from '../world/world.ts';
import { type CallbackEntries, type CallbackEntry, readEntry, refusedEntry } from './entries.ts';

/** Entries refer to nothing, as the rows of that store; they are no records of the tenant and stand in no store of it. */
export const CALLBACK_KIND: Kind = {
  path: '/system/callbacks',
  label: 'CallbackEntry',
  store: 'companyStatuses',
  entity: 'companyStatuses',
};

export type CallbackRequest = {
  readonly method: string;
  /** Below `/system/callbacks`: empty, `/count` or `/5`. */
  readonly rest: string;
  readonly body: string;
  /** Of the address, with the store of the entries. */
  readonly query: ListQuery;
};

export type CallbackTenant = {
  readonly entries: CallbackEntries;
  readonly world: World;
  readonly switches: Switches;
};

const opsSchema = z.array(
  z.object({ op: z.enum(['add', 'replace', 'remove']), path: z.string(), value: z.json().optional() }),
);

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Keeps the entry that is said, new or in place of `before`, or says what is wrong with it. */
function put(tenant: CallbackTenant, query: ListQuery, said: unknown, before?: CallbackEntry): Reply {
  const { entries, world, switches } = tenant;
  const wanted = readEntry(said);
  if ('status' in wanted) return wanted;
  if (entries.twinOf(wanted, before?.id)) {
    const message = 'A matching callback entry already exists';
    return refusedEntry([{ code: 'ObjectExists', message, field: 'objectId' }]);
  }
  const { apiMember } = switches;
  const entry: CallbackEntry = {
    ...wanted,
    id: before?.id ?? entries.nextId(),
    memberId: before?.memberId ?? world.person(apiMember).id,
    _info: before ? world.stamped(before._info, apiMember) : world.newInfo(apiMember),
  };
  entries.store.put(entry);
  return jsonReply(before ? 200 : 201, shower(query)(entry));
}

function patched(entry: CallbackEntry, body: string): unknown {
  const ops = opsSchema.safeParse(json(body));
  if (!ops.success) return undefined;
  const changed: Record<string, unknown> = { ...entry };
  for (const { op, path, value } of ops.data) {
    const name = path.replace(/^\//, '');
    if (op === 'remove') delete changed[name];
    else changed[name] = value;
  }
  return changed;
}

function answerEntry(tenant: CallbackTenant, { method, body, query }: CallbackRequest, id: number): Reply {
  const entry = tenant.entries.store.get(id);
  if (!entry) return recordMissing(CALLBACK_KIND.label, id);
  if (method === 'GET') return jsonReply(200, shower(query)(entry));
  if (method === 'DELETE') {
    tenant.entries.store.delete(id);
    return { status: 204, headers: {}, body: '' };
  }
  const said = method === 'PATCH' ? patched(entry, body) : json(body);
  return said === undefined
    ? badBody('it is no list of operations', tenant.switches)
    : put(tenant, query, said, entry);
}

function answerAll(tenant: CallbackTenant, { method, body, query }: CallbackRequest): Reply {
  if (method === 'GET') return listPage(query);
  const said = json(body);
  return said === undefined ? badBody('it is not JSON', tenant.switches) : put(tenant, query, said);
}

/** Answers one request to `/system/callbacks...`, keys and codebase already looked at. */
export function answerCallbacks(tenant: CallbackTenant, request: CallbackRequest): Reply {
  const { method, rest } = request;
  const id = /^\/(\d{1,9})$/.exec(rest)?.[1];
  const known = rest === '' || rest === '/count' || id !== undefined;
  if (!known) return routeMissing();
  const allowed = id ? ['GET', 'PUT', 'PATCH', 'DELETE'] : rest === '' ? ['GET', 'POST'] : ['GET'];
  if (!allowed.includes(method)) return methodNotAllowed(allowed.join(', '), tenant.switches);
  if (id) return answerEntry(tenant, request, Number(id));
  return rest === '' ? answerAll(tenant, request) : countMatches(request.query);
}
