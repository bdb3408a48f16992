import { z } from 'zod';
import { ApiError, badBody, conflict, invalidObject, jsonReply, type Reply } from '../api/errors.ts';
import type { Kind } from '../api/kinds.ts';
import type { Switches } from '../switches.ts';
import type { Row } from '../world/record-store.ts';
import { Refusal } from '../world/refusal.ts';
import type { StoreName } from '../world/stores.ts';
import type { WorldCore } from '../world/world-core.ts';
import type { WriteContext } from './field-rule.ts';
import { projectNoteWrites, ticketNoteWrites } from './kinds/notes.ts';
import { phaseWrites } from './kinds/phase.ts';
import { projectWrites } from './kinds/project.ts';
import { scheduleWrites } from './kinds/schedule-entry.ts';
import { teamMemberWrites } from './kinds/team-member.ts';
import { ticketWrites } from './kinds/ticket.ts';
import { timeWrites } from './kinds/time-entry.ts';
import { changesAnything, patchedRecord, postedRecord, putRecord } from './wanted-record.ts';
import type { Notice, Wanted, WriteKind } from './write-kind.ts';

const WRITES: Readonly<Partial<Record<StoreName, WriteKind>>> = {
  projects: projectWrites,
  phases: phaseWrites,
  tickets: ticketWrites,
  scheduleEntries: scheduleWrites,
  timeEntries: timeWrites,
  projectNotes: projectNoteWrites,
  ticketNotes: ticketNoteWrites,
  teamMembers: teamMemberWrites,
};

/** How records of that kind are written, or undefined for those that the API can only read. */
export function writesOf(kind: Kind): WriteKind | undefined {
  return WRITES[kind.store];
}

export type WriteOrder = {
  readonly world: WorldCore;
  readonly switches: Switches;
  readonly writes: WriteKind;
  readonly parentId: number | null;
  /** JSON text. */
  readonly body: string;
  /** Told of every message that somebody outside would have got. */
  readonly onNotice: (notice: Notice) => void;
  /** The record as the address shows it. */
  readonly show: (row: Row) => unknown;
};

function readBody({ body, switches }: WriteOrder): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ApiError(badBody('it is not JSON', switches));
  }
}

function contextOf({ world, switches, parentId }: WriteOrder, id: number | null): WriteContext {
  return { world, switches, parentId, id };
}

/** What the world itself does not accept, though nothing was wrong with the fields. */
function refusedByWorld(error: unknown, { writes, switches }: WriteOrder): unknown {
  const code = switches.writeErrorCodes.badValue;
  if (error instanceof Refusal) {
    return new ApiError(invalidObject(writes.resource, [{ code, message: error.message, field: '' }]));
  }
  if (error instanceof z.ZodError) {
    const errors = error.issues.map(({ path, message }) => ({ code, message, field: path.join('.') }));
    return new ApiError(invalidObject(writes.resource, errors));
  }
  return error;
}

function tell(order: WriteOrder, id: number | null, row: Row, wanted: Wanted): void {
  for (const notice of order.writes.notices?.(contextOf(order, id), row, wanted) ?? [])
    order.onNotice(notice);
}

/** POST: 201 with the new record. Throws an `ApiError` with the answer to one that cannot be. */
export function answerPost(order: WriteOrder): Reply {
  const context = contextOf(order, null);
  const wanted = postedRecord(order.writes, context, readBody(order));
  try {
    const row = order.writes.add(context, order.switches.apiMember, wanted);
    tell(order, null, row, wanted);
    return jsonReply(201, order.show(row));
  } catch (error) {
    throw refusedByWorld(error, order);
  }
}

/** PATCH and PUT: 200 with the record as it is then. Throws an `ApiError` with the answer to what cannot be. */
export function answerEdit(order: WriteOrder, method: 'PATCH' | 'PUT', row: Row): Reply {
  const { writes, switches } = order;
  const context = contextOf(order, row.id);
  const read = method === 'PATCH' ? patchedRecord : putRecord;
  const wanted = read(writes, context, row, readBody(order));
  if (!changesAnything(writes, wanted) && !switches.emptyPatchStamps) return jsonReply(200, order.show(row));
  try {
    const after = writes.edit(context, switches.apiMember, row.id, wanted);
    tell(order, row.id, after, wanted);
    return jsonReply(200, order.show(after));
  } catch (error) {
    throw refusedByWorld(error, order);
  }
}

/** DELETE: 204, or the refusal to delete what others still need. */
export function answerDelete(order: WriteOrder, id: number): Reply {
  const { writes, switches } = order;
  const context = contextOf(order, id);
  const reason = writes.deletionConflict?.(context, id) ?? null;
  if (reason !== null) return conflict(reason, switches);
  try {
    writes.remove(context, switches.apiMember, id);
  } catch (error) {
    if (error instanceof Refusal) return conflict(error.message, switches);
    throw error;
  }
  return { status: 204, headers: {}, body: '' };
}
