/** What the statuses of a board, or of projects, mean: as it is kept, with what ConnectWise shows by now. */
import {
  proposeMapping,
  type StatusFacts,
  type StatusMapping,
  statusFacts,
} from '../domain/status-mapping.ts';
import type { ReferenceStore } from '../ports/reference-data.ts';

export type BoardStatuses = {
  readonly mapping: StatusMapping;
  /** Those that ConnectWise shows, in its order. */
  readonly shown: readonly StatusFacts[];
};

type Deps = { readonly reference: Pick<ReferenceStore, 'mappings' | 'rows'> };

export async function boardStatuses({ reference }: Deps, of: StatusMapping['of']): Promise<BoardStatuses> {
  const table = of === 'projects' ? 'projectStatus' : 'boardStatus';
  const [mappings, rows] = await Promise.all([reference.mappings(), reference.rows(table)]);
  const shown = rows
    .filter(({ gone, parent }) => !gone && (of === 'projects' || parent === of))
    .map(statusFacts)
    .toSorted((a, b) => place(a) - place(b) || a.id - b.id);
  const existing = mappings.find((one) => one.of === of);
  return { shown, mapping: proposeMapping(existing, shown, of) };
}

const place = ({ sortOrder }: StatusFacts): number => sortOrder ?? Number.MAX_SAFE_INTEGER;
