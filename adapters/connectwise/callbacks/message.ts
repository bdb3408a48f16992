/**
 * The body of a callback. Its entity is JSON within JSON, a summary of the record that differs by type, and null for a
 * record that is gone: everything in it may be absent or of another shape.
 */
import { z } from 'zod';
import { type Callback, callbackTypes } from '../../../src/ports/callbacks.ts';
import { parseJson } from '../../http/fetch-json.ts';
import { activityScheduleType } from '../inferred.ts';

const messageSchema = z.object({
  Action: z.string(),
  ID: z.int32().positive(),
  Type: z.string(),
  Entity: z.unknown(),
  CompanyId: z.string().nullish(),
  MessageId: z.string().max(200).nullish().catch(null),
  Metadata: z.object({ key_url: z.string() }),
});
export type CallbackMessage = z.infer<typeof messageSchema>;

/** @returns undefined where it is no callback at all; nothing of it is verified */
export function readMessage(body: Buffer): CallbackMessage | undefined {
  const text = parseJson(body.toString('utf8'));
  const read = messageSchema.safeParse(text.kind === 'json' ? text.value : undefined);
  return read.success ? read.data : undefined;
}

const actionSchema = z.enum(['added', 'updated', 'deleted']);
const typeSchema = z.enum(callbackTypes);

/** @returns undefined for a type or an action that cwsync has no use for */
export function callbackOf(message: CallbackMessage): Callback | undefined {
  const type = typeSchema.safeParse(message.Type.toLowerCase());
  const action = actionSchema.safeParse(message.Action.toLowerCase());
  if (!type.success || !action.success) return undefined;
  const ids = { type: type.data, action: action.data, recordId: message.ID };
  return { ...ids, ...belongingOf(ids.type, message), messageId: message.MessageId ?? null };
}

const id = z.int32().positive().nullish().catch(null);
const reference = z.object({ id }).nullish().catch(null);
const entitySchema = z.object({
  project: reference,
  projectId: id,
  ticket: reference,
  recordType: z.string().nullish().catch(null),
  objectId: id,
  type: z
    .object({ identifier: z.string().nullish().catch(null) })
    .nullish()
    .catch(null),
  chargeToId: id,
  chargeToType: z.string().nullish().catch(null),
});
type Entity = z.infer<typeof entitySchema>;

type Belonging = Pick<Callback, 'projectId' | 'ticketId' | 'foreign'>;

function belongingOf(type: Callback['type'], { ID, Entity }: CallbackMessage): Belonging {
  const entity = entityOf(Entity);
  const ticketId = type === 'ticket' ? ID : ticketIn(type, entity);
  if (type === 'project') return { projectId: ID, ticketId: null, foreign: false };
  const projectId = entity?.project?.id ?? entity?.projectId ?? null;
  return { projectId, ticketId, foreign: isForeign(type, entity) };
}

function ticketIn(type: Callback['type'], entity: Entity | undefined): number | null {
  if (entity === undefined) return null;
  if (type === 'schedule') return isActivity(entity) ? null : (entity.objectId ?? null);
  if (type !== 'time') return null;
  const charged = entity.chargeToType === 'ProjectTicket' ? entity.chargeToId : null;
  return entity.ticket?.id ?? charged ?? null;
}

const isActivity = ({ type }: Entity): boolean => type?.identifier === activityScheduleType;

/** Only what says so itself: a summary that is silent may be of a project's record. */
function isForeign(type: Callback['type'], entity: Entity | undefined): boolean {
  if (entity === undefined) return false;
  if (type === 'ticket') return entity.recordType === 'ServiceTicket';
  if (type === 'schedule') return isActivity(entity);
  const { chargeToType } = entity;
  return type === 'time' && typeof chargeToType === 'string' && chargeToType !== 'ProjectTicket';
}

function entityOf(raw: unknown): Entity | undefined {
  const text = typeof raw === 'string' ? parseJson(raw) : undefined;
  const read = entitySchema.safeParse(text?.kind === 'json' ? text.value : undefined);
  return read.success ? read.data : undefined;
}
