/** Records of the plan by HTTP: lists by cursor, and writes that name the version they saw. */
import type { Request } from 'express';
import type { PlanKind } from '../../src/domain/plan.ts';
import type { DoorKind } from '../../src/domain/plan-door.ts';
import type { DoorWritten, PlannerDoor } from '../../src/ports/planner-door.ts';
import { cursorOf, readCursor } from './cursor.ts';
import type { Asked } from './exchange.ts';
import { type Answer, Problem, refused } from './problems.ts';
import { etagOf, pageShown, recordShown } from './represent.ts';
import { listQuery, readFields, readQuery } from './schemas.ts';

export const apiPath = '/api/v1';

export async function listRecords(door: PlannerDoor, kind: PlanKind, { request }: Asked): Promise<Answer> {
  const { limit, cursor, project } = readQuery(listQuery, request.query);
  const found = await door.list(kind, {
    // One more tells whether there is a next page.
    limit: limit + 1,
    ...(cursor === undefined ? {} : { after: readCursor(cursor) }),
    ...(project === undefined ? {} : { projectId: project }),
  });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const next = found.length > limit && last ? cursorOf(last.id) : null;
  return { status: 200, body: pageShown(shown.map(recordShown), next) };
}

export async function readOne(door: PlannerDoor, kind: PlanKind, { request }: Asked): Promise<Answer> {
  const record = await door.read(kind, idIn(request));
  if (!record) throw new Problem('not-found');
  return { status: 200, headers: { etag: etagOf(record) }, body: recordShown(record) };
}

const keyForm = /^[\x21-\x7e]{1,100}$/u;

export async function createOne(
  door: PlannerDoor,
  { path, kind }: { readonly path: string; readonly kind: DoorKind },
  { request, body, caller }: Asked,
): Promise<Answer> {
  const key = request.get('idempotency-key');
  if (key !== undefined && !keyForm.test(key))
    throw new Problem('malformed', 'Idempotency-Key is at most 100 characters without blanks.');
  const written = await door.create(kind, readFields(kind, body), caller, key);
  const { record } = stored(written);
  const headers = { etag: etagOf(record), location: `${apiPath}/${path}/${encodeURIComponent(record.id)}` };
  return { status: written.result === 'stored' ? 201 : 200, headers, body: recordShown(record) };
}

export async function changeOne(
  door: PlannerDoor,
  kind: DoorKind,
  { request, body, caller }: Asked,
): Promise<Answer> {
  const version = versionIn(request);
  const wish = { id: idIn(request), version, fields: readFields(kind, body) };
  const { record } = stored(await door.change(kind, wish, caller));
  return { status: 200, headers: { etag: etagOf(record) }, body: recordShown(record) };
}

export async function deleteOne(
  door: PlannerDoor,
  kind: 'phase' | 'task' | 'event',
  { request, caller }: Asked,
): Promise<Answer> {
  stored(await door.remove(kind, { id: idIn(request), version: versionIn(request) }, caller));
  return { status: 204 };
}

export function idIn({ params }: Request): string {
  const { id } = params;
  return typeof id === 'string' ? id : '';
}

/** @throws Problem 428 where none is named, 400 where it is none of ours */
function versionIn(request: Request): number {
  const named = request.get('if-match');
  if (named === undefined) throw new Problem('version-needed');
  const version = /^"(\d{1,15})"$/u.exec(named.trim())?.[1];
  if (version === undefined)
    throw new Problem('malformed', 'If-Match names one version, as the ETag of a record does: "7".');
  return Number(version);
}

function stored(written: DoorWritten): Extract<DoorWritten, { readonly result: 'stored' | 'unchanged' }> {
  switch (written.result) {
    case 'stored':
    case 'unchanged':
      return written;
    case 'refused':
      throw refused(written.refusals);
    case 'missing':
      throw new Problem('not-found');
    case 'conflict': {
      const { record } = written;
      const detail = `It is at version ${record.version} now, changed by ${record.changedBy}.`;
      const more = { headers: { etag: etagOf(record) }, fields: { current: recordShown(record) } };
      throw new Problem('version-changed', detail, more);
    }
  }
}
