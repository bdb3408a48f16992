/**
 * The `PsaWrites` port over ConnectWise.
 *
 * Hard cases: a refusal that names no field, which on records with custom fields may only mean that those were not
 * sent along; a record that is gone before its DELETE comes, or whose DELETE was answered into a broken line; and a
 * PATCH that is answered with 200 and changed nothing, which only the caller can see, by the record that comes back.
 */

import { FailureError } from '../../src/domain/failure.ts';
import type { CreatableKind, PatchableKind, PsaKind, PsaRecordOf } from '../../src/domain/psa-records.ts';
import type { OwnMember } from '../../src/ports/own-member.ts';
import type { PsaCall, PsaScope, PsaWrites, PsaWritten } from '../../src/ports/psa.ts';
import type { ConnectWiseClient } from './client.ts';
import { RecordMissingError, UnexplainedRefusalError } from './errors.ts';
import { type Kind, projectKind, recordKinds } from './kinds.ts';
import { changePaths, placeOf } from './places.ts';
import { missingProject } from './psa.ts';
import { scheduleTypeFinder } from './schedule-type.ts';
import {
  bodyOfChange,
  bodyOfNew,
  noCustomFields,
  type PatchOperation,
  portField,
  type Written,
} from './written-fields.ts';

/** Those that have custom fields at all. */
const withCustomFields: ReadonlySet<PatchableKind> = new Set(['project', 'phase', 'ticket']);

/** A record that was changed so shortly before the answer was changed by what is answered. */
const ownChangeMs = 5_000;

type Change = { readonly path: string; readonly body: readonly PatchOperation[] };

/** @param kept where processes tell each other who answers to own writes said that they are */
export function connectWiseWrites(client: ConnectWiseClient, kept: OwnMember): PsaWrites {
  const scheduleType = scheduleTypeFinder(client);
  let ownMember: string | null = null;

  async function learn(identifier: string | null | undefined): Promise<void> {
    if (!identifier || identifier === ownMember) return;
    await kept.store(identifier);
    ownMember = identifier;
  }

  async function patched<K extends PatchableKind>(
    kind: K,
    change: Change,
    call: PsaCall,
  ): Promise<PsaWritten<K>> {
    const { path, body } = change;
    const send = (operations: Change['body']) =>
      client.write(kindOf(kind), { method: 'PATCH', path, body: operations }, call);
    try {
      return await send(body);
    } catch (error) {
      if (!(error instanceof UnexplainedRefusalError) || !withCustomFields.has(kind)) throw error;
      return await send([...body, noCustomFields]);
    }
  }

  return {
    async patch(kind, id, change, scope, call) {
      const path = `${pathOf(kind, scope)}/${id}`;
      try {
        const written = await patched(kind, { path, body: bodyOfChange(kind, change) }, call);
        await learn(changedBy(written));
        return written;
      } catch (error) {
        if (error instanceof RecordMissingError) return undefined;
        throw inPortWords(kind, error);
      }
    },

    async create(kind, record, scope, call) {
      const path = pathOf(kind, scope);
      const body = bodyOfNew(kind, record, await moreOf(kind, scope, call));
      try {
        const made = await client.write(kindOf(kind), { method: 'POST', path, body }, call);
        await learn(made.record.entered?.by ?? changedBy(made));
        return made;
      } catch (error) {
        if (error instanceof RecordMissingError) throw withoutParent(kind, scope, error);
        throw inPortWords(kind, error);
      }
    },

    async remove(kind, id, scope, call) {
      try {
        await client.delete(kind, `${pathOf(kind, scope)}/${id}`, call);
      } catch (error) {
        if (!(error instanceof RecordMissingError)) throw inPortWords(kind, error);
      }
    },

    async ownMember() {
      ownMember ??= await kept.read();
      return ownMember;
    },
  };

  /** What ConnectWise needs besides, and the record itself does not say. */
  async function moreOf(kind: CreatableKind, { project }: PsaScope, call: PsaCall): Promise<Written> {
    if (kind === 'scheduleEntry') return { type: { id: await scheduleType(call) } };
    return kind === 'ticket' && project !== undefined ? { project: { id: project } } : {};
  }
}

function kindOf<K extends CreatableKind>(kind: K): Kind<PsaRecordOf<K>> {
  return (kind === 'project' ? projectKind : recordKinds[kind as PsaKind]) as Kind<PsaRecordOf<K>>;
}

function pathOf(kind: CreatableKind, scope: PsaScope): string {
  return kind === 'project' ? changePaths.project : placeOf(kind, scope).path;
}

/** Null where the record was last changed at another time: then ConnectWise took nothing of what was sent. */
function changedBy({ record, readAt }: PsaWritten<CreatableKind>): string | null {
  const at = record.lastUpdated;
  if (at === null || readAt === null) return null;
  return Math.abs(readAt.getTime() - Date.parse(at)) <= ownChangeMs ? record.updatedBy : null;
}

/** What a new record belongs to is not there: nothing was made. */
function withoutParent(kind: CreatableKind, { project }: PsaScope, error: RecordMissingError): FailureError {
  if ((kind === 'phase' || kind === 'projectNote') && project !== undefined)
    return missingProject(project, error);
  const message =
    'What it belongs to is not in ConnectWise any more, or the API member can no longer see it.';
  return new FailureError({ ...error.failure, code: 'cw.rejected', message, entity: kind }, { cause: error });
}

function inPortWords(kind: CreatableKind, error: unknown): unknown {
  if (!(error instanceof FailureError) || error.failure.field === undefined) return error;
  const field = portField(kind, error.failure.field);
  return new FailureError({ ...error.failure, field }, { cause: error });
}
