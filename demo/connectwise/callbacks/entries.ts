import { z } from 'zod';
import { type FieldError, invalidObject, jsonReply, type Reply } from '../api/errors.ts';
import { RecordStore } from '../world/record-store.ts';
import type { Info } from '../world/records.ts';

/** Of what a callback may be asked for, by type of record. Types and levels have no case, and are shown as they came. */
export const LEVELS: Readonly<Record<string, readonly string[]>> = {
  project: ['owner', 'status', 'board', 'project'],
  ticket: ['owner', 'board', 'project', 'phase', 'status', 'ticket', 'integratortag'],
  schedule: ['owner', 'status', 'type', 'location', 'member', 'schedule'],
  time: ['owner', 'company', 'time'],
  member: ['owner', 'location', 'securityrole', 'member'],
  company: ['owner', 'status', 'type', 'territory', 'company', 'integratortag'],
};

export type CallbackEntry = {
  readonly id: number;
  readonly description: string;
  readonly url: string;
  readonly objectId: number;
  readonly type: string;
  readonly level: string;
  readonly memberId: number;
  readonly payloadVersion: string;
  readonly inactiveFlag: boolean;
  readonly isSoapCallbackFlag: boolean;
  readonly isSelfSuppressedFlag: boolean;
  readonly _info: Info;
};

/** What whoever writes an entry says about it. */
export type WantedEntry = Omit<CallbackEntry, 'id' | 'memberId' | '_info'>;

const wantedSchema = z.object({
  description: z.string().max(100).default(''),
  url: z.string(),
  objectId: z.int(),
  type: z.string(),
  level: z.string(),
  payloadVersion: z.string().default('3.0.0'),
  inactiveFlag: z.boolean().default(false),
  isSoapCallbackFlag: z.boolean().default(false),
  isSelfSuppressedFlag: z.boolean().default(false),
});

export function refusedEntry(errors: readonly FieldError[]): Reply {
  return invalidObject('callbackEntry', errors);
}

/** Publicly reachable and HTTPS, says the guide; here this machine is public enough. */
function isCallable(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(127\.|localhost$)/.test(url.hostname));
}

/** The entry that is meant, or the answer that refuses it. */
export function readEntry(value: unknown): WantedEntry | Reply {
  const read = wantedSchema.safeParse(value);
  if (!read.success) {
    return refusedEntry(
      read.error.issues.map(({ path }) => {
        const field = String(path[0] ?? '');
        return { code: 'MissingRequiredField', message: `The ${field} field is required.`, field };
      }),
    );
  }
  const { url, type, level, objectId } = read.data;
  if (!isCallable(url)) {
    return refusedEntry([{ code: 'InvalidField', message: 'Invalid URL', field: 'url' }]);
  }
  if (!LEVELS[type.toLowerCase()]?.includes(level.toLowerCase())) {
    const message = 'Unrecognized level for type, see documentation for supported levels for each type';
    return jsonReply(400, { code: 'InvalidObject', message, errors: null });
  }
  // Of the owner there is one, whatever it is called.
  const one = level.toLowerCase() === 'owner' ? 1 : objectId;
  return { ...read.data, objectId: one };
}

/** Who is called about what. They are not kept when the simulator ends. */
export class CallbackEntries {
  readonly store = new RecordStore<CallbackEntry>();
  #lastId = 0;

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  rows(): readonly CallbackEntry[] {
    return this.store.rows();
  }

  /** Another entry that says the same. */
  twinOf(wanted: WantedEntry, id?: number): CallbackEntry | undefined {
    const key = (one: WantedEntry) =>
      [one.type.toLowerCase(), one.level.toLowerCase(), one.objectId, one.url].join('|');
    return this.rows().find((row) => row.id !== id && key(row) === key(wanted));
  }
}
