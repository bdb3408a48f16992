/** The rights of a ConnectWise security role by which a kind of record or a table is read. */
import { type PsaKind, type PsaTable, psaTables } from '../../domain/psa-records.ts';

/** As ConnectWise's own page of a security role names them: module, then action. */
const rights: { readonly [kind in PsaKind | 'project']: string } = {
  project: 'Project › Project Headers',
  phase: 'Project › Project Phase',
  ticket: 'Project › Project Tickets',
  teamMember: 'Project › Project Teams',
  scheduleEntry: 'Service Desk › Resource Scheduling',
  timeEntry: 'Time & Expense › Time Entry',
  projectNote: 'Project › Project Notes',
  ticketNote: 'Project › Project Tickets',
};

const tableRights: { readonly [table in PsaTable]?: string } = {
  company: 'Companies › Company Maintenance',
  member: 'System › Member Maintenance',
};

const tables: ReadonlySet<string> = new Set(psaTables);

/** Undefined where the entity of a failure is none that is read. */
export function rightFor(entity: string | undefined): string | undefined {
  if (entity === undefined) return undefined;
  if (Object.hasOwn(rights, entity)) return rights[entity as keyof typeof rights];
  if (!tables.has(entity)) return undefined;
  return tableRights[entity as PsaTable] ?? 'System › Table Setup';
}
