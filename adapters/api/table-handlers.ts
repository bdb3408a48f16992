/** Set-up tables of ConnectWise by HTTP, and whether a member counts as active. */
import type { PsaTable } from '../../src/domain/psa-records.ts';
import type { PlannerDoor } from '../../src/ports/planner-door.ts';
import { cursorOf, readCursor } from './cursor.ts';
import type { Asked } from './exchange.ts';
import { idIn } from './plan-handlers.ts';
import { type Answer, Problem, refused } from './problems.ts';
import { mappingShown, pageShown, rowShown } from './represent.ts';
import { memberChange, readBody, readQuery, tableQuery } from './schemas.ts';

export async function listRows(door: PlannerDoor, table: PsaTable, { request }: Asked): Promise<Answer> {
  const { limit, cursor } = readQuery(tableQuery, request.query);
  const after = cursor === undefined ? 0 : Number(readCursor(cursor));
  if (!Number.isInteger(after)) throw new Problem('malformed', 'cursor: it is one of another list.');
  const rest = (await door.table(table)).filter(({ id }) => id > after);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const next = rest.length > limit && last ? cursorOf(String(last.id)) : null;
  return { status: 200, body: pageShown(shown.map(rowShown), next) };
}

export async function readRow(door: PlannerDoor, table: PsaTable, { request }: Asked): Promise<Answer> {
  return { status: 200, body: await rowIn(door, table, idIn(request)) };
}

async function rowIn(door: PlannerDoor, table: PsaTable, id: string) {
  const row = (await door.table(table)).find((one) => String(one.id) === id);
  if (!row) throw new Problem('not-found');
  return rowShown(row);
}

export async function changeMember(door: PlannerDoor, { request, body, caller }: Asked): Promise<Answer> {
  const { status } = readBody(memberChange, body);
  const id = idIn(request);
  const set = /^\d{1,10}$/u.test(id) ? await door.setMemberStatus(Number(id), status, caller) : 'missing';
  if (set === 'missing') throw new Problem('not-found');
  if (set === 'managed-there') {
    const reason =
      'comes from ConnectWise, since Sync User Status is on: change it there, or switch that off in the settings';
    throw refused([{ path: 'status', reason }]);
  }
  return { status: 200, body: await rowIn(door, 'member', id) };
}

/** Few, so they come at once. */
export async function listMappings(door: PlannerDoor): Promise<Answer> {
  return { status: 200, body: pageShown((await door.mappings()).map(mappingShown), null) };
}
