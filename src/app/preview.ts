/**
 * What the next sync of a project would write to ConnectWise, or would write if that were switched on: by the same
 * tables and the same reasons for holding something back as the sync itself, without a request to ConnectWise.
 */
import type { Json } from '../domain/json.ts';
import { type CreatedKind, isToBeMade, newRecord } from '../domain/new-records.ts';
import { fieldsToWrite, isPatched, outgoing, type PatchedKind } from '../domain/outbound-fields.ts';
import { isPaired, type PairedRecord, type PlanRecord, planKinds } from '../domain/plan.ts';
import type { Planner } from '../ports/planner.ts';
import type { ReferenceStore } from '../ports/reference-data.ts';
import type { PlanDeletionRule } from '../ports/settings.ts';
import { boardOf, contextFor, type Outbound, openOutbound } from './sync/push/outbound.ts';

export type PreviewedField = {
  readonly field: string;
  readonly was: Json;
  readonly is: Json;
  /** Why it is not written, in words. */
  readonly held?: string;
};

export type PreviewedRecord =
  | { readonly does: 'change'; readonly record: PairedRecord; readonly edited: readonly PreviewedField[] }
  | { readonly does: 'create'; readonly record: PlanRecord; readonly held?: string }
  | {
      readonly does: 'cancel' | 'delete' | 'leave';
      readonly record: PairedRecord;
      /** What becomes of it in ConnectWise, in words. */
      readonly words: string;
    };

export type Preview = {
  /** Changes, then what is created, then what is deleted; each in order of kind. */
  readonly records: readonly PreviewedRecord[];
  /** There were more edited records than are looked at. */
  readonly more: boolean;
};

export type PreviewDeps = {
  readonly planner: Pick<
    Planner,
    | 'editedSince'
    | 'deletedInPlanSince'
    | 'recordsById'
    | 'childrenOf'
    | 'idsByExternalId'
    | 'pairedInRange'
    | 'phases'
    | 'tasks'
  >;
  readonly reference: Pick<ReferenceStore, 'mappings'>;
};

export type PreviewedProject = {
  readonly projectId: string;
  /** The board that it is on, where that is known. */
  readonly board: number | null;
  readonly planDeletionRule: PlanDeletionRule;
};

/** Of each kind: who has edited more has to look at it in ConnectWise anyway. */
export const editsLookedAt = 500;

/** Whether anything of it is really written; else it is told with its reason. */
export function goesOutNow(one: PreviewedRecord): boolean {
  if (one.does === 'change') return one.edited.some(({ held }) => held === undefined);
  if (one.does === 'create') return one.held === undefined;
  return one.does !== 'leave';
}

/** @param limit of the records of each kind that are looked at */
export async function previewOf(
  deps: PreviewDeps,
  project: PreviewedProject,
  limit: number = editsLookedAt,
): Promise<Preview> {
  const { planner } = deps;
  const { projectId } = project;
  const page = { limit: limit + 1 };
  const [edited, deleted] = await Promise.all([
    Promise.all(planKinds.map((kind) => planner.editedSince(projectId, kind, 0, page))),
    Promise.all(deletedKinds.map((kind) => planner.deletedInPlanSince(projectId, kind, 0, page))),
  ]);
  const changed = edited.flatMap((records) => records.slice(0, limit));
  const buried = deleted.flatMap((records) => records.slice(0, limit));
  const more = [...edited, ...deleted].some((records) => records.length > limit);
  if (changed.length === 0 && buried.length === 0) return { records: [], more };
  const outbound = await openOutbound(deps, project);
  const created = await creations(deps, project, outbound, changed.filter(isToBeMade));
  const changes = changed.filter(isPaired).flatMap((record) => changeOf(outbound, record));
  return { records: [...changes, ...created, ...(await deletions(deps, project, outbound, buried))], more };
}

const frozenWords = 'it is gone from ConnectWise and waits for a person’s answer';

function changeOf(outbound: Outbound, record: PairedRecord): readonly PreviewedRecord[] {
  const { kind, fields, base, frozen } = record;
  const wanted = fieldsToWrite(record);
  if (!isPatched(kind) || wanted.length === 0) return [];
  const { held } = outgoing<PatchedKind>(
    kind,
    fields,
    wanted,
    contextFor(outbound, record.id, boardOf(record)),
  );
  const why = new Map(held.map(({ field, words }) => [field, words]));
  const edited = wanted.map((field) => {
    const words = frozen ? frozenWords : why.get(field);
    const values =
      field === 'order'
        ? { field, was: 'as in ConnectWise', is: 'as put in the plan' }
        : { field, was: base.plan[field] ?? null, is: fields[field] ?? null };
    return words === undefined ? values : { ...values, held: words };
  });
  return [{ does: 'change', record, edited }];
}

/** Stands for the id of what the same sync makes before: nothing is sent, so it is never seen. */
const madeBefore = 0;

/** Parents come before what hangs on them, so that one that is made now holds nothing up. */
async function creations(
  { planner }: PreviewDeps,
  { board }: PreviewedProject,
  outbound: Outbound,
  records: readonly PlanRecord[],
): Promise<readonly PreviewedRecord[]> {
  for (const { id, kind, fields } of records) {
    if (kind === 'phase' && fields.name) outbound.phases.set(id, madeBefore);
  }
  const parents = [...new Set(records.flatMap(({ parentId }) => parentId ?? []))];
  const tickets = new Map(
    (await planner.recordsById('task', parents)).map(({ id, externalId }) => [id, externalId]),
  );
  return records.map((record) => {
    const { id, kind, fields, parentId = '' } = record;
    const made = newRecord(kind as CreatedKind, fields, {
      ...contextFor(outbound, id, board),
      ticket: tickets.get(parentId),
      workType: null,
    });
    if (made.held !== undefined) return { does: 'create', record, held: made.held };
    if (kind === 'task') tickets.set(id, madeBefore);
    return { does: 'create', record };
  });
}

/** Children before parents, as they are carried out. */
const deletedKinds = ['event', 'task', 'phase'] as const;

async function deletions(
  deps: PreviewDeps,
  project: PreviewedProject,
  outbound: Outbound,
  buried: readonly PairedRecord[],
): Promise<readonly PreviewedRecord[]> {
  return await Promise.all(
    buried.map(async (record): Promise<PreviewedRecord> => {
      if (record.kind === 'event') return { does: 'delete', record, words: 'it is deleted in ConnectWise' };
      if (record.kind === 'task') return await ticketOf(deps, project, outbound, record);
      const words = 'it is deleted in ConnectWise where nothing is in it, else left alone';
      return { does: 'delete', record, words };
    }),
  );
}

async function ticketOf(
  { planner }: PreviewDeps,
  { projectId, planDeletionRule }: PreviewedProject,
  outbound: Outbound,
  record: PairedRecord,
): Promise<PreviewedRecord> {
  if (planDeletionRule === 'ignore') return { does: 'leave', record, words: 'its ticket is left alone' };
  const hasTime =
    planDeletionRule === 'delete' && (await planner.childrenOf(projectId, 'timeLog', [record.id])).length > 0;
  if (planDeletionRule === 'delete' && !hasTime) {
    return { does: 'delete', record, words: 'its ticket is deleted' };
  }
  const board = boardOf(record);
  const status = board === null ? undefined : outbound.statusFor(board, 'Cancelled');
  if (!status) {
    const words = 'its board has no status that means “Cancelled”, so its ticket is left alone';
    return { does: 'leave', record, words };
  }
  const because = hasTime ? 'time was logged on it, so its ticket' : 'its ticket';
  return { does: 'cancel', record, words: `${because} is set to “${status.name}”` };
}
