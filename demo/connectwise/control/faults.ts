import { z } from 'zod';
import {
  forbidden,
  jsonReply,
  type Reply,
  routeMissing,
  timedOut,
  tooManyRequests,
  unauthorized,
} from '../api/errors.ts';
import { ENTITIES, RIGHTS } from '../api/kinds.ts';
import type { Switches } from '../switches.ts';

/** Seconds that a 429 asks to wait unless the fault says otherwise. */
const DEFAULT_RETRY_AFTER = 30;

/** Between slashes, with flags: `/project/tickets` is a text, since `tickets` are no flags. */
const REGULAR_EXPRESSION = /^\/(.*)\/([imsu]*)$/s;

function compiles(path: string): boolean {
  const match = REGULAR_EXPRESSION.exec(path);
  if (!match) return true;
  try {
    new RegExp(match[1] ?? '', match[2]);
    return true;
  } catch {
    return false;
  }
}

export const codebaseName = z.string().regex(/^v\d{4}_\d+\/?$/, 'a codebase looks like v2025_1/');

/** Kinds that change the tenant when they hit: once, unless said otherwise. */
const LASTING: readonly string[] = ['revoke', 'codebase'];

const faultFields = z.strictObject({
  /** An id of your own: setting a fault of the same id again replaces it. */
  id: z.string().min(1).max(100).optional(),
  /** Text that the path and query (as sent, or decoded) must contain, or `/regex/flags`. */
  path: z.string().min(1).refine(compiles, 'not a regular expression').optional(),
  method: z.string().toUpperCase().optional(),
  kind: z.enum(['status', 'reset', 'broken-json', 'html', 'slow', 'endless-page', 'revoke', 'codebase']),
  /** For `status` and `html`. */
  status: z.int().min(400).max(599).optional(),
  /** For `status`: the JSON to answer with, where the usual one of that status will not do. */
  body: z.json().optional(),
  /** Seconds, or an HTTP date, for the header Retry-After. */
  retryAfter: z.union([z.int().min(0), z.string().min(1).max(100)]).optional(),
  /** Milliseconds before the answer: needed by `slow`, allowed for all. */
  delayMs: z.int().min(0).max(600_000).optional(),
  /** For `reset`: send half of the real answer first. */
  half: z.boolean().optional(),
  /** For `revoke`: the right that is lost from the request it hits on. */
  entity: z.enum(ENTITIES).optional(),
  right: z.enum(RIGHTS).optional(),
  /**
   * Whether it hits before the request is worked on, or when what it asked for is done already and only the answer
   * is missing. `reset` and what bends the answer hit after unless told otherwise, all others before.
   */
  when: z.enum(['before', 'after']).optional(),
  /** For `codebase`: the version that the tenant is upgraded to just before the request it hits. */
  codebase: codebaseName.optional(),
  /** How many matching requests pass untouched first. */
  after: z.int().min(0).default(0),
  /** How many requests it hits; all unless given. */
  times: z.int().min(1).optional(),
});

export const faultSchema = faultFields
  .refine(({ kind, entity }) => (kind === 'revoke') === (entity !== undefined), {
    path: ['entity'],
    error: 'belongs to revoke, and revoke needs it',
  })
  .refine(({ kind, codebase }) => (kind === 'codebase') === (codebase !== undefined), {
    path: ['codebase'],
    error: 'belongs to the kind codebase, which needs it',
  });

export type FaultSpec = z.output<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;
export type Fault = FaultSpec & { readonly id: string; readonly seen: number; readonly hits: number };

type Entry = { readonly spec: FaultSpec & { readonly id: string }; seen: number; hits: number };

function decoded(target: string): string {
  try {
    return decodeURIComponent(target.replaceAll('+', ' '));
  } catch {
    return target;
  }
}

function matches(spec: FaultSpec, method: string, target: string): boolean {
  if (spec.method && spec.method !== method) return false;
  if (!spec.path) return true;
  const readable = decoded(target);
  const expression = REGULAR_EXPRESSION.exec(spec.path);
  if (!expression) return target.includes(spec.path) || readable.includes(spec.path);
  return new RegExp(expression[1] ?? '', expression[2]).test(readable);
}

/** The faults that are set, in the order in which they were set: the first that wants a request gets it. */
export class Faults {
  readonly #entries = new Map<string, Entry>();
  #lastId = 0;

  set(spec: FaultSpec): string {
    this.#lastId += 1;
    const id = spec.id ?? `fault-${this.#lastId}`;
    const once = spec.times === undefined && LASTING.includes(spec.kind) ? { times: 1 } : {};
    this.#entries.set(id, { spec: { ...spec, ...once, id }, seen: 0, hits: 0 });
    return id;
  }

  list(): Fault[] {
    return [...this.#entries.values()].map(({ spec, seen, hits }) => ({ ...spec, seen, hits }));
  }

  delete(id: string): boolean {
    return this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The fault that this request runs into, or null. Counts it. `target` is the path and query as sent. */
  take(method: string, target: string): FaultSpec | null {
    for (const entry of this.#entries.values()) {
      const { spec } = entry;
      if (!matches(spec, method, target)) continue;
      entry.seen += 1;
      if (entry.seen <= spec.after) continue;
      if (spec.times !== undefined && entry.hits >= spec.times) continue;
      entry.hits += 1;
      return spec;
    }
    return null;
  }
}

function statusReply(status: number, switches: Switches): Reply {
  switch (status) {
    case 401:
      return unauthorized(switches.badKeysBody, switches);
    case 403:
      return forbidden(switches);
    case 404:
      return routeMissing();
    case 429:
      return tooManyRequests(DEFAULT_RETRY_AFTER);
    case 500:
      return timedOut();
    default:
      return jsonReply(status, { code: 'ConnectWiseApi', message: `Simulated status ${status}.` });
  }
}

/** The page that the layer in front of the cloud answers by itself: not JSON at all. */
function cloudflarePage(status: number): Reply {
  const title = status === 429 ? 'You are being rate limited' : 'Web server is returning an unknown error';
  return {
    status,
    headers: { 'Content-Type': 'text/html; charset=UTF-8', Server: 'cloudflare' },
    body: `<!DOCTYPE html>\n<html lang="en-US"><head><title>Error ${status}</title></head><body><h1>Error ${status}</h1><p>${title}</p><p>Cloudflare Ray ID: 0000000000000000</p></body></html>\n`,
  };
}

function withRetryAfter(reply: Reply, spec: FaultSpec): Reply {
  if (spec.retryAfter === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, 'Retry-After': String(spec.retryAfter) } };
}

/** Whether the fault keeps the request from being worked on at all. */
export function preventsWork({ kind, when }: FaultSpec): boolean {
  if (kind === 'reset') return when === 'before';
  return (kind === 'status' || kind === 'html') && when !== 'after';
}

/** The answer that the fault gives in place of the real one, or null when it only bends or delays that one. */
export function replacingReply(spec: FaultSpec, switches: Switches): Reply | null {
  if (spec.kind === 'html') return withRetryAfter(cloudflarePage(spec.status ?? 503), spec);
  if (spec.kind !== 'status') return null;
  const status = spec.status ?? 500;
  if (spec.body !== undefined) return withRetryAfter(jsonReply(status, spec.body), spec);
  if (status === 429 && typeof spec.retryAfter === 'number') return tooManyRequests(spec.retryAfter);
  return withRetryAfter(statusReply(status, switches), spec);
}

/** The real answer as the fault bends it. `url` is the address of the request. */
export function bentReply(spec: FaultSpec, reply: Reply, url: URL): Reply {
  if (spec.kind === 'broken-json') {
    return { ...reply, body: reply.body.slice(0, Math.max(1, reply.body.length >> 1)) };
  }
  if (spec.kind === 'endless-page') {
    // The next page is this page: only a client that notices will ever stop.
    return { ...reply, headers: { ...reply.headers, Link: `<${url.href}>; rel="next"` } };
  }
  return reply;
}
