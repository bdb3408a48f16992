import type { Phase } from './records.ts';
import type { Stores } from './stores.ts';

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
