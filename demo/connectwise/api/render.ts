import type { Switches } from '../switches.ts';
import type { Row } from '../world/record-store.ts';
import { REFERENCE_FIELDS, type StoreName } from '../world/stores.ts';
import type { Kind } from './kinds.ts';

type Loose = Readonly<Record<string, unknown>>;

/** The fields of a record that say below what its references stand. */
type Whereabouts = {
  readonly board?: Row | null;
  readonly project?: Row | null;
  readonly projectId?: number;
  readonly chargeToType?: string;
};

const PATHS: Readonly<Partial<Record<StoreName, (id: number, row: Whereabouts) => string>>> = {
  boards: (id) => `/service/boards/${id}`,
  // Statuses of boards and phases stand below their parent.
  boardStatuses: (id, row) => `/service/boards/${row.board?.id}/statuses/${id}`,
  projectStatuses: (id) => `/project/statuses/${id}`,
  phaseStatuses: (id) => `/project/phaseStatuses/${id}`,
  projects: (id) => `/project/projects/${id}`,
  phases: (id, row) => `/project/projects/${row.project?.id ?? row.projectId}/phases/${id}`,
  tickets: (id, row) => `/${row.chargeToType === 'ServiceTicket' ? 'service' : 'project'}/tickets/${id}`,
  members: (id) => `/system/members/${id}`,
  companies: (id) => `/company/companies/${id}`,
  companyStatuses: (id) => `/company/companies/statuses/${id}`,
  noteTypes: (id) => `/company/noteTypes/${id}`,
  workTypes: (id) => `/time/workTypes/${id}`,
  workRoles: (id) => `/time/workRoles/${id}`,
  scheduleTypes: (id) => `/schedule/types/${id}`,
  scheduleStatuses: (id) => `/schedule/statuses/${id}`,
  projectRoles: (id) => `/project/securityRoles/${id}`,
};

/** Far beyond the ids that are given out. */
const NOWHERE = 1_000_000_000;
/** Where a NUL character would stand: what people type, not what the system spells. */
const TYPED: readonly string[] = ['name', 'summary', 'description', 'text', 'notes', 'internalNotes'];
const UNKNOWN_FIELDS = {
  futureFlag: true,
  futureReference: { id: 1, name: 'Not in any document', _info: {} },
  futureList: [{ id: 1 }, null],
} as const;

export type Disturbances = Pick<
  Switches,
  'unknownFields' | 'nullFields' | 'missingFields' | 'nulCharacters' | 'danglingReferences'
>;

/** The record as it goes out: references with the address of what they point to, null fields by the switch. */
export function renderRow(
  kind: Kind,
  row: Row & Whereabouts,
  apiRoot: string,
  switches: Disturbances,
): Loose {
  const targets = REFERENCE_FIELDS[kind.store] ?? {};
  const dangling: readonly string[] = switches.danglingReferences;
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null || value === undefined) {
      if (switches.nullFields === 'explicit') shown[name] = null;
      continue;
    }
    const target = targets[name];
    if (!target) {
      shown[name] = value;
      continue;
    }
    const reference = value as unknown as Row;
    const id = dangling.includes(target) ? NOWHERE + reference.id : reference.id;
    const path = PATHS[target]?.(id, row);
    shown[name] = path ? { ...reference, id, _info: { [`${name}_href`]: `${apiRoot}${path}` } } : value;
  }
  return shown;
}

function withNul(name: string, value: unknown): unknown {
  if (typeof value === 'string' && TYPED.includes(name)) return `${value.slice(0, 1)}\0${value.slice(1)}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || name === '_info') return value;
  return Object.fromEntries(Object.entries(value).map(([inner, one]) => [inner, withNul(inner, one)]));
}

/** What a tenant may do to a record that nobody asked for. `shown` holds only the fields that were asked for. */
export function disturbed(shown: unknown, switches: Disturbances): unknown {
  const { unknownFields, missingFields, nulCharacters } = switches;
  if (!unknownFields && !nulCharacters && missingFields.length === 0) return shown;
  const entries = Object.entries(shown as Loose)
    .filter(([name]) => !missingFields.includes(name))
    .map(([name, value]) => [name, nulCharacters ? withNul(name, value) : value]);
  return { ...Object.fromEntries(entries), ...(unknownFields ? UNKNOWN_FIELDS : {}) };
}
