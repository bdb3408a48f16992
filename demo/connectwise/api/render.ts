import type { Row } from '../world/record-store.ts';
import { REFERENCE_FIELDS, type StoreName } from '../world/stores.ts';
import type { Kind } from './kinds.ts';

type Loose = Readonly<Record<string, unknown>>;

/** The fields of a record that say below what its references stand. */
type Whereabouts = {
  readonly board?: Row | null;
  readonly project?: Row | null;
  readonly projectId?: number;
};

/** Where a reference to a record of the store leads; statuses of boards and phases stand below their parent. */
function hrefPath(target: StoreName, id: number, row: Whereabouts): string | null {
  switch (target) {
    case 'boards':
      return `/service/boards/${id}`;
    case 'boardStatuses':
      return `/service/boards/${row.board?.id}/statuses/${id}`;
    case 'projectStatuses':
      return `/project/statuses/${id}`;
    case 'phaseStatuses':
      return `/project/phaseStatuses/${id}`;
    case 'projects':
      return `/project/projects/${id}`;
    case 'phases':
      return `/project/projects/${row.project?.id ?? row.projectId}/phases/${id}`;
    case 'members':
      return `/system/members/${id}`;
    case 'companies':
      return `/company/companies/${id}`;
    default:
      return null;
  }
}

/** The record as it goes out: null fields left out, references with the address of what they point to. */
export function renderRow(kind: Kind, row: Row & Whereabouts, apiRoot: string): Loose {
  const targets = REFERENCE_FIELDS[kind.store] ?? {};
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null) continue;
    const target = targets[name];
    const path = target && hrefPath(target, (value as unknown as Row).id, row);
    shown[name] = path
      ? { ...(value as unknown as Row), _info: { [`${name}_href`]: `${apiRoot}${path}` } }
      : value;
  }
  return shown;
}
