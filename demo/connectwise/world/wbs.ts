import type { Phase, ProjectTicket } from './records.ts';
import type { Stores } from './stores.ts';
import type { WorldCore } from './world-core.ts';

/** The code of the next child of `parent` (of the project itself for null): "4", or "2.3" below phase "2". */
export function freeWbsCode(stores: Stores, projectId: number, parent: Phase | null): string {
  const prefix = parent ? `${parent.wbsCode}.` : '';
  const codes = stores.phases.rows('projectid', projectId).map((phase) => phase.wbsCode);
  if (parent) codes.push(...stores.tickets.rows('project/id', projectId).map((ticket) => ticket.wbsCode));
  const last = codes
    .filter((code) => code.startsWith(prefix))
    .map((code) => code.slice(prefix.length))
    .filter((rest) => /^\d+$/.test(rest))
    .reduce((highest, rest) => Math.max(highest, Number(rest)), 0);
  return `${prefix}${last + 1}`;
}

type Coded = Pick<Phase | ProjectTicket, 'wbsCode'>;
type Recode = { readonly from: string; readonly to: string };

/** Where a branch waits while others make room for it. */
const ASIDE = '-';

function inBranch(row: Coded, code: string): boolean {
  return row.wbsCode === code || row.wbsCode.startsWith(`${code}.`);
}

/** Gives a phase or ticket, with all below it, another code, whoever has that already. */
function renameBranch(world: WorldCore, projectId: number, { from, to }: Recode, by: string): void {
  const touches = world.rules.renumberingTouches && to !== ASIDE;
  const renamed = <T extends Coded & Pick<Phase, '_info'>>(row: T): T => ({
    ...row,
    wbsCode: `${to}${row.wbsCode.slice(from.length)}`,
    _info: touches ? world.stamped(row._info, by) : row._info,
  });
  const { phases, tickets } = world.stores;
  for (const row of phases.rows('projectid', projectId)) if (inBranch(row, from)) phases.put(renamed(row));
  for (const row of tickets.rows('project/id', projectId)) {
    if (!inBranch(row, from)) continue;
    tickets.put(renamed(row));
    if (touches) world.tell({ store: 'tickets', action: 'updated', id: row.id, person: by });
  }
}

/** Moves whoever has the code up by one, and those right behind as well. */
function makeRoom(world: WorldCore, projectId: number, code: string, by: string): void {
  const { phases, tickets } = world.stores;
  const rows: Coded[] = [...phases.rows('projectid', projectId), ...tickets.rows('project/id', projectId)];
  const codes = new Set(rows.map(({ wbsCode }) => wbsCode));
  const prefix = code.slice(0, code.lastIndexOf('.') + 1);
  const first = Number(code.slice(prefix.length));
  let next = first;
  while (codes.has(`${prefix}${next}`)) next += 1;
  for (let number = next - 1; number >= first; number -= 1) {
    renameBranch(world, projectId, { from: `${prefix}${number}`, to: `${prefix}${number + 1}` }, by);
  }
}

/** Moves a phase or ticket, with all below it, to a code of the same project. Whoever stands there moves up. */
export function recode(world: WorldCore, projectId: number, { from, to }: Recode, by: string): void {
  renameBranch(world, projectId, { from, to: ASIDE }, by);
  makeRoom(world, projectId, to, by);
  renameBranch(world, projectId, { from: ASIDE, to }, by);
}
