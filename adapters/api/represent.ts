/** What records look like to programs. */
import type { Json } from '../../src/domain/json.ts';
import type { PlanRecord } from '../../src/domain/plan.ts';
import { doorFields } from '../../src/domain/plan-door.ts';
import { orderEditOf } from '../../src/domain/sibling-order.ts';
import type { StatusMapping } from '../../src/domain/status-mapping.ts';
import type { DoorRow } from '../../src/ports/planner-door.ts';
import type { Answer } from './problems.ts';

export type Shown = NonNullable<Answer['body']>;

/** Fields that were never set are null, so that every record of a kind has the same. */
export function recordShown(record: PlanRecord): Shown {
  const { id, projectId, kind, version, externalId, changedAt, changedBy, rejected, fields } = record;
  const empty = kind === 'teamMember' ? [] : doorFields(kind).create.map((field) => [field, null] as const);
  return {
    ...Object.fromEntries(empty),
    ...fields,
    ...('order' in fields ? { order: [...(orderEditOf(fields)?.to ?? [])] } : {}),
    id,
    projectId,
    version,
    externalId: externalId ?? null,
    changedAt: changedAt.toISOString(),
    changedBy,
    ...(rejected ? { rejected: { at: rejected.at.toISOString(), fields: { ...rejected.fields } } } : {}),
  };
}

export function rowShown({ id, name, identifier, inactive, parent, details }: DoorRow): Shown {
  const board = parent === undefined ? {} : { boardId: parent };
  return { ...details, ...board, id, name, identifier, status: inactive ? 'inactive' : 'active' };
}

/** ConnectWise's statuses of a board, or of projects, and what each means in the plan. */
export function mappingShown({ of, revision, statuses, defaults }: StatusMapping): Shown {
  const meanings = statuses.map(({ id, name, category }): Json => ({ id, name, category }));
  return { board: of === 'projects' ? null : of, revision, statuses: meanings, defaults: { ...defaults } };
}

export function pageShown(items: readonly Shown[], next: string | null): Shown {
  return { items, next };
}

export const etagOf = ({ version }: Pick<PlanRecord, 'version'>): string => `"${version}"`;
